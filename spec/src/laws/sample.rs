//! Samples: rows, and choices of how to divide them.

/// Rows, and choices of how to divide them: everything a law needs, in a form that any generator can fill and shrink.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sample<I> {
    /// The rows.
    pub rows: Vec<I>,
    /// Where to cut them and how to combine the parts; missing choices count as 0. Any bytes are valid.
    pub choices: Vec<u8>,
}

impl<I> Sample<I> {
    /// The rows in `N` runs, cut where the choices say; without choices all rows are in the last one.
    pub(super) fn cut<const N: usize>(&self) -> [&[I]; N] {
        let mut cuts = [0; N];
        for (i, cut) in cuts.iter_mut().enumerate().skip(1) {
            let choice = self.choices.get(i - 1).map_or(0, |c| usize::from(*c));
            *cut = choice % (self.rows.len() + 1);
        }
        cuts.sort_unstable();
        std::array::from_fn(|i| {
            let end = cuts.get(i + 1).copied().unwrap_or(self.rows.len());
            &self.rows[cuts[i]..end]
        })
    }

    /// How many empty parts come before and after the one with rows: at most two each, one if nothing was chosen.
    pub(super) fn empty_parts(&self) -> [usize; 2] {
        [0, 1].map(|i| self.choices.get(i).map_or(1, |c| usize::from(c % 3)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_runs_of_the_rows_in_order() {
        let sample = Sample { rows: vec![1, 2, 3, 4, 5], choices: vec![4, 1] };
        assert_eq!(sample.cut(), [&[1][..], &[2, 3, 4], &[5]]);
        let empty = Sample::<i32>::default();
        assert_eq!(empty.cut(), [&[][..], &[]]);
    }
}
