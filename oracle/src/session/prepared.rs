//! PREPARE, EXECUTE, DEALLOCATE. [rel.prepare]
//!
//! A prepared statement is kept as text. EXECUTE reads it again with values in place of `$n` and plans it with them: a
//! custom plan each time, as PostgreSQL's first five are.

use std::collections::BTreeMap;

use spec::error::{Failure, SqlError, SqlState, sqlstate};
use spec::query::Query;
use spec::sql::ast::{
    Expr, Ident, ParameterMeaning, Parsed, PreparedStatement, Statement, TypeName,
};
use spec::sql::{bind, parse, print};
use spec::value::Type;

use super::{Reply, Session, nowhere};

/// The prepared statements of a session by name; ROLLBACK does not undo them.
pub(super) type Prepared = BTreeMap<String, PreparedText>;

/// A prepared statement.
#[derive(Clone, Debug)]
pub(super) struct PreparedText {
    /// The text of PREPARE.
    text: String,
    /// The types of its parameters.
    types: Vec<Type>,
    /// The types of its output columns, if it is a query.
    columns: Option<Vec<Type>>,
}

fn refuse<T>(state: SqlState, message: String) -> Result<T, Failure> {
    Err(SqlError::new(state, message).into())
}

fn undetermined<T>(number: usize) -> Result<T, Failure> {
    let message = format!("could not determine data type of parameter ${number}");
    refuse(sqlstate::INDETERMINATE_DATATYPE, message)
}

impl Session {
    pub(super) fn prepared_statement(
        &mut self,
        text: &str,
        statement: &PreparedStatement,
    ) -> Result<Reply, Failure> {
        match statement {
            PreparedStatement::Prepare { name, types, .. } => self.prepare(text, name, types),
            PreparedStatement::Execute { name, args } => {
                let parsed = self.substituted(name, args)?;
                let reply = self.admit(&parsed.statement).and_then(|()| self.dispatch(&parsed));
                reply.map_err(nowhere)
            }
            PreparedStatement::Deallocate { name: Some(name) } => {
                self.prepared_text(name)?;
                self.prepared.remove(&name.name);
                Ok(Reply::tag("DEALLOCATE"))
            }
            PreparedStatement::Deallocate { name: None } => {
                self.prepared.clear();
                Ok(Reply::tag("DEALLOCATE ALL"))
            }
        }
    }

    fn prepared_text(&self, name: &Ident) -> Result<&PreparedText, Failure> {
        self.prepared.get(&name.name).ok_or_else(|| {
            let message = format!("prepared statement \"{}\" does not exist", name.name);
            SqlError::new(sqlstate::INVALID_SQL_STATEMENT_NAME, message).into()
        })
    }

    /// Keeps a statement after finding the types of its parameters.
    fn prepare(&mut self, text: &str, name: &Ident, types: &[TypeName]) -> Result<Reply, Failure> {
        let mut known: Vec<Option<Type>> = types.iter().map(|ty| Some(ty.ty)).collect();
        let columns = loop {
            let meaning =
                |ty: &Option<Type>| ty.map_or(ParameterMeaning::Undecided, ParameterMeaning::Typed);
            let statement = prepared_in(text, &known.iter().map(meaning).collect::<Vec<_>>())?;
            let query = self.bound(&statement)?;
            match bind::parameter_type(&query) {
                Some((number, Type::Unknown)) => return undetermined(number),
                Some((number, ty)) => {
                    known.resize(known.len().max(number), None);
                    known[number - 1] = Some(ty);
                }
                None => {
                    let types = query.rel.columns.iter().map(|column| column.ty).collect();
                    break matches!(statement, Statement::Select(_)).then_some(types);
                }
            }
        };
        let mut types = vec![];
        for (index, ty) in known.into_iter().enumerate() {
            let number = index + 1;
            let Some(ty) = ty else {
                return undetermined(number);
            };
            types.push(ty);
        }
        if self.prepared.contains_key(&name.name) {
            let message = format!("prepared statement \"{}\" already exists", name.name);
            return refuse(sqlstate::DUPLICATE_PREPARED_STATEMENT, message);
        }
        let prepared = PreparedText { text: text.to_owned(), types, columns };
        self.prepared.insert(name.name.clone(), prepared);
        Ok(Reply::tag("PREPARE"))
    }

    /// A statement that may be prepared, bound: its rows.
    fn bound(&self, statement: &Statement) -> Result<Query, Failure> {
        match statement {
            Statement::Select(query) => bind::query(query, &self.database.catalogue),
            Statement::Insert { table, columns, query, .. } => {
                let target = self.table(table)?;
                bind::insert_rows(query, target, columns, &self.database.catalogue)
            }
            Statement::Update(update) => {
                let target = self.table(&update.table)?;
                Ok(bind::update(update, target, &self.with_shadow(target))?.rows)
            }
            Statement::Delete(delete) => {
                let target = self.table(&delete.table)?;
                Ok(bind::delete(delete, target, &self.with_shadow(target))?.rows)
            }
            _ => unreachable!("the parser prepares nothing else"),
        }
    }

    /// A prepared statement with its parameters' values.
    pub(super) fn substituted(&self, name: &Ident, args: &[Expr]) -> Result<Parsed, Failure> {
        let prepared = self.prepared_text(name)?;
        let (expected, got) = (prepared.types.len(), args.len());
        if expected != got {
            let message =
                format!("wrong number of parameters for prepared statement \"{}\"", name.name);
            let error = SqlError::new(sqlstate::SYNTAX_ERROR, message);
            let detail = format!("Expected {expected} parameters but got {got}.");
            return Err(error.detail(detail).into());
        }
        let mut values = vec![];
        for (index, (arg, ty)) in args.iter().zip(&prepared.types).enumerate() {
            let value = bind::argument(arg, index + 1, *ty, &self.database.catalogue)?;
            values.push(ParameterMeaning::Value(*ty, value));
        }
        let statement = prepared_in(&prepared.text, &values)?;
        if let Some(columns) = &prepared.columns {
            let query = self.bound(&statement).map_err(nowhere)?;
            if !query.rel.columns.iter().map(|column| column.ty).eq(columns.iter().copied()) {
                let message = "cached plan must not change result type".to_owned();
                return refuse(sqlstate::FEATURE_NOT_SUPPORTED, message);
            }
        }
        let text = print::statement(&statement);
        Ok(Parsed { statement, text })
    }
}

/// The statement inside a PREPARE whose parameters mean these.
fn prepared_in(text: &str, parameters: &[ParameterMeaning]) -> Result<Statement, Failure> {
    match parse::statement_with(text, parameters)?.statement {
        Statement::Prepared(PreparedStatement::Prepare { statement, .. }) => Ok(*statement),
        _ => unreachable!("the text of a PREPARE"),
    }
}
