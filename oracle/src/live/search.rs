//! The search for a case that breaks a law: shapes first, then random cases; then ever simpler ones that break it alike.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::answer::{Answer, Relation};
use super::ask::{Asker, Pair, Side, Sides};
use super::scratch::Trouble;
use super::split::{Case, cut, full_row, random_case, random_row, shapes};
use super::values::{Lane, Pool};

/// Random cases in each lane.
pub const RANDOM_CASES: usize = 160;
/// Cases for each precondition that is tried.
const PRECONDITION_CASES: usize = 60;
/// Fewer cases than this say nothing about a precondition.
const FEWEST: usize = 20;
/// Steps of shrinking.
const STEPS: usize = 60;
/// Single questions while a case is shrunk that costs a connection each time.
const LOST_STEPS: usize = 12;

/// Which cases a law speaks of, and what is compared on them.
pub struct Question {
    /// How a case must be divided.
    pub shape: Shape,
    /// What is compared.
    pub sides: Sides,
    /// The lanes of values.
    pub lanes: Vec<Lane>,
    /// Random cases in each lane.
    pub random_cases: usize,
}

/// How cases of a law are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// All rows in one part.
    One,
    /// At most one part with rows, and others without.
    Empty,
    /// Parts without rows among several with rows.
    Gaps,
    /// Several parts, all with rows.
    Full,
    /// At most so many parts, with or without rows.
    AtMost(usize),
    /// Two parts, the second with rows.
    Taking,
}

impl Shape {
    /// Whether a case is divided like this.
    pub fn fits(self, case: &Case) -> bool {
        let (parts, with_rows) = (case.parts.len(), case.parts_with_rows());
        match self {
            Shape::One => parts == 1 && with_rows == 1,
            Shape::Empty => parts > 1 && with_rows <= 1,
            Shape::Gaps => with_rows > 1 && with_rows < parts,
            Shape::Full => parts > 1 && with_rows == parts,
            Shape::AtMost(most) => parts <= most,
            Shape::Taking => parts == 2 && !case.parts[1].is_empty(),
        }
    }

    /// The same rows, divided like this.
    fn of(self, mut case: Case, random: &mut ChaCha8Rng) -> Case {
        let rows: Vec<_> = case.rows().cloned().collect();
        match self {
            Shape::One => case.parts = vec![rows],
            Shape::Empty => {
                let parts = case.parts.len().max(2);
                case.parts = vec![vec![]; parts];
                case.parts[random.random_range(0..parts)] = rows;
            }
            Shape::Gaps => {
                case.parts.retain(|part| !part.is_empty());
                case.parts.truncate(4);
                let at = random.random_range(0..=case.parts.len());
                case.parts.insert(at, vec![]);
            }
            Shape::Full => case.parts.retain(|part| !part.is_empty()),
            Shape::AtMost(most) => case.parts.truncate(most),
            Shape::Taking => {
                let (left, right) = rows.split_at(rows.len() / 2);
                case.parts = vec![left.to_vec(), right.to_vec()];
            }
        }
        case
    }
}

/// What a search found.
#[derive(Default)]
pub struct Found {
    /// How many cases were compared.
    pub compared: usize,
    /// How many of them raised the same error on both sides.
    pub both_raised: usize,
    /// One of the errors that both sides raised on ordinary values.
    pub raised: Option<Answer>,
    /// Whether answers differed by no more than rounding.
    pub has_rounded: bool,
    /// Whether answers differed on extreme floats, of which no yardstick says how far they may.
    pub has_cancelled: bool,
    /// On how many cases one side alone was out of range.
    pub out_of_range: usize,
    /// On how many cases the sides raised errors that depend on the order.
    pub other_errors: usize,
    /// The smallest case that breaks the law, with its answers.
    pub broken: Option<(Case, Pair)>,
}

impl Asker<'_> {
    /// Looks for a case that breaks a law, and for the smallest of its kind.
    ///
    /// # Errors
    /// As [`pairs`](Asker::pairs).
    pub fn search(
        &mut self,
        question: &Question,
        random: &mut ChaCha8Rng,
    ) -> Result<Found, Trouble> {
        let mut found = Found::default();
        for &lane in &question.lanes {
            if lane != Lane::Exact && !self.subject.pools.iter().any(|pool| pool.has(lane)) {
                continue;
            }
            let pools = &self.subject.pools;
            let mut cases: Vec<Case> = shapes(pools, lane, random);
            let drawn = (0..question.random_cases)
                .map(|_| random_case(pools, lane, random))
                .collect::<Vec<_>>();
            cases.extend(drawn.into_iter().map(|case| question.shape.of(case, random)));
            cases.retain(|case| question.shape.fits(case));
            if lane == Lane::Decimals {
                cases = cases.into_iter().map(|case| case.with_distinct_decimals(pools)).collect();
            }
            let broken = self.compare(&cases, question, lane, &mut found)?;
            if let Some((case, pair)) = broken {
                found.broken = Some(self.shrink(case, pair, question, lane)?);
                return Ok(found);
            }
        }
        Ok(found)
    }

    /// Compares all cases; the smallest that breaks the law, if any.
    fn compare(
        &mut self,
        cases: &[Case],
        question: &Question,
        lane: Lane,
        found: &mut Found,
    ) -> Result<Option<(Case, Pair)>, Trouble> {
        let borrowed: Vec<&Case> = cases.iter().collect();
        let pairs = self.pairs(&borrowed, &question.sides)?;
        let relations = self.judged(&borrowed, &pairs, lane)?;
        let mut broken: Vec<(usize, Pair)> = vec![];
        for (number, (relation, pair)) in relations.into_iter().zip(pairs).enumerate() {
            found.compared += usize::from(relation != Relation::Unknown);
            match relation {
                Relation::Same => {
                    if let Answer::Raised(_) = pair.0 {
                        found.both_raised += 1;
                        if lane == Lane::Exact {
                            found.raised = Some(pair.0);
                        }
                    }
                }
                Relation::Rounding if lane != Lane::Extreme => found.has_rounded = true,
                Relation::Rounding => found.has_cancelled = true,
                Relation::OutOfRange => found.out_of_range += 1,
                Relation::OtherError => found.other_errors += 1,
                Relation::Different if may_cancel(question, lane, &pair) => {
                    found.has_cancelled = true;
                }
                Relation::Different => broken.push((number, pair)),
                Relation::Unknown => {
                    if let Answer::Lost(_) = pair.0 {
                        broken.push((number, pair));
                    }
                }
            }
        }
        let smallest = broken.into_iter().min_by_key(|(number, _)| cases[*number].weight());
        Ok(smallest.map(|(number, pair)| (cases[number].clone(), pair)))
    }

    /// Takes steps to simpler cases as long as they break the law in the same way.
    fn shrink(
        &mut self,
        mut case: Case,
        mut pair: Pair,
        question: &Question,
        lane: Lane,
    ) -> Result<(Case, Pair), Trouble> {
        let way = way(&pair);
        let is_lost = matches!(pair.0, Answer::Lost(_)) || matches!(pair.1, Answer::Lost(_));
        let mut left = LOST_STEPS;
        for _ in 0..STEPS {
            let mut simpler = case.simpler();
            simpler.retain(|case| question.shape.fits(case));
            simpler.sort_by_key(Case::weight);
            let size = if is_lost { 1 } else { simpler.len().max(1) };
            let mut next = None;
            for batch in simpler.chunks(size) {
                if is_lost && left == 0 {
                    break;
                }
                left -= usize::from(is_lost);
                let borrowed: Vec<&Case> = batch.iter().collect();
                let pairs = self.pairs(&borrowed, &question.sides)?;
                let relations = self.judged(&borrowed, &pairs, lane)?;
                let breaks = |(relation, pair): &(Relation, &Pair)| {
                    let is_different = *relation == Relation::Different || is_lost;
                    is_different && self::way(pair) == way
                };
                let at = relations.into_iter().zip(&pairs).position(|both| breaks(&both));
                if let Some(at) = at {
                    next = Some((batch[at].clone(), pairs[at].clone()));
                    break;
                }
            }
            match next {
                Some(next) => (case, pair) = next,
                None => break,
            }
        }
        Ok((case, pair))
    }

    /// Conditions under which a broken law holds, as far as was tried.
    ///
    /// # Errors
    /// As [`pairs`](Asker::pairs).
    pub fn preconditions(
        &mut self,
        question: &Question,
        random: &mut ChaCha8Rng,
    ) -> Result<Vec<String>, Trouble> {
        let mut hold = Vec::new();
        for condition in Condition::ALL {
            let draw = |random: &mut ChaCha8Rng| {
                condition.case(question.shape, &self.subject.pools, random)
            };
            let mut cases: Vec<Case> =
                (0..PRECONDITION_CASES).filter_map(|_| draw(random)).collect();
            cases.retain(|case| question.shape.fits(case));
            if cases.len() < FEWEST {
                continue;
            }
            let borrowed: Vec<&Case> = cases.iter().collect();
            let pairs = self.pairs(&borrowed, &question.sides)?;
            let relations = self.judged(&borrowed, &pairs, Lane::Exact)?;
            let holds =
                |relation: &Relation| !matches!(relation, Relation::Different | Relation::Unknown);
            if relations.iter().all(holds) {
                hold.push(format!("{} (on {} cases)", condition.says(), cases.len()));
            }
        }
        Ok(hold)
    }
}

/// Whether a difference may come of extreme floats that cancel or overflow on the way: where several parts have rows, or one
/// side is no finite number.
fn may_cancel(question: &Question, lane: Lane, pair: &Pair) -> bool {
    let is_endless = |answer: &Answer| match answer {
        Answer::Value(Some(text)) => text.contains("Infinity") || text.contains("NaN"),
        _ => false,
    };
    let meets = !matches!(question.shape, Shape::One | Shape::Empty);
    lane == Lane::Extreme && (meets || is_endless(&pair.0) || is_endless(&pair.1))
}

/// In which way a case breaks a law: values that differ, an error on one side, a connection lost.
fn way(pair: &Pair) -> (u8, u8, String) {
    let kind = |answer: &Answer| match answer {
        Answer::Value(_) => 0,
        Answer::Raised(_) => 1,
        Answer::Lost(_) => 2,
        Answer::Unknown => 3,
    };
    let state = |answer: &Answer| match answer {
        Answer::Raised(raised) => raised.state.clone(),
        _ => String::new(),
    };
    (kind(&pair.0), kind(&pair.1), state(&pair.0) + &state(&pair.1))
}

/// A condition on rows and parts under which a law may hold that does not hold in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    NoNulls,
    NoDuplicates,
    EvenParts,
    Ranges,
}

impl Condition {
    const ALL: [Condition; 4] =
        [Condition::NoNulls, Condition::NoDuplicates, Condition::EvenParts, Condition::Ranges];

    fn says(self) -> &'static str {
        match self {
            Condition::NoNulls => "no argument is NULL",
            Condition::NoDuplicates => "no row comes twice",
            Condition::EvenParts => "all parts have as many rows",
            Condition::Ranges => "the parts are disjoint ranges in order",
        }
    }

    /// A random case that fulfils it.
    fn case(self, shape: Shape, pools: &[Pool], random: &mut ChaCha8Rng) -> Option<Case> {
        let lane = Lane::Exact;
        let case = match self {
            Condition::NoNulls => {
                let mut case = random_case(pools, lane, random);
                for row in case.parts.iter_mut().flatten() {
                    *row = full_row(pools, lane, random);
                }
                case
            }
            Condition::NoDuplicates => {
                let mut case = random_case(pools, lane, random);
                let mut seen = Vec::new();
                for part in &mut case.parts {
                    part.retain(|row| {
                        let is_new = !seen.contains(row);
                        seen.push(row.clone());
                        is_new
                    });
                }
                case
            }
            Condition::EvenParts => {
                let (parts, each) = (random.random_range(2..=4), random.random_range(1..=2));
                let rows: Vec<_> =
                    (0..parts * each).map(|_| random_row(pools, lane, random)).collect();
                cut(&rows, &vec![each; parts])
            }
            Condition::Ranges => {
                let ranks = pools.first()?.ranks.as_ref()?;
                let mut rows: Vec<_> = (0..random.random_range(2..=8))
                    .map(|_| full_row(pools, lane, random))
                    .collect();
                let rank = |row: &super::split::Row| ranks.get(usize::from(row[0].unwrap_or(0)));
                rows.sort_by_key(|row| rank(row).copied());
                rows.dedup_by_key(|row| rank(row).copied());
                let parts = random.random_range(2..=4).min(rows.len());
                let even =
                    |part: usize| rows.len() * (part + 1) / parts - rows.len() * part / parts;
                cut(&rows, &(0..parts).map(even).collect::<Vec<_>>())
            }
        };
        match (self, shape) {
            (Condition::EvenParts | Condition::Ranges, Shape::One | Shape::Empty | Shape::Gaps) => {
                None
            }
            (Condition::EvenParts | Condition::Ranges, _) => Some(case),
            _ => Some(shape.of(case, random)),
        }
    }
}

/// The sides of the laws of a split.
pub fn split_sides() -> Sides {
    (Side::Whole, Side::Split)
}
