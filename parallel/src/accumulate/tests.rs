//! Every columnar accumulator against the machine of its aggregate: the same rows, split and merged.

use spec::agg::{self, Aggregate};
use spec::value::{Numeric, Type, Value};

use super::generic::Generic;
use super::*;
use crate::kernel::Context;

/// Values that are awkward for a type: extremes, equal but different, NULL, specials.
fn awkward(ty: Type) -> Vec<Value> {
    let float = [0.0, -0.0, 1.5, -2.25, 1e300, f64::NAN, f64::INFINITY, 0.1];
    let numeric = |units: i64, scale| Value::Numeric(crate::column::decimal(units, scale));
    let mut values: Vec<Value> = match ty {
        Type::Int2 => [0, 1, -7, i16::MAX, i16::MIN].map(Value::Int2).into(),
        Type::Int4 => [0, 1, -7, i32::MAX, i32::MIN, 5].map(Value::Int4).into(),
        Type::Int8 => [0, 1, -7, i64::MAX, i64::MIN, 5].map(Value::Int8).into(),
        Type::Float4 => float.iter().map(|&x| Value::Float4(x as f32)).collect(),
        Type::Float8 => float.map(Value::Float8).into(),
        Type::Date => [0, -5, 400].map(Value::Date).into(),
        Type::Timestamp => [0, -5, 1 << 50].map(Value::Timestamp).into(),
        Type::Numeric => vec![
            numeric(125, 2),
            numeric(-5, 1),
            numeric(0, 0),
            numeric(999_999_999_999_999_999, 2),
            Value::Numeric(Numeric::NaN),
        ],
        _ => vec![],
    };
    values.push(Value::Null);
    values
}

/// The final answers or the error of a run: rows in batches, split over two partial stages and merged.
fn run(
    make: &dyn Fn() -> Box<dyn Accumulator>,
    args: &[Column],
    groups: &[u32],
    width: usize,
) -> Result<Vec<Value>, SqlError> {
    let rows = groups.len();
    let mut last = make();
    last.resize(width);
    for (start, end) in [(0, rows / 3), (rows / 3, rows)] {
        let mut partial = make();
        partial.resize(width);
        let piece: Vec<Column> = args.iter().map(|arg| arg.slice(start, end - start)).collect();
        let odd: Vec<u32> = (0..(end - start) as u32).filter(|row| row % 4 != 3).collect();
        partial.update(Some(&groups[start..end]), &piece, Rows::Some(&odd))?;
        partial.update(Some(&groups[start..end]), &piece, Rows::All(end - start))?;
        let states = partial.states();
        let ids: Vec<u32> = (0..width as u32).collect();
        last.merge(Some(&ids), &states, Rows::All(width))?;
    }
    let answer = last.finish()?;
    Ok((0..answer.len()).map(|i| answer.value(i)).collect())
}

fn check(aggregate: &'static Aggregate, types: &[Type], pool: &[Value], seed: u64) {
    let context = Context::new(Default::default(), seed);
    let pick = |n: usize| (context.random() * n as f64) as usize;
    let values = || (0..60).map(|_| pool[pick(pool.len())].clone()).collect::<Vec<Value>>();
    let values: Vec<_> = aggregate.args.iter().map(|_| values()).collect();
    let groups: Vec<u32> = (0..60).map(|_| pick(5) as u32).collect();
    let argument = |(values, ty): (&Vec<Value>, &Type)| Column::from_values(*ty, values.clone());
    let args: Vec<Column> = values.iter().zip(types).map(argument).collect();
    let machine = run(&|| Box::new(Generic::new(aggregate)), &args, &groups, 6);
    let columnar = run(&|| for_call(aggregate, types), &args, &groups, 6);
    match (machine, columnar) {
        // Rows with groups are taken in one by one, in the machine's own order: floats agree to the last digit.
        (Ok(a), Ok(b)) => assert_eq!(a, b, "{aggregate:?} {values:?}"),
        (Err(a), Err(b)) => assert_eq!(a.sqlstate, b.sqlstate),
        (a, b) => panic!("{aggregate:?}: {a:?} and {b:?}"),
    }
}

#[test]
fn columnar_accumulators_answer_as_the_machines_do() {
    let mut checked = 0;
    for aggregate in agg::all() {
        let types: Vec<Vec<Type>> = match aggregate.args {
            [] => vec![vec![Type::Int4]],
            [None] => vec![vec![Type::Float8], vec![Type::Int4]],
            [Some(ty)] => vec![vec![*ty]],
            [Some(ty), Some(other)] if ty == other => vec![vec![*ty; 2]],
            _ => continue,
        };
        for types in types.iter().filter(|types| columnar(aggregate, types).is_some()) {
            for seed in 0..20 {
                let pool = awkward(types[0]);
                let tame = pool.len().min(3 + seed as usize % 8);
                check(aggregate, types, &pool[..tame], seed);
                check(aggregate, types, &pool, seed);
                checked += 1;
            }
        }
    }
    assert!(checked > 0, "some aggregate has a columnar accumulator");
}

#[test]
fn averages_have_the_scale_of_postgresql() {
    let average = |sum, count, scale| {
        let column = average::of_sums([(sum, count)].into_iter(), scale).expect("fits");
        match column.value(0) {
            Value::Numeric(Numeric::Finite { coefficient, scale }) => (coefficient, scale),
            other => panic!("{other:?}"),
        }
    };
    // select avg(x): 1.5000000000000000, 1.3333333333333333, 50.3750000000000000, 0.00000000000000000000
    assert_eq!(average(3, 2, 0), (15_000_000_000_000_000i64.into(), 16));
    assert_eq!(average(4, 3, 0), (13_333_333_333_333_333i64.into(), 16));
    assert_eq!(average(10_075, 2, 2), (503_750_000_000_000_000i64.into(), 16));
    assert_eq!(average(0, 2, 0), (0.into(), 20));
}

#[test]
fn a_single_negative_zero_stays_one_in_lanes() {
    let mut sum = float_sum::FloatSum::<f64>::new();
    sum.resize(1);
    let zero = Column::from_values(Type::Float8, [Value::Float8(-0.0)]);
    sum.update(None, &[zero], Rows::All(1)).expect("no overflow");
    assert_eq!(sum.finish().expect("no error").value(0), Value::Float8(-0.0));
}
