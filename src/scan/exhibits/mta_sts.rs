//! The MTA-STS record of a domain and its policy file.

use super::certificate;
use super::records::published;
use super::text::{Draft, exhibit, fault, missing, more, words};
use crate::facts::Facts;
use crate::facts::defect::Defect;
use crate::facts::mta_sts::{MtaSts, StsPolicy};
use crate::facts::observed::Observed;
use crate::results::exhibit::{Exhibit, ExhibitKind, ExhibitLine};

/// The most lines of a policy file that are shown.
const LINES: usize = 24;
/// The most bytes of one of them.
const LINE: usize = 300;

/// The record; the file where the record announces one; the web server's certificate where it does not do.
pub(super) fn exhibits(facts: &Facts) -> Vec<Exhibit> {
    let sts = &facts.mta_sts;
    let domain = &facts.target.domain;
    let record = sts.record.value();
    let record = record.map(|record| Draft::with(&record.raw, &record.defects));
    let several = "one of several records: senders set all aside (RFC 8461 §3.1)";
    let lines = published(&sts.records, record, several);
    let subject = ["_mta-sts.", domain, " TXT"].concat();
    let mut all = vec![exhibit(ExhibitKind::Record, &["mta-sts"], subject, lines)];
    if sts.record.value().is_none() {
        return all;
    }
    let url = sts.fetch.value().map_or_else(
        || ["https://mta-sts.", domain, "/.well-known/mta-sts.txt"].concat(),
        |fetch| fetch.url.clone(),
    );
    let file = exhibit(ExhibitKind::File, &["mta-sts"], url, file(sts));
    all.push(file);
    let chain = sts.fetch.value().map(|fetch| &fetch.chain);
    if let Some(chain) = chain.filter(|chain| !chain.authenticated) {
        let subject = [&chain.reference_name, ":443"].concat();
        let lines = certificate::lines(chain);
        let areas = ["mta-sts"];
        all.push(exhibit(ExhibitKind::Certificate, &areas, subject, lines));
    }
    all
}

fn file(sts: &MtaSts) -> Vec<ExhibitLine> {
    let mut lines = Vec::new();
    if let Some(fetch) = sts.fetch.value()
        && fetch.status != 200
    {
        let text = format!("HTTP status {}", fetch.status);
        let note = "senders take status 200 only (RFC 8461 §3.3)";
        lines.push(fault(text, note, true));
    }
    let policy = match &sts.policy {
        Observed::Present { value } => value,
        observed @ (Observed::Absent { .. } | Observed::Unknown { .. }) => {
            let observed = if sts.fetch.value().is_none() {
                missing("no file", &sts.fetch)
            } else {
                missing("no policy", observed)
            };
            lines.extend(observed.map(words));
            return lines;
        }
    };
    lines.extend(body(policy, &sts.unused_patterns));
    let uncovered = sts.coverage.iter().filter(|one| !one.covered);
    for server in uncovered.take(4) {
        let text = ["no pattern for the mail server ", &server.host].concat();
        lines.push(fault(
            text,
            "senders must not deliver to it (RFC 8461 §5)",
            false,
        ));
    }
    lines
}

/// The lines of the file, each with the faults that stand in it.
fn body(policy: &StsPolicy, unused: &[String]) -> Vec<ExhibitLine> {
    let (mut lines, mut start, mut count) = (Vec::new(), 0, 0);
    for piece in policy.raw.split_inclusive('\n') {
        let end = start + piece.len();
        count += 1;
        if count <= LINES {
            let text = piece.trim_end_matches(['\r', '\n']);
            let mut draft = Draft::of(text);
            for defect in &policy.defects {
                mark(&mut draft, defect, (start, end));
            }
            if let Some(pattern) =
                pattern(text).filter(|one| unused.iter().any(|known| known == one))
            {
                let at = text.len() - pattern.len();
                draft.mark(
                    [at, text.len()],
                    "it is for none of the mail servers",
                    false,
                );
            }
            lines.push(draft.cut(LINE));
        }
        start = end;
    }
    lines.extend(more(count, LINES));
    let whole = policy.defects.iter().filter(|defect| defect.span.is_none());
    for defect in whole.take(4) {
        lines.push(fault(defect.text.clone(), &defect.reference, defect.fatal));
    }
    lines
}

/// Marks a fault in the line that it begins in.
fn mark(draft: &mut Draft<'_>, defect: &Defect, (start, end): (usize, usize)) {
    let Some([from, to]) = defect.span else {
        return;
    };
    if (start..end).contains(&from) {
        let span = [from - start, to.saturating_sub(start)];
        draft.defect(&defect.clone().at(span[0], span[1]));
    }
}

fn pattern(line: &str) -> Option<&str> {
    let (key, value) = line.split_once(':')?;
    (key.trim() == "mx").then(|| value.trim_start())
}
