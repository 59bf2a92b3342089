//! No ad-hoc epsilon: floats are compared exactly, or with a bound that a theorem gives. [agg.float.bound]
//!
//! ```text
//! words      EPSILON, approx_eq, abs_diff, is_close, tolerance, …
//! distance   the absolute value of a difference beside `<` or `>`
//! literal    1e-9, 2.5e-12 beside a comparison, a sum, a difference, max, min, clamp or abs
//! ```
//!
//! What is right although it looks so is listed with its reason, and a reason that nothing needs is a complaint too.

use super::{Files, none, tree};

/// File, part of the line, and why it stays.
const ALLOWED: [(&str, &str, &str); 8] = [
    ("spec/src/agg/bound.rs", "cell.exact).abs() <= bound", "the bound that the theorem gives"),
    ("spec/src/agg/bound.rs", "2f64.sqrt() + 1e-13", "a number that the bound must refuse"),
    ("spec/src/agg/variance.rs", "exact * (1.0 + 1e-13)", "a number that the bound must refuse"),
    ("spec/src/agg/variance.rs", "exact * (1.0 - 1e-13)", "a number that the bound must refuse"),
    ("parallel/src/planner/join.rs", "share.clamp(1.0e-6, 1.0)", "final_cost_hashjoin has it"),
    ("parallel/src/planner/selectivity.rs", "(high - low).max(1.0e-10)", "selfuncs.c has it"),
    ("parallel/src/planner/cost.rs", "(a - b).abs() < 0.0051", "EXPLAIN prints two decimals"),
    ("oracle/src/campaign/report.rs", "seconds.max(1e-9)", "no division by zero"),
];

/// Words that name a tolerance, in any spelling of their cases.
const WORDS: [&str; 12] = [
    "epsilon",
    "eps",
    "approx",
    "approx_eq",
    "assert_approx_eq",
    "abs_diff",
    "abs_diff_eq",
    "relative_eq",
    "is_close",
    "tolerance",
    "nearly_equal",
    "almost_equal",
];

/// The code of each statement, with the number of its first line: without comments and without what strings say; a line
/// that goes on from the one before is put to it.
fn statements(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = vec![];
    for (number, line) in text.lines().enumerate() {
        let code = code(line);
        let goes_on = [".", "<", ">", "&&", "||", "+ ", "- ", "* "];
        match found.last_mut() {
            Some((_, before)) if goes_on.iter().any(|sign| code.starts_with(sign)) => {
                before.push_str(if code.starts_with('.') { "" } else { " " });
                before.push_str(&code);
            }
            _ => found.push((number + 1, code)),
        }
    }
    found
}

/// A line without its comment, with its strings empty.
fn code(line: &str) -> String {
    let (mut code, mut in_string, mut escaped) = (String::new(), false, false);
    let mut characters = line.trim().chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ if in_string => {}
            '/' if characters.peek() == Some(&'/') => break,
            _ => code.push(c),
        }
    }
    code
}

/// Whether the code has a float literal with a negative exponent.
fn has_small_literal(code: &str) -> bool {
    code.match_indices("e-").any(|(at, _)| {
        let number = |c: char| c.is_ascii_digit() || c == '.' || c == '_';
        let before = code[..at].trim_end_matches(number);
        let is_number = before.len() < at && !before.ends_with(|c: char| c.is_alphanumeric());
        is_number && code[at + 2..].starts_with(|c: char| c.is_ascii_digit())
    })
}

/// What looks like an epsilon in a statement.
fn looks_like(code: &str) -> Option<&'static str> {
    let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    let compares = [" < ", " > ", " <= ", " >= "].iter().any(|sign| code.contains(sign));
    let computes = [".max(", ".min(", "clamp(", "abs()", " + ", " - "];
    if words.any(|word| WORDS.contains(&&*word.to_lowercase())) {
        return Some("a word for a tolerance");
    }
    if code.contains(").abs()") && code.contains(" - ") && compares {
        return Some("a distance that is compared");
    }
    let near = compares || computes.iter().any(|word| code.contains(word));
    (has_small_literal(code) && near).then_some("a small number beside a comparison")
}

/// Every epsilon of the sources that no reason allows, and every reason that allows nothing.
pub fn complaints(files: &Files, allowed: &[(&str, &str, &str)]) -> Vec<String> {
    let folders = ["spec/", "reference/", "parallel/", "oracle/", "tests/", "fuzz/"];
    let is_ours = |path: &str| path.ends_with(".rs") && folders.iter().any(|f| path.starts_with(f));
    let mut used = vec![false; allowed.len()];
    let mut wrong = vec![];
    for (path, text) in files.iter().filter(|(path, _)| is_ours(path)) {
        for (line, code) in statements(text) {
            let Some(what) = looks_like(&code) else { continue };
            let reason = allowed.iter().position(|(listed, part, why)| {
                listed == path && code.contains(part) && !why.is_empty()
            });
            match reason {
                Some(reason) => used[reason] = true,
                None => wrong.push(format!("{path}:{line}: {what}: {code}")),
            }
        }
    }
    let idle = allowed.iter().zip(used).filter(|(_, used)| !used);
    wrong.extend(idle.map(|((path, part, _), _)| format!("{path}: allowed and not there: {part}")));
    wrong
}

#[test]
fn no_float_is_compared_with_an_epsilon_of_somebodys_choice() {
    none(complaints(&tree(), &ALLOWED));
}

#[test]
fn each_kind_of_epsilon_is_found() {
    let wrong = |code: &str| {
        let files = Files::from([("spec/src/a.rs".to_owned(), code.to_owned())]);
        complaints(&files, &[]).join("; ")
    };
    for code in [
        "assert!((a - b).abs() < 0.001);",
        "assert!((a - b)\n    .abs()\n    <= slack);",
        "let same = a > b * (1.0 - 1e-9);",
        "let same = x.max(2.5e-12);",
        "if x < 1_0.0e-7 {}",
        "let slack = f64::EPSILON;",
        "assert_approx_eq!(a, b);",
        "a.abs_diff_eq(&b)",
    ] {
        assert!(wrong(code).starts_with("spec/src/a.rs:1: "), "{code}: {}", wrong(code));
    }
    for code in [
        "// (a - b).abs() < 1e-9 would be wrong",
        "let text = \"x < 1e-9\";",
        "assert_eq!(parse(\"1e-5\"), 1e-5);",
        "let traps = [1e-300, -7e-200];",
        "let large = 1e9 < x && rate - 1 > y;",
        "let places = shift.unsigned_abs() < 3;",
    ] {
        assert_eq!(wrong(code), "", "{code}");
    }
}

#[test]
fn a_reason_allows_its_own_line_only_and_must_be_needed() {
    let files = |code: &str| Files::from([("spec/src/a.rs".to_owned(), code.to_owned())]);
    let reason = [("spec/src/a.rs", "x.max(1e-9)", "no division by zero")];
    assert_eq!(complaints(&files("let y = 1.0 / x.max(1e-9);"), &reason), [""; 0]);
    assert_eq!(complaints(&files("let y = 1.0 / x.max(1e-8);"), &reason).len(), 2);
    assert_eq!(complaints(&files("let y = 1.0 / x;"), &reason).len(), 1);
    let without = [("spec/src/a.rs", "x.max(1e-9)", "")];
    assert_eq!(complaints(&files("let y = 1.0 / x.max(1e-9);"), &without).len(), 2);
}
