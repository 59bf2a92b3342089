//! EXPLAIN: a plan in PostgreSQL's words, as text or JSON (`explain.c`, 15). [explain.text]
//!
//! ```text
//! Label  (cost=startup..total rows=n width=n) (actual time=a..b rows=n loops=n)
//!   Property: value
//!   InitPlan 1 (returns $0)
//!     ->  …
//!   ->  …
//! ```
//!
//! One `Line` per printed node, made in the node's own file. Filter and Project are not printed: a Filter is a property
//! of the node below it (HAVING on the Aggregate, `One-Time Filter` on a Result if it speaks of no column), a Project is
//! its `Output` under VERBOSE. Columns are shown as what they were computed from, in parentheses where another node
//! computed it.

mod render;

use std::collections::HashMap;
use std::time::Duration;

use super::{
    Node, Plan, PlanColumn, aggregate, append, bitmap_scan, function_scan, gather, gather_merge,
    hash, hash_join, index_scan, limit, material, nested_loop, result, seq_scan, sort,
    subquery_scan, unique, values_scan,
};
use crate::catalogue::Table;
use crate::expr::Expr;
use crate::expr::print;
use crate::outcome::Trace;
use crate::sql::ast::{ExplainFormat, ExplainOptions};
use crate::sql::print::name as print_name;

/// How long planning and execution took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Planning.
    pub planning: Duration,
    /// Execution.
    pub execution: Duration,
}

/// The text of a plan; with a trace also what happened when it ran (its [`Trace::nodes`] in print order).
///
/// The time before a node's first row is not measured: it is shown as 0.
pub fn explain(plan: &Plan, options: &ExplainOptions, ran: Option<(&Trace, Times)>) -> String {
    let mut counters = Counters::default();
    let verbose = options.verbose;
    let mut init_plans = vec![];
    collect_init_plans(plan, &mut init_plans);
    init_plans.sort_unstable();
    let mut aliases = Aliases::default();
    aliases.note(plan);
    let several = aliases.names.len() > 1;
    let counters = &mut counters;
    let mut printer =
        Printer { verbose, qualified: verbose || several, counters, init_plans, aliases };
    let mut shown = printer.node(plan);
    if verbose && !several {
        // Only keys and conditions name the one table there is.
        let mut counters = Counters::default();
        let mut bare = Printer { qualified: false, counters: &mut counters, ..printer };
        shown.print_outputs_of(bare.node(plan));
    }
    match options.format {
        ExplainFormat::Text => render::text(&shown, options, ran),
        ExplainFormat::Json => render::json(&shown, options, ran),
    }
}

/// The text of a plan without costs: what plan tests compare.
pub fn shape(plan: &Plan) -> String {
    explain(plan, &ExplainOptions { costs: false, ..ExplainOptions::default() }, None)
}

/// What a node's own file says of it.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// `Node Type` in JSON.
    pub(super) node_type: &'static str,
    /// The label in text.
    pub(super) label: String,
    /// Whether it is parallel-aware: text says so in front of the label.
    pub(super) parallel: bool,
    /// `Strategy`, `Partial Mode`: before the parent relationship.
    pub(super) modes: Vec<(&'static str, Property)>,
    /// What is scanned, which join: JSON only.
    pub(super) target: Vec<(&'static str, Property)>,
    /// Keys, conditions, workers.
    pub(super) properties: Vec<(&'static str, Property)>,
}

/// The value of a property.
#[derive(Debug)]
pub(super) enum Property {
    Text(String),
    List(Vec<String>),
    Number(u64),
    /// Shown in text only if true.
    Flag(bool),
}

/// The text of a column.
#[derive(Clone, Debug)]
pub(super) struct ColumnText {
    /// As it stands in the `Output` of the node that computes it.
    pub(super) text: String,
    /// A table's column, or one that a node below computes: it needs no parentheses.
    pub(super) plain: bool,
    /// Of a state: the text of the whole call (`sum(x)`).
    pub(super) call: Option<String>,
}

impl ColumnText {
    pub(super) fn plain(text: impl Into<String>) -> ColumnText {
        ColumnText { text: text.into(), plain: true, call: None }
    }

    pub(super) fn computed(text: impl Into<String>) -> ColumnText {
        ColumnText { text: text.into(), plain: false, call: None }
    }

    /// As the node above refers to it.
    fn referred(&self) -> ColumnText {
        if self.plain {
            return self.clone();
        }
        ColumnText { text: format!("({})", self.text), plain: true, call: self.call.clone() }
    }
}

/// A printed node with everything below.
#[derive(Debug)]
struct Shown<'a> {
    line: Line,
    /// The outermost of the plan nodes that are printed here: its estimate is the node's.
    plan: &'a Plan,
    /// Its place in print order.
    place: usize,
    /// For a Gather: its number among Gathers, in print order.
    gather: Option<usize>,
    output: Vec<ColumnText>,
    /// Of a scan: its columns without the table's name, as its filter shows them.
    bare: Option<Vec<ColumnText>>,
    filters: Vec<String>,
    one_time_filters: Vec<String>,
    init_plans: Vec<(String, Shown<'a>)>,
    children: Vec<(&'static str, Shown<'a>)>,
}

impl Shown<'_> {
    /// Takes the outputs of the same plan that was printed otherwise.
    fn print_outputs_of(&mut self, other: Shown<'_>) {
        self.output = other.output;
        let below = self.children.iter_mut().zip(other.children);
        below.for_each(|((_, child), (_, other))| child.print_outputs_of(other));
        let inits = self.init_plans.iter_mut().zip(other.init_plans);
        inits.for_each(|((_, init), (_, other))| init.print_outputs_of(other));
    }
}

/// Numbers given out in print order.
#[derive(Default)]
struct Counters {
    nodes: usize,
    gathers: usize,
}

struct Printer<'c> {
    verbose: bool,
    qualified: bool,
    counters: &'c mut Counters,
    /// The parameters of all InitPlans, ascending: PostgreSQL numbers InitPlans in this order.
    init_plans: Vec<usize>,
    aliases: Aliases,
}

/// The names that scans go by: one that was given already gets a number (`t_1`).
#[derive(Default)]
struct Aliases {
    /// Of each scan, by its address.
    names: HashMap<usize, String>,
    /// Of each bitmap: that of the scan above.
    bitmaps: HashMap<usize, String>,
    /// How often each was given.
    given: HashMap<String, usize>,
}

impl Aliases {
    /// Names the scans of a plan, then those of its InitPlans: the order of PostgreSQL's range table.
    fn note(&mut self, plan: &Plan) {
        let alias = match &plan.node {
            Node::SeqScan { alias, .. }
            | Node::IndexScan { alias, .. }
            | Node::BitmapHeapScan { alias, .. }
            | Node::ValuesScan { alias, .. }
            | Node::FunctionScan { alias, .. }
            | Node::SubqueryScan { alias, .. } => Some(alias),
            _ => None,
        };
        if let Some(alias) = alias {
            let given = self.given.entry(alias.clone()).or_default();
            let name = if *given == 0 { alias.clone() } else { format!("{alias}_{given}") };
            *given += 1;
            if let Node::BitmapHeapScan { bitmap, .. } = &plan.node {
                self.note_bitmap(bitmap, &name);
            }
            self.names.insert(std::ptr::from_ref(plan) as usize, name);
        }
        plan.inputs().into_iter().for_each(|input| self.note(input));
        plan.init_plans.iter().for_each(|init| self.note(&init.plan));
    }

    /// The bitmaps below a Bitmap Heap Scan speak of its table by its alias.
    fn note_bitmap(&mut self, bitmap: &Plan, alias: &str) {
        self.bitmaps.insert(std::ptr::from_ref(bitmap) as usize, alias.to_owned());
        bitmap.inputs().into_iter().for_each(|input| self.note_bitmap(input, alias));
    }

    fn of(&self, plan: &Plan) -> Option<&String> {
        let place = std::ptr::from_ref(plan) as usize;
        self.names.get(&place).or_else(|| self.bitmaps.get(&place))
    }
}

fn collect_init_plans(plan: &Plan, ids: &mut Vec<usize>) {
    for init in &plan.init_plans {
        ids.push(init.id);
        collect_init_plans(&init.plan, ids);
    }
    plan.inputs().into_iter().for_each(|input| collect_init_plans(input, ids));
}

impl Printer<'_> {
    /// A node as it is printed, with the Filters and Projects above it.
    fn node<'a>(&mut self, plan: &'a Plan) -> Shown<'a> {
        self.wrapped(plan, vec![])
    }

    fn wrapped<'a>(&mut self, plan: &'a Plan, mut inits: Vec<&'a super::InitPlan>) -> Shown<'a> {
        inits.extend(&plan.init_plans);
        match &plan.node {
            Node::Filter { input, conditions } => {
                let mut shown = self.wrapped(input, inits);
                let each_row = |e: &Expr| reads_a_column(e) || crate::safety::is_volatile(e);
                let one_time = !conditions.iter().any(each_row);
                let text = conjunction(conditions, shown.bare.as_ref().unwrap_or(&shown.output));
                if !one_time {
                    shown.filters.push(text);
                } else if matches!(input_of(input).node, Node::Result) {
                    shown.one_time_filters.push(text);
                } else {
                    shown = gate(shown, plan, text);
                }
                Shown { plan, ..shown }
            }
            Node::Project { input, exprs } => {
                let shown = self.wrapped(input, inits);
                let bare = shown.bare.as_ref().map(|bare| projected(exprs, bare));
                Shown { plan, output: projected(exprs, &shown.output), bare, ..shown }
            }
            _ => self.printed(plan, inits),
        }
    }

    /// A node that has a line of its own.
    fn printed<'a>(&mut self, plan: &'a Plan, inits: Vec<&'a super::InitPlan>) -> Shown<'a> {
        let place = self.counters.nodes;
        self.counters.nodes += 1;
        let gathers = matches!(plan.node, Node::Gather { .. } | Node::GatherMerge { .. });
        let gather = gathers.then(|| {
            self.counters.gathers += 1;
            self.counters.gathers - 1
        });
        let init_plans = inits.into_iter().map(|init| {
            let number = self.init_plans.iter().position(|id| *id == init.id).unwrap_or(0) + 1;
            let name = format!("InitPlan {number} (returns ${})", init.id);
            (name, self.node(&init.plan))
        });
        let init_plans: Vec<_> = init_plans.collect();
        let relations = relationships(&plan.node);
        let children: Vec<_> =
            plan.inputs().into_iter().zip(relations).map(|(p, r)| (r, self.node(p))).collect();
        // The texts as the children compute them, and as this node refers to them.
        let own: Vec<ColumnText> = children.iter().flat_map(|(_, c)| c.output.clone()).collect();
        let texts: Vec<ColumnText> = own.iter().map(ColumnText::referred).collect();
        let (line, output) = self.line(plan, &own, &texts);
        let bare = self.bare(plan);
        let (filters, one_time_filters) = (vec![], vec![]);
        Shown {
            line,
            plan,
            place,
            gather,
            output,
            bare,
            filters,
            one_time_filters,
            init_plans,
            children,
        }
    }

    /// What the node's file says, and the texts of its columns.
    fn line(
        &self,
        plan: &Plan,
        own: &[ColumnText],
        texts: &[ColumnText],
    ) -> (Line, Vec<ColumnText>) {
        let passed = |line| (line, texts[..plan.columns.len().min(texts.len())].to_vec());
        let alias = self.aliases.of(plan).map_or("", String::as_str);
        match &plan.node {
            Node::Result => (result::line(), vec![]),
            Node::ValuesScan { .. } => (values_scan::line(alias), self.scanned(plan)),
            Node::FunctionScan { function, args, .. } => {
                (function_scan::line(function, args, alias, self.verbose), self.scanned(plan))
            }
            Node::SeqScan { table, parallel, .. } => {
                (seq_scan::line(&table.name, alias, *parallel, self.verbose), self.scanned(plan))
            }
            Node::IndexScan {
                table, index, columns, conditions, backward, only, parallel, ..
            } => {
                let (backward, only, parallel) = (*backward, *only, *parallel);
                let scan = index_scan::Scan {
                    table,
                    index,
                    columns,
                    conditions,
                    backward,
                    only,
                    parallel,
                };
                let texts = self.stored(table, alias);
                (index_scan::line(&scan, alias, self.verbose, &texts), self.scanned(plan))
            }
            Node::BitmapHeapScan { table, recheck, parallel, .. } => {
                let texts = self.stored(table, alias);
                let how = (*parallel, self.verbose);
                let line = bitmap_scan::line(&table.name, alias, recheck, how, &texts);
                (line, self.scanned(plan))
            }
            Node::BitmapIndexScan { table, index, conditions } => {
                let texts = self.stored(table, alias);
                (bitmap_scan::index_line(index, conditions, &texts), vec![])
            }
            Node::BitmapAnd { .. } => (bitmap_scan::joined_line("BitmapAnd"), vec![]),
            Node::BitmapOr { .. } => (bitmap_scan::joined_line("BitmapOr"), vec![]),
            Node::SubqueryScan { .. } => (subquery_scan::line(alias), self.scanned(plan)),
            Node::Material { .. } => passed(material::line()),
            Node::Hash { parallel, .. } => passed(hash::line(*parallel)),
            Node::HashJoin { kind, outer, keys, conditions, parallel, .. } => {
                let width = outer.columns.len();
                passed(hash_join::line(*kind, width, keys, conditions, *parallel, texts))
            }
            Node::NestedLoop { kind, conditions, .. } => {
                passed(nested_loop::line(*kind, conditions, texts))
            }
            Node::Aggregate { strategy, mode, keys, calls, .. } => {
                aggregate::line((*strategy, *mode), keys, calls, own, texts)
            }
            Node::Sort { keys, .. } => passed(sort::line(keys, texts)),
            Node::Limit { .. } => passed(limit::line()),
            Node::Unique { .. } => passed(unique::line()),
            Node::Append { parallel, .. } => passed(append::line(*parallel)),
            Node::Gather { input, workers_planned, single_copy } => {
                let mut params = vec![];
                note_params(input, &mut params);
                passed(gather::line(*workers_planned, *single_copy, &params))
            }
            Node::GatherMerge { input, workers_planned, .. } => {
                let mut params = vec![];
                note_params(input, &mut params);
                passed(gather_merge::line(*workers_planned, &params))
            }
            Node::Filter { .. } | Node::Project { .. } => {
                unreachable!("printed on the node below")
            }
        }
    }

    /// All columns of a table, as the index conditions of its scans show them.
    fn stored(&self, table: &Table, alias: &str) -> Vec<ColumnText> {
        let each = |column: &crate::catalogue::Column| {
            let name = print_name(&column.name);
            ColumnText::plain(match self.verbose {
                true => format!("{}.{name}", print_name(alias)),
                false => name,
            })
        };
        table.columns.iter().map(each).collect()
    }

    /// The columns of a scan by their names.
    fn scanned(&self, plan: &Plan) -> Vec<ColumnText> {
        let alias = self.aliases.of(plan);
        let each = |column: &PlanColumn| {
            let name = print_name(&column.name);
            let text = match alias {
                Some(alias) if self.qualified || column.printed.is_some() => {
                    format!("{}.{name}", print_name(alias))
                }
                _ => name,
            };
            ColumnText::plain(text)
        };
        plan.columns.iter().map(each).collect()
    }

    /// The columns of a scan without its name, as its own filter shows them; not of a sub-query's.
    fn bare(&self, plan: &Plan) -> Option<Vec<ColumnText>> {
        let shows_bare = matches!(
            plan.node,
            Node::SeqScan { .. }
                | Node::IndexScan { .. }
                | Node::BitmapHeapScan { .. }
                | Node::ValuesScan { .. }
                | Node::FunctionScan { .. }
        );
        let each = |column: &PlanColumn| ColumnText::plain(print_name(&column.name));
        (shows_bare && !self.verbose).then(|| plan.columns.iter().map(each).collect())
    }
}

/// A Result above a node, that asks once whether to run it.
fn gate<'a>(below: Shown<'a>, plan: &'a Plan, text: String) -> Shown<'a> {
    let output = below.output.iter().map(ColumnText::referred).collect();
    Shown {
        line: result::line(),
        plan,
        place: below.place,
        gather: None,
        output,
        bare: None,
        filters: vec![],
        one_time_filters: vec![text],
        init_plans: vec![],
        children: vec![("Outer", below)],
    }
    .with_init_plans_of_child()
}

impl Shown<'_> {
    /// InitPlans are printed at the top of their query level.
    fn with_init_plans_of_child(mut self) -> Self {
        self.init_plans = std::mem::take(&mut self.children[0].1.init_plans);
        self
    }
}

/// The texts of expressions over columns of these texts.
fn projected(exprs: &[Expr], texts: &[ColumnText]) -> Vec<ColumnText> {
    let each = |expr: &Expr| match expr {
        Expr::Column { index, .. } => texts[*index].clone(),
        other => ColumnText::computed(show(other, texts)),
    };
    exprs.iter().map(each).collect()
}

/// The node that Filters and Projects above it are printed on.
fn input_of(plan: &Plan) -> &Plan {
    match &plan.node {
        Node::Filter { input, .. } | Node::Project { input, .. } => input_of(input),
        _ => plan,
    }
}

fn reads_a_column(expr: &Expr) -> bool {
    let mut reads = false;
    expr.visit_columns(&mut |_| reads = true);
    reads
}

/// The parameters that a plan reads: the leader computes them before it launches workers.
fn note_params(plan: &Plan, params: &mut Vec<usize>) {
    fn note(expr: &Expr, params: &mut Vec<usize>) {
        if let Expr::Param { id, .. } = expr
            && !params.contains(id)
        {
            params.push(*id);
        }
        expr.operands().into_iter().for_each(|operand| note(operand, params));
    }
    plan.exprs().into_iter().for_each(|expr| note(expr, params));
    plan.inputs().into_iter().for_each(|input| note_params(input, params));
    params.sort_unstable();
}

/// How the inputs stand to the node.
fn relationships(node: &Node) -> Vec<&'static str> {
    match node {
        Node::HashJoin { .. } | Node::NestedLoop { .. } => vec!["Outer", "Inner"],
        Node::Append { inputs, .. } | Node::BitmapAnd { inputs } | Node::BitmapOr { inputs } => {
            vec!["Member"; inputs.len()]
        }
        Node::SubqueryScan { .. } => vec!["Subquery"],
        _ => vec!["Outer"],
    }
}

/// The text of an expression over columns of these texts.
pub(super) fn show(expr: &Expr, texts: &[ColumnText]) -> String {
    print::expr(expr, &|index| texts[index].text.clone())
}

/// The text of an argument of a call: with the casts that the binder added. [explain.aggregate.argument]
pub(super) fn show_argument(expr: &Expr, texts: &[ColumnText]) -> String {
    print::argument(expr, &|index| texts[index].text.clone())
}

/// The text of conditions that must all hold: `(a)`, or `((a) AND (b))`.
pub(super) fn conjunction(conditions: &[Expr], texts: &[ColumnText]) -> String {
    match conditions {
        [one] => show(one, texts),
        several => show(&Expr::And(several.to_vec()), texts),
    }
}

/// `name`, or `name alias` where they differ.
pub(super) fn relation(name: &str, alias: &str, schema: Option<&str>) -> String {
    let quoted = print_name(name);
    let name_text = schema.map_or(quoted.clone(), |schema| format!("{schema}.{quoted}"));
    if name == alias { name_text } else { format!("{name_text} {}", print_name(alias)) }
}

#[cfg(test)]
mod tests;
