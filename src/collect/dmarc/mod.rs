//! The DMARC tree walk (RFC 9989 §4.10), records at wrong names, and the domains that reports go to.

use crate::derive;
use crate::facts::dmarc::{Dmarc, DmarcStep};
use crate::facts::dns::Answer;
use crate::facts::observed::{Observed, Proof};
use crate::net::dns::{Dns, names};
use crate::records::domain::organizational;
use futures_util::future::join_all;
use hickory_proto::rr::RecordType;

mod reports;

/// Asks every name of the walk side by side, `derive` stops where the standard stops; then what the
/// records lead to.
pub(super) async fn collect(dns: &Dns, domain: &str) -> Dmarc {
    let mut steps = derive::dmarc::walk_names(domain);
    let older = organizational(domain);
    if !steps.iter().any(|name| name == older) {
        steps.push(older.to_owned());
    }
    let mut dmarc = derive::dmarc::conclude(domain, walk(dns, steps).await);
    let (misplaced, hosts) = tokio::join!(
        misplaced(dns, domain, &dmarc.walk),
        reports::hosts(dns, &dmarc)
    );
    dmarc.misplaced = misplaced;
    dmarc.report_addresses = derive::dmarc::addresses(&dmarc, &hosts);
    dmarc.report_hosts = hosts;
    dmarc
}

async fn walk(dns: &Dns, names: Vec<String>) -> Vec<DmarcStep> {
    let steps = names.into_iter().map(|name| async move {
        let txt = texts(dns, &format!("_dmarc.{name}")).await;
        derive::dmarc::step(&name, txt)
    });
    join_all(steps).await
}

async fn texts(dns: &Dns, name: &str) -> Answer<Vec<String>> {
    let response = dns.ask(name, RecordType::TXT).await;
    let texts = response.texts();
    response.answer(|_| texts)
}

/// Where records are put by mistake: at the domain itself, without the underscore, below `_dmarc` once
/// more, and with the domain written twice, as some editors of zones do.
fn slips(domain: &str) -> [String; 3] {
    [
        format!("dmarc.{domain}"),
        format!("_dmarc._dmarc.{domain}"),
        format!("_dmarc.{domain}.{domain}"),
    ]
}

/// The names beside `_dmarc` at which a DMARC record stands, and those without an answer; nothing is asked
/// where `_dmarc` itself has a record, or could not be asked.
async fn misplaced(dns: &Dns, domain: &str, walk: &[DmarcStep]) -> Vec<Answer<Vec<String>>> {
    let own = walk.iter().find(|step| step.domain == domain);
    if own.is_none_or(|own| own.candidates > 0 || own.txt.observed.is_unknown()) {
        return Vec::new();
    }
    let apex = texts(dns, domain).await;
    let nowhere = matches!(
        apex.observed,
        Observed::Absent {
            proof: Proof::Nxdomain,
            ..
        }
    );
    let slips = slips(domain)
        .into_iter()
        .filter(|name| !nowhere && names::parse(name).is_some());
    let below = slips.map(|name| async move { texts(dns, &name).await });
    let below = join_all(below).await;
    let all = std::iter::once(apex).chain(below);
    all.map(|answer| dmarc_like(&answer))
        .filter(|answer| !answer.observed.is_absent())
        .collect()
}

/// The same answer with those texts that somebody meant for DMARC.
fn dmarc_like(answer: &Answer<Vec<String>>) -> Answer<Vec<String>> {
    let meant = |text: &&String| {
        let text = text.trim_start().to_ascii_lowercase();
        text.replace(' ', "").starts_with("v=dmarc1")
    };
    let observed = answer.observed.and_then(|texts| {
        let found: Vec<String> = texts.iter().filter(meant).cloned().collect();
        if found.is_empty() {
            Observed::absent(Proof::NoSuchRecord)
        } else {
            Observed::present(found)
        }
    });
    answer.with(observed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::observed::Cause;

    #[test]
    fn only_texts_meant_for_dmarc_are_kept() {
        for (text, kept) in [
            ("v=DMARC1; p=reject", true),
            (" V = dmarc1;p=none", true),
            ("v=spf1 -all", false),
            ("", false),
        ] {
            let answer = Answer::<Vec<String>>::unasked("x.test", "TXT", Cause::NotAttempted, "");
            let answer = answer.with(Observed::present(vec![text.to_owned()]));
            assert_eq!(dmarc_like(&answer).value().is_some(), kept, "{text}");
        }
    }
}
