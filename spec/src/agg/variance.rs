//! The variance family: `variance` = `var_samp`, `var_pop`, `stddev` = `stddev_samp`, `stddev_pop`.
//!
//! Six names times six number types. Exact inputs have exact moments, and any order gives the same digits; floats go
//! through Youngs and Cramer's steps, whose error is bounded in [`super::bound`].

use super::floats::{self, Floats};
use super::moments::{
    self, INTEGER_SQUARES, MOVING_SQUARES, Moments, MovingDecimals, NUMERIC_SQUARES,
};
use super::youngs_cramer::{self, YoungsCramer};
use super::{Aggregate, BASE, LawClass, Meaning, exact};
use crate::value::{Row, Type, Value};

const EXACT: Aggregate = Aggregate {
    result: Type::Numeric,
    transition_strict: false,
    combine_strict: false,
    state_type: "internal",
    ..BASE
};

const FLOAT: Aggregate = Aggregate {
    result: Type::Float8,
    law: LawClass::FloatBounded,
    final_strict: true,
    state_type: "float8[]",
    state_fields: youngs_cramer::FIELDS,
    ..BASE
};

macro_rules! family {
    ($($name:literal sample: $sample:literal root: $root:literal;)*) => {
        /// Six names, six types.
        pub(super) static AGGREGATES: &[Aggregate] = &[$(
            family!(@integer $name $sample $root Int2),
            family!(@integer $name $sample $root Int4),
            family!(@integer $name $sample $root Int8),
            Aggregate {
                name: $name,
                args: &[Some(Type::Numeric)],
                state_fields: NUMERIC_SQUARES,
                meaning: |rows| exact::variance(rows, $sample, $root),
                machine: &Moments {
                    specials: true,
                    answer: moments::Answer::Variance { sample: $sample, root: $root },
                },
                moving: Some(moments::moving(
                    MOVING_SQUARES,
                    &MovingDecimals(moments::Answer::Variance { sample: $sample, root: $root }),
                )),
                ..EXACT
            },
            family!(@float $name $sample $root Float4),
            family!(@float $name $sample $root Float8),
        )*];
    };
    (@integer $name:literal $sample:literal $root:literal $ty:ident) => {
        Aggregate {
            name: $name,
            args: &[Some(Type::$ty)],
            state_fields: INTEGER_SQUARES,
            meaning: |rows| exact::variance(rows, $sample, $root),
            machine: &Moments {
                specials: false,
                answer: moments::Answer::Variance { sample: $sample, root: $root },
            },
            moving: Some(moments::moving(
                INTEGER_SQUARES,
                &Moments {
                    specials: false,
                    answer: moments::Answer::Variance { sample: $sample, root: $root },
                },
            )),
            ..EXACT
        }
    };
    (@float $name:literal $sample:literal $root:literal $ty:ident) => {
        Aggregate {
            name: $name,
            args: &[Some(Type::$ty)],
            meaning: |rows| float_variance(rows, $sample, $root),
            machine: &YoungsCramer {
                answer: youngs_cramer::Answer::Variance { sample: $sample, root: $root },
            },
            ..FLOAT
        }
    };
}

family! {
    "variance" sample: true root: false;
    "var_samp" sample: true root: false;
    "var_pop" sample: false root: false;
    "stddev" sample: true root: true;
    "stddev_samp" sample: true root: true;
    "stddev_pop" sample: false root: true;
}

/// The variance of floats, or its root, within the proved bound. [agg.variance.float]
///
/// NULL where the divisor would be zero; NaN with any special value; exactly zero of one number, and of numbers that are all
/// equal if no sum of them rounds (each step then forms `x·N - N·x`).
fn float_variance(rows: &[Row], sample: bool, root: bool) -> Meaning {
    let bag = Floats::of(rows, false);
    let n = bag.count();
    if n <= usize::from(sample) {
        return Meaning::exactly(Value::Null);
    }
    let finite = bag.special().is_none();
    let cell = bag.squared_deviations((n - usize::from(sample)) as u64, root);
    floats::meaning(cell, bag.steps_may_overflow(), finite && bag.steps_must_overflow())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agg;
    use crate::agg::bound::admits;
    use crate::permitted::Cell;
    use crate::value::Numeric;

    fn answer(name: &str, values: &[Value], ty: Type) -> Value {
        let aggregate = agg::named(name).find(|a| a.args == [Some(ty)]).expect("known");
        let rows: Vec<Row> = values.iter().map(|x| vec![x.clone()]).collect();
        match (aggregate.meaning)(&rows).cell {
            Some(Cell::Exactly(value)) => value,
            other => panic!("exact types have exact answers, not {other:?}"),
        }
    }

    fn numeric(coefficient: &str, scale: u16) -> Value {
        Value::Numeric(Numeric::Finite { coefficient: coefficient.parse().expect("digits"), scale })
    }

    #[test]
    fn integers_have_the_variances_that_postgresql_prints() {
        let values = [Value::Int4(1), Value::Int4(2), Value::Int4(4)];
        let of = |name| answer(name, &values, Type::Int4);
        assert_eq!(of("variance"), numeric("23333333333333333", 16));
        assert_eq!(of("stddev"), numeric("15275252316519467", 16));
        assert_eq!(of("var_pop"), numeric("15555555555555556", 16));
        assert_eq!(of("stddev_pop"), numeric("12472191289246471", 16));
    }

    #[test]
    fn the_extremes_of_bigint_do_not_overflow() {
        let values = [Value::Int8(i64::MAX), Value::Int8(i64::MIN)];
        let expected = numeric("170141183460469231713240559642174554113", 0);
        assert_eq!(answer("variance", &values, Type::Int8), expected);
    }

    #[test]
    fn decimals_keep_the_scale_of_division_and_equal_ones_give_a_bare_zero() {
        let values = [numeric("110", 2), numeric("2205", 3), numeric("-4", 0)];
        let of = |name| answer(name, &values, Type::Numeric);
        assert_eq!(of("var_samp"), numeric("109555083333333333", 16));
        assert_eq!(of("stddev_pop"), numeric("27025307069896953", 16));
        let equal = [numeric("110", 2), numeric("11", 1)];
        assert_eq!(answer("stddev", &equal, Type::Numeric), numeric("0", 0));
    }

    #[test]
    fn a_special_value_needs_company_in_a_sample() {
        let nan = [Value::Numeric(Numeric::NaN)];
        assert_eq!(answer("variance", &nan, Type::Numeric), Value::Null);
        assert_eq!(answer("var_pop", &nan, Type::Numeric), nan[0]);
        let infinite = [Value::Float8(f64::INFINITY)];
        assert_eq!(answer("var_samp", &infinite, Type::Float8), Value::Null);
        assert_eq!(answer("stddev_pop", &infinite, Type::Float8), Value::Float8(f64::NAN));
    }

    #[test]
    fn the_bound_of_floats_is_tight_enough_to_mean_something() {
        let rows: Vec<Row> = [1.1, 2.2, 4.7, 8.9].iter().map(|x| vec![Value::Float8(*x)]).collect();
        let Some(Cell::Float(cell)) = float_variance(&rows, true, false).cell else {
            panic!("floats have a bound")
        };
        let exact = 11.9825;
        assert!(admits(&cell, exact, 4));
        assert!(!admits(&cell, exact * (1.0 + 1e-13), 4));
        assert!(!admits(&cell, exact * (1.0 - 1e-13), 4));
    }
}
