//! The check of one aggregate: which laws are asked, in which order, and what they come to.

use std::time::Instant;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::answer::Answer;
use super::ask::{Asker, CASES, Side};
use super::report::{Class, Finding, Law, Report, Standing, Tier, Verdict, Witness};
use super::scratch::{Scratch, Trouble};
use super::search::{Found, Question, RANDOM_CASES, Shape, split_sides};
use super::split::Case;
use super::tree::Machine;
use super::values::{self, Lane, Pool};
use super::{blame, script, window, workers};
use crate::engine::postgres::aggregates::{Aggregate, Kind, Modify};

use spec::expr::function::Safety;

/// Random cases of a law of windows in each lane: each frame afresh reads all rows of all cases.
const WINDOW_CASES: usize = 60;

/// What a check is asked to do.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The same seed, the same cases.
    pub seed: u64,
    /// The setup script that witnesses include.
    pub setup: Option<String>,
}

/// Checks one aggregate over one choice of types, and says each law's line as soon as it is known.
///
/// # Errors
/// Ctrl-C, or a server that does not come back.
pub fn check(
    scratch: &mut Scratch,
    aggregate: &Aggregate,
    pools: Vec<Pool>,
    options: &Options,
    say: &mut dyn FnMut(&Finding),
) -> Result<Report, Trouble> {
    let started = Instant::now();
    // What a setup script created stands in our schema, which nobody else will see.
    let own = format!("{}.", scratch.schema());
    let title = title(aggregate, &pools).replace(&own, "");
    let report = |verdict| Report {
        seconds: started.elapsed().as_secs_f64(),
        verdict,
        ..Report::undecided(title.clone(), String::new())
    };
    if aggregate.kind != Kind::Normal {
        let why = "an ordered-set aggregate sorts all its rows: it cannot be split, so there is nothing to check";
        return Ok(report(Verdict::Undecided(why.into())));
    }
    let asker = match Asker::new(scratch, aggregate.clone(), pools) {
        Ok(asker) => asker,
        Err(Trouble::Raised(raised)) => {
            let why = format!("it cannot be called: {} ({})", raised.message, raised.state);
            return Ok(report(Verdict::Undecided(why)));
        }
        Err(other) => return Err(other),
    };
    let random = ChaCha8Rng::seed_from_u64(options.seed);
    let asking = Law::Determinism;
    let (findings, notes, class) = (vec![], vec![], None);
    let mut check = Check { asker, options, random, say, findings, notes, class, asking };
    let verdict = check.run();
    let (mut findings, notes, class, asking) =
        (check.findings, check.notes, check.class, check.asking);
    let verdict = match verdict {
        Ok(verdict) => verdict,
        Err(Trouble::Lost(how)) => {
            findings.push(Finding {
                law: asking,
                standing: Standing::Broken(Box::new(lost(how, scratch))),
            });
            scratch.reconnect()?;
            Verdict::Convicted(asking)
        }
        Err(Trouble::Raised(raised)) => {
            Verdict::Undecided(format!("it cannot be asked: {} ({})", raised.message, raised.state))
        }
        Err(other) => return Err(other),
    };
    let class = match verdict {
        Verdict::Convicted(law) => class_of_broken(law, &findings, class),
        _ => class,
    };
    Ok(Report { findings, notes, class, ..report(verdict) })
}

/// The aggregate as a report names it; of a polymorphic one also the types that were asked.
fn title(aggregate: &Aggregate, pools: &[Pool]) -> String {
    let is_normal = aggregate.kind == Kind::Normal;
    let is_polymorphic = is_normal && aggregate.arguments.iter().any(values::is_polymorphic);
    let types: Vec<&str> = pools.iter().map(|pool| pool.sql_type.as_str()).collect();
    match is_polymorphic {
        true => format!("{} over {}", aggregate.signature(), types.join(", ")),
        false => aggregate.signature(),
    }
}

/// The class of an aggregate that breaks a law: where the server's splits are invisible, that of its answers.
fn class_of_broken(law: Law, findings: &[Finding], answers: Option<Class>) -> Option<Class> {
    let witness = findings.iter().find(|finding| finding.law == law).and_then(Finding::witness);
    match law {
        Law::Associative | Law::Commutative | Law::Absorption | Law::Inverse | Law::Finish => {
            answers
        }
        _ if witness.is_some_and(|witness| !witness.holds_if.is_empty()) => {
            Some(Class::Precondition)
        }
        _ => Some(Class::None),
    }
}

/// What is known of a server that is not ours to be lost again, or that was lost too often.
fn lost(how: String, scratch: &Scratch) -> Witness {
    let remark = match scratch.log_tail() {
        Some(tail) => format!("it was lost too often to look for the one case; its log says\n{tail}"),
        None => "many cases were asked at once; a server that is not bothways' own is not lost twice to find the one: \
                 --pg temp would find it"
            .to_owned(),
    };
    Witness {
        parts: vec![],
        sides: ("expected".into(), "in parts".into()),
        answers: (Answer::Unknown, Answer::Lost(how)),
        holds_if: vec![],
        script: String::new(),
        remarks: vec![remark],
    }
}

struct Check<'a, 'c> {
    asker: Asker<'a>,
    options: &'c Options,
    random: ChaCha8Rng,
    say: &'c mut dyn FnMut(&Finding),
    findings: Vec<Finding>,
    notes: Vec<String>,
    /// How the answer depends on order and split, as far as is known.
    class: Option<Class>,
    /// The law that is being asked, for the case that the server is lost.
    asking: Law,
}

impl Check<'_, '_> {
    fn run(&mut self) -> Result<Verdict, Trouble> {
        if !self.determinism()? {
            return Ok(Verdict::Convicted(Law::Determinism));
        }
        let is_ordered = self.asker.order_matters(&mut self.random)?;
        let mut class = match (is_ordered, self.asker.yardstick.rounds()) {
            (true, _) => Class::InputOrder,
            (false, true) => Class::Rounding,
            (false, false) => Class::AnyOrder,
        };
        self.class = Some(class);
        let splittable = self.why_never_split();
        match &splittable {
            Some(why) => {
                for law in [Law::Unit, Law::Empty, Law::Split] {
                    self.record(law, Standing::NotAsked(why.clone()));
                }
            }
            None => {
                self.split_laws(&mut class)?;
                self.class = Some(class);
                if self.is_lost() {
                    return Ok(self.verdict(class, splittable));
                }
                self.worker_law(is_ordered)?;
                self.tree_laws(is_ordered)?;
            }
        }
        self.window_laws()?;
        Ok(self.verdict(class, splittable))
    }

    fn record(&mut self, law: Law, standing: Standing) {
        let finding = Finding { law, standing };
        (self.say)(&finding);
        self.findings.push(finding);
    }

    fn is_broken(&self, laws: &[Law]) -> bool {
        let broken = |finding: &Finding| laws.contains(&finding.law) && finding.witness().is_some();
        self.findings.iter().any(broken)
    }

    /// Whether the server was lost over a law: it is not asked about others then.
    fn is_lost(&self) -> bool {
        let lost = |answer: &Answer| matches!(answer, Answer::Lost(_));
        let witnesses = self.findings.iter().filter_map(Finding::witness);
        witnesses.into_iter().any(|witness| lost(&witness.answers.0) || lost(&witness.answers.1))
    }

    fn verdict(&self, class: Class, never_split: Option<String>) -> Verdict {
        let broken = |finding: &&Finding| finding.witness().is_some();
        // What PostgreSQL needs comes first.
        let server = |finding: &&Finding| broken(finding) && finding.law.tier() == Tier::Server;
        let first = self.findings.iter().find(server).or(self.findings.iter().find(broken));
        let not_asked = |finding: &Finding| {
            finding.law == Law::Split && matches!(finding.standing, Standing::NotAsked(_))
        };
        match (first, never_split) {
            (Some(finding), _) => Verdict::Convicted(finding.law),
            (None, Some(why)) => Verdict::Undecided(format!("{why}; {}", class.says())),
            (None, None) => match self.findings.iter().find(|finding| not_asked(finding)) {
                Some(Finding { standing: Standing::NotAsked(why), .. }) => {
                    Verdict::Undecided(why.clone())
                }
                _ => Verdict::Lawful(class),
            },
        }
    }

    /// Why the server never splits the aggregate.
    fn why_never_split(&self) -> Option<String> {
        let aggregate = &self.asker.subject.aggregate;
        if aggregate.combine.is_none() {
            return Some("it has no combine function, so it is never split".into());
        }
        let why = "its state is internal and has no serialization, so it is never split";
        (!aggregate.can_be_split()).then(|| why.into())
    }

    /// Asks the same cases twice.
    fn determinism(&mut self) -> Result<bool, Trouble> {
        let question = Question {
            shape: Shape::One,
            sides: (Side::Whole, Side::Whole),
            lanes: Lane::ALL[..2].to_vec(),
            random_cases: RANDOM_CASES,
        };
        let found = self.asker.search(&question, &mut self.random)?;
        if let Some(raised) = &found.raised {
            let (both, all) = (found.both_raised, found.compared);
            self.notes.push(format!(
                "it raises on {both} of {all} lists of rows, in one pass too: {raised}"
            ));
        }
        let lawful = found.broken.is_none();
        let sides = ("once".to_owned(), "again".to_owned());
        let standing =
            self.standing(Law::Determinism, &question, found, sides, &|check, case, answers| {
                let subject = &check.asker.subject;
                let again = format!("SELECT {} FROM parts WHERE live", subject.call());
                let setup = check.options.setup.as_deref();
                script::of_statements(
                    subject,
                    Law::Determinism,
                    case,
                    answers,
                    setup,
                    &[again.clone(), again],
                )
            })?;
        self.record(Law::Determinism, standing);
        Ok(lawful)
    }

    /// The laws that PostgreSQL needs when it splits.
    fn split_laws(&mut self, class: &mut Class) -> Result<(), Trouble> {
        let is_internal = self.asker.subject.aggregate.plain.state.is_internal();
        match self.split_law(Law::Unit, Shape::One) {
            Ok((found, question)) => {
                let law = match (&found.broken, is_internal) {
                    (Some((case, pair)), true) => {
                        blame::unit_or_bytes(&mut self.asker, case, pair)?
                    }
                    _ => Law::Unit,
                };
                self.split_standing(law, &question, found)?;
                if is_internal && !self.is_broken(&[Law::Unit, Law::Bytes]) {
                    let asked = self.findings.last().and_then(|finding| match finding.standing {
                        Standing::Holds(cases, _) => Some(cases),
                        _ => None,
                    });
                    self.record(Law::Bytes, Standing::Holds(asked.unwrap_or(0), vec![]));
                }
            }
            Err(Trouble::Plan(why)) => {
                for law in [Law::Unit, Law::Empty, Law::Split] {
                    self.record(law, Standing::NotAsked(why.clone()));
                }
                return Ok(());
            }
            Err(other) => return Err(other),
        }
        let (mut empty, mut question) = self.split_law(Law::Empty, Shape::Empty)?;
        let (split, split_question) = self.split_law(Law::Split, Shape::Full)?;
        if empty.broken.is_none() && split.broken.is_none() {
            let (gaps, gaps_question) = self.split_law(Law::Empty, Shape::Gaps)?;
            let compared = empty.compared + gaps.compared;
            if gaps.broken.is_some() {
                (empty, question) = (gaps, gaps_question);
            }
            empty.compared = compared;
        }
        if *class == Class::AnyOrder {
            let rounds = split.has_rounded || split.has_cancelled;
            *class = match (rounds, split.out_of_range) {
                (true, _) => Class::Rounding,
                (false, 0) => Class::AnyOrder,
                (false, _) => Class::Overflow,
            };
        }
        let is_empty_broken = empty.broken.is_some();
        self.split_standing(Law::Empty, &question, empty)?;
        if is_empty_broken && !self.is_broken(&[Law::Unit, Law::Bytes]) && !self.is_lost() {
            self.where_parts_have_rows(&split_question, split.broken.is_none())?;
        }
        self.split_standing(Law::Split, &split_question, split)
    }

    /// Adds to the witness of an empty part that the law holds if there is none, if it does.
    fn where_parts_have_rows(&mut self, full: &Question, does: bool) -> Result<(), Trouble> {
        let condition = match does {
            true => "every part has rows",
            false => {
                let hold = self.asker.preconditions(full, &mut self.random)?;
                if !hold.iter().any(|condition| condition.starts_with("no argument is NULL")) {
                    return Ok(());
                }
                "every part has rows, and no argument is NULL"
            }
        };
        if let Some(Finding { standing: Standing::Broken(witness), .. }) = self.findings.last_mut()
        {
            witness.holds_if.push(condition.into());
        }
        Ok(())
    }

    fn split_law(&mut self, law: Law, shape: Shape) -> Result<(Found, Question), Trouble> {
        self.asking = law;
        let (sides, lanes) = (split_sides(), Lane::ALL.to_vec());
        let question = Question { shape, sides, lanes, random_cases: RANDOM_CASES };
        let found = self.asker.search(&question, &mut self.random)?;
        Ok((found, question))
    }

    fn split_standing(
        &mut self,
        law: Law,
        question: &Question,
        found: Found,
    ) -> Result<(), Trouble> {
        let sides = ("one pass".to_owned(), "in parts".to_owned());
        let standing = self.standing(law, question, found, sides, &|check, case, answers| {
            let setup = check.options.setup.as_deref();
            script::of_split(&check.asker.subject, law, case, answers, setup)
        })?;
        self.record(law, standing);
        Ok(())
    }

    /// What a search came to: with notes, or with a witness, its conditions and its script.
    #[expect(clippy::type_complexity, reason = "the one caller's closure, and no name says more")]
    fn standing(
        &mut self,
        law: Law,
        question: &Question,
        found: Found,
        sides: (String, String),
        script: &dyn Fn(&Self, &Case, (&Answer, &Answer)) -> String,
    ) -> Result<Standing, Trouble> {
        let Some((case, answers)) = found.broken else {
            if found.compared == 0 || found.compared == found.both_raised {
                let raised = found.raised.map_or(String::new(), |raised| format!(": {raised}"));
                return Ok(Standing::NotAsked(format!("every case raises on both sides{raised}")));
            }
            let mut notes = notes(&found);
            let result = &self.asker.subject.result;
            if found.has_rounded && !self.asker.yardstick.exact.is_rounding(result) {
                notes.push(NO_YARDSTICK.into());
            }
            return Ok(Standing::Holds(found.compared, notes));
        };
        let is_lost = matches!(answers.0, Answer::Lost(_)) || matches!(answers.1, Answer::Lost(_));
        let mut remarks = Vec::new();
        if is_lost && let Some(tail) = self.asker.scratch.log_tail() {
            remarks.push(format!("the server's log ends with\n{tail}"));
        }
        let holds_if = match law {
            Law::Determinism => vec![],
            _ if is_lost => vec![],
            _ => self.asker.preconditions(question, &mut self.random)?,
        };
        let own = format!("{}.", self.asker.scratch.schema());
        let script = script(self, &case, (&answers.0, &answers.1)).replace(&own, "");
        let subject = &self.asker.subject;
        let text =
            |row: &super::split::Row| format!("({})", subject.fields(row).trim_start_matches(", "));
        let parts = case.parts.iter().map(|rows| rows.iter().map(text).collect()).collect();
        Ok(Standing::Broken(Box::new(Witness { parts, sides, answers, holds_if, script, remarks })))
    }

    /// The server's own workers.
    fn worker_law(&mut self, is_ordered: bool) -> Result<(), Trouble> {
        let why = if self.is_broken(&[Law::Unit, Law::Bytes, Law::Empty, Law::Split]) {
            "splits are not invisible"
        } else if self.asker.subject.aggregate.safety != Safety::Safe {
            "it is not marked PARALLEL SAFE"
        } else if is_ordered {
            "workers do not keep the order, on which the answer depends"
        } else {
            self.asking = Law::Workers;
            let standing = workers::standing(&mut self.asker, &mut self.random)?;
            self.record(Law::Workers, standing);
            return Ok(());
        };
        self.record(Law::Workers, Standing::NotAsked(why.into()));
        Ok(())
    }

    /// The laws of combine trees.
    fn tree_laws(&mut self, is_ordered: bool) -> Result<(), Trouble> {
        let laws = [Law::Associative, Law::Commutative, Law::Absorption];
        let machine = match Machine::of(&mut self.asker) {
            Ok(machine) => machine,
            Err(Trouble::Plan(why)) => return self.none_of(&laws, &why),
            Err(Trouble::Raised(raised)) => {
                return self
                    .none_of(&laws, &format!("the states cannot be seen: {}", raised.message));
            }
            Err(other) => return Err(other),
        };
        for law in laws {
            if law == Law::Commutative && is_ordered {
                let why = "the answer depends on the order of the rows";
                self.record(law, Standing::NotAsked(why.into()));
                continue;
            }
            self.asking = law;
            let question = Question {
                shape: Machine::shape(law),
                sides: machine.sides(law),
                lanes: Lane::ALL.to_vec(),
                random_cases: RANDOM_CASES,
            };
            let found = self.asker.search(&question, &mut self.random)?;
            let raised = found.broken.as_ref().map(|(_, pair)| &pair.1).or(found.raised.as_ref());
            if let Some(Answer::Raised(raised)) = raised
                && raised.message.contains("aggregate context")
            {
                let why = "a support function refuses to be called outside an aggregate";
                self.record(law, Standing::NotAsked(why.into()));
                continue;
            }
            let sides = match law {
                Law::Associative => ("(a b) c".to_owned(), "a (b c)".to_owned()),
                Law::Commutative => ("a b".to_owned(), "b a".to_owned()),
                _ => ("one pass".to_owned(), "row after combine".to_owned()),
            };
            let statements = machine.script(law);
            let standing =
                self.standing(law, &question, found, sides, &|check, case, answers| {
                    let setup = check.options.setup.as_deref();
                    script::of_statements(
                        &check.asker.subject,
                        law,
                        case,
                        answers,
                        setup,
                        &statements,
                    )
                })?;
            self.record(law, standing);
        }
        Ok(())
    }

    fn none_of(&mut self, laws: &[Law], why: &str) -> Result<(), Trouble> {
        laws.iter().for_each(|law| self.record(*law, Standing::NotAsked(why.into())));
        Ok(())
    }

    /// Moving frames, and finishing more than once.
    fn window_laws(&mut self) -> Result<(), Trouble> {
        let aggregate = &self.asker.subject.aggregate;
        if aggregate.moving.is_some() {
            self.window_law(Law::Inverse, window::MOVING_FRAMES.len())?;
        }
        match self.asker.subject.aggregate.plain.finish_modify {
            Modify::ReadOnly => self.window_law(Law::Finish, 1),
            _ => {
                let why =
                    "its final function is said to change the state, so it is no window function";
                self.record(Law::Finish, Standing::NotAsked(why.into()));
                Ok(())
            }
        }
    }

    fn window_law(&mut self, law: Law, frames: usize) -> Result<(), Trouble> {
        self.asking = law;
        let mut held = 0;
        for frame in 0..frames {
            let sides = window::sides(&self.asker.subject, law, frame);
            let statements: Vec<String> = [&sides.0, &sides.1]
                .into_iter()
                .filter_map(|side| match side {
                    Side::Said(text) => Some(text.replace(CASES, "parts")),
                    _ => None,
                })
                .collect();
            let lanes = Lane::ALL[..2].to_vec();
            let random_cases = WINDOW_CASES;
            let question = Question { shape: Shape::One, sides, lanes, random_cases };
            let found = self.asker.search(&question, &mut self.random)?;
            held += found.compared;
            let names = ("each frame afresh".to_owned(), "sliding frame".to_owned());
            let standing =
                self.standing(law, &question, found, names, &|check, case, answers| {
                    let setup = check.options.setup.as_deref();
                    script::of_statements(
                        &check.asker.subject,
                        law,
                        case,
                        answers,
                        setup,
                        &statements,
                    )
                })?;
            if !matches!(standing, Standing::Holds(..)) {
                self.record(law, standing);
                return Ok(());
            }
        }
        self.record(law, Standing::Holds(held, vec![]));
        Ok(())
    }
}

/// A remark about floats of an aggregate that depends on the order of the rows.
const NO_YARDSTICK: &str =
    "the order of the rows matters, so other orders do not say how far rounding may go";

/// What is worth knowing about a law that holds.
fn notes(found: &Found) -> Vec<String> {
    let mut notes = Vec::new();
    if found.has_rounded {
        notes.push("differs in the last digits of floats, as one pass in other orders does".into());
    }
    if found.has_cancelled {
        notes.push("differs on extreme floats, which cancel or overflow by order".into());
    }
    if found.other_errors > 0 {
        notes
            .push("which of several errors is raised depends on the order, in one pass too".into());
    }
    if found.out_of_range > 0 {
        let times = found.out_of_range;
        notes.push(format!(
            "{times} times one side alone was out of range, which may depend on the split"
        ));
    }
    notes
}
