//! Plans built by hand, over one table of numbers.

use std::sync::Arc;

use bothways_parallel::table::TableBuilder;
use bothways_parallel::{Schedule, Tables};
use spec::agg::{self, Aggregate};
use spec::catalogue::{Column, Statistics, Table};
use spec::error::{SqlError, sqlstate};
use spec::expr::{CallSyntax, Expr, Function, Safety, Volatility};
use spec::outcome::{Outcome, Run};
use spec::plan::check::{Checked, check};
use spec::plan::{Content, Estimate, HashKey, Mode, Node, Plan, PlanColumn, Strategy};
use spec::query::{Call, JoinKind, SortKey};
use spec::settings::Settings;
use spec::sql::ast::{Direction, NullsOrder};
use spec::value::{Modifier, Type, Value};

/// A function of the tests: one integer argument.
const fn function(
    name: &'static str,
    result: Type,
    body: fn(&[Value]) -> Result<Value, SqlError>,
) -> Function {
    Function {
        name,
        args: &[Type::Int4],
        result,
        strict: true,
        volatility: Volatility::Immutable,
        parallel: Safety::Safe,
        cost: 1.0,
        returns_set: false,
        own: None,
        body,
    }
}

/// Whether a number is even.
pub static IS_EVEN: Function =
    function("test_is_even", Type::Bool, |args| Ok(Value::Bool(int(&args[0]) % 2 == 0)));

/// Whether a count is at least ten.
#[cfg(feature = "faults")]
pub static MANY: Function = Function {
    args: &[Type::Int8],
    ..function("test_many", Type::Bool, |args| match args[0] {
        Value::Int8(count) => Ok(Value::Bool(count >= 10)),
        ref other => panic!("a count is expected, not {other:?}"),
    })
};

/// Half of a number, rounded down.
#[cfg(feature = "faults")]
pub static HALF: Function =
    function("test_half", Type::Int4, |args| Ok(Value::Int4(int(&args[0]) / 2)));

/// 0 of an even number, and of an odd one a number of 26 bits.
#[cfg(feature = "faults")]
pub static SCATTERED: Function = function("test_scattered", Type::Float8, |args| {
    Ok(Value::Float8(f64::from(int(&args[0]) % 2) * 67_108_859.0))
});

/// Fails for 77, and is true for every other number.
pub static FAILS_AT_77: Function =
    function("test_fails_at_77", Type::Bool, |args| match int(&args[0]) {
        77 => Err(SqlError::new(sqlstate::DIVISION_BY_ZERO, "division by zero")),
        _ => Ok(Value::Bool(true)),
    });

/// The equality by which the tests join.
pub static SAME: Function = Function {
    args: &[Type::Int4, Type::Int4],
    ..function("int4eq", Type::Bool, |args| Ok(Value::Bool(int(&args[0]) == int(&args[1]))))
};

fn int(value: &Value) -> i32 {
    match value {
        Value::Int4(number) => *number,
        other => panic!("an integer is expected, not {other:?}"),
    }
}

/// The table `numbers`: `n` counts from 0, `k` is `n % 7` (NULL where `n % 5` is 0), `f` is `n / 2`, but -0 in row 1.
pub struct World {
    pub tables: Tables,
    pub table: Arc<Table>,
    pub settings: Settings,
}

impl World {
    pub fn new(rows: i32) -> World {
        let column = |name: &str, ty| Column {
            name: name.into(),
            ty,
            modifier: Modifier::None,
            not_null: false,
        };
        let table = Table {
            name: "numbers".into(),
            columns: vec![
                column("n", Type::Int4),
                column("k", Type::Int4),
                column("f", Type::Float8),
            ],
            indexes: vec![],
            temporary: false,
            parallel_workers: None,
            statistics: Statistics::default(),
        };
        let mut builder = TableBuilder::new(&table);
        for n in 0..rows {
            let key = if n % 5 == 0 { Value::Null } else { Value::Int4(n % 7) };
            builder.push_row(&[
                Value::Int4(n),
                key,
                Value::Float8(if n == 1 { -0.0 } else { f64::from(n) / 2.0 }),
            ]);
        }
        let stored = builder.finish();
        let mut tables = Tables::default();
        tables.put("numbers", stored);
        World { tables, table: Arc::new(table), settings: Settings::default() }
    }

    /// Runs a plan, which the checker must accept.
    pub fn run(&self, plan: &Plan, schedule: &Schedule) -> Run {
        bothways_parallel::run(&self.checked(plan), &self.tables, &self.settings, schedule)
    }

    pub fn checked(&self, plan: &Plan) -> Checked<Plan> {
        check(plan.clone()).unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// Runs a plan, and gives its rows in a fixed order.
    pub fn rows(&self, plan: &Plan, schedule: &Schedule) -> Vec<Vec<Value>> {
        sorted(rows_of(&self.run(plan, schedule)))
    }

    pub fn scan(&self, parallel: bool) -> Plan {
        let columns = self.table.columns.iter().map(|c| PlanColumn::value(&c.name, c.ty));
        node(
            Node::SeqScan {
                table: self.table.clone(),
                alias: "numbers".into(),
                columns: vec![0, 1, 2],
                parallel,
            },
            columns.collect(),
        )
    }
}

/// The rows of an outcome that is not an error.
pub fn rows_of(run: &Run) -> Vec<Vec<Value>> {
    match &run.outcome {
        Outcome::Rows(rows) => rows.rows.clone(),
        Outcome::Error(error) => panic!("{error:?}"),
    }
}

/// Rows in the order of their debugging text: any fixed order will do.
pub fn sorted(mut rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    rows.sort_by_cached_key(|row| format!("{row:?}"));
    rows
}

fn node(node: Node, columns: Vec<PlanColumn>) -> Plan {
    Plan { node, columns, estimate: Estimate::default(), init_plans: vec![] }
}

pub fn column(index: usize, ty: Type) -> Expr {
    Expr::Column { index, ty }
}

pub fn call(function: &'static Function, args: Vec<Expr>) -> Expr {
    Expr::Call { function, args, syntax: CallSyntax::Function, position: 0 }
}

pub fn filter(input: Plan, condition: Expr) -> Plan {
    let columns = input.columns.clone();
    node(Node::Filter { input: Box::new(input), conditions: vec![condition] }, columns)
}

pub fn gather(input: Plan, workers_planned: usize) -> Plan {
    let columns = input.columns.clone();
    node(Node::Gather { input: Box::new(input), workers_planned, single_copy: false }, columns)
}

pub fn gather_merge(input: Plan, key: Expr, workers_planned: usize) -> Plan {
    let columns = input.columns.clone();
    let keys = vec![descending(key)];
    node(Node::GatherMerge { input: Box::new(input), keys, workers_planned }, columns)
}

fn descending(expr: Expr) -> SortKey {
    SortKey { expr, direction: Direction::Desc, nulls: NullsOrder::First }
}

pub fn limit(input: Plan, rows: i64) -> Plan {
    let columns = input.columns.clone();
    let limit = Some(Expr::Constant(Value::Int8(rows), Type::Int8));
    node(Node::Limit { input: Box::new(input), limit, offset: None }, columns)
}

pub fn sort(input: Plan, key: Expr, bound: Option<u64>) -> Plan {
    let columns = input.columns.clone();
    node(Node::Sort { input: Box::new(input), keys: vec![descending(key)], bound }, columns)
}

pub fn append(inputs: Vec<Plan>, parallel: bool) -> Plan {
    let columns = inputs[0].columns.clone();
    node(Node::Append { inputs, parallel }, columns)
}

/// `numbers o JOIN numbers i ON o.k = i.n`, of the kind.
pub fn hash_join(kind: JoinKind, outer: Plan, inner: Plan) -> Plan {
    hash_join_on(kind, outer, inner, 0)
}

/// `numbers o JOIN numbers i ON o.k = i.key`, of the kind.
pub fn hash_join_on(kind: JoinKind, outer: Plan, inner: Plan, key: usize) -> Plan {
    let mut columns = outer.columns.clone();
    if !matches!(kind, JoinKind::Semi | JoinKind::Anti) {
        columns.extend(inner.columns.clone());
    }
    let inner_columns = inner.columns.clone();
    let hash = node(Node::Hash { input: Box::new(inner), parallel: false }, inner_columns);
    let key =
        HashKey { outer: column(1, Type::Int4), inner: column(key, Type::Int4), equal: &SAME };
    node(
        Node::HashJoin {
            kind,
            outer: Box::new(outer),
            inner: Box::new(hash),
            keys: vec![key],
            conditions: vec![],
            parallel: false,
        },
        columns,
    )
}

/// The same hash join over a table that participants share.
pub fn shared(mut join: Plan) -> Plan {
    let Node::HashJoin { inner, parallel, .. } = &mut join.node else {
        panic!("it is a hash join")
    };
    let Node::Hash { parallel: table, .. } = &mut inner.node else { panic!("it has a Hash") };
    (*parallel, *table) = (true, true);
    join
}

/// The same join by a nested loop.
pub fn nested_loop(kind: JoinKind, outer: Plan, inner: Plan) -> Plan {
    let mut columns = outer.columns.clone();
    let place = outer.columns.len();
    if !matches!(kind, JoinKind::Semi | JoinKind::Anti) {
        columns.extend(inner.columns.clone());
    }
    let condition = call(&SAME, vec![column(1, Type::Int4), column(place, Type::Int4)]);
    node(
        Node::NestedLoop {
            kind,
            outer: Box::new(outer),
            inner: Box::new(inner),
            conditions: vec![condition],
        },
        columns,
    )
}

/// The aggregate of this name over these types (none: `*`).
pub fn aggregate(name: &str, args: &[Type]) -> &'static Aggregate {
    agg::named(name)
        .find(|aggregate| {
            aggregate.args.len() == args.len()
                && aggregate.args.iter().zip(args).all(|(declared, ty)| *declared == Some(*ty))
        })
        .unwrap_or_else(|| panic!("there is no {name}({args:?})"))
}

/// A call without any clause.
pub fn plain_call(aggregate: &'static Aggregate, args: Vec<Expr>) -> Call {
    let (direct, order_by, filter) = (vec![], vec![], None);
    Call { aggregate, args, direct, distinct: false, order_by, filter, position: 0 }
}

/// `count(*), bit_xor(n), sum(f)` of the table's rows.
pub fn calls() -> Vec<Call> {
    vec![
        plain_call(aggregate("count", &[]), vec![]),
        plain_call(aggregate("bit_xor", &[Type::Int4]), vec![column(0, Type::Int4)]),
        plain_call(aggregate("sum", &[Type::Float8]), vec![column(2, Type::Float8)]),
    ]
}

/// An Aggregate of one stage.
pub fn aggregate_node(
    mode: Mode,
    strategy: Strategy,
    input: Plan,
    keys: Vec<Expr>,
    calls: Vec<Call>,
) -> Plan {
    let mut columns: Vec<PlanColumn> =
        keys.iter().map(|key| PlanColumn::value("key", key.ty())).collect();
    columns.extend(calls.iter().map(|call| PlanColumn {
        content: match mode {
            Mode::Partial => Content::State(call.aggregate),
            Mode::Simple | Mode::Finalize => Content::Value,
        },
        ..PlanColumn::value(call.aggregate.name, call.aggregate.result)
    }));
    node(Node::Aggregate { strategy, mode, input: Box::new(input), keys, calls }, columns)
}

/// The whole query in one process.
pub fn serial(input: Plan, keys: Vec<Expr>, calls: Vec<Call>) -> Plan {
    let strategy = if keys.is_empty() { Strategy::Plain } else { Strategy::Hashed };
    aggregate_node(Mode::Simple, strategy, input, keys, calls)
}

/// Partial below a Gather, Finalize above.
pub fn split(input: Plan, keys: Vec<Expr>, calls: Vec<Call>, workers: usize) -> Plan {
    let strategy = if keys.is_empty() { Strategy::Plain } else { Strategy::Hashed };
    let above = keys.iter().enumerate().map(|(i, key)| column(i, key.ty())).collect();
    let partial = aggregate_node(Mode::Partial, strategy, input, keys, calls.clone());
    aggregate_node(Mode::Finalize, strategy, gather(partial, workers), above, calls)
}
