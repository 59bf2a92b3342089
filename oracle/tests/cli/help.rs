//! Help: everywhere, with two examples each that run as they are printed.

use std::process::{Command, Stdio};

use super::{Folder, found, run};

const COMMANDS: [&str; 8] =
    ["check", "sql", "explain", "replay", "spec", "lint", "aggregate", "doctor"];

/// The examples that the help of a command ends with.
fn examples(command: &str) -> Vec<String> {
    let help = run(&[command, "--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    let (_, examples) = help.out.split_once("Examples:\n").expect("there are examples");
    examples.lines().filter(|line| !line.trim().is_empty()).map(|l| l.trim().to_owned()).collect()
}

#[test]
fn every_command_has_help_with_two_examples() {
    for command in COMMANDS {
        let examples = examples(command);
        assert_eq!(examples.len(), 2, "{command}: {examples:?}");
        assert!(examples.iter().all(|example| example.contains(&format!("bothways {command}"))));
    }
    let help = run(&["--help"]);
    assert!(help.out.contains("Exit codes:") && COMMANDS.iter().all(|c| help.out.contains(c)));
    run(&[]).fails(2, "Usage: bothways");
}

#[test]
fn the_examples_run() {
    let folder = Folder::new();
    folder.file("rows.csv", "a,b\n1,2\n1,3\n2,5\n");
    std::fs::create_dir(folder.0.join("bothways-found")).unwrap();
    let kept = folder.0.join("bothways-found/bag.equal-1234.case");
    std::fs::copy(found("null-only-group.case"), kept).unwrap();
    for example in COMMANDS.into_iter().flat_map(examples) {
        // No server is asked for here, psql need not be there, and a campaign is as good with fewer cases.
        let servers = ["bothways lint", "bothways aggregate"];
        let needs_server = servers.iter().any(|command| example.starts_with(command));
        let without = if needs_server { " --pg nothing" } else { " --pg temp" };
        let script = example
            .replace("bothways ", &format!("'{}' ", env!("CARGO_BIN_EXE_bothways")))
            .replace("'bothways-found", "bothways-found")
            .replace(without, "")
            .replace("--cases 5000", "--cases 20")
            .replace("| psql", "| grep COPY");
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(&folder.0)
            .env_remove("PGHOST")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        // They have nobody to ask where no server can be started, and say so.
        if needs_server && output.status.code() == Some(4) {
            continue;
        }
        assert!(output.status.success(), "{example}\n{}{err}", output.status);
        assert!(!output.stdout.is_empty(), "{example} says nothing");
    }
}
