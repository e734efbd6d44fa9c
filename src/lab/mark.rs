//! Mark certificates of the lab: what evidence documents of BIMI hold (RFC 9399).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// id-kp-BrandIndicatorforMessageIdentification.
pub(crate) const USAGE: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 31];
/// id-pe-logotype (RFC 9399 §4.1).
pub(crate) const LOGOTYPE: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 1, 12];

const OID: u8 = 0x06;
const OCTETS: u8 = 0x04;
const IA5: u8 = 0x16;
const SEQUENCE: u8 = 0x30;

/// One element of DER (X.690 §8.1).
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => bytes.push(short),
        Ok(_) | Err(_) => {
            let octets: Vec<u8> = length.into_iter().skip_while(|octet| *octet == 0).collect();
            bytes.push(0x80 | u8::try_from(octets.len()).unwrap_or(0));
            bytes.extend(octets);
        }
    }
    bytes.extend(content);
    bytes
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

/// The extension with one drawing as the subject's mark: media type, SHA-256 and the drawing itself.
pub(crate) fn logotype(drawing: &str) -> Vec<u8> {
    let sha256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    let hash = digest(&SHA256, drawing.as_bytes());
    let hash = sequence(&[
        sequence(&[element(OID, &sha256)]),
        element(OCTETS, hash.as_ref()),
    ]);
    let address = format!("data:image/svg+xml;base64,{}", STANDARD.encode(drawing));
    let details = sequence(&[
        element(IA5, b"image/svg+xml"),
        sequence(&[hash]),
        sequence(&[element(IA5, address.as_bytes())]),
    ]);
    let images = sequence(&[sequence(&[details])]);
    // `subjectLogo [2]`, explicit; `direct [0]`, implicit.
    let direct = element(0xa0, &images);
    sequence(&[element(0xa2, &direct)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_short_and_long() {
        assert_eq!(element(4, &[7]), [4, 1, 7]);
        assert_eq!(element(4, &[0; 0x80]).get(..3), Some(&[4, 0x81, 0x80][..]));
        assert_eq!(element(4, &[0; 300]).get(..4), Some(&[4, 0x82, 1, 44][..]));
    }

    #[test]
    fn the_mark_holds_the_hash_of_the_drawing() {
        let mark = logotype("<svg/>");
        let hash = digest(&SHA256, b"<svg/>");
        assert!(mark.windows(32).any(|window| window == hash.as_ref()));
    }
}
