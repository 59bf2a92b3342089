//! Cursors: DECLARE, FETCH, MOVE, CLOSE. [rel.cursor]
//!
//! The query of a cursor sees the database and the settings of its DECLARE, and is never planned in parallel
//! [safety.statement]. Its rows are computed as a whole at the first FETCH [departure.cursor].

use std::collections::BTreeMap;

use spec::error::{Failure, SqlError, sqlstate};
use spec::outcome::Rows;
use spec::plan::{Node, Plan};
use spec::query::Query;
use spec::settings::Settings;
use spec::sql::ast::{self, CursorStatement, FetchDirection, Ident};
use spec::sql::{bind, print};

use super::{Reply, Session};
use crate::database::Database;
use crate::engine::Question;
use crate::engine::parallel::{Planned, plan};

/// The cursors of a session.
#[derive(Clone, Debug, Default)]
pub(super) struct Cursors {
    open: BTreeMap<String, Cursor>,
    /// How many there have been.
    made: u64,
}

/// A cursor.
#[derive(Clone, Debug)]
struct Cursor {
    /// How many had been made before it.
    number: u64,
    question: Box<Pending>,
    /// WITH HOLD.
    held: bool,
    /// Whether it may go backward.
    scrolls: bool,
    state: State,
    /// The row it is on, from 1; 0 is before the first, one more than there are is after the last.
    at: usize,
}

/// What a cursor asks, of the database as it was.
#[derive(Clone, Debug)]
struct Pending {
    sql: String,
    query: Query,
    database: Database,
    settings: Settings,
}

#[derive(Clone, Debug)]
enum State {
    New,
    Filled(Rows),
    /// Its query gave an error.
    Failed,
}

impl Cursors {
    /// How many there have been: the number of the next one.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    /// Forgets the cursors with this number and later ones.
    pub(super) fn forget_from(&mut self, number: u64) {
        self.open.retain(|_, cursor| cursor.number < number);
    }

    /// Forgets what does not outlive its transaction.
    pub(super) fn keep_held(&mut self) {
        self.open.retain(|_, cursor| cursor.held);
    }
}

impl Session {
    pub(super) fn cursor_statement(
        &mut self,
        statement: &CursorStatement,
    ) -> Result<Reply, Failure> {
        match statement {
            CursorStatement::Declare { name, scroll, hold, query } => {
                self.declare(name, *scroll, *hold, query)
            }
            CursorStatement::Fetch { name, direction, moves } => {
                self.fetch(name, *direction, *moves)
            }
            CursorStatement::Close { name: Some(name) } => {
                match self.cursors.open.remove(&name.name) {
                    Some(_) => Ok(Reply::tag("CLOSE CURSOR")),
                    None => Err(no_such(name)),
                }
            }
            CursorStatement::Close { name: None } => {
                self.cursors.open.clear();
                Ok(Reply::tag("CLOSE CURSOR ALL"))
            }
        }
    }

    fn declare(
        &mut self,
        name: &Ident,
        scroll: Option<bool>,
        held: bool,
        query: &ast::Query,
    ) -> Result<Reply, Failure> {
        let pending = Pending {
            sql: print::query(query),
            query: bind::query(query, &self.database.catalogue)?,
            database: self.database.clone(),
            settings: serial(&self.settings),
        };
        if !held && !self.in_transaction() {
            let message = "DECLARE CURSOR can only be used in transaction blocks";
            return Err(SqlError::new(sqlstate::NO_ACTIVE_SQL_TRANSACTION, message).into());
        }
        if self.cursors.open.contains_key(&name.name) {
            let message = format!("cursor \"{}\" already exists", name.name);
            return Err(SqlError::new(sqlstate::DUPLICATE_CURSOR, message).into());
        }
        let backward = pending.scans_backward()?;
        let mut cursor = Cursor {
            number: self.cursors.made,
            scrolls: scroll.unwrap_or(backward),
            question: Box::new(pending),
            held,
            state: State::New,
            at: 0,
        };
        if !self.in_transaction() {
            self.fill(&mut cursor)?;
        }
        self.cursors.made += 1;
        self.cursors.open.insert(name.name.clone(), cursor);
        Ok(Reply::tag("DECLARE CURSOR"))
    }

    /// Computes the rows of a cursor, unless that is done.
    fn fill(&self, cursor: &mut Cursor) -> Result<(), Failure> {
        if !matches!(cursor.state, State::New) {
            return Ok(());
        }
        let Pending { sql, query, database, settings } = &*cursor.question;
        match self.answer_over(&Question { sql, query, database, settings }) {
            Ok((rows, ..)) => {
                cursor.state = State::Filled(rows);
                Ok(())
            }
            Err(failure) => {
                cursor.state = State::Failed;
                Err(failure)
            }
        }
    }

    /// Computes the rows of the cursors that outlive the transaction.
    pub(super) fn fill_held_cursors(&mut self) -> Result<(), Failure> {
        let mut cursors = std::mem::take(&mut self.cursors);
        let mut held = cursors.open.values_mut().filter(|cursor| cursor.held);
        let filled = held.try_for_each(|cursor| self.fill(cursor));
        self.cursors = cursors;
        filled
    }

    fn fetch(
        &mut self,
        name: &Ident,
        direction: FetchDirection,
        moves: bool,
    ) -> Result<Reply, Failure> {
        let Some(mut cursor) = self.cursors.open.remove(&name.name) else {
            return Err(no_such(name));
        };
        let filled = self.fill_again(name, &mut cursor);
        let reply = filled.and_then(|()| cursor.fetch(direction, moves));
        self.cursors.open.insert(name.name.clone(), cursor);
        reply
    }

    fn fill_again(&self, name: &Ident, cursor: &mut Cursor) -> Result<(), Failure> {
        if matches!(cursor.state, State::Failed) {
            let message = format!("portal \"{}\" cannot be run", name.name);
            let state = sqlstate::OBJECT_NOT_IN_PREREQUISITE_STATE;
            return Err(SqlError::new(state, message).into());
        }
        self.fill(cursor)
    }
}

fn no_such(name: &Ident) -> Failure {
    let message = format!("cursor \"{}\" does not exist", name.name);
    SqlError::new(sqlstate::INVALID_CURSOR_NAME, message).into()
}

/// The settings without workers: statements other than SELECT are not planned in parallel. [safety.statement]
pub(super) fn serial(settings: &Settings) -> Settings {
    Settings { max_parallel_workers_per_gather: 0, ..settings.clone() }
}

impl Pending {
    /// Whether the plan can be run backward, which decides for a cursor without SCROLL and NO SCROLL.
    ///
    /// # Errors
    /// Those of planning.
    fn scans_backward(&self) -> Result<bool, Failure> {
        let Pending { sql, query, database, settings } = self;
        match plan(&Question { sql, query, database, settings }) {
            Ok(Planned::Plan(plan)) => Ok(scans_backward(plan.plan())),
            Ok(Planned::Error(error)) => Err(error.into()),
            // Another engine may know it.
            Err(_) => Ok(false),
        }
    }
}

/// `ExecSupportsBackwardScan`.
fn scans_backward(plan: &Plan) -> bool {
    match &plan.node {
        Node::ValuesScan { .. }
        | Node::FunctionScan { .. }
        | Node::SeqScan { .. }
        | Node::Material { .. }
        | Node::Sort { .. } => true,
        Node::Filter { input, .. }
        | Node::Project { input, .. }
        | Node::SubqueryScan { input, .. }
        | Node::Limit { input, .. } => scans_backward(input),
        Node::Append { inputs, .. } => inputs.iter().all(scans_backward),
        _ => false,
    }
}

impl Cursor {
    /// Goes where the direction says (`DoPortalRunFetch`); the rows on the way, or their number for MOVE.
    fn fetch(&mut self, direction: FetchDirection, moves: bool) -> Result<Reply, Failure> {
        let State::Filled(rows) = &self.state else { unreachable!("filled before") };
        let (count, end) = (rows.rows.len(), rows.rows.len() + 1);
        let step = step(direction, self.at, end, moves);
        if step.backward && !self.scrolls {
            let state = sqlstate::OBJECT_NOT_IN_PREREQUISITE_STATE;
            let error = SqlError::new(state, "cursor can only scan forward");
            let hint = "Declare it with SCROLL option to enable backward scan.";
            return Err(error.hint(hint).into());
        }
        self.at = step.to;
        let numbers = step.shown.iter().filter(|number| (1..=count).contains(*number));
        let shown: Vec<_> = numbers.map(|number| rows.rows[number - 1].clone()).collect();
        if moves {
            return Ok(Reply::tag(format!("MOVE {}", shown.len())));
        }
        let tag = format!("FETCH {}", shown.len());
        let rows = Rows { columns: rows.columns.clone(), rows: shown };
        Ok(Reply { rows: Some(rows), ..Reply::tag(tag) })
    }
}

/// Where a FETCH goes.
struct Step {
    /// The numbers of the rows that it shows, in order.
    shown: Vec<usize>,
    /// Where the cursor is afterwards.
    to: usize,
    /// Whether it goes back on the way.
    backward: bool,
}

fn step(direction: FetchDirection, at: usize, end: usize, moves: bool) -> Step {
    match direction {
        FetchDirection::Forward(Some(0)) | FetchDirection::Relative(0) => {
            let on_row = 0 < at && at < end;
            Step { shown: vec![at], to: at, backward: on_row && !moves }
        }
        FetchDirection::Forward(Some(n)) if n < 0 => {
            step(FetchDirection::Backward(Some(n.saturating_neg())), at, end, moves)
        }
        FetchDirection::Backward(Some(n)) if n <= 0 => {
            step(FetchDirection::Forward(Some(n.saturating_neg())), at, end, moves)
        }
        FetchDirection::Forward(n) => {
            let to = n.map_or(end, |n| (at + n as usize).min(end));
            Step { shown: (at + 1..=to).collect(), to, backward: false }
        }
        FetchDirection::Backward(n) => {
            let to = n.map_or(0, |n| at.saturating_sub(n as usize));
            // MOVE BACKWARD ALL goes back to the start, which is nothing where nothing was read.
            let backward = at > 0 || n.is_some() || !moves;
            Step { shown: (to..at).rev().collect(), to, backward }
        }
        FetchDirection::Absolute(n) => {
            let to = match n {
                1.. => (n as usize).min(end),
                0 => 0,
                _ => end.saturating_sub(n.unsigned_abs() as usize),
            };
            let backward = n < 0 || (at > 0 && n as usize <= at);
            Step { shown: vec![to], to, backward }
        }
        FetchDirection::Relative(n) => {
            let n_rows = n.unsigned_abs() as usize;
            let to = if n > 0 { (at + n_rows).min(end) } else { at.saturating_sub(n_rows) };
            Step { shown: vec![to], to, backward: n < 0 }
        }
    }
}
