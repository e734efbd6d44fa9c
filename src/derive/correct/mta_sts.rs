//! The MTA-STS record and policy file that were meant.

use super::Step;
use crate::facts::Facts;
use crate::facts::mta_sts::{StsMode, StsPolicy};
use crate::facts::observed::Observed;
use crate::records::mta_sts::parse_policy;
use crate::results::correction::Correction;

/// For how long senders keep the policy, where nothing better is published: a week, in seconds.
const MAX_AGE: u64 = 604_800;

/// The TXT record, where records are published and no sender can use them.
pub(super) fn record(facts: &Facts, _step: Step) -> Option<Correction> {
    let sts = &facts.mta_sts;
    let published = sts.records.value()?;
    if sts.record.value().is_some_and(|one| one.valid) {
        return None;
    }
    let id = new_id(facts);
    let text = format!("v=STSv1; id={id}");
    let change = if published.len() > 1 {
        format!("{} records become one", published.len())
    } else {
        "the record is in the form that senders read; `id` changes whenever the policy does"
            .to_owned()
    };
    super::record(
        "mta-sts",
        sts.records.name.clone(),
        text,
        Some(published),
        vec![change],
    )
}

/// An id that was not used before: the time of the observation (RFC 8461 §3.1).
fn new_id(facts: &Facts) -> String {
    let now = facts.vantage.started.to_string();
    now.chars().filter(char::is_ascii_digit).collect()
}

/// The policy file, where it leaves servers out or is weaker than wanted.
pub(super) fn policy(facts: &Facts, step: Step) -> Option<Correction> {
    let sts = &facts.mta_sts;
    let policy = sts.policy.value().filter(|_| !sts.removal)?;
    let mut changes = Vec::new();
    let mode = match policy.mode {
        Some(StsMode::Enforce) => "enforce",
        Some(StsMode::Testing | StsMode::None) | None if step == Step::Refuse => {
            changes.push("the mode is `enforce`".to_owned());
            "enforce"
        }
        Some(StsMode::Testing) | None => "testing",
        Some(StsMode::None) => "none",
    };
    let hosts = servers(facts, policy, &mut changes);
    let max_age = match policy.max_age_seconds {
        Some(seconds) if step == Step::Mend || seconds >= MAX_AGE => seconds,
        Some(_) | None => {
            changes.push(format!("senders keep the policy for {MAX_AGE} seconds"));
            MAX_AGE
        }
    };
    if changes.is_empty() {
        return None;
    }
    let id = new_id(facts);
    changes.push(format!(
        "with it, {} gets a new id, else senders keep the old policy: v=STSv1; id={id}",
        sts.records.name
    ));
    let mut lines = vec!["version: STSv1".to_owned(), format!("mode: {mode}")];
    lines.extend(hosts.iter().map(|host| format!("mx: {host}")));
    lines.push(format!("max_age: {max_age}"));
    let url = sts.fetch.value().map(|fetch| fetch.url.clone())?;
    Some(Correction {
        area: "mta-sts".to_owned(),
        name: url,
        rtype: "file".to_owned(),
        text: lines.join("\n") + "\n",
        changes,
        after: None,
    })
}

/// The patterns of the file, and the servers that none of them covers.
fn servers(facts: &Facts, policy: &StsPolicy, changes: &mut Vec<String>) -> Vec<String> {
    let mut hosts = policy.mx.clone();
    for covered in facts.mta_sts.coverage.iter().filter(|one| !one.covered) {
        changes.push(format!("{} is covered", covered.host));
        hosts.push(covered.host.clone());
    }
    hosts
}

/// Puts the file in its place.
pub(super) fn apply_policy(facts: &mut Facts, text: &str) {
    facts.mta_sts.policy = Observed::present(parse_policy(text, "text/plain"));
}
