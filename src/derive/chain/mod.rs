//! Whether a server's certificates authenticate it (RFC 5280 §6, RFC 9525 §6): every fault, not only the first.

use crate::facts::certificate::{Certificate, Chain};
use crate::facts::defect::Defect;
use crate::facts::timestamp::Timestamp;
use crate::records::certificate;
use path::{End, Walk};
use rustls_pki_types::CertificateDer;
use webpki::Error;

mod crl;
pub(in crate::derive) mod path;
mod signature;
mod staple;
mod store;
#[cfg(test)]
pub(in crate::derive) mod test_authority;

pub use crl::crl;
pub use staple::staple;
pub use store::{TrustStore, TrustStoreError};

/// Certificates behind this many are not looked at.
const MOST_CERTIFICATES: usize = 16;
/// At most this many moments are tried in order to see whether only the time is wrong.
const MOST_MOMENTS: usize = 8;

/// Judges the certificates that a server sent, its own first, for a name, an authority store and a moment.
///
/// Trust, name and time are judged independently of each other. A path counts only if it leads to an authority of
/// the store; a root that the server sent proves nothing.
pub fn judge(
    ders: &[CertificateDer<'_>],
    reference_name: &str,
    store: &TrustStore,
    now: Timestamp,
) -> Chain {
    let looked_at = ders.get(..MOST_CERTIFICATES).unwrap_or(ders);
    let mut defects = Vec::new();
    let certificates: Vec<Certificate> = ders
        .iter()
        .enumerate()
        .map(|(place, der)| {
            certificate::read(der, now).unwrap_or_else(|mut defect| {
                defect.text = format!("certificate {}: {}", place + 1, defect.text);
                defect.fatal = place == 0;
                defects.push(defect);
                certificate::unreadable(der)
            })
        })
        .collect();
    let case = Case {
        ders: looked_at,
        certificates: &certificates,
        store,
        now,
        walk: path::walk(looked_at, store.anchors()),
    };
    let (trusted, in_time) = case.path(&mut defects);
    case.times(in_time, &mut defects);
    let name_matches = case.names(reference_name, &mut defects);
    case.uses(&mut defects);
    let in_order = case.order(&mut defects);
    case.weaknesses(&mut defects);
    if ders.len() > looked_at.len() {
        let text = format!("{} certificates were sent", ders.len());
        defects.push(Defect::minor(
            "certificate-too-many",
            text,
            "RFC 8446 §4.4.2",
        ));
    }
    Chain {
        reference_name: reference_name.to_owned(),
        trusted,
        name_matches,
        in_time,
        authenticated: trusted && name_matches && in_time,
        in_order,
        root_sent: case.certificates.iter().skip(1).any(|one| one.self_issued),
        store: store.name().to_owned(),
        defects,
        certificates,
    }
}

/// Whether one of the DNS names of a certificate stands for the host (RFC 9525 §6.3): the same labels, or a
/// wildcard as the whole left-most label for exactly one label. Letters match in either case.
pub fn name_matches(presented: &[String], host: &str) -> bool {
    presented.iter().any(|name| {
        name.eq_ignore_ascii_case(host)
            || name
                .strip_prefix("*.")
                .zip(host.split_once('.'))
                .is_some_and(|(parent, (label, rest))| {
                    !label.is_empty() && !parent.is_empty() && parent.eq_ignore_ascii_case(rest)
                })
    })
}

/// One chain under judgement.
struct Case<'a> {
    ders: &'a [CertificateDer<'a>],
    certificates: &'a [Certificate],
    store: &'a TrustStore,
    now: Timestamp,
    walk: Walk,
}

impl Case<'_> {
    /// Whether a path leads to the store at all, and whether one does so at this moment.
    fn path(&self, defects: &mut Vec<Defect>) -> (bool, bool) {
        if self.certificates.is_empty() {
            let text = "the server sent no certificate";
            defects.push(Defect::fatal("certificate-none", text, "RFC 8446 §4.4.2"));
            return (false, false);
        }
        let first = match self.verify(self.now) {
            Ok(()) => return (true, true),
            Err(error) => error,
        };
        let in_time = self.walk.members.iter().all(|&place| self.timely(place));
        let mut errors = vec![first];
        for moment in self.moments() {
            match self.verify(moment) {
                Ok(()) => return (true, false),
                Err(error) => errors.push(error),
            }
        }
        // A path whose certificates were never valid together leads to the store all the same; and so does an
        // authority that is itself in the store, though webpki takes none as a server.
        let alone = self.verify_walked();
        let errors_then = errors.iter().chain(alone.as_ref().err());
        let excused = errors_then.into_iter().all(|error| self.is_excused(error));
        if excused && self.walk.end == End::Anchor && self.walk.issuers_may_sign {
            let held = alone.is_ok() || self.is_pinned();
            return (true, in_time && held);
        }
        defects.push(self.untrusted(&errors));
        (false, in_time)
    }

    /// Of time alone, or that the store's own certificate serves.
    fn is_excused(&self, error: &Error) -> bool {
        let of_time = matches!(
            error,
            Error::CertExpired { .. } | Error::CertNotValidYet { .. }
        );
        of_time || *error == Error::CaUsedAsEndEntity && self.is_pinned()
    }

    /// Whether the server's certificate is itself in the store.
    fn is_pinned(&self) -> bool {
        let alone = self.walk.members.len() == 1 && self.walk.end == End::Anchor;
        alone
            && self
                .certificates
                .first()
                .is_some_and(|leaf| leaf.self_issued)
    }

    /// The path that was walked, without whatever else was sent: what webpki says of a certificate beside it
    /// must not stand for the path.
    fn verify_walked(&self) -> Result<(), Error> {
        let places = self.walk.members.iter();
        let walked: Vec<_> = places
            .filter_map(|place| self.ders.get(*place).cloned())
            .collect();
        path::verify(&walked, self.store.anchors(), self.now)
    }

    fn verify(&self, moment: Timestamp) -> Result<(), Error> {
        path::verify(self.ders, self.store.anchors(), moment)
    }

    /// Moments at which some of the certificates begin to hold: if all of a path ever hold together, then at one
    /// of these. None where the time can't be what is wrong.
    fn moments(&self) -> Vec<Timestamp> {
        let places = 0..self.ders.len();
        if places.clone().all(|place| self.timely(place)) {
            return Vec::new();
        }
        let begins = |place: usize| self.certificates.get(place).map(|one| one.not_before);
        let mut moments: Vec<Timestamp> = self
            .walk
            .members
            .iter()
            .copied()
            .chain(places)
            .filter_map(begins)
            .collect();
        let mut seen = std::collections::BTreeSet::new();
        moments.retain(|moment| seen.insert(*moment));
        moments.truncate(MOST_MOMENTS);
        moments
    }

    fn timely(&self, place: usize) -> bool {
        self.certificates
            .get(place)
            .is_some_and(|one| one.not_before <= self.now && self.now <= one.not_after)
    }

    /// Why no path leads to the store.
    fn untrusted(&self, errors: &[Error]) -> Defect {
        let last = self.walk.members.last().copied().unwrap_or(0);
        let end = self.certificates.get(last);
        let subject = end.map_or("", |one| one.subject.as_str());
        let issuer = end.map_or("", |one| one.issuer.as_str());
        let store = self.store.name();
        let (code, text) = match self.walk.end {
            End::SelfSigned if last == 0 => (
                "certificate-self-signed",
                format!("the server's certificate (`{subject}`) signed itself"),
            ),
            End::SelfSigned => (
                "certificate-untrusted-root",
                format!("the path ends at `{subject}`, which is not a trusted authority ({store})"),
            ),
            End::Missing => (
                "certificate-incomplete-chain",
                format!(
                    "{} was issued by `{issuer}`, which was not sent and is not a trusted authority ({store})",
                    self.called(last)
                ),
            ),
            End::BadSignature => (
                "certificate-bad-signature",
                format!(
                    "the signature of `{issuer}` on {} does not verify or is too weak to be believed",
                    self.called(last)
                ),
            ),
            End::Unreadable => (
                "certificate-path-invalid",
                format!("{} cannot be read", self.called(last)),
            ),
            End::TooLong => (
                "certificate-path-invalid",
                "the path to an authority is too long".to_owned(),
            ),
            End::Anchor => (
                "certificate-path-invalid",
                format!("the path to an authority is not valid: {}", words(errors)),
            ),
        };
        Defect::fatal(code, text, "RFC 5280 §6.1")
    }

    fn called(&self, place: usize) -> String {
        let subject = self.certificates.get(place).map(|one| one.subject.as_str());
        format!("certificate {} (`{}`)", place + 1, subject.unwrap_or(""))
    }

    /// Certificates that are out of time; fatal where the path needs them.
    fn times(&self, in_time: bool, defects: &mut Vec<Defect>) {
        for (place, one) in self.certificates.iter().enumerate().take(self.ders.len()) {
            if one.serial.is_empty() {
                continue;
            }
            let (code, text) = if self.now > one.not_after {
                let text = format!("{} ended on {}", self.called(place), one.not_after);
                ("certificate-expired", text)
            } else if self.now < one.not_before {
                let text = format!("{} begins on {}", self.called(place), one.not_before);
                ("certificate-not-yet-valid", text)
            } else {
                continue;
            };
            let needed = !in_time && self.walk.members.contains(&place);
            defects.push(Defect {
                fatal: needed,
                ..Defect::fatal(code, text, "RFC 5280 §4.1.2.5")
            });
        }
    }

    fn names(&self, reference: &str, defects: &mut Vec<Defect>) -> bool {
        let Some(leaf) = self.certificates.first() else {
            return false;
        };
        if name_matches(&leaf.dns_names, reference) {
            return true;
        }
        let (code, text) = if leaf.dns_names.is_empty() {
            let text = format!(
                "the certificate has no DNS name; the common name in `{}` does not count",
                leaf.subject
            );
            ("certificate-common-name-only", text)
        } else {
            let presented: Vec<&str> = leaf.dns_names.iter().map(String::as_str).take(10).collect();
            let more = leaf.dns_names.len().saturating_sub(presented.len());
            let more = if more == 0 {
                String::new()
            } else {
                format!(" and {more} more")
            };
            let text = format!(
                "`{reference}` is not among the names of the certificate: {}{more}",
                presented.join(", ")
            );
            ("certificate-name-mismatch", text)
        };
        defects.push(Defect::fatal(code, text, "RFC 9525 §6.3"));
        false
    }

    /// What the server's certificate is not meant for.
    fn uses(&self, defects: &mut Vec<Defect>) {
        let Some(leaf) = self.certificates.first() else {
            return;
        };
        let mut add = |code, text: &str, reference| {
            defects.push(Defect::minor(code, text, reference));
        };
        if leaf.is_ca {
            let text = "the server's certificate is that of an authority";
            add("certificate-ca-as-leaf", text, "RFC 5280 §4.2.1.9");
        }
        let lacks = |usages: &[String], name: &str| {
            !usages.is_empty() && !usages.iter().any(|usage| usage == name)
        };
        if lacks(&leaf.key_usage, "digitalSignature") {
            let text = "the key of the server's certificate may not sign (key usage), as every handshake with forward secrecy needs";
            add("certificate-key-usage", text, "RFC 5280 §4.2.1.3");
        }
        let any = leaf.extended_key_usage.iter();
        let any = any.clone().any(|usage| usage == "anyExtendedKeyUsage");
        if lacks(&leaf.extended_key_usage, "serverAuth") && !any {
            let text = "the server's certificate is not for servers (extended key usage)";
            add("certificate-extended-key-usage", text, "RFC 5280 §4.2.1.12");
        }
    }

    /// Whether each certificate is issued by the one behind it.
    fn order(&self, defects: &mut Vec<Defect>) -> bool {
        let looked_at = self.certificates.get(..self.ders.len());
        let mut pairs = looked_at.unwrap_or_default().windows(2).enumerate();
        let wrong = pairs.find(|(_, pair)| match pair {
            // What can't be read is told as such.
            [one, next] => {
                let read = !one.serial.is_empty() && !next.serial.is_empty();
                read && one.issuer != next.subject
            }
            _ => false,
        });
        let Some((place, _)) = wrong else {
            return true;
        };
        let text = format!(
            "{} is not the issuer of the one before it",
            self.called(place + 1)
        );
        defects.push(Defect::minor(
            "certificate-out-of-order",
            text,
            "RFC 5246 §7.4.2",
        ));
        false
    }

    /// Keys and signatures that no longer hold off an attacker. A root's signature on itself does not matter.
    fn weaknesses(&self, defects: &mut Vec<Defect>) {
        for &place in &self.walk.members {
            let Some(one) = self.certificates.get(place) else {
                continue;
            };
            if weak_key(one) {
                let text = format!(
                    "{} has a key of {} bits ({})",
                    self.called(place),
                    one.key_bits,
                    one.key_type
                );
                defects.push(Defect::minor("certificate-weak-key", text, "RFC 9325 §4.5"));
            }
            let algorithm = one.signature_algorithm.to_ascii_lowercase();
            let weak = ["md2", "md5", "sha1"]
                .iter()
                .any(|hash| algorithm.contains(hash));
            if weak && (place == 0 || !one.self_issued) {
                let text = format!(
                    "{} is signed with {}",
                    self.called(place),
                    one.signature_algorithm
                );
                let reference = "RFC 9325 §4.5";
                defects.push(Defect::minor("certificate-weak-signature", text, reference));
            }
        }
    }
}

fn weak_key(one: &Certificate) -> bool {
    if one.key_type.starts_with("RSA") || one.key_type == "DSA" {
        one.key_bits < 2048
    } else {
        one.key_type.starts_with("EC") && one.key_bits < 224
    }
}

/// The last error that is not about time, in words.
fn words(errors: &[Error]) -> String {
    let said = errors.iter().rev().find(|error| {
        !matches!(
            error,
            Error::CertExpired { .. } | Error::CertNotValidYet { .. }
        )
    });
    match said {
        None => "its certificates are never valid together".to_owned(),
        Some(Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension) => {
            "a certificate is not for servers (extended key usage)".to_owned()
        }
        Some(Error::EndEntityUsedAsCa) => "an issuer is no authority".to_owned(),
        Some(Error::NameConstraintViolation) => {
            "an authority may not sign for this name (name constraints)".to_owned()
        }
        Some(Error::PathLenConstraintViolated) => {
            "an authority may not sign further ones".to_owned()
        }
        Some(Error::UnsupportedCertVersion) => "the certificate is not of version 3".to_owned(),
        Some(Error::UnsupportedCriticalExtension) => {
            "a certificate has an unknown critical extension".to_owned()
        }
        Some(other) => other.to_string().chars().take(120).collect(),
    }
}

#[cfg(test)]
mod tests;
