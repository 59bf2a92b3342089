//! The readable book: sources for mdBook, which read well without it too.
//!
//! ```text
//! DIR/book.toml
//! DIR/src/SUMMARY.md        the chapters
//!         levels.md         what the levels mean, and how many clauses have each
//!         plan-typing.md    a chapter per group: clauses with anchors, evidence, and links to what follows
//!         rules.md          the typing rules of plans, from the doc comments of their nodes
//!         theorems.md       every theorem on record, with its statement and the clauses that it speaks of
//!         manual.md         the statements of PostgreSQL's manual and where they lead
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

use super::checkout::{Citation, Files, places_of};
use super::{Clause, LEVELS, Specification};

/// A typing rule as its node's doc comment draws it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The file that it stands in, without its folder and ending: `hash_join`.
    pub node: String,
    /// The first sentence of the comment.
    pub title: String,
    /// The clauses that the comment names.
    pub clauses: Vec<String>,
    /// The drawing.
    pub drawing: String,
}

/// The rules of a checkout's plan nodes.
pub fn rules(files: &Files) -> Vec<Rule> {
    let mut rules = vec![];
    for (path, text) in files {
        let Some(node) = path.strip_prefix("spec/src/plan/").and_then(|p| p.strip_suffix(".rs"))
        else {
            continue;
        };
        let mut comment = vec![];
        for line in text.lines().chain([""]) {
            match line.trim_start().strip_prefix("///") {
                Some(rest) => comment.push(rest.strip_prefix(' ').unwrap_or(rest)),
                None => rules.extend(rule(node, &std::mem::take(&mut comment))),
            }
        }
    }
    rules
}

/// The rule that a comment draws, if it draws one.
fn rule(node: &str, comment: &[&str]) -> Option<Rule> {
    let opened = comment.iter().position(|line| *line == "```text")?;
    let drawn = comment[opened + 1..].iter().take_while(|line| **line != "```");
    let drawing: String = drawn.map(|line| format!("{line}\n")).collect();
    if !drawing.contains('⊢') || !drawing.contains('─') {
        return None;
    }
    let file = Files::from([("rule.rs".to_owned(), format!("//{}", comment.join("\n//")))]);
    let clauses = super::checkout::citations(&file).into_iter().map(|found| found.id).collect();
    let title = comment[0].split(" [").next().unwrap_or_default().to_owned();
    Some(Rule { node: node.to_owned(), title, clauses, drawing })
}

/// What a book is made of.
struct Book<'a> {
    spec: &'a Specification,
    rules: Vec<Rule>,
    citations: Option<&'a [Citation]>,
}

/// The files of the book by their paths. Without a checkout it has no rules and no citations.
pub fn files(
    spec: &Specification,
    checkout: Option<(&Files, &[Citation])>,
) -> BTreeMap<String, String> {
    let rules = checkout.map_or(vec![], |(files, _)| rules(files));
    let book = Book { spec, rules, citations: checkout.map(|(_, citations)| citations) };
    let mut files = BTreeMap::from([
        (
            "book.toml".to_owned(),
            "[book]\ntitle = \"bothways: the clauses\"\nsrc = \"src\"\n".to_owned(),
        ),
        ("src/SUMMARY.md".to_owned(), book.summary()),
        ("src/levels.md".to_owned(), book.levels()),
        ("src/rules.md".to_owned(), book.rules_page()),
        ("src/theorems.md".to_owned(), book.theorems()),
        ("src/manual.md".to_owned(), book.manual()),
    ]);
    for group in spec.groups() {
        files.insert(format!("src/{}", page_of(group)), book.chapter(group));
    }
    files
}

/// The page of a group: `plan typing` is `plan-typing.md`.
fn page_of(group: &str) -> String {
    format!("{}.md", group.to_lowercase().replace(' ', "-"))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

impl Book<'_> {
    fn summary(&self) -> String {
        let mut text = "# Summary\n\n- [What is claimed](levels.md)\n".to_owned();
        for group in self.spec.groups() {
            let _ = writeln!(text, "- [{}]({})", capital(group), page_of(group));
        }
        text + "- [Typing rules](rules.md)\n- [Theorems](theorems.md)\n- [The manual](manual.md)\n"
    }

    fn levels(&self) -> String {
        let mut text =
            "# What is claimed\n\n| level | clauses | what it means |\n|---|---:|---|\n".to_owned();
        for (level, means) in LEVELS {
            let count = self.spec.clauses.iter().filter(|clause| clause.level == level).count();
            let _ = writeln!(text, "| {level} | {count} | {means} |");
        }
        text
    }

    /// A link to a clause; its bare id if there is no such clause.
    fn link(&self, id: &str) -> String {
        match self.spec.clauses.iter().find(|clause| clause.id == id) {
            Some(clause) => format!("[{id}]({}#{id})", page_of(&clause.group)),
            None => format!("`{id}`"),
        }
    }

    fn links(&self, ids: &[String]) -> String {
        ids.iter().map(|id| self.link(id)).collect::<Vec<_>>().join(", ")
    }

    fn chapter(&self, group: &str) -> String {
        let mut text = format!("# {}\n", capital(group));
        for clause in self.spec.clauses.iter().filter(|clause| clause.group == group) {
            self.section(clause, &mut text);
        }
        text
    }

    fn section(&self, clause: &Clause, text: &mut String) {
        let Clause { id, sentence, level, .. } = clause;
        let _ = write!(text, "\n<a id=\"{id}\"></a>\n## {id}\n\n{sentence}\n\nLevel: {level}.\n\n");
        for piece in &clause.evidence {
            let _ = match piece.split_once(": ") {
                Some(("proof", name)) => writeln!(text, "- proof: [{name}](theorems.md#{name})"),
                Some(("manual", id)) => writeln!(text, "- manual: [{id}](manual.md#{id})"),
                Some((kind, what)) => writeln!(text, "- {kind}: `{what}`"),
                None => writeln!(text, "- {piece}"),
            };
        }
        for rule in self.rules.iter().filter(|rule| rule.clauses.contains(id)) {
            let _ = writeln!(text, "- rule: [{0}](rules.md#{0})", rule.node);
        }
        for statement in self.spec.statements_of(id) {
            let _ = writeln!(text, "- the manual says so in [{0}](manual.md#{0})", statement.id);
        }
        if let Some(citations) = self.citations {
            let places = places_of(citations, id);
            let _ = writeln!(text, "- cited in {} places: `{}`", places.len(), places.join("`, `"));
        }
    }

    fn rules_page(&self) -> String {
        let mut text =
            "# Typing rules\n\nWorlds go down, types come up: `World ⊢ node : relation`.\n"
                .to_owned();
        let mut last = "";
        for rule in &self.rules {
            if rule.node != last {
                let _ = write!(text, "\n<a id=\"{0}\"></a>\n## {0}\n", rule.node);
                last = &rule.node;
            }
            let _ = write!(text, "\n{}\n\n```text\n{}```\n", rule.title, rule.drawing);
            if !rule.clauses.is_empty() {
                let _ = write!(text, "\nClauses: {}\n", self.links(&rule.clauses));
            }
        }
        if self.rules.is_empty() {
            text += "\nThis book was made outside a checkout, where the rules are not at hand.\n";
        }
        text
    }

    fn theorems(&self) -> String {
        let mut text = "# Theorems\n\nAs Coq prints them; `spec/coq/check` compiles the proofs and compares.\n".to_owned();
        for theorem in &self.spec.theorems {
            let _ = write!(
                text,
                "\n<a id=\"{0}\"></a>\n## {0}\n\n`spec/coq/{1}`, assuming: {2}.\n\n```coq\n{3}\n```\n",
                theorem.name, theorem.file, theorem.assumptions, theorem.statement
            );
            let mut ids = theorem.clauses.clone();
            let evidence = self
                .spec
                .clauses
                .iter()
                .filter(|clause| clause.of_kind("proof").any(|p| p == theorem.name));
            ids.extend(
                evidence.map(|clause| clause.id.clone()).filter(|id| !theorem.clauses.contains(id)),
            );
            if !ids.is_empty() {
                let _ = write!(text, "\nClauses: {}\n", self.links(&ids));
            }
        }
        text
    }

    fn manual(&self) -> String {
        let mut text = "# The manual\n\nWhat \"Parallel Plans\" (M) and \"Partial Aggregation\" (P) say, in our words.\n".to_owned();
        for statement in &self.spec.statements {
            let (id, says) = (&statement.id, &statement.says);
            let links = self.links(&statement.clauses);
            let _ = write!(text, "\n<a id=\"{id}\"></a>\n**{id}** {says}\n\nClauses: {links}\n");
            if let Some(reason) = &statement.untested {
                let _ = write!(text, "\nNo test: {reason}.\n");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::specification::checkout;

    fn checkout_files() -> Files {
        checkout::read(
            &checkout::root_above(env!("CARGO_MANIFEST_DIR").as_ref()).expect("a checkout"),
        )
    }

    #[test]
    fn every_link_of_the_book_leads_somewhere() {
        let (spec, sources) = (Specification::own(), checkout_files());
        let citations = checkout::citations(&sources);
        let files = files(&spec, Some((&sources, &citations)));
        let mut links = 0;
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
            for target in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
                let (page, anchor) = target.0.split_once('#').unwrap_or((target.0, ""));
                let page =
                    files.get(&format!("src/{page}")).unwrap_or_else(|| panic!("{path}: {page}"));
                let stands = anchor.is_empty() || page.contains(&format!("<a id=\"{anchor}\">"));
                assert!(stands, "{path}: {}", target.0);
                links += 1;
            }
        }
        assert!(links > 300, "{links}");
    }

    #[test]
    fn a_rule_is_found_with_its_clauses() {
        let rules = rules(&checkout_files());
        let gather = rules.iter().find(|rule| rule.node == "gather").expect("Gather has a rule");
        assert!(gather.drawing.contains("Gather(input)"), "{}", gather.drawing);
        assert_eq!(gather.clauses, ["plan.gather"]);
        assert!(rules.len() >= 15, "{}", rules.len());
    }

    #[test]
    fn a_book_without_a_checkout_says_so() {
        let files = files(&Specification::own(), None);
        assert!(files["src/rules.md"].contains("outside a checkout"));
        assert!(files["src/SUMMARY.md"].contains("(plan-typing.md)"));
    }
}
