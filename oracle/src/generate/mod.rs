//! Generators: schemas, rows, queries and schedules, biased to what breaks engines, from one source of choices.
//!
//! ```text
//! schema     1 to 3 tables of 1 to 5 columns; every fourth database has every type, arrays too
//! rows       empty tables, one row, NULL-only columns, few distinct keys, equal keys with different bytes, extremes
//! query      type-directed SQL text: what is generated binds
//! schedule   0 to 5 workers, fewer launched than planned, leader on or off, skewed claims, states as bytes
//! ```
//!
//! A generator asks a [`Choices`] for small numbers. A seed answers for campaigns; bytes of a fuzzer answer for fuzz
//! targets ([`Bytes`]), so that one generator serves both, and zero always means the simplest choice.

mod call;
mod expression;
mod query;
pub mod rows;
mod schedule;
mod schema;

use std::collections::BTreeMap;

use arbitrary::Unstructured;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use spec::settings::SERVER_VERSION_NUM;

use crate::case::{Case, CaseTable};

pub use query::query;
pub use rows::value;
pub use schedule::schedules;
pub use schema::{Palette, database};

/// A source of choices.
pub trait Choices {
    /// A number below `n` (which is positive); 0 where the source has run dry.
    fn below(&mut self, n: usize) -> usize;
}

impl dyn Choices + '_ {
    /// One of these.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }
}

/// Choices from a seed: the same seed, the same choices.
pub struct Seeded(ChaCha8Rng);

impl Seeded {
    /// The choices of case `index` of a campaign.
    pub fn new(seed: u64, index: u64) -> Seeded {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index);
        Seeded(rng)
    }
}

impl Choices for Seeded {
    fn below(&mut self, n: usize) -> usize {
        self.0.random_range(0..n)
    }
}

/// Choices from a fuzzer's bytes.
pub struct Bytes<'a>(pub Unstructured<'a>);

impl Choices for Bytes<'_> {
    fn below(&mut self, n: usize) -> usize {
        self.0.choose_index(n).unwrap_or(0)
    }
}

/// A database with the settings under which it is asked: several cases share it.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The tables.
    pub tables: Vec<CaseTable>,
    /// Planner settings that differ from the defaults.
    pub settings: BTreeMap<String, String>,
    /// How many times larger than they are the planner believes the tables to be.
    pub planner_scale: u32,
}

impl Setting {
    /// The version whose behaviour is asked for, as `server_version_num`.
    fn version(&self) -> u64 {
        let named = self.settings.get(VERSION).and_then(|version| version.parse().ok());
        named.unwrap_or(SERVER_VERSION_NUM)
    }
}

const VERSION: &str = "server_version_num";

/// A database and settings. With all types the version is now and then one that splits lists too, unless it is given: a
/// live server has its own.
pub fn setting(choices: &mut dyn Choices, palette: Palette, version: Option<u64>) -> Setting {
    let tables = database(choices, palette);
    let mut settings = schedule::settings(choices);
    let planner_scale = choices.pick(&[1000, 10_000, 1000, 100_000, 1000, 10_000, 1, 1000]);
    let newer = palette == Palette::All && choices.once_in(3);
    if let Some(version) = version.or(newer.then_some(160_000)) {
        settings.insert(VERSION.to_owned(), version.to_string());
    }
    Setting { settings, tables, planner_scale }
}

/// A case over a setting: a query and its schedules.
pub fn case(choices: &mut dyn Choices, setting: &Setting, seed: u64) -> Case {
    Case {
        seed,
        clause: None,
        planner_scale: setting.planner_scale,
        settings: setting.settings.clone(),
        schedules: schedules(choices),
        sql: query(choices, &setting.tables, setting.version()),
        tables: setting.tables.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_case() {
        let make = |index| {
            let mut choices = Seeded::new(7, index);
            let setting = setting(&mut choices, Palette::of(index), None);
            case(&mut choices, &setting, index).to_string()
        };
        assert_eq!(make(3), make(3));
        assert_ne!(make(3), make(4));
    }

    #[test]
    fn what_is_generated_binds() {
        let mut bound = 0;
        for index in 0..300 {
            let mut choices = Seeded::new(1, index);
            let setting = setting(&mut choices, Palette::of(index), None);
            let case = case(&mut choices, &setting, index);
            let database = case.database();
            let parsed = spec::sql::parse::statement(&case.sql)
                .unwrap_or_else(|error| panic!("{error} in {}", case.sql));
            let spec::sql::ast::Statement::Select(query) = &parsed.statement else {
                panic!("not a query: {}", case.sql)
            };
            match spec::sql::bind::query(query, &database.catalogue) {
                Ok(_) => bound += 1,
                Err(error) => panic!("{error} in {}", case.sql),
            }
        }
        assert_eq!(bound, 300);
    }
}
