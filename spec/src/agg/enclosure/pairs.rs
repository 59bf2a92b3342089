//! The steps over pairs in outward-rounded intervals: covariance, correlation and regression.

use super::{End, Interval, companion_of};
use crate::agg::floats::as_double;
use crate::agg::regression::{Answer, read};
use crate::agg::{Aggregate, Machine, State, StateField, field};
use crate::error::SqlError;
use crate::value::{Type, Value};

const ARGS: &[Option<Type>] = &[Some(Type::Float8), Some(Type::Float8)];

macro_rules! ends {
    ($($name:literal $answer:expr;)*) => {
        pub(super) static ENDS: &[[Aggregate; 2]] = &[$([
            companion_of($name, ARGS, FIELDS, &Enclosing { answer: $answer, end: End::Low }),
            companion_of($name, ARGS, FIELDS, &Enclosing { answer: $answer, end: End::High }),
        ]),*];
    };
}

ends! {
    "corr" Answer::Correlation;
    "covar_pop" Answer::Covariance { sample: false };
    "covar_samp" Answer::Covariance { sample: true };
    "regr_avgx" Answer::AverageX;
    "regr_avgy" Answer::AverageY;
    "regr_intercept" Answer::Intercept;
    "regr_r2" Answer::Determination;
    "regr_slope" Answer::Slope;
    "regr_sxx" Answer::Sxx;
    "regr_sxy" Answer::Sxy;
    "regr_syy" Answer::Syy;
}

const FIELDS: &[StateField] = &[
    field("count", Type::Float8),
    field("sum_x_low", Type::Float8),
    field("sum_x_high", Type::Float8),
    field("squared_deviations_x_low", Type::Float8),
    field("squared_deviations_x_high", Type::Float8),
    field("sum_y_low", Type::Float8),
    field("sum_y_high", Type::Float8),
    field("squared_deviations_y_low", Type::Float8),
    field("squared_deviations_y_high", Type::Float8),
    field("products_of_deviations_low", Type::Float8),
    field("products_of_deviations_high", Type::Float8),
];

/// The state machine of both ends.
struct Enclosing {
    answer: Answer,
    end: End,
}

/// N, which is exact, and the five sums.
#[derive(Clone, Copy)]
struct Sums {
    count: f64,
    x: Interval,
    xx: Interval,
    y: Interval,
    yy: Interval,
    xy: Interval,
}

impl Sums {
    fn read(state: &State) -> Sums {
        let [count, ends @ ..]: [f64; 11] = read(state);
        let interval = |i: usize| Interval { low: ends[2 * i], high: ends[2 * i + 1] };
        let [x, xx, y, yy, xy] = [0, 1, 2, 3, 4].map(interval);
        Sums { count, x, xx, y, yy, xy }
    }

    fn write(self, state: &mut State) {
        let ends = [self.x, self.xx, self.y, self.yy, self.xy].map(|sum| [sum.low, sum.high]);
        let fields = std::iter::once(self.count).chain(ends.into_iter().flatten());
        *state = fields.map(Value::Float8).collect();
    }

    /// The steps of `regression::accumulate`.
    fn accumulate(self, x: f64, y: f64) -> Sums {
        let (x, y) = (Interval::point(x), Interval::point(y));
        let count = self.count + 1.0;
        if self.count == 0.0 {
            let spoiled = |old: Interval, open: bool| if open { Interval::LINE } else { old };
            let [open_x, open_y] = [x, y].map(|side| side == Interval::LINE);
            let [xx, yy] = [spoiled(self.xx, open_x), spoiled(self.yy, open_y)];
            return Sums { count, x, xx, y, yy, xy: spoiled(self.xy, open_x || open_y) };
        }
        let (sum_x, sum_y) = (self.x.plus(x), self.y.plus(y));
        let n = Interval::point(count);
        let (t, v) = (x.times(n).minus(sum_x), y.times(n).minus(sum_y));
        let weight = Interval::point(1.0).over(n.times(Interval::point(self.count)));
        let term = |a: Interval, b: Interval| a.times(b).times(weight);
        Sums {
            count,
            x: sum_x,
            xx: self.xx.plus(term(t, t).not_negative()).not_negative(),
            y: sum_y,
            yy: self.yy.plus(term(v, v).not_negative()).not_negative(),
            xy: self.xy.plus(term(t, v)),
        }
    }

    /// The steps of `regression::join`.
    fn join(self, other: Sums) -> Sums {
        if self.count == 0.0 {
            return other;
        }
        if other.count == 0.0 {
            return self;
        }
        let [n1, n2] = [self.count, other.count].map(Interval::point);
        let count = self.count + other.count;
        let apart = |one: Interval, two: Interval| one.over(n1).minus(two.over(n2));
        let (t, v) = (apart(self.x, other.x), apart(self.y, other.y));
        let n = Interval::point(count);
        let term = |a: Interval, b: Interval| n1.times(n2).times(a).times(b).over(n);
        Sums {
            count,
            x: self.x.plus(other.x),
            xx: self.xx.plus(other.xx).plus(term(t, t).not_negative()).not_negative(),
            y: self.y.plus(other.y),
            yy: self.yy.plus(other.yy).plus(term(v, v).not_negative()).not_negative(),
            xy: self.xy.plus(other.xy).plus(term(t, v)),
        }
    }

    /// The steps of the final functions; the whole line where a divisor may be zero, and so the answer NULL.
    fn answer(self, answer: Answer) -> Option<Interval> {
        let Sums { count, x, xx, y, yy, xy } = self;
        let least = if answer == (Answer::Covariance { sample: true }) { 2.0 } else { 1.0 };
        let n = Interval::point(count);
        (count >= least).then(|| match answer {
            Answer::AverageX => x.over(n),
            Answer::AverageY => y.over(n),
            Answer::Sxx => xx,
            Answer::Syy => yy,
            Answer::Sxy => xy,
            Answer::Covariance { sample: false } => xy.over(n),
            Answer::Covariance { sample: true } => xy.over(Interval::point(count - 1.0)),
            Answer::Correlation => xy.over(xx.times(yy).root()),
            Answer::Determination => xy.times(xy).not_negative().over(xx.times(yy)),
            Answer::Slope => xy.over(xx),
            Answer::Intercept => y.minus(x.times(xy).over(xx)).over(n),
        })
    }
}

impl Machine for Enclosing {
    fn init(&self) -> State {
        vec![Value::Float8(0.0); FIELDS.len()]
    }

    fn transition(&self, state: &mut State, args: &[Value]) -> Result<(), SqlError> {
        let (y, x) = (as_double(&args[0]), as_double(&args[1]));
        Sums::read(state).accumulate(x, y).write(state);
        Ok(())
    }

    fn combine(&self, state: &mut State, other: &State) -> Result<(), SqlError> {
        Sums::read(state).join(Sums::read(other)).write(state);
        Ok(())
    }

    fn finalize(&self, state: &State) -> Result<Value, SqlError> {
        let answer = Sums::read(state).answer(self.answer);
        Ok(answer.map_or(Value::Null, |interval| Value::Float8(self.end.of(interval))))
    }
}
