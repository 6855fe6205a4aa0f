//! Comma-separated values under a header, as RFC 4180 has them: fields in double quotes may hold commas, line ends, and
//! double quotes written twice.

use std::sync::Arc;

use super::DatasetError;
use super::error::quoted;
use super::fields::{Known, NAMES_OF_INPUT};
use super::raw::RawRecord;
use super::source::Source;

/// The names of the columns. A column without a name (the index that pandas writes) is empty here and left out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header(Vec<String>);

/// Reads the first record as the header of a dataset, which has an input.
pub(crate) fn header(source: &mut Source) -> Result<Arc<Header>, DatasetError> {
    let (line, header) = columns(source)?;
    let names = &header.0;
    let has = |known| names.iter().any(|name| Known::of(name) == Some(known));
    if !has(Known::Input) && !has(Known::Conversation) {
        let found = names.iter().take(12).map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let problem = format!("no column holds the input, there are {found}: call one {NAMES_OF_INPUT}");
        return Err(DatasetError::broken(source.path(), line, problem));
    }
    Ok(header)
}

/// Reads the first record as the header of any table, with its line.
pub(crate) fn columns(source: &mut Source) -> Result<(u64, Arc<Header>), DatasetError> {
    let mut bytes = Vec::new();
    let Some(line) = next(source, &mut bytes)? else {
        return Err(source.broken(
            "the file is empty: the first line has to name the columns, such as `id,input,expected_output`",
        ));
    };
    let broken = |problem: String| Err(DatasetError::broken(source.path(), line, problem));
    let names: Vec<String> = match cells(&bytes) {
        Ok(names) => names.into_iter().map(|name| name.trim().to_owned()).collect(),
        Err(problem) => return broken(problem),
    };
    if let [only] = names.as_slice()
        && let Some(separator) =
            [(';', "semicolons"), ('\t', "tabs")].into_iter().find(|(sign, _)| only.contains(*sign))
    {
        return broken(format!("the columns are separated by {}: save the file with commas", separator.1));
    }
    for (index, name) in names.iter().enumerate() {
        if !name.is_empty() && names[..index].contains(name) {
            return broken(format!("two columns are called {}: rename one", quoted(name)));
        }
    }
    Ok((line, Arc::new(Header(names))))
}

/// Moves the next record to `record`, with its quotes. The line of its first byte, from 1; `None` at the end.
pub(crate) fn next(source: &mut Source, record: &mut Vec<u8>) -> Result<Option<u64>, DatasetError> {
    loop {
        skip_line_ends(source)?;
        let line = split(source, record)?;
        // Spreadsheets end a file with rows of nothing but commas.
        if line.is_none() || !record.iter().all(|byte| matches!(byte, b',' | b' ' | b'\t')) {
            return Ok(line);
        }
        record.clear();
    }
}

fn skip_line_ends(source: &mut Source) -> Result<(), DatasetError> {
    loop {
        let line_ends = source.available()?.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if line_ends == 0 {
            return Ok(());
        }
        source.consume(line_ends);
    }
}

/// Where the walk through a record is.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    FieldStart,
    Plain,
    Quoted,
    /// After a quote in a quoted field: its end, or the first half of a quote written twice.
    Quote,
}

fn split(source: &mut Source, record: &mut Vec<u8>) -> Result<Option<u64>, DatasetError> {
    let began = source.line();
    let mut place = Place::FieldStart;
    loop {
        let available = source.available()?;
        if available.is_empty() {
            if place == Place::Quoted {
                return Err(DatasetError::broken(
                    source.path(),
                    began,
                    "a double quote is opened in the record that begins here and never closed",
                ));
            }
            return Ok((!record.is_empty()).then_some(began));
        }
        let mut end = None;
        for (index, &byte) in available.iter().enumerate() {
            place = match (place, byte) {
                (Place::Quoted, b'"') => Place::Quote,
                (Place::Quoted, _) | (Place::Quote | Place::FieldStart, b'"') => Place::Quoted,
                (_, b'\n' | b'\r') => {
                    end = Some(index);
                    break;
                }
                (_, b',') => Place::FieldStart,
                (_, _) => Place::Plain,
            };
        }
        let count = end.unwrap_or(available.len());
        source.take(count, record, began)?;
        if end.is_some() {
            return Ok(Some(began));
        }
    }
}

/// The cells of a record with the names of their columns.
pub(crate) fn named<'a>(raw: &RawRecord, header: &'a Header) -> Result<Vec<(&'a str, String)>, DatasetError> {
    let broken = |problem: String| DatasetError::broken(&raw.path, raw.line, problem);
    let cells = cells(&raw.bytes).map_err(broken)?;
    if cells.len() != header.0.len() {
        let (found, wanted) = (cells.len(), header.0.len());
        return Err(broken(format!(
            "{found} cells under {wanted} columns: put cells that hold commas or line ends in double quotes"
        )));
    }
    Ok(header.0.iter().map(String::as_str).zip(cells).filter(|(name, _)| !name.is_empty()).collect())
}

/// The cells of one record.
pub(crate) fn cells(record: &[u8]) -> Result<Vec<String>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(record.len().clamp(64, 64 << 10))
        .from_reader(record);
    let mut cells = csv::StringRecord::new();
    match reader.read_record(&mut cells) {
        Ok(_) => Ok(cells.iter().map(str::to_owned).collect()),
        Err(_) => Err("not UTF-8: save the file as UTF-8".into()),
    }
}
