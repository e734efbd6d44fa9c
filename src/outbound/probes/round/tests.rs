//! Whose messages and connections are whose, and what a flood does.

use super::*;
use crate::derive::enforcement::conclude;

const START: i64 = 1_795_428_000;

fn round() -> Round {
    let probes = Posture::ALL.map(|posture| (posture, format!("{}.p.test", posture.as_str())));
    Round::over(probes.into(), Timestamp::from_unix(START))
}

fn seen(sender: &str, posture: Posture, ip: &str, ehlo: &str) -> Seen {
    Seen {
        sender: sender.to_owned(),
        authenticated: true,
        posture,
        delivery: Delivery::Tls,
        ip: Some(ip.parse().unwrap()),
        ehlo: ehlo.to_owned(),
    }
}

fn attempt(ip: &str, second: i64, end: AttemptEnd) -> Attempt {
    Attempt {
        at: Timestamp::from_unix(START + second),
        ip: ip.parse().unwrap(),
        tls: Observed::absent(Proof::NotOffered),
        end,
        alert: String::new(),
    }
}

fn at(round: &Round, sender: &str, posture: Posture) -> Probe {
    let it = round.enforcement(sender, Timestamp::from_unix(START + 60));
    it.probes
        .into_iter()
        .find(|probe| probe.posture == posture)
        .unwrap()
}

/// The address and the name of a connection; whether it is one of a.example, of b.example.
const KNOCKS: [(&str, &str, bool, bool); 15] = [
    // The very address, whatever it says.
    ("192.0.2.1", "x", true, false),
    ("198.51.100.1", "", false, true),
    // The same network, and a name that fits.
    ("192.0.2.200", "OUT2.A.example.", true, false),
    ("192.0.2.200", "a.example", true, false),
    ("192.0.2.200", "out1.pool.test", true, false),
    ("198.51.100.7", "mail.b.example", false, true),
    // The same network alone.
    ("192.0.2.200", "x", false, false),
    ("192.0.2.200", "out2.pool.test", false, false),
    ("192.0.2.200", "a.example.evil.test", false, false),
    ("198.51.100.7", "", false, false),
    ("198.51.100.7", "[198.51.100.1]", false, false),
    // The name alone.
    ("203.0.113.1", "out2.a.example", false, false),
    ("203.0.113.1", "out1.pool.test", false, false),
    ("192.0.3.1", "out1.pool.test", false, false),
    ("2001:db8::1", "mx.a.example", false, false),
];

#[test]
fn a_connection_without_a_message_needs_the_address_or_network_and_name() {
    let mut round = round();
    let good = Posture::Good;
    round.arrived(seen("a.example", good, "192.0.2.1", "out1.pool.test"));
    round.arrived(seen("b.example", good, "198.51.100.1", "[198.51.100.1]"));
    let left = AttemptEnd::LeftAfterHandshake;
    for (ip, ehlo, a, b) in KNOCKS {
        let mut round = round.clone();
        round.attempted(Posture::DaneMismatch, attempt(ip, 5, left), ehlo);
        let of = |sender| at(&round, sender, Posture::DaneMismatch).attempts.len() == 1;
        assert_eq!((of("a.example"), of("b.example")), (a, b), "{ip} {ehlo}");
    }
}

/// A stranger knows the name of the domain that is assessed, and comes from elsewhere.
#[test]
fn a_stranger_who_uses_the_name_of_a_sender_neither_helps_nor_harms_it() {
    let mismatch = Posture::DaneMismatch;
    for (end, expected) in [
        (AttemptEnd::LeftAfterHandshake, Observed::present(true)),
        (AttemptEnd::LeftLater, Observed::present(true)),
    ] {
        let mut round = round();
        for posture in [Posture::Good, Posture::DaneValid] {
            round.arrived(seen("a.example", posture, "192.0.2.1", "out.a.example"));
        }
        let stranger = |round: &mut Round| {
            for second in 0..100 {
                round.attempted(
                    mismatch,
                    attempt("203.0.113.9", second, end),
                    "mx.a.example",
                );
            }
        };
        stranger(&mut round);
        let mut it = round.enforcement("a.example", Timestamp::from_unix(START + 60));
        conclude(&mut it);
        assert!(it.enforces_dane.is_unknown(), "{end:?}");
        let own = attempt("192.0.2.1", 200, AttemptEnd::LeftAfterHandshake);
        round.attempted(mismatch, own, "out.a.example");
        stranger(&mut round);
        let mut it = round.enforcement("a.example", Timestamp::from_unix(START + 60));
        conclude(&mut it);
        assert_eq!(it.enforces_dane, expected, "{end:?}");
    }
}

#[test]
fn a_message_that_nothing_proves_is_of_no_sender_and_says_nothing_of_one() {
    let forged = |posture| Seen {
        authenticated: false,
        delivery: Delivery::Clear,
        ..seen("bank.example", posture, "203.0.113.6", "whatever.invalid")
    };
    let mut round = round();
    for posture in Posture::ALL {
        round.arrived(forged(posture));
    }
    assert!(round.senders().is_empty());
    assert!(round.reached("bank.example").is_empty());
    let unproven: Vec<_> = round.unproven().collect();
    assert_eq!(unproven, [("bank.example", Posture::Good)]);
    // A message to another probe is no control.
    round.arrived(seen("bank.example", Posture::Expired, "192.0.2.1", ""));
    assert!(round.senders().is_empty());
    round.arrived(seen("bank.example", Posture::Good, "192.0.2.1", ""));
    assert_eq!(round.senders(), BTreeSet::from(["bank.example"]));
    assert_eq!(round.unproven().count(), 0);
    let good = at(&round, "bank.example", Posture::Good);
    assert_eq!(good.delivered, Observed::present(Delivery::Tls));
    let mismatch = at(&round, "bank.example", Posture::DaneMismatch);
    assert!(mismatch.delivered.is_absent());
}

#[test]
fn a_flood_makes_the_round_forget_nobody_and_is_counted() {
    let mut round = round();
    let left = AttemptEnd::LeftAfterEhlo;
    for second in 0..30_000 {
        let ip = format!("10.{}.1.1", second % 40);
        round.attempted(Posture::Good, attempt(&ip, second, left), "");
    }
    round.arrived(seen("a.example", Posture::Good, "192.0.2.1", ""));
    round.attempted(Posture::NoStarttls, attempt("192.0.2.1", 1, left), "");
    let probe = at(&round, "a.example", Posture::NoStarttls);
    assert_eq!(probe.attempts.len(), 1);
    assert_eq!(round.left_out(), 30_000 - 40 * 64);
    for number in 0..100 {
        let one = format!("x{number}.example");
        round.arrived(seen(&one, Posture::Good, "198.51.100.1", ""));
        round.arrived(seen("a.example", Posture::Good, "192.0.2.1", ""));
    }
    assert_eq!(round.left_out(), 30_000 - 40 * 64 + 100 - 64);
    assert_eq!(round.senders().len(), 65);
}

#[test]
fn not_arriving_is_absent_with_a_control_and_unknown_without() {
    let mut round = round();
    round.arrived(seen("a.example", Posture::SelfSigned, "192.0.2.1", ""));
    assert!(
        at(&round, "a.example", Posture::Expired)
            .delivered
            .is_unknown()
    );
    round.arrived(seen("a.example", Posture::Good, "192.0.2.1", ""));
    assert!(
        at(&round, "a.example", Posture::Expired)
            .delivered
            .is_absent()
    );
    assert!(
        at(&round, "other.example", Posture::Good)
            .delivered
            .is_unknown()
    );
}

#[test]
fn one_message_in_clear_text_outweighs_those_over_tls() {
    let mut round = round();
    round.arrived(seen("a.example", Posture::Good, "192.0.2.1", ""));
    let mut clear = seen("a.example", Posture::Good, "192.0.2.1", "");
    clear.delivery = Delivery::Clear;
    round.arrived(clear);
    let good = at(&round, "a.example", Posture::Good);
    assert_eq!(good.delivered, Observed::present(Delivery::Clear));
}

#[test]
fn the_first_and_the_last_connections_are_told_and_those_of_pools_behind_others() {
    let mut round = round();
    let (sender, broken) = ("a.example", AttemptEnd::HandshakeFailed);
    round.arrived(seen(sender, Posture::Good, "192.0.2.1", "out.a.example"));
    for second in (0..60).rev() {
        let one = attempt("192.0.2.1", second, broken);
        round.attempted(Posture::SelfSigned, one, "");
    }
    let told = |round: &Round, posture| {
        let attempts = at(round, sender, posture).attempts;
        let second = |attempt: &Attempt| attempt.at.unix() - START;
        attempts.iter().map(second).collect::<Vec<_>>()
    };
    let seconds: Vec<i64> = (0..16).chain(44..60).collect();
    assert_eq!(told(&round, Posture::SelfSigned), seconds);
    for second in 0..40 {
        let pooled = attempt("192.0.2.2", second, broken);
        round.attempted(Posture::Expired, pooled, "out2.a.example");
    }
    for second in 100..131 {
        let own = attempt("192.0.2.1", second, broken);
        round.attempted(Posture::Expired, own, "");
    }
    let seconds: Vec<i64> = [0].into_iter().chain(100..131).collect();
    assert_eq!(told(&round, Posture::Expired), seconds);
}

#[test]
fn a_round_leads_to_conclusions() {
    let mut round = round();
    for posture in Posture::ALL {
        let ends = if posture == Posture::DaneMismatch {
            AttemptEnd::LeftAfterHandshake
        } else {
            round.arrived(seen("a.example", posture, "192.0.2.1", ""));
            AttemptEnd::Delivered
        };
        round.attempted(posture, attempt("192.0.2.1", 1, ends), "");
    }
    let mut it = round.enforcement("a.example", Timestamp::from_unix(START + 60));
    conclude(&mut it);
    assert_eq!(it.enforces_dane, Observed::present(true));
    assert_eq!(it.enforces_mta_sts, Observed::present(false));
    assert_eq!(it.level, EnforcementLevel::Published);
}
