//! `md5`: the message digest of RFC 1321, as 32 hexadecimal digits. [expr.digest]

use crate::value::bytea::encode_hex;

/// By how much each step of a round rotates.
const ROTATIONS: [[u32; 4]; 4] =
    [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// What each step adds: the whole part of 2^32 times the sine of its number, from 1, without the sign.
fn addend(step: usize) -> u32 {
    (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32
}

/// The digest of a message.
fn digest(message: &[u8]) -> [u8; 16] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize(padded.len().next_multiple_of(64), 0);
    if padded.len() - message.len() < 9 {
        padded.resize(padded.len() + 64, 0);
    }
    let end = padded.len() - 8;
    padded[end..].copy_from_slice(&(message.len() as u64).wrapping_mul(8).to_le_bytes());
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    padded.chunks_exact(64).for_each(|block| take_in(&mut state, block));
    let mut digest = [0; 16];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    digest
}

/// Takes one block of 64 bytes into the state.
fn take_in(state: &mut [u32; 4], block: &[u8]) {
    let word = |at: usize| {
        let bytes = [block[4 * at], block[4 * at + 1], block[4 * at + 2], block[4 * at + 3]];
        u32::from_le_bytes(bytes)
    };
    let [mut a, mut b, mut c, mut d] = *state;
    for step in 0..64 {
        let round = step / 16;
        let (mixed, at) = match round {
            0 => ((b & c) | (!b & d), step),
            1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
            2 => (b ^ c ^ d, (3 * step + 5) % 16),
            _ => (c ^ (b | !d), (7 * step) % 16),
        };
        let sum = mixed.wrapping_add(a).wrapping_add(addend(step)).wrapping_add(word(at));
        (a, d, c) = (d, c, b);
        b = b.wrapping_add(sum.rotate_left(ROTATIONS[round][step % 4]));
    }
    for (held, new) in state.iter_mut().zip([a, b, c, d]) {
        *held = held.wrapping_add(new);
    }
}

fn md5(message: &[u8]) -> String {
    let mut text = String::with_capacity(32);
    encode_hex(&digest(message), &mut text);
    text
}

functions! {
    "md5"(text: Text) -> Text = md5(text.as_bytes());
    "md5"(bytes: Bytea) -> Text = md5(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standard() {
        crate::clauses!("expr.digest");
        // RFC 1321, A.5, and PostgreSQL 15.18 at the lengths where padding needs another block.
        let eighty = "1234567890".repeat(8);
        let expected = [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (&eighty, "57edf4a22be3c955ac49da2e2107b67a"),
        ];
        for (message, digest) in expected {
            assert_eq!(md5(message.as_bytes()), digest, "{message}");
        }
        let lengths = [
            (55, "04364420e25c512fd958a70738aa8f72"),
            (56, "668a72d5ba17f08e62dabcafad6db14b"),
            (63, "7dc2ca208106a2f703567bdff99d8981"),
            (64, "c1bb4f81d892b2d57947682aeb252456"),
        ];
        for (length, digest) in lengths {
            assert_eq!(md5("x".repeat(length).as_bytes()), digest, "{length}");
        }
    }
}
