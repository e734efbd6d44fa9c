//! The table of what senders do at the probes, and what follows.

use super::*;
use crate::facts::observed::Proof;
use crate::facts::outbound::enforcement::Attempt;
use crate::facts::timestamp::Timestamp;
use std::net::Ipv4Addr;

/// One letter a probe, in the order of `Posture::ALL`: `t` arrived over TLS, `c` in clear text, `r` refused after
/// the handshake, `h` by a failed handshake, `l` left later, `-` nothing seen, `?` unknown, `.` not tried.
fn seen(letters: &str) -> Enforcement {
    let probes = Posture::ALL.into_iter().zip(letters.chars());
    let probes = probes.filter(|(_, letter)| *letter != '.');
    let mut enforcement = Enforcement {
        started: Timestamp::from_unix(0),
        waited_seconds: 600,
        probes: probes
            .map(|(posture, letter)| probe(posture, letter))
            .collect(),
        uses_tls: Observed::unobserved(),
        delivers_in_clear: Observed::unobserved(),
        validates_certificates: Observed::unobserved(),
        enforces_dane: Observed::unobserved(),
        enforces_mta_sts: Observed::unobserved(),
        level: EnforcementLevel::Unknown,
    };
    conclude(&mut enforcement);
    enforcement
}

fn probe(posture: Posture, letter: char) -> Probe {
    let attempt = |end| Attempt {
        at: Timestamp::from_unix(0),
        ip: Ipv4Addr::LOCALHOST.into(),
        tls: Observed::absent(Proof::NoData),
        end,
        alert: String::new(),
    };
    let delivered = match letter {
        't' => Observed::present(Delivery::Tls),
        'c' => Observed::present(Delivery::Clear),
        '?' => Observed::unobserved(),
        _ => Observed::absent(Proof::NoData),
    };
    let end = match letter {
        't' | 'c' => Some(AttemptEnd::Delivered),
        'r' => Some(AttemptEnd::LeftAfterHandshake),
        'h' => Some(AttemptEnd::HandshakeFailed),
        'e' => Some(AttemptEnd::LeftAfterEhlo),
        'l' => Some(AttemptEnd::LeftLater),
        _ => None,
    };
    Probe {
        posture,
        domain: String::new(),
        delivered,
        attempts: end.map(attempt).into_iter().collect(),
    }
}

fn letter(fact: &Observed<bool>) -> char {
    match fact.value() {
        Some(true) => 'y',
        Some(false) => 'n',
        None => '?',
    }
}

fn conclusions(letters: &str) -> (String, EnforcementLevel) {
    let it = seen(letters);
    let facts = [
        &it.uses_tls,
        &it.delivers_in_clear,
        &it.validates_certificates,
        &it.enforces_dane,
        &it.enforces_mta_sts,
    ];
    (facts.into_iter().map(letter).collect(), it.level)
}

#[test]
fn what_arrives_and_what_does_not_leads_to_these_conclusions() {
    use EnforcementLevel::{Clear, Opportunistic, Published, Unknown, Validated};
    // good, self-signed, wrong-name, expired, dane-valid, dane-mismatch, no-starttls, mta-sts-valid, mta-sts-mismatch.
    let table = [
        ("takes everybody", "ttttttctt", "yynnn", Opportunistic),
        ("never uses TLS", "ccccccccc", "nynnn", Clear),
        ("DANE", "tttttrctt", "yynyn", Published),
        ("DANE by an alert", "ttttthctt", "yynyn", Published),
        ("MTA-STS", "ttttttctr", "yynny", Published),
        ("both", "tttttrctr", "yynyy", Published),
        ("both, and no clear text", "tttttretr", "ynnyy", Published),
        (
            "all certificates, and clear text",
            "trrrrtctr",
            "yyyn?",
            Unknown,
        ),
        (
            "all certificates, no clear text",
            "trrrrtetr",
            "ynyn?",
            Validated,
        ),
        ("all certificates and DANE", "trrrtretr", "ynyy?", Validated),
        (
            "all certificates and DANE, yet clear text",
            "trrrtrctr",
            "yyyy?",
            Published,
        ),
        ("both DANE probes refused", "trrrrretr", "yny??", Validated),
        (
            "both DANE probes refused, other certificates taken",
            "ttttrrctt",
            "yyn?n",
            Unknown,
        ),
        (
            "expired alone is refused",
            "tttrttctt",
            "yynnn",
            Opportunistic,
        ),
        (
            "clear text where the handshake would show a mismatch",
            "tttttcctt",
            "yynnn",
            Opportunistic,
        ),
        ("control missing", "-rrrrrerr", "?????", Unknown),
        ("control refused", "rrrrrrerr", "?????", Unknown),
        ("control not tried", ".tttttttt", "?????", Unknown),
        ("control unknown", "?ttttttt?", "?????", Unknown),
        ("the control alone", "t........", "y????", Unknown),
        (
            "nothing but the control was seen",
            "t--------",
            "y????",
            Unknown,
        ),
        (
            "mismatch without a connection",
            "tttttt---",
            "y?nn?",
            Unknown,
        ),
        (
            "no connection to the DANE mismatch",
            "ttttt-ctt",
            "yyn?n",
            Unknown,
        ),
        (
            "came as far as MAIL at the DANE mismatch",
            "tttttlctt",
            "yyn?n",
            Unknown,
        ),
        (
            "DANE without its valid probe",
            "tttt.rctt",
            "yyn?n",
            Unknown,
        ),
        (
            "DANE, its valid probe unseen",
            "tttt-rctt",
            "yyn?n",
            Unknown,
        ),
        (
            "MTA-STS without its valid probe",
            "ttttttc.r",
            "yynn?",
            Unknown,
        ),
        (
            "MTA-STS refused even where it fits",
            "ttttttcrr",
            "yynn?",
            Unknown,
        ),
        (
            "MTA-STS without the wrong name, others taken",
            "tt.tttctr",
            "yynny",
            Published,
        ),
        (
            "MTA-STS without any wrong certificate",
            "t...ttctr",
            "yy?n?",
            Unknown,
        ),
        (
            "the wrong name alone is refused, as is MTA-STS",
            "ttrtttctr",
            "yynn?",
            Unknown,
        ),
        (
            "one wrong certificate unseen, others refused",
            "trr-ttctt",
            "yy?nn",
            Opportunistic,
        ),
        (
            "one wrong certificate untried, others refused",
            "trr.ttett",
            "ynynn",
            Validated,
        ),
        (
            "no clear text, else anybody",
            "ttttttett",
            "ynnnn",
            Opportunistic,
        ),
    ];
    for (sender, letters, facts, level) in table {
        assert_eq!(conclusions(letters), (facts.to_owned(), level), "{sender}");
    }
}

#[test]
fn a_refusal_and_then_a_connection_that_went_further_is_no_refusal() {
    let mut it = seen("tttttrctt");
    let mismatch = it
        .probes
        .iter_mut()
        .find(|probe| probe.posture == Posture::DaneMismatch);
    let later = probe(Posture::DaneMismatch, 'l').attempts;
    mismatch.unwrap().attempts.extend(later);
    conclude(&mut it);
    assert!(it.enforces_dane.is_unknown());
}

#[test]
fn what_is_unknown_says_why() {
    let words =
        |letters: &str, pick: fn(&Enforcement) -> &Observed<bool>| match pick(&seen(letters)) {
            Observed::Unknown { detail, .. } => detail.clone(),
            settled => panic!("{settled:?}"),
        };
    let dane = words("trrrrrctr", |it| &it.enforces_dane);
    assert!(dane.contains("dane-valid was refused as well"), "{dane}");
    let sts = words("trrrttctr", |it| &it.enforces_mta_sts);
    assert!(sts.contains("where no policy asks"), "{sts}");
    let none = words("-........", |it| &it.uses_tls);
    assert!(
        none.contains("no control message arrived in 10 minutes"),
        "{none}"
    );
    let unseen = words("ttttt-ctt", |it| &it.enforces_dane);
    assert!(
        unseen.contains("neither a message nor a connection"),
        "{unseen}"
    );
    let untried = words("t...ttctt", |it| &it.validates_certificates);
    assert!(untried.contains("was not tried"), "{untried}");
}

#[test]
fn conclusions_are_made_anew_from_what_was_seen() {
    let mut it = seen("tttttrctr");
    let once = it.clone();
    it.enforces_dane = Observed::present(false);
    it.level = EnforcementLevel::Clear;
    conclude(&mut it);
    assert_eq!(it, once);
}
