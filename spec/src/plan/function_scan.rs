//! `Function Scan`: the rows of a set-returning function.

use super::PlanColumn;
use super::check::{Refusal, Relation, World, expressions, refuse};
use super::explain::{Line, Property, relation, show};
use super::expression;
use crate::expr::{Expr, Function};

/// The rows of a function; its arguments see no columns. [plan.function-scan]
///
/// ```text
///     f returns a set of t        arguments over no columns
/// ───────────────────────────────────────────────────────────────
///  One ⊢ FunctionScan(f) : ⟨t, Single⟩   (Many: Replicated)
/// ```
pub(super) fn rule(
    world: &World,
    function: &'static Function,
    args: &[Expr],
    declared: &[PlanColumn],
) -> Result<Relation, Refusal> {
    if !function.returns_set || declared.len() != 1 || declared[0].ty != function.result {
        return refuse(
            "plan.function-scan",
            format!("{} does not return a set of the declared type", function.name),
        );
    }
    let determined = expression::allowed(function, world)? & expressions(world, &[], args)?;
    Ok(Relation { determined, ..world.leaf(declared.to_vec(), world.whole()) })
}

/// Its line in EXPLAIN: `Function Scan on generate_series g`.
pub(super) fn line(function: &Function, args: &[Expr], alias: &str, verbose: bool) -> Line {
    let schema = if verbose { Some("pg_catalog") } else { None };
    let call = args.iter().map(|arg| show(arg, &[])).collect::<Vec<_>>().join(", ");
    let properties = if verbose {
        vec![("Function Call", Property::Text(format!("{}({call})", function.name)))]
    } else {
        vec![]
    };
    Line {
        node_type: "Function Scan",
        label: format!("Function Scan on {}", relation(function.name, alias, schema)),
        target: vec![
            ("Function Name", Property::Text(function.name.into())),
            ("Alias", Property::Text(alias.into())),
        ],
        properties,
        ..Line::default()
    }
}
