//! Fuzz targets on stable Rust: a second each of seeded bytes, and every seed and regression for ever.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use oracle::fuzz::Target;
use oracle::generate::{Choices, Seeded};

/// The files of a folder beside this one, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| !file.file_name().unwrap().to_string_lossy().starts_with('.'));
    files.sort();
    files
}

/// Runs the target on bytes of a fixed seed for a second; at least once, however slow the machine is.
fn smoke(target: Target) {
    let mut random = Seeded::new(7, 0);
    let start = Instant::now();
    let mut inputs = 0;
    while inputs < 20 || start.elapsed() < Duration::from_secs(1) {
        let length = random.below(600);
        let mut bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        if target == Target::SqlRoundtrip && !bytes.is_empty() {
            bytes[0] &= 1; // mostly choices of the generator; random text is never SQL
        }
        target.run(&bytes);
        inputs += 1;
    }
    println!("{target}: {inputs} inputs");
}

#[test]
fn sql_roundtrip_holds_for_a_second() {
    smoke(Target::SqlRoundtrip);
}

#[test]
fn query_both_ways_holds_for_a_second() {
    smoke(Target::QueryBothWays);
}

#[test]
fn agg_split_holds_for_a_second() {
    smoke(Target::AggSplit);
}

#[test]
fn every_seed_and_regression_holds() {
    for target in Target::ALL {
        let seeds = files(&format!("fuzz/seeds/{target}"));
        assert!(seeds.len() >= 5, "{target} has {} seeds", seeds.len());
        for file in seeds.into_iter().chain(files(&format!("fuzz/regressions/{target}"))) {
            println!("{}", file.display());
            target.run(&fs::read(&file).unwrap());
        }
    }
}

#[test]
fn no_bytes_at_all_are_the_simplest_input() {
    for target in Target::ALL {
        target.run(&[]);
        assert_eq!(target.name().parse(), Ok(target));
    }
    assert!(Target::QueryBothWays.describe(&[]).contains("--- sql\nSELECT"));
}
