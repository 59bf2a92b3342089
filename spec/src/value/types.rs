//! Types and their modifiers.

use std::fmt;

/// A type of the subset, without its modifier. `Unknown` is the type of an untyped literal while binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// `boolean`.
    Bool,
    /// `smallint`.
    Int2,
    /// `integer`.
    Int4,
    /// `bigint`.
    Int8,
    /// `real`.
    Float4,
    /// `double precision`.
    Float8,
    /// `numeric`.
    Numeric,
    /// `text`.
    Text,
    /// `character varying`.
    Varchar,
    /// `character`.
    Bpchar,
    /// `name`: an identifier, at most 63 bytes.
    Name,
    /// `date`.
    Date,
    /// `timestamp without time zone`.
    Timestamp,
    /// `interval`.
    Interval,
    /// A literal whose type is not known yet; never the type of a stored column.
    Unknown,
}

impl Type {
    /// Every type that a column may have.
    pub const ALL: [Type; 14] = [
        Type::Bool,
        Type::Int2,
        Type::Int4,
        Type::Int8,
        Type::Float4,
        Type::Float8,
        Type::Numeric,
        Type::Text,
        Type::Varchar,
        Type::Bpchar,
        Type::Name,
        Type::Date,
        Type::Timestamp,
        Type::Interval,
    ];

    /// The SQL name, as `format_type` prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Type::Bool => "boolean",
            Type::Int2 => "smallint",
            Type::Int4 => "integer",
            Type::Int8 => "bigint",
            Type::Float4 => "real",
            Type::Float8 => "double precision",
            Type::Numeric => "numeric",
            Type::Text => "text",
            Type::Varchar => "character varying",
            Type::Bpchar => "character",
            Type::Name => "name",
            Type::Date => "date",
            Type::Timestamp => "timestamp without time zone",
            Type::Interval => "interval",
            Type::Unknown => "unknown",
        }
    }

    /// The catalogue's short name (`pg_type.typname`).
    pub const fn typname(self) -> &'static str {
        match self {
            Type::Bool => "bool",
            Type::Int2 => "int2",
            Type::Int4 => "int4",
            Type::Int8 => "int8",
            Type::Float4 => "float4",
            Type::Float8 => "float8",
            Type::Varchar => "varchar",
            Type::Bpchar => "bpchar",
            Type::Timestamp => "timestamp",
            other => other.name(),
        }
    }

    /// The object id in PostgreSQL's `pg_type`.
    pub const fn oid(self) -> u32 {
        match self {
            Type::Bool => 16,
            Type::Name => 19,
            Type::Int8 => 20,
            Type::Int2 => 21,
            Type::Int4 => 23,
            Type::Text => 25,
            Type::Float4 => 700,
            Type::Float8 => 701,
            Type::Unknown => 705,
            Type::Bpchar => 1042,
            Type::Varchar => 1043,
            Type::Date => 1082,
            Type::Timestamp => 1114,
            Type::Interval => 1186,
            Type::Numeric => 1700,
        }
    }

    /// The type of this object id, if it is one of ours.
    pub fn from_oid(oid: u32) -> Option<Type> {
        Type::ALL.into_iter().chain([Type::Unknown]).find(|t| t.oid() == oid)
    }

    /// The type of this (lower-case) name or alias: `int`, `int4`, `integer`, `decimal`, …
    pub fn from_name(name: &str) -> Option<Type> {
        let ty = match name {
            "bool" | "boolean" => Type::Bool,
            "int2" | "smallint" => Type::Int2,
            "int" | "int4" | "integer" => Type::Int4,
            "int8" | "bigint" => Type::Int8,
            "float4" | "real" => Type::Float4,
            "float8" | "float" | "double precision" => Type::Float8,
            "numeric" | "decimal" | "dec" => Type::Numeric,
            "text" => Type::Text,
            "varchar" | "character varying" | "char varying" => Type::Varchar,
            "bpchar" | "char" | "character" => Type::Bpchar,
            "name" => Type::Name,
            "date" => Type::Date,
            "timestamp" | "timestamp without time zone" => Type::Timestamp,
            "interval" => Type::Interval,
            _ => return None,
        };
        Some(ty)
    }

    /// Whether the type holds numbers.
    pub const fn is_number(self) -> bool {
        matches!(
            self,
            Type::Int2 | Type::Int4 | Type::Int8 | Type::Float4 | Type::Float8 | Type::Numeric
        )
    }

    /// Whether the type is in PostgreSQL's string category (`typcategory = 'S'`).
    pub const fn is_string(self) -> bool {
        matches!(self, Type::Text | Type::Varchar | Type::Bpchar | Type::Name)
    }

    /// Whether two members can be equal and still print differently (1.0 and 1.00, 0 and -0, '1 day' and '24:00').
    pub const fn equal_may_differ(self) -> bool {
        matches!(self, Type::Float4 | Type::Float8 | Type::Numeric | Type::Bpchar | Type::Interval)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a declaration adds to a type: the `n` of `varchar(n)`, the `p,s` of `numeric(p,s)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Modifier {
    /// Nothing.
    #[default]
    None,
    /// `varchar(n)`, `char(n)`: a length in characters, at least 1.
    Length(u32),
    /// `numeric(p,s)`: at most `p` digits, `s` of them after the point (`s` may be negative).
    Precision {
        /// Total digits, 1 to 1000.
        precision: u16,
        /// Digits after the point, -1000 to 1000.
        scale: i16,
    },
}

impl Modifier {
    /// The type with this modifier, as `format_type` prints it: `numeric(15,2)`, `character varying(25)`.
    pub fn describe(self, ty: Type) -> String {
        match self {
            // `character` alone would mean `character(1)`.
            Modifier::None if ty == Type::Bpchar => "bpchar".to_owned(),
            Modifier::None => ty.name().to_owned(),
            Modifier::Length(length) => format!("{ty}({length})"),
            Modifier::Precision { precision, scale } => format!("{ty}({precision},{scale})"),
        }
    }
}
