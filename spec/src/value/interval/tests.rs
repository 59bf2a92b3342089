//! Intervals against answers of PostgreSQL 15.18.

use super::*;

fn text(input: &str) -> String {
    match parse(input) {
        Ok(interval) => interval.to_string(),
        Err(error) => format!("{}: {error}", error.sqlstate),
    }
}

fn span(input: &str) -> Interval {
    parse(input).unwrap()
}

#[test]
fn intervals_read_and_print_as_postgresql_has_them() {
    for (input, expected) in [
        ("1 mon 1 day", "1 mon 1 day"),
        ("-1 mon +1 day -00:00:01", "-1 mons +1 day -00:00:01"),
        ("0", "00:00:00"),
        ("-1 year -2 mons", "-1 years -2 mons"),
        ("-0.5 sec", "-00:00:00.5"),
        ("1-2", "1 year 2 mons"),
        ("-1-2", "-1 years -2 mons"),
        ("1-2 3 4:05:06", "1 year 2 mons 3 days 04:05:06"),
        ("1.5 years", "1 year 6 mons"),
        ("1.7 months", "1 mon 21 days"),
        ("0.5 week", "3 days 12:00:00"),
        ("@ 1 day 2 hours ago", "-1 days -02:00:00"),
        ("P1Y2M3DT4H5M6.5S", "1 year 2 mons 3 days 04:05:06.5"),
        ("3", "00:00:03"),
        ("1 day 2", "1 day 00:00:02"),
        ("1 us 2 ms", "00:00:00.002001"),
        ("", "22007: invalid input syntax for type interval: \"\""),
        ("foo", "22007: invalid input syntax for type interval: \"foo\""),
        ("1 foo", "22007: invalid input syntax for type interval: \"1 foo\""),
        ("-infinity", "22007: invalid input syntax for type interval: \"-infinity\""),
        (
            "9999999999999 years",
            "22015: interval field value out of range: \"9999999999999 years\"",
        ),
    ] {
        assert_eq!(text(input), expected, "{input}");
    }
}

#[test]
fn a_qualifier_names_the_unit_and_drops_what_is_smaller() {
    let read = |input, unit| parse_with_unit(input, unit).unwrap().to_string();
    assert_eq!(read("90", "day"), "90 days");
    assert_eq!(read("3", "month"), "3 mons");
    assert_eq!(read("1.5", "month"), "1 mon");
    assert_eq!(read("1:02:03", "minute"), "01:02:00");
    assert_eq!(read("1.6", "second"), "00:00:01.6");
    assert_eq!(read("90 days", "month"), "00:00:00");
}

#[test]
fn order_counts_a_month_as_thirty_days_and_a_day_as_24_hours() {
    assert!(span("1 mon").compare(&span("30 days")).is_eq());
    assert!(span("1 day").compare(&span("24:00")).is_eq());
    assert!(span("1 mon").compare(&span("31 days")).is_lt());
}

#[test]
fn products_and_quotients_carry_fractions_down() {
    let mul = |input, factor| span(input).mul(factor).unwrap().to_string();
    let div = |input, divisor| span(input).div(divisor).unwrap().to_string();
    assert_eq!(mul("1 mon 10 days 12:00", 1.5), "1 mon 30 days 18:00:00");
    assert_eq!(div("1 mon", 3.0), "10 days");
    assert_eq!(div("1 year 3 days 5 hours", 7.3), "1 mon 19 days 18:06:34.47794");
    assert_eq!(div("1 mon 1 day 02:00", 3.0), "10 days 08:40:00");
    let state = |result: Result<Interval, SqlError>| result.unwrap_err().sqlstate.to_string();
    assert_eq!(state(span("1 day").div(0.0)), "22012");
    assert_eq!(state(span("1 day").div(1e-300)), "22008");
    assert_eq!(state(span("1 day").mul(f64::NAN)), "22008");
    assert_eq!(state(span("2147483647 days").add(span("1 day"))), "22008");
    assert_eq!(state(span("-2147483648 days").neg()), "22008");
}
