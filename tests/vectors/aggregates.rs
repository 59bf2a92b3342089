//! Vectors of aggregates against `spec`: the meaning of the bag, and the machine on every run.

use serde_json::Value as Json;
use spec::agg::{self, Aggregate, LawClass, State};
use spec::permitted::Cell;
use spec::{Row, SqlError, Type, Value};

use super::answer;
use super::file::Line;

/// The number of parts of a run.
const PARTS: usize = 3;

/// A bag or list with the answers of the model.
pub struct Vector<'a> {
    /// Where it stands.
    pub line: &'a Line,
    /// The aggregate: `sum`.
    pub aggregate: &'a str,
    /// The type of the rows, where it is not integers of any width or truth values.
    pub ty: Option<Type>,
    /// Whether the model takes the positive rows only.
    pub filtered: bool,
    /// The arguments.
    pub rows: &'a [Json],
    /// The answer of one pass.
    pub serial: &'a Json,
    /// The answer of each run: for each shape, each deal.
    pub runs: Vec<&'a Json>,
}

/// The types that the model's numbers and truth values stand for.
const TYPES: [Type; 6] =
    [Type::Int2, Type::Int4, Type::Int8, Type::Numeric, Type::Float8, Type::Bool];

impl<'a> Vector<'a> {
    /// Reads a line.
    pub fn of(line: &'a Line) -> Vector<'a> {
        let name = line.text("aggregate");
        let counted = line.list("runs").iter().flat_map(|pair| {
            let times = pair[1].as_u64().unwrap_or(0) as usize;
            std::iter::repeat_n(&pair[0], times)
        });
        Vector {
            line,
            aggregate: name.split(' ').next().unwrap_or_default(),
            ty: match line.json["type"].as_str() {
                Some("numeric") => Some(Type::Numeric),
                Some("interval") => Some(Type::Interval),
                Some("text") => Some(Type::Text),
                _ if name == "sum of months" => Some(Type::Interval),
                _ => None,
            },
            filtered: name.ends_with("filter (x > 0)"),
            rows: line.list("rows"),
            serial: &line.json["serial"],
            runs: counted.collect(),
        }
    }

    /// Whether its values are truth values.
    pub fn is_of_truths(&self) -> bool {
        matches!(self.aggregate, "bool_and" | "bool_or" | "every")
    }

    /// Whether its values are texts with their delimiters.
    pub fn is_of_texts(&self) -> bool {
        self.ty == Some(Type::Text)
    }

    /// The catalogue's aggregates that it speaks of, with the rows in their argument types.
    pub fn overloads(&self) -> Vec<(&'static Aggregate, Vec<Row>)> {
        let name = match self.aggregate {
            "count(*)" => "count",
            "array_agg" => "string_agg",
            name => name,
        };
        let fitting = |aggregate: &'static Aggregate| {
            let rows = match (aggregate.args, self.ty) {
                ([], _) => (self.aggregate != name).then(|| vec![vec![]; self.rows.len()]),
                ([None], _) if self.aggregate == name => self.rows_of(Type::Int8),
                ([Some(ty)], Some(only)) if *ty == only => self.rows_of(only),
                ([Some(ty)], None) if TYPES.contains(ty) => self.rows_of(*ty),
                ([Some(Type::Text), Some(Type::Text)], _) => self.pairs(),
                _ => None,
            };
            Some((aggregate, rows?))
        };
        agg::named(name).filter_map(fitting).collect()
    }

    fn rows_of(&self, ty: Type) -> Option<Vec<Row>> {
        self.rows.iter().map(|row| Some(vec![answer::typed(row, ty)?])).collect()
    }

    /// Texts with their delimiters; lists are told apart by commas.
    fn pairs(&self) -> Option<Vec<Row>> {
        let pair = |row: &Json| match row {
            Json::Array(pair) => pair.iter().map(|x| answer::typed(x, Type::Text)).collect(),
            single => Some(vec![answer::typed(single, Type::Text)?, Value::text(",")]),
        };
        self.rows.iter().map(pair).collect()
    }

    /// What is wrong with it by the meaning and the machine of one aggregate.
    pub fn check(&self, aggregate: &'static Aggregate, rows: &[Row]) -> Option<String> {
        let found =
            self.check_meaning(aggregate, rows).or_else(|| self.check_runs(aggregate, rows));
        found.map(|what| self.line.complaint(&format!("{aggregate:?}"), what))
    }

    fn check_meaning(&self, aggregate: &Aggregate, rows: &[Row]) -> Option<String> {
        let meaning = aggregate.meaning_in_order.unwrap_or(aggregate.meaning)(rows);
        let agrees = match &meaning.cell {
            _ if aggregate.args == [Some(Type::Float8)] => return self.check_float(&meaning),
            // Whether it fails depends on the order: one pass must be among what is permitted.
            _ if aggregate.law == LawClass::ErrorPartial => {
                let cell = |cell: &Cell| matches!(cell, Cell::Exactly(x) if answer::is(self.serial, &Ok(x.clone())));
                if self.serial == "error" {
                    !meaning.errors.is_empty()
                } else {
                    meaning.cell.as_ref().is_some_and(cell)
                }
            }
            Some(Cell::Exactly(value) | Cell::EqualTo(value)) => {
                answer::is(self.serial, &Ok(value.clone())) && meaning.errors.is_empty()
            }
            _ => false,
        };
        (!agrees).then(|| format!("the meaning is {meaning:?}, the model has {}", self.serial))
    }

    /// A float's meaning is a bound around an exact value: that value is the model's, or what it rounds to.
    fn check_float(&self, meaning: &agg::Meaning) -> Option<String> {
        let agrees = match &meaning.cell {
            Some(Cell::Float(float)) => self.serial.as_str().is_some_and(|text| {
                let (numerator, denominator) = answer::quotient(text);
                &numerator * &float.exact.denominator == &denominator * &float.exact.numerator
            }),
            _ => meaning.admits(&Ok(answer::nearest_float(self.serial))),
        };
        (!agrees).then(|| format!("the meaning is {meaning:?}, the model has {}", self.serial))
    }

    fn check_runs(&self, aggregate: &Aggregate, rows: &[Row]) -> Option<String> {
        if !aggregate.splits_in(spec::settings::SERVER_VERSION_NUM) {
            let alone = outcome(aggregate, part(aggregate, rows.iter(), false));
            return (!answer::is(self.serial, &alone))
                .then(|| format!("the machine answers {alone:?}"));
        }
        let deals = deals(rows.len());
        if self.runs.len() != SHAPES.len() * deals.len() {
            return Some(format!(
                "{} runs instead of {}",
                self.runs.len(),
                SHAPES.len() * deals.len()
            ));
        }
        [false, true].into_iter().find_map(|shipped| {
            let parts: Vec<_> = (0..1 << rows.len())
                .map(|set| part(aggregate, chosen(rows, set), shipped))
                .collect();
            let runs = SHAPES.iter().flat_map(|shape| deals.iter().map(move |deal| (shape, deal)));
            // Most runs of a bag answer alike: an answer is compared once.
            let mut right = vec![];
            runs.zip(&self.runs).find_map(|(((name, shape), deal), expected)| {
                let states: Result<Vec<State>, SqlError> =
                    deal.iter().map(|set| parts[*set].clone()).collect();
                let found = outcome(aggregate, states.and_then(|states| shape(aggregate, states)));
                if right.contains(&(*expected, found.clone())) {
                    return None;
                }
                let agrees = if aggregate.args == [Some(Type::Float8)] {
                    (aggregate.meaning)(rows).admits(&found)
                } else {
                    answer::is(expected, &found)
                };
                let wrong = format!("{name} of {deal:?} gives {found:?}, the model {expected}");
                right.push((*expected, found));
                (!agrees).then_some(wrong)
            })
        })
    }
}

/// The rows of a set of them, whose bit number i stands for row i.
fn chosen(rows: &[Row], set: usize) -> impl Iterator<Item = &Row> {
    rows.iter().enumerate().filter(move |(place, _)| set >> place & 1 == 1).map(|(_, row)| row)
}

/// How the states of the parts come together.
type Shape = fn(&Aggregate, Vec<State>) -> Result<State, SqlError>;

/// In the order of the file: into an initial state as Finalize does, and the two trees.
const SHAPES: [(&str, Shape); 3] = [("gather", gather), ("(a b) c", left), ("a (b c)", right)];

fn gather(aggregate: &Aggregate, parts: Vec<State>) -> Result<State, SqlError> {
    let mut state = aggregate.machine.init();
    parts.iter().try_for_each(|part| aggregate.merge(&mut state, part))?;
    Ok(state)
}

fn left(aggregate: &Aggregate, parts: Vec<State>) -> Result<State, SqlError> {
    let mut parts = parts.into_iter();
    let mut state = parts.next().expect("three parts");
    parts.try_for_each(|part| aggregate.merge(&mut state, &part))?;
    Ok(state)
}

fn right(aggregate: &Aggregate, mut parts: Vec<State>) -> Result<State, SqlError> {
    let [a, b, c] = &mut parts[..] else { panic!("three parts") };
    aggregate.merge(b, c)?;
    aggregate.merge(a, b)?;
    Ok(a.clone())
}

/// The state of one part, gone through bytes on demand.
fn part<'r>(
    aggregate: &Aggregate,
    mut rows: impl Iterator<Item = &'r Row>,
    shipped: bool,
) -> Result<State, SqlError> {
    let mut state = aggregate.machine.init();
    rows.try_for_each(|row| aggregate.advance(&mut state, row))?;
    if shipped { aggregate.deserialize(&aggregate.machine.serialize(&state)) } else { Ok(state) }
}

fn outcome(aggregate: &Aggregate, state: Result<State, SqlError>) -> Result<Value, SqlError> {
    aggregate.finish(&state?)
}

/// The deals of so many rows, in the order of the file: the numbers of so many digits to the base 3, the first row's digit being
/// the most significant. A deal is given as the set of rows of each part.
fn deals(rows: usize) -> Vec<[usize; PARTS]> {
    (0..rows).fold(vec![[0; PARTS]], |shorter, row| {
        let longer = |deal: &[usize; PARTS]| {
            let deal = *deal;
            (0..PARTS).map(move |part| {
                let mut deal = deal;
                deal[part] |= 1 << row;
                deal
            })
        };
        shorter.iter().flat_map(longer).collect()
    })
}
