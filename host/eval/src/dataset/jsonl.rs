//! One JSON object a line.

use super::DatasetError;
use super::source::Source;

/// Moves the next line that is not blank to `record`. Its number, from 1; `None` at the end.
pub(crate) fn next(source: &mut Source, record: &mut Vec<u8>) -> Result<Option<u64>, DatasetError> {
    source.skip_space()?;
    let began = source.line();
    loop {
        let available = source.available()?;
        if available.is_empty() {
            return Ok((!record.is_empty()).then_some(began));
        }
        match available.iter().position(|&byte| byte == b'\n') {
            Some(end) => {
                source.take(end, record, began)?;
                return Ok(Some(began));
            }
            None => {
                let all = available.len();
                source.take(all, record, began)?;
            }
        }
    }
}
