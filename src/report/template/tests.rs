//! Tests of templates.

use super::super::{Format, Options, Template, render as write, sample};
use super::*;
use crate::report::escape;
use std::path::Path;

fn template(file: &str, text: &str) -> Template {
    Template {
        file: file.to_owned(),
        text: text.to_owned(),
    }
}

fn rendered(file: &str, text: &str) -> Result<String, String> {
    let options = Options {
        template: Some(template(file, text)),
        ..Options::default()
    };
    let mut bytes = Vec::new();
    let scan = sample::scan();
    write(Format::Template, scan.results(), &options, &mut bytes)
        .map(|()| String::from_utf8(bytes).unwrap())
        .map_err(|error| error.to_string())
}

fn told(text: &str) -> String {
    rendered("t.txt", text).unwrap()
}

#[test]
fn a_template_sees_the_run_and_each_target_as_the_document_names_them() {
    for (text, expected) in [
        ("{{ run.waxseal }} {{ run.verdict }}", "0.1.0 failed"),
        ("{{ targets|length }}", "2"),
        ("{{ targets[0].target.unicode }}", "bücher.example"),
        (
            "{% for t in targets %}{{ loop.index }}:{{ t.summary.fail }} {% endfor %}",
            "1:6 2:5 ",
        ),
        (
            "{% for f in targets[0].findings|only('error', 'waived') %}{{ f.rule }} {% endfor %}",
            "mta-sts-published spf-lookups-within-limit ",
        ),
        (
            "{{ (targets[0].findings|worst_first|first).rule }}",
            "mx-offers-starttls",
        ),
        // What a document leaves out is there, and empty.
        (
            "{% for f in targets[0].findings[:1] %}{{ f.waiver is none }}{{ f.recommendations|length }}{{ f.unverified }}{% endfor %}",
            "True0False",
        ),
        (
            "{{ run.partial }}|{{ run.comparison }}{{ 'x' if false }}",
            "|",
        ),
        ("{{ targets|only('passed')|length }}", "0"),
        ("{{ targets[0].scores[2].value }}", ""),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

#[test]
fn a_strangers_text_stays_text_in_every_kind_of_file() {
    let all = "{% for t in targets %}{{ t.target.domain }}\n{% for f in t.findings %}\
               {{ f.reason }} {{ f.evidence }}\n{% endfor %}{% endfor %}";
    for file in [
        "t.txt",
        "t.html",
        "t.md",
        "t.json",
        "t.csv",
        "t.html.j2",
        "t",
    ] {
        let text = rendered(file, all).unwrap();
        assert!(!text.contains(|c| c != '\n' && escape::acts(c)), "{file}");
        let markup = file.contains("html") || file.contains("json");
        assert!(!markup || !text.contains("<b a="), "{file}: {text}");
    }
    let safe = told("{{ targets[1].findings[0].reason|safe }}");
    assert!(!safe.contains(|c| c != '\n' && c != '\t' && escape::acts(c)));
    let shown = told("{{ targets[1].findings[7].reason|csv }},{{ 3|csv }},{{ none|csv }}");
    assert_eq!(shown, "\"'=1+cmd|' /C calc'!A0\",3,\"\"");
    let json = told("{{ targets[1].findings[0].reason|tojson }}");
    let read: String = serde_json::from_str(&json).unwrap();
    assert_eq!(read, sample::scan().targets[1].findings[0].reason);
    assert!(
        !json.contains(escape::acts) && !json.contains('<'),
        "{json}"
    );
}

fn fault(text: &str) -> (String, String) {
    let fault = check(&template("t.html", text)).unwrap_err();
    (fault.to_string(), fault.help)
}

#[test]
fn what_is_wrong_is_known_before_a_run_with_place_and_what_may_be_meant() {
    for (text, place, help) in [
        (
            "a\n{{ run.verdct }}",
            "t.html:2:4: there is no `run.verdct`",
            "did you mean `verdict`?",
        ),
        (
            "{% for t in targets %}{% for f in t.findings %}\n  {{ f.reson }}{% endfor %}{% endfor %}",
            "t.html:2:6: there is no `f.reson`",
            "did you mean `reason`?",
        ),
        (
            "{% if tragets %}x{% endif %}",
            "t.html:1:7: there is no `tragets`",
            "did you mean `targets`?",
        ),
        (
            "{{ run.waxseal|tojsn }}",
            "t.html:1:",
            "did you mean `tojson`?",
        ),
        ("x\n{% for t in %}", "t.html:2:", ""),
        ("{{ 'a' ", "t.html:1:", ""),
        ("{% include 'other.html' %}", "t.html:1:", ""),
        ("{{ unheard() }}", "t.html:1:", ""),
    ] {
        let (told, advice) = fault(text);
        assert!(told.starts_with(place), "{told}");
        assert_eq!(advice, help, "{told}");
    }
}

#[test]
fn what_depends_on_the_results_is_left_to_them() {
    for text in [
        "{{ targets[7].verdict }}",
        "{{ targets[0].findings[3].rule }}",
        "{{ (run.notices|first).text }}",
        "{{ 1 // (run.summary.fail - 1) }}",
    ] {
        assert_eq!(check(&template("t.txt", text)), Ok(()), "{text}");
    }
    let error = rendered("t.txt", "\n{{ targets[7].verdict }}").unwrap_err();
    assert!(error.starts_with("t.txt:2:"), "{error}");
    let error = rendered("t.txt", "{{ targets|only('bad') }}").unwrap_err();
    assert!(
        error.contains("`bad` is none of failed, undecided"),
        "{error}"
    );
}

#[test]
fn a_template_ends_whatever_it_does() {
    for text in [
        "{% for a in range(100000) %}{% for b in range(100000) %}{{ b }}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{{ 'x' * 100000000000 }}",
        "{% for i in range(100000) %}{{ targets[0].verdict }}{% endfor %}",
    ] {
        assert!(rendered("t.txt", text).is_err(), "{text}");
    }
}

#[test]
fn a_closed_pipe_stays_one() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let options = Options {
        template: Some(template("t.txt", "text")),
        ..Options::default()
    };
    let error = write(
        Format::Template,
        sample::scan().results(),
        &options,
        &mut Closed,
    );
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn a_report_has_its_limit() {
    let mut bytes = Vec::new();
    let mut limited = Limited {
        out: &mut bytes,
        left: 5,
        trouble: None,
    };
    limited.write_all(b"12345").unwrap();
    assert!(limited.write_all(b"6").is_err());
    let trouble = limited.trouble.unwrap().to_string();
    assert!(trouble.contains("more than a report may have"), "{trouble}");
    assert_eq!(bytes, b"12345");
}

#[test]
fn the_examples_work() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/templates");
    for (file, has) in [
        (
            "domains.txt",
            "failed xn--bcher-kva.example 2 must, 3 should, 1 unknown: Every mail server offers STARTTLS\n",
        ),
        ("table.html", "<th scope=\"row\">bücher.example\n"),
        (
            "postmaster.md",
            "Dear postmaster of `xn--bcher-kva.example`,\n",
        ),
    ] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        check(&template(file, &text)).unwrap();
        let report = rendered(file, &text).unwrap();
        assert!(report.contains(has), "{report}");
    }
}

#[test]
fn chains_of_operators_and_values_that_hold_themselves_end_in_a_fault_or_at_all() {
    let scan = sample::scan();
    for text in [
        format!("{{{{ {}1 }}}}", "not ".repeat(20_000)),
        format!("{{{{ {}1 }}}}", "-".repeat(60_000)),
        format!("{{{{ 1{} }}}}", "+1".repeat(20_000)),
        "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}\
         {% endfor %}{{ ns.a }}{{ ns.a|tojson }}"
            .to_owned(),
        "x".repeat(LONGEST + 1),
    ] {
        let options = Options {
            template: Some(Template {
                file: "t.txt".to_owned(),
                text,
            }),
            ..Options::default()
        };
        let mut out = Vec::new();
        // What can be worked out is; nothing ends the program or takes for ever.
        let _ = render(scan.results(), &options, &mut out);
        assert!(out.len() < 1 << 20);
    }
}
