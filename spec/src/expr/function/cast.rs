//! Casts with a function; a cast function has the name of its target type (`pg_cast`).
//!
//! Floating point to integer rounds half to even, numeric to integer half away from zero; both refuse what does not
//! fit with 22003. [expr.cast.round]

use crate::error::SqlError;
use crate::value::{Numeric, float, text};

/// An integer in a narrower type.
fn narrow<T: TryFrom<i64>>(number: i64, name: &str) -> Result<T, SqlError> {
    number.try_into().map_err(|_| SqlError::out_of_range(name))
}

/// A string as `name`: at most 63 bytes, whole characters.
fn name(string: &str) -> String {
    text::clip_name(string).to_owned()
}

functions! {
    "int2"(a: Int4) -> Int2 = narrow(a.into(), "smallint");
    "int2"(a: Int8) -> Int2 = narrow(a, "smallint");
    "int2"(a: Float4) -> Int2 = float::to_i16(a.into());
    "int2"(a: Float8) -> Int2 = float::to_i16(a);
    "int2"(a: Numeric) -> Int2 = a.to_i16();
    "int4"(a: Int2) -> Int4 = i32::from(a);
    "int4"(a: Int8) -> Int4 = narrow(a, "integer");
    "int4"(a: Float4) -> Int4 = float::to_i32(a.into());
    "int4"(a: Float8) -> Int4 = float::to_i32(a);
    "int4"(a: Numeric) -> Int4 = a.to_i32();
    "int4"(a: Bool) -> Int4 = i32::from(a);
    "int8"(a: Int2) -> Int8 = i64::from(a);
    "int8"(a: Int4) -> Int8 = i64::from(a);
    "int8"(a: Float4) -> Int8 = float::to_i64(a.into());
    "int8"(a: Float8) -> Int8 = float::to_i64(a);
    "int8"(a: Numeric) -> Int8 = a.to_i64();
    "float4"(a: Int2) -> Float4 = f32::from(a);
    "float4"(a: Int4) -> Float4 = a as f32;
    "float4"(a: Int8) -> Float4 = a as f32;
    "float4"(a: Float8) -> Float4 = float::to_f32(a);
    "float4"(a: Numeric) -> Float4 = a.to_f32();
    "float8"(a: Int2) -> Float8 = f64::from(a);
    "float8"(a: Int4) -> Float8 = f64::from(a);
    "float8"(a: Int8) -> Float8 = a as f64;
    "float8"(a: Float4) -> Float8 = f64::from(a);
    "float8"(a: Numeric) -> Float8 = a.to_f64();
    "numeric"(a: Int2) -> Numeric = Numeric::from_i128(a.into());
    "numeric"(a: Int4) -> Numeric = Numeric::from_i128(a.into());
    "numeric"(a: Int8) -> Numeric = Numeric::from_i128(a.into());
    "numeric"(a: Float4) -> Numeric = Numeric::from_f32(a);
    "numeric"(a: Float8) -> Numeric = Numeric::from_f64(a);
    "bool"(a: Int4) -> Bool = a != 0;

    "text"(a: Bool) -> Text = a.to_string();
    "text"(a: Name) -> Text = a.to_owned();
    "text"(a: Bpchar) -> Text = a.trim_end_matches(' ').to_owned();
    "varchar"(a: Name) -> Varchar = a.to_owned();
    "bpchar"(a: Name) -> Bpchar = a.to_owned();
    "name"(a: Text) -> Name = name(a);
    "name"(a: Varchar) -> Name = name(a);
    "name"(a: Bpchar) -> Name = name(a).trim_end_matches(' ').to_owned();
}
