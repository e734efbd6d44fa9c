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

/// What came to good, self-signed, wrong-name, expired, dane-valid, dane-mismatch, no-starttls, mta-sts-valid and
/// mta-sts-mismatch; whether the sender uses TLS, delivers in clear text, validates certificates, enforces DANE and MTA-STS;
/// the level; and what it is an example of.
const TABLE: &str = "\
    ttttttctt yynnn opportunistic takes everybody
    ccccccccc nynnn clear         never uses TLS
    tttttrctt yynyn published     DANE
    ttttthctt yynyn published     DANE by an alert
    ttttttctr yynny published     MTA-STS
    tttttrctr yynyy published     both
    tttttretr ynnyy published     both, and no clear text
    trrrrtctr yyyn? unknown       all certificates, and clear text
    trrrrtetr ynyn? validated     all certificates, no clear text
    trrrtretr ynyy? validated     all certificates and DANE
    trrrtrctr yyyy? published     all certificates and DANE, yet clear text
    trrrrretr yny?? validated     both DANE probes refused
    ttttrrctt yyn?n unknown       both DANE probes refused, other certificates taken
    tttrttctt yynnn opportunistic expired alone is refused
    tttttcctt yynnn opportunistic clear text where the handshake would show a mismatch
    -rrrrrerr ????? unknown       control missing
    rrrrrrerr ????? unknown       control refused
    .tttttttt ????? unknown       control not tried
    ?ttttttt? ????? unknown       control unknown
    t........ y???? unknown       the control alone
    t-------- y???? unknown       nothing but the control was seen
    tttttt--- y?nn? unknown       mismatch without a connection
    ttttt-ctt yyn?n unknown       no connection to the DANE mismatch
    tttttlctt yyn?n unknown       came as far as MAIL at the DANE mismatch
    tttt.rctt yyn?n unknown       DANE without its valid probe
    tttt-rctt yyn?n unknown       DANE, its valid probe unseen
    ttttttc.r yynn? unknown       MTA-STS without its valid probe
    ttttttcrr yynn? unknown       MTA-STS refused even where it fits
    tt.tttctr yynny published     MTA-STS without the wrong name, others taken
    t...ttctr yy?n? unknown       MTA-STS without any wrong certificate
    ttrtttctr yynn? unknown       the wrong name alone is refused, as is MTA-STS
    trr-ttctt yy?nn opportunistic one wrong certificate unseen, others refused
    trr.ttett ynynn validated     one wrong certificate untried, others refused
    ttttttett ynnnn opportunistic no clear text, else anybody";

#[test]
fn what_arrives_and_what_does_not_leads_to_these_conclusions() {
    for row in TABLE.lines() {
        let words: Vec<&str> = row.split_whitespace().collect();
        let (facts, level) = conclusions(words[0]);
        let level = serde_json::to_value(level).unwrap();
        assert_eq!(
            (facts.as_str(), level.as_str().unwrap()),
            (words[1], words[2]),
            "{row}"
        );
    }
}

/// What is concluded of DANE where the sender's connections to the mismatch ended in these ways.
fn dane_after(ends: &str) -> Observed<bool> {
    let mut it = seen("ttttt-ctt");
    let mismatch = it
        .probes
        .iter_mut()
        .find(|probe| probe.posture == Posture::DaneMismatch);
    let attempts = ends
        .chars()
        .flat_map(|end| probe(Posture::DaneMismatch, end).attempts);
    mismatch.unwrap().attempts.extend(attempts);
    conclude(&mut it);
    it.enforces_dane
}

#[test]
fn a_connection_that_the_server_may_have_ended_is_no_refusal_and_hides_none() {
    for ends in ["l", "lll", "t", "rt", "tr", "ltl"] {
        assert!(dane_after(ends).is_unknown(), "{ends}");
    }
    for ends in ["r", "rl", "lr", "llhl", "el"] {
        assert_eq!(dane_after(ends), Observed::present(true), "{ends}");
    }
}

#[test]
fn what_is_unknown_says_why() {
    let words =
        |letters: &str, pick: fn(&Enforcement) -> &Observed<bool>| match pick(&seen(letters)) {
            Observed::Unknown { detail, .. } => detail.clone(),
            settled @ (Observed::Present { .. } | Observed::Absent { .. }) => panic!("{settled:?}"),
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
