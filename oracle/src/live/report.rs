//! What a check came to: a line for each law, the witness of each that is broken, and the verdict.

use serde_json::{Value as Json, json};

use super::answer::Answer;

/// A law, as it can be asked of a live server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// The same question twice has the same answer. [law.determinism]
    Determinism,
    /// One state, combined with the initial one, is that of one pass. [law.unit]
    Unit,
    /// A state that travelled as bytes is the state that was sent. [law.bytes]
    Bytes,
    /// Parts that saw no row change nothing. [law.empty]
    Empty,
    /// Rows in parts give what one pass gives. [law.split]
    Split,
    /// The same with the server's own workers. [law.split]
    Workers,
    /// It does not matter which states meet first. [law.associative]
    Associative,
    /// It does not matter which state is the left one. [law.commutative]
    Commutative,
    /// A combined state takes in further rows. [law.absorption]
    Absorption,
    /// Taking a row out of a moving frame is as if it had never been in. [law.inverse]
    Inverse,
    /// The final function leaves the state as it was. [law.purity.finish]
    Finish,
}

/// Who needs a law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// PostgreSQL as it is: states are folded from the left, onto the initial one.
    Server,
    /// Whoever combines states in a tree.
    Tree,
}

impl Law {
    /// The clause that states it.
    pub fn clause(self) -> &'static str {
        match self {
            Law::Determinism => "law.determinism",
            Law::Unit => "law.unit",
            Law::Bytes => "law.bytes",
            Law::Empty => "law.empty",
            Law::Split | Law::Workers => "law.split",
            Law::Associative => "law.associative",
            Law::Commutative => "law.commutative",
            Law::Absorption => "law.absorption",
            Law::Inverse => "law.inverse",
            Law::Finish => "law.purity.finish",
        }
    }

    /// What it says, in a few words.
    pub fn says(self) -> &'static str {
        match self {
            Law::Determinism => "the same rows give the same answer again",
            Law::Unit => "one state, combined with the initial one, is unchanged",
            Law::Bytes => "a state that travelled as bytes is unchanged",
            Law::Empty => "a part without rows changes nothing",
            Law::Split => "rows in several parts give the answer of one pass",
            Law::Workers => "workers give the answer of one pass",
            Law::Associative => "combine is associative",
            Law::Commutative => "combine is commutative",
            Law::Absorption => "a combined state takes in further rows",
            Law::Inverse => "a moving frame gives what the frame gives afresh",
            Law::Finish => "the final function leaves the state as it was",
        }
    }

    /// Who needs it.
    pub fn tier(self) -> Tier {
        match self {
            Law::Associative | Law::Commutative | Law::Absorption => Tier::Tree,
            _ => Tier::Server,
        }
    }
}

/// A case that breaks a law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The rows of each part, as SQL writes them.
    pub parts: Vec<Vec<String>>,
    /// What the two sides are called.
    pub sides: (String, String),
    /// Their answers.
    pub answers: (Answer, Answer),
    /// When the law does hold, as far as was tried.
    pub holds_if: Vec<String>,
    /// Statements for psql that show the fault, at most twenty lines.
    pub script: String,
    /// What was seen beside it: the end of the server's log.
    pub remarks: Vec<String>,
}

impl Witness {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }
}

/// What became of a law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It held on so many cases; with what is worth knowing.
    Holds(usize, Vec<String>),
    /// It is broken.
    Broken(Box<Witness>),
    /// It was not asked, and why.
    NotAsked(String),
}

/// A law and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The law.
    pub law: Law,
    /// What became of it.
    pub standing: Standing,
}

impl Finding {
    /// One line: as it is printed while the check runs.
    pub fn line(&self) -> String {
        let head = |word: &str| format!("{word:<11}{:<19}{}", self.law.clause(), self.law.says());
        match &self.standing {
            Standing::Holds(cases, notes) => {
                let notes: String = notes.iter().map(|note| format!("; {note}")).collect();
                format!("{} ({cases} cases{notes})", head("holds"))
            }
            Standing::Broken(_) => head("BROKEN"),
            Standing::NotAsked(why) => format!("{}: {why}", head("not asked")),
        }
    }

    /// The witness, if the law is broken.
    pub fn witness(&self) -> Option<&Witness> {
        match &self.standing {
            Standing::Broken(witness) => Some(witness),
            _ => None,
        }
    }
}

/// How the answer depends on order and split, as far as was tried. [law.class]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Not at all.
    AnyOrder,
    /// On the order of the rows: splits that keep it are invisible, workers do not keep it.
    InputOrder,
    /// Not at all but for the last digits of floats.
    Rounding,
    /// Not at all but for overflow on the way.
    Overflow,
    /// On the split, unless the rows or the parts fulfil a condition.
    Precondition,
    /// On the split.
    None,
}

impl Class {
    /// The class in words.
    pub fn says(self) -> &'static str {
        match self {
            Class::AnyOrder => "any order",
            Class::InputOrder => "input order only",
            Class::Rounding => "any order, but for the last digits of floats",
            Class::Overflow => "any order, but for overflow on the way",
            Class::Precondition => "data precondition",
            Class::None => "none",
        }
    }
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No law is broken, and the split was asked about.
    Lawful(Class),
    /// A law is broken: the first of those that are.
    Convicted(Law),
    /// Nothing was decided, and why.
    Undecided(String),
}

/// A check of one aggregate over one choice of types.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// `public.badsum(integer)`.
    pub aggregate: String,
    /// The laws, in the order in which they were asked.
    pub findings: Vec<Finding>,
    /// What is worth knowing beside the laws.
    pub notes: Vec<String>,
    /// How the answer depends on order and split, if that was found out.
    pub class: Option<Class>,
    /// What it came to.
    pub verdict: Verdict,
    /// How long it took.
    pub seconds: f64,
}

impl Report {
    /// A report of an aggregate that was not asked about.
    pub fn undecided(aggregate: String, why: String) -> Report {
        let verdict = Verdict::Undecided(why);
        let (findings, notes) = (vec![], vec![]);
        Report { aggregate, findings, notes, class: None, verdict, seconds: 0.0 }
    }

    /// The finding that the verdict rests on.
    pub fn conviction(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.witness().is_some())
    }

    /// For people: the verdict, and the witness if there is one. The lines of the laws have been printed already.
    pub fn human(&self, script: Option<&str>) -> String {
        let mut text = match &self.verdict {
            Verdict::Lawful(class) => format!("{}: lawful ({})\n", self.aggregate, class.says()),
            Verdict::Undecided(why) => format!("{}: nothing decided: {why}\n", self.aggregate),
            Verdict::Convicted(law) => {
                let needed = match law.tier() {
                    Tier::Server => "PostgreSQL needs this law today",
                    Tier::Tree => {
                        "PostgreSQL folds states from the left and does not need this law; a combine tree does"
                    }
                };
                let (says, clause) = (law.says(), law.clause());
                let class = self.class.map_or("not known", Class::says);
                format!(
                    "{} breaks [{clause}]: {says}\n  {needed}\n  law class: {class}\n",
                    self.aggregate
                )
            }
        };
        for note in &self.notes {
            text += &format!("  note: {note}\n");
        }
        let Some(finding) = self.conviction() else { return text };
        if let Some(witness) = finding.witness() {
            text += &witness.human();
        }
        let also: Vec<&str> = self
            .findings
            .iter()
            .filter(|other| other.witness().is_some())
            .skip(1)
            .map(|f| f.law.clause())
            .collect();
        if !also.is_empty() {
            text += &format!("  broken as well, perhaps by the same fault: {}\n", also.join(", "));
        }
        if let Some(path) = script {
            text += &format!("  script: {path}\n");
        }
        text
    }

    /// As JSON.
    pub fn json(&self) -> Json {
        let finding = |finding: &Finding| {
            let mut line = json!({
                "law": finding.law.clause(),
                "says": finding.law.says(),
                "tier": match finding.law.tier() { Tier::Server => "server", Tier::Tree => "tree" },
            });
            match &finding.standing {
                Standing::Holds(cases, notes) => {
                    line["standing"] = json!("holds");
                    line["cases"] = json!(cases);
                    line["notes"] = json!(notes);
                }
                Standing::NotAsked(why) => {
                    line["standing"] = json!("not asked");
                    line["why"] = json!(why);
                }
                Standing::Broken(witness) => {
                    line["standing"] = json!("broken");
                    line["witness"] = witness.json();
                }
            }
            line
        };
        let (verdict, because) = match &self.verdict {
            Verdict::Lawful(class) => ("lawful", class.says().to_owned()),
            Verdict::Convicted(law) => ("convicted", law.clause().to_owned()),
            Verdict::Undecided(why) => ("undecided", why.clone()),
        };
        json!({
            "aggregate": self.aggregate,
            "verdict": verdict,
            "because": because,
            "class": self.class.map(Class::says),
            "laws": self.findings.iter().map(finding).collect::<Vec<_>>(),
            "notes": self.notes,
            "seconds": self.seconds,
        })
    }

    /// As one test suite of a JUnit report.
    pub fn junit(&self) -> String {
        let count = |is: fn(&Standing) -> bool| {
            self.findings.iter().filter(|finding| is(&finding.standing)).count()
        };
        let failures = count(|standing| matches!(standing, Standing::Broken(_)));
        let skipped = count(|standing| matches!(standing, Standing::NotAsked(_)));
        let mut text = format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{skipped}\" time=\"{:.3}\">\n",
            escaped(&self.aggregate),
            self.findings.len(),
            self.seconds
        );
        for finding in &self.findings {
            let name = format!("[{}] {}", finding.law.clause(), finding.law.says());
            let class = escaped(&self.aggregate);
            text += &format!("    <testcase classname=\"{class}\" name=\"{}\"", escaped(&name));
            text += &match &finding.standing {
                Standing::Holds(..) => "/>\n".to_owned(),
                Standing::NotAsked(why) => {
                    format!("><skipped message=\"{}\"/></testcase>\n", escaped(why))
                }
                Standing::Broken(witness) => format!(
                    "><failure message=\"{}\">{}</failure></testcase>\n",
                    escaped(finding.law.says()),
                    escaped(&witness.human())
                ),
            };
        }
        text + "  </testsuite>\n"
    }
}

impl Witness {
    /// The rows of each part and the two answers.
    fn human(&self) -> String {
        let mut text = String::new();
        for (number, rows) in self.parts.iter().enumerate() {
            let rows = if rows.is_empty() { "no rows".to_owned() } else { rows.join(", ") };
            text += &format!("  part {}: {rows}\n", number + 1);
        }
        let width = self.sides.0.len().max(self.sides.1.len());
        text += &format!("  {:<width$}  {}\n", self.sides.0, self.answers.0);
        text += &format!("  {:<width$}  {}\n", self.sides.1, self.answers.1);
        for condition in &self.holds_if {
            text += &format!("  holds if {condition}\n");
        }
        for remark in &self.remarks {
            text += &format!("  {}\n", remark.replace('\n', "\n  "));
        }
        text
    }

    fn json(&self) -> Json {
        json!({
            "parts": self.parts,
            self.sides.0.replace(' ', "_"): self.answers.0.to_string(),
            self.sides.1.replace(' ', "_"): self.answers.1.to_string(),
            "holds_if": self.holds_if,
            "remarks": self.remarks,
            "script": self.script,
        })
    }
}

/// A JUnit report of several checks.
pub fn junit(reports: &[Report]) -> String {
    let suites: String = reports.iter().map(Report::junit).collect();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n{suites}</testsuites>\n")
}

/// Text as XML has it; characters that XML lacks become `?`.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\n' => "&#10;".to_owned(),
            c if c.is_control() => "?".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let witness = Witness {
            parts: vec![vec!["(5)".into()], vec![]],
            sides: ("one pass".into(), "in parts".into()),
            answers: (Answer::Value(Some("6".into())), Answer::Value(Some("8".into()))),
            holds_if: vec![],
            script: "SELECT 1;\n".into(),
            remarks: vec![],
        };
        Report {
            aggregate: "public.badsum(integer)".into(),
            findings: vec![
                Finding { law: Law::Determinism, standing: Standing::Holds(3, vec![]) },
                Finding { law: Law::Empty, standing: Standing::Broken(Box::new(witness)) },
                Finding { law: Law::Workers, standing: Standing::NotAsked("a < b".into()) },
            ],
            notes: vec![],
            class: Some(Class::None),
            verdict: Verdict::Convicted(Law::Empty),
            seconds: 0.5,
        }
    }

    #[test]
    fn a_conviction_names_the_law_the_rows_and_both_answers() {
        let text = report().human(Some("badsum.sql"));
        assert_eq!(
            text,
            "public.badsum(integer) breaks [law.empty]: a part without rows changes nothing\n  \
             PostgreSQL needs this law today\n  law class: none\n  part 1: (5)\n  part 2: no rows\n  one pass  6\n  \
             in parts  8\n  script: badsum.sql\n"
        );
    }

    #[test]
    fn junit_counts_failures_and_what_was_not_asked() {
        let text = junit(&[report()]);
        assert!(text.contains("tests=\"3\" failures=\"1\" skipped=\"1\""), "{text}");
        assert!(text.contains("a &lt; b"), "{text}");
    }

    #[test]
    fn json_has_the_witness_and_its_script() {
        let json = report().json();
        assert_eq!(json["laws"][1]["witness"]["in_parts"], "8");
        assert_eq!(json["because"], "law.empty");
    }
}
