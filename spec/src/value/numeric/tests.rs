//! Numbers against answers of PostgreSQL 15.18.

use super::*;

fn n(text: &str) -> Numeric {
    Numeric::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn text(result: Result<Numeric, SqlError>) -> String {
    match result {
        Ok(number) => number.to_string(),
        Err(error) => format!("{}: {error}", error.sqlstate),
    }
}

#[test]
fn text_is_read_and_printed_with_its_scale() {
    for (input, expected) in [
        ("1e5", "100000"),
        ("-0.00", "0.00"),
        (".5", "0.5"),
        ("5.", "5"),
        (" 1.50 ", "1.50"),
        ("1.5e-3", "0.0015"),
        ("1e 5", "100000"),
        ("nan", "NaN"),
        ("+inf", "Infinity"),
        ("-Infinity", "-Infinity"),
    ] {
        assert_eq!(n(input).to_string(), expected);
    }
}

#[test]
fn text_that_is_no_number_or_too_long_is_refused() {
    for input in ["x", "", ".", "1e", "--1", "1.5.5", "1 2", "-nan"] {
        let expected = format!("22P02: invalid input syntax for type numeric: \"{input}\"");
        assert_eq!(text(Numeric::parse(input)), expected);
    }
    for input in ["1e131072", "1e-16384", "0e-20000", "1e99999999999"] {
        assert_eq!(text(Numeric::parse(input)), "22003: value overflows numeric format", "{input}");
    }
    assert!(Numeric::parse("1e131071").is_ok());
    assert_eq!(n("0e200000").to_string(), "0");
}

#[test]
fn sums_take_the_larger_scale_and_products_the_sum_of_scales() {
    assert_eq!(text(n("1.10").add(&n("2.205"))), "3.305");
    assert_eq!(text(n("1.0").add(&n("1.00"))), "2.00");
    assert_eq!(text(n("1.5").add(&n("-1.500"))), "0.000");
    assert_eq!(text(n("1.0").mul(&n("1.00"))), "1.000");
    assert_eq!(text(n("-7").rem(&n("3"))), "-1");
    assert_eq!(text(n("1e40").sub(&n("0.1"))), "9999999999999999999999999999999999999999.9");
    assert_eq!(text(n("9e131071").add(&n("9e131071"))), "22003: value overflows numeric format");
}

#[test]
fn special_values_follow_their_rules() {
    assert_eq!(text(n("inf").sub(&n("inf"))), "NaN");
    assert_eq!(text(n("inf").mul(&n("0"))), "NaN");
    assert_eq!(text(n("inf").rem(&n("3"))), "NaN");
    assert_eq!(text(n("3").rem(&n("-inf"))), "3");
    assert_eq!(text(n("inf").div(&n("-2"))), "-Infinity");
    assert_eq!(text(n("inf").div(&n("0"))), "22012: division by zero");
    assert!(n("NaN").compare(&n("inf")).is_gt());
    assert!(n("NaN").compare(&n("NaN")).is_eq());
}

#[test]
fn a_quotient_has_the_scale_that_postgresql_selects() {
    for (a, b, expected) in [
        ("1", "3.0", "0.33333333333333333333"),
        ("10", "3.0", "3.3333333333333333"),
        ("1000000", "3.0", "333333.333333333333"),
        ("100000000", "3.0", "33333333.333333333333"),
        ("7.0", "2", "3.5000000000000000"),
        ("0.0", "5", "0.00000000000000000000"),
        ("1e20", "3", "33333333333333333333"),
        ("1", "30000000000", "0.0000000000333333333333333333"),
        ("2", "3.00000", "0.66666666666666666667"),
        ("3", "2", "1.5000000000000000"),
        ("0.00003", "2", "0.000015000000000000000000"),
        ("1", "Infinity", "0"),
        ("NaN", "0", "NaN"),
        ("12345678901234567890.123", "-0.07", "-176366841446208112716.043"),
        ("1", "0", "22012: division by zero"),
    ] {
        assert_eq!(text(n(a).div(&n(b))), expected, "{a} / {b}");
    }
    assert_eq!(text(n("-7.5").div_trunc(&n("2"))), "-3");
}

#[test]
fn rounding_is_half_away_from_zero() {
    assert_eq!(n("2.5").round(0).to_string(), "3");
    assert_eq!(n("-2.5").round(0).to_string(), "-3");
    assert_eq!(n("1234.5678").round(-2).to_string(), "1200");
    assert_eq!(n("-1234.5678").trunc(2).to_string(), "-1234.56");
    assert_eq!(n("-15.0").trunc(-1).to_string(), "-10");
    assert_eq!(n("-0.5").ceil().to_string(), "0");
    assert_eq!(n("-0.5").floor().to_string(), "-1");
    assert_eq!(n("2.5").to_i32(), Ok(3));
    assert_eq!(n("-2.5").to_i64(), Ok(-3));
    let message = |result: Result<i32, SqlError>| result.unwrap_err().to_string();
    assert_eq!(message(n("3e9").to_i32()), "integer out of range");
    assert_eq!(message(n("NaN").to_i32()), "cannot convert NaN to integer");
    let infinite = n("-inf").to_i16().unwrap_err();
    assert_eq!(infinite.to_string(), "cannot convert infinity to smallint");
}

#[test]
fn a_modifier_rounds_and_bounds() {
    let detail = |text: &str, precision, scale| {
        n(text).with_precision(precision, scale).unwrap_err().detail.clone().unwrap()
    };
    assert_eq!(text(n("0.5").with_precision(2, 2)), "0.50");
    assert_eq!(text(n("0.00012").with_precision(2, 5)), "0.00012");
    assert_eq!(text(n("149").with_precision(3, -2)), "100");
    assert_eq!(
        detail("123456", 3, -2),
        "A field with precision 3, scale -2 must round to an absolute value less than 10^5."
    );
    assert_eq!(
        detail("99.995", 4, 2),
        "A field with precision 4, scale 2 must round to an absolute value less than 10^2."
    );
    assert_eq!(
        detail("1", 2, 2),
        "A field with precision 2, scale 2 must round to an absolute value less than 1."
    );
    assert_eq!(
        detail("0.1", 2, 3),
        "A field with precision 2, scale 3 must round to an absolute value less than 10^-1."
    );
    assert_eq!(
        detail("inf", 4, 2),
        "A field with precision 4, scale 2 cannot hold an infinite value."
    );
}

#[test]
fn floats_become_numbers_of_fifteen_or_six_digits() {
    assert_eq!(Numeric::from_f64(0.1).to_string(), "0.1");
    assert_eq!(Numeric::from_f64(1e20).to_string(), "100000000000000000000");
    assert_eq!(Numeric::from_f64(1.234_567_890_123_456_8).to_string(), "1.23456789012346");
    assert_eq!(Numeric::from_f64(1e-7).to_string(), "0.0000001");
    assert_eq!(Numeric::from_f32(1.234_567_8).to_string(), "1.23457");
    assert_eq!(n("0.1").to_f64(), Ok(0.1));
    assert!(n("1e400").to_f64().is_err());
}

#[test]
fn roots_logarithms_and_exponentials_have_postgresql_digits() {
    assert_eq!(text(n("2").sqrt()), "1.414213562373095");
    assert_eq!(text(n("0").sqrt()), "0.000000000000000");
    assert_eq!(text(n("0.000001").sqrt()), "0.0010000000000000000");
    assert_eq!(text(n("12345678901234567890.5").sqrt()), "3513641828.8201443");
    assert_eq!(text(n("2").ln()), "0.6931471805599453");
    assert_eq!(text(n("1.00000001").ln()), "0.000000009999999950000000");
    assert_eq!(text(n("1e100").ln()), "230.25850929940457");
    assert_eq!(text(n("64").log(&n("2"))), "6.0000000000000000");
    assert_eq!(text(n("8").log(&n("0.5"))), "-3.0000000000000000");
    assert_eq!(text(n("1.5").log10()), "0.1760912590556812");
    assert_eq!(text(n("1").exp()), "2.7182818284590452");
    assert_eq!(text(n("-10.5").exp()), "0.00002753644934974716");
    assert_eq!(text(n("100.0").exp()), "26881171418161354484126255515800135873611118.8");
    assert_eq!(text(n("-1").sqrt()), "2201F: cannot take square root of a negative number");
    assert_eq!(text(n("0").ln()), "2201E: cannot take logarithm of zero");
    assert_eq!(text(n("-1").ln()), "2201E: cannot take logarithm of a negative number");
    assert_eq!(text(n("5").log(&n("1"))), "22012: division by zero");
    assert_eq!(text(n("6000").exp()), "22003: value overflows numeric format");
}

#[test]
fn powers_have_postgresql_digits() {
    for (base, exponent, expected) in [
        ("2", "10", "1024.0000000000000000"),
        ("2", "0.5", "1.4142135623730950"),
        ("7", "0", "1.0000000000000000"),
        ("-8", "3.0", "-512.0000000000000000"),
        ("0", "0", "1.0000000000000000"),
        ("2.5", "-3", "0.0640000000000000"),
        ("NaN", "0", "1"),
        ("1", "NaN", "1"),
        ("-Infinity", "3", "-Infinity"),
        ("10", "-1000", "0.0000000000000000"),
        ("1.000001", "1000000.5", "2.7182818284592718"),
        ("0", "-1", "2201F: zero raised to a negative power is undefined"),
    ] {
        assert_eq!(text(n(base).power(&n(exponent))), expected, "{base} ^ {exponent}");
    }
    assert_eq!(n("-2").power(&n("0.5")).unwrap_err().sqlstate.as_str(), "2201F");
}

#[test]
fn equal_numbers_have_one_hash_key() {
    assert_eq!(n("1.000").hash_key(), n("1").hash_key());
    assert_eq!(n("100").hash_key().to_string(), "100");
    assert_eq!(n("0.000").hash_key(), n("0").hash_key());
    let long = format!("1.{}", "0".repeat(5000));
    assert_eq!(n(&long).hash_key(), n("1"));
    assert!(n("1.00").compare(&n("1")).is_eq());
    assert_ne!(n("1.00"), n("1"));
}

/// Pairs of any coefficients and scales, zeros and equal values among them, have the order that they have side by side at
/// one scale, and hash keys that say the same. [value.numeric.order]
#[test]
fn order_is_by_value_whatever_the_scales() {
    let coefficients = ["0", "1", "-1", "3", "10", "99", "-100", "18446744073709551616"];
    let scales = [0u16, 1, 2, 18, 19, 20, 40, 400];
    let numbers: Vec<(BigInt, u16)> = coefficients
        .iter()
        .flat_map(|c| {
            scales.iter().map(|&s| {
                (c.parse::<BigInt>().unwrap() * BigInt::from(10).pow(s.min(20).into()), s)
            })
        })
        .chain(coefficients.iter().flat_map(|c| scales.iter().map(|&s| (c.parse().unwrap(), s))))
        .collect();
    for (a, s) in &numbers {
        for (b, t) in &numbers {
            let common = |c: &BigInt, scale: u16| c * BigInt::from(10).pow((400 - scale).into());
            let expected = common(a, *s).cmp(&common(b, *t));
            let x = Numeric::Finite { coefficient: a.clone(), scale: *s };
            let y = Numeric::Finite { coefficient: b.clone(), scale: *t };
            assert_eq!(x.compare(&y), expected, "{x} and {y}");
            assert_eq!(x.hash_key() == y.hash_key(), expected.is_eq(), "{x} and {y}");
        }
    }
}
