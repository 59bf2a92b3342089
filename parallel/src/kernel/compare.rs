//! `= <> < <= > >=` of columns and constants.

use std::cmp::Ordering;

use arrow_array::BooleanArray;
use arrow_buffer::{BooleanBuffer, NullBuffer};
use spec::error::SqlError;
use spec::expr::Function;
use spec::value::{Type, Value};

use super::call::{Args, by_calls, is_constant, is_constant_null, null};
use super::decimal;
use super::operand::{Native, Operand, both, zip_bits};
use super::{Context, Kernel};
use crate::batch::Batch;
use crate::column::{Column, Strings};
use crate::group::without_blanks;

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A comparison of two operands.
#[derive(Debug)]
struct Compare {
    function: &'static Function,
    test: Test,
    left: Box<dyn Kernel>,
    right: Box<dyn Kernel>,
}

/// Prefixes and suffixes of the names of comparison functions: `int4` `lt`, `date_` `lt` `_timestamp`.
const FAMILIES: [(&str, &str); 24] = [
    ("bool", ""),
    ("int2", ""),
    ("int4", ""),
    ("int8", ""),
    ("int24", ""),
    ("int42", ""),
    ("int28", ""),
    ("int82", ""),
    ("int48", ""),
    ("int84", ""),
    ("float4", ""),
    ("float8", ""),
    ("float48", ""),
    ("float84", ""),
    ("numeric_", ""),
    ("bpchar", ""),
    ("name", ""),
    ("name", "text"),
    ("text", "name"),
    ("text", ""),
    ("text_", ""),
    ("date_", ""),
    ("timestamp_", ""),
    ("interval_", ""),
];

/// Which comparison a function is, if any.
fn test_of(function: &Function) -> Option<Test> {
    let middle = |(prefix, suffix): &(&str, &str)| match function
        .name
        .strip_prefix(prefix)?
        .strip_suffix(suffix)?
    {
        "eq" => Some(Test::Equal),
        "ne" => Some(Test::Unequal),
        "lt" => Some(Test::Less),
        "le" => Some(Test::LessOrEqual),
        "gt" => Some(Test::Greater),
        "ge" => Some(Test::GreaterOrEqual),
        _ => None,
    };
    if function.result != Type::Bool || function.args.len() != 2 {
        return None;
    }
    FAMILIES.iter().find_map(middle)
}

/// The kernel of a comparison; the arguments back for any other function.
pub(super) fn compile(function: &'static Function, args: Args) -> Result<Box<dyn Kernel>, Args> {
    let Some(test) = test_of(function) else { return Err(args) };
    let [left, right]: [_; 2] = args.try_into()?;
    Ok(Box::new(Compare { function, test, left, right }))
}

impl Kernel for Compare {
    fn evaluate(&self, batch: &Batch, context: &Context) -> Result<Column, SqlError> {
        let left = self.left.evaluate(batch, context)?;
        let right = self.right.evaluate(batch, context)?;
        if is_constant_null(&left) || is_constant_null(&right) {
            return Ok(null(Type::Bool, batch));
        }
        if is_constant(&left) && is_constant(&right) {
            return by_calls(self.function, &[left, right], batch, context);
        }
        match compare(self.test, &left, &right) {
            Some((values, nulls)) => Ok(Column::Bool(BooleanArray::new(values, nulls))),
            None => by_calls(self.function, &[left, right], batch, context),
        }
    }

    fn needs_selection(&self) -> bool {
        self.left.needs_selection() || self.right.needs_selection()
    }
}

/// The truth of a comparison row by row; `None` for layouts without a loop of their own. Not both are constants.
fn compare(
    test: Test,
    left: &Column,
    right: &Column,
) -> Option<(BooleanBuffer, Option<NullBuffer>)> {
    let kind = |column: &Column| match column {
        Column::Constant { value: Value::Text(_), .. } => Type::Text,
        other => other.ty(),
    };
    match (kind(left), kind(right)) {
        (Type::Int4, Type::Int4) | (Type::Date, Type::Date) => numbers::<i32>(test, left, right),
        (Type::Int2, Type::Int2) => numbers::<i16>(test, left, right),
        (Type::Timestamp, Type::Timestamp)
        | (Type::Int2 | Type::Int4 | Type::Int8, Type::Int2 | Type::Int4 | Type::Int8) => {
            numbers::<i64>(test, left, right)
        }
        (Type::Float4 | Type::Float8, Type::Float4 | Type::Float8) => floats(test, left, right),
        (Type::Numeric, Type::Numeric) => {
            let (left, right) = decimal::aligned(left, right)?;
            Some((ordered(test, &left, &right), both(&left, &right)))
        }
        (Type::Text, Type::Text) => strings(test, left, right, |text| text),
        (Type::Bpchar, Type::Bpchar) => strings(test, left, right, without_blanks),
        _ => None,
    }
}

fn numbers<N: Native + Ord>(
    test: Test,
    left: &Column,
    right: &Column,
) -> Option<(BooleanBuffer, Option<NullBuffer>)> {
    let (left, right) = (N::operand(left)?, N::operand(right)?);
    Some((ordered(test, &left, &right), both(&left, &right)))
}

/// The loop of each operator over totally ordered numbers.
pub(super) fn ordered<N: Copy + Ord>(
    test: Test,
    left: &Operand<'_, N>,
    right: &Operand<'_, N>,
) -> BooleanBuffer {
    // Not both are constants: the row count comes from a slice.
    match test {
        Test::Equal => zip_bits(left, right, 0, |a, b| a == b),
        Test::Unequal => zip_bits(left, right, 0, |a, b| a != b),
        Test::Less => zip_bits(left, right, 0, |a, b| a < b),
        Test::LessOrEqual => zip_bits(left, right, 0, |a, b| a <= b),
        Test::Greater => zip_bits(left, right, 0, |a, b| a > b),
        Test::GreaterOrEqual => zip_bits(left, right, 0, |a, b| a >= b),
    }
}

/// Floats in PostgreSQL's order: NaN equals itself and is greater than everything else.
fn floats(
    test: Test,
    left: &Column,
    right: &Column,
) -> Option<(BooleanBuffer, Option<NullBuffer>)> {
    let (left, right) = (f64::operand(left)?, f64::operand(right)?);
    let bits = match test {
        Test::Equal => zip_bits(&left, &right, 0, float_equal),
        Test::Unequal => zip_bits(&left, &right, 0, |a, b| !float_equal(a, b)),
        Test::Less => zip_bits(&left, &right, 0, float_less),
        Test::LessOrEqual => zip_bits(&left, &right, 0, |a, b| !float_less(b, a)),
        Test::Greater => zip_bits(&left, &right, 0, |a, b| float_less(b, a)),
        Test::GreaterOrEqual => zip_bits(&left, &right, 0, |a, b| !float_less(a, b)),
    };
    Some((bits, both(&left, &right)))
}

#[inline(always)]
fn float_equal(a: f64, b: f64) -> bool {
    (a == b) | (a.is_nan() & b.is_nan())
}

#[inline(always)]
fn float_less(a: f64, b: f64) -> bool {
    (a < b) | (b.is_nan() & !a.is_nan())
}

/// Strings bytewise; `visible` is what takes part.
fn strings(
    test: Test,
    left: &Column,
    right: &Column,
    visible: fn(&[u8]) -> &[u8],
) -> Option<(BooleanBuffer, Option<NullBuffer>)> {
    let holds = |order: Ordering| match test {
        Test::Equal => order.is_eq(),
        Test::Unequal => order.is_ne(),
        Test::Less => order.is_lt(),
        Test::LessOrEqual => order.is_le(),
        Test::Greater => order.is_gt(),
        Test::GreaterOrEqual => order.is_ge(),
    };
    let many = |strings: &Strings, one: &[u8], swap: bool| {
        let bits = BooleanBuffer::collect_bool(strings.len(), |i| {
            let order = visible(strings.get(i)).cmp(visible(one));
            holds(if swap { order.reverse() } else { order })
        });
        Some((bits, strings.nulls().cloned()))
    };
    let exact = matches!(test, Test::Equal | Test::Unequal);
    match (text_of(left)?, text_of(right)?) {
        (Texts::Many(a), Texts::One(b)) | (Texts::One(b), Texts::Many(a))
            if exact && matches!(left.ty(), Type::Text | Type::Varchar | Type::Name) =>
        {
            Some((equal_to(a, b, test == Test::Equal), a.nulls().cloned()))
        }
        (Texts::Many(a), Texts::One(b)) => many(a, b, false),
        (Texts::One(a), Texts::Many(b)) => many(b, a, true),
        (Texts::Many(a), Texts::Many(b)) => {
            let bits = BooleanBuffer::collect_bool(a.len(), |i| {
                holds(visible(a.get(i)).cmp(visible(b.get(i))))
            });
            Some((bits, NullBuffer::union(a.nulls(), b.nulls())))
        }
        (Texts::One(_), Texts::One(_)) => None,
    }
}

/// Whether each string is this one: short strings are compared as one word.
fn equal_to(strings: &Strings, one: &[u8], wanted: bool) -> BooleanBuffer {
    if one.len() <= crate::column::INLINE {
        let view = crate::column::inline_view(one);
        return super::operand::bits(strings.views(), |own| (own == view) == wanted);
    }
    let len = one.len() as u32;
    let views = strings.views();
    BooleanBuffer::collect_bool(strings.len(), |i| {
        (views[i] as u32 == len && strings.get(i) == one) == wanted
    })
}

/// Strings of a column, or the one string of a constant.
enum Texts<'a> {
    Many(&'a Strings),
    One(&'a [u8]),
}

fn text_of(column: &Column) -> Option<Texts<'_>> {
    match column {
        Column::Text(strings) | Column::Bpchar(strings) => Some(Texts::Many(strings)),
        Column::Constant { value: Value::Text(text) | Value::Bpchar(text), .. } => {
            Some(Texts::One(text.as_bytes()))
        }
        _ => None,
    }
}
