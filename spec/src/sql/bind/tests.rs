//! The shapes of bound queries. What PostgreSQL answers (columns, errors) is compared in `tests/bind.rs`.

use super::*;
use crate::expr::SubqueryTest;
use crate::sql::ast::Statement;
use crate::sql::parse;

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    for text in
        ["create table t (a integer, b text, g bigint)", "create table s (a integer, x text)"]
    {
        if let Statement::CreateTable { name, columns, keys, options, temporary, .. } =
            parse::statement(text).expect("parses").statement
        {
            catalogue
                .put(create_table(&name, &columns, &keys, &options, temporary).expect("binds"));
        }
    }
    catalogue
}

fn bound(text: &str) -> Rel {
    let Statement::Select(ast) = parse::statement(text).expect("parses").statement else {
        panic!("not a query");
    };
    query(&ast, &catalogue()).expect("binds").rel
}

/// The names of the nodes from the root along the first inputs.
fn spine(rel: &Rel) -> Vec<&'static str> {
    let name = match &rel.node {
        Node::Unit => "Unit",
        Node::Scan { .. } => "Scan",
        Node::Values { .. } => "Values",
        Node::Function { .. } => "Function",
        Node::Filter { .. } => "Filter",
        Node::Project { .. } => "Project",
        Node::Join { .. } => "Join",
        Node::Aggregate { .. } => "Aggregate",
        Node::Distinct { .. } => "Distinct",
        Node::Sort { .. } => "Sort",
        Node::Limit { .. } => "Limit",
        Node::SetOperation { .. } => "SetOperation",
        Node::Subquery { .. } => "Subquery",
        Node::Cte { .. } => "Cte",
    };
    let below = match &rel.node {
        Node::Cte { .. } => vec![],
        _ => rel.inputs().first().map_or(vec![], |input| spine(input)),
    };
    std::iter::once(name).chain(below).collect()
}

fn first_expr(rel: &Rel) -> Expr {
    rel.exprs()[0].clone()
}

#[test]
fn a_sort_key_that_is_not_selected_is_hidden() {
    let rel = bound("select a from t where a > 1 order by b limit 2");
    assert_eq!(spine(&rel), ["Project", "Limit", "Sort", "Project", "Filter", "Scan"]);
    assert_eq!(rel.columns.len(), 1);
}

#[test]
fn a_selected_sort_key_needs_no_hidden_column() {
    let rel = bound("select distinct a as x, b from t order by x, 2");
    assert_eq!(spine(&rel), ["Sort", "Distinct", "Project", "Scan"]);
}

#[test]
fn the_same_aggregate_is_computed_once() {
    let rel =
        bound("select sum(a), sum(a) + 1 from t group by b having sum(a) > 1 order by sum(a)");
    assert_eq!(spine(&rel), ["Sort", "Project", "Filter", "Aggregate", "Scan"]);
    let mut node = &rel;
    while !matches!(node.node, Node::Aggregate { .. }) {
        node = node.inputs()[0];
    }
    let Node::Aggregate { keys, calls, .. } = &node.node else { unreachable!() };
    assert_eq!((keys.len(), calls.len()), (1, 1));
}

#[test]
fn a_group_key_is_recognised_as_a_whole() {
    let rel = bound("select (a + 1) * 2 from t group by a + 1");
    let Expr::Call { args, .. } = first_expr(&rel) else { panic!("a call") };
    assert_eq!(args[0], Expr::Column { index: 0, ty: Type::Int4 });
}

#[test]
fn a_sub_query_over_groups_sees_the_group_key() {
    let rel = bound("select (select max(s.a) from s where s.x = t.b) from t group by g, b");
    let Expr::Subquery(subquery) = first_expr(&rel) else { panic!("a sub-query") };
    assert!(subquery.correlated);
    let mut outer = vec![];
    subquery.rel.visit_outer(1, &mut |index| outer.push(index));
    assert_eq!(outer, [1]);
}

#[test]
fn outer_references_count_sub_query_levels_only() {
    let rel = bound(
        "select 1 from t where exists (select 1 from (select a from s where s.a = t.g) q where exists (select 1 from s where s.a = q.a and s.x = t.b))",
    );
    let Node::Project { input, .. } = &rel.node else { panic!("a projection") };
    let Expr::Subquery(subquery) = first_expr(input) else { panic!("a sub-query") };
    let mut outer = vec![];
    subquery.rel.visit_outer(1, &mut |index| outer.push(index));
    outer.sort_unstable();
    assert_eq!(outer, [1, 2]);
    assert!(!rel.is_correlated());
}

#[test]
fn references_to_a_with_query_share_it() {
    let rel =
        bound("with w as (select a from t) select 1 from w x, w y where x.a in (select a from w)");
    let Node::Project { input, .. } = &rel.node else { panic!("a projection") };
    let Node::Filter { input: join, condition } = &input.node else { panic!("a filter") };
    let Expr::Subquery(subquery) = condition else { panic!("a sub-query") };
    let cte = |rel: &Rel| match &rel.node {
        Node::Cte { cte, .. } => cte.clone(),
        other => panic!("a WITH query, not {other:?}"),
    };
    let (x, y) = (cte(join.inputs()[0]), cte(join.inputs()[1]));
    let z = cte(subquery.rel.inputs()[0]);
    assert_eq!(x.references, 3);
    assert!(Arc::ptr_eq(&x, &y) && Arc::ptr_eq(&x, &z));
}

#[test]
fn in_is_one_test_over_members_of_one_type() {
    let test = |text| match first_expr(&bound(text)) {
        Expr::AnyOf { symbol, list, all, .. } => (symbol, list.len(), all),
        other => panic!("an IN list, not {other:?}"),
    };
    assert_eq!(test("select a in (1, 2, '3') from t"), ("=", 3, false));
    assert_eq!(test("select a not in (1, 2.5) from t"), ("<>", 2, true));
    let Expr::Or(tests) = first_expr(&bound("select a in (g, 1, 2) from t")) else {
        panic!("a disjunction")
    };
    assert!(matches!(tests[..], [Expr::AnyOf { .. }, Expr::Call { .. }]));
}

#[test]
fn the_columns_of_a_sub_query_are_cast_for_the_comparison() {
    let Expr::Subquery(subquery) = first_expr(&bound("select 1.5 in (select a from s) from t"))
    else {
        panic!("a sub-query")
    };
    assert_eq!(subquery.rel.columns[0].ty, Type::Numeric);
    assert!(matches!(&subquery.test, SubqueryTest::Any(tests) if tests.len() == 1));
    assert!(!subquery.correlated);
}

#[test]
fn a_merged_column_of_a_full_join_is_of_either_side() {
    let rel = bound("select a from t full join s using (a)");
    assert!(matches!(first_expr(&rel), Expr::Coalesce(sides, Type::Int4) if sides.len() == 2));
}

#[test]
fn constants_are_evaluated_without_a_catalogue() {
    let value = |text| constant(&parse::expression(text).expect("parses")).expect("binds");
    assert_eq!(value("1 + 1"), (crate::value::Value::Int4(2), Type::Int4));
    assert_eq!(value("'x'"), (crate::value::Value::text("x"), Type::Text));
    assert!(constant(&parse::expression("random()").expect("parses")).is_err());
}

#[test]
fn keys_become_unique_indexes() {
    let text = "create table k (a integer primary key, b text unique, c integer)";
    let Statement::CreateTable { name, columns, keys, .. } =
        parse::statement(text).expect("parses").statement
    else {
        panic!("a table")
    };
    let table = create_table(&name, &columns, &keys, &[], false).expect("binds");
    let names: Vec<_> = table.indexes.iter().map(|index| index.name.as_str()).collect();
    assert_eq!(names, ["k_pkey", "k_b_key"]);
}
