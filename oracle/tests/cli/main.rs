//! The command line, on the built binary: what is said, where, and with which exit code.
//!
//! ```text
//! help           the two examples of every --help run
//! front_page     the transcripts of README
//! formats        aligned, unaligned, csv, jsonl byte for byte
//! conversation   standard input: an answer before the next statement, COPY, errors in the middle
//! loading        CSV with inferred types, COPY text, and what is wrong with either
//! bad_input      names, types, files, settings, cases, pipes, folders: a message on stderr, no panic
//! spec           clauses, table, book, the list in README
//! verdicts       exit codes and reports of check, replay, explain, doctor
//! ```

mod bad_input;
mod conversation;
mod formats;
mod front_page;
mod help;
mod loading;
mod spec;
mod verdicts;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a run of the binary came to.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    /// Asserts that it failed as documented: this code, this on stderr, and no panic.
    #[track_caller]
    fn fails(&self, code: i32, said: &str) {
        assert_eq!(self.code, code, "{}", self.err);
        assert!(self.err.contains(said), "stderr is\n{}\nwithout {said}", self.err);
    }

    /// Asserts that it ended well with this on stdout, and silently otherwise.
    #[track_caller]
    fn prints(&self, out: &str) {
        assert_eq!((self.out.as_str(), self.err.as_str(), self.code), (out, "", 0));
    }
}

const BINARY: &str = env!("CARGO_BIN_EXE_bothways");

/// The binary, with no server in its environment.
fn bothways() -> Command {
    without_server(Command::new(BINARY))
}

/// A command with no server in its environment.
fn without_server(mut command: Command) -> Command {
    for name in ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGSERVICE"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// Runs the binary with these arguments.
fn run(arguments: &[&str]) -> Run {
    run_with(arguments, "")
}

/// Runs the binary with these arguments and this standard input. It never panics, whatever it is given.
fn run_with(arguments: &[&str], input: &str) -> Run {
    let mut child = bothways()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // A child that ends early closes the pipe: that is its right.
    let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("all output is UTF-8");
    let run = Run {
        code: output.status.code().expect("it is not killed by a signal"),
        out: text(output.stdout),
        err: text(output.stderr),
    };
    assert!(!run.err.contains("panicked"), "{}", run.err);
    run
}

/// `bothways sql --format FORMAT -c SQL`.
fn sql(format: &str, statement: &str) -> Run {
    run(&["sql", "--format", format, "-c", statement])
}

/// A folder of its own for a test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("bothways-cli-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("the temporary folder is writable");
        Folder(path)
    }

    /// Writes a file and gives its path.
    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).expect("the temporary folder is writable");
        path.to_str().expect("its name is UTF-8").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A case of `tests/found`.
fn found(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/found").join(name);
    path.to_str().expect("its name is UTF-8").to_owned()
}
