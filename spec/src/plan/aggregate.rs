//! `Aggregate`, `GroupAggregate`, `HashAggregate`, and their Partial and Finalize stages.
//!
//! ```text
//! Simple     rows   → values      sees every row of a group
//! Partial    rows   → states      one state per group and participant, or several [agg.partial.flush]
//! Finalize   states → values      combines the states of a group
//! ```

use super::check::{
    Distribution, Refusal, Relation, Stage, World, conditions, expressions, refuse,
};
use super::explain::{ColumnText, Line, Property, show, show_argument};
use super::{Content, Mode, PlanColumn, Strategy};
use crate::agg::LawClass;
use crate::expr::{CallSyntax, CastMethod, Expr, Safety, print};
use crate::query::{Call, SortKey};

/// What the rules must know of the node.
pub(super) struct Grouping<'a> {
    /// How groups are found.
    pub(super) strategy: Strategy,
    /// Group keys.
    pub(super) keys: &'a [Expr],
    /// Aggregate calls.
    pub(super) calls: &'a [Call],
}

/// Rows to values: whoever finishes a group has seen all of it. [plan.aggregate.simple]
///
/// Without calls it only drops duplicates, and then it may stand over shares too: what is distinct within each
/// participant must be made distinct once more (PostgreSQL's parallel DISTINCT).
///
/// ```text
///  w ⊢ input : ⟨columns, d⟩   d ≠ Partial            Many ⊢ input : ⟨columns, Partial⟩   no calls
/// ───────────────────────────────────────────     ────────────────────────────────────────────────────
///  w ⊢ Aggregate : ⟨keys, values, d⟩                Many ⊢ Aggregate : ⟨keys, Partial, Distinct⟩
/// ```
pub(super) fn simple(
    world: &World,
    input: Relation,
    node: &Grouping<'_>,
    declared: &[PlanColumn],
) -> Result<Relation, Refusal> {
    let dedups = node.calls.is_empty() && !node.keys.is_empty();
    if !(dedups && covers(node.keys, &input)) || input.stage != Stage::Distinct {
        input.needs_complete("an Aggregate")?;
    }
    let partial = input.distribution == Distribution::Partial;
    if partial && !dedups {
        return refuse(
            "plan.aggregate.simple",
            "each participant would answer for its share of a group as if it were the whole",
        );
    }
    let determined = grouping(world, &input, node)?;
    let stage = if partial { Stage::Distinct } else { Stage::Complete };
    let columns = columns(node, declared, |_| Content::Value);
    Ok(Relation { columns, ordering: ordering(&input, node), stage, determined, ..input })
}

/// Rows to states. [plan.aggregate.partial]
///
/// ```text
///  w ⊢ input : ⟨columns, d, Complete⟩      every aggregate splits (in this version), without DISTINCT or ORDER BY
/// ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
///                     w ⊢ Partial Aggregate : ⟨keys, states, d, Groups⟩
/// ```
pub(super) fn partial(
    world: &World,
    input: Relation,
    node: &Grouping<'_>,
    declared: &[PlanColumn],
) -> Result<Relation, Refusal> {
    input.needs_complete("a Partial Aggregate")?;
    for call in node.calls {
        splits(call, world.version)?;
    }
    let determined = grouping(world, &input, node)?;
    let columns = columns(node, declared, |call| Content::State(call.aggregate));
    let stage = Stage::Groups { keys: node.keys.len() };
    Ok(Relation { columns, ordering: ordering(&input, node), stage, determined, ..input })
}

/// States to values: the one node that may open a state. [plan.aggregate.finalize]
///
/// ```text
///  w ⊢ input : ⟨keys, a state of each call's aggregate, d, Groups⟩      d ≠ Partial
/// ──────────────────────────────────────────────────────────────────────────────────
///               w ⊢ Finalize Aggregate : ⟨keys, values, d, Complete⟩
/// ```
pub(super) fn finalize(
    world: &World,
    input: Relation,
    node: &Grouping<'_>,
    declared: &[PlanColumn],
) -> Result<Relation, Refusal> {
    let count = node.keys.len();
    if input.stage != (Stage::Groups { keys: count }) {
        return refuse(
            "plan.aggregate.finalize",
            "Finalize combines the rows of a Partial Aggregate with the same keys",
        );
    }
    if input.distribution == Distribution::Partial {
        return refuse(
            "plan.aggregate.finalize-partial",
            "states of one group are with several participants: each would finish its own",
        );
    }
    let first_columns = |(index, key): (usize, &Expr)| matches!(key, Expr::Column { index: i, ty } if *i == index && *ty == input.columns[index].ty);
    if !node.keys.iter().enumerate().all(first_columns) {
        return refuse("plan.aggregate.finalize", "the keys of Finalize are its first columns");
    }
    let states = input.columns[count..].iter().map(|column| column.content);
    if !states.eq(node.calls.iter().map(|call| Content::State(call.aggregate))) {
        return refuse(
            "plan.aggregate.states",
            "Finalize opens one state per call, of that call's aggregate",
        );
    }
    sorted(&input, node)?;
    for call in node.calls {
        safe(call, world)?;
    }
    let determined = input.determined && groups_are_determined(node.keys, node.calls);
    let columns = columns(node, declared, |_| Content::Value);
    Ok(Relation {
        columns,
        ordering: ordering(&input, node),
        stage: Stage::Complete,
        determined,
        ..input
    })
}

/// What the stages that read rows have in common; tells whether the groups are determined.
fn grouping(world: &World, input: &Relation, node: &Grouping<'_>) -> Result<bool, Refusal> {
    if (node.strategy == Strategy::Plain) != node.keys.is_empty() {
        return refuse(
            "plan.aggregate.strategy",
            "an Aggregate is Plain exactly if it has no keys",
        );
    }
    sorted(input, node)?;
    let mut determined = expressions(world, &input.columns, node.keys)?;
    for call in node.calls {
        safe(call, world)?;
        let order = call.order_by.iter().map(|key| &key.expr);
        let args = call.direct.iter().chain(&call.args);
        determined &= expressions(world, &input.columns, args.chain(order))?;
        determined &= conditions(world, &input.columns, call.filter.as_slice())?;
    }
    Ok(determined && input.determined && groups_are_determined(node.keys, node.calls))
}

/// A group must come in one piece: the input is ordered by the keys, in whatever sequence. [plan.aggregate.sorted]
fn sorted(input: &Relation, node: &Grouping<'_>) -> Result<(), Refusal> {
    let leading = &input.ordering[..node.keys.len().min(input.ordering.len())];
    let ordered = |key: &Expr| leading.iter().any(|sort| sort.expr == *key);
    if node.strategy == Strategy::Sorted && !node.keys.iter().all(ordered) {
        return refuse("plan.aggregate.sorted", "the rows of a group need not stand side by side");
    }
    Ok(())
}

/// Whether the aggregate may be cut into Partial and Finalize by a server of this version. [plan.aggregate.splits]
fn splits(call: &Call, version: u64) -> Result<(), Refusal> {
    let name = call.aggregate.name;
    if !call.aggregate.splits {
        return refuse(
            "plan.aggregate.splits",
            format!("{name} has no combine function (or its state cannot travel)"),
        );
    }
    if !call.aggregate.splits_in(version) {
        let (since, version) = (call.aggregate.splits_since / 10_000, version / 10_000);
        return refuse(
            "plan.aggregate.splits.version",
            format!("{name} has a combine function from version {since} on, this is {version}"),
        );
    }
    if call.distinct || !call.order_by.is_empty() {
        return refuse(
            "plan.aggregate.splits",
            format!("{name} with DISTINCT or ORDER BY must see all rows of a group at once"),
        );
    }
    Ok(())
}

/// Whether the aggregate may run here.
fn safe(call: &Call, world: &World) -> Result<(), Refusal> {
    if world.below_gather && call.aggregate.parallel != Safety::Safe {
        return refuse(
            "safety.below-gather",
            format!("the aggregate {} is not parallel safe", call.aggregate.name),
        );
    }
    Ok(())
}

/// Whether any order of the rows gives the same value of a call: the same text, not only an equal one.
fn determined_call(call: &Call) -> bool {
    if let Some(set) = &call.aggregate.ordered_set {
        return set.hypothetical || !call.aggregate.result.equal_may_differ();
    }
    match call.aggregate.law {
        LawClass::AnyOrder | LawClass::ErrorPartial => {
            let picks_one = matches!(call.aggregate.name, "min" | "max");
            !(picks_one && call.aggregate.result.equal_may_differ())
        }
        LawClass::InputOrder
        | LawClass::FloatBounded
        | LawClass::Precondition
        | LawClass::AnyOne
        | LawClass::None => false,
    }
}

/// Whether any order of the rows gives the same groups, text for text: keys that are equal are the same, and no value
/// depends on the order. [plan.aggregate.determined]
pub fn groups_are_determined(keys: &[Expr], calls: &[Call]) -> bool {
    keys.iter().all(|key| !key.ty().equal_may_differ()) && calls.iter().all(determined_call)
}

/// Whether the keys are all columns of the input: then grouping by them drops duplicates and nothing else.
fn covers(keys: &[Expr], input: &Relation) -> bool {
    (0..input.columns.len()).all(|index| {
        keys.iter().any(|key| matches!(key, Expr::Column { index: i, .. } if *i == index))
    })
}

/// The columns: keys, then one per call.
fn columns(
    node: &Grouping<'_>,
    declared: &[PlanColumn],
    content: impl Fn(&Call) -> Content,
) -> Vec<PlanColumn> {
    let keys = node.keys.iter().map(|key| (key.ty(), Content::Value));
    let calls = node.calls.iter().map(|call| (call.aggregate.result, content(call)));
    let named = keys.chain(calls).enumerate().map(|(index, (ty, content))| PlanColumn {
        ty,
        content,
        ..declared.get(index).cloned().unwrap_or_else(|| PlanColumn::value("?column?", ty))
    });
    named.collect()
}

/// The order of the groups: that of the input, as far as keys carry it, if groups come in the order of the rows.
fn ordering(input: &Relation, node: &Grouping<'_>) -> Vec<SortKey> {
    match node.strategy {
        Strategy::Sorted => super::project::through(&input.ordering, node.keys),
        Strategy::Plain | Strategy::Hashed => vec![],
    }
}

/// Its lines in EXPLAIN: `Partial HashAggregate`, `Group Key: a, b`; and the texts of its columns.
///
/// `own` are the texts as the input computes them, `texts` as this node refers to them.
pub(super) fn line(
    (strategy, mode): (Strategy, Mode),
    keys: &[Expr],
    calls: &[Call],
    own: &[ColumnText],
    texts: &[ColumnText],
) -> (Line, Vec<ColumnText>) {
    let (name, strategy) = match strategy {
        Strategy::Plain => ("Aggregate", "Plain"),
        Strategy::Sorted if calls.is_empty() => return group_line(keys, own, texts),
        Strategy::Sorted => ("GroupAggregate", "Sorted"),
        Strategy::Hashed => ("HashAggregate", "Hashed"),
    };
    let (prefix, mode_name) = match mode {
        Mode::Simple => ("", "Simple"),
        Mode::Partial => ("Partial ", "Partial"),
        Mode::Finalize => ("Finalize ", "Finalize"),
    };
    let group_keys: Vec<String> = keys.iter().map(|key| show(key, own)).collect();
    let properties =
        if keys.is_empty() { vec![] } else { vec![("Group Key", Property::List(group_keys))] };
    let line = Line {
        node_type: "Aggregate",
        label: format!("{prefix}{name}"),
        modes: vec![
            ("Strategy", Property::Text(strategy.into())),
            ("Partial Mode", Property::Text(mode_name.into())),
        ],
        properties,
        ..Line::default()
    };
    let key_texts = keys.iter().map(|key| match key {
        Expr::Column { index, .. } => texts[*index].clone(),
        other => ColumnText::computed(show(other, texts)),
    });
    let call_texts = calls.iter().enumerate().map(|(at, call)| match mode {
        Mode::Simple => ColumnText::computed(call_text(call, texts)),
        Mode::Partial => {
            let text = call_text(call, texts);
            let call = Some(text.clone());
            ColumnText { call, ..ColumnText::computed(format!("PARTIAL {text}")) }
        }
        Mode::Finalize => {
            let state = texts.get(keys.len() + at);
            let text = state.and_then(|state| state.call.clone());
            ColumnText::computed(text.unwrap_or_else(|| call.aggregate.name.to_owned()))
        }
    });
    (line, key_texts.chain(call_texts).collect())
}

/// Sorted groups without calls are a node of their own in PostgreSQL, `Group`, whatever the stage.
fn group_line(keys: &[Expr], own: &[ColumnText], texts: &[ColumnText]) -> (Line, Vec<ColumnText>) {
    let group_keys = keys.iter().map(|key| show(key, own)).collect();
    let line = Line {
        node_type: "Group",
        label: "Group".into(),
        properties: vec![("Group Key", Property::List(group_keys))],
        ..Line::default()
    };
    let key_texts = keys.iter().map(|key| match key {
        Expr::Column { index, .. } => texts[*index].clone(),
        other => ColumnText::computed(show(other, texts)),
    });
    (line, key_texts.collect())
}

/// A call as PostgreSQL prints it: `sum(DISTINCT x ORDER BY x) FILTER (WHERE (y > 0))`, `mode() WITHIN GROUP (ORDER BY x)`.
fn call_text(call: &Call, texts: &[ColumnText]) -> String {
    let is_set = call.aggregate.ordered_set.is_some();
    let args = if is_set { &call.direct } else { &call.args };
    let star = !is_set && call.aggregate.args.is_empty();
    let args: Vec<String> = args.iter().map(|arg| show_argument(arg, texts)).collect();
    let args = if star { "*".into() } else { args.join(", ") };
    let distinct = if call.distinct { "DISTINCT " } else { "" };
    let order = if call.order_by.is_empty() {
        String::new()
    } else {
        let keys: Vec<String> = call.order_by.iter().map(|key| order_text(key, texts)).collect();
        let within = if is_set { ") WITHIN GROUP (" } else { " " };
        format!("{within}ORDER BY {}", keys.join(", "))
    };
    let filter = call
        .filter
        .as_ref()
        .map_or_else(String::new, |filter| format!(" FILTER (WHERE {})", show(filter, texts)));
    format!("{}({distinct}{args}{order}){filter}", call.aggregate.name)
}

/// A key of an ORDER BY inside a call (`get_rule_sortgroupclause`): calls of functions and casts by functions in
/// parentheses of their own, a constant always with its type.
fn order_text(key: &SortKey, texts: &[ColumnText]) -> String {
    let text = match &key.expr {
        Expr::Constant(value, ty) => print::labelled(value, *ty),
        other => show_argument(other, texts),
    };
    let is_function = match &key.expr {
        Expr::Call { syntax, .. } => !matches!(
            syntax,
            CallSyntax::Operator(_) | CallSyntax::Subscript | CallSyntax::Slice(_)
        ),
        Expr::Cast { method, .. } => *method == CastMethod::Modifier,
        _ => false,
    };
    let text = if is_function { format!("({text})") } else { text };
    text + super::sort::direction_text(key)
}
