//! Index conditions as an index reads them: tests on its key columns, with values that are known before the first row.

use spec::SqlError;
use spec::catalogue::Index;
use spec::expr::eval::{Scope, eval};
use spec::expr::{CallSyntax, CastMethod, Expr};
use spec::value::Value;

use crate::kernel::Context;
use crate::table::KeyTest;

/// What conditions ask of the keys of an index.
pub(super) struct Tests {
    /// One list per key.
    pub keys: Vec<Vec<KeyTest>>,
    /// Whether these are all conditions; if not, each row must be asked.
    pub all: bool,
}

/// The tests of these conditions; `None` if one of them is never true. Conditions are over the columns of the table.
/// [scan.index.condition]
///
/// A value that cannot be computed narrows nothing: the error arises when a row is asked, as in a scan of the table, so that
/// where there is no row there is none.
pub(super) fn of(index: &Index, conditions: &[Expr], context: &Context) -> Option<Tests> {
    let mut tests = Tests { keys: vec![vec![]; index.keys.len()], all: true };
    for condition in conditions {
        let Ok(test) = test(condition, context) else {
            tests.all = false;
            continue;
        };
        let (column, test) = test?;
        match index.keys.iter().position(|key| key.0 == column) {
            Some(place) => tests.keys[place].push(test),
            None => tests.all = false,
        }
    }
    Some(tests)
}

/// The column and the test of a condition; `None` if it is never true.
fn test(condition: &Expr, context: &Context) -> Result<Option<(usize, KeyTest)>, SqlError> {
    let value = |expr: &Expr| eval(expr, &Scope { row: &[], outer: None }, context);
    Ok(match condition {
        Expr::IsNull { operand, negated } => {
            let test = if *negated { KeyTest::NotNull } else { KeyTest::Null };
            Some((column(operand), test))
        }
        Expr::AnyOf { operand, list, .. } => {
            let values = list.iter().map(value).collect::<Result<Vec<_>, _>>()?;
            let known = values.into_iter().filter(|value| !value.is_null()).collect();
            Some((column(operand), KeyTest::AnyOf(known)))
        }
        Expr::Call { syntax: CallSyntax::Operator(symbol), args, .. } => {
            let key = column(&args[0]);
            match value(&args[1])? {
                Value::Null => None,
                value => Some((key, comparison(symbol, value))),
            }
        }
        other => unreachable!("{other:?} is no index condition"),
    })
}

fn comparison(symbol: &str, value: Value) -> KeyTest {
    match symbol {
        "<" => KeyTest::Less(value, false),
        "<=" => KeyTest::Less(value, true),
        ">" => KeyTest::Greater(value, false),
        ">=" => KeyTest::Greater(value, true),
        _ => KeyTest::AnyOf(vec![value]),
    }
}

/// The column that an index condition speaks of.
fn column(expr: &Expr) -> usize {
    match expr {
        Expr::Column { index, .. } => *index,
        Expr::Cast { operand, method: CastMethod::Relabel, .. } => column(operand),
        other => unreachable!("{other:?} is no key of an index"),
    }
}
