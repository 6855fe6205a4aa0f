//! Serialises what an iterator reads from the record as an array, without holding it.

use std::cell::RefCell;
use std::io;

use serde::ser::{Error as _, SerializeSeq};
use serde::{Serialize, Serializer};

use super::ReportError;
use crate::run::RecordError;

/// An array of what `items` gives. It can be serialised once; an error of the record ends it, and is found by
/// [`finish`](Self::finish).
pub(crate) struct Stream<I> {
    items: RefCell<I>,
    error: RefCell<Option<RecordError>>,
}

impl<I, T> Stream<I>
where
    I: Iterator<Item = Result<T, RecordError>>,
    T: Serialize,
{
    pub(crate) fn new(items: I) -> Self {
        Self { items: RefCell::new(items), error: RefCell::new(None) }
    }

    /// What went wrong while the stream was being serialised with this `result`.
    pub(crate) fn finish(self, result: serde_json::Result<()>) -> Result<(), ReportError> {
        match (self.error.into_inner(), result) {
            (Some(error), _) => Err(error.into()),
            (None, Err(error)) => Err(io::Error::from(error).into()),
            (None, Ok(())) => Ok(()),
        }
    }
}

impl<I, T> Serialize for Stream<I>
where
    I: Iterator<Item = Result<T, RecordError>>,
    T: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        for item in self.items.borrow_mut().by_ref() {
            match item {
                Ok(item) => array.serialize_element(&item)?,
                Err(error) => {
                    *self.error.borrow_mut() = Some(error);
                    return Err(S::Error::custom("the record cannot be read"));
                }
            }
        }
        array.end()
    }
}
