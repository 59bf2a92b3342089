//! psql's table (`print_aligned_text`, border 1).

use spec::outcome::Rows;
use unicode_width::UnicodeWidthStr;

use super::{field, footer};

/// A header with centred names, a rule, the rows (numbers to the right), a footer and an empty line. A field of several
/// lines takes several, each but the last ending in `+`.
pub(super) fn rows(answer: &Rows) -> String {
    let names: Vec<Vec<String>> = vec![answer.columns.iter().map(|c| c.name.clone()).collect()];
    let cells: Vec<Vec<String>> =
        answer.rows.iter().map(|row| row.iter().map(field).collect()).collect();
    let widths: Vec<usize> = (0..answer.columns.len())
        .map(|column| {
            let texts = names.iter().chain(&cells).flat_map(|row| row[column].split('\n'));
            texts.map(UnicodeWidthStr::width).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    let header: Vec<String> =
        names[0].iter().zip(&widths).map(|(name, width)| centred(name, *width)).collect();
    text += &format!("{}\n", header.join("|"));
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
    text += &format!("{}\n", rule.join("+"));
    for row in &cells {
        push_row(&mut text, answer, row, &widths);
    }
    text + &footer(answer.rows.len()) + "\n"
}

/// A name in the middle of its column, with a blank on either side.
fn centred(name: &str, width: usize) -> String {
    let room = width - name.width();
    format!(" {}{}{} ", " ".repeat(room / 2), name, " ".repeat(room - room / 2))
}

fn push_row(text: &mut String, answer: &Rows, row: &[String], widths: &[usize]) {
    let lines: Vec<Vec<&str>> = row.iter().map(|cell| cell.split('\n').collect()).collect();
    let height = lines.iter().map(Vec::len).max().unwrap_or(1);
    for line in 0..height {
        for (column, cell) in lines.iter().enumerate() {
            let last = column + 1 == widths.len();
            let piece = cell.get(line).copied().unwrap_or("");
            let room = " ".repeat(widths[column] - piece.width());
            let more = line + 1 < cell.len();
            text.push_str(if column == 0 { " " } else { "| " });
            if answer.columns[column].ty.is_number() {
                text.push_str(&room);
                text.push_str(piece);
            } else {
                text.push_str(piece);
                // psql does not pad the last column.
                if !last || more {
                    text.push_str(&room);
                }
            }
            text.push_str(if more {
                "+"
            } else if last {
                ""
            } else {
                " "
            });
        }
        text.push('\n');
    }
}
