//! The plan checker: folds the typing rules over a tree.

use crate::plan::{Plan, PlanColumn};
use crate::query::SortKey;

/// Proof that the checker has accepted: the one thing executors take.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked<T> {
    plan: T,
    relation: Relation,
}

/// The type of a relation inside a plan. [plan.type]
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// Its columns: values or states.
    pub columns: Vec<PlanColumn>,
    /// How the rows of the serial result are spread over the participants.
    pub distribution: Distribution,
    /// The order of the rows within each participant; empty if none is known.
    pub ordering: Vec<SortKey>,
}

/// How the rows of the serial result are spread over the participants. [plan.distribution]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Distribution {
    /// One process produces it, above every Gather.
    Single,
    /// The bag union over the participants is the serial result; each row comes from exactly one of them.
    Partial,
    /// Every participant produces the whole serial result, which is determined.
    Replicated,
}

/// A plan that breaks a typing rule. [plan.refusal]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The clause that it breaks.
    pub clause: &'static str,
    /// Why the rule exists: what would go wrong.
    pub because: String,
    /// The way from the root to the offending node: input numbers from 0.
    pub path: Vec<usize>,
}

impl Checked<Plan> {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its type.
    pub fn relation(&self) -> &Relation {
        &self.relation
    }
}

/// Checks a plan: its type as a whole (in a world of one participant), or the refusal of its first offending node.
///
/// # Errors
/// A [`Refusal`] with clause, reason and path.
pub fn check(_plan: Plan) -> Result<Checked<Plan>, Refusal> {
    Err(Refusal { clause: "plan.type", because: "not built".into(), path: vec![] })
}
