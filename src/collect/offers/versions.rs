//! Which versions a server takes.

use super::describe;
use super::lists::{self, VERSIONS};
use super::prober::{Prober, Server};
use super::verdict::{Verdict, answers_with};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::tls::offers::Choice;
use crate::facts::tls::{Tls, TlsVersion};
use std::collections::BTreeMap;

/// What is known of the versions.
#[derive(Debug)]
pub(super) struct Known {
    /// What the main handshake agreed on.
    first: Option<(TlsVersion, Choice)>,
    /// What the hellos were answered with.
    verdicts: BTreeMap<TlsVersion, Verdict>,
}

impl Known {
    /// What the server chose in a version.
    pub(super) fn accepted(&self, version: TlsVersion, taken: bool) -> Observed<Choice> {
        match &self.first {
            Some((agreed, choice)) if *agreed == version => Observed::present(choice.clone()),
            Some(_) | None => {
                let verdict = self.verdicts.get(&version);
                let flight =
                    verdict.map_or_else(Observed::unobserved, |verdict| verdict.observed(taken));
                flight.map(|flight| describe::choice(flight))
            }
        }
    }

    /// What the hello of a version was answered with; none where none was sent.
    pub(super) fn verdict(&self, version: TlsVersion) -> Option<&Verdict> {
        self.verdicts.get(&version)
    }
}

/// The state of every fact, where the main session leaves nothing to ask: there was no TLS, or the server could not be
/// spoken to.
pub(super) fn settles_all(first: &Observed<Tls>) -> Option<Observed<()>> {
    let asks = match first {
        Observed::Present { .. } => true,
        Observed::Absent { proof, .. } => {
            matches!(
                proof,
                Proof::TlsVersion | Proof::TlsAlert | Proof::TlsClosed
            )
        }
        Observed::Unknown { cause, .. } => matches!(
            cause,
            Cause::TlsAlert | Cause::TlsProtocol | Cause::ConnectionClosed | Cause::LimitReached
        ),
    };
    (!asks).then(|| first.map(|_| ()))
}

/// Puts the hellos that settle the versions: TLS 1.2, then 1.1 and down until the server refuses.
pub(super) async fn find<S: Server>(prober: &mut Prober<'_, S>, first: &Observed<Tls>) -> Known {
    let mut known = Known {
        first: first
            .value()
            .map(|tls| (tls.version, describe::agreed(tls))),
        verdicts: settled(first),
    };
    let mut next = if known.verdicts.contains_key(&TlsVersion::Tls12) {
        Some(TlsVersion::Tls11)
    } else {
        Some(TlsVersion::Tls12)
    };
    while let Some(version) = next {
        let verdict = offer_all(prober, version).await;
        next = note(&mut known.verdicts, version, verdict);
    }
    let newest = TlsVersion::Tls13;
    if known.first.is_none() && !known.verdicts.contains_key(&newest) {
        let verdict = offer_all(prober, newest).await;
        known.verdicts.insert(newest, verdict);
    }
    known
}

/// What the main handshake, which offered TLS 1.3 and 1.2, says of versions that it did not agree on.
fn settled(first: &Observed<Tls>) -> BTreeMap<TlsVersion, Verdict> {
    let refused = |detail: String| Verdict::Refused(Proof::TlsVersion, detail);
    match first {
        Observed::Present { value } if value.version < TlsVersion::Tls13 => {
            BTreeMap::from([(TlsVersion::Tls13, refused(answers_with(value.version)))])
        }
        Observed::Absent {
            proof: Proof::TlsVersion,
            detail,
        } => BTreeMap::from([
            (TlsVersion::Tls13, refused(detail.clone())),
            (TlsVersion::Tls12, refused(detail.clone())),
        ]),
        Observed::Present { .. } | Observed::Absent { .. } | Observed::Unknown { .. } => {
            BTreeMap::new()
        }
    }
}

/// Offers all suites of a version, in as many hellos as it takes until one is accepted.
async fn offer_all<S: Server>(prober: &mut Prober<'_, S>, version: TlsVersion) -> Verdict {
    let mut refusal = None;
    for suites in lists::batches(version) {
        let verdict = prober.offer(version, &suites).await;
        if !matches!(verdict, Verdict::Refused(Proof::TlsAlert, _)) {
            // A refusal of the version is none of the suites.
            return verdict;
        }
        refusal.get_or_insert(verdict);
    }
    refusal.unwrap_or(Verdict::Closed)
}

/// Notes a verdict, with what it says of older versions, and says which version is to be offered next.
fn note(
    verdicts: &mut BTreeMap<TlsVersion, Verdict>,
    version: TlsVersion,
    verdict: Verdict,
) -> Option<TlsVersion> {
    match verdict {
        // A server that takes several chooses the newest (RFC 5246 §E.1).
        Verdict::Older(answered, flight) => {
            for passed in VERSIONS {
                if answered < passed && passed <= version {
                    let detail = answers_with(answered);
                    verdicts.insert(passed, Verdict::Refused(Proof::TlsVersion, detail));
                }
            }
            verdicts.insert(answered, Verdict::Accepted(flight));
            below(answered).first().copied()
        }
        // A closed connection may have another reason: the next older version is asked for as well.
        Verdict::Accepted(_) | Verdict::Closed => {
            verdicts.insert(version, verdict);
            below(version).first().copied()
        }
        Verdict::Refused(..) | Verdict::Unsettled(..) => {
            if version == TlsVersion::Tls12 {
                // Some servers that know only older versions fail at a newer hello.
                verdicts.insert(version, verdict);
                return Some(TlsVersion::Tls11);
            }
            for older in below(version) {
                verdicts.insert(*older, verdict.clone());
            }
            verdicts.insert(version, verdict);
            None
        }
    }
}

/// The versions below a version, the newest first.
fn below(version: TlsVersion) -> &'static [TlsVersion] {
    let at = VERSIONS.iter().position(|known| *known == version);
    at.and_then(|at| VERSIONS.get(at + 1..)).unwrap_or_default()
}
