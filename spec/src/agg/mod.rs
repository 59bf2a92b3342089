//! Aggregates: one file per family, each a dossier of signature, *meaning* and *machine*.
//!
//! The **meaning** says what an aggregate of a whole bag is; only `reference` calls it. The **machine** says how it is
//! computed state by state; only `parallel` runs it. The two are written independently of each other: the law
//! *however the bag is split, combined and shipped, the answer is permitted* is checked between them. [law.split]
//!
//! ```text
//! partial stage     state := init;  for each row: state := transition(state, arguments)
//! between           bytes := serialize(state);  state := deserialize(bytes)          (or typed fields)
//! finalize stage    state := init;  for each partial state: state := combine(state, partial);  finalize(state)
//! ```
//!
//! Strictness is not the machine's business: [`Aggregate::advance`] and [`Aggregate::merge`] apply PostgreSQL's rules
//! (`nodeAgg.c`) around it.

mod any_value;
mod array_agg;
mod avg;
mod bit;
mod bool;
pub mod bound;
mod count;
pub mod enclosure;
mod exact;
mod floats;
mod hypothetical;
mod min_max;
mod mode;
mod moments;
pub mod moving;
pub mod ordered_set;
pub mod own;
mod percentile;
mod percentiles;
mod polymorphic;
mod rational;
mod regression;
pub mod state;
mod string_agg;
mod string_agg_bytea;
mod sum_float;
mod sum_integer;
mod sum_interval;
mod sum_numeric;
mod variance;
mod youngs_cramer;

use std::collections::BTreeSet;

use crate::error::{SqlError, SqlState};
use crate::expr::Safety;
use crate::permitted::Cell;
use crate::value::{Row, Type, Value};
use ordered_set::OrderedSet;

/// A transition state: one value per declared field. All fields NULL is "no value yet" (a NULL state).
pub type State = Vec<Value>;

/// One aggregate signature: what `pg_aggregate` and `pg_proc` say of it, its meaning and its machine. [agg.machine]
///
/// Of no rows a count is 0 and anything else NULL, save the ranks of a hypothetical row. [agg.empty] A polymorphic
/// aggregate is one entry for each type, so that its final function need not ask for types by extra arguments.
/// [agg.final.extra]
pub struct Aggregate {
    /// Its name.
    pub name: &'static str,
    /// Its argument types; `None` is "any" (`count(any)`). Empty for `count(*)`, and for hypothetical-set aggregates,
    /// which take what WITHIN GROUP orders by. Direct arguments are not among them.
    pub args: &'static [Option<Type>],
    /// Its result type.
    pub result: Type,
    /// Whether argument and result are `anyelement`, this entry being the one for one type.
    pub polymorphic: bool,
    /// The first version that has it, as `server_version_num`; 0 where every version that we speak of has it.
    pub since: u64,
    /// Parallel safety label.
    pub parallel: Safety,
    /// Whether it may be split into Partial and Finalize: it has a combine function (and, for an internal state,
    /// serialize and deserialize functions).
    pub splits: bool,
    /// The first version that splits it, as `server_version_num`; 0 where every version does, if it splits.
    pub splits_since: u64,
    /// Which laws it obeys.
    pub law: LawClass,
    /// Whether rows with a NULL argument are skipped (the transition function is strict).
    pub transition_strict: bool,
    /// Whether NULL states are skipped (the combine function is strict).
    pub combine_strict: bool,
    /// Whether a NULL state gives NULL without a call of the final function.
    pub final_strict: bool,
    /// PostgreSQL's name of the state type (`int8`, `internal`, `float8[]`).
    pub state_type: &'static str,
    /// The fields of the state.
    pub state_fields: &'static [StateField],
    /// The aggregate of a whole bag of argument rows (after FILTER; NULLs included), in any order.
    pub meaning: fn(&[Row]) -> Meaning,
    /// The aggregate of argument rows in this very order (`string_agg(x, y ORDER BY z)`); `None` where the order does
    /// not matter, so that `meaning` says it all.
    pub meaning_in_order: Option<fn(&[Row]) -> Meaning>,
    /// How it is computed.
    pub machine: &'static dyn Machine,
    /// How it is computed over a frame that slides, if rows can be taken out again.
    pub moving: Option<moving::Moving>,
    /// What CREATE AGGREGATE said, of an aggregate that a user made; then `meaning` is not called.
    pub own: Option<&'static own::Definition>,
    /// What an ordered-set aggregate has besides: then it says what the answer is, and `meaning` does not.
    pub ordered_set: Option<OrderedSet>,
}

/// One field of a transition state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateField {
    /// Its name: `count`, `sum`, `sum_of_squares`.
    pub name: &'static str,
    /// Its type; it may be NULL.
    pub ty: Type,
}

/// What an aggregate may answer for a bag: a cell, an error, or either; or, rarely, what we cannot say.
#[derive(Clone, Debug, PartialEq)]
pub struct Meaning {
    /// The permitted value, if a value is permitted.
    pub cell: Option<Cell>,
    /// The permitted errors.
    pub errors: BTreeSet<SqlState>,
    /// Why the set of answers cannot be stated for this bag; then the other fields are empty and nothing is judged.
    pub unable: Option<&'static str>,
}

impl Meaning {
    /// Exactly this value, and no error.
    pub fn exactly(value: Value) -> Meaning {
        Meaning::cell(Cell::Exactly(value))
    }

    /// A value that this cell admits, and no error.
    pub fn cell(cell: Cell) -> Meaning {
        Meaning { cell: Some(cell), errors: BTreeSet::new(), unable: None }
    }

    /// This error, whatever the order.
    pub fn error(sqlstate: SqlState) -> Meaning {
        Meaning { cell: None, errors: BTreeSet::from([sqlstate]), unable: None }
    }

    /// The answers of this bag cannot be stated, for this reason.
    pub fn unable(reason: &'static str) -> Meaning {
        Meaning { cell: None, errors: BTreeSet::new(), unable: Some(reason) }
    }

    /// The same, or this error: whether it arises depends on the order.
    pub fn or_error(mut self, sqlstate: SqlState) -> Meaning {
        self.errors.insert(sqlstate);
        self
    }

    /// Whether an answer is permitted, however high the tree of additions (the row count bounds it). Where the meaning is
    /// unable to say, every answer is.
    pub fn admits(&self, answer: &Result<Value, SqlError>) -> bool {
        self.unable.is_some()
            || match answer {
                Ok(value) => self.cell.as_ref().is_some_and(|cell| cell.admits(value, None)),
                Err(error) => self.errors.contains(&error.sqlstate),
            }
    }

    /// What a computation without choice answered: its value or its error.
    fn of(answer: Result<Value, SqlError>) -> Meaning {
        match answer {
            Ok(value) => Meaning::exactly(value),
            Err(error) => Meaning::error(error.sqlstate),
        }
    }
}

/// Which laws an aggregate obeys: how its answer depends on order and split. [law.class]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LawClass {
    /// Any order and any split give the same answer (up to values that are equal: `max` of 1.0 and 1.00).
    AnyOrder,
    /// The order of rows matters: splits that keep it give the same answer.
    InputOrder,
    /// The value does not depend on order, but whether an error arises on the way does.
    ErrorPartial,
    /// Floating point: any order is within a proved bound of the exact answer.
    FloatBounded,
    /// `AnyOrder`, under a precondition that the family states.
    Precondition,
    /// The answer is one of the values: which one depends on order and split, and each is permitted.
    AnyOne,
    /// No law: complete evaluation only.
    None,
}

/// How an aggregate is computed. Object-safe; arguments and states are of the declared types.
pub trait Machine: Send + Sync {
    /// The initial state (`agginitval`): all NULL if there is none. Partial folds begin with it, and so does what
    /// combines them. [agg.combine.init]
    fn init(&self) -> State;

    /// Takes in one row. With a strict transition function no argument is NULL and the state is not NULL.
    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError>;

    /// Takes in another state. With a strict combine function neither state is NULL. [agg.combine.owned]
    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError>;

    /// The answer.
    fn finalize(&self, state: &State) -> Result<Value, SqlError>;

    /// The state as bytes.
    fn serialize(&self, state: &State) -> Vec<u8> {
        state::encode(state)
    }

    /// The exact inverse of [`serialize`](Machine::serialize).
    fn deserialize(&self, bytes: &[u8]) -> Result<State, SqlError> {
        state::decode(bytes)
    }

    /// The state after the first row, when the transition function is strict and there is no initial value:
    /// PostgreSQL takes the first argument itself as the state.
    fn first(&self, args: &[Value]) -> State {
        vec![args[0].clone()]
    }
}

impl Aggregate {
    /// What the aggregate may answer for these argument rows; `ordered` says that they come in an order that the query
    /// decides.
    pub fn answers(&self, rows: &[Row], ordered: bool) -> Meaning {
        match (self.own, self.meaning_in_order) {
            (Some(own), _) => own.meaning(rows, ordered),
            (None, Some(in_order)) if ordered => in_order(rows),
            (None, _) => (self.meaning)(rows),
        }
    }

    /// Whether a server of this version (`server_version_num`) splits it. [plan.aggregate.splits]
    pub fn splits_in(&self, version: u64) -> bool {
        self.splits && self.splits_since <= version
    }

    /// Whether the state has no value yet.
    pub fn is_null_state(state: &State) -> bool {
        state.iter().all(Value::is_null)
    }

    /// Takes one row of arguments into a state, by PostgreSQL's rules of strictness. [agg.transition.strict]
    pub fn advance(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        if self.transition_strict {
            if args.iter().any(Value::is_null) {
                return Ok(());
            }
            if Self::is_null_state(state) {
                *state = self.machine.first(args);
                return Ok(());
            }
        }
        self.machine.transition(state, args)
    }

    /// Takes another state into a state, by PostgreSQL's rules of strictness. [agg.combine.strict] [agg.combine.null]
    pub fn merge(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        if self.combine_strict {
            if Self::is_null_state(other) {
                return Ok(());
            }
            if Self::is_null_state(state) {
                state.clone_from(other);
                return Ok(());
            }
        }
        self.machine.combine(state, other)
    }

    /// Reads a state from bytes that [`Machine::serialize`] wrote, and checks that it is a state of this aggregate:
    /// as many fields as declared, each of its type or NULL. Foreign bytes are an error, never a state. [agg.serialize]
    pub fn deserialize(&self, bytes: &[u8]) -> Result<State, SqlError> {
        let state = self.machine.deserialize(bytes)?;
        let fits = state.len() == self.state_fields.len()
            && state
                .iter()
                .zip(self.state_fields)
                .all(|(value, field)| state::has_type(value, field.ty));
        if fits { Ok(state) } else { Err(state::foreign("a state of another aggregate")) }
    }

    /// The answer of a state, by PostgreSQL's rules of strictness. [agg.final.strict]
    pub fn finish(&self, state: &State) -> Result<Value, SqlError> {
        if self.final_strict && Self::is_null_state(state) {
            return Ok(Value::Null);
        }
        self.machine.finalize(state)
    }
}

/// Aggregates are catalogue entries: the same entry, or another aggregate.
impl PartialEq for Aggregate {
    fn eq(&self, other: &Aggregate) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Aggregate {}

impl std::fmt::Debug for Aggregate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let args: Vec<_> = self.args.iter().map(|ty| ty.map_or("any", Type::typname)).collect();
        match &self.ordered_set {
            Some(set) if set.hypothetical => write!(f, "{}(any ORDER BY any)", self.name),
            Some(set) => {
                let direct: Vec<_> = set.direct.iter().map(|ty| ty.typname()).collect();
                write!(f, "{}({} ORDER BY {})", self.name, direct.join(","), args.join(","))
            }
            None if args.is_empty() => write!(f, "{}(*)", self.name),
            None => write!(f, "{}({})", self.name, args.join(",")),
        }
    }
}

/// Every normal aggregate (`aggkind` n), family by family.
pub fn all() -> impl Iterator<Item = &'static Aggregate> {
    [
        count::AGGREGATES,
        sum_integer::AGGREGATES,
        sum_numeric::AGGREGATES,
        sum_float::AGGREGATES,
        sum_interval::AGGREGATES,
        avg::AGGREGATES,
        min_max::AGGREGATES,
        min_max::OF_ARRAYS,
        min_max::OF_BYTES,
        bool::AGGREGATES,
        bit::AGGREGATES,
        variance::AGGREGATES,
        regression::AGGREGATES,
        string_agg::AGGREGATES,
        string_agg_bytea::AGGREGATES,
        array_agg::AGGREGATES,
        any_value::AGGREGATES,
    ]
    .into_iter()
    .flatten()
}

/// Every ordered-set and hypothetical-set aggregate (`aggkind` o and h).
pub fn ordered_sets() -> impl Iterator<Item = &'static Aggregate> {
    [
        hypothetical::AGGREGATES,
        mode::AGGREGATES,
        percentile::DISCRETE,
        percentile::CONTINUOUS,
        percentiles::DISCRETE,
        percentiles::CONTINUOUS,
    ]
    .into_iter()
    .flatten()
}

/// Every normal aggregate of this name.
pub fn named(name: &str) -> impl Iterator<Item = &'static Aggregate> {
    all().filter(move |aggregate| aggregate.name == name)
}

/// Every aggregate of this name, of whatever kind.
pub fn of_name(name: &str) -> impl Iterator<Item = &'static Aggregate> {
    all().chain(ordered_sets()).filter(move |aggregate| aggregate.name == name)
}

/// What most built-in aggregates share: strict functions, no order, safe to run in workers, split by a combine function.
const BASE: Aggregate = Aggregate {
    name: "",
    args: &[],
    result: Type::Int8,
    parallel: Safety::Safe,
    polymorphic: false,
    since: 0,
    splits: true,
    splits_since: 0,
    law: LawClass::AnyOrder,
    transition_strict: true,
    combine_strict: true,
    final_strict: false,
    state_type: "",
    state_fields: &[],
    meaning: |_| Meaning::unable("an entry without a meaning"),
    meaning_in_order: None,
    machine: &count::Count,
    moving: None,
    own: None,
    ordered_set: None,
};

/// A declared field.
const fn field(name: &'static str, ty: Type) -> StateField {
    StateField { name, ty }
}

/// The first arguments that are not NULL: what a strict transition function sees of a bag.
fn inputs(rows: &[Row]) -> impl Iterator<Item = &Value> {
    rows.iter().map(|row| &row[0]).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::SERVER_VERSION_NUM;
    use crate::value::Element;

    /// PostgreSQL 15's `pg_aggregate` for the types of the subset: signature, result, state type, and whether the
    /// transition, combine and final function are strict (`s`), not (`-`), or missing (`x`, of combine functions).
    const PG_AGGREGATE: &str = "
        avg(float4) float8 float8[] sss
        avg(float8) float8 float8[] sss
        avg(int2) numeric int8[] sss
        avg(int4) numeric int8[] sss
        avg(int8) numeric internal ---
        avg(interval) interval interval[] sss
        avg(numeric) numeric internal ---
        bit_and(int2) int2 int2 ss-
        bit_and(int4) int4 int4 ss-
        bit_and(int8) int8 int8 ss-
        bit_or(int2) int2 int2 ss-
        bit_or(int4) int4 int4 ss-
        bit_or(int8) int8 int8 ss-
        bit_xor(int2) int2 int2 ss-
        bit_xor(int4) int4 int4 ss-
        bit_xor(int8) int8 int8 ss-
        bool_and(bool) bool bool ss-
        bool_or(bool) bool bool ss-
        corr(float8,float8) float8 float8[] sss
        covar_pop(float8,float8) float8 float8[] sss
        covar_samp(float8,float8) float8 float8[] sss
        count(*) int8 int8 ss-
        count(any) int8 int8 ss-
        every(bool) bool bool ss-
        max(bpchar) bpchar bpchar ss-
        max(date) date date ss-
        max(float4) float4 float4 ss-
        max(float8) float8 float8 ss-
        max(int2) int2 int2 ss-
        max(int4) int4 int4 ss-
        max(int8) int8 int8 ss-
        max(interval) interval interval ss-
        max(numeric) numeric numeric ss-
        max(text) text text ss-
        max(timestamp) timestamp timestamp ss-
        max(time) time time ss-
        max(timetz) timetz timetz ss-
        max(timestamptz) timestamptz timestamptz ss-
        max(anyarray) anyarray anyarray ss-
        min(time) time time ss-
        min(timetz) timetz timetz ss-
        min(timestamptz) timestamptz timestamptz ss-
        min(anyarray) anyarray anyarray ss-
        array_agg(anynonarray) anyarray internal -x-
        array_agg(anyarray) anyarray internal -x-
        min(bpchar) bpchar bpchar ss-
        min(date) date date ss-
        min(float4) float4 float4 ss-
        min(float8) float8 float8 ss-
        min(int2) int2 int2 ss-
        min(int4) int4 int4 ss-
        min(int8) int8 int8 ss-
        min(interval) interval interval ss-
        min(numeric) numeric numeric ss-
        min(text) text text ss-
        min(timestamp) timestamp timestamp ss-
        regr_avgx(float8,float8) float8 float8[] sss
        regr_avgy(float8,float8) float8 float8[] sss
        regr_count(float8,float8) int8 int8 ss-
        regr_intercept(float8,float8) float8 float8[] sss
        regr_r2(float8,float8) float8 float8[] sss
        regr_slope(float8,float8) float8 float8[] sss
        regr_sxx(float8,float8) float8 float8[] sss
        regr_sxy(float8,float8) float8 float8[] sss
        regr_syy(float8,float8) float8 float8[] sss
        stddev(float4) float8 float8[] sss
        stddev(float8) float8 float8[] sss
        stddev(int2) numeric internal ---
        stddev(int4) numeric internal ---
        stddev(int8) numeric internal ---
        stddev(numeric) numeric internal ---
        stddev_pop(float4) float8 float8[] sss
        stddev_pop(float8) float8 float8[] sss
        stddev_pop(int2) numeric internal ---
        stddev_pop(int4) numeric internal ---
        stddev_pop(int8) numeric internal ---
        stddev_pop(numeric) numeric internal ---
        stddev_samp(float4) float8 float8[] sss
        stddev_samp(float8) float8 float8[] sss
        stddev_samp(int2) numeric internal ---
        stddev_samp(int4) numeric internal ---
        stddev_samp(int8) numeric internal ---
        stddev_samp(numeric) numeric internal ---
        string_agg(text,text) text internal -x-
        string_agg(bytea,bytea) bytea internal -x-
        sum(float4) float4 float4 ss-
        sum(float8) float8 float8 ss-
        sum(int2) int8 int8 -s-
        sum(int4) int8 int8 -s-
        sum(int8) numeric internal ---
        sum(interval) interval interval ss-
        sum(numeric) numeric internal ---
        var_pop(float4) float8 float8[] sss
        var_pop(float8) float8 float8[] sss
        var_pop(int2) numeric internal ---
        var_pop(int4) numeric internal ---
        var_pop(int8) numeric internal ---
        var_pop(numeric) numeric internal ---
        var_samp(float4) float8 float8[] sss
        var_samp(float8) float8 float8[] sss
        var_samp(int2) numeric internal ---
        var_samp(int4) numeric internal ---
        var_samp(int8) numeric internal ---
        var_samp(numeric) numeric internal ---
        variance(float4) float8 float8[] sss
        variance(float8) float8 float8[] sss
        variance(int2) numeric internal ---
        variance(int4) numeric internal ---
        variance(int8) numeric internal ---
        variance(numeric) numeric internal ---
    ";

    fn describe(aggregate: &Aggregate) -> String {
        let strict = |strict| if strict { 's' } else { '-' };
        let splits = aggregate.splits_in(SERVER_VERSION_NUM);
        let combine = if splits { strict(aggregate.combine_strict) } else { 'x' };
        let flags = [strict(aggregate.transition_strict), combine, strict(aggregate.final_strict)];
        let flags: String = flags.iter().collect();
        let shown = format!("{aggregate:?} {}", aggregate.result.typname());
        // One of every element type stands for what is polymorphic there.
        let shown = match aggregate.name {
            "array_agg" => {
                shown.replace("(_int4)", "(anyarray)").replace("(int4)", "(anynonarray)")
            }
            _ => shown,
        };
        format!("{} {} {flags}", shown.replace("_int4", "anyarray"), aggregate.state_type)
    }

    #[test]
    fn the_catalogue_is_that_of_postgresql() {
        let theirs: BTreeSet<_> = PG_AGGREGATE
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|l| !l.is_empty())
            .collect();
        let is_specimen = |aggregate: &&Aggregate| {
            let array = Type::Array(Element::Int4);
            let args = aggregate.args.iter().flatten().chain([&aggregate.result]);
            args.clone().all(|ty| ty.element().is_none()) || args.into_iter().any(|ty| *ty == array)
        };
        let here = || all().filter(|aggregate| aggregate.since <= SERVER_VERSION_NUM);
        let ours: BTreeSet<_> = here().filter(is_specimen).map(describe).collect();
        assert_eq!(ours.difference(&theirs).collect::<Vec<_>>(), [""; 0], "only here");
        assert_eq!(theirs.difference(&ours).collect::<Vec<_>>(), [""; 0], "only in PostgreSQL");
        assert_eq!(here().filter(is_specimen).count(), theirs.len());
        let polymorphic = here().filter(|aggregate| !is_specimen(aggregate)).count();
        assert_eq!(polymorphic, 4 * (Element::ALL.len() - 1));
    }

    #[test]
    fn every_family_in_the_folder_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/agg");
        let list = std::fs::read_to_string(format!("{folder}/mod.rs")).expect("this file");
        for entry in std::fs::read_dir(folder).expect("this folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source file");
            let family =
                path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
            if family != "mod" && text.contains("static AGGREGATES") {
                assert!(list.contains(&format!("{family}::AGGREGATES,")), "{family} is not listed");
            }
        }
    }

    #[test]
    fn a_state_of_another_aggregate_is_refused() {
        let count = named("count").next().expect("known");
        let max = named("max").find(|a| a.args == [Some(Type::Text)]).expect("known");
        let bytes = max.machine.serialize(&vec![Value::text("a")]);
        assert!(max.deserialize(&bytes).is_ok());
        assert!(count.deserialize(&bytes).is_err());
        assert!(count.deserialize(&count.machine.serialize(&vec![Value::Null; 2])).is_err());
    }

    #[test]
    fn the_declared_fields_are_those_of_the_initial_state() {
        for aggregate in all() {
            let state = aggregate.machine.init();
            let bytes = aggregate.machine.serialize(&state);
            assert_eq!(aggregate.deserialize(&bytes), Ok(state), "{aggregate:?}");
        }
    }
}
