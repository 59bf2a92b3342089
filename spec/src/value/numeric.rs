//! `numeric`: exact decimal numbers with a display scale, over `num-bigint`.

use num_bigint::BigInt;

/// An exact decimal number, or one of its three special values.
///
/// Rust's `==` is identity (1.0 is not 1.00); SQL's order is [`Numeric::compare`](Numeric).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numeric {
    /// `coefficient * 10^-scale`; the scale (0 to 16383) is what is displayed. Zero has no sign.
    Finite {
        /// All digits, as an integer.
        coefficient: BigInt,
        /// How many of them stand after the point.
        scale: u16,
    },
    /// Not a number: equal to itself and greater than everything else.
    NaN,
    /// Greater than every finite number.
    Infinity,
    /// Less than every finite number.
    NegativeInfinity,
}
