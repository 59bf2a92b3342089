//! Planted faults in arithmetic that every engine of ours shares: only an engine from outside can see them.
//!
//! `reference` and `parallel` read and plan independently, but values are added, divided and moved by [`crate::value`] in
//! both. A mistake there makes both wrong alike, and comparing them shows nothing; a live PostgreSQL shows it. These faults
//! are compiled under the feature `faults` only, and are off unless somebody holds a `Planted`.

use std::fmt;
use std::str::FromStr;

/// A mistake in shared arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SharedFault {
    /// The operator `/` of numerics gives one digit less than it should, cut off and not rounded.
    NumericQuotientShort,
    /// Adding months keeps the day of the month even if the month is shorter: one month after January 31 is in March.
    MonthEndNotClamped,
}

impl SharedFault {
    /// Every shared fault.
    pub const ALL: &'static [SharedFault] =
        &[SharedFault::NumericQuotientShort, SharedFault::MonthEndNotClamped];

    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            SharedFault::NumericQuotientShort => "numeric-quotient-short",
            SharedFault::MonthEndNotClamped => "month-end-not-clamped",
        }
    }
}

impl fmt::Display for SharedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no shared fault has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSharedFault(pub String);

impl fmt::Display for UnknownSharedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = SharedFault::ALL.iter().map(|fault| fault.name()).collect();
        write!(f, "there is no shared fault `{}`; there are {}", self.0, names.join(", "))
    }
}

impl std::error::Error for UnknownSharedFault {}

impl FromStr for SharedFault {
    type Err = UnknownSharedFault;

    fn from_str(name: &str) -> Result<SharedFault, UnknownSharedFault> {
        let found = SharedFault::ALL.iter().copied().find(|fault| fault.name() == name);
        found.ok_or_else(|| UnknownSharedFault(name.to_owned()))
    }
}

/// Whether this fault is planted in the whole process.
#[cfg(feature = "faults")]
pub(crate) fn plants(fault: SharedFault) -> bool {
    planted::NOW.load(std::sync::atomic::Ordering::Relaxed) == 1 + fault as u8
}

/// Whether this fault is planted: never, without the feature `faults`.
#[cfg(not(feature = "faults"))]
pub(crate) const fn plants(_: SharedFault) -> bool {
    false
}

#[cfg(feature = "faults")]
mod planted {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::SharedFault;

    /// 0, or one more than the number of the fault that is planted.
    pub(super) static NOW: AtomicU8 = AtomicU8::new(0);

    /// While it lives, a shared fault is planted in every thread of the process.
    #[must_use]
    pub struct Planted(());

    /// Plants a fault in place of any other, until the guard is dropped.
    pub fn plant(fault: SharedFault) -> Planted {
        NOW.store(1 + fault as u8, Ordering::SeqCst);
        Planted(())
    }

    impl Drop for Planted {
        fn drop(&mut self) {
            NOW.store(0, Ordering::SeqCst);
        }
    }
}

#[cfg(feature = "faults")]
pub use planted::{Planted, plant};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shared_fault_has_a_name_that_reads_back_and_is_off() {
        for &fault in SharedFault::ALL {
            assert_eq!(fault.name().parse(), Ok(fault));
            assert!(!plants(fault));
        }
        assert!("no-such".parse::<SharedFault>().is_err());
    }
}
