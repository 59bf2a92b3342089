//! Selectivities: which share of rows satisfies a condition (`selfuncs.c`, `clausesel.c`, 15). [cost.selectivity]

use std::sync::Arc;

use spec::expr::{CallSyntax, Expr};
use spec::value::Value;

use super::statistics::{Origin, Variable};

const DEFAULT_EQUAL: f64 = 0.005;
const DEFAULT_INEQUALITY: f64 = 1.0 / 3.0;
const DEFAULT_RANGE: f64 = 0.005;
const DEFAULT_MATCH: f64 = 0.005;
const DEFAULT_UNKNOWN: f64 = 0.005;
const DEFAULT_NOT_UNKNOWN: f64 = 1.0 - DEFAULT_UNKNOWN;

/// The variables of a join block, by number.
pub(super) type Variables<'a> = &'a [Origin];

/// The share of rows for which all conditions are true (`clauselist_selectivity`): a product, but a lower and an upper
/// bound of one expression are one range.
pub(super) fn all<'a>(
    conditions: impl IntoIterator<Item = &'a Expr>,
    variables: Variables<'_>,
) -> f64 {
    let mut share = 1.0;
    let mut ranges: Vec<Range<'_>> = vec![];
    for condition in conditions {
        let own = one(condition, variables);
        match bound(condition) {
            Some((expr, upper)) => note_bound(&mut ranges, expr, upper, own),
            None => share *= own,
        }
    }
    for range in ranges {
        share *= match (range.lower, range.upper) {
            (Some(lower), Some(upper)) => between(&range, lower, upper, variables),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => 1.0,
        };
    }
    share.clamp(0.0, 1.0)
}

/// The bounds of one expression, met so far.
struct Range<'a> {
    expr: &'a Expr,
    lower: Option<f64>,
    upper: Option<f64>,
}

fn note_bound<'a>(ranges: &mut Vec<Range<'a>>, expr: &'a Expr, upper: bool, share: f64) {
    let place = ranges.iter().position(|range| range.expr == expr).unwrap_or_else(|| {
        ranges.push(Range { expr, lower: None, upper: None });
        ranges.len() - 1
    });
    let range = &mut ranges[place];
    let side = if upper { &mut range.upper } else { &mut range.lower };
    // Of two bounds on one side the tighter counts.
    *side = Some(side.map_or(share, |known| known.min(share)));
}

fn between(range: &Range<'_>, lower: f64, upper: f64, variables: Variables<'_>) -> f64 {
    if lower == DEFAULT_INEQUALITY && upper == DEFAULT_INEQUALITY {
        return DEFAULT_RANGE;
    }
    let nulls = variable(range.expr, variables).map_or(0.0, |variable| variable.null_fraction());
    let share = lower + upper - 1.0 + nulls;
    if share > 0.0 {
        share
    } else if share < -0.01 {
        DEFAULT_RANGE
    } else {
        1.0e-10
    }
}

/// `x < constant` and the like: x, and whether it is an upper bound.
fn bound(condition: &Expr) -> Option<(&Expr, bool)> {
    let (symbol, left, right) = comparison(condition)?;
    let less = match symbol {
        "<" | "<=" => true,
        ">" | ">=" => false,
        _ => return None,
    };
    match (is_pseudo_constant(left), is_pseudo_constant(right)) {
        (false, true) => Some((left, less)),
        (true, false) => Some((right, !less)),
        _ => None,
    }
}

/// An operator call with two operands.
pub(super) fn comparison(expr: &Expr) -> Option<(&'static str, &Expr, &Expr)> {
    match expr {
        Expr::Call { syntax: CallSyntax::Operator(symbol), args, .. } if args.len() == 2 => {
            Some((symbol, &args[0], &args[1]))
        }
        _ => None,
    }
}

fn is_pseudo_constant(expr: &Expr) -> bool {
    let mut constant = true;
    expr.visit_columns(&mut |_| constant = false);
    constant
}

/// The variable that an expression is, looking through casts that keep the bytes.
pub(super) fn variable<'a>(expr: &Expr, variables: Variables<'a>) -> Option<&'a Arc<Variable>> {
    match expr {
        Expr::Column { index, .. } => {
            let origin = variables.get(*index)?;
            if origin.plain { origin.variables.first() } else { None }
        }
        Expr::Cast { operand, method: spec::expr::CastMethod::Relabel, .. } => {
            variable(operand, variables)
        }
        _ => None,
    }
}

/// The share of rows for which a condition is true (`clause_selectivity`).
pub(super) fn one(condition: &Expr, variables: Variables<'_>) -> f64 {
    let share = match condition {
        Expr::Constant(Value::Bool(true), _) => 1.0,
        Expr::Constant(_, _) => 0.0,
        Expr::Column { .. } => boolean(condition, true, variables),
        Expr::Not(operand) => match &**operand {
            Expr::Column { .. } => boolean(operand, false, variables),
            other => 1.0 - one(other, variables),
        },
        Expr::And(operands) => all(operands, variables),
        Expr::Or(operands) => operands.iter().fold(0.0, |a, operand| {
            let b = one(operand, variables);
            a + b - a * b
        }),
        Expr::IsNull { operand, negated } => null_test(operand, *negated, variables),
        Expr::IsTruth { operand, truth, negated } => {
            truth_test(operand, *truth, *negated, variables)
        }
        Expr::IsDistinct { left, right, negated, .. } => {
            let equal = equality(left, right, false, variables);
            if *negated { equal } else { 1.0 - equal }
        }
        Expr::AnyOf { symbol, operand, list, all, .. } => {
            any_of(symbol, operand, list, *all, variables)
        }
        other => match comparison(other) {
            Some((symbol, left, right)) => operator(symbol, left, right, variables),
            None => DEFAULT_UNKNOWN_FUNCTION,
        },
    };
    share.clamp(0.0, 1.0)
}

/// What PostgreSQL expects of a boolean function (`function_selectivity`).
const DEFAULT_UNKNOWN_FUNCTION: f64 = 0.333_333_3;

/// The share of rows in which a boolean column has this value.
fn boolean(column: &Expr, truth: bool, variables: Variables<'_>) -> f64 {
    match variable(column, variables) {
        Some(variable) if variable.statistics().is_some() => {
            constant_equality(variable, &Value::Bool(truth), false)
        }
        _ => 0.5,
    }
}

fn null_test(operand: &Expr, negated: bool, variables: Variables<'_>) -> f64 {
    let statistics = variable(operand, variables).and_then(|variable| variable.statistics());
    match (statistics, negated) {
        (Some(statistics), false) => statistics.null_fraction,
        (Some(statistics), true) => 1.0 - statistics.null_fraction,
        (None, false) => DEFAULT_UNKNOWN,
        (None, true) => DEFAULT_NOT_UNKNOWN,
    }
}

fn truth_test(operand: &Expr, truth: Option<bool>, negated: bool, variables: Variables<'_>) -> f64 {
    let share = match truth {
        None => return null_test(operand, negated, variables),
        Some(true) => one(operand, variables),
        Some(false) => 1.0 - one(operand, variables),
    };
    if negated { 1.0 - share } else { share }
}

/// `x op ANY (list)` or `ALL` (`scalararraysel`).
fn any_of(symbol: &str, operand: &Expr, list: &[Expr], all: bool, variables: Variables<'_>) -> f64 {
    let shares: Vec<f64> =
        list.iter().map(|member| operator(symbol, operand, member, variables)).collect();
    let equality = matches!(symbol, "=" | "<>");
    let (disjoint, independent) = if all {
        (shares.iter().fold(1.0, |a, b| a + b - 1.0), shares.iter().product::<f64>())
    } else {
        (shares.iter().sum::<f64>(), shares.iter().fold(0.0, |a, b| a + b - a * b))
    };
    // Members of a list exclude each other; the sum is right unless it leaves the range.
    if equality && (symbol == "=") != all && (0.0..=1.0).contains(&disjoint) {
        disjoint
    } else {
        independent
    }
}

/// The share of rows (or of pairs) for which `left symbol right` is true.
fn operator(symbol: &str, left: &Expr, right: &Expr, variables: Variables<'_>) -> f64 {
    match symbol {
        "=" => equality(left, right, false, variables),
        "<>" => equality(left, right, true, variables),
        "<" | "<=" | ">" | ">=" => inequality(symbol, left, right, variables),
        "~~" | "~~*" => matching(symbol, left, right, variables),
        "!~~" | "!~~*" => {
            let nulls = variable(left, variables).map_or(0.0, |variable| variable.null_fraction());
            1.0 - matching(&symbol[1..], left, right, variables) - nulls
        }
        _ => 0.5,
    }
}

/// `=` and `<>` (`eqsel`, `neqsel`, `eqjoinsel`).
fn equality(left: &Expr, right: &Expr, negated: bool, variables: Variables<'_>) -> f64 {
    let (left_fixed, right_fixed) = (is_pseudo_constant(left), is_pseudo_constant(right));
    if !left_fixed && !right_fixed {
        let share = match (variable(left, variables), variable(right, variables)) {
            (Some(a), Some(b)) if a.scan == b.scan => {
                // Two columns of one scan: as if one were an unknown constant.
                return negate(unknown_equality(Some(a)), negated, a.null_fraction());
            }
            (a, b) => join_equality(a, b),
        };
        return negate(share, negated, 0.0);
    }
    let (side, constant) = if right_fixed { (left, right) } else { (right, left) };
    let variable = variable(side, variables);
    match (variable, constant) {
        (_, Expr::Constant(Value::Null, _)) => 0.0,
        (Some(variable), Expr::Constant(value, _)) if variable.statistics().is_some() => {
            constant_equality(variable, value, negated)
        }
        (variable, _) => {
            let nulls = variable.map_or(0.0, |variable| variable.null_fraction());
            negate(unknown_equality(variable), negated, nulls)
        }
    }
}

fn negate(share: f64, negated: bool, nulls: f64) -> f64 {
    if negated { 1.0 - share - nulls } else { share }
}

/// `column = constant` by most common values, the rest spread evenly (`var_eq_const`).
fn constant_equality(variable: &Variable, value: &Value, negated: bool) -> f64 {
    let statistics = variable.statistics().expect("the caller has looked");
    let (distinct, _) = variable.distinct();
    if variable.unique && variable.tuples >= 1.0 {
        return negate(1.0 / variable.tuples, negated, statistics.null_fraction);
    }
    let common = statistics.most_common.iter().find(|(known, _)| same(known, value));
    let share = match common {
        Some((_, frequency)) => *frequency,
        None => {
            let in_list: f64 = statistics.most_common.iter().map(|(_, share)| share).sum();
            let rest = (1.0 - in_list - statistics.null_fraction).clamp(0.0, 1.0);
            let others = distinct - statistics.most_common.len() as f64;
            let share = if others > 1.0 { rest / others } else { rest };
            let rarest = statistics.most_common.last().map_or(share, |(_, share)| *share);
            share.min(rarest)
        }
    };
    negate(share, negated, statistics.null_fraction)
}

/// `column = something` (`var_eq_non_const`).
fn unknown_equality(variable: Option<&Arc<Variable>>) -> f64 {
    let Some(variable) = variable else { return DEFAULT_EQUAL };
    let (distinct, _) = variable.distinct();
    let Some(statistics) = variable.statistics() else { return 1.0 / distinct.max(1.0) };
    let share = (1.0 - statistics.null_fraction) / distinct.max(1.0);
    statistics.most_common.first().map_or(share, |(_, most)| share.min(*most))
}

/// `a.x = b.y` over pairs (`eqjoinsel_inner`).
fn join_equality(a: Option<&Arc<Variable>>, b: Option<&Arc<Variable>>) -> f64 {
    const UNKNOWN: f64 = 200.0;
    let distinct = |side: Option<&Arc<Variable>>| side.map_or(UNKNOWN, |v| v.distinct().0);
    let (da, db) = (distinct(a), distinct(b));
    if let (Some(sa), Some(sb)) =
        (a.and_then(|variable| variable.statistics()), b.and_then(|variable| variable.statistics()))
        && !sa.most_common.is_empty()
        && !sb.most_common.is_empty()
    {
        return common_join(sa, sb, da, db);
    }
    let nulls = |side: Option<&Arc<Variable>>| side.map_or(0.0, |v| v.null_fraction());
    (1.0 - nulls(a)) * (1.0 - nulls(b)) / da.max(db)
}

/// The join of two lists of most common values, and of what they do not list.
fn common_join(
    a: &spec::catalogue::ColumnStatistics,
    b: &spec::catalogue::ColumnStatistics,
    distinct_a: f64,
    distinct_b: f64,
) -> f64 {
    let mut matched = [0.0, 0.0];
    let (mut product, mut matches) = (0.0, 0.0);
    for (value, share_a) in &a.most_common {
        if let Some((_, share_b)) = b.most_common.iter().find(|(other, _)| same(value, other)) {
            product += share_a * share_b;
            matched[0] += share_a;
            matched[1] += share_b;
            matches += 1.0;
        }
    }
    let total = |side: &spec::catalogue::ColumnStatistics| -> f64 {
        side.most_common.iter().map(|(_, share)| share).sum()
    };
    let unmatched = [total(a) - matched[0], total(b) - matched[1]];
    let other = [
        (1.0 - a.null_fraction - total(a)).clamp(0.0, 1.0),
        (1.0 - b.null_fraction - total(b)).clamp(0.0, 1.0),
    ];
    let (listed_a, listed_b) = (a.most_common.len() as f64, b.most_common.len() as f64);
    let from = |u: f64, o: f64, u2: f64, o2: f64, nd2: f64, listed2: f64| {
        let mut share = product;
        if nd2 > listed2 {
            share += u * o2 / (nd2 - listed2);
        }
        if nd2 > matches {
            share += o * (o2 + u2) / (nd2 - matches);
        }
        share
    };
    let one = from(unmatched[0], other[0], unmatched[1], other[1], distinct_b, listed_b);
    let two = from(unmatched[1], other[1], unmatched[0], other[0], distinct_a, listed_a);
    one.min(two).clamp(0.0, 1.0)
}

/// The share of outer rows with a partner under `a.x = b.y` (`eqjoinsel_semi`); `inner_rows` are the rows of b's side.
pub(super) fn semi_equality(
    outer: Option<&Arc<Variable>>,
    inner: Option<&Arc<Variable>>,
    inner_rows: f64,
) -> f64 {
    let (Some(outer), Some(inner)) = (outer, inner) else { return 0.5 };
    let ((outer_distinct, guess_a), (inner_distinct, guess_b)) =
        (outer.distinct(), inner.distinct());
    let inner_distinct = inner_distinct.min(inner_rows).min(inner.rows);
    let nulls = outer.null_fraction();
    if let (Some(sa), Some(sb)) = (outer.statistics(), inner.statistics())
        && !sa.most_common.is_empty()
        && !sb.most_common.is_empty()
    {
        let listed = &sb.most_common[..sb.most_common.len().min(inner_distinct as usize)];
        let matched = sa.most_common.iter().filter(|(v, _)| listed.iter().any(|(w, _)| same(v, w)));
        let (mut share, mut matches) = (0.0, 0.0);
        for (_, frequency) in matched {
            share += frequency;
            matches += 1.0;
        }
        let rest = if guess_a || guess_b {
            0.5
        } else {
            let (left, right) = (outer_distinct - matches, inner_distinct - matches);
            if left <= right || right < 0.0 { 1.0 } else { right / left }
        };
        return share + rest * (1.0 - share - nulls).clamp(0.0, 1.0);
    }
    if guess_a || guess_b {
        return 0.5 * (1.0 - nulls);
    }
    if outer_distinct <= inner_distinct || inner_distinct <= 0.0 {
        1.0 - nulls
    } else {
        inner_distinct / outer_distinct * (1.0 - nulls)
    }
}

/// `<` and the like by most common values and histogram (`scalarineqsel`).
fn inequality(symbol: &str, left: &Expr, right: &Expr, variables: Variables<'_>) -> f64 {
    let (side, constant, symbol) = match (left, right) {
        (side, Expr::Constant(value, _)) => (side, value, symbol),
        (Expr::Constant(value, _), side) => (side, value, flipped(symbol)),
        _ => return DEFAULT_INEQUALITY,
    };
    if constant.is_null() {
        return 0.0;
    }
    let Some(statistics) = variable(side, variables).and_then(|variable| variable.statistics())
    else {
        return DEFAULT_INEQUALITY;
    };
    let Some(point) = scalar(constant) else { return DEFAULT_INEQUALITY };
    let holds = |value: &Value| match scalar(value) {
        Some(x) => match symbol {
            "<" => x < point,
            "<=" => x <= point,
            ">" => x > point,
            _ => x >= point,
        },
        None => false,
    };
    let listed: f64 = statistics.most_common.iter().map(|(_, share)| share).sum();
    let common = statistics.most_common.iter().filter(|(value, _)| holds(value));
    let common: f64 = common.map(|(_, share)| share).sum();
    let rest = (1.0 - statistics.null_fraction - listed).max(0.0);
    let variable = variable(side, variables).expect("it has statistics");
    let others = match histogram(variable, statistics, symbol, point) {
        Some(place) => {
            let values = variable.distinct().0 - statistics.most_common.len() as f64;
            place.share(symbol, if values > 1.0 { 1.0 / values } else { 0.0 })
        }
        None if rest > 0.0 && statistics.most_common.is_empty() => return DEFAULT_INEQUALITY,
        None => 0.5,
    };
    (common + others * rest).clamp(0.0, 1.0)
}

/// Where a point lies in a histogram.
struct Place {
    /// The share of values up to the point.
    below: f64,
    /// Whether it is within the bounds, and in the first bucket.
    inside: bool,
    first: bool,
    /// How far into its bucket.
    within: f64,
    buckets: f64,
}

impl Place {
    /// The share of values for which `value symbol point` (`ineq_histogram_selectivity`); `equal` is the share of one
    /// value.
    fn share(&self, symbol: &str, equal: f64) -> f64 {
        let (greater, or_equal) = (symbol.starts_with('>'), symbol.ends_with('='));
        let mut below = self.below;
        if self.inside {
            // The first bucket holds its lower bound, too.
            below += if self.first { equal * (1.0 - self.within) } else { 0.0 };
            below -= if greater == or_equal { equal } else { 0.0 };
        }
        let cutoff = 0.01 / self.buckets;
        let share = if greater { 1.0 - below } else { below };
        share.clamp(cutoff, 1.0 - cutoff)
    }
}

/// The place of a point in the histogram of a column, if there is one.
fn histogram(
    variable: &Variable,
    statistics: &spec::catalogue::ColumnStatistics,
    symbol: &str,
    point: f64,
) -> Option<Place> {
    let mut bounds: Vec<f64> = statistics.histogram.iter().map(scalar).collect::<Option<_>>()?;
    if bounds.len() < 2 {
        return None;
    }
    // An index knows the ends as they are now, and those that are listed as common.
    if let Some((least, greatest)) = variable.range() {
        let last = bounds.len() - 1;
        bounds[0] = scalar(least).unwrap_or(bounds[0]);
        bounds[last] = scalar(greatest).unwrap_or(bounds[last]);
    }
    let buckets = (bounds.len() - 1) as f64;
    let passed = bounds.partition_point(|bound| match symbol {
        "<" | ">=" => *bound < point,
        _ => *bound <= point,
    });
    let outside = |below| Place { below, inside: false, first: false, within: 0.0, buckets };
    if passed == 0 || passed == bounds.len() {
        return Some(outside(if passed == 0 { 0.0 } else { 1.0 }));
    }
    let (low, high) = (bounds[passed - 1], bounds[passed]);
    let within = if high > low { ((point - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 };
    let below = ((passed - 1) as f64 + within) / buckets;
    Some(Place { below, inside: true, first: passed == 1, within, buckets })
}

fn flipped(symbol: &str) -> &str {
    match symbol {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        _ => "<=",
    }
}

/// The share of a histogram's values below a point, linear within a bucket.
fn histogram_share(bounds: &[Value], point: f64) -> Option<f64> {
    if bounds.len() < 2 {
        return None;
    }
    let bounds: Vec<f64> = bounds.iter().map(scalar).collect::<Option<_>>()?;
    let buckets = (bounds.len() - 1) as f64;
    let above = bounds.partition_point(|bound| *bound < point);
    if above == 0 {
        return Some(0.0);
    }
    if above == bounds.len() {
        return Some(1.0);
    }
    let (low, high) = (bounds[above - 1], bounds[above]);
    let within = if high > low { ((point - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 };
    Some(((above - 1) as f64 + within) / buckets)
}

/// LIKE (`patternsel`): the range of the fixed prefix, times a factor for what follows it.
fn matching(symbol: &str, left: &Expr, pattern: &Expr, variables: Variables<'_>) -> f64 {
    let Expr::Constant(value, _) = strip(pattern) else { return DEFAULT_MATCH };
    let (Value::Text(pattern) | Value::Bpchar(pattern)) = value else { return 0.0 };
    let Some(variable) = variable(left, variables) else { return DEFAULT_MATCH };
    let Some(statistics) = variable.statistics() else { return DEFAULT_MATCH };
    let (prefix, rest) = like_prefix(pattern, symbol == "~~*");
    if rest.is_empty() {
        return constant_equality(variable, &Value::text(prefix), false);
    }
    let by_range = || {
        let prefix_share = if prefix.is_empty() {
            1.0
        } else {
            let low = histogram_share(&statistics.histogram, text_scalar(&prefix));
            let high = histogram_share(&statistics.histogram, text_scalar(&successor(&prefix)));
            low.zip(high).map_or(DEFAULT_MATCH, |(low, high)| (high - low).max(1.0e-10))
        };
        prefix_share * like_rest(rest)
    };
    let others = match by_sample(&statistics.histogram, pattern, symbol == "~~*") {
        Some((share, weight)) if weight >= 1.0 => share,
        Some((share, weight)) => share * weight + by_range() * (1.0 - weight),
        None => by_range(),
    };
    let listed: f64 = statistics.most_common.iter().map(|(_, share)| share).sum();
    let common = statistics.most_common.iter().filter(|(value, _)| match value {
        Value::Text(text) | Value::Bpchar(text) => like(text, pattern),
        _ => false,
    });
    let common: f64 = common.map(|(_, share)| share).sum();
    let others = others.clamp(0.0001, 0.9999);
    (common + others * (1.0 - statistics.null_fraction - listed).max(0.0)).clamp(0.0, 1.0)
}

/// The share of a histogram's inner bounds that match, and how much that counts: they are a sample of the column, a
/// good one from a hundred on (`histogram_selectivity`).
fn by_sample(histogram: &[Value], pattern: &str, any_case: bool) -> Option<(f64, f64)> {
    if histogram.len() < 10 {
        return None;
    }
    let inner = &histogram[1..histogram.len() - 1];
    let matches = |value: &&Value| match value {
        Value::Text(text) | Value::Bpchar(text) if any_case => {
            like(&text.to_lowercase(), &pattern.to_lowercase())
        }
        Value::Text(text) | Value::Bpchar(text) => like(text, pattern),
        _ => false,
    };
    let share = inner.iter().filter(matches).count() as f64 / inner.len() as f64;
    Some((share, histogram.len() as f64 / 100.0))
}

fn strip(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast { operand, .. } => strip(operand),
        other => other,
    }
}

/// The text before the first wildcard, and the pattern from there on.
fn like_prefix(pattern: &str, any_case: bool) -> (String, &str) {
    let mut prefix = String::new();
    let mut chars = pattern.char_indices();
    while let Some((place, c)) = chars.next() {
        match c {
            '%' | '_' => return (prefix, &pattern[place..]),
            _ if any_case && c.is_alphabetic() => return (prefix, &pattern[place..]),
            '\\' => prefix.extend(chars.next().map(|(_, c)| c)),
            _ => prefix.push(c),
        }
    }
    (prefix, "")
}

/// What PostgreSQL expects of the part after the prefix (`like_selectivity`).
fn like_rest(pattern: &str) -> f64 {
    let pattern = pattern.trim_start_matches('%');
    let mut share: f64 = 1.0;
    for c in pattern.chars() {
        share *= match c {
            '%' => 5.0,
            '_' => 0.9,
            _ => 0.2,
        };
    }
    share.min(1.0)
}

/// Whether a text matches a LIKE pattern; for estimates only.
fn like(text: &str, pattern: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('%') => {
            let rest = rest.as_str();
            text.char_indices().any(|(i, _)| like(&text[i..], rest)) || like("", rest)
        }
        Some('_') => {
            let mut text = text.chars();
            text.next().is_some() && like(text.as_str(), rest.as_str())
        }
        Some(c) => text.strip_prefix(c).is_some_and(|text| like(text, rest.as_str())),
    }
}

/// The least text after all that begin with this one, about.
fn successor(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// A number that orders like the value (`convert_to_scalar`); `None` where we have none.
fn scalar(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::Int2(x) => Some(f64::from(*x)),
        Value::Int4(x) => Some(f64::from(*x)),
        Value::Int8(x) => Some(*x as f64),
        Value::Float4(x) => Some(f64::from(*x)),
        Value::Float8(x) => Some(*x),
        Value::Date(x) => Some(f64::from(*x) * 86_400_000_000.0),
        Value::Timestamp(x) | Value::TimestampTz(x) | Value::Time(x) => Some(*x as f64),
        Value::TimeTz(x) => Some(x.utc() as f64),
        Value::Numeric(x) => x.to_f64().ok(),
        Value::Text(text) | Value::Bpchar(text) => Some(text_scalar(text)),
        Value::Null | Value::Interval(_) | Value::Bytea(_) | Value::Array(_) => None,
    }
}

/// A text as a fraction in base 256.
fn text_scalar(text: &str) -> f64 {
    text.bytes().take(12).rev().fold(0.0, |fraction, byte| (fraction + f64::from(byte)) / 256.0)
}

/// Whether two constants are equal, whatever their widths.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Text(a) | Value::Bpchar(a), Value::Text(b) | Value::Bpchar(b)) => {
            a.trim_end_matches(' ') == b.trim_end_matches(' ')
        }
        _ => a == b || scalar(a).is_some() && scalar(a) == scalar(b),
    }
}
