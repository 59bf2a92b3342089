//! Files of vectors: a header that says how many there are, then one JSON object a line.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

/// What to do about a vector that does not hold.
const ADVICE: &str = "if the model has changed, run `spec/coq/oracle/check --update`; a vector is never edited by hand";

/// A file of vectors whose header says what is in it.
pub struct File {
    /// Its path in the repository.
    path: String,
    /// How many vectors its header promises.
    pub vectors: u64,
    /// Its lines after the header.
    pub lines: Vec<Line>,
}

/// One line of a file.
pub struct Line {
    /// Where it stands: `spec/vectors/joins.jsonl:17`.
    pub place: String,
    /// The clause that it speaks for.
    pub clause: String,
    /// All of it.
    pub json: Json,
}

/// Reads `spec/vectors/NAME.jsonl`.
pub fn read(name: &str) -> File {
    parse(&path(name), &text(name)).unwrap_or_else(|complaint| panic!("{complaint}"))
}

/// The text of `spec/vectors/NAME.jsonl`.
pub fn text(name: &str) -> String {
    let path = path(name);
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path));
    text.unwrap_or_else(|error| panic!("{path}: {error}; run `git checkout {path}`"))
}

fn path(name: &str) -> String {
    format!("spec/vectors/{name}.jsonl")
}

/// Reads the text of a file; what is wrong with it as a whole.
pub fn parse(path: &str, text: &str) -> Result<File, String> {
    let object = |(number, line): (usize, &str)| {
        let json = serde_json::from_str::<Json>(line);
        let json = json.map_err(|error| format!("{path}:{}: {error}; {ADVICE}", number + 1))?;
        let clause = json["clause"].as_str().unwrap_or_default().to_owned();
        Ok(Line { place: format!("{path}:{}", number + 1), clause, json })
    };
    let mut lines = text.lines().enumerate().map(object).collect::<Result<Vec<_>, String>>()?;
    if lines.is_empty() {
        return Err(format!("{path}: empty; {ADVICE}"));
    }
    let header = lines.remove(0).json;
    let [promised, vectors] = ["lines", "vectors"].map(|key| header[key].as_u64().unwrap_or(0));
    if promised == 0 || promised != lines.len() as u64 {
        let found = lines.len();
        return Err(format!(
            "{path}: {found} lines where its header promises {promised}; {ADVICE}"
        ));
    }
    if let Some(line) = lines.iter().find(|line| !spec::clause::IDS.contains(&&*line.clause)) {
        return Err(format!(
            "{}: no clause `{}` in spec/clauses.toml; {ADVICE}",
            line.place, line.clause
        ));
    }
    Ok(File { path: path.into(), vectors, lines })
}

impl File {
    /// Fails with every complaint, and if other than the promised number of vectors was checked.
    pub fn report(&self, checked: u64, complaints: &[String]) {
        let File { path, vectors, .. } = self;
        println!("{path}: {checked} vectors in {} lines", self.lines.len());
        assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), first(complaints));
        assert_eq!(
            checked, *vectors,
            "{path}: the header promises another number of vectors; {ADVICE}"
        );
    }
}

impl Line {
    /// A complaint about this vector.
    pub fn complaint(&self, who: &str, what: impl std::fmt::Display) -> String {
        format!("{}: [{}] {who}: {what}; {ADVICE}", self.place, self.clause)
    }

    /// A text field.
    pub fn text(&self, field: &str) -> &str {
        self.json[field]
            .as_str()
            .unwrap_or_else(|| panic!("{}: no text `{field}`; {ADVICE}", self.place))
    }

    /// A list field.
    pub fn list(&self, field: &str) -> &[Json] {
        self.json[field]
            .as_array()
            .unwrap_or_else(|| panic!("{}: no list `{field}`; {ADVICE}", self.place))
    }
}

fn first(complaints: &[String]) -> String {
    complaints.iter().take(20).cloned().collect::<Vec<_>>().join("\n")
}
