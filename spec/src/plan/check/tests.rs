//! Accept and refuse, rule by rule.
