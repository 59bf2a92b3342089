//! One clause with everything that is known of it.

use std::fmt::Write;

use serde::Serialize;

use super::{Clause, Specification, Theorem};

/// A clause with what leads to it and what cites it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page<'a> {
    /// The clause itself.
    #[serde(flatten)]
    pub clause: &'a Clause,
    /// The statements of the manual that lead to it.
    pub manual: Vec<&'a str>,
    /// Where it is cited, as `file:line`; unknown outside a checkout.
    pub cited: Option<Vec<String>>,
}

impl<'a> Page<'a> {
    /// The page of a clause.
    pub fn new(
        spec: &'a Specification,
        clause: &'a Clause,
        cited: Option<Vec<String>>,
    ) -> Page<'a> {
        let manual = spec.statements_of(&clause.id).map(|statement| statement.id.as_str());
        Page { clause, manual: manual.collect(), cited }
    }

    /// The page as text; theorems are shown with what they say.
    pub fn text(&self, spec: &Specification) -> String {
        let Clause { id, sentence, group, level, evidence } = self.clause;
        let mut text = format!("{id}\n  {sentence}\n\nlevel     {level}\ngroup     {group}\n");
        for (number, piece) in evidence.iter().enumerate() {
            let head = if number == 0 { "evidence  " } else { "          " };
            let _ = writeln!(text, "{head}{piece}");
            let theorem = piece.strip_prefix("proof: ").and_then(|name| spec.theorem(name));
            theorem.into_iter().for_each(|theorem| said(theorem, &mut text));
        }
        for statement in spec.statements_of(id) {
            let _ = writeln!(text, "manual    {}: {}", statement.id, statement.says);
        }
        match &self.cited {
            None => text += "cited     known inside a checkout only\n",
            Some(places) => {
                for (number, place) in places.iter().enumerate() {
                    let head = if number == 0 { "cited     " } else { "          " };
                    let _ = writeln!(text, "{head}{place}");
                }
            }
        }
        text
    }
}

fn said(theorem: &Theorem, text: &mut String) {
    let Theorem { file, statement, assumptions, .. } = theorem;
    let _ = writeln!(text, "            spec/coq/{file}: {statement}");
    if assumptions != "closed" {
        let _ = writeln!(text, "            assuming {assumptions}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_evidence_theorems_manual_and_citations() {
        let toml = "[[clause]]\nid = \"plan.a\"\nsentence = \"All.\"\ngroup = \"plan typing\"\n\
                    level = \"proved\"\nevidence = [\"proof: sound\", \"test: a.rs::b\"]\n";
        let manual = "[[statement]]\nid = \"M01\"\nsays = \"So.\"\nclauses = [\"plan.a\"]\n";
        let lock = "[[theorem]]\nfile = \"P.v\"\nname = \"sound\"\nstatement = \"True\"\n\
                    assumptions = \"choice\"\n";
        let spec = Specification::parse(toml, manual, lock).unwrap();
        let page = |cited| Page::new(&spec, &spec.clauses[0], cited).text(&spec);
        assert_eq!(
            page(Some(vec!["a.rs:1".into(), "b.rs:2".into()])),
            "plan.a\n  All.\n\nlevel     proved\ngroup     plan typing\n\
             evidence  proof: sound\n            spec/coq/P.v: True\n            assuming choice\n\
             \x20         test: a.rs::b\nmanual    M01: So.\ncited     a.rs:1\n          b.rs:2\n"
        );
        assert!(page(None).ends_with("cited     known inside a checkout only\n"));
    }
}
