//! Paths: ways to compute a relation, with their costs; the dear ones are dropped as they come.

use spec::plan::{Estimate, Node, Plan, PlanColumn};
use spec::query::SortKey;

use super::cost::{Cost, Input};
use super::statistics::Origin;

/// A way to compute a relation.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// The plan, with its estimate.
    pub(super) plan: Plan,
    /// Inside a join block: which variable each column is.
    pub(super) variables: Vec<usize>,
    /// Workers that a partial path is made for; 0 for a full one.
    pub(super) workers: usize,
    /// Whether a participant may run it: everything in it is parallel safe, and no Gather is in it.
    pub(super) safe: bool,
    /// Whether every run gives the same bag, so that each participant may run it for itself.
    pub(super) determined: bool,
    /// The order of its rows, over its columns.
    pub(super) ordering: Vec<SortKey>,
}

/// A relation on its way to a plan: what is known of it, and the paths that are left.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// Paths that give all rows.
    pub(super) full: Vec<Path>,
    /// Paths that give each participant its share.
    pub(super) partial: Vec<Path>,
    /// Rows in all.
    pub(super) rows: f64,
    /// Where each column comes from, for estimates.
    pub(super) origins: Vec<Origin>,
    /// Whether a Gather estimates its rows by this relation (a scan or a join), or by workers times their rows.
    pub(super) base: bool,
}

impl Path {
    /// A path that makes rows itself.
    pub(super) fn new(plan: Plan) -> Path {
        Path { plan, variables: vec![], workers: 0, safe: true, determined: true, ordering: vec![] }
    }

    /// A path over this one: the same but for node, columns and cost. Its order is gone.
    pub(super) fn with(
        &self,
        node: Node,
        columns: Vec<PlanColumn>,
        cost: Cost,
        (rows, width): (f64, f64),
    ) -> Path {
        Path { plan: plan(node, columns, cost, rows, width), ordering: vec![], ..self.like() }
    }

    /// A path over this one whose rows are this one's: node and cost change, the order stays.
    pub(super) fn over(self, wrap: impl FnOnce(Box<Plan>) -> Node, cost: Cost) -> Path {
        let columns = self.plan.columns.clone();
        let size = (self.rows(), self.plan.estimate.width as f64);
        let rest = self.like();
        let ordering = self.ordering;
        let node = wrap(Box::new(self.plan));
        Path { plan: plan(node, columns, cost, size.0, size.1), ordering, ..rest }
    }

    /// Everything but the plan.
    fn like(&self) -> Path {
        Path {
            plan: plan(Node::Result, vec![], Cost::default(), 0.0, 0.0),
            variables: self.variables.clone(),
            workers: self.workers,
            safe: self.safe,
            determined: self.determined,
            ordering: vec![],
        }
    }

    pub(super) fn cost(&self) -> Cost {
        Cost { startup: self.plan.estimate.startup, total: self.plan.estimate.total }
    }

    pub(super) fn rows(&self) -> f64 {
        self.plan.estimate.rows
    }

    /// What formulas need of it.
    pub(super) fn input(&self) -> Input {
        Input { cost: self.cost(), rows: self.rows(), width: self.plan.estimate.width as f64 }
    }
}

/// A plan with its estimate.
pub(super) fn plan(
    node: Node,
    columns: Vec<PlanColumn>,
    cost: Cost,
    rows: f64,
    width: f64,
) -> Plan {
    let estimate = Estimate { startup: cost.startup, total: cost.total, rows, width: width as u64 };
    Plan { node, columns, estimate, init_plans: vec![] }
}

/// Costs that differ by less count as equal.
const FUZZ: f64 = 1.01;

/// Whether `ordering` begins with `prefix`.
pub(super) fn ordered_by(ordering: &[SortKey], prefix: &[SortKey]) -> bool {
    ordering.len() >= prefix.len() && ordering.iter().zip(prefix).all(|(a, b)| a == b)
}

/// Whether a new path of this cost and order would be kept beside `paths` (`add_path_precheck`).
pub(super) fn worth_it(
    paths: &[Path],
    cost: Cost,
    ordering: &[SortKey],
    startup_counts: bool,
) -> bool {
    !paths.iter().any(|old| {
        let dearer_startup = !startup_counts || cost.startup > old.cost().startup * FUZZ;
        cost.total > old.cost().total * FUZZ
            && dearer_startup
            && ordered_by(&old.ordering, ordering)
    })
}

/// Adds a path unless an older one is as good; drops older ones that are worse (`add_path`). The cheapest comes first.
pub(super) fn add(paths: &mut Vec<Path>, new: Path, startup_counts: bool) {
    let dominated = paths.iter().any(|old| dominates(old, &new, startup_counts, true));
    if dominated {
        return;
    }
    paths.retain(|old| !dominates(&new, old, startup_counts, false));
    let place = paths.partition_point(|old| old.cost().total <= new.cost().total);
    paths.insert(place, new);
}

/// Whether `a` makes `b` superfluous. Between paths of about the same cost an order decides, then safety, then the
/// exact cost, then age.
fn dominates(a: &Path, b: &Path, startup_counts: bool, a_is_older: bool) -> bool {
    if !ordered_by(&a.ordering, &b.ordering) || b.safe && !a.safe && a.workers == 0 {
        return false;
    }
    let (ca, cb) = (a.cost(), b.cost());
    if ca.total > cb.total * FUZZ {
        return false;
    }
    if cb.total > ca.total * FUZZ {
        return !(startup_counts && ca.startup > cb.startup * FUZZ);
    }
    // About the same in all: the startup decides, whether it counts or not; of partial paths it never does.
    if a.workers == 0 {
        if ca.startup > cb.startup * FUZZ {
            return false;
        }
        if cb.startup > ca.startup * FUZZ {
            return true;
        }
    }
    let same_order = ordered_by(&b.ordering, &a.ordering);
    if !same_order || a.safe && !b.safe {
        return true;
    }
    const EXACT: f64 = 1.000_000_000_1;
    if ca.total * EXACT < cb.total {
        return true;
    }
    ca.total <= cb.total * EXACT && a_is_older
}
