//! Files that users hand in: stored facts and results, policies and their cases.

use super::text::acts_on_a_terminal;
use super::{lossy, settled};
use std::sync::OnceLock;
use waxseal::facts::Facts;
use waxseal::policy::cases::{CaseVerdict, Played, Suite};
use waxseal::policy::fault::PolicyFault;
use waxseal::policy::{Policy, source::Source};
use waxseal::report::stored::Stored;
use waxseal::report::{self, Format, Options, Template};
use waxseal::scan::stored;

/// What is between the rules and the baseline in the bytes of [`policy`].
const BETWEEN: &str = "\n//////\n";

/// What is said where the compiler of policies itself broke.
const BROKE: &str = "on this system";

/// Documents that were read are written without a character that acts, and read back as they were.
pub fn facts(bytes: &[u8]) {
    let (documents, error) = stored::read(&lossy(bytes));
    if let Some(error) = error {
        assert!(!error.to_string().is_empty());
    }
    for facts in documents.iter().take(4) {
        let mut written = Vec::new();
        stored::write(facts, &mut written).expect("memory takes all");
        let text = String::from_utf8(written).expect("JSON is a text");
        assert!(
            !text.trim_end_matches('\n').contains(acts_on_a_terminal),
            "{text:?}"
        );
        let (read, error) = stored::read(&text);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(read.as_slice(), std::slice::from_ref(facts));
    }
}

/// Results that were read are shown in every format without a character that acts, and stay what they are as JSON.
pub fn results(bytes: &[u8]) {
    let stored = match Stored::parse(lossy(bytes)) {
        Ok(stored) => stored,
        Err(error) => {
            let words = error.to_string();
            assert!(
                !words.is_empty() && !words.contains(acts_on_a_terminal),
                "{words:?}"
            );
            return;
        }
    };
    let scan = stored.scan().expect("it was read through");
    let template = Template {
        file: "all.txt".to_owned(),
        text: "{{ run | tojson }}{% for target in targets %}{{ target | tojson }}{% endfor %}"
            .to_owned(),
    };
    for format in Format::ALL {
        for verbose in [false, true] {
            let options = Options {
                width: 60,
                verbose,
                summary: !verbose,
                template: Some(template.clone()),
                ..Options::default()
            };
            let mut written = Vec::new();
            report::render(format, stored.results(), &options, &mut written)
                .expect("memory takes all");
            let mut text = String::from_utf8(written).expect("a report is a text");
            if format == Format::Csv {
                // Its lines end so (RFC 4180 §2).
                text = text.replace("\r\n", "\n");
            }
            let acts = |c: char| acts_on_a_terminal(c) && !matches!(c, '\n' | '\t');
            assert!(!text.contains(acts), "{format}: {text:?}");
            if matches!(format, Format::Json | Format::Jsonl) {
                let again = Stored::parse(text).expect("what was written is read");
                assert_eq!(again.scan().expect("it was read through"), scan);
            }
        }
    }
}

/// Rules, then a baseline: they compile and can be run, or every fault has words and a line that is there.
pub fn policy(bytes: &[u8]) {
    let text = lossy(bytes);
    let (rules, baseline) = text.split_once(BETWEEN).unwrap_or((&text, ""));
    let source = Source::from_files(vec![
        ("rules/fuzz.rhai".to_owned(), rules.to_owned()),
        ("baselines/fuzz.rhai".to_owned(), baseline.to_owned()),
    ]);
    match Policy::load(&source, &["fuzz".to_owned()]) {
        Ok(policy) => {
            let result = policy.evaluate(base());
            assert_eq!(result, policy.evaluate(base()));
            assert_eq!(result.findings.len(), policy.requirements().len());
        }
        Err(faults) => have_places(&source, &faults),
    }
}

/// A file of cases of one sound rule: each case comes out somehow, or every fault has words and a line that is there.
pub fn case_file(bytes: &[u8]) {
    let rule = include_str!("../seeds/policy/sound.rhai");
    let (rules, baseline) = rule.split_once(BETWEEN).unwrap_or((rule, ""));
    let source = Source::from_files(vec![
        ("rules/fuzz.rhai".to_owned(), rules.to_owned()),
        ("baselines/fuzz.rhai".to_owned(), baseline.to_owned()),
        (
            "rules/fuzz.cases.toml".to_owned(),
            lossy(bytes).into_owned(),
        ),
        ("base.facts.json".to_owned(), base_text().to_owned()),
    ]);
    // Nothing is played: a case that asks for it is faulty.
    match Suite::load(&source).and_then(|suite| suite.ready(Played::new()).run()) {
        Ok(results) => {
            let lines = source
                .text("rules/fuzz.cases.toml")
                .map_or(0, |text| text.lines().count());
            for result in results {
                assert!((1..=lines).contains(&result.line), "{result:?}");
                assert!(result.verdict == CaseVerdict::Passed || !result.got.is_empty());
            }
        }
        Err(faults) => have_places(&source, &faults),
    }
}

fn have_places(source: &Source, faults: &[PolicyFault]) {
    assert!(!faults.is_empty());
    assert!(faults.is_sorted());
    for fault in faults {
        assert!(
            !fault.message.is_empty() && !fault.message.contains(BROKE),
            "{fault:?}"
        );
        let lines = source
            .text(&fault.file)
            .map_or(0, |text| text.split('\n').count());
        assert!(fault.line <= lines, "{fault:?} in {lines} lines");
    }
}

fn base_text() -> &'static str {
    include_str!("../../policies/base.facts.json")
}

fn base() -> &'static Facts {
    static BASE: OnceLock<Facts> = OnceLock::new();
    BASE.get_or_init(|| {
        settled(|| serde_json::from_str(base_text()).expect("the document is sound"))
    })
}
