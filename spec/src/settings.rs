//! Settings by PostgreSQL's names and defaults (`guc_tables.c`, 15).
//!
//! ```
//! use bothways_spec::settings::Settings;
//! let mut settings = Settings::default();
//! settings.set("min_parallel_table_scan_size", "8MB")?;
//! assert_eq!(settings.show("min_parallel_table_scan_size").unwrap(), "8MB");
//! # Ok::<(), bothways_spec::SqlError>(())
//! ```

use crate::error::{SqlError, sqlstate};

/// One setting: its name, how its text is read and written.
struct Definition {
    name: &'static str,
    describe: &'static str,
    get: fn(&Settings) -> String,
    set: fn(&mut Settings, &str) -> Result<(), SqlError>,
}

/// How a setting's value is read and written as text.
trait Setting: Sized {
    fn read(name: &str, unit: Unit, text: &str) -> Result<Self, SqlError>;
    fn write(&self, unit: Unit) -> String;
}

/// What a number of a setting counts.
#[derive(Clone, Copy, PartialEq)]
enum Unit {
    None,
    Kilobytes,
    Blocks,
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])* $name:ident: $ty:ty = $default:expr, $unit:ident;)*) => {
        /// The values of all settings.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Settings {
            $($(#[doc = $doc])* pub $name: $ty,)*
        }

        impl Default for Settings {
            fn default() -> Settings {
                Settings { $($name: $default,)* }
            }
        }

        const DEFINITIONS: &[Definition] = &[$(Definition {
            name: stringify!($name),
            describe: concat!($($doc),*),
            get: |settings| settings.$name.write(Unit::$unit),
            set: |settings, text| {
                settings.$name = Setting::read(stringify!($name), Unit::$unit, text)?;
                Ok(())
            },
        }),*];
    };
}

/// The version whose server we are unless told otherwise, as `server_version_num`.
pub const SERVER_VERSION_NUM: u64 = 150018;

settings! {
    /// The version whose behaviour is followed where versions differ; a server's own cannot be changed.
    server_version_num: u64 = SERVER_VERSION_NUM, None;
    /// Cost of starting workers.
    parallel_setup_cost: f64 = 1000.0, None;
    /// Cost of passing a row from a worker to the leader.
    parallel_tuple_cost: f64 = 0.1, None;
    /// Cost of processing a row.
    cpu_tuple_cost: f64 = 0.01, None;
    /// Cost of processing an index entry.
    cpu_index_tuple_cost: f64 = 0.005, None;
    /// Cost of an operator or function call.
    cpu_operator_cost: f64 = 0.0025, None;
    /// Cost of a page read in sequence.
    seq_page_cost: f64 = 1.0, None;
    /// Cost of a page read at random.
    random_page_cost: f64 = 4.0, None;
    /// Pages that the planner expects to be cached.
    effective_cache_size: u64 = 524288, Blocks;
    /// Tables smaller than this many pages are not scanned in parallel.
    min_parallel_table_scan_size: u64 = 1024, Blocks;
    /// Indexes smaller than this many pages are not scanned in parallel.
    min_parallel_index_scan_size: u64 = 64, Blocks;
    /// Workers per Gather.
    max_parallel_workers_per_gather: usize = 2, None;
    /// Workers that may run at a time.
    max_parallel_workers: usize = 8, None;
    /// Background processes of a server.
    max_worker_processes: usize = 8, None;
    /// Whether the leader runs the plan below Gather too.
    parallel_leader_participation: bool = true, None;
    /// Puts a Gather on every plan that allows it.
    debug_parallel_query: bool = false, None;
    /// Kilobytes for a sort or hash table.
    work_mem: u64 = 4096, Kilobytes;
    /// Hash tables may use this multiple of work_mem.
    hash_mem_multiplier: f64 = 2.0, None;
    /// The number of values that ANALYZE keeps per column.
    default_statistics_target: usize = 100, None;
    /// Whether the planner may use hash aggregation.
    enable_hashagg: bool = true, None;
    /// Whether the planner may use hash joins.
    enable_hashjoin: bool = true, None;
    /// Whether the planner may use Materialize.
    enable_material: bool = true, None;
    /// Whether the planner may use merge joins.
    enable_mergejoin: bool = true, None;
    /// Whether the planner may use nested loops.
    enable_nestloop: bool = true, None;
    /// Whether the planner may use sequential scans.
    enable_seqscan: bool = true, None;
    /// Whether the planner may use explicit sorts.
    enable_sort: bool = true, None;
    /// Whether the planner may use index scans.
    enable_indexscan: bool = true, None;
    /// Whether the planner may use index-only scans.
    enable_indexonlyscan: bool = true, None;
    /// Whether the planner may use bitmap scans.
    enable_bitmapscan: bool = true, None;
    /// Whether the planner may use Gather Merge.
    enable_gathermerge: bool = true, None;
    /// Whether the planner may use incremental sorts.
    enable_incremental_sort: bool = true, None;
    /// Whether the planner may use Memoize.
    enable_memoize: bool = true, None;
    /// Whether the planner may use Parallel Append.
    enable_parallel_append: bool = true, None;
    /// Whether the planner may share hash tables between participants.
    enable_parallel_hash: bool = true, None;
    /// Whether the planner may aggregate partition by partition.
    enable_partitionwise_aggregate: bool = false, None;
    /// Whether the planner may join partition by partition.
    enable_partitionwise_join: bool = false, None;
    /// Just-in-time compilation: accepted, and without effect.
    jit: bool = true, None;
    /// Synchronised scans: accepted, and without effect.
    synchronize_seqscans: bool = true, None;
    /// Digits of floats beyond the fifteen: 1 prints the shortest text that reads back the same.
    extra_float_digits: i64 = 1, None;
}

impl Settings {
    /// Every setting: name, value as text, description.
    pub fn all(&self) -> Vec<(&'static str, String, &'static str)> {
        DEFINITIONS.iter().map(|d| (d.name, (d.get)(self), d.describe.trim())).collect()
    }

    /// The value of a setting as text, in the unit that PostgreSQL shows.
    ///
    /// # Errors
    /// 42704 for an unknown name.
    pub fn show(&self, name: &str) -> Result<String, SqlError> {
        Ok((definition(name)?.get)(self))
    }

    /// Sets a setting from text.
    ///
    /// # Errors
    /// 42704 for an unknown name, 22023 for a value that is not one.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), SqlError> {
        (definition(name)?.set)(self, text)
    }

    /// Sets a setting back to its default.
    ///
    /// # Errors
    /// 42704 for an unknown name.
    pub fn reset(&mut self, name: &str) -> Result<(), SqlError> {
        let default = (definition(name)?.get)(&Settings::default());
        self.set(name, &default)
    }

    /// The memory of a hash table in bytes (`get_hash_memory_limit`).
    pub fn hash_memory_bytes(&self) -> f64 {
        self.work_mem as f64 * self.hash_mem_multiplier * 1024.0
    }
}

/// The definition of a setting; `force_parallel_mode` is the older name of `debug_parallel_query`.
fn definition(name: &str) -> Result<&'static Definition, SqlError> {
    let lower = name.to_ascii_lowercase();
    let name = if lower == "force_parallel_mode" { "debug_parallel_query" } else { &lower };
    DEFINITIONS.iter().find(|d| d.name == name).ok_or_else(|| {
        SqlError::new(
            sqlstate::UNDEFINED_SETTING,
            format!("unrecognized configuration parameter \"{name}\""),
        )
    })
}

fn invalid(name: &str, text: &str) -> SqlError {
    SqlError::new(
        sqlstate::INVALID_PARAMETER_VALUE,
        format!("invalid value for parameter \"{name}\": \"{text}\""),
    )
}

impl Setting for bool {
    fn read(name: &str, _: Unit, text: &str) -> Result<bool, SqlError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "on" | "true" | "yes" | "1" | "t" | "y" | "regress" => Ok(true),
            "off" | "false" | "no" | "0" | "f" | "n" => Ok(false),
            _ => Err(SqlError::new(
                sqlstate::INVALID_PARAMETER_VALUE,
                format!("parameter \"{name}\" requires a Boolean value"),
            )),
        }
    }

    fn write(&self, _: Unit) -> String {
        if *self { "on" } else { "off" }.into()
    }
}

impl Setting for f64 {
    fn read(name: &str, _: Unit, text: &str) -> Result<f64, SqlError> {
        let value: f64 = text.trim().parse().map_err(|_| invalid(name, text))?;
        if value.is_finite() && value >= 0.0 { Ok(value) } else { Err(invalid(name, text)) }
    }

    fn write(&self, _: Unit) -> String {
        self.to_string()
    }
}

impl Setting for i64 {
    fn read(name: &str, _: Unit, text: &str) -> Result<i64, SqlError> {
        text.trim().parse().map_err(|_| invalid(name, text))
    }

    fn write(&self, _: Unit) -> String {
        self.to_string()
    }
}

impl Setting for usize {
    fn read(name: &str, unit: Unit, text: &str) -> Result<usize, SqlError> {
        u64::read(name, unit, text).map(|value| value as usize)
    }

    fn write(&self, unit: Unit) -> String {
        (*self as u64).write(unit)
    }
}

impl Setting for u64 {
    fn read(name: &str, unit: Unit, text: &str) -> Result<u64, SqlError> {
        let text = text.trim();
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let number: u64 = text[..split].parse().map_err(|_| invalid(name, text))?;
        let suffix = text[split..].trim();
        let bytes_per_unit = match unit {
            Unit::None if suffix.is_empty() && number <= i32::MAX as u64 => return Ok(number),
            Unit::None => return Err(invalid(name, text)),
            Unit::Kilobytes => 1024,
            Unit::Blocks => 8192,
        };
        let factor = match suffix {
            "" => return Ok(number),
            "B" => 1,
            "kB" => 1 << 10,
            "MB" => 1 << 20,
            "GB" => 1 << 30,
            "TB" => 1u64 << 40,
            _ => {
                return Err(invalid(name, text).hint(
                    "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".",
                ));
            }
        };
        let bytes = number.checked_mul(factor).ok_or_else(|| invalid(name, text))?;
        Ok((bytes as f64 / bytes_per_unit as f64).round() as u64)
    }

    fn write(&self, unit: Unit) -> String {
        let kilobytes = match unit {
            Unit::None => return self.to_string(),
            Unit::Kilobytes => *self,
            Unit::Blocks => self * 8,
        };
        let (mut value, mut names) = (kilobytes, ["kB", "MB", "GB", "TB"].iter());
        let mut name = names.next().expect("there is a unit");
        if value == 0 {
            return "0".into();
        }
        for larger in names {
            if value % 1024 != 0 {
                break;
            }
            (value, name) = (value / 1024, larger);
        }
        format!("{value}{name}")
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
        assert_eq!(settings.set("no_such", "1").unwrap_err().sqlstate.as_str(), "42704");
        assert_eq!(settings.set("work_mem", "much").unwrap_err().sqlstate.as_str(), "22023");
        assert_eq!(settings.set("jit", "maybe").unwrap_err().sqlstate.as_str(), "22023");
        settings.set("min_parallel_table_scan_size", "0").unwrap();
        assert_eq!(settings.show("min_parallel_table_scan_size").unwrap(), "0");
        settings.set("force_parallel_mode", "on").unwrap();
        assert!(settings.debug_parallel_query);
    }
}
