//! Settings by PostgreSQL's names and defaults (`guc_tables.c`, 15).
//!
//! ```
//! use bothways_spec::settings::Settings;
//! let mut settings = Settings::default();
//! settings.set("min_parallel_table_scan_size", "8MB")?;
//! assert_eq!(settings.show("min_parallel_table_scan_size").unwrap(), "8MB");
//! # Ok::<(), bothways_spec::error::Failure>(())
//! ```

mod other;
mod read;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::error::{Failure, SqlError, Unsupported, sqlstate};
use other::{OTHERS, Other};
use read::Setting;

/// One setting: its name, how its text is read and written.
struct Definition {
    name: &'static str,
    describe: &'static str,
    unit: Unit,
    limits: fn() -> Option<(String, String)>,
    get: fn(&Settings) -> String,
    set: fn(&mut Settings, &str) -> Result<(), SqlError>,
    copy: fn(&mut Settings, &Settings),
}

/// What a number of a setting counts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    None,
    Kilobytes,
    Blocks,
    Milliseconds,
}

/// Units of memory in kilobytes, from the largest.
const MEMORY: &[(&str, f64)] = &[
    ("TB", 1_073_741_824.0),
    ("GB", 1_048_576.0),
    ("MB", 1024.0),
    ("kB", 1.0),
    ("B", 1.0 / 1024.0),
];

/// Units of time in milliseconds, from the largest.
const TIME: &[(&str, f64)] = &[
    ("d", 86_400_000.0),
    ("h", 3_600_000.0),
    ("min", 60_000.0),
    ("s", 1000.0),
    ("ms", 1.0),
    ("us", 1.0 / 1000.0),
];

/// Kilobytes of a block.
const BLOCK: f64 = 8.0;

impl Unit {
    /// Its name in `pg_settings`.
    fn name(self) -> &'static str {
        match self {
            Unit::None => "",
            Unit::Kilobytes => "kB",
            Unit::Blocks => "8kB",
            Unit::Milliseconds => "ms",
        }
    }

    /// The units that its values may be written in, and how many of its own each is, from the largest.
    fn written(self) -> Vec<(&'static str, f64)> {
        match self {
            Unit::None => vec![],
            Unit::Kilobytes => MEMORY.to_vec(),
            Unit::Blocks => MEMORY.iter().map(|(name, size)| (*name, size / BLOCK)).collect(),
            Unit::Milliseconds => TIME.to_vec(),
        }
    }

    fn size(self, name: &str) -> Option<f64> {
        self.written().into_iter().find(|(other, _)| *other == name).map(|(_, size)| size)
    }

    /// The size of the next smaller unit.
    fn finer(self, name: &str) -> Option<f64> {
        let smaller = self.written().into_iter().skip_while(|(other, _)| *other != name);
        smaller.map(|(_, size)| size).nth(1)
    }

    /// The units that are whole numbers of its own, from the largest.
    fn larger(self) -> Vec<(&'static str, i64)> {
        let whole = |(_, size): &(&str, f64)| *size >= 1.0;
        self.written().into_iter().filter(whole).map(|(name, size)| (name, size as i64)).collect()
    }

    fn hint(self) -> Option<&'static str> {
        match self {
            Unit::None => None,
            Unit::Kilobytes | Unit::Blocks => Some(
                "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".",
            ),
            Unit::Milliseconds => Some(
                "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".",
            ),
        }
    }
}

/// The limits of a cost.
const COSTS: RangeInclusive<f64> = 0.0..=f64::MAX;

/// The settings that only their texts stand for, where they are not as they are by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Others(BTreeMap<&'static str, String>);

macro_rules! settings {
    ($($(#[doc = $doc:literal])* $name:ident: $ty:ty = $default:expr, $unit:ident, $bounds:expr;)*) => {
        /// The values of all settings.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Settings {
            $($(#[doc = $doc])* pub $name: $ty,)*
            /// The settings that only their texts stand for.
            pub others: Others,
        }

        impl Default for Settings {
            fn default() -> Settings {
                Settings { $($name: $default,)* others: Others::default() }
            }
        }

        const DEFINITIONS: &[Definition] = &[$(Definition {
            name: stringify!($name),
            describe: concat!($($doc),*),
            unit: Unit::$unit,
            limits: || <$ty as Setting>::limits(&$bounds),
            get: |settings| settings.$name.write(Unit::$unit),
            set: |settings, text| {
                settings.$name = Setting::read(stringify!($name), Unit::$unit, &$bounds, text)?;
                Ok(())
            },
            copy: |settings, from| settings.$name.clone_from(&from.$name),
        }),*];
    };
}

/// The version whose server we are unless told otherwise, as `server_version_num`.
pub const SERVER_VERSION_NUM: u64 = 150018;

settings! {
    /// The version whose behaviour is followed where versions differ; a server's own cannot be changed.
    server_version_num: u64 = SERVER_VERSION_NUM, None, 10_000..=i32::MAX as i64;
    /// Cost of starting workers.
    parallel_setup_cost: f64 = 1000.0, None, COSTS;
    /// Cost of passing a row from a worker to the leader.
    parallel_tuple_cost: f64 = 0.1, None, COSTS;
    /// Cost of processing a row.
    cpu_tuple_cost: f64 = 0.01, None, COSTS;
    /// Cost of processing an index entry.
    cpu_index_tuple_cost: f64 = 0.005, None, COSTS;
    /// Cost of an operator or function call.
    cpu_operator_cost: f64 = 0.0025, None, COSTS;
    /// Cost of a page read in sequence.
    seq_page_cost: f64 = 1.0, None, COSTS;
    /// Cost of a page read at random.
    random_page_cost: f64 = 4.0, None, COSTS;
    /// Pages that the planner expects to be cached.
    effective_cache_size: u64 = 524288, Blocks, 1..=i32::MAX as i64;
    /// Tables smaller than this many pages are not scanned in parallel.
    min_parallel_table_scan_size: u64 = 1024, Blocks, 0..=715_827_882;
    /// Indexes smaller than this many pages are not scanned in parallel.
    min_parallel_index_scan_size: u64 = 64, Blocks, 0..=715_827_882;
    /// Workers per Gather.
    max_parallel_workers_per_gather: usize = 2, None, 0..=1024;
    /// Workers that may run at a time.
    max_parallel_workers: usize = 8, None, 0..=1024;
    /// Background processes of a server.
    max_worker_processes: usize = 8, None, 0..=262_143;
    /// Whether the leader runs the plan below Gather too.
    parallel_leader_participation: bool = true, None, ();
    /// Puts a Gather on every plan that allows it.
    debug_parallel_query: bool = false, None, ();
    /// Kilobytes for a sort or hash table.
    work_mem: u64 = 4096, Kilobytes, 64..=i32::MAX as i64;
    /// Hash tables may use this multiple of work_mem.
    hash_mem_multiplier: f64 = 2.0, None, 1.0..=1000.0;
    /// The number of values that ANALYZE keeps per column.
    default_statistics_target: usize = 100, None, 1..=10_000;
    /// Whether the planner may use hash aggregation.
    enable_hashagg: bool = true, None, ();
    /// Whether the planner may use hash joins.
    enable_hashjoin: bool = true, None, ();
    /// Whether the planner may use Materialize.
    enable_material: bool = true, None, ();
    /// Whether the planner may use merge joins.
    enable_mergejoin: bool = true, None, ();
    /// Whether the planner may use nested loops.
    enable_nestloop: bool = true, None, ();
    /// Whether the planner may use sequential scans.
    enable_seqscan: bool = true, None, ();
    /// Whether the planner may use explicit sorts.
    enable_sort: bool = true, None, ();
    /// Whether the planner may use index scans.
    enable_indexscan: bool = true, None, ();
    /// Whether the planner may use index-only scans.
    enable_indexonlyscan: bool = true, None, ();
    /// Whether the planner may use bitmap scans.
    enable_bitmapscan: bool = true, None, ();
    /// Whether the planner may use Gather Merge.
    enable_gathermerge: bool = true, None, ();
    /// Whether the planner may use incremental sorts.
    enable_incremental_sort: bool = true, None, ();
    /// Whether the planner may use Memoize.
    enable_memoize: bool = true, None, ();
    /// Whether the planner may use Parallel Append.
    enable_parallel_append: bool = true, None, ();
    /// Whether the planner may share hash tables between participants.
    enable_parallel_hash: bool = true, None, ();
    /// Whether the planner may aggregate partition by partition.
    enable_partitionwise_aggregate: bool = false, None, ();
    /// Whether the planner may join partition by partition.
    enable_partitionwise_join: bool = false, None, ();
    /// Just-in-time compilation: accepted, and without effect.
    jit: bool = true, None, ();
    /// Synchronised scans: accepted, and without effect.
    synchronize_seqscans: bool = true, None, ();
    /// Whether the planner may look rows up by their place: accepted, and without effect.
    enable_tidscan: bool = true, None, ();
    /// Whether the planner may read foreign tables side by side: accepted, and without effect.
    enable_async_append: bool = true, None, ();
    /// Whether the planner may leave out partitions: accepted, and without effect.
    enable_partition_pruning: bool = true, None, ();
    /// Cost from which a plan is compiled: accepted, and without effect.
    jit_above_cost: f64 = 100_000.0, None, -1.0..=f64::MAX;
    /// Cost from which compiled functions are inlined: accepted, and without effect.
    jit_inline_above_cost: f64 = 500_000.0, None, -1.0..=f64::MAX;
    /// Cost from which compiled code is optimized: accepted, and without effect.
    jit_optimize_above_cost: f64 = 500_000.0, None, -1.0..=f64::MAX;
    /// Memory for maintenance: accepted, and without effect.
    maintenance_work_mem: u64 = 65_536, Kilobytes, 1024..=i32::MAX as i64;
    /// Workers for maintenance: accepted, and without effect.
    max_parallel_maintenance_workers: usize = 2, None, 0..=1024;
    /// Requests that a disk can work on at a time: accepted, and without effect.
    effective_io_concurrency: u64 = 1, None, 0..=1000;
    /// How long a statement may take: accepted, and without effect.
    statement_timeout: u64 = 0, Milliseconds, 0..=i32::MAX as i64;
    /// How long a statement may wait for a lock: accepted, and without effect.
    lock_timeout: u64 = 0, Milliseconds, 0..=i32::MAX as i64;
    /// How long a transaction may be idle: accepted, and without effect.
    idle_in_transaction_session_timeout: u64 = 0, Milliseconds, 0..=i32::MAX as i64;
    /// How long a session may be idle: accepted, and without effect.
    idle_session_timeout: u64 = 0, Milliseconds, 0..=i32::MAX as i64;
    /// Digits of floats beyond the fifteen: 1 prints the shortest text that reads back the same, and so do 2 and 3.
    extra_float_digits: i64 = 1, None, -15..=3;
}

/// A setting by name: one that has a field, or one that only its text stands for.
enum Named {
    Field(&'static Definition),
    Other(&'static Other),
}

/// A setting as `pg_settings` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: &'static str,
    /// The default, as SHOW shows it.
    pub default: String,
    /// The unit of its numbers; empty if there is none.
    pub unit: &'static str,
    /// The least and the greatest number.
    pub limits: Option<(String, String)>,
}

impl Settings {
    /// Every setting by name: its value as text, its description.
    pub fn all(&self) -> Vec<(&'static str, String, &'static str)> {
        let fields = DEFINITIONS.iter().map(|d| (d.name, (d.get)(self), d.describe.trim()));
        let text = |other: &'static Other| (other.name, self.other(other), "");
        let mut all: Vec<_> = fields.chain(OTHERS.iter().map(text)).collect();
        all.sort_by_key(|(name, ..)| name.to_ascii_lowercase());
        all
    }

    /// The value of a setting as text, in the unit that PostgreSQL shows.
    ///
    /// # Errors
    /// 42704 for an unknown name, 0A000 for a setting that only PostgreSQL has.
    pub fn show(&self, name: &str) -> Result<String, Failure> {
        Ok(match named(name)? {
            Named::Field(definition) => (definition.get)(self),
            Named::Other(other) => self.other(other),
        })
    }

    /// The name of a setting as SHOW writes it.
    pub fn shown_name(&self, name: &str) -> String {
        let lower = name.to_ascii_lowercase();
        match named(&lower) {
            Ok(Named::Other(other)) => other.name.to_owned(),
            Ok(Named::Field(definition)) if lower == FORCED => self.forced_name(definition).into(),
            _ => lower,
        }
    }

    /// Sets a setting from text. [rel.setting.range]
    ///
    /// # Errors
    /// 42704 for an unknown name, 22023 for a value that is not one, 55P02 for what only a server sets, 0A000 for values
    /// and settings that only PostgreSQL has.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        match named(name)? {
            Named::Other(other) => {
                let value = other.read(text)?;
                self.others.0.insert(other.name, value);
            }
            Named::Field(definition) if definition.name == "debug_parallel_query" => {
                self.debug_parallel_query = forced(self.forced_name(definition), text)?;
            }
            Named::Field(definition) => {
                let before = self.extra_float_digits;
                (definition.set)(self, text)?;
                if self.extra_float_digits < 1 {
                    self.extra_float_digits = before;
                    return Err(Unsupported::new("extra_float_digits below 1").into());
                }
            }
        }
        Ok(())
    }

    /// Sets a setting back to its default.
    ///
    /// # Errors
    /// 42704 for an unknown name, 55P02 for what only a server sets, 0A000 for a setting that only PostgreSQL has.
    pub fn reset(&mut self, name: &str) -> Result<(), Failure> {
        match named(name)? {
            Named::Other(other) if other.is_internal() => {
                return Err(other::fixed(other.name).into());
            }
            Named::Other(other) => drop(self.others.0.remove(other.name)),
            Named::Field(definition) => (definition.copy)(self, &Settings::default()),
        }
        Ok(())
    }

    /// Sets every setting back to its default, except what the start of a server decides.
    pub fn reset_all(&mut self) {
        let Settings { server_version_num, max_worker_processes, .. } = *self;
        *self = Settings { server_version_num, max_worker_processes, ..Settings::default() };
    }

    /// Refuses what no statement may change: what a server is, and what its start decides. [rel.setting]
    ///
    /// # Errors
    /// 55P02.
    pub fn may_change(&self, name: &str) -> Result<(), Failure> {
        match named(name)? {
            Named::Field(Definition { name: "server_version_num", .. }) => {
                Err(other::fixed("server_version_num").into())
            }
            Named::Field(Definition { name: name @ "max_worker_processes", .. }) => {
                let message =
                    format!("parameter \"{name}\" cannot be changed without restarting the server");
                Err(SqlError::new(sqlstate::CANT_CHANGE_RUNTIME_PARAM, message).into())
            }
            _ => Ok(()),
        }
    }

    /// Every setting that has a field here, as `pg_settings` describes it.
    pub fn described() -> Vec<Described> {
        let settings = Settings::default();
        let describe = |definition: &Definition| Described {
            name: definition.name,
            default: (definition.get)(&settings),
            unit: definition.unit.name(),
            limits: (definition.limits)(),
        };
        DEFINITIONS.iter().map(describe).collect()
    }

    /// The names of the settings that only PostgreSQL 15 has: those are 0A000.
    pub fn unknown() -> impl Iterator<Item = &'static str> {
        other::unknown()
    }

    fn other(&self, other: &'static Other) -> String {
        if other.name == "server_version" {
            let version = self.server_version_num;
            return format!("{}.{}", version / 10_000, version % 10_000);
        }
        self.others.0.get(other.name).cloned().unwrap_or_else(|| other.default().to_owned())
    }

    /// The name of `debug_parallel_query` in the version that we are.
    fn forced_name(&self, definition: &'static Definition) -> &'static str {
        if self.server_version_num < 160_000 { FORCED } else { definition.name }
    }

    /// The memory of a hash table in bytes (`get_hash_memory_limit`).
    pub fn hash_memory_bytes(&self) -> f64 {
        self.work_mem as f64 * self.hash_mem_multiplier * 1024.0
    }
}

/// The older name of `debug_parallel_query`: both are known here whatever the version.
const FORCED: &str = "force_parallel_mode";

/// The setting of this name, whatever its case.
fn named(name: &str) -> Result<Named, Failure> {
    let lower = name.to_ascii_lowercase();
    let wanted = if lower == FORCED { "debug_parallel_query" } else { &lower };
    if let Some(definition) = DEFINITIONS.iter().find(|definition| definition.name == wanted) {
        return Ok(Named::Field(definition));
    }
    if let Some(other) = OTHERS.iter().find(|other| other.name.eq_ignore_ascii_case(wanted)) {
        return Ok(Named::Other(other));
    }
    if other::is_unknown(&lower) {
        return Err(Unsupported::new(format!("the setting {name}")).into());
    }
    let message = format!("unrecognized configuration parameter \"{name}\"");
    Err(SqlError::new(sqlstate::UNDEFINED_SETTING, message).into())
}

/// What `debug_parallel_query` is set to.
fn forced(name: &str, text: &str) -> Result<bool, Failure> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        "regress" => Err(Unsupported::new(format!("the value \"regress\" of {name}")).into()),
        _ => Err(other::not_a_word(name, text, &["off", "on", "regress"]).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_shown_as_postgresql_shows_them() {
        let settings = Settings::default();
        let shown = |name| settings.show(name).unwrap();
        assert_eq!(shown("min_parallel_table_scan_size"), "8MB");
        assert_eq!(shown("min_parallel_index_scan_size"), "512kB");
        assert_eq!(shown("work_mem"), "4MB");
        assert_eq!(shown("effective_cache_size"), "4GB");
        assert_eq!(shown("parallel_tuple_cost"), "0.1");
        assert_eq!(shown("enable_hashjoin"), "on");
    }

    #[test]
    fn wrong_names_and_values_are_refused() {
        let mut settings = Settings::default();
        assert_eq!(
            settings.set("no_such", "1").unwrap_err().to_sql_error().sqlstate.as_str(),
            "42704"
        );
        assert_eq!(
            settings.set("work_mem", "much").unwrap_err().to_sql_error().sqlstate.as_str(),
            "22023"
        );
        assert_eq!(
            settings.set("jit", "maybe").unwrap_err().to_sql_error().sqlstate.as_str(),
            "22023"
        );
        settings.set("min_parallel_table_scan_size", "0").unwrap();
        assert_eq!(settings.show("min_parallel_table_scan_size").unwrap(), "0");
        settings.set("force_parallel_mode", "on").unwrap();
        assert!(settings.debug_parallel_query);
    }

    #[test]
    fn values_outside_the_range_are_refused_with_postgresqls_numbers() {
        let mut settings = Settings::default();
        let mut message =
            |name, text| settings.set(name, text).unwrap_err().to_sql_error().message.clone();
        assert_eq!(
            message("max_parallel_workers_per_gather", "1025"),
            "1025 is outside the valid range for parameter \"max_parallel_workers_per_gather\" (0 .. 1024)"
        );
        assert_eq!(
            message("effective_cache_size", "3B"),
            "0 8kB is outside the valid range for parameter \"effective_cache_size\" (1 .. 2147483647)"
        );
        assert_eq!(
            message("cpu_tuple_cost", "-1"),
            "-1 is outside the valid range for parameter \"cpu_tuple_cost\" (0 .. 1.79769e+308)"
        );
        assert_eq!(
            message("extra_float_digits", "0"),
            "not supported yet: extra_float_digits below 1"
        );
        assert_eq!(
            message("bytea_output", "escape"),
            "not supported yet: the value \"escape\" of bytea_output"
        );
        assert_eq!(message("wal_level", "x"), "not supported yet: the setting wal_level");
    }

    #[test]
    fn what_changes_no_answer_is_accepted_and_shown() {
        let mut settings = Settings::default();
        let mut set = |name: &str, text: &str| {
            settings.set(name, text).unwrap();
            (settings.shown_name(name), settings.show(name).unwrap())
        };
        assert_eq!(set("datestyle", "iso, mdy"), ("DateStyle".into(), "ISO, MDY".into()));
        assert_eq!(set("client_min_messages", "WARNING").1, "warning");
        assert_eq!(set("statement_timeout", "90s").1, "90s");
        assert_eq!(set("search_path", "$user, public").1, "\"$user\", public");
        assert_eq!(set("synchronous_commit", "0").1, "off");
    }
}
