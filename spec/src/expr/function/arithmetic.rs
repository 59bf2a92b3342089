//! Arithmetic of integers and floating-point numbers (`int.c`, `int8.c`, `float.c`).
//!
//! Integers do not wrap: a result outside the type is 22003, whatever the later use. Mixed widths compute in the wider
//! type. Division truncates toward zero. [expr.integer.overflow]

use crate::error::SqlError;

/// The integers of the subset, with what the tables need of them.
trait Integer: Copy + Eq {
    const ZERO: Self;
    const NAME: &'static str;
    fn checked_quotient(self, by: Self) -> Option<Self>;
}

macro_rules! integer {
    ($($rust:ty, $name:literal;)*) => {$(
        impl Integer for $rust {
            const ZERO: Self = 0;
            const NAME: &'static str = $name;
            fn checked_quotient(self, by: Self) -> Option<Self> {
                self.checked_div(by)
            }
        }
    )*};
}

integer! { i16, "smallint"; i32, "integer"; i64, "bigint"; }

/// The result, or `22003 … out of range`.
fn within<T: Integer>(result: Option<T>) -> Result<T, SqlError> {
    result.ok_or_else(|| SqlError::out_of_range(T::NAME))
}

/// Division toward zero. The one overflow is the least number by -1.
fn quotient<T: Integer>(a: T, b: T) -> Result<T, SqlError> {
    if b == T::ZERO {
        return Err(SqlError::division_by_zero());
    }
    within(a.checked_quotient(b))
}

macro_rules! remainders {
    ($($name:ident: $rust:ty;)*) => {$(
        /// The remainder of division toward zero: it has the sign of the dividend. The least number by -1 gives 0.
        fn $name(a: $rust, b: $rust) -> Result<$rust, SqlError> {
            if b == 0 {
                return Err(SqlError::division_by_zero());
            }
            Ok(a.wrapping_rem(b))
        }
    )*};
}

remainders! { remainder2: i16; remainder4: i32; remainder8: i64; }

/// A shift distance: PostgreSQL shifts in C, where the machine takes the distance modulo the width.
fn distance(by: i32) -> u32 {
    by as u32
}

/// `smallint` is shifted as `int`, then cut.
fn shift2_left(a: i16, by: i32) -> i16 {
    i32::from(a).wrapping_shl(distance(by)) as i16
}

fn shift2_right(a: i16, by: i32) -> i16 {
    i32::from(a).wrapping_shr(distance(by)) as i16
}

functions! {
    "int2pl"(a: Int2, b: Int2) -> Int2 = within(a.checked_add(b));
    "int4pl"(a: Int4, b: Int4) -> Int4 = within(a.checked_add(b));
    "int8pl"(a: Int8, b: Int8) -> Int8 = within(a.checked_add(b));
    "int24pl"(a: Int2, b: Int4) -> Int4 = within(i32::from(a).checked_add(b));
    "int42pl"(a: Int4, b: Int2) -> Int4 = within(a.checked_add(b.into()));
    "int28pl"(a: Int2, b: Int8) -> Int8 = within(i64::from(a).checked_add(b));
    "int82pl"(a: Int8, b: Int2) -> Int8 = within(a.checked_add(b.into()));
    "int48pl"(a: Int4, b: Int8) -> Int8 = within(i64::from(a).checked_add(b));
    "int84pl"(a: Int8, b: Int4) -> Int8 = within(a.checked_add(b.into()));

    "int2mi"(a: Int2, b: Int2) -> Int2 = within(a.checked_sub(b));
    "int4mi"(a: Int4, b: Int4) -> Int4 = within(a.checked_sub(b));
    "int8mi"(a: Int8, b: Int8) -> Int8 = within(a.checked_sub(b));
    "int24mi"(a: Int2, b: Int4) -> Int4 = within(i32::from(a).checked_sub(b));
    "int42mi"(a: Int4, b: Int2) -> Int4 = within(a.checked_sub(b.into()));
    "int28mi"(a: Int2, b: Int8) -> Int8 = within(i64::from(a).checked_sub(b));
    "int82mi"(a: Int8, b: Int2) -> Int8 = within(a.checked_sub(b.into()));
    "int48mi"(a: Int4, b: Int8) -> Int8 = within(i64::from(a).checked_sub(b));
    "int84mi"(a: Int8, b: Int4) -> Int8 = within(a.checked_sub(b.into()));

    "int2mul"(a: Int2, b: Int2) -> Int2 = within(a.checked_mul(b));
    "int4mul"(a: Int4, b: Int4) -> Int4 = within(a.checked_mul(b));
    "int8mul"(a: Int8, b: Int8) -> Int8 = within(a.checked_mul(b));
    "int24mul"(a: Int2, b: Int4) -> Int4 = within(i32::from(a).checked_mul(b));
    "int42mul"(a: Int4, b: Int2) -> Int4 = within(a.checked_mul(b.into()));
    "int28mul"(a: Int2, b: Int8) -> Int8 = within(i64::from(a).checked_mul(b));
    "int82mul"(a: Int8, b: Int2) -> Int8 = within(a.checked_mul(b.into()));
    "int48mul"(a: Int4, b: Int8) -> Int8 = within(i64::from(a).checked_mul(b));
    "int84mul"(a: Int8, b: Int4) -> Int8 = within(a.checked_mul(b.into()));

    "int2div"(a: Int2, b: Int2) -> Int2 = quotient(a, b);
    "int4div"(a: Int4, b: Int4) -> Int4 = quotient(a, b);
    "int8div"(a: Int8, b: Int8) -> Int8 = quotient(a, b);
    "int24div"(a: Int2, b: Int4) -> Int4 = quotient(i32::from(a), b);
    "int42div"(a: Int4, b: Int2) -> Int4 = quotient(a, b.into());
    "int28div"(a: Int2, b: Int8) -> Int8 = quotient(i64::from(a), b);
    "int82div"(a: Int8, b: Int2) -> Int8 = quotient(a, b.into());
    "int48div"(a: Int4, b: Int8) -> Int8 = quotient(i64::from(a), b);
    "int84div"(a: Int8, b: Int4) -> Int8 = quotient(a, b.into());

    "int2mod"(a: Int2, b: Int2) -> Int2 = remainder2(a, b);
    "int4mod"(a: Int4, b: Int4) -> Int4 = remainder4(a, b);
    "int8mod"(a: Int8, b: Int8) -> Int8 = remainder8(a, b);
    "mod"(a: Int2, b: Int2) -> Int2 = remainder2(a, b);
    "mod"(a: Int4, b: Int4) -> Int4 = remainder4(a, b);
    "mod"(a: Int8, b: Int8) -> Int8 = remainder8(a, b);

    "int2um"(a: Int2) -> Int2 = within(a.checked_neg());
    "int4um"(a: Int4) -> Int4 = within(a.checked_neg());
    "int8um"(a: Int8) -> Int8 = within(a.checked_neg());
    "int2up"(a: Int2) -> Int2 = a;
    "int4up"(a: Int4) -> Int4 = a;
    "int8up"(a: Int8) -> Int8 = a;
    "int2abs"(a: Int2) -> Int2 = within(a.checked_abs());
    "int4abs"(a: Int4) -> Int4 = within(a.checked_abs());
    "int8abs"(a: Int8) -> Int8 = within(a.checked_abs());
    "abs"(a: Int2) -> Int2 = within(a.checked_abs());
    "abs"(a: Int4) -> Int4 = within(a.checked_abs());
    "abs"(a: Int8) -> Int8 = within(a.checked_abs());

    "int2and"(a: Int2, b: Int2) -> Int2 = a & b;
    "int4and"(a: Int4, b: Int4) -> Int4 = a & b;
    "int8and"(a: Int8, b: Int8) -> Int8 = a & b;
    "int2or"(a: Int2, b: Int2) -> Int2 = a | b;
    "int4or"(a: Int4, b: Int4) -> Int4 = a | b;
    "int8or"(a: Int8, b: Int8) -> Int8 = a | b;
    "int2xor"(a: Int2, b: Int2) -> Int2 = a ^ b;
    "int4xor"(a: Int4, b: Int4) -> Int4 = a ^ b;
    "int8xor"(a: Int8, b: Int8) -> Int8 = a ^ b;
    "int2not"(a: Int2) -> Int2 = !a;
    "int4not"(a: Int4) -> Int4 = !a;
    "int8not"(a: Int8) -> Int8 = !a;
    "int2shl"(a: Int2, by: Int4) -> Int2 = shift2_left(a, by);
    "int4shl"(a: Int4, by: Int4) -> Int4 = a.wrapping_shl(distance(by));
    "int8shl"(a: Int8, by: Int4) -> Int8 = a.wrapping_shl(distance(by));
    "int2shr"(a: Int2, by: Int4) -> Int2 = shift2_right(a, by);
    "int4shr"(a: Int4, by: Int4) -> Int4 = a.wrapping_shr(distance(by));
    "int8shr"(a: Int8, by: Int4) -> Int8 = a.wrapping_shr(distance(by));
}
