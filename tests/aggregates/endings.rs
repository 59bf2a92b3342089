//! How a check ends: the schema is gone, a lost server is a finding, and what cannot be asked is said.

use oracle::live::{
    self, Address, Interrupt, Law, NoScratch, Options, Scratch, Trouble, Verdict, values,
};

use super::{aggregate, reports, scratch, shared};

/// Schemas of ours on a server.
fn schemas(scratch: &mut Scratch) -> usize {
    let rows = scratch.ask("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'bothways%'");
    rows.expect("the catalogue").len()
}

/// The address of a throw-away server, for further connections.
fn address(scratch: &mut Scratch) -> String {
    let rows = scratch.ask("SHOW unix_socket_directories").expect("a setting");
    let folder = rows.concat().remove(0).expect("a folder");
    format!("host={folder} user=postgres dbname=postgres")
}

#[test]
fn a_server_that_dies_of_a_question_is_a_finding_with_the_logs_tail() {
    let Some(mut scratch) = scratch("a server that dies") else { return };
    spec::clauses!("law.split");
    let script = "
        CREATE FUNCTION dies(a int, b int) RETURNS int LANGUAGE plpgsql AS $$
        BEGIN
            IF a IS NOT NULL AND b IS NOT NULL THEN
                EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'kill -9 ' || pg_backend_pid());
            END IF;
            RETURN coalesce(a, b);
        END $$;
        CREATE AGGREGATE deadly(int) (SFUNC = int4larger, STYPE = int, COMBINEFUNC = dies)";
    scratch.client().batch_execute(script).expect("the script runs");
    let aggregate = aggregate(&mut scratch, "deadly(int)");
    let report = reports(&mut scratch, &aggregate).remove(0);
    assert_eq!(report.verdict, Verdict::Convicted(Law::Split), "{}", report.human(None));
    let witness = report.conviction().and_then(|finding| finding.witness()).expect("a witness");
    assert!(matches!(witness.answers.1, live::answer::Answer::Lost(_)), "{:?}", witness.answers);
    assert!(witness.remarks.concat().contains("terminated by signal 9"), "{:?}", witness.remarks);
}

#[test]
fn the_schema_is_gone_after_a_check_a_loss_and_an_interrupt() {
    let Some(mut host) = scratch("schemas are dropped") else { return };
    spec::clauses!("law.split");
    let address = address(&mut host);
    let open =
        |interrupt| Scratch::open(Address::Running(address.clone()), interrupt).expect("a schema");
    assert_eq!(schemas(&mut host), 1);

    let mut checked = open(Interrupt::default());
    let sum = aggregate(&mut checked, "sum(int)");
    assert!(matches!(reports(&mut checked, &sum)[0].verdict, Verdict::Lawful(_)));
    assert_eq!(schemas(&mut host), 2);
    drop(checked);
    assert_eq!(schemas(&mut host), 1);

    let mut lost = open(Interrupt::default());
    let _ = lost.ask("SELECT pg_terminate_backend(pg_backend_pid())");
    drop(lost);
    assert_eq!(schemas(&mut host), 1);

    let interrupt = Interrupt::default();
    let mut stopped = open(interrupt.clone());
    let pools = values::pools(stopped.client(), &sum, None).expect("integers").remove(0);
    interrupt.stop();
    let ended = live::check(&mut stopped, &sum, pools, &Options::default(), &mut |_| {});
    assert_eq!(ended, Err(Trouble::Interrupted));
    drop(stopped);
    assert_eq!(schemas(&mut host), 1);
}

#[test]
fn a_foreign_server_is_lost_once_only() {
    let Some(mut host) = shared("a foreign server") else { return };
    spec::clauses!("law.split");
    let address = Address::Running(address(&mut host));
    let mut scratch = Scratch::open(address, Interrupt::default()).expect("a schema");
    let script = "
        CREATE FUNCTION leaves(a int, b int) RETURNS int LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN a; END $$;
        CREATE AGGREGATE leaving(int) (SFUNC = int4larger, STYPE = int, COMBINEFUNC = leaves)";
    scratch.client().batch_execute(script).expect("the script runs");
    let aggregate = aggregate(&mut scratch, "leaving(int)");
    let report = reports(&mut scratch, &aggregate).remove(0);
    assert!(matches!(report.verdict, Verdict::Convicted(_)), "{}", report.human(None));
    assert_eq!(scratch.losses(), 1);
}

#[test]
fn who_may_not_create_a_schema_is_told_so() {
    let Some(mut host) = shared("no permission") else { return };
    spec::clauses!("law.split");
    host.ask("CREATE ROLE guest LOGIN; REVOKE CREATE ON DATABASE postgres FROM PUBLIC")
        .expect("a role");
    let address = address(&mut host).replace("user=postgres", "user=guest");
    match Scratch::open(Address::Running(address), Interrupt::default()) {
        Err(NoScratch::Unfit(why)) => {
            assert!(why.contains("permission denied") && why.contains("GRANT CREATE"), "{why}");
        }
        Err(NoScratch::Server(unable)) => panic!("{unable}"),
        Ok(_) => panic!("a guest has made a schema"),
    }
}

#[test]
fn who_is_no_superuser_is_asked_less_and_told_so() {
    let Some(mut host) = shared("no superuser") else { return };
    spec::clauses!("law.split");
    host.ask("CREATE ROLE owner LOGIN; GRANT CREATE ON DATABASE postgres TO owner")
        .expect("a role");
    let address = address(&mut host).replace("user=postgres", "user=owner");
    let scratch = Scratch::open(Address::Running(address), Interrupt::default());
    let Ok(mut scratch) = scratch else { panic!("an owner may make a schema") };
    for signature in ["avg(numeric)", "sum(int)", "var_pop(float8)"] {
        let aggregate = aggregate(&mut scratch, signature);
        let report = reports(&mut scratch, &aggregate).remove(0);
        assert!(matches!(report.verdict, Verdict::Lawful(_)), "{}", report.human(None));
    }
}

#[test]
fn what_raises_on_ordinary_input_is_said() {
    let Some(mut scratch) = shared("raising") else { return };
    spec::clauses!("law.split");
    let script = "
        CREATE FUNCTION refuses(a int, b int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN RAISE 'not today'; END $$;
        CREATE AGGREGATE refusing(int) (SFUNC = refuses, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl)";
    scratch.client().batch_execute(script).expect("the script runs");
    let aggregate = aggregate(&mut scratch, "refusing(int)");
    let report = reports(&mut scratch, &aggregate).remove(0);
    assert!(report.notes.iter().any(|note| note.contains("not today")), "{:?}", report.notes);
}

#[test]
fn a_type_without_generator_takes_values_from_a_query() {
    let Some(mut scratch) = shared("own types") else { return };
    spec::clauses!("law.split");
    let script = "
        CREATE TYPE pair AS (a int, b int);
        CREATE FUNCTION add_pair(s int, p pair) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT s + p.a';
        CREATE AGGREGATE firsts(pair) (SFUNC = add_pair, STYPE = int, INITCOND = '1', COMBINEFUNC = int4pl)";
    scratch.client().batch_execute(script).expect("the script runs");
    let aggregate = aggregate(&mut scratch, "firsts(pair)");
    let none = values::pools(scratch.client(), &aggregate, None).map(|_| ());
    let why = none.expect_err("no generator").to_string();
    assert!(why.contains("pair") && why.contains("--values"), "{why}");
    let bad = values::pools(scratch.client(), &aggregate, Some("SELECT nope")).map(|_| ());
    assert!(bad.expect_err("no such column").to_string().contains("nope"));
    let query = "SELECT (a, 0)::pair FROM generate_series(1, 5) AS s(a)";
    let pools = values::pools(scratch.client(), &aggregate, Some(query)).expect("values").remove(0);
    let report = live::check(&mut scratch, &aggregate, pools, &Options::default(), &mut |_| {});
    assert_eq!(report.expect("the server answers").verdict, Verdict::Convicted(Law::Unit));
}
