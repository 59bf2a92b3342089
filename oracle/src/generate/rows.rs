//! Rows, biased to what breaks engines.

use spec::catalogue::{Column, Table};
use spec::value::{Element, Modifier, Row, Type, Value, text};

use super::Choices;

/// How the values of a column are chosen.
#[derive(Clone, Copy)]
enum Style {
    /// From the first few ordinary values: groups and join partners.
    Few,
    /// Ordinary values.
    Ordinary,
    /// Extremes, specials, equal values with different bytes.
    Strange,
    /// NULL only.
    Null,
    /// One value throughout.
    Constant,
}

/// The rows of a table: often none, one, or too few for every participant to get some.
pub fn rows(choices: &mut dyn Choices, table: &Table) -> Vec<Row> {
    let count = match choices.below(16) {
        0 => 0,
        1 => 1,
        2 => 2,
        3..=7 => choices.between(4, 12),
        8..=14 => choices.between(10, 30),
        _ => choices.between(30, 80),
    };
    let styles: Vec<Style> = table.columns.iter().map(|_| style(choices)).collect();
    let columns = || table.columns.iter().zip(&styles);
    (0..count).map(|_| columns().map(|(c, style)| field(choices, c, *style)).collect()).collect()
}

fn style(choices: &mut dyn Choices) -> Style {
    choices.pick(&[
        Style::Few,
        Style::Few,
        Style::Few,
        Style::Few,
        Style::Ordinary,
        Style::Ordinary,
        Style::Ordinary,
        Style::Strange,
        Style::Strange,
        Style::Constant,
        Style::Null,
    ])
}

fn field(choices: &mut dyn Choices, column: &Column, style: Style) -> Value {
    let texts = match style {
        Style::Null => return Value::Null,
        _ if choices.once_in(9) => return Value::Null,
        Style::Few => &ordinary(column.ty)[..3],
        Style::Ordinary => ordinary(column.ty),
        Style::Strange if choices.once_in(3) => ordinary(column.ty),
        Style::Strange => strange(column.ty),
        Style::Constant => &ordinary(column.ty)[1..2],
    };
    let text = choices.pick(texts);
    read(column.ty, column.modifier, text)
}

/// A value of a type: ordinary or strange, sometimes NULL.
pub fn value(choices: &mut dyn Choices, ty: Type) -> Value {
    let texts = match choices.below(8) {
        7 => return Value::Null,
        5 | 6 => strange(ty),
        _ => ordinary(ty),
    };
    let text = choices.pick(texts);
    read(ty, Modifier::None, text)
}

/// A text as a value; NULL if the column's modifier refuses it (numeric(5,1) has no 10^20).
fn read(ty: Type, modifier: Modifier, field: &str) -> Value {
    text::input(ty, modifier, field).unwrap_or(Value::Null)
}

/// Ordinary values. Floats are small multiples of powers of two, so that every order of addition is exact.
pub fn ordinary(ty: Type) -> &'static [&'static str] {
    match ty {
        Type::Bool => &["t", "f", "t", "f"],
        Type::Int2 | Type::Int4 | Type::Int8 => {
            &["1", "0", "2", "3", "-1", "5", "7", "10", "-4", "42", "100", "-7", "12", "1000"]
        }
        Type::Float4 | Type::Float8 => {
            &["1", "0", "0.5", "2", "-1", "0.25", "-2.5", "3", "8", "100.75", "-0.125", "1024"]
        }
        Type::Numeric => {
            &["1", "0", "1.5", "2.25", "-1", "0.01", "10.10", "-3.7", "99.99", "7", "1000", "0.3"]
        }
        Type::Text | Type::Varchar | Type::Bpchar | Type::Name => {
            &["a", "b", "c", "ab", "abc", "x", "zz", "B", "A", "hello", "foo", "bar"]
        }
        Type::Date => {
            &["2000-01-01", "1998-09-02", "2024-02-29", "1999-12-31", "2001-03-15", "1970-01-01"]
        }
        Type::Timestamp => &[
            "2000-01-01 00:00:00",
            "1998-09-02 12:30:00",
            "2024-02-29 23:59:59.999999",
            "1999-12-31 00:00:01",
            "2001-03-15 06:00:00",
        ],
        Type::Interval => &[
            "1 day",
            "02:00:00",
            "1 mon",
            "1 year 2 mons",
            "-3 days",
            "00:00:00",
            "10 days 04:05:06",
        ],
        Type::Bytea => &["\\x01", "\\x", "\\x6162", "\\xff", "\\x0100"],
        Type::Time => &["10:20:30", "00:00:00", "23:59:59.999999", "12:00:00", "06:30:00.5"],
        Type::TimeTz => {
            &["10:00:00+02", "09:00:00+01", "08:00:00+00", "23:59:59-08:30", "12:00:00+00"]
        }
        Type::TimestampTz => &[
            "2000-01-01 00:00:00+00",
            "1998-09-02 12:30:00+02",
            "2024-02-29 23:59:59.999999+00",
            "1999-12-31 00:00:01-08",
            "2001-03-15 06:00:00+00",
        ],
        Type::Array(element) => ordinary_arrays(element),
        Type::Unknown => unreachable!("no column has the type unknown"),
    }
}

/// Ordinary arrays.
fn ordinary_arrays(element: Element) -> &'static [&'static str] {
    match element.ty() {
        ty if ty.is_number() => &["{1,2}", "{}", "{1}", "{2,1}", "{1,NULL}", "{3,3}", "{0}"],
        ty if ty.is_string() => &["{a}", "{}", "{a,b}", "{b}", "{NULL,c}", "{\"a b\"}", "{\"\"}"],
        Type::Bool => &["{t}", "{}", "{t,f}", "{f,NULL}"],
        Type::Date | Type::Timestamp | Type::TimestampTz => {
            &["{2000-01-01}", "{}", "{2024-02-29,NULL}", "{1999-12-31,2000-01-01}"]
        }
        Type::Interval => &["{1 day}", "{}", "{1 mon,NULL}", "{24:00:00,1 day}"],
        Type::Bytea => {
            &[r#"{"\\x01"}"#, "{}", r#"{"\\x6162",NULL}"#, r#"{"\\x"}"#, r#"{"\\xff","\\x00"}"#]
        }
        Type::Time => &["{10:20:30}", "{}", "{00:00:00,NULL}", "{24:00:00,12:00:00.5}"],
        Type::TimeTz => &["{10:00:00+02}", "{}", "{09:00:00+01,NULL}", "{24:00:00-15:59}"],
        _ => &["{NULL}", "{}", "{NULL,NULL}"],
    }
}

/// Extremes near overflow, specials, and values that are equal and look different.
pub fn strange(ty: Type) -> &'static [&'static str] {
    match ty {
        Type::Bool => &["t", "f"],
        Type::Int2 => &["32767", "-32768", "32766", "-1", "0"],
        Type::Int4 => &["2147483647", "-2147483648", "2147483646", "-1", "0", "65536"],
        Type::Int8 => {
            &["9223372036854775807", "-9223372036854775808", "9223372036854775806", "-1", "0"]
        }
        Type::Float4 => {
            &["NaN", "Infinity", "-Infinity", "-0", "0", "3.4e38", "1e-45", "0.1", "16777217"]
        }
        Type::Float8 => &[
            "NaN",
            "Infinity",
            "-Infinity",
            "-0",
            "0",
            "1.7e308",
            "5e-324",
            "0.1",
            "1e16",
            "-1e16",
            "0.30000000000000004",
            "1e-300",
        ],
        Type::Numeric => &[
            "1.0",
            "1.00",
            "1.000",
            "0.00",
            "NaN",
            "Infinity",
            "-Infinity",
            "99999999999999999999999999999999",
            "0.00000000000000000001",
            "-1.50",
            "123456789012345678",
            "999999999999999999",
        ],
        Type::Text | Type::Varchar | Type::Bpchar | Type::Name => &[
            "",
            " ",
            "a ",
            "a",
            "A",
            "é",
            "%",
            "_",
            "a_b",
            "\\",
            "aaaaaaaaaaaa",
            "aaaaaaaaaaaaa",
            "NULL",
        ],
        Type::Date => &["infinity", "-infinity", "4713-01-01 BC", "5874897-12-31", "2000-02-29"],
        Type::Timestamp => {
            &["infinity", "-infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999"]
        }
        Type::Interval => {
            &["1 day", "24:00:00", "1 mon", "30 days", "-1 days +24:00:00", "178000000 years"]
        }
        Type::Bytea => &["\\x", "\\x00", "\\x0000", "\\xff00ff", "\\x0102030405060708090a0b0c0d"],
        Type::Time => &["24:00:00", "00:00:00", "23:59:59.999999", "00:00:00.000001"],
        Type::TimeTz => &["24:00:00-15:59", "00:00:00+15:59", "10:00:00+02", "09:00:00+01"],
        Type::TimestampTz => &[
            "infinity",
            "-infinity",
            "4713-01-01 00:00:00+00 BC",
            "294276-12-31 23:59:59.999999+00",
        ],
        Type::Array(element) if element.ty().is_number() => {
            &["{NULL}", "{{1,2},{3,4}}", "[0:1]={1,2}", "{{1,2}}", "{1,2}"]
        }
        Type::Array(_) => &["{NULL}", "{}", "{NULL,NULL}"],
        Type::Unknown => unreachable!("no column has the type unknown"),
    }
}
