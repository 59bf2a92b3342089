//! The `bothways` command.
fn main() {}
