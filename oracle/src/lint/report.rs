//! Reports: for people, JSON, JUnit.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{Finding, Report, Severity, probe, rules};

/// The report for people: an aggregate without findings has no line of its own.
pub fn human(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        if report.findings.is_empty() && report.unasked.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{}", report.aggregate);
        for finding in &report.findings {
            human_finding(&mut out, finding);
        }
        for (rule, why) in &report.unasked {
            let _ = writeln!(out, "  not asked  {rule}: {why}");
        }
    }
    let _ = writeln!(out, "{}", summary(reports));
    out
}

fn human_finding(out: &mut String, finding: &Finding) {
    let severity = finding.severity.word();
    let _ = writeln!(out, "  {severity}: {} [{}, {}]", finding.what, finding.rule, finding.clause);
    if let Some(explained) = finding.explained {
        let _ = writeln!(out, "    explained: {explained}");
        return;
    }
    let _ = writeln!(out, "    why: {}", finding.why);
    let _ = writeln!(out, "    mend:");
    for line in finding.mend.lines() {
        let _ = writeln!(out, "      {line}");
    }
}

/// `3 aggregates: 1 error, 2 warnings, 0 notes, 1 explained, 0 not asked`.
fn summary(reports: &[Report]) -> String {
    let findings = || reports.iter().flat_map(|report| &report.findings);
    let count = |severity, word: &str| {
        let of = |finding: &&Finding| finding.severity == severity && finding.explained.is_none();
        plural(findings().filter(of).count(), word)
    };
    let explained = findings().filter(|finding| finding.explained.is_some()).count();
    let unasked: usize = reports.iter().map(|report| report.unasked.len()).sum();
    format!(
        "{}: {}, {}, {}, {explained} explained, {unasked} not asked",
        plural(reports.len(), "aggregate"),
        count(Severity::Error, "error"),
        count(Severity::Warning, "warning"),
        count(Severity::Note, "note")
    )
}

fn plural(count: usize, word: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {word}{s}")
}

/// The report as one JSON document.
pub fn json(reports: &[Report]) -> Value {
    let finding = |finding: &Finding| {
        json!({
            "rule": finding.rule, "clause": finding.clause, "severity": finding.severity.word(),
            "what": finding.what, "why": finding.why, "mend": finding.mend,
            "explained": finding.explained, "counts": finding.counts(),
        })
    };
    let unasked = |(rule, why): &(&str, String)| json!({ "rule": rule, "why": why });
    let aggregates = reports.iter().map(|report| {
        json!({
            "aggregate": report.aggregate,
            "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
            "not_asked": report.unasked.iter().map(unasked).collect::<Vec<_>>(),
        })
    });
    json!({ "version": 1, "aggregates": aggregates.collect::<Vec<_>>() })
}

/// The report as JUnit XML: a suite per aggregate, a test case per rule.
pub fn junit(reports: &[Report]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"bothways lint\">\n",
    );
    let ids: Vec<&str> = rules::RULES.iter().map(|rule| rule.id).chain([probe::RULE]).collect();
    for report in reports {
        let failures = report.findings.iter().filter(|finding| finding.counts()).count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{}\">",
            escape(&report.aggregate),
            ids.len(),
            report.unasked.len()
        );
        for id in &ids {
            let _ = writeln!(out, "    {}", test_case(report, id));
        }
        out += "  </testsuite>\n";
    }
    out + "</testsuites>\n"
}

fn test_case(report: &Report, id: &str) -> String {
    let head = format!("<testcase classname=\"{}\" name=\"{id}\"", escape(&report.aggregate));
    let found = report.findings.iter().filter(|finding| finding.rule == id && finding.counts());
    let failures: Vec<String> = found
        .map(|finding| {
            let text = escape(&format!("{}\n{}", finding.why, finding.mend));
            format!("<failure message=\"{}\">{text}</failure>", escape(&finding.what))
        })
        .collect();
    let skipped = report.unasked.iter().find(|(rule, _)| *rule == id);
    match skipped {
        Some((_, why)) => format!("{head}><skipped message=\"{}\"/></testcase>", escape(why)),
        None if failures.is_empty() => format!("{head}/>"),
        None => format!("{head}>{}</testcase>", failures.concat()),
    }
}

/// A text inside XML, between tags or quotes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
