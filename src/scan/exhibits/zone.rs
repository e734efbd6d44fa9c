//! What the zone of a domain says beside its texts: the mail servers, the signatures, the authorities.

use super::text::{Draft, exhibit, fault, list, missing, more, words};
use crate::facts::Facts;
use crate::facts::caa::{CaaHost, CaaRecord};
use crate::facts::defect::Defect;
use crate::facts::dns::DnssecState;
use crate::facts::mx::{Mx, MxRecord};
use crate::facts::observed::Observed;
use crate::facts::zone::Zone;
use crate::results::exhibit::{Exhibit, ExhibitKind, ExhibitLine};

/// The most lines of one of these exhibits.
const LINES: usize = 12;
/// The most sets of records that one line names.
const SETS: usize = 4;

/// The MX records, with what is wrong with the servers that they name.
pub(super) fn mail_servers(facts: &Facts) -> Exhibit {
    let mx = &facts.mx;
    let mut lines: Vec<ExhibitLine> = Vec::new();
    if let Some(why) = missing("no record", &mx.records.observed) {
        lines.push(words(why));
    }
    if mx.implicit {
        let text = "the domain is its own mail server by its addresses (RFC 5321 §5.1)";
        lines.push(words(text));
    }
    let records = mx.records.value().map(Vec::as_slice).unwrap_or_default();
    let mut told = vec![false; mx.defects.len()];
    for record in records.iter().take(LINES) {
        lines.push(server(record, facts, &mut told));
    }
    lines.extend(more(records.len(), LINES));
    let rest = mx.defects.iter().zip(&told).filter(|(_, told)| !**told);
    for (defect, _) in rest.take(4) {
        lines.push(fault(defect.text.clone(), &defect.reference, defect.fatal));
    }
    let subject = [&facts.target.domain, " MX"].concat();
    exhibit(ExhibitKind::Record, &["mx", "dns"], subject, lines)
}

fn server(record: &MxRecord, facts: &Facts, told: &mut [bool]) -> ExhibitLine {
    let Mx { hosts, defects, .. } = &facts.mx;
    let name = &record.exchange;
    let text = format!("{} {name}", record.preference);
    let mut draft = Draft::of(&text);
    let span = [text.len() - name.len(), text.len()];
    let mut mark = |defect: &Defect| {
        let note = [&defect.text, " (", &defect.reference, ")"].concat();
        draft.mark(span, note, defect.fatal);
    };
    for (defect, told) in defects.iter().zip(told) {
        let about = if name == "." {
            defect.code.starts_with("mx-null")
        } else {
            defect.text.split(' ').any(|word| word == name)
        };
        if about {
            mark(defect);
            *told = true;
        }
    }
    let host = hosts.iter().find(|host| host.host == *name);
    host.into_iter()
        .flat_map(|host| &host.defects)
        .for_each(mark);
    let coverage = facts.mta_sts.coverage.iter();
    if coverage
        .into_iter()
        .any(|one| one.host == *name && !one.covered)
    {
        draft.mark(span, "the MTA-STS policy does not name it", false);
    }
    draft.line()
}

/// Whether the domain is signed, what stands above it, and which sets of records are not as safe as it.
pub(super) fn dnssec(facts: &Facts) -> Exhibit {
    let zone = &facts.zone;
    let own = &zone.soa.dnssec;
    let mut lines = vec![state("", own.state, &own.reason)];
    lines.extend(delegation(zone));
    let others = unlike(zone);
    for (state_and_reason, sets) in others.iter().take(LINES) {
        let what = [&list(sets, SETS), ": "].concat();
        lines.push(state(&what, state_and_reason.0, state_and_reason.1));
    }
    lines.extend(more(others.len(), LINES));
    if let Some(end) = zone.first_expiry.value() {
        lines.push(words(format!(
            "the first signature to end: {} {}, {}, in {} days",
            end.name, end.rtype, end.expires, end.days_left
        )));
    }
    let name = zone.apex.value().unwrap_or(&facts.target.domain);
    let subject = [name, " DNSSEC"].concat();
    exhibit(ExhibitKind::Record, &["dnssec"], subject, lines)
}

/// The sets of records whose state is not that of the domain, by state and reason.
fn unlike(zone: &Zone) -> Vec<((DnssecState, &str), Vec<String>)> {
    let mut all: Vec<((DnssecState, &str), Vec<String>)> = Vec::new();
    let own = zone.soa.dnssec.state;
    for set in zone.rrsets.iter().filter(|set| set.security != own) {
        let key = (set.security, set.dnssec.reason.as_str());
        let name = format!("{} {} ({})", set.name, set.rtype, set.purpose);
        match all.iter_mut().find(|(known, _)| *known == key) {
            Some((_, names)) => names.push(name),
            None => all.push((key, vec![name])),
        }
    }
    all
}

fn state(what: &str, state: DnssecState, reason: &str) -> ExhibitLine {
    let text = [what, state.as_str(), ": ", reason].concat();
    if state == DnssecState::Bogus {
        return fault(
            text,
            "validating resolvers get no answer (RFC 4035 §5.5)",
            true,
        );
    }
    words(text)
}

fn delegation(zone: &Zone) -> Vec<ExhibitLine> {
    if let Some(why) = missing("no DS", &zone.delegation.observed) {
        return vec![words(why)];
    }
    let records = zone.delegation.value().into_iter().flatten();
    let lines = records.take(4).map(|record| {
        let text = format!(
            "DS {} {} {} {}",
            record.key_tag, record.mnemonic, record.digest_name, record.digest
        );
        if record.fits == Observed::present(false) {
            return fault(text, "it fits no key of the zone (RFC 4035 §5)", false);
        }
        words(text)
    });
    lines.collect()
}

/// The CAA records that count for the domain and its hosts, each set once; one line where nobody publishes any.
pub(super) fn caa(facts: &Facts) -> Vec<Exhibit> {
    let mut all: Vec<Exhibit> = Vec::new();
    for host in &facts.caa {
        let Some(name) = host.found_at.value() else {
            continue;
        };
        let subject = [name, " CAA"].concat();
        if !all.iter().any(|known| known.subject == subject) {
            let lines = authorities(host);
            all.push(exhibit(ExhibitKind::Record, &["caa"], subject, lines));
        }
        if all.len() >= LINES {
            break;
        }
    }
    if all.is_empty()
        && let Some(host) = facts.caa.first()
        && let Some(why) = missing("no record", &host.found_at)
    {
        let subject = [&host.host, " CAA"].concat();
        all.push(exhibit(
            ExhibitKind::Record,
            &["caa"],
            subject,
            vec![words(why)],
        ));
    }
    all
}

fn authorities(host: &CaaHost) -> Vec<ExhibitLine> {
    let record = |one: &CaaRecord| {
        let value = super::text::shortened(&one.value, 400);
        let text = format!("{} {} \"{value}\"", one.flags, one.tag);
        let mut draft = Draft::of(&text);
        let at = text.len() - value.len() - 1;
        for defect in &one.defects {
            match defect.span {
                Some([from, to]) => draft.defect(&defect.clone().at(at + from, at + to)),
                None => draft.defect(defect),
            }
        }
        draft.line()
    };
    let records = host.records.iter().take(LINES);
    let mut lines: Vec<ExhibitLine> = records.map(record).collect();
    lines.extend(more(host.records.len(), LINES));
    if host.permits_seen == Observed::present(false) {
        let text = format!("{} has a certificate of {}", host.host, list(&host.seen, 4));
        let note = "the records do not let this authority issue it (RFC 8659 §4.2)";
        lines.push(fault(text, note, false));
    }
    lines
}
