//! The sets of records that mail depends on and how far each is signed, and what the zone's own records come to.

use crate::facts::{
    Facts,
    dns::{Answer, Dnssec},
    zone::{RrsetState, Zone},
};

pub mod keys;
pub mod servers;
mod signatures;
pub mod wildcards;

/// Derives anew all of the zone that follows from the other observations.
pub(super) fn complete(facts: &mut Facts) {
    let now = facts.vantage.started;
    facts.zone.rrsets = rrsets(facts);
    let zone = &mut facts.zone;
    keys::complete(zone);
    zone.denial = keys::denial(zone);
    servers::complete(&mut zone.servers);
    zone.wildcards.answers_at = wildcards::answers_at(&zone.wildcards);
    zone.first_expiry = signatures::first_expiry(zone, now);
    zone.unsigned_delegations = signatures::unsigned_delegations(zone);
}

/// Every DNSSEC state of the zone's own answers and of the sets that mail depends on: name, type and state.
fn seen(zone: &Zone) -> impl Iterator<Item = (&str, &str, &Dnssec)> {
    fn of<T>(answer: &Answer<T>) -> (&str, &str, &Dnssec) {
        (&answer.name, &answer.rtype, &answer.dnssec)
    }
    let own = [
        of(&zone.soa),
        of(&zone.keys),
        of(&zone.delegation),
        of(&zone.nsec3param),
        of(&zone.wildcards.txt),
        of(&zone.wildcards.mx),
    ];
    let sets = zone.rrsets.iter();
    own.into_iter()
        .chain(sets.map(|set| (set.name.as_str(), set.rtype.as_str(), &set.dnssec)))
}

/// Every set of records that delivery to the target and authentication of it depend on, from the answers
/// in the document: MX, each server's addresses and TLSA records, SPF, the DMARC record that holds (the
/// target's own name where none does), MTA-STS, TLS-RPT and DKIM keys, in that order.
pub fn rrsets(facts: &Facts) -> Vec<RrsetState> {
    let mut sets = vec![state("mx", &facts.mx.records)];
    for host in &facts.mx.hosts {
        sets.push(state("mx-address", &host.a));
        sets.push(state("mx-address", &host.aaaa));
        sets.push(state("tlsa", &host.tlsa));
    }
    sets.push(state("spf", &facts.spf.records));
    let steps = &facts.dmarc.walk;
    let holder = steps.iter().find(|step| step.domain == facts.dmarc.domain);
    sets.extend(holder.or_else(|| steps.first()).map(|step| RrsetState {
        exists: step.candidates > 0,
        ..state("dmarc", &step.txt)
    }));
    sets.push(state("mta-sts", &facts.mta_sts.records));
    sets.push(state("tls-rpt", &facts.tls_rpt.records));
    let keys = facts.dkim.keys.iter();
    sets.extend(keys.map(|key| state("dkim", &key.record)));
    for set in &mut sets {
        let now = facts.vantage.started;
        let expires = set.dnssec.signature_expires;
        set.days_left = expires.map(|expires| expires.days_since(now));
        set.percent_left = signatures::percent_left(&set.dnssec, now);
    }
    sets
}

fn state<T>(purpose: &str, answer: &Answer<T>) -> RrsetState {
    RrsetState {
        purpose: purpose.to_owned(),
        name: answer.name.clone(),
        rtype: answer.rtype.clone(),
        exists: answer.value().is_some(),
        security: answer.dnssec.state,
        signing_with: keys::signing_with(answer.dnssec.algorithm.as_ref()),
        days_left: None,
        percent_left: None,
        dnssec: answer.dnssec.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{dmarc, tests::facts};
    use super::*;
    use crate::facts::{
        dns::DnssecState,
        observed::{Cause, Observed},
    };

    #[test]
    fn the_sets_stand_in_the_order_of_the_mail_flow() {
        let mut facts = facts();
        facts.dmarc.domain = "example.test".to_owned();
        let found: Vec<_> = rrsets(&facts)
            .into_iter()
            .map(|set| (set.purpose, set.name, set.rtype, set.exists))
            .collect();
        let expected = [
            ("mx", "example.test", "MX", true),
            ("mx-address", "mx.example.test", "A", true),
            ("mx-address", "mx.example.test", "AAAA", false),
            ("tlsa", "_25._tcp.mx.example.test", "TLSA", false),
            ("spf", "example.test", "TXT", true),
            ("dmarc", "_dmarc.example.test", "TXT", true),
            ("mta-sts", "_mta-sts.example.test", "TXT", true),
            ("tls-rpt", "_smtp._tls.example.test", "TXT", true),
            ("dkim", "s1._domainkey.example.test", "TXT", true),
        ]
        .map(|(purpose, name, rtype, exists)| {
            (
                purpose.to_owned(),
                name.to_owned(),
                rtype.to_owned(),
                exists,
            )
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn the_dmarc_set_is_the_one_whose_record_holds() {
        let mut facts = facts();
        facts.dmarc.domain = "test".to_owned();
        let name = |facts: &Facts| {
            let sets = rrsets(facts);
            sets.iter()
                .find(|set| set.purpose == "dmarc")
                .map(|set| set.name.clone())
        };
        assert_eq!(name(&facts).as_deref(), Some("_dmarc.test"));
        facts.dmarc.domain = String::new();
        assert_eq!(name(&facts).as_deref(), Some("_dmarc.example.test"));
        facts.dmarc = dmarc::conclude("example.test", Vec::new());
        assert_eq!(name(&facts), None);
    }

    #[test]
    fn the_state_is_kept_where_the_answer_is_unknown() {
        let mut facts = facts();
        facts.mx.records.observed = Observed::unknown(Cause::Bogus, "");
        facts.mx.records.dnssec.state = DnssecState::Bogus;
        let first = &rrsets(&facts)[0];
        assert!(!first.exists);
        assert_eq!(first.security, DnssecState::Bogus);
    }
}
