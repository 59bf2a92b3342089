//! Key words of PostgreSQL 15 and where each may stand as a name (`src/include/parser/kwlist.h`, `pg_get_keywords()`).
//!
//! ```text
//!                     table, column   function, type   AS label   bare label
//! not a key word           yes             yes            yes         yes
//! Unreserved               yes             yes            yes       nearly all
//! ColumnName               yes             no             yes       nearly all
//! TypeOrFunctionName       no              yes            yes       nearly all
//! Reserved                 no              no             yes       nearly all
//! ```

/// The four classes of key words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// May be any name.
    Unreserved,
    /// May be the name of a column or table, but not of a function or type.
    ColumnName,
    /// May be the name of a function or type, but not of a column or table.
    TypeOrFunctionName,
    /// May be a label after AS only.
    Reserved,
}

/// The class of a lower-case word, `None` if it is not a key word.
pub fn category(word: &str) -> Option<Category> {
    let is_in = |list: &[&str]| list.binary_search(&word).is_ok();
    if is_in(&UNRESERVED) {
        Some(Category::Unreserved)
    } else if is_in(&COLUMN_NAME) {
        Some(Category::ColumnName)
    } else if is_in(&TYPE_OR_FUNCTION_NAME) {
        Some(Category::TypeOrFunctionName)
    } else if is_in(&RESERVED) {
        Some(Category::Reserved)
    } else {
        None
    }
}

/// Whether a lower-case word may be an output label without AS.
pub fn may_be_bare_label(word: &str) -> bool {
    NEEDS_AS.binary_search(&word).is_err()
}

/// Whether this is the name of a type that PostgreSQL has and we do not.
pub fn is_foreign_type(word: &str) -> bool {
    FOREIGN_TYPES.binary_search(&word).is_ok()
}

/// Any name.
#[rustfmt::skip]
const UNRESERVED: [&str; 309] = [
    "abort", "absolute", "access", "action", "add", "admin", "after", "aggregate", "also",
    "alter", "always", "asensitive", "assertion", "assignment", "at", "atomic", "attach",
    "attribute", "backward", "before", "begin", "breadth", "by", "cache", "call", "called",
    "cascade", "cascaded", "catalog", "chain", "characteristics", "checkpoint", "class",
    "close", "cluster", "columns", "comment", "comments", "commit", "committed",
    "compression", "configuration", "conflict", "connection", "constraints", "content",
    "continue", "conversion", "copy", "cost", "csv", "cube", "current", "cursor", "cycle",
    "data", "database", "day", "deallocate", "declare", "defaults", "deferred", "definer",
    "delete", "delimiter", "delimiters", "depends", "depth", "detach", "dictionary",
    "disable", "discard", "document", "domain", "double", "drop", "each", "enable",
    "encoding", "encrypted", "enum", "escape", "event", "exclude", "excluding", "exclusive",
    "execute", "explain", "expression", "extension", "external", "family", "filter",
    "finalize", "first", "following", "force", "forward", "function", "functions",
    "generated", "global", "granted", "groups", "handler", "header", "hold", "hour",
    "identity", "if", "immediate", "immutable", "implicit", "import", "include",
    "including", "increment", "index", "indexes", "inherit", "inherits", "inline", "input",
    "insensitive", "insert", "instead", "invoker", "isolation", "key", "label", "language",
    "large", "last", "leakproof", "level", "listen", "load", "local", "location", "lock",
    "locked", "logged", "mapping", "match", "matched", "materialized", "maxvalue", "merge",
    "method", "minute", "minvalue", "mode", "month", "move", "name", "names", "new", "next",
    "nfc", "nfd", "nfkc", "nfkd", "no", "normalized", "nothing", "notify", "nowait",
    "nulls", "object", "of", "off", "oids", "old", "operator", "option", "options",
    "ordinality", "others", "over", "overriding", "owned", "owner", "parallel", "parameter",
    "parser", "partial", "partition", "passing", "password", "plans", "policy", "preceding",
    "prepare", "prepared", "preserve", "prior", "privileges", "procedural", "procedure",
    "procedures", "program", "publication", "quote", "range", "read", "reassign", "recheck",
    "recursive", "ref", "referencing", "refresh", "reindex", "relative", "release",
    "rename", "repeatable", "replace", "replica", "reset", "restart", "restrict", "return",
    "returns", "revoke", "role", "rollback", "rollup", "routine", "routines", "rows",
    "rule", "savepoint", "schema", "schemas", "scroll", "search", "second", "security",
    "sequence", "sequences", "serializable", "server", "session", "set", "sets", "share",
    "show", "simple", "skip", "snapshot", "sql", "stable", "standalone", "start",
    "statement", "statistics", "stdin", "stdout", "storage", "stored", "strict", "strip",
    "subscription", "support", "sysid", "system", "tables", "tablespace", "temp",
    "template", "temporary", "text", "ties", "transaction", "transform", "trigger",
    "truncate", "trusted", "type", "types", "uescape", "unbounded", "uncommitted",
    "unencrypted", "unknown", "unlisten", "unlogged", "until", "update", "vacuum", "valid",
    "validate", "validator", "value", "varying", "version", "view", "views", "volatile",
    "whitespace", "within", "without", "work", "wrapper", "write", "xml", "year", "yes",
    "zone",
];

/// Names of columns and tables.
#[rustfmt::skip]
const COLUMN_NAME: [&str; 51] = [
    "between", "bigint", "bit", "boolean", "char", "character", "coalesce", "dec",
    "decimal", "exists", "extract", "float", "greatest", "grouping", "inout", "int",
    "integer", "interval", "least", "national", "nchar", "none", "normalize", "nullif",
    "numeric", "out", "overlay", "position", "precision", "real", "row", "setof",
    "smallint", "substring", "time", "timestamp", "treat", "trim", "values", "varchar",
    "xmlattributes", "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces",
    "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable",
];

/// Names of functions and types.
#[rustfmt::skip]
const TYPE_OR_FUNCTION_NAME: [&str; 23] = [
    "authorization", "binary", "collation", "concurrently", "cross", "current_schema",
    "freeze", "full", "ilike", "inner", "is", "isnull", "join", "left", "like", "natural",
    "notnull", "outer", "overlaps", "right", "similar", "tablesample", "verbose",
];

/// No names.
#[rustfmt::skip]
const RESERVED: [&str; 77] = [
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both",
    "case", "cast", "check", "collate", "column", "constraint", "create", "current_catalog",
    "current_date", "current_role", "current_time", "current_timestamp", "current_user",
    "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "false",
    "fetch", "for", "foreign", "from", "grant", "group", "having", "in", "initially",
    "intersect", "into", "lateral", "leading", "limit", "localtime", "localtimestamp",
    "not", "null", "offset", "on", "only", "or", "order", "placing", "primary",
    "references", "returning", "select", "session_user", "some", "symmetric", "table",
    "then", "to", "trailing", "true", "union", "unique", "user", "using", "variadic",
    "when", "where", "window", "with",
];

/// Words that label an output column only after AS.
#[rustfmt::skip]
const NEEDS_AS: [&str; 39] = [
    "array", "as", "char", "character", "create", "day", "except", "fetch", "filter", "for",
    "from", "grant", "group", "having", "hour", "intersect", "into", "isnull", "limit",
    "minute", "month", "notnull", "offset", "on", "order", "over", "overlaps", "precision",
    "returning", "second", "to", "union", "varying", "where", "window", "with", "within",
    "without", "year",
];

/// Types of PostgreSQL 15 outside the subset.
#[rustfmt::skip]
const FOREIGN_TYPES: [&str; 89] = [
    "aclitem", "any", "anyarray", "anycompatible", "anycompatiblearray",
    "anycompatiblemultirange", "anycompatiblenonarray", "anycompatiblerange", "anyelement",
    "anyenum", "anymultirange", "anynonarray", "anyrange", "bit", "box", "char",
    "cid", "cidr", "circle", "cstring", "datemultirange", "daterange", "event_trigger",
    "fdw_handler", "gtsvector", "index_am_handler", "inet", "int2vector", "int4multirange",
    "int4range", "int8multirange", "int8range", "internal", "json", "jsonb", "jsonpath",
    "language_handler", "line", "lseg", "macaddr", "macaddr8", "money", "nummultirange",
    "numrange", "oid", "oidvector", "path", "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary", "pg_ddl_command", "pg_dependencies", "pg_lsn",
    "pg_mcv_list", "pg_ndistinct", "pg_node_tree", "pg_snapshot", "point", "polygon",
    "record", "refcursor", "regclass", "regcollation", "regconfig", "regdictionary",
    "regnamespace", "regoper", "regoperator", "regproc", "regprocedure", "regrole",
    "regtype", "table_am_handler", "tid", "trigger",
    "tsm_handler", "tsmultirange", "tsquery", "tsrange", "tstzmultirange", "tstzrange",
    "tsvector", "txid_snapshot", "unknown", "uuid", "varbit", "void", "xid", "xid8", "xml",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_sorted_and_no_word_is_in_two() {
        let lists: [&[&str]; 4] = [&UNRESERVED, &COLUMN_NAME, &TYPE_OR_FUNCTION_NAME, &RESERVED];
        for list in lists.into_iter().chain([&NEEDS_AS[..], &FOREIGN_TYPES[..]]) {
            assert!(list.is_sorted());
        }
        let mut all = lists.concat();
        all.sort_unstable();
        let words = all.len();
        all.dedup();
        assert_eq!(all.len(), words);
        assert!(NEEDS_AS.iter().all(|word| category(word).is_some()));
    }
}
