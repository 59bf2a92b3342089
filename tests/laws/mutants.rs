//! A test of the test: aggregates of the catalogue with one fault each, caught by the laws that it breaks.

use laws::{Aggregate, Catalogued, Class, Law};
use spec::agg;
use spec::{Row, SqlError, Type, Value};

use super::{Answer, decimal, known, traps, under_proptest, under_quickcheck};

/// What is wrong with a mutant.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// Combine keeps the state it has and forgets the other.
    CombineForgetsOneSide,
    /// Combine takes the other state in twice.
    CombineCountsTwice,
    /// A NULL state on the left stays NULL.
    CombineKeepsNull,
    /// The initial state has seen a row already.
    InitIsNotAUnit,
    /// Decode reads the first two fields in the other order.
    DecodeSwapsFields,
    /// Decode loses the last field.
    DecodeLosesAField,
    /// Decode fills up bytes that are missing.
    DecodeFillsUp,
    /// A part that saw no row is sent as bytes that decode refuses.
    EncodeCannotBeEmpty,
    /// Combine averages two averages.
    CombineAverages,
}

struct Mutant(Catalogued, Fault);

impl Mutant {
    fn extra_row(&self) -> Row {
        self.0.0.args.iter().map(|ty| traps(ty.expect("typed"))[1].clone()).collect()
    }
}

impl Aggregate for Mutant {
    type Input = Row;
    type State = Result<agg::State, SqlError>;
    type Output = Answer;

    fn init(&self) -> Self::State {
        let mut state = self.0.init();
        if self.1 == Fault::InitIsNotAUnit {
            self.0.update(&mut state, &self.extra_row());
        }
        state
    }

    fn update(&self, state: &mut Self::State, input: &Row) {
        self.0.update(state, input);
    }

    fn combine(&self, state: &mut Self::State, other: &Self::State) {
        let empty = state.as_ref().is_ok_and(agg::Aggregate::is_null_state);
        match self.1 {
            Fault::CombineForgetsOneSide if !empty => (),
            Fault::CombineKeepsNull if empty => (),
            Fault::CombineCountsTwice => {
                self.0.combine(state, other);
                self.0.combine(state, other);
            }
            Fault::CombineAverages => {
                if let (Ok(mine), Ok(theirs)) = (state, other)
                    && let ([Value::Float8(a)], [Value::Float8(b)]) = (&mut mine[..], &theirs[..])
                {
                    *a = (*a + *b) / 2.0;
                }
            }
            _ => self.0.combine(state, other),
        }
    }

    fn finish(&self, state: &Self::State) -> Answer {
        self.0.finish(state)
    }

    fn encode(&self, state: &Self::State) -> Option<Vec<u8>> {
        let empty = state.as_ref().is_ok_and(agg::Aggregate::is_null_state);
        match self.1 {
            Fault::EncodeCannotBeEmpty if empty => Some(Vec::new()),
            _ => self.0.encode(state),
        }
    }

    fn decode(&self, bytes: &[u8]) -> Option<Self::State> {
        let mut state = match self.1 {
            Fault::DecodeFillsUp => {
                let longer = [bytes, &[0; 16]].concat();
                (0..16).find_map(|cut| self.0.decode(&longer[..longer.len() - cut]))
            }
            _ => self.0.decode(bytes),
        };
        if let Some(Ok(fields)) = &mut state {
            match self.1 {
                Fault::DecodeSwapsFields => fields.swap(0, 1),
                Fault::DecodeLosesAField if !agg::Aggregate::is_null_state(fields) => {
                    let last = fields.last_mut().expect("a field");
                    *last = match last {
                        Value::Numeric(_) => decimal(0, 0),
                        Value::Float8(_) => Value::Float8(0.0),
                        _ => Value::Int8(0),
                    };
                }
                _ => (),
            }
        }
        state
    }

    fn class(&self) -> Class {
        self.0.class()
    }

    fn agree(&self, rows: &[Row], left: &Answer, right: &Answer) -> bool {
        self.0.agree(rows, left, right)
    }
}

/// Each fault, in aggregates where it shows, and the laws that must find it.
fn faults() -> Vec<(Fault, &'static agg::Aggregate, Vec<Law>)> {
    use Law::*;
    let of = known;
    vec![
        (
            Fault::CombineForgetsOneSide,
            of("max", Type::Text),
            vec![CombineIsCommutative, SplitIsInvisible],
        ),
        (
            Fault::CombineForgetsOneSide,
            of("sum", Type::Numeric),
            vec![CombineIsCommutative, SplitIsInvisible],
        ),
        (
            Fault::CombineForgetsOneSide,
            of("avg", Type::Float8),
            vec![CombineIsCommutative, SplitIsInvisible],
        ),
        (Fault::CombineForgetsOneSide, of("string_agg", Type::Text), vec![SplitIsInvisible]),
        (
            Fault::CombineCountsTwice,
            of("sum", Type::Int4),
            vec![CombineIsAssociative, CombineIsCommutative, InitIsAUnit],
        ),
        (
            Fault::CombineCountsTwice,
            of("bit_xor", Type::Int8),
            vec![CombineIsCommutative, SplitIsInvisible],
        ),
        (
            Fault::CombineKeepsNull,
            of("min", Type::Date),
            vec![InitIsAUnit, EmptyPartIsNeutral, SplitIsInvisible],
        ),
        (
            Fault::CombineKeepsNull,
            of("variance", Type::Int4),
            vec![InitIsAUnit, EmptyPartIsNeutral],
        ),
        (
            Fault::InitIsNotAUnit,
            of("sum", Type::Int8),
            vec![InitIsAUnit, EmptyPartIsNeutral, SplitIsInvisible],
        ),
        (
            Fault::InitIsNotAUnit,
            of("avg", Type::Int2),
            vec![InitIsAUnit, EmptyPartIsNeutral, SplitIsInvisible],
        ),
        (
            Fault::DecodeSwapsFields,
            of("avg", Type::Int4),
            vec![SerializeRoundTrips, SplitIsInvisible],
        ),
        (Fault::DecodeSwapsFields, of("var_pop", Type::Float8), vec![SerializeRoundTrips]),
        (
            Fault::DecodeLosesAField,
            of("var_samp", Type::Int8),
            vec![SerializeRoundTrips, SplitIsInvisible],
        ),
        (Fault::DecodeLosesAField, of("sum", Type::Numeric), vec![SerializeRoundTrips]),
        (Fault::DecodeFillsUp, of("max", Type::Text), vec![DamagedBytesAreRefused]),
        (
            Fault::EncodeCannotBeEmpty,
            of("bool_or", Type::Bool),
            vec![SerializeRoundTrips, EmptyPartIsNeutral],
        ),
        (
            Fault::CombineAverages,
            of("sum", Type::Float8),
            vec![CombineIsAssociative, SplitIsInvisible],
        ),
    ]
}

#[test]
fn every_mutant_is_caught_by_the_laws_that_it_breaks() {
    spec::clauses!("law.exempt");
    for (fault, aggregate, broken) in faults() {
        let mutant = Mutant(Catalogued(aggregate), fault);
        for law in broken {
            let finding = under_proptest(law, &mutant, aggregate);
            assert!(finding.is_some(), "{law} did not catch {fault:?} in {aggregate:?} (proptest)");
            let finding = under_quickcheck(law, &mutant, aggregate);
            let finding = finding.unwrap_or_else(|| {
                panic!("{law} did not catch {fault:?} in {aggregate:?} (quickcheck)")
            });
            assert_eq!(finding.law, law);
            assert!(!finding.witness.is_empty());
        }
    }
}
