//! The openspf suite for RFC 7208: every test through `check_host`.

use super::corpus;
use saphyr::{LoadableYamlNode as _, Yaml};
use std::collections::BTreeMap;
use waxseal::derive::spf::answers::{Answers, Question, Reply};
use waxseal::derive::spf::check::{Progress, Sender, check_host};
use waxseal::facts::spf::SpfCheck;
use waxseal::facts::timestamp::Timestamp;

/// How many tests the suite has.
const TESTS: usize = 203;

/// What the zones of one scenario hold: by name in lower case, type and data, `None` for no answer.
type Zones = BTreeMap<String, Vec<Option<(String, Vec<String>)>>>;

#[test]
fn all_tests_of_the_rfc_7208_suite_pass() {
    let Some(text) = corpus("spf/rfc7208-tests.yml") else {
        return;
    };
    let (mut run, mut wrong) = (0, Vec::new());
    for scenario in &Yaml::load_from_str(&text).unwrap() {
        let zones = zones(&scenario["zonedata"]);
        for (name, test) in scenario["tests"].as_mapping().unwrap() {
            run += 1;
            let name = name.as_str().unwrap();
            if let Some(fault) = fault(test, &zones) {
                let words = scenario["description"].as_str().unwrap();
                wrong.push(format!("{words}: {name}: {fault}"));
            }
        }
    }
    println!("RFC 7208 suite: {} of {run} tests pass", run - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(run, TESTS);
}

/// What is wrong with the outcome of one test.
fn fault(test: &Yaml<'_>, zones: &Zones) -> Option<String> {
    let field = |key: &str| {
        let found = test.as_mapping_get(key).and_then(Yaml::as_str);
        found.unwrap_or_default().to_owned()
    };
    let sender = Sender::new(
        field("host").parse().unwrap(),
        &field("helo"),
        &field("mailfrom"),
        "receiver.example.org",
        Timestamp::from_unix(1_795_428_000),
    );
    let found = check(&sender, zones);
    let results = words(&test["result"]);
    if !results.contains(&found.result.as_str().to_owned()) {
        let result = found.result.as_str();
        return Some(format!("{result} ({}), not {results:?}", found.reason));
    }
    let explanation = field("explanation");
    // The suite's word for the receiver's own text, where the domain gives none.
    let expected = if explanation == "DEFAULT" {
        ""
    } else {
        &explanation
    };
    (test.as_mapping_get("explanation").is_some() && found.explanation != expected)
        .then(|| format!("explanation {:?}, not {expected:?}", found.explanation))
}

/// Runs a check to its end over the zones.
fn check(sender: &Sender, zones: &Zones) -> SpfCheck {
    let mut answers = Answers::default();
    loop {
        match check_host(sender, &answers) {
            Progress::Done(check) => return check,
            Progress::Needs(questions) => {
                assert!(!questions.is_empty());
                for question in questions {
                    let reply = reply(zones, &question);
                    answers.put(question, reply);
                }
            }
        }
    }
}

fn reply(zones: &Zones, question: &Question) -> Reply {
    let Some(records) = zones.get(&question.name) else {
        return Reply::Void;
    };
    let kind = question.kind.as_str();
    let alias = records.iter().flatten().find(|(rtype, _)| rtype == "CNAME");
    if let Some((_, target)) = alias {
        let target = target[0].to_lowercase();
        return reply(zones, &Question::new(&target, question.kind));
    }
    let own = |record: &&Option<(String, Vec<String>)>| {
        record.as_ref().is_none_or(|(rtype, _)| rtype == kind)
    };
    let matching: Vec<_> = records.iter().filter(own).collect();
    let data: Vec<String> = matching
        .iter()
        .filter_map(|record| record.as_ref())
        .flat_map(|(_, data)| data.clone())
        .collect();
    if !data.is_empty() {
        return Reply::Found(data);
    }
    if matching.iter().any(|record| record.is_none()) {
        return Reply::Failed("timeout".to_owned());
    }
    Reply::Void
}

/// The zones. Where a name has records of type SPF and none of type TXT, these stand for TXT too, as the
/// suite's own note has it.
fn zones(zonedata: &Yaml<'_>) -> Zones {
    let mut zones = Zones::new();
    for (name, records) in zonedata.as_mapping().unwrap() {
        let mut read: Vec<_> = records.as_sequence().unwrap().iter().map(record).collect();
        let has_txt = read.iter().flatten().any(|(rtype, _)| rtype == "TXT");
        for (rtype, _) in read.iter_mut().flatten() {
            if rtype == "SPF" && !has_txt {
                "TXT".clone_into(rtype);
            }
        }
        read.retain(|one| one.as_ref().is_none_or(|(_, data)| data != &["NONE"]));
        zones.insert(name.as_str().unwrap().to_lowercase(), read);
    }
    zones
}

/// One record: `TIMEOUT`, or a type with its data.
fn record(record: &Yaml<'_>) -> Option<(String, Vec<String>)> {
    let (rtype, data) = record.as_mapping()?.iter().next()?;
    let rtype = rtype.as_str().unwrap().to_owned();
    let data = match rtype.as_str() {
        "MX" => {
            let server = data.as_sequence().unwrap()[1].as_str().unwrap();
            vec![server.trim_end_matches('.').to_owned()]
        }
        "SPF" | "TXT" => vec![words(data).concat()],
        _ => words(data),
    };
    Some((rtype, data))
}

/// A text, or a list of them. The suite writes bytes of foreign encodings as characters below U+0100.
fn words(yaml: &Yaml<'_>) -> Vec<String> {
    let text = |one: &Yaml<'_>| {
        let text = one.as_str().unwrap();
        let bytes: Option<Vec<u8>> = text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).ok())
            .collect();
        bytes.map_or_else(
            || text.to_owned(),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
    };
    match yaml.as_sequence() {
        Some(list) => list.iter().map(text).collect(),
        None => vec![text(yaml)],
    }
}
