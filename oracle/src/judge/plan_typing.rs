//! Plan typing: does the checker accept the plan that a live server chose? [plan.import]
//!
//! A plan that it refuses may still have given a permitted answer on the rows at hand: a refusal says that other rows, or
//! another way of sharing them, would not. A plan with nodes that we have no rule for is counted, and never accepted.

use spec::permitted::Finding;

use crate::engine::postgres::import::Typing;

/// The clause that a plan breaks, if it breaks one.
pub fn finding(typing: &Typing) -> Option<Finding> {
    match typing {
        Typing::Accepted | Typing::Unknown(_) => None,
        Typing::Refused(refusal) => {
            Some(Finding::new(refusal.clause, format!("the server's plan is {refusal}")))
        }
    }
}
