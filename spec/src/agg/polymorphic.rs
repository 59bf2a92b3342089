//! `anyelement`: one entry per type, for aggregates whose argument and result are whatever type comes.

/// The aggregates of a polymorphic signature: `entry` once for each type, which it knows as the constant `name`.
macro_rules! of_any_element {
    ($name:ident => $entry:expr) => {
        super::polymorphic::of_any_element! { @ $name, $entry,
            Bool Int2 Int4 Int8 Float4 Float8 Numeric Text Varchar Bpchar Name Date Timestamp Interval Bytea Time TimeTz
            TimestampTz
        }
    };
    (@ $name:ident, $entry:expr, $($scalar:ident)*) => {
        &[
            $({ const $name: Type = Type::$scalar; $entry },)*
            $({ const $name: Type = Type::Array(crate::value::Element::$scalar); $entry },)*
        ]
    };
}

pub(super) use of_any_element;

#[cfg(test)]
mod tests {
    use crate::agg;
    use crate::value::{Element, Type};

    #[test]
    fn every_type_of_a_column_is_an_element() {
        for name in ["mode", "percentile_disc", "any_value"] {
            let of = |ty| move |aggregate: &&agg::Aggregate| aggregate.args == [Some(ty)];
            for ty in Type::SCALARS.into_iter().chain(Element::ALL.map(Type::Array)) {
                assert!(agg::of_name(name).any(|a| of(ty)(&a)), "{name} of {ty}");
            }
        }
    }
}
