//! The TLS-RPT record that was meant.

use super::{Step, record};
use crate::facts::Facts;
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
    let usable: Vec<&str> = current
        .into_iter()
        .flat_map(|one| &one.rua)
        .filter(|uri| uri.valid)
        .map(|uri| uri.uri.as_str())
        .collect();
    let mut changes = Vec::new();
    if published.is_some_and(|texts| texts.len() > 1) {
        changes.push("the records become one".to_owned());
    }
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
