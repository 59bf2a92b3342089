//! Functions and operators of arrays (`array_userfuncs.c`, `arrayfuncs.c`).
//!
//! PostgreSQL has one function of a polymorphic type where we have one for every element type; the binder sees to it that
//! `anyarray` takes no cast ([`takes_casts`]). [expr.array]

use super::Function;
use crate::error::{SqlError, sqlstate};
use crate::expr::{Safety, Volatility};
use crate::value::array::Dimension;
use crate::value::{Array, Element, Type, Value, order, text};

/// Expands a macro over the element types.
macro_rules! each_element {
    ($expand:ident $($more:tt)*) => {
        $expand!($($more)* Bool, Int2, Int4, Int8, Float4, Float8, Numeric, Text, Varchar, Bpchar, Name, Date,
            Timestamp, Interval, Bytea, Time, TimeTz, TimestampTz);
    };
}

pub(crate) use each_element;

/// The type of a place in a signature: `A` is the array, `E` its element.
macro_rules! place {
    (A $ty:ident) => {
        Type::Array(Element::$ty)
    };
    (E $ty:ident) => {
        Type::$ty
    };
    ($other:ident $ty:ident) => {
        Type::$other
    };
}

/// Of every element type: name, arguments, result, whether it is strict, meaning.
macro_rules! polymorphic {
    ($($name:literal $args:tt -> $result:ident $strict:literal = $body:expr;)*) => {
        pub(super) static POLYMORPHIC: &[&[Function]] = &[$(
            polymorphic!(@ $name $args $result $strict $body; Bool Int2 Int4 Int8 Float4 Float8 Numeric Text Varchar
                Bpchar Name Date Timestamp Interval Bytea Time TimeTz TimestampTz)
        ),*];
    };
    (@ $name:literal $args:tt $result:ident $strict:literal $body:expr; $($ty:ident)*) => {
        &[$(polymorphic!(@@ $name $args $result $strict $body; $ty)),*]
    };
    (@@ $name:literal ($($arg:ident)*) $result:ident $strict:literal $body:expr; $ty:ident) => {
        Function {
            name: $name,
            args: &[$(place!($arg $ty)),*],
            result: place!($result $ty),
            strict: $strict,
            ..of($body)
        }
    };
}

/// What the functions of arrays share.
const fn of(body: fn(&[Value]) -> Result<Value, SqlError>) -> Function {
    Function {
        name: "",
        args: &[],
        result: Type::Unknown,
        strict: true,
        volatility: Volatility::Immutable,
        parallel: Safety::Safe,
        cost: 1.0,
        returns_set: false,
        own: None,
        body,
    }
}

/// The name of the function that a subscript calls; PostgreSQL has none, and nobody can call it by name.
pub const SUBSCRIPT: &str = "[]";

/// The name of the function that a slice calls, with a lower and an upper bound for each dimension.
pub const SLICE: &str = "[:]";

polymorphic! {
    "array_eq" (A A) -> Bool true = |args| truth(compare(args).is_eq());
    "array_ne" (A A) -> Bool true = |args| truth(compare(args).is_ne());
    "array_lt" (A A) -> Bool true = |args| truth(compare(args).is_lt());
    "array_le" (A A) -> Bool true = |args| truth(compare(args).is_le());
    "array_gt" (A A) -> Bool true = |args| truth(compare(args).is_gt());
    "array_ge" (A A) -> Bool true = |args| truth(compare(args).is_ge());
    "arraycontains" (A A) -> Bool true = |args| truth(contains(array(&args[0]), array(&args[1])));
    "arraycontained" (A A) -> Bool true = |args| truth(contains(array(&args[1]), array(&args[0])));
    "arrayoverlap" (A A) -> Bool true = |args| truth(overlaps(array(&args[0]), array(&args[1])));
    "array_cat" (A A) -> A false = |args| concatenation(&args[0], &args[1]);
    "array_append" (A E) -> A false = |args| extended(&args[0], &args[1], End::Last);
    "array_prepend" (E A) -> A false = |args| extended(&args[1], &args[0], End::First);
    "array_length" (A Int4) -> Int4 true =
        |args| of_dimension(args, |dimension| dimension.length as i64);
    "array_lower" (A Int4) -> Int4 true = |args| of_dimension(args, |dimension| dimension.lower.into());
    "array_upper" (A Int4) -> Int4 true =
        |args| of_dimension(args, |dimension| i64::from(dimension.lower) + dimension.length as i64 - 1);
    "array_ndims" (A) -> Int4 true = |args| match array(&args[0]).dimensions().len() {
        0 => Ok(Value::Null),
        dimensions => Ok(Value::Int4(dimensions as i32)),
    };
    "array_dims" (A) -> Text true = |args| Ok(dimensions(array(&args[0])));
    "cardinality" (A) -> Int4 true = |args| Ok(Value::Int4(array(&args[0]).elements().len() as i32));
    "array_position" (A E) -> Int4 false = |args| position(&args[0], &args[1], None);
    "array_position" (A E Int4) -> Int4 false = |args| position(&args[0], &args[1], Some(&args[2]));
    "array_remove" (A E) -> A false = |args| replaced(&args[0], &args[1], None);
    "array_replace" (A E E) -> A false = |args| replaced(&args[0], &args[1], Some(&args[2]));
    "trim_array" (A Int4) -> A true = trimmed;
    "array_larger" (A A) -> A true = |args| Ok(args[usize::from(compare(args).is_le())].clone());
    "array_smaller" (A A) -> A true = |args| Ok(args[usize::from(compare(args).is_ge())].clone());
    "[]" (A Int4) -> E true = |args| Ok(array(&args[0]).element(&subscripts(&args[1..])));
    "[]" (A Int4 Int4) -> E true = |args| Ok(array(&args[0]).element(&subscripts(&args[1..])));
    "[:]" (A Int4 Int4) -> A true = |args| Ok(sliced(args));
    "[:]" (A Int4 Int4 Int4 Int4) -> A true = |args| Ok(sliced(args));
}

/// What has other arrays in its signature, or depends on the session.
macro_rules! others {
    ($($ty:ident),*) => {
        pub(super) static FUNCTIONS: &[Function] = &[
            $(
                Function {
                    name: "array_positions",
                    args: &[Type::Array(Element::$ty), Type::$ty],
                    result: Type::Array(Element::Int4),
                    strict: false,
                    ..of(|args| positions(&args[0], &args[1]))
                },
                Function {
                    name: "array_to_string",
                    args: &[Type::Array(Element::$ty), Type::Text],
                    result: Type::Text,
                    volatility: Volatility::Stable,
                    ..of(|args| joined(&args[0], &args[1], &Value::Null))
                },
                Function {
                    name: "array_to_string",
                    args: &[Type::Array(Element::$ty), Type::Text, Type::Text],
                    result: Type::Text,
                    strict: false,
                    volatility: Volatility::Stable,
                    ..of(|args| joined(&args[0], &args[1], &args[2]))
                },
            )*
            Function {
                name: "string_to_array",
                args: &[Type::Text, Type::Text],
                result: Type::Array(Element::Text),
                strict: false,
                ..of(|args| split(&args[0], &args[1], &Value::Null))
            },
            Function {
                name: "string_to_array",
                args: &[Type::Text, Type::Text, Type::Text],
                result: Type::Array(Element::Text),
                strict: false,
                ..of(|args| split(&args[0], &args[1], &args[2]))
            },
        ];
    };
}

each_element!(others);

/// Whether a function of arrays takes implicit casts (`anycompatiblearray`), or wants arrays of exactly one type
/// (`anyarray`).
pub fn takes_casts(name: &str) -> bool {
    const COMPATIBLE: [&str; 7] = [
        "array_append",
        "array_cat",
        "array_position",
        "array_positions",
        "array_prepend",
        "array_remove",
        "array_replace",
    ];
    COMPATIBLE.contains(&name)
}

fn truth(truth: bool) -> Result<Value, SqlError> {
    Ok(Value::Bool(truth))
}

fn array(value: &Value) -> &Array {
    match value {
        Value::Array(array) => array,
        _ => super::misused("a function of arrays", std::slice::from_ref(value)),
    }
}

/// An array that may be NULL.
fn maybe(value: &Value) -> Option<&Array> {
    (!value.is_null()).then(|| array(value))
}

fn compare(args: &[Value]) -> std::cmp::Ordering {
    array(&args[0]).compare(array(&args[1]))
}

fn error(state: crate::error::SqlState, message: &'static str) -> SqlError {
    SqlError::new(state, message)
}

fn has(array: &Array, element: &Value) -> bool {
    // A NULL is in no array.
    let equal = |other: &&Value| !other.is_null() && order::equal(other, element);
    !element.is_null() && array.elements().iter().any(|other| equal(&other))
}

/// Whether every element of the second is in the first, whatever the shapes and how often; NULL is in none.
fn contains(array: &Array, part: &Array) -> bool {
    part.elements().iter().all(|element| has(array, element))
}

fn overlaps(a: &Array, b: &Array) -> bool {
    a.elements().iter().any(|element| has(b, element))
}

fn subscripts(args: &[Value]) -> Vec<i32> {
    let number = |arg: &Value| match arg {
        Value::Int4(number) => *number,
        _ => super::misused(SUBSCRIPT, args),
    };
    args.iter().map(number).collect()
}

fn sliced(args: &[Value]) -> Value {
    let bounds = subscripts(&args[1..]);
    let pairs: Vec<_> = bounds.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    Value::array(array(&args[0]).slice(&pairs))
}

/// A property of a dimension, counted from 1; NULL if there is no such dimension.
fn of_dimension(args: &[Value], property: fn(&Dimension) -> i64) -> Result<Value, SqlError> {
    let number = subscripts(&args[1..])[0];
    let index = usize::try_from(i64::from(number) - 1).ok();
    let dimension = index.and_then(|index| array(&args[0]).dimensions().get(index));
    Ok(dimension.map_or(Value::Null, |dimension| Value::Int4(property(dimension) as i32)))
}

/// `[1:2][1:3]`; NULL of the empty array.
fn dimensions(array: &Array) -> Value {
    let bounds = |Dimension { length, lower }: &Dimension| {
        format!("[{lower}:{}]", i64::from(*lower) + *length as i64 - 1)
    };
    let text: String = array.dimensions().iter().map(bounds).collect();
    if text.is_empty() { Value::Null } else { Value::text(text) }
}

/// One after the other along the outermost dimension, or one as an element of the other. [expr.array.cat]
fn concatenation(a: &Value, b: &Value) -> Result<Value, SqlError> {
    let (one, other) = match (maybe(a), maybe(b)) {
        (None, _) => return Ok(b.clone()),
        (_, None) => return Ok(a.clone()),
        (Some(one), Some(other)) => (one, other),
    };
    match (one.dimensions(), other.dimensions()) {
        ([], _) => return Ok(b.clone()),
        (_, []) => return Ok(a.clone()),
        _ => {}
    }
    let refuse = |detail: String| {
        let message = "cannot concatenate incompatible arrays";
        Err(SqlError::new(sqlstate::ARRAY_SUBSCRIPT_ERROR, message).detail(detail))
    };
    let (d1, d2) = (one.dimensions(), other.dimensions());
    let mut dimensions = if d1.len() >= d2.len() { d1.to_vec() } else { d2.to_vec() };
    let differing = |what: &str| {
        refuse(format!(
            "Arrays with differing {what}dimensions are not compatible for concatenation."
        ))
    };
    match d1.len() as i32 - d2.len() as i32 {
        0 if d1[1..] != d2[1..] => return differing("element "),
        0 => dimensions[0].length += d2[0].length,
        -1 if *d1 != d2[1..] => return differing(""),
        1 if d1[1..] != *d2 => return differing(""),
        -1 | 1 => dimensions[0].length += 1,
        _ => {
            return refuse(format!(
                "Arrays of {} and {} dimensions are not compatible for concatenation.",
                d1.len(),
                d2.len()
            ));
        }
    }
    let elements = one.elements().iter().chain(other.elements()).cloned().collect();
    Ok(Value::array(Array::shaped(dimensions, elements)?))
}

enum End {
    First,
    Last,
}

/// A vector with one more element; the lower bound stays.
fn extended(value: &Value, element: &Value, end: End) -> Result<Value, SqlError> {
    let empty = Array::default();
    let array = maybe(value).unwrap_or(&empty);
    let lower = match array.dimensions() {
        [] => 1,
        [only] => only.lower,
        _ => {
            let message = "argument must be empty or one-dimensional array";
            return Err(error(sqlstate::DATA_EXCEPTION, message));
        }
    };
    let mut elements = array.elements().to_vec();
    match end {
        End::First => elements.insert(0, element.clone()),
        End::Last => elements.push(element.clone()),
    }
    let dimension = Dimension { length: elements.len(), lower };
    Ok(Value::array(Array::shaped(vec![dimension], elements)?))
}

/// The subscripts of the elements that are not distinct from one.
fn places(array: &Array, element: &Value) -> Result<Vec<i32>, SqlError> {
    let lower = match array.dimensions() {
        [] => return Ok(Vec::new()),
        [only] => only.lower,
        _ => {
            let message = "searching for elements in multidimensional arrays is not supported";
            return Err(error(sqlstate::FEATURE_NOT_SUPPORTED, message));
        }
    };
    let numbered = array.elements().iter().zip(lower..);
    Ok(numbered.filter(|(e, _)| order::not_distinct(e, element)).map(|(_, i)| i).collect())
}

fn position(value: &Value, element: &Value, start: Option<&Value>) -> Result<Value, SqlError> {
    let Some(array) = maybe(value) else { return Ok(Value::Null) };
    let places = places(array, element)?;
    let start = match start {
        None => i32::MIN,
        Some(Value::Int4(start)) => *start,
        Some(_) if array.elements().is_empty() => return Ok(Value::Null),
        Some(_) => {
            let message = "initial position must not be null";
            return Err(error(sqlstate::NULL_VALUE_NOT_ALLOWED, message));
        }
    };
    let first = places.into_iter().find(|place| *place >= start);
    Ok(first.map_or(Value::Null, Value::Int4))
}

fn positions(value: &Value, element: &Value) -> Result<Value, SqlError> {
    let Some(array) = maybe(value) else { return Ok(Value::Null) };
    let places = places(array, element)?.into_iter().map(Value::Int4).collect();
    Ok(Value::array(Array::vector(places)))
}

/// Every element not distinct from `old` replaced by `new`, or left out without one.
fn replaced(value: &Value, old: &Value, new: Option<&Value>) -> Result<Value, SqlError> {
    let Some(array) = maybe(value) else { return Ok(Value::Null) };
    let matches = |element: &Value| order::not_distinct(element, old);
    if let Some(new) = new {
        let swap = |element: &Value| {
            Ok::<_, SqlError>(if matches(element) { new.clone() } else { element.clone() })
        };
        return Ok(Value::array(array.map(swap)?));
    }
    let [dimension] = array.dimensions() else {
        let message = "removing elements from multidimensional arrays is not supported";
        return match array.dimensions() {
            [] => Ok(value.clone()),
            _ => Err(error(sqlstate::FEATURE_NOT_SUPPORTED, message)),
        };
    };
    let kept: Vec<Value> = array.elements().iter().filter(|e| !matches(e)).cloned().collect();
    let dimension = Dimension { length: kept.len(), ..*dimension };
    Ok(Value::array(Array::shaped(vec![dimension], kept)?))
}

/// Without the last `n` elements of the outermost dimension.
fn trimmed(args: &[Value]) -> Result<Value, SqlError> {
    let (array, count) = (array(&args[0]), subscripts(&args[1..])[0]);
    let length = array.dimensions().first().map_or(0, |dimension| dimension.length);
    let Some(count) = usize::try_from(count).ok().filter(|count| *count <= length) else {
        let message = format!("number of elements to trim must be between 0 and {length}");
        return Err(SqlError::new(sqlstate::ARRAY_ELEMENT_ERROR, message));
    };
    let mut dimensions = array.dimensions().to_vec();
    let Some(first) = dimensions.first_mut() else { return Ok(args[0].clone()) };
    let kept = array.elements().len() / length * (length - count);
    // The answer of a slice: lower bounds are 1.
    *first = Dimension { length: length - count, lower: 1 };
    dimensions.iter_mut().for_each(|dimension| dimension.lower = 1);
    Ok(Value::array(Array::shaped(dimensions, array.elements()[..kept].to_vec())?))
}

/// The texts of the elements with a delimiter between them; NULLs by `null`, or left out.
fn joined(value: &Value, delimiter: &Value, null: &Value) -> Result<Value, SqlError> {
    let (Some(array), Value::Text(delimiter)) = (maybe(value), delimiter) else {
        return Ok(Value::Null);
    };
    let shown = |element: &Value| match (element, null) {
        (Value::Null, Value::Text(null)) => Some(null.to_string()),
        (Value::Null, _) => None,
        (element, _) => Some(text::output(element)),
    };
    let parts: Vec<String> = array.elements().iter().filter_map(shown).collect();
    Ok(Value::text(parts.join(delimiter)))
}

/// The parts of a text between delimiters; its characters without a delimiter, one part by an empty one. [expr.array.split]
fn split(text: &Value, delimiter: &Value, null: &Value) -> Result<Value, SqlError> {
    let Value::Text(text) = text else { return Ok(Value::Null) };
    let parts: Vec<String> = match delimiter {
        _ if text.is_empty() => Vec::new(),
        Value::Text(delimiter) if delimiter.is_empty() => vec![text.to_string()],
        Value::Text(delimiter) => text.split(&**delimiter).map(str::to_owned).collect(),
        _ => text.chars().map(String::from).collect(),
    };
    let element = |part: String| match null {
        Value::Text(null) if **null == *part => Value::Null,
        _ => Value::text(part),
    };
    Ok(Value::array(Array::vector(parts.into_iter().map(element).collect())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Modifier;

    /// The answer for arguments of these texts (`NULL` is NULL), or the error.
    fn call(name: &str, args: &[(Type, &str)]) -> String {
        let types: Vec<_> = args.iter().map(|(ty, _)| *ty).collect();
        let function = super::super::exact(name, &types).expect("a listed function");
        let read = |(ty, word): &(Type, &str)| match *word {
            "NULL" => Value::Null,
            word => text::input(*ty, Modifier::None, word).unwrap(),
        };
        match function.call(&args.iter().map(read).collect::<Vec<_>>()) {
            Ok(Value::Null) => "NULL".to_owned(),
            Ok(value) => text::output(&value),
            Err(error) => format!("{}: {error}", error.sqlstate),
        }
    }

    const INTS: Type = Type::Array(Element::Int4);

    #[test]
    fn arrays_join_along_the_outermost_dimension_or_as_an_element() {
        // Captured from PostgreSQL 15.18.
        let cat = |a, b| call("array_cat", &[(INTS, a), (INTS, b)]);
        assert_eq!(cat("{1}", "{2,3}"), "{1,2,3}");
        assert_eq!(cat("NULL", "{1}"), "{1}");
        assert_eq!(cat("{1}", "{{2}}"), "{{1},{2}}");
        assert_eq!(cat("{{1,2},{3,4}}", "{5,6}"), "{{1,2},{3,4},{5,6}}");
        assert_eq!(cat("{1,2}", "{{2}}"), "2202E: cannot concatenate incompatible arrays");
        let append = |a, e| call("array_append", &[(INTS, a), (Type::Int4, e)]);
        assert_eq!(append("NULL", "1"), "{1}");
        assert_eq!(append("{1}", "NULL"), "{1,NULL}");
        assert_eq!(append("{{1}}", "2"), "22000: argument must be empty or one-dimensional array");
    }

    #[test]
    fn a_null_is_found_by_position_and_contained_in_nothing() {
        let position = |a, e| call("array_position", &[(INTS, a), (Type::Int4, e)]);
        assert_eq!(position("{1,NULL}", "NULL"), "2");
        assert_eq!(position("[0:2]={1,2,3}", "2"), "1");
        assert_eq!(position("{1}", "5"), "NULL");
        let contains = |a, b| call("arraycontains", &[(INTS, a), (INTS, b)]);
        assert_eq!(contains("{1,NULL}", "{NULL}"), "f");
        assert_eq!(contains("{1,2}", "{1,1}"), "t");
        assert_eq!(contains("{1}", "{}"), "t");
    }

    #[test]
    fn elements_are_removed_and_replaced() {
        let remove = |a, e| call("array_remove", &[(INTS, a), (Type::Int4, e)]);
        assert_eq!(remove("{1,NULL,1,2}", "1"), "{NULL,2}");
        assert_eq!(remove("{1,NULL}", "NULL"), "{1}");
        let one = (Type::Int4, "1");
        assert_eq!(call("array_replace", &[(INTS, "{1,2,1}"), one, (Type::Int4, "9")]), "{9,2,9}");
    }

    #[test]
    fn arrays_become_text_and_text_arrays() {
        let text = Type::Text;
        assert_eq!(call("array_to_string", &[(INTS, "{1,NULL,3}"), (text, ",")]), "1,3");
        assert_eq!(
            call("array_to_string", &[(INTS, "{1,NULL,3}"), (text, ","), (text, "*")]),
            "1,*,3"
        );
        assert_eq!(call("string_to_array", &[(text, "a,b,,c"), (text, ",")]), "{a,b,\"\",c}");
        assert_eq!(call("string_to_array", &[(text, "abc"), (text, "NULL")]), "{a,b,c}");
        assert_eq!(call("string_to_array", &[(text, ""), (text, ",")]), "{}");
    }

    #[test]
    fn a_dimension_that_is_not_there_has_no_length() {
        assert_eq!(call("array_length", &[(INTS, "{1,2}"), (Type::Int4, "1")]), "2");
        assert_eq!(call("array_length", &[(INTS, "{1,2}"), (Type::Int4, "2")]), "NULL");
        assert_eq!(call("array_upper", &[(INTS, "[3:4]={1,2}"), (Type::Int4, "1")]), "4");
        assert_eq!(call("array_dims", &[(INTS, "{{1,2},{3,4}}")]), "[1:2][1:2]");
        assert_eq!(call("array_ndims", &[(INTS, "{}")]), "NULL");
    }
}
