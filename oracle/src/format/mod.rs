//! How answers are printed: aligned, unaligned and CSV exactly as psql prints them, and JSON lines for machines.

mod aligned;
mod csv;
mod jsonl;
mod unaligned;

pub use jsonl::{error_line, reply_line};

use spec::outcome::Rows;

/// The form of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// psql's table.
    #[default]
    Aligned,
    /// psql's `-A`.
    Unaligned,
    /// psql's `--csv`.
    Csv,
    /// One JSON object a statement.
    Jsonl,
}

/// Rows as text in psql's form. (JSON lines are made of whole replies: [`reply_line`].)
pub fn rows(format: Format, rows: &Rows) -> String {
    match format {
        Format::Aligned => aligned::rows(rows),
        Format::Unaligned => unaligned::rows(rows),
        Format::Csv | Format::Jsonl => csv::rows(rows),
    }
}

/// psql's last line: `(1 row)`, `(2 rows)`.
fn footer(count: usize) -> String {
    if count == 1 { "(1 row)\n".into() } else { format!("({count} rows)\n") }
}

/// A value as psql prints it: NULL is empty.
fn field(value: &spec::Value) -> String {
    if value.is_null() { String::new() } else { spec::value::text::output(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::outcome::OutputColumn;
    use spec::value::{Modifier, Type, Value};

    fn sample() -> Rows {
        let column =
            |name: &str, ty| OutputColumn { name: name.into(), ty, modifier: Modifier::None };
        Rows {
            columns: vec![column("id", Type::Int4), column("label", Type::Text)],
            rows: vec![
                vec![Value::Int4(1), Value::text("é, \"x\"")],
                vec![Value::Int4(-10), Value::Null],
                vec![Value::Null, Value::text("two\nlines")],
            ],
        }
    }

    #[test]
    fn aligned_is_psqls() {
        let expected = " id  | label  \n-----+--------\n   1 | é, \"x\"\n -10 | \n     | two   +\n     | lines\n(3 rows)\n\n";
        assert_eq!(rows(Format::Aligned, &sample()), expected);
    }

    #[test]
    fn unaligned_and_csv_are_psqls() {
        let unaligned = "id|label\n1|é, \"x\"\n-10|\n|two\nlines\n(3 rows)\n";
        assert_eq!(rows(Format::Unaligned, &sample()), unaligned);
        let csv = "id,label\n1,\"é, \"\"x\"\"\"\n-10,\n,\"two\nlines\"\n";
        assert_eq!(rows(Format::Csv, &sample()), csv);
    }
}
