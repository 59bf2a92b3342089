//! Plans made by hand, with Parallel Hash Joins: under every schedule the answer is one that the reference permits.

use oracle::database::Database;
use oracle::engine::{Question, permitted};
use parallel::fault::Fault;
use parallel::{Claims, Schedule};
use spec::expr::{Expr, function};
use spec::outcome::{Outcome, Run};
use spec::permitted::Permitted;
use spec::plan::check::{Checked, check};
use spec::plan::{Mode, Node, Plan, explain};
use spec::query::JoinKind;
use spec::settings::Settings;
use spec::sql::ast::Statement;
use spec::sql::{bind, parse};
use spec::value::{Type, Value};

use super::schedule;
use super::shapes::*;

/// Each kind of join, with its answer's SQL over tables `a` and `b`; what is written for `{b}` stands for `b`.
const JOINS: [(JoinKind, &str); 6] = [
    (JoinKind::Inner, "select a.x as x, b.x as x from a join {b} on a.x = b.x"),
    (JoinKind::Left, "select a.x as x, b.x as x from a left join {b} on a.x = b.x"),
    (JoinKind::Right, "select a.x as x, b.x as x from a right join {b} on a.x = b.x"),
    (JoinKind::Full, "select a.x as x, b.x as x from a full join {b} on a.x = b.x"),
    (JoinKind::Semi, "select a.x as x from a where exists (select from {b} where a.x = b.x)"),
    (JoinKind::Anti, "select a.x as x from a where not exists (select from {b} where a.x = b.x)"),
];

/// Rows of both tables; -1 stands for NULL.
type Rows<'a> = (&'a [i32], &'a [i32]);

/// Partners for some and many, NULL on both sides, one side empty, both.
const DATA: [Rows; 5] = [
    (&[1, 2, 3, -1, 4, 5, -1, 6, 7, 8], &[9, 8, -1, 6, 4, 2, 10, -1, 11]),
    (&[1, 1, 1, 1, 1, 1, 2, -1, 3], &[1, 1, 1, 3, 3, -1, -1, 4, 4, 1]),
    (&[], &[1, 2, -1, 2, 3, 4, 5]),
    (&[1, 2, -1, 2, 3, 4, 5], &[]),
    (&[], &[]),
];

fn database((a, b): Rows) -> Database {
    let mut database = Database::default();
    for (name, keys) in [("a", a), ("b", b)] {
        let value = |key: i32| if key < 0 { Value::Null } else { Value::Int4(key) };
        let row = |key: &i32| vec![value(*key), Value::Null];
        database.put((*table(name)).clone(), keys.iter().map(row).collect(), false);
    }
    database
}

/// What the reference permits.
fn meaning(sql: &str, database: &Database) -> Permitted {
    let Statement::Select(query) = parse::statement(sql).expect("it reads").statement else {
        panic!("{sql} is a query")
    };
    let query = bind::query(&query, &database.catalogue).expect("it binds");
    let settings = &Settings::default();
    permitted(&Question { sql, query: &query, database, settings }).expect("it has a meaning")
}

/// Over one table by all, with three workers planned.
fn join(kind: JoinKind, inner: Plan) -> Plan {
    hash_join(kind, scan(&table("a"), true), inner, true)
}

fn checked(plan: Plan) -> Checked<Plan> {
    let text = explain::shape(&plan);
    check(plan).unwrap_or_else(|refusal| panic!("{refusal}\n{text}"))
}

fn run(plan: &Checked<Plan>, database: &Database, schedule: &Schedule) -> Run {
    parallel::run(plan, &database.parallel, &Settings::default(), schedule)
}

/// Simulated schedules of many kinds, and threads: as many workers as planned, fewer, none; with and without the leader.
fn schedules() -> impl Iterator<Item = Schedule> {
    let threads = |launched| Schedule {
        launched: Some(launched),
        claims: Claims::OneBlock,
        rows_per_block: Some(1),
        ..Schedule::default()
    };
    (0..30).map(schedule).chain((0..4).map(threads))
}

/// Whether the plan has several participants at work under some of the schedules, and a permitted answer under all.
fn answers(plan: Plan, sql: &str, database: &Database) -> bool {
    let (plan, permitted) = (checked(plan), meaning(sql, database));
    let mut several = false;
    for schedule in schedules() {
        let Run { outcome, trace } = run(&plan, database, &schedule);
        if let Some(finding) = permitted.refute(&outcome, Some(&trace)) {
            panic!("{sql} under {schedule}: {finding:?}");
        }
        several |= trace.participant_rows.iter().filter(|rows| **rows > 0).count() > 1;
    }
    several
}

#[test]
fn joins_over_a_shared_table_answer_what_the_reference_permits() {
    spec::clauses!(
        "join.shared.attach",
        "join.shared.build-first",
        "join.shared.unmatched",
        "join.key.null",
        "plan.hash-join",
        "plan.hash.shared"
    );
    for (number, rows) in DATA.into_iter().enumerate() {
        let database = database(rows);
        for (kind, sql) in JOINS {
            let plan = gather(join(kind, scan(&table("b"), true)), 3, false);
            let several = answers(plan, &sql.replace("{b}", "b"), &database);
            assert!(several || rows.0.len() + rows.1.len() < 2, "{number}: one did it all");
        }
    }
}

#[test]
fn a_join_over_a_shared_table_prints_as_postgresql_does() {
    spec::clauses!("explain.text");
    let plan = gather(join(JoinKind::Full, scan(&table("b"), true)), 3, false);
    let expected = "Gather\n  \
         Workers Planned: 3\n  \
         ->  Parallel Hash Full Join\n        \
               Hash Cond: (a.x = b.x)\n        \
               ->  Parallel Seq Scan on a\n        \
               ->  Parallel Hash\n              \
                     ->  Parallel Seq Scan on b\n";
    assert_eq!(explain::shape(&plan), expected);
}

#[test]
fn a_condition_beside_the_keys_is_asked_of_pairs_of_a_shared_table() {
    spec::clauses!("join.shared.unmatched");
    let database = database(DATA[1]);
    for (kind, sql) in JOINS {
        let mut plan = join(kind, scan(&table("b"), true));
        let Node::HashJoin { conditions, .. } = &mut plan.node else { panic!("it is one") };
        conditions.push(x_is_two());
        let sql = sql.replace("{b}", "b").replace("a.x = b.x", "a.x = b.x and a.x = 2");
        answers(gather(plan, 3, false), &sql, &database);
    }
}

#[test]
fn a_limit_above_a_shared_join_ends_its_participants_early() {
    spec::clauses!("gather.stop", "join.shared.wait");
    let database = database(DATA[1]);
    for (kind, sql) in JOINS {
        for rows in [0, 1, 4] {
            let plan = gather(join(kind, scan(&table("b"), true)), 3, false);
            let sql = format!("{} limit {rows}", sql.replace("{b}", "b"));
            answers(limit(plan, Some(rows), None), &sql, &database);
        }
    }
}

#[test]
fn a_gather_that_is_run_again_makes_a_new_shared_table() {
    spec::clauses!("gather.rescan", "join.shared.free");
    let database = database(DATA[1]);
    for (kind, sql) in JOINS {
        let gathered = gather(join(kind, scan(&table("b"), true)), 3, false);
        let sql = sql.replace("{b}", "b").replace("b.x as x", "b.x as y");
        let columns = if sql.contains(" as y") { "j.x, j.y" } else { "j.x" };
        let sql = format!("select c.x, {columns} from b as c, ({sql}) as j");
        let mut plan = pairs(scan(&table("b"), false), gathered);
        if let Some(y) = plan.columns.get_mut(2) {
            y.name = "y".into();
        }
        answers(plan, &sql, &database);
    }
}

#[test]
fn groups_of_a_shared_join_are_finished_above_it() {
    spec::clauses!("plan.hash-join", "join.shared.unmatched");
    let database = database(DATA[1]);
    for (kind, sql) in JOINS {
        let count = || vec![call_of(aggregate("count", &[]))];
        let partial = aggregated(Mode::Partial, join(kind, scan(&table("b"), true)), true, count());
        let plan = aggregated(Mode::Finalize, gather(partial, 3, false), true, count());
        let sql = sql.replace("{b}", "b").replace(", b.x as x", "");
        let sql = format!("{} group by a.x", sql.replace("a.x as x", "a.x as x, count(*)"));
        answers(plan, &sql, &database);
    }
}

/// The rows of `b` for which `1 / x` is not NULL, which fails for 0.
fn divides() -> Plan {
    let divide = function::exact("int4div", &[Type::Int4, Type::Int4]).expect("there is one");
    let one = Expr::Constant(Value::Int4(1), Type::Int4);
    let operand = Box::new(call(divide, vec![one, x()]));
    filter(scan(&table("b"), true), Expr::IsNull { operand, negated: true })
}

#[test]
fn an_error_while_a_shared_table_is_built_is_the_answer_and_nobody_is_left_waiting() {
    spec::clauses!("gather.error", "join.shared.wait");
    let database = database((&[1, 2, 3, 4, 5, 6], &[5, 4, 3, 2, 1, 0, 1, 2, 3]));
    for (kind, sql) in JOINS {
        let sql = sql.replace("{b}", "(select x from b where 1 / x is not null) as b");
        let plan = gather(join(kind, divides()), 3, false);
        answers(plan.clone(), &sql, &database);
        for schedule in schedules() {
            let outcome = run(&checked(plan.clone()), &database, &schedule).outcome;
            let Outcome::Error(error) = outcome else { panic!("{sql} under {schedule}: rows") };
            assert_eq!(error.sqlstate.as_str(), "22012", "{sql} under {schedule}");
        }
    }
}

#[test]
fn threads_join_thousands_of_rows_over_a_shared_table() {
    spec::clauses!("join.shared.build-first", "join.shared.unmatched");
    let keys = |rows: i32, of: i32| (0..rows).map(|i| i * 7 % of - 1).collect::<Vec<_>>();
    let database = database((&keys(4500, 1009), &keys(900, 211)));
    for (kind, sql) in JOINS {
        let calls =
            || vec![call_of(aggregate("count", &[])), call_of(aggregate("sum", &[Type::Int4]))];
        let join = join(kind, scan(&table("b"), true));
        let partial = gather(aggregated(Mode::Partial, join, false, calls()), 3, false);
        let plan = checked(aggregated(Mode::Finalize, partial, false, calls()));
        let sql = sql.replace("{b}", "b").replace(", b.x as x", "");
        let permitted = meaning(&sql.replace("a.x as x", "count(*), sum(a.x)"), &database);
        for _ in 0..4 {
            let Run { outcome, trace } = run(&plan, &database, &Schedule::default());
            assert_eq!(permitted.refute(&outcome, Some(&trace)), None, "{sql}");
        }
    }
}

#[test]
fn faults_of_nodes_that_the_planner_does_not_choose_are_caught_in_plans_made_by_hand() {
    spec::clauses!("join.shared.build-first", "join.shared.elected", "verdict.schedule");
    let database = database(DATA[0]);
    for &fault in Fault::ALL.iter().filter(|fault| !fault.is_planned()) {
        let wrong = |(kind, sql): &(JoinKind, &str)| {
            let plan = checked(gather(join(*kind, scan(&table("b"), true)), 3, false));
            let permitted = meaning(&sql.replace("{b}", "b"), &database);
            let schedules = schedules().map(|sound| Schedule { fault: Some(fault), ..sound });
            let refuted = |schedule: &Schedule| {
                let Run { outcome, trace } = run(&plan, &database, schedule);
                permitted.refute(&outcome, Some(&trace)).is_some()
            };
            schedules.filter(refuted).count() > 0
        };
        let caught: Vec<_> =
            JOINS.iter().filter(|join| wrong(join)).map(|(kind, _)| kind).collect();
        println!("{fault}: caught in {caught:?}");
        assert!(!caught.is_empty(), "{fault} is not caught");
    }
}
