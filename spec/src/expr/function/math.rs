//! Arithmetic and mathematics of floating point, and number theory of integers (`float.c`, `int.c`).
//!
//! The transcendental functions are the C library's, as in PostgreSQL: their last bit is the platform's.
//! (`cbrt asinh acosh atanh` are left out: Rust computes them itself, to another last bit.) A result that overflows or underflows though no operand is infinite or zero is 22003. [expr.float.range]

use num_integer::Integer;

use crate::error::{SqlError, sqlstate};
use crate::value::float::{
    add_f32, add_f64, div_f32, div_f64, mul_f32, mul_f64, overflow, sub_f32, sub_f64, underflow,
};

/// Degrees to radians, as PostgreSQL writes it.
const RADIANS_PER_DEGREE: f64 = 0.017_453_292_519_943_295;

fn input_out_of_range() -> SqlError {
    SqlError::new(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE, "input is out of range")
}

fn square_root(x: f64) -> Result<f64, SqlError> {
    if x < 0.0 {
        return Err(SqlError::new(
            sqlstate::INVALID_ARGUMENT_FOR_POWER_FUNCTION,
            "cannot take square root of a negative number",
        ));
    }
    Ok(x.sqrt())
}

/// A logarithm; the C library's answers for 0 and negative numbers are errors in SQL.
fn logarithm(x: f64, of: fn(f64) -> f64) -> Result<f64, SqlError> {
    let refuse = |message| Err(SqlError::new(sqlstate::INVALID_ARGUMENT_FOR_LOGARITHM, message));
    if x == 0.0 {
        return refuse("cannot take logarithm of zero");
    }
    if x < 0.0 {
        return refuse("cannot take logarithm of a negative number");
    }
    Ok(of(x))
}

fn exponential(x: f64) -> Result<f64, SqlError> {
    let result = x.exp();
    if result.is_infinite() && !x.is_infinite() {
        return Err(overflow());
    }
    if result == 0.0 && !x.is_infinite() {
        return Err(underflow());
    }
    Ok(result)
}

/// `dpow`: a NaN is NaN, but 1 to any power and any number to the power 0 are 1.
fn power(x: f64, y: f64) -> Result<f64, SqlError> {
    let refuse =
        |message| Err(SqlError::new(sqlstate::INVALID_ARGUMENT_FOR_POWER_FUNCTION, message));
    if x.is_nan() || y.is_nan() {
        return Ok(if x == 1.0 || y == 0.0 { 1.0 } else { f64::NAN });
    }
    if x == 0.0 && y < 0.0 {
        return refuse("zero raised to a negative power is undefined");
    }
    if x < 0.0 && y.floor() != y {
        return refuse("a negative number raised to a non-integer power yields a complex result");
    }
    let result = x.powf(y);
    if x.is_infinite() || y.is_infinite() {
        return Ok(result);
    }
    if result.is_infinite() {
        return Err(overflow());
    }
    if result == 0.0 && x != 0.0 {
        return Err(underflow());
    }
    Ok(result)
}

/// A function of an angle: infinities have no angle.
fn angular(x: f64, of: fn(f64) -> f64) -> Result<f64, SqlError> {
    if x.is_infinite() {
        return Err(input_out_of_range());
    }
    Ok(of(x))
}

/// The inverse sine and cosine: defined from -1 to 1.
fn inverse(x: f64, of: fn(f64) -> f64) -> Result<f64, SqlError> {
    if !x.is_nan() && !(-1.0..=1.0).contains(&x) {
        return Err(input_out_of_range());
    }
    Ok(of(x))
}

fn cotangent(x: f64) -> Result<f64, SqlError> {
    angular(x, |x| 1.0 / x.tan())
}

/// 1, -1, or 0 for zero and NaN.
fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        0.0
    }
}

/// The greatest common divisor; that of the least number with itself or 0 does not fit.
fn gcd<T: TryFrom<i128>>(a: i128, b: i128, name: &str) -> Result<T, SqlError> {
    a.gcd(&b).try_into().map_err(|_| SqlError::out_of_range(name))
}

fn lcm<T: TryFrom<i128>>(a: i128, b: i128, name: &str) -> Result<T, SqlError> {
    a.lcm(&b).try_into().map_err(|_| SqlError::out_of_range(name))
}

functions! {
    "float4pl"(a: Float4, b: Float4) -> Float4 = add_f32(a, b);
    "float4mi"(a: Float4, b: Float4) -> Float4 = sub_f32(a, b);
    "float4mul"(a: Float4, b: Float4) -> Float4 = mul_f32(a, b);
    "float4div"(a: Float4, b: Float4) -> Float4 = div_f32(a, b);
    "float8pl"(a: Float8, b: Float8) -> Float8 = add_f64(a, b);
    "float8mi"(a: Float8, b: Float8) -> Float8 = sub_f64(a, b);
    "float8mul"(a: Float8, b: Float8) -> Float8 = mul_f64(a, b);
    "float8div"(a: Float8, b: Float8) -> Float8 = div_f64(a, b);
    "float48pl"(a: Float4, b: Float8) -> Float8 = add_f64(a.into(), b);
    "float48mi"(a: Float4, b: Float8) -> Float8 = sub_f64(a.into(), b);
    "float48mul"(a: Float4, b: Float8) -> Float8 = mul_f64(a.into(), b);
    "float48div"(a: Float4, b: Float8) -> Float8 = div_f64(a.into(), b);
    "float84pl"(a: Float8, b: Float4) -> Float8 = add_f64(a, b.into());
    "float84mi"(a: Float8, b: Float4) -> Float8 = sub_f64(a, b.into());
    "float84mul"(a: Float8, b: Float4) -> Float8 = mul_f64(a, b.into());
    "float84div"(a: Float8, b: Float4) -> Float8 = div_f64(a, b.into());
    "float4um"(a: Float4) -> Float4 = -a;
    "float8um"(a: Float8) -> Float8 = -a;
    "float4up"(a: Float4) -> Float4 = a;
    "float8up"(a: Float8) -> Float8 = a;
    "float4abs"(a: Float4) -> Float4 = a.abs();
    "float8abs"(a: Float8) -> Float8 = a.abs();
    "abs"(a: Float4) -> Float4 = a.abs();
    "abs"(a: Float8) -> Float8 = a.abs();

    "ceil"(x: Float8) -> Float8 = x.ceil();
    "ceiling"(x: Float8) -> Float8 = x.ceil();
    "floor"(x: Float8) -> Float8 = x.floor();
    "round"(x: Float8) -> Float8 = x.round_ties_even();
    "dround"(x: Float8) -> Float8 = x.round_ties_even();
    "trunc"(x: Float8) -> Float8 = x.trunc();
    "dtrunc"(x: Float8) -> Float8 = x.trunc();
    "sign"(x: Float8) -> Float8 = sign(x);
    "sqrt"(x: Float8) -> Float8 = square_root(x);
    "dsqrt"(x: Float8) -> Float8 = square_root(x);
    "exp"(x: Float8) -> Float8 = exponential(x);
    "dexp"(x: Float8) -> Float8 = exponential(x);
    "ln"(x: Float8) -> Float8 = logarithm(x, f64::ln);
    "dlog1"(x: Float8) -> Float8 = logarithm(x, f64::ln);
    "log"(x: Float8) -> Float8 = logarithm(x, f64::log10);
    "log10"(x: Float8) -> Float8 = logarithm(x, f64::log10);
    "dlog10"(x: Float8) -> Float8 = logarithm(x, f64::log10);
    "power"(x: Float8, y: Float8) -> Float8 = power(x, y);
    "pow"(x: Float8, y: Float8) -> Float8 = power(x, y);
    "dpow"(x: Float8, y: Float8) -> Float8 = power(x, y);
    "degrees"(x: Float8) -> Float8 = div_f64(x, RADIANS_PER_DEGREE);
    "radians"(x: Float8) -> Float8 = mul_f64(x, RADIANS_PER_DEGREE);
    "pi"() -> Float8 = std::f64::consts::PI;
    "sin"(x: Float8) -> Float8 = angular(x, f64::sin);
    "cos"(x: Float8) -> Float8 = angular(x, f64::cos);
    "tan"(x: Float8) -> Float8 = angular(x, f64::tan);
    "cot"(x: Float8) -> Float8 = cotangent(x);
    "asin"(x: Float8) -> Float8 = inverse(x, f64::asin);
    "acos"(x: Float8) -> Float8 = inverse(x, f64::acos);
    "atan"(x: Float8) -> Float8 = x.atan();
    "atan2"(y: Float8, x: Float8) -> Float8 = y.atan2(x);
    "sinh"(x: Float8) -> Float8 = x.sinh();
    "cosh"(x: Float8) -> Float8 = x.cosh();
    "tanh"(x: Float8) -> Float8 = x.tanh();

    "gcd"(a: Int4, b: Int4) -> Int4 = gcd(a.into(), b.into(), "integer");
    "gcd"(a: Int8, b: Int8) -> Int8 = gcd(a.into(), b.into(), "bigint");
    "lcm"(a: Int4, b: Int4) -> Int4 = lcm(a.into(), b.into(), "integer");
    "lcm"(a: Int8, b: Int8) -> Int8 = lcm(a.into(), b.into(), "bigint");
}
