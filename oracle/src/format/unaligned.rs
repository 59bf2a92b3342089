//! psql's `-A`: fields between bars.

use spec::outcome::Rows;

use super::{field, footer};

/// Names, rows and a footer.
pub(super) fn rows(answer: &Rows) -> String {
    let names: Vec<_> = answer.columns.iter().map(|column| column.name.as_str()).collect();
    let mut text = names.join("|") + "\n";
    for row in &answer.rows {
        text += &row.iter().map(field).collect::<Vec<_>>().join("|");
        text.push('\n');
    }
    text + &footer(answer.rows.len())
}
