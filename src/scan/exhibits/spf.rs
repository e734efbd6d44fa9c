//! The SPF record of a domain, with the terms that do harm.

use super::records::published;
use super::text::{Draft, exhibit, fault, words};
use crate::facts::Facts;
use crate::facts::observed::Observed;
use crate::facts::spf::{Qualifier, Spf, SpfMechanism, SpfNode, SpfRecord, SpfStatus};
use crate::results::exhibit::{Exhibit, ExhibitKind};

/// The most lookups of one check (RFC 7208 §4.6.4).
const LOOKUPS: u32 = 10;
/// The most included records with faults of their own that are shown.
const INCLUDED: usize = 3;

/// The record of the domain, and those of the records it leads to that have faults.
pub(super) fn exhibits(facts: &Facts) -> Vec<Exhibit> {
    let spf = &facts.spf;
    let record = spf.record.value().map(|record| own(record, facts));
    let several = "one of several records: receivers answer permerror (RFC 7208 §4.5)";
    let mut lines = published(&spf.records, record, several);
    for text in spf.lookalikes.iter().take(3) {
        let mut draft = Draft::of(text);
        draft.whole("it looks like SPF, and is none for receivers", false);
        lines.push(draft.cut(400));
    }
    if spf.records.value().is_some() {
        let status = match spf.evaluation.status {
            SpfStatus::Policy => "a policy",
            SpfStatus::None => "no policy",
            SpfStatus::Permerror => "permerror",
            SpfStatus::Temperror => "temperror",
        };
        let reason = &spf.evaluation.reason;
        let text = ["receivers get ", status, ": ", reason].concat();
        lines.push(if spf.evaluation.status == SpfStatus::Permerror {
            fault(
                text,
                "no receiver can use the record (RFC 7208 §2.6.7)",
                true,
            )
        } else {
            words(text)
        });
    }
    let subject = [&facts.target.domain, " TXT"].concat();
    let mut all = vec![exhibit(ExhibitKind::Record, &["spf"], subject, lines)];
    let included = spf.tree.iter().skip(1).filter_map(|node| {
        let record = node.record.value().filter(|one| !one.defects.is_empty())?;
        let line = Draft::with(&record.raw, &record.defects).line();
        let subject = [&node.domain, " TXT"].concat();
        Some(exhibit(ExhibitKind::Record, &["spf"], subject, vec![line]))
    });
    all.extend(included.take(INCLUDED));
    all
}

/// The domain's own record: its defects, and what its terms lead to.
fn own<'a>(record: &'a SpfRecord, facts: &Facts) -> Draft<'a> {
    let mut draft = Draft::with(&record.raw, &record.defects);
    let spf = &facts.spf;
    let mut count = 0;
    let mut counted = |draft: &mut Draft<'_>, span, cost| {
        let before = count;
        count += cost;
        if before <= LOOKUPS && count > LOOKUPS && spf.evaluation.lookups > LOOKUPS {
            let note =
                "more than 10 lookups up to here: receivers answer permerror (RFC 7208 §4.6.4)";
            draft.mark(span, note, true);
        }
    };
    for term in &record.mechanisms {
        let node = (term.mechanism == "include")
            .then(|| led_to(spf, "include", &term.argument))
            .flatten();
        let cost = match term.mechanism.as_str() {
            "include" => 1 + node.map_or(0, |node| node.cost.lookups),
            "a" | "mx" | "ptr" | "exists" => 1,
            _ => 0,
        };
        counted(&mut draft, term.span, cost);
        if let Some((note, fatal)) = node.and_then(trouble) {
            draft.mark(term.span, note, fatal);
        }
        if let Some(note) = harm(term, facts) {
            draft.mark(term.span, note, false);
        }
    }
    let redirects = record.modifiers.iter();
    for term in redirects.filter(|term| term.modifier == "redirect") {
        let node = led_to(spf, "redirect", &term.argument);
        counted(
            &mut draft,
            term.span,
            1 + node.map_or(0, |node| node.cost.lookups),
        );
        if let Some((note, fatal)) = node.and_then(trouble) {
            draft.mark(term.span, note, fatal);
        }
    }
    draft
}

/// The record that a term of the domain's own record leads to.
fn led_to<'a>(spf: &'a Spf, via: &str, argument: &str) -> Option<&'a SpfNode> {
    let name = argument.strip_suffix('.').unwrap_or(argument);
    let mut below = spf
        .tree
        .iter()
        .filter(|node| node.parent == Some(0) && node.via == via);
    below.find(|node| node.domain.eq_ignore_ascii_case(name))
}

/// Why the record that a term leads to is of no use.
fn trouble(node: &SpfNode) -> Option<(String, bool)> {
    match &node.record {
        Observed::Present { value } if value.valid => None,
        Observed::Present { .. } => Some((
            [&node.domain, ": its SPF record is invalid (RFC 7208 §5.2)"].concat(),
            true,
        )),
        Observed::Absent { .. } => Some((
            [&node.domain, " has no SPF record to use (RFC 7208 §5.2)"].concat(),
            true,
        )),
        Observed::Unknown { cause, .. } => Some((
            format!(
                "the record of {} could not be looked up ({})",
                node.domain,
                cause.as_str()
            ),
            false,
        )),
    }
}

/// What is wrong with a term by itself.
fn harm(term: &SpfMechanism, facts: &Facts) -> Option<&'static str> {
    let lets_in = term.qualifier == Qualifier::Pass;
    let spf = &facts.spf;
    match term.mechanism.as_str() {
        "all" if lets_in => Some("everybody may send in the name of the domain"),
        "ptr" => Some("`ptr` is not to be used (RFC 7208 §5.5)"),
        "ip4" if lets_in && term.prefix4.is_some_and(|prefix| prefix <= 8) => {
            Some("a whole network of /8 or wider may send")
        }
        "ip6" if lets_in && term.prefix6.is_some_and(|prefix| prefix <= 16) => {
            Some("a whole network of /16 or wider may send")
        }
        "a" if is_void(spf, named(term, facts), &["A", "AAAA"]) => {
            Some("the name has no address: a void lookup (RFC 7208 §4.6.4)")
        }
        "mx" if is_void(spf, named(term, facts), &["MX"]) => {
            Some("the name has no MX record: a void lookup (RFC 7208 §4.6.4)")
        }
        _ => None,
    }
}

fn named<'a>(term: &'a SpfMechanism, facts: &'a Facts) -> &'a str {
    if term.argument.is_empty() {
        &facts.target.domain
    } else {
        &term.argument
    }
}

/// Whether a name was asked for these types, and every answer holds nothing.
fn is_void(spf: &Spf, name: &str, types: &[&str]) -> bool {
    if spf.evaluation.void_lookups == 0 {
        return false;
    }
    let mut answers = spf
        .lookups
        .iter()
        .filter(|answer| {
            answer.name.eq_ignore_ascii_case(name) && types.contains(&answer.rtype.as_str())
        })
        .peekable();
    answers.peek().is_some() && answers.all(|answer| answer.observed.is_absent())
}
