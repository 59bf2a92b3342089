//! The text of dates and timestamps, read field by field as PostgreSQL's `DecodeDateTime` reads it (DateStyle MDY).

use crate::value::calendar::{
    Civil, MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, MICROSECONDS_PER_MINUTE,
    MICROSECONDS_PER_SECOND, POSTGRES_EPOCH_JULIAN, UNIX_EPOCH_DAYS, days_in_month,
};
use crate::value::fields::{self, Field, Kind, Problem, fraction_microseconds};
use crate::value::zone;

/// What a date or timestamp text denotes, before the type's range is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// After everything.
    Infinity,
    /// Before everything.
    NegativeInfinity,
    /// A day since 2000-01-01 and the microseconds since its midnight.
    At {
        /// Days.
        days: i64,
        /// Microseconds, up to a full day.
        microseconds: i64,
        /// The zone that was written, in seconds west.
        west: Option<i32>,
    },
}

/// What a time text denotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// Microseconds since midnight, up to a full day.
    pub microseconds: i64,
    /// The zone that was written, in seconds west.
    pub west: Option<i32>,
}

/// A number in a date: its value, and how many digits it was written with.
#[derive(Clone, Copy, Debug)]
struct Number {
    value: i64,
    digits: usize,
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    numbers: Vec<Number>,
    /// Written without delimiters, the year comes first even with two digits.
    year_first: bool,
    text_month: Option<i64>,
    day: Option<i64>,
    time: Option<i64>,
    afternoon: Option<bool>,
    west: Option<i32>,
    bc: bool,
    /// A time without a date is wanted: digits alone are one.
    time_only: bool,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// The month of this name: in full, or its first three letters (`sept` too).
fn month(name: &str) -> Option<i64> {
    let at = MONTHS.iter().position(|month| name == *month || name == &month[..3]);
    at.map(|at| at as i64 + 1).or((name == "sept").then_some(9))
}

/// Whether this names a day of the week: those are read and ignored.
fn is_weekday(name: &str) -> bool {
    WEEKDAYS.iter().any(|day| name == *day || name == &day[..3])
        || matches!(name, "tues" | "weds" | "thur" | "thurs")
}

/// What the text denotes. [value.date.text]
pub(crate) fn read(text: &str) -> Result<Moment, Problem> {
    let fields = fields::split(text).ok_or(Problem::Format)?;
    if let [only] = fields.as_slice()
        && let Some(special) = special(&only.text)
    {
        return special;
    }
    let mut reading = Reading::default();
    let mut rest = fields.as_slice();
    while let Some((field, after)) = rest.split_first() {
        let taken = reading.take(field, after)?;
        rest = &after[taken..];
    }
    reading.finish()
}

/// What the text of a `time` or `timetz` denotes; a date in it is read and dropped (`DecodeTimeOnly`). [value.time.text]
pub(crate) fn read_time(text: &str) -> Result<Clock, Problem> {
    let fields = fields::split(text).ok_or(Problem::Format)?;
    match fields.as_slice() {
        [only] if only.text == "allballs" => {
            return Ok(Clock { microseconds: 0, west: Some(0) });
        }
        [only] if only.text == "now" => return Err(Problem::Unsupported),
        _ => {}
    }
    let mut reading = Reading { time_only: true, ..Reading::default() };
    let mut rest = fields.as_slice();
    while let Some((field, after)) = rest.split_first() {
        let taken = reading.take(field, after)?;
        rest = &after[taken..];
    }
    if reading.time.is_none() {
        return Err(Problem::Format);
    }
    if reading.day.is_none() && (!reading.numbers.is_empty() || reading.text_month.is_some()) {
        reading.civil()?;
    }
    let microseconds = reading.time_of_day()?;
    Ok(Clock { microseconds, west: reading.west })
}

/// The moments that have names.
fn special(word: &str) -> Option<Result<Moment, Problem>> {
    Some(match word {
        "infinity" => Ok(Moment::Infinity),
        "-infinity" => Ok(Moment::NegativeInfinity),
        "epoch" => Ok(Moment::At { days: -UNIX_EPOCH_DAYS, microseconds: 0, west: Some(0) }),
        "now" | "today" | "tomorrow" | "yesterday" | "allballs" => Err(Problem::Unsupported),
        _ => return None,
    })
}

impl Reading {
    /// Reads one field; `after` are the fields that follow, of which as many are used as the answer says.
    fn take(&mut self, field: &Field, after: &[Field]) -> Result<usize, Problem> {
        match field.kind {
            // A name of a zone with rules, which PostgreSQL looks up.
            Kind::Date
                if self.time.is_some()
                    && field.text.starts_with(|c: char| c.is_ascii_alphabetic()) =>
            {
                return Err(Problem::Unsupported);
            }
            // Digits with delimiters after a time would be a zone.
            Kind::Date if self.time.is_some() => return Err(Problem::Format),
            Kind::Date => self.date(&field.text)?,
            Kind::Time => self.time(&field.text)?,
            Kind::Number => self.number(&field.text)?,
            Kind::Word if field.text == "j" => {
                let number = after.first().filter(|next| next.kind == Kind::Number);
                let number = number.ok_or(Problem::Format)?;
                let julian: i64 = number.text.parse().map_err(|_| Problem::Unsupported)?;
                self.set_day(julian - POSTGRES_EPOCH_JULIAN)?;
                return Ok(1);
            }
            Kind::Word => self.word(&field.text)?,
            // A zone belongs after a time or a date.
            Kind::Signed if (self.time.is_some() || self.has_date()) && is_zone(&field.text) => {
                self.west = Some(zone::numeric(&field.text)?);
            }
            Kind::Signed | Kind::SignedWord => return Err(Problem::Format),
        }
        Ok(0)
    }

    fn set_day(&mut self, days: i64) -> Result<(), Problem> {
        if self.day.is_some() || !self.numbers.is_empty() || self.text_month.is_some() {
            return Err(Problem::Format);
        }
        self.day = Some(days);
        Ok(())
    }

    /// Letters: a month, a weekday, BC, AM, a zone, the `T` of ISO 8601.
    fn word(&mut self, word: &str) -> Result<(), Problem> {
        match word {
            "bc" => self.bc = true,
            "ad" => {}
            "am" => self.afternoon = Some(false),
            "pm" => self.afternoon = Some(true),
            "t" if self.has_date() => {}
            "on" | "at" => {}
            _ if is_weekday(word) => {}
            _ if self.time.is_some() && zone::abbreviation(word).is_some() => {
                self.west = zone::abbreviation(word).transpose()?;
            }
            _ => match month(word) {
                // A short number before it was taken for a month and becomes the day, if it can.
                Some(_)
                    if self.numbers.first().is_some_and(|number| {
                        number.digits < 3 && !(1..=31).contains(&number.value)
                    }) =>
                {
                    return Err(Problem::Format);
                }
                Some(month) if self.text_month.is_none() => self.text_month = Some(month),
                _ => return Err(Problem::Format),
            },
        }
        Ok(())
    }

    /// A number of its own: `20240131`, `102030` after a date, or a part of the date.
    fn number(&mut self, text: &str) -> Result<(), Problem> {
        let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
        let bare_time = self.time_only && self.time.is_none() && matches!(whole.len(), 4 | 6);
        if self.has_date() || bare_time {
            return self.concatenated_time(whole, fraction);
        }
        if !fraction.is_empty() {
            return Err(Problem::Unsupported);
        }
        if whole.len() >= 6 {
            if !self.numbers.is_empty() || self.text_month.is_some() {
                return Err(Problem::Format);
            }
            let (year, rest) = whole.split_at(whole.len() - 4);
            if whole.len() == 7 {
                return Err(Problem::Unsupported);
            }
            for part in [year, &rest[..2], &rest[2..]] {
                self.push(part)?;
            }
            self.year_first = true;
            return Ok(());
        }
        self.push(whole)
    }

    /// Whether year, month and day have been read.
    fn has_date(&self) -> bool {
        let parts = self.numbers.len() + usize::from(self.text_month.is_some());
        self.day.is_some() || parts == 3
    }

    /// `HHMMSS` or `HHMM`, with a fraction.
    fn concatenated_time(&mut self, whole: &str, fraction: &str) -> Result<(), Problem> {
        if self.time.is_some() || !matches!(whole.len(), 4 | 6) {
            return Err(Problem::Format);
        }
        // Unlike a time with colons, this one is not checked: 263527 is the next day's 02:35:27.
        let part = |at: usize| whole.get(at..at + 2).map_or(Ok(0), str::parse::<i64>);
        let (Ok(hour), Ok(minute), Ok(second)) = (part(0), part(2), part(4)) else {
            return Err(Problem::Format);
        };
        let fraction = match fraction {
            "" => 0,
            _ => fraction_microseconds(fraction).ok_or(Problem::Format)?,
        };
        self.time = Some(since_midnight(hour, minute, second) + fraction);
        Ok(())
    }

    fn push(&mut self, text: &str) -> Result<(), Problem> {
        let value = text.parse().map_err(|_| match text.bytes().all(|b| b.is_ascii_digit()) {
            true if !text.is_empty() => Problem::Field,
            _ => Problem::Format,
        })?;
        if i32::try_from(value).is_err() {
            return Err(Problem::Field);
        }
        if self.has_date() {
            return Err(Problem::Format);
        }
        self.numbers.push(Number { value, digits: text.len() });
        Ok(())
    }

    /// `2024-01-31`, `1/31/2024`, `31-Jan-2024`.
    fn date(&mut self, text: &str) -> Result<(), Problem> {
        for part in text.split(['-', '/', '.', ' ']) {
            if part.bytes().all(|byte| byte.is_ascii_alphabetic()) && !part.is_empty() {
                let month = month(part).ok_or(Problem::Format)?;
                if self.text_month.replace(month).is_some() {
                    return Err(Problem::Format);
                }
            } else {
                self.push(part)?;
            }
        }
        Ok(())
    }

    /// `HH:MM`, `HH:MM:SS` with a fraction. (`MM:SS.fff`, where a fraction follows two fields.)
    fn time(&mut self, text: &str) -> Result<(), Problem> {
        if self.time.is_some() {
            return Err(Problem::Format);
        }
        let (clock, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
        let mut parts = Vec::new();
        for part in clock.split(':') {
            let value: i64 = part.parse().map_err(|_| match part {
                "" => Problem::Format,
                _ => Problem::Field,
            })?;
            parts.push(value);
        }
        let (hour, minute, second) = match parts.as_slice() {
            [minute, second] if !fraction.is_empty() => (0, *minute, *second),
            [hour, minute] => (*hour, *minute, 0),
            [hour, minute, second] => (*hour, *minute, *second),
            _ => return Err(Problem::Format),
        };
        let fraction = match fraction {
            "" => 0,
            _ => fraction_microseconds(fraction).ok_or(Problem::Format)?,
        };
        if minute > 59 || second > 60 || hour > 24 {
            return Err(Problem::Field);
        }
        let time = since_midnight(hour, minute, second) + fraction;
        if time > MICROSECONDS_PER_DAY {
            return Err(Problem::Field);
        }
        self.time = Some(time);
        Ok(())
    }

    /// The moment, once all fields are read.
    fn finish(self) -> Result<Moment, Problem> {
        let microseconds = self.time_of_day()?;
        let days = match self.day {
            Some(days) => days,
            None => self.civil()?.to_days(),
        };
        Ok(Moment::At { days, microseconds, west: self.west })
    }

    fn time_of_day(&self) -> Result<i64, Problem> {
        let Some(time) = self.time else {
            return if self.afternoon.is_some() { Err(Problem::Format) } else { Ok(0) };
        };
        let Some(afternoon) = self.afternoon else { return Ok(time) };
        let hour = time / MICROSECONDS_PER_HOUR;
        match (afternoon, hour) {
            (_, 13..) => Err(Problem::Field),
            (false, 12) => Ok(time - 12 * MICROSECONDS_PER_HOUR),
            (true, 0..=11) => Ok(time + 12 * MICROSECONDS_PER_HOUR),
            _ => Ok(time),
        }
    }

    /// Year, month and day, by the order in which they stand.
    fn civil(&self) -> Result<Civil, Problem> {
        let (year, month, day) = match (self.text_month, self.numbers.as_slice()) {
            (Some(month), [first, second]) if first.digits >= 3 => (*first, month, second.value),
            (Some(month), [first, second]) => (*second, month, first.value),
            (None, [year, month, day]) if year.digits >= 3 || self.year_first => {
                (*year, month.value, day.value)
            }
            (None, [month, day, year]) => (*year, month.value, day.value),
            _ => return Err(Problem::Format),
        };
        let year = match (self.bc, year) {
            (_, Number { value: 0, digits }) if digits > 2 || self.bc => {
                return Err(Problem::Field);
            }
            (true, Number { value, .. }) => 1 - value,
            (false, Number { value, digits }) if digits <= 2 => century_of(value),
            (false, Number { value, .. }) => value,
        };
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(Problem::MonthOrDay);
        }
        if day > days_in_month(year, month) {
            return Err(Problem::Field);
        }
        Ok(Civil { year, month, day })
    }
}

/// Microseconds since midnight.
fn since_midnight(hour: i64, minute: i64, second: i64) -> i64 {
    hour * MICROSECONDS_PER_HOUR
        + minute * MICROSECONDS_PER_MINUTE
        + second * MICROSECONDS_PER_SECOND
}

/// The year that two digits stand for: 1970 to 2069.
fn century_of(value: i64) -> i64 {
    if value < 70 { value + 2000 } else { value + 1900 }
}

/// Whether a signed word is a zone: `+02`, `-0530`, `+05:30`.
fn is_zone(text: &str) -> bool {
    let digits = &text[1..];
    digits.len() <= 8 && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
}
