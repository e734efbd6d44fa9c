//! A hundred rules on one document, beside the same hundred in Rego, evaluated by regorus's interpreter.

use crate::{ROUNDS, cpu, show};
use std::hint::black_box;
use waxseal::facts::Facts;
use waxseal::policy::{Policy, source::Source};
use waxseal::results::outcome::Outcome;

/// How many rules there are.
const RULES: usize = 100;
/// How often the document is evaluated in one round.
const TIMES: u32 = 400;

/// One requirement in both languages; `N` is replaced by a number that no fact reaches.
const SHAPES: [(&str, &str); 10] = [
    (
        "require mail.spf.evaluation.lookups <= N else \"x\";",
        "input.spf.evaluation.lookups <= N",
    ),
    (
        "require mail.dmarc.record.raw != \"N\" else \"x\";",
        "input.dmarc.record.value.raw != \"N\"",
    ),
    (
        "require mail.dmarc.record.present && mail.dmarc.record.opt(\"pct\", 100) != N else \"x\";",
        "input.dmarc.record.state == \"present\"; object.get(input.dmarc.record.value, \"pct\", 100) != N",
    ),
    (
        "require mail.mx.hosts.all(|host| host.preference < N) else \"x\";",
        "every host in input.mx.hosts { host.preference < N }",
    ),
    (
        "require mail.mx.hosts.any(|host| host.host != \"N\") else \"x\";",
        "some host in input.mx.hosts; host.host != \"N\"",
    ),
    (
        "require mail.dkim.keys.count(|key| key.selector == \"N\") == 0 else \"x\";",
        "count([key | some key in input.dkim.keys; key.selector == \"N\"]) == 0",
    ),
    (
        "require mail.mx.hosts.all(|host| host.addresses.len() < N) else \"x\";",
        "every host in input.mx.hosts { count(host.addresses) < N }",
    ),
    (
        "require mail.target.domain != \"N\" && mail.target.role == \"mail\" else \"x\";",
        "input.target.domain != \"N\"; input.target.role == \"mail\"",
    ),
    (
        "require mail.spf.evaluation.void_lookups < N else \"x\";",
        "input.spf.evaluation.void_lookups < N",
    ),
    (
        "require mail.mta_sts.record.present && mail.mta_sts.record.id != \"N\" else \"x\";",
        "input.mta_sts.record.state == \"present\"; input.mta_sts.record.value.id != \"N\"",
    ),
];

/// Prints the time of one evaluation, and the ratio to the peer.
pub(crate) fn rules() {
    let facts = facts();
    let text = serde_json::to_string(&facts).unwrap();
    let ours = ours();
    let mut peer = peer();
    let passed = ours.evaluate(&facts).findings;
    let passed = passed.iter().filter(|one| one.outcome == Outcome::Pass);
    assert_eq!(passed.count(), RULES, "every rule holds here");
    assert_eq!(ask(&mut peer, &text), RULES, "every rule holds there");

    let mut each = Vec::new();
    let ratios = (0..ROUNDS)
        .map(|_| {
            let own = cpu::of_process(|| {
                for _ in 0..TIMES {
                    black_box(ours.evaluate(&facts));
                }
            });
            let other = cpu::of_process(|| {
                for _ in 0..TIMES {
                    black_box(ask(&mut peer, &text));
                }
            });
            each.push(own / f64::from(TIMES) * 1e6);
            own / other
        })
        .collect();
    each.sort_by(f64::total_cmp);
    println!(
        "rules: {RULES} rules on {} KB of facts in {:.0} µs of CPU (least of {ROUNDS})",
        text.len() / 1000,
        each[0]
    );
    show("100 rules / the same in regorus", ratios);
}

/// The compliant domain with one mail server at one address: what a small domain's facts come to.
fn facts() -> Facts {
    let text = Source::shipped()
        .text("base.facts.json")
        .unwrap()
        .to_owned();
    let mut facts: Facts = serde_json::from_str(&text).unwrap();
    facts.mx.hosts.truncate(1);
    facts.mx.hosts[0].addresses.truncate(1);
    facts
}

fn numbered(shape: &str, number: usize) -> String {
    shape.replace('N', &(100_000 + number).to_string())
}

fn ours() -> Policy {
    let (mut rules, mut lines) = (String::new(), String::new());
    for number in 0..RULES {
        let body = numbered(SHAPES[number % SHAPES.len()].0, number);
        rules.push_str(&[
            "rule(\"r", &number.to_string(),
            "\", #{ title: \"T\", area: \"dns\", severity: \"low\", why: \"w\", fix: \"f\", refs: [\"R\"] }, |mail, _want| {",
            &body, "});\n",
        ].concat());
        lines.push_str(&["must(\"r", &number.to_string(), "\", #{});\n"].concat());
    }
    let head =
        "baseline(\"b\", #{ title: \"T\", publisher: \"P\", version: \"1\", source: \"s\" });\n";
    let files = vec![
        ("rules/r.rhai".to_owned(), rules),
        ("baselines/b.rhai".to_owned(), [head, &lines].concat()),
    ];
    Policy::load(&Source::from_files(files), &["b".to_owned()]).unwrap()
}

fn peer() -> regorus::Engine {
    let mut text = "package b\nimport rego.v1\n".to_owned();
    for number in 0..RULES {
        let body = numbered(SHAPES[number % SHAPES.len()].1, number);
        text.push_str(
            &[
                "holds contains \"r",
                &number.to_string(),
                "\" if { ",
                &body,
                " }\n",
            ]
            .concat(),
        );
    }
    let mut engine = regorus::Engine::new();
    engine.add_policy("b.rego".to_owned(), text).unwrap();
    engine
}

/// How many rules hold at a document.
fn ask(engine: &mut regorus::Engine, document: &str) -> usize {
    let input = regorus::Value::from_json_str(document).unwrap();
    engine.set_input(input);
    let holds = engine.eval_rule("data.b.holds".to_owned()).unwrap();
    holds.as_set().unwrap().len()
}
