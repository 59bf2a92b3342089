//! LIKE with a constant pattern: literal parts between `%`.

use arrow_array::BooleanArray;
use arrow_buffer::BooleanBuffer;
use spec::error::SqlError;
use spec::expr::{Expr, Function};
use spec::value::{Type, Value};

use super::call::{Args, by_calls};
use super::{Context, Kernel};
use crate::batch::Batch;
use crate::column::Column;

/// A match against a pattern without `_`.
#[derive(Debug)]
struct Like {
    function: &'static Function,
    text: Box<dyn Kernel>,
    pattern: Value,
    parts: Parts,
    negated: bool,
}

/// What must stand at the start, in between in this order, and at the end.
#[derive(Debug)]
enum Parts {
    Whole(Vec<u8>),
    Pieces { start: Vec<u8>, middle: Vec<Vec<u8>>, end: Vec<u8> },
}

/// The kernel of `textlike` and its kin with a constant pattern; the arguments back otherwise.
pub(super) fn compile(
    function: &'static Function,
    mut args: Args,
    written: &[Expr],
) -> Result<Box<dyn Kernel>, Args> {
    let negated = match function.name {
        "textlike" | "bpcharlike" | "namelike" => false,
        "textnlike" | "bpcharnlike" | "namenlike" => true,
        _ => return Err(args),
    };
    let [_, Expr::Constant(Value::Text(pattern), _)] = written else { return Err(args) };
    let Some(parts) = parts(pattern.as_bytes()) else { return Err(args) };
    args.truncate(1);
    let text = args.remove(0);
    Ok(Box::new(Like { function, text, pattern: Value::Text(pattern.clone()), parts, negated }))
}

/// The parts of a pattern; `None` if it has a `_` or ends in its escape character.
fn parts(pattern: &[u8]) -> Option<Parts> {
    let mut pieces = vec![vec![]];
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        let open = pieces.last_mut().expect("never empty");
        match byte {
            b'_' => return None,
            b'%' => pieces.push(vec![]),
            b'\\' => open.push(*bytes.next()?),
            byte => open.push(*byte),
        }
    }
    let start = pieces.remove(0);
    let Some(end) = pieces.pop() else { return Some(Parts::Whole(start)) };
    pieces.retain(|piece| !piece.is_empty());
    Some(Parts::Pieces { start, middle: pieces, end })
}

impl Parts {
    fn matches(&self, text: &[u8]) -> bool {
        match self {
            Parts::Whole(whole) => text == whole,
            Parts::Pieces { start, middle, end } => {
                if text.len() < start.len() + end.len()
                    || !text.starts_with(start)
                    || !text.ends_with(end)
                {
                    return false;
                }
                // The leftmost place for each piece leaves the most room for the next.
                let mut rest = &text[start.len()..text.len() - end.len()];
                middle.iter().all(|piece| match find(rest, piece) {
                    Some(at) => {
                        rest = &rest[at + piece.len()..];
                        true
                    }
                    None => false,
                })
            }
        }
    }
}

/// Where the needle (not empty) begins in the haystack first.
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let last = haystack.len().checked_sub(needle.len())?;
    let mut at = 0;
    while at <= last {
        at += haystack[at..=last].iter().position(|byte| *byte == needle[0])?;
        if haystack[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

impl Kernel for Like {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let text = self.text.evaluate(batch, context)?;
        let (Column::Text(strings) | Column::Bpchar(strings)) = &text else {
            let pattern = Column::constant(self.pattern.clone(), Type::Text, batch.rows);
            return by_calls(self.function, &[text, pattern], batch, context);
        };
        let bits = BooleanBuffer::collect_bool(strings.len(), |i| {
            self.parts.matches(strings.get(i)) != self.negated
        });
        Ok(Column::Bool(BooleanArray::new(bits, strings.nulls().cloned())))
    }

    fn needs_selection(&self) -> bool {
        self.text.needs_selection()
    }
}
