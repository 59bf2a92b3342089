//! `min`, `max`, `bit_and`, `bit_or`, `bit_xor` of numbers, dates and timestamps: one operation over fixed-width values.

use std::marker::PhantomData;

use arrow_array::{Array, ArrowPrimitiveType, PrimitiveArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use spec::error::SqlError;

use super::each::each;
use super::{Accumulator, Height};
use crate::batch::Rows;
use crate::column::Column;

/// A layout whose values are folded, and the operation.
pub(super) trait Fold: Send + 'static {
    type Arrow: ArrowPrimitiveType;
    /// The array inside a column of this layout.
    fn open(column: &Column) -> Option<&PrimitiveArray<Self::Arrow>>;
    /// The column around an array.
    fn wrap(array: PrimitiveArray<Self::Arrow>) -> Column;
    /// The operation: of two equal values either may stay, but as PostgreSQL the later does.
    fn apply(held: Native<Self>, new: Native<Self>) -> Native<Self>;
}

/// The values of a fold.
type Native<F> = <<F as Fold>::Arrow as ArrowPrimitiveType>::Native;

/// A value per group.
pub(super) struct Folding<F: Fold> {
    values: Vec<Native<F>>,
    seen: Vec<bool>,
    combines_of_two: u64,
    fold: PhantomData<F>,
}

impl<F: Fold> Folding<F> {
    pub(super) fn new() -> Folding<F> {
        Folding { values: vec![], seen: vec![], combines_of_two: 0, fold: PhantomData }
    }

    fn add(&mut self, groups: Option<&[u32]>, column: &Column, rows: Rows<'_>, merging: bool) {
        let column = column.materialise();
        let array = F::open(&column).expect("the binder types arguments");
        let (values, seen) = (&mut self.values, &mut self.seen);
        if groups.is_none() && !merging {
            let mut fold: Option<Native<F>> = seen[0].then(|| values[0]);
            if let (0, Rows::All(_)) = (array.null_count(), rows) {
                fold = in_lanes::<F>(array.values(), fold);
            } else {
                each(None, array.values(), array.nulls(), rows, |_, new| {
                    fold = Some(fold.map_or(new, |held| F::apply(held, new)));
                });
            }
            (seen[0], values[0]) = (fold.is_some(), fold.unwrap_or_default());
            return;
        }
        let mut met = 0;
        each(groups, array.values(), array.nulls(), rows, |group, new| {
            met += u64::from(seen[group]);
            values[group] = if seen[group] { F::apply(values[group], new) } else { new };
            seen[group] = true;
        });
        self.combines_of_two += if merging { met } else { 0 };
    }
}

/// The fold of all values and what is held so far, eight side by side. Bitwise XOR must not see a value twice, so the lanes
/// begin with values of their own.
fn in_lanes<F: Fold>(values: &[Native<F>], held: Option<Native<F>>) -> Option<Native<F>> {
    const LANES: usize = 8;
    let apply = |held: Option<Native<F>>, new: &Native<F>| {
        Some(held.map_or(*new, |held| F::apply(held, *new)))
    };
    let Some((first, rest)) = values.split_first_chunk::<LANES>() else {
        return values.iter().fold(held, apply);
    };
    let mut lanes = *first;
    let chunks = rest.chunks_exact(LANES);
    let tail = chunks.remainder();
    for chunk in chunks {
        for (lane, &new) in lanes.iter_mut().zip(chunk) {
            *lane = F::apply(*lane, new);
        }
    }
    lanes.iter().chain(tail).fold(held, apply)
}

impl<F: Fold> Accumulator for Folding<F> {
    fn resize(&mut self, groups: usize) {
        let groups = groups.max(self.seen.len());
        self.values.resize(groups, Native::<F>::default());
        self.seen.resize(groups, false);
    }

    fn update(
        &mut self,
        groups: Option<&[u32]>,
        args: &[Column],
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        self.add(groups, &args[0], rows, false);
        Ok(())
    }

    fn merge(
        &mut self,
        groups: Option<&[u32]>,
        states: &Column,
        rows: Rows<'_>,
    ) -> Result<(), SqlError> {
        let Column::State { fields, .. } = states else { unreachable!("states are merged") };
        self.add(groups, &fields[0], rows, true);
        Ok(())
    }

    fn states(&self) -> Column {
        let values = self.finish().expect("a fold is its own answer");
        Column::states(vec![values], self.seen.len())
    }

    fn finish(&self) -> Result<Column, SqlError> {
        let nulls = NullBuffer::new(BooleanBuffer::from(&self.seen[..]));
        let nulls = (nulls.null_count() > 0).then_some(nulls);
        Ok(F::wrap(PrimitiveArray::new(self.values.clone().into(), nulls)))
    }

    fn rounding_height(&self) -> Height {
        0
    }

    fn combines_of_two(&self) -> u64 {
        self.combines_of_two
    }
}

macro_rules! folds {
    ($($name:literal $ty:ident $fold:ident $arrow:ident |$held:ident, $new:ident| $apply:expr;)*) => {
        $(
            struct $fold;
            impl Fold for $fold {
                type Arrow = arrow_array::types::$arrow;
                fn open(column: &Column) -> Option<&PrimitiveArray<Self::Arrow>> {
                    match column {
                        Column::$ty(array) => Some(array),
                        _ => None,
                    }
                }
                fn wrap(array: PrimitiveArray<Self::Arrow>) -> Column {
                    Column::$ty(array)
                }
                #[inline(always)]
                fn apply($held: Native<Self>, $new: Native<Self>) -> Native<Self> {
                    $apply
                }
            }
        )*

        /// The folding accumulator of this aggregate name and argument type, if there is one.
        pub(super) fn of(name: &str, ty: spec::value::Type) -> Option<Box<dyn Accumulator>> {
            match (name, ty) {
                $(($name, spec::value::Type::$ty) => Some(Box::new(Folding::<$fold>::new())),)*
                _ => None,
            }
        }
    };
}

folds! {
    "min" Int2 MinInt2 Int16Type |a, b| a.min(b);
    "min" Int4 MinInt4 Int32Type |a, b| a.min(b);
    "min" Int8 MinInt8 Int64Type |a, b| a.min(b);
    "min" Date MinDate Int32Type |a, b| a.min(b);
    "min" Timestamp MinTimestamp Int64Type |a, b| a.min(b);
    "min" Float4 MinFloat4 Float32Type |a, b| if (a < b) | (b.is_nan() & !a.is_nan()) { a } else { b };
    "min" Float8 MinFloat8 Float64Type |a, b| if (a < b) | (b.is_nan() & !a.is_nan()) { a } else { b };
    "max" Int2 MaxInt2 Int16Type |a, b| a.max(b);
    "max" Int4 MaxInt4 Int32Type |a, b| a.max(b);
    "max" Int8 MaxInt8 Int64Type |a, b| a.max(b);
    "max" Date MaxDate Int32Type |a, b| a.max(b);
    "max" Timestamp MaxTimestamp Int64Type |a, b| a.max(b);
    "max" Float4 MaxFloat4 Float32Type |a, b| if (a > b) | (a.is_nan() & !b.is_nan()) { a } else { b };
    "max" Float8 MaxFloat8 Float64Type |a, b| if (a > b) | (a.is_nan() & !b.is_nan()) { a } else { b };
    "bit_and" Int2 AndInt2 Int16Type |a, b| a & b;
    "bit_and" Int4 AndInt4 Int32Type |a, b| a & b;
    "bit_and" Int8 AndInt8 Int64Type |a, b| a & b;
    "bit_or" Int2 OrInt2 Int16Type |a, b| a | b;
    "bit_or" Int4 OrInt4 Int32Type |a, b| a | b;
    "bit_or" Int8 OrInt8 Int64Type |a, b| a | b;
    "bit_xor" Int2 XorInt2 Int16Type |a, b| a ^ b;
    "bit_xor" Int4 XorInt4 Int32Type |a, b| a ^ b;
    "bit_xor" Int8 XorInt8 Int64Type |a, b| a ^ b;
}
