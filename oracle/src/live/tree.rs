//! Laws that a combine tree needs, by direct calls of the support functions over states that are values.
//!
//! `state_of`, an aggregate of ours without combine and final function, shows the state of each part. Combine and
//! transition are then called as the executor would: strict ones skip NULL, and a NULL state adopts the other side.
//! An `internal` state is no value of SQL, so these laws are not asked of it.

use super::ask::{Asker, CASES, Side, Sides, Subject};
use super::report::Law;
use super::scratch::Trouble;
use super::search::Shape;
use crate::engine::postgres::aggregates::Support;

/// The aggregate's functions, as SQL expressions over expressions.
pub struct Machine {
    combine: Support,
    transition: Support,
    finish: Option<Support>,
    /// What a final function is given beside the state: NULLs of the argument types.
    extra: String,
    columns: Vec<String>,
    arguments: String,
    schema: String,
    /// The statement that makes `state_of`.
    pub creation: String,
}

impl Machine {
    /// Makes `state_of` in the scratch schema.
    ///
    /// # Errors
    /// Why the states cannot be seen.
    pub fn of(asker: &mut Asker<'_>) -> Result<Machine, Trouble> {
        let subject = &asker.subject;
        let aggregate = &subject.aggregate;
        let Some(combine) = aggregate.combine.clone() else {
            return Err(Trouble::Plan("there is no combine function".into()));
        };
        if aggregate.plain.state.is_internal() {
            return Err(Trouble::Plan("the state is internal, so no value of SQL".into()));
        }
        let schema = asker.scratch.schema().to_owned();
        let types: Vec<&str> = subject.pools.iter().map(|pool| pool.sql_type.as_str()).collect();
        let signature = if types.is_empty() { "*".into() } else { types.join(", ") };
        let initial = aggregate.plain.initial.as_ref();
        let initial = initial.map(|text| format!(", INITCOND = '{}'", text.replace('\'', "''")));
        let body = format!(
            "({signature}) (SFUNC = {}, STYPE = {}{})",
            aggregate.plain.transition.qualified(),
            state_type(subject),
            initial.unwrap_or_default()
        );
        let creation = format!("CREATE AGGREGATE pg_temp.state_of{body}");
        let drop = format!("DROP AGGREGATE IF EXISTS {schema}.state_of({signature})");
        asker.scratch.ask(&format!("{drop}; CREATE AGGREGATE {schema}.state_of{body}"))?;
        let subject = &asker.subject;
        let finish = subject.aggregate.plain.finish.clone();
        let extra = match subject.aggregate.plain.finish_extra {
            true => types.iter().map(|ty| format!(", NULL::{ty}")).collect(),
            false => String::new(),
        };
        Ok(Machine {
            combine,
            transition: subject.aggregate.plain.transition.clone(),
            finish,
            extra,
            columns: subject.columns(),
            arguments: subject.arguments(),
            schema,
            creation,
        })
    }

    /// The two sides of a law, as statements over the scratch table.
    pub fn sides(&self, law: Law) -> Sides {
        let (one, other) = self.expressions(law);
        (self.statement(law, &one), self.statement(law, &other))
    }

    /// The shape of the cases of a law. A part that a case lacks is the initial state, so that (a b) ∅ against a (b ∅) takes
    /// two parts only.
    pub fn shape(law: Law) -> Shape {
        match law {
            Law::Absorption => Shape::Taking,
            Law::Commutative => Shape::AtMost(2),
            _ => Shape::AtMost(3),
        }
    }

    /// The two statements for a script of its own, over temporary tables.
    pub fn script(&self, law: Law) -> Vec<String> {
        let (one, other) = self.sides(law);
        let said = |side: Side| match side {
            Side::Said(statement) => statement
                .replace(&format!("{}.state_of", self.schema), "pg_temp.state_of")
                .replace(CASES, "parts"),
            _ => String::new(),
        };
        vec![self.creation.clone(), said(one), said(other)]
    }

    fn expressions(&self, law: Law) -> (String, String) {
        let combined = |a: &str, b: &str| self.combined(a, b);
        match law {
            Law::Commutative => (combined("s.a", "s.b"), combined("s.b", "s.a")),
            Law::Absorption => ("s.w".into(), self.advanced(&combined("s.a", "s.b"))),
            _ => {
                (combined(&combined("s.a", "s.b"), "s.d"), combined("s.a", &combined("s.b", "s.d")))
            }
        }
    }

    /// In the law of absorption the row that is taken in is the last one of the second part, so its state is without it.
    fn statement(&self, law: Law, state: &str) -> Side {
        let (schema, arguments) = (&self.schema, &self.arguments);
        let part = |number: usize, but: &str| {
            format!("{schema}.state_of({arguments}) FILTER (WHERE live AND part = {number}{but})")
        };
        let (but, taken) = match law {
            Law::Absorption => (
                " AND pos < 0",
                format!(
                    " LEFT JOIN {CASES} AS r ON r.c = s.c AND r.part = 1 AND r.live AND r.pos = 0"
                ),
            ),
            _ => ("", String::new()),
        };
        Side::Said(format!(
            "WITH s AS MATERIALIZED (SELECT c, {} AS a, {} AS b, {} AS d, {schema}.state_of({arguments}) \
             FILTER (WHERE live) AS w FROM {CASES} AS p GROUP BY c) SELECT s.c, ({})::text FROM s{taken}",
            part(0, ""),
            part(1, but),
            part(2, ""),
            self.finished(state)
        ))
    }

    /// The executor's combine of two states.
    fn combined(&self, left: &str, right: &str) -> String {
        let call = format!("{}({left}, {right})", self.combine.qualified());
        match self.combine.is_strict {
            true => format!(
                "CASE WHEN {right} IS NULL THEN {left} WHEN {left} IS NULL THEN {right} ELSE {call} END"
            ),
            false => call,
        }
    }

    /// A state after the row that is taken in.
    fn advanced(&self, state: &str) -> String {
        let fields: Vec<String> = self.columns.iter().map(|column| format!("r.{column}")).collect();
        let arguments: String = fields.iter().map(|field| format!(", {field}")).collect();
        let call = format!("{}({state}{arguments})", self.transition.qualified());
        if !self.transition.is_strict || fields.is_empty() {
            return call;
        }
        let is_null: Vec<String> = fields.iter().map(|field| format!("{field} IS NULL")).collect();
        let adopted = match self.transition.arguments.first() == self.transition.arguments.get(1) {
            true => format!(" WHEN {state} IS NULL THEN {}", fields[0]),
            false => String::new(),
        };
        format!("CASE WHEN {} THEN {state}{adopted} ELSE {call} END", is_null.join(" OR "))
    }

    fn finished(&self, state: &str) -> String {
        match &self.finish {
            Some(finish) => format!("{}({state}{})", finish.qualified(), self.extra),
            None => state.to_owned(),
        }
    }
}

/// The state type with what its polymorphic name stands for.
pub fn state_type(subject: &Subject) -> String {
    let aggregate = &subject.aggregate;
    let declared = aggregate.plain.state.name.as_str();
    if declared == "record" {
        return subject.pools.first().map_or("record".into(), |pool| pool.sql_type.clone());
    }
    if !declared.starts_with("any") {
        return declared.to_owned();
    }
    let polymorphic = aggregate.arguments.iter().zip(&subject.pools);
    let element = polymorphic
        .filter(|(ty, _)| ty.name.starts_with("any"))
        .map(|(_, pool)| pool.sql_type.trim_end_matches("[]").to_owned())
        .next()
        .unwrap_or_else(|| "text".into());
    match declared.ends_with("array") && !declared.ends_with("nonarray") {
        true => format!("{element}[]"),
        false => element,
    }
}
