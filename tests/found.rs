//! What was once found is replayed for ever: every case and every fuzzer's input of `tests/found` must hold.
//!
//! ```text
//! NAME.case                  a case as `bothways check` and `fuzz/campaign` write them; its clause says what it once broke
//! TARGET-HASH.bytes          an input of a fuzz target
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use oracle::case::Case;
use oracle::fuzz::Target;
use oracle::judge::schedules;
use oracle::verdict::Verdict;

fn found(extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/found");
    let entries = fs::read_dir(folder).expect("tests/found is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

#[test]
fn every_case_that_was_found_agrees() {
    let cases = found("case");
    assert!(cases.len() >= 3, "{} cases", cases.len());
    for file in cases {
        let text = fs::read_to_string(&file).unwrap();
        let case: Case = text.parse().unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let judged = schedules::judge(&case);
        let permitted = matches!(judged.verdict, Verdict::Agree | Verdict::Allowed { .. });
        assert!(permitted, "{}: {}", file.display(), judged.verdict);
        let expects_a_gather = case.schedules.len() > 1;
        assert!(
            !expects_a_gather || judged.checked.parallel > 0,
            "{}: has schedules, and its plan is serial",
            file.display()
        );
    }
}

#[test]
fn every_input_of_a_fuzzer_that_was_found_holds() {
    for file in found("bytes") {
        let name = file.file_stem().unwrap().to_string_lossy();
        let target = name.rsplit_once('-').map_or(&*name, |(target, _)| target);
        println!("{}", file.display());
        target.parse::<Target>().unwrap().run(&fs::read(&file).unwrap());
    }
}

#[test]
fn a_case_is_printed_as_it_was_read() {
    for file in found("case") {
        let case: Case = fs::read_to_string(&file).unwrap().parse().unwrap();
        assert_eq!(case.to_string().parse(), Ok(case), "{}", file.display());
    }
}
