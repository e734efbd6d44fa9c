//! What a client says first, put together from records, and what the canned server looks at.

use std::collections::BTreeMap;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt as _};

pub(crate) const SSL30: u16 = 0x0300;
pub(crate) const TLS10: u16 = 0x0301;
pub(crate) const TLS11: u16 = 0x0302;
pub(crate) const TLS12: u16 = 0x0303;
pub(crate) const TLS13: u16 = 0x0304;
/// The record type of handshake messages.
pub(crate) const HANDSHAKE: u8 = 22;
/// The most bytes that a greeting may take with its record headers.
const MOST: usize = 1 << 16;
const SUPPORTED_GROUPS: u16 = 10;
const SUPPORTED_VERSIONS: u16 = 43;

/// A greeting, as it came and as it was understood.
#[derive(Debug)]
pub(crate) struct Greeting {
    /// The records, byte by byte.
    pub(crate) raw: Vec<u8>,
    pub(crate) hello: Hello,
}

/// A `ClientHello` (RFC 5246 §7.4.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hello {
    version: u16,
    pub(crate) suites: Vec<u16>,
    pub(crate) compressions: Vec<u8>,
    /// The extensions by their type.
    extensions: BTreeMap<u16, Vec<u8>>,
}

/// Reads records until a whole `ClientHello` is there.
pub(crate) async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Greeting> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidData);
    let mut raw = Vec::new();
    let mut message: Vec<u8> = Vec::new();
    loop {
        let mut header = [0; 5];
        stream.read_exact(&mut header).await?;
        let [kind, _, _, high, low] = header;
        if kind != HANDSHAKE {
            return Err(invalid());
        }
        let mut body = vec![0; usize::from(u16::from_be_bytes([high, low]))];
        stream.read_exact(&mut body).await?;
        raw.extend(header);
        raw.extend(&body);
        message.extend(&body);
        if is_whole(&message) {
            let hello = Hello::parse(&message).ok_or_else(invalid)?;
            return Ok(Greeting { raw, hello });
        }
        if raw.len() > MOST {
            return Err(invalid());
        }
    }
}

/// Whether a handshake message is there to its end.
fn is_whole(message: &[u8]) -> bool {
    let Some(&[_, a, b, c]) = message.first_chunk::<4>() else {
        return false;
    };
    let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX);
    message.len().saturating_sub(4) >= length
}

/// Takes a block off the front whose length stands before it in this many bytes.
fn block<'a>(rest: &mut &'a [u8], width: usize) -> Option<&'a [u8]> {
    let length = rest
        .get(..width)?
        .iter()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    let taken = rest.get(width..width + length)?;
    *rest = rest.get(width + length..)?;
    Some(taken)
}

/// Numbers of two bytes each.
fn numbers(bytes: &[u8]) -> Vec<u16> {
    let pairs = bytes.as_chunks::<2>().0.iter();
    pairs.map(|pair| u16::from_be_bytes(*pair)).collect()
}

impl Hello {
    /// Reads the message with its header.
    pub(crate) fn parse(message: &[u8]) -> Option<Self> {
        let version = u16::from_be_bytes(*message.get(4..)?.first_chunk::<2>()?);
        let mut rest = message.get(4 + 2 + 32..)?;
        block(&mut rest, 1)?;
        let suites = numbers(block(&mut rest, 2)?);
        let compressions = block(&mut rest, 1)?.to_vec();
        let mut extensions = BTreeMap::new();
        // Clients of SSL 3.0 and TLS 1.0 may have none.
        let mut listed = block(&mut rest, 2).unwrap_or_default();
        while let Some(&[high, low]) = listed.first_chunk::<2>() {
            listed = listed.get(2..)?;
            let body = block(&mut listed, 2)?.to_vec();
            extensions.insert(u16::from_be_bytes([high, low]), body);
        }
        Some(Self {
            version,
            suites,
            compressions,
            extensions,
        })
    }

    /// Whether the extension is there.
    pub(crate) fn has(&self, extension: u16) -> bool {
        self.extensions.contains_key(&extension)
    }

    /// Whether the client would speak this version (RFC 8446 §4.2.1; before that, every one up to its own).
    pub(crate) fn offers(&self, version: u16) -> bool {
        match self.extensions.get(&SUPPORTED_VERSIONS) {
            Some(body) => numbers(body.get(1..).unwrap_or_default()).contains(&version),
            None => version <= self.version,
        }
    }

    /// The key exchange groups, where the client lists them.
    pub(crate) fn groups(&self) -> Option<Vec<u16>> {
        let body = self.extensions.get(&SUPPORTED_GROUPS)?;
        Some(numbers(body.get(2..).unwrap_or_default()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    /// The message of a greeting of this version that offers these suites, compressions and extensions.
    pub(crate) fn message(
        version: u16,
        suites: &[u16],
        compressions: &[u8],
        extensions: &[(u16, &[u8])],
    ) -> Vec<u8> {
        fn sized(width: usize, body: &[u8]) -> Vec<u8> {
            let length = body.len().to_be_bytes();
            [&length[length.len() - width..], body].concat()
        }
        let suites: Vec<u8> = suites
            .iter()
            .flat_map(|suite| suite.to_be_bytes())
            .collect();
        let extensions: Vec<u8> = extensions
            .iter()
            .flat_map(|(kind, body)| [kind.to_be_bytes().to_vec(), sized(2, body)].concat())
            .collect();
        let mut body = [&version.to_be_bytes()[..], &[7; 32], &[0]].concat();
        body.extend(sized(2, &suites));
        body.extend(sized(1, compressions));
        if !extensions.is_empty() {
            body.extend(sized(2, &extensions));
        }
        [&[1], &sized(3, &body)[..]].concat()
    }

    /// The same, in one record.
    pub(crate) fn record(message: &[u8]) -> Vec<u8> {
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        [&[HANDSHAKE, 3, 1], &length[..], message].concat()
    }

    #[test]
    fn versions_are_those_listed_or_all_up_to_the_one_named() {
        let old = Hello::parse(&message(TLS11, &[0x002f], &[0], &[])).unwrap();
        let offered = [SSL30, TLS10, TLS11, TLS12, TLS13].map(|version| old.offers(version));
        assert_eq!(offered, [true, true, true, false, false]);
        let listed = [4, 3, 4, 3, 1];
        let new = Hello::parse(&message(TLS12, &[0x1301], &[0], &[(43, &listed)])).unwrap();
        let offered = [SSL30, TLS10, TLS11, TLS12, TLS13].map(|version| new.offers(version));
        assert_eq!(offered, [false, true, false, false, true]);
    }

    #[tokio::test]
    async fn a_greeting_may_come_in_many_records_and_reads() {
        let whole = message(TLS12, &[0xc02b, 0x002f], &[1, 0], &[(10, &[0, 2, 0, 23])]);
        let sent: Vec<u8> = whole.chunks(7).flat_map(record).collect();
        let (mut client, mut server) = tokio::io::duplex(3);
        let expected = sent.clone();
        let sender = tokio::spawn(async move { client.write_all(&sent).await });
        let greeting = read(&mut server).await.unwrap();
        sender.await.unwrap().unwrap();
        assert_eq!(greeting.raw, expected);
        assert_eq!(greeting.hello, Hello::parse(&whole).unwrap());
        assert_eq!(greeting.hello.groups(), Some(vec![23]));
        assert_eq!(greeting.hello.compressions, [1, 0]);
    }

    #[tokio::test]
    async fn what_is_no_greeting_is_an_error() {
        let mut endless = Vec::new();
        for _ in 0..5 {
            endless.extend([HANDSHAKE, 3, 1, 0x40, 0]);
            endless.extend([&[1, 0xff, 0xff, 0xff][..], &[0; 0x4000 - 4]].concat());
        }
        for sent in [b"EHLO me.test\r\n".to_vec(), endless] {
            assert!(read(&mut sent.as_slice()).await.is_err());
        }
    }

    proptest::proptest! {
        #[test]
        fn no_greeting_breaks_the_reader(message: Vec<u8>) {
            if let Some(hello) = Hello::parse(&message) {
                let _ = (hello.groups(), hello.offers(TLS12));
            }
        }
    }
}
