//! From small facts to effects: one row a circumstance.

use super::*;

type Row = (&'static str, Vec<MxHost>, Observed<StsMode>, &'static str);

fn check(rows: Vec<Row>) {
    for (name, hosts, mode, want) in rows {
        let delivery = told(&domain_of(hosts), mode, &[]);
        assert_eq!(letters(&delivery.effects), want, "{name}: {delivery:#?}");
        for sender in Sender::ALL {
            assert!(!delivery.effects.of(sender).reason.is_empty(), "{name}");
        }
    }
}

#[test]
fn one_address_without_policies() {
    let no_tls = |proof| vec![one(NoTls(proof))];
    check(vec![
        ("valid certificate", vec![one(Valid)], none(), "CEEEE"),
        ("another certificate", vec![one(Invalid)], none(), "CEEEE"),
        ("no STARTTLS", vec![one(CLEAR)], none(), "CCCCC"),
        ("refused", no_tls(Proof::Rejected), none(), "CCCCC"),
        ("old versions", no_tls(Proof::TlsVersion), none(), "CCCCC"),
        ("an alert", no_tls(Proof::TlsAlert), none(), "CCCCC"),
        ("closed in TLS", no_tls(Proof::TlsClosed), none(), "CCCCC"),
        ("TLS undecided", vec![one(Undecided)], none(), "C????"),
        ("not observed", vec![one(Unseen)], none(), "?????"),
        ("connection refused", vec![one(Gone)], none(), "DDDDD"),
    ]);
}

#[test]
fn mta_sts_holds_the_server_to_tls_and_a_valid_certificate_under_enforce_only() {
    let (enforce, testing) = (|| mode(StsMode::Enforce), || mode(StsMode::Testing));
    let off = || mode(StsMode::None);
    let lost = || Observed::unknown(Cause::HttpServerError, "");
    check(vec![
        ("enforce, valid", vec![one(Valid)], enforce(), "CEAEA"),
        ("enforce, invalid", vec![one(Invalid)], enforce(), "CEDED"),
        ("enforce, no STARTTLS", vec![one(CLEAR)], enforce(), "CCDCD"),
        (
            "enforce, undecided",
            vec![one(Undecided)],
            enforce(),
            "C????",
        ),
        (
            "enforce, not observed",
            vec![one(Unseen)],
            enforce(),
            "?????",
        ),
        ("enforce, gone", vec![one(Gone)], enforce(), "DDDDD"),
        ("testing, invalid", vec![one(Invalid)], testing(), "CEEEE"),
        ("testing, no STARTTLS", vec![one(CLEAR)], testing(), "CCCCC"),
        ("mode none, invalid", vec![one(Invalid)], off(), "CEEEE"),
        ("policy lost, valid", vec![one(Valid)], lost(), "CE?E?"),
        ("policy lost, gone", vec![one(Gone)], lost(), "DDDDD"),
    ]);
}

#[test]
fn dane_decides_by_its_verdict_and_mta_sts_only_where_dane_does_not_apply() {
    use DaneVerdict as V;
    let enforce = || mode(StsMode::Enforce);
    let lost = || Observed::unknown(Cause::Timeout, "");
    let (yes, no) = (Some(true), Some(false));
    check(vec![
        ("valid", dane(V::Valid, Invalid, yes), none(), "CEEAA"),
        (
            "valid, policy lost",
            dane(V::Valid, Valid, yes),
            lost(),
            "CE?AA",
        ),
        (
            "valid, enforce fails",
            dane(V::Valid, Invalid, yes),
            enforce(),
            "CEDAA",
        ),
        ("no match", dane(V::Invalid, Valid, no), none(), "CEEDD"),
        (
            "no match, enforce passes",
            dane(V::Invalid, Valid, no),
            enforce(),
            "CEADD",
        ),
        (
            "records, no STARTTLS",
            dane(V::Invalid, CLEAR, no),
            none(),
            "CCCDD",
        ),
    ]);
}

#[test]
fn records_that_are_not_used_leave_it_to_tls_or_to_mta_sts() {
    use DaneVerdict as V;
    let enforce = || mode(StsMode::Enforce);
    let no = Some(false);
    check(vec![
        (
            "unusable, TLS",
            dane(V::Unusable, Valid, no),
            none(),
            "CEEEE",
        ),
        (
            "unusable, no STARTTLS",
            dane(V::Unusable, CLEAR, no),
            none(),
            "CCCDD",
        ),
        (
            "unusable, undecided",
            dane(V::Unusable, Undecided, None),
            none(),
            "C????",
        ),
        (
            "unusable, enforce",
            dane(V::Unusable, Valid, no),
            enforce(),
            "CEAEA",
        ),
        (
            "unusable, enforce fails",
            dane(V::Unusable, Invalid, no),
            enforce(),
            "CEDED",
        ),
        (
            "unsigned records",
            dane(V::Insecure, Valid, None),
            none(),
            "CEEEE",
        ),
        (
            "unsigned, enforce",
            dane(V::Insecure, Valid, None),
            enforce(),
            "CEAEA",
        ),
        (
            "unsigned, no TLS",
            dane(V::Insecure, CLEAR, None),
            enforce(),
            "CCDCD",
        ),
        (
            "TLSA servfail",
            dane(V::LookupFailed, Valid, None),
            enforce(),
            "CEADD",
        ),
        (
            "records, not observed",
            dane(V::Unknown, Unseen, None),
            none(),
            "?????",
        ),
        (
            "records, gone",
            dane(V::Unknown, Gone, None),
            none(),
            "DDDDD",
        ),
    ]);
}

#[test]
fn of_several_addresses_the_worst_counts_and_one_without_delivery_is_passed_over() {
    let enforce = || mode(StsMode::Enforce);
    let rows = |at: &[At]| vec![many(10, at)];
    let mixed = |verdict, at: &[(At, Option<bool>)]| vec![server(10, verdict, at)];
    let (yes, no) = (Some(true), Some(false));
    check(vec![
        ("one clear", rows(&[Valid, CLEAR]), none(), "CCCCC"),
        ("one gone", rows(&[Gone, Valid]), none(), "CEEEE"),
        ("one unseen", rows(&[Valid, Unseen]), none(), "C????"),
        ("already the worst", rows(&[CLEAR, Unseen]), none(), "CCCCC"),
        (
            "enforce, one invalid",
            rows(&[Valid, Invalid]),
            enforce(),
            "CEAEA",
        ),
        (
            "enforce, one unseen",
            rows(&[Valid, Unseen]),
            enforce(),
            "C?A?A",
        ),
        (
            "enforce, invalid and unseen",
            rows(&[Invalid, Unseen]),
            enforce(),
            "C????",
        ),
        (
            "DANE, one without match",
            mixed(DaneVerdict::Invalid, &[(Valid, yes), (Valid, no)]),
            none(),
            "CEEAA",
        ),
        (
            "DANE, one unseen",
            mixed(DaneVerdict::Valid, &[(Valid, yes), (Unseen, None)]),
            none(),
            "C??AA",
        ),
    ]);
}

#[test]
fn servers_are_tried_by_preference_and_the_worst_of_equal_ones_counts() {
    let enforce = || mode(StsMode::Enforce);
    let again = |at| MxHost {
        host: "other.example.test".to_owned(),
        ..many(10, &[at])
    };
    let bad = || server(10, DaneVerdict::Invalid, &[(Valid, Some(false))]);
    check(vec![
        (
            "second worse",
            vec![one(Valid), many(20, &[CLEAR])],
            none(),
            "CEEEE",
        ),
        (
            "first worse",
            vec![one(CLEAR), many(20, &[Valid])],
            none(),
            "CCCCC",
        ),
        (
            "first gone",
            vec![one(Gone), many(20, &[Valid])],
            none(),
            "CEEEE",
        ),
        (
            "equal, one worse",
            vec![one(Valid), again(CLEAR)],
            none(),
            "CCCCC",
        ),
        (
            "equal, one gone",
            vec![one(Gone), again(Valid)],
            none(),
            "CEEEE",
        ),
        (
            "enforce, first fails",
            vec![one(CLEAR), many(20, &[Valid])],
            enforce(),
            "CCACA",
        ),
        (
            "DANE fails at the first",
            vec![bad(), many(20, &[CLEAR])],
            none(),
            "CEECC",
        ),
        (
            "first unseen",
            vec![one(Unseen), many(20, &[Valid])],
            none(),
            "C????",
        ),
        (
            "enforce, first unseen",
            vec![one(Unseen), many(20, &[Valid])],
            enforce(),
            "C?A?A",
        ),
        (
            "not in order",
            vec![many(20, &[CLEAR]), one(Valid)],
            none(),
            "CEEEE",
        ),
    ]);
}
