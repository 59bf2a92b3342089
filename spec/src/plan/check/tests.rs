//! Accept and refuse, rule by rule.

use std::sync::Arc;

use super::*;
use crate::agg::Aggregate;
use crate::catalogue::{Column, Statistics, Table};
use crate::clause;
use crate::expr::{CallSyntax, Function, Safety, Volatility};
use crate::plan::{Estimate, HashKey, Strategy};
use crate::query::{Call, JoinKind};
use crate::sql::ast::{Direction, NullsOrder};
use crate::value::{Element, Modifier, Value};

static EQUAL: Function = function("int4eq", &[Type::Int4, Type::Int4], Type::Bool, Safety::Safe);
static RESTRICTED: Function = function("leader_only", &[], Type::Bool, Safety::Restricted);
static UNSAFE: Function = function("writes", &[], Type::Bool, Safety::Unsafe);
static VOLATILE: Function = Function {
    volatility: Volatility::Volatile,
    ..function("dice", &[], Type::Bool, Safety::Safe)
};

const fn function(
    name: &'static str,
    args: &'static [Type],
    result: Type,
    parallel: Safety,
) -> Function {
    Function {
        name,
        args,
        result,
        strict: true,
        volatility: Volatility::Immutable,
        parallel,
        cost: 1.0,
        returns_set: false,
        own: None,
        body: |_| Ok(Value::Null),
    }
}

fn plan(node: Node, columns: Vec<PlanColumn>) -> Plan {
    Plan { node, columns, estimate: Estimate::default(), init_plans: vec![] }
}

fn over(input: Plan, wrap: impl FnOnce(Box<Plan>) -> Node) -> Plan {
    let columns = input.columns.clone();
    plan(wrap(Box::new(input)), columns)
}

fn table(temporary: bool) -> Arc<Table> {
    let column = |name: &str, ty| Column {
        name: name.into(),
        ty,
        modifier: Modifier::None,
        not_null: false,
    };
    Arc::new(Table {
        name: "t".into(),
        columns: vec![column("x", Type::Int4), column("f", Type::Float8)],
        indexes: vec![],
        temporary,
        parallel_workers: None,
        statistics: Statistics::default(),
    })
}

/// A scan of column x.
fn scan(parallel: bool) -> Plan {
    scan_of(table(false), 0, parallel)
}

fn scan_of(table: Arc<Table>, column: usize, parallel: bool) -> Plan {
    let ty = table.columns[column].ty;
    let node = Node::SeqScan { table, alias: "t".into(), columns: vec![column], parallel };
    plan(node, vec![PlanColumn::value("x", ty)])
}

fn gather(input: Plan) -> Plan {
    over(input, |input| Node::Gather { input, workers_planned: 2, single_copy: false })
}

fn single_copy(input: Plan) -> Plan {
    over(input, |input| Node::Gather { input, workers_planned: 1, single_copy: true })
}

fn filter(input: Plan, condition: Expr) -> Plan {
    over(input, |input| Node::Filter { input, conditions: vec![condition] })
}

fn column(index: usize, ty: Type) -> Expr {
    Expr::Column { index, ty }
}

fn x() -> Expr {
    column(0, Type::Int4)
}

fn call(function: &'static Function) -> Expr {
    Expr::Call { function, args: vec![], syntax: CallSyntax::Function, position: 0 }
}

fn key(expr: Expr) -> SortKey {
    SortKey { expr, direction: Direction::Asc, nulls: NullsOrder::Last }
}

fn sort(input: Plan) -> Plan {
    over(input, |input| Node::Sort { input, keys: vec![key(x())], bound: None })
}

fn limit(input: Plan) -> Plan {
    let one = Expr::Constant(Value::Int8(1), Type::Int8);
    over(input, |input| Node::Limit { input, limit: Some(one), offset: None })
}

fn hash(input: Plan, parallel: bool) -> Plan {
    over(input, |input| Node::Hash { input, parallel })
}

fn joined_columns(kind: JoinKind, outer: &Plan, inner: &Plan) -> Vec<PlanColumn> {
    match kind {
        JoinKind::Semi | JoinKind::Anti => outer.columns.clone(),
        _ => [outer.columns.clone(), inner.columns.clone()].concat(),
    }
}

fn hash_join(kind: JoinKind, outer: Plan, inner: Plan, parallel: bool) -> Plan {
    let columns = joined_columns(kind, &outer, &inner);
    let keys = vec![HashKey { outer: x(), inner: x(), equal: &EQUAL }];
    let (outer, inner) = (Box::new(outer), Box::new(hash(inner, parallel)));
    plan(Node::HashJoin { kind, outer, inner, keys, conditions: vec![], parallel }, columns)
}

fn nested_loop(kind: JoinKind, outer: Plan, inner: Plan) -> Plan {
    let columns = joined_columns(kind, &outer, &inner);
    let (outer, inner) = (Box::new(outer), Box::new(inner));
    plan(Node::NestedLoop { kind, outer, inner, conditions: vec![] }, columns)
}

fn named(name: &str, args: &[Option<Type>]) -> &'static Aggregate {
    crate::agg::all().find(|a| a.name == name && a.args == args).expect("the aggregate exists")
}

fn count() -> &'static Aggregate {
    named("count", &[])
}

fn aggregate_call(aggregate: &'static Aggregate) -> Call {
    let args = aggregate.args.iter().map(|ty| column(0, ty.unwrap_or(Type::Int4))).collect();
    let (direct, order_by, filter) = (vec![], vec![], None);
    Call { aggregate, args, direct, distinct: false, order_by, filter, position: 0 }
}

fn aggregate(mode: Mode, input: Plan, grouped: bool, calls: Vec<Call>) -> Plan {
    let keys = if grouped { vec![x()] } else { vec![] };
    let strategy = if grouped { Strategy::Hashed } else { Strategy::Plain };
    let mut columns: Vec<PlanColumn> =
        keys.iter().map(|key| PlanColumn::value("x", key.ty())).collect();
    columns.extend(calls.iter().map(|call| PlanColumn {
        content: match mode {
            Mode::Partial => Content::State(call.aggregate),
            _ => Content::Value,
        },
        ..PlanColumn::value(call.aggregate.name, call.aggregate.result)
    }));
    let input = Box::new(input);
    plan(Node::Aggregate { strategy, mode, input, keys, calls }, columns)
}

fn counted(mode: Mode, input: Plan) -> Plan {
    aggregate(mode, input, true, vec![aggregate_call(count())])
}

#[track_caller]
fn accepts(plan: Plan) -> Relation {
    match check(plan) {
        Ok(checked) => checked.relation().clone(),
        Err(refusal) => panic!("{refusal}"),
    }
}

#[track_caller]
fn refuses(plan: Plan, clause: &str, path: &[usize]) {
    match check(plan) {
        Ok(_) => panic!("accepted, but breaks {clause}"),
        Err(refusal) => {
            assert_eq!((refusal.clause, &refusal.path[..]), (clause, path), "{refusal}")
        }
    }
}

#[test]
fn a_gather_makes_the_whole_of_shares() {
    assert_eq!(accepts(gather(scan(true))).distribution, Distribution::Single);
    assert_eq!(accepts(scan(false)).distribution, Distribution::Single);
    assert_eq!(accepts(single_copy(scan(false))).distribution, Distribution::Single);
    refuses(gather(scan(false)), clause!("plan.gather.replicated"), &[]);
    refuses(gather(gather(scan(true))), clause!("plan.gather.nested"), &[0]);
    refuses(single_copy(gather(scan(true))), clause!("plan.gather.nested"), &[0]);
    let beside = hash_join(JoinKind::Inner, scan(true), gather(scan(true)), false);
    refuses(gather(beside), clause!("plan.gather.nested"), &[0, 1, 0]);
    let two =
        over(scan(false), |input| Node::Gather { input, workers_planned: 2, single_copy: true });
    refuses(two, clause!("plan.gather.single-copy"), &[]);
}

#[test]
fn a_gather_merge_merges_sorted_shares() {
    let merge_by = |input, keys: Vec<SortKey>, workers_planned| {
        over(input, |input| Node::GatherMerge { input, keys, workers_planned })
    };
    let merge = |input| merge_by(input, vec![key(x())], 2);
    let relation = accepts(merge(sort(scan(true))));
    assert_eq!((relation.distribution, relation.ordering), (Distribution::Single, vec![key(x())]));
    accepts(over(merge(sort(scan(true))), |input| Node::Unique { input }));
    refuses(merge(scan(true)), clause!("plan.gather-merge.order"), &[]);
    let descending = SortKey { direction: Direction::Desc, ..key(x()) };
    let wrong = merge_by(sort(scan(true)), vec![descending], 2);
    refuses(wrong, clause!("plan.gather-merge.order"), &[]);
    refuses(merge_by(sort(scan(true)), vec![], 2), clause!("plan.gather-merge.order"), &[]);
    refuses(merge(sort(scan(false))), clause!("plan.gather.replicated"), &[]);
    refuses(merge(gather(scan(true))), clause!("plan.gather.nested"), &[0]);
    refuses(merge_by(sort(scan(true)), vec![key(x())], 0), clause!("plan.gather-merge"), &[]);
    let by_key = |input| sort(counted(Mode::Partial, input));
    accepts(counted(Mode::Finalize, merge(by_key(scan(true)))));
    let by_state = over(counted(Mode::Partial, scan(true)), |input| Node::Sort {
        input,
        keys: vec![key(x())],
        bound: None,
    });
    let state = key(column(1, Type::Int8));
    let keys = vec![key(x()), state];
    refuses(merge_by(by_state, keys, 2), clause!("plan.state.closed"), &[]);
}

#[test]
fn parallel_aware_nodes_stand_below_a_gather() {
    refuses(scan(true), clause!("plan.parallel-aware"), &[]);
    refuses(single_copy(scan(true)), clause!("plan.parallel-aware"), &[0]);
    let columns = scan(true).columns;
    let append = |parallel, inputs| plan(Node::Append { inputs, parallel }, columns.clone());
    refuses(append(true, vec![scan(false)]), clause!("plan.parallel-aware"), &[]);
    accepts(gather(append(true, vec![scan(true), scan(false)])));
    accepts(gather(append(false, vec![scan(true), scan(true)])));
    refuses(
        gather(append(false, vec![scan(true), scan(false)])),
        clause!("plan.append.mixed"),
        &[0],
    );
    refuses(append(false, vec![]), clause!("plan.append"), &[]);
    let other = scan_of(table(false), 1, false);
    refuses(append(false, vec![scan(false), other]), clause!("plan.append.columns"), &[]);
}

#[test]
fn a_share_meets_a_replica_unless_unmatched_inner_rows_are_kept() {
    for kind in [JoinKind::Inner, JoinKind::Left, JoinKind::Semi, JoinKind::Anti] {
        accepts(gather(hash_join(kind, scan(true), scan(false), false)));
        accepts(gather(nested_loop(kind, scan(true), scan(false))));
        accepts(hash_join(kind, scan(false), scan(false), false));
    }
    for kind in [JoinKind::Right, JoinKind::Full] {
        accepts(hash_join(kind, scan(false), scan(false), false));
        let partial = hash_join(kind, scan(true), scan(false), false);
        refuses(gather(partial), clause!("plan.join.unmatched"), &[0]);
        refuses(nested_loop(kind, scan(false), scan(false)), clause!("plan.join.unmatched"), &[]);
    }
}

#[test]
fn two_shares_do_not_meet_unless_their_table_is_shared() {
    let inner = JoinKind::Inner;
    let separate = |outer, inner_side| hash_join(inner, scan(outer), scan(inner_side), false);
    refuses(gather(separate(true, true)), clause!("plan.join.partial-pairs"), &[0]);
    accepts(gather(separate(false, true)));
    accepts(gather(hash_join(JoinKind::Right, scan(false), scan(true), false)));
    for kind in [JoinKind::Left, JoinKind::Full, JoinKind::Semi, JoinKind::Anti] {
        let inner_share = hash_join(kind, scan(false), scan(true), false);
        refuses(gather(inner_share), clause!("plan.join.partial-inner"), &[0]);
    }
    let shared = |outer, inner_side| hash_join(inner, scan(outer), scan(inner_side), true);
    accepts(gather(shared(true, true)));
    refuses(gather(shared(false, true)), clause!("plan.hash-join.shared"), &[0]);
    refuses(gather(shared(true, false)), clause!("plan.hash.shared"), &[0, 1]);
    refuses(shared(false, false), clause!("plan.parallel-aware"), &[1]);
    let looped = |outer, inner_side| gather(nested_loop(inner, scan(outer), scan(inner_side)));
    refuses(looped(true, true), clause!("plan.join.partial-pairs"), &[0]);
    refuses(looped(false, true), clause!("plan.join.partial-inner"), &[0]);
    refuses(hash(scan(false), false), clause!("plan.hash"), &[]);
}

#[test]
fn hash_keys_are_equalities_of_the_sides() {
    let mut join = hash_join(JoinKind::Inner, scan(false), scan(false), false);
    let Node::HashJoin { keys, .. } = &mut join.node else { unreachable!() };
    keys.clear();
    refuses(join, clause!("plan.hash-join.key"), &[]);
    let float = scan_of(table(false), 1, false);
    refuses(
        hash_join(JoinKind::Inner, scan(false), float, false),
        clause!("plan.expr.column"),
        &[],
    );
}

#[test]
fn an_aggregate_is_complete_or_finished_above_the_gather() {
    accepts(counted(Mode::Simple, scan(false)));
    accepts(counted(Mode::Simple, gather(scan(true))));
    accepts(counted(Mode::Finalize, gather(counted(Mode::Partial, scan(true)))));
    refuses(gather(counted(Mode::Simple, scan(true))), clause!("plan.aggregate.simple"), &[0]);
    refuses(counted(Mode::Finalize, scan(false)), clause!("plan.aggregate.finalize"), &[]);
    let below = gather(counted(Mode::Finalize, counted(Mode::Partial, scan(true))));
    refuses(below, clause!("plan.aggregate.finalize-partial"), &[0]);
}

#[test]
fn states_are_opened_by_finalize_alone() {
    let partial = || counted(Mode::Partial, scan(true));
    refuses(gather(partial()), clause!("plan.state.closed"), &[]);
    let having = filter(partial(), Expr::truth(true));
    refuses(counted(Mode::Finalize, gather(having)), clause!("plan.state.closed"), &[0, 0]);
    refuses(limit(gather(partial())), clause!("plan.state.closed"), &[]);
    let material = over(gather(partial()), |input| Node::Material { input });
    refuses(material, clause!("plan.state.closed"), &[]);
    let by_state = over(partial(), |input| Node::Sort {
        input,
        keys: vec![key(column(1, Type::Int8))],
        bound: None,
    });
    refuses(counted(Mode::Finalize, gather(by_state)), clause!("plan.state.closed"), &[0, 0]);
    accepts(counted(Mode::Finalize, gather(sort(partial()))));
    let sum = named("sum", &[Some(Type::Int4)]);
    let wrong = aggregate(Mode::Finalize, gather(partial()), true, vec![aggregate_call(sum)]);
    refuses(wrong, clause!("plan.aggregate.states"), &[]);
}

#[test]
fn only_aggregates_that_split_are_split() {
    let distinct = Call { distinct: true, ..aggregate_call(named("sum", &[Some(Type::Int4)])) };
    let partial = aggregate(Mode::Partial, scan(true), true, vec![distinct]);
    refuses(gather(partial), clause!("plan.aggregate.splits"), &[0]);
    let whole = crate::agg::of_name("mode").find(|a| a.args.first() == Some(&Some(Type::Text)));
    let mut call = aggregate_call(whole.expect("no ordered-set aggregate splits"));
    call.args = call.args.iter().map(|_| Expr::Constant(Value::text("a"), Type::Text)).collect();
    let partial = aggregate(Mode::Partial, scan(true), true, vec![call]);
    refuses(gather(partial), clause!("plan.aggregate.splits"), &[0]);
}

#[test]
fn an_aggregate_is_split_only_from_the_version_on_that_has_its_combine_function() {
    let of = |name: &str, args: &[Option<Type>]| {
        let mut call = aggregate_call(named(name, args));
        call.args = args.iter().map(|ty| Expr::Constant(Value::Null, ty.unwrap())).collect();
        let states = gather(aggregate(Mode::Partial, scan(true), true, vec![call.clone()]));
        aggregate(Mode::Finalize, states, true, vec![call])
    };
    let lists = [
        of("string_agg", &[Some(Type::Text), Some(Type::Text)]),
        of("string_agg", &[Some(Type::Bytea), Some(Type::Bytea)]),
        of("array_agg", &[Some(Type::Int4)]),
        of("array_agg", &[Some(Type::Array(Element::Int4))]),
    ];
    for plan in lists {
        let clause = clause!("plan.aggregate.splits.version");
        refuses(plan.clone(), clause, &[0, 0]);
        for older in [120_000, 150_018, 159_999] {
            let refusal = check_for(plan.clone(), older).expect_err("it has no combine function");
            assert_eq!(refusal.clause, clause, "{older}: {refusal}");
        }
        for newer in [160_000, 170_010, 180_004] {
            assert!(check_for(plan.clone(), newer).is_ok(), "{newer}");
        }
    }
}

#[test]
fn duplicates_may_be_dropped_in_parts_and_then_once_more() {
    let distinct = |input| aggregate(Mode::Simple, input, true, vec![]);
    accepts(distinct(gather(distinct(scan(true)))));
    accepts(over(sort(gather(distinct(scan(true)))), |input| Node::Unique { input }));
    refuses(gather(distinct(scan(true))), clause!("plan.distinct.partial"), &[]);
    refuses(limit(gather(distinct(scan(true)))), clause!("plan.distinct.partial"), &[]);
}

#[test]
fn first_rows_are_counted_by_who_sees_all_of_them() {
    accepts(limit(gather(scan(true))));
    refuses(gather(limit(scan(true))), clause!("plan.limit"), &[0]);
    let top =
        |input| over(input, |input| Node::Sort { input, keys: vec![key(x())], bound: Some(3) });
    accepts(top(scan(false)));
    refuses(gather(top(scan(true))), clause!("plan.sort.bound"), &[]);
    let merged = || {
        over(top(scan(true)), |input| Node::GatherMerge {
            input,
            keys: vec![key(x())],
            workers_planned: 2,
        })
    };
    refuses(merged(), clause!("plan.sort.bound"), &[]);
    refuses(sort(merged()), clause!("plan.sort.bound"), &[]);
    let rows = |count| Some(Expr::Constant(Value::Int8(count), Type::Int8));
    let window = |limit, offset| over(merged(), |input| Node::Limit { input, limit, offset });
    accepts(window(rows(3), None));
    accepts(window(rows(2), rows(1)));
    for (limit, offset) in [(rows(3), rows(1)), (rows(4), None), (None, None), (None, rows(1))] {
        refuses(window(limit, offset), clause!("plan.sort.bound"), &[]);
    }
    accepts(gather(sort(scan(true))));
}

#[test]
fn unique_needs_equal_rows_side_by_side() {
    let unique = |input| over(input, |input| Node::Unique { input });
    accepts(unique(sort(scan(false))));
    refuses(unique(scan(false)), clause!("plan.unique.order"), &[]);
    refuses(unique(gather(sort(scan(true)))), clause!("plan.unique.order"), &[]);
    refuses(gather(unique(sort(scan(true)))), clause!("plan.distinct.partial"), &[]);
    accepts(unique(sort(gather(unique(sort(scan(true)))))));
    let mut grouped = counted(Mode::Simple, scan(false));
    let Node::Aggregate { strategy, .. } = &mut grouped.node else { unreachable!() };
    *strategy = Strategy::Sorted;
    refuses(grouped, clause!("plan.aggregate.sorted"), &[]);
    let mut plain = counted(Mode::Simple, scan(false));
    let Node::Aggregate { strategy, .. } = &mut plain.node else { unreachable!() };
    *strategy = Strategy::Plain;
    refuses(plain, clause!("plan.aggregate.strategy"), &[]);
}

#[test]
fn replicas_agree_or_are_refused() {
    let beside = |inner| gather(hash_join(JoinKind::Inner, scan(true), inner, false));
    accepts(beside(counted(Mode::Simple, scan(false))));
    accepts(beside(limit(sort(scan(false)))));
    let undetermined = clause!("plan.replicated.determined");
    refuses(beside(limit(scan(false))), undetermined, &[0, 1, 0]);
    refuses(beside(filter(scan(false), call(&VOLATILE))), undetermined, &[0, 1, 0]);
    let float_sum = aggregate_call(named("sum", &[Some(Type::Float8)]));
    let sum = aggregate(Mode::Simple, scan_of(table(false), 1, false), false, vec![float_sum]);
    let pairs = gather(nested_loop(JoinKind::Inner, scan(true), sum));
    refuses(pairs, undetermined, &[0, 1]);
    accepts(gather(filter(scan(true), call(&VOLATILE))));
}

#[test]
fn workers_run_what_is_parallel_safe() {
    accepts(filter(gather(scan(true)), call(&RESTRICTED)));
    accepts(filter(scan(false), call(&UNSAFE)));
    refuses(gather(filter(scan(true), call(&RESTRICTED))), clause!("safety.below-gather"), &[0]);
    refuses(single_copy(filter(scan(false), call(&UNSAFE))), clause!("safety.below-gather"), &[0]);
    refuses(gather(scan_of(table(true), 0, true)), clause!("safety.temporary-table"), &[0]);
    accepts(scan_of(table(true), 0, false));
}

#[test]
fn columns_exist_and_have_their_types() {
    refuses(filter(scan(false), column(1, Type::Bool)), clause!("plan.expr.column"), &[]);
    refuses(filter(scan(false), column(0, Type::Bool)), clause!("plan.expr.column"), &[]);
    refuses(filter(scan(false), x()), clause!("plan.expr.type"), &[]);
    let outer = Expr::Outer { depth: 1, index: 0, ty: Type::Bool };
    refuses(filter(scan(false), outer), clause!("plan.expr.outer"), &[]);
    let mut wrong = scan(false);
    wrong.columns[0].ty = Type::Text;
    refuses(wrong, clause!("plan.seq-scan"), &[]);
    let mut wrong = sort(scan(false));
    wrong.columns.clear();
    refuses(wrong, clause!("plan.columns"), &[]);
}

#[test]
fn parameters_come_from_init_plans_above_every_gather() {
    let param = || Expr::Param { id: 0, ty: Type::Bool };
    refuses(filter(scan(false), param()), clause!("plan.expr.param"), &[]);
    let init = || InitPlan { id: 0, plan: scan(false), exists: true };
    let mut plan = gather(filter(scan(true), param()));
    plan.init_plans.push(init());
    accepts(plan);
    let mut below = filter(scan(true), param());
    below.init_plans.push(init());
    refuses(gather(below), clause!("plan.init-plan"), &[0]);
}

#[test]
fn orders_pass_through_projections_as_far_as_they_are_selected() {
    let project = |exprs: Vec<Expr>| {
        let columns = exprs.iter().map(|e| PlanColumn::value("c", e.ty())).collect();
        plan(Node::Project { input: Box::new(sort(scan(false))), exprs }, columns)
    };
    assert_eq!(accepts(project(vec![Expr::truth(true), x()])).ordering.len(), 1);
    assert!(accepts(project(vec![Expr::truth(true)])).ordering.is_empty());
}
