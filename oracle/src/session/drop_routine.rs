//! DROP of functions and aggregates, with what depends on them.
//!
//! An aggregate depends on its support functions, and a function whose body stands after RETURN on those it calls: without
//! CASCADE they keep a function alive, with CASCADE they go with it. [agg.own.drop]

use spec::catalogue::Catalogue;
use spec::error::{Failure, SqlError, Unsupported, sqlstate};
use spec::sql::ast::{RoutineKind, RoutineName, RoutineType};
use spec::sql::bind;

use super::routine::{Routine, What, calls, refuse, type_name};
use super::view::{cascades, dependents};
use super::{Reply, Session};

impl Session {
    pub(super) fn drop_routines(
        &mut self,
        kind: RoutineKind,
        if_exists: bool,
        routines: &[RoutineName],
        cascade: bool,
    ) -> Result<Reply, Failure> {
        let (tag, word) = match kind {
            RoutineKind::Aggregate => ("DROP AGGREGATE", "aggregate"),
            RoutineKind::Function => ("DROP FUNCTION", "function"),
        };
        let mut reply = Reply::tag(tag);
        let mut changed = self.database.catalogue.clone();
        for named in routines {
            match meant(&changed, kind, named)? {
                Some(routine) => {
                    let notice = remove(&mut changed, &routine, cascade, named)?;
                    reply.notices.extend(notice);
                }
                None => {
                    let message = missing(word, named, if_exists);
                    if !if_exists {
                        return refuse(sqlstate::UNDEFINED_FUNCTION, message);
                    }
                    reply.notices.push(format!("NOTICE:  {message}, skipping"));
                }
            }
        }
        self.database.catalogue = changed;
        Ok(reply)
    }
}

/// The argument types of a routine's name; `None` where none were written.
fn written(named: &RoutineName) -> Option<Vec<String>> {
    let args = named.args.as_ref()?;
    let is_any = |ty: &RoutineType| matches!(ty, RoutineType::Other(name) if name.name == "any");
    // `(VARIADIC "any" ORDER BY VARIADIC "any")` is one argument.
    let args = if named.direct.is_some() && args.iter().all(is_any) { &args[..1] } else { args };
    Some(args.iter().map(type_name).collect())
}

fn missing(word: &str, named: &RoutineName, if_exists: bool) -> String {
    let name = &named.name.name;
    match written(named) {
        Some(args) if args.is_empty() && word == "aggregate" => {
            format!("{word} {name}(*) does not exist")
        }
        Some(args) => {
            let separator = if word == "aggregate" && !if_exists { ", " } else { "," };
            format!("{word} {name}({}) does not exist", args.join(separator))
        }
        None if if_exists => format!("{word} {name}() does not exist"),
        None => format!("could not find a {word} named \"{name}\""),
    }
}

/// The routine that a name means; none if there is none.
fn meant(
    catalogue: &Catalogue,
    kind: RoutineKind,
    named: &RoutineName,
) -> Result<Option<Routine>, Failure> {
    let name = &named.name.name;
    let args = written(named);
    let fits = |routine: &Routine| {
        routine.name == *name && args.as_ref().is_none_or(|args| *args == routine.args)
    };
    let found: Vec<Routine> = Routine::all(catalogue).into_iter().filter(fits).collect();
    if found.len() > 1 {
        let message = format!("function name \"{name}\" is not unique");
        let error = SqlError::new(sqlstate::AMBIGUOUS_FUNCTION, message);
        let hint = "Specify the argument list to select the function unambiguously.";
        return Err(error.hint(hint).into());
    }
    let Some(routine) = found.into_iter().next() else { return Ok(None) };
    match (kind, routine.kind()) {
        (RoutineKind::Aggregate, RoutineKind::Function) => {
            let message =
                format!("function {name}({}) is not an aggregate", routine.args.join(", "));
            refuse(sqlstate::WRONG_OBJECT_TYPE, message)
        }
        (RoutineKind::Function, RoutineKind::Aggregate) => {
            let message = match &args {
                Some(_) => format!("\"{name}\" is an aggregate function"),
                None => format!("could not find a function named \"{name}\""),
            };
            let error = SqlError::new(sqlstate::WRONG_OBJECT_TYPE, message);
            Err(error.hint("Use DROP AGGREGATE to drop aggregate functions.").into())
        }
        _ => Ok(Some(routine)),
    }
}

/// Removes a routine and, with CASCADE, what depends on it; the notice of that.
fn remove(
    catalogue: &mut Catalogue,
    routine: &Routine,
    cascade: bool,
    named: &RoutineName,
) -> Result<Option<String>, Failure> {
    let mut going = vec![routine.clone()];
    let mut reasons = vec![];
    let mut at = 0;
    while let Some(gone) = going.get(at).cloned() {
        for other in Routine::all(catalogue) {
            if !going.contains(&other) && other.depends_on(&gone, catalogue) {
                reasons.push(format!(
                    "function {} depends on function {}",
                    other.shown(),
                    gone.shown()
                ));
                going.push(other);
            }
        }
        at += 1;
    }
    let lines: Vec<String> =
        going[1..].iter().map(|one| format!("function {}", one.shown())).collect();
    let views = views_above(catalogue, &going);
    reasons.extend(views.iter().map(|(view, of)| format!("view {view} depends on {of}")));
    let lines = lines.into_iter().chain(views.iter().map(|(view, _)| format!("view {view}")));
    let lines: Vec<String> = lines.map(|what| format!("drop cascades to {what}")).collect();
    if !lines.is_empty() && !cascade {
        let message =
            format!("cannot drop function {} because other objects depend on it", routine.shown());
        let error = SqlError::new(sqlstate::DEPENDENT_OBJECTS_STILL_EXIST, message);
        let hint = "Use DROP ... CASCADE to drop the dependent objects too.";
        return Err(error.detail(reasons.join("\n")).hint(hint).into());
    }
    // A body that is a text would fail when it is called; ours hold what they called.
    let stays = |other: &Routine| !going.contains(other);
    let holds = |other: &Routine| match &other.what {
        What::Function(function) => going.iter().any(|gone| calls(function, &gone.what)),
        What::Aggregate(_) | What::Polymorphic(_) => false,
    };
    if Routine::all(catalogue).iter().filter(|other| stays(other)).any(holds) {
        let what = format!("dropping function {}, which other functions call", routine.shown());
        return Err(Unsupported::new(what).at(named.name.position).into());
    }
    for gone in &going {
        gone.remove_from(catalogue);
    }
    for (view, _) in views {
        catalogue.remove_view(&view);
    }
    Ok(cascades(&lines))
}

/// The views that call one of these routines, each with what it depends on, and the views above them.
fn views_above(catalogue: &Catalogue, going: &[Routine]) -> Vec<(String, String)> {
    let mut views: Vec<_> = catalogue.views().collect();
    views.sort_by_key(|view| view.number);
    let mut calling = vec![];
    for routine in going {
        // A view calls a routine if it means something else without it.
        let mut without = catalogue.clone();
        routine.remove_from(&mut without);
        let calls = |query| bind::query(query, catalogue) != bind::query(query, &without);
        for view in views.iter().filter(|view| calls(&view.query)) {
            calling.push((view.name.clone(), format!("function {}", routine.shown())));
        }
    }
    let names: Vec<&str> = calling.iter().map(|(view, _)| view.as_str()).collect();
    let is_above = |name: &str| {
        catalogue
            .view(name)
            .is_some_and(|view| view.uses.iter().any(|used| names.contains(&&**used)))
    };
    let mut found: Vec<_> = calling.iter().filter(|(view, _)| !is_above(view)).cloned().collect();
    let below: Vec<&str> = found.iter().map(|(view, _)| view.as_str()).collect();
    let of_views = dependents(catalogue, &below);
    found.extend(of_views.into_iter().map(|(view, of)| (view, format!("view {of}"))));
    found
}
