//! The records of a domain that stand in the DNS as text.

use super::text::{Draft, exhibit, list, missing, more, words};
use crate::facts::Facts;
use crate::facts::bimi::Bimi;
use crate::facts::dkim::{Dkim, DkimKey, DkimSelector};
use crate::facts::dmarc::{Dmarc, DmarcRecord, DmarcStep};
use crate::facts::dns::Answer;
use crate::facts::observed::Observed;
use crate::results::exhibit::{Exhibit, ExhibitKind, ExhibitLine};

/// The most DKIM keys that are shown.
const KEYS: usize = 8;
/// The most bytes of a DKIM key's record: the key itself says nothing to a reader.
const KEY: usize = 160;
/// The most records of one kind at one name that are shown.
const RECORDS: usize = 4;

/// The lines of the records that were found of one kind: the one that counts with its faults, several all marked,
/// or why there is none.
pub(super) fn published(
    answer: &Answer<Vec<String>>,
    record: Option<Draft<'_>>,
    several: &str,
) -> Vec<ExhibitLine> {
    let mut lines = aliases(answer);
    let texts = match missing("no record", &answer.observed) {
        Some(why) => {
            lines.push(words(why));
            return lines;
        }
        None => answer.value().map(Vec::as_slice).unwrap_or_default(),
    };
    match (texts, record) {
        ([], _) => lines.push(words("no record")),
        ([_], Some(draft)) => lines.push(draft.line()),
        ([text], None) => lines.push(Draft::of(text).line()),
        _ => {
            for text in texts.iter().take(RECORDS) {
                let mut draft = Draft::of(text);
                draft.whole(several, true);
                lines.push(draft.line());
            }
            lines.extend(more(texts.len(), RECORDS));
        }
    }
    lines
}

fn aliases<T>(answer: &Answer<T>) -> Vec<ExhibitLine> {
    let chain = &answer.aliases;
    if chain.is_empty() {
        return Vec::new();
    }
    vec![words(["CNAME ", &list(chain, 4)].concat())]
}

/// Where the walk found a record, and where one was expected.
pub(super) fn dmarc(facts: &Facts) -> Vec<Exhibit> {
    let dmarc = &facts.dmarc;
    let holds = |step: &&DmarcStep| !dmarc.domain.is_empty() && step.domain == dmarc.domain;
    let own = dmarc.walk.first();
    let above = dmarc.walk.iter().skip(1).find(holds);
    let steps = own.into_iter().chain(above);
    let mut all: Vec<Exhibit> = steps.map(|step| dmarc_step(step, dmarc)).collect();
    let misplaced = dmarc.misplaced.iter().filter(|one| one.value().is_some());
    all.extend(misplaced.take(2).map(|answer| {
        let texts = answer.value().into_iter().flatten().take(RECORDS);
        let lines = texts.map(|text| {
            let mut draft = Draft::of(text);
            draft.whole("no receiver looks for a DMARC record here", false);
            draft.line()
        });
        let subject = [&answer.name, " ", &answer.rtype].concat();
        exhibit(ExhibitKind::Record, &["dmarc"], subject, lines.collect())
    }));
    all
}

fn dmarc_step(step: &DmarcStep, dmarc: &Dmarc) -> Exhibit {
    let several = "one of several records: receivers set all aside (RFC 9989 §4.10)";
    let is_candidate = |text: &&String| step.candidates < 2 || text.starts_with("v=DMARC1");
    let record = step.record.value().map(|record| {
        let mut draft = Draft::with(&record.raw, &record.defects);
        if step.domain == dmarc.domain {
            addresses(&mut draft, dmarc, record);
        }
        draft
    });
    let lines = match (record, step.txt.value()) {
        (Some(draft), Some(_)) => {
            let mut lines = aliases(&step.txt);
            lines.push(draft.line());
            lines
        }
        (None, Some(texts)) if step.candidates < 2 => {
            let others = list(texts, RECORDS);
            let mut lines = vec![words("no record: no TXT record there is one of DMARC")];
            lines.extend((!others.is_empty()).then(|| words(others)));
            lines
        }
        _ => {
            let candidates =
                |texts: &Vec<String>| texts.iter().filter(is_candidate).cloned().collect();
            let answer = step.txt.with(step.txt.observed.map(candidates));
            published(&answer, None, several)
        }
    };
    let subject = ["_dmarc.", &step.domain, " TXT"].concat();
    exhibit(ExhibitKind::Record, &["dmarc"], subject, lines)
}

/// Marks the addresses that get no reports.
fn addresses(draft: &mut Draft<'_>, dmarc: &Dmarc, record: &DmarcRecord) {
    for address in &dmarc.report_addresses {
        let usable = record.rua.iter().chain(&record.ruf);
        if !usable
            .into_iter()
            .any(|one| one.valid && one.uri == address.uri)
        {
            continue;
        }
        if address.authorized == Observed::present(false) {
            let note = "its domain does not agree to take these reports (RFC 9990 §4)";
            draft.part(&address.uri, note, false);
        } else if address.receives == Observed::present(false) {
            draft.part(&address.uri, "its domain takes no mail", false);
        }
    }
}

/// The keys that were found, or which selectors were asked in vain.
pub(super) fn dkim(facts: &Facts) -> Vec<Exhibit> {
    let dkim = &facts.dkim;
    let domain = &facts.target.domain;
    let (lost, own): (Vec<&DkimSelector>, Vec<&DkimSelector>) = dkim
        .keys
        .iter()
        .filter(|key| !key.by_wildcard)
        .partition(|key| key.source != "given" && key.record.observed.is_unknown());
    let shown = own.iter().take(KEYS);
    let mut all: Vec<Exhibit> = shown.map(|key| selector(key, domain)).collect();
    if own.len() > KEYS
        && let Some(last) = all.last_mut()
    {
        let more = own.len() - KEYS;
        last.lines
            .push(words(format!("… and {more} more selectors")));
    }
    all.extend(unanswered(&lost, domain));
    all.extend(wildcard(dkim, domain));
    if all.is_empty() {
        let mut lines = Vec::new();
        lines.extend(missing("no key", &dkim.published).map(words));
        let tried = dkim.selectors_tried.len();
        if tried > 0 {
            let asked = list(&dkim.selectors_tried, 12);
            lines.push(words(format!("{tried} selectors were asked: {asked}")));
        }
        let subject = ["_domainkey.", domain.as_str(), " TXT"].concat();
        all.push(exhibit(ExhibitKind::Record, &["dkim"], subject, lines));
    }
    all
}

/// Selectors of the built-in list that got no answer, with that of the first.
fn unanswered(lost: &[&DkimSelector], domain: &str) -> Option<Exhibit> {
    let why = missing("no record", &lost.first()?.record.observed)?;
    let names: Vec<&str> = lost.iter().map(|key| key.selector.as_str()).collect();
    let text = format!("{} selectors: {}", names.len(), list(&names, 12));
    let subject = ["_domainkey.", domain, " TXT"].concat();
    let lines = vec![words(text), words(why)];
    Some(exhibit(ExhibitKind::Record, &["dkim"], subject, lines))
}

fn selector(key: &DkimSelector, domain: &str) -> Exhibit {
    let mut lines = aliases(&key.record);
    match &key.record.observed {
        Observed::Present { value } => {
            let mut draft = Draft::with(&value.raw, &value.defects);
            if !value.usable && !value.revoked && value.defects.is_empty() {
                draft.whole("no verifier can use it", true);
            }
            lines.push(draft.cut(KEY));
            lines.push(words(described(value)));
        }
        observed @ (Observed::Absent { .. } | Observed::Unknown { .. }) => {
            lines.extend(missing("no record", observed).map(words));
        }
    }
    let subject = [&key.selector, "._domainkey.", domain, " TXT"].concat();
    exhibit(ExhibitKind::Record, &["dkim"], subject, lines)
}

fn described(key: &DkimKey) -> String {
    if key.revoked {
        return "withdrawn: `p=` is empty".to_owned();
    }
    let mut told = format!("key type {}, {} bits", key.key_type, key.key_bits);
    if key.testing {
        told.push_str(", in test (`t=y`)");
    }
    if !key.usable {
        told.push_str(", not usable");
    }
    told
}

fn wildcard(dkim: &Dkim, domain: &str) -> Option<Exhibit> {
    let text = dkim.wildcard_texts.first()?;
    let mut draft = Draft::of(text);
    draft.whole("it answers for every selector: no key is proven", false);
    let subject = if dkim.wildcard_place == "above" {
        ["*.", domain, " TXT or above"].concat()
    } else {
        ["*._domainkey.", domain, " TXT"].concat()
    };
    let lines = vec![draft.cut(KEY)];
    Some(exhibit(ExhibitKind::Record, &["dkim"], subject, lines))
}

pub(super) fn tls_rpt(facts: &Facts) -> Exhibit {
    let tls_rpt = &facts.tls_rpt;
    let record = tls_rpt.record.value();
    let record = record.map(|record| Draft::with(&record.raw, &record.defects));
    let several = "one of several records: senders set all aside (RFC 8460 §3)";
    let lines = published(&tls_rpt.records, record, several);
    let subject = ["_smtp._tls.", &facts.target.domain, " TXT"].concat();
    exhibit(ExhibitKind::Record, &["tls-rpt"], subject, lines)
}

/// The BIMI record, where one is published or the lookup failed.
pub(super) fn bimi(facts: &Facts) -> Option<Exhibit> {
    let bimi = &facts.bimi;
    let found = bimi
        .asked
        .iter()
        .find(|answer| !answer.observed.is_absent())?;
    let record = bimi.record.value().map(|record| {
        let mut draft = Draft::with(&record.raw, &record.defects);
        if let Some(policy) = bimi.policy.value().filter(|policy| !policy.sufficient) {
            draft.whole(policy.reason.as_str(), false);
        }
        draft
    });
    let several = "one of several records: receivers set all aside (BIMI draft §7.2)";
    let mut lines = published(found, record, several);
    lines.extend(bimi_files(bimi));
    let subject = [&found.name, " TXT"].concat();
    Some(exhibit(ExhibitKind::Record, &["bimi"], subject, lines))
}

fn bimi_files(bimi: &Bimi) -> Vec<ExhibitLine> {
    let mut lines = Vec::new();
    if let Some(file) = bimi.indicator.value() {
        let text = format!(
            "{}: status {}, {}, {} bytes",
            file.url, file.status, file.content_type, file.bytes
        );
        let defects = file.svg.value().map(|svg| svg.defects.as_slice());
        lines.push(whole(&text, defects.unwrap_or_default()));
    }
    if let Some(file) = bimi.evidence.value() {
        let text = format!(
            "{}: status {}, {} certificates",
            file.url,
            file.status,
            file.certificates.len()
        );
        lines.push(whole(&text, &file.defects));
    }
    lines
}

/// A line of ours with the faults of what it tells of; their spans are not its own.
fn whole(text: &str, defects: &[crate::facts::defect::Defect]) -> ExhibitLine {
    let mut draft = Draft::of(text);
    for defect in defects {
        draft.whole(defect.text.as_str(), defect.fatal);
    }
    draft.line()
}
