//! SQL that mends: ALTER FUNCTION for a label, the whole CREATE OR REPLACE AGGREGATE for anything of the aggregate's own,
//! which no ALTER reaches.

use std::fmt::Write;

use spec::expr::function::Safety;

use crate::engine::postgres::aggregates::{Aggregate, Kind, Modify, Support, Way};

/// What stands where the author must choose.
fn blank(what: &str) -> String {
    format!("/* {what} */")
}

/// A definition that is about to be changed: options in the order of the manual.
struct Definition<'a> {
    aggregate: &'a Aggregate,
    combine: Option<String>,
    serialize: Option<String>,
    deserialize: Option<String>,
    modify: Modify,
    sort_operator: Option<String>,
    safety: Safety,
}

impl<'a> Definition<'a> {
    fn of(aggregate: &'a Aggregate) -> Definition<'a> {
        let name = |support: &Option<Support>| support.as_ref().map(Support::qualified);
        Definition {
            aggregate,
            combine: name(&aggregate.combine),
            serialize: name(&aggregate.serialize),
            deserialize: name(&aggregate.deserialize),
            modify: aggregate.plain.finish_modify,
            sort_operator: aggregate.sort_operator.as_ref().map(|operator| operator.name.clone()),
            safety: aggregate.safety,
        }
    }

    /// The statement, one option a line.
    fn statement(&self) -> String {
        let aggregate = self.aggregate;
        let mut options: Vec<(&str, String)> = vec![];
        way(&mut options, &aggregate.plain, ["SFUNC", "STYPE", "SSPACE", "", "FINALFUNC"]);
        if aggregate.plain.finish_extra {
            options.push(("FINALFUNC_EXTRA", String::new()));
        }
        // Without a final function there is nothing to modify; ordered sets default to READ_WRITE.
        if aggregate.plain.finish.is_some() && self.modify != default_modify(aggregate.kind) {
            options.push(("FINALFUNC_MODIFY", modify(self.modify).into()));
        }
        let mut option = |name, value: &Option<String>| {
            options.extend(value.iter().map(|value| (name, value.clone())));
        };
        option("COMBINEFUNC", &self.combine);
        option("SERIALFUNC", &self.serialize);
        option("DESERIALFUNC", &self.deserialize);
        option("INITCOND", &aggregate.plain.initial.as_deref().map(literal));
        if let Some(moving) = &aggregate.moving {
            way(&mut options, moving, ["MSFUNC", "MSTYPE", "MSSPACE", "MINVFUNC", "MFINALFUNC"]);
            if moving.finish_extra {
                options.push(("MFINALFUNC_EXTRA", String::new()));
            }
            if moving.finish.is_some() && moving.finish_modify != default_modify(aggregate.kind) {
                options.push(("MFINALFUNC_MODIFY", modify(moving.finish_modify).into()));
            }
            options.extend(moving.initial.as_deref().map(|text| ("MINITCOND", literal(text))));
        }
        options.extend(self.sort_operator.iter().map(|name| ("SORTOP", name.clone())));
        options.extend(label(self.safety).map(|label| ("PARALLEL", label.to_owned())));
        if aggregate.kind == Kind::Hypothetical {
            options.push(("HYPOTHETICAL", String::new()));
        }
        let mut sql = format!("CREATE OR REPLACE AGGREGATE {} (", aggregate.signature());
        for (number, (name, value)) in options.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            let equals = if value.is_empty() { "" } else { " = " };
            let _ = write!(sql, "{comma}\n    {name}{equals}{value}");
        }
        sql + "\n);"
    }
}

/// The options that a plain and a moving definition have alike, under these names.
fn way(options: &mut Vec<(&'static str, String)>, way: &Way, names: [&'static str; 5]) {
    let [transition, state, space, inverse, finish] = names;
    options.push((transition, way.transition.qualified()));
    options.push((state, way.state.name.clone()));
    if way.state_space != 0 {
        options.push((space, way.state_space.to_string()));
    }
    options.extend(way.inverse.as_ref().map(|support| (inverse, support.qualified())));
    options.extend(way.finish.as_ref().map(|support| (finish, support.qualified())));
}

fn default_modify(kind: Kind) -> Modify {
    match kind {
        Kind::Normal => Modify::ReadOnly,
        Kind::OrderedSet | Kind::Hypothetical => Modify::ReadWrite,
    }
}

fn modify(modify: Modify) -> &'static str {
    match modify {
        Modify::ReadOnly => "READ_ONLY",
        Modify::Shareable => "SHAREABLE",
        Modify::ReadWrite => "READ_WRITE",
    }
}

/// The label, unless it is the default.
fn label(safety: Safety) -> Option<&'static str> {
    match safety {
        Safety::Safe => Some("SAFE"),
        Safety::Restricted => Some("RESTRICTED"),
        Safety::Unsafe => None,
    }
}

/// A text as a literal, whatever `standard_conforming_strings` says.
pub(super) fn literal(text: &str) -> String {
    let escape = if text.contains('\\') { "E" } else { "" };
    format!("{escape}'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// ALTER FUNCTION … PARALLEL SAFE for the functions that it holds of.
pub(super) fn labels(aggregate: &Aggregate, wanting: impl Fn(&Support) -> bool) -> String {
    let plain = &aggregate.plain;
    let optional =
        [&aggregate.combine, &aggregate.serialize, &aggregate.deserialize, &plain.finish];
    let all = std::iter::once(&plain.transition).chain(optional.into_iter().flatten());
    let mut statements: Vec<String> = all
        .filter(|support| wanting(support))
        .map(|support| format!("ALTER FUNCTION {} PARALLEL SAFE;\n", support.signature))
        .collect();
    statements.sort();
    statements.dedup();
    statements.concat()
}

/// The aggregate with the label SAFE.
pub(super) fn relabelled(aggregate: &Aggregate) -> String {
    Definition { safety: Safety::Safe, ..Definition::of(aggregate) }.statement()
}

/// The aggregate with a blank for the combine function, and for its bytes if the state is internal.
pub(super) fn with_combine(aggregate: &Aggregate) -> String {
    let state = &aggregate.plain.state;
    let combine = Some(blank(&format!("a function ({0}, {0}) returning {0}", state.name)));
    let mut definition = Definition { combine, ..Definition::of(aggregate) };
    fill_bytes(&mut definition);
    definition.statement()
}

/// The aggregate with blanks for the functions that make bytes of its state.
pub(super) fn with_bytes(aggregate: &Aggregate) -> String {
    let mut definition = Definition::of(aggregate);
    fill_bytes(&mut definition);
    definition.statement()
}

fn fill_bytes(definition: &mut Definition<'_>) {
    if definition.aggregate.plain.state.is_internal() {
        let serialize = || blank("a strict function (internal) returning bytea");
        let deserialize = || blank("a strict function (bytea, internal) returning internal");
        definition.serialize.get_or_insert_with(serialize);
        definition.deserialize.get_or_insert_with(deserialize);
    }
}

/// The aggregate with a final function that says it leaves the state alone.
pub(super) fn with_read_only_final(aggregate: &Aggregate) -> String {
    Definition { modify: Modify::ReadOnly, ..Definition::of(aggregate) }.statement()
}

/// The aggregate without SORTOP.
pub(super) fn without_sort_operator(aggregate: &Aggregate) -> String {
    Definition { sort_operator: None, ..Definition::of(aggregate) }.statement()
}

/// The aggregate without a combine function and what belongs to it.
pub(super) fn without_combine(aggregate: &Aggregate) -> String {
    let none = Definition { combine: None, ..Definition::of(aggregate) };
    Definition { serialize: None, deserialize: None, ..none }.statement()
}

/// Makes both strict: the one that is not is altered.
pub(super) fn strict_alike(one: &Support, other: &Support) -> String {
    let lax = if one.is_strict { other } else { one };
    format!("ALTER FUNCTION {} STRICT;", lax.signature)
}

/// The aggregate as it is, with a blank for the initial state.
pub(super) fn with_neutral_initial(aggregate: &Aggregate) -> String {
    let statement = Definition::of(aggregate).statement();
    let initial = aggregate.plain.initial.as_deref().unwrap_or_default();
    let old = format!("INITCOND = {}", literal(initial));
    let neutral = blank("a state that combine leaves every other state with; or none");
    statement.replacen(&old, &format!("INITCOND = {neutral}"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_survive_quotes_and_backslashes() {
        assert_eq!(literal("{0,0}"), "'{0,0}'");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\b"), "E'a\\\\b'");
    }
}
