//! Plans in PostgreSQL's words.
