//! The order of values: PostgreSQL's btree comparison under collation C, as one total order per type.
