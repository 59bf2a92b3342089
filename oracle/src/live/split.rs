//! Cases: rows and the parts that they are divided into. The shapes that are always tried, and random ones.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::values::{Lane, Pool};

/// One field: a place in its argument's pool, `None` for NULL. Lower places hold simpler values.
pub type Cell = Option<u16>;

/// One row: a field for every argument.
pub type Row = Vec<Cell>;

/// As many parts as a case may have: the partitions of the scratch table.
pub const MOST_PARTS: usize = 5;

/// As many rows as a case may have. Float rows are multiples of 840, which all numbers up to 8 divide.
pub const MOST_ROWS: usize = 8;

/// Rows in parts: what a split hands to each participant, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The parts; one without rows is a participant that saw none.
    pub parts: Vec<Vec<Row>>,
}

impl Case {
    /// All rows, in the order of the parts.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.parts.iter().flatten()
    }

    /// How many parts have rows.
    pub fn parts_with_rows(&self) -> usize {
        self.parts.iter().filter(|part| !part.is_empty()).count()
    }

    /// How much there is to look at: parts, then rows, then fields that are not the simplest.
    pub fn weight(&self) -> (usize, usize, usize) {
        let of_cell = |cell: &Cell| usize::from(cell.unwrap_or(0));
        let cells = self.rows().flatten().map(of_cell).sum();
        (self.rows().count() + self.parts.len(), self.rows().count(), cells)
    }

    /// The cases that are one step simpler: a part less, two parts as one, a row less, a field simpler.
    pub fn simpler(&self) -> Vec<Case> {
        let mut simpler = Vec::new();
        for part in 0..self.parts.len() {
            if self.parts.len() > 1 {
                simpler.push(self.with(|parts| drop(parts.remove(part))));
            }
            if part > 0 {
                simpler.push(self.with(|parts| {
                    let moved = parts.remove(part);
                    parts[part - 1].extend(moved);
                }));
            }
            for row in 0..self.parts[part].len() {
                simpler.push(self.with(|parts| drop(parts[part].remove(row))));
            }
        }
        for part in 0..self.parts.len() {
            for row in 0..self.parts[part].len() {
                for field in 0..self.parts[part][row].len() {
                    simpler.extend(self.simpler_fields(part, row, field));
                }
            }
        }
        simpler.extend(self.simpler_everywhere());
        simpler
    }

    /// The same with all fields of one value made the simplest, so that rows which are alike stay alike.
    fn simpler_everywhere(&self) -> Vec<Case> {
        let mut places: Vec<u16> = self.rows().flatten().flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        let made_simple = |now: u16| {
            self.with(|parts| {
                let cells = parts.iter_mut().flatten().flatten();
                cells.filter(|cell| **cell == Some(now)).for_each(|cell| *cell = Some(0));
            })
        };
        places.into_iter().filter(|place| *place > 0).map(made_simple).collect()
    }

    /// A field made simpler: the first few values of its pool, and the half of its place.
    fn simpler_fields(&self, part: usize, row: usize, field: usize) -> Vec<Case> {
        let now = self.parts[part][row][field];
        let tried: Vec<u16> = match now {
            None => vec![0],
            Some(place) => {
                let mut places = vec![0, 1, 2, place / 2, place.saturating_sub(1)];
                places.retain(|tried| *tried < place);
                places.dedup();
                places
            }
        };
        tried
            .into_iter()
            .map(|place| self.with(|parts| parts[part][row][field] = Some(place)))
            .collect()
    }

    /// The same with no two decimals alike in a column, so that differences of them are far from 0 and nothing cancels.
    pub fn with_distinct_decimals(mut self, pools: &[Pool]) -> Case {
        for (column, pool) in pools.iter().enumerate() {
            let mut free: Vec<u16> =
                pool.own(Lane::Decimals).filter_map(|place| u16::try_from(place).ok()).collect();
            for cell in self.parts.iter_mut().flatten().filter_map(|row| row[column].as_mut()) {
                match free.iter().position(|place| place == cell) {
                    Some(at) => drop(free.remove(at)),
                    None => *cell = free.pop().unwrap_or(*cell),
                }
            }
        }
        self
    }

    fn with(&self, change: impl FnOnce(&mut Vec<Vec<Row>>)) -> Case {
        let mut parts = self.parts.clone();
        change(&mut parts);
        Case { parts }
    }
}

/// A row of random fields; about one in six is NULL.
pub fn random_row(pools: &[Pool], lane: Lane, random: &mut ChaCha8Rng) -> Row {
    let field = |pool: &Pool| match random.random_range(0..6) {
        0 => None,
        _ => Some(pool.draw(lane, random)),
    };
    pools.iter().map(field).collect()
}

/// Rows without NULL.
pub fn full_row(pools: &[Pool], lane: Lane, random: &mut ChaCha8Rng) -> Row {
    pools.iter().map(|pool| Some(pool.draw(lane, random))).collect()
}

/// The shapes that are always tried: no rows, only NULL, one row, few, many; as one part, even, square-root, exponential and
/// one-row parts; each with a part without rows first, last and between.
pub fn shapes(pools: &[Pool], lane: Lane, random: &mut ChaCha8Rng) -> Vec<Case> {
    let nothing: Row = vec![None; pools.len()];
    let mut lists = vec![vec![], vec![nothing.clone()], vec![nothing.clone(); 2]];
    for rows in [1, 2, 3, 5, MOST_ROWS] {
        lists.push((0..rows).map(|_| full_row(pools, lane, random)).collect());
    }
    for at in 0..3 {
        let mut rows: Vec<Row> = (0..2).map(|_| full_row(pools, lane, random)).collect();
        rows.insert(at, nothing.clone());
        lists.push(rows);
    }
    let same = full_row(pools, lane, random);
    lists.push(vec![same; 4]);
    let mut cases: Vec<Case> = Vec::new();
    for rows in &lists {
        for sizes in sizes(rows.len()) {
            let split = cut(rows, &sizes);
            cases.extend(with_empty_parts(&split));
            cases.push(split);
        }
    }
    let mut seen = Vec::new();
    cases.retain(|case| {
        let is_new = !seen.contains(case);
        seen.push(case.clone());
        is_new
    });
    cases
}

/// Sizes of parts for so many rows: one part, halves, thirds, square-root parts, parts that double, parts of one row.
fn sizes(rows: usize) -> Vec<Vec<usize>> {
    let mut all = vec![vec![rows]];
    let even = |parts: usize| -> Vec<usize> {
        (0..parts).map(|part| rows * (part + 1) / parts - rows * part / parts).collect()
    };
    all.extend((2..=3).filter(|parts| *parts <= rows).map(even));
    let root = rows.isqrt();
    if root > 1 && rows.div_ceil(root) <= MOST_PARTS {
        all.push((0..rows.div_ceil(root)).map(|part| root.min(rows - part * root)).collect());
    }
    if rows > 3 {
        let mut left = rows;
        let mut doubling = Vec::new();
        while left > 0 {
            let next = if doubling.len() + 1 == MOST_PARTS { left } else { 1 << doubling.len() };
            doubling.push(next.min(left));
            left -= next.min(left);
        }
        doubling.reverse();
        all.push(doubling);
    }
    if (2..=MOST_PARTS).contains(&rows) {
        all.push(vec![1; rows]);
    }
    all
}

/// Cuts rows into parts of these sizes.
pub fn cut(rows: &[Row], sizes: &[usize]) -> Case {
    let mut rows = rows.iter().cloned();
    Case { parts: sizes.iter().map(|size| rows.by_ref().take(*size).collect()).collect() }
}

/// The same split with a part without rows at each place, and at all of them.
fn with_empty_parts(case: &Case) -> Vec<Case> {
    let mut cases = Vec::new();
    if case.parts.len() < MOST_PARTS {
        for at in 0..=case.parts.len() {
            cases.push(case.with(|parts| parts.insert(at, vec![])));
        }
    }
    if case.parts.len() * 2 < MOST_PARTS {
        let parts = case.parts.iter().flat_map(|part| [vec![], part.clone()]);
        cases.push(Case { parts: parts.chain([vec![]]).collect() });
    }
    cases
}

/// Up to eight random rows in one to five parts, some of them without rows.
pub fn random_case(pools: &[Pool], lane: Lane, random: &mut ChaCha8Rng) -> Case {
    let rows = random.random_range(1..=MOST_ROWS);
    let parts = random.random_range(1..=MOST_PARTS);
    let mut case = Case { parts: vec![vec![]; parts] };
    for _ in 0..rows {
        let part = random.random_range(0..parts);
        case.parts[part].push(random_row(pools, lane, random));
    }
    case
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn pools() -> Vec<Pool> {
        vec![Pool::of("integer", &["1", "2", "3"])]
    }

    #[test]
    fn no_rows_all_null_and_one_row_are_no_part_first_last_and_every_part() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let cases = shapes(&pools(), Lane::Exact, &mut random);
        let has = |parts: &[usize]| {
            cases.iter().any(|case| case.parts.iter().map(Vec::len).collect::<Vec<_>>() == parts)
        };
        for parts in [&[0][..], &[0, 0], &[1], &[1, 0], &[0, 1], &[0, 1, 0], &[1, 1, 1], &[4, 4]] {
            assert!(has(parts), "{parts:?}");
        }
        assert!(has(&[1, 4, 2, 1]), "parts that double");
        assert!(cases.iter().all(|case| case.parts.len() <= MOST_PARTS));
        assert!(cases.iter().all(|case| case.rows().count() <= MOST_ROWS));
        assert!(cases.iter().any(|case| case.rows().count() == 2
            && case.parts.len() == 2
            && case.rows().all(|row| row == &[None])));
    }

    #[test]
    fn a_simpler_case_weighs_less() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        for _ in 0..50 {
            let case = random_case(&pools(), Lane::Exact, &mut random);
            for simpler in case.simpler() {
                let null_to_value = simpler.rows().flatten().flatten().count()
                    > case.rows().flatten().flatten().count();
                assert!(simpler.weight() < case.weight() || null_to_value, "{case:?} {simpler:?}");
            }
        }
    }
}
