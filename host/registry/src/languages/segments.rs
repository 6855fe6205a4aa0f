//! Fewer pieces of data in a core module. Go's linker writes one for each run of bytes that are not zero, tens of
//! thousands of them, and a host that fills memory by code compiles each: with so many, that takes a minute and gigabytes.

use wasm_encoder::reencode::utils::parse_core_module;
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{ConstExpr, DataSection, Module};
use wasmparser::{DataKind, DataSectionReader, Operator, Parser};

/// Zeros between two pieces that are written rather than left out.
const GAP: usize = 1024;

/// The module with neighbouring pieces of its data joined. One that overlaps, or is put into memory by code, stays as it
/// is.
pub(super) fn joined(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut made = Module::new();
    parse_core_module(&mut Joiner, &mut made, Parser::new(0), module).map_err(|error| error.to_string())?;
    Ok(made.finish())
}

struct Joiner;

impl Reencode for Joiner {
    type Error = std::convert::Infallible;

    fn parse_data_section(
        &mut self,
        data: &mut DataSection,
        section: DataSectionReader<'_>,
    ) -> Result<(), Error> {
        let Some(pieces) = pieces(section.clone())? else {
            return wasm_encoder::reencode::utils::parse_data_section(self, data, section);
        };
        for (offset, bytes) in join(pieces) {
            #[expect(
                clippy::cast_possible_wrap,
                reason = "an address above 2 GiB is written as a negative number"
            )]
            data.active(0, &ConstExpr::i32_const(offset as i32), bytes);
        }
        Ok(())
    }
}

/// A piece of data: its address, and its bytes.
type Piece<'a> = (u32, &'a [u8]);

/// The pieces in the order of their addresses; `None` where they cannot be moved.
fn pieces(section: DataSectionReader<'_>) -> Result<Option<Vec<Piece<'_>>>, Error> {
    let mut pieces = Vec::new();
    for piece in section {
        let piece = piece?;
        let DataKind::Active { memory_index: 0, offset_expr } = piece.kind else { return Ok(None) };
        let mut offset = offset_expr.get_operators_reader();
        let Operator::I32Const { value } = offset.read()? else { return Ok(None) };
        if !matches!(offset.read()?, Operator::End) {
            return Ok(None);
        }
        #[expect(clippy::cast_sign_loss, reason = "addresses have no sign")]
        pieces.push((value as u32, piece.data));
    }
    pieces.sort_by_key(|(offset, _)| *offset);
    let overlap = pieces.windows(2).any(|two| two[0].0 as usize + two[0].1.len() > two[1].0 as usize);
    Ok((!overlap).then_some(pieces))
}

fn join(pieces: Vec<Piece<'_>>) -> Vec<(u32, Vec<u8>)> {
    let mut joined: Vec<(u32, Vec<u8>)> = Vec::new();
    for (offset, bytes) in pieces {
        match joined.last_mut() {
            Some((start, last)) if offset as usize - (*start as usize + last.len()) <= GAP => {
                last.resize((offset - *start) as usize, 0);
                last.extend_from_slice(bytes);
            }
            _ => joined.push((offset, bytes.to_vec())),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_the_same_from_fewer_pieces() {
        let far = 70_000;
        let text = format!(
            r#"(module (memory 2) (data (i32.const 40) "b") (data (i32.const 8) "aa") (data (i32.const {far}) "c"))"#
        );
        let made = joined(&wat::parse_str(text).unwrap()).unwrap();
        let data: Vec<(u32, Vec<u8>)> = Parser::new(0)
            .parse_all(&made)
            .filter_map(|payload| match payload.unwrap() {
                wasmparser::Payload::DataSection(section) => pieces(section).unwrap(),
                _ => None,
            })
            .flatten()
            .map(|(offset, bytes)| (offset, bytes.to_vec()))
            .collect();
        let mut first = vec![0; 33];
        first[..2].copy_from_slice(b"aa");
        first[32] = b'b';
        assert_eq!(data, [(8, first), (far, b"c".to_vec())]);
    }

    #[test]
    fn what_overlaps_stays_as_it_is() {
        let module =
            wat::parse_str(r#"(module (memory 1) (data (i32.const 8) "aa") (data (i32.const 9) "b"))"#);
        let module = module.unwrap();
        let count = |module: &[u8]| {
            let sections = Parser::new(0).parse_all(module).filter_map(|payload| match payload.unwrap() {
                wasmparser::Payload::DataSection(section) => Some(section.count()),
                _ => None,
            });
            sections.sum::<u32>()
        };
        assert_eq!(count(&joined(&module).unwrap()), 2);
    }
}
