//! Findings: a broken law, the rows that break it, and what to do with them.

use std::fmt;

use super::{Aggregate, Law, Precondition, Sample};

/// A broken law, with rows that break it. [law.witness]
///
/// Printed, its first line says law and fault; then come the witness, the first node of the combine tree that is wrong, the
/// preconditions under which no fault was found, and a unit test to paste.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The law.
    pub law: Law,
    /// What happened, in a sentence.
    pub message: String,
    /// The rows and how they were divided.
    pub witness: String,
    /// The first node of the combine tree whose state is not that of one pass over the rows below it, with both answers;
    /// none if each node finishes as it should, or if the law is not about combining.
    pub node: Option<String>,
    /// Preconditions under which the law was not seen to fail, with how many samples that met them were tried; empty if
    /// there is none, or none was looked for.
    pub holds_if: Vec<(Precondition, usize)>,
    /// The sample as Rust source: what [`Law::check`] was called with.
    pub sample: String,
    /// The aggregate as Rust source, for the unit test: its type's name, or `aggregate` where the type is generic, unless
    /// somebody knew better.
    pub aggregate: String,
}

impl Finding {
    /// A finding of this law, of no sample yet.
    pub(super) fn new(law: Law, message: String, witness: String) -> Finding {
        let (node, sample, aggregate) = (None, String::new(), String::new());
        Finding { law, message, witness, node, holds_if: Vec::new(), sample, aggregate }
    }

    pub(super) fn of_sample<A: Aggregate>(self, _: &A, sample: &Sample<A::Input>) -> Finding {
        let sample =
            format!("Sample {{ rows: vec!{:?}, choices: vec!{:?} }}", sample.rows, sample.choices);
        let name = short_name(std::any::type_name::<A>());
        let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        Finding { sample, aggregate: if plain { name } else { "aggregate".into() }, ..self }
    }

    /// A unit test that fails as long as the law is broken; the rows are as `Debug` prints them.
    pub fn unit_test(&self) -> String {
        let Finding { law, sample, aggregate, .. } = self;
        format!(
            "#[test]\nfn {law}_on_the_witness() {{\n    let sample = {sample};\n    \
             assert_eq!(Law::{law:?}.check(&{aggregate}, &sample), None);\n}}\n"
        )
    }
}

/// A type's name without the paths in it.
fn short_name(name: &str) -> String {
    let mut short = String::new();
    for word in name.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
        if word.ends_with(':') {
            // A path ends here: what was taken of it goes away.
            let start =
                short.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |i| i + 1);
            short.truncate(start);
        } else {
            short.push_str(word);
        }
    }
    short
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  witness: {}", self.law, self.message, self.witness)?;
        if let Some(node) = &self.node {
            write!(f, "\n  first wrong node: {node}")?;
        }
        for (precondition, samples) in &self.holds_if {
            write!(f, "\n  holds if {precondition} ({samples} samples)")?;
        }
        if !self.sample.is_empty() {
            let test = self.unit_test().replace('\n', "\n    ");
            write!(f, "\n  a test of it [{}]:\n    {}", self.law.clause(), test.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_named_without_its_path() {
        assert_eq!(short_name("a::b::Sum"), "Sum");
        assert_eq!(short_name("a::Wrap<c::d::Sum, e::F>"), "Wrap<Sum, F>");
    }
}
