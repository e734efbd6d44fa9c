//! The walk through the records that `include` and `redirect` lead to.

use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::spf::{Qualifier, SpfMechanism, SpfNode, SpfRecord};
use crate::records::spf::{domain_spec, reached, redirect};
use std::collections::{BTreeMap, BTreeSet};

/// How many steps the walk goes from the target. Each step is a lookup, so the limit of 10 is far
/// behind it; the bound is for the stack, whatever tree an old document holds.
const DEEPEST: usize = 64;

/// Longest IPv4 prefix of a wide network.
const WIDE4: u8 = 8;

/// Longest IPv6 prefix of a wide network.
const WIDE6: u8 = 16;

/// Most notes of one kind that are shown.
const MOST_NOTES: usize = 4;

/// What a record comes to, with all that it leads to.
#[derive(Clone)]
pub(super) struct Sum {
    /// Terms that cause lookups.
    pub(super) lookups: u32,
    /// Names of `include` and `redirect` that have no answer.
    pub(super) voids: u32,
    /// Wide networks that get a pass.
    pub(super) wide_networks: BTreeSet<String>,
    /// Whether a `ptr` is reached.
    pub(super) uses_ptr: bool,
    /// The result for senders that no term lists.
    pub(super) default_result: Observed<Qualifier>,
}

impl Sum {
    /// Nothing but a default.
    const fn of(default_result: Observed<Qualifier>) -> Self {
        Self {
            lookups: 0,
            voids: 0,
            wide_networks: BTreeSet::new(),
            uses_ptr: false,
            default_result,
        }
    }

    /// Adds what a record comes to that this one leads to; its passes count where `passes` says so.
    fn absorb(&mut self, child: Self, passes: bool) -> Observed<Qualifier> {
        self.lookups = self.lookups.saturating_add(child.lookups);
        self.voids = self.voids.saturating_add(child.voids);
        self.uses_ptr |= child.uses_ptr;
        if passes {
            self.wide_networks.extend(child.wide_networks);
        }
        child.default_result
    }

    /// Counts one term that causes a lookup.
    const fn count(&mut self) {
        self.lookups = self.lookups.saturating_add(1);
    }
}

/// Notes for people, each once and not too many.
#[derive(Default)]
pub(super) struct Notes {
    shown: Vec<String>,
    left_out: usize,
}

impl Notes {
    /// Adds a note that is not there yet.
    pub(super) fn add(&mut self, note: String) {
        if self.shown.contains(&note) {
            return;
        }
        if self.shown.len() < MOST_NOTES {
            self.shown.push(note);
        } else {
            self.left_out += 1;
        }
    }

    /// Whether there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// All of them in one line.
    pub(super) fn words(&self) -> String {
        let shown = self.shown.join("; ");
        match self.left_out {
            0 => shown,
            more => format!("{shown}; and {more} more"),
        }
    }
}

/// One walk through a tree, each record once.
pub(super) struct Walk<'a> {
    tree: &'a [SpfNode],
    done: BTreeMap<usize, Sum>,
    path: Vec<usize>,
    /// What makes a permerror certain.
    pub(super) faults: Notes,
    /// What could not be looked up.
    pub(super) gaps: Notes,
    /// Terms that depend on the sender.
    pub(super) open_ends: Notes,
    /// Whether a record leads back to one that leads to it.
    pub(super) looped: bool,
}

impl<'a> Walk<'a> {
    /// A walk that has not begun.
    pub(super) fn new(tree: &'a [SpfNode]) -> Self {
        Self {
            tree,
            done: BTreeMap::new(),
            path: Vec::new(),
            faults: Notes::default(),
            gaps: Notes::default(),
            open_ends: Notes::default(),
            looped: false,
        }
    }

    /// What the record of a node comes to.
    pub(super) fn node(&mut self, index: usize) -> Sum {
        if let Some(sum) = self.done.get(&index) {
            return sum.clone();
        }
        let Some(node) = self.tree.get(index) else {
            return Sum::of(Observed::unknown(Cause::NotAttempted, ""));
        };
        self.path.push(index);
        let sum = match &node.record {
            Observed::Present { value } if value.valid => self.record(index, value),
            Observed::Present { value } => {
                let sum = broken(format!("the record of {} {}", node.domain, fault_of(value)));
                self.fault(sum)
            }
            Observed::Absent { proof, detail } => {
                let (via, domain) = (&node.via, &node.domain);
                let words = absence(*proof, detail);
                let mut sum = self.fault(broken(format!("`{via}` leads to {domain}: {words}")));
                sum.voids = u32::from(matches!(proof, Proof::Nxdomain | Proof::NoData));
                sum
            }
            Observed::Unknown { cause, detail } => {
                self.gaps.add(ignorance(&node.domain, *cause, detail));
                Sum::of(Observed::unknown(*cause, detail.clone()))
            }
        };
        self.path.pop();
        self.done.insert(index, sum.clone());
        sum
    }

    /// What a valid record comes to.
    fn record(&mut self, index: usize, record: &SpfRecord) -> Sum {
        let mut sum = Sum::of(Observed::present(Qualifier::Neutral));
        let mut decided = None;
        for mechanism in reached(record) {
            let outcome = self.mechanism(index, mechanism, &mut sum);
            decided = decided.or(outcome);
        }
        if let Some(argument) = redirect(record) {
            sum.count();
            let default_result = match self.follow(index, "redirect", argument) {
                Some(child) => sum.absorb(child, true),
                None => Observed::unknown(
                    Cause::NotObservable,
                    format!("`redirect={argument}` depends on the sender"),
                ),
            };
            decided = decided.or(Some(default_result));
        }
        if let Some(default_result) = decided {
            sum.default_result = default_result;
        }
        sum
    }

    /// Adds a mechanism to the sum. Gives the result for senders that no term lists, where the
    /// mechanism settles it.
    fn mechanism(
        &mut self,
        index: usize,
        mechanism: &SpfMechanism,
        sum: &mut Sum,
    ) -> Option<Observed<Qualifier>> {
        let passes = mechanism.qualifier == Qualifier::Pass;
        if passes && let Some(network) = wide_network(mechanism) {
            sum.wide_networks.insert(network);
        }
        match mechanism.mechanism.as_str() {
            "all" => return Some(Observed::present(mechanism.qualifier)),
            "include" => {
                sum.count();
                let child = self.follow(index, "include", &mechanism.argument)?;
                return match sum.absorb(child, passes) {
                    Observed::Present {
                        value: Qualifier::Pass,
                    } => Some(Observed::present(mechanism.qualifier)),
                    Observed::Unknown { cause, detail } => Some(Observed::unknown(cause, detail)),
                    Observed::Present { .. } | Observed::Absent { .. } => None,
                };
            }
            "ptr" => {
                sum.count();
                sum.uses_ptr = true;
            }
            "a" | "mx" | "exists" => sum.count(),
            _ => {}
        }
        None
    }

    /// What the record comes to that a term leads to; `None` where that depends on the sender.
    fn follow(&mut self, from: usize, via: &str, argument: &str) -> Option<Sum> {
        if domain_spec::has_macro(argument) {
            self.open_ends.add(format!("`{via}` of `{argument}`"));
            return None;
        }
        let Some(domain) = domain_spec::fixed_name(argument) else {
            let words = format!("`{via}` leads to `{argument}`, which can't be looked up");
            return Some(self.fault(broken(words)));
        };
        if self.path.len() > DEEPEST || self.is_open(&domain) {
            self.looped = true;
            let words = format!("`{via}` leads back to {domain} or without end");
            return Some(self.fault(broken(words)));
        }
        let Some(child) = self.child(from, via, &domain) else {
            let words = format!("the record of {domain} was not looked up");
            self.gaps.add(words.clone());
            let default_result = Observed::unknown(Cause::NotAttempted, words);
            return Some(Sum::of(default_result));
        };
        Some(self.node(child))
    }

    /// Whether the walk is inside the record of a domain.
    fn is_open(&self, domain: &str) -> bool {
        self.path
            .iter()
            .filter_map(|index| self.tree.get(*index))
            .any(|node| node.domain == domain)
    }

    /// The node that a term of a record leads to, or another with the same record.
    fn child(&self, from: usize, via: &str, domain: &str) -> Option<usize> {
        let own =
            |node: &SpfNode| node.parent == Some(from) && node.via == via && node.domain == domain;
        let position = |wanted: &dyn Fn(&SpfNode) -> bool| self.tree.iter().position(wanted);
        position(&own).or_else(|| position(&|node| node.domain == domain))
    }

    /// Notes a fault that makes a permerror certain.
    fn fault(&mut self, (words, sum): (String, Sum)) -> Sum {
        self.faults.add(words);
        sum
    }
}

/// A fault in words, and what a record with it comes to.
fn broken(words: String) -> (String, Sum) {
    let default_result = Observed::Absent {
        proof: Proof::Malformed,
        detail: words.clone(),
    };
    (words, Sum::of(default_result))
}

/// Why there is no SPF record, in words.
pub(super) fn absence(proof: Proof, detail: &str) -> String {
    if !detail.is_empty() {
        return detail.to_owned();
    }
    let words = if proof == Proof::Nxdomain {
        "the domain does not exist"
    } else if proof == Proof::NoData {
        "the domain has no TXT record"
    } else {
        "the domain has no SPF record"
    };
    words.to_owned()
}

/// Why it is not known whether there is an SPF record, in words.
pub(super) fn ignorance(domain: &str, cause: Cause, detail: &str) -> String {
    let cause = cause.as_str();
    if detail.is_empty() {
        format!("the record of {domain} could not be looked up: {cause}")
    } else {
        format!("the record of {domain} could not be looked up: {cause}, {detail}")
    }
}

/// The first fault that makes a record invalid, in words.
fn fault_of(record: &SpfRecord) -> String {
    let first = record.defects.iter().find(|defect| defect.fatal);
    first.map_or_else(
        || "is not valid".to_owned(),
        |defect| match defect
            .span
            .and_then(|[start, end]| record.raw.get(start..end))
        {
            Some(part) => format!("is not valid: `{part}`: {}", defect.text),
            None => format!("is not valid: {}", defect.text),
        },
    )
}

/// The network of a mechanism, where it is wide.
fn wide_network(mechanism: &SpfMechanism) -> Option<String> {
    let wide4 = mechanism.prefix4.filter(|length| *length <= WIDE4);
    let wide6 = mechanism.prefix6.filter(|length| *length <= WIDE6);
    let (name, argument) = (&mechanism.mechanism, &mechanism.argument);
    let subject = match (name.as_str(), argument.is_empty()) {
        ("ip4" | "ip6", _) => {
            return wide4.or(wide6).map(|length| format!("{argument}/{length}"));
        }
        (_, true) => name.clone(),
        (_, false) => format!("{name}:{argument}"),
    };
    match (wide4, wide6) {
        (None, None) => None,
        (Some(four), None) => Some(format!("{subject}/{four}")),
        (None, Some(six)) => Some(format!("{subject}//{six}")),
        (Some(four), Some(six)) => Some(format!("{subject}/{four}//{six}")),
    }
}
