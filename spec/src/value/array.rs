//! Arrays: values of one element type in up to six dimensions, each with a lower bound, in row-major order.
//!
//! The text is PostgreSQL's: `{1,NULL,"a b"}`, nested braces for more dimensions, `[0:1]={1,2}` where a lower bound is not
//! 1. The order goes by the elements first, NULL after all others, then by their number, then by the shape.

use std::cmp::Ordering;
use std::fmt::Write;
use std::ops::Range;

use crate::error::{SqlError, sqlstate};
use crate::value::{Modifier, Type, Value, order, text};

mod parse;

pub use parse::parse;

/// The most dimensions (`MAXDIM`).
pub const MOST_DIMENSIONS: usize = 6;

/// One dimension of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimension {
    /// How many elements it has, at least 1.
    pub length: usize,
    /// The subscript of the first.
    pub lower: i32,
}

/// A value of an array type. The empty array has no dimension.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Array {
    dimensions: Box<[Dimension]>,
    elements: Vec<Value>,
}

impl Array {
    /// The elements in one dimension from 1 on; the empty array if there is none.
    pub fn vector(elements: Vec<Value>) -> Array {
        let length = elements.len();
        let dimensions = if length == 0 { vec![] } else { vec![Dimension { length, lower: 1 }] };
        Array { dimensions: dimensions.into(), elements }
    }

    /// The elements in these dimensions.
    ///
    /// # Errors
    /// 54000 for more than six dimensions; 2202E if the lengths do not multiply to the number of elements.
    pub fn shaped(dimensions: Vec<Dimension>, elements: Vec<Value>) -> Result<Array, SqlError> {
        if dimensions.len() > MOST_DIMENSIONS {
            let message = format!(
                "number of array dimensions ({}) exceeds the maximum allowed ({MOST_DIMENSIONS})",
                dimensions.len()
            );
            return Err(SqlError::new(sqlstate::PROGRAM_LIMIT_EXCEEDED, message));
        }
        let product = dimensions.iter().map(|dimension| dimension.length).product::<usize>();
        if elements.is_empty() {
            return Ok(Array::default());
        }
        if product != elements.len() {
            return Err(SqlError::new(sqlstate::ARRAY_SUBSCRIPT_ERROR, "wrong number of elements"));
        }
        Ok(Array { dimensions: dimensions.into(), elements })
    }

    /// The dimensions, outermost first.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The elements in row-major order; an element may be NULL.
    pub fn elements(&self) -> &[Value] {
        &self.elements
    }

    /// Adds elements behind the last along the outermost dimension, one of whose members they make up.
    ///
    /// # Panics
    /// If the array is empty or their number is not that of the inner dimensions: the caller has compared shapes.
    pub fn extend(&mut self, elements: impl IntoIterator<Item = Value>) {
        self.elements.extend(elements);
        let inner: usize = self.dimensions[1..].iter().map(|dimension| dimension.length).product();
        assert_eq!(self.elements.len() % inner, 0, "whole members are added");
        self.dimensions[0].length = self.elements.len() / inner;
    }

    /// The elements in row-major order.
    pub fn into_elements(self) -> Vec<Value> {
        self.elements
    }

    /// The same shape over other elements.
    ///
    /// # Errors
    /// What the change of an element raises.
    pub fn map<E>(&self, change: impl FnMut(&Value) -> Result<Value, E>) -> Result<Array, E> {
        let elements = self.elements.iter().map(change).collect::<Result<Vec<_>, _>>()?;
        Ok(Array { dimensions: self.dimensions.clone(), elements })
    }

    /// The element at these subscripts; NULL outside the bounds or with another number of subscripts. [value.array.subscript]
    pub fn element(&self, subscripts: &[i32]) -> Value {
        if subscripts.len() != self.dimensions.len() || subscripts.is_empty() {
            return Value::Null;
        }
        let mut at = 0;
        for (subscript, dimension) in subscripts.iter().zip(&self.dimensions) {
            match usize::try_from(i64::from(*subscript) - i64::from(dimension.lower)) {
                Ok(offset) if offset < dimension.length => at = at * dimension.length + offset,
                _ => return Value::Null,
            }
        }
        self.elements[at].clone()
    }

    /// The part between these bounds in the outermost dimensions, all of the others; its lower bounds are 1. Bounds outside
    /// are cut; where nothing is left, or there are fewer dimensions, it is the empty array. [value.array.slice]
    pub fn slice(&self, bounds: &[(i32, i32)]) -> Array {
        if bounds.len() > self.dimensions.len() {
            return Array::default();
        }
        let mut kept = vec![];
        for (number, dimension) in self.dimensions.iter().enumerate() {
            let (lower, upper) = bounds.get(number).copied().unwrap_or((i32::MIN, i32::MAX));
            let place = |subscript: i32, more: i64| {
                let offset = i64::from(subscript) - i64::from(dimension.lower) + more;
                usize::try_from(offset.max(0)).unwrap_or(usize::MAX).min(dimension.length)
            };
            let range = place(lower, 0)..place(upper, 1);
            if range.is_empty() {
                return Array::default();
            }
            kept.push(range);
        }
        let mut elements = vec![];
        cut(&kept, &self.dimensions, &self.elements, &mut elements);
        let dimensions = kept.iter().map(|range| Dimension { length: range.len(), lower: 1 });
        Array { dimensions: dimensions.collect(), elements }
    }

    /// SQL's order (`array_cmp`): by elements with NULL last, then by their number, then by dimensions and lower bounds.
    /// [value.array.order]
    pub fn compare(&self, other: &Array) -> Ordering {
        let lengths = |array: &Array| array.dimensions.iter().map(|d| d.length).collect::<Vec<_>>();
        let lowers = |array: &Array| array.dimensions.iter().map(|d| d.lower).collect::<Vec<_>>();
        let pairs = self.elements.iter().zip(&other.elements);
        pairs
            .map(|(a, b)| order::compare_nulls_last(a, b))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| self.elements.len().cmp(&other.elements.len()))
            .then_with(|| self.dimensions.len().cmp(&other.dimensions.len()))
            .then_with(|| lengths(self).cmp(&lengths(other)))
            .then_with(|| lowers(self).cmp(&lowers(other)))
    }

    /// One array of the next dimension out of arrays of one shape (`ARRAY[a, b]` over arrays); empty ones count for
    /// nothing if all are empty.
    ///
    /// # Errors
    /// 2202E if the shapes differ.
    pub fn stacked(parts: &[&Array]) -> Result<Array, SqlError> {
        let Some(first) = parts.first() else { return Ok(Array::default()) };
        if parts.iter().any(|part| part.dimensions != first.dimensions) {
            let message =
                "multidimensional arrays must have array expressions with matching dimensions";
            return Err(SqlError::new(sqlstate::ARRAY_SUBSCRIPT_ERROR, message));
        }
        if first.dimensions.is_empty() {
            return Ok(Array::default());
        }
        let outer = Dimension { length: parts.len(), lower: 1 };
        let dimensions = std::iter::once(outer).chain(first.dimensions.iter().copied()).collect();
        let elements = parts.iter().flat_map(|part| part.elements.iter().cloned()).collect();
        Array::shaped(dimensions, elements)
    }
}

/// Appends the elements whose offsets are in these ranges, one for each dimension.
fn cut(kept: &[Range<usize>], dimensions: &[Dimension], elements: &[Value], out: &mut Vec<Value>) {
    let ([range, inner @ ..], [dimension, dimensions @ ..]) = (kept, dimensions) else {
        return out.extend_from_slice(elements);
    };
    let members = elements.chunks(elements.len() / dimension.length);
    for member in members.skip(range.start).take(range.len()) {
        cut(inner, dimensions, member, out);
    }
}

/// The array with a modifier applied to every element: `varchar(3)[]` cuts each.
///
/// # Errors
/// As for the element type.
pub(crate) fn with_modifier(
    array: &Array,
    element: Type,
    modifier: Modifier,
    explicit: bool,
) -> Result<Array, SqlError> {
    array.map(|value| text::apply_modifier(value.clone(), element, modifier, explicit))
}

/// Appends the text of an array (`array_out`). [value.array.text]
pub fn write(array: &Array, out: &mut String) {
    if array.dimensions.iter().any(|dimension| dimension.lower != 1) {
        for Dimension { length, lower } in &array.dimensions {
            let upper = i64::from(*lower) + *length as i64 - 1;
            write!(out, "[{lower}:{upper}]").expect("writing to a string succeeds");
        }
        out.push('=');
    }
    if array.elements.is_empty() {
        out.push_str("{}");
    } else {
        write_level(&array.dimensions, &array.elements, out);
    }
}

/// One pair of braces: elements in the innermost dimension, further pairs elsewhere.
fn write_level(dimensions: &[Dimension], elements: &[Value], out: &mut String) {
    out.push('{');
    let inner = elements.len() / dimensions[0].length;
    for (i, part) in elements.chunks(inner).enumerate() {
        if i > 0 {
            out.push(',');
        }
        match (&dimensions[1..], part) {
            ([], [element]) => write_element(element, out),
            (rest, part) => write_level(rest, part, out),
        }
    }
    out.push('}');
}

/// Appends an element, quoted where its text could mean something else.
pub fn write_element(value: &Value, out: &mut String) {
    if value.is_null() {
        return out.push_str("NULL");
    }
    let text = text::output(value);
    let special = |c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || text::is_blank(c);
    if text.is_empty() || text.eq_ignore_ascii_case("null") || text.contains(special) {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        out.push('"');
        out.push_str(&escaped);
        out.push('"');
    } else {
        out.push_str(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::types::Element;

    fn array(element: Element, text: &str) -> Array {
        parse(element.ty(), text).unwrap()
    }

    fn shown(element: Element, text: &str) -> String {
        let mut out = String::new();
        write(&array(element, text), &mut out);
        out
    }

    #[test]
    fn arrays_read_and_print_as_postgresql_has_them() {
        // Captured from PostgreSQL 15.18.
        assert_eq!(
            shown(Element::Text, "{1,NULL,\"a b\",nUll,\"NULL\",\"\",a\\\"b}"),
            "{1,NULL,\"a b\",NULL,\"NULL\",\"\",\"a\\\"b\"}"
        );
        assert_eq!(shown(Element::Text, "{a b,  c d }"), "{\"a b\",\"c d\"}");
        assert_eq!(shown(Element::Int4, " { 1 , 2 } "), "{1,2}");
        assert_eq!(shown(Element::Int4, "[0:1]={1,2}"), "[0:1]={1,2}");
        assert_eq!(shown(Element::Int4, "{{1,2},{3,4}}"), "{{1,2},{3,4}}");
        assert_eq!(shown(Element::Int4, "{}"), "{}");
    }

    #[test]
    fn the_order_goes_by_elements_then_by_number_then_by_shape() {
        let ascending =
            ["{}", "{1}", "{1,2}", "[2:3]={1,2}", "{{1,2}}", "{1,2,3}", "{1,NULL}", "{2}"];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                let order = array(Element::Int4, a).compare(&array(Element::Int4, b));
                assert_eq!(order, i.cmp(&j), "{a} and {b}");
            }
        }
    }

    #[test]
    fn a_slice_is_cut_to_the_bounds_and_counts_from_1() {
        crate::clauses!("value.array.slice");
        // Captured from PostgreSQL 15.18.
        const FIRST: i32 = i32::MIN;
        const LAST: i32 = i32::MAX;
        let shown = |text: &str, bounds: &[(i32, i32)]| {
            let mut out = String::new();
            write(&array(Element::Int4, text).slice(bounds), &mut out);
            out
        };
        let (four, shifted, table) = ("{1,2,3,4}", "[0:3]={1,2,3,4}", "{{1,2,3},{4,5,6}}");
        assert_eq!(shown(four, &[(2, 3)]), "{2,3}");
        assert_eq!(shown(four, &[(FIRST, 2)]), "{1,2}");
        assert_eq!(shown(four, &[(3, LAST)]), "{3,4}");
        assert_eq!(shown(four, &[(5, 9)]), "{}");
        assert_eq!(shown(four, &[(3, 1)]), "{}");
        assert_eq!(shown(shifted, &[(0, 1)]), "{1,2}");
        assert_eq!(shown("{}", &[(1, 2)]), "{}");
        assert_eq!(shown(table, &[(1, 1)]), "{{1,2,3}}");
        assert_eq!(shown(table, &[(1, 2), (2, 3)]), "{{2,3},{5,6}}");
        assert_eq!(shown(table, &[(FIRST, LAST), (1, 2)]), "{{1,2},{4,5}}");
        assert_eq!(shown("{1,2}", &[(1, 2), (1, 1)]), "{}");
    }

    #[test]
    fn a_subscript_outside_is_null() {
        let grid = array(Element::Int4, "{{1,2},{3,4}}");
        assert_eq!(grid.element(&[2, 1]), Value::Int4(3));
        assert_eq!(grid.element(&[2]), Value::Null);
        assert_eq!(grid.element(&[0, 1]), Value::Null);
    }
}
