//! B-tree indexes: the rows of a table in key order, cut into leaf pages. [scan.index.page-model]
//!
//! ```text
//! page        8192 bytes: header 24, special space 16; per item a pointer of 4 bytes and the item
//! item        header 8 (16 with a NULL key), keys as in the heap (names without their padding), padded to 8
//! duplicates  equal keys share an item with a list of places of 6 bytes each, up to 812 bytes; not where equal values may
//!             look different (numeric, float, interval, arrays) and not in unique indexes
//! leaf        filled to 90 %; its last item moves to the next page and becomes the high key
//! inner       filled to 70 %; one item per page below, cut to the keys that tell it from its neighbour
//! ```
//!
//! That is what CREATE INDEX makes (`nbtsort.c`). A live index that grew row by row is larger; ours is always as if it had
//! just been built. [departure.index-growth]

use std::cmp::Ordering;
use std::ops::Range;

use spec::catalogue::{self, IndexSize};
use spec::expr::Expr;
use spec::query::SortKey;
use spec::sql::ast::{Direction, NullsOrder};
use spec::value::{Type, Value, date, float, order};

use super::page::{fixed_width, payload};
use crate::column::Column;
use crate::node::RowOrder;

const PAGE: usize = 8192;
/// Free bytes of a page whose first line pointer is kept for the high key, less the next line pointer.
const EMPTY: usize = PAGE - 16 - 24 - 4 - 4;
const ITEM_POINTER: usize = 4;
/// Free bytes at which a leaf counts as full (`fillfactor` 90).
const LEAF_FULL: usize = PAGE / 10;
/// Free bytes at which an inner page counts as full (70 %).
const INNER_FULL: usize = PAGE * 30 / 100;
/// The largest item of duplicates.
const LARGEST_LIST: usize = PAGE / 10 / 8 * 8 - ITEM_POINTER;
/// Bytes of a place in the heap.
const PLACE: usize = 6;

/// An index of a table.
#[derive(Debug)]
pub struct Btree {
    /// Row numbers in key order, equal keys in the order of the table.
    rows: Vec<u32>,
    /// The first position of each leaf page, and the number of rows at the end.
    leaves: Vec<usize>,
    keys: Vec<(usize, Direction, NullsOrder)>,
    size: IndexSize,
}

/// What a scan asks of one key column.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyTest {
    /// It is one of these, none of them NULL.
    AnyOf(Vec<Value>),
    /// It is less than this (or equal).
    Less(Value, bool),
    /// It is greater than this (or equal).
    Greater(Value, bool),
    /// It is NULL.
    Null,
    /// It is not NULL.
    NotNull,
}

impl Btree {
    /// The index over these columns.
    pub fn build(
        table: &catalogue::Table,
        index: &catalogue::Index,
        columns: &[Column],
        rows: usize,
    ) -> Btree {
        let keys: Vec<Column> = index.keys.iter().map(|key| columns[key.0].clone()).collect();
        let sort = index.keys.iter().map(|(column, direction, nulls)| SortKey {
            expr: Expr::Column { index: *column, ty: table.columns[*column].ty },
            direction: *direction,
            nulls: *nulls,
        });
        let order = RowOrder::new(&keys, &sort.collect::<Vec<_>>());
        let sorted = order.sorted(rows, None);
        let types: Vec<Type> = index.keys.iter().map(|key| table.columns[key.0].ty).collect();
        let model = Model { keys: &keys, types: &types, rows: &sorted, order: &order };
        let leaves = model.leaves(!index.unique && types.iter().all(|ty| merges(*ty)));
        let size = model.size(&leaves);
        Btree { rows: sorted, leaves, keys: index.keys.clone(), size }
    }

    /// Pages and height.
    pub fn size(&self) -> IndexSize {
        self.size
    }

    /// The least and the greatest value of the first key, NULL aside.
    pub fn range(&self, columns: &[Column]) -> Option<(Value, Value)> {
        let column = &columns[self.keys[0].0];
        let key = KeyColumn { column, index: self, place: 0 };
        let (_, values) = key.split(0..self.rows.len());
        let rows = self.rows(values);
        let (first, last) = (*rows.first()?, *rows.last()?);
        let ends = (column.value(first as usize), column.value(last as usize));
        Some(if key.descends() { (ends.1, ends.0) } else { ends })
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The numbers of the rows at these positions.
    pub fn rows(&self, positions: Range<usize>) -> &[u32] {
        &self.rows[positions]
    }

    /// These ranges of positions, cut where a leaf page ends; with `rows_per_leaf` as if leaves had so many rows.
    pub fn by_leaf(
        &self,
        ranges: &[Range<usize>],
        rows_per_leaf: Option<usize>,
    ) -> Vec<Range<usize>> {
        let end_after = |position: usize| match rows_per_leaf {
            Some(rows) => (position / rows + 1) * rows,
            None => self.leaves[self.leaves.partition_point(|start| *start <= position)],
        };
        let mut pieces = vec![];
        for range in ranges {
            let mut start = range.start;
            while start < range.end {
                let end = end_after(start).min(range.end);
                pieces.push(start..end);
                start = end;
            }
        }
        pieces
    }

    /// The positions whose keys pass these tests, one list per key column; ascending. Also whether the tests say no more
    /// than that: those behind the first column that is not fixed are left to the caller.
    pub fn ranges(&self, columns: &[Column], tests: &[Vec<KeyTest>]) -> (Vec<Range<usize>>, bool) {
        let whole = 0..self.rows.len();
        let mut found = if whole.is_empty() { vec![] } else { vec![whole] };
        let last = tests.iter().rposition(|tests| !tests.is_empty()).map_or(0, |last| last + 1);
        for (place, tests) in tests.iter().enumerate().take(last) {
            let key = KeyColumn { column: &columns[self.keys[place].0], index: self, place };
            let fixed = tests.iter().any(|t| matches!(t, KeyTest::AnyOf(_) | KeyTest::Null));
            found = found.into_iter().flat_map(|range| key.narrow(range, tests)).collect();
            if !fixed {
                return (found, place + 1 == last);
            }
        }
        (found, true)
    }
}

/// A key column within an index.
struct KeyColumn<'a> {
    column: &'a Column,
    index: &'a Btree,
    place: usize,
}

impl KeyColumn<'_> {
    /// The parts of a range, in which all columns before are equal, that pass the tests; ascending.
    fn narrow(&self, range: Range<usize>, tests: &[KeyTest]) -> Vec<Range<usize>> {
        if tests.is_empty() {
            return vec![range];
        }
        let (nulls, values) = self.split(range);
        if tests.contains(&KeyTest::Null) {
            let alone = tests.iter().all(|test| *test == KeyTest::Null);
            return if alone && !nulls.is_empty() { vec![nulls] } else { vec![] };
        }
        let mut parts = vec![values];
        for test in tests {
            parts = parts.into_iter().flat_map(|part| self.passing(part, test)).collect();
        }
        parts.retain(|part| !part.is_empty());
        parts.sort_by_key(|part| part.start);
        parts.dedup();
        parts
    }

    /// The NULLs of a range, and the others.
    fn split(&self, range: Range<usize>) -> (Range<usize>, Range<usize>) {
        let first = self.index.keys[self.place].2 == NullsOrder::First;
        let middle = self.partition(&range, |row| self.column.is_null(row) == first);
        let (before, after) = (range.start..middle, middle..range.end);
        if first { (before, after) } else { (after, before) }
    }

    /// The parts of a range without NULLs that pass a test.
    fn passing(&self, range: Range<usize>, test: &KeyTest) -> Vec<Range<usize>> {
        let from = |equal: bool, value: &Value| self.before(&range, value, !equal)..range.end;
        let until = |equal: bool, value: &Value| range.start..self.before(&range, value, equal);
        let part = match test {
            KeyTest::NotNull => range,
            KeyTest::Null => return vec![],
            KeyTest::AnyOf(values) => {
                let equal =
                    |value| self.before(&range, value, false)..self.before(&range, value, true);
                return values.iter().map(equal).collect();
            }
            KeyTest::Less(value, equal) if self.descends() => from(*equal, value),
            KeyTest::Less(value, equal) => until(*equal, value),
            KeyTest::Greater(value, equal) if self.descends() => until(*equal, value),
            KeyTest::Greater(value, equal) => from(*equal, value),
        };
        vec![part]
    }

    /// The first position of a range whose key is not before this value (with `or_equal`: nor equal to it).
    fn before(&self, range: &Range<usize>, value: &Value, or_equal: bool) -> usize {
        self.partition(range, |row| {
            let order = compare(&self.column.value(row), value);
            let order = if self.descends() { order.reverse() } else { order };
            order.is_lt() || or_equal && order.is_eq()
        })
    }

    fn descends(&self) -> bool {
        self.index.keys[self.place].1 == Direction::Desc
    }

    /// The first position of a range whose row does not satisfy a property that the first ones have.
    fn partition(&self, range: &Range<usize>, has: impl Fn(usize) -> bool) -> usize {
        let rows = &self.index.rows[range.clone()];
        range.start + rows.partition_point(|row| has(*row as usize))
    }
}

/// The order of two values of types that one btree family holds. [value.order]
fn compare(a: &Value, b: &Value) -> Ordering {
    let integer = |value: &Value| match value {
        Value::Int2(x) => Some(i64::from(*x)),
        Value::Int4(x) => Some(i64::from(*x)),
        Value::Int8(x) => Some(*x),
        _ => None,
    };
    let number = |value: &Value| match value {
        Value::Float4(x) => Some(f64::from(*x)),
        Value::Float8(x) => Some(*x),
        _ => None,
    };
    match (a, b) {
        (Value::Date(a), Value::Timestamp(b)) => date::compare_timestamp(*a, *b),
        (Value::Timestamp(a), Value::Date(b)) => date::compare_timestamp(*b, *a).reverse(),
        _ => match (integer(a).zip(integer(b)), number(a).zip(number(b))) {
            (Some((a, b)), _) => a.cmp(&b),
            (_, Some((a, b))) => float::compare_f64(a, b),
            _ => order::compare(a, b),
        },
    }
}

/// Whether equal values of a type are the same bytes, so that duplicates may share an item (`btequalimage`).
fn merges(ty: Type) -> bool {
    !matches!(ty, Type::Numeric | Type::Float4 | Type::Float8 | Type::Interval | Type::Array(_))
}

/// The page model at work.
struct Model<'a> {
    keys: &'a [Column],
    types: &'a [Type],
    rows: &'a [u32],
    order: &'a RowOrder,
}

/// A leaf or inner page that is being filled.
#[derive(Default)]
struct Filling {
    /// Items on the page.
    items: usize,
    /// Bytes of the last item with its pointer, and how many of them the high key would not need.
    last: (usize, usize),
    used: usize,
}

impl Filling {
    /// Adds an item; tells whether the page was full, so that its last item and this one began a new page.
    fn add(&mut self, bytes: usize, spare: usize, (full, reserve): (usize, usize)) -> bool {
        let free = EMPTY.saturating_sub(self.used);
        let soft = free + self.last.1 < full && self.items > 1;
        let turns = self.items > 1 && (free < bytes + reserve || soft);
        if turns {
            *self = Filling { items: 1, used: self.last.0, last: self.last };
        }
        self.items += 1;
        self.last = (bytes + ITEM_POINTER, spare);
        self.used += bytes + ITEM_POINTER;
        turns
    }
}

impl Model<'_> {
    /// The first position of each leaf, and the number of rows.
    fn leaves(&self, merged: bool) -> Vec<usize> {
        let mut starts = if self.rows.is_empty() { vec![] } else { vec![0] };
        let mut page = Filling::default();
        let (mut at, mut last) = (0, 0);
        while at < self.rows.len() {
            let single = self.item(at, self.keys.len());
            let most = LARGEST_LIST.saturating_sub(single) / PLACE;
            let count = if merged && most > 1 { self.run(at, most) } else { 1 };
            let (bytes, spare) = match count {
                1 => (single, 0),
                _ => {
                    let bytes = (single + count * PLACE).next_multiple_of(8);
                    (bytes, bytes - single)
                }
            };
            if page.add(bytes, spare, (LEAF_FULL, 8)) {
                starts.push(last);
            }
            last = at;
            at += count;
        }
        starts.push(self.rows.len());
        starts
    }

    /// How many rows from this position on, at most `most`, have equal keys.
    fn run(&self, at: usize, most: usize) -> usize {
        let end = (at + most).min(self.rows.len());
        let equal = |other: &usize| self.equal(at, *other, self.keys.len());
        1 + (at + 1..end).take_while(equal).count()
    }

    /// Whether two positions have equal keys in the first so many columns.
    fn equal(&self, a: usize, b: usize, columns: usize) -> bool {
        let (a, b) = (self.rows[a] as usize, self.rows[b] as usize);
        self.order.compare_prefix(a, b, columns).is_eq()
    }

    /// Bytes of an item with the first so many keys of the row at this position.
    fn item(&self, at: usize, columns: usize) -> usize {
        let row = self.rows[at] as usize;
        let keys = &self.keys[..columns];
        let header = if keys.iter().any(|key| key.is_null(row)) { 16 } else { 8 };
        let end = keys.iter().zip(self.types).fold(header, |offset: usize, (key, ty)| {
            if key.is_null(row) {
                return offset;
            }
            match fixed_width(*ty) {
                // As a string with its end.
                _ if *ty == Type::Name => offset + 1 + payload(key, row),
                Some((width, align)) => offset.next_multiple_of(align) + width,
                None => match payload(key, row) {
                    short if short <= 126 => offset + 1 + short,
                    long => offset.next_multiple_of(4) + 4 + long,
                },
            }
        });
        end.next_multiple_of(8)
    }

    /// Bytes of the item of an inner page for the leaf that begins at this position: the keys that tell it from the row
    /// before, and its place if none do.
    fn pivot(&self, start: usize) -> usize {
        let all = self.keys.len();
        let differing = (1..=all).find(|columns| !self.equal(start - 1, start, *columns));
        match differing {
            Some(columns) => self.item(start, columns),
            None => self.item(start, all) + 8,
        }
    }

    /// Pages and height of the whole tree.
    fn size(&self, leaves: &[usize]) -> IndexSize {
        let mut level: Vec<usize> = leaves[..leaves.len() - 1].to_vec();
        if level.is_empty() {
            // Only the page that says that there is no root.
            return IndexSize { pages: 1, height: 0 };
        }
        let (mut pages, mut height) = (1 + level.len() as u64, 0);
        while level.len() > 1 {
            level = self.parents(&level);
            pages += level.len() as u64;
            height += 1;
        }
        IndexSize { pages, height }
    }

    /// The first position below each page of the level above.
    fn parents(&self, level: &[usize]) -> Vec<usize> {
        let mut starts = vec![level[0]];
        let mut page = Filling::default();
        for (number, start) in level.iter().enumerate() {
            // The first item of a page has no keys.
            let bytes = if page.items == 0 { 8 } else { self.pivot(*start) };
            if page.add(bytes, 0, (INNER_FULL, 0)) {
                starts.push(level[number - 1]);
                page.used -= page.used.saturating_sub(bytes + ITEM_POINTER) - (8 + ITEM_POINTER);
            }
        }
        starts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::catalogue::{Index, Statistics, Table};
    use spec::value::Modifier;

    fn index(columns: Vec<(Type, Column)>) -> (Vec<Column>, Btree) {
        let named = |ty| catalogue::Column {
            name: "c".into(),
            ty,
            modifier: Modifier::None,
            not_null: false,
        };
        let table = Table {
            name: "t".into(),
            columns: columns.iter().map(|(ty, _)| named(*ty)).collect(),
            indexes: vec![],
            temporary: false,
            parallel_workers: None,
            statistics: Statistics::default(),
        };
        let keys = (0..columns.len()).map(|at| (at, Direction::Asc, NullsOrder::Last)).collect();
        let index = Index {
            name: "i".into(),
            keys,
            unique: false,
            constraint: false,
            size: IndexSize::default(),
            range: None,
        };
        let columns: Vec<Column> = columns.into_iter().map(|(_, column)| column).collect();
        let tree = Btree::build(&table, &index, &columns, columns[0].len());
        (columns, tree)
    }

    fn size(columns: Vec<(Type, Column)>) -> (u64, u32) {
        let size = index(columns).1.size();
        (size.pages, size.height)
    }

    fn integers(rows: i32, value: impl Fn(i32) -> i32) -> (Type, Column) {
        let values = (0..rows).map(|i| Value::Int4(value(i)));
        (Type::Int4, Column::from_values(Type::Int4, values))
    }

    #[test]
    fn indexes_take_as_many_pages_as_in_postgresql() {
        // tenk1: unique1, hundred, (thousand, tenthous), two
        assert_eq!(size(vec![integers(10_000, |i| i * 7919 % 10_000)]), (30, 1));
        assert_eq!(size(vec![integers(10_000, |i| i % 100)]), (11, 1));
        assert_eq!(size(vec![integers(10_000, |i| i % 1000), integers(10_000, |i| i)]), (30, 1));
        assert_eq!(size(vec![integers(10_000, |i| i % 2)]), (11, 1));
        // onek: unique1, hundred
        assert_eq!(size(vec![integers(1000, |i| i)]), (5, 1));
        assert_eq!(size(vec![integers(1000, |i| i % 100)]), (4, 1));
        assert_eq!(size(vec![integers(600, |i| i % 100)]), (2, 0));
        // create table s as select … from generate_series(1, 30000) g
        let numbers = || 1..=30_000i64;
        let column = |ty: Type, value: &dyn Fn(i64) -> Value| {
            (ty, Column::from_values(ty, numbers().map(value)))
        };
        let eight = || column(Type::Int8, &Value::Int8);
        let text = || column(Type::Text, &|g| Value::text(format!("x{g}")));
        assert_eq!(size(vec![eight()]), (84, 1));
        assert_eq!(size(vec![text()]), (84, 1));
        let numeric =
            column(Type::Numeric, &|g| Value::Numeric(crate::column::decimal(g * 125, 2)));
        assert_eq!(size(vec![numeric]), (103, 1));
        let truth = || column(Type::Bool, &|g| Value::Bool(g % 2 == 0));
        assert_eq!(size(vec![truth()]), (28, 1));
        let day = column(Type::Date, &|g| Value::Date(g as i32));
        assert_eq!(size(vec![truth(), day]), (84, 1));
        assert_eq!(size(vec![eight(), text()]), (117, 1));
        assert_eq!(size(vec![integers(0, |i| i)]), (1, 0));
    }

    #[test]
    fn large_indexes_have_two_levels_above_their_leaves() {
        assert_eq!(size(vec![integers(1_000_000, |i| i)]), (2745, 2));
        assert_eq!(size(vec![integers(1_000_000, |i| i % 1000)]), (896, 2));
    }

    /// Where ranges begin and end.
    fn ends((ranges, exact): (Vec<Range<usize>>, bool)) -> (Vec<(usize, usize)>, bool) {
        (ranges.into_iter().map(|range| (range.start, range.end)).collect(), exact)
    }

    #[test]
    fn tests_on_leading_columns_become_ranges() {
        let (columns, tree) = index(vec![integers(100, |i| i / 10), integers(100, |i| i % 10)]);
        let is = |value: i32| KeyTest::AnyOf(vec![Value::Int4(value)]);
        let less = |value: i32| KeyTest::Less(Value::Int4(value), false);
        let ranges = |tests: &[Vec<KeyTest>]| ends(tree.ranges(&columns, tests));
        assert_eq!(ranges(&[vec![is(3)], vec![]]), (vec![(30, 40)], true));
        assert_eq!(ranges(&[vec![is(3)], vec![less(4)]]), (vec![(30, 34)], true));
        assert_eq!(ranges(&[vec![less(2)], vec![is(4)]]), (vec![(0, 20)], false));
        assert_eq!(ranges(&[vec![], vec![is(4)]]), (vec![(0, 100)], false));
        let two = KeyTest::AnyOf(vec![Value::Int4(5), Value::Int4(1)]);
        assert_eq!(ranges(&[vec![two], vec![]]), (vec![(10, 20), (50, 60)], true));
        assert_eq!(ranges(&[vec![KeyTest::Null], vec![]]), (vec![], true));
        let from = KeyTest::Greater(Value::Int8(8), true);
        assert_eq!(ranges(&[vec![from, less(9)], vec![]]), (vec![(80, 90)], true));
    }

    #[test]
    fn a_scan_without_a_test_on_the_first_key_is_in_order_with_nulls_last() {
        let values = (0..4).map(|i| if i == 1 { Value::Null } else { Value::Int4(i) });
        let first = (Type::Int4, Column::from_values(Type::Int4, values));
        let (columns, tree) = index(vec![first, integers(4, |i| i)]);
        let tests = [vec![], vec![KeyTest::AnyOf(vec![Value::Int4(2)])]];
        assert_eq!(ends(tree.ranges(&columns, &tests)), (vec![(0, 4)], false));
    }

    #[test]
    fn ranges_are_cut_at_the_ends_of_leaves() {
        let (_, tree) = index(vec![integers(1000, |i| i)]);
        assert_eq!(tree.by_leaf(&[360..370, 999..1000], None), [360..366, 366..370, 999..1000]);
        assert_eq!(tree.by_leaf(&[1..4, 6..7], Some(2)), [1..2, 2..4, 6..7]);
    }
}
