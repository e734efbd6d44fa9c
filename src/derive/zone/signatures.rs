//! Which signature ends first, and at which zone cuts chains of trust end.

use crate::facts::dns::Dnssec;
use crate::facts::observed::{Observed, Proof};
use crate::facts::timestamp::Timestamp;
use crate::facts::zone::{SignatureEnd, UnsignedDelegation, Zone};

/// The signature that ends first of those that the document rests on, counted from the time of observation.
pub(super) fn first_expiry(zone: &Zone, now: Timestamp) -> Observed<SignatureEnd> {
    let ends = super::seen(zone).filter_map(|(name, rtype, dnssec)| {
        let expires = dnssec.signature_expires?;
        Some(SignatureEnd {
            name: name.to_owned(),
            rtype: rtype.to_owned(),
            expires,
            days_left: expires.days_since(now),
            percent_left: percent_left(dnssec, now),
        })
    });
    ends.min_by_key(|end| end.expires)
        .map_or(Observed::absent(Proof::NoSubject), Observed::present)
}

/// How much of a signature's time is left, in percent.
pub(super) fn percent_left(dnssec: &Dnssec, now: Timestamp) -> Option<i64> {
    let (begins, expires) = (dnssec.signature_begins?, dnssec.signature_expires?);
    let whole = expires.unix().saturating_sub(begins.unix());
    let left = expires.unix().saturating_sub(now.unix());
    left.saturating_mul(100).checked_div(whole)
}

/// The zone cuts at which chains end although nothing is wrong, each once, with what lies behind it.
pub(super) fn unsigned_delegations(zone: &Zone) -> Vec<UnsignedDelegation> {
    let own = zone.soa.dnssec.chain_end.as_ref();
    let own = own.map(|end| (end, "domain".to_owned()));
    let sets = zone.rrsets.iter().filter_map(|set| {
        let end = set.dnssec.chain_end.as_ref()?;
        Some((end, format!("{} {} {}", set.purpose, set.name, set.rtype)))
    });
    let mut found: Vec<UnsignedDelegation> = Vec::new();
    for (end, affected) in own.into_iter().chain(sets) {
        if let Some(known) = found.iter_mut().find(|known| known.end == *end) {
            known.affects.push(affected);
        } else {
            found.push(UnsignedDelegation {
                end: end.clone(),
                affects: vec![affected],
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::facts;
    use super::*;
    use crate::derive::complete;
    use crate::facts::dns::{ChainEnd, ChainEndCause};

    #[test]
    fn the_signature_that_ends_first_is_named_with_the_days_left() {
        let mut facts = facts();
        facts.vantage.started = Timestamp::from_unix(1_000_000);
        complete(&mut facts);
        assert!(facts.zone.first_expiry.is_absent());
        let end = |days: i64| Some(Timestamp::from_unix(1_000_000 + days * 86_400 - 1));
        facts.zone.soa.dnssec.signature_expires = end(9);
        facts.spf.records.dnssec.signature_expires = end(3);
        facts.zone.wildcards.txt.dnssec.signature_expires = end(5);
        complete(&mut facts);
        let first = facts.zone.first_expiry.value().unwrap();
        assert_eq!((first.rtype.as_str(), first.days_left), ("TXT", 2));
        let spf = facts.zone.rrsets.iter().find(|set| set.purpose == "spf");
        assert_eq!(spf.unwrap().days_left, Some(2));
    }

    #[test]
    fn what_is_left_is_told_in_percent_where_both_ends_are_known() {
        let at = Timestamp::from_unix;
        for (begins, expires, now, left) in [
            (Some(0), Some(1000), 250, Some(75)),
            (Some(0), Some(1000), 1000, Some(0)),
            (Some(0), Some(1000), 1500, Some(-50)),
            (Some(7), Some(7), 7, None),
            (None, Some(1000), 250, None),
            (Some(0), None, 250, None),
        ] {
            let mut dnssec = facts().zone.soa.dnssec;
            dnssec.signature_begins = begins.map(at);
            dnssec.signature_expires = expires.map(at);
            assert_eq!(
                percent_left(&dnssec, at(now)),
                left,
                "{begins:?} {expires:?}"
            );
        }
    }

    #[test]
    fn a_cut_that_several_sets_lie_behind_is_named_once() {
        let mut facts = facts();
        let end = ChainEnd {
            parent: "test".to_owned(),
            child: "example.test".to_owned(),
            cause: ChainEndCause::NoDs,
        };
        facts.zone.soa.dnssec.chain_end = Some(end.clone());
        facts.mx.records.dnssec.chain_end = Some(end.clone());
        facts.mx.hosts[0].a.dnssec.chain_end = Some(ChainEnd {
            child: "mx.example.test".to_owned(),
            ..end
        });
        complete(&mut facts);
        let found: Vec<_> = facts
            .zone
            .unsigned_delegations
            .iter()
            .map(|one| (one.end.child.as_str(), one.affects.join(", ")))
            .collect();
        let expected = [
            ("example.test", "domain, mx example.test MX".to_owned()),
            ("mx.example.test", "mx-address mx.example.test A".to_owned()),
        ];
        assert_eq!(found, expected);
    }
}
