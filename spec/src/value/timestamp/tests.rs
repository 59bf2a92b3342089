//! Timestamps against answers of PostgreSQL 15.18.

use super::*;

fn at(text: &str) -> i64 {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn span(text: &str) -> Interval {
    crate::value::interval::parse(text).unwrap()
}

#[test]
fn timestamps_read_and_print_as_postgresql_has_them() {
    for (text, expected) in [
        ("2024-01-01T10:20:30.1234567", "2024-01-01 10:20:30.123457"),
        ("2024-01-01 10:20 PM", "2024-01-01 22:20:00"),
        ("20240101T102030", "2024-01-01 10:20:30"),
        ("2024-01-01 24:00:00", "2024-01-02 00:00:00"),
        ("2024-01-01 10:20:60", "2024-01-01 10:21:00"),
        ("2024-01-01 10:20:30+02", "2024-01-01 10:20:30"),
        ("2024-01-01 10:20:30 Z", "2024-01-01 10:20:30"),
        ("Jan 1, 2024 10:20", "2024-01-01 10:20:00"),
        ("2024-01-01 102030", "2024-01-01 10:20:30"),
        ("epoch", "1970-01-01 00:00:00"),
        ("infinity", "infinity"),
        ("0001-01-01 BC", "0001-01-01 00:00:00 BC"),
        ("10000-01-01 00:00:00.5", "10000-01-01 00:00:00.5"),
        ("294276-12-31 23:59:59.999999", "294276-12-31 23:59:59.999999"),
    ] {
        assert_eq!(format(at(text)), expected, "{text}");
    }
}

#[test]
fn bad_timestamps_are_refused_with_postgresql_messages() {
    for (text, expected) in [
        ("2024-01-01 10", "22007: invalid input syntax for type timestamp: \"2024-01-01 10\""),
        ("2024-01-01 25:00", "22008: date/time field value out of range: \"2024-01-01 25:00\""),
        ("2024-01-01 10:60", "22008: date/time field value out of range: \"2024-01-01 10:60\""),
        ("294277-01-01", "22008: timestamp out of range: \"294277-01-01\""),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(format!("{}: {error}", error.sqlstate), expected);
    }
}

#[test]
fn adding_months_clamps_to_the_end_of_the_month() {
    let sum = |a, b| add_interval(at(a), span(b)).map(format);
    assert_eq!(sum("2024-01-31", "1 mon").as_deref(), Ok("2024-02-29 00:00:00"));
    assert_eq!(sum("2023-03-31 10:00", "-1 mon").as_deref(), Ok("2023-02-28 10:00:00"));
    assert_eq!(sum("2024-02-29", "1 year 1 day 25:00").as_deref(), Ok("2025-03-02 01:00:00"));
    assert_eq!(sum("infinity", "-1 day").as_deref(), Ok("infinity"));
    let error = add_interval(at("294276-12-31"), span("1 year")).unwrap_err();
    assert_eq!(error.to_string(), "timestamp out of range");
}

#[test]
fn a_difference_is_days_and_time_of_one_sign() {
    let difference = |a, b| sub(at(a), at(b)).map(|span| span.to_string());
    assert_eq!(
        difference("2024-03-01 01:00", "2024-02-01 02:00").as_deref(),
        Ok("28 days 23:00:00")
    );
    assert_eq!(
        difference("2024-02-01 02:00", "2024-03-01 01:00").as_deref(),
        Ok("-28 days -23:00:00")
    );
    let error = sub(INFINITY, 0).unwrap_err();
    assert_eq!(
        format!("{}: {error}", error.sqlstate),
        "22008: cannot subtract infinite timestamps"
    );
    // PostgreSQL 15 wraps here.
    assert_eq!(
        difference("294276-12-31", "4713-01-01 BC").as_deref(),
        Ok("-104300493 days -08:01:49.551616")
    );
}

#[test]
fn fields_are_numeric_in_extract_and_float_in_date_part() {
    let moment = at("2024-02-29 13:14:15.5");
    let text = |unit| extract(unit, moment).unwrap().to_numeric().unwrap().to_string();
    for (unit, expected) in [
        ("second", "15.500000"),
        ("milliseconds", "15500.000"),
        ("microseconds", "15500000"),
        ("epoch", "1709212455.500000"),
        ("julian", "2460370.55156828703703703704"),
        ("century", "21"),
        ("decade", "202"),
        ("quarter", "1"),
        ("dow", "4"),
        ("doy", "60"),
        ("isoyear", "2024"),
        ("HOURS", "13"),
    ] {
        assert_eq!(text(unit), expected, "{unit}");
    }
    assert_eq!(extract("second", moment).unwrap().to_f64(), Some(15.5));
    assert_eq!(extract("hour", INFINITY).unwrap().to_f64(), None);
    assert_eq!(extract("epoch", NEGATIVE_INFINITY).unwrap().to_f64(), Some(f64::NEG_INFINITY));
}

#[test]
fn truncation_goes_to_the_start_of_the_unit() {
    let cut = |unit, text| trunc(unit, at(text)).map(format);
    let moment = "2024-05-29 13:14:15.678912";
    for (unit, expected) in [
        ("millisecond", "2024-05-29 13:14:15.678"),
        ("minute", "2024-05-29 13:14:00"),
        ("day", "2024-05-29 00:00:00"),
        ("week", "2024-05-27 00:00:00"),
        ("quarter", "2024-04-01 00:00:00"),
        ("decade", "2020-01-01 00:00:00"),
        ("century", "2001-01-01 00:00:00"),
        ("millennium", "2001-01-01 00:00:00"),
    ] {
        assert_eq!(cut(unit, moment).as_deref(), Ok(expected), "{unit}");
    }
    assert_eq!(cut("dow", moment).unwrap_err().sqlstate.to_string(), "22023");
    assert_eq!(cut("foo", moment).unwrap_err().sqlstate.to_string(), "22023");
}
