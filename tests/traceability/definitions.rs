//! What the locked theorems speak of stands in the sources as it stands in `spec/definitions.lock`. Coq is not asked.
//!
//! A sentence of a `.v` file is a definition, a statement, a proof, a tactic, or part of the *setting* of its file:
//! imports, sections with their variables, notations, scopes. `spec/coq/definitions` says the same in Perl and finds out,
//! from what Coq resolved, which definitions a theorem reaches. A definition that is reached anew is named by a
//! definition, a setting or a statement that changed; so to compare the texts on record is enough to see any of the first two.

use std::collections::BTreeMap;

use oracle::specification::checkout::Files;

const LOCK: &str = "spec/definitions.lock";
const REMEDY: &str =
    "if the change is meant, run `spec/coq/check --update` and review what it says";

const DEFINITIONS: [&str; 12] = [
    "Definition",
    "Fixpoint",
    "CoFixpoint",
    "Function",
    "Inductive",
    "CoInductive",
    "Variant",
    "Record",
    "Structure",
    "Class",
    "Instance",
    "Let",
];
const STATEMENTS: [&str; 8] =
    ["Theorem", "Lemma", "Corollary", "Fact", "Remark", "Proposition", "Property", "Example"];
const NAMELESS_PROOFS: [&str; 2] = ["Next", "Goal"];
const FOR_PROOFS: [&str; 5] = ["Ltac", "Hint", "Obligation", "Scheme", "Combined"];

/// A place of a file that is no proof, in its order.
#[derive(Debug, PartialEq)]
pub enum Place {
    /// A sentence that gives names and notations their meaning.
    Setting(String),
    /// A definition: its name and its text, with its proof where that is the body.
    Definition(String, String),
}

/// The text without its comments, which nest.
fn code(text: &str) -> String {
    let (mut depth, mut quoted, mut code) = (0usize, false, String::new());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('(', Some('*')) if !quoted => depth += 1,
            ('*', Some(')')) if !quoted && depth > 0 => depth -= 1,
            _ => {
                quoted ^= c == '"';
                code.extend((depth == 0).then_some(c));
                continue;
            }
        }
        rest.next();
        code.push(' ');
    }
    code
}

/// The sentences, with single spaces. A point ends one where a blank follows.
fn sentences(code: &str) -> Vec<String> {
    let (mut found, mut sentence, mut quoted) = (vec![], String::new(), false);
    let mut rest = code.chars().peekable();
    while let Some(c) = rest.next() {
        quoted ^= c == '"';
        sentence.push(c);
        if c == '.' && !quoted && rest.peek().is_none_or(|next| next.is_whitespace()) {
            found.push(sentence.split_whitespace().collect::<Vec<_>>().join(" "));
            sentence.clear();
        }
    }
    found
}

/// The first word of a sentence that says what it is, and the word after it.
fn head(sentence: &str) -> (&str, &str) {
    let said = |word: &&str| {
        let how = word.starts_with("#[") || word.ends_with(']');
        !how && !["Local", "Global", "Program", "Polymorphic"].contains(word)
    };
    let mut words = sentence.split(' ').filter(said);
    let first = words.next().unwrap_or_default().trim_end_matches('.');
    let second = words.next().unwrap_or_default();
    (first, second.split(['.', ':', '(', '[', '{']).next().unwrap_or_default())
}

/// The places of a file.
pub fn places(text: &str) -> Vec<Place> {
    let mut places = vec![];
    // An open proof: the definition whose body it would be, if any, and what was said so far.
    let mut proving: Option<(Option<usize>, String)> = None;
    for sentence in sentences(&code(text)) {
        if let Some((owner, proof)) = &mut proving {
            proof.push(' ');
            proof.push_str(&sentence);
            let last = sentence.rsplit([' ', '}']).next();
            if last == Some("Defined.")
                && let Some(Place::Definition(_, text)) = owner.and_then(|at| places.get_mut(at))
            {
                text.push_str(proof);
            }
            if ["Qed.", "Defined."].map(Some).contains(&last) {
                proving = None;
            }
            continue;
        }
        let (first, name) = head(&sentence);
        if DEFINITIONS.contains(&first) {
            if !sentence.contains(":=") {
                proving = Some((Some(places.len()), String::new()));
            }
            places.push(Place::Definition(name.to_owned(), sentence));
        } else if STATEMENTS.contains(&first) || NAMELESS_PROOFS.contains(&first) {
            proving = Some((None, String::new()));
        } else if !FOR_PROOFS.contains(&first) {
            places.push(Place::Setting(sentence));
        }
    }
    places
}

/// An entry of the lock.
struct Recorded {
    file: String,
    name: String,
    clauses: String,
    text: String,
}

/// The entries of one kind.
fn recorded(lock: &toml::Table, kind: &str) -> Vec<Recorded> {
    let entries = lock.get(kind).and_then(|entries| entries.as_array());
    let read = |entry: &toml::Value| {
        let word = |value: &toml::Value| value.as_str().unwrap_or_default().to_owned();
        let field = |name: &str| entry.get(name).map(word).unwrap_or_default();
        let ids = entry.get("clauses").and_then(|ids| ids.as_array());
        let clauses = ids.into_iter().flatten().map(word).collect::<Vec<_>>().join(", ");
        Recorded { file: field("file"), name: field("name"), clauses, text: field("text") }
    };
    entries.into_iter().flatten().map(read).collect()
}

/// The setting of a file, as the lock writes it: the sentences, and the names of the definitions on record in their places.
fn setting(places: &[Place], on_record: impl Fn(&str) -> bool) -> String {
    let shown = places.iter().filter_map(|place| match place {
        Place::Setting(sentence) => Some(sentence.clone()),
        Place::Definition(name, _) => on_record(name).then(|| format!("<{name}>")),
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Where the sources say other than the lock.
pub fn complaints(files: &Files) -> Vec<String> {
    let Some(text) = files.get(LOCK) else {
        return vec![format!("there is no {LOCK}; run `spec/coq/check --update`")];
    };
    let lock: toml::Table = match text.parse() {
        Ok(lock) => lock,
        Err(error) => return vec![format!("{LOCK}: {error}; run `spec/coq/check --update`")],
    };
    let (definitions, settings) = (recorded(&lock, "definition"), recorded(&lock, "setting"));
    let sources = sources(files);
    let mut wrong = vec![];
    for Recorded { file, name, clauses, text } in &definitions {
        let says =
            |place: &Place| matches!(place, Place::Definition(n, t) if n == name && t == text);
        if !sources.get(file.as_str()).into_iter().flatten().any(says) {
            wrong.push(format!(
                "spec/coq/{file}: {name} is not defined as in {LOCK}; theorems of {clauses} speak of it; {REMEDY}"
            ));
        }
    }
    for (file, places) in &sources {
        let on_record = |name: &str| definitions.iter().any(|d| d.file == *file && d.name == name);
        let recorded = settings.iter().find(|recorded| recorded.file == *file);
        if recorded.is_none_or(|recorded| recorded.text != setting(places, on_record)) {
            wrong.push(format!(
                "spec/coq/{file}: imports, sections, notations or scopes are not as in {LOCK}; {REMEDY}"
            ));
        }
    }
    wrong
}

/// The places of every file of proofs. `Extract.v` states nothing.
fn sources(files: &Files) -> BTreeMap<&str, Vec<Place>> {
    let proofs = files.iter().filter_map(|(path, text)| {
        let file = path.strip_prefix("spec/coq/").filter(|file| file.ends_with(".v"))?;
        (file != "Extract.v").then(|| (file, places(text)))
    });
    proofs.collect()
}
