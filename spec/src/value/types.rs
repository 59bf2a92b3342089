//! Types and their modifiers.

use std::fmt;

/// The table of scalar types: what it is, variant, SQL name, `typname`, object id, object id of its array.
macro_rules! scalars {
    ($($(#[$doc:meta])* $ty:ident $name:literal $typname:literal $oid:literal $array_oid:literal;)*) => {
        /// A type of the subset, without its modifier. `Unknown` is the type of an untyped literal while binding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Type {
            $($(#[$doc])* $ty,)*
            /// An array of a scalar type.
            Array(Element),
            /// A literal whose type is not known yet; never the type of a stored column.
            Unknown,
        }

        /// A scalar type as the element of an array: arrays of arrays do not exist, an array has dimensions instead.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Element {
            $($(#[$doc])* $ty,)*
        }

        impl Element {
            /// Every element type.
            pub const ALL: [Element; SCALARS] = [$(Element::$ty),*];

            /// The type of the elements.
            pub const fn ty(self) -> Type {
                match self {
                    $(Element::$ty => Type::$ty,)*
                }
            }

            /// The type as an element; `None` for arrays and the unknown type.
            pub const fn of(ty: Type) -> Option<Element> {
                match ty {
                    $(Type::$ty => Some(Element::$ty),)*
                    Type::Array(_) | Type::Unknown => None,
                }
            }

            /// The SQL name of the array: `integer[]`.
            const fn array_name(self) -> &'static str {
                match self {
                    $(Element::$ty => concat!($name, "[]"),)*
                }
            }

            /// The catalogue's name of the array: `_int4`.
            const fn array_typname(self) -> &'static str {
                match self {
                    $(Element::$ty => concat!("_", $typname),)*
                }
            }

            /// The object id of the array.
            const fn array_oid(self) -> u32 {
                match self {
                    $(Element::$ty => $array_oid,)*
                }
            }
        }

        impl Type {
            /// Every scalar type that a column may have.
            pub const SCALARS: [Type; SCALARS] = [$(Type::$ty),*];

            /// The SQL name, as `format_type` prints it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Type::$ty => $name,)*
                    Type::Array(element) => element.array_name(),
                    Type::Unknown => "unknown",
                }
            }

            /// The catalogue's short name (`pg_type.typname`).
            pub const fn typname(self) -> &'static str {
                match self {
                    $(Type::$ty => $typname,)*
                    Type::Array(element) => element.array_typname(),
                    Type::Unknown => "unknown",
                }
            }

            /// The object id in PostgreSQL's `pg_type`.
            pub const fn oid(self) -> u32 {
                match self {
                    $(Type::$ty => $oid,)*
                    Type::Array(element) => element.array_oid(),
                    Type::Unknown => 705,
                }
            }
        }
    };
}

/// How many scalar types there are.
const SCALARS: usize = 18;

scalars! {
    /// `boolean`.
    Bool "boolean" "bool" 16 1000;
    /// `smallint`.
    Int2 "smallint" "int2" 21 1005;
    /// `integer`.
    Int4 "integer" "int4" 23 1007;
    /// `bigint`.
    Int8 "bigint" "int8" 20 1016;
    /// `real`.
    Float4 "real" "float4" 700 1021;
    /// `double precision`.
    Float8 "double precision" "float8" 701 1022;
    /// `numeric`.
    Numeric "numeric" "numeric" 1700 1231;
    /// `text`.
    Text "text" "text" 25 1009;
    /// `character varying`.
    Varchar "character varying" "varchar" 1043 1015;
    /// `character`.
    Bpchar "character" "bpchar" 1042 1014;
    /// `name`: an identifier, at most 63 bytes.
    Name "name" "name" 19 1003;
    /// `date`.
    Date "date" "date" 1082 1182;
    /// `timestamp without time zone`.
    Timestamp "timestamp without time zone" "timestamp" 1114 1115;
    /// `interval`.
    Interval "interval" "interval" 1186 1187;
    /// `bytea`: a string of bytes.
    Bytea "bytea" "bytea" 17 1001;
    /// `time without time zone`.
    Time "time without time zone" "time" 1083 1183;
    /// `time with time zone`.
    TimeTz "time with time zone" "timetz" 1266 1270;
    /// `timestamp with time zone`.
    TimestampTz "timestamp with time zone" "timestamptz" 1184 1185;
}

impl Type {
    /// Every type that a column may have: the scalars, then their arrays in the same order.
    pub const ALL: [Type; 2 * SCALARS] = {
        let mut all = [Type::Unknown; 2 * SCALARS];
        let mut i = 0;
        while i < SCALARS {
            all[i] = Type::SCALARS[i];
            all[SCALARS + i] = Type::Array(Element::ALL[i]);
            i += 1;
        }
        all
    };

    /// The type of the elements, of an array type.
    pub const fn element(self) -> Option<Type> {
        match self {
            Type::Array(element) => Some(element.ty()),
            _ => None,
        }
    }

    /// The type of arrays of these; `None` for arrays and the unknown type.
    pub const fn array(self) -> Option<Type> {
        match Element::of(self) {
            Some(element) => Some(Type::Array(element)),
            None => None,
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
            "bytea" => Type::Bytea,
            "time" | "time without time zone" => Type::Time,
            "timetz" | "time with time zone" => Type::TimeTz,
            "timestamptz" | "timestamp with time zone" => Type::TimestampTz,
            name => {
                let element = match name.strip_suffix("[]") {
                    Some(element) => Type::from_name(element)?,
                    None => Type::SCALARS.into_iter().find(|ty| {
                        name.strip_prefix('_').is_some_and(|name| ty.typname() == name)
                    })?,
                };
                element.array()?
            }
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
        match self {
            Type::Array(element) => element.ty().equal_may_differ(),
            Type::Float4 | Type::Float8 | Type::Numeric | Type::Bpchar | Type::Interval => true,
            _ => false,
        }
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
    /// `timestamp(p)`, `time(p)`: digits of a second, 0 to 6.
    Fraction(u8),
}

impl Modifier {
    /// The type with this modifier, as `format_type` prints it: `numeric(15,2)`, `character varying(25)[]`.
    pub fn describe(self, ty: Type) -> String {
        match (self, ty) {
            (_, Type::Array(element)) => format!("{}[]", self.describe(element.ty())),
            // `character` alone would mean `character(1)`.
            (Modifier::None, Type::Bpchar) => "bpchar".to_owned(),
            (Modifier::None, _) => ty.name().to_owned(),
            (Modifier::Length(length), _) => format!("{ty}({length})"),
            (Modifier::Precision { precision, scale }, _) => format!("{ty}({precision},{scale})"),
            (Modifier::Fraction(digits), _) => match ty.name().split_once(' ') {
                Some((word, zone)) => format!("{word}({digits}) {zone}"),
                None => format!("{ty}({digits})"),
            },
        }
    }
}
