//! Whose fault it is when one state does not survive the way through Finalize: the bytes', or the combine function's.

use super::answer::Answer;
use super::ask::{Asker, Pair, Side};
use super::report::Law;
use super::scratch::Trouble;
use super::split::Case;

/// Errors of those who read bytes: protocol violation, invalid binary representation, invalid parameter.
const OF_READERS: [&str; 3] = ["08P01", "22P03", "22P02"];

/// Says which law is broken by a single part of an aggregate with an internal state.
///
/// Two aggregates of ours end with the serialization function in place of the final one. If the bytes are the same before
/// and after the way, the answers differ by what the bytes do not carry; if not, combine has changed the state.
///
/// # Errors
/// Ctrl-C, or a server that does not come back.
pub fn unit_or_bytes(asker: &mut Asker<'_>, case: &Case, pair: &Pair) -> Result<Law, Trouble> {
    if let Answer::Raised(raised) = &pair.1
        && OF_READERS.contains(&raised.state.as_str())
    {
        return Ok(Law::Bytes);
    }
    let aggregate = asker.subject.aggregate.clone();
    let (Some(combine), Some(serialize), Some(deserialize)) =
        (&aggregate.combine, &aggregate.serialize, &aggregate.deserialize)
    else {
        return Ok(Law::Unit);
    };
    let schema = asker.scratch.schema().to_owned();
    let types: Vec<&str> = asker.subject.pools.iter().map(|pool| pool.sql_type.as_str()).collect();
    let signature = if types.is_empty() { "*".into() } else { types.join(", ") };
    let created = asker.scratch.ask(&format!(
        "DROP AGGREGATE IF EXISTS {schema}.bytes_of({signature}); \
         CREATE AGGREGATE {schema}.bytes_of({signature}) (SFUNC = {}, STYPE = internal, FINALFUNC = {}, \
         COMBINEFUNC = {}, SERIALFUNC = {}, DESERIALFUNC = {})",
        aggregate.plain.transition.qualified(),
        serialize.qualified(),
        combine.qualified(),
        serialize.qualified(),
        deserialize.qualified()
    ));
    match created {
        Ok(_) => {}
        // Only a superuser may: then combine is under suspicion, which the bytes pass through too.
        Err(Trouble::Raised(_)) => return Ok(Law::Unit),
        Err(other) => return Err(other),
    }
    let mut shown = aggregate.clone();
    shown.quoted = format!("{schema}.bytes_of");
    let before = std::mem::replace(&mut asker.subject.aggregate, shown);
    let pairs = asker.pairs(&[case], &(Side::Whole, Side::Split));
    asker.subject.aggregate = before;
    let (whole, shipped) = pairs?.pop().unwrap_or((Answer::Unknown, Answer::Unknown));
    Ok(if whole == shipped { Law::Bytes } else { Law::Unit })
}
