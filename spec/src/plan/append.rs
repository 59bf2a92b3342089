//! `Append` and `Parallel Append`: the rows of all inputs.

use super::check::{Distribution, Participants, Refusal, Relation, Stage, World, refuse};
use super::explain::Line;

/// The rows of all inputs. [plan.append]
///
/// A plain Append reads one input after the other, so all must be spread alike. A parallel-aware one deals inputs out:
/// a replicated input is run by exactly one participant, a partial one by all who come. States pass; what is distinct,
/// or first, within each participant only does not.
///
/// ```text
///  w ⊢ inputᵢ : ⟨columns, d⟩ for each i        Many ⊢ inputᵢ : ⟨columns, Partial or Replicated⟩ for each i
/// ────────────────────────────────────────     ────────────────────────────────────────────────────────────
///   w ⊢ Append(inputs) : ⟨columns, d⟩               Many ⊢ ParallelAppend(inputs) : ⟨columns, Partial⟩
/// ```
pub(super) fn rule(
    world: &World,
    inputs: Vec<Relation>,
    parallel: bool,
) -> Result<Relation, Refusal> {
    if parallel && world.participants == Participants::One {
        return refuse("plan.parallel-aware", "there is nobody to share the inputs with");
    }
    let determined = inputs.iter().all(|input| input.determined);
    let mut inputs = inputs.into_iter();
    let Some(first) = inputs.next() else {
        return refuse("plan.append", "an Append has inputs");
    };
    if !matches!(first.stage, Stage::Groups { .. }) {
        first.needs_complete("an Append")?;
    }
    for other in inputs {
        let alike = other.columns.len() == first.columns.len()
            && other
                .columns
                .iter()
                .zip(&first.columns)
                .all(|(a, b)| a.ty == b.ty && a.content == b.content);
        if !matches!(other.stage, Stage::Groups { .. }) {
            other.needs_complete("an Append")?;
        }
        if !alike || other.stage != first.stage {
            return refuse("plan.append.columns", "the inputs of an Append have the same columns");
        }
        if !parallel && other.distribution != first.distribution {
            return refuse(
                "plan.append.mixed",
                "a replicated input would come once per participant beside a partial one",
            );
        }
    }
    let distribution = if parallel { Distribution::Partial } else { first.distribution };
    Ok(Relation { distribution, determined, ..first }.unordered())
}

/// Its line in EXPLAIN: `Append`, `Parallel Append`.
pub(super) fn line(parallel: bool) -> Line {
    Line { node_type: "Append", label: "Append".into(), parallel, ..Line::default() }
}
