//! What an SPF policy comes to, whoever sends: lookups, errors and the default (RFC 7208 §4).

pub mod answers;
pub mod check;
mod expand;
pub use expand::reverse_name;
mod notes;
mod ranges;
mod space;
mod walk;

use crate::facts::dns::Answer;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::spf::{
    Qualifier, SpfAuthorized, SpfCost, SpfEvaluation, SpfNode, SpfRecord, SpfStatus,
};
use crate::records::spf::{domain_spec, reached, redirect};
use answers::Answers;
use std::fmt::Write as _;
use walk::Walk;

/// Most terms that cause lookups in one check (RFC 7208 §4.6.4).
pub const LOOKUP_LIMIT: u32 = 10;

/// Most lookups without an answer in one check (RFC 7208 §4.6.4).
pub const VOID_LIMIT: u32 = 2;

/// A record that another record leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// `include` or `redirect`.
    pub via: &'static str,
    /// The domain whose record it is: lower case, no trailing dot.
    pub domain: String,
    /// The qualifier of an `include`.
    pub qualifier: Option<Qualifier>,
}

/// The records that a record leads to, in order: what has to be fetched before it can be evaluated.
///
/// Only terms that can be reached count. Names that depend on the sender (macros) or that can't be
/// looked up are left out, and so is everything of a record that is not valid.
pub fn children(record: &SpfRecord) -> Vec<Child> {
    if !record.valid {
        return Vec::new();
    }
    let includes = reached(record)
        .filter(|it| it.mechanism == "include")
        .map(|it| ("include", it.argument.as_str(), Some(it.qualifier)));
    let redirect = redirect(record).map(|argument| ("redirect", argument, None));
    let mut found: Vec<Child> = Vec::new();
    for (via, argument, qualifier) in includes.chain(redirect) {
        let Some(domain) = domain_spec::fixed_name(argument) else {
            continue;
        };
        let known = |child: &Child| child.via == via && child.domain == domain;
        if !found.iter().any(known) {
            found.push(Child {
                via,
                domain,
                qualifier,
            });
        }
    }
    found
}

/// Evaluates the records of a target for all senders at once (RFC 7208 §4.6), and notes in each node of the
/// tree what its record costs.
///
/// Node 0 of the tree is the target's own record. The status is the worst that a sender's check can
/// come to: a certain permerror first, then a lookup that got no answer. A record that the tree
/// holds in another place is taken from there; one that it holds nowhere counts as not looked up.
/// `include` and `redirect` to names with macros count as lookups and are not followed. In a loop
/// each record counts once, and the whole is put above the limit.
///
/// `default_result` follows from the texts alone: it is given where the record exceeds a limit or
/// an `include` is broken, and an `include` of a record that passes everyone counts as an `all`.
pub fn evaluate(tree: &mut [SpfNode], lookups: &[Answer<Vec<String>>]) -> SpfEvaluation {
    let Some(own) = tree.first() else {
        let default_result = Observed::unknown(Cause::NotAttempted, "");
        let reason = "the record was not looked up".to_owned();
        return without_policy(SpfStatus::Temperror, reason, default_result);
    };
    let nothing = own.record.and_then(|_| Observed::absent(Proof::NoSubject));
    match &own.record {
        Observed::Present { .. } => judge(tree, &Answers::of_lookups(lookups)),
        Observed::Absent {
            proof: Proof::Malformed,
            detail,
        } => without_policy(SpfStatus::Permerror, detail.clone(), nothing),
        Observed::Absent { proof, detail } => {
            let reason = walk::absence(*proof, detail);
            without_policy(SpfStatus::None, reason, nothing)
        }
        Observed::Unknown { cause, detail } => {
            let reason = walk::ignorance(&own.domain, *cause, detail);
            let unsettled = vec![own.domain.clone()];
            let mut evaluation = without_policy(SpfStatus::Temperror, reason, nothing);
            evaluation.authorized.unsettled = unsettled;
            evaluation
        }
    }
}

/// The evaluation where there is no record to walk through.
fn without_policy(
    status: SpfStatus,
    reason: String,
    default_result: Observed<Qualifier>,
) -> SpfEvaluation {
    SpfEvaluation {
        status,
        reason,
        lookups: 0,
        void_lookups: 0,
        cost: SpfCost::default(),
        default_result,
        wide_networks: Vec::new(),
        authorized: SpfAuthorized::default(),
        uses_ptr: false,
    }
}

/// The evaluation of a tree whose own record is there.
fn judge(tree: &mut [SpfNode], answers: &Answers) -> SpfEvaluation {
    let mut walk = Walk::new(tree, answers);
    let mut sum = walk.node(0);
    if walk.looped {
        sum.cost.lookups = sum.cost.lookups.max(LOOKUP_LIMIT + 1);
    } else if sum.cost.lookups > LOOKUP_LIMIT {
        let lookups = sum.cost.lookups;
        let words = format!("{lookups} lookups, and receivers stop after {LOOKUP_LIMIT}");
        walk.faults.add(words);
    }
    let SpfCost {
        lookups,
        void_lookups_ipv4: voids4,
        void_lookups_ipv6: voids6,
        ..
    } = sum.cost;
    if voids4.min(voids6) > VOID_LIMIT {
        let voids = voids4.min(voids6);
        let words =
            format!("{voids} lookups hold nothing, and receivers stop after {VOID_LIMIT} such");
        walk.faults.add(words);
    }
    let (status, reason) = if !walk.faults.is_empty() {
        (SpfStatus::Permerror, walk.faults.words())
    } else if !walk.gaps.is_empty() {
        (SpfStatus::Temperror, walk.gaps.words())
    } else {
        (SpfStatus::Policy, summary(&walk, sum.cost))
    };
    for (node, cost) in walk.costs() {
        if let Some(node) = tree.get_mut(node) {
            node.cost = cost;
        }
    }
    let (wide_networks, authorized) = space::facts(sum.passing);
    SpfEvaluation {
        status,
        reason,
        lookups,
        void_lookups: voids4.max(voids6),
        cost: sum.cost,
        default_result: sum.default_result,
        wide_networks,
        authorized,
        uses_ptr: sum.uses_ptr,
    }
}

/// A policy that can be evaluated, in words.
fn summary(walk: &Walk<'_>, cost: SpfCost) -> String {
    let mut words = format!("{} of {LOOKUP_LIMIT} lookups", cost.lookups);
    for (voids, family) in [
        (cost.void_lookups_ipv4, "IPv4"),
        (cost.void_lookups_ipv6, "IPv6"),
    ] {
        if voids > VOID_LIMIT {
            let _ = write!(
                words,
                "; for senders with {family} addresses {voids} lookups hold nothing, and receivers stop after {VOID_LIMIT} such"
            );
        }
    }
    if !walk.open_ends.is_empty() {
        let _ = write!(
            words,
            ", and what depends on the sender: {}",
            walk.open_ends.words()
        );
    }
    words
}

#[cfg(test)]
mod tests;
