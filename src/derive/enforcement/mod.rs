//! What a provider insists on when it delivers, concluded from what came to the probes and what did not.
//!
//! Each conclusion compares two probes that differ in one thing. A message that arrives proves that its sender takes that
//! posture. One that does not arrive proves something only where the control arrived, and where the sender was seen to
//! look at the server and leave: a sender that was not seen may have failed on its way, or may still be trying.

use crate::facts::observed::{Cause, Observed};
use crate::facts::outbound::enforcement::{
    AttemptEnd, Delivery, Enforcement, EnforcementLevel, Posture, Probe,
};

#[cfg(test)]
mod tests;

/// What a sender did at one probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The message arrived like this.
    Took(Delivery),
    /// The sender saw the server and left, and did not come back with the message.
    Refused,
    /// Neither a message nor the sender was seen.
    Unseen,
    /// It came near enough to deliver, or was sent away, and was never seen to refuse: the posture is not the reason.
    Unclear,
    /// The probe was not tried.
    Untried,
}

/// Puts the conclusions in place of those that the document has.
pub fn conclude(seen: &mut Enforcement) {
    let at = |posture| outcome(&seen.probes, posture);
    let Outcome::Took(control) = at(Posture::Good) else {
        let why = format!(
            "no control message arrived in {}: what else did not arrive says nothing",
            span(seen.waited_seconds)
        );
        let unknown = || Observed::unknown(Cause::Timeout, why.clone());
        seen.uses_tls = unknown();
        seen.delivers_in_clear = unknown();
        seen.validates_certificates = unknown();
        seen.enforces_dane = unknown();
        seen.enforces_mta_sts = unknown();
        seen.level = EnforcementLevel::Unknown;
        return;
    };
    let (clear, validates) = (in_clear(at(Posture::NoStarttls)), validates(at));
    let (dane, sts) = (dane(at), mta_sts(at, &validates));
    seen.uses_tls = Observed::present(control == Delivery::Tls);
    seen.delivers_in_clear = clear;
    seen.validates_certificates = validates;
    seen.enforces_dane = dane;
    seen.enforces_mta_sts = sts;
    seen.level = level(seen);
}

/// A time to wait in words.
fn span(seconds: u64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds / 60),
        _ => format!("{} hours", seconds / 3600),
    }
}

fn outcome(probes: &[Probe], posture: Posture) -> Outcome {
    let Some(probe) = probes.iter().find(|probe| probe.posture == posture) else {
        return Outcome::Untried;
    };
    match &probe.delivered {
        Observed::Present { value } => Outcome::Took(*value),
        Observed::Unknown { .. } => Outcome::Unclear,
        Observed::Absent { .. } => {
            let ended = |how: fn(AttemptEnd) -> bool| {
                let mut ends = probe.attempts.iter().map(|attempt| attempt.end);
                ends.any(how)
            };
            if probe.attempts.is_empty() {
                Outcome::Unseen
            } else if ended(turned_away) && !ended(|end| end == AttemptEnd::Delivered) {
                Outcome::Refused
            } else {
                Outcome::Unclear
            }
        }
    }
}

/// Whether a connection ended because of what the server showed of itself. One that ended later may have been ended by
/// the server: it is no refusal, and does not outweigh one.
const fn turned_away(end: AttemptEnd) -> bool {
    match end {
        AttemptEnd::LeftAfterEhlo
        | AttemptEnd::HandshakeFailed
        | AttemptEnd::LeftAfterHandshake => true,
        AttemptEnd::Delivered | AttemptEnd::LeftLater => false,
    }
}

/// The words for what a probe does not settle.
fn unsettled<T>(posture: Posture, outcome: Outcome) -> Observed<T> {
    let name = posture.as_str();
    match outcome {
        Outcome::Untried => Observed::unknown(Cause::NotAttempted, format!("{name} was not tried")),
        Outcome::Unseen => Observed::unknown(
            Cause::NotObservable,
            format!(
                "at {name} neither a message nor a connection was seen: it may have been refused before connecting, or may still wait in a queue"
            ),
        ),
        Outcome::Unclear => Observed::unknown(
            Cause::NotObservable,
            format!(
                "at {name} the sender came further than the posture could stop it, or was sent away, and did not deliver"
            ),
        ),
        Outcome::Took(_) | Outcome::Refused => Observed::unknown(
            Cause::NotObservable,
            format!("{name} alone does not settle it"),
        ),
    }
}

fn in_clear(outcome: Outcome) -> Observed<bool> {
    match outcome {
        Outcome::Took(_) => Observed::present(true),
        Outcome::Refused => Observed::present(false),
        Outcome::Unseen | Outcome::Unclear | Outcome::Untried => {
            unsettled(Posture::NoStarttls, outcome)
        }
    }
}

/// Certificates that are wrong where nobody asks for right ones: one that is taken says no, and all that were tried
/// refused says yes.
fn validates(at: impl Fn(Posture) -> Outcome) -> Observed<bool> {
    let faulty = [Posture::SelfSigned, Posture::WrongName, Posture::Expired];
    let mut open = None;
    let mut refused = false;
    for posture in faulty {
        match at(posture) {
            Outcome::Took(_) => return Observed::present(false),
            Outcome::Refused => refused = true,
            Outcome::Untried => {}
            unclear @ (Outcome::Unseen | Outcome::Unclear) => {
                open = open.or(Some((posture, unclear)));
            }
        }
    }
    match open {
        Some((posture, outcome)) => unsettled(posture, outcome),
        None if refused => Observed::present(true),
        None => unsettled(Posture::SelfSigned, Outcome::Untried),
    }
}

/// The mismatch has the certificate of the control, so that only its TLSA records can be the reason to refuse it. That
/// the records can be looked up at all is what the valid probe shows.
fn dane(at: impl Fn(Posture) -> Outcome) -> Observed<bool> {
    match (at(Posture::DaneMismatch), at(Posture::DaneValid)) {
        (Outcome::Took(_), _) => Observed::present(false),
        (Outcome::Refused, Outcome::Took(_)) => Observed::present(true),
        (Outcome::Refused, Outcome::Refused) => Observed::unknown(
            Cause::NotObservable,
            "dane-valid was refused as well: either the TLSA records are not used and its certificate is refused for want of an authority, or they can't be looked up",
        ),
        (Outcome::Refused, control) => unsettled(Posture::DaneValid, control),
        (other, _) => unsettled(Posture::DaneMismatch, other),
    }
}

/// The mismatch has the certificate and the fault of the wrong name, so that only the policy can be the reason to refuse
/// the one and take the other.
fn mta_sts(at: impl Fn(Posture) -> Outcome, validates: &Observed<bool>) -> Observed<bool> {
    match at(Posture::MtaStsMismatch) {
        Outcome::Took(_) => return Observed::present(false),
        Outcome::Refused => {}
        other @ (Outcome::Unseen | Outcome::Unclear | Outcome::Untried) => {
            return unsettled(Posture::MtaStsMismatch, other);
        }
    }
    match at(Posture::MtaStsValid) {
        Outcome::Took(_) => {}
        Outcome::Refused => {
            return Observed::unknown(
                Cause::NotObservable,
                "mta-sts-valid was refused as well, though its certificate fits: the policy is not the reason",
            );
        }
        other @ (Outcome::Unseen | Outcome::Unclear | Outcome::Untried) => {
            return unsettled(Posture::MtaStsValid, other);
        }
    }
    match (at(Posture::WrongName), validates.value()) {
        (Outcome::Took(_), _) | (Outcome::Untried, Some(false)) => Observed::present(true),
        (Outcome::Refused, _) | (_, Some(true)) => Observed::unknown(
            Cause::NotObservable,
            "the same certificate is refused where no policy asks for another, so that nothing is left for a policy to bring about",
        ),
        (other, _) => unsettled(Posture::WrongName, other),
    }
}

/// The level that is proven.
fn level(seen: &Enforcement) -> EnforcementLevel {
    let is = |fact: &Observed<bool>, wanted: bool| fact.value() == Some(&wanted);
    if is(&seen.uses_tls, false) {
        return EnforcementLevel::Clear;
    }
    if is(&seen.validates_certificates, true) && is(&seen.delivers_in_clear, false) {
        return EnforcementLevel::Validated;
    }
    if is(&seen.enforces_dane, true) || is(&seen.enforces_mta_sts, true) {
        return EnforcementLevel::Published;
    }
    let takes_anybody =
        is(&seen.validates_certificates, false) || is(&seen.delivers_in_clear, true);
    if takes_anybody && is(&seen.enforces_dane, false) && is(&seen.enforces_mta_sts, false) {
        return EnforcementLevel::Opportunistic;
    }
    EnforcementLevel::Unknown
}
