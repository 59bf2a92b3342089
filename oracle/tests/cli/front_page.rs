//! README's transcripts are true: every block that begins with `$ cat FILE` is typed again, and must answer what it says.
//!
//! `README=write cargo test -p bothways-oracle --test cli front_page` writes the answers anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bothways_oracle::engine::postgres::cluster;

use super::{BINARY, Folder, without_server};

const OPEN: &str = "```console\n";
const CLOSE: &str = "```\n";

/// What is typed, and what it answers.
struct Step {
    typed: String,
    answer: String,
}

fn readme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")
}

/// The server that `--pg temp` would start, as transcripts name it: `PostgreSQL 15.18`.
fn server() -> Option<String> {
    let program = cluster::programs().first()?.join("postgres");
    let output = Command::new(program).arg("--version").output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    let version = said.split(' ').find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(format!("PostgreSQL {}", version.trim()))
}

/// Why a transcript cannot be typed again here, if it cannot.
fn missing(block: &str) -> Option<String> {
    if !block.contains("--pg temp") {
        return None;
    }
    match server() {
        None => Some("without a live PostgreSQL".into()),
        Some(here) if block.contains("PostgreSQL 1") && !block.contains(&here) => {
            Some(format!("it is of another server than {here}"))
        }
        Some(_) => None,
    }
}

/// The steps of a block: an answer ends where something is typed again; empty lines around it are for the eye.
fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = vec![];
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(typed), _) => steps.push(Step { typed: typed.into(), answer: String::new() }),
            (None, Some(step)) => step.answer += &format!("{line}\n"),
            (None, None) => panic!("a transcript begins with what is typed, not with {line}"),
        }
    }
    steps
}

/// A block as it stands in README.
fn printed(steps: &[Step]) -> String {
    let step = |step: &Step| format!("$ {}\n{}\n", step.typed, step.answer.trim_end());
    steps.iter().map(step).collect::<Vec<_>>().join("\n")
}

/// An answer with the counts that README has: which participants get rows under threads differs from run to run.
fn with_counts_of(answer: String, told: &str) -> String {
    let counts = |text: &str| {
        text.lines().find(|line| line.starts_with("really checked")).map(str::to_owned)
    };
    match (counts(&answer), counts(told)) {
        (Some(now), Some(then)) => answer.replace(&now, &then),
        _ => answer,
    }
}

/// Types everything again, in an empty folder.
fn typed_again(steps: &[Step]) -> Vec<Step> {
    let folder = Folder::new();
    let again = |step: &Step| {
        let answer = match step.typed.strip_prefix("cat ") {
            Some(file) => {
                folder.file(file, step.answer.trim_end().to_owned() + "\n");
                step.answer.clone()
            }
            None => {
                let arguments = step.typed.strip_prefix("bothways ").expect("our own command");
                let mut shell = without_server(Command::new("sh"));
                shell.current_dir(&folder.0).arg("-c").arg(format!("{BINARY} {arguments}"));
                let output = shell.output();
                let output = output.expect("there is a shell");
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert_eq!(said, "", "{}", step.typed);
                String::from_utf8(output.stdout).expect("all output is UTF-8")
            }
        };
        Step { typed: step.typed.clone(), answer: with_counts_of(answer, &step.answer) }
    };
    steps.iter().map(again).collect()
}

#[test]
fn the_transcripts_of_the_front_page_are_true() {
    let page = fs::read_to_string(readme()).expect("README.md is there");
    let (mut new_page, mut rest) = (String::new(), page.as_str());
    while let Some((before, block)) = rest.split_once(OPEN) {
        let (block, after) = block.split_once(CLOSE).expect("a block ends");
        let steps = steps(block);
        let is_transcript = steps.first().is_some_and(|step| step.typed.starts_with("cat "));
        let text = match missing(block) {
            Some(why) => {
                println!("a transcript of README.md: {why}");
                block.to_owned()
            }
            None if is_transcript => printed(&typed_again(&steps)),
            None => block.to_owned(),
        };
        new_page += &format!("{before}{OPEN}{text}{CLOSE}");
        rest = after;
    }
    new_page += rest;
    if std::env::var("README").is_ok_and(|what| what == "write") {
        fs::write(readme(), &new_page).expect("README.md can be written");
    }
    let differs = page.lines().zip(new_page.lines()).find(|(old, new)| old != new);
    let told = "if that is right: README=write cargo test -p bothways-oracle --test cli front_page";
    assert!(page == new_page, "README.md says {:?}; {told}", differs);
}
