//! Plans of a live PostgreSQL as plans of ours, so that the checker may judge them. [plan.import]
//!
//! ```text
//! EXPLAIN (VERBOSE, FORMAT JSON)  →  the skeleton: nodes, parallel awareness, partial mode, joins, keys, states
//!                                 →  spec::plan::check  →  accepted, refused (path and clause), or unknown
//! ```
//!
//! What the checker needs of a plan is its shape. Expressions are not read: a column is known by the text under which the
//! node below returns it (`Output`), and whatever is computed becomes a constant. So the verdict is about distribution,
//! order, stages and states, not about types, volatility or the parallel safety of functions. The types of aggregates are
//! those of the first overload that splits.
//!
//! A node that we have no rule for, and a key that no column below answers to, make the plan *unknown*: never accepted.

mod output;

use std::sync::Arc;

use serde_json::Value as Json;

use spec::agg::{self, Aggregate};
use spec::catalogue::{Column, Index, IndexSize, Statistics, Table};
use spec::expr::{Expr, function};
use spec::plan::check::{self, Participants, Refusal, Stage};
use spec::plan::{Content, Estimate, HashKey, InitPlan, Mode, Node, Plan, PlanColumn, Strategy};
use spec::query::{Call, JoinKind, SortKey};
use spec::sql::ast::{Direction, NullsOrder};
use spec::value::{Modifier, Type, Value};

use output::Texts;

/// What the checker says of an imported plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Typing {
    /// It has a type.
    Accepted,
    /// It breaks a rule.
    Refused(Refusal),
    /// It has something that we have no rule for.
    Unknown(Unknown),
}

/// What of a plan could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What it is: `the node Merge Join`.
    pub what: String,
    /// The way from the root to the node: numbers of `Plans` from 0.
    pub path: Vec<usize>,
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path: Vec<String> = self.path.iter().map(usize::to_string).collect();
        write!(
            f,
            "unknown: {} (at {})",
            self.what,
            if path.is_empty() { "the root".into() } else { path.join(".") }
        )
    }
}

/// Rules about rows that must stand side by side. A condition `x = 1` puts all rows in order by `x`, and conditions are not read.
const IMPLIED_ORDERS: [&str; 2] = ["plan.aggregate.sorted", "plan.unique.order"];

/// While a plan is read its shape counts, whoever made it: which aggregates its server splits is asked of the whole.
const ANY_VERSION: u64 = u64::MAX;

/// Types the plan under the key `Plan` of an EXPLAIN document, made by a server of this version
/// (`server_version_num`). [plan.import]
pub fn typing(root: &Json, version: u64) -> Typing {
    let plan = import(root);
    let by_index = plan.as_ref().is_ok_and(reads_an_index);
    match plan.map(|plan| check::check_for(plan, version)) {
        Ok(Ok(_)) => Typing::Accepted,
        Ok(Err(refusal))
            if IMPLIED_ORDERS.contains(&refusal.clause)
                || by_index && refusal.clause == "plan.gather-merge.order" =>
        {
            let what = "an order that conditions or an index may imply".into();
            Typing::Unknown(Unknown { what, path: refusal.path })
        }
        Ok(Err(refusal)) => Typing::Refused(refusal),
        Err(unknown) => Typing::Unknown(unknown),
    }
}

/// Whether a plan reads an index: the order that this gives is not printed.
fn reads_an_index(plan: &Plan) -> bool {
    matches!(plan.node, Node::IndexScan { .. }) || plan.inputs().into_iter().any(reads_an_index)
}

/// The skeleton of a plan, as a plan of ours.
///
/// # Errors
/// What we have no rule for, with its place.
pub fn import(root: &Json) -> Result<Plan, Unknown> {
    let mut plan = read(root)?.plan;
    plan.init_plans.sort_by_key(|init| init.id);
    Ok(plan)
}

/// A plan, and how the node above may refer to its columns.
struct Read {
    plan: Plan,
    texts: Texts,
}

fn unknown<T>(what: impl Into<String>) -> Result<T, Unknown> {
    Err(Unknown { what: what.into(), path: vec![] })
}

fn text<'j>(node: &'j Json, key: &str) -> &'j str {
    node.get(key).and_then(Json::as_str).unwrap_or("")
}

fn flag(node: &Json, key: &str) -> bool {
    node.get(key).and_then(Json::as_bool) == Some(true)
}

fn list<'j>(node: &'j Json, key: &str) -> Vec<&'j str> {
    let items = node.get(key).and_then(Json::as_array).into_iter().flatten();
    items.filter_map(Json::as_str).collect()
}

/// Reads a node with everything below it.
fn read(node: &Json) -> Result<Read, Unknown> {
    let mut inputs = Vec::new();
    let mut init_plans = Vec::new();
    let below = node.get("Plans").and_then(Json::as_array).into_iter().flatten();
    for (number, child) in below.enumerate() {
        let placed = |mut unknown: Unknown| {
            unknown.path.insert(0, number);
            unknown
        };
        match text(child, "Parent Relationship") {
            "InitPlan" => init_plans.push(init_plan(child).map_err(placed)?),
            "SubPlan" => return unknown("a SubPlan").map_err(placed),
            _ => inputs.push(read(child).map_err(placed)?),
        }
    }
    let read = filtered(node, of_type(node, inputs)?);
    let mut read = projected(node, read);
    read.plan.init_plans = init_plans;
    Ok(read)
}

/// A plan that is computed once, before: `InitPlan 1 (returns $0)`, or from 17 on `InitPlan 1`.
fn init_plan(node: &Json) -> Result<InitPlan, Unknown> {
    let name = text(node, "Subplan Name");
    let number = name.rsplit(['$', ' ']).next().unwrap_or("").trim_end_matches(')');
    let Ok(id) = number.parse() else { return unknown(format!("the sub-plan {name}")) };
    // Whether it is asked for a value or for the existence of rows is not printed; the latter takes any columns.
    Ok(InitPlan { id, plan: read(node)?.plan, exists: true })
}

/// The node itself, by its type.
fn of_type(node: &Json, inputs: Vec<Read>) -> Result<Read, Unknown> {
    let name = text(node, "Node Type");
    let mut inputs = inputs.into_iter();
    let parallel = flag(node, "Parallel Aware");
    let workers = node.get("Workers Planned").and_then(Json::as_u64).unwrap_or(0) as usize;
    let first = inputs.next();
    let second = inputs.next();
    match (name, first, second) {
        ("Seq Scan", None, None) => Ok(leaf(node, parallel)),
        ("Index Scan" | "Index Only Scan", None, None) => Ok(index_scan(node, parallel)),
        ("Bitmap Heap Scan", Some(bitmap), None) => {
            let Read { plan: scan, texts } = leaf(node, parallel);
            let (table, alias, columns) = stored(scan.node);
            let bitmap = Box::new(of_table(bitmap.plan, &table));
            let recheck = vec![];
            let node = Node::BitmapHeapScan { table, alias, columns, recheck, bitmap, parallel };
            Ok(Read { plan: plan(node, scan.columns), texts })
        }
        ("Bitmap Index Scan", None, None) => Ok(bitmap(bitmap_index_scan())),
        ("BitmapAnd", Some(first), Some(second)) => {
            let inputs = [first, second].into_iter().chain(inputs).map(|read| read.plan);
            Ok(bitmap(Node::BitmapAnd { inputs: inputs.collect() }))
        }
        ("BitmapOr", Some(first), Some(second)) => {
            let inputs = [first, second].into_iter().chain(inputs).map(|read| read.plan);
            Ok(bitmap(Node::BitmapOr { inputs: inputs.collect() }))
        }
        ("Values Scan" | "Function Scan" | "Result", None, None) if !parallel => {
            Ok(leaf(node, false))
        }
        ("Result", Some(input), None) => Ok(input),
        ("Subquery Scan", Some(input), None) => {
            let alias = text(node, "Alias").to_owned();
            Ok(over(input, |input| Node::SubqueryScan { input, alias }))
        }
        ("Materialize", Some(input), None) => Ok(over(input, |input| Node::Material { input })),
        ("Hash", Some(input), None) => Ok(over(input, |input| Node::Hash { input, parallel })),
        ("Unique", Some(input), None) => Ok(over(input, |input| Node::Unique { input })),
        ("Limit", Some(input), None) => {
            // How many rows is not printed.
            let limit = Some(Expr::Constant(Value::Int8(1), Type::Int8));
            Ok(over(input, |input| Node::Limit { input, limit, offset: None }))
        }
        ("Sort" | "Incremental Sort", Some(input), None) => {
            let keys = input.texts.sort_keys(&list(node, "Sort Key"), &input.plan.columns)?;
            Ok(over(input, |input| Node::Sort { input, keys, bound: None }))
        }
        ("Gather", Some(input), None) => {
            let single_copy = flag(node, "Single Copy");
            Ok(over(input, |input| Node::Gather { input, workers_planned: workers, single_copy }))
        }
        ("Gather Merge", Some(input), None) => {
            // PostgreSQL does not print by which keys it merges; it is the order of the rows below.
            let below = check::judgement_for(&input.plan, Participants::Many, ANY_VERSION);
            let keys = below.map_or(vec![], |relation| relation.ordering);
            Ok(over(input, |input| Node::GatherMerge { input, keys, workers_planned: workers }))
        }
        ("Append", Some(first), second) => {
            Ok(append(first, second.into_iter().chain(inputs), parallel))
        }
        ("Hash Join", Some(outer), Some(inner)) => {
            let kind = join_kind(node)?;
            Ok(joined(kind, outer, inner, |outer, inner| {
                let (keys, conditions) = (vec![equality()], vec![]);
                Node::HashJoin { kind, outer, inner, keys, conditions, parallel }
            }))
        }
        ("Nested Loop", Some(outer), Some(inner)) => {
            let kind = join_kind(node)?;
            Ok(joined(kind, outer, inner, |outer, inner| Node::NestedLoop {
                kind,
                outer,
                inner,
                conditions: vec![],
            }))
        }
        ("Aggregate" | "Group", Some(input), None) => aggregate(node, input),
        ("", ..) => unknown("a node without a type"),
        (other, ..) => unknown(format!("the node {other}")),
    }
}

fn plan(node: Node, columns: Vec<PlanColumn>) -> Plan {
    Plan { node, columns, estimate: Estimate::default(), init_plans: vec![] }
}

/// A node with the columns of its input.
fn over(input: Read, wrap: impl FnOnce(Box<Plan>) -> Node) -> Read {
    let columns = input.plan.columns.clone();
    Read { plan: plan(wrap(Box::new(input.plan)), columns), texts: input.texts }
}

/// A scan of a table that has what is returned as its columns.
fn leaf(node: &Json, parallel: bool) -> Read {
    let texts = Texts::of(&list(node, "Output"));
    let named = |name: &str| Column {
        name: name.to_owned(),
        ty: Type::Int4,
        modifier: Modifier::None,
        not_null: false,
    };
    let table = Table {
        name: text(node, "Relation Name").to_owned(),
        columns: texts.iter().map(named).collect(),
        indexes: vec![],
        temporary: false,
        parallel_workers: None,
        statistics: Statistics::default(),
    };
    let columns = texts.iter().map(|name| PlanColumn::value(name, Type::Int4)).collect();
    let node = Node::SeqScan {
        alias: text(node, "Alias").to_owned(),
        columns: (0..table.columns.len()).collect(),
        table: table.into(),
        parallel,
    };
    Read { plan: plan(node, columns), texts }
}

/// A scan of a leaf's table: the table, its alias, the columns.
fn stored(scan: Node) -> (Arc<Table>, String, Vec<usize>) {
    match scan {
        Node::SeqScan { table, alias, columns, .. } => (table, alias, columns),
        _ => unreachable!("a leaf is a scan of a table"),
    }
}

/// An index without keys: which order it gives is not printed, so that none is known.
fn keyless(name: &str) -> Index {
    Index {
        name: name.to_owned(),
        keys: vec![],
        unique: false,
        constraint: false,
        size: IndexSize::default(),
        range: None,
    }
}

/// A scan through an index. Its order is not printed; an Index Only Scan counts as any other, for its keys are not either.
fn index_scan(node: &Json, parallel: bool) -> Read {
    let Read { plan: scan, texts } = leaf(node, parallel);
    let (table, alias, columns) = stored(scan.node);
    let index = keyless(text(node, "Index Name"));
    let table = Arc::new(Table { indexes: vec![index.clone()], ..Table::clone(&table) });
    let node = Node::IndexScan {
        table,
        alias,
        index,
        columns,
        conditions: vec![],
        backward: text(node, "Scan Direction") == "Backward",
        only: false,
        parallel,
    };
    Read { plan: plan(node, scan.columns), texts }
}

/// A bitmap of a table that only the scan above knows.
fn bitmap_index_scan() -> Node {
    let table = stored(leaf(&Json::Null, false).plan.node).0;
    Node::BitmapIndexScan { table, index: keyless(""), conditions: vec![] }
}

fn bitmap(node: Node) -> Read {
    Read { plan: plan(node, vec![]), texts: Texts::of(&[]) }
}

/// The bitmaps below a Bitmap Heap Scan are those of its table.
fn of_table(mut bitmap: Plan, table: &Arc<Table>) -> Plan {
    if let Node::BitmapIndexScan { table: scanned, index, .. } = &mut bitmap.node {
        *scanned = Arc::new(Table { indexes: vec![index.clone()], ..Table::clone(table) });
    }
    for input in bitmap.inputs_mut() {
        *input = of_table(input.clone(), table);
    }
    bitmap
}

/// The rows of all inputs, under the names of the first.
fn append(first: Read, others: impl Iterator<Item = Read>, parallel: bool) -> Read {
    let (columns, texts) = (first.plan.columns.clone(), first.texts);
    let inputs = [first.plan].into_iter().chain(others.map(|read| read.plan)).collect();
    Read { plan: plan(Node::Append { inputs, parallel }, columns), texts }
}

fn join_kind(node: &Json) -> Result<JoinKind, Unknown> {
    match text(node, "Join Type") {
        "Inner" => Ok(JoinKind::Inner),
        "Left" => Ok(JoinKind::Left),
        "Right" => Ok(JoinKind::Right),
        "Full" => Ok(JoinKind::Full),
        "Semi" => Ok(JoinKind::Semi),
        "Anti" => Ok(JoinKind::Anti),
        other => unknown(format!("the join type {other}")),
    }
}

/// An equality of two constants: which columns meet does not matter to the rules.
fn equality() -> HashKey {
    let one = || Expr::Constant(Value::Int4(1), Type::Int4);
    let equal = function::exact("int4eq", &[Type::Int4, Type::Int4]).expect("a built-in function");
    HashKey { outer: one(), inner: one(), equal }
}

fn joined(
    kind: JoinKind,
    outer: Read,
    inner: Read,
    node: impl FnOnce(Box<Plan>, Box<Plan>) -> Node,
) -> Read {
    let (mut columns, mut texts) = (outer.plan.columns.clone(), outer.texts);
    if !matches!(kind, JoinKind::Semi | JoinKind::Anti) {
        columns.extend(inner.plan.columns.iter().cloned());
        texts.extend(inner.texts);
    }
    Read { plan: plan(node(Box::new(outer.plan), Box::new(inner.plan)), columns), texts }
}

/// A node's Filter: which condition does not matter.
fn filtered(node: &Json, input: Read) -> Read {
    let is_there = ["Filter", "One-Time Filter"].iter().any(|key| node.get(key).is_some());
    if !is_there {
        return input;
    }
    let conditions = vec![Expr::Constant(Value::Bool(true), Type::Bool)];
    over(input, |input| Node::Filter { input, conditions })
}

/// Nodes that return the columns of what is below them, whatever these are called (`is_projection_capable_plan`).
const PASS_COLUMNS: [&str; 7] =
    ["Hash", "Materialize", "Sort", "Incremental Sort", "Unique", "Limit", "Append"];

/// What the node returns of its columns, where that differs. What is in parts passes as it is: no projection may read it.
fn projected(node: &Json, input: Read) -> Read {
    let output = list(node, "Output");
    if node.get("Output").is_none() || is_in_parts(&input.plan) || input.texts.are(&output) {
        return input;
    }
    if PASS_COLUMNS.contains(&text(node, "Node Type")) && output.len() == input.texts.len() {
        return Read { texts: Texts::of(&output), ..input };
    }
    let texts = Texts::of(&output);
    let exprs: Vec<Expr> = output
        .iter()
        .map(|text| match input.texts.find(text) {
            Some(index) => Expr::Column { index, ty: input.plan.columns[index].ty },
            None => Expr::Constant(Value::Int4(1), Type::Int4),
        })
        .collect();
    let columns =
        exprs.iter().zip(texts.iter()).map(|(expr, name)| PlanColumn::value(name, expr.ty()));
    let columns = columns.collect();
    Read { plan: plan(Node::Project { input: Box::new(input.plan), exprs }, columns), texts }
}

/// An Aggregate in any stage, or a Group.
fn aggregate(node: &Json, input: Read) -> Result<Read, Unknown> {
    if node.get("Grouping Sets").is_some() {
        return unknown("GROUPING SETS");
    }
    let columns = &input.plan.columns;
    let keys = list(node, "Group Key");
    let mut indices: Vec<usize> = Vec::new();
    for key in &keys {
        let index = input.texts.key(key)?;
        if !indices.contains(&index) {
            indices.push(index);
        }
    }
    let strategy = match (text(node, "Strategy"), keys.is_empty()) {
        ("Plain", true) => Strategy::Plain,
        ("Hashed", false) => Strategy::Hashed,
        ("Sorted" | "", false) => Strategy::Sorted,
        (other, _) => return unknown(format!("the aggregation strategy {other:?}")),
    };
    let mode = match (text(node, "Partial Mode"), text(node, "Node Type")) {
        ("Partial", _) => Mode::Partial,
        ("Finalize", _) => Mode::Finalize,
        // A Group is printed without its stage; over partial groups it can only finish them.
        (_, "Group") if gives_partial_groups(&input.plan) => Mode::Finalize,
        _ => Mode::Simple,
    };
    let (calls, called) = match mode {
        Mode::Simple => simple_calls(node, &keys),
        Mode::Partial => partial_calls(node)?,
        Mode::Finalize => finalize_calls(&input, indices.len()),
    };
    let mut texts =
        Texts::of(&indices.iter().map(|index| input.texts.text(*index)).collect::<Vec<_>>());
    texts.extend(Texts::of(&called.iter().map(String::as_str).collect::<Vec<_>>()));
    let keys: Vec<Expr> = indices
        .iter()
        .map(|index| Expr::Column { index: *index, ty: columns[*index].ty })
        .collect();
    let named = indices.iter().map(|index| columns[*index].clone());
    let computed = calls.iter().zip(&called).map(|(call, name)| PlanColumn {
        content: match mode {
            Mode::Partial => Content::State(call.aggregate),
            Mode::Simple | Mode::Finalize => Content::Value,
        },
        ..PlanColumn::value(name, call.aggregate.result)
    });
    let columns = named.chain(computed).collect();
    let input = Box::new(input.plan);
    Ok(Read { plan: plan(Node::Aggregate { strategy, mode, input, keys, calls }, columns), texts })
}

/// Whether the rows are groups in parts, wherever the plan may stand.
fn gives_partial_groups(plan: &Plan) -> bool {
    stages(plan).any(|stage| matches!(stage, Stage::Groups { .. }))
}

/// Whether the rows are not yet what they will be.
fn is_in_parts(plan: &Plan) -> bool {
    stages(plan).any(|stage| stage != Stage::Complete)
}

fn stages(plan: &Plan) -> impl Iterator<Item = Stage> {
    let worlds = [Participants::One, Participants::Many].into_iter();
    let judged = |world| check::judgement_for(plan, world, ANY_VERSION).ok();
    worlds.filter_map(judged).map(|relation| relation.stage)
}

fn call(aggregate: &'static Aggregate, distinct: bool) -> Call {
    let argument = |ty: &Option<Type>| {
        let ty = ty.unwrap_or(Type::Int4);
        Expr::Constant(Value::Null, ty)
    };
    let args = aggregate.args.iter().map(argument).collect();
    let (direct, order_by, filter) = (vec![], vec![], None);
    Call { aggregate, args, direct, distinct, order_by, filter, position: 0 }
}

/// Calls that see whole groups: which aggregates they are does not matter.
fn simple_calls(node: &Json, keys: &[&str]) -> (Vec<Call>, Vec<String>) {
    let some = agg::named("bool_and").next().expect("a built-in aggregate");
    let keys = Texts::of(keys);
    let mut called: Vec<String> = list(node, "Output")
        .into_iter()
        .filter(|text| keys.find(text).is_none())
        .map(str::to_owned)
        .collect();
    // HAVING may be the one place that has a call.
    if called.is_empty() && node.get("Filter").is_some() {
        called.push("HAVING".into());
    }
    (called.iter().map(|_| call(some, false)).collect(), called)
}

/// `PARTIAL sum(x)`: one state each.
fn partial_calls(node: &Json) -> Result<(Vec<Call>, Vec<String>), Unknown> {
    let mut calls = Vec::new();
    let mut called = Vec::new();
    for text in list(node, "Output") {
        let Some(printed) = output::bare(text).strip_prefix("PARTIAL ") else { continue };
        let (name, arguments) = printed.split_once('(').unwrap_or((printed, ""));
        let known =
            agg::named(name).find(|aggregate| aggregate.splits).or_else(|| agg::named(name).next());
        let Some(aggregate) = known else { return unknown(format!("the aggregate {name}")) };
        let in_order = arguments.starts_with("DISTINCT ") || arguments.contains(" ORDER BY ");
        calls.push(call(aggregate, in_order));
        called.push(text.to_owned());
    }
    Ok((calls, called))
}

/// One call per state below.
fn finalize_calls(input: &Read, keys: usize) -> (Vec<Call>, Vec<String>) {
    let columns = input.plan.columns.iter().enumerate().skip(keys);
    let states = columns.filter_map(|(index, column)| match column.content {
        Content::State(aggregate) => {
            let text = output::bare(input.texts.text(index));
            Some((call(aggregate, false), text.strip_prefix("PARTIAL ").unwrap_or(text).to_owned()))
        }
        Content::Value => None,
    });
    states.unzip()
}

impl Texts {
    /// The column that a key speaks of.
    fn key(&self, key: &str) -> Result<usize, Unknown> {
        match self.find(key) {
            Some(index) => Ok(index),
            None => unknown("a key that no column below is"),
        }
    }

    /// Sort keys, with their directions; then the columns that are copies of keys, which are in order too.
    fn sort_keys(&self, keys: &[&str], columns: &[PlanColumn]) -> Result<Vec<SortKey>, Unknown> {
        let mut sorted: Vec<SortKey> = Vec::new();
        let mut copies = Vec::new();
        for key in keys {
            let (text, direction, nulls) = output::direction(key);
            let first = self.key(text)?;
            let by = |index: usize| {
                let expr = Expr::Column { index, ty: columns[index].ty };
                SortKey { expr, direction, nulls }
            };
            sorted.push(by(first));
            copies.extend(
                (first + 1..self.len()).filter(|i| self.text(*i) == self.text(first)).map(by),
            );
        }
        sorted.extend(copies);
        Ok(sorted)
    }
}

/// Where NULLs go when nothing is said.
fn default_nulls(direction: Direction) -> NullsOrder {
    match direction {
        Direction::Asc => NullsOrder::Last,
        Direction::Desc => NullsOrder::First,
    }
}
