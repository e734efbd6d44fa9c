//! The walk through the records that `include` and `redirect` lead to.

use super::answers::{self, Answers, Kind, Question, Reply};
use super::check::MOST_NAMES;
use super::notes::Notes;
use super::ranges::Family;
use super::space::{Addresses, Passing, Space};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::spf::{Qualifier, SpfCost, SpfMechanism, SpfNode, SpfRecord};
use crate::records::spf::{domain_spec, reached, redirect};
use std::collections::BTreeMap;

/// How many steps the walk goes from the target. Each step is a lookup, so the limit of 10 is far
/// behind it; the bound is for the stack, whatever tree an old document holds.
const DEEPEST: usize = 64;

/// What a record comes to, with all that it leads to.
#[derive(Clone)]
pub(super) struct Sum {
    /// What it takes of the limits.
    pub(super) cost: SpfCost,
    /// The addresses that pass.
    pub(super) passing: Passing,
    /// Whether a `ptr` is reached.
    pub(super) uses_ptr: bool,
    /// The result for senders that no term lists.
    pub(super) default_result: Observed<Qualifier>,
}

impl Sum {
    /// Nothing but a default.
    fn of(default_result: Observed<Qualifier>) -> Self {
        Self {
            cost: SpfCost::default(),
            passing: Passing::default(),
            uses_ptr: false,
            default_result,
        }
    }

    /// Adds what a record costs that this one leads to. Of a family of which every address has met a term
    /// that fits, nobody gets there.
    fn absorb(&mut self, child: &Self, space: &mut Space) {
        let (own, more) = (&mut self.cost, child.cost);
        own.lookups = own.lookups.saturating_add(more.lookups);
        for family in Family::BOTH.into_iter().filter(|it| space.goes_on(*it)) {
            for (own, more) in counts(own, family).into_iter().zip(counted(more, family)) {
                *own = own.saturating_add(more);
            }
        }
        self.uses_ptr |= child.uses_ptr;
    }

    /// Counts one term that causes a lookup.
    fn count(&mut self, space: &mut Space) {
        let one = SpfCost {
            lookups: 1,
            lookups_ipv4: 1,
            lookups_ipv6: 1,
            ..SpfCost::default()
        };
        let one = Self {
            cost: one,
            ..Self::of(Observed::absent(Proof::NoSubject))
        };
        self.absorb(&one, space);
    }

    /// Counts a lookup that holds nothing, for senders of one family.
    fn count_void(&mut self, family: Family, space: &mut Space) {
        if space.goes_on(family) {
            let [_, voids] = counts(&mut self.cost, family);
            *voids = voids.saturating_add(1);
        }
    }

    /// Counts a lookup that holds nothing for anyone.
    fn count_void_for_all(&mut self, space: &mut Space) {
        for family in Family::BOTH {
            self.count_void(family, space);
        }
    }
}

/// The lookups and the void lookups of a family.
const fn counts(cost: &mut SpfCost, family: Family) -> [&mut u32; 2] {
    match family {
        Family::V4 => [&mut cost.lookups_ipv4, &mut cost.void_lookups_ipv4],
        Family::V6 => [&mut cost.lookups_ipv6, &mut cost.void_lookups_ipv6],
    }
}

fn counted(mut cost: SpfCost, family: Family) -> [u32; 2] {
    counts(&mut cost, family).map(|count| *count)
}

/// One walk through a tree, each record once.
pub(super) struct Walk<'a> {
    tree: &'a [SpfNode],
    answers: &'a Answers,
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
    pub(super) fn new(tree: &'a [SpfNode], answers: &'a Answers) -> Self {
        Self {
            tree,
            answers,
            done: BTreeMap::new(),
            path: Vec::new(),
            faults: Notes::default(),
            gaps: Notes::default(),
            open_ends: Notes::default(),
            looped: false,
        }
    }

    /// What each record costs that the walk came through, by its place in the tree.
    pub(super) fn costs(self) -> BTreeMap<usize, SpfCost> {
        let done = self.done.into_iter();
        done.map(|(index, sum)| (index, sum.cost)).collect()
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
                if matches!(proof, Proof::Nxdomain | Proof::NoData) {
                    sum.count_void_for_all(&mut Space::new());
                }
                sum
            }
            Observed::Unknown { cause, detail } => {
                self.gaps.add(ignorance(&node.domain, *cause, detail));
                let mut sum = Sum::of(Observed::unknown(*cause, detail.clone()));
                sum.passing.unsettled.insert(node.domain.clone());
                sum
            }
        };
        self.path.pop();
        self.done.insert(index, sum.clone());
        sum
    }

    /// What a valid record comes to.
    fn record(&mut self, index: usize, record: &SpfRecord) -> Sum {
        let mut sum = Sum::of(Observed::present(Qualifier::Neutral));
        let mut space = Space::new();
        let mut decided = None;
        for mechanism in reached(record) {
            let outcome = self.mechanism(index, mechanism, (&mut sum, &mut space));
            decided = decided.or(outcome);
        }
        if let Some(argument) = redirect(record) {
            sum.count(&mut space);
            let default_result = if let Some(child) = self.follow(index, "redirect", argument) {
                sum.absorb(&child, &mut space);
                space.absorb(Qualifier::Pass, &child.passing);
                space.fits(Qualifier::Pass, &child.passing.addresses);
                child.default_result
            } else {
                let term = format!("redirect={argument}");
                space.open(Qualifier::Pass, &term);
                let words = format!("`{term}` depends on the sender");
                Observed::unknown(Cause::NotObservable, words)
            };
            decided = decided.or(Some(default_result));
        }
        if let Some(default_result) = decided {
            sum.default_result = default_result;
        }
        sum.passing = space.end();
        sum
    }

    /// Adds a mechanism to the sum. Gives the result for senders that no term lists, where the
    /// mechanism settles it.
    fn mechanism(
        &mut self,
        index: usize,
        mechanism: &SpfMechanism,
        (sum, space): (&mut Sum, &mut Space),
    ) -> Option<Observed<Qualifier>> {
        let qualifier = mechanism.qualifier;
        match mechanism.mechanism.as_str() {
            "all" => {
                space.fits(qualifier, &Addresses::all());
                return Some(Observed::present(qualifier));
            }
            "include" => {
                sum.count(space);
                let Some(child) = self.follow(index, "include", &mechanism.argument) else {
                    space.open(qualifier, &written(mechanism));
                    return None;
                };
                sum.absorb(&child, space);
                space.absorb(qualifier, &child.passing);
                space.fits(qualifier, &child.passing.addresses);
                return match child.default_result {
                    Observed::Present {
                        value: Qualifier::Pass,
                    } => Some(Observed::present(qualifier)),
                    Observed::Unknown { cause, detail } => Some(Observed::unknown(cause, detail)),
                    Observed::Present { .. } | Observed::Absent { .. } => None,
                };
            }
            "ip4" | "ip6" => {
                let prefix = mechanism.prefix4.or(mechanism.prefix6).unwrap_or(128);
                if let Ok(ip) = mechanism.argument.parse() {
                    space.network(qualifier, (ip, prefix));
                }
            }
            "ptr" => {
                sum.count(space);
                sum.uses_ptr = true;
                space.open(qualifier, &written(mechanism));
            }
            _ => {
                sum.count(space);
                self.looked_up(index, mechanism, (sum, space));
            }
        }
        None
    }

    /// Adds what `a`, `mx` or `exists` finds.
    fn looked_up(
        &mut self,
        index: usize,
        mechanism: &SpfMechanism,
        (sum, space): (&mut Sum, &mut Space),
    ) {
        let qualifier = mechanism.qualifier;
        if domain_spec::has_macro(&mechanism.argument) {
            space.open(qualifier, &written(mechanism));
            return;
        }
        let domain = self.tree.get(index).map_or("", |node| &node.domain);
        let Some(name) = answers::target(domain, mechanism) else {
            return;
        };
        let prefix = [
            mechanism.prefix4.unwrap_or(32),
            mechanism.prefix6.unwrap_or(128),
        ];
        // A term that stands there once more costs again, and fits nobody who was not fitted before.
        let again = !space.note_tested(format!("{} {name} {prefix:?}", mechanism.mechanism));
        if again {
            self.void_again(&name, &mechanism.mechanism, (sum, space));
            return;
        }
        let found = match mechanism.mechanism.as_str() {
            "a" => self.addresses(&name, true, (sum, space)),
            "mx" => self.servers(&name, (sum, space)),
            _ => {
                match self.reply(&name, Kind::A, space) {
                    Some(Reply::Void) => sum.count_void_for_all(space),
                    Some(Reply::Found(_)) => space.fits(qualifier, &Addresses::all()),
                    Some(Reply::Failed(_)) | None => {}
                }
                return;
            }
        };
        let fitting = Addresses::networks(found.iter().filter_map(|ip| ip.parse().ok()), prefix);
        space.fits(qualifier, &fitting);
    }

    /// Counts the void lookups of a term that was looked at before.
    fn void_again(&self, name: &str, mechanism: &str, (sum, space): (&mut Sum, &mut Space)) {
        let holds_nothing =
            |kind| self.answers.get(&Question::new(name, kind)) == Some(&Reply::Void);
        if mechanism == "a" {
            for (family, kind) in Family::BOTH.into_iter().zip([Kind::A, Kind::Aaaa]) {
                if holds_nothing(kind) {
                    sum.count_void(family, space);
                }
            }
        } else if holds_nothing(if mechanism == "mx" { Kind::Mx } else { Kind::A }) {
            sum.count_void_for_all(space);
        }
    }

    /// The addresses of a name, of both families.
    fn addresses(
        &mut self,
        name: &str,
        counted: bool,
        (sum, space): (&mut Sum, &mut Space),
    ) -> Vec<String> {
        let mut all = Vec::new();
        for (family, kind) in Family::BOTH.into_iter().zip([Kind::A, Kind::Aaaa]) {
            match self.reply(name, kind, space) {
                Some(Reply::Found(found)) => all.extend(found),
                Some(Reply::Void) if counted => sum.count_void(family, space),
                Some(Reply::Void | Reply::Failed(_)) | None => {}
            }
        }
        all
    }

    /// The addresses of the mail servers of a name.
    fn servers(&mut self, name: &str, (sum, space): (&mut Sum, &mut Space)) -> Vec<String> {
        let servers = match self.reply(name, Kind::Mx, space) {
            Some(Reply::Found(servers)) => servers,
            Some(Reply::Void) => {
                sum.count_void_for_all(space);
                return Vec::new();
            }
            Some(Reply::Failed(_)) | None => return Vec::new(),
        };
        if servers.len() > MOST_NAMES {
            let count = servers.len();
            let words = format!(
                "`mx` leads to the {count} mail servers of {name}, and receivers stop after {MOST_NAMES}"
            );
            self.faults.add(words);
            return Vec::new();
        }
        let mut all = Vec::new();
        for server in servers.iter().filter_map(|it| domain_spec::fixed_name(it)) {
            all.extend(self.addresses(&server, false, (&mut *sum, &mut *space)));
        }
        all
    }

    /// The reply to a lookup; where it got none, that is noted.
    fn reply(&mut self, name: &str, kind: Kind, space: &mut Space) -> Option<Reply> {
        let reply = self.answers.get(&Question::new(name, kind)).cloned();
        match &reply {
            Some(Reply::Failed(why)) => {
                let kind = kind.as_str();
                self.gaps
                    .add(format!("{name} {kind} could not be looked up: {why}"));
                space.unsettled(name);
            }
            None => space.unsettled(name),
            Some(Reply::Found(_) | Reply::Void) => {}
        }
        reply
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
pub(super) fn fault_of(record: &SpfRecord) -> String {
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

/// A mechanism as it can be written.
fn written(mechanism: &SpfMechanism) -> String {
    let (name, argument) = (&mechanism.mechanism, &mechanism.argument);
    if argument.is_empty() {
        name.clone()
    } else {
        format!("{name}:{argument}")
    }
}
