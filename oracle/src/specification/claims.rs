//! What README says is claimed: the clauses by level, between two marks.

use std::fmt::Write;

use super::{Clause, LEVELS, Specification};

/// Where the list begins. It says how to make it again.
pub const BEGIN: &str = "<!-- claims: made by `cargo run -- spec --readme README.md` -->";
/// Where it ends.
pub const END: &str = "<!-- end of claims -->";

/// The levels whose sentences are all printed; of the others only the ids.
const PRINTED: [&str; 4] = ["proved", "model-checked", "solver-checked", "exhaustive"];

/// The list, marks included.
pub fn list(spec: &Specification) -> String {
    let mut text = format!("{BEGIN}\n| level | clauses | what it means |\n|---|---:|---|\n");
    for (level, means) in LEVELS {
        let _ = writeln!(text, "| {level} | {} | {means} |", of(spec, level).count());
    }
    let total = spec.clauses.len();
    let _ = writeln!(text, "\n{total} clauses, {} theorems on record.", spec.theorems.len());
    for (level, _) in LEVELS {
        let count = of(spec, level).count();
        if count == 0 {
            continue;
        }
        let _ = write!(text, "\n<details><summary>{level}: {count}</summary>\n\n");
        if PRINTED.contains(&level) {
            for clause in of(spec, level) {
                let _ = writeln!(text, "- `{}` {}", clause.id, clause.sentence);
            }
        } else {
            let ids: Vec<String> =
                of(spec, level).map(|clause| format!("`{}`", clause.id)).collect();
            let _ = writeln!(text, "{}", ids.join(", "));
        }
        text += "\n</details>\n";
    }
    text + END
}

fn of<'a>(spec: &'a Specification, level: &'a str) -> impl Iterator<Item = &'a Clause> {
    spec.clauses.iter().filter(move |clause| clause.level == level)
}

/// A text with the list between its marks made anew.
///
/// # Errors
/// Which mark it lacks.
pub fn renewed(text: &str, spec: &Specification) -> Result<String, String> {
    let lacks = |mark: &str| format!("there is no line `{mark}`");
    // The mark may say another command than ours did when it was written.
    let begin = text.find("<!-- claims:").ok_or_else(|| lacks(BEGIN))?;
    let end = text[begin..].find(END).ok_or_else(|| lacks(END))? + begin + END.len();
    Ok(format!("{}{}{}", &text[..begin], list(spec), &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_made_anew_between_its_marks() {
        let toml = "[[clause]]\nid = \"plan.a\"\nsentence = \"All.\"\nlevel = \"proved\"\n\
                    [[clause]]\nid = \"plan.b\"\nsentence = \"Some.\"\nlevel = \"reviewed\"\n";
        let spec = Specification::parse(toml, "", "").unwrap();
        let before = format!("# Tour\n{BEGIN}\nstale\n{END}\nrest\n");
        let renewed = renewed(&before, &spec).unwrap();
        assert!(renewed.starts_with("# Tour\n<!--") && renewed.ends_with("-->\nrest\n"));
        assert!(renewed.contains("| proved | 1 |") && !renewed.contains("stale"), "{renewed}");
        assert!(renewed.contains("- `plan.a` All.\n") && renewed.contains("\n`plan.b`\n"));
        assert_eq!(super::renewed(&renewed, &spec).unwrap(), renewed);
    }

    #[test]
    fn a_text_without_marks_is_refused() {
        let spec = Specification::default();
        assert!(renewed("# Tour", &spec).unwrap_err().contains("claims"));
        assert!(renewed(BEGIN, &spec).unwrap_err().contains("end of claims"));
    }
}
