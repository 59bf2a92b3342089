//! Shapes that are always tried: the splits and the rows on which aggregates were found to fail.

use super::{Law, Part, Sample, Split};

/// The splits of this many rows that are tried before any random one; each keeps the order of the rows, and each comes twice, with
/// states as they are and with states as bytes. [law.shapes]
///
/// The leader alone; an empty part first, last and between all others; nothing but empty parts beside one; a part of one row
/// first, last and throughout; two and three even parts; as many parts as the square root; parts that double in size; a chain
/// and a balanced tree of one-row parts.
///
/// ```
/// use bothways_spec::laws::shapes;
///
/// let shown: Vec<String> = shapes(3).iter().map(ToString::to_string).collect();
/// assert!(shown.contains(&"[() (0 1 2)]".to_owned()));
/// assert!(shown.contains(&"[[(0) (1)] (2)]".to_owned()));
/// ```
pub fn shapes(rows: usize) -> Vec<Split> {
    let sizes: Vec<Vec<usize>> = vec![
        vec![rows],
        vec![0, rows],
        vec![rows, 0],
        vec![0, rows / 2, 0, rows - rows / 2, 0],
        vec![0, 0, rows, 0],
        vec![rows.min(1), rows - rows.min(1)],
        vec![rows - rows.min(1), rows.min(1)],
        vec![1; rows],
        even(rows, 2),
        even(rows, 3),
        even(rows, rows.isqrt().max(1)),
        doubling(rows),
    ];
    let mut all = vec![Split::serial(rows)];
    for shipped in [false, true] {
        let part = |split| Part { split, shipped };
        for sizes in &sizes {
            all.push(Split::Combine(runs(sizes).map(part).collect()));
        }
        let single = |row| Split::Rows(vec![row]);
        let chain = (1..rows).fold(Split::Rows((0..rows.min(1)).collect()), |chain, row| {
            Split::Combine(vec![part(chain), part(single(row))])
        });
        all.push(chain);
        all.push(balanced(0, rows, shipped));
    }
    all
}

/// How many shapes there are, whatever the rows.
const SHAPES: usize = 29;

/// First choices from this one on name a shape.
const FIRST: u8 = 200;

/// The shape that a first choice names, if it names one.
pub(super) fn chosen(rows: usize, choice: u8) -> Option<Split> {
    let number = usize::from(choice.checked_sub(FIRST)?);
    Some(shapes(rows).swap_remove(number % SHAPES))
}

/// Samples for a law that are tried before random ones: no row, NULLs alone, one row, NULL parts and one-row parts first, last
/// and throughout, in every shape or with every cut. [law.shapes]
///
/// The rows are the first of those given: one NULL, three others.
pub fn presets<I: Clone>(law: Law, nulls: &[I], others: &[I]) -> Vec<Sample<I>> {
    let mut lists: Vec<Vec<I>> = vec![Vec::new()];
    let mut add = |rows: &[Option<&I>]| {
        let rows: Option<Vec<I>> = rows.iter().map(|row| row.cloned()).collect();
        lists.extend(rows);
    };
    let null = nulls.first();
    let [x, y, z] = [0, 1, 2].map(|i| others.get(i).or(others.first()));
    for rows in [
        &[null][..],
        &[null, null],
        &[x],
        &[null, x],
        &[x, null],
        &[x, y],
        &[x, x],
        &[null, x, y],
        &[x, y, z],
        &[null, null, x, y],
        &[x, y, null, null],
        &[x, y, z, x, y, x],
    ] {
        add(rows);
    }
    let choose = |rows: Vec<I>| {
        let choices = choices(law, rows.len());
        choices.into_iter().map(move |choices| Sample { rows: rows.clone(), choices })
    };
    // Two cuts of three rows give every order of NULL, empty and one-row parts; trees need more rows.
    lists.retain(|rows| rows.len() <= 3 || law.asks_for_a_split());
    lists.into_iter().flat_map(choose).collect()
}

fn choices(law: Law, rows: usize) -> Vec<Vec<u8>> {
    if law.asks_for_a_split() {
        let mut seen: Vec<Split> = Vec::new();
        let mut numbers = Vec::new();
        for (number, split) in (FIRST..).zip(shapes(rows)) {
            if !seen.contains(&split) {
                seen.push(split);
                numbers.push(vec![number]);
            }
        }
        return numbers;
    }
    match law {
        Law::EmptyPartIsNeutral => [[1, 0], [0, 1], [1, 1], [2, 2]].map(|x| x.to_vec()).to_vec(),
        Law::DamagedBytesAreRefused => vec![Vec::new()],
        Law::MalformedBytesAreHarmless => (0..4u8).map(|i| vec![i, 7 * i + 5, 11 * i]).collect(),
        _ => {
            let last = rows as u8;
            let cuts = (0..=last).flat_map(|a| (a..=last).map(move |b| vec![a, b, last]));
            cuts.collect()
        }
    }
}

/// Runs of these sizes, one after the other.
fn runs(sizes: &[usize]) -> impl Iterator<Item = Split> {
    let mut start = 0;
    sizes.iter().map(move |size| {
        let run = Split::Rows((start..start + size).collect());
        start += size;
        run
    })
}

fn even(rows: usize, parts: usize) -> Vec<usize> {
    (0..parts).map(|i| (i + 1) * rows / parts - i * rows / parts).collect()
}

fn doubling(rows: usize) -> Vec<usize> {
    let (mut left, mut size, mut sizes) = (rows, 1, Vec::new());
    while left > 0 {
        sizes.push(size.min(left));
        left -= size.min(left);
        size *= 2;
    }
    sizes
}

fn balanced(start: usize, end: usize, shipped: bool) -> Split {
    if end - start < 2 {
        return Split::Rows((start..end).collect());
    }
    let middle = (start + end) / 2;
    let part = |split| Part { split, shipped };
    Split::Combine(vec![
        part(balanced(start, middle, shipped)),
        part(balanced(middle, end, shipped)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_holds_every_row_once_and_in_order() {
        for rows in 0..20 {
            let all = shapes(rows);
            assert_eq!(all.len(), SHAPES);
            for split in all {
                let places: Vec<usize> = split.leaves().concat();
                assert_eq!(places, (0..rows).collect::<Vec<_>>(), "{split}");
            }
        }
    }

    #[test]
    fn parts_without_rows_nulls_and_single_rows_come_at_every_place() {
        let samples = presets(Law::SplitIsInvisible, &[0], &[1, 2, 3]);
        let shown: Vec<String> = samples
            .iter()
            .map(|sample| {
                let split = Split::from_choices(sample.rows.len(), true, &sample.choices);
                format!("{:?} {split}", sample.rows)
            })
            .collect();
        for expected in [
            "[] [() ()]",
            "[0, 0] [(0) (1)]",
            "[0, 0, 1, 2] [(0 1) (2 3)]",
            "[1, 2, 0, 0] [(0 1) (2 3)]",
            "[0, 1] [~(0) ~(1)]",
            "[1] [(0) ()]",
            "[1, 2, 3, 1, 2, 1] [(0) (1 2) (3 4 5)]",
        ] {
            assert!(shown.iter().any(|sample| sample == expected), "{expected} of {shown:?}");
        }
        assert!(presets(Law::SplitIsInvisible, &[], &[1]).iter().all(|s| !s.rows.contains(&0)));
    }
}
