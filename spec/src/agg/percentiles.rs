//! `percentile_disc(float8[])` and `percentile_cont(float8[])`: one percentile for each fraction, in the array's shape.
//!
//! A NULL fraction gives a NULL element. Of no rows the answer is NULL before any fraction is looked at; else all fractions are
//! checked before any percentile is computed (`setup_pct_info`). [agg.percentile.array]

use super::ordered_set::{ORDERED, OrderedSet, Set};
use super::percentile::{between_neighbours, first_to_reach, fraction, interpolate, pick};
use super::{Aggregate, Meaning};
use crate::error::SqlError;
use crate::permitted::Cell;
use crate::value::{Array, Element, Type, Value};

const FRACTIONS: &[Type] = &[Type::Array(Element::Float8)];

/// `percentile_disc(float8[]) WITHIN GROUP (ORDER BY anyelement)`: of scalars, for there are no arrays of arrays.
macro_rules! discrete {
    ($($ty:ident),*) => {
        pub(super) static DISCRETE: &[Aggregate] = &[$(Aggregate {
            name: "percentile_disc",
            args: &[Some(Type::$ty)],
            result: Type::Array(Element::$ty),
            polymorphic: true,
            ordered_set: Some(OrderedSet {
                direct: FRACTIONS,
                hypothetical: false,
                meaning: |set| each_meaning(set, first_to_reach),
                finish: |set| each(set, pick),
            }),
            ..ORDERED
        }),*];
    };
}

crate::expr::function::array::each_element!(discrete);

macro_rules! continuous {
    ($($ty:ident)*) => {
        /// `percentile_cont(float8[]) WITHIN GROUP (ORDER BY float8 | interval)`.
        pub(super) static CONTINUOUS: &[Aggregate] = &[$(Aggregate {
            name: "percentile_cont",
            args: &[Some(Type::$ty)],
            result: Type::Array(Element::$ty),
            ordered_set: Some(OrderedSet {
                direct: FRACTIONS,
                hypothetical: false,
                meaning: |set| each_meaning(set, between_neighbours),
                finish: |set| each(set, interpolate),
            }),
            ..ORDERED
        }),*];
    };
}

continuous! { Float8 Interval }

/// The same rows under one fraction.
fn under<'a>(set: &Set<'a>, fraction: &'a Value) -> Set<'a> {
    Set { direct: std::slice::from_ref(fraction), values: set.values, order: set.order }
}

/// The fractions, if there are some and there are rows.
///
/// # Errors
/// 22003 for the first that is outside 0 to 1.
fn fractions<'a>(set: &Set<'a>) -> Result<Option<&'a Array>, SqlError> {
    let Value::Array(asked) = &set.direct[0] else { return Ok(None) };
    if set.values.iter().all(Value::is_null) {
        return Ok(None);
    }
    for element in asked.elements() {
        fraction(&under(set, element))?;
    }
    Ok(Some(asked))
}

/// `percentile_disc_multi_final` and `percentile_cont_multi_final_common`.
fn each(set: &Set<'_>, one: fn(&Set<'_>) -> Result<Value, SqlError>) -> Result<Value, SqlError> {
    match fractions(set)? {
        Some(asked) => asked.map(|fraction| one(&under(set, fraction))).map(Value::array),
        None => Ok(Value::Null),
    }
}

/// More answers than this are not listed.
const MOST_ANSWERS: usize = 256;

/// The arrays whose elements are percentiles one by one. Where equal values that differ make several answers of an element, each
/// combination is permitted, also one that no single order of the rows gives.
fn each_meaning(set: &Set<'_>, one: fn(&Set<'_>) -> Meaning) -> Meaning {
    let asked = match fractions(set) {
        Ok(Some(asked)) => asked,
        Ok(None) => return Meaning::exactly(Value::Null),
        Err(error) => return Meaning::error(error.sqlstate),
    };
    let mut answers: Vec<Vec<Value>> = vec![vec![]];
    let mut errors = std::collections::BTreeSet::new();
    let mut is_loose = false;
    for fraction in asked.elements() {
        let meaning = one(&under(set, fraction));
        errors.extend(meaning.errors);
        let options = match meaning.cell {
            Some(Cell::Exactly(value)) => vec![value],
            Some(Cell::OneOf(values)) => values,
            Some(Cell::EqualTo(value)) => {
                is_loose = true;
                vec![value]
            }
            _ => return Meaning { cell: None, errors, unable: None },
        };
        let longer = |answer: &Vec<Value>| {
            let with = |option: &Value| [&answer[..], std::slice::from_ref(option)].concat();
            options.iter().map(with).collect::<Vec<_>>()
        };
        answers = answers.iter().flat_map(longer).collect();
        if answers.len() > MOST_ANSWERS {
            return Meaning::unable("percentiles between many equal values that differ");
        }
    }
    let shaped = |elements: Vec<Value>| {
        let mut elements = elements.into_iter();
        let next = |_: &Value| elements.next().ok_or(());
        Value::array(asked.map(next).expect("as many elements as fractions"))
    };
    let mut values: Vec<Value> = answers.into_iter().map(shaped).collect();
    let cell = match (values.len(), is_loose) {
        (1, true) => values.pop().map(Cell::EqualTo),
        (1, false) => values.pop().map(Cell::Exactly),
        (_, true) => return Meaning::unable("percentiles between equal values that differ"),
        (_, false) => Some(Cell::OneOf(values)),
    };
    Meaning { cell, errors, unable: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agg::ordered_set::KeyOrder;
    use crate::sql::ast::{Direction, NullsOrder};
    use crate::value::{Interval, Modifier, text};

    const UP: KeyOrder = KeyOrder { direction: Direction::Asc, nulls: NullsOrder::Last };

    /// The answer, which the meaning admits.
    fn answer(aggregates: &[Aggregate], asked: &str, values: &[Value]) -> Result<String, String> {
        let asked = text::input(FRACTIONS[0], Modifier::None, asked).expect("an array");
        let aggregate = aggregates.iter().find(|aggregate| match values.first() {
            Some(Value::Int4(_)) => aggregate.args == [Some(Type::Int4)],
            _ => true,
        });
        let kind = aggregate.and_then(|a| a.ordered_set.as_ref()).expect("an ordered set");
        let set = Set { direct: &[asked], values, order: &[UP] };
        let answer = (kind.finish)(&set);
        let meaning = (kind.meaning)(&set);
        assert!(meaning.admits(&answer), "{answer:?} is not in {meaning:?}");
        answer.map(|value| text::output(&value)).map_err(|error| error.to_string())
    }

    #[test]
    fn each_fraction_has_its_percentile_in_the_same_shape() {
        crate::clauses!("agg.percentile.array");
        // Captured from PostgreSQL 15.18.
        let ints = [1, 2, 3, 4, 5].map(Value::Int4);
        let shown = |asked: &str| answer(DISCRETE, asked, &ints);
        assert_eq!(shown("{0.5,0,1,NULL}").as_deref(), Ok("{3,1,5,NULL}"));
        assert_eq!(shown("[0:1]={0.5,0.1}").as_deref(), Ok("[0:1]={3,1}"));
        assert_eq!(shown("{}").as_deref(), Ok("{}"));
        let floats = [1.0, 2.0, 3.0, 4.0, 5.0].map(Value::Float8);
        let shown = |asked: &str| answer(CONTINUOUS, asked, &floats);
        assert_eq!(shown("{{0.5,0},{1,NULL}}").as_deref(), Ok("{{3,1},{5,NULL}}"));
        assert_eq!(shown("{0.1}").as_deref(), Ok("{1.4}"));
        let out = shown("{0.5,1.5,NaN}").expect_err("out of range");
        assert_eq!(out, "percentile value 1.5 is not between 0 and 1");
    }

    #[test]
    fn of_no_rows_no_fraction_is_wrong() {
        let set = |values| Set { direct: &[], values, order: &[UP] };
        let asked = text::input(FRACTIONS[0], Modifier::None, "{0.5,1.5}").expect("an array");
        let empty = Set { direct: std::slice::from_ref(&asked), ..set(&[]) };
        assert_eq!(each(&empty, interpolate), Ok(Value::Null));
        assert_eq!(each_meaning(&empty, between_neighbours), Meaning::exactly(Value::Null));
    }

    #[test]
    fn equal_values_that_differ_permit_each_combination() {
        let day = Value::Interval(Interval { months: 0, days: 1, microseconds: 0 });
        let hours = Value::Interval(Interval { months: 0, days: 0, microseconds: 86_400_000_000 });
        let asked = text::input(FRACTIONS[0], Modifier::None, "{0,1}").expect("an array");
        let values = [day, hours];
        let set = Set { direct: &[asked], values: &values, order: &[UP] };
        let meaning = each_meaning(&set, first_to_reach);
        assert!(matches!(&meaning.cell, Some(Cell::EqualTo(_))), "{meaning:?}");
        assert!(meaning.admits(&each(&set, pick)));
    }
}
