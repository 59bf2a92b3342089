//! Which columns of a node's rows anyone above reads: joins copy no others.

use std::sync::Arc;

use spec::expr::Expr;

/// The columns that are read above; in the place of others a node may return anything of their type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needed(Option<Arc<Vec<bool>>>);

impl Needed {
    /// Every column.
    pub fn all() -> Needed {
        Needed(None)
    }

    /// Only the columns that these expressions read.
    pub fn by<'e>(exprs: impl IntoIterator<Item = &'e Expr>) -> Needed {
        Needed(Some(Arc::default())).and(exprs)
    }

    /// These columns, and those that the expressions read.
    pub fn and<'e>(mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Needed {
        if let Some(columns) = &mut self.0 {
            let columns = Arc::make_mut(columns);
            let mut add = |index: usize| {
                columns.resize(columns.len().max(index + 1), false);
                columns[index] = true;
            };
            exprs.into_iter().for_each(|expr| expr.visit_columns(&mut add));
        }
        self
    }

    /// Whether the column is read.
    pub fn wants(&self, index: usize) -> bool {
        let wanted = |columns: &Arc<Vec<bool>>| columns.get(index).copied().unwrap_or(false);
        self.0.as_ref().is_none_or(wanted)
    }

    /// Those of the first `at` columns, and those of the others, renumbered.
    pub fn split(&self, at: usize) -> (Needed, Needed) {
        let Some(columns) = &self.0 else { return (Needed::all(), Needed::all()) };
        let (first, rest) = columns.split_at(at.min(columns.len()));
        let needed = |part: &[bool]| Needed(Some(Arc::new(part.to_vec())));
        (needed(first), needed(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spec::Type;

    #[test]
    fn columns_are_needed_by_number_and_renumbered_by_a_split() {
        let column = |index| Expr::Column { index, ty: Type::Int4 };
        let needed = Needed::by([&column(0), &column(3)]).and([&Expr::Not(Box::new(column(4)))]);
        let wanted: Vec<bool> = (0..6).map(|index| needed.wants(index)).collect();
        assert_eq!(wanted, [true, false, false, true, true, false]);
        let (outer, inner) = needed.split(2);
        assert!(outer.wants(0) && !outer.wants(1) && !outer.wants(2));
        assert!(!inner.wants(0) && inner.wants(1) && inner.wants(2) && !inner.wants(3));
        assert!(Needed::all().split(1).1.wants(7));
    }
}
