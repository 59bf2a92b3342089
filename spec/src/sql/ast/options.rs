//! Options of statements: COPY and EXPLAIN.

use super::ExplainFormat;

/// The options of COPY FROM; `None` means the default of the format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyOptions {
    /// CSV instead of text.
    pub csv: bool,
    /// The first line holds names (CSV only).
    pub header: bool,
    /// The delimiter.
    pub delimiter: Option<char>,
    /// How NULL is written.
    pub null: Option<String>,
}

/// The options of EXPLAIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExplainOptions {
    /// Run it, and show what happened.
    pub analyze: bool,
    /// Show output columns.
    pub verbose: bool,
    /// Show costs (default on).
    pub costs: bool,
    /// Show times, with ANALYZE (default on).
    pub timing: bool,
    /// Show the summary (default: with ANALYZE).
    pub summary: Option<bool>,
    /// Text or JSON.
    pub format: ExplainFormat,
}

impl Default for ExplainOptions {
    fn default() -> ExplainOptions {
        ExplainOptions {
            analyze: false,
            verbose: false,
            costs: true,
            timing: true,
            summary: None,
            format: ExplainFormat::Text,
        }
    }
}
