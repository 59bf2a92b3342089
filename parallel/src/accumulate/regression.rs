//! Covariance, correlation and regression of pairs of floats, as `float8_regr_accum` has them.

use arrow_array::{Array, Float64Array};
use arrow_buffer::NullBuffer;
use spec::agg::Aggregate;
use spec::error::SqlError;
use spec::value::Value;

use super::each::{each, group};
use super::float_sum::out_of_range;
use super::{Accumulator, Height};
use crate::batch::Rows;
use crate::column::Column;

/// The six sums per group, whichever of them the answer needs.
pub(super) struct Regression {
    aggregate: &'static Aggregate,
    sums: Vec<Sums>,
    combines_of_two: u64,
    merges: Height,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    x: Side,
    y: Side,
    products: f64,
}

/// Sum and squared deviations of one component.
#[derive(Clone, Copy, Default)]
struct Side {
    sum: f64,
    deviations: f64,
}

impl Side {
    fn is_infinite(self) -> bool {
        self.sum.is_infinite() || self.deviations.is_infinite()
    }
}

/// NaN instead of an infinity.
fn spoiled(sum: f64) -> f64 {
    if sum.is_infinite() { f64::NAN } else { sum }
}

impl Sums {
    /// Takes in a pair; `false` if finite numbers overflow.
    #[inline(always)]
    fn add(&mut self, x: f64, y: f64) -> bool {
        let old = *self;
        self.count += 1.0;
        self.x.sum += x;
        self.y.sum += y;
        if old.count == 0.0 {
            let of = |numbers: &[f64], sum| {
                if numbers.iter().all(|x| x.is_finite()) { sum } else { f64::NAN }
            };
            self.x.deviations = of(&[x], self.x.deviations);
            self.y.deviations = of(&[y], self.y.deviations);
            self.products = of(&[x, y], self.products);
            return true;
        }
        let (t, v) = (x * self.count - self.x.sum, y * self.count - self.y.sum);
        let weight = 1.0 / (self.count * old.count);
        self.x.deviations += t * t * weight;
        self.y.deviations += v * v * weight;
        self.products += t * v * weight;
        if !(self.x.is_infinite() || self.y.is_infinite() || self.products.is_infinite()) {
            return true;
        }
        let excused = [
            old.x.sum.is_infinite() || x.is_infinite(),
            old.y.sum.is_infinite() || y.is_infinite(),
        ];
        let fine = (!self.x.is_infinite() || excused[0])
            && (!self.y.is_infinite() || excused[1])
            && (!self.products.is_infinite() || excused[0] || excused[1]);
        self.x.deviations = spoiled(self.x.deviations);
        self.y.deviations = spoiled(self.y.deviations);
        self.products = spoiled(self.products);
        fine
    }

    /// Takes in another state; `false` if finite numbers overflow.
    fn join(&mut self, other: Sums) -> bool {
        if other.count == 0.0 || self.count == 0.0 {
            if self.count == 0.0 {
                *self = other;
            }
            return true;
        }
        let (one, two) = (*self, other);
        let (n1, n2) = (one.count, two.count);
        let count = n1 + n2;
        let (t, v) = (one.x.sum / n1 - two.x.sum / n2, one.y.sum / n1 - two.y.sum / n2);
        let mut fine = true;
        let mut checked = |sum: f64, a: f64, b: f64| {
            fine &= !sum.is_infinite() || a.is_infinite() || b.is_infinite();
            sum
        };
        let mut side = |a: Side, b: Side, t: f64| Side {
            sum: checked(a.sum + b.sum, a.sum, b.sum),
            deviations: checked(
                a.deviations + b.deviations + n1 * n2 * t * t / count,
                a.deviations,
                b.deviations,
            ),
        };
        let (x, y) = (side(one.x, two.x, t), side(one.y, two.y, v));
        let products = one.products + two.products + n1 * n2 * t * v / count;
        let products = checked(products, one.products, two.products);
        *self = Sums { count, x, y, products };
        fine
    }

    /// The fields of the machine's state.
    fn fields(&self) -> [f64; 6] {
        let Sums { count, x, y, products } = *self;
        [count, x.sum, x.deviations, y.sum, y.deviations, products]
    }

    fn of([count, sum_x, deviations_x, sum_y, deviations_y, products]: [f64; 6]) -> Sums {
        let x = Side { sum: sum_x, deviations: deviations_x };
        let y = Side { sum: sum_y, deviations: deviations_y };
        Sums { count, x, y, products }
    }
}

impl Regression {
    pub(super) fn new(aggregate: &'static Aggregate) -> Regression {
        Regression { aggregate, sums: vec![], combines_of_two: 0, merges: 0 }
    }
}

fn floats(column: &Column) -> Float64Array {
    match column.materialise() {
        Column::Float8(array) => array,
        other => unreachable!("pairs of float8 come here, not {}", other.ty()),
    }
}

impl Accumulator for Regression {
    fn resize(&mut self, groups: usize) {
        self.sums.resize(groups.max(self.sums.len()), Sums::default());
    }

    fn update(
        &mut self,
        groups: Option<&[u32]>,
        args: &[Column],
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        let (y, x) = (floats(&args[0]), floats(&args[1]));
        let nulls = NullBuffer::union(x.nulls(), y.nulls());
        let (numbers, y) = ((0..x.len() as u32).collect::<Vec<_>>(), y.values());
        let (x, sums) = (x.values(), &mut self.sums);
        let mut fine = true;
        each(groups, &numbers, nulls.as_ref(), rows, |group, row| {
            fine &= sums[group].add(x[row as usize], y[row as usize]);
        });
        if fine { Ok(()) } else { Err(out_of_range()) }
    }

    fn merge(
        &mut self,
        groups: Option<&[u32]>,
        states: &Column,
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        let Column::State { fields, .. } = states else { unreachable!("states are merged") };
        let fields: Vec<Float64Array> = fields.iter().map(floats).collect();
        rows.try_for_each(|row| {
            let other = Sums::of(std::array::from_fn(|field| fields[field].value(row)));
            let mine = &mut self.sums[group(groups, row)];
            self.combines_of_two += u64::from(mine.count > 0.0 && other.count > 0.0);
            self.merges += 1;
            if mine.join(other) { Ok(()) } else { Err(out_of_range()) }
        })
    }

    fn states(&self) -> Column {
        let field = |field: usize| {
            let values = self.sums.iter().map(|sums| sums.fields()[field]);
            Column::Float8(Float64Array::new(values.collect::<Vec<_>>().into(), None))
        };
        Column::states((0..6).map(field).collect(), self.sums.len())
    }

    fn finish(&self) -> Result<Column, SqlError> {
        let finish =
            |sums: &Sums| self.aggregate.finish(&sums.fields().map(Value::Float8).to_vec());
        let values = self.sums.iter().map(finish).collect::<Result<Vec<_>, _>>()?;
        Ok(Column::from_values(self.aggregate.result, values))
    }

    fn rounding_height(&self) -> Height {
        // Counts of merged states are rows elsewhere; the final stage counts its merges only.
        match self.merges {
            0 => self.sums.iter().map(|sums| sums.count as Height).max().unwrap_or(0),
            merges => merges,
        }
    }

    fn combines_of_two(&self) -> u64 {
        self.combines_of_two
    }
}
