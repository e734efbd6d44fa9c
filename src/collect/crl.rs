//! Lists of revoked certificates (RFC 5280 §5): fetched with `--probe deep`, each once a run.

use super::{Collector, web};
use crate::derive;
use crate::facts::certificate::Chain;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::smtp::SmtpSession;
use crate::facts::tls::CrlCheck;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

type List = Observed<Arc<Vec<u8>>>;

/// The lists of a run.
#[derive(Debug, Default)]
pub(super) struct Lists {
    known: Mutex<BTreeMap<String, Arc<OnceCell<List>>>>,
}

/// The session with what the list says of its certificate.
pub(super) async fn look_up(
    shared: &Collector,
    session: Observed<Arc<SmtpSession>>,
) -> Observed<Arc<SmtpSession>> {
    let Observed::Present { mut value } = session else {
        return session;
    };
    if let Some(tls) = value.tls.value() {
        let seen = check(shared, &tls.chain).await;
        let changed = Arc::make_mut(&mut value);
        if let Observed::Present { value: tls } = &mut changed.tls {
            tls.crl = seen;
        }
    }
    Observed::present(value)
}

async fn check(shared: &Collector, chain: &Chain) -> Observed<CrlCheck> {
    let leaf = chain.certificates.first();
    let mut urls = leaf.into_iter().flat_map(|leaf| &leaf.crl_urls);
    // A list may be offered by LDAP, too.
    let Some((url, rest)) = urls.find_map(|url| Some((url, url.strip_prefix("http://")?))) else {
        return Observed::absent(Proof::NoSubject);
    };
    let list = shared.lists.fetch(shared, url, rest).await;
    list.and_then(|list| derive::chain::crl(list, url, chain, shared.now()))
}

impl Lists {
    async fn fetch(&self, shared: &Collector, url: &str, rest: &str) -> List {
        let list = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(url.to_owned()).or_default())
        };
        let fetched = list.get_or_init(|| fetch(shared, rest));
        fetched.await.clone()
    }
}

async fn fetch(shared: &Collector, rest: &str) -> List {
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host.contains([':', '@', '[']) {
        let why = format!("{host}: only port 80 of a named host is asked for lists");
        return Observed::unknown(Cause::NotAttempted, why);
    }
    let at = web::addresses(&shared.dns, host).await;
    let ips = match web::reachable(host, &at, shared.circumstances.reach) {
        Observed::Present { value } => value,
        // That the list can't be had does not show that nothing is revoked.
        Observed::Absent { .. } => {
            let why = format!("{host}, which should have the list, has no address");
            return Observed::unknown(Cause::Unresolved, why);
        }
        Observed::Unknown { cause, detail } => return Observed::unknown(cause, detail),
    };
    let answer = shared
        .https
        .get_plain(host, &format!("/{path}"), &ips)
        .await;
    match answer {
        Observed::Present { value } if value.status == 200 => {
            Observed::present(Arc::new(value.body))
        }
        Observed::Present { value } => {
            let why = format!("{host} answered with status {}", value.status);
            Observed::unknown(Cause::HttpProtocol, why)
        }
        Observed::Absent { proof, detail } => Observed::Absent { proof, detail },
        Observed::Unknown { cause, detail } => Observed::Unknown { cause, detail },
    }
}
