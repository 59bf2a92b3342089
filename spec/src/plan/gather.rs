//! `Gather`: runs the plan below in several participants and returns all their rows.

use super::check::{Distribution, Participants, Refusal, Relation, Stage, World, refuse};
use super::explain::{Line, Property};

/// The world below a Gather: n participants, or one worker for a single copy. [plan.gather.nested]
pub(super) fn world(world: &World, single_copy: bool) -> Result<World, Refusal> {
    if world.below_gather {
        return refuse(
            "plan.gather.nested",
            "a participant cannot launch workers: its rows are already on their way to a Gather",
        );
    }
    let participants = if single_copy { Participants::One } else { Participants::Many };
    Ok(World { participants, below_gather: true, ..world.clone() })
}

/// All rows of all participants; states pass, order does not. [plan.gather]
///
/// ```text
///  Many ⊢ input : ⟨columns, Partial⟩        One ⊢ input : ⟨columns, Single⟩, run by one worker
/// ───────────────────────────────────       ─────────────────────────────────────────────────
///  One ⊢ Gather(input) : ⟨columns, Single⟩       One ⊢ SingleCopyGather(input) : ⟨columns, Single⟩
/// ```
pub(super) fn rule(
    input: Relation,
    workers_planned: usize,
    single_copy: bool,
) -> Result<Relation, Refusal> {
    if single_copy && workers_planned != 1 {
        return refuse("plan.gather.single-copy", "a single copy is run by one worker");
    }
    if matches!(input.stage, Stage::Top { .. }) {
        input.needs_complete("a Gather, which keeps no order,")?;
    }
    match (input.distribution, single_copy) {
        (Distribution::Partial, false) => {
            Ok(Relation { distribution: Distribution::Single, ..input }.unordered())
        }
        (Distribution::Single, true) => Ok(input),
        (Distribution::Replicated, _) => refuse(
            "plan.gather.replicated",
            "every participant would send every row: each row would come once per participant",
        ),
        (Distribution::Partial, true) | (Distribution::Single, false) => {
            refuse("plan.gather", "the plan below a Gather gives each participant its share")
        }
    }
}

/// Its lines in EXPLAIN: `Gather`, `Workers Planned`, the parameters that it ships, `Single Copy` where it is one.
pub(super) fn line(workers_planned: usize, single_copy: bool, params: &[usize]) -> Line {
    let mut properties = properties(workers_planned, params);
    properties.push(("Single Copy", Property::Flag(single_copy)));
    Line { node_type: "Gather", label: "Gather".into(), properties, ..Line::default() }
}

/// What Gather and Gather Merge both show: `Workers Planned`, and the parameters that are shipped.
pub(super) fn properties(
    workers_planned: usize,
    params: &[usize],
) -> Vec<(&'static str, Property)> {
    let mut properties = vec![("Workers Planned", Property::Number(workers_planned as u64))];
    if !params.is_empty() {
        let evaluated = params.iter().map(|id| format!("${id}")).collect();
        properties.push(("Params Evaluated", Property::List(evaluated)));
    }
    properties
}
