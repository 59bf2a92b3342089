//! The accumulators with a fault each; `faulty.rs` says which class is which.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use laws::{Aggregate, Class, from_closures};

fn add(state: &mut Option<i64>, row: &Option<i16>) {
    if let Some(row) = row {
        *state = Some(state.unwrap_or(0) + i64::from(*row));
    }
}

/// F1: a sum whose combine opens two NULL states.
pub(super) fn both_null() -> impl Aggregate<Input = Option<i16>> {
    let combine = |state: &mut Option<i64>, other: &Option<i64>| {
        *state = match (*state, *other) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => Some(a.or(b).expect("one of them is set")),
        };
    };
    from_closures(|| None, add, combine, |state| *state)
}

/// F2: a sum to which a NULL state on the left adds nothing but NULL.
pub(super) fn null_wins() -> impl Aggregate<Input = Option<i16>> {
    let combine = |state: &mut Option<i64>, other: &Option<i64>| {
        *state =
            state.zip(*other).map(|(a, b)| a + b).or(if other.is_none() { *state } else { None });
    };
    from_closures(|| None, add, combine, |state| *state)
}

/// F3: an AND of bits whose empty part is a zero.
pub(super) fn empty_set_wins() -> impl Aggregate<Input = u8> {
    from_closures(
        || None,
        |bits: &mut Option<u8>, row: &u8| *bits = Some(bits.map_or(*row, |bits| bits & row)),
        |bits, other| *bits = bits.map(|b| b & other.unwrap_or(0)).or(other.map(|o| o)),
        |bits| *bits,
    )
}

/// F4: an AND of bits that skips a part whose answer is no bit at all, as if it had seen no row.
pub(super) fn empty_result_skipped() -> impl Aggregate<Input = u8> {
    let combine = |bits: &mut Option<u8>, other: &Option<u8>| match (*bits, *other) {
        (Some(a), Some(b)) if b != 0 => *bits = Some(a & b),
        (None, b) => *bits = b,
        _ => (),
    };
    from_closures(
        || None,
        |bits: &mut Option<u8>, row: &u8| *bits = Some(bits.map_or(*row, |bits| bits & row)),
        combine,
        |bits| *bits,
    )
}

/// F5: a sum that begins with 10.
pub(super) fn init_per_worker() -> impl Aggregate<Input = i16> {
    from_closures(
        || 10,
        |sum, row: &i16| *sum += i64::from(*row),
        |sum, other: &i64| *sum += other,
        |sum| *sum,
    )
}

/// F6: a maximum whose NULL state panics when it is sent.
pub(super) fn null_not_sent() -> impl Aggregate<Input = Option<i16>> {
    from_closures(
        || None,
        |most: &mut Option<i16>, row: &Option<i16>| *most = (*most).max(*row),
        |most, other| *most = (*most).max(*other),
        |most| *most,
    )
    .bytes(
        |most| most.expect("a state that has seen a row").to_le_bytes().to_vec(),
        |bytes| bytes.try_into().ok().map(|bytes| Some(i16::from_le_bytes(bytes))),
    )
}

/// F7: a sum of squares that arrives without its count.
pub(super) fn field_lost() -> impl Aggregate<Input = i16> {
    from_closures(
        || (0u64, 0i64),
        |state: &mut (u64, i64), row: &i16| *state = (state.0 + 1, state.1 + i64::from(*row)),
        |state, other| *state = (state.0 + other.0, state.1 + other.1),
        |state| *state,
    )
    .bytes(
        |state| state.1.to_le_bytes().to_vec(),
        |bytes| bytes.try_into().ok().map(|sum| (0, i64::from_le_bytes(sum))),
    )
}

/// F8: moments that no longer collect squares when they have travelled, though what they have combines well.
pub(super) fn flag_lost() -> impl Aggregate<Input = i16> {
    from_closures(
        || (true, 0i64, 0i64),
        |state: &mut (bool, i64, i64), row: &i16| {
            let row = i64::from(*row);
            state.1 += row;
            state.2 += if state.0 { row * row } else { 0 };
        },
        |state, other| *state = (state.0, state.1 + other.1, state.2 + other.2),
        |state| (state.1, state.2),
    )
    .bytes(
        |state| [state.1.to_le_bytes(), state.2.to_le_bytes()].concat(),
        |bytes| match bytes.as_chunks() {
            ([sum, squares], []) => {
                Some((false, i64::from_le_bytes(*sum), i64::from_le_bytes(*squares)))
            }
            _ => None,
        },
    )
}

/// F9: a list whose first byte is believed to be its length.
pub(super) fn trusting_index() -> impl Aggregate<Input = u8> {
    from_closures(
        Vec::new,
        |list, row: &u8| list.push(*row),
        |list, other| list.extend(other),
        Vec::clone,
    )
    .class(Class::InputOrder)
    .bytes(
        |list| [&[list.len() as u8][..], list].concat(),
        |bytes| Some(bytes[1..=usize::from(bytes[0])].to_vec()),
    )
}

/// F9: a list that makes room for as many rows as its bytes announce.
pub(super) struct TrustingLength;

impl Aggregate for TrustingLength {
    type Input = u8;
    type State = Vec<u8>;
    type Output = Vec<u8>;
    fn init(&self) -> Vec<u8> {
        Vec::new()
    }
    fn update(&self, list: &mut Vec<u8>, row: &u8) {
        list.push(*row);
    }
    fn combine(&self, list: &mut Vec<u8>, other: &Vec<u8>) {
        list.extend(other);
    }
    fn finish(&self, list: &Vec<u8>) -> Vec<u8> {
        list.clone()
    }
    fn encode(&self, list: &Vec<u8>) -> Option<Vec<u8>> {
        Some([&(list.len() as u32).to_le_bytes()[..], list].concat())
    }
    fn decode(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (length, rows) = bytes.split_first_chunk()?;
        // A megabyte stands for all the memory there is.
        let mut list = Vec::with_capacity(u32::from_le_bytes(*length).min(1 << 20) as usize);
        list.extend(rows);
        Some(list)
    }
    fn footprint(&self, list: &Vec<u8>) -> Option<usize> {
        Some(list.capacity())
    }
    fn class(&self) -> Class {
        Class::InputOrder
    }
}

/// F10: a sum that is set already, and ignores what comes.
pub(super) fn source_dropped() -> impl Aggregate<Input = Option<i16>> {
    let combine = |state: &mut Option<i64>, other: &Option<i64>| *state = state.or(*other);
    from_closures(|| None, add, combine, |state| *state)
}

/// F11: a last value whose combine takes the first part that is set.
pub(super) fn first_for_last() -> impl Aggregate<Input = u8> {
    from_closures(
        || None,
        |last, row: &u8| *last = Some(*row),
        |last: &mut Option<u8>, other| *last = last.or(*other),
        |last| *last,
    )
    .class(Class::InputOrder)
}

/// F12: a mean whose combine adds the sums, and of the counts takes the larger one.
pub(super) fn counter_left_behind() -> impl Aggregate<Input = u8> {
    from_closures(
        || (0u32, 0u32),
        |state: &mut (u32, u32), row: &u8| *state = (state.0 + 1, state.1 + u32::from(*row)),
        |state, other| *state = (state.0.max(other.0), state.1 + other.1),
        |state| state.1.checked_div(state.0),
    )
}

/// F13: a list of lists, where each part is one element.
pub(super) fn nested_list() -> impl Aggregate<Input = u8> {
    from_closures(
        Vec::new,
        |lists: &mut Vec<Vec<u8>>, row: &u8| lists.push(vec![*row]),
        |lists, other: &Vec<Vec<u8>>| lists.push(other.concat()),
        |lists| lists.clone(),
    )
    .class(Class::InputOrder)
}

/// F14: a set of bits that keeps its size, and combines without counting again.
pub(super) fn stale_cache() -> impl Aggregate<Input = u8> {
    from_closures(
        || (0u64, 0u32),
        |state: &mut (u64, u32), row: &u8| {
            state.0 |= 1 << (row % 64);
            state.1 = state.0.count_ones();
        },
        |state, other| {
            state.0 |= other.0;
            if state.1 == 0 {
                state.1 = other.1;
            }
        },
        |state| state.1,
    )
}

/// F15: a list that takes the other's list for its own, when it has none yet.
pub(super) fn shared_state() -> impl Aggregate<Input = u8> {
    type List = Rc<RefCell<Vec<u8>>>;
    let combine = |list: &mut List, other: &List| {
        if list.borrow().is_empty() {
            *list = Rc::clone(other);
        } else {
            let more = other.borrow().clone();
            list.borrow_mut().extend(more);
        }
    };
    let push = |list: &mut List, row: &u8| list.borrow_mut().push(*row);
    let finish = |list: &List| list.borrow().clone();
    from_closures(List::default, push, combine, finish).class(Class::InputOrder)
}

/// F15: sums that lie in an arena, of which combine keeps the address.
#[derive(Default)]
pub(super) struct FreedState {
    arena: RefCell<Vec<i64>>,
}

impl FreedState {
    fn place(&self, sum: i64) -> usize {
        self.arena.borrow_mut().push(sum);
        self.arena.borrow().len() - 1
    }
}

impl Aggregate for FreedState {
    type Input = i16;
    type State = Option<usize>;
    type Output = Option<i64>;
    fn init(&self) -> Option<usize> {
        None
    }
    fn update(&self, state: &mut Option<usize>, row: &i16) {
        let sum = self.finish(state).unwrap_or(0) + i64::from(*row);
        *state = Some(self.place(sum));
    }
    fn combine(&self, state: &mut Option<usize>, other: &Option<usize>) {
        *state = match (self.finish(state), self.finish(other)) {
            (Some(a), Some(b)) => Some(self.place(a + b)),
            _ => state.or(*other),
        };
    }
    fn finish(&self, state: &Option<usize>) -> Option<i64> {
        state.map(|place| self.arena.borrow()[place])
    }
    fn poison(&self, state: &mut Option<usize>) {
        if let Some(place) = state.take() {
            self.arena.borrow_mut()[place] = i64::MIN;
        }
    }
}

/// F16: a list that its answer is moved out of.
pub(super) fn consuming_finish() -> impl Aggregate<Input = u8> {
    from_closures(
        || RefCell::new(Vec::new()),
        |list: &mut RefCell<Vec<u8>>, row: &u8| list.get_mut().push(*row),
        |list, other| list.get_mut().extend(other.borrow().iter()),
        RefCell::take,
    )
    .class(Class::InputOrder)
}

/// F17: a sum whose batches apply the offset of a slice twice.
pub(super) struct OffsetTwice;

impl Aggregate for OffsetTwice {
    type Input = i16;
    type State = i64;
    type Output = i64;
    fn init(&self) -> i64 {
        0
    }
    fn update(&self, sum: &mut i64, row: &i16) {
        *sum += i64::from(*row);
    }
    fn combine(&self, sum: &mut i64, other: &i64) {
        *sum += other;
    }
    fn finish(&self, sum: &i64) -> i64 {
        *sum
    }
    fn update_batch(&self, sum: &mut i64, batch: &[i16], rows: Range<usize>) {
        let slice = batch[rows.start..].iter().skip(rows.start).take(rows.len());
        *sum += slice.map(|row| i64::from(*row)).sum::<i64>();
    }
}

/// F17: a sum that believes in one state a batch.
pub(super) struct OneStateABatch;

impl Aggregate for OneStateABatch {
    type Input = i16;
    type State = i64;
    type Output = i64;
    fn init(&self) -> i64 {
        0
    }
    fn update(&self, sum: &mut i64, row: &i16) {
        *sum += i64::from(*row);
    }
    fn combine(&self, sum: &mut i64, other: &i64) {
        *sum += other;
    }
    fn finish(&self, sum: &i64) -> i64 {
        *sum
    }
    fn combine_batch(&self, sum: &mut i64, batch: &[i64], states: Range<usize>) {
        *sum += batch[states].first().unwrap_or(&0);
    }
}

/// A sum of eight bits that fails if the total does not fit, with a combine of one's own.
fn narrow(
    update: fn(&mut Option<i32>, &i8),
    combine: fn(&mut Option<i32>, &Option<i32>),
) -> Narrow {
    Narrow { update, combine }
}

pub(super) struct Narrow {
    update: fn(&mut Option<i32>, &i8),
    combine: fn(&mut Option<i32>, &Option<i32>),
}

impl Aggregate for Narrow {
    type Input = i8;
    /// `None` is the error.
    type State = Option<i32>;
    type Output = Result<i8, &'static str>;
    fn init(&self) -> Option<i32> {
        Some(0)
    }
    fn update(&self, state: &mut Option<i32>, row: &i8) {
        (self.update)(state, row);
    }
    fn combine(&self, state: &mut Option<i32>, other: &Option<i32>) {
        (self.combine)(state, other);
    }
    fn finish(&self, state: &Option<i32>) -> Self::Output {
        state.and_then(|sum| sum.try_into().ok()).ok_or("out of range")
    }
    fn is_error(&self, output: &Self::Output) -> bool {
        output.is_err()
    }
}

/// F18: rows are added with care, parts wrap around.
pub(super) fn overflow_lost() -> Narrow {
    narrow(
        |sum, row| *sum = sum.map(|sum| sum + i32::from(*row)),
        |sum, other| *sum = sum.zip(*other).map(|(a, b)| (a as i8).wrapping_add(b as i8).into()),
    )
}

/// F19: an overflow on the way is an error for ever, though the total fits.
pub(super) fn overflow_latched() -> Narrow {
    fn fits(sum: i32) -> Option<i32> {
        i8::try_from(sum).is_ok().then_some(sum)
    }
    narrow(
        |sum, row| *sum = sum.and_then(|sum| fits(sum + i32::from(*row))),
        |sum, other| *sum = sum.zip(*other).and_then(|(a, b)| fits(a + b)),
    )
}

/// F20: means that are combined by their counts, of which both may be 0.
pub(super) fn nan_of_empty() -> impl Aggregate<Input = u8> {
    from_closures(
        || (0.0, 0.0),
        |state: &mut (f64, f64), row: &u8| {
            state.0 += 1.0;
            state.1 += (f64::from(*row) - state.1) / state.0;
        },
        |state, other: &(f64, f64)| {
            let count = state.0 + other.0;
            *state = (count, (state.0 * state.1 + other.0 * other.1) / count);
        },
        |state| state.1,
    )
    .agree(|_, a, b| a.is_nan() == b.is_nan())
}

/// F21: a sum that is exact of integers this small, but combines its parts as `f32`.
pub(super) fn drifting_mean() -> impl Aggregate<Input = i32> {
    from_closures(
        || 0.0,
        |sum, row: &i32| *sum += f64::from(*row),
        |sum, other: &f64| *sum = f64::from((*sum + other) as f32),
        |sum| *sum,
    )
}

/// F22: a count of distinct values that adds the counts of the parts.
pub(super) fn distinct_added() -> impl Aggregate<Input = u8> {
    from_closures(
        || (0u64, Vec::new()),
        |state: &mut (u64, Vec<u8>), row: &u8| {
            if !state.1.contains(row) {
                state.1.push(*row);
                state.0 += 1;
            }
        },
        |state, other| {
            state.0 += other.0;
            state.1.extend(&other.1);
        },
        |state| state.0,
    )
}

/// F23: the smallest so-many, where each part goes by the number that came with its own first row.
pub(super) fn limit_of_the_left() -> impl Aggregate<Input = (u8, u8)> {
    type Smallest = (Option<usize>, Vec<u8>);
    fn keep((limit, values): &mut Smallest, more: &[u8]) {
        values.extend(more);
        values.sort_unstable();
        values.truncate(limit.unwrap_or(0));
    }
    from_closures(
        || (None, Vec::new()),
        |state: &mut Smallest, (limit, row): &(u8, u8)| {
            state.0.get_or_insert(usize::from(limit % 3));
            keep(state, &[*row]);
        },
        |state, other| {
            state.0 = state.0.or(other.0);
            keep(state, &other.1);
        },
        |state| state.1.clone(),
    )
}

/// F24: a median of medians.
pub(super) fn median_of_medians() -> impl Aggregate<Input = u8> {
    fn median(values: &[u8]) -> Option<u8> {
        let mut values = values.to_vec();
        values.sort_unstable();
        values.get(values.len().saturating_sub(1) / 2).copied()
    }
    from_closures(
        Vec::new,
        |values, row: &u8| values.push(*row),
        |values, other: &Vec<u8>| values.extend(median(other)),
        |values| median(values),
    )
}

/// F27: a sum of which the last part that arrives is kept.
pub(super) fn one_part_kept() -> impl Aggregate<Input = i16> {
    from_closures(
        || 0i64,
        |sum, row: &i16| *sum += i64::from(*row),
        |sum, other| *sum = *other,
        |sum| *sum,
    )
}

/// F28: a count of parts' rows where a part without rows sends the row of an empty input.
pub(super) fn default_per_worker() -> impl Aggregate<Input = u8> {
    from_closures(
        Vec::new,
        |list, row: &u8| list.push(*row),
        |list, other: &Vec<u8>| list.extend(other),
        Vec::len,
    )
    .bytes(
        |list| if list.is_empty() { vec![0] } else { list.clone() },
        |bytes| Some(bytes.to_vec()),
    )
}

/// F29: a state that comes back from disk with its two fields in the order of the other buffer, which only update minds.
pub(super) fn other_layout() -> impl Aggregate<Input = u8> {
    #[derive(Clone, Debug)]
    struct Buffer {
        fields: [u64; 2],
        count: usize,
    }
    from_closures(
        || Buffer { fields: [0, 0], count: 0 },
        |state: &mut Buffer, row: &u8| {
            state.fields[0] += 1;
            state.fields[1] += u64::from(*row);
        },
        |state, other| {
            for field in [0, 1] {
                let (here, there) = (field ^ state.count, field ^ other.count);
                state.fields[here] += other.fields[there];
            }
        },
        |state| (state.fields[state.count], state.fields[1 ^ state.count]),
    )
    .bytes(
        |state| {
            let ordered = [state.fields[state.count], state.fields[1 ^ state.count]];
            ordered.iter().flat_map(|field| field.to_le_bytes()).collect()
        },
        |bytes| match bytes.as_chunks() {
            ([count, sum], []) => {
                let fields = [u64::from_le_bytes(*sum), u64::from_le_bytes(*count)];
                Some(Buffer { fields, count: 1 })
            }
            _ => None,
        },
    )
}

/// F30: a count that takes a row itself for the state of this row.
pub(super) struct RowAsState;

impl Aggregate for RowAsState {
    type Input = u8;
    type State = u64;
    type Output = u64;
    fn init(&self) -> u64 {
        0
    }
    fn update(&self, count: &mut u64, _: &u8) {
        *count += 1;
    }
    fn combine(&self, count: &mut u64, other: &u64) {
        *count += other;
    }
    fn finish(&self, count: &u64) -> u64 {
        *count
    }
    fn single(&self, row: &u8) -> u64 {
        u64::from(*row)
    }
}

/// F31: the width of the covered range, of parts that are believed to follow one another.
pub(super) fn assumes_ranges() -> impl Aggregate<Input = u8> {
    from_closures(
        || None,
        |range: &mut Option<(u8, u8)>, row: &u8| {
            *range = Some(range.map_or((*row, *row), |(a, b)| (a.min(*row), b.max(*row))));
        },
        |range, other| *range = range.map(|(a, b)| (a, other.map_or(b, |o| o.1))).or(*other),
        |range| *range,
    )
}

/// F32: a minimum where a part without rows has a NULL that is less than anything, unless it is on the left.
pub(super) fn null_is_least() -> impl Aggregate<Input = Option<u8>> {
    let least = |least: &mut Option<u8>, row: &Option<u8>| {
        if let Some(row) = row {
            *least = Some(least.map_or(*row, |least| least.min(*row)));
        }
    };
    let combine = |least: &mut Option<u8>, other: &Option<u8>| {
        *least = if least.is_none() { *other } else { (*least).min(*other) };
    };
    from_closures(|| None, least, combine, |least| *least).nulls(Option::is_none)
}
