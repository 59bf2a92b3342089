//! Every aggregate of the catalogue keeps its laws, under proptest and under quickcheck; and each law catches the mutants that
//! break it.
//!
//! One test per law and framework, over all aggregates. Rows are biased towards traps: NULL, NaN, infinities, -0 and 0,
//! 1.0 and 1.00, numbers next to overflow, equal values that print differently. Seeds are fixed.

#[path = "laws/classes.rs"]
mod classes;
#[path = "laws/columnar.rs"]
mod columnar;
#[path = "laws/faulty.rs"]
mod faulty;
#[path = "laws/finding.rs"]
mod finding;
#[path = "laws/inverse.rs"]
mod inverse;
#[path = "laws/mutants.rs"]
mod mutants;
#[path = "laws/planted.rs"]
mod planted;

use laws::{Aggregate, Catalogued, Finding, Law, Part, Sample, Split};
use proptest::prelude::{Strategy, any};
use spec::agg::{self, LawClass};
use spec::permitted::Cell;
use spec::value::{Array, Interval, Numeric, TimeTz};
use spec::{Row, SqlError, Type, Value};

/// Samples per aggregate, law and framework, beside the preset ones.
const SAMPLES: u32 = 32;

/// A row for an aggregate out of 64 bits: 0 is NULL, and most numbers are traps.
fn row(aggregate: &agg::Aggregate, code: u64) -> Row {
    let value = |(place, ty): (usize, &Option<Type>)| {
        let bits = code.rotate_right(place as u32 * 17);
        value(ty.unwrap_or(Type::Int4), bits)
    };
    aggregate.args.iter().enumerate().map(value).collect()
}

fn value(ty: Type, bits: u64) -> Value {
    let rest = bits / 16;
    match bits % 16 {
        0 | 1 => Value::Null,
        2..9 => {
            let traps = traps(ty);
            traps[(rest % traps.len() as u64) as usize].clone()
        }
        _ => ordinary(ty, rest),
    }
}

fn interval(months: i32, days: i32, microseconds: i64) -> Value {
    Value::Interval(Interval { months, days, microseconds })
}

fn decimal(coefficient: i128, scale: u16) -> Value {
    Value::Numeric(Numeric::Finite { coefficient: coefficient.into(), scale })
}

/// The values of a type that break aggregates.
fn traps(ty: Type) -> Vec<Value> {
    match ty {
        Type::Bool => vec![Value::Bool(false), Value::Bool(true)],
        Type::Int2 => [0, 1, -1, i16::MIN, i16::MAX].map(Value::Int2).to_vec(),
        Type::Int4 => [0, 1, -1, i32::MIN, i32::MAX].map(Value::Int4).to_vec(),
        Type::Int8 => [0, 1, -1, i64::MIN, i64::MAX].map(Value::Int8).to_vec(),
        Type::Float4 => {
            let (inf, tiny) = (f32::INFINITY, f32::from_bits(1));
            let most = f32::MAX;
            [0.0, -0.0, 0.1, 16_777_216.0, 1.0, f32::NAN, inf, -inf, most, -most, 3e38, tiny]
                .map(Value::Float4)
                .to_vec()
        }
        Type::Float8 => {
            let (inf, tiny) = (f64::INFINITY, f64::from_bits(1));
            let plain = [0.0, -0.0, 0.1, -0.3, 1.0, 1e16, -1e16, 1e-200, tiny];
            let wild = [f64::NAN, inf, -inf, f64::MAX, 1e308, -1e308, 1e154, -1e200];
            plain.into_iter().chain(wild).map(Value::Float8).collect()
        }
        Type::Numeric => {
            let special = [Numeric::NaN, Numeric::Infinity, Numeric::NegativeInfinity];
            let finite = [
                decimal(0, 0),
                decimal(0, 2),
                decimal(1, 0),
                decimal(10, 1),
                decimal(100, 2),
                decimal(-15, 1),
                decimal(10i128.pow(30), 0),
                decimal(1, 20),
            ];
            finite.into_iter().chain(special.map(Value::Numeric)).collect()
        }
        Type::Bpchar => ["a", "a  ", "", "  ", "b"].map(|x| Value::Bpchar(x.into())).to_vec(),
        Type::Text | Type::Varchar | Type::Name => {
            ["", "a", "a ", "A", "aa", "é", ","].map(Value::text).to_vec()
        }
        Type::Date => [0, -1, 1, i32::MIN, i32::MAX].map(Value::Date).to_vec(),
        Type::Timestamp => [0, -1, 1, i64::MIN, i64::MAX].map(Value::Timestamp).to_vec(),
        Type::Interval => vec![
            interval(0, 1, 0),
            interval(0, 0, 86_400_000_000),
            interval(1, 0, 0),
            interval(0, 30, 0),
            interval(i32::MAX, 0, 0),
            interval(i32::MIN, -1, 0),
            interval(0, i32::MAX, -1),
            interval(-1, 0, i64::MAX),
            interval(0, 0, i64::MIN),
        ],
        Type::Bytea => [&b""[..], b"\0", b"a", b"\xff"].map(|x| Value::Bytea(x.into())).to_vec(),
        Type::Time => [0, 1, 86_400_000_000].map(Value::Time).to_vec(),
        Type::TimeTz => [(0, 0), (3_600_000_000, -3600), (86_400_000_000, 57_540)]
            .map(|(microseconds, west)| Value::TimeTz(TimeTz { microseconds, west }))
            .to_vec(),
        Type::TimestampTz => [0, -1, 1, i64::MIN, i64::MAX].map(Value::TimestampTz).to_vec(),
        Type::Array(element) => {
            let elements = traps(element.ty());
            let pair = elements.iter().take(2).cloned().collect();
            [vec![], vec![Value::Null], pair, elements]
                .map(|elements| Value::array(Array::vector(elements)))
                .to_vec()
        }
        Type::Unknown => Vec::new(),
    }
}

fn ordinary(ty: Type, bits: u64) -> Value {
    let small = i32::from(bits as i16);
    let float = match bits >> 58 & 3 {
        0 | 1 => f64::from(small) / 8.0,
        2 => f64::from(small) / 100.0,
        _ => f64::from_bits(bits.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
    };
    match ty {
        Type::Bool => Value::Bool(bits & 1 == 1),
        Type::Int2 => Value::Int2(bits as i16),
        Type::Int4 => Value::Int4(bits as i32),
        Type::Int8 => Value::Int8(bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) as i64),
        Type::Float4 => Value::Float4(float as f32),
        Type::Float8 => Value::Float8(float),
        Type::Numeric => decimal((bits as i32).into(), (bits >> 40) as u16 % 5),
        Type::Bpchar => Value::Bpchar(format!("{}  ", bits % 7).into()),
        Type::Text | Type::Varchar | Type::Name => Value::text(format!("{}", bits % 100)),
        Type::Date => Value::Date(small),
        Type::Timestamp => Value::Timestamp((bits as i32).into()),
        Type::Interval => interval(small % 100, small % 31, (bits as i32).into()),
        Type::Bytea => Value::Bytea(bits.to_le_bytes()[..(bits % 3) as usize].into()),
        Type::Time => Value::Time((bits % 86_400_000_001) as i64),
        Type::TimeTz => {
            let microseconds = (bits % 86_400_000_001) as i64;
            Value::TimeTz(TimeTz { microseconds, west: small % 16 * 3600 })
        }
        Type::TimestampTz => Value::TimestampTz((bits as i32).into()),
        Type::Array(element) => {
            let elements = (0..bits % 3).map(|i| ordinary(element.ty(), bits >> i)).collect();
            Value::array(Array::vector(elements))
        }
        Type::Unknown => Value::Null,
    }
}

fn under_proptest<A>(law: Law, aggregate: &A, of: &'static agg::Aggregate) -> Option<Finding>
where
    A: Aggregate<Input = Row>,
{
    let rows = any::<u64>().prop_map(move |code| row(of, code));
    laws::proptest::check(law, aggregate, rows, SAMPLES)
}

fn under_quickcheck<A>(law: Law, aggregate: &A, of: &'static agg::Aggregate) -> Option<Finding>
where
    A: Aggregate<Input = Row>,
{
    let tests = SAMPLES.into();
    laws::quickcheck::check_made_from(law, aggregate, tests, |code: &u64| row(of, *code))
}

/// Says which clause the test of a law is evidence for.
fn cite(law: Law) {
    match law {
        Law::CombineIsAssociative => spec::clauses!("law.associative"),
        Law::CombineIsCommutative => spec::clauses!("law.commutative"),
        Law::InitIsAUnit => spec::clauses!("law.unit"),
        Law::EmptyPartIsNeutral => spec::clauses!("law.empty"),
        Law::CombineAbsorbsARow => spec::clauses!("law.absorption", "law.single"),
        Law::SplitIsInvisible => spec::clauses!("law.split", "law.state.observable"),
        Law::SerializeRoundTrips => spec::clauses!("law.bytes"),
        Law::DamagedBytesAreRefused => spec::clauses!("law.bytes.damaged"),
        Law::MalformedBytesAreHarmless => spec::clauses!("law.bytes.malformed"),
        Law::StatesContinue => spec::clauses!("law.continuation"),
        Law::CombineIsPure => spec::clauses!("law.purity.combine"),
        Law::FinishIsPure => spec::clauses!("law.purity.finish"),
        Law::CombinedStateSurvives => spec::clauses!("law.survival"),
        Law::BatchesAreInvisible => spec::clauses!("law.batch"),
        Law::RunsAreDeterministic => spec::clauses!("law.determinism"),
        Law::ErrorsAreLawful => spec::clauses!("law.errors"),
        Law::RetractUndoesUpdate => spec::clauses!("law.inverse"),
    }
}

/// Every aggregate; of those over arrays, which are one piece of code for all elements, the ones over `integer[]` and `text[]`.
fn one_of_each() -> impl Iterator<Item = &'static agg::Aggregate> {
    let kept = |ty: &Type| {
        ty.element().is_none() || [Type::Int4, Type::Text].map(Type::array).contains(&Some(*ty))
    };
    agg::all().filter(move |aggregate| aggregate.args.iter().flatten().all(kept))
}

macro_rules! every_aggregate {
    ($($law:ident $proptest:ident $quickcheck:ident;)*) => {$(
        #[test]
        fn $proptest() {
            cite(Law::$law);
            for aggregate in one_of_each() {
                let finding = under_proptest(Law::$law, &Catalogued(aggregate), aggregate);
                assert!(finding.is_none(), "{aggregate:?} {}", finding.expect("some"));
            }
        }

        #[test]
        fn $quickcheck() {
            cite(Law::$law);
            for aggregate in one_of_each() {
                let finding = under_quickcheck(Law::$law, &Catalogued(aggregate), aggregate);
                assert!(finding.is_none(), "{aggregate:?} {}", finding.expect("some"));
            }
        }
    )*};
}

every_aggregate! {
    CombineIsAssociative combine_is_associative_under_proptest combine_is_associative_under_quickcheck;
    CombineIsCommutative combine_is_commutative_under_proptest combine_is_commutative_under_quickcheck;
    InitIsAUnit init_is_a_unit_under_proptest init_is_a_unit_under_quickcheck;
    EmptyPartIsNeutral empty_part_is_neutral_under_proptest empty_part_is_neutral_under_quickcheck;
    CombineAbsorbsARow combine_absorbs_a_row_under_proptest combine_absorbs_a_row_under_quickcheck;
    SplitIsInvisible split_is_invisible_under_proptest split_is_invisible_under_quickcheck;
    SerializeRoundTrips serialize_round_trips_under_proptest serialize_round_trips_under_quickcheck;
    DamagedBytesAreRefused damaged_bytes_are_refused_under_proptest damaged_bytes_are_refused_under_quickcheck;
    MalformedBytesAreHarmless malformed_bytes_are_harmless_under_proptest malformed_bytes_are_harmless_under_quickcheck;
    StatesContinue states_continue_under_proptest states_continue_under_quickcheck;
    CombineIsPure combine_is_pure_under_proptest combine_is_pure_under_quickcheck;
    FinishIsPure finish_is_pure_under_proptest finish_is_pure_under_quickcheck;
    CombinedStateSurvives combined_state_survives_under_proptest combined_state_survives_under_quickcheck;
    BatchesAreInvisible batches_are_invisible_under_proptest batches_are_invisible_under_quickcheck;
    RunsAreDeterministic runs_are_deterministic_under_proptest runs_are_deterministic_under_quickcheck;
    ErrorsAreLawful errors_are_lawful_under_proptest errors_are_lawful_under_quickcheck;
    RetractUndoesUpdate retract_undoes_update_under_proptest retract_undoes_update_under_quickcheck;
}

/// An aggregate of the catalogue by name and argument type.
fn known(name: &str, ty: Type) -> &'static agg::Aggregate {
    let takes = |aggregate: &&agg::Aggregate| aggregate.args.first() == Some(&Some(ty));
    agg::named(name).find(takes).expect("an aggregate of the catalogue")
}

fn parts(rows: &[&[usize]]) -> Split {
    let part = |rows: &&[usize]| Part { split: Split::Rows(rows.to_vec()), shipped: true };
    Split::Combine(rows.iter().map(part).collect())
}

/// What a split of these values answers.
fn answer(aggregate: &'static agg::Aggregate, values: &[Value], split: &Split) -> Answer {
    let rows: Vec<Row> = values.iter().map(|value| vec![value.clone()]).collect();
    let state = split.run(&Catalogued(aggregate), &rows).expect("its own bytes");
    Catalogued(aggregate).finish(&state)
}

type Answer = Result<Value, SqlError>;

// The weaker laws, and that they are no weaker than they must be.

#[test]
fn exact_classes_never_need_a_bound() {
    spec::clauses!("law.class");
    for aggregate in agg::all().filter(|aggregate| aggregate.law == LawClass::AnyOrder) {
        let rows: Vec<Row> = (0..400u64).map(|i| row(aggregate, i * 0x1234_5678_9abc)).collect();
        let meaning = (aggregate.meaning)(&rows);
        assert!(
            meaning.unable.is_none() && meaning.errors.is_empty(),
            "{aggregate:?}: {meaning:?}"
        );
        assert!(!matches!(meaning.cell, Some(Cell::Float(_)) | None), "{aggregate:?}: {meaning:?}");
    }
}

#[test]
fn floats_stay_within_the_bound_of_the_height_of_their_split() {
    let floats = agg::all().filter(|aggregate| aggregate.law == LawClass::FloatBounded);
    let mut judged = 0;
    for aggregate in floats {
        judged += 1;
        // Far apart in size, so that not even float4 values fit into one double together.
        let number = |i: i32| f64::from(i * i * 1_003 % 20_011 - 10_000) / 7.0 / 4f64.powi(i);
        let typed = |x: f64| match aggregate.args[0] {
            Some(Type::Float4) => Value::Float4(x as f32),
            _ => Value::Float8(x),
        };
        let row =
            |i| (0..aggregate.args.len() as i32).map(|place| typed(number(i + place))).collect();
        let rows: Vec<Row> = (1..25).map(row).collect();
        let Some(Cell::Float(cell)) = (aggregate.meaning)(&rows).cell else {
            panic!("{aggregate:?} of numbers that round has a bound")
        };
        for choices in 0..200u8 {
            let choices: Vec<u8> = (1..60).map(|i: u8| i.wrapping_mul(choices)).collect();
            let split = Split::from_choices(rows.len(), false, &choices);
            let state = split.run(&Catalogued(aggregate), &rows).expect("its own bytes");
            let value = match Catalogued(aggregate).finish(&state).expect("no overflow") {
                Value::Float4(x) => f64::from(x),
                Value::Float8(x) => x,
                other => panic!("a float, not {other:?}"),
            };
            assert!(agg::bound::admits(&cell, value, split.height()), "{aggregate:?} {split}");
        }
    }
    assert_eq!(judged, 27);
}

#[test]
fn order_keeping_splits_are_all_that_string_agg_keeps() {
    spec::clauses!("law.order");
    let aggregate = known("string_agg", Type::Text);
    assert_eq!(aggregate.law, LawClass::InputOrder);
    let rows = ["a", "b"].map(|x| vec![Value::text(x), Value::text(",")]);
    let forwards = Law::SplitIsInvisible
        .check(&Catalogued(aggregate), &Sample { rows: rows.to_vec(), choices: vec![1, 1] });
    assert_eq!(forwards, None);
    let backwards = parts(&[&[1], &[0]]);
    let finding = spec::laws::split_is_invisible(&Catalogued(aggregate), &rows, &backwards);
    assert_eq!(finding.expect("b,a is not a,b").law, Law::SplitIsInvisible);
}

#[test]
fn an_error_on_the_way_depends_on_the_split_and_both_answers_are_permitted() {
    let sum = known("sum", Type::Interval);
    assert_eq!(sum.law, LawClass::ErrorPartial);
    let values = [i32::MAX, 1, -1].map(|months| interval(months, 0, 0));
    assert!(answer(sum, &values, &Split::serial(3)).is_err());
    let paired = answer(sum, &values, &parts(&[&[0], &[1, 2]]));
    assert_eq!(paired, Ok(interval(i32::MAX, 0, 0)));

    let sum = known("sum", Type::Float8);
    let values = [1e308, 1e308, -1e308].map(Value::Float8);
    assert!(answer(sum, &values, &Split::serial(3)).is_err());
    assert_eq!(answer(sum, &values, &parts(&[&[0], &[1, 2]])), Ok(Value::Float8(1e308)));
}

// Laws for a user's own aggregates, through the macro.

/// How often each of the bytes came.
struct Histogram;

impl Aggregate for Histogram {
    type Input = u8;
    type State = Vec<u64>;
    type Output = Vec<u64>;
    fn init(&self) -> Vec<u64> {
        vec![0; 256]
    }
    fn update(&self, state: &mut Vec<u64>, input: &u8) {
        state[usize::from(*input)] += 1;
    }
    fn combine(&self, state: &mut Vec<u64>, other: &Vec<u64>) {
        state.iter_mut().zip(other).for_each(|(mine, theirs)| *mine += theirs);
    }
    fn finish(&self, state: &Vec<u64>) -> Vec<u64> {
        state.clone()
    }
    fn encode(&self, state: &Vec<u64>) -> Option<Vec<u8>> {
        Some(state.iter().flat_map(|count| count.to_le_bytes()).collect())
    }
    fn decode(&self, bytes: &[u8]) -> Option<Vec<u64>> {
        let counts = bytes.as_chunks::<8>();
        (bytes.len() == 2048).then(|| counts.0.iter().map(|c| u64::from_le_bytes(*c)).collect())
    }
}

laws::aggregate_laws! {
    name: histogram_of_strategy,
    aggregate: Histogram,
    input: 0..=u8::MAX,
}

laws::aggregate_laws! {
    name: histogram_of_arbitrary,
    aggregate: Histogram,
    input: quickcheck,
}

/// The last value that came.
struct Last;

impl Aggregate for Last {
    type Input = u8;
    type State = Option<u8>;
    type Output = Option<u8>;
    fn init(&self) -> Option<u8> {
        None
    }
    fn update(&self, state: &mut Option<u8>, input: &u8) {
        *state = Some(*input);
    }
    fn combine(&self, state: &mut Option<u8>, other: &Option<u8>) {
        *state = other.or(*state);
    }
    fn finish(&self, state: &Option<u8>) -> Option<u8> {
        *state
    }
}

laws::aggregate_laws! {
    name: last_value,
    aggregate: Last,
    input: 0..=u8::MAX,
    fails: [
        CombineIsCommutative: "the later part wins",
        SplitIsInvisible: "rows may come to any part",
    ],
}

#[test]
#[should_panic(expected = "is said to fail")]
fn an_exemption_that_is_not_needed_is_an_error() {
    let finding = laws::quickcheck::check(Law::InitIsAUnit, &Last, 100);
    laws::expect(Law::InitIsAUnit, finding, &[(Law::InitIsAUnit, "not really")]);
}
