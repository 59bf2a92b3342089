//! The set of permitted outcomes of a query, and how to refute one.
//!
//! An answer is a set: rows up to ties in the order, values within a proved bound, any order of a list, rows or one of
//! several errors. The judge asks whether an outcome is permitted; it never holds two answers side by side.
//! [departure.answers]

use std::collections::BTreeSet;
use std::fmt;

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::agg::bound;
use crate::error::{SqlError, SqlState};
use crate::outcome::{Outcome, OutputColumn, Trace};
use crate::value::{Array, Row, Value, order, text};

/// Every outcome that a query may have. [verdict.permitted]
#[derive(Clone, Debug, PartialEq)]
pub struct Permitted {
    /// The columns of the answer.
    pub columns: Vec<OutputColumn>,
    /// The permitted rows; `None` if only an error is permitted.
    pub rows: Option<Vec<TieGroup>>,
    /// The permitted errors; empty if none is.
    pub errors: BTreeSet<SqlState>,
}

/// Rows between which the order of the query does not decide: of `candidates`, any `take` may come, in any order.
/// The groups of an answer come one after the other. Without ORDER BY there is one group. [bag.ties] [rel.limit.ties]
#[derive(Clone, Debug, PartialEq)]
pub struct TieGroup {
    /// The rows that may come.
    pub candidates: Vec<Vec<Cell>>,
    /// How many of them come (fewer than all at the edge of a LIMIT).
    pub take: usize,
}

/// What a field may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// This value, digit for digit.
    Exactly(Value),
    /// Any value that SQL holds equal to this one (1.0 and 1.00, 0 and -0, '1 day' and '24:00').
    EqualTo(Value),
    /// Any one of these values.
    OneOf(Vec<Value>),
    /// A floating-point value within a proved bound of an exact one.
    Float(FloatCell),
    /// Text: the concatenation of these parts in any order, with this delimiter between them.
    AnyOrderOf {
        /// The parts.
        parts: Vec<String>,
        /// The delimiter.
        delimiter: String,
    },
    /// An array of this shape, whose outermost members are these in any order.
    AnyOrderOfMembers(Box<Array>),
}

/// A float result: a mathematical value, and what an answer's distance from it is measured by. [agg.float.bound]
///
/// [`crate::agg::bound::admits`] decides; `rule` says which theorem it follows.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatCell {
    /// The exact value (of a root: the exact value under the root).
    pub exact: Rational,
    /// What errors are relative to: the sum of absolute values, or of squares (see [`FloatRule`]).
    pub magnitude: Rational,
    /// Roundings after the sum (a division).
    pub extra: u64,
    /// Rows of the bag: the height where no trace tells a smaller one.
    pub rows: u64,
    /// Float4 or Float8: the type of the result, and the unit roundoff of the additions.
    pub single: bool,
    /// How the answer was computed, and so which bound holds.
    pub rule: FloatRule,
}

/// Which error bound a [`FloatCell`] obeys.
#[derive(Clone, Debug, PartialEq)]
pub enum FloatRule {
    /// A tree of additions: the error is at most `((1+u)^(height+extra) - 1) * magnitude` (Higham, *Accuracy and
    /// Stability of Numerical Algorithms*, §4.2; `float_sum_bound` in `FloatBound.v`).
    Sum,
    /// Squared deviations from the mean by Youngs–Cramer steps; `magnitude` is the sum of squares over the divisor.
    SquaredDeviations {
        /// Whether the answer is the square root of that (`stddev`).
        root: bool,
    },
    /// Pairs of floats by the same steps; the sums of the pairs say what errors are relative to, not `magnitude`.
    Pairs(Box<bound::pairs::Pairs>),
}

/// An exact quotient of integers; the denominator is positive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rational {
    /// Numerator.
    pub numerator: BigInt,
    /// Denominator, positive.
    pub denominator: BigInt,
}

impl Rational {
    /// The double nearest to it (to even at a tie); infinite beyond the range.
    pub fn nearest_f64(&self) -> f64 {
        let bits = |number: &BigInt| number.bits() as i64;
        // 66 bits of quotient and a sticky bit decide the rounding to 53.
        let shift = 66 - (bits(&self.numerator) - bits(&self.denominator));
        let magnitude = BigInt::from(self.numerator.magnitude().clone());
        let (scaled, divisor) = if shift >= 0 {
            (magnitude << shift as usize, self.denominator.clone())
        } else {
            (magnitude, self.denominator.clone() << (-shift) as usize)
        };
        let mut quotient = &scaled / &divisor;
        if &quotient * &divisor != scaled {
            quotient |= BigInt::from(1);
        }
        let rounded = quotient.to_f64().expect("68 bits are a double");
        let half = (-shift) / 2;
        let value = rounded * 2f64.powi(half as i32) * 2f64.powi((-shift - half) as i32);
        if self.numerator.sign() == num_bigint::Sign::Minus { -value } else { value }
    }
}

/// Why an outcome is not permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The clause it breaks: `bag.equal`, `rel.order`, `error.sqlstate`, `agg.float.bound`.
    pub clause: &'static str,
    /// What is wrong, in a sentence.
    pub message: String,
}

impl Permitted {
    /// Why the outcome is not permitted; `None` if it is. [verdict.refute]
    ///
    /// The trace tells the height of the combine tree; where it tells none, the row count is the height.
    pub fn refute(&self, outcome: &Outcome, trace: Option<&Trace>) -> Option<Finding> {
        let found = match (outcome, &self.rows) {
            (Outcome::Error(error), _) => self.refute_error(error),
            (Outcome::Rows(rows), None) => Err(Finding::new(
                "error.missing",
                format!("{} rows instead of the error {}", rows.rows.len(), self.error_list()),
            )),
            (Outcome::Rows(rows), Some(groups)) => self
                .refute_columns(&rows.columns)
                .and_then(|()| refute_rows(groups, &rows.rows, trace)),
        };
        found.err()
    }

    fn refute_error(&self, error: &SqlError) -> Result<(), Finding> {
        if self.errors.contains(&error.sqlstate) {
            return Ok(());
        }
        let expected = match &self.rows {
            Some(_) => "rows".to_owned(),
            None => format!("the error {}", self.error_list()),
        };
        let message = format!("error {} ({error}) instead of {expected}", error.sqlstate);
        Err(Finding::new("error.sqlstate", message))
    }

    fn error_list(&self) -> String {
        self.errors.iter().map(SqlState::to_string).collect::<Vec<_>>().join(" or ")
    }

    fn refute_columns(&self, columns: &[OutputColumn]) -> Result<(), Finding> {
        let shape = |columns: &[OutputColumn]| {
            let each = columns.iter().map(|column| format!("{} {}", column.name, column.ty));
            format!("({})", each.collect::<Vec<_>>().join(", "))
        };
        let (expected, found) = (shape(&self.columns), shape(columns));
        if expected == found {
            return Ok(());
        }
        Err(Finding::new("rel.columns", format!("columns {found} instead of {expected}")))
    }
}

impl Finding {
    /// A finding against a clause.
    pub fn new(clause: &'static str, message: impl Into<String>) -> Finding {
        Finding { clause, message: message.into() }
    }
}

impl Cell {
    /// Whether a value is permitted here, after at most `height` roundings of any float in it.
    pub fn admits(&self, value: &Value, height: Option<u64>) -> bool {
        match (self, value) {
            (Cell::Exactly(expected), _) => expected == value,
            (Cell::EqualTo(expected), _) => {
                !expected.is_null() && !value.is_null() && order::equal(expected, value)
            }
            (Cell::OneOf(values), _) => values.contains(value),
            (Cell::Float(cell), Value::Float8(found)) if !cell.single => {
                bound::admits(cell, *found, height.unwrap_or(cell.rows))
            }
            (Cell::Float(cell), Value::Float4(found)) if cell.single => {
                bound::admits(cell, (*found).into(), height.unwrap_or(cell.rows))
            }
            (Cell::AnyOrderOf { parts, delimiter }, Value::Text(text)) => {
                is_any_order_of(parts, delimiter, text)
            }
            (Cell::AnyOrderOfMembers(array), Value::Array(found)) => {
                array.dimensions() == found.dimensions() && sorted(array) == sorted(found)
            }
            (Cell::Float(_) | Cell::AnyOrderOf { .. } | Cell::AnyOrderOfMembers(_), _) => false,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Exactly(value) => f.write_str(&show(value)),
            Cell::EqualTo(value) => write!(f, "any value equal to {}", show(value)),
            Cell::OneOf(values) => {
                let values: Vec<_> = values.iter().map(show).collect();
                write!(f, "one of {}", values.join(", "))
            }
            Cell::Float(cell) => {
                write!(f, "{} within a bound", cell.exact)
            }
            Cell::AnyOrderOf { parts, .. } => write!(f, "any order of {parts:?}"),
            Cell::AnyOrderOfMembers(array) => {
                write!(f, "any order of the members of {}", show(&Value::Array(array.clone())))
            }
        }
    }
}

/// The texts of the outermost members, in some order of their own: values that no query can tell apart have one text.
fn sorted(array: &Array) -> Vec<Vec<Option<String>>> {
    let members = array.dimensions().first().map_or(1, |outermost| outermost.length);
    let text = |value: &Value| (!value.is_null()).then(|| text::output(value));
    let member = |member: &[Value]| member.iter().map(text).collect();
    let width = (array.elements().len() / members).max(1);
    let mut texts: Vec<Vec<Option<String>>> = array.elements().chunks(width).map(member).collect();
    texts.sort();
    texts
}

impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

/// A value for messages.
fn show(value: &Value) -> String {
    if value.is_null() { "NULL".into() } else { text::output(value) }
}

/// Whether `text` is the parts in some order: tries each part that fits, from the left.
fn is_any_order_of(parts: &[String], delimiter: &str, text: &str) -> bool {
    if let [only] = parts {
        return only == text;
    }
    let mut tried = BTreeSet::new();
    (0..parts.len()).any(|next| {
        if !tried.insert(&parts[next]) {
            return false;
        }
        let rest = text.strip_prefix(&parts[next]).and_then(|rest| rest.strip_prefix(delimiter));
        rest.is_some_and(|rest| {
            let mut left = parts.to_vec();
            left.swap_remove(next);
            is_any_order_of(&left, delimiter, rest)
        })
    })
}

/// Cuts the rows into the groups of ties and refutes each.
fn refute_rows(groups: &[TieGroup], rows: &[Row], trace: Option<&Trace>) -> Result<(), Finding> {
    let expected: usize = groups.iter().map(|group| group.take).sum();
    if rows.len() != expected {
        let difference = difference(groups, rows);
        let message = format!("{} rows instead of {expected}{difference}", rows.len());
        return Err(Finding::new("bag.count", message));
    }
    let height = trace.and_then(|trace| trace.combine_height);
    let mut rest = rows;
    for (number, group) in groups.iter().enumerate() {
        let (here, after) = rest.split_at(group.take);
        rest = after;
        if let Err(row) = matching::assign(&group.candidates, here, height) {
            let clause = if groups.len() > 1 { "rel.order" } else { "bag.equal" };
            let place = if groups.len() > 1 {
                format!(" at tie group {} of {}", number + 1, groups.len())
            } else {
                String::new()
            };
            let permitted = nearest(&group.candidates, &here[row], height);
            let message =
                format!("row {} is not permitted{place}{permitted}", show_row(&here[row]));
            return Err(Finding::new(clause, message));
        }
    }
    Ok(())
}

/// The permitted row that agrees with a wrong one in most fields, for the message.
fn nearest(candidates: &[Vec<Cell>], row: &[Value], height: Option<u64>) -> String {
    let agreeing = |cells: &&Vec<Cell>| {
        cells.iter().zip(row).filter(|(cell, value)| cell.admits(value, height)).count()
    };
    match candidates.iter().max_by_key(agreeing) {
        Some(cells) if agreeing(&cells) == row.len() => {
            let times = candidates.iter().filter(|cells| agreeing(cells) == row.len()).count();
            format!(": it comes more often than the {times} times permitted")
        }
        Some(cells) => {
            let cells: Vec<_> = cells.iter().map(Cell::to_string).collect();
            format!("; the nearest permitted row is ({})", cells.join(", "))
        }
        None => "; none is".into(),
    }
}

/// One row that is too many or missing, for the message.
fn difference(groups: &[TieGroup], rows: &[Row]) -> String {
    let admitted = |row: &Row| {
        groups.iter().flat_map(|group| &group.candidates).any(|cells| {
            cells.len() == row.len() && cells.iter().zip(row).all(|(c, v)| c.admits(v, None))
        })
    };
    match rows.iter().find(|row| !admitted(row)) {
        Some(row) => format!("; {} is not among them", show_row(row)),
        None => String::new(),
    }
}

fn show_row(row: &[Value]) -> String {
    format!("({})", row.iter().map(show).collect::<Vec<_>>().join(", "))
}

mod matching {
    //! Whether rows can be assigned to candidates, one to one.

    use std::collections::BTreeMap;

    use super::Cell;
    use crate::value::order::Key;
    use crate::value::{Row, Value, text};

    /// What a row looks like in the columns that are determined: rows with different looks cannot stand for each other.
    type Look = Vec<(Option<String>, Key)>;

    /// How the fields of a column are looked at.
    #[derive(Clone, Copy, PartialEq)]
    enum By {
        Text,
        Equality,
        Nothing,
    }

    /// Assigns each row to a candidate of its own that admits it; the number of a row that is left over otherwise.
    ///
    /// Columns in which every candidate is exact (or every one is known up to equality) sort rows into buckets; inside a
    /// bucket augmenting paths find the assignment (Kuhn's algorithm).
    pub fn assign(
        candidates: &[Vec<Cell>],
        rows: &[Row],
        height: Option<u64>,
    ) -> Result<(), usize> {
        let looks = column_looks(candidates);
        let mut buckets: BTreeMap<Look, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (number, cells) in candidates.iter().enumerate() {
            let values = cells.iter().map(representative);
            buckets.entry(look(&looks, values)).or_default().0.push(number);
        }
        for (number, row) in rows.iter().enumerate() {
            if row.len() != looks.len() && !candidates.is_empty() {
                return Err(number);
            }
            let bucket = buckets.get_mut(&look(&looks, row.iter())).ok_or(number)?;
            bucket.1.push(number);
        }
        let determined = looks.iter().all(|by| *by != By::Nothing);
        for (candidate_numbers, row_numbers) in buckets.values() {
            if row_numbers.len() > candidate_numbers.len() {
                return Err(row_numbers[candidate_numbers.len()]);
            }
            if !determined {
                assign_bucket(candidates, candidate_numbers, rows, row_numbers, height)?;
            }
        }
        Ok(())
    }

    fn column_looks(candidates: &[Vec<Cell>]) -> Vec<By> {
        let width = candidates.first().map_or(0, Vec::len);
        let column = |index: usize| {
            let all = |test: fn(&Cell) -> bool| candidates.iter().all(|cells| test(&cells[index]));
            if all(|cell| matches!(cell, Cell::Exactly(_))) {
                By::Text
            } else if all(|cell| matches!(cell, Cell::EqualTo(_) | Cell::Exactly(Value::Null))) {
                By::Equality
            } else {
                By::Nothing
            }
        };
        (0..width).map(column).collect()
    }

    fn representative(cell: &Cell) -> &Value {
        match cell {
            Cell::Exactly(value) | Cell::EqualTo(value) => value,
            Cell::OneOf(_)
            | Cell::Float(_)
            | Cell::AnyOrderOf { .. }
            | Cell::AnyOrderOfMembers(_) => &Value::Null,
        }
    }

    fn look<'v>(looks: &[By], values: impl Iterator<Item = &'v Value>) -> Look {
        let part = |(by, value): (&By, &Value)| match by {
            By::Text => ((!value.is_null()).then(|| text::output(value)), Key(vec![])),
            By::Equality => (None, Key(vec![value.clone()])),
            By::Nothing => (None, Key(vec![])),
        };
        looks.iter().zip(values).map(part).collect()
    }

    fn assign_bucket(
        candidates: &[Vec<Cell>],
        candidate_numbers: &[usize],
        rows: &[Row],
        row_numbers: &[usize],
        height: Option<u64>,
    ) -> Result<(), usize> {
        let admits = |row: usize, candidate: usize| {
            let cells = &candidates[candidate_numbers[candidate]];
            cells.iter().zip(&rows[row_numbers[row]]).all(|(c, value)| c.admits(value, height))
        };
        let mut owner: Vec<Option<usize>> = vec![None; candidate_numbers.len()];
        for (row, number) in row_numbers.iter().enumerate() {
            let mut seen = vec![false; candidate_numbers.len()];
            if !augment(row, &admits, &mut owner, &mut seen) {
                return Err(*number);
            }
        }
        Ok(())
    }

    /// Finds a candidate for `row`, moving others on where needed.
    fn augment(
        row: usize,
        admits: &dyn Fn(usize, usize) -> bool,
        owner: &mut [Option<usize>],
        seen: &mut [bool],
    ) -> bool {
        for candidate in 0..owner.len() {
            if seen[candidate] || !admits(row, candidate) {
                continue;
            }
            seen[candidate] = true;
            let free = match owner[candidate] {
                None => true,
                Some(other) => augment(other, admits, owner, seen),
            };
            if free {
                owner[candidate] = Some(row);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Type;
    use crate::error::sqlstate;
    use crate::outcome::Rows;
    use crate::value::Modifier;

    fn column() -> Vec<OutputColumn> {
        vec![OutputColumn { name: "x".into(), ty: Type::Int4, modifier: Modifier::None }]
    }

    fn int(x: i32) -> Cell {
        Cell::Exactly(Value::Int4(x))
    }

    fn permitted(groups: Vec<(Vec<i32>, usize)>) -> Permitted {
        let group = |(rows, take): (Vec<i32>, usize)| TieGroup {
            candidates: rows.into_iter().map(|x| vec![int(x)]).collect(),
            take,
        };
        let rows = Some(groups.into_iter().map(group).collect());
        Permitted { columns: column(), rows, errors: BTreeSet::new() }
    }

    fn answered(rows: &[i32]) -> Outcome {
        let rows = rows.iter().map(|x| vec![Value::Int4(*x)]).collect();
        Outcome::Rows(Rows { columns: column(), rows })
    }

    fn clause(permitted: &Permitted, outcome: &Outcome) -> Option<&'static str> {
        permitted.refute(outcome, None).map(|finding| finding.clause)
    }

    #[test]
    fn a_bag_is_permitted_in_any_order_and_with_its_multiplicities() {
        let bag = permitted(vec![(vec![1, 2, 2], 3)]);
        assert_eq!(clause(&bag, &answered(&[2, 1, 2])), None);
        assert_eq!(clause(&bag, &answered(&[2, 1, 1])), Some("bag.equal"));
        assert_eq!(clause(&bag, &answered(&[2, 1])), Some("bag.count"));
        assert_eq!(clause(&bag, &answered(&[2, 2, 3])), Some("bag.equal"));
    }

    #[test]
    fn ties_may_come_in_any_order_and_a_limit_may_cut_them_anywhere() {
        let list = permitted(vec![(vec![1], 1), (vec![5, 5, 6], 2)]);
        assert_eq!(clause(&list, &answered(&[1, 6, 5])), None);
        assert_eq!(clause(&list, &answered(&[1, 5, 5])), None);
        assert_eq!(clause(&list, &answered(&[5, 1, 5])), Some("rel.order"));
        assert_eq!(clause(&list, &answered(&[1, 6, 6])), Some("rel.order"));
    }

    #[test]
    fn an_error_is_permitted_if_it_is_listed() {
        let mut either = permitted(vec![(vec![1], 1)]);
        let error = Outcome::Error(SqlError::division_by_zero());
        assert_eq!(clause(&either, &error), Some("error.sqlstate"));
        either.errors.insert(sqlstate::DIVISION_BY_ZERO);
        assert_eq!(clause(&either, &error), None);
        assert_eq!(clause(&either, &answered(&[1])), None);
        either.rows = None;
        assert_eq!(clause(&either, &answered(&[1])), Some("error.missing"));
    }

    #[test]
    fn rows_are_assigned_to_inexact_cells_by_augmenting_paths() {
        // The first row fits both cells, the second one only the first cell.
        let any = |parts: &[&str]| Cell::AnyOrderOf {
            parts: parts.iter().map(|part| (*part).to_owned()).collect(),
            delimiter: ",".into(),
        };
        let candidates = vec![vec![any(&["a", "b"])], vec![Cell::Exactly(Value::text("a,b"))]];
        let row = |text: &str| vec![Value::text(text)];
        assert_eq!(matching::assign(&candidates, &[row("a,b"), row("b,a")], None), Ok(()));
        assert_eq!(matching::assign(&candidates, &[row("b,a"), row("b,a")], None), Err(1));
    }

    #[test]
    fn any_order_is_found_even_if_parts_are_prefixes_of_others() {
        let parts = ["a".to_owned(), "a,a".to_owned(), "b".to_owned()];
        assert!(is_any_order_of(&parts, ",", "a,a,b,a"));
        assert!(is_any_order_of(&parts, ",", "b,a,a,a"));
        assert!(!is_any_order_of(&parts, ",", "a,b,a"));
    }

    #[test]
    fn members_of_an_array_come_in_any_order_but_whole() {
        let array = |field: &str| {
            let ty = crate::value::Type::Array(crate::value::Element::Int4);
            text::input(ty, crate::value::Modifier::None, field).expect("an array")
        };
        let Value::Array(lists) = array("{{1,2},{3,NULL}}") else { panic!("an array") };
        let cell = Cell::AnyOrderOfMembers(lists);
        assert!(cell.admits(&array("{{3,NULL},{1,2}}"), None));
        for other in ["{{1,3},{2,NULL}}", "{1,2,3,NULL}", "{{1,2},{1,2}}", "{{1,2}}", "{}"] {
            assert!(!cell.admits(&array(other), None), "{other}");
        }
        assert!(!cell.admits(&Value::Null, None));
    }
}
