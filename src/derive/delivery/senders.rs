//! What a sender of each kind makes of one address of a mail server.

use super::bogus;
use super::outcomes::{Outcomes, Place};
use crate::facts::certificate::Chain;
use crate::facts::delivery::Sender;
use crate::facts::dns::{Answer, DnssecState};
use crate::facts::mta_sts::{MtaSts, StsMode};
use crate::facts::mx::{Mx, MxAddress, MxHost};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::smtp::SmtpSession;
use crate::facts::tlsa::DaneVerdict;

/// What a sender looks at besides the session.
pub(super) struct Circumstances<'a> {
    /// The servers of the domain.
    pub(super) mx: &'a Mx,
    /// The MTA-STS policy of the domain.
    pub(super) sts: &'a MtaSts,
    /// The server whose address it is.
    pub(super) host: &'a MxHost,
}

/// What was seen of one address, as far as a sender cares.
enum Sight<'a> {
    /// A session, in which TLS came about with this chain.
    Encrypted(&'a Chain),
    /// A session, in which there is no TLS, and why.
    Clear(String),
    /// A session; whether TLS comes about is not known.
    Undecided(String),
    /// The host refuses the connection.
    Gone,
    /// Not observed, and why.
    Unseen(String),
}

/// What may come of it at the address, and why.
type Outcome = (Outcomes, String);

/// Every outcome that mail of this sender may have at a server of which nothing is known.
pub(super) const fn anything(sender: Sender) -> Outcomes {
    let plain = Outcomes::CLEAR.or(Outcomes::NONE);
    match sender {
        Sender::Plain => plain,
        Sender::Opportunistic => plain.or(Outcomes::ENCRYPTED),
        Sender::MtaSts | Sender::Dane | Sender::Both => {
            plain.or(Outcomes::ENCRYPTED).or(Outcomes::AUTHENTICATED)
        }
    }
}

/// What comes of mail at an address. The name of the place is left to the caller.
pub(super) fn at_address(
    circumstances: &Circumstances<'_>,
    sender: Sender,
    address: &MxAddress,
) -> Place {
    let place = look(address);
    let matched = circumstances
        .host
        .dane
        .matches
        .iter()
        .find(|one| one.ip == address.ip);
    let matched = matched.map(|one| (one.matched, one.reason.as_str()));
    judged(circumstances, sender, &place, matched, String::new())
}

/// What comes of mail at addresses that are not known.
pub(super) fn at_unseen(circumstances: &Circumstances<'_>, sender: Sender, why: &str) -> Place {
    let sight = Sight::Unseen(why.to_owned());
    let name = "other addresses".to_owned();
    judged(circumstances, sender, &sight, None, name)
}

fn judged(
    circumstances: &Circumstances<'_>,
    sender: Sender,
    sight: &Sight<'_>,
    matched: Option<(bool, &str)>,
    name: String,
) -> Place {
    let (outcomes, reason) = match sender {
        Sender::Plain => plain(sight),
        Sender::Opportunistic => opportunistic(sight),
        Sender::MtaSts => mta_sts(circumstances, sight),
        Sender::Dane => dane(circumstances, sight, matched, opportunistic),
        Sender::Both => dane(circumstances, sight, matched, |sight| {
            mta_sts(circumstances, sight)
        }),
    };
    Place {
        name,
        outcomes,
        reason,
    }
}

fn look(address: &MxAddress) -> Sight<'_> {
    match &address.session {
        Observed::Present { value } => look_inside(value),
        Observed::Absent { .. } => Sight::Gone,
        Observed::Unknown { cause, .. } => {
            Sight::Unseen(format!("it could not be observed ({})", cause.as_str()))
        }
    }
}

fn look_inside(session: &SmtpSession) -> Sight<'_> {
    match (&session.starttls, &session.tls) {
        (_, Observed::Present { value }) => Sight::Encrypted(&value.chain),
        (Observed::Absent { proof, .. }, _) | (_, Observed::Absent { proof, .. }) => {
            Sight::Clear(no_tls(*proof).to_owned())
        }
        (Observed::Unknown { cause, .. }, _) | (_, Observed::Unknown { cause, .. }) => {
            let cause = cause.as_str();
            Sight::Undecided(format!("whether TLS comes about is not known ({cause})"))
        }
    }
}

const fn no_tls(proof: Proof) -> &'static str {
    match proof {
        Proof::Rejected => "STARTTLS is refused",
        Proof::TlsVersion => "the TLS handshake fails, as the server speaks no TLS 1.2 or later",
        Proof::TlsAlert => "the TLS handshake fails with an alert of the server",
        Proof::TlsClosed => "the server ends the connection in the TLS handshake",
        Proof::NotOffered
        | Proof::Nxdomain
        | Proof::NoData
        | Proof::NoSuchRecord
        | Proof::NoSubject
        | Proof::ConnectionRefused
        | Proof::HttpStatus
        | Proof::Certificate
        | Proof::Malformed
        | Proof::NotArrived => "STARTTLS is not offered",
    }
}

fn gone() -> Outcome {
    let reason = "the host refuses connections".to_owned();
    (Outcomes::NONE, reason)
}

/// A sender without TLS: clear text. A public mail server must not require STARTTLS (RFC 3207 §4).
fn plain(sight: &Sight<'_>) -> Outcome {
    match sight {
        Sight::Encrypted(_) | Sight::Clear(_) | Sight::Undecided(_) => {
            let reason =
                "the sender has no TLS, and public servers take mail without (RFC 3207 §4)";
            (Outcomes::CLEAR, reason.to_owned())
        }
        Sight::Gone => gone(),
        Sight::Unseen(why) => (Outcomes::CLEAR.or(Outcomes::NONE), why.clone()),
    }
}

/// A sender that encrypts where it can: encrypted where the handshake succeeds, whatever the certificate is
/// (RFC 7435 §1.2, §3); in clear text where STARTTLS is not offered or refused (RFC 3207 §4), and where the
/// handshake fails: senders try again without TLS then (Postfix, `smtp_tls_security_level = may`).
fn opportunistic(sight: &Sight<'_>) -> Outcome {
    match sight {
        Sight::Encrypted(_) => {
            let reason = "STARTTLS works, and nobody checks for whom (RFC 7435)";
            (Outcomes::ENCRYPTED, reason.to_owned())
        }
        Sight::Clear(why) => {
            let reason = format!("{why}, and senders fall back to clear text (RFC 7435)");
            (Outcomes::CLEAR, reason)
        }
        Sight::Undecided(why) => (Outcomes::ENCRYPTED.or(Outcomes::CLEAR), why.clone()),
        Sight::Gone => gone(),
        Sight::Unseen(why) => (anything(Sender::Opportunistic), why.clone()),
    }
}

/// A sender that holds to MTA-STS. Without a policy and under mode `none` as an opportunistic one; under `testing` as
/// well, since failures are only reported (RFC 8461 §5). Under `enforce` the server's name must match a pattern of the
/// policy and its certificate must be valid for that name (§4.1, §4.2), else it must not be delivered to (§5).
///
/// Whether a policy is there may be unknown: a sender may have kept one from earlier (§3.3), another one finds none.
fn mta_sts(circumstances: &Circumstances<'_>, sight: &Sight<'_>) -> Outcome {
    let sts = circumstances.sts;
    match &sts.mode {
        Observed::Present {
            value: StsMode::Enforce,
        } => enforced(circumstances, sight),
        Observed::Present {
            value: StsMode::Testing,
        } => because(
            opportunistic(sight),
            "the MTA-STS policy is only tested (RFC 8461 §5)",
        ),
        Observed::Present {
            value: StsMode::None,
        }
        | Observed::Absent { .. } => {
            because(opportunistic(sight), "no MTA-STS policy is in effect")
        }
        Observed::Unknown { cause, .. } => {
            let (without, _) = opportunistic(sight);
            let (with, _) = enforced(circumstances, sight);
            let cause = cause.as_str();
            let reason = format!("whether an MTA-STS policy is in effect is not known ({cause})");
            either(without, with, reason)
        }
    }
}

fn either(one: Outcomes, other: Outcomes, reason: String) -> Outcome {
    (one.or(other), reason)
}

fn because((outcomes, reason): Outcome, first: &str) -> Outcome {
    (outcomes, format!("{first}; {reason}"))
}

fn enforced(circumstances: &Circumstances<'_>, sight: &Sight<'_>) -> Outcome {
    if matches!(sight, Sight::Gone) {
        return gone();
    }
    let (sts, host) = (circumstances.sts, circumstances.host.host.as_str());
    let covered = sts.coverage.iter().find(|one| one.host == host);
    if covered.is_some_and(|one| !one.covered) {
        let reason = "the MTA-STS policy does not name the server (RFC 8461 §4.1)";
        return (Outcomes::NONE, reason.to_owned());
    }
    let (outcomes, reason) = under_policy(sight);
    if covered.is_none() {
        // Without the policy nobody knows whether it names the server.
        return (outcomes.or(Outcomes::NONE), reason);
    }
    (outcomes, reason)
}

fn under_policy(sight: &Sight<'_>) -> Outcome {
    match sight {
        Sight::Encrypted(chain) if chain.authenticated => {
            let reason = "the MTA-STS policy names the server and its certificate is valid";
            (Outcomes::AUTHENTICATED, reason.to_owned())
        }
        Sight::Encrypted(chain) => {
            let fatal = chain.defects.iter().filter(|defect| defect.fatal);
            let faults: Vec<&str> = fatal.map(|defect| defect.text.as_str()).collect();
            let faults = if faults.is_empty() {
                String::new()
            } else {
                format!(": {}", faults.join(", "))
            };
            let reason = format!("the certificate fails MTA-STS (RFC 8461 §4.2){faults}");
            (Outcomes::NONE, reason)
        }
        Sight::Clear(why) => {
            let reason = format!("{why}, and MTA-STS insists on TLS (RFC 8461 §5)");
            (Outcomes::NONE, reason)
        }
        Sight::Gone => gone(),
        Sight::Undecided(why) | Sight::Unseen(why) => {
            (Outcomes::AUTHENTICATED.or(Outcomes::NONE), why.clone())
        }
    }
}

/// A sender that does DANE (RFC 7672), by the verdict over the server; where DANE does not apply, as `otherwise`.
///
/// - Usable records: a matching chain is encrypted and authenticated; where the MX records are not signed only
///   encrypted, since the name that it is authenticated to may be an attacker's (§2.2.1). Without a match, or without
///   TLS, the address is not used (§2.2).
/// - Unusable records: TLS is mandatory and not authenticated (§2.2).
/// - A lookup that fails for everybody: the server is not used (§2.1.1, §2.1.2). One that only failed here settles
///   nothing.
fn dane(
    circumstances: &Circumstances<'_>,
    sight: &Sight<'_>,
    matched: Option<(bool, &str)>,
    otherwise: impl Fn(&Sight<'_>) -> Outcome,
) -> Outcome {
    if matches!(sight, Sight::Gone) {
        return gone();
    }
    let Circumstances { mx, host, .. } = circumstances;
    let verdict = host.dane.verdict;
    match verdict {
        DaneVerdict::None | DaneVerdict::Insecure => {
            let first = if verdict == DaneVerdict::None {
                "DANE does not apply (no TLSA records)"
            } else {
                "DANE does not apply (not signed)"
            };
            because(otherwise(sight), first)
        }
        // Where DANE authenticates nobody, the sender's other conditions still stand (RFC 8461 §2, §5).
        DaneVerdict::Unusable => both(unusable(sight), otherwise(sight)),
        DaneVerdict::Valid | DaneVerdict::Partial | DaneVerdict::Invalid => {
            let judged = usable(mx, sight, matched);
            if mx.records.dnssec.state == DnssecState::Secure {
                judged
            } else {
                both(judged, otherwise(sight))
            }
        }
        DaneVerdict::LookupFailed if fails_for_everybody(mx, host) => {
            (Outcomes::NONE, host.dane.reason.clone())
        }
        DaneVerdict::Unknown if host.tlsa.value().is_some() => usable(mx, sight, matched),
        DaneVerdict::LookupFailed | DaneVerdict::Unknown => {
            let (without, _) = otherwise(sight);
            let (with, _) = usable(mx, sight, matched);
            either(without, with, host.dane.reason.clone())
        }
    }
}

/// What comes of it where DANE and something else have to let the mail through, with the reason of the one that counts.
fn both(dane: Outcome, other: Outcome) -> Outcome {
    let outcomes = dane.0.under_both(other.0);
    let told = if outcomes == dane.0 { dane.1 } else { other.1 };
    (outcomes, told)
}

fn usable(mx: &Mx, sight: &Sight<'_>, matched: Option<(bool, &str)>) -> Outcome {
    let secure = mx.records.dnssec.state == DnssecState::Secure;
    let success = if secure {
        Outcomes::AUTHENTICATED
    } else {
        Outcomes::ENCRYPTED
    };
    match (matched, sight) {
        (Some((true, record)), _) if secure => (success, format!("DANE: {record}")),
        (Some((true, record)), _) => {
            let reason = format!(
                "DANE: {record}, but the MX records are not signed, so that the name may be an attacker's (RFC 7672 §2.2.1)"
            );
            (success, reason)
        }
        (Some((false, why)), _) => (Outcomes::NONE, format!("DANE: {why}")),
        (None, Sight::Clear(why)) => (Outcomes::NONE, format!("DANE: {why}")),
        (None, Sight::Gone) => gone(),
        (None, Sight::Undecided(why) | Sight::Unseen(why)) => {
            (success.or(Outcomes::NONE), why.clone())
        }
        (None, Sight::Encrypted(_)) => {
            let reason = "the TLSA records were not held against the certificate";
            (success.or(Outcomes::NONE), reason.to_owned())
        }
    }
}

fn unusable(sight: &Sight<'_>) -> Outcome {
    match sight {
        Sight::Encrypted(_) => {
            let reason = "DANE: no TLSA record can be used, so that TLS is mandatory but nobody checks for whom (RFC 7672 §2.2)";
            (Outcomes::ENCRYPTED, reason.to_owned())
        }
        Sight::Clear(why) => {
            let reason =
                format!("DANE: {why}, and TLSA records make TLS mandatory (RFC 7672 §2.2)");
            (Outcomes::NONE, reason)
        }
        Sight::Gone => gone(),
        Sight::Undecided(why) | Sight::Unseen(why) => {
            (Outcomes::ENCRYPTED.or(Outcomes::NONE), why.clone())
        }
    }
}

/// Whether the lookup that DANE needs fails at the domain and not only from here: the answer does not validate, or
/// the name servers answer for the addresses, but not for TLSA.
fn fails_for_everybody(mx: &Mx, host: &MxHost) -> bool {
    if bogus(&mx.records) || bogus(&host.a) || bogus(&host.aaaa) || bogus(&host.tlsa) {
        return true;
    }
    let answered = !host.a.observed.is_unknown() || !host.aaaa.observed.is_unknown();
    answered && is_refused(&host.tlsa)
}

const fn is_refused<T>(answer: &Answer<T>) -> bool {
    matches!(
        answer.observed,
        Observed::Unknown {
            cause: Cause::Servfail | Cause::Refused,
            ..
        }
    )
}
