//! `float4` and `float8`: text, order, arithmetic that reports overflow, casts, and an exact accumulator.
//!
//! IEEE 754 gives infinities where SQL gives errors: a result that is infinite though no operand was is 22003
//! `overflow`, a product or quotient that is zero though no operand was is 22003 `underflow`, and dividing by zero is
//! 22012. For comparison NaN equals NaN and exceeds everything, and -0 equals 0.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::FromPrimitive;

use crate::error::{SqlError, sqlstate};
use crate::value::text::{invalid_syntax, trim_blanks};

mod sum;

pub use sum::ExactSum;

/// `22003 value out of range: overflow`.
pub fn overflow() -> SqlError {
    SqlError::new(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow")
}

/// `22003 value out of range: underflow`.
pub fn underflow() -> SqlError {
    SqlError::new(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow")
}

macro_rules! float_type {
    ($float:ident, $type_name:literal, $fixed_below:literal,
     $parse:ident, $write:ident, $compare:ident, $add:ident, $sub:ident, $mul:ident, $div:ident) => {
        /// The float that this text denotes: decimal digits with an optional point, sign and exponent, or a C
        /// hexadecimal float, or `NaN`, `Infinity`, `inf` in any case; blanks around it do not count. [value.float.text]
        ///
        /// # Errors
        /// 22P02 for any other text; 22003 for a number too large, or nonzero and too small, for the type.
        pub fn $parse(text: &str) -> Result<$float, SqlError> {
            let body = trim_blanks(text);
            let (value, nonzero) = match read::<$float>(body) {
                Some(read) => read,
                None => return Err(invalid_syntax($type_name, text)),
            };
            let infinite_by_range = value.is_infinite() && body.bytes().any(|b| b.is_ascii_digit());
            if infinite_by_range || (value == 0.0 && nonzero) {
                return Err(SqlError::new(
                    sqlstate::NUMERIC_VALUE_OUT_OF_RANGE,
                    format!(concat!("\"{}\" is out of range for type ", $type_name), body),
                ));
            }
            Ok(value)
        }

        /// Appends the shortest decimal text that reads back as the same float, in PostgreSQL's layout: plain digits
        /// while the decimal exponent is between -4 and that of the type's precision, otherwise `d.ddde+XX`.
        pub fn $write(value: $float, out: &mut String) {
            if value.is_nan() {
                out.push_str("NaN");
            } else if value.is_infinite() {
                out.push_str(if value < 0.0 { "-Infinity" } else { "Infinity" });
            } else {
                let mut text = format!("{value:e}");
                if fraction_digits(&text) + 1 >= $fixed_below {
                    // Of two shortest texts equally near, PostgreSQL takes the one with the even digit.
                    let places = fraction_digits(&text);
                    let even = format!("{value:.places$e}");
                    if even.parse() == Ok(value) {
                        text = even;
                    }
                }
                while on_boundary(
                    &text,
                    value.into(),
                    value.next_down().into(),
                    value.next_up().into(),
                ) {
                    let places = fraction_digits(&text) + 1;
                    text = format!("{value:.places$e}");
                }
                lay_out(&text, $fixed_below, out);
            }
        }

        /// SQL's total order of the type: NaN equals itself and is greatest, -0 equals 0. [value.float.order]
        pub fn $compare(a: $float, b: $float) -> Ordering {
            a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
        }

        /// The sum, rounded to the type.
        ///
        /// # Errors
        /// 22003 if it is infinite and no operand is. [value.float.overflow]
        pub fn $add(a: $float, b: $float) -> Result<$float, SqlError> {
            let sum = a + b;
            if sum.is_infinite() && a.is_finite() && b.is_finite() {
                Err(overflow())
            } else {
                Ok(sum)
            }
        }

        /// The difference, rounded to the type.
        ///
        /// # Errors
        /// 22003 if it is infinite and no operand is. [value.float.overflow]
        pub fn $sub(a: $float, b: $float) -> Result<$float, SqlError> {
            $add(a, -b)
        }

        /// The product, rounded to the type.
        ///
        /// # Errors
        /// 22003 if it is infinite and no operand is, or zero and no operand is. [value.float.overflow]
        pub fn $mul(a: $float, b: $float) -> Result<$float, SqlError> {
            let product = a * b;
            if product.is_infinite() && !a.is_infinite() && !b.is_infinite() {
                return Err(overflow());
            }
            if product == 0.0 && a != 0.0 && b != 0.0 {
                return Err(underflow());
            }
            Ok(product)
        }

        /// The quotient, rounded to the type.
        ///
        /// # Errors
        /// 22012 for a zero divisor unless the dividend is NaN; 22003 if the quotient is infinite and the dividend is
        /// not, or zero and the dividend is not and the divisor is finite. [value.float.overflow]
        pub fn $div(a: $float, b: $float) -> Result<$float, SqlError> {
            if b == 0.0 && !a.is_nan() {
                return Err(SqlError::division_by_zero());
            }
            let quotient = a / b;
            if quotient.is_infinite() && !a.is_infinite() {
                return Err(overflow());
            }
            if quotient == 0.0 && a != 0.0 && !b.is_infinite() {
                return Err(underflow());
            }
            Ok(quotient)
        }
    };
}

float_type!(
    f64,
    "double precision",
    15,
    parse_f64,
    write_f64,
    compare_f64,
    add_f64,
    sub_f64,
    mul_f64,
    div_f64
);
float_type!(f32, "real", 6, parse_f32, write_f32, compare_f32, add_f32, sub_f32, mul_f32, div_f32);

/// Reads a float and says whether its text has a nonzero digit; `None` if the text has not the form of one.
fn read<F: std::str::FromStr + FromPrimitive>(body: &str) -> Option<(F, bool)> {
    let unsigned = body.strip_prefix(['-', '+']).unwrap_or(body);
    if let Some(hex) = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        let (magnitude, nonzero) = hexadecimal(hex)?;
        let value = if body.starts_with('-') { -magnitude } else { magnitude };
        return Some((F::from_f64(value)?, nonzero));
    }
    let mantissa = unsigned.split(['e', 'E']).next().unwrap_or_default();
    let nonzero = mantissa.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    Some((body.parse().ok()?, nonzero))
}

/// The digits of a C hexadecimal float: `1.8p3` is 12. More than 52 bits of mantissa are refused.
fn hexadecimal(text: &str) -> Option<(f64, bool)> {
    let (mantissa, exponent) = match text.split_once(['p', 'P']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 13 || digits.starts_with(['+', '-']) {
        return None;
    }
    let value = u64::from_str_radix(&digits, 16).ok()?;
    let exponent = exponent.clamp(-5000, 5000) - 4 * fraction.len() as i32;
    // Two steps, so that neither power leaves the range while the product is in it.
    let half = exponent / 2;
    Some((value as f64 * 2f64.powi(half) * 2f64.powi(exponent - half), value != 0))
}

/// Whether a scientific text lies exactly half-way between a float and a neighbour.
///
/// It reads back as the float if that is even, but PostgreSQL's writer takes only decimals strictly nearer to the float
/// than to its neighbours: 8.41e21 comes out as 8.409999999999999e+21. Only integers that leave no room for a fraction
/// bit can be such.
fn on_boundary(text: &str, value: f64, below: f64, above: f64) -> bool {
    const FIRST: f64 = 16_777_216.0;
    const LAST: f64 = 1e41;
    if !(FIRST..LAST).contains(&value.abs()) || (above - value) < 2.0 {
        return false;
    }
    // The largest float4 has a neighbour that only the exponent's range forbids.
    let (below, above) = match (below.is_finite(), above.is_finite()) {
        (true, false) => (below, 2.0 * value - below),
        (false, true) => (2.0 * value - above, above),
        _ => (below, above),
    };
    let (mantissa, exponent) = text.split_once('e').expect("scientific notation has an exponent");
    let places = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len()) as i32;
    let exponent = exponent.parse::<i32>().expect("an exponent") - places;
    if exponent < 0 {
        return false;
    }
    let digits: BigInt = mantissa.replace('.', "").parse().expect("digits");
    let twice = digits * BigInt::from(10).pow(exponent as u32) * 2;
    let integer = |float: f64| BigInt::from_f64(float).expect("finite");
    let neighbour = |other: f64| integer(value) + integer(other) == twice;
    neighbour(below) || neighbour(above)
}

/// Digits between the point and the exponent.
fn fraction_digits(text: &str) -> usize {
    let mantissa = text.split('e').next().unwrap_or_default();
    mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

/// Appends a text such as `-1.5e7` in PostgreSQL's layout.
fn lay_out(text: &str, fixed_below: i32, out: &mut String) {
    let (mantissa, exponent) = text.split_once('e').expect("scientific notation has an exponent");
    let exponent: i32 = exponent.parse().expect("scientific notation has an exponent");
    let unsigned = match mantissa.strip_prefix('-') {
        Some(rest) => {
            out.push('-');
            rest
        }
        None => mantissa,
    };
    if !(-4..fixed_below).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        out.push_str(unsigned);
        out.push_str(&format!("e{sign}{:02}", exponent.abs()));
        return;
    }
    let digits = unsigned.replace('.', "");
    if exponent < 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', (-exponent - 1) as usize));
        out.push_str(&digits);
        return;
    }
    let point = exponent as usize + 1;
    if digits.len() <= point {
        out.push_str(&digits);
        out.extend(std::iter::repeat_n('0', point - digits.len()));
    } else {
        out.push_str(&digits[..point]);
        out.push('.');
        out.push_str(&digits[point..]);
    }
}

/// The nearest integer to a float, halves to even, if it lies in `low ..= -low - 1` for a `low` of minus a power of two.
fn to_integer(value: f64, low: f64, type_name: &str) -> Result<f64, SqlError> {
    let whole = value.round_ties_even();
    // Written so that NaN fails.
    if whole >= low && whole < -low { Ok(whole) } else { Err(SqlError::out_of_range(type_name)) }
}

/// The nearest `int2`, halves to even. [value.float.to-integer]
///
/// # Errors
/// 22003 if it is out of range or the float is NaN.
pub fn to_i16(value: f64) -> Result<i16, SqlError> {
    to_integer(value, f64::from(i16::MIN), "smallint").map(|whole| whole as i16)
}

/// The nearest `int4`, halves to even. [value.float.to-integer]
///
/// # Errors
/// 22003 if it is out of range or the float is NaN.
pub fn to_i32(value: f64) -> Result<i32, SqlError> {
    to_integer(value, f64::from(i32::MIN), "integer").map(|whole| whole as i32)
}

/// The nearest `int8`, halves to even. [value.float.to-integer]
///
/// # Errors
/// 22003 if it is out of range or the float is NaN.
pub fn to_i64(value: f64) -> Result<i64, SqlError> {
    to_integer(value, i64::MIN as f64, "bigint").map(|whole| whole as i64)
}

/// The nearest `float4` to a `float8`.
///
/// # Errors
/// 22003 if it becomes infinite or zero and was not.
pub fn to_f32(value: f64) -> Result<f32, SqlError> {
    let narrow = value as f32;
    if narrow.is_infinite() && !value.is_infinite() {
        return Err(overflow());
    }
    if narrow == 0.0 && value != 0.0 {
        return Err(underflow());
    }
    Ok(narrow)
}

/// The text of a `float8`.
pub fn format_f64(value: f64) -> String {
    let mut out = String::new();
    write_f64(value, &mut out);
    out
}

/// The text of a `float4`.
pub fn format_f32(value: f32) -> String {
    let mut out = String::new();
    write_f32(value, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float8_prints_as_postgresql_prints_it() {
        // Captured from PostgreSQL 15.18.
        for (value, text) in [
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15, "1e+15"),
            (1e16, "1e+16"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (999999999999999.0, "999999999999999"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (100.0 / 3.0, "33.333333333333336"),
            (-0.0, "-0"),
            (8.41e21, "8.409999999999999e+21"),
            (5e-324, "5e-324"),
            (1e-300, "1e-300"),
            (9.5367431640625e-07, "9.5367431640625e-07"),
            (2.2250738585072014e-308, "2.2250738585072014e-308"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(format_f64(value), text);
        }
    }

    #[test]
    fn a_float4_prints_as_postgresql_prints_it() {
        for (value, text) in [
            (100000f32, "100000"),
            (f32::MAX, "3.4028235e+38"),
            (f32::MIN, "-3.4028235e+38"),
            (999999f32, "999999"),
            (1e6, "1e+06"),
            (1.234567e6, "1.234567e+06"),
            (1.2e-5, "1.2e-05"),
            (8388608.0, "8.388608e+06"),
            (67108864.0, "6.7108864e+07"),
            (1e-45, "1e-45"),
        ] {
            assert_eq!(format_f32(value), text);
        }
    }

    #[test]
    fn text_out_of_range_is_refused_and_so_is_text_that_is_no_float() {
        let message = |text| parse_f64(text).unwrap_err().to_string();
        assert_eq!(message("1e400"), "\"1e400\" is out of range for type double precision");
        assert_eq!(message("1e-400"), "\"1e-400\" is out of range for type double precision");
        assert_eq!(message("x"), "invalid input syntax for type double precision: \"x\"");
        assert_eq!(message(""), "invalid input syntax for type double precision: \"\"");
        assert_eq!(parse_f64(" 1e-320 "), Ok(1e-320));
        assert_eq!(parse_f64("0e400"), Ok(0.0));
        assert_eq!(parse_f64("-inf"), Ok(f64::NEG_INFINITY));
        assert!(parse_f64("NaN").is_ok_and(f64::is_nan));
        assert_eq!(
            parse_f32("1e39").unwrap_err().to_string(),
            "\"1e39\" is out of range for type real"
        );
    }

    #[test]
    fn nan_is_greatest_and_minus_zero_is_zero() {
        assert_eq!(compare_f64(f64::NAN, f64::INFINITY), Ordering::Greater);
        assert_eq!(compare_f64(f64::NAN, f64::NAN), Ordering::Equal);
        assert_eq!(compare_f64(-0.0, 0.0), Ordering::Equal);
        assert_eq!(compare_f32(1.0, f32::NAN), Ordering::Less);
    }

    #[test]
    fn arithmetic_reports_what_ieee_hides() {
        let state = |result: Result<f64, SqlError>| result.unwrap_err().sqlstate.to_string();
        assert_eq!(state(add_f64(1e308, 1e308)), "22003");
        assert_eq!(add_f64(f64::INFINITY, 1.0), Ok(f64::INFINITY));
        assert!(add_f64(f64::INFINITY, f64::NEG_INFINITY).is_ok_and(f64::is_nan));
        assert_eq!(state(mul_f64(1e-200, 1e-200)), "22003");
        assert_eq!(state(div_f64(1.0, 0.0)), "22012");
        assert_eq!(state(div_f64(f64::INFINITY, 0.0)), "22012");
        assert!(div_f64(f64::NAN, 0.0).is_ok_and(f64::is_nan));
        assert_eq!(div_f64(1.0, f64::INFINITY), Ok(0.0));
        assert_eq!(state(div_f64(1e-300, 1e300)), "22003");
    }

    #[test]
    fn casts_to_integers_round_halves_to_even() {
        assert_eq!(to_i32(2.5), Ok(2));
        assert_eq!(to_i32(3.5), Ok(4));
        assert_eq!(to_i32(-2.5), Ok(-2));
        assert_eq!(to_i32(2147483647.5).unwrap_err().to_string(), "integer out of range");
        assert_eq!(to_i32(-2147483648.5), Ok(i32::MIN));
        assert!(to_i64(9.223372036854775e18).is_ok());
        assert!(to_i64(9223372036854775808.0).is_err());
        assert!(to_i16(f64::NAN).is_err());
    }
}
