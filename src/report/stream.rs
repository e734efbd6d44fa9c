//! A list in a JSON document that is written as it is made.

use serde::ser::{Error as _, Serialize, SerializeSeq as _, Serializer};
use std::io;
use std::marker::PhantomData;

/// A list whose items are handed, one after the other, to whom the function is called with.
pub(super) struct Stream<T, F> {
    each: F,
    item: PhantomData<T>,
}

impl<T, F> Stream<T, F>
where
    T: Serialize,
    F: Fn(&mut dyn FnMut(&T) -> io::Result<()>) -> io::Result<()>,
{
    /// A list of what `each` hands on.
    pub(super) const fn new(each: F) -> Self {
        Self {
            each,
            item: PhantomData,
        }
    }
}

impl<T, F> Serialize for Stream<T, F>
where
    T: Serialize,
    F: Fn(&mut dyn FnMut(&T) -> io::Result<()>) -> io::Result<()>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut trouble = None;
        let made = (self.each)(&mut |item| {
            list.serialize_element(item).map_err(|error| {
                trouble = Some(error);
                io::Error::other("not written")
            })
        });
        match (trouble, made) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(S::Error::custom(error)),
            (None, Ok(())) => list.end(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_written_as_they_come_and_trouble_in_making_them_is_told() {
        let whole = Stream::<u8, _>::new(|visit| (1..4).try_for_each(|number| visit(&number)));
        assert_eq!(serde_json::to_string(&whole).unwrap(), "[1,2,3]");
        let broken = Stream::<u8, _>::new(|visit| visit(&1).and(Err(io::Error::other("gone"))));
        let error = serde_json::to_string(&broken).unwrap_err();
        assert_eq!(error.to_string(), "gone");
    }
}
