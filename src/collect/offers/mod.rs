//! What a mail server offers in TLS beyond the one handshake: found out by hellos in short sessions, one after another.

use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::tls::offers::{Offers, VersionOffer};
use crate::facts::tls::{Tls, TlsVersion};
use crate::facts::vantage::Probe;
use crate::net::smtp::Smtp;
use crate::net::tcp::Failure;
use crate::net::tls::hello::{ClientHello, Flight};
use prober::{Prober, Server};
use std::net::IpAddr;

mod depth;
mod describe;
mod lists;
mod prober;
mod verdict;
mod versions;

/// What is said of facts that only the deepest look finds out.
const DEEP: &str = "asked for with --probe deep";

/// A mail server, and the way to it.
struct Wire<'a> {
    smtp: &'a Smtp,
    ip: IpAddr,
}

impl Server for Wire<'_> {
    async fn answer(&self, hello: &ClientHello) -> Result<Flight, Failure> {
        self.smtp.flight(self.ip, hello).await
    }
}

/// Finds out what the server at the address offers. `first` is the handshake of the main session, and `most` says how many
/// connections may still be made.
///
/// The chains other than the first, the session without a server name and the injection of commands are not looked at here.
#[expect(
    clippy::too_many_arguments,
    reason = "the server, what is known of it, and how far to go"
)]
pub(super) async fn offers(
    smtp: &Smtp,
    ip: IpAddr,
    host: &str,
    first: &Observed<Tls>,
    probe: Probe,
    most: u32,
) -> Offers {
    let most = match probe {
        Probe::Gentle => 0,
        Probe::Standard => most.min(4),
        Probe::Deep => most.min(200),
    };
    let server = Wire { smtp, ip };
    found(&mut Prober::new(&server, host, most), first, probe).await
}

async fn found<S: Server>(
    prober: &mut Prober<'_, S>,
    first: &Observed<Tls>,
    probe: Probe,
) -> Offers {
    if probe == Probe::Gentle {
        let later = Observed::unknown(Cause::NotAttempted, "asked for with --probe standard");
        return alike(&later);
    }
    if let Some(same) = versions::settles_all(first) {
        return alike(&same);
    }
    let known = versions::find(prober, first).await;
    let taken = prober.has_answered();
    let mut versions = Vec::new();
    let mut older = describe::older(&known, taken);
    for version in lists::VERSIONS {
        let accepted = known.accepted(version, taken);
        let mut offer = describe::shallow(version, accepted);
        if probe == Probe::Deep && offer.accepted.value().is_some() {
            let found = depth::look(prober, &known, version).await;
            if let Observed::Present { value } = &mut older
                && value.version == version
            {
                let suites = found.suites.as_deref().ok();
                depth::complete(prober, suites, &found.field, value).await;
            }
            found.fill(&mut offer);
        }
        versions.push(offer);
    }
    Offers {
        versions,
        older,
        connections: prober.used(),
        ..alike(&Observed::unknown(Cause::NotAttempted, DEEP))
    }
}

/// What became of the handshake of a current sender, in the light of all that the server offers: that nothing suited
/// this sender settles it only where nothing of TLS 1.2 or later suits any.
pub(super) fn settled(first: &Observed<Tls>, offers: &Offers) -> Observed<Tls> {
    let Observed::Absent {
        proof: Proof::TlsAlert,
        detail,
    } = first
    else {
        return first.clone();
    };
    let mut current = offers.versions.iter();
    let refused =
        current.all(|offer| offer.version < TlsVersion::Tls12 || offer.accepted.is_absent());
    let mut older = offers.versions.iter();
    let older = older.find(|offer| offer.accepted.value().is_some());
    let takes_tls12 = offers
        .versions
        .iter()
        .any(|offer| offer.version >= TlsVersion::Tls12 && offer.accepted.value().is_some());
    match (refused, older) {
        (true, Some(_)) => Observed::Absent {
            proof: Proof::TlsVersion,
            detail: "nothing later than TLS 1.1 is accepted".to_owned(),
        },
        (true, None) => first.clone(),
        (false, _) if !takes_tls12 => Observed::unknown(Cause::TlsAlert, detail.as_str()),
        (false, _) => {
            let why = "the server takes only suites that this client cannot carry to the end of a handshake";
            Observed::unknown(Cause::TlsAlert, format!("{detail}; {why}"))
        }
    }
}

/// Offers of which every fact has the same state, though for what only the deepest look finds out another depth is named.
fn alike(state: &Observed<()>) -> Offers {
    let versions = lists::VERSIONS.map(|version| VersionOffer {
        version,
        accepted: lead(state),
        suites: lead(&deeper(state)),
        groups: lead(&deeper(state)),
        server_order: lead(&deeper(state)),
    });
    Offers {
        versions: versions.into(),
        older: lead(state),
        rsa_chain: Observed::unknown(Cause::NotAttempted, DEEP),
        ecdsa_chain: Observed::unknown(Cause::NotAttempted, DEEP),
        without_sni: Observed::unknown(Cause::NotAttempted, DEEP),
        command_injection: Observed::unknown(Cause::NotAttempted, DEEP),
        connections: 0,
    }
}

fn deeper(state: &Observed<()>) -> Observed<()> {
    match state {
        Observed::Unknown {
            cause: Cause::NotAttempted,
            ..
        } => Observed::unknown(Cause::NotAttempted, DEEP),
        Observed::Present { .. } | Observed::Absent { .. } | Observed::Unknown { .. } => {
            state.clone()
        }
    }
}

/// The same state about something else, of which nothing was seen.
fn lead<T>(state: &Observed<()>) -> Observed<T> {
    state.and_then(|()| Observed::unobserved())
}

#[cfg(test)]
mod sham;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_tests;
