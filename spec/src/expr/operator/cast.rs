//! Casts: how a value of one type becomes a value of another (`pg_cast`, `find_coercion_pathway`). [expr.cast]

use crate::expr::function::{self, Function};
use crate::value::{Element, Type};

/// How one type becomes another, and where that happens without being written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CastRule {
    /// The way.
    pub conversion: Conversion,
    /// Where it is allowed.
    pub context: CastContext,
}

/// The way from one type to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Conversion {
    /// A call of a function of one argument. Its result may be another string type than asked for (`text(boolean)`
    /// for a cast to `varchar`): then a relabelling follows.
    Function(&'static Function),
    /// The same bytes ([`CastMethod::Relabel`](crate::expr::CastMethod)).
    Relabel,
    /// Out through text and in again ([`CastMethod::Text`](crate::expr::CastMethod)).
    Text,
    /// Element by element, from arrays of these ([`CastMethod::Elements`](crate::expr::CastMethod)).
    Elements(Element),
}

/// Where a cast is allowed (`pg_cast.castcontext`), from the freest to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CastContext {
    /// Anywhere, unwritten.
    Implicit,
    /// Unwritten where a value is stored into a column (INSERT), and where written.
    Assignment,
    /// Only where written.
    Explicit,
}

use CastContext::{Assignment, Explicit, Implicit};

/// The cast from one type to another, if there is one. A type casts to itself as it is.
///
/// What `pg_cast` does not list goes through text, if one side is a string type: to a string on assignment, from a
/// string where written.
pub fn cast(from: Type, to: Type) -> Option<CastRule> {
    if from == to {
        return Some(CastRule { conversion: Conversion::Relabel, context: Implicit });
    }
    if from == Type::Unknown {
        return Some(CastRule { conversion: Conversion::Text, context: Implicit });
    }
    if let Some(context) = relabelled(from, to) {
        return Some(CastRule { conversion: Conversion::Relabel, context });
    }
    if let (Type::Array(source), Type::Array(target)) = (from, to) {
        let context = cast(source.ty(), target.ty())?.context;
        return Some(CastRule { conversion: Conversion::Elements(source), context });
    }
    if let Some((name, context)) = by_function(from, to) {
        let function = function::exact(name, &[from])?;
        return Some(CastRule { conversion: Conversion::Function(function), context });
    }
    let context = match (category(from), category(to)) {
        (_, 'S') => Assignment,
        ('S', _) => Explicit,
        _ => return None,
    };
    Some(CastRule { conversion: Conversion::Text, context })
}

/// Binary-coercible pairs.
fn relabelled(from: Type, to: Type) -> Option<CastContext> {
    use Type::{Bpchar, Text, Varchar};
    let pairs = [(Text, Bpchar), (Text, Varchar), (Varchar, Bpchar), (Varchar, Text)];
    pairs.contains(&(from, to)).then_some(Implicit)
}

/// The casts with a function: its name and where it is allowed.
fn by_function(from: Type, to: Type) -> Option<(&'static str, CastContext)> {
    use Type::{Bool, Bpchar, Date, Float4, Float8, Int2, Int4, Int8, Name, Numeric, Text};
    use Type::{Interval, Time, TimeTz, Timestamp, TimestampTz, Varchar};
    let found = match (from, to) {
        (Bool, Int4) => ("int4", Explicit),
        (Int4, Bool) => ("bool", Explicit),
        (Bool, Text | Varchar | Bpchar) => ("text", Assignment),
        (Bpchar, Text | Varchar) => ("text", Implicit),
        (Bpchar | Text | Varchar, Name) => ("name", Implicit),
        (Name, Text) => ("text", Implicit),
        (Name, Varchar) => ("varchar", Assignment),
        (Name, Bpchar) => ("bpchar", Assignment),
        (Date, Timestamp) => ("timestamp", Implicit),
        (Date | Timestamp, TimestampTz) => ("timestamptz", Implicit),
        (Timestamp | TimestampTz, Date) => ("date", Assignment),
        (TimestampTz, Timestamp) => ("timestamp", Assignment),
        (Timestamp | TimestampTz | Interval | TimeTz, Time) => ("time", Assignment),
        (TimestampTz, TimeTz) => ("timetz", Assignment),
        (Time, TimeTz) => ("timetz", Implicit),
        (Time, Interval) => ("interval", Implicit),
        (from, to) if from.is_number() && to.is_number() => {
            // Towards the wider or less exact type implicitly, back on assignment.
            let rank =
                |ty| [Int2, Int4, Int8, Numeric, Float4, Float8].iter().position(|t| *t == ty);
            (to.typname(), if rank(from) < rank(to) { Implicit } else { Assignment })
        }
        _ => return None,
    };
    Some(found)
}

/// Whether a type takes a modifier, so that a declaration of it may ask for [`CastMethod::Modifier`](crate::expr::CastMethod).
pub fn takes_modifier(ty: Type) -> bool {
    match ty {
        Type::Array(element) => takes_modifier(element.ty()),
        Type::Numeric | Type::Varchar | Type::Bpchar => true,
        Type::Time | Type::TimeTz | Type::Timestamp | Type::TimestampTz => true,
        _ => false,
    }
}

/// The category of a type (`pg_type.typcategory`): overload resolution prefers types of one category.
pub fn category(ty: Type) -> char {
    match ty {
        Type::Bool => 'B',
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Float4 | Type::Float8 | Type::Numeric => 'N',
        Type::Text | Type::Varchar | Type::Bpchar | Type::Name => 'S',
        Type::Date | Type::Timestamp | Type::TimestampTz | Type::Time | Type::TimeTz => 'D',
        Type::Interval => 'T',
        Type::Bytea => 'U',
        Type::Array(_) => 'A',
        Type::Unknown => 'X',
    }
}

/// Whether a type is the preferred one of its category (`pg_type.typispreferred`).
pub fn preferred(ty: Type) -> bool {
    matches!(ty, Type::Bool | Type::Text | Type::Float8 | Type::Interval | Type::TimestampTz)
}
