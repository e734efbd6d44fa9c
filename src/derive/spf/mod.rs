//! What an SPF policy comes to, whoever sends: lookups, errors and the default (RFC 7208 §4).

mod walk;

use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::spf::{Qualifier, SpfEvaluation, SpfNode, SpfRecord, SpfStatus};
use crate::records::spf::{domain_spec, reached, redirect};
use walk::{Sum, Walk};

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
        .map(|it| ("include", it.argument.as_str()));
    let redirect = redirect(record).map(|argument| ("redirect", argument));
    let mut found = Vec::new();
    for (via, argument) in includes.chain(redirect) {
        let child = domain_spec::fixed_name(argument).map(|domain| Child { via, domain });
        found.extend(child.filter(|child| !found.contains(child)));
    }
    found
}

/// Evaluates the records of a target for all senders at once (RFC 7208 §4.6).
///
/// Node 0 of the tree is the target's own record. The status is the worst that a sender's check can
/// come to: a certain permerror first, then a lookup that got no answer. A record that the tree
/// holds in another place is taken from there; one that it holds nowhere counts as not looked up.
/// `include` and `redirect` to names with macros count as lookups and are not followed. In a loop
/// each record counts once, and the whole is put above the limit.
///
/// `default_result` follows from the texts alone: it is given where the record exceeds a limit or
/// an `include` is broken, and an `include` of a record that passes everyone counts as an `all`.
/// `wide_networks` has networks in `ip4` and `ip6` as `network/prefix`, and `a` and `mx` with wide
/// prefixes as they are written; only such that give a pass for the target.
pub fn evaluate(tree: &[SpfNode]) -> SpfEvaluation {
    let Some(own) = tree.first() else {
        let default_result = Observed::unknown(Cause::NotAttempted, "");
        let reason = "the record was not looked up".to_owned();
        return without_policy(SpfStatus::Temperror, reason, default_result);
    };
    let nothing = own.record.and_then(|_| Observed::absent(Proof::NoSubject));
    match &own.record {
        Observed::Present { .. } => judge(tree),
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
            without_policy(SpfStatus::Temperror, reason, nothing)
        }
    }
}

/// The evaluation where there is no record to walk through.
const fn without_policy(
    status: SpfStatus,
    reason: String,
    default_result: Observed<Qualifier>,
) -> SpfEvaluation {
    SpfEvaluation {
        status,
        reason,
        lookups: 0,
        void_lookups: 0,
        default_result,
        wide_networks: Vec::new(),
        uses_ptr: false,
    }
}

/// The evaluation of a tree whose own record is there.
fn judge(tree: &[SpfNode]) -> SpfEvaluation {
    let mut walk = Walk::new(tree);
    let sum = walk.node(0);
    let lookups = if walk.looped {
        sum.lookups.max(LOOKUP_LIMIT + 1)
    } else {
        sum.lookups
    };
    if lookups > LOOKUP_LIMIT && !walk.looped {
        let words = format!("{lookups} lookups, and receivers stop after {LOOKUP_LIMIT}");
        walk.faults.add(words);
    }
    if sum.voids > VOID_LIMIT {
        let voids = sum.voids;
        let words =
            format!("{voids} lookups without an answer, and receivers stop after {VOID_LIMIT}");
        walk.faults.add(words);
    }
    let (status, reason) = if !walk.faults.is_empty() {
        (SpfStatus::Permerror, walk.faults.words())
    } else if !walk.gaps.is_empty() {
        (SpfStatus::Temperror, walk.gaps.words())
    } else {
        (SpfStatus::Policy, summary(&walk, &sum))
    };
    SpfEvaluation {
        status,
        reason,
        lookups,
        void_lookups: sum.voids,
        default_result: sum.default_result,
        wide_networks: sum.wide_networks.into_iter().collect(),
        uses_ptr: sum.uses_ptr,
    }
}

/// A policy that can be evaluated, in words.
fn summary(walk: &Walk<'_>, sum: &Sum) -> String {
    let counted = format!("{} of {LOOKUP_LIMIT} lookups", sum.lookups);
    if walk.open_ends.is_empty() {
        return counted;
    }
    format!(
        "{counted}, and what depends on the sender: {}",
        walk.open_ends.words()
    )
}

#[cfg(test)]
mod tests;
