//! DMARC of one message: what its identifiers prove of the domain in From, by RFC 9989 and by RFC 7489.

use crate::facts::dmarc::{Dmarc, DmarcEffective, DmarcPolicy, DmarcRecord};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::outbound::authentication::{
    DmarcResult, DmarcVerdict, MessageDmarc, SenderCheck,
};
use crate::facts::outbound::signature::DkimSignature;
use crate::facts::spf::SpfResult;
use crate::records::domain;
use std::collections::BTreeMap;

/// What was found of a message, and of the domains in it.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The domain in From; absent where there is not exactly one.
    pub from: &'a Observed<String>,
    /// What the tree walk from there comes to; not looked at where there is no such domain.
    pub dmarc: Option<&'a Dmarc>,
    /// Whether the domain in From exists: it has MX, A or AAAA records (RFC 9989 §4.7, `np`).
    pub exists: &'a Observed<bool>,
    /// The SPF check of MAIL FROM (RFC 9989 §4.4.2).
    pub spf: &'a Observed<SenderCheck>,
    /// The DKIM signatures.
    pub signatures: &'a [DkimSignature],
    /// The organizational domains by the tree walk, of From and of the domains that SPF and DKIM prove; empty where an
    /// unanswered question could change one.
    pub organizations: &'a BTreeMap<String, String>,
}

/// What DMARC makes of the message.
pub fn of(evidence: &Evidence<'_>) -> MessageDmarc {
    MessageDmarc {
        from: evidence.from.clone(),
        rfc9989: by_rfc9989(evidence),
        rfc7489: by_rfc7489(evidence),
    }
}

/// The domains whose organizational domain is asked for, each once: of what passes, or could, and is not From itself.
pub fn identifiers(
    from: &Observed<String>,
    spf: &Observed<SenderCheck>,
    signatures: &[DkimSignature],
) -> Vec<String> {
    let Some(from) = from.value() else {
        return Vec::new();
    };
    let spf = spf.value().filter(|check| check.result == SpfResult::Pass);
    let spf = spf.map(|check| check.domain.to_ascii_lowercase());
    let proven = |signature: &&DkimSignature| signature.verifies != Observed::present(false);
    let signed = signatures.iter().filter(proven);
    let mut all: Vec<String> = signed
        .map(|signature| signature.domain.clone())
        .chain(spf)
        .filter(|domain| domain != from && !domain.is_empty())
        .collect();
    all.sort_unstable();
    all.dedup();
    if !all.is_empty() {
        all.push(from.clone());
    }
    all
}

fn by_rfc9989(evidence: &Evidence<'_>) -> DmarcVerdict {
    let (Some(from), Some(dmarc)) = (evidence.from.value(), evidence.dmarc) else {
        return no_domain(evidence.from);
    };
    let organization = |domain: &str| -> Option<String> {
        if domain == from && !dmarc.organizational_domain.is_empty() {
            return Some(dmarc.organizational_domain.clone());
        }
        let found = evidence.organizations.get(domain);
        found.filter(|found| !found.is_empty()).cloned()
    };
    let policy = dmarc.effective.and_then(|effective| {
        if !dmarc.inherited {
            return Observed::present(effective.policy);
        }
        of_subdomain(effective, evidence.exists)
    });
    let reason = dmarc
        .effective
        .value()
        .map_or("", |effective| effective.reason.as_str());
    let aligned = Aligned::find(evidence, dmarc.record.value(), from, &organization);
    verdict(
        aligned,
        &dmarc.record,
        policy,
        reason,
        (&dmarc.organizational_domain, &dmarc.domain),
    )
}

/// What an inherited record asks for, by whether the domain exists.
fn of_subdomain(effective: &DmarcEffective, exists: &Observed<bool>) -> Observed<DmarcPolicy> {
    let (there, missing) = (
        effective.subdomain_policy,
        effective.nonexistent_subdomain_policy,
    );
    if there == missing {
        return Observed::present(there);
    }
    exists.map(|exists| if *exists { there } else { missing })
}

fn by_rfc7489(evidence: &Evidence<'_>) -> DmarcVerdict {
    let (Some(from), Some(dmarc)) = (evidence.from.value(), evidence.dmarc) else {
        return no_domain(evidence.from);
    };
    let older = &dmarc.rfc7489;
    let organization = |name: &str| Some(domain::organizational(name).to_owned());
    let aligned = Aligned::find(evidence, older.record.value(), from, &organization);
    let reason = older
        .effective
        .value()
        .map_or("", |effective| effective.reason.as_str());
    verdict(
        aligned,
        &older.record,
        older.effective.map(|effective| effective.policy),
        reason,
        (&older.organizational_domain, &older.domain),
    )
}

/// From is not one domain: receivers that keep to the standards can't tell (RFC 7489 §6.6.1).
fn no_domain(from: &Observed<String>) -> DmarcVerdict {
    let absent = || Observed::absent(Proof::NoSubject);
    let (result, reason) = match from {
        Observed::Absent { detail, .. } => (DmarcResult::Permerror, detail.clone()),
        Observed::Present { .. } | Observed::Unknown { .. } => (
            DmarcResult::Temperror,
            "the record was not looked for".to_owned(),
        ),
    };
    DmarcVerdict {
        result,
        reason,
        organizational_domain: String::new(),
        record_domain: String::new(),
        policy: Observed::absent(Proof::NoSubject),
        spf_aligned: absent(),
        dkim_aligned: absent(),
    }
}

/// Whether SPF and DKIM prove a domain that is aligned with From, each with words.
struct Aligned {
    spf: Observed<bool>,
    dkim: Observed<bool>,
    words: Vec<String>,
}

impl Aligned {
    fn find(
        evidence: &Evidence<'_>,
        record: Option<&DmarcRecord>,
        from: &str,
        organization: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let mut words = Vec::new();
        let mode = |tag: Option<&str>| {
            if tag == Some("s") {
                Mode::Strict
            } else {
                Mode::Relaxed
            }
        };
        let check = |domain: &str, mode: Mode| aligned(from, domain, mode, organization);
        let aspf = mode(record.map(|record| record.aspf.as_str()));
        let adkim = mode(record.map(|record| record.adkim.as_str()));
        let spf = spf(evidence.spf, &|domain| check(domain, aspf), &mut words);
        let dkim = dkim(
            evidence.signatures,
            &|domain| check(domain, adkim),
            &mut words,
        );
        Self { spf, dkim, words }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Relaxed,
    Strict,
}

/// Whether a domain is aligned with From (RFC 9989 §4.4): it is the same or, where that is relaxed, has the same
/// organizational domain. None: it can't be told.
fn aligned(
    from: &str,
    other: &str,
    mode: Mode,
    organization: &dyn Fn(&str) -> Option<String>,
) -> Option<bool> {
    if from.eq_ignore_ascii_case(other) {
        return Some(true);
    }
    if mode == Mode::Strict {
        return Some(false);
    }
    let (Some(own), Some(others)) = (organization(from), organization(other)) else {
        // Names below different top-level domains have no domain in common.
        return (top(from) != top(other)).then_some(false);
    };
    Some(own == others)
}

fn top(name: &str) -> String {
    let label = name.rsplit('.').next();
    label.unwrap_or_default().to_ascii_lowercase()
}

fn spf(
    found: &Observed<SenderCheck>,
    check: &dyn Fn(&str) -> Option<bool>,
    words: &mut Vec<String>,
) -> Observed<bool> {
    match found {
        Observed::Present { value } if value.result == SpfResult::Pass => {
            let domain = &value.domain;
            match check(domain) {
                Some(true) => {
                    words.push(format!("SPF passes for {domain}, which is aligned"));
                    Observed::present(true)
                }
                Some(false) => {
                    words.push(format!("SPF passes for {domain}, which is not aligned"));
                    Observed::present(false)
                }
                None => unsettled(domain, words),
            }
        }
        Observed::Present { value } => {
            words.push(format!("SPF is {}", value.result.as_str()));
            Observed::present(false)
        }
        Observed::Absent { .. } => Observed::present(false),
        Observed::Unknown { cause, detail } => {
            words.push("SPF is not known".to_owned());
            Observed::unknown(*cause, detail.clone())
        }
    }
}

fn unsettled(domain: &str, words: &mut Vec<String>) -> Observed<bool> {
    let text = format!("the organizational domain of {domain} is not known");
    words.push(text.clone());
    Observed::unknown(Cause::Unresolved, text)
}

fn dkim(
    signatures: &[DkimSignature],
    check: &dyn Fn(&str) -> Option<bool>,
    words: &mut Vec<String>,
) -> Observed<bool> {
    let mut open = None;
    let mut passes = 0;
    for signature in signatures {
        let domain = &signature.domain;
        match (&signature.verifies, check(domain)) {
            (Observed::Present { value: true }, Some(true)) => {
                words.push(format!(
                    "a DKIM signature of {domain} verifies, which is aligned"
                ));
                return Observed::present(true);
            }
            (Observed::Present { value: true }, None) => {
                open = Some(unsettled(domain, words));
            }
            (Observed::Present { value: true }, Some(false)) => passes += 1,
            (Observed::Unknown { cause, detail }, Some(true) | None) => {
                words.push(format!(
                    "whether a DKIM signature of {domain} verifies is not known"
                ));
                open = Some(Observed::unknown(*cause, detail.clone()));
            }
            (_, _) => {}
        }
    }
    if let Some(open) = open {
        return open;
    }
    words.push(match (signatures.is_empty(), passes) {
        (true, _) => "there is no DKIM signature".to_owned(),
        (false, 0) => "no DKIM signature verifies".to_owned(),
        (false, _) => "no DKIM signature that verifies is aligned".to_owned(),
    });
    Observed::present(false)
}

fn verdict(
    aligned: Aligned,
    record: &Observed<DmarcRecord>,
    policy: Observed<DmarcPolicy>,
    reason: &str,
    (organizational, holder): (&str, &str),
) -> DmarcVerdict {
    let proven = [&aligned.spf, &aligned.dkim];
    let passes = proven.iter().any(|it| **it == Observed::present(true));
    let open = proven.iter().any(|it| it.is_unknown());
    let found = aligned.words.join("; ");
    let (result, words) = match record {
        Observed::Absent { detail, .. } => {
            let why = if detail.is_empty() {
                "no DMARC record holds"
            } else {
                detail
            };
            (DmarcResult::None, format!("{why}; {found}"))
        }
        Observed::Unknown { cause, detail } => {
            let why = format!(
                "the DMARC record is not known ({}): {detail}",
                cause.as_str()
            );
            (DmarcResult::Temperror, format!("{why}; {found}"))
        }
        Observed::Present { .. } if passes => (DmarcResult::Pass, found),
        Observed::Present { .. } if open => (DmarcResult::Temperror, found),
        Observed::Present { .. } => (
            DmarcResult::Fail,
            format!("{found}; the policy is {reason}"),
        ),
    };
    DmarcVerdict {
        result,
        reason: words,
        organizational_domain: organizational.to_owned(),
        record_domain: holder.to_owned(),
        policy,
        spf_aligned: aligned.spf,
        dkim_aligned: aligned.dkim,
    }
}

#[cfg(test)]
#[path = "dmarc_tests.rs"]
mod tests;
