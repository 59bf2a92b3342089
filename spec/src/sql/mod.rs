//! SQL text: `parse` (text → [`ast`]), `bind` (ast + catalogue → [`crate::query`]), `print` (ast → text).
//!
//! Outside the subset the answer is 0A000 with a position, never a guess. Tokens come from `sqlparser`; the grammar
//! over them is ours, because expression precedence, prefix operators and positions must be PostgreSQL's.

pub mod ast;
pub mod bind;
pub mod caret;
mod keyword;
pub mod lex;
pub mod parse;
pub mod positions;
pub mod print;
pub mod split;
