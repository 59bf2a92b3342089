//! The grouper against a naive one, over keys that drive it through each index and from one to the next.

use spec::value::{Interval, Numeric, Type, Value};

use super::*;
use crate::batch::Selection;

/// Whether GROUP BY holds two keys equal, written without any of the indexes.
fn alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float8(a), Value::Float8(b)) => a == b || a.is_nan() && b.is_nan(),
        (Value::Bpchar(a), Value::Bpchar(b)) => a.trim_end_matches(' ') == b.trim_end_matches(' '),
        (Value::Interval(a), Value::Interval(b)) => bytes::span(a) == bytes::span(b),
        (
            Value::Numeric(Numeric::Finite { coefficient: a, scale: m }),
            Value::Numeric(Numeric::Finite { coefficient: b, scale: n }),
        ) => a * 10i64.pow(u32::from(*n)) == b * 10i64.pow(u32::from(*m)),
        (a, b) => a == b,
    }
}

/// Groups rows in pieces of `size` and compares numbers and representatives with the naive answer.
fn check(types: &[Type], rows: &[Vec<Value>], size: usize) {
    let mut grouper = Grouper::new(types.to_vec());
    let mut naive: Vec<&Vec<Value>> = vec![];
    let same = |a: &[Value], b: &[Value]| a.iter().zip(b).all(|(a, b)| alike(a, b));
    for piece in rows.chunks(size) {
        let column = |i: usize| Column::from_values(types[i], piece.iter().map(|r| r[i].clone()));
        let keys: Vec<Column> = (0..types.len()).map(column).collect();
        let batch = Batch::new(keys.clone(), piece.len());
        let mut ids = vec![];
        grouper.group_ids(&keys, &batch, &mut ids);
        for (row, id) in piece.iter().zip(&ids) {
            let known = naive.iter().position(|group| same(group, row));
            let expected = known.unwrap_or_else(|| {
                naive.push(row);
                naive.len() - 1
            });
            assert_eq!(*id as usize, expected, "{row:?}");
        }
        let mut found = vec![];
        grouper.find(&keys, &batch, &mut found);
        assert_eq!(ids, found);
    }
    assert_eq!(grouper.len(), naive.len());
    let keys = grouper.keys();
    for (i, expected) in naive.into_iter().enumerate() {
        let first: Vec<Value> = keys.iter().map(|key| key.value(i)).collect();
        assert_eq!(&first, expected);
    }
}

/// Whole numbers that look random, from a seed.
fn noise(seed: u64) -> impl Iterator<Item = u64> {
    let context = crate::kernel::Context::new(Default::default(), seed);
    std::iter::repeat_with(move || (context.random() * 1e15) as u64)
}

#[test]
fn integers_close_together_and_far_apart_and_null_are_told_apart() {
    let spreads: [i64; 4] = [10, 5_000, 3_000_000_000, i64::MAX];
    for (spread, seed) in spreads.into_iter().zip(1..) {
        let value = |bits: u64| match bits % 11 {
            0 => Value::Null,
            1 => Value::Int8(i64::MAX - (bits % 3) as i64),
            2 => Value::Int8(i64::MIN + (bits % 3) as i64),
            _ => Value::Int8((bits as i64 * 7_919) % spread - spread / 3),
        };
        let rows: Vec<_> = noise(seed).take(900).map(|bits| vec![value(bits)]).collect();
        check(&[Type::Int8], &rows, 128);
        let tame: Vec<_> = noise(seed)
            .take(900)
            .map(|bits| vec![Value::Int4((bits % 700) as i32 - 350)])
            .collect();
        check(&[Type::Int4], &tame, 77);
    }
}

#[test]
fn floats_have_one_zero_and_one_nan() {
    let floats = [0.0, -0.0, f64::NAN, -f64::NAN, 1.5, f64::INFINITY, f64::NEG_INFINITY, -1.5];
    let rows: Vec<_> = floats.into_iter().map(|value| vec![Value::Float8(value)]).collect();
    check(&[Type::Float8], &rows, 3);
}

#[test]
fn numerics_are_alike_whatever_their_scale() {
    let number = |units: i64, scale| Value::Numeric(crate::column::decimal(units, scale));
    let rows = vec![
        vec![number(10, 1)],
        vec![number(25, 1)],
        vec![number(100, 2)],
        vec![number(1, 0)],
        vec![Value::Null],
        vec![Value::Numeric(Numeric::NaN)],
        vec![number(0, 5)],
        vec![number(0, 0)],
        vec![Value::Numeric(Numeric::NaN)],
        vec![number(250, 2)],
    ];
    check(&[Type::Numeric], &rows, 2);
    check(&[Type::Numeric], &rows, 10);
}

#[test]
fn strings_grow_from_short_to_long_and_blanks_at_the_end_of_bpchar_do_not_count() {
    let text = |bits: u64| match bits % 9 {
        0 => Value::Null,
        1 => Value::text(""),
        2 => Value::text("a string that does not fit into its view"),
        3 => Value::text("a string that does not fit into its vieW"),
        _ => Value::text(format!("k{}", bits % 50)),
    };
    let rows: Vec<_> = noise(5).take(400).map(|bits| vec![text(bits)]).collect();
    check(&[Type::Text], &rows, 5);
    let padded: Vec<_> = ["a", "a ", "b", "a  ", "", " ", "b             long", "b"]
        .into_iter()
        .map(|text| vec![Value::Bpchar(text.into())])
        .collect();
    check(&[Type::Bpchar], &padded, 3);
}

#[test]
fn several_keys_are_packed_or_encoded() {
    let rows = |long: bool| {
        let row = move |bits: u64| {
            let text = match (bits / 7) % 5 {
                0 => Value::Null,
                1 if long => Value::text("rather a long text"),
                n => Value::text("x".repeat(n as usize)),
            };
            let number = match bits % 4 {
                0 => Value::Null,
                n => Value::Int4(n as i32 - 2),
            };
            vec![text, number, Value::Bool(bits.is_multiple_of(2))]
        };
        noise(9).take(300).map(row).collect::<Vec<_>>()
    };
    check(&[Type::Text, Type::Int4, Type::Bool], &rows(false), 40);
    check(&[Type::Text, Type::Int4, Type::Bool], &rows(true), 40);
    let span = |months, days| Value::Interval(Interval { months, days, microseconds: 0 });
    let intervals =
        vec![vec![span(1, 0)], vec![span(0, 30)], vec![span(0, 31)], vec![span(2, -30)]];
    check(&[Type::Interval], &intervals, 4);
}

#[test]
fn unselected_rows_make_no_groups_and_narrower_integers_find_wider_ones() {
    let key =
        |values: &[i64]| Column::from_values(Type::Int8, values.iter().map(|&v| Value::Int8(v)));
    let keys = [key(&[5, 6, 5, 7]), key(&[1, 1, 1, 1])];
    let mut grouper = Grouper::new(vec![Type::Int8, Type::Int8]);
    let mut batch = Batch::new(keys.to_vec(), 4);
    batch.selection = Some(Selection::new(vec![0, 2]));
    let mut ids = vec![];
    grouper.group_ids(&keys, &batch, &mut ids);
    assert_eq!((grouper.len(), ids[0], ids[2]), (1, 0, 0));
    let narrow = Column::from_values(Type::Int4, [Value::Int4(5), Value::Int4(6)]);
    let one = Column::constant(Value::Int2(1), Type::Int2, 2);
    let probe = Batch::new(vec![narrow.clone()], 2);
    grouper.find(&[narrow, one], &probe, &mut ids);
    assert_eq!(ids, [0, NO_GROUP]);
}
