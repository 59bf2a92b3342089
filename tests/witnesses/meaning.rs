//! What each node means, by definition, for participants that have these bags: no engine, no batches, no schedule.
//!
//! ```text
//! outcomes    inputs, participant by participant  →  every output, participant by participant, that may come about
//! serial      the same with one participant that has everything: the bags that are right
//! read        what an output promises once the node that its stage asks for has been applied
//! ```
//!
//! Where a node may do several things, all are listed: a Limit without an order keeps any row, a Partial aggregate may
//! send the state of a group in several pieces, floats are added in any order, and a volatile filter keeps any rows.

use std::collections::BTreeSet;

use spec::plan::check::Distribution;
use spec::query::JoinKind;

/// A value; `None` is NULL. Floats are their bits.
pub type Cell = Option<i64>;
pub type Row = Vec<Cell>;
/// Rows, in the order in which they come, where that matters.
pub type Bag = Vec<Row>;
/// What each participant has.
pub type Shares = Vec<Bag>;

/// How many rows a bounded sort and a Limit keep.
pub const BOUND: usize = 2;

/// A node with what its meaning depends on; the orders are by `x` (total) or by `x IS NULL` (not total).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Scan {
        parallel: bool,
    },
    Filter,
    FilterAtRandom,
    Project,
    SubqueryScan,
    Material,
    Sort,
    /// A sort with a bound.
    Top {
        total: bool,
    },
    /// Over a sort, if there is an order.
    Limit {
        total: Option<bool>,
    },
    /// All but the first row in order of `x`.
    Offset,
    Distinct,
    /// Over a sort.
    Unique,
    Aggregate {
        grouped: bool,
    },
    FloatSum,
    PartialAggregate {
        grouped: bool,
    },
    /// Over a Partial aggregate.
    Finalize {
        grouped: bool,
    },
    Append {
        parallel: bool,
        inputs: usize,
    },
    HashJoin {
        kind: JoinKind,
        shared: bool,
    },
    NestedLoop {
        kind: JoinKind,
    },
    Gather {
        single_copy: bool,
    },
    GatherMerge {
        sorted: bool,
    },
}

/// What an output promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    Complete,
    /// States: Finalize makes them groups.
    States {
        grouped: bool,
    },
    /// One more DISTINCT is due.
    Distinct,
    /// Merged in their order, the first rows are right.
    Top {
        total: bool,
    },
    /// The rows come in order of `x`.
    Ordered,
}

/// The function `f` of the tables: floats whose sum depends on the order of addition.
pub fn float_of(x: i64) -> f64 {
    if x == 1 { 1e16 } else { 1.0 }
}

/// The rows in a fixed order.
pub fn sorted(mut bag: Bag) -> Bag {
    bag.sort_by_cached_key(total_key);
    bag
}

/// Ascending, NULLs last.
fn total_key(row: &Row) -> Vec<(bool, Cell)> {
    row.iter().map(|cell| (cell.is_none(), *cell)).collect()
}

pub fn in_order(bag: &Bag) -> bool {
    bag.windows(2).all(|pair| total_key(&pair[0]) <= total_key(&pair[1]))
}

/// Every choice of one option for each.
fn product<T: Clone>(options: &[Vec<T>]) -> Vec<Vec<T>> {
    let start = vec![vec![]];
    options.iter().fold(start, |chosen, options| {
        let with = |chosen: &Vec<T>| {
            let chosen = chosen.clone();
            options.iter().map(move |option| [chosen.clone(), vec![option.clone()]].concat())
        };
        chosen.iter().flat_map(with).collect()
    })
}

/// Every sub-bag.
fn sub_bags(bag: &Bag) -> BTreeSet<Bag> {
    let kept = |mask: usize| {
        let rows = bag.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1);
        sorted(rows.map(|(_, row)| row.clone()).collect())
    };
    (0..1 << bag.len()).map(kept).collect()
}

/// The bags of `count` rows (all, if there are fewer) that may be the first; without an order any may.
fn first(count: usize, total: Option<bool>, bag: &Bag) -> Vec<Bag> {
    let keys = |bag: &Bag| -> Vec<(bool, Cell)> {
        let key = |row: &Row| match total {
            None => (false, None),
            Some(true) => (row[0].is_none(), row[0]),
            Some(false) => (row[0].is_none(), None),
        };
        let mut keys: Vec<_> = bag.iter().map(key).collect();
        keys.sort_unstable();
        keys
    };
    let count = count.min(bag.len());
    let least = keys(bag)[..count].to_vec();
    sub_bags(bag).into_iter().filter(|some| some.len() == count && keys(some) == least).collect()
}

fn dedup(bag: &Bag) -> Bag {
    let mut rows = sorted(bag.clone());
    rows.dedup();
    rows
}

/// Groups of `x` with their rows; all rows are one group if there are no keys.
fn counted(bag: &Bag, grouped: bool) -> Bag {
    if !grouped {
        return vec![vec![Some(bag.len() as i64)]];
    }
    let count = |group: &Row| bag.iter().filter(|row| *row == group).count() as i64;
    dedup(bag).into_iter().map(|group| vec![group[0], Some(count(&group))]).collect()
}

/// Counts added up by group.
fn finalized(states: &Bag, grouped: bool) -> Bag {
    let sum =
        |rows: &[&Row]| rows.iter().map(|row| row.last().copied().flatten().unwrap_or(0)).sum();
    if !grouped {
        return vec![vec![Some(sum(&states.iter().collect::<Vec<_>>()))]];
    }
    let keys = dedup(&states.iter().map(|row| vec![row[0]]).collect());
    let group = |key: &Row| states.iter().filter(|row| row[0] == key[0]).collect::<Vec<_>>();
    sorted(keys.iter().map(|key| vec![key[0], Some(sum(&group(key)))]).collect())
}

/// The ways to write `n` as a sum of positive numbers, descending.
fn partitions(n: i64, largest: i64) -> Vec<Vec<i64>> {
    if n == 0 {
        return vec![vec![]];
    }
    let with = |part: i64| {
        partitions(n - part, part).into_iter().map(move |rest| [vec![part], rest].concat())
    };
    (1..=largest.min(n)).rev().flat_map(with).collect()
}

/// The states that a Partial aggregate may send: without keys exactly one, else each group in one or more pieces.
fn flushes(bag: &Bag, grouped: bool) -> Vec<Bag> {
    let groups = counted(bag, grouped);
    if !grouped {
        return vec![groups];
    }
    let pieces = |group: &Row| -> Vec<Bag> {
        let count = group[1].unwrap_or(0);
        let rows = |parts: Vec<i64>| parts.iter().map(|part| vec![group[0], Some(*part)]).collect();
        partitions(count, count).into_iter().map(rows).collect()
    };
    let options: Vec<Vec<Bag>> = groups.iter().map(pieces).collect();
    product(&options).into_iter().map(|chosen| chosen.concat()).collect()
}

/// Every order of the rows.
fn orders(bag: &Bag) -> Vec<Bag> {
    if bag.is_empty() {
        return vec![vec![]];
    }
    let mut all = vec![];
    for (i, row) in bag.iter().enumerate() {
        let mut rest = bag.clone();
        rest.remove(i);
        all.extend(orders(&rest).into_iter().map(|rest| [vec![row.clone()], rest].concat()));
    }
    all.sort();
    all.dedup();
    all
}

/// The sums of `f(x)` that some order of addition gives.
fn float_sums(bag: &Bag) -> Vec<Bag> {
    let sum = |order: &Bag| -> Bag {
        let mut terms = order.iter().filter_map(|row| row[0].map(float_of));
        let first = terms.next();
        vec![vec![first.map(|first| terms.fold(first, |sum, term| sum + term).to_bits() as i64)]]
    };
    let sums: BTreeSet<Bag> = orders(bag).iter().map(sum).collect();
    sums.into_iter().collect()
}

fn meets(outer: &Row, inner: &Row) -> bool {
    outer[0].is_some() && outer[0] == inner[0]
}

/// What an outer row gives over an inner bag.
fn of_outer(kind: JoinKind, outer: &Row, inner: &Bag) -> Bag {
    let pairs = inner.iter().filter(|inner| meets(outer, inner));
    let pairs: Bag = pairs.map(|inner| [outer.clone(), inner.clone()].concat()).collect();
    match kind {
        JoinKind::Inner | JoinKind::Right => pairs,
        JoinKind::Left | JoinKind::Full if pairs.is_empty() => {
            vec![[outer.clone(), vec![None]].concat()]
        }
        JoinKind::Left | JoinKind::Full => pairs,
        JoinKind::Semi if pairs.is_empty() => vec![],
        JoinKind::Anti if !pairs.is_empty() => vec![],
        JoinKind::Semi | JoinKind::Anti => vec![outer.clone()],
    }
}

/// The inner rows that are returned for having no partner among all these outer rows.
fn unmatched_inner(kind: JoinKind, outer: &Bag, inner: &Bag) -> Bag {
    if !matches!(kind, JoinKind::Right | JoinKind::Full) {
        return vec![];
    }
    let lonely = inner.iter().filter(|inner| !outer.iter().any(|outer| meets(outer, inner)));
    lonely.map(|inner| [vec![None], inner.clone()].concat()).collect()
}

fn join(kind: JoinKind, outer: &Bag, inner: &Bag) -> Bag {
    let mut rows: Bag = outer.iter().flat_map(|row| of_outer(kind, row, inner)).collect();
    rows.extend(unmatched_inner(kind, outer, inner));
    rows
}

/// All fill one table; one participant, whoever it is, returns the unmatched inner rows.
fn shared_join(kind: JoinKind, outer: &Shares, inner: &Shares) -> Vec<Shares> {
    let table = inner.concat();
    let probe = |outer: &Bag| outer.iter().flat_map(|row| of_outer(kind, row, &table)).collect();
    let probed: Shares = outer.iter().map(probe).collect();
    let unmatched = unmatched_inner(kind, &outer.concat(), &table);
    let electing = |elected: usize| {
        let mut shares = probed.clone();
        shares[elected].extend(unmatched.clone());
        shares
    };
    (0..outer.len()).map(electing).collect()
}

/// A shared input is run by all, any other by exactly one participant, whoever it is.
fn parallel_append(inputs: &[(Distribution, Shares)]) -> Vec<Shares> {
    let participants = inputs[0].1.len();
    let run = |(distribution, shares): &(Distribution, Shares)| -> Vec<Shares> {
        if *distribution == Distribution::Partial {
            return vec![shares.clone()];
        }
        let by = |elected: usize| {
            let share = |i: usize| if i == elected { shares[i].clone() } else { vec![] };
            (0..participants).map(share).collect()
        };
        (0..participants).map(by).collect()
    };
    let options: Vec<Vec<Shares>> = inputs.iter().map(run).collect();
    product(&options).into_iter().map(|chosen| beside(&chosen)).collect()
}

/// Each participant's rows of all inputs.
fn beside(inputs: &[Shares]) -> Shares {
    let of = |i: usize| inputs.iter().flat_map(|shares| shares[i].clone()).collect();
    (0..inputs[0].len()).map(of).collect()
}

/// Merges lists by their next rows, as a merge does that believes them to be in order.
fn merge(mut lists: Shares) -> Bag {
    let mut merged = vec![];
    while let Some(least) = (0..lists.len())
        .filter(|&i| !lists[i].is_empty())
        .min_by(|&a, &b| total_key(&lists[a][0]).cmp(&total_key(&lists[b][0])))
    {
        merged.push(lists[least].remove(0));
    }
    merged
}

/// Each participant for itself.
fn each(shares: &Shares, node: impl Fn(&Bag) -> Vec<Bag>) -> Vec<Shares> {
    let options: Vec<Vec<Bag>> = shares.iter().map(node).collect();
    product(&options)
}

/// Everything that the node may give to the participants of a world of so many.
pub fn outcomes(shape: Shape, inputs: &[(Distribution, Shares)], world: usize) -> Vec<Shares> {
    let input = &inputs[0].1;
    let second = || &inputs[1].1;
    let one = |node: fn(&Bag) -> Bag| vec![input.iter().map(node).collect()];
    match shape {
        Shape::Scan { parallel: true } => assignments(&input[0], world),
        Shape::Scan { parallel: false } | Shape::SubqueryScan | Shape::Material => one(Bag::clone),
        Shape::Filter => one(|bag| bag.iter().filter(|row| row[0] == Some(2)).cloned().collect()),
        Shape::FilterAtRandom => each(input, |bag| sub_bags(bag).into_iter().collect()),
        Shape::Project => one(|bag| bag.iter().map(|row| vec![row[0].map(|x| -x)]).collect()),
        Shape::Sort => one(|bag| sorted(bag.clone())),
        Shape::Top { total } => each(input, |bag| first(BOUND, Some(total), bag)),
        Shape::Limit { total } => each(input, |bag| first(BOUND, total, bag)),
        Shape::Offset => one(|bag| sorted(bag.clone()).into_iter().skip(1).collect()),
        Shape::Distinct | Shape::Unique => one(dedup),
        Shape::Aggregate { grouped } => each(input, |bag| vec![counted(bag, grouped)]),
        Shape::FloatSum => each(input, float_sums),
        Shape::PartialAggregate { grouped } => each(input, |bag| flushes(bag, grouped)),
        Shape::Finalize { grouped } => each(input, |bag| {
            flushes(bag, grouped).iter().map(|states| finalized(states, grouped)).collect()
        }),
        Shape::Append { parallel: false, .. } => {
            vec![beside(&inputs.iter().map(|(_, shares)| shares.clone()).collect::<Vec<_>>())]
        }
        Shape::Append { parallel: true, .. } => parallel_append(inputs),
        Shape::HashJoin { kind, shared: true } => shared_join(kind, input, second()),
        Shape::HashJoin { kind, shared: false } | Shape::NestedLoop { kind } => {
            let sides = input.iter().zip(second());
            vec![sides.map(|(outer, inner)| join(kind, outer, inner)).collect()]
        }
        Shape::Gather { .. } => vec![vec![input.concat(); world]],
        Shape::GatherMerge { sorted: true } => {
            vec![vec![merge(input.iter().cloned().map(sorted).collect()); world]]
        }
        Shape::GatherMerge { sorted: false } => {
            let any = each(input, orders).into_iter();
            any.map(|lists| vec![merge(lists); world]).collect()
        }
    }
}

/// Every way to give each row of a bag to one of so many participants.
pub fn assignments(bag: &Bag, participants: usize) -> Vec<Shares> {
    let nobody = vec![vec![vec![]; participants]];
    bag.iter().fold(nobody, |dealt, row| {
        let deal = |shares: &Shares| {
            let shares = shares.clone();
            (0..participants).map(move |to| {
                let mut shares = shares.clone();
                shares[to].push(row.clone());
                shares
            })
        };
        dealt.iter().flat_map(deal).collect()
    })
}

/// The bags that the node may give when one process does it all.
pub fn serial(shape: Shape, bags: &[Bag]) -> BTreeSet<Bag> {
    let inputs: Vec<_> = bags.iter().map(|bag| (Distribution::Single, vec![bag.clone()])).collect();
    let finished = |shares: Shares| match shape {
        Shape::PartialAggregate { grouped } => finalized(&shares[0], grouped),
        _ => sorted(shares[0].clone()),
    };
    outcomes(shape, &inputs, 1).into_iter().map(finished).collect()
}

/// Whether an output, read as its stage asks, can only be something that is right.
pub fn permitted(reading: Reading, bag: &Bag, right: &BTreeSet<Bag>) -> bool {
    match reading {
        Reading::Complete => right.contains(&sorted(bag.clone())),
        Reading::Ordered => in_order(bag) && right.contains(&sorted(bag.clone())),
        Reading::States { grouped } => right.contains(&finalized(bag, grouped)),
        Reading::Distinct => right.contains(&dedup(bag)),
        Reading::Top { total } => {
            first(BOUND, Some(total), bag).iter().all(|first| right.contains(first))
        }
    }
}

/// Whether an outcome keeps the promise of a distribution and a reading.
pub fn keeps(
    (distribution, reading): (Distribution, Reading),
    outcome: &Shares,
    right: &BTreeSet<Bag>,
) -> bool {
    match distribution {
        Distribution::Single => permitted(reading, &outcome[0], right),
        Distribution::Partial => permitted(reading, &outcome.concat(), right),
        Distribution::Replicated => {
            let same = |bag: &Bag| match reading {
                Reading::States { grouped } => finalized(bag, grouped),
                Reading::Distinct => dedup(bag),
                _ => sorted(bag.clone()),
            };
            outcome.iter().all(|bag| same(bag) == same(&outcome[0]))
                && permitted(reading, &outcome[0], right)
        }
    }
}
