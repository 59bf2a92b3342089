//! Enclosures: Youngs and Cramer's steps in outward-rounded intervals. [agg.float.enclosure]
//!
//! The bound of a variance ([`super::bound`]) is a theorem about every tree of a height, and generous. Where the tree that
//! really ran can run again, there is a narrower judge: the same steps in the same order over intervals, every end rounded
//! outwards. Rounding to nearest is monotone, so each interval holds the number that the machine computed at this step, and
//! the exact number as well; in the end it holds the machine's answer.
//!
//! For that, each float average, variance and standard deviation, and each aggregate of pairs of floats but `regr_count`, has
//! two companions of the same signature whose answers are the lower and the upper end. Their states have two fields per sum, and so they never meet an accumulator that is made
//! for the original: they go row by row, state by state. They are in no catalogue; a judge puts them into a plan.

mod pairs;

use super::regression;
use super::youngs_cramer::{self, Answer};
use super::{Aggregate, BASE, LawClass, Machine, Meaning, State, StateField, field};
use crate::error::SqlError;
use crate::value::{Type, Value};

/// The companions of an aggregate: for the lower and for the upper end of its answer. `None` if it is not computed by
/// Youngs and Cramer's steps.
pub fn ends(aggregate: &Aggregate) -> Option<&'static [Aggregate; 2]> {
    let alike = |[low, _]: &&[Aggregate; 2]| {
        low.name == aggregate.name
            && low.args == aggregate.args
            && [youngs_cramer::FIELDS, regression::FIELDS].contains(&aggregate.state_fields)
    };
    ENDS.iter().flatten().chain(pairs::ENDS).find(alike)
}

/// Whether a number lies between two ends, which is all that is asked of NaN if they are infinite.
pub fn holds(low: f64, high: f64, x: f64) -> bool {
    if x.is_nan() {
        low == f64::NEG_INFINITY && high == f64::INFINITY
    } else {
        low <= x && x <= high
    }
}

const fn companion_of(
    name: &'static str,
    args: &'static [Option<Type>],
    state_fields: &'static [StateField],
    machine: &'static dyn Machine,
) -> Aggregate {
    Aggregate {
        name,
        args,
        result: Type::Float8,
        law: LawClass::FloatBounded,
        final_strict: true,
        state_type: "float8[]",
        state_fields,
        meaning: |_| Meaning::unable("an end of an enclosure has no meaning of its own"),
        machine,
        ..BASE
    }
}

macro_rules! ends {
    ($($name:literal $answer:expr;)*) => {
        static ENDS: &[[[Aggregate; 2]; 2]] = &[$([
            ends!(@of $name $answer, &[Some(Type::Float4)]),
            ends!(@of $name $answer, &[Some(Type::Float8)]),
        ]),*];
    };
    (@of $name:literal $answer:expr, $args:expr) => {[
        companion_of($name, $args, FIELDS, &Enclosing { answer: $answer, end: End::Low }),
        companion_of($name, $args, FIELDS, &Enclosing { answer: $answer, end: End::High }),
    ]};
}

ends! {
    "avg" Answer::Average;
    "variance" Answer::Variance { sample: true, root: false };
    "var_samp" Answer::Variance { sample: true, root: false };
    "var_pop" Answer::Variance { sample: false, root: false };
    "stddev" Answer::Variance { sample: true, root: true };
    "stddev_samp" Answer::Variance { sample: true, root: true };
    "stddev_pop" Answer::Variance { sample: false, root: true };
}

const FIELDS: &[StateField] = &[
    field("count", Type::Float8),
    field("sum_low", Type::Float8),
    field("sum_high", Type::Float8),
    field("squared_deviations_low", Type::Float8),
    field("squared_deviations_high", Type::Float8),
];

#[derive(Clone, Copy)]
enum End {
    Low,
    High,
}

impl End {
    fn of(self, Interval { low, high }: Interval) -> f64 {
        match self {
            End::Low => low,
            End::High => high,
        }
    }
}

/// The state machine of both ends.
struct Enclosing {
    answer: Answer,
    end: End,
}

/// All numbers from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Interval {
    low: f64,
    high: f64,
}

impl Interval {
    const LINE: Interval = Interval { low: f64::NEG_INFINITY, high: f64::INFINITY };

    fn point(x: f64) -> Interval {
        if x.is_finite() { Interval { low: x, high: x } } else { Interval::LINE }
    }

    /// One place outwards of ends that were rounded to nearest; the whole line where they mean nothing.
    fn outwards(low: f64, high: f64) -> Interval {
        if low.is_nan() || high.is_nan() {
            return Interval::LINE;
        }
        Interval { low: low.next_down(), high: high.next_up() }
    }

    fn plus(self, other: Interval) -> Interval {
        Interval::outwards(self.low + other.low, self.high + other.high)
    }

    fn minus(self, other: Interval) -> Interval {
        Interval::outwards(self.low - other.high, self.high - other.low)
    }

    fn times(self, other: Interval) -> Interval {
        let [a, b, c, d] = [
            self.low * other.low,
            self.low * other.high,
            self.high * other.low,
            self.high * other.high,
        ];
        if [a, b, c, d].iter().any(|x| x.is_nan()) {
            return Interval::LINE;
        }
        Interval::outwards(a.min(b).min(c.min(d)), a.max(b).max(c.max(d)))
    }

    /// The quotient by a number that is positive, or else may be zero and leave nothing known.
    fn over(self, other: Interval) -> Interval {
        if other.low <= 0.0 {
            return Interval::LINE;
        }
        let [a, b] = [self.low / other.low, self.low / other.high];
        let [c, d] = [self.high / other.low, self.high / other.high];
        if [a, b, c, d].iter().any(|x| x.is_nan()) {
            return Interval::LINE;
        }
        Interval::outwards(a.min(b), c.max(d))
    }

    /// The same, where a square cannot be negative, neither exactly nor rounded. What may be NaN stays the whole line.
    fn not_negative(self) -> Interval {
        if self == Interval::LINE {
            return self;
        }
        Interval { low: self.low.max(0.0), high: self.high.max(0.0) }
    }

    fn root(self) -> Interval {
        if self == Interval::LINE {
            return self;
        }
        let Interval { low, high } = self.not_negative();
        Interval::outwards(low.sqrt(), high.sqrt()).not_negative()
    }
}

/// N, which is exact, Sx and Sxx.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sums {
    count: f64,
    sum: Interval,
    deviations: Interval,
}

impl Sums {
    fn read(state: &State) -> Sums {
        let number = |i: usize| match state[i] {
            Value::Float8(x) => x,
            ref other => panic!("a float8[] state holds floats, not {other:?}"),
        };
        let interval = |i| Interval { low: number(i), high: number(i + 1) };
        Sums { count: number(0), sum: interval(1), deviations: interval(3) }
    }

    fn write(self, state: &mut State) {
        let Sums { count, sum, deviations } = self;
        let fields = [count, sum.low, sum.high, deviations.low, deviations.high];
        *state = fields.map(Value::Float8).to_vec();
    }

    /// The steps of `youngs_cramer::accumulate`.
    fn accumulate(self, x: f64) -> Sums {
        let count = self.count + 1.0;
        let x = Interval::point(x);
        if self.count == 0.0 {
            let deviations = if x == Interval::LINE { x } else { self.deviations };
            return Sums { count, sum: x, deviations };
        }
        let sum = self.sum.plus(x);
        let t = x.times(Interval::point(count)).minus(sum);
        let weight = Interval::point(count).times(Interval::point(self.count));
        let deviations = self.deviations.plus(t.times(t).not_negative().over(weight));
        Sums { count, sum, deviations: deviations.not_negative() }
    }

    /// The steps of `youngs_cramer::join`.
    fn join(self, other: Sums) -> Sums {
        if self.count == 0.0 {
            return other;
        }
        if other.count == 0.0 {
            return self;
        }
        let [n1, n2] = [self.count, other.count].map(Interval::point);
        let count = self.count + other.count;
        let t = self.sum.over(n1).minus(other.sum.over(n2));
        let term = n1.times(n2).times(t).times(t).not_negative().over(Interval::point(count));
        let deviations = self.deviations.plus(other.deviations).plus(term).not_negative();
        Sums { count, sum: self.sum.plus(other.sum), deviations }
    }
}

impl Machine for Enclosing {
    fn init(&self) -> State {
        vec![Value::Float8(0.0); FIELDS.len()]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        let x = match args[0] {
            Value::Float4(x) => f64::from(x),
            Value::Float8(x) => x,
            ref other => panic!("a float aggregate takes floats, not {other:?}"),
        };
        Sums::read(state).accumulate(x).write(state);
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        Sums::read(state).join(Sums::read(other)).write(state);
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        let Sums { count, sum, deviations } = Sums::read(state);
        let answer = match self.answer {
            Answer::Average if count == 0.0 => None,
            Answer::Average => Some(sum.over(Interval::point(count))),
            Answer::Variance { sample: true, .. } if count <= 1.0 => None,
            Answer::Variance { sample: false, .. } if count == 0.0 => None,
            Answer::Variance { sample, root } => {
                let divisor = Interval::point(if sample { count - 1.0 } else { count });
                let variance = deviations.over(divisor);
                Some(if root { variance.root() } else { variance })
            }
        };
        Ok(answer.map_or(Value::Null, |interval| Value::Float8(self.end.of(interval))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agg;

    fn between(low: f64, high: f64) -> Interval {
        Interval { low, high }
    }

    #[test]
    fn every_operation_goes_one_place_outwards() {
        let (one, three) = (Interval::point(1.0), Interval::point(3.0));
        for (interval, exact) in
            [(one.plus(three), 4.0), (one.minus(three), -2.0), (three.times(three), 9.0)]
        {
            assert_eq!(interval, between(f64::next_down(exact), f64::next_up(exact)));
        }
        let third = one.over(three);
        assert!(third.low < third.high && holds(third.low, third.high, 1.0 / 3.0));
        assert_eq!(between(-1.0, 2.0).times(between(-3.0, 1.0)), Interval::outwards(-6.0, 3.0));
        assert_eq!(between(-2.0, 1.0).over(between(2.0, 4.0)), Interval::outwards(-1.0, 0.5));
        assert_eq!(between(-1.0, 4.0).root(), between(0.0, f64::next_up(2.0)));
    }

    #[test]
    fn what_is_no_number_is_somewhere_on_the_line() {
        assert_eq!(Interval::point(f64::INFINITY), Interval::LINE);
        assert_eq!(Interval::LINE.minus(Interval::LINE), Interval::LINE);
        assert_eq!(Interval::LINE.times(Interval::point(0.0)), Interval::LINE);
        assert_eq!(Interval::LINE.not_negative().root(), Interval::LINE);
        assert!(holds(f64::NEG_INFINITY, f64::INFINITY, f64::NAN));
        assert!(!holds(0.0, f64::INFINITY, f64::NAN) && !holds(1.0, 2.0, 0.5));
    }

    #[test]
    fn an_infinity_among_the_rows_leaves_both_ends_open() {
        for rows in [[f64::INFINITY, 1.0, 2.0], [1.0, f64::NEG_INFINITY, 2.0], [1.0, 2.0, f64::NAN]]
        {
            let of_floats = |a: &&Aggregate| a.args.iter().all(|ty| *ty == Some(Type::Float8));
            for aggregate in agg::all().filter(of_floats) {
                let Some(ends) = ends(aggregate) else { continue };
                let answers = ends.each_ref().map(|end| {
                    let mut state = end.machine.init();
                    for x in rows {
                        let args = vec![Value::Float8(x); end.args.len()];
                        end.advance(&mut state, &args).expect("no overflow");
                    }
                    end.finish(&state)
                });
                let open = [f64::NEG_INFINITY, f64::INFINITY].map(|x| Ok(Value::Float8(x)));
                assert_eq!(answers, open, "{aggregate:?}");
            }
        }
    }

    #[test]
    fn exactly_what_is_computed_by_steps_over_floats_has_companions() {
        for aggregate in agg::all() {
            let of_pairs = aggregate.state_fields == regression::FIELDS;
            let by_steps = aggregate.state_fields == youngs_cramer::FIELDS || of_pairs;
            assert_eq!(ends(aggregate).is_some(), by_steps, "{aggregate:?}");
            for end in ends(aggregate).into_iter().flatten() {
                assert_eq!((end.result, end.splits), (aggregate.result, aggregate.splits));
                assert_eq!(end.machine.init().len(), end.state_fields.len());
            }
        }
    }
}
