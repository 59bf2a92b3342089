//! Numbers against answers of PostgreSQL 15.18.

use super::*;

fn n(text: &str) -> Numeric {
    Numeric::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

#[test]
fn text_is_read_and_printed_with_its_scale() {
    for (input, expected) in [
        ("1e5", "100000"),
        ("-0.00", "0.00"),
        (".5", "0.5"),
        (" 1.50 ", "1.50"),
        ("1.5e-3", "0.0015"),
        ("nan", "NaN"),
        ("+inf", "Infinity"),
        ("-Infinity", "-Infinity"),
    ] {
        assert_eq!(n(input).to_string(), expected);
    }
}
