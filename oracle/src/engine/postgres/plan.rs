//! The plan that a live server really ran.

use serde_json::Value as Json;

use spec::outcome::GatherTrace;

use super::import::{self, Typing};

/// What a server reports of a plan that ran.
#[derive(Clone, Debug, PartialEq)]
pub struct LivePlan {
    /// The node types from the root down, as `Finalize Aggregate > Gather > Partial Aggregate > Parallel Seq Scan`
    /// (first children only).
    pub spine: String,
    /// Its Gather and Gather Merge nodes.
    pub gathers: Vec<GatherTrace>,
    /// What our checker says of it. [plan.import]
    pub typing: Typing,
}

impl LivePlan {
    /// Reads a report: EXPLAIN's JSON as any client prints it (psql's `+` at the end of each line, a heading and a count
    /// around it), or `auto_explain`'s message with JSON in it. The version is that of the server that made the plan.
    pub fn of_report(report: &str, version: u64) -> Option<LivePlan> {
        let json = &report[report.find(['{', '['])?..];
        let first = |text: &str| serde_json::Deserializer::from_str(text).into_iter().next()?.ok();
        let document: Json = first(json).or_else(|| {
            let lines = json.lines().map(str::trim_end);
            let lines: Vec<&str> =
                lines.map(|line| line.strip_suffix('+').unwrap_or(line)).collect();
            first(&lines.join("\n"))
        })?;
        let root = match &document {
            Json::Array(plans) => plans.first()?,
            other => other,
        };
        let root = root.get("Plan")?;
        let mut gathers = Vec::new();
        visit(root, &mut |node| {
            if node_type(node).starts_with("Gather") {
                gathers.push(GatherTrace {
                    workers_planned: count(node, "Workers Planned"),
                    workers_launched: count(node, "Workers Launched"),
                    leader_participated: true,
                });
            }
        });
        Some(LivePlan { spine: spine(root), gathers, typing: import::typing(root, version) })
    }

    /// Workers that were launched, over all Gathers.
    pub fn workers_launched(&self) -> usize {
        self.gathers.iter().map(|gather| gather.workers_launched).sum()
    }
}

fn node_type(node: &Json) -> &str {
    node.get("Node Type").and_then(Json::as_str).unwrap_or("?")
}

fn count(node: &Json, key: &str) -> usize {
    node.get(key).and_then(Json::as_u64).unwrap_or(0) as usize
}

fn children(node: &Json) -> impl Iterator<Item = &Json> {
    node.get("Plans").and_then(Json::as_array).into_iter().flatten()
}

fn visit<'j>(node: &'j Json, see: &mut dyn FnMut(&'j Json)) {
    see(node);
    children(node).for_each(|child| visit(child, see));
}

fn spine(node: &Json) -> String {
    let mode = match node.get("Partial Mode").and_then(Json::as_str) {
        Some(mode @ ("Partial" | "Finalize")) => format!("{mode} "),
        _ => String::new(),
    };
    let parallel = node.get("Parallel Aware").and_then(Json::as_bool) == Some(true);
    let parallel = if parallel { "Parallel " } else { "" };
    let here = format!("{parallel}{mode}{}", node_type(node));
    match children(node).next() {
        Some(child) => format!("{here} > {}", spine(child)),
        None => here,
    }
}

#[cfg(test)]
mod tests {
    use spec::settings::SERVER_VERSION_NUM;

    use super::*;

    #[test]
    fn an_auto_explain_message_is_read() {
        let report = r#"duration: 1.2 ms  plan:
{"Query Text": "select 1", "Plan": {"Node Type": "Aggregate", "Partial Mode": "Finalize", "Plans": [
 {"Node Type": "Gather", "Workers Planned": 2, "Workers Launched": 1, "Plans": [
  {"Node Type": "Seq Scan", "Parallel Aware": true}]}]}}"#;
        let plan = LivePlan::of_report(report, SERVER_VERSION_NUM).unwrap();
        assert_eq!(plan.spine, "Finalize Aggregate > Gather > Parallel Seq Scan");
        assert_eq!(plan.workers_launched(), 1);
        assert_eq!(plan.gathers[0].workers_planned, 2);
    }

    #[test]
    fn a_message_that_is_no_plan_is_none() {
        assert_eq!(LivePlan::of_report("duration: 3 ms", SERVER_VERSION_NUM), None);
        assert_eq!(LivePlan::of_report("{\"a\": 1}", SERVER_VERSION_NUM), None);
    }
}
