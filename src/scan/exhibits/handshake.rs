//! What TLS agreed on with an address, and what else the server takes.

use super::text::{Draft, fault, list, missing, words};
use crate::facts::observed::Observed;
use crate::facts::tls::offers::{Offers, OlderTls, Suite, VersionOffer, Weakness};
use crate::facts::tls::{OcspStatus, Tls, TlsVersion};
use crate::results::exhibit::ExhibitLine;

/// The most suites of one version that are shown.
const SUITES: usize = 12;

/// The lines of a handshake and of what is offered beyond it; none where neither was seen.
pub(super) fn lines(tls: Option<&Tls>, offers: Option<&Offers>) -> Vec<ExhibitLine> {
    let mut lines = Vec::new();
    if let Some(tls) = tls {
        let agreed = [version(tls.version), &tls.suite, &tls.group];
        lines.push(words(list(&agreed, agreed.len())));
        if !tls.signature_scheme.is_empty() {
            lines.push(words(["signature: ", &tls.signature_scheme].concat()));
        }
        lines.extend(revocation(tls));
    }
    if let Some(offers) = offers {
        lines.extend(versions(&offers.versions));
        lines.extend(offers.versions.iter().filter_map(suites));
        if let Some(older) = offers.older.value() {
            older_settings(&mut lines, older);
        }
        if offers.command_injection == Observed::present(true) {
            let text = "a command in clear text behind STARTTLS is answered inside TLS";
            let note = "somebody on the way can put commands into the session (CVE-2011-0411)";
            lines.push(fault(text, note, false));
        }
    }
    lines
}

/// The name of a version.
pub(super) const fn version(version: TlsVersion) -> &'static str {
    match version {
        TlsVersion::Ssl30 => "SSLv3",
        TlsVersion::Tls10 => "TLSv1.0",
        TlsVersion::Tls11 => "TLSv1.1",
        TlsVersion::Tls12 => "TLSv1.2",
        TlsVersion::Tls13 => "TLSv1.3",
    }
}

/// Which versions are taken, which refused, and of which it is not known.
fn versions(offers: &[VersionOffer]) -> Vec<ExhibitLine> {
    let named = |asked: fn(&VersionOffer) -> bool| -> Vec<&str> {
        let taken = offers.iter().filter(|offer| asked(offer));
        taken.map(|offer| version(offer.version)).collect()
    };
    let taken = named(|offer| offer.accepted.value().is_some());
    let refused = named(|offer| offer.accepted.is_absent());
    let mut lines = Vec::new();
    if !taken.is_empty() {
        let text = ["takes ", &list(&taken, 5)].concat();
        let mut draft = Draft::of(&text);
        for (old, note) in [
            ("TLSv1.1", "forbidden by RFC 8996"),
            ("TLSv1.0", "forbidden by RFC 8996"),
            ("SSLv3", "forbidden by RFC 7568"),
        ] {
            if taken.contains(&old) {
                draft.part(old, note, false);
            }
        }
        lines.push(draft.line());
    }
    if !refused.is_empty() {
        lines.push(words(["refuses ", &list(&refused, 5)].concat()));
    }
    let open = offers.iter().filter(|offer| {
        let attempted = !matches!(
            offer.accepted,
            Observed::Unknown {
                cause: crate::facts::observed::Cause::NotAttempted,
                ..
            }
        );
        offer.accepted.is_unknown() && attempted
    });
    lines.extend(open.filter_map(|offer| {
        let why = missing("", &offer.accepted)?;
        Some(words([version(offer.version), ": ", &why].concat()))
    }));
    lines
}

/// The suites of a version: all where all were asked for, else the one that the server chose below TLS 1.3.
fn suites(offer: &VersionOffer) -> Option<ExhibitLine> {
    let chosen = offer.accepted.value()?;
    let (verb, taken) = match offer.suites.value() {
        Some(all) => (" suites: ", all.as_slice()),
        None if offer.version == TlsVersion::Tls13 => return None,
        None => (" chooses ", std::slice::from_ref(&chosen.suite)),
    };
    let names: Vec<&str> = taken.iter().map(|suite| suite.name.as_str()).collect();
    let text = [version(offer.version), verb, &list(&names, SUITES)].concat();
    let mut draft = Draft::of(&text);
    let mut start = version(offer.version).len() + verb.len();
    for suite in taken.iter().take(SUITES) {
        let end = start + suite.name.len();
        if let Some(note) = weak(suite) {
            draft.mark([start, end], note, false);
        }
        start = end + 2;
    }
    Some(draft.line())
}

fn weak(suite: &Suite) -> Option<String> {
    let grave = suite.weaknesses.iter().filter_map(|one| weakness(*one));
    let told: Vec<&str> = grave.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// A weakness in words, where it is one whoever asks.
const fn weakness(weakness: Weakness) -> Option<&'static str> {
    match weakness {
        Weakness::Null => Some("nothing is encrypted"),
        Weakness::Anonymous => Some("the server is not authenticated"),
        Weakness::Export => Some("keys of 40 or 56 bits"),
        Weakness::Rc4 => Some("RC4 (RFC 7465)"),
        Weakness::Des => Some("DES, RC2 or IDEA"),
        Weakness::TripleDes => Some("triple DES (CVE-2016-2183)"),
        Weakness::NoForwardSecrecy => Some("no forward secrecy (RFC 9325 §4.1)"),
        Weakness::Md5 => Some("a MAC by MD5"),
        Weakness::Dhe | Weakness::Cbc | Weakness::Sha1 | Weakness::ShortTag => None,
    }
}

/// What is wrong with the set-up of an older version.
fn older_settings(lines: &mut Vec<ExhibitLine>, older: &OlderTls) {
    let named = version(older.version);
    let faults = [
        (
            older.compression,
            "compresses what it encrypts",
            "CVE-2012-4929",
        ),
        (
            !older.secure_renegotiation,
            "does not know secure renegotiation",
            "RFC 5746",
        ),
        (
            !older.extended_master_secret,
            "has no extended master secret",
            "RFC 7627",
        ),
    ];
    for (_, text, note) in faults.into_iter().filter(|(there, _, _)| *there) {
        lines.push(fault([named, " ", text].concat(), note, false));
    }
    if let Some(bits) = older.dh_bits.value() {
        let text = format!("{named} uses Diffie-Hellman with {bits} bits");
        lines.push(if *bits < 2048 {
            fault(text, "2048 bits are the least (RFC 9325 §4.1)", false)
        } else {
            words(text)
        });
    }
}

/// What is said of the certificate's revocation.
fn revocation(tls: &Tls) -> Vec<ExhibitLine> {
    let mut lines = Vec::new();
    if let Some(staple) = tls.ocsp.value() {
        let status = match staple.status {
            OcspStatus::Good => "good",
            OcspStatus::Revoked => "revoked",
            OcspStatus::Unknown => "unknown to the authority",
        };
        let text = ["stapled OCSP response: ", status].concat();
        lines.push(if !staple.valid {
            fault(text, &staple.reason, false)
        } else if staple.status == OcspStatus::Revoked {
            fault(text, "the authority took the certificate back", true)
        } else {
            words(text)
        });
    }
    if let Some(list) = tls.crl.value() {
        let text = if list.revoked {
            ["revoked by ", &list.url].concat()
        } else {
            ["not in ", &list.url].concat()
        };
        lines.push(if !list.valid {
            fault(text, &list.reason, false)
        } else if list.revoked {
            fault(text, "the authority took the certificate back", true)
        } else {
            words(text)
        });
    }
    lines
}
