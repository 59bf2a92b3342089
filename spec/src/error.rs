//! Errors, typed by blame.
//!
//! ```text
//! SqlError      the query's data is at fault: a value, part of an outcome, compared by SQLSTATE
//! Unsupported   the query is outside our subset: becomes a verdict `Unable`, shown as 0A000
//! Failure       either of the two: what parsing, binding and planning answer
//! ```
//!
//! A `Refusal` (the planner's fault) lives in [`crate::plan::check`]; a panic is ours.

use std::borrow::Cow;
use std::fmt;

/// The five-character class-and-code of an SQL error (ISO 9075-2, chapter 24; PostgreSQL's `errcodes.txt`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SqlState([u8; 5]);

impl SqlState {
    /// The state of these five ASCII characters.
    pub const fn new(code: &[u8; 5]) -> SqlState {
        SqlState(*code)
    }

    /// Reads a state from text; `None` unless it is five ASCII digits or capital letters.
    pub fn parse(text: &str) -> Option<SqlState> {
        let code: [u8; 5] = text.as_bytes().try_into().ok()?;
        let valid = code.iter().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
        valid.then_some(SqlState(code))
    }

    /// The five characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a SQLSTATE is ASCII")
    }
}

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The SQLSTATEs in use, by PostgreSQL's names.
pub mod sqlstate {
    use super::SqlState;

    macro_rules! states {
        ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
            $($(#[$doc])* pub const $name: SqlState = SqlState::new($code);)*
        };
    }

    states! {
        /// The statement is outside the subset, or PostgreSQL itself does not support it.
        FEATURE_NOT_SUPPORTED = b"0A000";
        /// A scalar sub-query returned more than one row.
        CARDINALITY_VIOLATION = b"21000";
        /// A value is not of the kind that a function takes.
        DATA_EXCEPTION = b"22000";
        /// A string is too long for `varchar(n)` or `char(n)`.
        STRING_DATA_RIGHT_TRUNCATION = b"22001";
        /// NULL where a value must stand.
        NULL_VALUE_NOT_ALLOWED = b"22004";
        /// A number is outside the range of its type.
        NUMERIC_VALUE_OUT_OF_RANGE = b"22003";
        /// Text does not have the form of a date, timestamp or interval.
        INVALID_DATETIME_FORMAT = b"22007";
        /// A date, timestamp or interval is out of range.
        DATETIME_FIELD_OVERFLOW = b"22008";
        /// A time zone is out of range.
        INVALID_TIME_ZONE_DISPLACEMENT = b"22009";
        /// `substring` with a negative length.
        SUBSTRING_ERROR = b"22011";
        /// Division by zero.
        DIVISION_BY_ZERO = b"22012";
        /// An interval field overflows.
        INTERVAL_FIELD_OVERFLOW = b"22015";
        /// A count of elements does not fit an array.
        ARRAY_ELEMENT_ERROR = b"2202E";
        /// An array has not the dimensions that its place wants, or a subscript is out of range.
        ARRAY_SUBSCRIPT_ERROR = b"2202E";
        /// Logarithm of zero or of a negative number.
        INVALID_ARGUMENT_FOR_LOGARITHM = b"2201E";
        /// Square root of a negative number, zero to a negative power.
        INVALID_ARGUMENT_FOR_POWER_FUNCTION = b"2201F";
        /// LIMIT is negative.
        INVALID_ROW_COUNT_IN_LIMIT_CLAUSE = b"2201W";
        /// OFFSET is negative.
        INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE = b"2201X";
        /// A parameter value is not valid (a setting, a unit, a step of zero).
        INVALID_PARAMETER_VALUE = b"22023";
        /// A LIKE pattern ends in its escape character.
        INVALID_ESCAPE_SEQUENCE = b"22025";
        /// Text does not have the form of its type.
        INVALID_TEXT_REPRESENTATION = b"22P02";
        /// A row of a COPY file does not have the form of its table.
        BAD_COPY_FILE_FORMAT = b"22P04";
        /// Bytes are not valid in the encoding.
        CHARACTER_NOT_IN_REPERTOIRE = b"22021";
        /// NULL in a NOT NULL column.
        NOT_NULL_VIOLATION = b"23502";
        /// A key appears twice in a unique index.
        UNIQUE_VIOLATION = b"23505";
        /// No transaction block is open where one is needed.
        NO_ACTIVE_SQL_TRANSACTION = b"25P01";
        /// A transaction block is open where it may not be, or has had a query already.
        ACTIVE_SQL_TRANSACTION = b"25001";
        /// An earlier error has aborted the transaction.
        IN_FAILED_SQL_TRANSACTION = b"25P02";
        /// The transaction may not write.
        READ_ONLY_SQL_TRANSACTION = b"25006";
        /// No such savepoint.
        INVALID_SAVEPOINT_SPECIFICATION = b"3B001";
        /// No such prepared statement.
        INVALID_SQL_STATEMENT_NAME = b"26000";
        /// No such cursor.
        INVALID_CURSOR_NAME = b"34000";
        /// A cursor may not be declared like that.
        INVALID_CURSOR_DEFINITION = b"42P11";
        /// A cursor name is in use.
        DUPLICATE_CURSOR = b"42P03";
        /// The name of a prepared statement is in use.
        DUPLICATE_PREPARED_STATEMENT = b"42P05";
        /// A parameter would have to be of two types.
        AMBIGUOUS_PARAMETER = b"42P08";
        /// A definition leads back to itself.
        INVALID_OBJECT_DEFINITION = b"42P17";
        /// The statement is not SQL.
        SYNTAX_ERROR = b"42601";
        /// A column must appear in GROUP BY or be used in an aggregate.
        GROUPING_ERROR = b"42803";
        /// Types do not match.
        DATATYPE_MISMATCH = b"42804";
        /// There is no such cast.
        CANNOT_COERCE = b"42846";
        /// The type of a value cannot be determined.
        INDETERMINATE_DATATYPE = b"42P18";
        /// No such column.
        UNDEFINED_COLUMN = b"42703";
        /// No such type or other object.
        UNDEFINED_OBJECT = b"42704";
        /// No such function or operator.
        UNDEFINED_FUNCTION = b"42883";
        /// No such table.
        UNDEFINED_TABLE = b"42P01";
        /// A function or aggregate may not be defined like that.
        INVALID_FUNCTION_DEFINITION = b"42P13";
        /// A function with the same arguments is there already.
        DUPLICATE_FUNCTION = b"42723";
        /// Something else needs what is to be dropped.
        DEPENDENT_OBJECTS_STILL_EXIST = b"2BP01";
        /// A parameter `$n` has no value.
        UNDEFINED_PARAMETER = b"42P02";
        /// A column name is given twice.
        DUPLICATE_COLUMN = b"42701";
        /// A table name is in use.
        DUPLICATE_TABLE = b"42P07";
        /// A table alias is given twice.
        DUPLICATE_ALIAS = b"42712";
        /// A column name could mean two columns.
        AMBIGUOUS_COLUMN = b"42702";
        /// A call could mean two functions.
        AMBIGUOUS_FUNCTION = b"42725";
        /// A column reference is not allowed there.
        INVALID_COLUMN_REFERENCE = b"42P10";
        /// An object is of the wrong kind (an aggregate where a function is needed).
        WRONG_OBJECT_TYPE = b"42809";
        /// The definition of a table is not valid.
        INVALID_TABLE_DEFINITION = b"42P16";
        /// A name is too long, or an expression too deep.
        STATEMENT_TOO_COMPLEX = b"54001";
        /// A program limit is exceeded.
        PROGRAM_LIMIT_EXCEEDED = b"54000";
        /// No such setting, or no such value.
        UNDEFINED_SETTING = b"42704";
        /// A setting cannot be changed now.
        CANT_CHANGE_RUNTIME_PARAM = b"55P02";
        /// The disk is full.
        DISK_FULL = b"53100";
        /// A file cannot be found.
        UNDEFINED_FILE = b"58P01";
        /// Reading or writing failed.
        IO_ERROR = b"58030";
        /// The statement was cancelled.
        QUERY_CANCELED = b"57014";
        /// Ours: a bug.
        INTERNAL_ERROR = b"XX000";
        /// A worker could not start.
        OBJECT_NOT_IN_PREREQUISITE_STATE = b"55000";
    }
}

/// An error that the query's data or text deserves: a value, part of an outcome, compared by SQLSTATE. [error.sqlstate]
#[derive(Clone, PartialEq, Eq)]
pub struct SqlError(Box<Report>);

/// What an [`SqlError`] says. The position is a 1-based character offset into the statement, as PostgreSQL counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// Class and code.
    pub sqlstate: SqlState,
    /// The primary message, in PostgreSQL's words.
    pub message: Cow<'static, str>,
    /// Second line, if any.
    pub detail: Option<String>,
    /// What to try, if we know.
    pub hint: Option<String>,
    /// Where in the statement: 1-based, in characters.
    pub position: Option<usize>,
}

impl SqlError {
    /// An error with this state and message.
    pub fn new(sqlstate: SqlState, message: impl Into<Cow<'static, str>>) -> SqlError {
        SqlError(Box::new(Report {
            sqlstate,
            message: message.into(),
            detail: None,
            hint: None,
            position: None,
        }))
    }

    /// The same error, at a place in the statement (1-based characters). An earlier place wins.
    pub fn at(mut self, position: usize) -> SqlError {
        self.0.position.get_or_insert(position);
        self
    }

    /// The same error without a place, for a statement that was not just written.
    pub fn nowhere(mut self) -> SqlError {
        self.0.position = None;
        self
    }

    /// The same error with a detail line.
    pub fn detail(mut self, detail: impl Into<String>) -> SqlError {
        self.0.detail = Some(detail.into());
        self
    }

    /// The same error with a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> SqlError {
        self.0.hint = Some(hint.into());
        self
    }

    /// `22003 <type> out of range`.
    pub fn out_of_range(type_name: &str) -> SqlError {
        SqlError::new(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE, format!("{type_name} out of range"))
    }

    /// `22012 division by zero`.
    pub fn division_by_zero() -> SqlError {
        SqlError::new(sqlstate::DIVISION_BY_ZERO, "division by zero")
    }
}

impl std::ops::Deref for SqlError {
    type Target = Report;
    fn deref(&self) -> &Report {
        &self.0
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.sqlstate, self.message)
    }
}

impl std::error::Error for SqlError {}

/// A statement, expression or plan outside our subset. [error.unsupported] [departure.subset]
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsupported {
    /// What is not supported, as a noun phrase: "window functions".
    pub feature: Cow<'static, str>,
    /// Where in the statement: 1-based, in characters.
    pub position: Option<usize>,
}

impl Unsupported {
    /// This feature, at no particular place.
    pub fn new(feature: impl Into<Cow<'static, str>>) -> Unsupported {
        Unsupported { feature: feature.into(), position: None }
    }

    /// The same, at a place in the statement (1-based characters). An earlier place wins.
    pub fn at(mut self, position: usize) -> Unsupported {
        self.position.get_or_insert(position);
        self
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not supported yet: {}", self.feature)
    }
}

/// What parsing, binding and planning answer when they do not succeed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The statement is wrong, and PostgreSQL would say so too.
    Sql(SqlError),
    /// The statement may be right, but we do not know it.
    Unsupported(Unsupported),
}

impl Failure {
    /// The same failure, at a place in the statement (1-based characters). An earlier place wins.
    pub fn at(self, position: usize) -> Failure {
        match self {
            Failure::Sql(error) => Failure::Sql(error.at(position)),
            Failure::Unsupported(what) => Failure::Unsupported(what.at(position)),
        }
    }

    /// The failure as an SQL error to show; outside the subset this is 0A000.
    pub fn to_sql_error(&self) -> SqlError {
        match self {
            Failure::Sql(error) => error.clone(),
            Failure::Unsupported(what) => {
                let error = SqlError::new(sqlstate::FEATURE_NOT_SUPPORTED, what.to_string());
                match what.position {
                    Some(position) => error.at(position),
                    None => error,
                }
            }
        }
    }
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Failure {
        Failure::Sql(error)
    }
}

impl From<Unsupported> for Failure {
    fn from(what: Unsupported) -> Failure {
        Failure::Unsupported(what)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Sql(error) => error.fmt(f),
            Failure::Unsupported(what) => what.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}
