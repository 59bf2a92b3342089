//! Parallel safety: the hazard of a query, each refusal a reason with a clause and a location.
