//! Falsifications of a plan, each of which may change the bag that it returns.

use serde_json::Value as Json;

/// A way to falsify a plan.
#[derive(Clone, Copy, Debug)]
pub enum Mutation {
    /// Every participant scans the whole table, and sends it.
    ScanNotParallel,
    /// A parallel-aware scan with no Gather above: a share would be the answer.
    GatherLost,
    /// A second Gather's worth of copies.
    GatherTwice,
    /// Each participant answers for its share of a group.
    PartialBecomesSimple,
    /// States are read as values.
    FinalizeLost,
    /// States are aggregated as if they were rows.
    FinalizeBecomesSimple,
    /// A join whose inner side is whole returns its unmatched rows in each participant.
    InnerBecomesFull,
    /// A merge of shares that are in no order.
    SortBelowMergeLost,
    /// A shared table that is not shared.
    HashNotShared,
    /// The first rows of each share.
    LimitBelowGather,
    /// A call that must see each value once is split.
    DistinctInPartial,
}

use Mutation::*;

pub const ALL: [Mutation; 11] = [
    ScanNotParallel,
    GatherLost,
    GatherTwice,
    PartialBecomesSimple,
    FinalizeLost,
    FinalizeBecomesSimple,
    InnerBecomesFull,
    SortBelowMergeLost,
    HashNotShared,
    LimitBelowGather,
    DistinctInPartial,
];

fn is(node: &Json, name: &str) -> bool {
    node["Node Type"] == name
}

fn flag(node: &Json, key: &str) -> bool {
    node[key] == true
}

fn first(node: &Json) -> Option<&Json> {
    node["Plans"].as_array()?.iter().find(|plan| plan["Parent Relationship"] != "InitPlan")
}

/// A node between another and what is below it.
fn above(mut top: Json, below: &Json) -> Json {
    top["Output"] = below["Output"].clone();
    top["Plans"] = Json::Array(vec![below.clone()]);
    top
}

/// A node without what is directly below it: that stands there itself.
fn without_input(node: &Json) -> Option<Json> {
    let input = first(first(node)?)?.clone();
    let mut node = node.clone();
    node["Plans"] = Json::Array(vec![input]);
    Some(node)
}

/// Whether a table that all participants share is below, or their shares of one.
fn has_shares(node: &Json) -> bool {
    !is(node, "Gather")
        && !is(node, "Gather Merge")
        && (flag(node, "Parallel Aware")
            || node["Plans"].as_array().into_iter().flatten().any(has_shares))
}

/// Whether states come out of a node: grouping alone may be done in any stage.
fn has_states(node: &Json) -> bool {
    let output = node["Output"].as_array().into_iter().flatten();
    output.filter_map(Json::as_str).any(|text| text.contains("PARTIAL "))
}

impl Mutation {
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// The plan with one place falsified, for each place where that can be done.
    pub fn apply(self, plan: &Json) -> Vec<(String, Json)> {
        let mut made = vec![];
        self.visit(plan, "/Plan".into(), false, &mut |place, node| made.push((place, node)));
        let whole = |(place, node): (String, Json)| {
            let mut document = serde_json::json!({"Plan": plan});
            *document.pointer_mut(&place).expect("a place of the plan") = node;
            (place, document["Plan"].take())
        };
        made.into_iter().map(whole).collect()
    }

    fn visit(self, node: &Json, place: String, below: bool, see: &mut dyn FnMut(String, Json)) {
        if let Some(falsified) = self.at(node, below) {
            see(place.clone(), falsified);
        }
        let below = below || is(node, "Gather") || is(node, "Gather Merge");
        for (number, child) in node["Plans"].as_array().into_iter().flatten().enumerate() {
            self.visit(child, format!("{place}/Plans/{number}"), below, see);
        }
    }

    /// The node falsified, where it can be. `below` a Gather or not.
    fn at(self, node: &Json, below: bool) -> Option<Json> {
        let mut falsified = node.clone();
        let gathers = is(node, "Gather") || is(node, "Gather Merge");
        match self {
            ScanNotParallel => {
                // The one share below this Gather, so that nothing is shared any more.
                let scan = first(node).filter(|scan| gathers && is(scan, "Seq Scan"))?;
                let mut scan = scan.clone();
                scan["Parallel Aware"] = false.into();
                falsified["Plans"] = Json::Array(vec![scan]);
                Some(falsified)
            }
            GatherLost => (gathers && !flag(node, "Single Copy")).then(|| first(node).cloned())?,
            GatherTwice => {
                let again = serde_json::json!({"Node Type": "Gather", "Workers Planned": 1});
                gathers.then(|| above(again, node))
            }
            PartialBecomesSimple => {
                falsified["Partial Mode"] = "Simple".into();
                (node["Partial Mode"] == "Partial" && has_states(node)).then_some(falsified)
            }
            FinalizeLost => (node["Partial Mode"] == "Finalize").then(|| first(node).cloned())?,
            FinalizeBecomesSimple => {
                falsified["Partial Mode"] = "Simple".into();
                let finalizes = node["Partial Mode"] == "Finalize";
                (finalizes && first(node).is_some_and(has_states)).then_some(falsified)
            }
            InnerBecomesFull => {
                falsified["Join Type"] = "Full".into();
                let joins = is(node, "Hash Join") && node["Join Type"] != "Full";
                (joins && below && !flag(node, "Parallel Aware") && has_shares(node))
                    .then_some(falsified)
            }
            SortBelowMergeLost => {
                let sorts =
                    is(node, "Gather Merge") && first(node).is_some_and(|input| is(input, "Sort"));
                sorts.then(|| without_input(node))?
            }
            HashNotShared => {
                falsified["Parallel Aware"] = false.into();
                (is(node, "Hash") && flag(node, "Parallel Aware")).then_some(falsified)
            }
            LimitBelowGather => {
                let input = first(node).filter(|input| is(node, "Gather") && has_shares(input))?;
                if input["Partial Mode"] == "Partial" {
                    return None;
                }
                let limited = above(serde_json::json!({"Node Type": "Limit"}), input);
                falsified["Plans"] = Json::Array(vec![limited]);
                Some(falsified)
            }
            DistinctInPartial => {
                let output = node["Output"].as_array()?;
                let is_state =
                    |text: &Json| text.as_str().is_some_and(|text| text.starts_with("PARTIAL "));
                let at = output.iter().position(is_state)?;
                let text = output[at].as_str()?.replacen('(', "(DISTINCT ", 1);
                falsified["Output"][at] = text.into();
                (node["Partial Mode"] == "Partial").then_some(falsified)
            }
        }
    }
}
