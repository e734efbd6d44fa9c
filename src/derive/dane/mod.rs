//! What a sender that does DANE makes of a mail server (RFC 7671, RFC 7672).

use crate::facts::certificate::Chain;
use crate::facts::dns::{Answer, DnssecState};
use crate::facts::mx::{DaneCoverage, MxAddress, MxHost, MxRecord};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::timestamp::Timestamp;
use crate::facts::tlsa::{Dane, DaneMatch, DaneVerdict, Rollover};
use records::Records;

mod matching;
mod records;
mod rollover;

/// How many of the servers DANE protects.
pub fn coverage(hosts: &[MxHost]) -> DaneCoverage {
    rollover::coverage(hosts)
}

/// Judges one mail server of a domain.
///
/// `mx` is the answer that named the server and `target_domain` the domain that was asked, which a certificate may
/// stand for as well where the MX records are secure (RFC 7672 §3.2.2). `now` counts for usage 2 only.
pub fn judge(
    host: &MxHost,
    mx: &Answer<Vec<MxRecord>>,
    target_domain: &str,
    now: Timestamp,
) -> Dane {
    if let Some(early) = without_records(host, mx) {
        return early;
    }
    let records = Records::usable(host.tlsa.value().map_or(&[], Vec::as_slice));
    let names = reference_names(host, mx, target_domain);
    let mut matches = Vec::new();
    let mut unseen = 0_usize;
    for address in &host.addresses {
        let judged = match observe(address) {
            Seen::Nothing => {
                unseen += 1;
                continue;
            }
            Seen::NoTls(reason) => Err(reason),
            Seen::Chain(chain) => every_chain(&records, address, chain, &names, now),
        };
        matches.push(DaneMatch {
            ip: address.ip,
            matched: judged.is_ok(),
            reason: judged.unwrap_or_else(|reason| reason),
        });
    }
    let (conclusion, reason) = if records.is_empty() {
        (DaneVerdict::Unusable, unusable(&records, &matches))
    } else {
        conclude(&matches, unseen, mx.dnssec.state)
    };
    let chains: Vec<&Chain> = host.addresses.iter().flat_map(chains).collect();
    Dane {
        verdict: conclusion,
        reason,
        matches,
        rollover: rollover::rollover(&records, &chains),
        duplicates: rollover::duplicates(host.tlsa.value().map_or(&[], Vec::as_slice), &chains),
    }
}

/// The chains that an address was seen to serve: that of the session, and those of senders that take only one kind
/// of key.
fn chains(address: &MxAddress) -> Vec<&Chain> {
    let session = address.session.value();
    let main = session.and_then(|session| session.tls.value());
    let offers = address.offers.value();
    let kinds = offers.into_iter().flat_map(|offers| {
        let kinds = [offers.rsa_chain.value(), offers.ecdsa_chain.value()];
        kinds.into_iter().flatten()
    });
    main.map(|tls| &tls.chain)
        .into_iter()
        .chain(kinds)
        .collect()
}

/// Whether a record matches each chain that the address serves: which one a sender gets depends on the signatures
/// that it takes, so all must match (RFC 7671 §8).
fn every_chain(
    records: &Records<'_>,
    address: &MxAddress,
    main: &Chain,
    names: &[String],
    now: Timestamp,
) -> Result<String, String> {
    let matched = records.authenticate(main, names, now)?;
    let Some(offers) = address.offers.value() else {
        return Ok(matched);
    };
    for (kind, chain) in [("RSA", &offers.rsa_chain), ("ECDSA", &offers.ecdsa_chain)] {
        if let Some(chain) = chain.value() {
            records
                .authenticate(chain, names, now)
                .map_err(|why| format!("the {kind} certificate: {why}"))?;
        }
    }
    Ok(matched)
}

/// The verdicts that need no look at the server.
fn without_records(host: &MxHost, mx: &Answer<Vec<MxRecord>>) -> Option<Dane> {
    if let Some(reason) = unsettled("MX", mx) {
        return Some(verdict(DaneVerdict::LookupFailed, reason));
    }
    let addresses = Addresses::of(host);
    if host.tlsa.observed.is_absent() {
        return Some(if let Some(reason) = unsettled("TLSA", &host.tlsa) {
            verdict(DaneVerdict::LookupFailed, reason)
        } else {
            let reason = format!("no TLSA records at `{}`", host.tlsa.name);
            verdict(DaneVerdict::None, reason)
        });
    }
    // RFC 7672 §2.2.2: senders do not ask for TLSA records where the addresses are not signed.
    match addresses {
        Addresses::Failed(reason) => return Some(verdict(DaneVerdict::LookupFailed, reason)),
        Addresses::Insecure if host.tlsa.observed.is_unknown() => {
            let reason = "the addresses are not signed, so that no sender asks for TLSA records";
            return Some(verdict(DaneVerdict::None, reason.to_owned()));
        }
        Addresses::Insecure => {
            let reason = "the addresses are not signed, so that TLSA records are not used";
            return Some(verdict(DaneVerdict::Insecure, reason.to_owned()));
        }
        Addresses::Secure | Addresses::None => {}
    }
    if let Observed::Unknown { cause, .. } = &host.tlsa.observed
        && matches!(
            cause,
            Cause::NotAttempted | Cause::Unresolved | Cause::NotObservable
        )
    {
        let reason = "the TLSA records were not asked for".to_owned();
        return Some(verdict(DaneVerdict::Unknown, reason));
    }
    if let Some(reason) = unsettled("TLSA", &host.tlsa) {
        return Some(verdict(DaneVerdict::LookupFailed, reason));
    }
    (host.tlsa.dnssec.state == DnssecState::Insecure).then(|| {
        let why = &host.tlsa.dnssec.reason;
        let reason = format!("the TLSA records are not signed: {why}");
        verdict(DaneVerdict::Insecure, reason)
    })
}

fn verdict(verdict: DaneVerdict, reason: String) -> Dane {
    Dane {
        verdict,
        reason,
        matches: Vec::new(),
        rollover: Rollover::default(),
        duplicates: Vec::new(),
    }
}

/// Why an answer settles nothing: no sender that validates gets one (RFC 7672 §2.1.1).
fn unsettled<T>(what: &str, answer: &Answer<T>) -> Option<String> {
    if let Observed::Unknown { cause, detail } = &answer.observed {
        let cause = cause.as_str();
        return Some(format!("the {what} lookup failed ({cause}): {detail}"));
    }
    let state = answer.dnssec.state;
    matches!(state, DnssecState::Bogus | DnssecState::Indeterminate).then(|| {
        let (state, why) = (state.as_str(), &answer.dnssec.reason);
        format!("the {what} answer is {state}: {why}")
    })
}

/// The state of the address records of a host together (RFC 7672 §2.2.2).
enum Addresses {
    Secure,
    Insecure,
    None,
    Failed(String),
}

impl Addresses {
    fn of(host: &MxHost) -> Self {
        if let Some(reason) = unsettled("A", &host.a).or_else(|| unsettled("AAAA", &host.aaaa)) {
            return Self::Failed(reason);
        }
        let mut states = Vec::new();
        if host.a.value().is_some() {
            states.push((host.a.dnssec.state, &host.a.aliases));
        }
        if host.aaaa.value().is_some() {
            states.push((host.aaaa.dnssec.state, &host.aaaa.aliases));
        }
        if states.is_empty() {
            return Self::None;
        }
        // Behind an alias the name itself may still be signed, and then its own TLSA records count (RFC 7672
        // §2.2.3). That these are secure shows that it is.
        let signed_alias = host.tlsa.dnssec.state == DnssecState::Secure;
        let secure = states.iter().all(|(state, aliases)| {
            *state == DnssecState::Secure || (signed_alias && !aliases.is_empty())
        });
        if secure { Self::Secure } else { Self::Insecure }
    }
}

/// The names that a certificate under usage 2 may stand for (RFC 7672 §3.2.2).
fn reference_names(host: &MxHost, mx: &Answer<Vec<MxRecord>>, target_domain: &str) -> Vec<String> {
    let base = host.tlsa.name.strip_prefix("_25._tcp.");
    let mut names = vec![base.unwrap_or(&host.host).to_owned()];
    if mx.dnssec.state == DnssecState::Secure {
        names.push(target_domain.to_owned());
        names.extend(mx.aliases.last().cloned());
    }
    names
}

enum Seen<'a> {
    Chain(&'a Chain),
    NoTls(String),
    Nothing,
}

fn observe(address: &MxAddress) -> Seen<'_> {
    let Some(session) = address.session.value() else {
        return Seen::Nothing;
    };
    match (&session.tls, &session.starttls) {
        (Observed::Present { value }, _) => Seen::Chain(&value.chain),
        (_, Observed::Absent { detail, .. }) => {
            Seen::NoTls(worded("STARTTLS is not offered or is refused", detail))
        }
        (Observed::Absent { proof, detail }, _) => {
            Seen::NoTls(worded(failed_handshake(*proof), detail))
        }
        (Observed::Unknown { .. }, _) => Seen::Nothing,
    }
}

/// What kept TLS from coming about behind the server's go-ahead.
const fn failed_handshake(proof: Proof) -> &'static str {
    match proof {
        Proof::TlsAlert => "the server ends the TLS handshake with an alert",
        Proof::TlsClosed => "the server closes the connection in the TLS handshake",
        Proof::TlsVersion
        | Proof::Nxdomain
        | Proof::NoData
        | Proof::NoSuchRecord
        | Proof::NoSubject
        | Proof::NotOffered
        | Proof::Rejected
        | Proof::ConnectionRefused
        | Proof::HttpStatus
        | Proof::Certificate
        | Proof::Malformed
        | Proof::NotArrived => "the server speaks no TLS 1.2 or later",
    }
}

fn worded(text: &str, detail: &str) -> String {
    if detail.is_empty() {
        text.to_owned()
    } else {
        format!("{text} ({detail})")
    }
}

fn unusable(records: &Records<'_>, matches: &[DaneMatch]) -> String {
    let mut reason = format!(
        "{}, so that TLS is mandatory but not authenticated",
        match records.published() {
            1 => "the one secure TLSA record can't be used".to_owned(),
            many => format!("none of the {many} secure TLSA records can be used"),
        }
    );
    let plain: Vec<String> = matches
        .iter()
        .filter(|one| !one.reason.starts_with(matching::NONE_USABLE))
        .map(|one| one.ip.to_string())
        .collect();
    if !plain.is_empty() {
        reason.push_str("; delivery is deferred at ");
        reason.push_str(&plain.join(", "));
    }
    reason
}

fn conclude(matches: &[DaneMatch], unseen: usize, mx: DnssecState) -> (DaneVerdict, String) {
    let refused: Vec<String> = matches
        .iter()
        .filter(|one| !one.matched)
        .map(|one| format!("{}: {}", one.ip, one.reason))
        .collect();
    if !refused.is_empty() {
        return (DaneVerdict::Invalid, refused.join("; "));
    }
    if matches.is_empty() {
        let reason = "secure TLSA records, but at no address did a handshake show certificates";
        return (DaneVerdict::Unknown, reason.to_owned());
    }
    let mut reason = "a TLSA record matches at every observed address".to_owned();
    if unseen > 0 {
        let unseen = unseen.to_string();
        reason.extend(["; ", unseen.as_str(), " could not be observed"]);
    }
    if mx == DnssecState::Secure {
        (DaneVerdict::Valid, reason)
    } else {
        reason.push_str("; the MX records are not signed");
        (DaneVerdict::Partial, reason)
    }
}

#[cfg(test)]
mod tests;
