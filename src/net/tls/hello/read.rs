//! Reads a flight from bytes as they come: messages may be split over records, and records over portions.

use super::super::names::{self, family};
use super::bytes::Bytes;
use super::flight::{End, EphemeralKey, Flight, ServerHello, extension};
use super::primes;
use crate::facts::tls::TlsVersion;

/// The random value of a `HelloRetryRequest` (RFC 8446 §4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// The longest record, with what compression and encryption may add (RFC 5246 §6.2.3).
const LONGEST_RECORD: usize = 16 * 1024 + 2048;

/// A flight in the making.
#[derive(Debug)]
pub(super) struct Reader {
    /// Bytes of records that are not whole.
    records: Vec<u8>,
    /// Bytes of handshake messages that are not whole.
    messages: Vec<u8>,
    /// A warning that came; it counts where nothing follows it.
    warning: Option<u8>,
    flight: Flight,
}

impl Reader {
    pub(super) const fn new() -> Self {
        Self {
            records: Vec::new(),
            messages: Vec::new(),
            warning: None,
            flight: Flight {
                hello: None,
                chain: Vec::new(),
                staple: Vec::new(),
                key: None,
                scheme: None,
                end: End::Closed,
            },
        }
    }

    /// Takes some bytes in; says how the flight ended, if it did.
    pub(super) fn feed(&mut self, portion: &[u8]) -> Option<End> {
        self.records.extend(portion);
        let records = std::mem::take(&mut self.records);
        let mut bytes = Bytes(&records);
        loop {
            match record(&mut bytes) {
                Err(words) => return Some(End::Malformed(words)),
                Ok(None) => break,
                Ok(Some((kind, content))) => {
                    if let Some(end) = self.record(kind, content) {
                        return Some(end);
                    }
                }
            }
        }
        self.records = bytes.0.to_vec();
        None
    }

    /// The flight as far as it came, with its end.
    pub(super) fn finish(mut self, end: End) -> Flight {
        let half = !self.records.is_empty() || !self.messages.is_empty();
        self.flight.end = match (end, self.warning) {
            (End::Closed, _) if half => End::Malformed("half a message and closed the connection"),
            (End::Closed, Some(alert)) if self.flight.hello.is_none() => End::Alert(alert),
            (end, _) => end,
        };
        self.flight
    }

    fn record(&mut self, kind: u8, content: &[u8]) -> Option<End> {
        match kind {
            21 => self.alert(content),
            // RFC 8446 §5.1.
            22 if content.is_empty() => Some(End::Malformed("an empty handshake record")),
            22 => {
                self.messages.extend(content);
                self.messages()
            }
            _ => Some(End::Malformed("a record of another kind than expected")),
        }
    }

    /// RFC 5246 §7.2: what is no more than a warning does not end the connection, unless it closes it.
    fn alert(&mut self, content: &[u8]) -> Option<End> {
        let mut content = Bytes(content);
        let Some((level, alert)) = content.byte().zip(content.byte()) else {
            return Some(End::Malformed("half an alert"));
        };
        if level == 1 && alert != 0 {
            self.warning = Some(alert);
            return None;
        }
        Some(End::Alert(alert))
    }

    fn messages(&mut self) -> Option<End> {
        let messages = std::mem::take(&mut self.messages);
        let mut bytes = Bytes(&messages);
        let mut ahead = bytes;
        while let Some((kind, body)) = ahead.byte().and_then(|kind| Some((kind, ahead.vector(3)?)))
        {
            bytes = ahead;
            match self.message(kind, body) {
                Some(false) => (),
                Some(true) => return Some(End::Whole),
                None => return Some(End::Malformed("a handshake message that can't be read")),
            }
        }
        self.messages = bytes.0.to_vec();
        None
    }

    /// Takes one message in; none where it can't be read, and otherwise whether it is the last.
    fn message(&mut self, kind: u8, body: &[u8]) -> Option<bool> {
        let mut body = Bytes(body);
        if self.flight.hello.is_none() && kind != 2 && kind != 0 {
            return None;
        }
        match kind {
            2 => {
                let hello = server_hello(&mut body)?;
                let last = hello.version == Some(TlsVersion::Tls13);
                self.flight.hello = Some(hello);
                return Some(last);
            }
            11 => {
                let mut list = Bytes(body.vector(3)?);
                let mut chain = Vec::new();
                while !list.0.is_empty() {
                    chain.push(list.vector(3)?.to_vec());
                }
                self.flight.chain = chain;
            }
            22 => {
                body.byte()?;
                self.flight.staple = body.vector(3)?.to_vec();
            }
            12 => self.key(&mut body)?,
            14 => return Some(true),
            // A request to begin, a request for a certificate, or what nobody asked for.
            _ => (),
        }
        Some(false)
    }

    /// RFC 8422 §5.4, RFC 5246 §7.4.3.
    fn key(&mut self, body: &mut Bytes<'_>) -> Option<()> {
        let hello = self.flight.hello.as_ref()?;
        let suite = names::suite(hello.suite);
        let key = if family::sends_curve(&suite) {
            if body.byte()? != 3 {
                // A curve without a name, which RFC 8422 forbids.
                return Some(());
            }
            let group = body.short()?;
            body.vector(1)?;
            EphemeralKey::Curve(group)
        } else if family::sends_prime(&suite) {
            let prime = body.vector(2)?;
            body.vector(2)?;
            body.vector(2)?;
            EphemeralKey::Field {
                name: primes::name(prime),
                bits: primes::bits(prime),
            }
        } else {
            return Some(());
        };
        if hello.version == Some(TlsVersion::Tls12) && !family::is_anonymous(&suite) {
            self.flight.scheme = Some(body.short()?);
        }
        self.flight.key = Some(key);
        Some(())
    }
}

/// The next record; nothing where it is not whole, and an error where it is none of TLS.
fn record<'a>(bytes: &mut Bytes<'a>) -> Result<Option<(u8, &'a [u8])>, &'static str> {
    let mut ahead = *bytes;
    let Some(kind) = ahead.byte() else {
        return Ok(None);
    };
    if !(20..=23).contains(&kind) {
        return Err("no record of TLS");
    }
    let Some(major) = ahead.byte() else {
        return Ok(None);
    };
    if major != 3 {
        return Err("a record of another protocol version than 3");
    }
    let mut length = ahead;
    if ahead.byte().is_none() || length.byte().is_none() {
        return Ok(None);
    }
    if length
        .short()
        .is_some_and(|length| usize::from(length) > LONGEST_RECORD)
    {
        return Err("a record that is too long");
    }
    let Some(content) = ahead.vector(2) else {
        return Ok(None);
    };
    *bytes = ahead;
    Ok(Some((kind, content)))
}

fn server_hello(body: &mut Bytes<'_>) -> Option<ServerHello> {
    let legacy = body.short()?;
    let random = body.take(32)?;
    body.vector(1)?;
    let suite = body.short()?;
    let compression = body.byte()?;
    let mut extensions = Vec::new();
    if !body.0.is_empty() {
        let mut list = Bytes(body.vector(2)?);
        while !list.0.is_empty() {
            extensions.push((list.short()?, list.vector(2)?.to_vec()));
        }
    }
    let mut hello = ServerHello {
        version: version(legacy),
        suite,
        compression,
        retry: random == RETRY,
        extensions,
    };
    if let Some(content) = hello.extension(extension::SUPPORTED_VERSIONS) {
        hello.version = Bytes(content).short().and_then(version);
    }
    Some(hello)
}

const fn version(code: u16) -> Option<TlsVersion> {
    match code {
        0x0300 => Some(TlsVersion::Ssl30),
        0x0301 => Some(TlsVersion::Tls10),
        0x0302 => Some(TlsVersion::Tls11),
        0x0303 => Some(TlsVersion::Tls12),
        0x0304 => Some(TlsVersion::Tls13),
        _ => None,
    }
}
