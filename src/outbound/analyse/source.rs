//! Where keys and records come from: the DNS, or documents that were collected before.

use crate::collect::Collector;
use crate::derive::dmarc::{step, walk_names};
use crate::derive::spf::answers::Answers;
use crate::derive::spf::check::{Progress, Sender, check_host};
use crate::facts::Facts;
use crate::facts::dkim::DkimKey;
use crate::facts::dmarc::DmarcStep;
use crate::facts::dns::Answer;
use crate::facts::mx::Reverse;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::spf::SpfCheck;
use crate::records::{dkim, domain};
use futures_util::future::join_all;
use hickory_proto::rr::RecordType;
use std::net::IpAddr;

/// Where keys and records come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Records<'a> {
    /// The DNS, now.
    Live(&'a Collector),
    /// Documents; what they do not hold is unknown.
    Stored(&'a [Facts]),
}

impl Records<'_> {
    /// The key record of a selector (RFC 6376 §3.6.2).
    pub(super) async fn key(&self, domain: &str, selector: &str) -> Answer<DkimKey> {
        let name = format!("{selector}._domainkey.{domain}");
        match self {
            Self::Live(collector) => {
                let response = collector.dns().ask(&name, RecordType::TXT).await;
                let texts = response.texts();
                let none = || Observed::absent(Proof::NoSuchRecord);
                response.answer(|_| {
                    texts.and_then(|texts| {
                        dkim::parse_records(texts).map_or_else(none, Observed::present)
                    })
                })
            }
            Self::Stored(documents) => stored_key(documents, domain, selector, &name),
        }
    }

    /// The questions of the tree walk, with that for the organizational domain of older receivers.
    pub(super) async fn walk(&self, domain: &str) -> Vec<DmarcStep> {
        let mut names = walk_names(domain);
        let older = domain::organizational(domain).to_owned();
        if !names.contains(&older) {
            names.push(older);
        }
        match self {
            Self::Live(collector) => {
                let steps = names.into_iter().map(|name| async move {
                    let asked = format!("_dmarc.{name}");
                    let response = collector.dns().ask(&asked, RecordType::TXT).await;
                    let texts = response.texts();
                    step(&name, response.answer(|_| texts))
                });
                join_all(steps).await
            }
            Self::Stored(documents) => {
                let steps = names.iter().map(|name| stored_step(documents, name));
                steps.collect()
            }
        }
    }

    /// What receivers make of a sender (RFC 7208 §4); unknown where a document lacks an answer.
    pub(super) async fn check(&self, sender: &Sender) -> Observed<SpfCheck> {
        match self {
            Self::Live(collector) => Observed::present(collector.check_spf(sender).await),
            Self::Stored(documents) => {
                let domain = sender.domain();
                let Some(facts) = of_domain(documents, domain) else {
                    let why = format!("there are no facts of {domain}");
                    return Observed::unknown(Cause::NotAttempted, why);
                };
                match check_host(sender, &Answers::of(&facts.spf)) {
                    Progress::Done(check) => Observed::present(check),
                    Progress::Needs(questions) => {
                        let first = questions.first();
                        let name = first.map_or("", |question| question.name.as_str());
                        let kind = first.map_or("", |question| question.kind.as_str());
                        let why = format!("the facts do not hold the answer for {name} {kind}");
                        Observed::unknown(Cause::NotAttempted, why)
                    }
                }
            }
        }
    }

    /// Whether the domain exists, as DMARC means it: it has MX, A or AAAA records (RFC 9989 §3.2.13).
    pub(super) async fn exists(&self, domain: &str) -> Observed<bool> {
        let types = [RecordType::MX, RecordType::A, RecordType::AAAA];
        match self {
            Self::Live(collector) => {
                let dns = collector.dns();
                let found = join_all(types.map(|rtype| dns.ask(domain, rtype))).await;
                let states = found.iter().map(|response| response.observed.map(|_| true));
                any(states)
            }
            Self::Stored(documents) => {
                let Some(facts) = of_domain(documents, domain) else {
                    let why = format!("there are no facts of {domain}");
                    return Observed::unknown(Cause::NotAttempted, why);
                };
                if facts.mx.implicit {
                    return Observed::present(true);
                }
                match &facts.mx.records.observed {
                    Observed::Absent {
                        proof: Proof::Nxdomain,
                        ..
                    } => Observed::present(false),
                    Observed::Absent { .. } => {
                        let why = "the facts do not hold the domain's addresses";
                        Observed::unknown(Cause::NotAttempted, why)
                    }
                    found @ (Observed::Present { .. } | Observed::Unknown { .. }) => {
                        found.map(|_| true)
                    }
                }
            }
        }
    }

    /// The names of an address.
    pub(super) async fn reverse(&self, ip: IpAddr, ehlo: &Observed<String>) -> Reverse {
        match self {
            Self::Live(collector) => {
                let greeting = match ehlo {
                    Observed::Present { value } => Observed::present(value.as_str()),
                    Observed::Absent { proof, .. } => Observed::absent(*proof),
                    Observed::Unknown { cause, detail } => {
                        Observed::unknown(*cause, detail.clone())
                    }
                };
                collector.reverse(ip, greeting).await
            }
            Self::Stored(_) => Reverse::default(),
        }
    }
}

/// True where one is there, unknown where one is, else false.
fn any(states: impl Iterator<Item = Observed<bool>>) -> Observed<bool> {
    let mut open = None;
    for state in states {
        match state {
            Observed::Present { .. } => return Observed::present(true),
            Observed::Absent { .. } => {}
            unknown @ Observed::Unknown { .. } => open = open.or(Some(unknown)),
        }
    }
    open.unwrap_or(Observed::present(false))
}

fn of_domain<'a>(documents: &'a [Facts], domain: &str) -> Option<&'a Facts> {
    let mut all = documents.iter();
    all.find(|facts| facts.target.domain.eq_ignore_ascii_case(domain))
}

fn stored_key(documents: &[Facts], domain: &str, selector: &str, name: &str) -> Answer<DkimKey> {
    let unasked = |why: &str| Answer::unasked(name, "TXT", Cause::NotAttempted, why);
    let Some(facts) = of_domain(documents, domain) else {
        return unasked(&format!("there are no facts of {domain}"));
    };
    let mut keys = facts.dkim.keys.iter();
    if let Some(key) = keys.find(|key| key.selector.eq_ignore_ascii_case(selector)) {
        return key.record.clone();
    }
    // Nothing is below a name that does not exist (RFC 8020).
    if let Observed::Absent {
        proof: Proof::Nxdomain,
        ..
    } = &facts.dkim.domainkey.observed
    {
        return unasked("").with(Observed::absent(Proof::Nxdomain));
    }
    unasked(&format!(
        "the facts of {domain} do not hold the key of {selector}"
    ))
}

fn stored_step(documents: &[Facts], name: &str) -> DmarcStep {
    let mut steps = documents.iter().flat_map(|facts| &facts.dmarc.walk);
    steps.find(|step| step.domain == name).map_or_else(
        || {
            let why = "the facts do not hold it";
            let asked = format!("_dmarc.{name}");
            step(
                name,
                Answer::unasked(&asked, "TXT", Cause::NotAttempted, why),
            )
        },
        DmarcStep::clone,
    )
}
