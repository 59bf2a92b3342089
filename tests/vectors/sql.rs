//! Vectors of aggregates as SQL: all bags of a file are one table, and one statement with GROUP BY asks for all of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::Value as Json;
use spec::value::text;
use spec::{Row, Type, Value};

use super::aggregates::Vector;
use super::answer;
use super::engines::{Answer, Engines};

/// The columns that hold a bag's values, one for each type that they may have.
const COLUMNS: [(&str, Type); 8] = [
    ("x2", Type::Int2),
    ("x4", Type::Int4),
    ("x8", Type::Int8),
    ("n", Type::Numeric),
    ("b", Type::Bool),
    ("i", Type::Interval),
    ("t", Type::Text),
    ("d", Type::Text),
];

/// The bags of some vectors as a table: `bags (bag, place, x2, x4, x8, n, b, i, t, d)`.
#[derive(Default)]
pub struct Bags {
    numbers: BTreeMap<String, usize>,
    /// By place and bag: the rows of one bag lie far apart, so that several participants get them.
    rows: BTreeMap<(usize, usize), String>,
}

impl Bags {
    /// The bags of these vectors, each once.
    pub fn of(vectors: &[Vector<'_>]) -> Bags {
        let mut bags = Bags::default();
        for vector in vectors {
            let number = bags.numbers.len();
            if let Entry::Vacant(entry) = bags.numbers.entry(key(vector)) {
                entry.insert(number);
                let rows = vector.rows.iter().enumerate();
                bags.rows.extend(rows.map(|(place, x)| ((place, number), row(number, place, x))));
            }
        }
        bags
    }

    /// The engines over the table.
    pub fn engines(&self) -> Engines {
        let create = "create table bags \
             (bag int, place int, x2 smallint, x4 int, x8 bigint, n numeric, b boolean, i interval, t text, d text)";
        let rows: Vec<&str> = self.rows.values().map(String::as_str).collect();
        Engines::new(&[create.into(), format!("insert into bags values {}", rows.join(", "))])
    }

    /// The number of a vector's bag.
    pub fn number(&self, vector: &Vector<'_>) -> usize {
        self.numbers[&key(vector)]
    }

    /// Asks for one aggregate of every bag, and of nothing; what is wrong with the answers. Counts the cells compared.
    pub fn check(
        &self,
        engines: &mut Engines,
        vectors: &[Vector<'_>],
        cells: &mut u64,
    ) -> Vec<String> {
        let Some(first) = vectors.first() else { return vec![] };
        let types = columns(first);
        let calls: Vec<String> = types.iter().map(|(column, _)| call(first, column)).collect();
        let calls = calls.join(", ");
        let mut complaints = vec![];
        for answer in engines.ask(&format!("select bag, {calls} from bags group by bag")) {
            let full = vectors.iter().filter(|vector| !vector.rows.is_empty());
            let expected = full.map(|vector| (Value::Int4(self.number(vector) as i32), vector));
            complaints.extend(compare(&answer, expected.collect(), &types, cells));
        }
        for (who, answer) in engines.ask(&format!("select 0, {calls} from bags where bag < 0")) {
            let empty = vectors.iter().filter(|vector| vector.rows.is_empty());
            let expected = empty.map(|vector| (Value::Int4(0), vector)).collect();
            complaints.extend(compare(&(who, answer), expected, &types, cells));
        }
        complaints
    }
}

/// The bag of a vector, values and order.
fn key(vector: &Vector<'_>) -> String {
    vector.rows.iter().map(Json::to_string).collect::<Vec<_>>().join(",")
}

fn row(number: usize, place: usize, x: &Json) -> String {
    // A text comes with its delimiter; a value without one has a comma.
    let (x, delimiter) = match x {
        Json::Array(pair) if pair.len() == 2 => (&pair[0], pair[1].clone()),
        single => (single, ",".into()),
    };
    let field = |(column, ty): (&str, Type)| {
        let value = answer::typed(if column == "d" { &delimiter } else { x }, ty);
        match value.filter(|value| !value.is_null()) {
            Some(value) => format!("'{}'", text::output(&value)),
            None => "null".into(),
        }
    };
    format!("({number}, {place}, {})", COLUMNS.map(field).join(", "))
}

/// The columns that an aggregate is asked of.
fn columns(vector: &Vector<'_>) -> Vec<(&'static str, Type)> {
    let wanted = |(column, ty): &(&str, Type)| match (vector.aggregate, vector.ty) {
        (_, Some(only)) => *ty == only && *column != "d",
        _ if vector.is_of_truths() => *ty == Type::Bool,
        ("array_agg", _) => *column == "t",
        ("bit_and" | "bit_or" | "bit_xor", _) => matches!(ty, Type::Int2 | Type::Int4 | Type::Int8),
        _ => matches!(ty, Type::Int2 | Type::Int4 | Type::Int8 | Type::Numeric),
    };
    COLUMNS.into_iter().filter(wanted).collect()
}

/// `sum(x4) filter (where x4 > 0)`.
fn call(vector: &Vector<'_>, column: &str) -> String {
    let call = match vector.aggregate {
        "count(*)" => "count(*)".into(),
        "array_agg" | "string_agg" => {
            return format!("string_agg({column}, d order by place)");
        }
        name => format!("{name}({column})"),
    };
    if vector.filtered { format!("{call} filter (where {column} > 0)") } else { call }
}

/// What is wrong with an answer that has one row for each of these vectors, named by its first column. A column of a type
/// that cannot hold the bag is not looked at.
fn compare(
    (who, answer): &Answer,
    expected: Vec<(Value, &Vector<'_>)>,
    types: &[(&str, Type)],
    cells: &mut u64,
) -> Vec<String> {
    let found = match answer {
        Ok(found) => found,
        Err(error) => return vec![format!("{who}: {error}")],
    };
    let mut complaints = vec![];
    if found.len() != expected.len() {
        complaints.push(format!("{who}: {} rows instead of {}", found.len(), expected.len()));
    }
    for (name, vector) in expected {
        let Some(row) = found.iter().find(|row| row[0] == name) else {
            complaints.push(vector.line.complaint(who, "no row"));
            continue;
        };
        let wrong = |(place, value): (usize, &Value)| {
            let (column, ty) = types[place];
            let holds =
                vector.is_of_texts() || vector.rows.iter().all(|x| answer::typed(x, ty).is_some());
            *cells += u64::from(holds);
            let wrong = holds && !answer::is(vector.serial, &Ok(value.clone()));
            wrong.then(|| {
                vector
                    .line
                    .complaint(who, format!("{column}: {value:?}, the model has {}", vector.serial))
            })
        };
        complaints.extend(row[1..].iter().enumerate().filter_map(wrong));
    }
    complaints
}

/// Lists of months, each summed by a statement of its own since it may fail: everybody must permit exactly what the runs of all
/// orders of the list give.
pub fn check_errors(vectors: &[Vector<'_>]) -> Vec<String> {
    let mut of_bag: BTreeMap<Vec<i64>, Vec<&Vector<'_>>> = BTreeMap::new();
    for vector in vectors {
        let mut bag: Vec<i64> = vector.rows.iter().filter_map(Json::as_i64).collect();
        bag.sort_unstable();
        of_bag.entry(bag).or_default().push(vector);
    }
    let row = |(number, bag): (usize, &Vec<i64>)| {
        let rows = bag.iter().map(move |x| format!("({number}, '{x} months')"));
        rows.collect::<Vec<_>>()
    };
    let rows: Vec<String> = of_bag.keys().enumerate().flat_map(row).collect();
    let create = "create table spans (bag int, x interval)".to_owned();
    let mut engines =
        Engines::new(&[create, format!("insert into spans values {}", rows.join(", "))]);
    let mut complaints = vec![];
    for (number, vectors) in of_bag.values().enumerate() {
        let answers: Vec<&Json> = vectors.iter().flat_map(|vector| &vector.runs).copied().collect();
        let sql = format!("select sum(x) from spans where bag = {number}");
        let permitted = engines.permitted(&sql);
        let model = [answers.iter().any(|x| *x != "error"), answers.iter().any(|x| *x == "error")];
        if [permitted.rows.is_some(), !permitted.errors.is_empty()] != model {
            let what = format!("permits {permitted:?}, the model's [value, error] is {model:?}");
            complaints.push(vectors[0].line.complaint(&format!("reference: {sql}"), what));
        }
        for (who, found) in engines.parallel(&sql) {
            let found = found.map(|rows: Vec<Row>| rows[0][0].clone());
            if !answers.iter().any(|expected| answer::is(expected, &found)) {
                complaints.push(vectors[0].line.complaint(&who, format!("{found:?}")));
            }
        }
    }
    complaints
}
