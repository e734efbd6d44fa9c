//! The TLS-RPT record that was meant.

use super::{Step, record};
use crate::facts::Facts;
use crate::records::tls_rpt::parse;
use crate::results::correction::Correction;

/// The record to publish: what is there, mended, or one for a domain that takes mail and has none.
pub(super) fn text(facts: &Facts, _step: Step) -> Option<Correction> {
    let rpt = &facts.tls_rpt;
    if rpt.records.observed.is_unknown() || facts.mx.receives.value() != Some(&true) {
        return None;
    }
    let current = rpt.record.value();
    if current.is_some_and(|one| one.valid) {
        return None;
    }
    let published = rpt.records.value().map(Vec::as_slice);
    let read: Vec<_> = published
        .into_iter()
        .flatten()
        .map(|text| parse(text))
        .collect();
    let mut usable: Vec<&str> = Vec::new();
    let mut dropped: Vec<&str> = Vec::new();
    for uri in read.iter().flat_map(|one| &one.rua) {
        let list = if uri.valid { &mut usable } else { &mut dropped };
        if !list.contains(&uri.uri.as_str()) {
            list.push(&uri.uri);
        }
    }
    let mut changes = Vec::new();
    if published.is_some_and(|texts| texts.len() > 1) {
        changes.push("the records become one".to_owned());
    }
    changes.extend(
        dropped
            .iter()
            .map(|uri| format!("`{uri}` is taken out: no sender can use it")),
    );
    let rua = if usable.is_empty() {
        let mailbox = format!("tls-reports@{}", facts.target.domain);
        changes.push(format!(
            "reports go to {mailbox}: a mailbox that somebody reads"
        ));
        format!("mailto:{mailbox}")
    } else {
        usable.join(",")
    };
    let text = format!("v=TLSRPTv1; rua={rua}");
    record(
        "tls-rpt",
        rpt.records.name.clone(),
        text,
        published,
        changes,
    )
}
