//! DKIM keys: what exists below `_domainkey`, and the selectors that are known or common (RFC 6376 §3.6).

use crate::derive;
use crate::facts::dkim::{Dkim, DkimKey, DkimSelector};
use crate::facts::observed::{Observed, Proof};
use crate::net::dns::{Dns, Response};
use crate::records::dkim;
use futures_util::future::join_all;
use hickory_proto::rr::RecordType;
use std::collections::BTreeSet;

/// Selectors that large providers and common software use, asked where nothing better is known.
pub const COMMON_SELECTORS: &[&str] = &[
    "default",
    "dkim",
    "dkim1",
    "fm1",
    "fm2",
    "google",
    "k1",
    "k2",
    "key1",
    "mail",
    "mandrill",
    "mx",
    "pm",
    "protonmail",
    "s1",
    "s2",
    "selector1",
    "selector2",
    "sig1",
    "smtp",
    "zoho",
];

/// A selector that nobody publishes: an answer to it comes from a wildcard.
const NOBODYS_SELECTOR: &str = "no-such-selector-waxseal";

/// Asks for `_domainkey`, and unless that proves that nothing is below it, for the selectors.
pub(super) async fn collect(dns: &Dns, domain: &str, given: &[String]) -> Dkim {
    let base = format!("_domainkey.{domain}");
    let response = dns.ask(&base, RecordType::TXT).await;
    let texts = response.texts();
    let domainkey = response.answer(|_| texts);
    let nothing_below = matches!(
        domainkey.observed,
        Observed::Absent {
            proof: Proof::Nxdomain,
            ..
        }
    );
    let selectors = if nothing_below {
        given_only(given)
    } else {
        all(given)
    };
    let (wildcard, keys) = tokio::join!(
        async {
            if nothing_below {
                Observed::present(false)
            } else {
                wildcard(dns, &base).await
            }
        },
        join_all(
            selectors
                .iter()
                .map(|(selector, source)| key(dns, &base, selector, source))
        ),
    );
    let keys: Vec<_> = keys
        .into_iter()
        .filter(|key| !key.record.observed.is_absent() || key.source == "given")
        .collect();
    let published = derive::dkim::published(&domainkey, &keys, &wildcard);
    let selectors_tried = selectors
        .into_iter()
        .map(|(selector, _)| selector)
        .collect();
    Dkim {
        domainkey,
        wildcard,
        published,
        selectors_tried,
        keys,
    }
}

fn given_only(given: &[String]) -> Vec<(String, &'static str)> {
    given
        .iter()
        .map(|selector| (selector.clone(), "given"))
        .collect()
}

fn all(given: &[String]) -> Vec<(String, &'static str)> {
    let known: BTreeSet<&str> = given.iter().map(String::as_str).collect();
    let common = COMMON_SELECTORS
        .iter()
        .filter(|selector| !known.contains(*selector));
    let common = common.map(|selector| ((*selector).to_owned(), "common"));
    given_only(given).into_iter().chain(common).collect()
}

async fn wildcard(dns: &Dns, base: &str) -> Observed<bool> {
    let response = dns
        .ask(&format!("{NOBODYS_SELECTOR}.{base}"), RecordType::TXT)
        .await;
    match &response.observed {
        Observed::Present { .. } => Observed::present(true),
        Observed::Absent { .. } => Observed::present(false),
        Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
    }
}

async fn key(dns: &Dns, base: &str, selector: &str, source: &str) -> DkimSelector {
    let response = dns
        .ask(&format!("{selector}.{base}"), RecordType::TXT)
        .await;
    DkimSelector {
        selector: selector.to_owned(),
        source: source.to_owned(),
        record: response.answer(|_| read(&response)),
    }
}

fn read(response: &Response) -> Observed<DkimKey> {
    response.texts().and_then(|texts| {
        let key = dkim::parse_records(texts);
        key.map_or_else(|| Observed::absent(Proof::NoSuchRecord), Observed::present)
    })
}
