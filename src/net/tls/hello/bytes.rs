//! Numbers and vectors of TLS (RFC 8446 §3), read from the front of some bytes.

/// The bytes that are still to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    /// This many bytes; none, and nothing taken, where fewer are left.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of this many bytes, at most four.
    fn number(&mut self, bytes: usize) -> Option<u32> {
        let taken = self.take(bytes)?;
        let sum = taken
            .iter()
            .fold(0, |sum, &byte| sum << 8 | u32::from(byte));
        Some(sum)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.number(1).and_then(|number| u8::try_from(number).ok())
    }

    pub(super) fn short(&mut self) -> Option<u16> {
        self.number(2).and_then(|number| u16::try_from(number).ok())
    }

    /// A vector whose length stands before it in this many bytes.
    pub(super) fn vector(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let length = usize::try_from(ahead.number(bytes)?).ok()?;
        let content = ahead.take(length)?;
        *self = ahead;
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_vectors_are_taken_from_the_front() {
        let mut bytes = Bytes(&[7, 1, 2, 0, 0, 2, 8, 9, 5]);
        assert_eq!(bytes.byte(), Some(7));
        assert_eq!(bytes.short(), Some(0x0102));
        assert_eq!(bytes.vector(3), Some(&[8, 9][..]));
        assert_eq!(bytes.vector(1), None);
        assert_eq!(bytes.0, [5]);
        assert_eq!(bytes.short(), None);
        assert_eq!(bytes.take(1), Some(&[5][..]));
        assert_eq!(bytes.byte(), None);
    }
}
