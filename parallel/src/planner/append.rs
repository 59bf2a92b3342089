//! Append: UNION ALL, and UNION as duplicates dropped above it.

use spec::error::Failure;
use spec::plan::Node;
use spec::query::{self, Rel};
use spec::sql::ast::SetOp;
use spec::value::Type;

use super::cost::{self, Child, Cost};
use super::path::{self, Path, Relation};
use super::scan::opaque;
use super::{Demand, Planner, unsupported, workers};

impl Planner<'_> {
    /// A set operation.
    ///
    /// # Errors
    /// 0A000 for INTERSECT and EXCEPT.
    pub(super) fn set_operation(&mut self, rel: &Rel) -> Result<Relation, Failure> {
        let query::Node::SetOperation { op: SetOp::Union, all, .. } = &rel.node else {
            return Err(unsupported("INTERSECT and EXCEPT"));
        };
        let mut inputs = vec![];
        children(rel, *all, &mut inputs);
        let mut relations = vec![];
        for input in inputs {
            self.in_append = *all;
            let relation = self.level(input, &Demand::default());
            self.in_append = false;
            relations.push(relation?);
        }
        let appended = self.append(rel, relations, *all);
        if *all {
            return Ok(appended);
        }
        let types: Vec<Type> = rel.columns.iter().map(|field| field.ty).collect();
        let rows = appended.rows;
        Ok(self.deduplicated(appended, &types, &Demand::default(), Some(rows)))
    }

    fn append(&self, rel: &Rel, children: Vec<Relation>, all: bool) -> Relation {
        let rows = children.iter().map(|child| child.rows).sum();
        let origins = rel.columns.iter().map(|field| opaque(field.ty)).collect();
        let cheapest: Vec<Path> = children
            .iter()
            .map(|child| {
                let paths = self.gathered(child.clone(), 0.0);
                let cheaper = |a: &Path, b: &Path| a.cost().total.total_cmp(&b.cost().total);
                paths.into_iter().min_by(cheaper).expect("every relation has a path")
            })
            .collect();
        let each: Vec<Child> = cheapest.iter().map(|path| self.arm(path, all)).collect();
        let (cost, total_rows) = cost::append(&each, self.settings);
        let full = vec![self.append_path(rel, cheapest, 0, (cost, total_rows))];
        let partial = self.partial_append(rel, &children, all);
        Relation { full, partial, rows, origins, base: true }
    }

    /// Appends of shares: of every child's, and of a mixture with children that one participant runs alone.
    fn partial_append(&self, rel: &Rel, children: &[Relation], all: bool) -> Vec<Path> {
        let mut paths = vec![];
        if !self.parallel {
            return paths;
        }
        let aware = self.settings.enable_parallel_append;
        let shares: Option<Vec<Path>> =
            children.iter().map(|child| child.partial.first().cloned()).collect();
        if let Some(shares) = shares {
            self.add_partial_append(rel, shares, (aware, all), &mut paths);
        }
        if aware && let Some(mixed) = mixture(children) {
            self.add_partial_append(rel, mixed, (true, all), &mut paths);
        }
        paths
    }

    fn add_partial_append(
        &self,
        rel: &Rel,
        mut inputs: Vec<Path>,
        (aware, all): (bool, bool),
        paths: &mut Vec<Path>,
    ) {
        let wanted: Vec<usize> = inputs.iter().map(|path| path.workers).collect();
        let workers = workers::for_append(&wanted, aware, self.settings);
        if workers == 0 {
            return;
        }
        if aware {
            // Whole children first, the dearest first; then shares, the slowest to start first.
            inputs.sort_by(|a, b| {
                let whole = (a.workers > 0).cmp(&(b.workers > 0));
                let dear = |path: &Path| match path.workers {
                    0 => path.cost().total,
                    _ => path.cost().startup,
                };
                whole
                    .then(dear(b).total_cmp(&dear(a)))
                    .then(b.cost().total.total_cmp(&a.cost().total))
            });
        }
        let each: Vec<Child> = inputs.iter().map(|path| self.arm(path, all)).collect();
        let cost = if aware {
            cost::parallel_append(&each, workers, self.settings)
        } else {
            cost::append(&each, self.settings)
        };
        let path = self.append_path(rel, inputs, workers, cost);
        path::add(paths, path, false);
    }

    /// An arm as the formulas see it. Those of UNION pass through a Subquery Scan, which is dropped in the end but paid.
    fn arm(&self, path: &Path, all: bool) -> Child {
        let passed = if all { 0.0 } else { self.settings.cpu_tuple_cost * path.rows() };
        let Cost { startup, total } = path.cost();
        let workers = if path.workers > 0 { Some(path.workers) } else { None };
        Child { cost: Cost { startup, total: total + passed }, rows: path.rows(), workers }
    }

    fn append_path(
        &self,
        rel: &Rel,
        inputs: Vec<Path>,
        workers: usize,
        (cost, rows): (Cost, f64),
    ) -> Path {
        let safe = inputs.iter().all(|path| path.safe);
        let determined = inputs.iter().all(|path| path.determined);
        let mut columns = inputs[0].plan.columns.clone();
        super::project::name(&mut columns, &rel.columns);
        let width = inputs.iter().map(|path| path.plan.estimate.width).max().unwrap_or(0) as f64;
        let parallel = workers > 0 && self.settings.enable_parallel_append;
        let inputs = inputs.into_iter().map(|path| path.plan).collect();
        let plan = path::plan(Node::Append { inputs, parallel }, columns, cost, rows, width);
        Path { workers, safe, determined, ..Path::new(plan) }
    }
}

/// The arms of nested UNIONs that keep duplicates alike.
fn children<'a>(rel: &'a Rel, all: bool, found: &mut Vec<&'a Rel>) {
    match &rel.node {
        query::Node::SetOperation { op: SetOp::Union, all: own, left, right } if *own == all => {
            children(left, all, found);
            children(right, all, found);
        }
        _ => found.push(rel),
    }
}

/// Per child the cheaper of its share and of all of it in one participant; none if a child has neither, or if no child
/// is better off alone.
fn mixture(children: &[Relation]) -> Option<Vec<Path>> {
    let mut alone = false;
    let mut chosen = vec![];
    for relation in children {
        let share = relation.partial.first();
        let whole = relation.full.iter().find(|path| path.safe);
        let path = match (share, whole) {
            (Some(share), Some(whole)) if share.cost().total < whole.cost().total => share,
            (_, Some(whole)) => {
                alone = true;
                whole
            }
            (Some(share), None) => share,
            (None, None) => return None,
        };
        chosen.push(path.clone());
    }
    alone.then_some(chosen)
}
