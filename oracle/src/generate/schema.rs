//! Schemas: tables with columns of every type.

use spec::catalogue::{Column, Statistics, Table};
use spec::value::{Element, Modifier, Type};

use super::{Choices, rows};
use crate::case::CaseTable;

/// Of which types columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// Numbers, strings, dates, timestamps and intervals.
    Common,
    /// Byte strings, times, moments and arrays besides, and with them aggregates that need an order.
    All,
}

impl Palette {
    /// The palette of database `number` of a campaign: every fourth has all types. What the others draw does not depend on
    /// those, so that a case of theirs keeps its number.
    pub fn of(number: u64) -> Palette {
        if number % 4 == 3 { Palette::All } else { Palette::Common }
    }
}

/// One to three tables with their rows.
pub fn database(choices: &mut dyn Choices, palette: Palette) -> Vec<CaseTable> {
    let count = choices.pick(&[1, 1, 2, 2, 3]);
    (0..count).map(|number| table(choices, palette, number)).collect()
}

/// A table `t0`, `t1`, …: the first column is always an integer, so that tables can be joined.
fn table(choices: &mut dyn Choices, palette: Palette, number: usize) -> CaseTable {
    let columns = choices.between(1, 4);
    let mut table = Table {
        name: format!("t{number}"),
        columns: vec![column("k", (Type::Int4, Modifier::None))],
        indexes: vec![],
        temporary: choices.once_in(40),
        parallel_workers: choices.pick(&[
            None,
            None,
            None,
            Some(2),
            Some(3),
            Some(4),
            Some(2),
            Some(3),
            Some(1),
            Some(0),
        ]),
        statistics: Statistics::default(),
    };
    for letter in ["a", "b", "c", "d"].into_iter().take(columns) {
        let ty = match palette {
            Palette::All if choices.below(3) < 2 => newer_type(choices),
            _ => ty(choices),
        };
        table.columns.push(column(letter, ty));
    }
    let rows = rows::rows(choices, &table);
    CaseTable { table, rows }
}

fn column(name: &str, (ty, modifier): (Type, Modifier)) -> Column {
    Column { name: name.into(), ty, modifier, not_null: false }
}

/// A type with a modifier: numbers most often, since most aggregates are theirs.
fn ty(choices: &mut dyn Choices) -> (Type, Modifier) {
    let plain = [
        Type::Int4,
        Type::Int8,
        Type::Numeric,
        Type::Float8,
        Type::Text,
        Type::Int2,
        Type::Bool,
        Type::Float4,
        Type::Date,
        Type::Timestamp,
        Type::Interval,
        Type::Name,
        Type::Int4,
        Type::Numeric,
        Type::Text,
        Type::Varchar,
        Type::Bpchar,
    ];
    let ty = choices.pick(&plain);
    let modifier = match ty {
        Type::Numeric if choices.once_in(2) => choices.pick(&[
            Modifier::Precision { precision: 15, scale: 2 },
            Modifier::Precision { precision: 5, scale: 1 },
            Modifier::Precision { precision: 30, scale: 10 },
        ]),
        Type::Varchar => choices.pick(&[Modifier::None, Modifier::Length(3), Modifier::Length(40)]),
        Type::Bpchar => choices.pick(&[Modifier::Length(1), Modifier::Length(5)]),
        _ => Modifier::None,
    };
    (ty, modifier)
}

/// A type that only some databases have; times with fewer digits now and then.
fn newer_type(choices: &mut dyn Choices) -> (Type, Modifier) {
    let ty = choices.pick(&[
        Type::Bytea,
        Type::TimestampTz,
        Type::Array(Element::Int4),
        Type::Time,
        Type::Array(Element::Text),
        Type::TimeTz,
        Type::Array(Element::Float8),
        Type::Array(Element::Numeric),
        Type::Bytea,
        Type::TimestampTz,
        Type::Array(Element::Date),
        Type::Array(Element::Bool),
        Type::Array(Element::Bytea),
        Type::Array(Element::Time),
        Type::Array(Element::TimestampTz),
        Type::Array(Element::Interval),
    ]);
    let modifier = match ty {
        Type::Time | Type::TimeTz | Type::TimestampTz if choices.once_in(4) => {
            choices.pick(&[Modifier::Fraction(0), Modifier::Fraction(3)])
        }
        _ => Modifier::None,
    };
    (ty, modifier)
}
