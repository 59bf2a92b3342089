//! `Append` and `Parallel Append`: the rows of all inputs.
//!
//! Parallel-aware, participants spread over the inputs: a partial one is shared, any other is run by exactly one
//! participant. [scan.append.claim]

use std::sync::Arc;

use spec::Failure;
use spec::plan::Plan;

use super::{Executing, Executor, Pull, Pulled, Site, build, pull_or_return};
use crate::protocol::{AppendClaim, Wait};
use crate::runtime::Participant;

/// Runs one input after the other.
pub(crate) struct Append<'p> {
    inputs: Vec<Option<Executing<'p>>>,
    claims: Option<Arc<AppendClaim>>,
    /// The input at hand.
    current: Option<usize>,
    begun: bool,
    done: bool,
    /// It has given way to the others before its next claim.
    gave_way: bool,
}

impl<'p> Append<'p> {
    pub fn new(
        plan: &Plan,
        inputs: &'p [Plan],
        parallel: bool,
        site: &Site<'p>,
    ) -> Result<Append<'p>, Failure> {
        let claims = site.shared.as_ref().and_then(|shared| shared.append(plan));
        let inputs =
            inputs.iter().map(|input| build(input, site).map(Some)).collect::<Result<_, _>>()?;
        Ok(Append {
            inputs,
            claims: claims.filter(|_| parallel).cloned(),
            current: None,
            begun: false,
            done: false,
            gave_way: false,
        })
    }

    /// Goes to the next input; `None` when there is none left for this participant.
    fn advance(&mut self, me: &Participant<'p>) -> Option<usize> {
        if let Some(exhausted) = self.current {
            self.inputs[exhausted] = None;
        }
        self.current = match &self.claims {
            Some(claims) => claims.claim(me.number, self.current),
            None => {
                let next = if self.begun { self.current? + 1 } else { 0 };
                (next < self.inputs.len()).then_some(next)
            }
        };
        self.begun = true;
        self.current
    }
}

impl<'p> Executor<'p> for Append<'p> {
    fn pull(&mut self, me: &mut Participant<'p>) -> Pull {
        while !self.done {
            let executor = self.current.and_then(|input| self.inputs[input].as_mut());
            if let Some(executor) = executor {
                if let Some(batch) = pull_or_return!(executor, me) {
                    return Ok(Pulled::Batch(batch));
                }
                self.inputs[self.current.expect("it was pulled")] = None;
            }
            if self.claims.is_some() && !self.gave_way && me.gives_way() {
                self.gave_way = true;
                return Ok(Pulled::Blocked(Wait::Turn));
            }
            self.gave_way = false;
            self.done = self.advance(me).is_none();
        }
        Ok(Pulled::Done)
    }
}
