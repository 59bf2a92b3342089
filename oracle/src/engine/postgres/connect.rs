//! Connecting: a throw-away cluster, a URI, or PostgreSQL's environment variables and password file.

use std::env::var;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use postgres::config::Host;
use postgres::{Client, Config, NoTls};

use super::Server;
use super::cluster::Cluster;
use crate::engine::Unable;

/// Starts a throw-away cluster and connects to it.
///
/// # Errors
/// What is missing, or what the server says.
pub fn temporary() -> Result<Server, Unable> {
    let cluster = Cluster::start()?;
    observed(config_of(&cluster), Some(cluster))
}

/// Connects to a server that runs already: by a URI or `key=value` string, completed by `PG*` variables and the password
/// file.
///
/// # Errors
/// What is wrong with the address, or what the server says. Passwords are never repeated.
pub fn running(address: &str) -> Result<Server, Unable> {
    observed(config_at(address)?, None)
}

/// A connection and nothing else: no schema of our own, no settings changed.
pub struct Plain {
    /// The connection. It is closed before the cluster is removed.
    pub client: Client,
    /// Keeps a throw-away cluster alive as long as the connection.
    pub cluster: Option<Cluster>,
}

/// Starts a throw-away cluster and only connects to it.
///
/// # Errors
/// What is missing, or what the server says.
pub fn plain_temporary() -> Result<Plain, Unable> {
    let cluster = Cluster::start()?;
    let client = connect(config_of(&cluster).application_name("bothways"))?;
    Ok(Plain { client, cluster: Some(cluster) })
}

/// Another connection to a throw-away cluster, in place of one that was lost.
///
/// # Errors
/// What the server says.
pub fn client_of(cluster: &Cluster) -> Result<Client, Unable> {
    connect(config_of(cluster).application_name("bothways"))
}

/// Only connects to a server that runs already, as [`running`] does.
///
/// # Errors
/// What is wrong with the address, or what the server says. Passwords are never repeated.
pub fn plain_running(address: &str) -> Result<Plain, Unable> {
    let client = connect(config_at(address)?.application_name("bothways"))?;
    Ok(Plain { client, cluster: None })
}

fn config_of(cluster: &Cluster) -> Config {
    let mut config = Config::new();
    config.host_path(cluster.socket_folder()).user(cluster.superuser()).dbname("postgres");
    config
}

fn config_at(address: &str) -> Result<Config, Unable> {
    let parsed: Result<Config, _> = address.parse();
    let mut config = parsed
        .map_err(|error| Unable::World(format!("this is not a PostgreSQL address: {error}")))?;
    complete(&mut config);
    Ok(config)
}

/// Connects, and keeps the plans that the server reports in its notices.
fn observed(mut config: Config, cluster: Option<Cluster>) -> Result<Server, Unable> {
    let reported = Arc::new(Mutex::new(Vec::new()));
    let reports = reported.clone();
    config.application_name("bothways").notice_callback(move |notice| {
        if notice.message().contains("plan:") {
            reports.lock().expect("nobody panics while holding it").push(notice.message().into());
        }
    });
    Server::over(connect(&config)?, reported, cluster)
}

fn connect(config: &Config) -> Result<Client, Unable> {
    config.connect(NoTls).map_err(|error| {
        let cause = std::error::Error::source(&error).map_or(String::new(), |c| format!(": {c}"));
        Unable::World(format!("cannot connect to PostgreSQL: {error}{cause}"))
    })
}

/// Fills in what the address leaves out, as libpq does.
fn complete(config: &mut Config) {
    if config.get_hosts().is_empty() {
        match var("PGHOST") {
            Ok(host) if host.starts_with('/') => config.host_path(host),
            Ok(host) => config.host(&host),
            Err(_) if PathBuf::from("/var/run/postgresql").is_dir() => {
                config.host_path("/var/run/postgresql")
            }
            Err(_) => config.host("localhost"),
        };
    }
    if config.get_ports().is_empty()
        && let Ok(Ok(port)) = var("PGPORT").map(|port| port.parse())
    {
        config.port(port);
    }
    if config.get_user().is_none() {
        let user = var("PGUSER").or_else(|_| var("USER")).unwrap_or_else(|_| "postgres".into());
        config.user(&user);
    }
    if config.get_dbname().is_none()
        && let Ok(database) = var("PGDATABASE")
    {
        config.dbname(&database);
    }
    if let Ok(Ok(seconds)) = var("PGCONNECT_TIMEOUT").map(|seconds| seconds.parse()) {
        config.connect_timeout(Duration::from_secs(seconds));
    }
    if config.get_password().is_none()
        && let Some(password) = var("PGPASSWORD").ok().or_else(|| password_from_file(config))
    {
        config.password(password);
    }
}

/// The password in `.pgpass` (or `PGPASSFILE`) for the server of `config`; the file is ignored if others may read it.
fn password_from_file(config: &Config) -> Option<String> {
    let path = match var("PGPASSFILE") {
        Ok(path) => PathBuf::from(path),
        Err(_) => PathBuf::from(var("HOME").ok()?).join(".pgpass"),
    };
    let mode = fs::metadata(&path).ok()?.permissions().mode();
    if mode & 0o077 != 0 {
        eprintln!(
            "WARNING: password file \"{}\" has group or world access; permissions should be u=rw (0600) or less",
            path.display()
        );
        return None;
    }
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        _ => "localhost".into(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432).to_string();
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let wanted = [host.as_str(), &port, database, user];
    fs::read_to_string(path).ok()?.lines().find_map(|line| password_of_line(line, wanted))
}

/// The password of a line `host:port:database:user:password` that fits; `*` fits all, a backslash protects.
fn password_of_line(line: &str, wanted: [&str; 4]) -> Option<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => fields.last_mut()?.extend(characters.next()),
            ':' if fields.len() < 5 => fields.push(String::new()),
            other => fields.last_mut()?.push(other),
        }
    }
    let password = (fields.len() == 5).then(|| fields.pop())??;
    let fits = fields.iter().zip(wanted).all(|(field, wanted)| field == "*" || field == wanted);
    fits.then_some(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_file_is_read_as_libpq_reads_it() {
        let wanted = ["localhost", "5432", "test", "me"];
        let password = |line| password_of_line(line, wanted);
        assert_eq!(password("localhost:5432:test:me:secret").as_deref(), Some("secret"));
        assert_eq!(password("*:*:*:me:a\\:b:c").as_deref(), Some("a:b:c"));
        assert_eq!(password("localhost:5433:test:me:secret"), None);
        assert_eq!(password("# a comment"), None);
    }
}
