//! Every statement of `statements.sql` is read, printed and read again to the same tree. [rel.print-parse]

use bothways_spec::sql::parse::statement;
use bothways_spec::sql::positions::Positions;
use bothways_spec::sql::print;
use bothways_spec::sql::split::Splitter;

fn statements() -> Vec<String> {
    let mut splitter = Splitter::new();
    splitter.feed(include_str!("statements.sql"));
    std::iter::from_fn(|| splitter.finish()).collect()
}

#[test]
fn printing_and_parsing_gives_the_same_tree() {
    let statements = statements();
    assert!(statements.len() >= 150, "{} statements", statements.len());
    let mut wrong = Vec::new();
    for text in &statements {
        let Ok(first) =
            statement(text).map_err(|failure| wrong.push(format!("{text}\n  {failure:?}")))
        else {
            continue;
        };
        let printed = print::statement(&first.statement);
        match statement(&printed) {
            Err(failure) => wrong.push(format!("{text}\n  {printed}\n  {failure:?}")),
            Ok(second)
                if second.statement.without_positions() != first.statement.without_positions() =>
            {
                wrong.push(format!("{text}\n  {printed}\n  another tree"));
            }
            Ok(second) => assert_eq!(print::statement(&second.statement), printed),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_text_of_a_statement_ends_before_its_semicolon() {
    let parsed = statement("  select 1 ; ;  ").expect("a statement");
    assert_eq!(parsed.text, "select 1");
}
