//! The laws of states as bytes.

use std::panic::AssertUnwindSafe;

use super::observe::{Sides, Witness, fold};
use super::splitting::join;
use super::term::Term;
use super::{Aggregate, Finding, Law, quiet};

/// `decode(encode(a)) ≡ a`: a state that travelled as bytes finishes as the state that was sent, and so does what either is
/// combined with, from the left and from the right. [law.bytes]
///
/// Whether it takes in further rows is [`states_continue`](super::states_continue).
pub fn serialize_round_trips<A: Aggregate>(
    aggregate: &A,
    a: &[A::Input],
    b: &[A::Input],
) -> Option<Finding> {
    let law = Law::SerializeRoundTrips;
    let state = fold(aggregate, a);
    let bytes = aggregate.encode(&state)?;
    let text = || format!("a = {a:?}, b = {b:?}, encode(a) = {bytes:02x?}");
    let Some(decoded) = aggregate.decode(&bytes) else {
        let message = "decode refuses what encode wrote".into();
        return Some(Finding::new(law, message, text()));
    };
    let other = fold(aggregate, b);
    let terms = |kind: usize| {
        let (shipped, b) = (Term::rows(a).shipped(), Term::rows(b));
        let term = match kind {
            0 => shipped,
            1 => Term::join(shipped, b),
            _ => Term::join(b, shipped),
        };
        Witness::with_terms(text(), vec![term])
    };
    let (alone, before, behind) = ([a], [a, b], [b, a]);
    let sides = |states, names, rows| Sides { law, states, names, rows, further: &[] };
    sides([decoded.clone(), state.clone()], ["decode(encode(a))", "a"], &alone)
        .compare(aggregate, || terms(0))
        .or_else(|| {
            let ours = join(aggregate, decoded.clone(), &other);
            let states = [ours, join(aggregate, state.clone(), &other)];
            sides(states, ["decode(encode(a)) · b", "a · b"], &before)
                .compare(aggregate, || terms(1))
        })
        .or_else(|| {
            let ours = join(aggregate, other.clone(), &decoded);
            let states = [ours, join(aggregate, other.clone(), &state)];
            sides(states, ["b · decode(encode(a))", "b · a"], &behind)
                .compare(aggregate, || terms(2))
        })
}

/// No proper prefix of the bytes of a state is a state. [law.bytes.damaged]
pub fn damaged_bytes_are_refused<A: Aggregate>(
    aggregate: &A,
    rows: &[A::Input],
) -> Option<Finding> {
    let bytes = aggregate.encode(&fold(aggregate, rows))?;
    let accepted = (0..bytes.len()).find(|length| aggregate.decode(&bytes[..*length]).is_some())?;
    Some(Finding::new(
        Law::DamagedBytesAreRefused,
        format!("decode accepts the first {accepted} of {} bytes", bytes.len()),
        format!("rows = {rows:?}, bytes = {bytes:02x?}"),
    ))
}

/// A state may take this many bytes for each byte that it was decoded from, and this many beside.
const GROWTH: (usize, usize) = (64, 4096);

/// Malformed bytes are an error or a state, never a crash, and never a state out of all proportion to them: the bytes of a
/// state with some flipped, cut off, lengthened, enlarged as lengths would be, or any bytes at all.
/// [law.bytes.malformed]
///
/// What decode makes of them must not panic, and what it accepts must encode, and take ([`Aggregate::footprint`], where it is
/// known), no more than 64 bytes for each byte read and 4096 beside. Not seen: memory that decode asks for and gives back
/// before it returns, and an allocation so large that the program is aborted instead of panicking.
pub fn malformed_bytes_are_harmless<A: Aggregate>(
    aggregate: &A,
    rows: &[A::Input],
    choices: &[u8],
) -> Option<Finding> {
    let bytes = aggregate.encode(&fold(aggregate, rows))?;
    malformations(&bytes, choices).into_iter().find_map(|damaged| {
        let fault = harm(aggregate, &damaged)?;
        let text = format!("rows = {rows:?}, encode = {bytes:02x?}, damaged = {damaged:02x?}");
        Some(Finding::new(Law::MalformedBytesAreHarmless, fault, text))
    })
}

/// What is wrong with the answer of decode to these bytes.
fn harm<A: Aggregate>(aggregate: &A, bytes: &[u8]) -> Option<String> {
    let limit = GROWTH.0 * bytes.len() + GROWTH.1;
    let decode = AssertUnwindSafe(|| {
        let state = aggregate.decode(bytes)?;
        let written = aggregate.encode(&state).map_or(0, |again| again.len());
        Some(written.max(aggregate.footprint(&state).unwrap_or(0)))
    });
    match quiet::run(decode) {
        Ok(Some(size)) if size > limit => {
            Some(format!("decode makes a state of {size} bytes out of {} bytes", bytes.len()))
        }
        Ok(_) => None,
        Err(message) => Some(format!("decode panics: {message}")),
    }
}

/// Bytes gone wrong in the usual ways, at places that the choices say.
fn malformations(bytes: &[u8], choices: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new(), choices.to_vec(), [bytes, choices].concat()];
    let change = |at: usize, with: &[u8]| {
        let mut changed = bytes.to_vec();
        changed[at..at + with.len()].copy_from_slice(with);
        changed
    };
    if !bytes.is_empty() {
        let chosen = choices.iter().map(|choice| usize::from(*choice));
        for (turn, at) in chosen.take(4).map(|choice| choice % bytes.len()).enumerate() {
            all.push(bytes[..at].to_vec());
            all.push(change(at, &[bytes[at] ^ 1 << (turn * 2 + 1)]));
            all.push(change(at, &[255]));
        }
    }
    // Lengths: any four or eight bytes may be one, of either byte order, and an odd one is as good as a huge one.
    for width in [4, 8] {
        let places = (bytes.len() + 1).saturating_sub(width);
        let step = places / 8 + 1;
        let offset = choices.first().map_or(0, |choice| usize::from(*choice) % step);
        for at in (0..places).skip(offset).step_by(step) {
            all.push(change(at, &[255; 8][..width]));
            let mut large = bytes[at..at + width].to_vec();
            large[width - 2] |= 0x10;
            all.push(change(at, &large));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_go_wrong_is_tried() {
        let bytes = [1, 2, 3, 4, 5];
        let all = malformations(&bytes, &[7, 9]);
        for expected in [&[][..], &[7, 9], &[1, 2, 3, 4, 5, 7, 9], &[1, 2], &[1, 2, 255, 4, 5]] {
            assert!(all.contains(&expected.to_vec()), "{expected:?}");
        }
        assert!(all.contains(&vec![255, 255, 255, 255, 5]));
    }
}
