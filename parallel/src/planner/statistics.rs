//! What the planner knows of columns: where they come from, how many distinct values they have.

use std::sync::Arc;

use spec::catalogue::{ColumnStatistics, Table};
use spec::expr::Expr;
use spec::value::{Modifier, Type, Value};

use super::cost::clamp_rows;

/// A column of a scan: what statistics are about.
#[derive(Debug)]
pub(super) struct Variable {
    /// The scan it belongs to: two scans of one table differ.
    pub(super) scan: usize,
    /// Its table, if it is a table's, and its number there.
    pub(super) column: Option<(Arc<Table>, usize)>,
    /// Its type.
    pub(super) ty: Type,
    /// Rows of the scan before its conditions.
    pub(super) tuples: f64,
    /// Rows of the scan after its conditions.
    pub(super) rows: f64,
    /// Whether its values differ: the one column of a GROUP BY or DISTINCT below.
    pub(super) unique: bool,
    /// Whether a condition leaves one value of it, in a block of one scan.
    pub(super) fixed: bool,
}

/// Where a column of a relation comes from: the variables that its value depends on, and whether it is one of them
/// itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    /// The variables.
    pub(super) variables: Vec<Arc<Variable>>,
    /// Whether it is a variable itself, not an expression over some.
    pub(super) plain: bool,
    /// Whether it is computed over groups, so that nothing is known of it.
    pub(super) opaque: bool,
    /// Its mean width in bytes.
    pub(super) width: f64,
}

/// PostgreSQL's guess where nothing is known (`DEFAULT_NUM_DISTINCT`).
const DEFAULT_DISTINCT: f64 = 200.0;

impl Variable {
    /// What ANALYZE found, if it has run.
    pub(super) fn statistics(&self) -> Option<&ColumnStatistics> {
        let (table, number) = self.column.as_ref()?;
        let statistics = &table.statistics;
        if statistics.analyzed { statistics.columns.get(*number) } else { None }
    }

    /// The number of distinct values (`get_variable_numdistinct`), and whether it is a guess.
    pub(super) fn distinct(&self) -> (f64, bool) {
        let known = self.statistics().map_or(0.0, |statistics| statistics.distinct);
        let known = match () {
            () if self.unique || self.has_unique_index() => -1.0,
            () if known == 0.0 && self.ty == Type::Bool => 2.0,
            () => known,
        };
        if known > 0.0 {
            return (clamp_rows(known), false);
        }
        let tuples = self.tuples.max(1.0);
        if known < 0.0 {
            return (clamp_rows(-known * tuples), false);
        }
        if tuples < DEFAULT_DISTINCT {
            (clamp_rows(tuples), false)
        } else {
            (DEFAULT_DISTINCT, true)
        }
    }

    fn has_unique_index(&self) -> bool {
        self.column.as_ref().is_some_and(|(table, number)| {
            table
                .indexes
                .iter()
                .any(|index| index.unique && index.keys.len() == 1 && index.keys[0].0 == *number)
        })
    }

    /// The least and the greatest value that an index begins and ends with, if one does (`get_actual_variable_range`).
    pub(super) fn range(&self) -> Option<&(Value, Value)> {
        let (table, number) = self.column.as_ref()?;
        let begins = |index: &&spec::catalogue::Index| index.keys[0].0 == *number;
        table.indexes.iter().find(begins).and_then(|index| index.range.as_ref())
    }

    /// The share of NULLs.
    pub(super) fn null_fraction(&self) -> f64 {
        self.statistics().map_or(0.0, |statistics| statistics.null_fraction)
    }
}

/// The origin of an expression over columns of these origins.
pub(super) fn origin(expr: &Expr, columns: &[Origin]) -> Origin {
    if let Expr::Column { index, .. } = expr {
        return columns[*index].clone();
    }
    let mut origin = Origin { width: type_width(expr.ty(), Modifier::None), ..Origin::default() };
    expr.visit_columns(&mut |index| {
        let column = &columns[index];
        origin.opaque |= column.opaque;
        for variable in &column.variables {
            if !origin.variables.iter().any(|known| Arc::ptr_eq(known, variable)) {
                origin.variables.push(variable.clone());
            }
        }
    });
    origin
}

/// How many different rows these expressions can have among `input_rows` (`estimate_num_groups`). [cost.groups]
///
/// Per scan: the product of its columns' distinct values, at most its rows, less what its conditions remove; over
/// scans the product again, at most the rows there are.
pub(super) fn groups(keys: &[(Type, Origin)], input_rows: f64) -> f64 {
    if keys.is_empty() {
        return 1.0;
    }
    let mut total = 1.0;
    let mut variables: Vec<Arc<Variable>> = vec![];
    for (ty, origin) in keys {
        if *ty == Type::Bool && !origin.plain {
            total *= 2.0;
        } else if origin.opaque {
            total *= DEFAULT_DISTINCT;
        } else {
            for variable in &origin.variables {
                if !variables.iter().any(|known| Arc::ptr_eq(known, variable)) {
                    variables.push(variable.clone());
                }
            }
        }
    }
    while let Some(first) = variables.first().cloned() {
        let (same, others): (Vec<_>, Vec<_>) =
            variables.into_iter().partition(|variable| variable.scan == first.scan);
        variables = others;
        total *= groups_of_scan(&same);
    }
    clamp_rows(total.ceil().min(input_rows))
}

fn groups_of_scan(variables: &[Arc<Variable>]) -> f64 {
    let (tuples, rows) = (variables[0].tuples, variables[0].rows);
    let distinct: Vec<f64> = variables.iter().map(|variable| variable.distinct().0).collect();
    let mut product: f64 = distinct.iter().product();
    if tuples > 0.0 {
        let most = distinct.iter().copied().fold(0.0, f64::max);
        let clamp = if variables.len() > 1 { (tuples * 0.1).max(most).min(tuples) } else { tuples };
        product = product.min(clamp);
        if product > 0.0 && rows < tuples {
            // The chance that a value is among the rows that are left, if rows are left at random.
            product *= 1.0 - ((tuples - rows) / tuples).powf(tuples / product);
        }
    }
    clamp_rows(product)
}

/// What PostgreSQL expects of a type's width where ANALYZE has not run (`get_typavgwidth`).
pub(super) fn type_width(ty: Type, modifier: Modifier) -> f64 {
    match (ty, modifier) {
        (Type::Bool, _) => 1.0,
        (Type::Int2, _) => 2.0,
        (Type::Int4 | Type::Float4 | Type::Date, _) => 4.0,
        (Type::Int8 | Type::Float8 | Type::Timestamp | Type::Time | Type::TimestampTz, _) => 8.0,
        (Type::TimeTz, _) => 12.0,
        (Type::Interval, _) => 16.0,
        (Type::Name, _) => 64.0,
        (Type::Bpchar, Modifier::Length(n)) => f64::from(n) * 4.0 + 4.0,
        (Type::Varchar, Modifier::Length(n)) => string_width(f64::from(n) * 4.0 + 4.0),
        (Type::Numeric, Modifier::Precision { precision, .. }) => {
            string_width((f64::from(precision) / 4.0).ceil() * 2.0 + 8.0)
        }
        _ => 32.0,
    }
}

fn string_width(most: f64) -> f64 {
    if most <= 32.0 {
        most
    } else if most < 1000.0 {
        (32.0 + (most - 32.0) / 2.0).floor()
    } else {
        516.0
    }
}
