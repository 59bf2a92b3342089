//! A schedule as data: who takes part, who claims what, in which order; from one seed.
//!
//! ```
//! use bothways_parallel::Schedule;
//! let schedule: Schedule = "simulated seed=7 launched=2 leader=on claims=skewed bytes=on".parse()?;
//! assert_eq!(schedule.launched, Some(2));
//! assert_eq!(schedule.to_string(), "simulated seed=7 launched=2 leader=on claims=skewed bytes=on");
//! # Ok::<(), bothways_parallel::schedule::ScheduleError>(())
//! ```

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "faults")]
use crate::fault::Fault;
pub use crate::protocol::Claims;

/// How one run is carried out. Its text form (`Display`, `FromStr`) is what cases store:
/// `simulated seed=7 launched=2 leader=on claims=skewed bytes=on`. What a text leaves out is as in the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Real threads, or the simulated runtime.
    pub runtime: Runtime,
    /// At most this many workers arrive, whatever the plan asks for; `None`: all of them.
    pub launched: Option<usize>,
    /// Whether the leader takes part (it always does if no worker arrives); `None`: as the setting
    /// `parallel_leader_participation` says.
    pub leader: Option<bool>,
    /// How blocks are handed out.
    pub claims: Claims,
    /// Whether transition states cross the Gather as bytes (serialize, deserialize) instead of typed columns.
    pub states_as_bytes: bool,
    /// Cuts tables into blocks of this many rows instead of by the page model, so that few rows make many claims.
    pub rows_per_block: Option<u32>,
    /// Counts rows, loops and time of every plan node (EXPLAIN ANALYZE): [`spec::outcome::Trace::nodes`].
    pub instrument: bool,
    /// A planted fault: a test of the oracle, never a way to run a query.
    #[cfg(feature = "faults")]
    pub fault: Option<Fault>,
}

/// Who runs the participants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Runtime {
    /// Threads; the operating system decides.
    #[default]
    Threads,
    /// One thread; this seed decides whose turn it is, whose queue is read next and when the leader joins in.
    Simulated {
        /// The seed.
        seed: u64,
    },
}

/// A text that is not a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleError {
    /// The word that is wrong.
    pub word: String,
    /// What is wrong with it.
    pub because: &'static str,
}

impl Schedule {
    /// The simulated runtime with this seed; everything else as in the default.
    pub fn simulated(seed: u64) -> Schedule {
        Schedule { runtime: Runtime::Simulated { seed }, ..Schedule::default() }
    }

    /// Whether this fault is planted: never, unless the feature `faults` is on and the schedule asks for it.
    #[cfg(feature = "faults")]
    pub(crate) fn plants(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Whether this fault is planted: never, unless the feature `faults` is on and the schedule asks for it.
    #[cfg(not(feature = "faults"))]
    pub(crate) fn plants(&self, _: crate::fault::Fault) -> bool {
        false
    }

    fn read_pair(&mut self, key: &str, value: &str) -> Result<(), &'static str> {
        const NUMBER: &str = "expected a number";
        match key {
            "launched" => self.launched = Some(value.parse().map_err(|_| NUMBER)?),
            "leader" => self.leader = Some(switch(value)?),
            "claims" => self.claims = claims(value)?,
            "bytes" => self.states_as_bytes = switch(value)?,
            "block" => {
                let rows = value.parse().map_err(|_| NUMBER)?;
                self.rows_per_block = Some(rows).filter(|rows| *rows > 0);
                self.rows_per_block.ok_or("a block has at least one row")?;
            }
            "instrument" => self.instrument = switch(value)?,
            #[cfg(feature = "faults")]
            "fault" => self.fault = Some(value.parse().map_err(|_| "there is no such fault")?),
            #[cfg(not(feature = "faults"))]
            "fault" => return Err("this program was built without the feature `faults`"),
            _ => return Err("unknown key"),
        }
        Ok(())
    }
}

fn switch(value: &str) -> Result<bool, &'static str> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("expected on or off"),
    }
}

fn claims(value: &str) -> Result<Claims, &'static str> {
    const KINDS: &str = "expected ranges, one-block, skewed or fixed:BLOCKS";
    match value {
        "ranges" => Ok(Claims::Ranges),
        "one-block" => Ok(Claims::OneBlock),
        "skewed" => Ok(Claims::Skewed),
        _ => {
            let blocks = value.strip_prefix("fixed:").and_then(|n| n.parse().ok()).ok_or(KINDS)?;
            if blocks == 0 {
                Err("a claim has at least one block")
            } else {
                Ok(Claims::Fixed(blocks))
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = |switch| if switch { "on" } else { "off" };
        match self.runtime {
            Runtime::Threads => f.write_str("threads")?,
            Runtime::Simulated { seed } => write!(f, "simulated seed={seed}")?,
        }
        if let Some(launched) = self.launched {
            write!(f, " launched={launched}")?;
        }
        if let Some(leader) = self.leader {
            write!(f, " leader={}", on(leader))?;
        }
        match self.claims {
            Claims::Ranges => {}
            Claims::OneBlock => f.write_str(" claims=one-block")?,
            Claims::Skewed => f.write_str(" claims=skewed")?,
            Claims::Fixed(blocks) => write!(f, " claims=fixed:{blocks}")?,
        }
        if self.states_as_bytes {
            f.write_str(" bytes=on")?;
        }
        if let Some(rows) = self.rows_per_block {
            write!(f, " block={rows}")?;
        }
        if self.instrument {
            f.write_str(" instrument=on")?;
        }
        #[cfg(feature = "faults")]
        if let Some(fault) = self.fault {
            write!(f, " fault={fault}")?;
        }
        Ok(())
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Schedule, ScheduleError> {
        let wrong = |word: &str, because| ScheduleError { word: word.to_owned(), because };
        let mut words = text.split_whitespace();
        let (mut schedule, mut seed) = (Schedule::default(), None);
        let simulated = match words.next() {
            Some("threads") => false,
            Some("simulated") => true,
            other => {
                let because = "a schedule begins with threads or simulated";
                return Err(wrong(other.unwrap_or(""), because));
            }
        };
        for word in words {
            let (key, value) = word.split_once('=').ok_or(wrong(word, "expected key=value"))?;
            if key == "seed" {
                seed = Some(value.parse().map_err(|_| wrong(word, "expected a number"))?);
            } else {
                schedule.read_pair(key, value).map_err(|because| wrong(word, because))?;
            }
        }
        schedule.runtime = match (simulated, seed) {
            (true, Some(seed)) => Runtime::Simulated { seed },
            (true, None) => {
                return Err(wrong("simulated", "a simulated schedule needs seed=NUMBER"));
            }
            (false, None) => Runtime::Threads,
            (false, Some(_)) => return Err(wrong("seed", "threads have no seed")),
        };
        Ok(schedule)
    }
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a schedule: `{}`: {}", self.word, self.because)
    }
}

impl std::error::Error for ScheduleError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_reads_back_from_its_text() {
        for text in [
            "threads",
            "threads launched=0 leader=off",
            "simulated seed=18446744073709551615 launched=2 leader=on claims=skewed bytes=on",
            "simulated seed=0 claims=fixed:3 block=4 instrument=on",
            "simulated seed=1 claims=one-block",
        ] {
            let schedule: Schedule = text.parse().unwrap();
            assert_eq!(schedule.to_string(), text);
        }
    }

    #[test]
    fn a_wrong_text_says_which_word_is_wrong_and_why() {
        let error = |text: &str| text.parse::<Schedule>().unwrap_err().to_string();
        assert_eq!(error(""), "not a schedule: ``: a schedule begins with threads or simulated");
        assert_eq!(
            error("simulated"),
            "not a schedule: `simulated`: a simulated schedule needs seed=NUMBER"
        );
        assert_eq!(error("threads seed=1"), "not a schedule: `seed`: threads have no seed");
        assert_eq!(
            error("threads leader=maybe"),
            "not a schedule: `leader=maybe`: expected on or off"
        );
        assert_eq!(error("threads bytes"), "not a schedule: `bytes`: expected key=value");
        assert_eq!(
            error("threads block=0"),
            "not a schedule: `block=0`: a block has at least one row"
        );
        assert!(error("threads claims=all").contains("expected ranges"));
    }
}
