//! What was seen of a target, for people to look at beside the verdict: records, dialogues, handshakes and
//! certificates, short, with what is wrong marked. Nothing here is judged by a norm: what is marked is a defect
//! of the facts, or what a standard makes of them.

use crate::facts::Facts;
use crate::results::exhibit::Exhibit;
use text::exhibit;

mod certificate;
mod handshake;
mod mta_sts;
mod records;
mod servers;
mod session;
mod spf;
pub(super) mod text;
mod zone;

/// The most exhibits of a target's mail servers.
const SERVERS: usize = 40;

/// The exhibits of a document: the domain's records, then server by server.
pub(super) fn of(facts: &Facts) -> Vec<Exhibit> {
    let mut all = vec![zone::mail_servers(facts)];
    all.extend(spf::exhibits(facts));
    all.extend(records::dkim(facts));
    all.extend(records::dmarc(facts));
    all.extend(records::bimi(facts));
    all.extend(mta_sts::exhibits(facts));
    all.push(records::tls_rpt(facts));
    all.push(zone::dnssec(facts));
    all.extend(zone::caa(facts));
    all.extend(few(servers::exhibits(facts)));
    all
}

/// At most [`SERVERS`] of them, those with a fault before the others, in their order.
fn few(all: Vec<Exhibit>) -> Vec<Exhibit> {
    let more = all.len().saturating_sub(SERVERS);
    if more == 0 {
        return all;
    }
    let faulty = |one: &Exhibit| one.lines.iter().any(|line| !line.marks.is_empty());
    let with = all.iter().filter(|one| faulty(one)).count().min(SERVERS);
    let (mut with, mut without) = (with, SERVERS - with);
    let mut kept = all;
    let kind = kept.last().map(|last| last.kind);
    kept.retain(|one| {
        let left = if faulty(one) { &mut with } else { &mut without };
        let keep = *left > 0;
        *left -= usize::from(keep);
        keep
    });
    if let Some(kind) = kind {
        let words = format!("… and {more} more that are not shown");
        let subject = "other mail servers".to_owned();
        kept.push(exhibit(kind, &["mx"], subject, vec![text::words(words)]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::exhibit::ExhibitKind;

    #[test]
    fn of_many_servers_those_with_a_fault_are_shown() {
        let one = |number: usize| {
            let line = if number > 90 {
                text::fault("x", "wrong", true)
            } else {
                text::words("x")
            };
            let subject = number.to_string();
            exhibit(ExhibitKind::Session, &["mx"], subject, vec![line])
        };
        let shown = few((0..100).map(one).collect());
        let subjects: Vec<&str> = shown.iter().map(|one| one.subject.as_str()).collect();
        assert_eq!(shown.len(), SERVERS + 1);
        assert_eq!(subjects[..2], ["0", "1"]);
        assert_eq!(subjects[30..33], ["30", "91", "92"]);
        let last = shown.last().unwrap();
        assert_eq!(last.lines[0].text, "… and 60 more that are not shown");
        assert_eq!(few((0..9).map(one).collect()).len(), 9);
    }
}
