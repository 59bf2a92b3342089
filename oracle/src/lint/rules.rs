//! The rules that need nothing but the definition: one entry each, in the order of reports.

use spec::expr::function::{Safety, Volatility};

use super::{Finding, Severity, mend};
use crate::engine::postgres::aggregates::{Aggregate, Kind, Modify, Support};

/// What a rule found: the words for this aggregate, and the SQL that mends it.
pub struct Found {
    what: String,
    mend: String,
}

/// One rule.
pub struct Rule {
    /// Its name in reports.
    pub id: &'static str,
    /// The clause that an aggregate which breaks it is about to break.
    pub clause: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Why it matters.
    pub why: &'static str,
    /// What it finds.
    find: fn(&Aggregate) -> Vec<Found>,
}

impl Rule {
    /// What the rule has against an aggregate.
    pub fn findings(&self, aggregate: &Aggregate) -> Vec<Finding> {
        let found = (self.find)(aggregate).into_iter();
        let finding = |found: Found| Finding {
            rule: self.id,
            clause: self.clause,
            severity: self.severity,
            what: found.what,
            why: self.why,
            mend: found.mend,
            explained: None,
        };
        found.map(finding).collect()
    }
}

/// All rules that need no call.
pub const RULES: [Rule; 14] = [
    Rule {
        id: "safe-without-combine",
        clause: "plan.aggregate.splits",
        severity: Severity::Warning,
        why: "The label alone splits nothing: every query with this aggregate collects all rows in the leader and \
              aggregates them there, silently.",
        find: safe_without_combine,
    },
    Rule {
        id: "combine-without-safe",
        clause: "safety.aggregate",
        severity: Severity::Warning,
        why: "The default label is UNSAFE, which keeps the whole statement serial: the combine function is never used \
              by workers. The planner asks the aggregate's own label, not those of its functions.",
        find: combine_without_safe,
    },
    Rule {
        id: "internal-without-bytes",
        clause: "agg.serialize",
        severity: Severity::Error,
        why: "A state of type internal is a pointer of one process. Without SERIALFUNC and DESERIALFUNC it cannot reach \
              the leader, so the planner never uses the combine function.",
        find: internal_without_bytes,
    },
    Rule {
        id: "bytes-take-null",
        clause: "agg.serialize",
        severity: Severity::Warning,
        why: "A participant that saw no row sends a NULL state. A strict function is not called for it; one that is not \
              strict is, and the catalogue cannot show that it tests for NULL before it follows the pointer.",
        find: bytes_take_null,
    },
    Rule {
        id: "combine-takes-null",
        clause: "agg.combine.strict",
        severity: Severity::Warning,
        why: "The transition function is strict and there is no INITCOND, so a participant without rows has a NULL state. \
              The combine function is not strict: it is called with that NULL, on either side, and must give the other \
              side back. NULL plus a state is NULL for most bodies, and that loses the other participants' rows.",
        find: combine_takes_null,
    },
    Rule {
        id: "strict-combine-loses-null",
        clause: "agg.combine.strict",
        severity: Severity::Note,
        why: "The transition function is called with NULL arguments and may turn a state into NULL on purpose (as when a \
              NULL poisons the result); the strict combine function is not called for that state, which is dropped as \
              if its participant had seen nothing.",
        find: strict_combine_loses_null,
    },
    Rule {
        id: "unsafe-support-in-worker",
        clause: "safety.function",
        severity: Severity::Error,
        why: "The planner trusts the aggregate's label and does not look at its functions. Workers run the transition \
              and the serialisation function: an unsafe or restricted one fails there, or does what it must not.",
        find: |aggregate| unsafe_support(aggregate, true),
    },
    Rule {
        id: "unsafe-support-in-leader",
        clause: "safety.function",
        severity: Severity::Warning,
        why: "Combine, deserialisation and final function usually run in the leader, but with partitions, or where a \
              group is finished below the Gather, workers run them too, and nobody asks for their labels.",
        find: |aggregate| unsafe_support(aggregate, false),
    },
    Rule {
        id: "volatile-support",
        clause: "safety.volatile",
        severity: Severity::Warning,
        why: "A volatile function may answer differently each time, and a split changes how often and where it is \
              called. VOLATILE is the default of CREATE FUNCTION: if it is not meant, say IMMUTABLE.",
        find: volatile_support,
    },
    Rule {
        id: "combine-signature",
        clause: "agg.machine",
        severity: Severity::Warning,
        why: "A combine function takes two states to a state. Declared over other types it only works while PostgreSQL \
              holds them for the same bits.",
        find: combine_signature,
    },
    Rule {
        id: "final-destroys-state",
        clause: "agg.final.strict",
        severity: Severity::Note,
        why: "With FINALFUNC_MODIFY = READ_WRITE no two calls share a state and no window may use the aggregate. That is \
              right if the final function changes the state in place, and a loss if it does not.",
        find: final_destroys_state,
    },
    Rule {
        id: "moving-strictness",
        clause: "agg.transition.strict",
        severity: Severity::Warning,
        why: "One of the two transition functions is called for NULL and the other is not: a window frame may treat NULL \
              otherwise than a plain call over the same rows.",
        find: moving_strictness,
    },
    Rule {
        id: "sort-operator",
        clause: "agg.min",
        severity: Severity::Warning,
        why: "SORTOP promises that the answer is the first value in that order. The planner looks for an index with the \
              operator as < or > of a btree family; without one the promise is never used.",
        find: sort_operator,
    },
    Rule {
        id: "ordered-set-combine",
        clause: "plan.aggregate.ordered-set",
        severity: Severity::Warning,
        why: "Ordered-set and hypothetical-set aggregates are never split: the combine function is dead weight.",
        find: ordered_set_combine,
    },
];

fn found(what: impl Into<String>, mend: String) -> Vec<Found> {
    vec![Found { what: what.into(), mend }]
}

/// The finding if it holds.
fn when(holds: bool, what: &str, mend: impl FnOnce() -> String) -> Vec<Found> {
    if holds { found(what, mend()) } else { vec![] }
}

fn safe_without_combine(aggregate: &Aggregate) -> Vec<Found> {
    let is_plain = aggregate.kind == Kind::Normal;
    let holds = is_plain && aggregate.safety == Safety::Safe && aggregate.combine.is_none();
    when(holds, "PARALLEL SAFE, but there is no COMBINEFUNC", || mend::with_combine(aggregate))
}

fn combine_without_safe(aggregate: &Aggregate) -> Vec<Found> {
    let label = match aggregate.safety {
        Safety::Safe => return vec![],
        Safety::Restricted => "RESTRICTED",
        Safety::Unsafe => "UNSAFE",
    };
    let what = format!("has a COMBINEFUNC, but is labelled PARALLEL {label}");
    when(aggregate.combine.is_some(), &what, || {
        let labels = mend::labels(aggregate, |support| support.safety != Safety::Safe);
        labels + &mend::relabelled(aggregate)
    })
}

fn internal_without_bytes(aggregate: &Aggregate) -> Vec<Found> {
    let holds = aggregate.plain.state.is_internal()
        && aggregate.combine.is_some()
        && (aggregate.serialize.is_none() || aggregate.deserialize.is_none());
    when(holds, "its state is internal, and there is no SERIALFUNC and DESERIALFUNC", || {
        mend::with_bytes(aggregate)
    })
}

fn bytes_take_null(aggregate: &Aggregate) -> Vec<Found> {
    let both = [("SERIALFUNC", &aggregate.serialize), ("DESERIALFUNC", &aggregate.deserialize)];
    let lax = both.into_iter().filter_map(|(option, support)| {
        let support = support.as_ref().filter(|support| !support.is_strict)?;
        let what = format!("{option} {} is not STRICT", support.signature);
        Some(Found { what, mend: format!("ALTER FUNCTION {} STRICT;", support.signature) })
    });
    lax.collect()
}

fn combine_takes_null(aggregate: &Aggregate) -> Vec<Found> {
    let Some(combine) = &aggregate.combine else { return vec![] };
    let (plain, state) = (&aggregate.plain, &aggregate.plain.state);
    let holds = !state.is_internal()
        && plain.transition.is_strict
        && plain.initial.is_none()
        && !combine.is_strict;
    let what = format!("{} is not STRICT, {} is", combine.signature, plain.transition.signature);
    when(holds, &what, || format!("ALTER FUNCTION {} STRICT;", combine.signature))
}

fn strict_combine_loses_null(aggregate: &Aggregate) -> Vec<Found> {
    let Some(combine) = &aggregate.combine else { return vec![] };
    let plain = &aggregate.plain;
    let holds = !plain.state.is_internal() && !plain.transition.is_strict && combine.is_strict;
    let what = format!("{} is STRICT, {} is not", combine.signature, plain.transition.signature);
    when(holds, &what, || mend::with_combine(aggregate))
}

/// The functions that only a parallel or partitionwise plan needs, or any plan.
fn supports(aggregate: &Aggregate) -> [(&'static str, Option<&Support>); 5] {
    [
        ("SFUNC", Some(&aggregate.plain.transition)),
        ("SERIALFUNC", aggregate.serialize.as_ref()),
        ("COMBINEFUNC", aggregate.combine.as_ref()),
        ("DESERIALFUNC", aggregate.deserialize.as_ref()),
        ("FINALFUNC", aggregate.plain.finish.as_ref()),
    ]
}

/// Functions labelled unsafe or restricted under a safe aggregate: those that workers always run, or the others.
fn unsafe_support(aggregate: &Aggregate, in_worker: bool) -> Vec<Found> {
    if aggregate.safety != Safety::Safe {
        return vec![];
    }
    let here = supports(aggregate).into_iter().filter(|(option, _)| {
        let runs_in_worker = matches!(*option, "SFUNC" | "SERIALFUNC");
        runs_in_worker == in_worker
    });
    let found = here.filter_map(|(option, support)| {
        let support = support.filter(|support| support.safety != Safety::Safe)?;
        let label = match support.safety {
            Safety::Restricted => "RESTRICTED",
            _ => "UNSAFE",
        };
        let what = format!("{option} {} is labelled PARALLEL {label}", support.signature);
        Some(Found { what, mend: format!("ALTER FUNCTION {} PARALLEL SAFE;", support.signature) })
    });
    found.collect()
}

fn volatile_support(aggregate: &Aggregate) -> Vec<Found> {
    if aggregate.combine.is_none() {
        return vec![];
    }
    let volatile = supports(aggregate).into_iter().filter_map(|(option, support)| {
        let support = support.filter(|support| support.volatility == Volatility::Volatile)?;
        let what = format!("{option} {} is VOLATILE", support.signature);
        Some(Found { what, mend: format!("ALTER FUNCTION {} IMMUTABLE;", support.signature) })
    });
    volatile.collect()
}

fn combine_signature(aggregate: &Aggregate) -> Vec<Found> {
    let Some(combine) = &aggregate.combine else { return vec![] };
    let state = &aggregate.plain.state;
    let fits = |name: &str, oid: u32| oid == state.oid || name.starts_with("any");
    let all = combine.arguments.iter().all(|ty| fits(&ty.name, ty.oid));
    let is_right =
        combine.arguments.len() == 2 && all && fits(&combine.result.name, combine.result.oid);
    let what = format!(
        "COMBINEFUNC {} gives {}, but the state is {}",
        combine.signature, combine.result.name, state.name
    );
    when(!is_right, &what, || mend::with_combine(aggregate))
}

fn final_destroys_state(aggregate: &Aggregate) -> Vec<Found> {
    let modifies = aggregate.plain.finish.is_some() && aggregate.kind == Kind::Normal;
    let destroys = modifies && aggregate.plain.finish_modify == Modify::ReadWrite;
    let holds = destroys && aggregate.combine.is_some();
    when(holds, "FINALFUNC_MODIFY is READ_WRITE", || mend::with_read_only_final(aggregate))
}

fn moving_strictness(aggregate: &Aggregate) -> Vec<Found> {
    let Some(moving) = &aggregate.moving else { return vec![] };
    let plain = &aggregate.plain.transition;
    let word = |is_strict: bool| if is_strict { "STRICT" } else { "not STRICT" };
    let what = format!(
        "SFUNC {} is {}, MSFUNC {} is {}",
        plain.signature,
        word(plain.is_strict),
        moving.transition.signature,
        word(moving.transition.is_strict)
    );
    when(plain.is_strict != moving.transition.is_strict, &what, || {
        mend::strict_alike(plain, &moving.transition)
    })
}

fn sort_operator(aggregate: &Aggregate) -> Vec<Found> {
    let Some(operator) = &aggregate.sort_operator else { return vec![] };
    let what = format!("SORTOP {} is neither < nor > of a btree operator family", operator.name);
    when(!operator.is_btree_order, &what, || mend::without_sort_operator(aggregate))
}

fn ordered_set_combine(aggregate: &Aggregate) -> Vec<Found> {
    let holds = aggregate.kind != Kind::Normal && aggregate.combine.is_some();
    when(holds, "an ordered-set aggregate with a COMBINEFUNC", || mend::without_combine(aggregate))
}
