//! The few parts of DER (X.690 §8, §10) that certificates and OCSP responses are opened with.

/// One element: its tag, what it holds and how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The identifier octet: class, form and number in one (X.690 §8.1.2).
    pub tag: u8,
    /// What stands inside.
    pub content: &'a [u8],
    /// The element with its tag and length.
    pub whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// The elements inside, one after the other; ends at the first that can't be read.
    pub const fn children(self) -> Elements<'a> {
        Elements(self.content)
    }
}

/// The elements of some bytes, one after the other.
#[derive(Clone, Debug)]
pub struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// The elements that these bytes are made of.
    pub const fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next element if it has this tag; otherwise nothing is taken.
    pub fn tagged(&mut self, tag: u8) -> Option<Element<'a>> {
        let (element, rest) = read(self.0)?;
        (element.tag == tag).then(|| {
            self.0 = rest;
            element
        })
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (element, rest) = read(self.0)?;
        self.0 = rest;
        Some(element)
    }
}

/// An INTEGER.
pub const INTEGER: u8 = 0x02;
/// A BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// An OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// An OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;
/// An ENUMERATED.
pub const ENUMERATED: u8 = 0x0a;
/// A `GeneralizedTime`.
pub const GENERALIZED_TIME: u8 = 0x18;
/// A SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// A constructed, context-specific `[0]`; the next numbers follow.
pub const CONTEXT_0: u8 = 0xa0;

/// The first element of the bytes and what follows it; none where the bytes hold no whole element.
pub fn read(input: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = input.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (long_length(octets)?, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    let whole = input.get(..input.len() - rest.len())?;
    Some((
        Element {
            tag,
            content,
            whole,
        },
        rest,
    ))
}

fn long_length(octets: &[u8]) -> Option<usize> {
    if octets.is_empty() || octets.len() > 4 {
        return None;
    }
    let length = octets
        .iter()
        .fold(0_u64, |sum, &octet| sum << 8 | u64::from(octet));
    usize::try_from(length).ok()
}

/// Something that an authority signed: a certificate (RFC 5280 §4.1) or a basic OCSP response (RFC 6960 §4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    /// The bytes that are signed, with their tag and length.
    pub message: &'a [u8],
    /// What stands inside the `AlgorithmIdentifier` of the signature.
    pub algorithm: &'a [u8],
    /// The bytes of the signature.
    pub signature: &'a [u8],
}

impl<'a> Signed<'a> {
    /// Opens the outer SEQUENCE; none where it has another shape.
    pub fn read(der: &'a [u8]) -> Option<Self> {
        let mut parts = Elements::of(der).tagged(SEQUENCE)?.children();
        let message = parts.tagged(SEQUENCE)?.whole;
        let algorithm = parts.tagged(SEQUENCE)?.content;
        let (&unused_bits, signature) = parts.tagged(BIT_STRING)?.content.split_first()?;
        (unused_bits == 0).then_some(Self {
            message,
            algorithm,
            signature,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_and_long_lengths_are_read() {
        let (short, rest) = read(&[0x04, 0x02, 1, 2, 9]).unwrap();
        assert_eq!((short.tag, short.content, rest), (4, &[1, 2][..], &[9][..]));
        let mut long = vec![0x30, 0x82, 0x01, 0x00];
        long.extend([7; 256]);
        let (element, rest) = read(&long).unwrap();
        assert_eq!((element.content.len(), element.whole.len()), (256, 260));
        assert!(rest.is_empty());
    }

    #[test]
    fn what_is_no_whole_element_is_none() {
        let cases: &[&[u8]] = &[
            &[],
            &[0x30],
            &[0x30, 0x02, 0x00],
            &[0x30, 0x80, 0x00, 0x00],
            &[0x1f, 0x01, 0x00],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        ];
        for case in cases {
            assert_eq!(read(case), None, "{case:x?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = Signed::read(&bytes);
            let inner: usize = Elements::of(&bytes).map(|element| element.children().count()).sum();
            prop_assert!(inner <= bytes.len());
        }
    }
}
