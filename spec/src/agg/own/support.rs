//! The support functions of the built-in aggregates, by PostgreSQL's names: which machine does what each of them does.
//!
//! `int8_avg_accum` is the transition of our `sum(int8)` and `avg(int8)`, `numeric_poly_avg` the final function of the
//! latter: an own aggregate over the two takes the transition of one machine and the end of the other. That is right only
//! where both keep the same state, field for field; anything else is refused. [agg.machine]

use std::sync::LazyLock;

use crate::agg::moving::Moving;
use crate::agg::{self, Aggregate};

/// `pg_aggregate` of PostgreSQL 15 for the aggregates that we have: transition, combine, serialisation, deserialisation
/// and final function (`-` for none), and the initial state.
const TABLE: &str = "
    avg(int8) int8_avg_accum int8_avg_combine int8_avg_serialize int8_avg_deserialize numeric_poly_avg | 
    avg(numeric) numeric_avg_accum numeric_avg_combine numeric_avg_serialize numeric_avg_deserialize numeric_avg | 
    bit_and(int8) int8and int8and - - - | 
    bit_and(int4) int4and int4and - - - | 
    bit_and(int2) int2and int2and - - - | 
    bit_or(int8) int8or int8or - - - | 
    bit_or(int4) int4or int4or - - - | 
    bit_or(int2) int2or int2or - - - | 
    bit_xor(int8) int8xor int8xor - - - | 
    bit_xor(int4) int4xor int4xor - - - | 
    bit_xor(int2) int2xor int2xor - - - | 
    bool_and(bool) booland_statefunc booland_statefunc - - - | 
    bool_or(bool) boolor_statefunc boolor_statefunc - - - | 
    count() int8inc int8pl - - - | 0
    count(any) int8inc_any int8pl - - - | 0
    max(int8) int8larger int8larger - - - | 
    max(bpchar) bpchar_larger bpchar_larger - - - | 
    max(date) date_larger date_larger - - - | 
    max(float8) float8larger float8larger - - - | 
    max(int4) int4larger int4larger - - - | 
    max(interval) interval_larger interval_larger - - - | 
    max(numeric) numeric_larger numeric_larger - - - | 
    max(float4) float4larger float4larger - - - | 
    max(int2) int2larger int2larger - - - | 
    max(text) text_larger text_larger - - - | 
    max(timestamp) timestamp_larger timestamp_larger - - - | 
    max(time) time_larger time_larger - - - | 
    max(timetz) timetz_larger timetz_larger - - - | 
    max(timestamptz) timestamptz_larger timestamptz_larger - - - | 
    min(int8) int8smaller int8smaller - - - | 
    min(bpchar) bpchar_smaller bpchar_smaller - - - | 
    min(date) date_smaller date_smaller - - - | 
    min(float8) float8smaller float8smaller - - - | 
    min(int4) int4smaller int4smaller - - - | 
    min(interval) interval_smaller interval_smaller - - - | 
    min(numeric) numeric_smaller numeric_smaller - - - | 
    min(float4) float4smaller float4smaller - - - | 
    min(int2) int2smaller int2smaller - - - | 
    min(text) text_smaller text_smaller - - - | 
    min(timestamp) timestamp_smaller timestamp_smaller - - - | 
    min(time) time_smaller time_smaller - - - | 
    min(timetz) timetz_smaller timetz_smaller - - - | 
    min(timestamptz) timestamptz_smaller timestamptz_smaller - - - | 
    regr_count(float8,float8) int8inc_float8_float8 int8pl - - - | 0
    stddev_pop(int8) int8_accum numeric_combine numeric_serialize numeric_deserialize numeric_stddev_pop | 
    stddev_pop(int4) int4_accum numeric_poly_combine numeric_poly_serialize numeric_poly_deserialize numeric_poly_stddev_pop | 
    stddev_pop(numeric) numeric_accum numeric_combine numeric_serialize numeric_deserialize numeric_stddev_pop | 
    stddev_pop(int2) int2_accum numeric_poly_combine numeric_poly_serialize numeric_poly_deserialize numeric_poly_stddev_pop | 
    stddev_samp(int8) int8_accum numeric_combine numeric_serialize numeric_deserialize numeric_stddev_samp | 
    stddev_samp(int4) int4_accum numeric_poly_combine numeric_poly_serialize numeric_poly_deserialize numeric_poly_stddev_samp | 
    stddev_samp(numeric) numeric_accum numeric_combine numeric_serialize numeric_deserialize numeric_stddev_samp | 
    stddev_samp(int2) int2_accum numeric_poly_combine numeric_poly_serialize numeric_poly_deserialize numeric_poly_stddev_samp | 
    array_agg(value) array_agg_transfn - - - array_agg_finalfn | 
    array_agg(array) array_agg_array_transfn - - - array_agg_array_finalfn | 
    string_agg(text,text) string_agg_transfn - - - string_agg_finalfn | 
    string_agg(bytea,bytea) bytea_string_agg_transfn - - - bytea_string_agg_finalfn | 
    sum(int8) int8_avg_accum int8_avg_combine int8_avg_serialize int8_avg_deserialize numeric_poly_sum | 
    sum(float8) float8pl float8pl - - - | 
    sum(int4) int4_sum int8pl - - - | 
    sum(interval) interval_pl interval_pl - - - | 
    sum(numeric) numeric_avg_accum numeric_avg_combine numeric_avg_serialize numeric_avg_deserialize numeric_sum | 
    sum(float4) float4pl float4pl - - - | 
    sum(int2) int2_sum int8pl - - - | 
    var_pop(int8) int8_accum numeric_combine numeric_serialize numeric_deserialize numeric_var_pop | 
    var_pop(int4) int4_accum numeric_poly_combine numeric_poly_serialize numeric_poly_deserialize numeric_poly_var_pop | 
    var_pop(numeric) numeric_accum numeric_combine numeric_serialize numeric_deserialize numeric_var_pop | 
    var_pop(int2) int2_accum numeric_poly_combine numeric_poly_serialize numeric_poly_deserialize numeric_poly_var_pop | 
    var_samp(int8) int8_accum numeric_combine numeric_serialize numeric_deserialize numeric_var_samp | 
    var_samp(int4) int4_accum numeric_poly_combine numeric_poly_serialize numeric_poly_deserialize numeric_poly_var_samp | 
    var_samp(numeric) numeric_accum numeric_combine numeric_serialize numeric_deserialize numeric_var_samp | 
    var_samp(int2) int2_accum numeric_poly_combine numeric_poly_serialize numeric_poly_deserialize numeric_poly_var_samp | 
";

/// `aggmtransfn`, `aggminvtransfn` and `aggmfinalfn` of those whose moving state is internal or a number: the functions
/// over arrays are functions of values, as are those of `sum(interval)`.
const MOVING: &str = "
    avg(int8) int8_avg_accum int8_avg_accum_inv numeric_poly_avg
    avg(numeric) numeric_avg_accum numeric_accum_inv numeric_avg
    bool_and(bool) bool_accum bool_accum_inv bool_alltrue
    bool_or(bool) bool_accum bool_accum_inv bool_anytrue
    count() int8inc int8dec -
    count(any) int8inc_any int8dec_any -
    stddev_pop(int8) int8_accum int8_accum_inv numeric_stddev_pop
    stddev_pop(int4) int4_accum int4_accum_inv numeric_poly_stddev_pop
    stddev_pop(numeric) numeric_accum numeric_accum_inv numeric_stddev_pop
    stddev_pop(int2) int2_accum int2_accum_inv numeric_poly_stddev_pop
    stddev_samp(int8) int8_accum int8_accum_inv numeric_stddev_samp
    stddev_samp(int4) int4_accum int4_accum_inv numeric_poly_stddev_samp
    stddev_samp(numeric) numeric_accum numeric_accum_inv numeric_stddev_samp
    stddev_samp(int2) int2_accum int2_accum_inv numeric_poly_stddev_samp
    sum(int8) int8_avg_accum int8_avg_accum_inv numeric_poly_sum
    sum(numeric) numeric_avg_accum numeric_accum_inv numeric_sum
    var_pop(int8) int8_accum int8_accum_inv numeric_var_pop
    var_pop(int4) int4_accum int4_accum_inv numeric_poly_var_pop
    var_pop(numeric) numeric_accum numeric_accum_inv numeric_var_pop
    var_pop(int2) int2_accum int2_accum_inv numeric_poly_var_pop
    var_samp(int8) int8_accum int8_accum_inv numeric_var_samp
    var_samp(int4) int4_accum int4_accum_inv numeric_poly_var_samp
    var_samp(numeric) numeric_accum numeric_accum_inv numeric_var_samp
    var_samp(int2) int2_accum int2_accum_inv numeric_poly_var_samp
";

/// A built-in aggregate with the names of the support functions of its moving implementation. [agg.own.moving]
pub struct MovingSupport {
    /// The aggregate, whose moving machine does what the functions do.
    pub aggregate: &'static Aggregate,
    /// What its moving implementation is.
    pub moving: &'static Moving,
    /// `MSFUNC`.
    pub transition: &'static str,
    /// `MINVFUNC`.
    pub inverse: &'static str,
    /// `MFINALFUNC`.
    pub finish: &'static str,
}

static MOVING_SUPPORTS: LazyLock<Vec<MovingSupport>> =
    LazyLock::new(|| MOVING.lines().flat_map(moving_supports).collect());

/// The built-in aggregates with the support functions of their moving implementations.
pub fn moving() -> &'static [MovingSupport] {
    &MOVING_SUPPORTS
}

fn moving_supports(line: &'static str) -> Vec<MovingSupport> {
    let mut words = line.split_whitespace().skip(1);
    let names = [(); 3].map(|()| words.next().unwrap_or("-"));
    let support = |aggregate: &'static Aggregate| {
        let [transition, inverse, finish] = names;
        let moving = aggregate.moving.as_ref()?;
        Some(MovingSupport { aggregate, moving, transition, inverse, finish })
    };
    meant(line).into_iter().filter_map(support).collect()
}

/// A built-in aggregate with the names of its support functions.
pub struct Support {
    /// The aggregate, whose machine does what the functions do.
    pub aggregate: &'static Aggregate,
    /// `SFUNC`.
    pub transition: &'static str,
    /// `COMBINEFUNC`.
    pub combine: &'static str,
    /// `SERIALFUNC`.
    pub serialize: &'static str,
    /// `DESERIALFUNC`.
    pub deserialize: &'static str,
    /// `FINALFUNC`.
    pub finish: &'static str,
    /// `INITCOND`, if there is one.
    pub initial: Option<&'static str>,
}

static SUPPORTS: LazyLock<Vec<Support>> =
    LazyLock::new(|| TABLE.lines().flat_map(supports).collect());

/// The built-in aggregates with their support functions.
pub fn all() -> &'static [Support] {
    &SUPPORTS
}

impl Support {
    /// Whether its final function is declared with the arguments of the aggregate, so that FINALFUNC_EXTRA must be
    /// said: it takes its result type from them.
    pub fn finish_extra(&self) -> bool {
        self.aggregate.name == "array_agg"
    }
}

fn supports(line: &'static str) -> Vec<Support> {
    meant(line).into_iter().filter_map(|aggregate| support(line, aggregate)).collect()
}

/// The aggregates of a line of a table: `array_agg(value)` and `array_agg(array)` are one for each type.
fn meant(line: &str) -> Vec<&'static Aggregate> {
    let signature = line.split_whitespace().next().unwrap_or_default();
    let (name, types) = signature.split_once('(').unwrap_or_default();
    let is_array = |one: &Aggregate| one.args[0].is_some_and(|ty| ty.element().is_some());
    let meant = |one: &&Aggregate| match types {
        "value)" => !is_array(one),
        "array)" => is_array(one),
        _ => {
            let types = one.args.iter().map(|ty| ty.map_or("any", |ty| ty.typname()));
            format!("{name}({})", types.collect::<Vec<_>>().join(",")) == signature
        }
    };
    agg::named(name).filter(meant).collect()
}

/// A line of the table, of this aggregate.
fn support(line: &'static str, aggregate: &'static Aggregate) -> Option<Support> {
    let (functions, initial) = line.split_once(" | ").or_else(|| line.split_once(" |"))?;
    let mut words = functions.split_whitespace().skip(1);
    let mut next = || words.next().unwrap_or("-");
    Some(Support {
        aggregate,
        transition: next(),
        combine: next(),
        serialize: next(),
        deserialize: next(),
        finish: next(),
        initial: Some(initial.trim()).filter(|text| !text.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_an_aggregate_of_ours() {
        for line in TABLE.lines().filter(|line| !line.trim().is_empty()) {
            assert!(!supports(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn every_line_of_the_table_of_moving_ones_is_an_aggregate_of_ours_that_moves() {
        for line in MOVING.lines().filter(|line| !line.trim().is_empty()) {
            assert_eq!(moving_supports(line).len(), 1, "{line}");
        }
    }
}
