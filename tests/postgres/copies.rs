//! COPY of every type, there and back: what we write a server reads and writes again to the byte, and what it writes as CSV
//! we read as the same values.

use std::io::{Read, Write};

use oracle::copy;
use oracle::engine::postgres::connect::{self, Plain};
use oracle::generate::rows::{ordinary, strange};
use oracle::session::{EngineChoice, Session};
use spec::sql::ast::Statement;
use spec::sql::parse;
use spec::value::{Element, Modifier, Row, Type, Value, text};

/// Besides the values that campaigns draw: what is written with escapes, and the ends of what a type holds.
const MORE: &[(Type, &[&str])] = &[
    (
        Type::Bytea,
        &["\\x5c", "\\x27220a0d09", "\\x00ff", "\\\\ escape \\000\\377", "\\x DE ad\nBE"],
    ),
    (Type::Text, &["\\.", "\\N", "tab\tand\nnewline", "\"quoted, twice\"", "\u{b}\u{8}"]),
    (Type::Time, &["24:00:00", "00:00:00.000001", "04:05 PM"]),
    (Type::TimeTz, &["24:00:00-15:59:59", "00:00:00+15:59:59", "10:00 Z"]),
    (
        Type::TimestampTz,
        &["4714-11-24 00:00:00+00 BC", "0044-03-15 12:00:00+00 BC", "2024-02-29T12:00:00Z"],
    ),
    (Type::Date, &["4714-11-24 BC", "0001-01-01 BC", "infinity"]),
    (
        Type::Array(Element::Text),
        &[
            r#"{"a,b","{}","\"",NULL,"NULL","\\"," x ",""}"#,
            "{\"\ttab\",\"new\nline\"}",
            "[2:3]={a,b}",
        ],
    ),
    (Type::Array(Element::Bytea), &[r#"{"\\x5c00",NULL,"\\x"}"#]),
    (
        Type::Array(Element::Timestamp),
        &[r#"{"2000-01-01 10:00:00",infinity,NULL,"0044-03-15 12:00:00 BC"}"#],
    ),
    (Type::Array(Element::TimeTz), &["{24:00:00-15:59,NULL}"]),
    (Type::Array(Element::Interval), &[r#"{"1 year 2 mons",NULL,"-00:00:01"}"#]),
    (Type::Array(Element::Float8), &["{NaN,-Infinity,-0,1e-300,NULL}", "{{1,2},{NULL,4}}"]),
    (Type::Array(Element::Numeric), &["{1.50,NaN,Infinity,NULL}"]),
    (Type::Array(Element::Bool), &["{t,f,NULL}", "{{t},{f}}"]),
];

/// Rows of one column: NULL and everything that is known of the type.
fn rows(ty: Type) -> Vec<Row> {
    let more = MORE.iter().filter(|(of, _)| *of == ty).flat_map(|(_, texts)| *texts);
    let texts = ordinary(ty).iter().chain(strange(ty)).chain(more);
    let read = |field: &&str| {
        let value = text::input(ty, Modifier::None, field);
        vec![value.unwrap_or_else(|error| panic!("{ty} {field}: {error}"))]
    };
    std::iter::once(vec![Value::Null]).chain(texts.map(read)).collect()
}

/// The server's table `t` after it has read these lines, written again in a format.
fn through_the_server(server: &mut Plain, ty: Type, lines: &str, format: &str) -> String {
    let client = &mut server.client;
    let table = format!("DROP TABLE IF EXISTS t; CREATE TABLE t (x {})", ty.typname());
    client.batch_execute(&table).expect("a table");
    let mut writer = client.copy_in("COPY t FROM STDIN").expect("COPY begins");
    writer.write_all(lines.as_bytes()).expect("the server listens");
    writer.finish().unwrap_or_else(|error| panic!("{ty}: {error}\n{lines}"));
    let mut written = String::new();
    let statement = format!("COPY t TO STDOUT WITH (FORMAT {format})");
    let mut reader = client.copy_out(&statement).expect("COPY begins");
    reader.read_to_string(&mut written).expect("UTF-8");
    written
}

/// What our session holds after COPY FROM STDIN in a format.
fn through_a_session(ty: Type, lines: &str, format: &str) -> Vec<Row> {
    let mut session = Session::new(EngineChoice::Parallel);
    session.execute_text(&format!("CREATE TABLE t (x {})", ty.typname())).expect("a table");
    let copy = format!("COPY t FROM STDIN WITH (FORMAT {format})");
    let parsed = parse::statement(&copy).expect("a statement");
    let Statement::CopyFrom { table, columns, options, .. } = &parsed.statement else {
        panic!("{copy}")
    };
    session
        .copy(table, columns, options, std::io::Cursor::new(lines.to_owned()))
        .unwrap_or_else(|failure| panic!("{ty} {format}: {failure:?}\n{lines}"));
    let reply = session.execute_text("SELECT x FROM t").expect("rows");
    reply.rows.expect("a query").rows
}

#[test]
fn values_of_every_type_go_through_copy_to_a_server_and_back() {
    spec::clauses!("value.copy");
    let mut server = match connect::plain_temporary() {
        Ok(server) => server,
        Err(unable) => return println!("copies: without a live PostgreSQL: {unable}"),
    };
    let session =
        "SET timezone = 'UTC'; SET extra_float_digits = 1; SET intervalstyle = 'postgres'";
    server.client.batch_execute(session).expect("settings");
    for ty in Type::ALL {
        let rows = rows(ty);
        let lines: String = rows.iter().map(copy::line).collect();
        let written = through_the_server(&mut server, ty, &lines, "text");
        assert_eq!(written, lines, "{ty}");
        assert_eq!(through_a_session(ty, &written, "text"), rows, "{ty}");
        let csv = through_the_server(&mut server, ty, &lines, "csv");
        assert_eq!(through_a_session(ty, &csv, "csv"), rows, "{ty} as CSV:\n{csv}");
    }
}
