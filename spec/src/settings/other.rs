//! Settings that change no answer of ours: accepted with the values that mean what we do, and shown. [rel.setting.other]
//!
//! Any other value that PostgreSQL takes is 0A000, and so is any other setting that it has.

use super::read::{invalid, truth};
use crate::error::{Failure, SqlError, Unsupported, sqlstate};

/// A setting that only its text stands for.
#[derive(Debug)]
pub(super) struct Other {
    /// Its name as SHOW writes it.
    pub(super) name: &'static str,
    /// The values that we take, the first by default; all of them if there is none but that.
    accepted: &'static [&'static str],
    takes: Takes,
}

/// What PostgreSQL takes.
#[derive(Debug)]
enum Takes {
    /// Nothing: the server alone sets it.
    Nothing,
    /// Any text, and we do too.
    Anything,
    /// A truth value.
    Truth,
    /// One of these words, and what else means the first, second… of them.
    Words(&'static [&'static str]),
    /// A text or number that says more than its spelling.
    Text(&'static [(&'static str, &'static str)]),
}

use Takes::{Anything, Nothing, Text, Truth, Words};

const fn other(name: &'static str, accepted: &'static [&'static str], takes: Takes) -> Other {
    Other { name, accepted, takes }
}

const ISOLATION: &[&str] =
    &["serializable", "repeatable read", "read committed", "read uncommitted"];
const MESSAGES: &[&str] =
    &["debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"];
const COMMITS: &[&str] = &["local", "remote_write", "remote_apply", "on", "off"];
const LOCALE: &[&str] = &["C.UTF-8", "C", "POSIX"];

/// All of them, by name.
pub(super) const OTHERS: &[Other] = &[
    other(
        "DateStyle",
        &["ISO, MDY"],
        Text(&[("iso", "ISO, MDY"), ("iso,mdy", "ISO, MDY"), ("mdy", "ISO, MDY")]),
    ),
    other(
        "IntervalStyle",
        &["postgres"],
        Words(&["postgres", "postgres_verbose", "sql_standard", "iso_8601"]),
    ),
    other("TimeZone", &["UTC"], Text(&[])),
    other("application_name", &[""], Anything),
    other("array_nulls", &["on"], Truth),
    other("backslash_quote", &["safe_encoding"], Words(&["safe_encoding", "on", "off"])),
    other("block_size", &["8192"], Nothing),
    other("bytea_output", &["hex"], Words(&["escape", "hex"])),
    other("check_function_bodies", &["on"], Truth),
    other("client_encoding", &["UTF8"], Text(&[("utf-8", "UTF8"), ("unicode", "UTF8")])),
    other(
        "client_min_messages",
        &["notice", "debug5", "debug4", "debug3", "debug2", "debug1", "log", "warning", "error"],
        Words(MESSAGES),
    ),
    other("constraint_exclusion", &["partition", "on", "off"], Words(&["partition", "on", "off"])),
    other("cursor_tuple_fraction", &["0.1"], Text(&[])),
    other("default_table_access_method", &["heap"], Text(&[])),
    other("default_tablespace", &[""], Text(&[])),
    other("default_transaction_deferrable", &["off", "on"], Truth),
    other(
        "default_transaction_isolation",
        &["read committed", "serializable", "repeatable read", "read uncommitted"],
        Words(ISOLATION),
    ),
    other("default_transaction_read_only", &["off", "on"], Truth),
    other("escape_string_warning", &["on", "off"], Truth),
    other("from_collapse_limit", &["8"], Text(&[])),
    other("geqo", &["on"], Truth),
    other("geqo_threshold", &["12"], Text(&[])),
    other("in_hot_standby", &["off"], Nothing),
    other("integer_datetimes", &["on"], Nothing),
    other("join_collapse_limit", &["8"], Text(&[])),
    other("lc_collate", &["C.UTF-8"], Nothing),
    other("lc_ctype", &["C.UTF-8"], Nothing),
    other("lc_messages", LOCALE, Text(&[])),
    other("lc_monetary", LOCALE, Text(&[])),
    other("lc_numeric", LOCALE, Text(&[])),
    other("lc_time", LOCALE, Text(&[])),
    other("max_function_args", &["100"], Nothing),
    other("max_identifier_length", &["63"], Nothing),
    other("max_index_keys", &["32"], Nothing),
    other(
        "plan_cache_mode",
        &["auto", "force_custom_plan"],
        Words(&["auto", "force_generic_plan", "force_custom_plan"]),
    ),
    other("quote_all_identifiers", &["off"], Truth),
    other("row_security", &["on", "off"], Truth),
    other(
        "search_path",
        &["\"$user\", public", "public"],
        Text(&[("$user, public", "\"$user\", public")]),
    ),
    other("server_encoding", &["UTF8"], Nothing),
    other("server_version", &["15.18"], Nothing),
    other("standard_conforming_strings", &["on"], Truth),
    other(
        "synchronous_commit",
        &["on", "off", "local", "remote_write", "remote_apply"],
        Words(COMMITS),
    ),
    other("transform_null_equals", &["off"], Truth),
    other("xmloption", &["content", "document"], Words(&["content", "document"])),
];

impl Other {
    pub(super) fn default(&self) -> &'static str {
        self.accepted[0]
    }

    /// Whether nobody can set it.
    pub(super) fn is_internal(&self) -> bool {
        matches!(self.takes, Nothing)
    }

    /// The value of a text, as SHOW writes it.
    pub(super) fn read(&self, text: &str) -> Result<String, Failure> {
        let value = match self.takes {
            Nothing => return Err(fixed(self.name).into()),
            Anything => return Ok(text.to_owned()),
            Truth => if truth(self.name, text)? { "on" } else { "off" }.to_owned(),
            Words(words) => self.word(words, text)?,
            Text(spellings) => {
                let plain = text.replace(", ", ",");
                let known = spellings.iter().find(|(spelling, _)| {
                    spelling.eq_ignore_ascii_case(text) || spelling.eq_ignore_ascii_case(&plain)
                });
                known.map_or(text, |(_, value)| value).to_owned()
            }
        };
        let known = self.accepted.iter().find(|accepted| accepted.eq_ignore_ascii_case(&value));
        known.map(|value| (*value).to_owned()).ok_or_else(|| {
            Unsupported::new(format!("the value \"{text}\" of {}", self.name)).into()
        })
    }

    /// One of the words that an enumerated setting takes, whatever its case; some are truth values too.
    fn word(&self, words: &[&str], text: &str) -> Result<String, Failure> {
        let text_is = |word: &&&str| word.eq_ignore_ascii_case(text);
        if let Some(word) = words.iter().find(text_is) {
            return Ok((*word).to_owned());
        }
        let is_one_of =
            |others: &[&str]| others.iter().any(|other| other.eq_ignore_ascii_case(text));
        if words.contains(&"off") {
            if is_one_of(&["true", "yes", "1"]) {
                return Ok("on".to_owned());
            }
            if is_one_of(&["false", "no", "0"]) {
                return Ok("off".to_owned());
            }
        }
        if words.contains(&"debug2") && is_one_of(&["debug"]) {
            return Ok("debug2".to_owned());
        }
        Err(not_a_word(self.name, text, words).into())
    }
}

/// 22023 for a text that is none of the words of an enumerated setting.
pub(super) fn not_a_word(name: &str, text: &str, words: &[&str]) -> SqlError {
    invalid(name, text).hint(format!("Available values: {}.", words.join(", ")))
}

/// 55P02 for a setting that the server alone sets.
pub(super) fn fixed(name: &str) -> SqlError {
    let message = format!("parameter \"{name}\" cannot be changed");
    SqlError::new(sqlstate::CANT_CHANGE_RUNTIME_PARAM, message)
}

/// The other settings of PostgreSQL 15, which we do not know.
const UNKNOWN: &str = "\
    allow_in_place_tablespaces allow_system_table_mods archive_cleanup_command archive_command archive_library \
    archive_mode archive_timeout authentication_timeout autovacuum autovacuum_analyze_scale_factor \
    autovacuum_analyze_threshold autovacuum_freeze_max_age autovacuum_max_workers \
    autovacuum_multixact_freeze_max_age autovacuum_naptime autovacuum_vacuum_cost_delay \
    autovacuum_vacuum_cost_limit autovacuum_vacuum_insert_scale_factor autovacuum_vacuum_insert_threshold \
    autovacuum_vacuum_scale_factor autovacuum_vacuum_threshold autovacuum_work_mem backend_flush_after \
    backtrace_functions bgwriter_delay bgwriter_flush_after bgwriter_lru_maxpages bgwriter_lru_multiplier bonjour \
    bonjour_name checkpoint_completion_target checkpoint_flush_after checkpoint_timeout checkpoint_warning \
    client_connection_check_interval cluster_name commit_delay commit_siblings compute_query_id config_file \
    data_checksums data_directory data_directory_mode data_sync_retry db_user_namespace deadlock_timeout \
    debug_assertions debug_discard_caches debug_pretty_print debug_print_parse debug_print_plan \
    debug_print_rewritten default_text_search_config default_toast_compression dynamic_library_path \
    dynamic_shared_memory_type event_source exit_on_error external_pid_file fsync full_page_writes geqo_effort \
    geqo_generations geqo_pool_size geqo_seed geqo_selection_bias gin_fuzzy_search_limit gin_pending_list_limit \
    hba_file hot_standby hot_standby_feedback huge_page_size huge_pages ident_file ignore_checksum_failure \
    ignore_invalid_pages ignore_system_indexes jit_debugging_support jit_dump_bitcode jit_expressions \
    jit_profiling_support jit_provider jit_tuple_deforming krb_caseins_users krb_server_keyfile listen_addresses \
    lo_compat_privileges local_preload_libraries log_autovacuum_min_duration log_checkpoints log_connections \
    log_destination log_directory log_disconnections log_duration log_error_verbosity log_executor_stats \
    log_file_mode log_filename log_hostname log_line_prefix log_lock_waits log_min_duration_sample \
    log_min_duration_statement log_min_error_statement log_min_messages log_parameter_max_length \
    log_parameter_max_length_on_error log_parser_stats log_planner_stats log_recovery_conflict_waits \
    log_replication_commands log_rotation_age log_rotation_size log_startup_progress_interval log_statement \
    log_statement_sample_rate log_statement_stats log_temp_files log_timezone log_transaction_sample_rate \
    log_truncate_on_rotation logging_collector logical_decoding_work_mem maintenance_io_concurrency \
    max_connections max_files_per_process max_locks_per_transaction max_logical_replication_workers \
    max_pred_locks_per_page max_pred_locks_per_relation max_pred_locks_per_transaction max_prepared_transactions \
    max_replication_slots max_slot_wal_keep_size max_stack_depth max_standby_archive_delay \
    max_standby_streaming_delay max_sync_workers_per_subscription max_wal_senders max_wal_size \
    min_dynamic_shared_memory min_wal_size old_snapshot_threshold password_encryption port post_auth_delay \
    pre_auth_delay primary_conninfo primary_slot_name promote_trigger_file recovery_end_command \
    recovery_init_sync_method recovery_min_apply_delay recovery_prefetch recovery_target recovery_target_action \
    recovery_target_inclusive recovery_target_lsn recovery_target_name recovery_target_time \
    recovery_target_timeline recovery_target_xid recursive_worktable_factor remove_temp_files_after_crash \
    restart_after_crash restore_command restrict_nonsystem_relation_kind segment_size session_preload_libraries \
    session_replication_role shared_buffers shared_memory_size shared_memory_size_in_huge_pages shared_memory_type \
    shared_preload_libraries ssl ssl_ca_file ssl_cert_file ssl_ciphers ssl_crl_dir ssl_crl_file ssl_dh_params_file \
    ssl_ecdh_curve ssl_key_file ssl_library ssl_max_protocol_version ssl_min_protocol_version \
    ssl_passphrase_command ssl_passphrase_command_supports_reload ssl_prefer_server_ciphers \
    stats_fetch_consistency superuser_reserved_connections synchronous_standby_names syslog_facility syslog_ident \
    syslog_sequence_numbers syslog_split_messages tcp_keepalives_count tcp_keepalives_idle tcp_keepalives_interval \
    tcp_user_timeout temp_buffers temp_file_limit temp_tablespaces timezone_abbreviations trace_notify \
    trace_recovery_messages trace_sort track_activities track_activity_query_size track_commit_timestamp \
    track_counts track_functions track_io_timing track_wal_io_timing unix_socket_directories unix_socket_group \
    unix_socket_permissions update_process_title vacuum_cost_delay vacuum_cost_limit vacuum_cost_page_dirty \
    vacuum_cost_page_hit vacuum_cost_page_miss vacuum_defer_cleanup_age vacuum_failsafe_age vacuum_freeze_min_age \
    vacuum_freeze_table_age vacuum_multixact_failsafe_age vacuum_multixact_freeze_min_age \
    vacuum_multixact_freeze_table_age wal_block_size wal_buffers wal_compression wal_consistency_checking \
    wal_decode_buffer_size wal_init_zero wal_keep_size wal_level wal_log_hints wal_receiver_create_temp_slot \
    wal_receiver_status_interval wal_receiver_timeout wal_recycle wal_retrieve_retry_interval wal_segment_size \
    wal_sender_timeout wal_skip_threshold wal_sync_method wal_writer_delay wal_writer_flush_after xmlbinary \
    zero_damaged_pages \
";

/// Whether PostgreSQL has a setting of this name that we do not know; any name with a point in it is one.
pub(super) fn is_unknown(name: &str) -> bool {
    name.contains('.') || UNKNOWN.split_whitespace().any(|other| other == name)
}

/// The names of the settings that PostgreSQL has and we do not know.
pub(super) fn unknown() -> impl Iterator<Item = &'static str> {
    UNKNOWN.split_whitespace()
}
