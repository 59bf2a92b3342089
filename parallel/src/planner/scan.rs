//! Scans: the paths of one leaf of a block, with the conditions that speak of it alone.

use std::sync::Arc;

use spec::catalogue::Table;
use spec::expr::Expr;
use spec::plan::{Node, PlanColumn, fixes};
use spec::query::{Field, SortKey};
use spec::settings::Settings;
use spec::value::{Modifier, Type, Value};

use super::block::{Block, Source};
use super::cost::{self, Cost, clamp_rows};
use super::index::TableScan;
use super::index_cost::Heap;
use super::path::{self, Path, Relation};
use super::statistics::{self, Origin, Variable, type_width};
use super::{Demand, Planner, safety, selectivity, workers};

/// What is known of a leaf's columns before its conditions are.
pub(super) fn origins(source: &Source, fields: &[Field], scan: usize) -> Vec<Origin> {
    let tuples = tuples(source);
    let each = |(at, field): (usize, &Field)| {
        let column = match source {
            Source::Table { table, .. } => Some((table.clone(), at)),
            _ => None,
        };
        let known = match source {
            Source::Planned { relation, .. } => relation.origins.get(at),
            _ => None,
        };
        let width = match &column {
            Some((table, at)) => column_width(table, *at),
            None => known.map_or_else(|| type_width(field.ty, field.modifier), |o| o.width),
        };
        // A plain column of a sub-query keeps what is known of it, as a column of this scan.
        let inherited = known.filter(|origin| origin.plain).and_then(|o| o.variables.first());
        let (column, unique) = match inherited {
            Some(variable) => (variable.column.clone(), variable.unique),
            None => (column, false),
        };
        let variable =
            Variable { scan, column, ty: field.ty, tuples, rows: tuples, unique, fixed: false };
        let opaque = known.is_some_and(|origin| origin.opaque);
        Origin { variables: vec![Arc::new(variable)], plain: true, opaque, width }
    };
    fields.iter().enumerate().map(each).collect()
}

/// The width of a table's column: as ANALYZE found it, else as its type suggests.
fn column_width(table: &Table, column: usize) -> f64 {
    let guess = || type_width(table.columns[column].ty, table.columns[column].modifier);
    let statistics = &table.statistics;
    let known = if statistics.analyzed { statistics.columns.get(column) } else { None };
    known.map(|column| column.width).filter(|width| *width > 0.0).map_or_else(guess, |w| w.round())
}

/// Rows of a leaf before its conditions.
fn tuples(source: &Source) -> f64 {
    match source {
        Source::Table { table, .. } => table_size(table).1,
        Source::Values { rows, .. } => rows.len() as f64,
        Source::Function { function, args, .. } => function_rows(function.name, args),
        Source::Planned { relation, .. } => relation.rows,
        Source::Unit => 1.0,
    }
}

/// Pages and rows of a table as PostgreSQL estimates them (`estimate_rel_size`). [cost.pages]
///
/// Without ANALYZE: ten pages at least, each filled with rows of the width that the types suggest.
fn table_size(table: &Table) -> (f64, f64) {
    let statistics = &table.statistics;
    if statistics.analyzed {
        return (statistics.pages as f64, clamp_rows(statistics.rows));
    }
    let pages = statistics.pages.max(10) as f64;
    let width: f64 = (0..table.columns.len()).map(|at| column_width(table, at)).sum();
    let per_row = (width / 8.0).ceil() * 8.0 + 24.0 + 4.0;
    let density = ((8192.0 - 24.0) / per_row).floor();
    (pages, clamp_rows(density * pages))
}

/// Rows of a set-returning function: `generate_series` and `unnest` over constants are known, else a thousand.
fn function_rows(name: &str, args: &[Expr]) -> f64 {
    let number = |expr: &Expr| match expr {
        Expr::Constant(Value::Int4(n), _) => Some(f64::from(*n)),
        Expr::Constant(Value::Int8(n), _) => Some(*n as f64),
        _ => None,
    };
    if let ("unnest", [array]) = (name, args) {
        // `array_unnest_support`: the length of a constant, else ten.
        return match array {
            Expr::Constant(Value::Array(array), _) => (array.elements().len() as f64).max(1.0),
            Expr::Array(members, _) => (members.len() as f64).max(1.0),
            _ => 10.0,
        };
    }
    let numbers: Option<Vec<f64>> = args.iter().map(number).collect();
    match numbers.as_deref() {
        Some([start, stop]) if name == "generate_series" => (stop - start + 1.0).floor().max(1.0),
        Some([start, stop, step]) if name == "generate_series" && *step != 0.0 => {
            ((stop - start + step) / step).floor().max(1.0)
        }
        _ => 1000.0,
    }
}

impl Planner<'_> {
    /// The paths of one leaf, with its conditions, giving at least the `needed` variables. `alone`: the block has no
    /// other leaf, so a Gather comes later, above what is computed from the rows.
    pub(super) fn scan_leaf(
        &self,
        block: &mut Block,
        number: usize,
        conditions: Vec<Expr>,
        needed: &[usize],
        demand: &Demand,
    ) -> Relation {
        let conditions = cheapest_first(conditions, self.settings);
        let leaf = &block.leaves[number];
        let variables: Vec<usize> = (leaf.first..leaf.first + leaf.count).collect();
        let tuples = tuples(&leaf.source);
        let share = selectivity::all(&conditions, &block.origins);
        let rows = clamp_rows(tuples * share);
        let alone = block.leaves.len() == 1;
        for variable in &variables {
            let fixed = alone && conditions.iter().any(|condition| fixes(condition, *variable));
            let origin = &mut block.origins[*variable];
            let known = &origin.variables[0];
            origin.variables =
                vec![Arc::new(Variable { rows, fixed, column: known.column.clone(), ..**known })];
        }
        let scan = Scan { block, number, conditions: &conditions, needed, rows, tuples };
        let (full, partial) = match &block.leaves[number].source {
            Source::Table { table, alias } => self.table_paths(&scan, table, alias, demand),
            Source::Planned { relation, alias } => {
                self.sub_query_paths(&scan, relation, alias.as_deref())
            }
            source => (vec![self.small_path(&scan, source)], vec![]),
        };
        Relation { full, partial, rows, origins: vec![], base: true }
    }

    /// Seq Scan, and Parallel Seq Scan where the table is large enough and nothing in the way.
    fn table_paths(
        &self,
        scan: &Scan<'_>,
        table: &Arc<Table>,
        alias: &str,
        demand: &Demand,
    ) -> (Vec<Path>, Vec<Path>) {
        let (pages, tuples) = table_size(table);
        let read = scan.read();
        let path = |workers: usize| {
            let settings = self.settings;
            let cost = cost::seq_scan(pages, scan.tuples, scan.qual(settings), workers, settings);
            let rows = if workers > 0 {
                clamp_rows(scan.rows / workers::divisor(workers, settings))
            } else {
                scan.rows
            };
            let first = scan.block.leaves[scan.number].first;
            let node = Node::SeqScan {
                table: table.clone(),
                alias: alias.to_owned(),
                columns: read.iter().map(|variable| variable - first).collect(),
                parallel: workers > 0,
            };
            let columns = read.iter().map(|v| scan.block.columns[*v].clone()).collect();
            let plan = path::plan(node, columns, cost, rows, scan.width(&read));
            let path = Path { workers, variables: read.clone(), ..Path::new(plan) };
            scan.finish(path)
        };
        let safe = self.parallel && !table.temporary && safety::all_safe(scan.conditions);
        let mut full = path(0);
        full.safe = safe;
        let workers = workers::for_scan(table, pages, self.in_append, self.settings);
        let mut partial = if safe && workers > 0 { vec![path(workers)] } else { vec![] };
        let mut full = vec![full];
        let all_visible = (table.statistics.all_visible as f64 / pages.max(1.0)).min(1.0);
        let all_tables = scan.block.leaves.iter().map(|leaf| match &leaf.source {
            Source::Table { table, .. } => table_size(table).0,
            _ => 0.0,
        });
        let heap = Heap { pages, tuples, all_visible, all_tables: all_tables.sum() };
        let first = scan.block.leaves[scan.number].first;
        let on = TableScan { scan, table, alias, heap, first, order: &demand.order };
        let startup_counts = demand.fraction > 0.0;
        self.index_paths(&on, safe, startup_counts, (&mut full, &mut partial));
        (full, partial)
    }

    /// The paths of a sub-query that was planned on its own.
    fn sub_query_paths(
        &self,
        scan: &Scan<'_>,
        relation: &Relation,
        alias: Option<&str>,
    ) -> (Vec<Path>, Vec<Path>) {
        let leaf = &scan.block.leaves[scan.number];
        let variables: Vec<usize> = (leaf.first..leaf.first + leaf.count).collect();
        let safe = safety::all_safe(scan.conditions);
        // PostgreSQL drops a Subquery Scan that only passes rows on.
        let trivial = scan.conditions.is_empty();
        let each = |path: &Path| {
            let mut path = path.clone();
            let columns: Vec<PlanColumn> =
                variables.iter().map(|v| scan.block.columns[*v].clone()).collect();
            let cost = path.cost();
            if let (false, Some(alias)) = (trivial, alias) {
                let per_row = self.settings.cpu_tuple_cost + scan.qual(self.settings);
                let total = cost.total + per_row * path.rows();
                let cost = Cost { startup: cost.startup, total };
                let alias = alias.to_owned();
                path = path.over(|input| Node::SubqueryScan { input, alias }, cost);
                path.plan.columns = columns;
            }
            path.variables.clone_from(&variables);
            path.ordering = vec![];
            path.safe &= safe;
            path.plan.estimate.rows = clamp_rows(path.rows() * (scan.rows / scan.tuples.max(1.0)));
            scan.finish(path)
        };
        let full = relation.full.iter().map(each).collect();
        let partial = if safe { relation.partial.iter().map(each).collect() } else { vec![] };
        (full, partial)
    }

    /// Values Scan, Function Scan, Result.
    fn small_path(&self, scan: &Scan<'_>, source: &Source) -> Path {
        let settings = self.settings;
        let leaf = &scan.block.leaves[scan.number];
        let variables: Vec<usize> = (leaf.first..leaf.first + leaf.count).collect();
        let columns = variables.iter().map(|v| scan.block.columns[*v].clone()).collect();
        let per_row = settings.cpu_tuple_cost + scan.qual(settings);
        let (node, startup, per_row, exprs): (_, _, _, Vec<&Expr>) = match source {
            Source::Values { rows, alias } => {
                let node = Node::ValuesScan { rows: rows.clone(), alias: alias.clone() };
                (node, 0.0, per_row + settings.cpu_operator_cost, rows.iter().flatten().collect())
            }
            Source::Function { function, args, alias } => {
                let (args, alias) = (args.clone(), alias.clone());
                let startup =
                    function.cost * settings.cpu_operator_cost + cost::exprs(&args, settings);
                (Node::FunctionScan { function, args, alias }, startup, per_row, vec![])
            }
            _ => (Node::Result, 0.0, per_row, vec![]),
        };
        let safe = match &node {
            Node::FunctionScan { function, args, .. } => {
                function.parallel == spec::expr::Safety::Safe && safety::all_safe(args)
            }
            _ => safety::all_safe(exprs.iter().copied()),
        };
        let volatile = exprs.iter().any(|expr| safety::is_volatile(expr));
        let cost = Cost { startup, total: startup + per_row * scan.tuples };
        let plan = path::plan(node, columns, cost, scan.rows, scan.width(&variables));
        let safe = safe && self.parallel && safety::all_safe(scan.conditions);
        let path = Path { variables, safe, determined: !volatile, ..Path::new(plan) };
        scan.finish(path)
    }
}

/// One leaf being scanned.
pub(super) struct Scan<'a> {
    pub(super) block: &'a Block,
    number: usize,
    pub(super) conditions: &'a [Expr],
    pub(super) needed: &'a [usize],
    pub(super) rows: f64,
    tuples: f64,
}

impl Scan<'_> {
    /// The variables that are read: what is needed above, and what the conditions ask.
    pub(super) fn read(&self) -> Vec<usize> {
        let mut read = self.needed.to_vec();
        for condition in self.conditions {
            condition.visit_columns(&mut |variable| read.push(variable));
        }
        read.sort_unstable();
        read.dedup();
        read
    }

    fn qual(&self, settings: &Settings) -> f64 {
        cost::exprs(self.conditions, settings)
    }

    pub(super) fn width(&self, variables: &[usize]) -> f64 {
        variables.iter().map(|variable| self.block.origins[*variable].width).sum()
    }

    /// The scan with its conditions above it, giving what is needed. What this costs is in the scan's cost already.
    fn finish(&self, path: Path) -> Path {
        self.finish_with(path, self.conditions)
    }

    /// The same with these of the conditions.
    pub(super) fn finish_with(&self, path: Path, conditions: &[Expr]) -> Path {
        let mut path = path;
        if !conditions.is_empty() {
            let local = |expr: &Expr| local(expr, &path.variables);
            let volatile = conditions.iter().any(safety::is_volatile);
            let conditions = conditions.iter().map(local).collect();
            path.determined &= !volatile;
            let cost = path.cost();
            path = path.over(|input| Node::Filter { input, conditions }, cost);
        }
        narrow(path, self.needed, self.block)
    }
}

/// An expression over variables as one over a path's columns.
pub(super) fn local(expr: &Expr, variables: &[usize]) -> Expr {
    expr.map_columns(&|variable| {
        variables.iter().position(|v| *v == variable).expect("a path gives what is read of it")
    })
}

/// The path without the variables that nobody above needs.
pub(super) fn narrow(path: Path, needed: &[usize], block: &Block) -> Path {
    let kept: Vec<usize> =
        path.variables.iter().copied().filter(|variable| needed.contains(variable)).collect();
    let width: f64 = kept.iter().map(|variable| block.origins[*variable].width).sum();
    if kept.len() == path.variables.len() {
        let mut path = path;
        path.plan.estimate.width = width as u64;
        return path;
    }
    let place = |variable: &usize| path.variables.iter().position(|v| v == variable);
    let places: Vec<usize> = kept.iter().filter_map(place).collect();
    let exprs = places
        .iter()
        .map(|at| Expr::Column { index: *at, ty: path.plan.columns[*at].ty })
        .collect();
    let columns = places.iter().map(|at| path.plan.columns[*at].clone()).collect();
    let (cost, size) = (path.cost(), (path.rows(), width));
    let moved = |key: &SortKey| match key.expr {
        Expr::Column { index, ty } => {
            let index = places.iter().position(|place| *place == index)?;
            Some(SortKey { expr: Expr::Column { index, ty }, ..key.clone() })
        }
        _ => None,
    };
    let ordering = path.ordering.iter().map_while(moved).collect();
    let like = path.with(Node::Result, columns, cost, size);
    let node = Node::Project { input: Box::new(path.plan), exprs };
    Path { plan: spec::plan::Plan { node, ..like.plan }, variables: kept, ordering, ..like }
}

/// Conditions in the order of their cost; equally dear ones as written (`order_qual_clauses`).
pub(super) fn cheapest_first(mut conditions: Vec<Expr>, settings: &Settings) -> Vec<Expr> {
    conditions.sort_by(|a, b| cost::expr(a, settings).total_cmp(&cost::expr(b, settings)));
    conditions
}

/// The origin of a column that is computed above groups: nothing is known.
pub(super) fn opaque(ty: Type) -> Origin {
    Origin { opaque: true, width: type_width(ty, Modifier::None), ..statistics::Origin::default() }
}
