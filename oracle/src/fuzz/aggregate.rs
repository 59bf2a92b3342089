//! `agg_split`: any split of any rows is invisible to any aggregate.

use std::fmt;

use arbitrary::Unstructured;
use spec::agg::{self, Aggregate};
use spec::laws::{Catalogued, Law, Sample};
use spec::value::{Array, Interval, Numeric, TimeTz};
use spec::{Row, Type, Value};

use crate::generate::{self, Bytes, Choices};

/// The most rows that an input describes.
const ROWS: usize = 24;

/// An aggregate of the catalogue, rows of its arguments, and choices of how to divide them.
#[derive(Clone, Debug)]
pub struct AggregateSplit {
    /// The aggregate.
    pub aggregate: &'static Aggregate,
    /// Rows and choices.
    pub sample: Sample<Row>,
}

impl AggregateSplit {
    /// What the bytes mean: the first says which aggregate, then come the rows, then the split.
    pub fn of(bytes: &[u8]) -> AggregateSplit {
        let aggregates: Vec<_> = agg::all().collect();
        let mut choices = Bytes(Unstructured::new(bytes));
        let aggregate = aggregates[choices.below(aggregates.len())];
        let count = choices.below(ROWS + 1);
        let rows = (0..count).map(|_| row(&mut choices, aggregate)).collect();
        let choices = choices.0.take_rest().to_vec();
        AggregateSplit { aggregate, sample: Sample { rows, choices } }
    }
}

impl fmt::Display for AggregateSplit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "aggregate: {:?}", self.aggregate)?;
        for row in &self.sample.rows {
            write!(f, "row:       {}", crate::copy::line(row))?;
        }
        writeln!(f, "choices:   {:?}", self.sample.choices)
    }
}

/// Checks laws on the aggregate that the bytes mean (those of splits and of bytes, and one of the others), and that the
/// bytes themselves, foreign as they are, are a state or an error. [law.split] [agg.serialize]
///
/// # Panics
/// If a law is broken: the message holds the rows and the split.
pub fn agg_split(bytes: &[u8]) {
    let AggregateSplit { aggregate, sample } = AggregateSplit::of(bytes);
    let other = [
        Law::CombineIsAssociative,
        Law::CombineIsCommutative,
        Law::InitIsAUnit,
        Law::EmptyPartIsNeutral,
    ];
    // One of them by the last choice: inputs are cheap, and a fuzzer tries them all.
    let other = other[sample.choices.last().map_or(0, |choice| usize::from(*choice) % other.len())];
    let always = [Law::SplitIsInvisible, Law::SerializeRoundTrips, Law::DamagedBytesAreRefused];
    for law in always.into_iter().chain([other]) {
        if let Some(finding) = law.check(&Catalogued(aggregate), &sample) {
            panic!("{aggregate:?}: {finding}");
        }
    }
    let _ = aggregate.deserialize(&sample.choices);
}

fn row(choices: &mut dyn Choices, aggregate: &Aggregate) -> Row {
    aggregate.args.iter().map(|ty| argument(choices, ty.unwrap_or(Type::Int4))).collect()
}

/// An argument: a trap of the generator, or any bits.
fn argument(choices: &mut dyn Choices, ty: Type) -> Value {
    if choices.below(2) == 0 {
        return generate::value(choices, ty);
    }
    let bits = |choices: &mut dyn Choices| choices.below(usize::MAX) as u64;
    let small = choices.below(256) as u8;
    match ty {
        Type::Bool => Value::Bool(small % 2 == 1),
        Type::Int2 => Value::Int2(bits(choices) as i16),
        Type::Int4 => Value::Int4(bits(choices) as i32),
        Type::Int8 => Value::Int8(bits(choices) as i64),
        Type::Float4 => Value::Float4(f32::from_bits(bits(choices) as u32)),
        Type::Float8 => Value::Float8(f64::from_bits(bits(choices))),
        Type::Numeric => {
            let coefficient = (bits(choices) as i64).into();
            Value::Numeric(Numeric::Finite { coefficient, scale: u16::from(small % 40) })
        }
        Type::Bpchar => Value::Bpchar(word(small).into()),
        Type::Text | Type::Varchar | Type::Name => Value::text(word(small)),
        Type::Date => Value::Date(bits(choices) as i32),
        Type::Timestamp => Value::Timestamp(bits(choices) as i64),
        Type::Interval => Value::Interval(Interval {
            months: bits(choices) as i32,
            days: bits(choices) as i32,
            microseconds: bits(choices) as i64,
        }),
        Type::Time => Value::Time((bits(choices) % 86_400_000_001) as i64),
        Type::TimeTz => Value::TimeTz(TimeTz {
            microseconds: (bits(choices) % 86_400_000_001) as i64,
            west: i32::from(small) * 60 - 7200,
        }),
        Type::TimestampTz => Value::TimestampTz(bits(choices) as i64),
        Type::Bytea => Value::Bytea(bits(choices).to_le_bytes()[..usize::from(small % 9)].into()),
        Type::Array(element) => {
            let elements = (0..small % 4).map(|_| argument(choices, element.ty())).collect();
            Value::array(Array::vector(elements))
        }
        Type::Unknown => Value::Null,
    }
}

/// A word of at most 15 letters, blanks and commas.
fn word(small: u8) -> String {
    let letters = ["a", "b", " ", ","];
    (0..small % 16).map(|place| letters[usize::from(small.rotate_left(place.into()) % 4)]).collect()
}
