//! The operators of `pg_operator` among our types: symbol, operand types, function.
//!
//! Operators of one symbol share commutator, negator and selectivity estimator; a left type `_` is a prefix operator.

use super::Estimator;
use crate::value::Type;

/// The operators of one symbol.
pub(super) struct Group {
    pub(super) symbol: &'static str,
    pub(super) commutator: Option<&'static str>,
    pub(super) negator: Option<&'static str>,
    pub(super) estimator: Option<Estimator>,
    /// Left type, right type, name of the function.
    pub(super) members: &'static [(Option<Type>, Type, &'static str)],
}

/// An operand of an operator of arrays.
#[derive(Clone, Copy)]
pub(super) enum Operand {
    Array,
    Element,
}

/// An operator of arrays, of every element type.
pub(super) struct ArrayGroup {
    pub(super) symbol: Group,
    pub(super) left: Operand,
    pub(super) right: Operand,
    pub(super) function: &'static str,
}

macro_rules! array_groups {
    ($($left:ident $symbol:literal $right:ident, $function:literal, $commutator:expr, $negator:expr, $estimator:expr;)*) => {
        pub(super) static ARRAYS: &[ArrayGroup] = &[$(ArrayGroup {
            symbol: Group {
                symbol: $symbol,
                commutator: $commutator,
                negator: $negator,
                estimator: $estimator,
                members: &[],
            },
            left: Operand::$left,
            right: Operand::$right,
            function: $function,
        }),*];
    };
}

array_groups! {
    Array "=" Array, "array_eq", Some("="), Some("<>"), Some(Estimator::Equal);
    Array "<>" Array, "array_ne", Some("<>"), Some("="), Some(Estimator::NotEqual);
    Array "<" Array, "array_lt", Some(">"), Some(">="), Some(Estimator::Less);
    Array "<=" Array, "array_le", Some(">="), Some(">"), Some(Estimator::LessOrEqual);
    Array ">" Array, "array_gt", Some("<"), Some("<="), Some(Estimator::Greater);
    Array ">=" Array, "array_ge", Some("<="), Some("<"), Some(Estimator::GreaterOrEqual);
    Array "@>" Array, "arraycontains", Some("<@"), None, Some(Estimator::ArrayContains);
    Array "<@" Array, "arraycontained", Some("@>"), None, Some(Estimator::ArrayContains);
    Array "&&" Array, "arrayoverlap", Some("&&"), None, Some(Estimator::ArrayContains);
    Array "||" Array, "array_cat", None, None, None;
    Array "||" Element, "array_append", None, None, None;
    Element "||" Array, "array_prepend", None, None, None;
}

macro_rules! groups {
    ($($symbol:literal, $commutator:expr, $negator:expr, $estimator:expr => [
        $($left:tt $right:ident $function:literal,)*
    ];)*) => {
        pub(super) static GROUPS: &[Group] = &[$(Group {
            symbol: $symbol,
            commutator: $commutator,
            negator: $negator,
            estimator: $estimator,
            members: &[$((groups!(@ $left), Type::$right, $function)),*],
        }),*];
    };
    (@ _) => { None };
    (@ $left:ident) => { Some(Type::$left) };
}

groups! {
    "=", Some("="), Some("<>"), Some(Estimator::Equal) => [
        Bool Bool "booleq", Bpchar Bpchar "bpchareq", Date Date "date_eq",
        Date Timestamp "date_eq_timestamp", Float4 Float4 "float4eq", Float4 Float8 "float48eq",
        Float8 Float4 "float84eq", Float8 Float8 "float8eq", Int2 Int2 "int2eq",
        Int2 Int4 "int24eq", Int2 Int8 "int28eq", Int4 Int2 "int42eq", Int4 Int4 "int4eq",
        Int4 Int8 "int48eq", Int8 Int2 "int82eq", Int8 Int4 "int84eq", Int8 Int8 "int8eq",
        Interval Interval "interval_eq", Name Name "nameeq", Name Text "nameeqtext",
        Numeric Numeric "numeric_eq", Text Name "texteqname", Text Text "texteq",
        Timestamp Date "timestamp_eq_date", Timestamp Timestamp "timestamp_eq",
        Bytea Bytea "byteaeq", Date TimestampTz "date_eq_timestamptz", Time Time "time_eq",
        Timestamp TimestampTz "timestamp_eq_timestamptz", TimestampTz Date "timestamptz_eq_date",
        TimestampTz Timestamp "timestamptz_eq_timestamp", TimestampTz TimestampTz "timestamptz_eq",
        TimeTz TimeTz "timetz_eq",
    ];
    "<>", Some("<>"), Some("="), Some(Estimator::NotEqual) => [
        Bool Bool "boolne", Bpchar Bpchar "bpcharne", Date Date "date_ne",
        Date Timestamp "date_ne_timestamp", Float4 Float4 "float4ne", Float4 Float8 "float48ne",
        Float8 Float4 "float84ne", Float8 Float8 "float8ne", Int2 Int2 "int2ne",
        Int2 Int4 "int24ne", Int2 Int8 "int28ne", Int4 Int2 "int42ne", Int4 Int4 "int4ne",
        Int4 Int8 "int48ne", Int8 Int2 "int82ne", Int8 Int4 "int84ne", Int8 Int8 "int8ne",
        Interval Interval "interval_ne", Name Name "namene", Name Text "namenetext",
        Numeric Numeric "numeric_ne", Text Name "textnename", Text Text "textne",
        Timestamp Date "timestamp_ne_date", Timestamp Timestamp "timestamp_ne",
        Bytea Bytea "byteane", Date TimestampTz "date_ne_timestamptz", Time Time "time_ne",
        Timestamp TimestampTz "timestamp_ne_timestamptz", TimestampTz Date "timestamptz_ne_date",
        TimestampTz Timestamp "timestamptz_ne_timestamp", TimestampTz TimestampTz "timestamptz_ne",
        TimeTz TimeTz "timetz_ne",
    ];
    "<", Some(">"), Some(">="), Some(Estimator::Less) => [
        Bool Bool "boollt", Bpchar Bpchar "bpcharlt", Date Date "date_lt",
        Date Timestamp "date_lt_timestamp", Float4 Float4 "float4lt", Float4 Float8 "float48lt",
        Float8 Float4 "float84lt", Float8 Float8 "float8lt", Int2 Int2 "int2lt",
        Int2 Int4 "int24lt", Int2 Int8 "int28lt", Int4 Int2 "int42lt", Int4 Int4 "int4lt",
        Int4 Int8 "int48lt", Int8 Int2 "int82lt", Int8 Int4 "int84lt", Int8 Int8 "int8lt",
        Interval Interval "interval_lt", Name Name "namelt", Name Text "namelttext",
        Numeric Numeric "numeric_lt", Text Name "textltname", Text Text "text_lt",
        Timestamp Date "timestamp_lt_date", Timestamp Timestamp "timestamp_lt",
        Bytea Bytea "bytealt", Date TimestampTz "date_lt_timestamptz", Time Time "time_lt",
        Timestamp TimestampTz "timestamp_lt_timestamptz", TimestampTz Date "timestamptz_lt_date",
        TimestampTz Timestamp "timestamptz_lt_timestamp", TimestampTz TimestampTz "timestamptz_lt",
        TimeTz TimeTz "timetz_lt",
    ];
    "<=", Some(">="), Some(">"), Some(Estimator::LessOrEqual) => [
        Bool Bool "boolle", Bpchar Bpchar "bpcharle", Date Date "date_le",
        Date Timestamp "date_le_timestamp", Float4 Float4 "float4le", Float4 Float8 "float48le",
        Float8 Float4 "float84le", Float8 Float8 "float8le", Int2 Int2 "int2le",
        Int2 Int4 "int24le", Int2 Int8 "int28le", Int4 Int2 "int42le", Int4 Int4 "int4le",
        Int4 Int8 "int48le", Int8 Int2 "int82le", Int8 Int4 "int84le", Int8 Int8 "int8le",
        Interval Interval "interval_le", Name Name "namele", Name Text "nameletext",
        Numeric Numeric "numeric_le", Text Name "textlename", Text Text "text_le",
        Timestamp Date "timestamp_le_date", Timestamp Timestamp "timestamp_le",
        Bytea Bytea "byteale", Date TimestampTz "date_le_timestamptz", Time Time "time_le",
        Timestamp TimestampTz "timestamp_le_timestamptz", TimestampTz Date "timestamptz_le_date",
        TimestampTz Timestamp "timestamptz_le_timestamp", TimestampTz TimestampTz "timestamptz_le",
        TimeTz TimeTz "timetz_le",
    ];
    ">", Some("<"), Some("<="), Some(Estimator::Greater) => [
        Bool Bool "boolgt", Bpchar Bpchar "bpchargt", Date Date "date_gt",
        Date Timestamp "date_gt_timestamp", Float4 Float4 "float4gt", Float4 Float8 "float48gt",
        Float8 Float4 "float84gt", Float8 Float8 "float8gt", Int2 Int2 "int2gt",
        Int2 Int4 "int24gt", Int2 Int8 "int28gt", Int4 Int2 "int42gt", Int4 Int4 "int4gt",
        Int4 Int8 "int48gt", Int8 Int2 "int82gt", Int8 Int4 "int84gt", Int8 Int8 "int8gt",
        Interval Interval "interval_gt", Name Name "namegt", Name Text "namegttext",
        Numeric Numeric "numeric_gt", Text Name "textgtname", Text Text "text_gt",
        Timestamp Date "timestamp_gt_date", Timestamp Timestamp "timestamp_gt",
        Bytea Bytea "byteagt", Date TimestampTz "date_gt_timestamptz", Time Time "time_gt",
        Timestamp TimestampTz "timestamp_gt_timestamptz", TimestampTz Date "timestamptz_gt_date",
        TimestampTz Timestamp "timestamptz_gt_timestamp", TimestampTz TimestampTz "timestamptz_gt",
        TimeTz TimeTz "timetz_gt",
    ];
    ">=", Some("<="), Some("<"), Some(Estimator::GreaterOrEqual) => [
        Bool Bool "boolge", Bpchar Bpchar "bpcharge", Date Date "date_ge",
        Date Timestamp "date_ge_timestamp", Float4 Float4 "float4ge", Float4 Float8 "float48ge",
        Float8 Float4 "float84ge", Float8 Float8 "float8ge", Int2 Int2 "int2ge",
        Int2 Int4 "int24ge", Int2 Int8 "int28ge", Int4 Int2 "int42ge", Int4 Int4 "int4ge",
        Int4 Int8 "int48ge", Int8 Int2 "int82ge", Int8 Int4 "int84ge", Int8 Int8 "int8ge",
        Interval Interval "interval_ge", Name Name "namege", Name Text "namegetext",
        Numeric Numeric "numeric_ge", Text Name "textgename", Text Text "text_ge",
        Timestamp Date "timestamp_ge_date", Timestamp Timestamp "timestamp_ge",
        Bytea Bytea "byteage", Date TimestampTz "date_ge_timestamptz", Time Time "time_ge",
        Timestamp TimestampTz "timestamp_ge_timestamptz", TimestampTz Date "timestamptz_ge_date",
        TimestampTz Timestamp "timestamptz_ge_timestamp", TimestampTz TimestampTz "timestamptz_ge",
        TimeTz TimeTz "timetz_ge",
    ];
    "+", Some("+"), None, None => [
        Date Int4 "date_pli", Date Interval "date_pl_interval", Float4 Float4 "float4pl",
        Float4 Float8 "float48pl", Float8 Float4 "float84pl", Float8 Float8 "float8pl",
        Int2 Int2 "int2pl", Int2 Int4 "int24pl", Int2 Int8 "int28pl", Int4 Date "integer_pl_date",
        Int4 Int2 "int42pl", Int4 Int4 "int4pl", Int4 Int8 "int48pl", Int8 Int2 "int82pl",
        Int8 Int4 "int84pl", Int8 Int8 "int8pl", Interval Date "interval_pl_date",
        Interval Interval "interval_pl", Interval Timestamp "interval_pl_timestamp",
        Numeric Numeric "numeric_add", Timestamp Interval "timestamp_pl_interval",
        Date Time "datetime_pl", Date TimeTz "datetimetz_pl", Interval Time "interval_pl_time",
        Interval TimeTz "interval_pl_timetz", Interval TimestampTz "interval_pl_timestamptz",
        Time Date "timedate_pl", Time Interval "time_pl_interval", TimeTz Date "timetzdate_pl",
        TimeTz Interval "timetz_pl_interval", TimestampTz Interval "timestamptz_pl_interval",
    ];
    "+", None, None, None => [
        _ Float4 "float4up", _ Float8 "float8up", _ Int2 "int2up", _ Int4 "int4up",
        _ Int8 "int8up", _ Numeric "numeric_uplus",
    ];
    "-", None, None, None => [
        _ Float4 "float4um", _ Float8 "float8um", _ Int2 "int2um", _ Int4 "int4um",
        _ Int8 "int8um", _ Interval "interval_um", _ Numeric "numeric_uminus",
        Date Date "date_mi", Date Int4 "date_mii", Date Interval "date_mi_interval",
        Float4 Float4 "float4mi", Float4 Float8 "float48mi", Float8 Float4 "float84mi",
        Float8 Float8 "float8mi", Int2 Int2 "int2mi", Int2 Int4 "int24mi", Int2 Int8 "int28mi",
        Int4 Int2 "int42mi", Int4 Int4 "int4mi", Int4 Int8 "int48mi", Int8 Int2 "int82mi",
        Int8 Int4 "int84mi", Int8 Int8 "int8mi", Interval Interval "interval_mi",
        Numeric Numeric "numeric_sub", Timestamp Interval "timestamp_mi_interval",
        Timestamp Timestamp "timestamp_mi", Time Interval "time_mi_interval",
        Time Time "time_mi_time", TimeTz Interval "timetz_mi_interval",
        TimestampTz Interval "timestamptz_mi_interval", TimestampTz TimestampTz "timestamptz_mi",
    ];
    "*", Some("*"), None, None => [
        Float4 Float4 "float4mul", Float4 Float8 "float48mul", Float8 Float4 "float84mul",
        Float8 Float8 "float8mul", Float8 Interval "mul_d_interval", Int2 Int2 "int2mul",
        Int2 Int4 "int24mul", Int2 Int8 "int28mul", Int4 Int2 "int42mul", Int4 Int4 "int4mul",
        Int4 Int8 "int48mul", Int8 Int2 "int82mul", Int8 Int4 "int84mul", Int8 Int8 "int8mul",
        Interval Float8 "interval_mul", Numeric Numeric "numeric_mul",
    ];
    "/", None, None, None => [
        Float4 Float4 "float4div", Float4 Float8 "float48div", Float8 Float4 "float84div",
        Float8 Float8 "float8div", Int2 Int2 "int2div", Int2 Int4 "int24div",
        Int2 Int8 "int28div", Int4 Int2 "int42div", Int4 Int4 "int4div", Int4 Int8 "int48div",
        Int8 Int2 "int82div", Int8 Int4 "int84div", Int8 Int8 "int8div",
        Interval Float8 "interval_div", Numeric Numeric "numeric_div",
    ];
    "%", None, None, None => [
        Int2 Int2 "int2mod", Int4 Int4 "int4mod", Int8 Int8 "int8mod",
        Numeric Numeric "numeric_mod",
    ];
    "^", None, None, None => [
        Float8 Float8 "dpow", Numeric Numeric "numeric_power",
    ];
    "@", None, None, None => [
        _ Float4 "float4abs", _ Float8 "float8abs", _ Int2 "int2abs", _ Int4 "int4abs",
        _ Int8 "int8abs", _ Numeric "numeric_abs",
    ];
    "|/", None, None, None => [
        _ Float8 "dsqrt",
    ];
    "&", Some("&"), None, None => [
        Int2 Int2 "int2and", Int4 Int4 "int4and", Int8 Int8 "int8and",
    ];
    "|", Some("|"), None, None => [
        Int2 Int2 "int2or", Int4 Int4 "int4or", Int8 Int8 "int8or",
    ];
    "#", Some("#"), None, None => [
        Int2 Int2 "int2xor", Int4 Int4 "int4xor", Int8 Int8 "int8xor",
    ];
    "~", None, None, None => [
        _ Int2 "int2not", _ Int4 "int4not", _ Int8 "int8not",
    ];
    "<<", None, None, None => [
        Int2 Int4 "int2shl", Int4 Int4 "int4shl", Int8 Int4 "int8shl",
    ];
    ">>", None, None, None => [
        Int2 Int4 "int2shr", Int4 Int4 "int4shr", Int8 Int4 "int8shr",
    ];
    "||", None, None, None => [
        Bytea Bytea "byteacat", Text Text "textcat",
    ];
    "~~", None, Some("!~~"), Some(Estimator::Like) => [
        Bpchar Text "bpcharlike", Name Text "namelike", Text Text "textlike",
    ];
    "!~~", None, Some("~~"), Some(Estimator::NotLike) => [
        Bpchar Text "bpcharnlike", Name Text "namenlike", Text Text "textnlike",
    ];
    "~~*", None, Some("!~~*"), Some(Estimator::ILike) => [
        Bpchar Text "bpchariclike", Name Text "nameiclike", Text Text "texticlike",
    ];
    "!~~*", None, Some("~~*"), Some(Estimator::NotILike) => [
        Bpchar Text "bpcharicnlike", Name Text "nameicnlike", Text Text "texticnlike",
    ];
    "^@", None, None, Some(Estimator::Prefix) => [
        Text Text "starts_with",
    ];
}
