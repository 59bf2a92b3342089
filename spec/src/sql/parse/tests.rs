//! Precedence, positions and errors, as the live server has them.

use super::*;
