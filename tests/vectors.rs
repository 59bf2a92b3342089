//! Vectors: what the model proved in Coq answers, replayed against `spec`, `reference` and `parallel`.
//!
//! The program extracted from `spec/coq` wrote `spec/vectors`; no Coq is needed here. Editing Rust alone fails these tests,
//! editing Coq alone fails `spec/coq/oracle/check`.

#[path = "vectors/aggregates.rs"]
mod aggregates;
#[path = "vectors/answer.rs"]
mod answer;
#[path = "vectors/engines.rs"]
mod engines;
#[path = "vectors/file.rs"]
mod file;
#[path = "vectors/formulas.rs"]
mod formulas;
#[path = "vectors/joins.rs"]
mod joins;
#[path = "vectors/sql.rs"]
mod sql;

use std::io::Write;

use aggregates::Vector;
use engines::Engines;
use file::File;
use formulas::Formula;
use joins::Join;
use oracle::engine::Engine;
use oracle::engine::extracted::Extracted;
use oracle::verdict::ReallyChecked;
use sql::Bags;

/// The vectors of a file, and how many there are.
fn vectors(file: &File) -> (Vec<Vector<'_>>, u64) {
    let vectors: Vec<Vector<'_>> = file.lines.iter().map(Vector::of).collect();
    let runs = vectors.iter().map(|vector| vector.runs.len() as u64).sum();
    (vectors, runs)
}

/// What `spec` does to each vector: every bag in every type, on every run. Filters are SQL's, not an aggregate's.
fn complaints_of_spec(vectors: &[Vector<'_>]) -> Vec<String> {
    let mut complaints = vec![];
    let mut bags = 0;
    for vector in vectors.iter().filter(|vector| !vector.filtered) {
        let overloads = vector.overloads();
        assert!(
            !overloads.is_empty(),
            "{}: nobody answers {}",
            vector.line.place,
            vector.aggregate
        );
        bags += overloads.len();
        complaints
            .extend(overloads.iter().filter_map(|(aggregate, rows)| vector.check(aggregate, rows)));
    }
    println!("spec: {bags} bags of one type");
    complaints
}

/// The serial answer and the answers of all splits are one: the vectors show the law that the model proves.
fn complaints_of_the_law(vectors: &[Vector<'_>]) -> Vec<String> {
    let visible = |vector: &&Vector<'_>| vector.runs.iter().any(|run| *run != vector.serial);
    let complain =
        |vector: &Vector<'_>| vector.line.complaint("the vector itself", "a split is visible");
    vectors.iter().filter(visible).map(complain).collect()
}

#[test]
fn aggregates_of_spec_answer_as_the_model_on_every_split() {
    spec::clauses!(
        "agg.count",
        "agg.sum.integer",
        "agg.avg.numeric",
        "agg.min",
        "agg.bit",
        "agg.bool",
        "agg.variance",
        "agg.numeric.exact",
        "agg.transition.strict",
        "agg.combine.strict",
        "agg.serialize",
        "law.split"
    );
    let file = file::read("aggregates");
    let (vectors, runs) = vectors(&file);
    let mut complaints = complaints_of_the_law(&vectors);
    complaints.extend(complaints_of_spec(&vectors));
    file.report(runs, &complaints);
}

#[test]
fn both_engines_answer_as_the_model_for_every_bag() {
    spec::clauses!(
        "agg.count",
        "agg.sum.integer",
        "agg.avg.numeric",
        "agg.min",
        "agg.bit",
        "agg.bool",
        "agg.variance"
    );
    let file = file::read("aggregates");
    let (vectors, runs) = vectors(&file);
    let (mut complaints, mut cells, mut checked) = (vec![], 0, ReallyChecked::default());
    for of_one_kind in vectors.chunk_by(|a, b| a.is_of_truths() == b.is_of_truths()) {
        let bags = Bags::of(of_one_kind);
        let mut engines = bags.engines();
        for of_one in
            of_one_kind.chunk_by(|a, b| (a.aggregate, a.filtered) == (b.aggregate, b.filtered))
        {
            complaints.extend(bags.check(&mut engines, of_one, &mut cells));
        }
        checked += engines.checked;
    }
    println!("engines: {cells} answers, {checked:?}");
    file.report(runs, &complaints);
    // Sixteen aggregates under three schedules, once of every bag and once of nothing.
    assert_eq!((checked.runs, checked.parallel), (2 * 48, 2 * 48));
    assert_eq!(checked.combine_of_two, 48, "{checked:?}");
    assert_eq!(checked.state_as_bytes, 2 * 32, "{checked:?}");
}

/// Decimals with their scales and special values, intervals field by field, texts with a delimiter for each row.
#[test]
fn decimals_intervals_and_texts_answer_as_the_model_on_every_split() {
    spec::clauses!(
        "agg.sum.numeric",
        "agg.avg.numeric",
        "agg.numeric.special",
        "agg.sum.interval",
        "agg.string-agg",
        "law.split"
    );
    for name in ["aggregates_of_decimals", "aggregates_of_intervals", "aggregates_of_texts"] {
        let file = file::read(name);
        let (vectors, runs) = vectors(&file);
        let mut complaints = complaints_of_the_law(&vectors);
        complaints.extend(complaints_of_spec(&vectors));
        let bags = Bags::of(&vectors);
        let (mut engines, mut cells) = (bags.engines(), 0);
        for of_one in vectors.chunk_by(|a, b| a.aggregate == b.aggregate) {
            complaints.extend(bags.check(&mut engines, of_one, &mut cells));
        }
        println!("engines: {cells} answers, {:?}", engines.checked);
        file.report(runs, &complaints);
    }
}

#[test]
fn lists_keep_their_order_in_every_split_that_keeps_it() {
    spec::clauses!("agg.string-agg.order", "law.order");
    let file = file::read("aggregates_in_order");
    let (vectors, runs) = vectors(&file);
    let mut complaints = complaints_of_the_law(&vectors);
    complaints.extend(complaints_of_spec(&vectors));
    let bags = Bags::of(&vectors);
    let mut cells = 0;
    complaints.extend(bags.check(&mut bags.engines(), &vectors, &mut cells));
    println!("engines: {cells} answers");
    file.report(runs, &complaints);
}

#[test]
fn sums_of_months_fail_on_the_very_runs_where_the_model_fails() {
    spec::clauses!("agg.sum.interval");
    let file = file::read("aggregates_with_errors");
    let (vectors, runs) = vectors(&file);
    let mut complaints = complaints_of_spec(&vectors);
    complaints.extend(sql::check_errors(&vectors));
    file.report(runs, &complaints);
}

#[test]
fn formulas_have_the_models_truth_tables() {
    spec::clauses!(
        "expr.logic",
        "expr.condition",
        "expr.call.strict",
        "expr.compare.total",
        "expr.subquery",
        "expr.fold",
        "rel.filter"
    );
    let file = file::read("formulas");
    let formulas: Vec<Formula<'_>> = file.lines.iter().map(Formula::of).collect();
    let kept = formulas.iter().find(|formula| formula.is_where()).expect("a line for WHERE");
    let mut engines = formulas::engines();
    let mut complaints = vec![];
    for formula in formulas.iter().filter(|formula| !formula.is_where()) {
        complaints.extend(formula.check_spec(&engines));
        complaints.extend(formula.check_select(&mut engines));
        complaints.extend(formula.check_where(&mut engines, kept));
        complaints.extend(formula.check_constants(&mut engines));
    }
    println!("engines: {:?}", engines.checked);
    file.report(formulas.iter().map(|formula| formula.cases.len() as u64).sum(), &complaints);
    // All but the statements of constants alone.
    let constants = 3 * (formulas.len() as u64 - 1);
    assert_eq!(engines.checked.parallel, engines.checked.runs - constants);
}

#[test]
fn joins_of_all_tables_at_once_answer_as_the_model() {
    spec::clauses!("rel.join", "join.key.null", "expr.subquery");
    let file = file::read("joins");
    let joins: Vec<Join<'_>> = file.lines.iter().map(Join::of).collect();
    let kinds = joins.chunk_by(|a, b| (a.kind, a.comparison) == (b.kind, b.comparison));
    let mut checked = ReallyChecked::default();
    let complaints: Vec<String> =
        kinds.flat_map(|kind| joins::check_together(kind, &mut checked)).collect();
    println!("engines: {checked:?}");
    file.report(joins.len() as u64, &complaints);
    // Eighteen statements; FULL JOIN may have a serial plan.
    assert!(checked.runs == 3 * 18 && checked.two_participants >= 3 * 17, "{checked:?}");
}

#[test]
fn each_join_of_two_tables_answers_as_the_model() {
    spec::clauses!("rel.join", "join.key.null", "expr.subquery");
    let file = file::read("joins");
    let joins: Vec<Join<'_>> = file.lines.iter().map(Join::of).collect();
    let mut tables = joins::Tables::of(&joins);
    let complaints = tables.check_each();
    println!("engines: {:?}", tables.engines.checked);
    file.report(joins.len() as u64, &complaints);
}

/// The model itself as an engine, over more rows than any vector has; one line says if it is not built.
#[test]
fn the_extracted_oracle_is_an_engine_whose_answers_are_permitted() {
    let mut model = match Extracted::start() {
        Ok(model) => model,
        Err(unable) => {
            // Straight to the terminal: what a passing test prints is not shown.
            let _ = writeln!(std::io::stderr(), "engine of the model not run: {unable}");
            return;
        }
    };
    let engines = Engines::new(&[
        "create table t (x2 smallint, x4 int, x8 bigint, b boolean)".into(),
        "insert into t select nullif(i % 7, 3), i * 7919 % 1013 - 500, (i - 250) * 36028797018963968, nullif(i % 5, 2) < 4 \
         from generate_series(1, 500) i"
            .into(),
        "create table none (x2 smallint, x4 int, x8 bigint, b boolean)".into(),
    ]);
    let mut asked = 0;
    for name in model.aggregates().to_vec() {
        let calls = match name.as_str() {
            "count(*)" => vec![name.clone()],
            "bool_and" | "bool_or" | "every" => vec![format!("{name}(b)")],
            _ => ["x2", "x4", "x8"].map(|column| format!("{name}({column})")).to_vec(),
        };
        for table in ["t", "none"] {
            let sql = format!("select {} from {table}", calls.join(", "));
            let outcome = engines.by(&mut model, &sql);
            let finding = engines.permitted(&sql).refute(&outcome, None);
            assert_eq!(finding, None, "{sql}: {outcome:?}");
            asked += calls.len();
        }
    }
    println!("{}: {asked} answers", model.name());
}

#[test]
fn a_truncated_or_hand_edited_file_says_what_is_wrong_and_what_to_do() {
    let whole = |text: &str| file::parse("aggregates.jsonl", text).err().unwrap_or_default();
    let text = file::text("aggregates");
    let cut = text.trim_end().rsplit_once('\n').expect("several lines").0;
    assert!(whole(cut).contains("1729 lines where its header promises 1730"), "{}", whole(cut));
    assert!(
        whole(&text.replace("agg.bit", &["agg.bit", "s"].concat()))
            .contains("no clause `agg.bits`")
    );
    assert!(whole(&text.replacen("[null]", "[null", 1)).starts_with("aggregates.jsonl:3: "));

    let edited = |name: &str, from: &str, to: &str| {
        let text = file::text(name).replacen(from, to, 1);
        file::parse(name, &text).unwrap_or_else(|complaint| panic!("{complaint}"))
    };
    let file = edited("aggregates", r#""rows":[-2],"serial":"-2""#, r#""rows":[-2],"serial":"2""#);
    let complaints = complaints_of_spec(&vectors(&file).0);
    assert_eq!(complaints.len(), 5, "one a number type: {complaints:?}");
    assert!(complaints[0].starts_with("aggregates:254: [agg.sum.integer] sum(int2): "));
    assert!(
        complaints[0]
            .ends_with("run `spec/coq/oracle/check --update`; a vector is never edited by hand")
    );

    let file = edited("formulas", "[false,null,false]", "[false,null,null]");
    let complaints = Formula::of(&file.lines[0]).check_select(&mut formulas::engines());
    assert!(complaints[0].starts_with("formulas:2: [expr.logic] reference: "), "{complaints:?}");

    let file = edited("joins", r#""rows":[[1,1]]"#, r#""rows":[[1,1],[1,1]]"#);
    let joins: Vec<Join<'_>> = file.lines.iter().map(Join::of).collect();
    let complaints = joins::check_together(&joins[..100], &mut ReallyChecked::default());
    assert_eq!(complaints.len(), 4, "both engines, one of them under three schedules");
    assert!(complaints[0].contains(" [rel.join] reference: "), "{complaints:?}");
}
