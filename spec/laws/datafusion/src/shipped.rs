//! States on their way: as a record batch of the declared state fields, in Arrow's stream format.
//!
//! In front of the stream stand its length and a hash of it, so that what the laws say of damaged and malformed bytes is about
//! this envelope, and not about Arrow's reader, which is no part of an aggregate.

use std::sync::Arc;

use datafusion_common::Result;
use datafusion_common::arrow::array::{ArrayRef, RecordBatch};
use datafusion_common::arrow::datatypes::{Field, FieldRef, Schema};
use datafusion_common::arrow::ipc::reader::StreamReader;
use datafusion_common::arrow::ipc::writer::StreamWriter;

/// The length of the stream and its hash.
const HEAD: usize = 2 * size_of::<u64>();

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn head(stream: &[u8]) -> [u8; HEAD] {
    let numbers = [stream.len() as u64, hash(stream)].map(u64::to_le_bytes);
    std::array::from_fn(|place| numbers[place / 8][place % 8])
}

/// A state as bytes, under the declared fields or, without any, under fields of its own types.
///
/// # Errors
/// If the arrays are not what the fields declare: another number, type or a NULL where none may be.
pub(crate) fn encode(fields: Option<&[FieldRef]>, state: &[ArrayRef]) -> Result<Vec<u8>> {
    let own = || {
        let field = |array: &ArrayRef| Arc::new(Field::new("s", array.data_type().clone(), true));
        state.iter().map(field).collect()
    };
    let schema = Schema::new(fields.map_or_else(own, <[FieldRef]>::to_vec));
    let batch = RecordBatch::try_new(Arc::new(schema), state.to_vec())?;
    let mut bytes = vec![0; HEAD];
    let mut writer = StreamWriter::try_new(&mut bytes, &batch.schema())?;
    writer.write(&batch)?;
    writer.finish()?;
    drop(writer);
    let head = head(&bytes[HEAD..]);
    bytes[..HEAD].copy_from_slice(&head);
    Ok(bytes)
}

/// The inverse of [`encode`]; `None` for bytes that it does not write.
pub(crate) fn decode(bytes: &[u8]) -> Option<Vec<ArrayRef>> {
    let (found, stream) = bytes.split_first_chunk::<HEAD>()?;
    if *found != head(stream) {
        return None;
    }
    let mut reader = StreamReader::try_new(stream, None).ok()?;
    let batch = reader.next()?.ok()?;
    Some(batch.columns().to_vec())
}

#[cfg(test)]
mod tests {
    use datafusion_common::ScalarValue;
    use datafusion_common::arrow::datatypes::DataType;

    use super::*;

    #[test]
    fn a_state_travels_and_no_prefix_of_it_does() {
        let state = [ScalarValue::from(7i64), ScalarValue::from("x")]
            .map(|value| value.to_array().expect("an array"));
        let bytes = encode(None, &state).expect("bytes");
        assert_eq!(decode(&bytes).expect("a state"), state);
        assert!((0..bytes.len()).all(|length| decode(&bytes[..length]).is_none()));
    }

    #[test]
    fn a_state_that_is_not_as_declared_does_not_travel() {
        let fields = [Arc::new(Field::new("n", DataType::Int32, false))];
        let state = [ScalarValue::from(7i64).to_array().expect("an array")];
        assert!(encode(Some(&fields), &state).is_err());
        let null = [ScalarValue::Int32(None).to_array().expect("an array")];
        assert!(encode(Some(&fields), &null).is_err());
    }
}
