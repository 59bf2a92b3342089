//! Functions of `numeric` (`numeric.c`).

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Signed;

use crate::error::{SqlError, sqlstate};
use crate::fault::{self, SharedFault};
use crate::value::Numeric;

/// Two finite numbers as integers of one scale; `None` if either is special.
fn aligned(a: &Numeric, b: &Numeric) -> Option<(BigInt, BigInt, u16)> {
    let scale = a.scale().max(b.scale());
    let integer = |number: &Numeric| {
        let missing = u32::from(scale - number.scale());
        number.coefficient().map(|digits| digits * BigInt::from(10).pow(missing))
    };
    Some((integer(a)?, integer(b)?, scale))
}

/// The greatest number that divides both without a remainder; NaN unless both are finite.
fn gcd(a: &Numeric, b: &Numeric) -> Numeric {
    match aligned(a, b) {
        Some((a, b, scale)) => Numeric::from_parts(a.gcd(&b), scale),
        None => Numeric::NaN,
    }
}

/// The least number that both divide without a remainder, 0 if either is 0; NaN unless both are finite.
fn lcm(a: &Numeric, b: &Numeric) -> Numeric {
    match aligned(a, b) {
        Some((a, b, scale)) => Numeric::from_parts(a.lcm(&b).abs(), scale),
        None => Numeric::NaN,
    }
}

/// The product of 1 to n.
///
/// # Errors
/// 22003 for a negative n, and where the product has more digits than a `numeric` holds.
fn factorial(n: i64) -> Result<Numeric, SqlError> {
    /// The factorial of the next number has more than 131,072 digits.
    const GREATEST: i64 = 32_177;
    let out_of_range = |message| SqlError::new(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE, message);
    if n < 0 {
        return Err(out_of_range("factorial of a negative number is undefined"));
    }
    if n > GREATEST {
        return Err(out_of_range("value overflows numeric format"));
    }
    let product = (2..=n).fold(BigInt::from(1), |product, factor| product * factor);
    Ok(Numeric::from_parts(product, 0))
}

/// The digits after the point, NULL for the special values.
fn scale_of(number: &Numeric, scale: impl Fn(&Numeric) -> u16) -> crate::Value {
    match number.is_finite() {
        true => crate::Value::Int4(scale(number).into()),
        false => crate::Value::Null,
    }
}

functions! {
    "numeric_add"(a: Numeric, b: Numeric) -> Numeric = a.add(b);
    "numeric_sub"(a: Numeric, b: Numeric) -> Numeric = a.sub(b);
    "numeric_mul"(a: Numeric, b: Numeric) -> Numeric = a.mul(b);
    "numeric_div"(a: Numeric, b: Numeric) -> Numeric = quotient(a, b);
    "numeric_mod"(a: Numeric, b: Numeric) -> Numeric = a.rem(b);
    "mod"(a: Numeric, b: Numeric) -> Numeric = a.rem(b);
    "numeric_div_trunc"(a: Numeric, b: Numeric) -> Numeric = a.div_trunc(b);
    "div"(a: Numeric, b: Numeric) -> Numeric = a.div_trunc(b);
    "numeric_uminus"(a: Numeric) -> Numeric = a.neg();
    "numeric_uplus"(a: Numeric) -> Numeric = a.clone();
    "numeric_abs"(a: Numeric) -> Numeric = a.abs();
    "abs"(a: Numeric) -> Numeric = a.abs();
    "sign"(a: Numeric) -> Numeric = a.sign();
    "ceil"(a: Numeric) -> Numeric = a.ceil();
    "ceiling"(a: Numeric) -> Numeric = a.ceil();
    "floor"(a: Numeric) -> Numeric = a.floor();
    "round"(a: Numeric) -> Numeric = a.round(0);
    "round"(a: Numeric, places: Int4) -> Numeric = a.round(places);
    "trunc"(a: Numeric) -> Numeric = a.trunc(0);
    "trunc"(a: Numeric, places: Int4) -> Numeric = a.trunc(places);
    "numeric_sqrt"(a: Numeric) -> Numeric = a.sqrt();
    "sqrt"(a: Numeric) -> Numeric = a.sqrt();
    "numeric_exp"(a: Numeric) -> Numeric = a.exp();
    "exp"(a: Numeric) -> Numeric = a.exp();
    "numeric_ln"(a: Numeric) -> Numeric = a.ln();
    "ln"(a: Numeric) -> Numeric = a.ln();
    "log"(a: Numeric) -> Numeric = a.log10();
    "log10"(a: Numeric) -> Numeric = a.log10();
    "log"(base: Numeric, a: Numeric) -> Numeric = a.log(base);
    "numeric_log"(base: Numeric, a: Numeric) -> Numeric = a.log(base);
    "numeric_power"(a: Numeric, b: Numeric) -> Numeric = a.power(b);
    "power"(a: Numeric, b: Numeric) -> Numeric = a.power(b);
    "pow"(a: Numeric, b: Numeric) -> Numeric = a.power(b);
    "gcd"(a: Numeric, b: Numeric) -> Numeric = gcd(a, b);
    "lcm"(a: Numeric, b: Numeric) -> Numeric = lcm(a, b);
    "factorial"(n: Int8) -> Numeric = factorial(n);
    "trim_scale"(a: Numeric) -> Numeric = a.trim_scale();
    "scale"(a: Numeric) -> Int4 "or NULL" = scale_of(a, Numeric::scale);
    "min_scale"(a: Numeric) -> Int4 "or NULL" = scale_of(a, |a| a.trim_scale().scale());
}

/// The quotient of `/`, where a fault can be planted.
fn quotient(a: &Numeric, b: &Numeric) -> Result<Numeric, SqlError> {
    let quotient = a.div(b)?;
    Ok(match fault::plants(SharedFault::NumericQuotientShort) {
        true => quotient.trunc(i32::from(quotient.scale()) - 1),
        false => quotient,
    })
}
