//! What the checker says of scans through indexes and of bitmaps.

use std::sync::Arc;

use super::*;
use crate::catalogue::{self, Index, IndexSize, Statistics, Table};
use crate::expr::{CallSyntax, operator};
use crate::plan::Estimate;
use crate::sql::ast::{Direction, NullsOrder};
use crate::value::{Modifier, Value};

/// A table of two integers with an index over both.
fn table(name: &str) -> Arc<Table> {
    let column = |name: &str| catalogue::Column {
        name: name.into(),
        ty: Type::Int4,
        modifier: Modifier::None,
        not_null: false,
    };
    let key = |number| (number, Direction::Asc, NullsOrder::Last);
    let (keys, size) = (vec![key(0), key(1)], IndexSize::default());
    let (unique, constraint, range) = (false, false, None);
    let index = Index { name: "i".into(), keys, unique, constraint, size, range };
    Arc::new(Table {
        name: name.into(),
        columns: vec![column("a"), column("b")],
        indexes: vec![index],
        temporary: false,
        parallel_workers: None,
        statistics: Statistics::default(),
    })
}

fn plan(node: Node, columns: usize) -> Plan {
    let columns = (0..columns).map(|_| PlanColumn::value("c", Type::Int4)).collect();
    Plan { node, columns, estimate: Estimate::default(), init_plans: vec![] }
}

/// A scan that returns these columns.
fn scan(columns: Vec<usize>, conditions: Vec<Expr>, backward: bool, parallel: bool) -> Plan {
    let table = table("t");
    let index = table.indexes[0].clone();
    let (alias, count, only) = ("t".into(), columns.len(), true);
    let node =
        Node::IndexScan { table, alias, index, columns, conditions, backward, only, parallel };
    plan(node, count)
}

fn bitmap(table: Arc<Table>) -> Plan {
    let index = table.indexes[0].clone();
    plan(Node::BitmapIndexScan { table, index, conditions: vec![] }, 0)
}

fn heap(bitmap: Plan, parallel: bool) -> Plan {
    let (table, alias, recheck) = (table("t"), "t".into(), vec![]);
    let (columns, bitmap) = (vec![0, 1], Box::new(bitmap));
    plan(Node::BitmapHeapScan { table, alias, columns, recheck, bitmap, parallel }, 2)
}

/// `column = 1` over the table's columns.
fn is_one(index: usize) -> Expr {
    let one = Expr::Constant(Value::Int4(1), Type::Int4);
    Expr::Call {
        function: operator::equality(Type::Int4),
        args: vec![Expr::Column { index, ty: Type::Int4 }, one],
        syntax: CallSyntax::Operator("="),
        position: 0,
    }
}

fn refused(plan: &Plan, participants: Participants) -> &'static str {
    judgement(plan, participants).expect_err("it is refused").clause
}

#[test]
fn scans_through_indexes_are_distributed_as_scans_of_tables() {
    crate::clauses!("plan.index-scan", "plan.bitmap-heap-scan");
    for make in [
        |parallel| scan(vec![0, 1], vec![], false, parallel),
        |parallel| heap(bitmap(table("t")), parallel),
    ] {
        let given = |parallel, participants| {
            judgement(&make(parallel), participants).expect("it has a type").distribution
        };
        assert_eq!(given(false, Participants::One), Distribution::Single);
        assert_eq!(given(false, Participants::Many), Distribution::Replicated);
        assert_eq!(given(true, Participants::Many), Distribution::Partial);
        assert_eq!(refused(&make(true), Participants::One), "plan.parallel-aware");
    }
}

#[test]
fn an_index_gives_its_order_as_far_as_its_keys_are_returned() {
    crate::clauses!("plan.index-scan.order");
    let order = |plan: Plan| {
        let relation = judgement(&plan, Participants::One).expect("it has a type");
        let key = |key: &SortKey| match key.expr {
            Expr::Column { index, .. } => (index, key.direction, key.nulls),
            _ => unreachable!("keys are columns"),
        };
        relation.ordering.iter().map(key).collect::<Vec<_>>()
    };
    let up = |index| (index, Direction::Asc, NullsOrder::Last);
    let down = |index| (index, Direction::Desc, NullsOrder::First);
    assert_eq!(order(scan(vec![1, 0], vec![], false, false)), [up(1), up(0)]);
    assert_eq!(order(scan(vec![0, 1], vec![], true, false)), [down(0), down(1)]);
    assert_eq!(order(scan(vec![1], vec![], false, false)), []);
    assert_eq!(order(scan(vec![1], vec![is_one(0)], false, false)), [up(0)]);
}

#[test]
fn bitmaps_stand_below_bitmap_heap_scans_of_their_table_only() {
    crate::clauses!("plan.bitmap");
    let one = Participants::One;
    let both = |inputs| plan(Node::BitmapAnd { inputs }, 0);
    assert_eq!(refused(&bitmap(table("t")), one), "plan.bitmap");
    assert_eq!(refused(&heap(scan(vec![], vec![], false, false), false), one), "plan.bitmap");
    assert_eq!(refused(&heap(bitmap(table("u")), false), one), "plan.bitmap");
    assert_eq!(refused(&heap(both(vec![bitmap(table("t"))]), false), one), "plan.bitmap");
    let two = both(vec![bitmap(table("t")), bitmap(table("t"))]);
    assert!(judgement(&heap(two, false), one).is_ok());
}
