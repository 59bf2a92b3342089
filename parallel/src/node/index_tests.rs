//! Index conditions as an index reads them: tests on its key columns, with values that are known before the first row.

use spec::SqlError;
use spec::catalogue::Index;
use spec::expr::eval::{Scope, eval};
use spec::expr::{CallSyntax, CastMethod, Expr};
use spec::value::Value;

use crate::kernel::Context;
use crate::table::KeyTest;

/// The tests of these conditions, one list per key; `None` if one of them is never true. Conditions are over the columns of
/// the table. [scan.index.condition]
///
/// # Errors
/// What computing a value raises.
pub(super) fn of(
    index: &Index,
    conditions: &[Expr],
    context: &Context,
) -> Result<Option<Vec<Vec<KeyTest>>>, SqlError> {
    let mut tests = vec![vec![]; index.keys.len()];
    for condition in conditions {
        let Some((column, test)) = test(condition, context)? else { return Ok(None) };
        // A condition on no key is left to whoever asks all of them of each row.
        if let Some(place) = index.keys.iter().position(|key| key.0 == column) {
            tests[place].push(test);
        }
    }
    Ok(Some(tests))
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
            let mut values = vec![];
            for member in list {
                values.push(value(member)?);
            }
            values.retain(|value| !value.is_null());
            Some((column(operand), KeyTest::AnyOf(values)))
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
