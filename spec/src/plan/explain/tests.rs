//! Plans in PostgreSQL's words.

use std::collections::BTreeSet;

#[test]
fn every_node_file_is_in_the_list_of_the_module() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/plan");
    let shared = ["check", "explain", "expression", "mod"];
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .filter_map(|entry| entry.ok()?.path().file_stem()?.to_str().map(str::to_owned))
        .filter(|name| !shared.contains(&name.as_str()))
        .collect();
    let source = include_str!("../mod.rs");
    let list = source.split("```").nth(1).expect("the module lists its nodes");
    let listed: BTreeSet<String> = list
        .lines()
        .filter_map(|line| line.strip_prefix("//! "))
        .flat_map(|line| line.split_whitespace().skip(1))
        .map(str::to_owned)
        .collect();
    assert_eq!(files, listed);
}
