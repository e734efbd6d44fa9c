//! Checks whose outcome other tools get wrong, and the limits of RFC 7208 §4.6.4.

use super::*;

/// Checks a sender at `t.example` over these records: name, type and data; `-` for nothing, `?` for no
/// answer. Names that are not listed hold nothing.
fn checked(ip: &str, mail_from: &str, zone: &[(&str, Kind, &str)]) -> SpfCheck {
    let now = Timestamp::from_unix(1_795_428_000);
    let sender = Sender::new(
        ip.parse().unwrap(),
        "mta.example.org",
        mail_from,
        "mx.example.net",
        now,
    );
    let mut answers = Answers::default();
    for _ in 0..100 {
        match check_host(&sender, &answers) {
            Progress::Done(check) => return check,
            Progress::Needs(questions) => {
                for question in questions {
                    let found = zone
                        .iter()
                        .filter(|(name, kind, _)| *name == question.name && *kind == question.kind);
                    let data: Vec<&str> = found.map(|(_, _, data)| *data).collect();
                    let reply = match data.as_slice() {
                        [] | ["-"] => Reply::Void,
                        ["?"] => Reply::Failed("timeout".to_owned()),
                        some => Reply::Found(some.iter().map(|one| (*one).to_owned()).collect()),
                    };
                    answers.put(question, reply);
                }
            }
        }
    }
    panic!("the check does not end");
}

const FOUR: &str = "192.0.2.7";
const SIX: &str = "2001:db8::7";

#[test]
fn records_are_judged_as_receivers_judge_them() {
    use Kind::{A, Aaaa, Mx, Txt};
    use SpfResult::{Fail, Neutral, None, Pass, Permerror, Softfail, Temperror};
    let shared = [
        ("host.example", A, "192.0.2.7"),
        ("six.example", Aaaa, "2001:db8::7"),
        ("m.example", Mx, "host.example"),
        ("yes.example", Txt, "v=spf1 +all"),
        ("no.example", Txt, "v=spf1 -all"),
        ("soft.example", Txt, "v=spf1 ~all"),
        ("plain.example", Txt, "hello"),
        ("late.example", Txt, "?"),
        ("bad.example", Txt, "v=spf1 moo"),
        ("loop.example", Txt, "v=spf1 include:loop.example"),
        ("deep.example", Txt, "v=spf1 redirect=no.example"),
    ];
    for (text, ip, expected) in [
        ("v=spf1 -all", FOUR, Fail),
        ("v=spf1", FOUR, Neutral),
        ("v=spf10 -all", FOUR, None),
        ("v=spf1 ip4:192.0.2.0/24 -all", FOUR, Pass),
        ("v=spf1 ip4:192.0.2.0/24 -all", "::ffff:192.0.2.7", Pass),
        ("v=spf1 ip4:192.0.2.0/24 -all", SIX, Fail),
        ("v=spf1 ip6:2001:db8::/32 -all", SIX, Pass),
        ("v=spf1 ip6:::/0 -all", FOUR, Fail),
        ("v=spf1 ip4:0.0.0.0/0 -all", FOUR, Pass),
        ("v=spf1 ip4:192.0.2.7 moo", FOUR, Permerror),
        ("v=spf1 a:host.example -all", FOUR, Pass),
        ("v=spf1 a:host.example -all", SIX, Fail),
        ("v=spf1 a:six.example//64 -all", "2001:db8::99", Pass),
        ("v=spf1 mx:m.example -all", FOUR, Pass),
        ("v=spf1 exists:host.example -all", SIX, Pass),
        ("v=spf1 include:yes.example -all", FOUR, Pass),
        ("v=spf1 include:no.example ~all", FOUR, Softfail),
        ("v=spf1 include:soft.example -all", FOUR, Fail),
        ("v=spf1 include:plain.example -all", FOUR, Permerror),
        ("v=spf1 include:gone.example -all", FOUR, Permerror),
        ("v=spf1 include:late.example -all", FOUR, Temperror),
        ("v=spf1 ip4:192.0.2.7 include:late.example -all", FOUR, Pass),
        ("v=spf1 include:bad.example -all", FOUR, Permerror),
        ("v=spf1 include:loop.example -all", FOUR, Permerror),
        ("v=spf1 redirect=soft.example", FOUR, Softfail),
        ("v=spf1 redirect=deep.example", FOUR, Fail),
        ("v=spf1 redirect=plain.example", FOUR, Permerror),
        ("v=spf1 redirect=plain.example ~all", FOUR, Softfail),
        ("v=spf1 a:v1.example a:v2.example ?all", FOUR, Neutral),
        (
            "v=spf1 a:v1.example a:v2.example mx:v3.example ?all",
            FOUR,
            Permerror,
        ),
        (
            "v=spf1 a:host.example a:host.example a:host.example ?all",
            SIX,
            Permerror,
        ),
        (
            "v=spf1 a a a a a a a a a a ip4:192.0.2.7 -all",
            FOUR,
            Permerror,
        ),
        ("v=spf1 a:a..example ~all", FOUR, Softfail),
    ] {
        let zone = [&[("t.example", Txt, text)], &shared[..]].concat();
        let found = checked(ip, "user@t.example", &zone);
        assert_eq!(found.result, expected, "{text} for {ip}: {}", found.reason);
    }
}

#[test]
fn domains_without_a_policy_to_look_for_give_none() {
    for sender in [
        "user@example",
        "user@a..example",
        "user@[192.0.2.7]",
        "user@",
    ] {
        let found = checked(FOUR, sender, &[]);
        assert_eq!(found.result, SpfResult::None, "{sender}");
    }
}

#[test]
fn an_empty_sender_is_the_name_given_in_helo() {
    let found = checked(FOUR, "", &[("mta.example.org", Kind::Txt, "v=spf1 -all")]);
    assert_eq!(found.sender, "postmaster@mta.example.org");
    assert_eq!(found.result, SpfResult::Fail);
}

#[test]
fn the_trace_shows_every_term_and_the_explanation_is_filled_in() {
    let found = checked(
        FOUR,
        "user@t.example",
        &[
            (
                "t.example",
                Kind::Txt,
                "v=spf1 include:i.example -all exp=why.t.example",
            ),
            ("i.example", Kind::Txt, "v=spf1 ip4:198.51.100.0/24 ?all"),
            (
                "why.t.example",
                Kind::Txt,
                "%{i} may not send as %{s}, says %{r}",
            ),
        ],
    );
    let shown: Vec<_> = found
        .trace
        .iter()
        .map(|step| {
            (
                step.depth,
                step.domain.as_str(),
                step.term.as_str(),
                step.matched,
            )
        })
        .collect();
    let expected = [
        (0, "t.example", "include:i.example", false),
        (1, "i.example", "ip4:198.51.100.0/24", false),
        (1, "i.example", "?all", true),
        (0, "t.example", "-all", true),
    ];
    assert_eq!(shown, expected);
    let words = "192.0.2.7 may not send as user@t.example, says mx.example.net";
    assert_eq!(found.explanation, words);
    assert_eq!((found.lookups, found.void_lookups), (1, 0));
}

#[test]
fn the_name_of_an_address_counts_where_it_leads_back() {
    let zone = [
        (
            "t.example",
            Kind::Txt,
            "v=spf1 ptr exists:%{p}.ok.example -all",
        ),
        ("7.2.0.192.in-addr.arpa", Kind::Ptr, "false.t.example"),
        ("7.2.0.192.in-addr.arpa", Kind::Ptr, "true.other.example"),
        ("false.t.example", Kind::A, "198.51.100.1"),
        ("true.other.example", Kind::A, "192.0.2.7"),
        ("true.other.example.ok.example", Kind::A, "127.0.0.2"),
    ];
    let found = checked(FOUR, "user@t.example", &zone);
    assert_eq!(found.result, SpfResult::Pass);
    assert_eq!(found.trace[0].outcome, "no validated name");
}

#[test]
fn an_explanation_that_grows_without_end_is_cut() {
    let bomb: &'static str = "%{D}".repeat(15_000).leak();
    let zone = [
        ("t.example", Kind::Txt, "v=spf1 -all exp=why.t.example"),
        ("why.t.example", Kind::Txt, bomb),
    ];
    let found = checked(FOUR, "user@t.example", &zone);
    assert_eq!(found.result, SpfResult::Fail);
    assert!(
        found.explanation.len() < 5000,
        "{}",
        found.explanation.len()
    );
}
