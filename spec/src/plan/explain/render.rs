//! The two forms of EXPLAIN's answer: psql's tree, and one JSON document with PostgreSQL's keys. [explain.parallel]
//! What happened is counted over all participants. [explain.rows]

use std::fmt::Write;

use super::{Property, Shown, Times};
use crate::outcome::{NodeTrace, Trace};
use crate::sql::ast::ExplainOptions;

type Ran<'a> = Option<(&'a Trace, Times)>;

/// psql's tree.
pub(super) fn text(shown: &Shown<'_>, options: &ExplainOptions, ran: Ran<'_>) -> String {
    let mut text = Text { options, ran, out: String::new() };
    text.node(shown, 0, 0);
    if let Some((_, times)) = ran
        && options.summary.unwrap_or(options.analyze)
    {
        let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1e3;
        let _ = writeln!(text.out, "Planning Time: {:.3} ms", milliseconds(times.planning));
        let _ = writeln!(text.out, "Execution Time: {:.3} ms", milliseconds(times.execution));
    }
    text.out
}

struct Text<'a> {
    options: &'a ExplainOptions,
    ran: Ran<'a>,
    out: String,
}

impl Text<'_> {
    /// A node whose line begins at column `at`, with what belongs to it from column `inner` on.
    fn node(&mut self, shown: &Shown<'_>, at: usize, inner: usize) {
        let arrow = if at == 0 && inner == 0 { "" } else { "->  " };
        let aware = if shown.line.parallel { "Parallel " } else { "" };
        let _ = write!(self.out, "{:at$}{arrow}{aware}{}", "", shown.line.label);
        if self.options.costs {
            let estimate = &shown.plan.estimate;
            let _ = write!(
                self.out,
                "  (cost={:.2}..{:.2} rows={:.0} width={})",
                estimate.startup, estimate.total, estimate.rows, estimate.width
            );
        }
        let trace = trace(shown, self.ran);
        if let Some(trace) = trace {
            let gap = if self.options.costs { " " } else { "  " };
            let actual = actual(trace, self.options.timing);
            let gap = if self.options.costs { gap } else { " " };
            let _ = write!(self.out, "{gap}({actual})");
        }
        self.out.push('\n');
        let inner = inner + 2;
        for (key, value) in properties(shown, self.options, self.ran) {
            if let Some(value) = property_text(&value) {
                let _ = writeln!(self.out, "{:inner$}{key}: {value}", "");
            }
        }
        for (name, init) in &shown.init_plans {
            let _ = writeln!(self.out, "{:inner$}{name}", "");
            self.node(init, inner + 2, inner + 6);
        }
        for (_, child) in &shown.children {
            self.node(child, inner, inner + 4);
        }
    }
}

/// What the node did, if it was counted.
fn trace<'a>(shown: &Shown<'_>, ran: Ran<'a>) -> Option<&'a NodeTrace> {
    ran.and_then(|(trace, _)| trace.nodes.get(shown.place))
}

/// `actual rows=n loops=n`: rows and time are means over loops.
fn actual(trace: &NodeTrace, timing: bool) -> String {
    if trace.loops == 0 {
        return "never executed".into();
    }
    let loops = trace.loops as f64;
    let rows = trace.rows as f64 / loops;
    if timing {
        let time = trace.milliseconds / loops;
        format!("actual time=0.000..{time:.3} rows={rows:.0} loops={loops:.0}")
    } else {
        format!("actual rows={rows:.0} loops={loops:.0}")
    }
}

/// The properties in PostgreSQL's order: output, keys, conditions, what was counted.
fn properties(
    shown: &Shown<'_>,
    options: &ExplainOptions,
    ran: Ran<'_>,
) -> Vec<(&'static str, Property)> {
    let mut all = vec![];
    if options.verbose {
        let output = shown.output.iter().map(|column| column.text.clone()).collect::<Vec<_>>();
        if !output.is_empty() {
            all.push(("Output", Property::List(output)));
        }
    }
    for (key, value) in &shown.line.properties {
        let launched = *key == "Workers Planned" && options.analyze;
        all.push((key, value.clone()));
        let launched_here = shown.gather.filter(|_| launched);
        let count = launched_here.zip(ran).and_then(|(n, (trace, _))| trace.gathers.get(n));
        if let Some(gather) = count {
            all.push(("Workers Launched", Property::Number(gather.workers_launched as u64)));
        }
    }
    let joined = |filters: &[String]| match filters {
        [one] => one.clone(),
        several => format!("({})", several.join(" AND ")),
    };
    if !shown.one_time_filters.is_empty() {
        all.push(("One-Time Filter", Property::Text(joined(&shown.one_time_filters))));
    }
    if !shown.filters.is_empty() {
        all.push(("Filter", Property::Text(joined(&shown.filters))));
        if let Some(trace) = trace(shown, ran)
            && trace.removed > 0
            && trace.loops > 0
        {
            let removed = (trace.removed as f64 / trace.loops as f64).round_ties_even() as u64;
            all.push(("Rows Removed by Filter", Property::Number(removed)));
        }
    }
    all
}

fn property_text(property: &Property) -> Option<String> {
    match property {
        Property::Text(text) => Some(text.clone()),
        Property::List(list) => Some(list.join(", ")),
        Property::Number(number) => Some(number.to_string()),
        Property::Flag(flag) => flag.then(|| "true".into()),
    }
}

impl Clone for Property {
    fn clone(&self) -> Property {
        match self {
            Property::Text(text) => Property::Text(text.clone()),
            Property::List(list) => Property::List(list.clone()),
            Property::Number(number) => Property::Number(*number),
            Property::Flag(flag) => Property::Flag(*flag),
        }
    }
}

/// One JSON document, laid out as PostgreSQL does.
pub(super) fn json(shown: &Shown<'_>, options: &ExplainOptions, ran: Ran<'_>) -> String {
    let mut top = vec![("Plan", node(shown, None, options, ran))];
    if let Some((_, times)) = ran
        && options.summary.unwrap_or(options.analyze)
    {
        let milliseconds = |time: std::time::Duration| format!("{:.3}", time.as_secs_f64() * 1e3);
        top.push(("Planning Time", Json::Raw(milliseconds(times.planning))));
        top.push(("Execution Time", Json::Raw(milliseconds(times.execution))));
    }
    let mut out = String::new();
    Json::List(vec![Json::Object(top)]).write(&mut out, 0);
    out.push('\n');
    out
}

enum Json {
    Object(Vec<(&'static str, Json)>),
    List(Vec<Json>),
    /// A list of scalars: on one line.
    Line(Vec<String>),
    Text(String),
    Raw(String),
}

fn node(
    shown: &Shown<'_>,
    parent: Option<(&str, Option<&str>)>,
    options: &ExplainOptions,
    ran: Ran<'_>,
) -> Json {
    let mut keys = vec![("Node Type", Json::Text(shown.line.node_type.into()))];
    keys.extend(shown.line.modes.iter().map(|(key, value)| (*key, property_json(value))));
    if let Some((relationship, name)) = parent {
        keys.push(("Parent Relationship", Json::Text(relationship.into())));
        keys.extend(name.map(|name| ("Subplan Name", Json::Text(name.into()))));
    }
    keys.push(("Parallel Aware", Json::Raw(shown.line.parallel.to_string())));
    keys.push(("Async Capable", Json::Raw("false".into())));
    keys.extend(shown.line.target.iter().map(|(key, value)| (*key, property_json(value))));
    if options.costs {
        let estimate = &shown.plan.estimate;
        keys.push(("Startup Cost", Json::Raw(format!("{:.2}", estimate.startup))));
        keys.push(("Total Cost", Json::Raw(format!("{:.2}", estimate.total))));
        keys.push(("Plan Rows", Json::Raw(format!("{:.0}", estimate.rows))));
        keys.push(("Plan Width", Json::Raw(estimate.width.to_string())));
    }
    if let Some(trace) = trace(shown, ran) {
        let loops = trace.loops.max(1) as f64;
        if options.timing {
            keys.push(("Actual Startup Time", Json::Raw("0.000".into())));
            let time = format!("{:.3}", trace.milliseconds / loops);
            keys.push(("Actual Total Time", Json::Raw(time)));
        }
        keys.push(("Actual Rows", Json::Raw(format!("{:.0}", trace.rows as f64 / loops))));
        keys.push(("Actual Loops", Json::Raw(trace.loops.to_string())));
    }
    let properties = properties(shown, options, ran);
    keys.extend(properties.iter().map(|(key, value)| (*key, property_json(value))));
    let inits = shown
        .init_plans
        .iter()
        .map(|(name, init)| node(init, Some(("InitPlan", Some(name))), options, ran));
    let children = shown
        .children
        .iter()
        .map(|(relationship, child)| node(child, Some((relationship, None)), options, ran));
    let plans: Vec<Json> = inits.chain(children).collect();
    if !plans.is_empty() {
        keys.push(("Plans", Json::List(plans)));
    }
    Json::Object(keys)
}

fn property_json(property: &Property) -> Json {
    match property {
        Property::Text(text) => Json::Text(text.clone()),
        Property::List(list) => Json::Line(list.clone()),
        Property::Number(number) => Json::Raw(number.to_string()),
        Property::Flag(flag) => Json::Raw(flag.to_string()),
    }
}

impl Json {
    fn write(&self, out: &mut String, indent: usize) {
        match self {
            Json::Text(text) => quote(text, out),
            Json::Raw(raw) => out.push_str(raw),
            Json::Line(list) => {
                out.push('[');
                for (at, text) in list.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    quote(text, out);
                }
                out.push(']');
            }
            Json::List(list) => {
                out.push_str("[\n");
                for (at, member) in list.iter().enumerate() {
                    out.push_str(if at > 0 { ",\n" } else { "" });
                    let _ = write!(out, "{:1$}", "", indent + 2);
                    member.write(out, indent + 2);
                }
                let _ = write!(out, "\n{:indent$}]", "");
            }
            Json::Object(keys) => {
                out.push_str("{\n");
                for (at, (key, value)) in keys.iter().enumerate() {
                    out.push_str(if at > 0 { ",\n" } else { "" });
                    let _ = write!(out, "{:1$}", "", indent + 2);
                    quote(key, out);
                    out.push_str(": ");
                    value.write(out, indent + 2);
                }
                let _ = write!(out, "\n{:indent$}}}", "");
            }
        }
    }
}

/// A JSON string.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
