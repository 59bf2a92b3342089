//! The syntax tree of the subset: what was written, before names and types are known.
//!
//! Positions are 1-based character offsets into the text that was parsed. Printing and parsing again moves every
//! position, so trees are compared after [`without_positions`](crate::sql::positions).

mod from;
mod modify;
mod options;
mod routine;
mod session;

pub use from::*;
pub use modify::*;
pub use options::*;
pub use routine::*;
pub use session::*;

use crate::value::Type;

/// A 1-based character offset into the text.
pub type Position = usize;

/// A name as written, folded to lower case unless it was quoted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ident {
    /// The folded name.
    pub name: String,
    /// Where it stands.
    pub position: Position,
}

/// One statement with the part of the text it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The statement.
    pub statement: Statement,
    /// Its text, without the semicolon and surrounding blanks. Positions inside `statement` count from its start.
    pub text: String,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// A query.
    Select(Query),
    /// `EXPLAIN [(options)] query`.
    Explain {
        /// What to show.
        options: ExplainOptions,
        /// The statement to explain: one that has a plan.
        statement: Box<Statement>,
    },
    /// `CREATE [TEMP] TABLE [IF NOT EXISTS] name (columns) [WITH (parallel_workers = n)]`.
    CreateTable {
        /// The name.
        name: Ident,
        /// Whether an existing table is fine.
        if_not_exists: bool,
        /// Whether the table is temporary (a scan of it cannot run in a worker).
        temporary: bool,
        /// The columns.
        columns: Vec<ColumnDef>,
        /// PRIMARY KEY and UNIQUE constraints over several columns: no two rows agree in all of them. (A key of one
        /// column is [`ColumnDef::unique`]; the columns of a PRIMARY KEY are `not_null` besides.)
        keys: Vec<Vec<Ident>>,
        /// Storage options as written: `parallel_workers`, `autovacuum_enabled`, `fillfactor`.
        options: Vec<(Ident, String)>,
    },
    /// `CREATE TABLE name [(columns)] AS query`.
    CreateTableAs {
        /// The name.
        name: Ident,
        /// Whether an existing table is fine.
        if_not_exists: bool,
        /// Whether the table is temporary.
        temporary: bool,
        /// Column names, if given.
        columns: Vec<Ident>,
        /// The rows.
        query: Query,
    },
    /// `INSERT INTO table [(columns)] query | DEFAULT VALUES [RETURNING items]`.
    Insert {
        /// The table.
        table: Ident,
        /// Target columns; all of them if empty.
        columns: Vec<Ident>,
        /// The rows (`VALUES` is a query; `DEFAULT VALUES` is `VALUES` with one row of no expressions).
        query: Query,
        /// RETURNING; empty if there is none.
        returning: Vec<SelectItem>,
    },
    /// `COPY table [(columns)] FROM 'file' | STDIN [WITH (options)]`.
    CopyFrom {
        /// The table.
        table: Ident,
        /// Target columns; all of them if empty.
        columns: Vec<Ident>,
        /// The file, or `None` for STDIN (the lines that follow, up to `\.`).
        file: Option<String>,
        /// The options.
        options: CopyOptions,
    },
    /// `CREATE [UNIQUE] INDEX [IF NOT EXISTS] [name] ON table [USING btree] (columns)`.
    CreateIndex {
        /// The name, if given.
        name: Option<Ident>,
        /// The table.
        table: Ident,
        /// Whether keys must differ.
        unique: bool,
        /// Whether an existing index is fine.
        if_not_exists: bool,
        /// The columns, with their directions.
        columns: Vec<(Ident, Direction, Option<NullsOrder>)>,
    },
    /// `DROP TABLE|INDEX|VIEW [IF EXISTS] names [CASCADE|RESTRICT]`.
    Drop {
        /// Table, index or view.
        kind: DropKind,
        /// Whether a missing one is fine.
        if_exists: bool,
        /// The names.
        names: Vec<Ident>,
        /// Whether what depends on them goes too.
        cascade: bool,
    },
    /// `CREATE [OR REPLACE] VIEW`.
    CreateView(Box<CreateView>),
    /// `ALTER TABLE`.
    AlterTable(Box<AlterTable>),
    /// `TRUNCATE [TABLE] names`.
    Truncate {
        /// The tables.
        tables: Vec<Ident>,
    },
    /// `UPDATE`.
    Update(Box<Update>),
    /// `DELETE`.
    Delete(Box<Delete>),
    /// `PREPARE`, `EXECUTE` and `DEALLOCATE`.
    Prepared(PreparedStatement),
    /// `DECLARE`, `FETCH`, `MOVE` and `CLOSE`.
    Cursor(CursorStatement),
    /// `CREATE [OR REPLACE] FUNCTION`.
    CreateFunction(Box<CreateFunction>),
    /// `CREATE [OR REPLACE] AGGREGATE`.
    CreateAggregate(Box<CreateAggregate>),
    /// `DROP AGGREGATE|FUNCTION [IF EXISTS] name [(types)], … [CASCADE]`.
    DropRoutine {
        /// Which kind of routine.
        kind: RoutineKind,
        /// Whether a missing one is fine.
        if_exists: bool,
        /// The routines.
        routines: Vec<RoutineName>,
        /// CASCADE: what depends on them goes, too.
        cascade: bool,
    },
    /// `ANALYZE [VERBOSE] [tables]`, and `VACUUM ANALYZE`, which means the same here.
    Analyze {
        /// The tables; all of them if empty.
        tables: Vec<Ident>,
        /// VACUUM: without ANALYZE, or before it.
        vacuum: bool,
        /// ANALYZE.
        analyze: bool,
    },
    /// `SET [LOCAL|SESSION] name = value`.
    Set {
        /// Whether it lasts to the end of the transaction only (SET LOCAL).
        local: bool,
        /// The setting.
        name: Ident,
        /// Its value as text, `None` for DEFAULT.
        value: Option<String>,
    },
    /// `RESET name | ALL`.
    Reset {
        /// The setting, `None` for ALL.
        name: Option<Ident>,
    },
    /// `SHOW name | ALL`.
    Show {
        /// The setting, `None` for ALL.
        name: Option<Ident>,
    },
    /// `BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT` and their kin.
    Transaction(TransactionKind),
}

/// Table, index or view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropKind {
    /// A table.
    Table,
    /// An index.
    Index,
    /// A view.
    View,
}

/// The form of EXPLAIN's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExplainFormat {
    /// psql's tree.
    Text,
    /// One JSON document.
    Json,
}

/// A column of CREATE TABLE.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDef {
    /// The name.
    pub name: Ident,
    /// The type.
    pub ty: TypeName,
    /// Whether NULL is refused (NOT NULL, or part of a PRIMARY KEY).
    pub not_null: bool,
    /// PRIMARY KEY or UNIQUE on this column (a table-level one sets it on a single column too).
    pub unique: bool,
}

/// A type with its modifier, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeName {
    /// The type.
    pub ty: Type,
    /// Its modifier.
    pub modifier: crate::value::Modifier,
    /// Where it stands.
    pub position: Position,
}

/// A query expression: CTEs, a body, order and limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// `WITH name [(columns)] AS [[NOT] MATERIALIZED] (query)`.
    pub with: Vec<Cte>,
    /// SELECT, VALUES or a set operation.
    pub body: Body,
    /// ORDER BY.
    pub order_by: Vec<OrderBy>,
    /// LIMIT or FETCH FIRST; `None` for none, ALL or NULL written literally.
    pub limit: Option<Expr>,
    /// OFFSET.
    pub offset: Option<Expr>,
}

/// One common table expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Cte {
    /// Its name.
    pub name: Ident,
    /// Its column names, if given.
    pub columns: Vec<Ident>,
    /// `Some(true)` MATERIALIZED, `Some(false)` NOT MATERIALIZED.
    pub materialized: Option<bool>,
    /// Its rows.
    pub query: Query,
}

/// The body of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// SELECT.
    Select(Box<Select>),
    /// `VALUES (…), (…)`.
    Values(Vec<Vec<Expr>>, Position),
    /// `left UNION|INTERSECT|EXCEPT [ALL] right`.
    SetOperation {
        /// Which.
        op: SetOp,
        /// Whether duplicates are kept.
        all: bool,
        /// Left side.
        left: Box<Body>,
        /// Right side.
        right: Box<Body>,
        /// Where the operator stands.
        position: Position,
    },
    /// A parenthesised query.
    Nested(Box<Query>),
}

/// A set operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOp {
    /// UNION.
    Union,
    /// INTERSECT.
    Intersect,
    /// EXCEPT.
    Except,
}

/// One SELECT.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// DISTINCT (`DISTINCT ON` is outside the subset).
    pub distinct: bool,
    /// The SELECT list.
    pub items: Vec<SelectItem>,
    /// FROM; commas are cross joins.
    pub from: Vec<TableRef>,
    /// WHERE.
    pub filter: Option<Expr>,
    /// GROUP BY.
    pub group_by: Vec<Expr>,
    /// HAVING.
    pub having: Option<Expr>,
    /// Where SELECT stands.
    pub position: Position,
}

/// One item of a SELECT list.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectItem {
    /// `*` or `table.*`.
    Star(Option<Ident>, Position),
    /// An expression with its alias, if any.
    Expr(Expr, Option<Ident>),
}

/// One item of ORDER BY.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderBy {
    /// The key: an output name, an ordinal or an expression.
    pub expr: Expr,
    /// ASC or DESC.
    pub direction: Direction,
    /// NULLS FIRST or LAST, if written.
    pub nulls: Option<NullsOrder>,
}

/// ASC or DESC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Greatest first.
    Desc,
}

/// NULLS FIRST or NULLS LAST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NullsOrder {
    /// NULLs before everything.
    First,
    /// NULLs after everything.
    Last,
}

/// An expression with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where PostgreSQL would point: at the operator of an operator call, at the text of `type 'text'`, else at the
    /// first character.
    pub position: Position,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// NULL.
    Null,
    /// TRUE or FALSE.
    Bool(bool),
    /// `$1`, and what stands for it.
    Parameter(usize, ParameterMeaning),
    /// A number as written: digits, point, exponent (no sign).
    Number(String),
    /// `'…'`, of unknown type.
    String(String),
    /// `type '…'`: `date '1998-01-01'`, `interval '1' day`.
    Typed(TypeName, String),
    /// A column, with its table if written.
    Column {
        /// The table or alias.
        table: Option<Ident>,
        /// The column.
        column: Ident,
    },
    /// `- x`, `+ x`, `@ x`, …
    Prefix(String, Box<Expr>),
    /// `x + y`, `x < y`, `x || y`, `x LIKE y` (`~~`, `!~~`, `~~*`, `!~~*`), …
    Infix(Box<Expr>, String, Box<Expr>),
    /// `x LIKE y ESCAPE e`: the operator as for `Infix`, and the escape.
    LikeEscape(Box<Expr>, String, Box<Expr>, Box<Expr>),
    /// AND over at least two operands, flattened from the left.
    And(Vec<Expr>),
    /// OR over at least two operands, flattened from the left.
    Or(Vec<Expr>),
    /// NOT.
    Not(Box<Expr>),
    /// IS \[NOT\] NULL, and ISNULL / NOTNULL.
    IsNull {
        /// The operand.
        operand: Box<Expr>,
        /// IS NOT.
        negated: bool,
    },
    /// IS \[NOT\] TRUE / FALSE / UNKNOWN (`None`).
    IsTruth {
        /// The operand.
        operand: Box<Expr>,
        /// The truth value asked for.
        truth: Option<bool>,
        /// IS NOT.
        negated: bool,
    },
    /// IS \[NOT\] DISTINCT FROM.
    IsDistinct {
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
        /// IS NOT DISTINCT FROM.
        negated: bool,
    },
    /// \[NOT\] BETWEEN \[SYMMETRIC\].
    Between {
        /// The operand.
        operand: Box<Expr>,
        /// Lower bound.
        low: Box<Expr>,
        /// Upper bound.
        high: Box<Expr>,
        /// NOT.
        negated: bool,
        /// SYMMETRIC.
        symmetric: bool,
    },
    /// \[NOT\] IN (list).
    InList {
        /// The operand.
        operand: Box<Expr>,
        /// The members.
        list: Vec<Expr>,
        /// NOT IN.
        negated: bool,
    },
    /// \[NOT\] IN (query).
    InQuery {
        /// The operand (a `Row` for several columns).
        operand: Box<Expr>,
        /// The members.
        query: Box<Query>,
        /// NOT IN.
        negated: bool,
    },
    /// `x op ANY|ALL (query)`.
    Quantified {
        /// The operand.
        operand: Box<Expr>,
        /// The operator.
        op: String,
        /// ALL instead of ANY / SOME.
        all: bool,
        /// The members.
        query: Box<Query>,
    },
    /// `x op ANY|ALL (array)`.
    QuantifiedArray {
        /// The operand.
        operand: Box<Expr>,
        /// The operator.
        op: String,
        /// ALL instead of ANY / SOME.
        all: bool,
        /// The array.
        array: Box<Expr>,
    },
    /// `ARRAY[x, y]`.
    Array(Vec<Expr>),
    /// `x[i]`, `x[i][j]`: at least one subscript.
    Subscript(Box<Expr>, Vec<Expr>),
    /// `x[i:j]`, `x[:j][i:]`: at least one pair of bounds, each of which may be left out. `x[i:j][k]` is `x[i:j][1:k]`.
    Slice(Box<Expr>, Vec<(Option<Expr>, Option<Expr>)>),
    /// EXISTS (query).
    Exists(Box<Query>),
    /// (query) as a value.
    Scalar(Box<Query>),
    /// `(a, b, …)` or `ROW(a, b, …)`: only as an operand of comparison or IN.
    Row(Vec<Expr>),
    /// CASE.
    Case {
        /// CASE operand, if any.
        operand: Option<Box<Expr>>,
        /// WHEN … THEN ….
        branches: Vec<(Expr, Expr)>,
        /// ELSE.
        otherwise: Option<Box<Expr>>,
    },
    /// CAST(x AS type), x::type.
    /// (`-1` is `Prefix("-", 1)`: PostgreSQL folds the sign of a literal into it before it finds the type.)
    Cast(Box<Expr>, TypeName),
    /// A function or aggregate call, also for COALESCE, NULLIF, GREATEST, LEAST, EXTRACT (as `extract(text, x)`),
    /// SUBSTRING, POSITION (as `position(text, part)`, PostgreSQL's order), TRIM (as `btrim`, `ltrim`, `rtrim`, the text
    /// first), CURRENT_DATE and the like, by their lower-case names.
    Call(Call),
}

/// A function or aggregate call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function.
    pub name: Ident,
    /// Its arguments.
    pub args: Vec<Expr>,
    /// `f(*)`.
    pub star: bool,
    /// `f(DISTINCT …)`.
    pub distinct: bool,
    /// `f(… ORDER BY …)`, or `f(…) WITHIN GROUP (ORDER BY …)`.
    pub order_by: Vec<OrderBy>,
    /// Whether `order_by` was written as WITHIN GROUP; then `args` are direct arguments, and `distinct` is not set.
    pub within_group: bool,
    /// FILTER (WHERE …).
    pub filter: Option<Box<Expr>>,
}
