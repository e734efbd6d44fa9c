//! Proofs made of NSEC and NSEC3 records, right and wrong.

use super::*;
use crate::net::dns::test_zone::name;
use hickory_proto::dnssec::Nsec3HashAlgorithm;
use hickory_proto::rr::RecordType::{A, CNAME, DS, MX, NS, SOA};

/// Asks the denial made of these NSEC records: owner, next name, types.
fn with_nsec<T>(records: &[(&str, &str, &[RecordType])], ask: impl Fn(&Denial<'_>) -> T) -> T {
    let made: Vec<(Name, NSEC)> = records
        .iter()
        .map(|(owner, next, types)| (name(owner), NSEC::new(name(next), types.to_vec())))
        .collect();
    let apex = name("example");
    ask(&Denial {
        apex: &apex,
        nsec: made.iter().map(|(owner, nsec)| (owner, nsec)).collect(),
        nsec3: Vec::new(),
        signed: None,
    })
}

/// The same with NSEC3 records that match the owner and cover all up to the next name's hash.
fn with_nsec3<T>(records: &[(&str, bool, &[RecordType])], ask: impl Fn(&Denial<'_>) -> T) -> T {
    let made: Vec<(Vec<u8>, NSEC3)> = records
        .iter()
        .map(|(owner, opt_out, types)| {
            let kind = Nsec3HashAlgorithm::SHA1;
            let owner = kind.hash(&[], &name(owner), 0).unwrap().as_ref().to_vec();
            // A span from a name to itself covers all others.
            let next = owner.clone();
            let types = types.to_vec();
            (
                owner,
                NSEC3::new(kind, *opt_out, 0, Vec::new(), next, types),
            )
        })
        .collect();
    let apex = name("example");
    ask(&Denial {
        apex: &apex,
        nsec: Vec::new(),
        nsec3: made
            .iter()
            .map(|(hash, nsec3)| (hash.clone(), nsec3))
            .collect(),
        signed: None,
    })
}

fn holds(shown: &Shown) -> bool {
    *shown == Shown::Absent
}

#[test]
fn nsec_shows_that_a_name_does_not_exist_only_where_it_may_speak() {
    let apex: (&str, &str, &[RecordType]) = ("example", "b.example", &[SOA, NS]);
    for (records, gone, expected) in [
        (vec![apex], "a.example", true),
        (vec![apex], "b.example", false),
        (vec![apex], "c.example", false),
        (
            vec![("b.example", "example", &[A][..]), apex],
            "c.example",
            true,
        ),
        (vec![("b.example", "example", &[A][..])], "c.example", false),
        // The record at a delegation says nothing about what lies below it (RFC 6840 §4.1).
        (
            vec![("b.example", "z.example", &[NS][..]), apex],
            "a.b.example",
            false,
        ),
        (
            vec![("b.example", "z.example", &[A][..]), apex],
            "a.b.example",
            true,
        ),
        (
            vec![("b.example", "z.b.example", &[A][..])],
            "a.b.example",
            true,
        ),
        // Names exist below, so the name itself does.
        (
            vec![("example", "x.a.example", &[SOA, NS][..])],
            "a.example",
            false,
        ),
    ] {
        let shown = with_nsec(&records, |denial| denial.no_name(&name(gone)));
        assert_eq!(holds(&shown), expected, "{gone} {records:?} {shown:?}");
    }
}

#[test]
fn the_types_at_a_name_decide_about_absence() {
    for (types, rtype, expected) in [
        (vec![A], MX, true),
        (vec![A], A, false),
        (vec![CNAME], MX, false),
        (vec![NS], A, false),
        (vec![NS], DS, true),
        (vec![NS, SOA], A, true),
        (vec![NS, SOA], DS, false),
        (vec![NS, DS], DS, false),
    ] {
        let nsec = with_nsec(&[("a.example", "b.example", &types)], |denial| {
            denial.no_type(&name("a.example"), rtype)
        });
        let nsec3 = with_nsec3(&[("a.example", false, &types)], |denial| {
            denial.no_type(&name("a.example"), rtype)
        });
        assert_eq!(holds(&nsec), expected, "{types:?} {rtype}");
        assert_eq!(holds(&nsec3), expected, "{types:?} {rtype}");
    }
}

#[test]
fn zone_cuts_are_read_from_the_denial_of_ds() {
    for (types, expected) in [
        (vec![NS], "Unsigned"),
        (vec![A], "Within"),
        (vec![NS, DS], "Unproven"),
    ] {
        let nsec = with_nsec(&[("a.example", "b.example", &types)], |denial| {
            denial.cut(&name("a.example"))
        });
        let nsec3 = with_nsec3(&[("a.example", false, &types)], |denial| {
            denial.cut(&name("a.example"))
        });
        assert!(format!("{nsec:?}").starts_with(expected), "{nsec:?}");
        assert!(format!("{nsec3:?}").starts_with(expected), "{nsec3:?}");
    }
    let apex: &[RecordType] = &[SOA, NS];
    let ask = |denial: &Denial<'_>| denial.cut(&name("a.example"));
    assert_eq!(
        with_nsec(&[("example", "x.a.example", apex)], ask),
        Cut::Within
    );
    assert_eq!(
        with_nsec(&[("example", "b.example", apex)], ask),
        Cut::Nowhere
    );
    assert_eq!(with_nsec3(&[("example", false, apex)], ask), Cut::Nowhere);
    assert_eq!(with_nsec3(&[("example", true, apex)], ask), Cut::OptOut);
    // Below a delegation another zone speaks.
    let deep = |denial: &Denial<'_>| denial.cut(&name("x.a.example"));
    assert!(matches!(
        with_nsec3(&[("a.example", true, &[NS])], deep),
        Cut::Unproven(_)
    ));
}

#[test]
fn a_wildcard_may_answer_only_where_no_closer_name_exists() {
    let apex: &[RecordType] = &[SOA, NS];
    for (records, expected) in [
        (vec![("example", "b.example", apex)], true),
        (vec![("example", "x.a.example", apex)], false),
        (vec![("b.example", "example", apex)], false),
    ] {
        let shown = with_nsec(&records, |denial| {
            denial.no_closer_name(&name("q.a.example"), 1)
        });
        assert_eq!(holds(&shown), expected, "{records:?}");
    }
    let optout = with_nsec3(&[("example", true, apex)], |denial| {
        denial.no_closer_name(&name("q.a.example"), 1)
    });
    assert_eq!(optout, Shown::OptOut);
}

#[test]
fn no_records_prove_nothing() {
    let shown = with_nsec(&[], |denial| denial.no_name(&name("a.example")));
    assert!(matches!(shown, Shown::Nothing(fault) if fault.ede == ede::DENIAL_MISSING));
}
