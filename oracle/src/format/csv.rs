//! psql's `--csv`.

use spec::outcome::Rows;

use super::field;

/// Names and rows; a field is quoted if it holds a comma, a quote, a line end, or is `\.`.
pub(super) fn rows(answer: &Rows) -> String {
    let names: Vec<_> = answer.columns.iter().map(|column| quoted(&column.name)).collect();
    let mut text = names.join(",") + "\n";
    for row in &answer.rows {
        text += &row.iter().map(|value| quoted(&field(value))).collect::<Vec<_>>().join(",");
        text.push('\n');
    }
    text
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) || field == "\\." {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
