//! The text of an expression as EXPLAIN prints it (`ruleutils.c`).
//!
//! Every operator carries its parentheses, every constant that is no plain number its type, and casts that the binder
//! added are shown where they are operands or arguments: `((v)::text = 'x'::text)`. [explain.expr]

use super::{CallSyntax, CastMethod, Expr, Function, Subquery};
use crate::value::{Element, Modifier, Type, Value, array, text};

/// What printing asks of the plan around an expression.
pub trait Names {
    /// The name of a column of the input row.
    fn column(&self, index: usize) -> String;

    /// The name of a column of an enclosing row.
    fn outer(&self, depth: usize, index: usize) -> String {
        format!("outer{depth}.{index}")
    }

    /// What stands for a sub-query: `(SubPlan 1)`, `(hashed SubPlan 1)`.
    fn subplan(&self, _subquery: &Subquery) -> String {
        "(SubPlan 1)".to_owned()
    }
}

/// Names given by a closure over the input row.
struct Columns<'a>(&'a dyn Fn(usize) -> String);

impl Names for Columns<'_> {
    fn column(&self, index: usize) -> String {
        (self.0)(index)
    }
}

/// The text of an expression, given the names of the input columns.
pub fn expr(expr: &Expr, column: &dyn Fn(usize) -> String) -> String {
    with_names(expr, &Columns(column))
}

/// The text of an expression where it is an operand or an argument: a cast that the binder added is shown.
pub fn argument(expr: &Expr, column: &dyn Fn(usize) -> String) -> String {
    Printer { names: &Columns(column) }.shown(expr)
}

/// The text of an expression, given all names.
pub fn with_names(expr: &Expr, names: &dyn Names) -> String {
    Printer { names }.show(expr, Implicit::Hidden)
}

/// Whether a cast that the binder added is shown.
#[derive(Clone, Copy, PartialEq)]
enum Implicit {
    Shown,
    Hidden,
}

struct Printer<'a> {
    names: &'a dyn Names,
}

impl Printer<'_> {
    fn show(&self, expr: &Expr, implicit: Implicit) -> String {
        match expr {
            Expr::Constant(value, ty) => constant(value, *ty),
            Expr::Column { index, .. } => self.names.column(*index),
            Expr::Outer { depth, index, .. } => self.names.outer(*depth, *index),
            Expr::Param { id, .. } => format!("${id}"),
            Expr::Call { function, args, syntax, .. } => {
                self.call(function, args, *syntax, implicit)
            }
            Expr::Cast { operand, explicit: false, .. } if implicit == Implicit::Hidden => {
                self.show(operand, implicit)
            }
            Expr::Cast { operand, to, modifier, method, .. } => {
                let operand = match method {
                    CastMethod::Modifier => under_cast(operand, *to),
                    _ => operand,
                };
                self.cast(operand, *to, *modifier)
            }
            Expr::And(operands) => self.connective(operands, " AND "),
            Expr::Or(operands) => self.connective(operands, " OR "),
            Expr::Not(operand) => format!("(NOT {})", self.show(operand, Implicit::Hidden)),
            Expr::IsNull { operand, negated } => {
                format!("({} IS {}NULL)", self.shown(operand), not(*negated))
            }
            Expr::IsTruth { operand, truth, negated } => {
                let operand = self.show(operand, Implicit::Hidden);
                format!("({operand} IS {}{})", not(*negated), truth_name(*truth))
            }
            Expr::IsDistinct { left, right, negated, .. } => {
                let test = format!("({} IS DISTINCT FROM {})", self.shown(left), self.shown(right));
                if *negated { format!("(NOT {test})") } else { test }
            }
            Expr::Case { branches, otherwise, .. } => self.case(branches, otherwise),
            Expr::Coalesce(args, _) => format!("COALESCE({})", self.list(args)),
            Expr::NullIf { left, right, .. } => {
                format!("NULLIF({}, {})", self.shown(left), self.shown(right))
            }
            Expr::MinMax { greatest, args, .. } => {
                format!("{}({})", if *greatest { "GREATEST" } else { "LEAST" }, self.list(args))
            }
            Expr::AnyOf { symbol, operand, list, all, .. } => {
                let quantifier = if *all { "ALL" } else { "ANY" };
                format!("({} {symbol} {quantifier} ({}))", self.shown(operand), self.array(list))
            }
            Expr::Array(members, ty) if members.is_empty() => format!("ARRAY[]::{ty}"),
            Expr::Array(members, _) => format!("ARRAY[{}]", self.list(members)),
            Expr::AnyElement { symbol, operands, all, .. } => {
                let quantifier = if *all { "ALL" } else { "ANY" };
                let [operand, array] = &**operands;
                format!("({} {symbol} {quantifier} ({}))", self.shown(operand), self.shown(array))
            }
            Expr::Subquery(subquery) => self.names.subplan(subquery),
        }
    }

    /// As an operand or argument: with the casts that the binder added.
    fn shown(&self, expr: &Expr) -> String {
        self.show(expr, Implicit::Shown)
    }

    fn list(&self, exprs: &[Expr]) -> String {
        exprs.iter().map(|expr| self.shown(expr)).collect::<Vec<_>>().join(", ")
    }

    fn connective(&self, operands: &[Expr], word: &str) -> String {
        let operands: Vec<_> =
            operands.iter().map(|operand| self.show(operand, Implicit::Hidden)).collect();
        format!("({})", operands.join(word))
    }

    fn call(
        &self,
        function: &Function,
        args: &[Expr],
        syntax: CallSyntax,
        implicit: Implicit,
    ) -> String {
        match (syntax, args) {
            (CallSyntax::Operator(symbol), [operand]) => {
                format!("({symbol} {})", self.shown(operand))
            }
            (CallSyntax::Operator(symbol), [left, right]) => {
                format!("({} {symbol} {})", self.shown(left), self.shown(right))
            }
            (CallSyntax::ImplicitCast, [operand]) if implicit == Implicit::Hidden => {
                self.show(operand, implicit)
            }
            (CallSyntax::ImplicitCast | CallSyntax::ExplicitCast, [operand]) => {
                self.cast(operand, function.result, Modifier::None)
            }
            (CallSyntax::Subscript, [array, subscripts @ ..]) => {
                let array = self.subscripted(array);
                let index = |index| format!("[{}]", self.show(index, Implicit::Hidden));
                let subscripts = subscripts.iter().map(index);
                array + &subscripts.collect::<String>()
            }
            (CallSyntax::Slice(written), [array, bounds @ ..]) => {
                let array = self.subscripted(array);
                let is_written = |(number, _): &(usize, &Expr)| written >> number & 1 == 1;
                let bound = |at: usize| {
                    let bound = bounds.iter().enumerate().nth(at).filter(is_written);
                    let bound = bound.map(|(_, bound)| self.show(bound, Implicit::Hidden));
                    bound.unwrap_or_default()
                };
                let slice = |at| format!("[{}:{}]", bound(at), bound(at + 1));
                array + &(0..bounds.len()).step_by(2).map(slice).collect::<String>()
            }
            // EXTRACT and POSITION are written no other way.
            (CallSyntax::SqlSyntax, args) | (CallSyntax::Function, args)
                if syntax == CallSyntax::SqlSyntax
                    || matches!(function.name, "extract" | "position" | "timezone") =>
            {
                self.sql_syntax(function.name, args)
                    .unwrap_or_else(|| format!("{}({})", quoted(function.name), self.list(args)))
            }
            _ => format!("{}({})", quoted(function.name), self.list(args)),
        }
    }

    /// An array that is subscripted: a column as it is, anything else in parentheses.
    fn subscripted(&self, array: &Expr) -> String {
        match array {
            Expr::Column { .. } | Expr::Param { .. } => self.shown(array),
            _ => format!("({})", self.shown(array)),
        }
    }

    /// The functions that SQL gives a syntax of their own (`get_func_sql_syntax`).
    fn sql_syntax(&self, name: &str, args: &[Expr]) -> Option<String> {
        let text = |index: usize| self.shown(&args[index]);
        let trim = |side: &str| match args {
            [text] => format!("TRIM({side} FROM {})", self.shown(text)),
            _ => format!("TRIM({side} {} FROM {})", text(1), text(0)),
        };
        Some(match (name, args.len()) {
            ("extract", 2) => match &args[0] {
                Expr::Constant(Value::Text(field), _) => {
                    format!("EXTRACT({field} FROM {})", text(1))
                }
                _ => return None,
            },
            ("substring", 2) => format!("SUBSTRING({} FROM {})", text(0), text(1)),
            ("substring", 3) => format!("SUBSTRING({} FROM {} FOR {})", text(0), text(1), text(2)),
            ("position", 2) => format!("POSITION(({}) IN ({}))", text(1), text(0)),
            ("overlay", 3) => format!("OVERLAY({} PLACING {} FROM {})", text(0), text(1), text(2)),
            ("overlay", 4) => {
                format!("OVERLAY({} PLACING {} FROM {} FOR {})", text(0), text(1), text(2), text(3))
            }
            ("timezone", 2) => format!("({} AT TIME ZONE {})", text(1), text(0)),
            ("btrim", 1 | 2) => trim("BOTH"),
            ("ltrim", 1 | 2) => trim("LEADING"),
            ("rtrim", 1 | 2) => trim("TRAILING"),
            _ => return None,
        })
    }

    fn cast(&self, operand: &Expr, to: Type, modifier: Modifier) -> String {
        let operand = match operand {
            // The constant has the type already: its own label would say the same twice.
            Expr::Constant(value, ty) if *ty == to => bare(value, *ty).0,
            _ => format!("({})", self.show(operand, Implicit::Hidden)),
        };
        format!("{operand}::{}", type_name(to, modifier))
    }

    fn case(&self, branches: &[(Expr, Expr)], otherwise: &Expr) -> String {
        let mut text = "CASE".to_owned();
        for (condition, result) in branches {
            let condition = self.show(condition, Implicit::Hidden);
            text += &format!(" WHEN {condition} THEN {}", self.shown(result));
        }
        text + &format!(" ELSE {} END", self.shown(otherwise))
    }

    /// The members of an IN list: one array constant if all are constants.
    fn array(&self, list: &[Expr]) -> String {
        let constants: Option<Vec<&Value>> = list
            .iter()
            .map(|member| match member {
                Expr::Constant(value, _) => Some(value),
                _ => None,
            })
            .collect();
        match constants {
            Some(values) => {
                let ty = list.first().map_or(Type::Text, Expr::ty);
                let member = |value: &Value| {
                    let mut out = String::new();
                    array::write_element(value, &mut out);
                    out
                };
                let members: Vec<_> = values.into_iter().map(member).collect();
                let literal = quote(&format!("{{{}}}", members.join(",")));
                format!("{literal}::{}[]", type_name(ty, Modifier::None))
            }
            None => format!("ARRAY[{}]", self.list(list)),
        }
    }
}

/// What a length coercion is applied to: the cast to the type itself is not shown beside it.
fn under_cast(operand: &Expr, to: Type) -> &Expr {
    match operand {
        Expr::Call {
            function,
            args,
            syntax: CallSyntax::ExplicitCast | CallSyntax::ImplicitCast,
            ..
        } if function.result == to && args.len() == 1 => &args[0],
        Expr::Cast { operand, to: inner, modifier: Modifier::None, .. } if *inner == to => operand,
        _ => operand,
    }
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

fn truth_name(truth: Option<bool>) -> &'static str {
    match truth {
        Some(true) => "TRUE",
        Some(false) => "FALSE",
        None => "UNKNOWN",
    }
}

/// The name of a type in a cast; `char` without a length would mean `char(1)`, so it goes by its short name.
pub fn type_name(ty: Type, modifier: Modifier) -> String {
    match (ty, modifier) {
        (Type::Bpchar, Modifier::None) => "bpchar".to_owned(),
        (Type::Array(Element::Bpchar), Modifier::None) => "bpchar[]".to_owned(),
        _ => modifier.describe(ty),
    }
}

/// A constant as EXPLAIN prints it: `5`, `'-5'::integer`, `'x'::text`, `NULL::date`, `true`. [explain.constant]
pub fn constant(value: &Value, ty: Type) -> String {
    let (text, labelled) = bare(value, ty);
    if labelled { format!("{text}::{}", type_name(ty, Modifier::None)) } else { text }
}

/// A constant with its type, also where it would read back as one of that type: `5::integer`.
pub fn labelled(value: &Value, ty: Type) -> String {
    format!("{}::{}", bare(value, ty).0, type_name(ty, Modifier::None))
}

/// A constant without its type, and whether the type must be said.
fn bare(value: &Value, ty: Type) -> (String, bool) {
    let output = || text::output(value);
    match (value, ty) {
        (Value::Null, _) => ("NULL".to_owned(), ty != Type::Unknown),
        (Value::Bool(truth), _) => (truth.to_string(), false),
        // A sign would read back as an operator.
        (Value::Int4(number), _) if *number >= 0 => (number.to_string(), false),
        (Value::Numeric(_), _) if looks_like_a_fraction(&output()) => (output(), false),
        _ => (quote(&output()), ty != Type::Unknown),
    }
}

/// Whether text reads back as `numeric`: unsigned digits with a point.
fn looks_like_a_fraction(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(['e', 'E', '.'])
}

/// A string literal.
pub fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A function name, quoted if it is a key word that cannot stand as one.
fn quoted(name: &str) -> String {
    const KEY_WORDS: [&str; 11] = [
        "extract",
        "interval",
        "left",
        "like",
        "numeric",
        "overlay",
        "position",
        "right",
        "substring",
        "timestamp",
        "varchar",
    ];
    if KEY_WORDS.contains(&name) { format!("\"{name}\"") } else { name.to_owned() }
}
