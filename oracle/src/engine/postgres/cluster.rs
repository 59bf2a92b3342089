//! A throw-away PostgreSQL: found on this machine, run by an unprivileged user over a unix socket, removed afterwards.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::super::Unable;

/// Where Debian and others put server programs, when neither `PG_CONFIG` nor `PATH` leads to them.
const USUAL_FOLDERS: [&str; 3] = ["/usr/lib/postgresql", "/usr/local/pgsql", "/usr/pgsql"];

/// How much of the log is worth showing after a crash.
const LOG_LINES: usize = 5;

/// Who would run a throw-away cluster: nobody else if we are not root, whom the server refuses.
///
/// # Errors
/// That there is no such user.
pub fn server_user() -> Result<Option<String>, Unable> {
    Ok(unprivileged_user()?.map(|user| user.name))
}

/// A running cluster of our own. Dropping it stops the server and removes its files.
pub struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    user: Option<User>,
}

/// An operating-system user that is not root.
#[derive(Clone, Debug)]
struct User {
    name: String,
    uid: u32,
    gid: u32,
}

/// The folders with server programs on this machine, newest version first.
pub fn programs() -> Vec<PathBuf> {
    let mut found = Vec::new();
    if let Some(config) = std::env::var_os("PG_CONFIG") {
        found.extend(bindir(Path::new(&config)));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path));
    found.extend(bindir(Path::new("pg_config")));
    for folder in USUAL_FOLDERS {
        let versions = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
        versions.sort_by_key(|path| std::cmp::Reverse(major(path)));
        found.extend(versions);
        found.push(Path::new(folder).join("bin"));
    }
    let mut kept: Vec<PathBuf> = Vec::new();
    for folder in found {
        let complete = ["initdb", "pg_ctl", "postgres"].iter().all(|p| folder.join(p).is_file());
        if complete && !kept.contains(&folder) {
            kept.push(folder);
        }
    }
    kept
}

fn bindir(pg_config: &Path) -> Option<PathBuf> {
    let output = Command::new(pg_config).arg("--bindir").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (!text.trim().is_empty()).then(|| PathBuf::from(text.trim()))
}

/// The version number in `…/15/bin`.
fn major(path: &Path) -> u32 {
    let version = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    version.and_then(|version| version.parse().ok()).unwrap_or(0)
}

impl Cluster {
    /// Makes and starts a cluster with the first server programs found.
    ///
    /// # Errors
    /// What is missing, or what `initdb` or `pg_ctl` say.
    pub fn start() -> Result<Cluster, Unable> {
        let programs = programs().into_iter().next().ok_or_else(|| {
            Unable::World(
                "no PostgreSQL server programs (initdb, pg_ctl, postgres) in PG_CONFIG, PATH or the usual folders"
                    .into(),
            )
        })?;
        let folder = tempfile::Builder::new().prefix("bothways-pg-").tempdir().map_err(io)?;
        let user = unprivileged_user()?;
        if let Some(user) = &user {
            chown(folder.path(), Some(user.uid), Some(user.gid)).map_err(io)?;
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).map_err(io)?;
        let cluster = Cluster { programs, folder, user };
        cluster.initdb()?;
        cluster.pg_ctl_start()?;
        Ok(cluster)
    }

    /// The folder of the socket: the host to connect to.
    pub fn socket_folder(&self) -> &Path {
        self.folder.path()
    }

    /// The superuser's name.
    pub fn superuser(&self) -> &'static str {
        "postgres"
    }

    /// The lines of the server's log from its last crash on, or its last lines if there was none.
    pub fn log_tail(&self) -> Option<String> {
        let log = fs::read_to_string(self.folder.path().join("log")).ok()?;
        let lines: Vec<&str> = log.lines().collect();
        let crash = lines.iter().rposition(|line| line.contains("was terminated by"));
        let start = crash.unwrap_or(lines.len().saturating_sub(LOG_LINES));
        Some(lines.into_iter().skip(start).take(LOG_LINES).collect::<Vec<_>>().join("\n"))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Makes the cluster: text is ordered byte by byte, but `upper` and `lower` know Unicode where the system does.
    fn initdb(&self) -> Result<(), Unable> {
        let with = |locale: &[&str]| {
            let mut command = self.command("initdb");
            command.args(["--auth=trust", "--encoding=UTF8", "--no-sync"]).args(locale);
            command.arg(format!("--username={}", self.superuser())).arg("-D").arg(self.data());
            succeed("initdb", command)
        };
        with(&["--locale=C", "--lc-ctype=C.UTF-8"]).or_else(|_| with(&["--no-locale"]))
    }

    fn pg_ctl_start(&self) -> Result<(), Unable> {
        let socket = self.folder.path().display().to_string().replace('\'', "\\'");
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{socket}' -c fsync=off \
             -c synchronous_commit=off -c full_page_writes=off -c max_worker_processes=16 \
             -c max_parallel_workers=16 -c autovacuum=off -c logging_collector=off"
        );
        let mut command = self.command("pg_ctl");
        command.arg("-D").arg(self.data()).arg("-l").arg(self.folder.path().join("log"));
        command.args(["-w", "-s", "-o"]).arg(options).arg("start");
        succeed("pg_ctl start", command)
    }

    /// A server program, run by the unprivileged user in a process group of its own (so that Ctrl-C reaches us only).
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.folder.path()).process_group(0).env("TZ", "UTC");
        if let Some(user) = &self.user {
            command
                .uid(user.uid)
                .gid(user.gid)
                .env("USER", &user.name)
                .env("HOME", self.folder.path());
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut command = self.command("pg_ctl");
        command.arg("-D").arg(self.data()).args(["-m", "immediate", "-s", "-w", "stop"]);
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// Runs a command to its end.
fn succeed(name: &str, mut command: Command) -> Result<(), Unable> {
    // The server inherits standard output: a pipe would stay open for as long as it runs.
    let is_start = name == "pg_ctl start";
    let output: Output = if is_start {
        let status =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        Output { status: status.map_err(io)?, stdout: vec![], stderr: vec![] }
    } else {
        command.stdin(Stdio::null()).output().map_err(io)?
    };
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Unable::World(format!("{name} failed ({}): {}", output.status, said.trim())))
}

/// The user to run the server as, if we are root, whom the server refuses.
fn unprivileged_user() -> Result<Option<User>, Unable> {
    let own = fs::metadata("/proc/self").map_err(io)?;
    if std::os::unix::fs::MetadataExt::uid(&own) != 0 {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").map_err(io)?;
    let user = |wanted: &str| passwd.lines().find_map(|line| user_of_line(line, wanted));
    match user("postgres").or_else(|| user("nobody")) {
        Some(user) => Ok(Some(user)),
        None => Err(Unable::World("no user postgres or nobody to run the server as".into())),
    }
}

fn user_of_line(line: &str, wanted: &str) -> Option<User> {
    let mut fields = line.split(':');
    let name = fields.next().filter(|name| *name == wanted)?;
    let mut numbers = fields.skip(1).map(str::parse);
    let (uid, gid) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some(User { name: name.into(), uid, gid })
}

fn io(error: std::io::Error) -> Unable {
    Unable::World(format!("cannot start PostgreSQL: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_in_a_passwd_line() {
        let user = user_of_line("postgres:x:101:104::/var/lib/postgresql:/bin/bash", "postgres");
        let user = user.unwrap();
        assert_eq!((user.uid, user.gid), (101, 104));
        assert!(user_of_line("root:x:0:0::/:/bin/sh", "postgres").is_none());
    }

    #[test]
    fn versions_are_read_from_debians_folders() {
        assert_eq!(major(Path::new("/usr/lib/postgresql/15/bin")), 15);
        assert_eq!(major(Path::new("/usr/bin")), 0);
    }
}
