//! ANALYZE: what the planner shall know of a table's rows. [cost.statistics]

use rayon::prelude::*;
use spec::catalogue::{ColumnStatistics, Statistics};
use spec::value::Type;

use crate::column::Column;
use crate::table::{ColumnarTable, width_of};

/// The statistics of a table: pages and rows exactly, columns by [`column`].
///
/// `types` are the declared types (a column of `name` or `varchar` is stored as text).
pub fn statistics(table: &ColumnarTable, types: &[Type]) -> Statistics {
    let columns = table.columns().par_iter().zip(types).map(|(data, &ty)| column(data, ty));
    Statistics {
        pages: u64::from(table.blocks()),
        rows: table.rows() as f64,
        analyzed: true,
        columns: columns.collect(),
    }
}

/// The statistics of one column.
fn column(data: &Column, ty: Type) -> ColumnStatistics {
    let nulls = data.null_count();
    ColumnStatistics {
        null_fraction: nulls as f64 / data.len().max(1) as f64,
        width: width_of(data, ty),
        ..ColumnStatistics::default()
    }
}
