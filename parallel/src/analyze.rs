//! ANALYZE: what the planner shall know of a table's rows. [cost.statistics]
//!
//! ```text
//! sample       all rows of a small table; of a large one 30,000 rows at equal distances
//! width        mean of the sample
//! distinct     exact if the sample is the table; else Haas and Stokes' estimate, as PostgreSQL's (`analyze.c`)
//! most common  values that are clearly more common than the average, at most 100
//! histogram    101 bounds over the others
//! correlation  of position and rank
//! ```
//!
//! PostgreSQL samples at random; equal distances make the same table give the same statistics, so that plans repeat.

use rayon::prelude::*;
use spec::catalogue::{ColumnStatistics, Statistics};
use spec::value::{Type, Value, order};

use crate::batch::Batch;
use crate::column::Column;
use crate::group::Grouper;
use crate::table::{ColumnarTable, width_of};

/// `default_statistics_target`.
const TARGET: usize = 100;

/// Rows that PostgreSQL samples for that target.
const SAMPLE: usize = 300 * TARGET;

/// The statistics of a table: pages and rows exactly, columns from a sample.
///
/// `types` are the declared types (a column of `name` or `varchar` is stored as text).
pub fn statistics(table: &ColumnarTable, types: &[Type]) -> Statistics {
    let rows = table.rows();
    let sample: Option<Vec<u32>> = (rows > SAMPLE)
        .then(|| (0..SAMPLE).map(|i| (i as u64 * rows as u64 / SAMPLE as u64) as u32).collect());
    let columns = table.columns().par_iter().zip(types).map(|(data, &ty)| match &sample {
        Some(sample) => column(&data.take(sample), ty, rows),
        None => column(data, ty, rows),
    });
    Statistics {
        pages: u64::from(table.blocks()),
        rows: rows as f64,
        all_visible: 0,
        analyzed: true,
        columns: columns.collect(),
    }
}

/// The statistics of a column from a sample of it; the table has `rows` rows.
fn column(sample: &Column, ty: Type, rows: usize) -> ColumnStatistics {
    let valid: Vec<u32> =
        (0..sample.len() as u32).filter(|&row| !sample.is_null(row as usize)).collect();
    let nulls = sample.len() - valid.len();
    let null_fraction = nulls as f64 / sample.len().max(1) as f64;
    if valid.is_empty() {
        return ColumnStatistics {
            null_fraction,
            width: width_of(sample, ty),
            ..Default::default()
        };
    }
    let groups = Groups::of(&sample.take(&valid));
    let distinct = groups.distinct(sample.len(), rows, nulls);
    let common = groups.most_common(sample.len(), rows, distinct);
    ColumnStatistics {
        null_fraction,
        width: width_of(sample, ty),
        distinct,
        histogram: groups.histogram(&common),
        most_common: common
            .iter()
            .map(|&group| (groups.values[group].clone(), groups.share(group, sample.len())))
            .collect(),
        correlation: groups.correlation(),
    }
}

/// The values of a sample that are not NULL, each once, with where they occur.
struct Groups {
    values: Vec<Value>,
    counts: Vec<usize>,
    /// Group numbers in order of their values.
    sorted: Vec<usize>,
    /// The group of each row.
    ids: Vec<u32>,
}

impl Groups {
    fn of(column: &Column) -> Groups {
        let mut grouper = Grouper::new(vec![column.ty()]);
        let batch = Batch::new(vec![column.clone()], column.len());
        let mut ids = vec![];
        grouper.group_ids(&batch.columns, &batch, &mut ids);
        let keys = &grouper.keys()[0];
        let values: Vec<Value> = (0..grouper.len()).map(|group| keys.value(group)).collect();
        let mut counts = vec![0; values.len()];
        ids.iter().for_each(|&group| counts[group as usize] += 1);
        let mut sorted: Vec<usize> = (0..values.len()).collect();
        sorted.sort_by(|&a, &b| order::compare(&values[a], &values[b]));
        Groups { values, counts, sorted, ids }
    }

    /// `n_distinct`: a count, or minus a share of the rows where the count grows with the table.
    fn distinct(&self, sampled: usize, rows: usize, nulls: usize) -> f64 {
        let found = self.values.len() as f64;
        let once = self.counts.iter().filter(|count| **count == 1).count() as f64;
        let valid = self.ids.len() as f64;
        let estimate = if once == found {
            // No value repeats: as many values as rows.
            return -(1.0 - nulls as f64 / sampled as f64);
        } else if once == 0.0 || sampled == rows {
            found
        } else {
            let total = rows as f64 * valid / sampled as f64;
            let estimate = valid * found / (valid - once + once * valid / total);
            estimate.clamp(found, total).round()
        };
        // More than a tenth of the rows: taken to grow with them.
        if estimate > 0.1 * rows as f64 { -estimate / rows as f64 } else { estimate }
    }

    /// The groups that are worth listing, most common first, equally common ones in order: all that repeat if the sample is the
    /// table; all if they are few and the sample saw them all; else those
    /// that clearly exceed the average (`analyze_mcv_list` asks for significance; we ask for a quarter more, twice at least).
    fn most_common(&self, sampled: usize, rows: usize, distinct: f64) -> Vec<usize> {
        let mut groups = self.sorted.clone();
        groups.sort_by_key(|&group| std::cmp::Reverse(self.counts[group]));
        if sampled == rows {
            return groups.into_iter().take(TARGET).take_while(|&g| self.counts[g] > 1).collect();
        }
        if self.values.len() <= TARGET && distinct > 0.0 && self.counts.iter().all(|&n| n > 1) {
            return groups;
        }
        let distinct = if distinct < 0.0 { -distinct * rows as f64 } else { distinct };
        let average = self.ids.len().min(sampled) as f64 / distinct.max(1.0);
        let common = |group: &usize| {
            let count = self.counts[*group];
            count >= 2 && count as f64 > 1.25 * average
        };
        groups.into_iter().take(TARGET).take_while(common).collect()
    }

    fn share(&self, group: usize, sampled: usize) -> f64 {
        self.counts[group] as f64 / sampled as f64
    }

    /// Bounds of equally filled buckets over the values that are not listed; empty for fewer than two values.
    fn histogram(&self, listed: &[usize]) -> Vec<Value> {
        let mut is_listed = vec![false; self.values.len()];
        listed.iter().for_each(|&group| is_listed[group] = true);
        let rest: Vec<usize> =
            self.sorted.iter().copied().filter(|&group| !is_listed[group]).collect();
        if rest.len() < 2 {
            return vec![];
        }
        let mut ends = Vec::with_capacity(rest.len());
        let mut total = 0;
        for &group in &rest {
            total += self.counts[group];
            ends.push(total);
        }
        let buckets = rest.len().min(TARGET + 1) - 1;
        let bound = |i: usize| {
            let row = i * (total - 1) / buckets;
            self.values[rest[ends.partition_point(|&end| end <= row)]].clone()
        };
        (0..=buckets).map(bound).collect()
    }

    /// Pearson's correlation of position in the table and position in sorted order; rows with equal values stay in place.
    fn correlation(&self) -> f64 {
        let n = self.ids.len();
        if n < 2 {
            return 0.0;
        }
        let mut next = vec![0usize; self.values.len()];
        let mut start = 0;
        for &group in &self.sorted {
            next[group] = start;
            start += self.counts[group];
        }
        let mut products = 0.0;
        for (position, &group) in self.ids.iter().enumerate() {
            products += position as f64 * next[group as usize] as f64;
            next[group as usize] += 1;
        }
        // Both positions run from 0 to n-1: sums and squares are those of the first numbers.
        let n = n as f64;
        let sum = n * (n - 1.0) / 2.0;
        let squares = (n - 1.0) * n * (2.0 * n - 1.0) / 6.0;
        (n * products - sum * sum) / (n * squares - sum * sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl Iterator<Item = i32>) -> ColumnStatistics {
        let data = Column::from_values(Type::Int4, values.map(Value::Int4));
        column(&data, Type::Int4, data.len())
    }

    #[test]
    fn a_unique_ascending_column_is_all_histogram() {
        let statistics = of(0..1000);
        assert_eq!((statistics.distinct, statistics.correlation), (-1.0, 1.0));
        assert_eq!(statistics.histogram.len(), 101);
        assert_eq!(statistics.histogram[100], Value::Int4(999));
        assert!(statistics.most_common.is_empty());
        assert_eq!(statistics.width, 4.0);
    }

    #[test]
    fn few_values_are_listed_with_their_shares() {
        let statistics = of((0..1000).map(|i| i % 4));
        assert_eq!(statistics.distinct, 4.0);
        assert!(statistics.histogram.is_empty());
        assert_eq!(statistics.most_common.len(), 4);
        assert!(statistics.most_common.iter().all(|(_, share)| *share == 0.25));
    }

    #[test]
    fn a_falling_column_has_correlation_minus_one() {
        assert_eq!(of((0..50).rev()).correlation, -1.0);
    }

    #[test]
    fn nulls_count_against_the_table_only() {
        let values = [Value::Null, Value::text("abc"), Value::Null, Value::text("d")];
        let statistics = column(&Column::from_values(Type::Text, values), Type::Text, 4);
        assert_eq!((statistics.null_fraction, statistics.width), (0.5, 3.0));
        assert_eq!(statistics.distinct, -0.5);
    }
}
