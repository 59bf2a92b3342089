//! Every kernel against the meaning of its expression, row by row.

use spec::expr::eval::{Scope, eval};
use spec::expr::{CallSyntax, function};
use spec::value::{Numeric, Type, Value};

use super::*;

/// Values that are awkward for a type.
fn awkward(ty: Type) -> Vec<Value> {
    let floats = [0.0, -0.0, 1.5, -3.0, 1e308, 1e-308, f64::NAN, f64::INFINITY];
    let numeric = |units: i64, scale| Value::Numeric(crate::column::decimal(units, scale));
    let texts = ["", "a", "ab", "special requests", "PROMO BRUSHED COPPER", "ab  ", "%", "ü"];
    let mut values: Vec<Value> = match ty {
        Type::Bool => [true, false].map(Value::Bool).into(),
        Type::Int2 => [0, 1, -7, i16::MAX, i16::MIN].map(Value::Int2).into(),
        Type::Int4 => [0, 1, -7, 3, i32::MAX, i32::MIN].map(Value::Int4).into(),
        Type::Int8 => [0, 1, -7, 3, i64::MAX, i64::MIN].map(Value::Int8).into(),
        Type::Float4 => floats.iter().map(|&x| Value::Float4(x as f32)).collect(),
        Type::Float8 => floats.map(Value::Float8).into(),
        Type::Date => [0, 1, -400, 9_000].map(Value::Date).into(),
        Type::Timestamp => [0, 86_400_000_000, -5].map(Value::Timestamp).into(),
        Type::Numeric => vec![
            numeric(125, 2),
            numeric(-500, 2),
            numeric(0, 2),
            numeric(999_999_999_999_999_999, 2),
            numeric(5, 1),
            Value::Numeric(Numeric::NaN),
        ],
        Type::Text | Type::Varchar | Type::Name => texts.map(Value::text).into(),
        Type::Bpchar => texts.map(|text| Value::Bpchar(text.into())).into(),
        _ => vec![],
    };
    values.push(Value::Null);
    values
}

/// Evaluates both ways over every pair of values: one row at a time, and all rows that do not raise in one batch.
fn check(expr: &Expr, left: &[Value], right: &[Value], types: [Type; 2]) {
    let context = Context::default();
    let expression = Expression::compile(expr, &[]).expect("supported");
    let rows: Vec<[Value; 2]> =
        left.iter().flat_map(|a| right.iter().map(|b| [a.clone(), b.clone()])).collect();
    let column = |i: usize| Column::from_values(types[i], rows.iter().map(|row| row[i].clone()));
    let whole = Batch::new(vec![column(0), column(1)], rows.len());
    let meaning = |row: &[Value; 2]| eval(expr, &Scope { row, outer: None }, &context);
    let mut fine = vec![];
    for (i, row) in rows.iter().enumerate() {
        let alone = whole.select(Some(Selection::new(vec![i as u32])));
        let answer = expression.evaluate(&alone, &context).map(|column| column.value(i));
        match (answer, meaning(row)) {
            (Ok(a), Ok(b)) => {
                assert_eq!(a, b, "{expr:?} of {row:?}");
                fine.push(i as u32);
            }
            (Err(a), Err(b)) => assert_eq!(a.sqlstate, b.sqlstate, "{expr:?} of {row:?}"),
            (a, b) => panic!("{expr:?} of {row:?}: {a:?} and {b:?}"),
        }
    }
    let together = whole.select(Some(Selection::new(fine.clone())));
    let answer =
        expression.evaluate(&together, &context).expect("rows that raise are not selected");
    assert_eq!(answer.len(), rows.len());
    for i in fine {
        let expected = meaning(&rows[i as usize]).expect("it did not raise");
        assert_eq!(answer.value(i as usize), expected, "{expr:?} of {:?}", rows[i as usize]);
    }
}

fn input(index: usize, ty: Type) -> Expr {
    Expr::Column { index, ty }
}

fn call(function: &'static Function, args: Vec<Expr>) -> Expr {
    Expr::Call { function, args, syntax: CallSyntax::Function, position: 0 }
}

/// Column with column, column with constant and constant with column.
fn check_function(function: &'static Function, left: &[Value], right: &[Value]) {
    let [a, b] = [function.args[0], function.args[1]];
    check(&call(function, vec![input(0, a), input(1, b)]), left, right, [a, b]);
    for value in right {
        let constant = Expr::Constant(value.clone(), b);
        check(&call(function, vec![input(0, a), constant]), left, &[Value::Null], [a, b]);
    }
    for value in left {
        let constant = Expr::Constant(value.clone(), a);
        check(&call(function, vec![constant, input(1, b)]), &[Value::Null], right, [a, b]);
    }
}

/// Whether a function of two arguments has a kernel here.
fn has_kernel(function: &'static Function) -> bool {
    let args = || -> call::Args { vec![Box::new(leaf::Input(0)), Box::new(leaf::Input(1))] };
    function.args.len() == 2
        && function.strict
        && (compare::compile(function, args()).is_ok()
            || arithmetic::compile(function, args()).is_ok()
            || decimal::compile(function, args()).is_ok())
}

#[test]
fn arithmetic_and_comparison_mean_what_the_functions_mean() {
    let mut checked = 0;
    for function in function::all().filter(|function| has_kernel(function)) {
        let (left, right) = (awkward(function.args[0]), awkward(function.args[1]));
        check_function(function, &left, &right);
        checked += 1;
    }
    assert!(checked > 100, "{checked} functions have kernels");
}

#[test]
fn decimals_of_one_scale_mean_what_numerics_mean() {
    let pool = |units: &[i64], scale| -> Vec<Value> {
        let numeric = |&units: &i64| Value::Numeric(crate::column::decimal(units, scale));
        units.iter().map(numeric).chain([Value::Null]).collect()
    };
    let (left, right) = (pool(&[0, 5, -120, 9_999_999], 2), pool(&[0, 50, -1, 100], 1));
    let huge = pool(&[999_999_999_999_999_999, -999_999_999_999_999_999, 1], 0);
    for function in function::all().filter(|f| f.args == [Type::Numeric; 2] && has_kernel(f)) {
        check_function(function, &left, &right);
        check_function(function, &left, &huge);
    }
}

#[test]
fn like_and_casts_mean_what_the_functions_mean() {
    let texts = awkward(Type::Text);
    for name in ["textlike", "textnlike"] {
        let Some(function) = function::exact(name, &[Type::Text, Type::Text]) else { continue };
        for pattern in ["", "%", "a%", "%b", "%special%requests%", "PROMO%", "a_", "\\%", "%a%b%"] {
            let pattern = Expr::Constant(Value::text(pattern), Type::Text);
            let expr = call(function, vec![input(0, Type::Text), pattern]);
            check(&expr, &texts, &[Value::Null], [Type::Text; 2]);
        }
    }
    for function in function::all().filter(|f| f.args.len() == 1 && f.name == f.result.typname()) {
        let ty = function.args[0];
        check(&call(function, vec![input(0, ty)]), &awkward(ty), &[Value::Null], [ty, Type::Bool]);
    }
}

#[test]
fn logic_and_choice_mean_what_they_mean_and_shield_their_operands() {
    let [a, b] = [input(0, Type::Int4), input(1, Type::Int4)];
    let find = |name| function::exact(name, &[Type::Int4, Type::Int4]).expect("known");
    let (less, divide, equal) = (find("int4lt"), find("int4div"), find("int4eq"));
    let zero = Expr::Constant(Value::Int4(0), Type::Int4);
    let positive = call(less, vec![zero.clone(), b.clone()]);
    let quotient = call(divide, vec![a.clone(), b.clone()]);
    let large = call(less, vec![b.clone(), quotient.clone()]);
    let boxed = |expr: &Expr| Box::new(expr.clone());
    let exprs = [
        Expr::And(vec![positive.clone(), large.clone()]),
        Expr::Or(vec![Expr::Not(boxed(&positive)), large.clone()]),
        Expr::IsNull { operand: boxed(&quotient), negated: true },
        Expr::IsTruth { operand: boxed(&positive), truth: None, negated: false },
        Expr::IsTruth { operand: boxed(&positive), truth: Some(false), negated: true },
        Expr::IsDistinct { equal, left: boxed(&a), right: boxed(&b), negated: false },
        Expr::NullIf { equal, left: boxed(&a), right: boxed(&b) },
        Expr::Case {
            branches: vec![(positive.clone(), quotient.clone())],
            otherwise: boxed(&zero),
            ty: Type::Int4,
        },
        Expr::Case {
            branches: vec![(positive.clone(), zero.clone()), (large.clone(), a.clone())],
            otherwise: Box::new(Expr::Constant(Value::Null, Type::Int4)),
            ty: Type::Int4,
        },
        Expr::Coalesce(vec![a.clone(), quotient.clone(), zero.clone()], Type::Int4),
        Expr::AnyOf {
            function: equal,
            symbol: "=",
            operand: boxed(&a),
            list: vec![b.clone(), zero.clone(), Expr::Constant(Value::Null, Type::Int4)],
            all: false,
        },
        Expr::MinMax { greatest: true, args: vec![a.clone(), b.clone()], ty: Type::Int4 },
    ];
    let pool = awkward(Type::Int4);
    for expr in &exprs {
        check(expr, &pool, &pool, [Type::Int4; 2]);
    }
}

#[test]
fn a_predicate_narrows_from_left_to_right() {
    let [a, b] = [input(0, Type::Int4), input(1, Type::Int4)];
    let find = |name| function::exact(name, &[Type::Int4, Type::Int4]).expect("known");
    let zero = Expr::Constant(Value::Int4(0), Type::Int4);
    let not_zero = call(find("int4ne"), vec![b.clone(), zero.clone()]);
    let even = call(find("int4lt"), vec![zero, call(find("int4div"), vec![a, b])]);
    let column = |values: [i32; 4]| Column::from_values(Type::Int4, values.map(Value::Int4));
    let batch = Batch::new(vec![column([8, 1, 6, -4]), column([2, 0, 3, 2])], 4);
    let predicate = Predicate::compile(&[not_zero, even], &[]).expect("supported");
    let chosen = predicate.select(&batch, &Context::default()).expect("no division by zero");
    assert_eq!(chosen[..], [0, 2]);
}
