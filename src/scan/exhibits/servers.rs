//! Mail server by mail server: TLSA records, dialogue, handshake, certificate. What several addresses show alike is
//! told once.

use super::text::{Draft, exhibit, fault, list, missing, more, shortened, words};
use super::{certificate, handshake, session};
use crate::facts::Facts;
use crate::facts::mx::{MxAddress, MxHost};
use crate::facts::tlsa::{DaneVerdict, Tlsa};
use crate::results::exhibit::{Exhibit, ExhibitKind, ExhibitLine};
use std::net::IpAddr;

/// The most places that one exhibit names.
const PLACES: usize = 8;
/// The most TLSA records of one server that are shown.
const RECORDS: usize = 8;
/// The most bytes of one: a full certificate can be one.
const DATA: usize = 200;

/// An exhibit and where it was seen.
struct Group<'a> {
    exhibit: Exhibit,
    places: Vec<Place<'a>>,
}

/// A server, or one of its addresses.
type Place<'a> = (&'a str, Option<IpAddr>);

/// The exhibits of every server, in the order in which senders try them.
pub(super) fn exhibits(facts: &Facts) -> Vec<Exhibit> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let name = &facts.vantage.ehlo_name;
    for host in &facts.mx.hosts {
        add(&mut groups, (&host.host, None), tlsa(host));
        let mut last: Option<(&MxAddress, Vec<usize>)> = None;
        for address in &host.addresses {
            let place = (host.host.as_str(), Some(address.ip));
            if let Some((before, at)) = &last
                && before.session == address.session
                && before.offers == address.offers
            {
                for index in at {
                    if let Some(group) = groups.get_mut(*index) {
                        group.places.push(place);
                    }
                }
                continue;
            }
            let shown = address_exhibits(host, address, name);
            let at = shown
                .into_iter()
                .map(|one| add(&mut groups, place, one))
                .collect();
            last = Some((address, at));
        }
    }
    groups.into_iter().map(finished).collect()
}

fn address_exhibits(host: &MxHost, address: &MxAddress, name: &str) -> Vec<Exhibit> {
    let empty = String::new;
    let dialogue = session::lines(address, name);
    let mut shown = vec![exhibit(
        ExhibitKind::Session,
        &["starttls", "mx"],
        empty(),
        dialogue,
    )];
    let session = address.session.value();
    let tls = session.and_then(|session| session.tls.value());
    let offers = address.offers.value().map(AsRef::as_ref);
    let lines = handshake::lines(tls, offers);
    if !lines.is_empty() {
        let areas = ["tls", "starttls"];
        shown.push(exhibit(ExhibitKind::Handshake, &areas, empty(), lines));
    }
    if let Some(tls) = tls {
        let areas: &[&str] = if host.tlsa.value().is_some() {
            &["x509", "dane"]
        } else {
            &["x509"]
        };
        let lines = certificate::lines(&tls.chain);
        shown.push(exhibit(ExhibitKind::Certificate, areas, empty(), lines));
    }
    shown
}

/// Adds a place to the exhibit that says the same, or a new one; gives its index.
fn add<'a>(groups: &mut Vec<Group<'a>>, place: Place<'a>, shown: Exhibit) -> usize {
    let same = groups.iter_mut().position(|group| group.exhibit == shown);
    if let Some(index) = same {
        if let Some(group) = groups.get_mut(index) {
            group.places.push(place);
        }
        return index;
    }
    groups.push(Group {
        exhibit: shown,
        places: vec![place],
    });
    groups.len() - 1
}

/// The exhibit with its subject: `mx1.example.org [192.0.2.1]:25, [2001:db8::1]:25`.
fn finished(group: Group<'_>) -> Exhibit {
    let Group {
        mut exhibit,
        places,
    } = group;
    let mut subject = String::new();
    let mut last = "";
    for (host, ip) in places.iter().take(PLACES) {
        if !subject.is_empty() {
            subject.push_str(", ");
        }
        match ip {
            None => subject.extend(["_25._tcp.", host, " TLSA"]),
            Some(ip) => {
                if *host != last {
                    subject.extend([host, " "]);
                }
                subject.extend(["[", &ip.to_string(), "]:25"]);
            }
        }
        last = host;
    }
    if places.len() > PLACES {
        let more = (places.len() - PLACES).to_string();
        subject.extend([" … and ", &more, " more"]);
    }
    exhibit.subject = subject;
    exhibit
}

/// The TLSA records of a server, and what senders make of them.
fn tlsa(host: &MxHost) -> Exhibit {
    let mut lines: Vec<ExhibitLine> = Vec::new();
    if let Some(why) = missing("no record", &host.tlsa.observed) {
        lines.push(words(why));
    } else {
        let records = host.tlsa.value().map(Vec::as_slice).unwrap_or_default();
        let records_shown = records.iter().take(RECORDS);
        let refused = refused(host);
        lines.extend(records_shown.map(|record| tlsa_record(record, &refused)));
        lines.extend(more(records.len(), RECORDS));
        let verdict = shortened(&host.dane.reason, 400);
        lines.push(if host.dane.verdict == DaneVerdict::Invalid {
            let note = "senders that do DANE deliver nothing there (RFC 7672 §2.2)";
            fault(verdict, note, true)
        } else {
            words(verdict)
        });
    }
    exhibit(ExhibitKind::Record, &["dane"], String::new(), lines)
}

/// The addresses whose certificates no record matches.
fn refused(host: &MxHost) -> String {
    if host.dane.verdict != DaneVerdict::Invalid {
        return String::new();
    }
    let has_chain = |ip: IpAddr| {
        let mut addresses = host.addresses.iter();
        let address = addresses.find(|address| address.ip == ip);
        let session = address.and_then(|address| address.session.value());
        session.is_some_and(|session| session.tls.value().is_some())
    };
    let matches = host.dane.matches.iter();
    let refused = matches.filter(|one| !one.matched && has_chain(one.ip));
    let at: Vec<String> = refused.map(|one| one.ip.to_string()).collect();
    list(&at, 4)
}

fn tlsa_record(record: &Tlsa, refused: &str) -> ExhibitLine {
    let data = shortened(&record.data, DATA);
    let text = [&record.numbers(), " ", data.as_str()].concat();
    let mut draft = Draft::of(&text);
    for defect in &record.defects {
        let note = [&defect.text, " (", &defect.reference, ")"].concat();
        draft.whole(note, defect.fatal);
    }
    if !record.usable && record.defects.is_empty() {
        draft.whole("senders can't use it (RFC 7672 §3.1)", true);
    }
    if record.usable && !refused.is_empty() {
        let note = ["no record matches what is served at ", refused].concat();
        draft.mark([text.len() - data.len(), text.len()], note, true);
    }
    draft.line()
}
