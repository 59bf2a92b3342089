//! When two answers agree that are not equal.

use std::collections::BTreeMap;

use bothways_laws_datafusion::Row;
use datafusion_common::ScalarValue;
use spec::agg::{self, Aggregate};
use spec::value::{Type, Value};

/// A relation between answers for the same rows.
#[derive(Clone)]
pub enum Rule {
    /// Both are within the rounding error that the meaning of this aggregate in PostgreSQL permits.
    Bounded(&'static Aggregate),
    /// Lists of the same elements.
    SameBag,
    /// Texts of the same parts between commas.
    SameParts,
    /// Values of the rows.
    OneOfThem,
}

impl Rule {
    /// The meaning of PostgreSQL's aggregate of this name over this many doubles.
    pub fn bounded(name: &str, args: usize) -> Rule {
        let doubles = vec![Some(Type::Float8); args];
        let found = agg::named(name).find(|aggregate| aggregate.args == doubles);
        Rule::Bounded(found.unwrap_or_else(|| panic!("{name} of {args} doubles")))
    }

    /// Whether these agree.
    pub fn agree(&self, rows: &[Row], left: &ScalarValue, right: &ScalarValue) -> bool {
        match self {
            Rule::Bounded(aggregate) => {
                let rows: Vec<Vec<Value>> =
                    rows.iter().map(|row| row.iter().map(value).collect()).collect();
                let meaning = (aggregate.meaning)(&rows);
                meaning.admits(&Ok(value(left))) && meaning.admits(&Ok(value(right)))
            }
            Rule::SameBag => bag(left) == bag(right),
            Rule::SameParts => parts(left) == parts(right),
            Rule::OneOfThem => {
                [left, right].iter().all(|answer| rows.iter().any(|row| row[0] == **answer))
            }
        }
    }
}

fn value(scalar: &ScalarValue) -> Value {
    match scalar {
        ScalarValue::Float64(Some(float)) => Value::Float8(*float),
        ScalarValue::UInt64(Some(count)) => Value::Int8(i64::try_from(*count).expect("a count")),
        _ if scalar.is_null() => Value::Null,
        other => panic!("{other:?} is no double"),
    }
}

/// The elements of a list, and how often each comes; `None` if it is no list.
fn bag(list: &ScalarValue) -> Option<BTreeMap<String, usize>> {
    let ScalarValue::List(list) = list else { return None };
    let mut bag = BTreeMap::new();
    for place in 0..list.values().len() {
        let element = ScalarValue::try_from_array(list.values(), place).expect("an element");
        *bag.entry(format!("{element:?}")).or_default() += 1;
    }
    Some(bag)
}

fn parts(text: &ScalarValue) -> Option<Vec<String>> {
    let text = text.try_as_str()??;
    let mut parts: Vec<String> = text.split(',').map(str::to_owned).collect();
    parts.sort();
    Some(parts)
}
