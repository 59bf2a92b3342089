//! Splits: how the rows of a bag are divided into parts and how the parts come together.

use std::fmt;

use super::{Aggregate, shapes};

/// A tree of parts over rows, named by their positions.
///
/// Leaves are runs over rows, each beginning with `init`; inner nodes combine the states of their parts, from left to right, into a
/// state that begins with `init` too, as PostgreSQL's Finalize does. [law.split]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Split {
    /// These rows, one after the other.
    Rows(Vec<usize>),
    /// The states of these parts.
    Combine(Vec<Part>),
}

/// A part of a split, on its way to the node above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is the state of.
    pub split: Split,
    /// Whether the state goes as bytes (where the aggregate has an encoding).
    pub shipped: bool,
}

/// A state was encoded and could not be decoded again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecodable;

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("decode refuses what encode wrote")
    }
}

impl std::error::Error for Undecodable {}

/// How many combines may lie above one another.
const DEPTH: usize = 4;

impl Split {
    /// All rows in one pass.
    pub fn serial(rows: usize) -> Split {
        Split::Rows((0..rows).collect())
    }

    /// The split that some choices describe: any bytes describe one, and fewer or smaller bytes a simpler one.
    ///
    /// With `keeps_order`, reading the leaves from left to right gives the rows in order; without, any row may be in any leaf.
    /// Parts may be empty. A first choice of 200 or more names one of the [`shapes`](super::shapes), all of which keep the
    /// order.
    ///
    /// ```
    /// use bothways_spec::laws::Split;
    ///
    /// assert_eq!(Split::from_choices(3, false, &[]), Split::serial(3));
    /// assert_eq!(Split::from_choices(3, true, &[1, 1]).to_string(), "[(0) (1 2)]");
    /// ```
    pub fn from_choices(rows: usize, keeps_order: bool, choices: &[u8]) -> Split {
        if let Some(shape) = choices.first().and_then(|choice| shapes::chosen(rows, *choice)) {
            return shape;
        }
        let mut choices = choices.iter().copied();
        divide((0..rows).collect(), keeps_order, &mut || choices.next().unwrap_or(0), DEPTH)
    }

    /// The rows of each leaf, from left to right.
    pub fn leaves(&self) -> Vec<&[usize]> {
        match self {
            Split::Rows(rows) => vec![rows],
            Split::Combine(parts) => parts.iter().flat_map(|part| part.split.leaves()).collect(),
        }
    }

    /// How many additions a row's value may have gone through at the root: of rows and of states, `init` included.
    pub fn height(&self) -> u64 {
        match self {
            Split::Rows(rows) => rows.len() as u64,
            Split::Combine(parts) => {
                parts.iter().fold(0, |height, part| height.max(part.split.height()) + 1)
            }
        }
    }

    /// The state at the root.
    ///
    /// # Panics
    /// If a leaf names a row that is not there.
    pub fn run<A: Aggregate>(
        &self,
        aggregate: &A,
        rows: &[A::Input],
    ) -> Result<A::State, Undecodable> {
        let mut state = aggregate.init();
        match self {
            Split::Rows(positions) => {
                for position in positions {
                    aggregate.update(&mut state, &rows[*position]);
                }
            }
            Split::Combine(parts) => {
                for part in parts {
                    aggregate.combine(&mut state, &part.run(aggregate, rows)?);
                }
            }
        }
        Ok(state)
    }
}

impl Part {
    fn run<A: Aggregate>(&self, aggregate: &A, rows: &[A::Input]) -> Result<A::State, Undecodable> {
        let state = self.split.run(aggregate, rows)?;
        match self.shipped.then(|| aggregate.encode(&state)).flatten() {
            Some(bytes) => aggregate.decode(&bytes).ok_or(Undecodable),
            None => Ok(state),
        }
    }
}

/// One choice says into how many parts (0 for none); then one choice per row or cut; then one per part, whether it is shipped.
fn divide(
    rows: Vec<usize>,
    keeps_order: bool,
    choose: &mut impl FnMut() -> u8,
    depth: usize,
) -> Split {
    let parts = match choose() % 4 {
        0 => return Split::Rows(rows),
        _ if depth == 0 => return Split::Rows(rows),
        more => usize::from(more) + 1,
    };
    let mut divided = vec![Vec::new(); parts];
    if keeps_order {
        let mut cuts: Vec<usize> =
            (1..parts).map(|_| usize::from(choose()) % (rows.len() + 1)).collect();
        cuts.sort_unstable();
        for (place, row) in rows.into_iter().enumerate() {
            divided[cuts.iter().filter(|cut| **cut <= place).count()].push(row);
        }
    } else {
        for row in rows {
            divided[usize::from(choose()) % parts].push(row);
        }
    }
    let part = |rows| {
        let shipped = choose() % 2 == 1;
        Part { split: divide(rows, keeps_order, choose, depth - 1), shipped }
    };
    Split::Combine(divided.into_iter().map(part).collect())
}

/// `(0 1)` is a leaf, `[…]` a node, `~` before a part says that it is shipped as bytes.
impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close, items) = match self {
            Split::Rows(rows) => ('(', ')', rows.iter().map(usize::to_string).collect::<Vec<_>>()),
            Split::Combine(parts) => {
                let show =
                    |part: &Part| format!("{}{}", if part.shipped { "~" } else { "" }, part.split);
                ('[', ']', parts.iter().map(show).collect())
            }
        };
        write!(f, "{open}{}{close}", items.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_leaf_and_order_is_kept_on_demand() {
        for seed in 0..=255u8 {
            let choices: Vec<u8> =
                (0..40u8).map(|i| seed.wrapping_mul(31).wrapping_add(i.wrapping_mul(77))).collect();
            let ordered = Split::from_choices(7, true, &choices);
            assert_eq!(ordered.leaves().concat(), [0, 1, 2, 3, 4, 5, 6]);
            let mut any = Split::from_choices(7, false, &choices).leaves().concat();
            any.sort_unstable();
            assert_eq!(any, [0, 1, 2, 3, 4, 5, 6]);
        }
    }

    #[test]
    fn the_height_counts_additions_above_a_row() {
        assert_eq!(Split::serial(5).height(), 5);
        let part = |rows: &[usize]| Part { split: Split::Rows(rows.to_vec()), shipped: false };
        let split = Split::Combine(vec![part(&[0, 1, 2]), part(&[]), part(&[3])]);
        assert_eq!(split.height(), 6);
        assert_eq!(split.to_string(), "[(0 1 2) () (3)]");
    }
}
