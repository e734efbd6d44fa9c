//! Texts to publish in place of those that are at fault, and what the document would be with them.
//!
//! Nothing here is a promise: whoever shows a text has held the requirement against the changed document.

mod dmarc;
mod mta_sts;
mod spf;
mod terms;
mod tls_rpt;

use crate::facts::Facts;
use crate::facts::dns::Answer;
use crate::facts::observed::Observed;
use crate::results::correction::Correction;

/// Most octets of a text to publish; a longer one would be no help.
const LONGEST_TEXT: usize = 2048;

/// How far a text goes beyond what is published. Each step includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// What is at fault is mended, and nothing asked for that was not meant.
    Mend,
    /// Strangers are kept out as far as mail that is sent today surely still comes through.
    Restrict,
    /// Strangers are turned away.
    Refuse,
}

impl Step {
    /// All of them, the gentlest first.
    pub const ALL: [Self; 3] = [Self::Mend, Self::Restrict, Self::Refuse];
}

/// For each area, the text that goes so far, where it differs from what is published.
pub fn texts(facts: &Facts, step: Step) -> Vec<Correction> {
    [
        spf::text(facts, step),
        dmarc::text(facts, step),
        mta_sts::record(facts, step),
        mta_sts::policy(facts, step),
        tls_rpt::text(facts, step),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The document as it would be with these texts.
pub fn apply(facts: &Facts, corrections: &[Correction]) -> Facts {
    let mut changed = facts.clone();
    for correction in corrections {
        let text = correction.text.clone();
        match (correction.area.as_str(), correction.rtype.as_str()) {
            ("spf", _) => spf::apply(&mut changed, text),
            ("dmarc", _) => dmarc::apply(&mut changed, text),
            ("mta-sts", "file") => mta_sts::apply_policy(&mut changed, &text),
            ("mta-sts", _) => publish(&mut changed.mta_sts.records, text),
            ("tls-rpt", _) => publish(&mut changed.tls_rpt.records, text),
            _ => {}
        }
    }
    super::complete(&mut changed);
    changed
}

/// Puts one text in the place of all of its kind.
fn publish(answer: &mut Answer<Vec<String>>, text: String) {
    answer.observed = Observed::present(vec![text]);
}

/// The TXT record of an area, where it differs from what is there.
fn record(
    area: &str,
    name: String,
    text: String,
    published: Option<&[String]>,
    mut changes: Vec<String>,
) -> Option<Correction> {
    if text.len() > LONGEST_TEXT || published.is_some_and(|texts| texts == [text.as_str()]) {
        return None;
    }
    if published.is_some_and(|texts| !texts.is_empty()) {
        changes.insert(
            0,
            "it takes the place of what is published: two records are an error".to_owned(),
        );
    }
    Some(Correction {
        area: area.to_owned(),
        name,
        rtype: "TXT".to_owned(),
        text,
        changes,
        after: None,
    })
}

#[cfg(test)]
mod tests;
