//! The one rule that calls a function: the initial state, combined with itself, is the initial state. [law.unit]
//!
//! Every participant begins with INITCOND and Finalize begins with it once more, so a state that is not neutral counts
//! once a participant. Whether it is neutral for *every* state no catalogue can say; but if `combine(i, i)` is not `i`, it
//! is not neutral for `i`. Only functions that are IMMUTABLE are called, in a READ ONLY transaction.

use postgres::Client;

use spec::expr::function::Volatility;

use super::mend::literal;
use super::{Finding, Severity, mend};
use crate::engine::postgres::aggregates::Aggregate;

/// The id of the rule.
pub const RULE: &str = "initcond-not-neutral";

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// There is no initial state, or nothing is combined.
    DoesNotApply,
    /// `combine(i, i)` is `i`.
    Neutral,
    /// It is something else, or raises.
    Changes(String),
    /// It was not called, and why.
    NotAsked(String),
}

/// Combines the initial state with itself.
///
/// # Errors
/// If the server is lost.
pub fn initial_state(
    client: &mut Client,
    aggregate: &Aggregate,
) -> Result<Answer, postgres::Error> {
    let (Some(initial), Some(combine)) = (&aggregate.plain.initial, &aggregate.combine) else {
        return Ok(Answer::DoesNotApply);
    };
    let state = &aggregate.plain.state;
    if state.is_internal() || state.name.starts_with("any") {
        let why = format!("a state of type {} cannot be written down in SQL", state.name);
        return Ok(Answer::NotAsked(why));
    }
    if combine.volatility != Volatility::Immutable {
        let why = format!("{} is not IMMUTABLE, so lint does not call it", combine.signature);
        return Ok(Answer::NotAsked(why));
    }
    let (begin, function) = (format!("{}::{}", literal(initial), state.name), combine.qualified());
    let sql = format!(
        "SELECT s.combined::text, s.combined::text IS NOT DISTINCT FROM s.initial::text \
           FROM (SELECT {function}(i, i) AS combined, i AS initial FROM (SELECT {begin} AS i) AS b) AS s"
    );
    let is_compiled = matches!(combine.language.as_str(), "c" | "internal");
    // An error ends the transaction unless it is caught here.
    client.batch_execute("SAVEPOINT probe")?;
    let asked = client.query_one(&sql, &[]);
    let answer = match asked {
        Ok(row) if row.get(1) => Answer::Neutral,
        Ok(row) => {
            let combined: Option<String> = row.get(0);
            let combined = combined.map_or("NULL".into(), |text| literal(&text));
            let initial = literal(initial);
            let call = format!("{}({initial}, {initial})", combine.name);
            if is_equal(client, &function, &begin)? {
                Answer::Neutral
            } else {
                Answer::Changes(format!("{call} gives {combined}"))
            }
        }
        Err(error) => match error.as_db_error() {
            None => return Err(error),
            // C functions that look for the aggregate around them: AggCheckCallContext.
            Some(db) if db.code().code() == "XX000" && is_compiled => {
                let why = format!("{} refuses a call outside an aggregate", combine.signature);
                Answer::NotAsked(why)
            }
            Some(db) => {
                let initial = literal(initial);
                let call = format!("{}({initial}, {initial})", combine.name);
                Answer::Changes(format!("{call} raises {}: {}", db.code().code(), db.message()))
            }
        },
    };
    client.batch_execute("ROLLBACK TO SAVEPOINT probe")?;
    Ok(answer)
}

/// Whether the two are equal though they print differently (1.0 and 1.00), for types that have an equality.
fn is_equal(client: &mut Client, combine: &str, initial: &str) -> Result<bool, postgres::Error> {
    let sql = format!("SELECT {combine}(i, i) = i FROM (SELECT {initial} AS i) AS b");
    match client.query_one(&sql, &[]) {
        Ok(row) => Ok(row.get::<_, Option<bool>>(0).unwrap_or(false)),
        Err(error) if error.as_db_error().is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

/// The finding for an initial state that changes.
pub fn finding(aggregate: &Aggregate, what: String) -> Finding {
    Finding {
        rule: RULE,
        clause: "law.unit",
        severity: Severity::Error,
        what,
        why: "INITCOND is where every participant begins and where Finalize begins once more: with n participants it \
              counts n + 1 times, so it must change nothing.",
        mend: mend::with_neutral_initial(aggregate),
        explained: None,
    }
}
