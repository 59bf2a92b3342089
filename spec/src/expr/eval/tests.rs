//! Three-valued logic, short circuits and sub-queries, in small.

use std::cell::Cell;

use super::*;
use crate::expr::{CallSyntax, function, operator};
use crate::query::{Field, Node, Rel};

/// A world whose sub-queries have these rows, and which may evade errors.
struct Plain {
    rows: Vec<Row>,
    evades: bool,
    evaded: Cell<usize>,
}

impl Plain {
    fn with(rows: Vec<Row>) -> Plain {
        Plain { rows, evades: false, evaded: Cell::new(0) }
    }
}

impl World for Plain {
    fn rows(&self, _: &Subquery, _: &Scope<'_>) -> Result<Vec<Row>, SqlError> {
        Ok(self.rows.clone())
    }

    fn random(&self) -> f64 {
        0.25
    }

    fn evade(&self, _: &SqlError) -> bool {
        self.evaded.set(self.evaded.get() + 1);
        self.evades
    }
}

fn truth(truth: Option<bool>) -> Expr {
    Expr::Constant(truth.into(), Type::Bool)
}

fn int4(number: i32) -> Expr {
    Expr::Constant(Value::Int4(number), Type::Int4)
}

fn null() -> Expr {
    Expr::Constant(Value::Null, Type::Int4)
}

fn call(name: &str, args: Vec<Expr>) -> Expr {
    let types: Vec<_> = args.iter().map(Expr::ty).collect();
    let function = function::exact(name, &types).expect("a listed function");
    Expr::Call { function, args, syntax: CallSyntax::Function, position: 0 }
}

fn division_by_zero() -> Expr {
    call("int4eq", vec![call("int4div", vec![int4(1), int4(0)]), int4(1)])
}

fn value(expr: &Expr) -> Result<Value, SqlError> {
    eval(expr, &Scope::top(&[]), &Plain::with(vec![]))
}

const TRUTHS: [Option<bool>; 3] = [Some(true), Some(false), None];

#[test]
fn conjunction_is_the_minimum_and_disjunction_the_maximum_with_null_between() {
    let rank = |truth: Option<bool>| truth.map_or(1, |truth| if truth { 2 } else { 0 });
    for a in TRUTHS {
        for b in TRUTHS {
            let pair = || vec![truth(a), truth(b)];
            let and = value(&Expr::And(pair())).unwrap().truth();
            let or = value(&Expr::Or(pair())).unwrap().truth();
            assert_eq!(rank(and), rank(a).min(rank(b)), "{a:?} AND {b:?}");
            assert_eq!(rank(or), rank(a).max(rank(b)), "{a:?} OR {b:?}");
        }
        let not = value(&Expr::Not(Box::new(truth(a)))).unwrap().truth();
        assert_eq!(rank(not), 2 - rank(a), "NOT {a:?}");
    }
}

#[test]
fn an_error_is_evaded_only_if_a_later_operand_decides() {
    let world = Plain { rows: vec![], evades: true, evaded: Cell::new(0) };
    let ask = |expr: Expr| eval(&expr, &Scope::top(&[]), &world);
    let decided = ask(Expr::And(vec![division_by_zero(), truth(Some(false))]));
    assert_eq!(decided, Ok(Value::Bool(false)));
    let undecided = ask(Expr::And(vec![division_by_zero(), truth(None)]));
    assert_eq!(undecided.unwrap_err().sqlstate, sqlstate::DIVISION_BY_ZERO);
    let never_asked = ask(Expr::Or(vec![truth(Some(true)), division_by_zero()]));
    assert_eq!(never_asked, Ok(Value::Bool(true)));
    assert_eq!(world.evaded.get(), 2);
    let divided = || call("int4div", vec![int4(1), int4(0)]);
    let equal = operator::exact("=", Some(Type::Int4), Type::Int4).expect("an equality").function;
    let null_if =
        |left, right| Expr::NullIf { equal, left: Box::new(left), right: Box::new(right) };
    assert_eq!(ask(null_if(null(), divided())), Ok(Value::Null));
    assert!(ask(null_if(divided(), null())).is_err());
    assert_eq!(world.evaded.get(), 3);
    let strict = value(&Expr::And(vec![division_by_zero(), truth(Some(false))]));
    assert_eq!(strict.unwrap_err().sqlstate, sqlstate::DIVISION_BY_ZERO);
}

#[test]
fn arguments_are_evaluated_before_strictness_is_asked() {
    let divided = call("int4div", vec![int4(1), int4(0)]);
    let sum = call("int4pl", vec![null(), divided]);
    assert_eq!(value(&sum).unwrap_err().sqlstate, sqlstate::DIVISION_BY_ZERO);
    assert_eq!(value(&call("int4pl", vec![null(), int4(1)])), Ok(Value::Null));
}

#[test]
fn branches_that_are_not_taken_are_not_evaluated() {
    let case = Expr::Case {
        branches: vec![(truth(None), division_by_zero()), (truth(Some(true)), truth(None))],
        otherwise: Box::new(division_by_zero()),
        ty: Type::Bool,
    };
    assert_eq!(value(&case), Ok(Value::Null));
    let first =
        Expr::Coalesce(vec![truth(None), truth(Some(false)), division_by_zero()], Type::Bool);
    assert_eq!(value(&first), Ok(Value::Bool(false)));
}

fn any_of(operand: Expr, list: Vec<Expr>, all: bool) -> Option<bool> {
    let symbol = if all { "<>" } else { "=" };
    let function = operator::comparison(symbol, Type::Int4);
    let operand = Box::new(operand);
    value(&Expr::AnyOf { function, symbol, operand, list, all }).unwrap().truth()
}

#[test]
fn in_lists_with_null_are_true_or_null_and_not_in_lists_false_or_null() {
    assert_eq!(any_of(int4(1), vec![int4(1), null()], false), Some(true));
    assert_eq!(any_of(int4(2), vec![int4(1), null()], false), None);
    assert_eq!(any_of(null(), vec![int4(1)], false), None);
    assert_eq!(any_of(int4(1), vec![int4(1), null()], true), Some(false));
    assert_eq!(any_of(int4(2), vec![int4(1), null()], true), None);
    assert_eq!(any_of(int4(2), vec![int4(1)], true), Some(true));
}

fn subquery(test: SubqueryTest, rows: &[Option<i32>]) -> Result<Value, SqlError> {
    let field =
        Field { name: "x".into(), qualifier: None, ty: Type::Int4, modifier: Modifier::None };
    let rel = Rel { node: Node::Unit, columns: vec![field] };
    let rows = rows.iter().map(|row| vec![row.map_or(Value::Null, Value::Int4)]).collect();
    let subquery = Subquery { test, rel, correlated: false, position: 0 };
    eval(&Expr::Subquery(Box::new(subquery)), &Scope::top(&[]), &Plain::with(rows))
}

fn compared(operand: Expr, symbol: &'static str) -> Vec<SubqueryComparison> {
    vec![SubqueryComparison { operand, function: operator::comparison(symbol, Type::Int4), symbol }]
}

#[test]
fn a_scalar_sub_query_has_at_most_one_row() {
    assert_eq!(subquery(SubqueryTest::Scalar, &[]), Ok(Value::Null));
    assert_eq!(subquery(SubqueryTest::Scalar, &[Some(7)]), Ok(Value::Int4(7)));
    let error = subquery(SubqueryTest::Scalar, &[Some(7), Some(7)]).unwrap_err();
    assert_eq!(error.sqlstate, sqlstate::CARDINALITY_VIOLATION);
}

#[test]
fn quantified_sub_queries_are_three_valued() {
    let any = |operand, rows: &[_]| subquery(SubqueryTest::Any(compared(operand, "=")), rows);
    let all = |operand, rows: &[_]| subquery(SubqueryTest::All(compared(operand, "<>")), rows);
    assert_eq!(any(null(), &[]), Ok(Value::Bool(false)));
    assert_eq!(any(int4(1), &[None, Some(1)]), Ok(Value::Bool(true)));
    assert_eq!(any(int4(1), &[None, Some(2)]), Ok(Value::Null));
    assert_eq!(all(null(), &[]), Ok(Value::Bool(true)));
    assert_eq!(all(int4(1), &[None, Some(1)]), Ok(Value::Bool(false)));
    assert_eq!(all(int4(1), &[None, Some(2)]), Ok(Value::Null));
    assert_eq!(subquery(SubqueryTest::Exists, &[None]), Ok(Value::Bool(true)));
    // Without rows the operand is not evaluated.
    let divided = call("int4div", vec![int4(1), int4(0)]);
    assert_eq!(any(divided, &[]), Ok(Value::Bool(false)));
}

#[test]
fn references_reach_enclosing_rows_level_by_level() {
    let (outermost, middle) = ([Value::Int4(1)], [Value::Int4(2)]);
    let outermost = Scope::top(&outermost);
    let middle = Scope { row: &middle, outer: Some(&outermost) };
    let scope = Scope { row: &[], outer: Some(&middle) };
    let world = Plain::with(vec![]);
    for (depth, expected) in [(1, 2), (2, 1)] {
        let outer = Expr::Outer { depth, index: 0, ty: Type::Int4 };
        assert_eq!(eval(&outer, &scope, &world), Ok(Value::Int4(expected)));
    }
}
