//! One aggregate by what a user writes: `sum(int)`, `app.median(numeric)`, `count(*)`, `sum`.

use std::fmt;

use postgres::Client;
use postgres::types::ToSql;

use super::{Aggregate, Selection, read};

/// Why a name leads to no single aggregate.
#[derive(Debug)]
pub enum NotFound {
    /// The name is not of the form `NAME` or `NAME(type, …)`.
    Malformed(String),
    /// There is none; these have the name, or one that differs little.
    Unknown {
        /// What was asked for.
        asked: String,
        /// Signatures that come near.
        candidates: Vec<String>,
    },
    /// Several fit.
    Ambiguous {
        /// What was asked for.
        asked: String,
        /// Their signatures.
        candidates: Vec<String>,
    },
    /// A type among the arguments is not there.
    UnknownType(String),
    /// The server cannot be asked.
    Server(postgres::Error),
}

impl From<postgres::Error> for NotFound {
    fn from(error: postgres::Error) -> NotFound {
        NotFound::Server(error)
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, candidates: &[String]| {
            candidates.iter().try_for_each(|candidate| write!(f, "\n  {candidate}"))
        };
        match self {
            NotFound::Malformed(text) => {
                write!(f, "\"{text}\" is not an aggregate: write NAME(type, …), as in 'sum(int)'")
            }
            NotFound::Unknown { asked, candidates } if candidates.is_empty() => {
                write!(f, "aggregate {asked} does not exist")
            }
            NotFound::Unknown { asked, candidates } => {
                write!(f, "aggregate {asked} does not exist; of a similar name are:")?;
                list(f, candidates)
            }
            NotFound::Ambiguous { asked, candidates } => {
                write!(f, "aggregate {asked} is ambiguous; it could be:")?;
                list(f, candidates)
            }
            NotFound::UnknownType(name) => write!(f, "type \"{name}\" does not exist"),
            NotFound::Server(error) => match error.as_db_error() {
                Some(db) => write!(f, "PostgreSQL: {}", db.message()),
                None => write!(f, "PostgreSQL: {error}"),
            },
        }
    }
}

/// Every aggregate with its identity; callers add a WHERE.
const NAMED: &str = "
    SELECT p.oid, format('%I.%I(%s)', n.nspname, p.proname,
                         coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*')) AS signature
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.prokind = 'a' AND ";

/// Same name (`$1`), in a schema (`$2`) or visible without one.
const CALLED: &str =
    "p.proname = $1 AND (n.nspname = $2 OR $2 IS NULL AND pg_function_is_visible(p.oid))";

/// The one aggregate that a text means: `NAME`, `NAME(type, …)`, `NAME(*)`, `NAME(type ORDER BY type)`, with a schema or as
/// the search path finds it. Exact argument types come first; else one whose polymorphic arguments take them.
///
/// # Errors
/// That there is none, or several, with those that come near.
pub fn resolve(client: &mut Client, text: &str) -> Result<Aggregate, NotFound> {
    let asked = Asked::parse(text).ok_or_else(|| NotFound::Malformed(text.into()))?;
    let (name, schema) = (&asked.name, &asked.schema);
    let Some(types) = &asked.types else {
        let found = named(client, CALLED, &[name, schema])?;
        return one(client, text, found, &asked);
    };
    let types = types.iter().map(|ty| type_number(client, ty)).collect::<Result<Vec<_>, _>>()?;
    // As text: an oidvector counts from 0, so it never equals an array that counts from 1.
    let exactly =
        format!("{CALLED} AND p.proargtypes = array_to_string($3::oid[], ' ')::oidvector");
    let found = named(client, &exactly, &[name, schema, &types])?;
    if !found.is_empty() {
        return one(client, text, found, &asked);
    }
    let found = named(client, &polymorphic(), &[name, schema, &types])?;
    one(client, text, found, &asked)
}

/// The condition that the arguments `$3` fit, polymorphic ones included.
fn polymorphic() -> String {
    format!(
        "{CALLED} AND p.pronargs = cardinality($3::oid[]) AND NOT EXISTS (
           SELECT FROM unnest(p.proargtypes::oid[], $3) AS u(declared, given)
             JOIN pg_type g ON g.oid = u.given JOIN pg_type d ON d.oid = u.declared
            WHERE u.declared <> u.given
              AND d.typname NOT IN ('any', 'anyelement', 'anycompatible')
              AND NOT (d.typname IN ('anyarray', 'anycompatiblearray') AND g.typcategory = 'A')
              AND NOT (d.typname IN ('anynonarray', 'anycompatiblenonarray') AND g.typcategory <> 'A')
              AND NOT (d.typname = 'anyenum' AND g.typtype = 'e')
              AND NOT (d.typname IN ('anyrange', 'anycompatiblerange') AND g.typtype = 'r')
              AND NOT (d.typname IN ('anymultirange', 'anycompatiblemultirange') AND g.typtype = 'm'))"
    )
}

/// Numbers and signatures of the aggregates that a condition holds for.
fn named(
    client: &mut Client,
    condition: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<(u32, String)>, postgres::Error> {
    let rows = client.query(&format!("{NAMED}{condition} ORDER BY signature"), parameters)?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// The only one of those found.
fn one(
    client: &mut Client,
    text: &str,
    found: Vec<(u32, String)>,
    asked: &Asked,
) -> Result<Aggregate, NotFound> {
    let asked_for = text.trim().to_owned();
    match found.as_slice() {
        [(oid, _)] => {
            let read = read(client, &Selection::One(*oid))?.pop();
            read.ok_or(NotFound::Unknown { asked: asked_for, candidates: vec![] })
        }
        [] => {
            // The same name anywhere, or one that has it as a part; `%` and `_` in it stand for themselves.
            let near = "(p.proname = $1 OR strpos(p.proname, $1) > 0 OR strpos($1, p.proname) > 0)";
            let candidates = named(client, near, &[&asked.name])?;
            let candidates = candidates.into_iter().map(|(_, signature)| signature).collect();
            Err(NotFound::Unknown { asked: asked_for, candidates })
        }
        several => {
            let candidates = several.iter().map(|(_, signature)| signature.clone()).collect();
            Err(NotFound::Ambiguous { asked: asked_for, candidates })
        }
    }
}

/// The number of a type, as SQL writes it.
fn type_number(client: &mut Client, ty: &str) -> Result<u32, NotFound> {
    let row = client.query_one("SELECT to_regtype($1)::oid", &[&ty]);
    // A text that is no type at all is an error of the server's, or NULL, by what is wrong with it.
    match row {
        Ok(row) => row.get::<_, Option<u32>>(0).ok_or_else(|| NotFound::UnknownType(ty.into())),
        Err(error) if error.as_db_error().is_some() => Err(NotFound::UnknownType(ty.into())),
        Err(error) => Err(error.into()),
    }
}

/// A name as it was written.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    schema: Option<String>,
    name: String,
    /// The texts of the argument types; `None` without parentheses.
    types: Option<Vec<String>>,
}

impl Asked {
    fn parse(text: &str) -> Option<Asked> {
        let (mut names, rest) = names(text.trim())?;
        let types = match rest.trim() {
            "" => None,
            list => Some(types(list.strip_prefix('(')?.strip_suffix(')')?)?),
        };
        let name = names.pop()?;
        let schema = names.pop();
        // A database name before the schema says nothing here.
        (names.is_empty() && !name.is_empty()).then_some(Asked { schema, name, types })
    }
}

/// Identifiers between dots, folded to lower case unless quoted, and what follows them.
fn names(text: &str) -> Option<(Vec<String>, &str)> {
    let (mut names, mut rest) = (Vec::new(), text);
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_name(quoted)?,
            None => {
                let end = rest.find(|c: char| c == '.' || c == '(' || c.is_whitespace());
                let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
                (name.to_lowercase(), after)
            }
        };
        if name.is_empty() {
            return None;
        }
        names.push(name);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None => return Some((names, after)),
        }
    }
}

/// An identifier after its opening quote; two quotes stand for one.
fn quoted_name(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        if c != '"' {
            name.push(c);
        } else if text[at + 1..].starts_with('"') {
            name.push('"');
            characters.next();
        } else {
            return Some((name, &text[at + 1..]));
        }
    }
    None
}

/// The types between the parentheses: commas and ORDER BY part them, except inside quotes or parentheses.
fn types(list: &str) -> Option<Vec<String>> {
    let list = list.trim();
    if list.is_empty() || list == "*" {
        return Some(vec![]);
    }
    let (mut types, mut depth, mut is_quoted) = (vec![String::new()], 0, false);
    for c in list.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth -= 1,
            ',' if !is_quoted && depth == 0 => {
                types.push(String::new());
                continue;
            }
            _ => {}
        }
        types.last_mut()?.push(c);
    }
    let types = types.iter().flat_map(|part| ordered(part));
    let types: Vec<String> = types.map(|ty| bare(&ty)).collect();
    (!types.iter().any(String::is_empty)).then_some(types)
}

/// `float8 ORDER BY int` names two arguments, `ORDER BY int` one.
fn ordered(part: &str) -> Vec<String> {
    let lower = part.to_ascii_lowercase();
    match lower.find("order by ") {
        Some(at) => {
            let before = part[..at].trim();
            let after = part[at + "order by ".len()..].trim();
            [before, after].iter().filter(|ty| !ty.is_empty()).map(|ty| (*ty).to_owned()).collect()
        }
        None => vec![part.trim().to_owned()],
    }
}

/// A type without a VARIADIC before it.
fn bare(ty: &str) -> String {
    let is_variadic = ty.to_ascii_lowercase().starts_with("variadic ");
    let ty = if is_variadic { &ty["variadic ".len()..] } else { ty };
    ty.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> (Option<String>, String, Option<Vec<String>>) {
        let asked = Asked::parse(text).expect("it is a name");
        (asked.schema, asked.name, asked.types)
    }

    #[test]
    fn names_are_read_as_sql_reads_them() {
        let types = |types: &[&str]| Some(types.iter().map(|ty| (*ty).to_owned()).collect());
        assert_eq!(asked("SUM"), (None, "sum".into(), None));
        assert_eq!(asked("count(*)"), (None, "count".into(), types(&[])));
        assert_eq!(asked("f()"), (None, "f".into(), types(&[])));
        let both = (Some("app".into()), "Best".into(), types(&["numeric(10,2)", "text"]));
        assert_eq!(asked(r#"app."Best" ( numeric(10,2), text )"#), both);
        let ordered = types(&["double precision", "anyelement"]);
        let percentile = asked("percentile_disc(double precision ORDER BY anyelement)");
        assert_eq!(percentile, (None, "percentile_disc".into(), ordered));
        assert_eq!(asked("rank(VARIADIC \"any\")").2, types(&["\"any\""]));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "(int)", "f(int", "f(,)", "\"open", "a.b.c(int)", "f(int) x", "f x"] {
            assert_eq!(Asked::parse(text), None, "{text}");
        }
    }
}
