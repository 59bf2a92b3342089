//! The text of values: PostgreSQL's input and output functions, one pair for all types.
