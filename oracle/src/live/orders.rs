//! One pass over the same rows in several orders: whether the answer depends on the order, and how far it rounds.
//! [law.class] [law.float.spread]

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::answer::{Answer, Relation};
use super::ask::{Asker, Pair, Side};
use super::rounding::Spread;
use super::scratch::Trouble;
use super::split::{Case, MOST_ROWS, cut, full_row};
use super::values::Lane;

/// Lists of rows.
const LISTS: usize = 42;
/// Orders of each: as drawn, backwards, and shuffled.
const ORDERS: usize = 6;

impl Asker<'_> {
    /// Whether the answer of one pass depends on the order of the rows. Sets the yardstick of floats.
    ///
    /// # Errors
    /// As [`pairs`](Asker::pairs).
    pub fn order_matters(&mut self, random: &mut ChaCha8Rng) -> Result<bool, Trouble> {
        if self.subject.pools.is_empty() {
            return Ok(false);
        }
        let result = self.subject.result.clone();
        let lists = self.in_orders(Lane::Exact, random)?;
        self.yardstick.exact = spread(&result, &lists);
        if self.subject.pools.iter().any(|pool| pool.has(Lane::Decimals)) {
            let decimals = self.in_orders(Lane::Decimals, random)?;
            self.yardstick.decimals = spread(&result, &decimals);
        }
        if !self.yardstick.exact.is_rounding(&result) {
            return Ok(true);
        }
        for answers in lists {
            let first = answers[0].clone();
            let others = answers.into_iter().skip(1);
            let pairs: Vec<_> = others.map(|other| (first.clone(), other)).collect();
            if self.relations(&pairs, Lane::Exact)?.contains(&Relation::Different) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How the two answers of each case stand to each other, where orders of its rows have a say: which of several errors
    /// is raised may depend on the order.
    ///
    /// # Errors
    /// As [`pairs`](Asker::pairs).
    pub fn judged(
        &mut self,
        cases: &[&Case],
        pairs: &[Pair],
        lane: Lane,
    ) -> Result<Vec<Relation>, Trouble> {
        let mut relations = self.relations(pairs, lane)?;
        for ((relation, case), pair) in relations.iter_mut().zip(cases).zip(pairs) {
            if let (Relation::Different, Answer::Raised(_), Answer::Raised(other)) =
                (*relation, &pair.0, &pair.1)
                && self.raises_in_some_order(case, &other.state)?
            {
                *relation = Relation::OtherError;
            }
        }
        Ok(relations)
    }

    /// Whether one pass raises this error when some other row comes first.
    fn raises_in_some_order(&mut self, case: &Case, state: &str) -> Result<bool, Trouble> {
        let mut rows: Vec<_> = case.rows().cloned().collect();
        for _ in 0..rows.len() {
            rows.rotate_left(1);
            let turned = cut(&rows, &[rows.len()]);
            let answers = self.answers(&[&turned], &Side::Whole, true)?;
            if let [Answer::Raised(raised)] = &answers[..]
                && raised.state == state
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The answers for lists of rows, each in several orders.
    fn in_orders(
        &mut self,
        lane: Lane,
        random: &mut ChaCha8Rng,
    ) -> Result<Vec<Vec<Answer>>, Trouble> {
        let pools = &self.subject.pools;
        let mut cases = Vec::new();
        for list in 0..LISTS {
            let size = 2 + list % (MOST_ROWS - 1);
            let rows: Vec<_> = (0..size).map(|_| full_row(pools, lane, random)).collect();
            let mut drawn = cut(&rows, &[size]);
            if lane == Lane::Decimals {
                drawn = drawn.with_distinct_decimals(pools);
            }
            for order in 0..ORDERS {
                let mut case = drawn.clone();
                match order {
                    0 => {}
                    1 => case.parts[0].reverse(),
                    _ => case.parts[0].shuffle(random),
                }
                cases.push(case);
            }
        }
        let borrowed: Vec<&Case> = cases.iter().collect();
        let answers = self.answers(&borrowed, &Side::Whole, true)?;
        Ok(answers.chunks(ORDERS).map(<[Answer]>::to_vec).collect())
    }
}

fn spread(result: &str, lists: &[Vec<Answer>]) -> Spread {
    let mut spread = Spread::default();
    for answers in lists {
        spread.take(result, &answers.iter().collect::<Vec<_>>());
    }
    spread
}
