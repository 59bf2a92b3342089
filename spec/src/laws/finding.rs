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
        let row =
            |row: &A::Input| as_source(&format!("{row:?}"), std::any::type_name::<A::Input>());
        let rows: Vec<String> = sample.rows.iter().map(row).collect();
        let sample = format!(
            "Sample {{ rows: vec![{}], choices: vec!{:?} }}",
            rows.join(", "),
            sample.choices
        );
        let name = short_name(std::any::type_name::<A>());
        let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        Finding { sample, aggregate: if plain { name } else { "aggregate".into() }, ..self }
    }

    /// A unit test that fails as long as the law is broken. The rows are as `Debug` prints them, but for what is then no Rust:
    /// NaN, infinities, `String`s and `Vec`s.
    pub fn unit_test(&self) -> String {
        let Finding { law, sample, .. } = self;
        // Closures take a few lines: they get a name.
        let (made, aggregate) = match self.aggregate.contains('\n') {
            true => (format!("    let aggregate = {};\n", self.aggregate), "aggregate"),
            false => (String::new(), &*self.aggregate),
        };
        format!(
            "#[test]\nfn {law}_on_the_witness() {{\n    use bothways_laws::{{Law, Sample}};\n\
             {made}    let sample = {sample};\n    \
             assert_eq!(Law::{law:?}.check(&{aggregate}, &sample), None);\n}}\n"
        )
    }
}

/// What `Debug` prints of a value of this type, as Rust that makes such a value.
fn as_source(printed: &str, ty: &str) -> String {
    let float = if ty.contains("f32") { "f32" } else { "f64" };
    let (mut source, mut rest) = (String::new(), printed);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => literal(rest),
            c if c.is_alphanumeric() || c == '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            // A quotation mark alone opens no string.
            '\'' if rest.starts_with("'\"'") => 3,
            c => c.len_utf8(),
        };
        let (word, after) = rest.split_at(length);
        match word {
            "NaN" => source.push_str(&format!("{float}::NAN")),
            "inf" if !after.starts_with(':') => source.push_str(&format!("{float}::INFINITY")),
            "[" if ty.contains("Vec<") => source.push_str("vec!["),
            _ => source.push_str(word),
        }
        if first == '"' && ty.contains("String") {
            source.push_str(".into()");
        }
        rest = after;
    }
    source
}

/// The length of the string literal that the text begins with.
fn literal(text: &str) -> usize {
    let mut escaped = false;
    let ends = |(_, c): &(usize, char)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    };
    text.char_indices().skip(1).find(ends).map_or(text.len(), |(at, _)| at + 1)
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

    #[test]
    fn rows_are_printed_as_source_that_makes_them() {
        fn source<T: fmt::Debug>(value: T) -> String {
            as_source(&format!("{value:?}"), std::any::type_name::<T>())
        }
        assert_eq!(source((f64::NAN, -f64::INFINITY)), "(f64::NAN, -f64::INFINITY)");
        assert_eq!(source(Some(f32::NAN)), "Some(f32::NAN)");
        assert_eq!(source("NaN [\\\""), r#""NaN [\\\"""#);
        assert_eq!(source(("[inf]".to_owned(), '"', 1)), r#"("[inf]".into(), '"', 1)"#);
        assert_eq!(source(vec![Some(vec![1u8]), None]), "vec![Some(vec![1]), None]");
    }
}
