//! Zones: offsets from Greenwich, in seconds west as PostgreSQL stores them.
//!
//! Offsets and a few fixed abbreviations are read. Zones whose offset depends on the date (`Europe/Prague`, most
//! abbreviations) are outside the subset: they need a database of rules. The session's zone is UTC. [departure.timezone]

use crate::error::{SqlError, sqlstate};
use crate::value::fields::Problem;
use crate::value::interval::Interval;
use crate::value::unit::Part;

/// Abbreviations that mean the same offset at all times, in hours east.
const FIXED: [(&str, i32); 19] = [
    ("utc", 0),
    ("gmt", 0),
    ("uct", 0),
    ("ut", 0),
    ("z", 0),
    ("zulu", 0),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
    ("cet", 1),
    ("cest", 2),
    ("eest", 3),
    ("jst", 9),
    ("wet", 0),
];

/// Abbreviations that PostgreSQL knows (`pg_timezone_abbrevs`) and we do not read.
const OTHERS: &str = " acdt acsst acst act acwst adt aedt aesst aest aft akdt akst almst almt amst amt anast anat arst art \
    ast awsst awst azost azot azst azt bdst bdt bnt bort bot bra brst brt bst btt cadt cast cct cetdst chadt chast chut \
    ckt clst clt cot cxt davt ddut easst east eat eet eetdst egst egt fet fjst fjt fkst fkt fnst fnt galt gamt gest get \
    gft gilt gyt hkt hst ict idt iot irkst irkt irt ist jayt kdt kgst kgt kost krast krat kst lhdt lhst ligt lint lkt \
    magst magt mart mawt mest mesz met metdst mez mht mmt mpt msd msk must mut mvt myt ndt nft novst novt npt nst nut \
    nzdt nzst nzt omsst omst pet petst pett pgt pht pkst pkt pmdt pmst pont pwt pyst pyt ret sadt sast sct sgt taht tft \
    tjt tkt tmt tot trut tvt ulast ulat uyst uyt uzst uzt vet vlast vlat volt vut wadt wakt wast wat wdt wetdst wft wgst \
    wgt xjt yakst yakt yapt yekst yekt ";

/// The zone of an abbreviation in lower case; `None` if it is none.
pub(crate) fn abbreviation(word: &str) -> Option<Result<i32, Problem>> {
    if let Some((_, hours)) = FIXED.iter().find(|(name, _)| *name == word) {
        return Some(Ok(-hours * 3600));
    }
    OTHERS.contains(&format!(" {word} ")).then_some(Err(Problem::Unsupported))
}

/// The zone of a sign and digits: `+02`, `-0530`, `+05:30:15` (`DecodeTimezone`).
pub(crate) fn numeric(text: &str) -> Result<i32, Problem> {
    let number = |digits: &str| digits.parse::<i32>().map_err(|_| Problem::Format);
    let (sign, digits) = text.split_at_checked(1).ok_or(Problem::Format)?;
    let parts: Vec<&str> = digits.split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [all] if all.len() > 2 => (number(all)? / 100, number(all)? % 100, 0),
        [hours] => (number(hours)?, 0, 0),
        [hours, minutes] => (number(hours)?, number(minutes)?, 0),
        [hours, minutes, seconds] => (number(hours)?, number(minutes)?, number(seconds)?),
        _ => return Err(Problem::Format),
    };
    if hours > 15 || minutes > 59 || seconds > 59 {
        return Err(Problem::Zone);
    }
    let east = hours * 3600 + minutes * 60 + seconds;
    Ok(if sign == "-" { east } else { -east })
}

/// Appends `+HH[:MM[:SS]]`.
pub(crate) fn write(west: i32, out: &mut String) {
    use std::fmt::Write;
    let (sign, size) = (if west <= 0 { '+' } else { '-' }, west.unsigned_abs());
    let (hours, minutes, seconds) = (size / 3600, size / 60 % 60, size % 60);
    let written = match (minutes, seconds) {
        (0, 0) => write!(out, "{sign}{hours:02}"),
        (_, 0) => write!(out, "{sign}{hours:02}:{minutes:02}"),
        _ => write!(out, "{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    };
    written.expect("writing to a string succeeds");
}

/// `timezone`, `timezone_hour` or `timezone_minute` of a zone, counted to the east.
pub(crate) fn part(unit_name: &str, west: i32) -> Part {
    let east = i64::from(-west);
    Part::Whole(match unit_name.to_ascii_lowercase().as_bytes() {
        [.., b'_', b'h', _, _, _] | [.., b'_', b'h'] => east / 3600,
        [.., b'_', b'm', _, _, _, _, _] | [.., b'_', b'm'] => east / 60 % 60,
        _ => east,
    })
}

/// The zone that AT TIME ZONE names, in seconds west. A bare offset is read as POSIX does: `+02` lies west.
///
/// # Errors
/// 0A000 for names of zones and abbreviations that we do not read.
pub fn named(name: &str) -> Result<i32, SqlError> {
    let lower = name.to_ascii_lowercase();
    let posix = lower.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let found = match abbreviation(&lower) {
        Some(found) => found,
        None if posix.starts_with(['+', '-']) => numeric(posix).map(|west| -west),
        None => Err(Problem::Unsupported),
    };
    found.map_err(|_| {
        let message = format!(
            "time zones other than UTC and fixed offsets are not supported yet: \"{name}\""
        );
        SqlError::new(sqlstate::FEATURE_NOT_SUPPORTED, message)
    })
}

/// The zone that an interval east of Greenwich denotes, in seconds west.
///
/// # Errors
/// 22023 if the interval has months or days.
pub fn of_interval(span: Interval) -> Result<i32, SqlError> {
    if span.months != 0 || span.days != 0 {
        let message = format!("interval time zone \"{span}\" must not include months or days");
        return Err(SqlError::new(sqlstate::INVALID_PARAMETER_VALUE, message));
    }
    Ok((span.microseconds / 1_000_000).wrapping_neg() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_in_every_form() {
        assert_eq!(numeric("+2"), Ok(-7200));
        assert_eq!(numeric("-0830"), Ok(30_600));
        assert_eq!(numeric("+05:30:15"), Ok(-19_815));
        assert_eq!(numeric("+16"), Err(Problem::Zone));
        assert_eq!(named("-08:30"), Ok(-30_600));
        assert_eq!(named("utc+3"), Ok(10_800));
        assert_eq!(named("EST"), Ok(18_000));
    }

    #[test]
    fn zones_with_rules_are_not_guessed() {
        for name in ["Europe/Prague", "MSK", "foo"] {
            assert_eq!(named(name).unwrap_err().sqlstate.as_str(), "0A000");
        }
    }
}
