//! The deep look at one version: all suites, all groups, and whose order decides.

use super::describe;
use super::lists;
use super::prober::{Prober, Server};
use super::verdict::Verdict;
use super::versions::Known;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::tls::TlsVersion;
use crate::facts::tls::offers::{OlderTls, VersionOffer};
use crate::net::tls::hello::Flight;
use crate::net::tls::names::{self, family};

/// Why something could not be found out whole.
type Gap = (Cause, String);

/// What a deep look found.
#[derive(Debug)]
pub(super) struct Found {
    /// All suites in the order in which they were chosen.
    pub(super) suites: Result<Vec<u16>, Gap>,
    /// Whether a key exchange in a finite field was seen, or that there is none.
    pub(super) field: Observed<()>,
    groups: Observed<Vec<String>>,
    server_order: Observed<bool>,
}

impl Found {
    /// Puts what was found into the facts.
    pub(super) fn fill(self, offer: &mut VersionOffer) {
        offer.suites = match self.suites {
            Ok(suites) => {
                let named = suites.into_iter().map(names::suite);
                Observed::present(named.map(describe::suite).collect())
            }
            Err((cause, detail)) => Observed::unknown(cause, detail),
        };
        offer.groups = self.groups.map(|groups| {
            let named = groups.iter().cloned();
            named.map(describe::group).collect()
        });
        offer.server_order = self.server_order;
    }
}

/// Looks at a version that the server is known to take.
pub(super) async fn look<S: Server>(
    prober: &mut Prober<'_, S>,
    known: &Known,
    version: TlsVersion,
) -> Found {
    let start = match known.verdict(version) {
        Some(Verdict::Accepted(flight)) => flight.hello.as_ref().map(|hello| hello.suite),
        Some(_) | None => None,
    };
    let suites = all_suites(prober, version, start).await;
    let (groups, field) = if version == TlsVersion::Tls13 {
        let offered = lists::batches(version).concat();
        let groups = curves(prober, version, &offered).await;
        (filled(groups), Observed::absent(Proof::NoSubject))
    } else {
        older_groups(prober, version, suites.as_deref().ok()).await
    };
    let server_order = match &suites {
        Ok(suites) => order(prober, version, suites).await,
        Err((cause, detail)) => Observed::unknown(*cause, detail.clone()),
    };
    Found {
        suites,
        field,
        groups,
        server_order,
    }
}

/// Whether a verdict says that nothing of what was offered is taken; a gap where it settles nothing. That the server
/// closed the connection counts only if it still takes what it took before.
async fn accepted<S: Server>(
    prober: &mut Prober<'_, S>,
    version: TlsVersion,
    verdict: Verdict,
) -> Result<Option<Box<Flight>>, Gap> {
    match verdict {
        Verdict::Accepted(flight) => Ok(Some(flight)),
        Verdict::Older(..) | Verdict::Refused(..) => Ok(None),
        Verdict::Closed if prober.still_takes(version).await => Ok(None),
        Verdict::Closed => {
            let detail =
                "the server closed the connection, and did not take again what it took before";
            Err((Cause::ConnectionClosed, detail.to_owned()))
        }
        Verdict::Unsettled(cause, detail) => Err((cause, detail)),
    }
}

async fn offered<S: Server>(
    prober: &mut Prober<'_, S>,
    version: TlsVersion,
    suites: &[u16],
) -> Result<Option<Box<Flight>>, Gap> {
    let verdict = prober.offer(version, suites).await;
    accepted(prober, version, verdict).await
}

async fn offered_groups<S: Server>(
    prober: &mut Prober<'_, S>,
    version: TlsVersion,
    suites: &[u16],
    groups: &[u16],
) -> Result<Option<Box<Flight>>, Gap> {
    let verdict = prober.offer_groups(version, suites, groups).await;
    accepted(prober, version, verdict).await
}

/// Offers what is left until the server refuses. `start` is what it chose of all.
async fn all_suites<S: Server>(
    prober: &mut Prober<'_, S>,
    version: TlsVersion,
    start: Option<u16>,
) -> Result<Vec<u16>, Gap> {
    let mut taken = Vec::new();
    for mut left in lists::batches(version) {
        let mut chosen = start.filter(|suite| left.contains(suite));
        while !left.is_empty() {
            let next = match chosen.take() {
                Some(suite) => Some(suite),
                None => offered(prober, version, &left)
                    .await?
                    .and_then(|flight| flight.hello.map(|hello| hello.suite)),
            };
            let Some(suite) = next else { break };
            taken.push(suite);
            left.retain(|other| *other != suite);
        }
    }
    Ok(taken)
}

/// The suites of a kind: those that the server is known to take, otherwise all.
fn of_kind(version: TlsVersion, known: Option<&[u16]>, fits: fn(&str) -> bool) -> Vec<u16> {
    let all = known.map_or_else(|| lists::batches(version).concat(), <[u16]>::to_vec);
    let mut fitting: Vec<u16> = all
        .into_iter()
        .filter(|code| fits(&names::suite(*code)))
        .collect();
    // Some servers take no longer lists; the strong come first.
    fitting.truncate(128);
    fitting
}

/// The groups before TLS 1.3, those of curves first, and whether there are any in a finite field.
async fn older_groups<S: Server>(
    prober: &mut Prober<'_, S>,
    version: TlsVersion,
    known: Option<&[u16]>,
) -> (Observed<Vec<String>>, Observed<()>) {
    let on_curves = of_kind(version, known, family::sends_curve);
    let on_curves = if version == TlsVersion::Ssl30 {
        one_group(prober, version, &on_curves).await
    } else {
        curves(prober, version, &on_curves).await
    };
    let in_fields = of_kind(version, known, family::sends_prime);
    let in_fields = fields(prober, version, &in_fields).await;
    let field = match &in_fields {
        Ok(groups) if groups.is_empty() => Observed::absent(Proof::NoSubject),
        Ok(_) => Observed::present(()),
        Err((cause, detail)) => Observed::unknown(*cause, detail.clone()),
    };
    let groups = on_curves.and_then(|mut groups| {
        groups.extend(in_fields?);
        Ok(groups)
    });
    (filled(groups), field)
}

fn filled(groups: Result<Vec<String>, Gap>) -> Observed<Vec<String>> {
    match groups {
        Ok(groups) if groups.is_empty() => Observed::Absent {
            proof: Proof::NoSubject,
            detail: "no suite that the server takes uses a group".to_owned(),
        },
        Ok(groups) => Observed::present(groups),
        Err((cause, detail)) => Observed::unknown(cause, detail),
    }
}

/// The group that a server uses where no list of groups can be offered.
async fn one_group<S: Server>(
    prober: &mut Prober<'_, S>,
    version: TlsVersion,
    suites: &[u16],
) -> Result<Vec<String>, Gap> {
    if suites.is_empty() {
        return Ok(Vec::new());
    }
    match offered(prober, version, suites).await? {
        Some(flight) => Ok(vec![shown(&flight)?]),
        None => Ok(Vec::new()),
    }
}

/// The name of the group, or that the server did not show it.
fn shown(flight: &Flight) -> Result<String, Gap> {
    describe::group_name(flight).ok_or_else(|| {
        let detail = "the server showed no group, though the suite has one";
        (Cause::TlsProtocol, detail.to_owned())
    })
}

/// Offers the groups that are left until the server refuses.
///
/// Before TLS 1.3 the list is also about the curve of the certificate (RFC 8422 §5.1), without which a server with an ECDSA
/// key refuses all. So a group whose removal ends it is offered once more, behind the others.
async fn curves<S: Server>(
    prober: &mut Prober<'_, S>,
    version: TlsVersion,
    suites: &[u16],
) -> Result<Vec<String>, Gap> {
    let mut left = lists::groups(version);
    let mut taken = Vec::new();
    let mut last: Option<u16> = None;
    let mut kept = None;
    while !suites.is_empty() && left.iter().any(|group| Some(*group) != kept) {
        let Some(flight) = offered_groups(prober, version, suites, &left).await? else {
            match last.take() {
                Some(group) if kept.is_none() && by_ecdsa(version, suites) => {
                    kept = Some(group);
                    left.push(group);
                    continue;
                }
                Some(_) | None => break,
            }
        };
        let name = shown(&flight)?;
        let Some(group) = flight.group().filter(|group| left.contains(group)) else {
            let detail = format!("the server chose {name}, which was not offered");
            return Err((Cause::TlsProtocol, detail));
        };
        if kept == Some(group) {
            break;
        }
        taken.push(name);
        left.retain(|other| *other != group);
        last = Some(group);
    }
    Ok(taken)
}

fn by_ecdsa(version: TlsVersion, suites: &[u16]) -> bool {
    version < TlsVersion::Tls13
        && suites
            .iter()
            .any(|code| family::is_ecdsa(&names::suite(*code)))
}

/// The groups in finite fields: registered ones are taken off the list until the server refuses or uses its own.
async fn fields<S: Server>(
    prober: &mut Prober<'_, S>,
    version: TlsVersion,
    suites: &[u16],
) -> Result<Vec<String>, Gap> {
    let mut left = lists::groups(version);
    let mut taken: Vec<String> = Vec::new();
    while !suites.is_empty() {
        let Some(flight) = offered_groups(prober, version, suites, &left).await? else {
            break;
        };
        let name = shown(&flight)?;
        if taken.contains(&name) {
            // It heeds no list.
            break;
        }
        let registered = flight.group().filter(|group| left.contains(group));
        taken.push(name);
        let Some(group) = registered else { break };
        left.retain(|other| *other != group);
    }
    Ok(taken)
}

/// Whether the first two suites are chosen alike in both orders.
async fn order<S: Server>(
    prober: &mut Prober<'_, S>,
    version: TlsVersion,
    suites: &[u16],
) -> Observed<bool> {
    let [one, other, ..] = *suites else {
        return Observed::absent(Proof::NoSubject);
    };
    let mut choices = Vec::new();
    for pair in [[one, other], [other, one]] {
        let chosen = match prober.offer(version, &pair).await {
            Verdict::Accepted(flight) => flight.hello.map(|hello| hello.suite),
            verdict @ (Verdict::Older(..)
            | Verdict::Refused(..)
            | Verdict::Closed
            | Verdict::Unsettled(..)) => return refused_once_taken(&verdict),
        };
        choices.extend(chosen);
    }
    Observed::present(choices.first() == choices.last())
}

/// What was taken before and now is not says nothing.
fn refused_once_taken<T>(verdict: &Verdict) -> Observed<T> {
    match verdict.observed(true) {
        Observed::Unknown { cause, detail } => Observed::unknown(cause, detail),
        Observed::Present { .. } | Observed::Absent { .. } => Observed::unknown(
            Cause::TlsProtocol,
            "the server refused suites that it took before",
        ),
    }
}

/// What of the set-up of an older version only further hellos show.
pub(super) async fn complete<S: Server>(
    prober: &mut Prober<'_, S>,
    suites: Option<&[u16]>,
    field: &Observed<()>,
    older: &mut OlderTls,
) {
    older.dh_bits = field.and_then(|()| {
        prober
            .smallest()
            .map_or_else(Observed::unobserved, Observed::present)
    });
    if older.encrypt_then_mac.value().is_some() {
        return;
    }
    let chained = of_kind(older.version, suites, family::is_cbc);
    older.encrypt_then_mac = if chained.is_empty() {
        Observed::absent(Proof::NoSubject)
    } else {
        let verdict = prober.offer(older.version, &chained).await;
        verdict
            .observed(true)
            .map(|flight| describe::encrypts_first(flight))
    };
}
