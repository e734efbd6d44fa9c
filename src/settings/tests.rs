//! Tests of reading settings.

use super::entries::{ADJUST, DOMAIN, FILE as WHOLE, ROLE, WAIVER};
use super::*;
use schemars::schema_for;

const ALL: &str = r#"
baselines = ["baseline", "mecsa"]
policies = "policies"
fail-on = "should"
unknown = "warn"
reports = ["junit=mail.xml"]
probe = "deep"
selectors = ["S1"]

[[domain]]
name = "Example.ORG."
role = "send-only"
selectors = ["k1"]
tags = ["shop"]
baselines = ["nl-forum"]

[[domain]]
names = ["bücher.example", "*.Example.net"]

[role.parked]
baselines = ["parked-domain"]

[[adjust]]
rule = "dmarc-policy-at-least"
domains = ["*.example.org"]
roles = ["mail"]
tags = ["shop"]
baseline = "nl-forum"
level = "must_not"
severity = "low"
policy = "reject"
days = 0x10
list = [1, 2.5, true]
reason = "board decision"

[[waiver]]
rule = "mx-*"
domains = ["example.org"]
server = "MX1.example.org"
reason = "r"
owner = "o"
ticket = "t"
until = 2027-01-31
"#;

#[test]
fn everything_that_there_is_to_say_is_read() {
    let settings = Settings::parse("waxseal.toml", ALL).unwrap();
    assert_eq!(settings.fail_on, Some(FailOn::Should));
    assert_eq!(settings.unknown, Some(OnUnknown::Warn));
    assert_eq!(settings.probe, Some(Probe::Deep));
    assert_eq!(settings.selectors, ["s1"]);
    let targets: Vec<_> = settings.targets().map(|one| one.domain.as_str()).collect();
    assert_eq!(targets, ["example.org", "xn--bcher-kva.example"]);
    let first = settings.targets().next().unwrap();
    assert!(first.role == Role::SendOnly && first.role_declared);
    assert_eq!(settings.domain[1].names[1], "*.example.net");
    assert_eq!(
        (settings.by_name["example.org"], &*settings.patterns),
        (0, &[1][..])
    );
    let named: Vec<_> = settings
        .named_baselines()
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(
        named,
        ["baseline", "mecsa", "nl-forum", "parked-domain", "nl-forum"]
    );
}

#[test]
fn names_say_where_they_stand_in_characters() {
    let text = "[[domain]]\nname = 'Example.ORG'\n[[domain]]\nnames = [\"bücher.example\", \"b.example\", \"*.x\"]\n";
    let settings = Settings::parse("conf/waxseal.toml", text).unwrap();
    let told = |domain: &str| {
        let place = settings.place_of(domain)?;
        assert_eq!(place.file, "conf/waxseal.toml");
        Some((place.line, place.column, place.end_column))
    };
    assert_eq!(told("example.org"), Some((2, 8, 21)));
    assert_eq!(told("xn--bcher-kva.example"), Some((4, 10, 26)));
    assert_eq!(told("b.example"), Some((4, 28, 39)));
    assert_eq!(told("a.x"), None);
}

#[test]
fn entries_are_read_whole() {
    let settings = Settings::parse("waxseal.toml", ALL).unwrap();
    let parked = settings.role[&Role::Parked].baselines.as_ref().unwrap();
    assert_eq!(parked[0].text, "parked-domain");
    let adjust = &settings.adjust[0];
    assert_eq!(adjust.level, Some(Level::MustNot));
    assert_eq!(adjust.severity, Some(Severity::Low));
    let parameters = serde_json::json!({ "policy": "reject", "days": 16, "list": [1, 2.5, true] });
    assert_eq!(Value::Object(adjust.parameters.clone()), parameters);
    let waiver = &settings.waiver[0];
    assert_eq!(waiver.until.to_string(), "2027-01-31");
    assert_eq!(waiver.server.as_deref(), Some("mx1.example.org"));
    assert_eq!(waiver.place.line, 36);
}

/// Place, and a part of message and help, of each fault of a text.
type Expected = &'static [(usize, usize, &'static str)];

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn all_faults_of_a_text_come_at_once_with_their_places() {
    let cases: &[(&str, Expected)] = &[
        (
            "baseline = [\"x\"]\nfail-on = \"often\"\nunknown = 1\nreports = \"x\"\n",
            &[
                (
                    1,
                    1,
                    "the file has no key `baseline` did you mean `baselines`?",
                ),
                (2, 11, "`often` is none of must, should, may"),
                (3, 11, "`unknown` is a text"),
                (4, 11, "`reports` is a list of texts"),
            ],
        ),
        (
            "[[domain]]\nrole = \"shop\"\nselector = [\"a\"]\n[[domain]]\nnames = [\"not a domain\", 5, \"*.bücher.example\"]\n",
            &[
                (
                    1,
                    1,
                    "`[[domain]]` has no `name` add `name = \"example.org\"`",
                ),
                (
                    2,
                    8,
                    "`shop` is none of mail, send-only, receive-only, parked",
                ),
                (
                    3,
                    1,
                    "`[[domain]]` has no key `selector` did you mean `selectors`?",
                ),
                (5, 10, "has the character"),
                (5, 26, "`names` is a list of texts"),
                (5, 29, "no pattern of domains"),
            ],
        ),
        (
            "[[domain]]\nname = \"example.org\"\nselectors = [\"a b\"]\nbaselines = []\n[[domain]]\nname = \"EXAMPLE.org\"\n",
            &[
                (3, 14, "`a b` is no selector"),
                (4, 1, "`baselines` names no baseline"),
                (
                    5,
                    1,
                    "`example.org` is named twice the first time in the entry of line 1",
                ),
            ],
        ),
        (
            "[role.park]\nbaselines = [\"x\"]\n[role.parked]\nbaseline = [\"x\"]\n",
            &[
                (1, 7, "`park` is none of"),
                (4, 1, "`[role.…]` has no key `baseline`"),
            ],
        ),
        (
            "[[adjust]]\nrule = \"x\"\n[[adjust]]\nreason = \"r\"\ndrop = true\nlevel = \"most\"\nseverity = \"huge\"\nroles = [\"boss\"]\nwhen = 2027-01-31\n",
            &[
                (1, 1, "`[[adjust]]` changes nothing"),
                (1, 1, "`[[adjust]]` has no `reason`"),
                (3, 1, "`[[adjust]]` has no `rule`"),
                (3, 1, "what is dropped can't be set"),
                (6, 9, "`most` is none of must"),
                (7, 12, "`huge` is none of info"),
                (8, 10, "`boss` is none of mail"),
                (9, 8, "`when` can be no parameter"),
            ],
        ),
        (
            "[[waiver]]\nrule = \"x\"\ndomains = []\nuntil = \"2027-01-31\"\nrason = \"r\"\n",
            &[
                (1, 1, "`[[waiver]]` has no `owner`"),
                (1, 1, "`[[waiver]]` has no `reason`"),
                (3, 1, "`domains` names no domain"),
                (4, 9, "`until` is a date write `until = 2027-01-31`"),
                (5, 1, "no key `rason` did you mean `reason`?"),
            ],
        ),
        (
            "[domain]\nname = \"example.org\"\n",
            &[(1, 1, "`domain` is a list of tables write `[[domain]]`")],
        ),
        ("role = 3\n", &[(1, 8, "`role` is a table of tables")]),
        ("a = \n[[x\n", &[(1, 5, ""), (2, 4, "")]),
    ];
    for (text, expected) in cases {
        let faults = Settings::parse("waxseal.toml", text).unwrap_err();
        let told: Vec<_> = faults
            .iter()
            .map(|fault| {
                let text = format!("{} {}", fault.message, fault.help);
                (fault.place.line, fault.place.column, text)
            })
            .collect();
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for ((line, column, part), got) in expected.iter().zip(&told) {
            let same = (*line, *column) == (got.0, got.1) && got.2.contains(part);
            assert!(same, "{part:?} at {line}:{column}: {told:#?}");
        }
        for fault in &faults {
            let line = text.lines().nth(fault.place.line - 1).unwrap();
            assert_eq!(fault.source_line, line);
        }
    }
}

#[test]
fn a_day_holds_until_its_last_second_in_utc() {
    let begins = Timestamp::parse("2027-01-31T00:00:00Z").unwrap();
    let day = Day { begins };
    for (now, left) in [
        ("2027-01-30T23:59:59Z", 1),
        ("2027-01-31T00:00:00Z", 0),
        ("2027-01-31T23:59:59Z", 0),
        ("2027-02-01T00:00:00Z", -1),
        ("2027-02-01T00:30:00+01:00", 0),
    ] {
        let now = Timestamp::parse(now).unwrap();
        assert_eq!(day.days_left(now), left, "{now}");
    }
}

#[test]
fn the_schema_has_the_keys_that_are_read() {
    let schema = schema_for!(Settings);
    let schema = schema.as_value();
    let keys = |of: &Value| -> Vec<String> {
        let mut keys: Vec<String> = of["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        keys.sort();
        keys
    };
    let sorted = |known: &[&str]| -> Vec<String> {
        let mut known: Vec<String> = known.iter().map(|key| (*key).to_owned()).collect();
        known.sort();
        known
    };
    assert_eq!(keys(schema), sorted(WHOLE));
    for (name, known) in [
        ("Domain", DOMAIN),
        ("OfRole", ROLE),
        ("Adjust", ADJUST),
        ("Waiver", WAIVER),
    ] {
        assert_eq!(keys(&schema["$defs"][name]), sorted(known), "{name}");
    }
}
