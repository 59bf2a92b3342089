//! The proleptic Gregorian calendar over days since 2000-01-01; year 0 is 1 BC.

use crate::fault::{self, SharedFault};

/// Days from 1970-01-01 to 2000-01-01.
pub const UNIX_EPOCH_DAYS: i64 = 10_957;
/// The Julian day number of 2000-01-01.
pub const POSTGRES_EPOCH_JULIAN: i64 = 2_451_545;
/// Microseconds in a day.
pub const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;
/// Microseconds in an hour.
pub const MICROSECONDS_PER_HOUR: i64 = 3_600_000_000;
/// Microseconds in a minute.
pub const MICROSECONDS_PER_MINUTE: i64 = 60_000_000;
/// Microseconds in a second.
pub const MICROSECONDS_PER_SECOND: i64 = 1_000_000;

/// A day of the calendar. Year 0 is 1 BC, -1 is 2 BC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// Astronomical year.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
}

impl Civil {
    /// The day this many days after 2000-01-01.
    pub fn from_days(days: i64) -> Civil {
        // Years that begin in March put the leap day last; an era is 400 years (Hinnant, "chrono-compatible algorithms").
        let shifted = days + UNIX_EPOCH_DAYS + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        Civil { year: year_of_era + era * 400 + i64::from(month <= 2), month, day }
    }

    /// Days since 2000-01-01. A day beyond the month's end counts on into the next.
    pub fn to_days(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let march_month = (self.month + 9) % 12;
        let day_of_year = (153 * march_month + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468 - UNIX_EPOCH_DAYS
    }

    /// The same day of the month, this many months later; the last of the month where there is no such day.
    pub fn add_months(self, months: i64) -> Civil {
        let total = self.year * 12 + (self.month - 1) + months;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        let last = match fault::plants(SharedFault::MonthEndNotClamped) {
            true => self.day,
            false => days_in_month(year, month),
        };
        Civil { year, month, day: self.day.min(last) }
    }

    /// The year as people count it: 1 BC is -1, there is no year 0.
    pub fn historical_year(self) -> i64 {
        if self.year > 0 { self.year } else { self.year - 1 }
    }

    /// The number of the day in its year, from 1.
    pub fn day_of_year(self) -> i64 {
        self.to_days() - Civil { year: self.year, month: 1, day: 1 }.to_days() + 1
    }
}

/// Whether the (astronomical) year has a 29th of February.
pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days in a month of a year.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The weekday of a day since 2000-01-01: 0 is Sunday. (2000-01-01 was a Saturday.)
pub fn weekday(days: i64) -> i64 {
    (days + 6).rem_euclid(7)
}

/// The weekday as ISO 8601 counts: Monday is 1, Sunday 7.
pub fn iso_weekday(days: i64) -> i64 {
    (days + 5).rem_euclid(7) + 1
}

/// ISO 8601 year and week of a day: a week belongs to the year that its Thursday is in.
pub fn iso_week(days: i64) -> (i64, i64) {
    let thursday = days + 4 - iso_weekday(days);
    let civil = Civil::from_days(thursday);
    (civil.year, (civil.day_of_year() - 1) / 7 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_one_to_one_over_the_whole_range() {
        for days in (-2_500_000..3_000_000).step_by(97).chain([-2_451_545, 2_145_031_948]) {
            assert_eq!(Civil::from_days(days).to_days(), days);
        }
        assert_eq!(Civil::from_days(0), Civil { year: 2000, month: 1, day: 1 });
        assert_eq!(Civil::from_days(-2_451_545), Civil { year: -4713, month: 11, day: 24 });
    }

    #[test]
    fn iso_weeks_belong_to_the_year_of_their_thursday() {
        let day = |year, month, day| Civil { year, month, day }.to_days();
        assert_eq!(iso_week(day(2021, 1, 3)), (2020, 53));
        assert_eq!(iso_week(day(2024, 12, 30)), (2025, 1));
        assert_eq!(weekday(day(2024, 1, 7)), 0);
        assert_eq!(iso_weekday(day(2024, 1, 7)), 7);
    }
}
