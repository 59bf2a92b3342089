//! Statements about the session: transactions, prepared statements, cursors.

use super::super::ast::*;
use super::super::lex::Kind;
use super::{Parser, Result};
use crate::error::{SqlError, sqlstate};

/// The greatest number of a parameter (PostgreSQL's protocol counts them in 16 bits).
const MOST_PARAMETERS: usize = 65_535;

impl Parser<'_> {
    // Transactions

    pub(super) fn transaction(&mut self) -> Result<Statement> {
        let word = self.word().unwrap_or_default();
        let (start, begins) = (word == "start", word == "begin");
        let (commits, rolls_back) = (word == "commit" || word == "end", word == "rollback");
        self.advance();
        if start {
            self.expect("transaction")?;
        } else {
            let _ = self.accept("work") || self.accept("transaction");
        }
        if start || begins {
            let modes = self.transaction_modes()?;
            return Ok(Statement::Transaction(TransactionKind::Begin { start, modes }));
        }
        if self.is("prepared") {
            return Err(self.unsupported("prepared transactions"));
        }
        if rolls_back && self.accept("to") {
            self.accept("savepoint");
            return Ok(Statement::Transaction(TransactionKind::RollbackTo(self.column_name()?)));
        }
        let mut chain = false;
        if self.accept("and") {
            chain = !self.accept("no");
            self.expect("chain")?;
        }
        let kind = match commits {
            true => TransactionKind::Commit { chain },
            false => TransactionKind::Rollback { chain },
        };
        Ok(Statement::Transaction(kind))
    }

    /// `mode[,] mode …`, or nothing.
    pub(super) fn transaction_modes(&mut self) -> Result<TransactionModes> {
        let mut modes = TransactionModes::default();
        loop {
            if self.accept_all(&["isolation", "level"]) {
                modes.isolation = Some(self.isolation()?);
            } else if self.accept_all(&["read", "only"]) {
                modes.read_only = Some(true);
            } else if self.accept_all(&["read", "write"]) {
                modes.read_only = Some(false);
            } else if self.accept("deferrable") {
                modes.deferrable = Some(true);
            } else if self.accept_all(&["not", "deferrable"]) {
                modes.deferrable = Some(false);
            } else if modes == TransactionModes::default() {
                return Ok(modes);
            } else {
                return Err(self.unexpected());
            }
            let more = self.accept_mark(',');
            if !more && !self.is_one_of(&["isolation", "read", "deferrable", "not"]) {
                return Ok(modes);
            }
        }
    }

    fn isolation(&mut self) -> Result<Isolation> {
        let levels = [
            (["read", "uncommitted"].as_slice(), Isolation::ReadUncommitted),
            (&["read", "committed"], Isolation::ReadCommitted),
            (&["repeatable", "read"], Isolation::RepeatableRead),
            (&["serializable"], Isolation::Serializable),
        ];
        let found = levels.into_iter().find(|(words, _)| self.accept_all(words));
        found.map(|(_, level)| level).ok_or_else(|| self.unexpected())
    }

    pub(super) fn savepoint(&mut self) -> Result<Statement> {
        let release = self.is("release");
        self.advance();
        if release {
            self.accept("savepoint");
        }
        let name = self.column_name()?;
        let kind = match release {
            true => TransactionKind::Release(name),
            false => TransactionKind::Savepoint(name),
        };
        Ok(Statement::Transaction(kind))
    }

    // Prepared statements

    pub(super) fn prepare(&mut self) -> Result<Statement> {
        self.expect("prepare")?;
        if self.is("transaction") && !self.is_mark_after(1, '(') && self.word_after(1) != Some("as")
        {
            return Err(self.unsupported("prepared transactions"));
        }
        let name = self.column_name()?;
        let mut types = Vec::new();
        if self.accept_mark('(') {
            types = self.list(Parser::type_name)?;
            self.expect_mark(')')?;
        }
        self.expect("as")?;
        let declared = types.iter().map(|ty| ParameterMeaning::Typed(ty.ty));
        let known = self.parameters.len();
        self.parameters.extend(declared.skip(known));
        self.preparing = true;
        let statement = Box::new(match self.word() {
            Some("select" | "values" | "table" | "with" | "insert" | "update" | "delete") => {
                self.statement()?
            }
            None if self.is_mark('(') => self.statement()?,
            Some("merge") => return Err(self.unsupported("MERGE statements")),
            _ => return Err(self.unexpected()),
        });
        Ok(Statement::Prepared(PreparedStatement::Prepare { name, types, statement }))
    }

    /// `$n`.
    pub(super) fn parameter(&mut self) -> Result<Expr> {
        let position = self.position();
        let text = self.token_text();
        self.advance();
        let number = text.trim_start_matches('$').parse().unwrap_or(usize::MAX);
        let allowed = (1..=MOST_PARAMETERS).contains(&number);
        let meaning = match self.parameters.get(number.wrapping_sub(1)) {
            Some(meaning) => meaning.clone(),
            None if self.preparing && allowed => ParameterMeaning::Undecided,
            None => ParameterMeaning::Nothing,
        };
        Ok(Expr { kind: ExprKind::Parameter(number, meaning), position })
    }

    pub(super) fn execute(&mut self) -> Result<Statement> {
        self.expect("execute")?;
        let name = self.column_name()?;
        let mut args = Vec::new();
        if self.accept_mark('(') {
            args = self.list(Parser::expr)?;
            self.expect_mark(')')?;
        }
        Ok(Statement::Prepared(PreparedStatement::Execute { name, args }))
    }

    pub(super) fn deallocate(&mut self) -> Result<Statement> {
        self.expect("deallocate")?;
        // PREPARE is a name too.
        if self.is("prepare") && matches!(self.kind_after(1), Kind::Word(_) | Kind::Quoted(_)) {
            self.advance();
        }
        let name = if self.accept("all") { None } else { Some(self.column_name()?) };
        Ok(Statement::Prepared(PreparedStatement::Deallocate { name }))
    }

    // Cursors

    pub(super) fn declare(&mut self) -> Result<Statement> {
        self.expect("declare")?;
        let name = self.column_name()?;
        let (mut scroll, mut no_scroll) = (false, false);
        let (mut insensitive, mut asensitive) = (false, false);
        loop {
            if self.is("binary") {
                return Err(self.unsupported("BINARY cursors"));
            } else if self.accept("scroll") {
                scroll = true;
            } else if self.accept_all(&["no", "scroll"]) {
                no_scroll = true;
            } else if self.accept("insensitive") {
                insensitive = true;
            } else if self.accept("asensitive") {
                asensitive = true;
            } else {
                break;
            }
        }
        self.expect("cursor")?;
        let hold = self.accept_all(&["with", "hold"]);
        if !hold {
            self.accept_all(&["without", "hold"]);
        }
        self.expect("for")?;
        let query = Box::new(self.query()?);
        let both = [
            (scroll && no_scroll, "cannot specify both SCROLL and NO SCROLL"),
            (insensitive && asensitive, "cannot specify both ASENSITIVE and INSENSITIVE"),
        ];
        if let Some((_, message)) = both.into_iter().find(|(both, _)| *both) {
            let error = SqlError::new(sqlstate::INVALID_CURSOR_DEFINITION, message);
            self.late.get_or_insert_with(|| error.into());
        }
        let scroll = (scroll || no_scroll).then_some(scroll);
        Ok(Statement::Cursor(CursorStatement::Declare { name, scroll, hold, query }))
    }

    pub(super) fn fetch(&mut self) -> Result<Statement> {
        let moves = self.is("move");
        self.advance();
        let direction = self.fetch_direction()?;
        let _ = self.accept("from") || self.accept("in");
        let name = self.column_name()?;
        Ok(Statement::Cursor(CursorStatement::Fetch { name, direction, moves }))
    }

    /// The direction of FETCH; none is the next row.
    fn fetch_direction(&mut self) -> Result<FetchDirection> {
        use FetchDirection::{Absolute, Backward, Forward, Relative};
        if let Some(count) = self.signed()? {
            return Ok(Forward(Some(count)));
        }
        // A direction is a name too: of a cursor, if nothing follows.
        if matches!(self.kind_after(1), Kind::End | Kind::Mark(';')) {
            return Ok(Forward(Some(1)));
        }
        let word = self.word().unwrap_or_default().to_owned();
        let direction = match word.as_str() {
            "next" => Forward(Some(1)),
            "prior" => Backward(Some(1)),
            "first" => Absolute(1),
            "last" => Absolute(-1),
            "all" => Forward(None),
            "absolute" | "relative" | "forward" | "backward" => {
                self.advance();
                let count = self.signed()?;
                return match (word.as_str(), count) {
                    ("absolute", Some(count)) => Ok(Absolute(count)),
                    ("relative", Some(count)) => Ok(Relative(count)),
                    ("absolute" | "relative", None) => Err(self.unexpected()),
                    ("forward", _) => Ok(Forward(self.count_or_all(count))),
                    _ => Ok(Backward(self.count_or_all(count))),
                };
            }
            _ => return Ok(Forward(Some(1))),
        };
        self.advance();
        Ok(direction)
    }

    /// A count that was read, or ALL, or one.
    fn count_or_all(&mut self, count: Option<i32>) -> Option<i32> {
        match count {
            Some(count) => Some(count),
            None if self.accept("all") => None,
            None => Some(1),
        }
    }

    /// An integer with its sign, if there is one.
    fn signed(&mut self) -> Result<Option<i32>> {
        let minus = self.is_operator("-");
        let sign = minus || self.is_operator("+");
        if sign {
            self.advance();
        }
        let number = match self.kind() {
            Kind::Number(number) => number.parse::<i32>().ok(),
            _ if sign => None,
            _ => return Ok(None),
        };
        let Some(number) = number else { return Err(self.unexpected()) };
        self.advance();
        Ok(Some(if minus { -number } else { number }))
    }

    pub(super) fn close(&mut self) -> Result<Statement> {
        self.expect("close")?;
        let name = if self.accept("all") { None } else { Some(self.column_name()?) };
        Ok(Statement::Cursor(CursorStatement::Close { name }))
    }
}
