//! Expressions as SQL text, by type.

use spec::value::{Element, Type};

use super::{Choices, rows};

/// What an expression may speak of: columns with their types.
pub(super) struct Scope {
    /// Column text (`t0.a`) and type.
    pub columns: Vec<(String, Type)>,
}

impl Scope {
    /// A column of a type, if there is one.
    pub fn column(&self, choices: &mut dyn Choices, fits: impl Fn(Type) -> bool) -> Option<String> {
        let fitting: Vec<_> = self.columns.iter().filter(|(_, ty)| fits(*ty)).collect();
        (!fitting.is_empty()).then(|| choices.pick(&fitting).0.clone())
    }

    /// Any column with its type.
    pub fn any(&self, choices: &mut dyn Choices) -> (String, Type) {
        self.columns[choices.below(self.columns.len())].clone()
    }

    /// Whether there are columns of types that only databases of [`super::Palette::All`] have.
    pub fn has_all_types(&self) -> bool {
        self.columns.iter().any(|(_, ty)| is_newer(*ty))
    }

    /// An expression of the type, at most so deep.
    pub fn expression(&self, choices: &mut dyn Choices, ty: Type, depth: usize) -> String {
        if depth > 0
            && self.has_all_types()
            && choices.once_in(3)
            && let Some(text) = self.over_newer(choices, ty)
        {
            return text;
        }
        if depth == 0 || choices.below(3) == 0 {
            return match self.column(choices, |t| t == ty) {
                Some(column) if !choices.once_in(5) => column,
                _ => literal(choices, ty),
            };
        }
        let mut operand = |ty| self.expression(choices, ty, depth - 1);
        let (x, y) = (operand(ty), operand(ty));
        match choices.below(8) {
            0 => return format!("coalesce({x}, {y})"),
            1 => {
                let condition = self.condition(choices, depth - 1);
                return format!("CASE WHEN {condition} THEN {x} ELSE {y} END");
            }
            2 => return format!("{}({x}, {y})", choices.pick(&["greatest", "least"])),
            3 => return format!("nullif({x}, {y})"),
            _ => {}
        }
        match ty {
            Type::Int2 | Type::Int4 | Type::Int8 => {
                let op = choices.pick(&["+", "-", "*", "+", "-", "/", "%"]);
                self.integer(choices, &x, op, &y)
            }
            Type::Numeric | Type::Float8 | Type::Float4 => match choices.below(6) {
                0 => format!("abs({x})"),
                1 if ty == Type::Numeric => format!("round({x}, {})", choices.below(4)),
                _ => format!("({x} {} {y})", choices.pick(&["+", "-", "*", "+", "/"])),
            },
            Type::Text => match choices.below(5) {
                0 => format!("upper({x})"),
                1 => format!("substr({x}, {})", choices.between(1, 3)),
                2 => format!("left({x}, {})", choices.between(0, 3)),
                _ => format!("({x} || {y})"),
            },
            Type::Date if choices.once_in(2) => {
                let span = choices.pick(&["1 mon", "2 mons", "1 year", "-1 mon"]);
                format!("({x} + '{span}'::interval)::date")
            }
            Type::Date => {
                let days = choices.between(0, 40);
                format!("({x} {} {days})", choices.pick(&["+", "-"]))
            }
            Type::Timestamp if choices.once_in(2) => {
                let span =
                    choices.pick(&["1 mon", "2 mons", "1 year", "-1 mon", "3 days", "01:30:00"]);
                format!("({x} + '{span}'::interval)")
            }
            Type::Timestamp => {
                format!("date_trunc('{}', {x})", choices.pick(&["day", "month", "hour", "year"]))
            }
            Type::Interval => format!("({x} {} {y})", choices.pick(&["+", "-"])),
            Type::Time | Type::TimeTz | Type::TimestampTz => {
                let span = choices.pick(&["01:30:00", "-02:00:00", "1 day"]);
                format!("({x} + '{span}'::interval)")
            }
            Type::Bytea => format!("({x} || {y})"),
            Type::Array(_) => match choices.below(3) {
                0 => format!("array_append({x}, NULL)"),
                _ => format!("({x} || {y})"),
            },
            Type::Bool => self.condition(choices, depth - 1),
            _ => x,
        }
    }

    /// An expression of the type over a column of a type that only some databases have, if there is one for it.
    fn over_newer(&self, choices: &mut dyn Choices, ty: Type) -> Option<String> {
        let mut column = |of: Type| self.column(choices, |ty| ty == of);
        let array = ty.array().and_then(&mut column);
        let ints = column(Type::Array(Element::Int4));
        let bytes = column(Type::Bytea);
        let moment = column(Type::TimestampTz);
        let words = column(Type::Array(Element::Text));
        Some(match (ty, choices.below(3)) {
            (_, 0) => format!("{}[{}]", array?, choices.between(0, 2)),
            (Type::Int4, 1) => {
                let name =
                    choices.pick(&["cardinality(#)", "array_length(#, 1)", "array_ndims(#)"]);
                name.replace('#', &ints.or(words)?)
            }
            (Type::Int4, _) => {
                choices.pick(&["length(#)", "octet_length(#)"]).replace('#', &bytes?)
            }
            (Type::Text, 1) => {
                let name = choices.pick(&["encode(#, 'hex')", "encode(#, 'escape')", "md5(#)"]);
                name.replace('#', &bytes?)
            }
            (Type::Text, _) => format!("array_to_string({}, ',', '-')", words.or(ints)?),
            (Type::Bool, 1) => {
                let op = choices.pick(&["@>", "<@", "&&"]);
                let ints = ints?;
                format!("({ints} {op} {})", literal(choices, Type::Array(Element::Int4)))
            }
            (Type::Bool, _) => format!("({} = ANY ({}))", literal(choices, Type::Int4), ints?),
            (Type::Date, _) => format!("{}::date", moment?),
            (Type::Time, _) => format!("{}::time", moment?),
            (Type::TimeTz, _) => format!("{}::timetz", moment?),
            (Type::Timestamp, _) => format!("{}::timestamp", moment?),
            (Type::TimestampTz, _) => format!("date_trunc('hour', {})", moment?),
            (Type::Bytea, _) => format!("substr({}, {})", bytes?, choices.between(1, 3)),
            (Type::Array(Element::Int4), _) => {
                format!("array_remove({}, {})", ints?, literal(choices, Type::Int4))
            }
            (Type::Array(Element::Text), _) => {
                format!("array_replace({}, 'a', {})", words?, literal(choices, Type::Text))
            }
            _ => return None,
        })
    }

    /// Integer arithmetic. Division is mostly guarded, since an error ends what a case can show.
    fn integer(&self, choices: &mut dyn Choices, x: &str, op: &str, y: &str) -> String {
        let divides = op == "/" || op == "%";
        if divides && !choices.once_in(8) {
            format!("({x} {op} nullif({y}, 0))")
        } else {
            format!("({x} {op} {y})")
        }
    }

    /// A condition.
    pub fn condition(&self, choices: &mut dyn Choices, depth: usize) -> String {
        if depth > 0 {
            match choices.below(6) {
                0 => return self.connected(choices, "AND", depth),
                1 => return self.connected(choices, "OR", depth),
                2 if choices.once_in(2) => {
                    return format!("NOT ({})", self.condition(choices, depth - 1));
                }
                _ => {}
            }
        }
        let (column, ty) = self.any(choices);
        match choices.below(9) {
            0 => format!("{column} IS NULL"),
            1 => format!("{column} IS NOT NULL"),
            2 => {
                let list = [literal(choices, ty), literal(choices, ty), literal(choices, ty)];
                let not = choices.pick(&["", "", "NOT "]);
                format!("{column} {not}IN ({})", list.join(", "))
            }
            3 => format!("{column} BETWEEN {} AND {}", literal(choices, ty), literal(choices, ty)),
            4 if ty.is_string() => {
                let pattern = choices.pick(&["a%", "%b%", "_", "%", "A_", "ab%c"]);
                let like = choices.pick(&["LIKE", "NOT LIKE", "ILIKE"]);
                format!("{column} {like} '{pattern}'")
            }
            4 => format!("{column} IS NOT DISTINCT FROM {}", literal(choices, ty)),
            5 if ty == Type::Bool => column,
            _ => {
                let other = match self.column(choices, |t| t == ty) {
                    Some(other) if choices.once_in(3) => other,
                    _ => literal(choices, ty),
                };
                let op = choices.pick(&["<", "=", ">", "<=", ">=", "<>"]);
                format!("{column} {op} {other}")
            }
        }
    }

    fn connected(&self, choices: &mut dyn Choices, with: &str, depth: usize) -> String {
        let (a, b) = (self.condition(choices, depth - 1), self.condition(choices, depth - 1));
        format!("({a} {with} {b})")
    }
}

/// Whether a type is one that only databases of [`super::Palette::All`] have.
pub(super) fn is_newer(ty: Type) -> bool {
    let newer = [Type::Bytea, Type::Time, Type::TimeTz, Type::TimestampTz];
    newer.contains(&ty) || ty.element().is_some()
}

/// A literal of a type.
pub(super) fn literal(choices: &mut dyn Choices, ty: Type) -> String {
    let text = match choices.once_in(6) {
        true => rows::value(choices, ty),
        false => {
            let text = choices.pick(rows::ordinary(ty));
            spec::value::text::input(ty, spec::value::Modifier::None, text).unwrap_or_default()
        }
    };
    let name = ty.typname();
    if text.is_null() {
        return format!("NULL::{name}");
    }
    let text = spec::value::text::output(&text);
    match ty {
        Type::Int4 if !text.starts_with('-') => text,
        Type::Bool => if text == "t" { "true" } else { "false" }.into(),
        _ => format!("'{}'::{name}", text.replace('\'', "''")),
    }
}
