//! The quotient of exact sums and counts, as PostgreSQL's numeric division displays it.

use arrow_array::Int64Array;
use arrow_buffer::{BooleanBuffer, NullBuffer};
use num_bigint::BigInt;
use spec::value::Numeric;

use crate::column::{Column, DECIMAL_LIMIT, Objects};

/// `sum * 10^-scale / count` for every group, NULL where the count is 0; `None` if some result does not fit 128 bits: then
/// the final function is asked group by group.
pub(super) fn of_sums(
    sums: impl ExactSizeIterator<Item = (i128, i64)>,
    scale: u16,
) -> Option<Column> {
    let mut quotients: Vec<Option<(i128, u16)>> = Vec::with_capacity(sums.len());
    for (sum, count) in sums {
        quotients.push(match count {
            0 => None,
            count => {
                let own = division_scale(sum, scale, count)?;
                Some((quotient(sum, count, own - scale)?, own))
            }
        });
    }
    let common = quotients.iter().flatten().next().map_or(0, |(_, scale)| *scale);
    let small = |(units, scale): &(i128, u16)| {
        *scale == common && units.unsigned_abs() <= DECIMAL_LIMIT as u128
    };
    if !quotients.iter().flatten().all(small) {
        let numeric = |(units, scale): (i128, u16)| Numeric::Finite {
            coefficient: BigInt::from(units),
            scale,
        };
        let numerics = quotients.into_iter().map(|quotient| quotient.map(numeric));
        return Some(Column::Numeric(Objects::new(numerics.collect())));
    }
    let nulls =
        NullBuffer::new(BooleanBuffer::collect_bool(quotients.len(), |i| quotients[i].is_some()));
    let units = |quotient: &Option<(i128, u16)>| quotient.map_or(0, |(units, _)| units as i64);
    let values = quotients.iter().map(units).collect::<Vec<_>>();
    let nulls = (nulls.null_count() > 0).then_some(nulls);
    Some(Column::Decimal { values: Int64Array::new(values.into(), nulls), scale: common })
}

/// `sum * 10^more / count`, rounded half away from zero; `None` beyond 128 bits.
fn quotient(sum: i128, count: i64, more: u16) -> Option<i128> {
    let dividend = sum.checked_mul(10i128.checked_pow(u32::from(more))?)?;
    let (quotient, rest) = (dividend / i128::from(count), dividend % i128::from(count));
    let up = 2 * rest.unsigned_abs() >= count.unsigned_abs().into();
    Some(quotient + if up { dividend.signum() } else { 0 })
}

/// PostgreSQL's `select_div_scale` (`numeric.c`): 16 significant digits, counted in whole base-10000 digits of dividend
/// and divisor, and at least the scale of the dividend. Zero has weight 0 and first digit 0.
fn division_scale(sum: i128, scale: u16, count: i64) -> Option<u16> {
    let (sum_weight, sum_digit) = leading(sum.unsigned_abs(), scale);
    let (count_weight, count_digit) = leading(count.unsigned_abs().into(), 0);
    let weight = sum_weight - count_weight - i32::from(sum_digit <= count_digit);
    let digits = 16 - weight * 4;
    u16::try_from(digits.max(i32::from(scale)).max(0)).ok().filter(|scale| *scale <= 1000)
}

/// Weight (power of 10000) and value of the first base-10000 digit.
fn leading(mut units: u128, scale: u16) -> (i32, u128) {
    if units == 0 {
        return (0, 0);
    }
    let mut weight = -i32::from(scale.div_ceil(4));
    units *= 10u128.pow(u32::from((4 - scale % 4) % 4));
    while units >= 10_000 {
        units /= 10_000;
        weight += 1;
    }
    (weight, units)
}
