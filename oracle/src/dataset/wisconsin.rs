//! The Wisconsin-benchmark tables `onek` and `tenk1`, as PostgreSQL's regression tests use them (`test_setup.sql`),
//! over a seeded permutation of our own.
//!
//! ```text
//! unique1       a permutation of 0 .. rows-1            unique2     the row number
//! two four ten twenty hundred thousand twothousand fivethous tenthous      unique1 modulo that
//! odd           2 * hundred                             even        2 * hundred + 1
//! stringu1      unique1 modulo 676 as six letters, base 26, least significant first
//! stringu2      unique2 alike, without the modulo
//! string4       AAAAxx HHHHxx OOOOxx VVVVxx in turn
//! ```

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use spec::catalogue::{Column, Statistics, Table};
use spec::value::{Modifier, Row, Type, Value};

/// The integer columns, in order.
const INTEGERS: [&str; 13] = [
    "unique1",
    "unique2",
    "two",
    "four",
    "ten",
    "twenty",
    "hundred",
    "thousand",
    "twothousand",
    "fivethous",
    "tenthous",
    "odd",
    "even",
];

/// The name columns, in order.
const NAMES: [&str; 3] = ["stringu1", "stringu2", "string4"];

/// The statement that makes such a table.
pub fn create_table(name: &str) -> String {
    let integers = INTEGERS.iter().map(|column| format!("{column} int4"));
    let names = NAMES.iter().map(|column| format!("{column} name"));
    let columns: Vec<_> = integers.chain(names).collect();
    format!("CREATE TABLE {name} ({})", columns.join(", "))
}

/// The table, without statistics.
pub fn table(name: &str) -> Table {
    let column = |name: &str, ty| Column {
        name: name.into(),
        ty,
        modifier: Modifier::None,
        not_null: false,
    };
    let integers = INTEGERS.iter().map(|name| column(name, Type::Int4));
    let names = NAMES.iter().map(|name| column(name, Type::Name));
    Table {
        name: name.into(),
        columns: integers.chain(names).collect(),
        indexes: vec![],
        temporary: false,
        parallel_workers: None,
        statistics: Statistics::default(),
    }
}

/// That many rows, the same for the same seed. `onek` has 1,000, `tenk1` 10,000.
pub fn rows(count: i32, seed: u64) -> Vec<Row> {
    let mut unique1: Vec<i32> = (0..count).collect();
    unique1.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    unique1.into_iter().enumerate().map(|(number, u)| row(u, number as i32)).collect()
}

fn row(unique1: i32, unique2: i32) -> Row {
    let u = unique1;
    let hundred = u % 100;
    let integers = [
        u,
        unique2,
        u % 2,
        u % 4,
        u % 10,
        u % 20,
        hundred,
        u % 1000,
        u % 2000,
        u % 5000,
        u % 10000,
        2 * hundred,
        2 * hundred + 1,
    ];
    let string4 = ["AAAAxx", "HHHHxx", "OOOOxx", "VVVVxx"][unique2 as usize % 4];
    let strings = [letters(unique1 % 676), letters(unique2), string4.to_owned()];
    integers.map(Value::Int4).into_iter().chain(strings.map(Value::text)).collect()
}

/// A number as six letters, base 26, least significant first: 0 is `AAAAAA`, 26 is `ABAAAA`.
fn letters(number: i32) -> String {
    let mut rest = number;
    let mut text = String::new();
    for _ in 0..6 {
        text.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_look_like_postgresqls() {
        assert_eq!(letters(8800 % 676), "MAAAAA");
        assert_eq!(letters(5000), "IKHAAA");
        let rows = rows(1000, 1);
        assert_eq!(rows.len(), 1000);
        assert!(rows.iter().all(|row| row.len() == 16));
        let mut unique1: Vec<_> = rows.iter().map(|row| format!("{:?}", row[0])).collect();
        unique1.sort();
        unique1.dedup();
        assert_eq!(unique1.len(), 1000, "unique1 is a permutation");
    }

    #[test]
    fn the_same_seed_gives_the_same_rows() {
        assert_eq!(rows(50, 7), rows(50, 7));
        assert_ne!(rows(50, 7), rows(50, 8));
    }
}
