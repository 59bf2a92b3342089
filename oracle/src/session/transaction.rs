//! Transactions: blocks, savepoints, and what an error does to a block. [rel.transaction]
//!
//! Databases are immutable versions, so a savepoint is a copy of the one that holds. Of the settings there are two
//! copies: what holds now, and what COMMIT leaves, which SET LOCAL does not change.

use spec::error::{Failure, SqlError, sqlstate};
use spec::settings::Settings;
use spec::sql::ast::{Ident, Isolation, Statement, TransactionKind, TransactionModes};
use spec::sql::parse;

use super::{Reply, Session};
use crate::database::Database;

/// What a savepoint goes back to.
#[derive(Clone, Debug)]
struct Snapshot {
    database: Database,
    settings: Settings,
    kept: Settings,
    modes: Modes,
    /// Cursors from this number on are younger.
    cursors: u64,
}

/// The modes that hold in a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Modes {
    isolation: Isolation,
    read_only: bool,
    deferrable: bool,
}

impl Modes {
    /// The modes of a transaction that says none.
    fn of(settings: &Settings) -> Modes {
        let shown = |name| settings.show(name).unwrap_or_default();
        let isolation = shown("default_transaction_isolation");
        let levels = [
            Isolation::ReadUncommitted,
            Isolation::ReadCommitted,
            Isolation::RepeatableRead,
            Isolation::Serializable,
        ];
        Modes {
            isolation: levels
                .into_iter()
                .find(|level| level.name() == isolation)
                .unwrap_or_default(),
            read_only: shown("default_transaction_read_only") == "on",
            deferrable: shown("default_transaction_deferrable") == "on",
        }
    }
}

/// A transaction block.
#[derive(Clone, Debug)]
pub(super) struct Block {
    start: Snapshot,
    /// The settings that COMMIT leaves.
    pub(super) kept: Settings,
    modes: Modes,
    savepoints: Vec<(String, Snapshot)>,
    /// Whether an error has ended it, up to ROLLBACK.
    failed: bool,
    /// Whether it has had a statement that sees rows: isolation is fixed then.
    queried: bool,
}

fn needs_block(what: &str) -> Failure {
    let message = format!("{what} can only be used in transaction blocks");
    SqlError::new(sqlstate::NO_ACTIVE_SQL_TRANSACTION, message).into()
}

fn too_late(message: &'static str) -> Failure {
    SqlError::new(sqlstate::ACTIVE_SQL_TRANSACTION, message).into()
}

pub(super) fn aborted() -> Failure {
    let message = "current transaction is aborted, commands ignored until end of transaction block";
    SqlError::new(sqlstate::IN_FAILED_SQL_TRANSACTION, message).into()
}

fn with_warning(tag: &str, warning: Option<&str>) -> Reply {
    let notices = warning.map(|warning| format!("WARNING:  {warning}")).into_iter().collect();
    Reply { notices, ..Reply::tag(tag) }
}

impl Session {
    /// Whether a transaction block is open.
    pub fn in_transaction(&self) -> bool {
        self.block.is_some()
    }

    /// Whether an error has ended the open block, so that only ROLLBACK and its kin are heard.
    pub(super) fn is_aborted(&self) -> bool {
        self.block.as_ref().is_some_and(|block| block.failed)
    }

    /// Reads a statement; an error in its text is an error in the session. [rel.transaction]
    ///
    /// # Errors
    /// Those of [`parse::statement`]; 25P02 in place of 0A000 in an aborted transaction.
    pub fn parse(&mut self, text: &str) -> Result<spec::sql::ast::Parsed, Failure> {
        let parsed = match parse::statement(text) {
            Err(Failure::Unsupported(_)) if self.is_aborted() => Err(aborted()),
            parsed => parsed,
        };
        self.settled(parsed)
    }

    /// The result of a statement, whose error aborts the open transaction.
    pub(super) fn settled<T>(&mut self, result: Result<T, Failure>) -> Result<T, Failure> {
        if result.is_err()
            && let Some(block) = &mut self.block
        {
            block.failed = true;
        }
        result
    }

    /// Refuses what an aborted or a read-only transaction does not hear.
    pub(super) fn admit(&mut self, statement: &Statement) -> Result<(), Failure> {
        use TransactionKind::{Commit, Rollback, RollbackTo};
        let ends = matches!(
            statement,
            Statement::Transaction(Commit { .. } | Rollback { .. } | RollbackTo(_))
        );
        if self.is_aborted() && !ends {
            return Err(aborted());
        }
        if let Some((tag, table)) = written(statement) {
            self.refuse_read_only(tag, table)?;
        }
        let quiet = matches!(
            statement,
            Statement::Transaction(_)
                | Statement::Set { .. }
                | Statement::Reset { .. }
                | Statement::Show { .. }
        );
        if !quiet && let Some(block) = &mut self.block {
            block.queried = true;
        }
        Ok(())
    }

    /// 25006 for a statement that writes in a READ ONLY transaction; rows of temporary tables may change.
    pub(super) fn refuse_read_only(&self, tag: &str, table: Option<&Ident>) -> Result<(), Failure> {
        let modes =
            self.block.as_ref().map_or_else(|| Modes::of(&self.settings), |block| block.modes);
        if !modes.read_only {
            return Ok(());
        }
        if let Some(name) = table
            && self.database.catalogue.table(&name.name).is_none_or(|table| table.temporary)
        {
            return Ok(());
        }
        let message = format!("cannot execute {tag} in a read-only transaction");
        Err(SqlError::new(sqlstate::READ_ONLY_SQL_TRANSACTION, message).into())
    }

    pub(super) fn transaction(&mut self, kind: &TransactionKind) -> Result<Reply, Failure> {
        match kind {
            TransactionKind::Begin { start, modes } => {
                let warning =
                    self.block.is_some().then_some("there is already a transaction in progress");
                if self.block.is_none() {
                    self.begin(Modes::of(&self.settings));
                }
                self.change_modes(modes)?;
                let tag = if *start { "START TRANSACTION" } else { "BEGIN" };
                Ok(with_warning(tag, warning))
            }
            TransactionKind::Commit { chain } => self.end("COMMIT", *chain),
            TransactionKind::Rollback { chain } => self.end("ROLLBACK", *chain),
            TransactionKind::Savepoint(name) => {
                let snapshot = self.snapshot();
                let Some(block) = &mut self.block else { return Err(needs_block("SAVEPOINT")) };
                block.savepoints.push((name.name.clone(), snapshot));
                Ok(Reply::tag("SAVEPOINT"))
            }
            TransactionKind::RollbackTo(name) => self.rollback_to(name),
            TransactionKind::Release(name) => {
                let at = self.savepoint(name, "RELEASE SAVEPOINT")?;
                if let Some(block) = &mut self.block {
                    block.modes.read_only = block.savepoints[at].1.modes.read_only;
                    block.savepoints.truncate(at);
                }
                Ok(Reply::tag("RELEASE"))
            }
            TransactionKind::Set(modes) => {
                if self.block.is_none() {
                    let warning = "SET TRANSACTION can only be used in transaction blocks";
                    return Ok(with_warning("SET", Some(warning)));
                }
                self.change_modes(modes)?;
                Ok(Reply::tag("SET"))
            }
        }
    }

    fn begin(&mut self, modes: Modes) {
        let start = Snapshot { modes, ..self.snapshot() };
        self.block = Some(Box::new(Block {
            kept: start.settings.clone(),
            start,
            modes,
            savepoints: vec![],
            failed: false,
            queried: false,
        }));
    }

    fn snapshot(&self) -> Snapshot {
        let block = self.block.as_ref();
        Snapshot {
            database: self.database.clone(),
            settings: self.settings.clone(),
            kept: block.map_or_else(|| self.settings.clone(), |block| block.kept.clone()),
            modes: block.map_or_else(Modes::default, |block| block.modes),
            cursors: self.cursors.made(),
        }
    }

    /// COMMIT or ROLLBACK; a transaction that an error has ended is rolled back either way.
    fn end(&mut self, word: &str, chain: bool) -> Result<Reply, Failure> {
        let Some(block) = &self.block else {
            if chain {
                return Err(needs_block(&format!("{word} AND CHAIN")));
            }
            return Ok(with_warning(word, Some("there is no transaction in progress")));
        };
        let commits = word == "COMMIT" && !block.failed;
        if commits && let Err(failure) = self.fill_held_cursors() {
            self.roll_back();
            return Err(failure);
        }
        let modes = self.block.as_ref().map_or_else(Modes::default, |block| block.modes);
        if !commits {
            self.roll_back();
        } else if let Some(block) = self.block.take() {
            self.settings = block.kept;
            self.cursors.keep_held();
        }
        if chain {
            self.begin(modes);
        }
        Ok(Reply::tag(if commits { "COMMIT" } else { "ROLLBACK" }))
    }

    fn roll_back(&mut self) {
        if let Some(block) = self.block.take() {
            self.database = block.start.database;
            self.settings = block.start.settings;
            self.cursors.forget_from(block.start.cursors);
        }
    }

    /// The number of the youngest savepoint of this name.
    fn savepoint(&self, name: &Ident, what: &str) -> Result<usize, Failure> {
        let Some(block) = &self.block else { return Err(needs_block(what)) };
        block.savepoints.iter().rposition(|(other, _)| *other == name.name).ok_or_else(|| {
            let message = format!("savepoint \"{}\" does not exist", name.name);
            SqlError::new(sqlstate::INVALID_SAVEPOINT_SPECIFICATION, message).into()
        })
    }

    fn rollback_to(&mut self, name: &Ident) -> Result<Reply, Failure> {
        let at = self.savepoint(name, "ROLLBACK TO SAVEPOINT")?;
        if let Some(block) = &mut self.block {
            block.savepoints.truncate(at + 1);
            let snapshot = block.savepoints[at].1.clone();
            (block.failed, block.kept, block.modes) = (false, snapshot.kept, snapshot.modes);
            self.database = snapshot.database;
            self.settings = snapshot.settings;
            self.cursors.forget_from(snapshot.cursors);
        }
        Ok(Reply::tag("ROLLBACK"))
    }

    /// Changes the modes of the open transaction as PostgreSQL allows it (`variable.c`).
    fn change_modes(&mut self, wanted: &TransactionModes) -> Result<(), Failure> {
        let Some(block) = &mut self.block else { return Ok(()) };
        let inner = !block.savepoints.is_empty();
        if let Some(level) = wanted.isolation.filter(|level| *level != block.modes.isolation) {
            if block.queried {
                return Err(too_late(
                    "SET TRANSACTION ISOLATION LEVEL must be called before any query",
                ));
            }
            if inner {
                let message =
                    "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction";
                return Err(too_late(message));
            }
            block.modes.isolation = level;
        }
        if let Some(read_only) = wanted.read_only.filter(|it| *it != block.modes.read_only) {
            if !read_only && inner {
                let message =
                    "cannot set transaction read-write mode inside a read-only transaction";
                return Err(too_late(message));
            }
            if !read_only && block.queried {
                return Err(too_late("transaction read-write mode must be set before any query"));
            }
            block.modes.read_only = read_only;
        }
        if let Some(deferrable) = wanted.deferrable {
            if inner {
                let message =
                    "SET TRANSACTION [NOT] DEFERRABLE cannot be called within a subtransaction";
                return Err(too_late(message));
            }
            if block.queried {
                let message = "SET TRANSACTION [NOT] DEFERRABLE must be called before any query";
                return Err(too_late(message));
            }
            block.modes.deferrable = deferrable;
        }
        Ok(())
    }

    /// The value of a setting that shows a mode of the transaction.
    pub(super) fn shown_mode(&self, name: &str) -> Option<&'static str> {
        let modes =
            self.block.as_ref().map_or_else(|| Modes::of(&self.settings), |block| block.modes);
        let truth = |truth| if truth { "on" } else { "off" };
        match name {
            "transaction_isolation" => Some(modes.isolation.name()),
            "transaction_read_only" => Some(truth(modes.read_only)),
            "transaction_deferrable" => Some(truth(modes.deferrable)),
            _ => None,
        }
    }
}

/// What a statement writes: PostgreSQL's name for it, and the table if only rows change.
fn written(statement: &Statement) -> Option<(&'static str, Option<&Ident>)> {
    use spec::sql::ast::{DropKind, RoutineKind};
    let (tag, table) = match statement {
        Statement::Insert { table, .. } => ("INSERT", Some(table)),
        Statement::Update(update) => ("UPDATE", Some(&update.table)),
        Statement::Delete(delete) => ("DELETE", Some(&delete.table)),
        Statement::CopyFrom { table, .. } => ("COPY FROM", Some(table)),
        Statement::CreateTable { .. } => ("CREATE TABLE", None),
        Statement::CreateTableAs { .. } => ("CREATE TABLE AS", None),
        Statement::CreateIndex { .. } => ("CREATE INDEX", None),
        Statement::CreateView(_) => ("CREATE VIEW", None),
        Statement::AlterTable(_) => ("ALTER TABLE", None),
        Statement::Truncate { .. } => ("TRUNCATE TABLE", None),
        Statement::Drop { kind: DropKind::Table, .. } => ("DROP TABLE", None),
        Statement::Drop { kind: DropKind::Index, .. } => ("DROP INDEX", None),
        Statement::Drop { kind: DropKind::View, .. } => ("DROP VIEW", None),
        Statement::CreateFunction(_) => ("CREATE FUNCTION", None),
        Statement::CreateAggregate(_) => ("CREATE AGGREGATE", None),
        Statement::DropRoutine { kind: RoutineKind::Function, .. } => ("DROP FUNCTION", None),
        Statement::DropRoutine { kind: RoutineKind::Aggregate, .. } => ("DROP AGGREGATE", None),
        _ => return None,
    };
    Some((tag, table))
}
