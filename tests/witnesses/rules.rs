//! The rules: every node over inputs of every distribution, in worlds of one, two and three participants.

use std::collections::BTreeSet;
use std::sync::Arc;

use spec::catalogue::Table;
use spec::plan::check::{Distribution, Participants, Refusal, Relation, Stage, judgement};
use spec::plan::{Mode, Plan};
use spec::query::JoinKind;
use spec::value::Type;

use super::meaning::{BOUND, Bag, Reading, Shape, Shares, assignments, keeps, outcomes, serial};
use super::shapes::*;

pub const KINDS: [JoinKind; 6] = [
    JoinKind::Inner,
    JoinKind::Left,
    JoinKind::Right,
    JoinKind::Full,
    JoinKind::Semi,
    JoinKind::Anti,
];

/// What a relation is claimed to be.
pub type Claim = (Distribution, Reading);

/// A node over inputs of these distributions.
#[derive(Clone, Debug)]
pub struct Rule {
    pub shape: Shape,
    /// Participants of the world in which it stands.
    pub world: usize,
    /// Participants of the world in which its inputs stand.
    pub below: usize,
    pub inputs: Vec<Distribution>,
    /// What the inputs are, if not scans: a node whose output over shares is not finished.
    pub over: Option<Shape>,
}

/// The smallest input on which a claim does not hold.
pub struct Counterexample {
    pub bags: Vec<Bag>,
    pub shares: Vec<Shares>,
    pub outcome: Shares,
}

/// The tables that a rule's inputs are scans of, and one to observe replicas with.
pub struct Tables {
    pub inputs: [Arc<Table>; 2],
    pub probe: Arc<Table>,
}

impl Tables {
    pub fn new() -> Tables {
        Tables { inputs: [table("a"), table("b")], probe: table("probe") }
    }
}

fn shapes() -> Vec<Shape> {
    let mut shapes = vec![
        Shape::Scan { parallel: false },
        Shape::Scan { parallel: true },
        Shape::Filter,
        Shape::FilterAtRandom,
        Shape::Project,
        Shape::SubqueryScan,
        Shape::Material,
        Shape::Sort,
        Shape::Top { total: true },
        Shape::Top { total: false },
        Shape::Limit { total: None },
        Shape::Limit { total: Some(true) },
        Shape::Limit { total: Some(false) },
        Shape::Offset,
        Shape::Distinct,
        Shape::Unique,
        Shape::FloatSum,
        Shape::Gather { single_copy: false },
        Shape::Gather { single_copy: true },
        Shape::GatherMerge { sorted: true },
        Shape::GatherMerge { sorted: false },
    ];
    for grouped in [false, true] {
        shapes.push(Shape::Aggregate { grouped });
        shapes.push(Shape::PartialAggregate { grouped });
        shapes.push(Shape::Finalize { grouped });
    }
    shapes.push(Shape::Append { parallel: false, inputs: 2 });
    shapes.push(Shape::Append { parallel: true, inputs: 1 });
    shapes.push(Shape::Append { parallel: true, inputs: 2 });
    for kind in KINDS {
        shapes.push(Shape::HashJoin { kind, shared: false });
        shapes.push(Shape::HashJoin { kind, shared: true });
        shapes.push(Shape::NestedLoop { kind });
    }
    shapes
}

/// Every rule in this world.
pub fn rules(world: usize) -> Vec<Rule> {
    let mut rules = vec![];
    for shape in shapes() {
        let below: &[usize] = match shape {
            Shape::Gather { single_copy: true } => &[1],
            Shape::Gather { .. } | Shape::GatherMerge { .. } => &[2, 3],
            _ => &[world],
        };
        for &below in below {
            let one: &[Distribution] = match (below, shape) {
                (1, _) => &[Distribution::Single],
                (_, Shape::Scan { .. }) => &[Distribution::Replicated],
                _ => &[Distribution::Partial, Distribution::Replicated],
            };
            for first in one {
                let over = None;
                if arity(shape) == 1 {
                    rules.push(Rule { shape, world, below, inputs: vec![*first], over });
                } else {
                    rules.extend(one.iter().map(|second| Rule {
                        shape,
                        world,
                        below,
                        inputs: vec![*first, *second],
                        over,
                    }));
                }
            }
        }
    }
    rules.extend(unfinished(world));
    rules
}

/// The rules over what is distinct, or first, within each participant only: below a Gather, and above one.
fn unfinished(world: usize) -> Vec<Rule> {
    let mut shapes = vec![
        Shape::Filter,
        Shape::Project,
        Shape::SubqueryScan,
        Shape::Material,
        Shape::Sort,
        Shape::Distinct,
        Shape::Aggregate { grouped: false },
        Shape::Aggregate { grouped: true },
        Shape::PartialAggregate { grouped: true },
        Shape::Append { parallel: false, inputs: 2 },
        Shape::HashJoin { kind: JoinKind::Inner, shared: false },
    ];
    if world == 1 {
        shapes.push(Shape::Gather { single_copy: false });
    }
    let more = [
        Shape::Limit { total: None },
        Shape::Top { total: true },
        Shape::Unique,
        Shape::GatherMerge { sorted: true },
    ];
    let gathers = |shape| matches!(shape, Shape::Gather { .. } | Shape::GatherMerge { .. });
    let mut rules = vec![];
    for over in [Shape::Distinct, Shape::Top { total: true }] {
        let more = more
            .iter()
            .filter(|shape| over == Shape::Distinct && (world == 1 || !gathers(**shape)));
        for shape in shapes.iter().chain(more).copied() {
            let input = if world == 1 && !gathers(shape) {
                Distribution::Single
            } else {
                Distribution::Partial
            };
            let whole = if world == 1 { Distribution::Single } else { Distribution::Replicated };
            let inputs = match (shape, arity(shape)) {
                (Shape::HashJoin { .. }, _) => vec![input, whole],
                (_, inputs) => vec![input; inputs],
            };
            rules.push(Rule { shape, world, below: world.max(2), inputs, over: Some(over) });
        }
    }
    rules
}

fn arity(shape: Shape) -> usize {
    match shape {
        Shape::Append { inputs, .. } => inputs,
        Shape::HashJoin { .. } | Shape::NestedLoop { .. } => 2,
        _ => 1,
    }
}

impl Rule {
    /// Its name: the node, and how its inputs are distributed.
    pub fn name(&self) -> String {
        let node = match self.shape {
            Shape::HashJoin { kind, shared: false } => format!("HashJoin {kind:?}"),
            Shape::HashJoin { kind, shared: true } => format!("ParallelHashJoin {kind:?}"),
            Shape::NestedLoop { kind } => format!("NestedLoop {kind:?}"),
            other => format!("{other:?}").replace(['{', '}'], "").replace("  ", " "),
        };
        let over = match self.over {
            Some(Shape::Distinct) => ", distinct within each participant",
            Some(_) => ", first within each participant",
            None => "",
        };
        let of =
            |(number, d)| format!("{d:?}{}", if self.is_unfinished(number) { over } else { "" });
        let inputs: Vec<String> = self.inputs.iter().enumerate().map(of).collect();
        format!("{} ({})", node.trim(), inputs.join(", "))
    }

    /// Whether this input is unfinished: of a join, the outer one.
    fn is_unfinished(&self, number: usize) -> bool {
        self.over.is_some() && (number == 0 || !matches!(self.shape, Shape::HashJoin { .. }))
    }

    /// An unfinished input: below a Gather as it is, above one gathered from two participants.
    fn unfinished_input(&self, table: &Arc<Table>, gathered: bool) -> Plan {
        let share = scan(table, true);
        match self.over {
            Some(Shape::Top { total }) => {
                let top = sort(share, order(total), Some(BOUND as u64));
                if gathered { gather_merge(top, order(total), 1) } else { top }
            }
            _ if gathered => gather(distinct(share), 1, false),
            _ => distinct(share),
        }
    }

    /// The node over scans. Where its answer depends on the order of replicas, `any_order` has each scan begin anywhere.
    pub fn plan(&self, tables: &Tables, any_order: bool) -> Plan {
        let column = usize::from(self.shape == Shape::FloatSum);
        let leaf = |number: usize| {
            if self.is_unfinished(number) {
                let gathered = self.inputs[number] == Distribution::Single;
                return self.unfinished_input(&tables.inputs[number], gathered);
            }
            let shared = self.inputs[number] == Distribution::Partial;
            let scan = scan_of(&tables.inputs[number], column, shared);
            if any_order && self.depends_on_order() { shuffled(scan) } else { scan }
        };
        let count = || vec![call_of(aggregate("count", &[]))];
        match self.shape {
            Shape::Scan { parallel } => scan(&tables.inputs[0], parallel),
            Shape::Filter => filter(leaf(0), x_is_two()),
            Shape::FilterAtRandom => filter(leaf(0), at_random()),
            Shape::Project => negate(leaf(0)),
            Shape::SubqueryScan => subquery_scan(leaf(0)),
            Shape::Material => material(leaf(0)),
            Shape::Sort => sort(leaf(0), order(true), None),
            Shape::Top { total } => sort(leaf(0), order(total), Some(BOUND as u64)),
            Shape::Limit { total: None } => limit(leaf(0), Some(BOUND as i64), None),
            Shape::Limit { total: Some(total) } => {
                limit(sort(leaf(0), order(total), None), Some(BOUND as i64), None)
            }
            Shape::Offset => limit(sort(leaf(0), order(true), None), None, Some(1)),
            Shape::Distinct => distinct(leaf(0)),
            Shape::Unique => unique(sort(leaf(0), order(true), None)),
            Shape::Aggregate { grouped } => aggregated(Mode::Simple, leaf(0), grouped, count()),
            Shape::FloatSum => {
                let sum = vec![call_of(aggregate("sum", &[Type::Float8]))];
                aggregated(Mode::Simple, leaf(0), false, sum)
            }
            Shape::PartialAggregate { grouped } => {
                aggregated(Mode::Partial, leaf(0), grouped, count())
            }
            Shape::Finalize { grouped } => {
                let partial = aggregated(Mode::Partial, leaf(0), grouped, count());
                aggregated(Mode::Finalize, partial, grouped, count())
            }
            Shape::Append { parallel, inputs } => append((0..inputs).map(leaf).collect(), parallel),
            Shape::HashJoin { kind, shared } => hash_join(kind, leaf(0), leaf(1), shared),
            Shape::NestedLoop { kind } => nested_loop(kind, leaf(0), leaf(1)),
            Shape::Gather { single_copy } => {
                gather(leaf(0), if single_copy { 1 } else { self.below - 1 }, single_copy)
            }
            Shape::GatherMerge { sorted: true } => {
                gather_merge(sort(leaf(0), order(true), None), order(true), self.below - 1)
            }
            Shape::GatherMerge { sorted: false } => {
                gather_merge(leaf(0), order(true), self.below - 1)
            }
        }
    }

    fn depends_on_order(&self) -> bool {
        match self.shape {
            Shape::FloatSum
            | Shape::Top { total: false }
            | Shape::Limit { total: None | Some(false) } => {
                self.inputs[0] == Distribution::Replicated
            }
            Shape::GatherMerge { sorted } => !sorted,
            _ => false,
        }
    }

    /// What the checker says.
    pub fn judged(&self, tables: &Tables) -> Result<Claim, Refusal> {
        let participants = if self.world == 1 { Participants::One } else { Participants::Many };
        judgement(&self.plan(tables, false), participants).map(|relation| self.claimed(&relation))
    }

    fn claimed(&self, relation: &Relation) -> Claim {
        let reading = match (relation.stage, self.shape) {
            (Stage::Complete, Shape::GatherMerge { .. }) => Reading::Ordered,
            (Stage::Complete, _) => Reading::Complete,
            (Stage::Groups { keys }, _) => Reading::States { grouped: keys > 0 },
            (Stage::Distinct, _) => Reading::Distinct,
            (Stage::Top { .. }, Shape::Top { total }) => Reading::Top { total },
            (Stage::Top { .. }, _) => Reading::Top { total: true },
        };
        (relation.distribution, reading)
    }

    /// Everything that its output might be claimed to be.
    pub fn claims(&self) -> Vec<Claim> {
        let readings = match self.shape {
            Shape::PartialAggregate { grouped } => vec![Reading::States { grouped }],
            Shape::Distinct | Shape::Unique => vec![Reading::Complete, Reading::Distinct],
            Shape::Top { total } => vec![Reading::Complete, Reading::Top { total }],
            Shape::GatherMerge { .. } if self.over.is_none() => vec![Reading::Ordered],
            Shape::Aggregate { .. } => vec![Reading::Complete],
            _ => match self.over {
                None => vec![Reading::Complete],
                Some(Shape::Top { total }) => vec![Reading::Complete, Reading::Top { total }],
                Some(_) => vec![Reading::Complete, Reading::Distinct],
            },
        };
        let distributions: &[Distribution] = match self.world {
            1 => &[Distribution::Single],
            _ => &[Distribution::Partial, Distribution::Replicated],
        };
        let each = |reading: Reading| distributions.iter().map(move |d| (*d, reading));
        readings.into_iter().flat_map(each).collect()
    }

    /// The smallest inputs and shares, in a fixed order, for which the claim does not hold; and how many were tried.
    pub fn refute(&self, claim: Claim) -> (Option<Counterexample>, usize) {
        let mut tried = 0;
        for bags in small_bags(self.inputs.len()) {
            let right = self.right(&bags);
            let dealt: Vec<Vec<Shares>> =
                bags.iter().enumerate().map(|(number, bag)| self.dealt(bag, number)).collect();
            for first in &dealt[0] {
                for second in dealt.get(1).unwrap_or(&vec![vec![]]) {
                    let shares = [first.clone(), second.clone()];
                    let inputs: Vec<_> = self.inputs.iter().copied().zip(shares).collect();
                    for outcome in outcomes(self.shape, &inputs, self.world) {
                        tried += 1;
                        if !keeps(claim, &outcome, &right) {
                            let shares = inputs.into_iter().map(|(_, shares)| shares).collect();
                            return (Some(Counterexample { bags, shares, outcome }), tried);
                        }
                    }
                }
            }
        }
        (None, tried)
    }

    /// The bags that one process may give that does it all.
    pub fn right(&self, bags: &[Bag]) -> BTreeSet<Bag> {
        let input = |(number, bag): (usize, &Bag)| match self.over {
            Some(over) if self.is_unfinished(number) => {
                let mut bags = serial(over, std::slice::from_ref(bag)).into_iter();
                bags.next().expect("what is distinct, or first in a total order, is one bag")
            }
            _ => bag.clone(),
        };
        serial(self.shape, &bags.iter().enumerate().map(input).collect::<Vec<_>>())
    }

    /// The ways in which this input may be spread, with these rows in its table.
    fn dealt(&self, bag: &Bag, number: usize) -> Vec<Shares> {
        let Some(over) = self.over.filter(|_| self.is_unfinished(number)) else {
            return match self.inputs[number] {
                Distribution::Partial => assignments(bag, self.below),
                Distribution::Replicated => vec![vec![bag.clone(); self.below]],
                Distribution::Single => vec![vec![bag.clone()]],
            };
        };
        let shares = assignments(bag, self.below)
            .into_iter()
            .flat_map(|shares| outcomes(over, &[(Distribution::Partial, shares)], self.below));
        match self.inputs[number] {
            Distribution::Single => shares.map(|shares| vec![shares.concat()]).collect(),
            _ => shares.collect(),
        }
    }
}

/// One bag of up to three rows, or two with up to four rows together, of values 1, 2 and NULL: the smallest first.
pub fn small_bags(inputs: usize) -> Vec<Vec<Bag>> {
    let mut bags: Vec<Bag> = vec![vec![]];
    let mut last = bags.clone();
    for _ in 0..3 {
        let values = [Some(1), Some(2), None];
        let rank = |row: &Vec<Option<i64>>| values.iter().position(|value| row[0] == *value);
        let with = |bag: &Bag| {
            let least = bag.last().map_or(0, |row| rank(row).unwrap_or(0));
            let bag = bag.clone();
            values[least..].iter().map(move |value| [bag.clone(), vec![vec![*value]]].concat())
        };
        last = last.iter().flat_map(with).collect();
        bags.extend(last.iter().cloned());
    }
    if inputs == 1 {
        return bags.into_iter().map(|bag| vec![bag]).collect();
    }
    let pair = |a: &Bag| bags.iter().map(|b| vec![a.clone(), b.clone()]).collect::<Vec<_>>();
    let rows = |pair: &Vec<Bag>| pair.iter().map(Vec::len).sum::<usize>();
    let mut pairs: Vec<Vec<Bag>> = bags.iter().flat_map(pair).filter(|p| rows(p) <= 4).collect();
    pairs.sort_by_key(rows);
    pairs
}
