//! The DMARC record that was meant, and stricter ones.

use super::{Step, record};
use crate::facts::Facts;
use crate::facts::dmarc::{DmarcPolicy, DmarcRecord, ReportUri};
use crate::facts::observed::Observed;
use crate::records::dmarc::{is_dmarc, parse};
use crate::results::correction::Correction;

/// The record to publish at the domain itself.
pub(super) fn text(facts: &Facts, step: Step) -> Option<Correction> {
    let domain = &facts.target.domain;
    let own = facts
        .dmarc
        .walk
        .first()
        .filter(|own| own.domain == *domain)?;
    if own.txt.observed.is_unknown() {
        return None;
    }
    let texts = own.txt.value().map(Vec::as_slice).unwrap_or_default();
    let published: Vec<String> = texts
        .iter()
        .filter(|text| is_dmarc(text))
        .cloned()
        .collect();
    let mut changes = Vec::new();
    if published.len() > 1 {
        changes.push(format!("{} records become one", published.len()));
    }
    let mut records: Vec<DmarcRecord> = published.iter().map(|text| parse(text)).collect();
    if let Some((name, text)) = misplaced(facts).filter(|_| published.is_empty()) {
        changes.push(format!(
            "the record at {name} moves to where receivers look"
        ));
        records.push(parse(text));
    }
    let inherited = facts.dmarc.record.value().filter(|_| records.is_empty());
    if let Some(inherited) = inherited {
        let strict = facts.dmarc.effective.value();
        let wanted = wanted(
            step,
            strict.map(|effective| effective.policy),
            &mut Vec::new(),
        );
        if strict.is_some_and(|effective| effective.policy >= wanted) {
            return None;
        }
        changes.push(format!(
            "the domain gets a record of its own, like that of {}",
            facts.dmarc.domain
        ));
        return publish(
            facts,
            step,
            std::slice::from_ref(inherited),
            (&published, changes),
        );
    }
    publish(facts, step, &records, (&published, changes))
}

/// A record at a name where nobody looks for it.
fn misplaced(facts: &Facts) -> Option<(&str, &str)> {
    facts.dmarc.misplaced.iter().find_map(|answer| {
        let text = answer.value()?.iter().find(|text| is_dmarc(text))?;
        Some((answer.name.as_str(), text.as_str()))
    })
}

/// Puts the record in its place; other texts there stay.
pub(super) fn apply(facts: &mut Facts, text: String) {
    if let Some(own) = facts.dmarc.walk.first_mut() {
        let others = own.txt.value().into_iter().flatten();
        let mut texts: Vec<String> = others.filter(|text| !is_dmarc(text)).cloned().collect();
        texts.push(text);
        texts.sort_unstable();
        own.txt.observed = Observed::present(texts);
    }
}

fn publish(
    facts: &Facts,
    step: Step,
    records: &[DmarcRecord],
    (published, mut changes): (&[String], Vec<String>),
) -> Option<Correction> {
    let domain = &facts.target.domain;
    let strictest = records.iter().filter_map(|record| record.p).max();
    let unheard = published.is_empty() && !facts.dmarc.inherited;
    let doubtful = published.len() > 1 || unheard || records.iter().any(|record| !record.valid);
    if let Some(strictest) = strictest.filter(|policy| doubtful && *policy > DmarcPolicy::None) {
        let policy = word(strictest);
        changes.push(format!(
            "`p={policy}` is kept, which counted for nobody so far: first see from the reports that all mail of your own passes"
        ));
    }
    let policy = wanted(step, strictest, &mut changes);
    let mut tags = vec!["v=DMARC1".to_owned(), format!("p={}", word(policy))];
    for (name, value) in [
        ("sp", records.iter().find_map(|record| record.sp)),
        ("np", records.iter().find_map(|record| record.np)),
    ] {
        match value {
            Some(value) if step > Step::Mend && value < policy => {
                changes.push(format!(
                    "`{name}` is left out, so that subdomains follow `p`"
                ));
            }
            Some(value) => tags.push(format!("{name}={}", word(value))),
            None => {}
        }
    }
    for (name, strict) in [
        ("adkim", records.iter().any(|record| record.adkim == "s")),
        ("aspf", records.iter().any(|record| record.aspf == "s")),
    ] {
        if strict {
            tags.push(format!("{name}=s"));
        }
    }
    if records.iter().any(|record| record.testing) {
        if step == Step::Mend {
            tags.push("t=y".to_owned());
        } else {
            changes.push(
                "`t=y` is left out, so that the policy counts in full: first see from the reports that all mail of your own passes"
                    .to_owned(),
            );
        }
    }
    if records.iter().any(|record| record.psd != "u") {
        changes.push("`psd` is left out: it is for public suffixes".to_owned());
    }
    let rua = addresses(records.iter().flat_map(|record| &record.rua));
    if rua.is_empty() {
        changes.push(format!(
            "reports go to dmarc@{domain}: a mailbox that somebody reads"
        ));
        tags.push(format!("rua=mailto:dmarc@{domain}"));
    } else {
        tags.push(format!("rua={rua}"));
    }
    let ruf = addresses(records.iter().flat_map(|record| &record.ruf));
    if !ruf.is_empty() {
        let options = records
            .iter()
            .find_map(|record| record.tags.iter().find(|tag| tag.tag == "fo"));
        tags.push(format!("ruf={ruf}"));
        tags.extend(options.map(|tag| format!("fo={}", tag.content)));
    }
    for defect in records.iter().flat_map(|record| &record.defects) {
        if changes.len() < 8 && !changes.contains(&defect.text) {
            changes.push(format!("this fault is gone: {}", defect.text));
        }
    }
    let text = tags.join("; ");
    record(
        "dmarc",
        format!("_dmarc.{domain}"),
        text,
        Some(published),
        changes,
    )
}

/// The policy of a step: at least what is published.
fn wanted(step: Step, published: Option<DmarcPolicy>, changes: &mut Vec<String>) -> DmarcPolicy {
    let least = match step {
        Step::Mend => DmarcPolicy::None,
        Step::Restrict => DmarcPolicy::Quarantine,
        Step::Refuse => DmarcPolicy::Reject,
    };
    let before = published.unwrap_or(DmarcPolicy::None);
    if before < least {
        let policy = word(least);
        changes.push(format!(
            "the policy is `{policy}`: first see from the reports that all mail of your own passes"
        ));
    }
    before.max(least)
}

/// The addresses that reporters can use, each once; one without its scheme gets it.
fn addresses<'a>(all: impl Iterator<Item = &'a ReportUri>) -> String {
    let mut found: Vec<String> = Vec::new();
    for address in all {
        let uri = if address.valid {
            address.uri.clone()
        } else if address.uri.contains('@') && !address.uri.contains(':') {
            format!("mailto:{}", address.uri)
        } else {
            continue;
        };
        if !found.contains(&uri) {
            found.push(uri);
        }
    }
    found.join(",")
}

const fn word(policy: DmarcPolicy) -> &'static str {
    match policy {
        DmarcPolicy::None => "none",
        DmarcPolicy::Quarantine => "quarantine",
        DmarcPolicy::Reject => "reject",
    }
}
