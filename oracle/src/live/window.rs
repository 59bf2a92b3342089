//! Laws of windows: a moving frame gives what the frame gives afresh, and finishing leaves the state as it was.

use super::ask::{CASES, Side, Sides, Subject};
use super::report::Law;

/// Frames that slide, that lag behind, that look ahead, and that are empty at times.
pub const MOVING_FRAMES: [(&str, i32, i32); 3] = [
    ("ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", -1, 0),
    ("ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING", -2, -1),
    ("ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING", 0, 1),
];

/// The two sides of a law of windows for a frame: as the server slides it, and each frame by itself.
pub fn sides(subject: &Subject, law: Law, frame: usize) -> Sides {
    let (clause, from, to) = match law {
        Law::Inverse => MOVING_FRAMES[frame % MOVING_FRAMES.len()],
        _ => ("ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", -1_000_000, 0),
    };
    let call = subject.call();
    let all: String = subject.columns().iter().map(|column| format!(", {column}")).collect();
    let numbered = format!(
        "(SELECT c{all}, row_number() OVER (PARTITION BY c ORDER BY part, pos) AS n FROM {CASES} AS p WHERE live)"
    );
    let together = "string_agg(coalesce(v, 'NULL'), ' | ' ORDER BY n)";
    let sliding = format!(
        "SELECT c, {together} FROM (SELECT c, n, ({call} OVER (PARTITION BY c ORDER BY n {clause}))::text AS v \
         FROM {numbered} AS t) AS q GROUP BY c"
    );
    let afresh = format!(
        "WITH t AS MATERIALIZED {numbered} SELECT c, {together} FROM (SELECT r.c, r.n, (SELECT ({call})::text FROM \
         (SELECT * FROM t WHERE t.c = r.c AND t.n BETWEEN r.n + {from} AND r.n + {to} ORDER BY t.n OFFSET 0) AS f) AS v \
         FROM t AS r) AS q GROUP BY c"
    );
    (Side::Said(afresh), Side::Said(sliding))
}
