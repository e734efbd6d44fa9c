//! The record of a client's hello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2, RFC 6101 §5.6.1.2).

use super::ClientHello;
use super::flight::extension;
use crate::facts::tls::TlsVersion;

/// Stands for `renegotiation_info` where no extensions can be sent (RFC 5746 §3.3).
const EMPTY_RENEGOTIATION_INFO: u16 = 0x00ff;

/// The number of a version on the wire.
pub(super) const fn wire(version: TlsVersion) -> u16 {
    match version {
        TlsVersion::Ssl30 => 0x0300,
        TlsVersion::Tls10 => 0x0301,
        TlsVersion::Tls11 => 0x0302,
        TlsVersion::Tls12 => 0x0303,
        TlsVersion::Tls13 => 0x0304,
    }
}

impl ClientHello {
    /// The hello in its record, with this random value.
    ///
    /// A hello that would not fit into one record is cut short in its lists, which no sensible hello needs.
    pub fn record(&self, random: [u8; 32]) -> Vec<u8> {
        let old = self.version == TlsVersion::Ssl30;
        let modern = self.version == TlsVersion::Tls13;
        let mut body = wire(self.version.min(TlsVersion::Tls12))
            .to_be_bytes()
            .to_vec();
        body.extend(random);
        // RFC 8446 §D.4: with a session identifier the hello looks to devices on the way like TLS 1.2.
        body.extend(vector(1, if modern { &random } else { &[] }));
        let mut suites = self.suites.clone();
        if old {
            suites.push(EMPTY_RENEGOTIATION_INFO);
        }
        body.extend(vector(2, &shorts(&suites)));
        let compression: &[u8] = if modern { &[0] } else { &[1, 0] };
        body.extend(vector(1, compression));
        if !old {
            body.extend(vector(2, &self.extensions()));
        }
        let mut message = vec![1];
        message.extend(vector(3, &body));
        // The record version that all servers take (RFC 8446 §5.1).
        let mut record = vec![22, 3, u8::from(!old)];
        record.extend(vector(2, &message));
        record
    }

    fn extensions(&self) -> Vec<u8> {
        let modern = self.version == TlsVersion::Tls13;
        let mut made = Vec::new();
        if !self.name.is_empty() {
            let mut entry = vec![0];
            entry.extend(vector(2, self.name.as_bytes()));
            add(&mut made, extension::SERVER_NAME, &vector(2, &entry));
        }
        add(&mut made, extension::STATUS_REQUEST, &[1, 0, 0, 0, 0]);
        if !self.groups.is_empty() {
            let groups = vector(2, &shorts(&self.groups));
            add(&mut made, extension::SUPPORTED_GROUPS, &groups);
        }
        if self.version >= TlsVersion::Tls12 {
            let schemes = vector(2, &shorts(&self.schemes));
            add(&mut made, extension::SIGNATURE_ALGORITHMS, &schemes);
        }
        add(&mut made, extension::SIGNED_CERTIFICATE_TIMESTAMP, &[]);
        if modern {
            let versions = vector(1, &shorts(&[wire(TlsVersion::Tls13)]));
            add(&mut made, extension::SUPPORTED_VERSIONS, &versions);
            add(&mut made, extension::PSK_KEY_EXCHANGE_MODES, &[1, 1]);
            // RFC 8446 §4.2.8: no share, so that the server names the group that it wants.
            add(&mut made, extension::KEY_SHARE, &[0, 0]);
        } else {
            add(&mut made, extension::EC_POINT_FORMATS, &[1, 0]);
            add(&mut made, extension::HEARTBEAT, &[1]);
            add(&mut made, extension::ENCRYPT_THEN_MAC, &[]);
            add(&mut made, extension::EXTENDED_MASTER_SECRET, &[]);
            add(&mut made, extension::SESSION_TICKET, &[]);
            add(&mut made, extension::RENEGOTIATION_INFO, &[0]);
        }
        made
    }
}

fn add(made: &mut Vec<u8>, kind: u16, content: &[u8]) {
    made.extend(kind.to_be_bytes());
    made.extend(vector(2, content));
}

fn shorts(numbers: &[u16]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

/// The bytes with their length before them, in this many bytes.
fn vector(bytes: usize, content: &[u8]) -> Vec<u8> {
    let most = if bytes == 1 { 0xff } else { 0x3fff };
    let content = content.get(..most).unwrap_or(content);
    let length = u32::try_from(content.len()).unwrap_or_default();
    let octets = length.to_be_bytes();
    let mut made = octets
        .get(4_usize.saturating_sub(bytes)..)
        .unwrap_or_default()
        .to_vec();
    made.extend(content);
    made
}

#[cfg(test)]
mod tests {
    use super::super::bytes::Bytes;
    use super::*;
    use proptest::prelude::*;

    const VERSIONS: [TlsVersion; 5] = [
        TlsVersion::Ssl30,
        TlsVersion::Tls10,
        TlsVersion::Tls11,
        TlsVersion::Tls12,
        TlsVersion::Tls13,
    ];

    fn hello(version: TlsVersion) -> ClientHello {
        ClientHello {
            version,
            suites: vec![0xc02f, 0x002f],
            groups: vec![29, 23],
            schemes: vec![0x0403],
            name: "mx.example.org".to_owned(),
        }
    }

    /// Record version, hello version, suites, compression methods and the kinds of extensions.
    type Parts = (u16, u16, Vec<u16>, Vec<u8>, Vec<u16>);

    fn numbers(bytes: &[u8]) -> Vec<u16> {
        bytes
            .chunks(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect()
    }

    fn parts(record: &[u8]) -> Option<Parts> {
        let mut record = Bytes(record);
        assert_eq!(record.byte(), Some(22));
        let outer = record.short()?;
        let mut message = Bytes(record.vector(2)?);
        assert!(record.0.is_empty());
        assert_eq!(message.byte(), Some(1));
        let mut body = Bytes(message.vector(3)?);
        assert!(message.0.is_empty());
        let inner = body.short()?;
        assert_eq!(body.take(32), Some(&[7; 32][..]));
        body.vector(1)?;
        let suites = numbers(body.vector(2)?);
        let compression = body.vector(1)?.to_vec();
        let mut kinds = Vec::new();
        if !body.0.is_empty() {
            let mut extensions = Bytes(body.vector(2)?);
            while let Some(kind) = extensions.short() {
                extensions.vector(2)?;
                kinds.push(kind);
            }
        }
        assert!(body.0.is_empty());
        Some((outer, inner, suites, compression, kinds))
    }

    #[test]
    fn each_version_has_its_form() {
        for (version, outer, inner, extensions) in [
            (TlsVersion::Ssl30, 0x0300, 0x0300, 0),
            (TlsVersion::Tls10, 0x0301, 0x0301, 10),
            (TlsVersion::Tls11, 0x0301, 0x0302, 10),
            (TlsVersion::Tls12, 0x0301, 0x0303, 11),
            (TlsVersion::Tls13, 0x0301, 0x0303, 8),
        ] {
            let read = parts(&hello(version).record([7; 32])).unwrap();
            assert_eq!((read.0, read.1), (outer, inner), "{version:?}");
            assert_eq!(read.4.len(), extensions, "{version:?}: {:?}", read.4);
            let modern = version == TlsVersion::Tls13;
            assert_eq!(read.3, if modern { vec![0] } else { vec![1, 0] });
            assert_eq!(read.4.contains(&extension::KEY_SHARE), modern);
        }
        let oldest = parts(&hello(TlsVersion::Ssl30).record([7; 32])).unwrap();
        assert_eq!(oldest.2, [0xc02f, 0x002f, EMPTY_RENEGOTIATION_INFO]);
    }

    #[test]
    fn without_a_name_none_is_sent() {
        let hello = ClientHello {
            name: String::new(),
            ..hello(TlsVersion::Tls12)
        };
        let read = parts(&hello.record([7; 32])).unwrap();
        assert!(!read.4.contains(&extension::SERVER_NAME));
    }

    proptest! {
        #[test]
        fn every_hello_is_well_formed(
            at in 0_usize..5,
            suites in proptest::collection::vec(any::<u16>(), 1..250),
            groups in proptest::collection::vec(any::<u16>(), 0..60),
            name in "[a-z.]{0,253}",
        ) {
            let hello = ClientHello {
                suites: suites.clone(),
                groups,
                name,
                ..hello(VERSIONS[at])
            };
            let read = parts(&hello.record([7; 32])).unwrap();
            prop_assert!(read.2.starts_with(&suites));
        }
    }
}
