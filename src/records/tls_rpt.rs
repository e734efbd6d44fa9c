//! TLS-RPT records (RFC 8460 §3).

use super::report_uri::{self, Family};
use super::tags::{self, Field, Grammar};
use crate::facts::{
    defect::Defect,
    dmarc::ReportUri,
    observed::{Observed, Proof},
    tls_rpt::TlsRptRecord,
};

const SECTION: &str = "RFC 8460 §3";
const GRAMMAR: Grammar = Grammar {
    family: "tls-rpt",
    reference: SECTION,
    strict: true,
};

/// Whether a TXT record is a TLS-RPT record at all: begins with `v=TLSRPTv1;`.
pub fn is_record(txt: &str) -> bool {
    txt.starts_with("v=TLSRPTv1;")
}

/// The record among the TXT records: there has to be exactly one, else senders take it as none.
pub fn only(records: &Observed<Vec<String>>) -> Observed<TlsRptRecord> {
    records.and_then(|all| {
        let found: Vec<&String> = all.iter().filter(|txt| is_record(txt)).collect();
        match found.as_slice() {
            [one] => Observed::present(parse(one)),
            several => Observed::Absent {
                proof: Proof::NoSuchRecord,
                detail: tags::not_one(several.len(), "TLS-RPT"),
            },
        }
    })
}

/// Reads a TLS-RPT record. Whatever is published, a record comes out; `valid` says what it is worth.
pub fn parse(raw: &str) -> TlsRptRecord {
    let mut defects = Vec::new();
    let found = tags::plain_fields(raw, "v=TLSRPTv1", "rua", GRAMMAR, &mut defects);
    let rua = if let Some(value) = found.first() {
        addresses(*value, &mut defects)
    } else {
        let text = "there is no field `rua`";
        defects.push(Defect::fatal("tls-rpt-rua-missing", text, SECTION));
        Vec::new()
    };
    TlsRptRecord {
        raw: raw.to_owned(),
        valid: tags::holds(&defects),
        rua,
        defects: tags::bounded(defects),
    }
}

fn addresses(value: Field<'_>, defects: &mut Vec<Defect>) -> Vec<ReportUri> {
    let found = report_uri::list(value.text, value.start, Family::TlsRpt);
    for address in found.iter().filter(|address| !address.uri.valid) {
        let text = format!(
            "no reporter can use `{}`: {}",
            tags::quote(&address.uri.uri),
            address.trouble
        );
        let [start, end] = address.span;
        defects.push(Defect::minor("tls-rpt-report-uri", text, SECTION).at(start, end));
    }
    if !found.iter().any(|address| address.uri.valid) {
        let text = "no address for reports can be used";
        defects.push(Defect::fatal("tls-rpt-no-address", text, SECTION));
    }
    found.into_iter().map(|address| address.uri).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "v=TLSRPTv1; rua=mailto:tls@example.test";

    fn txt(records: &[&str]) -> Observed<Vec<String>> {
        Observed::present(records.iter().map(|&r| r.to_owned()).collect())
    }

    #[test]
    fn only_text_that_begins_with_the_exact_version_is_a_record() {
        for (raw, expected) in [
            (GOOD, true),
            ("v=TLSRPTv1;rua=https://r.test/", true),
            ("v=TLSRPTv1", false),
            ("v=TLSRPTv1 ;rua=mailto:a@b.test", false),
            ("v=tlsrptv1;rua=mailto:a@b.test", false),
            (" v=TLSRPTv1;rua=mailto:a@b.test", false),
        ] {
            assert_eq!(is_record(raw), expected, "{raw}");
        }
    }

    #[test]
    fn a_valid_record_keeps_to_the_grammar_and_names_an_address() {
        for (fields, valid, expected) in [
            ("rua=mailto:a@b.test", true, vec![]),
            ("rua=mailto:a@b.test;", true, vec![]),
            ("rua=mailto:a@b.test , https://r.test/x", true, vec![]),
            (
                "rua=mailto:a@b.test,ftp://x.test/",
                true,
                vec!["tls-rpt-report-uri"],
            ),
            (
                "x=1;rua=mailto:a@b.test",
                true,
                vec!["tls-rpt-unknown-field"],
            ),
            ("rua=mailto:a@b.test ", true, vec!["tls-rpt-trailing-space"]),
            (
                "rua=mailto:a@b.test;rua=x",
                true,
                vec!["tls-rpt-duplicate-field"],
            ),
            (
                "rua=mailto:a@b.test!1m",
                false,
                vec!["tls-rpt-report-uri", "tls-rpt-no-address"],
            ),
            (
                "rua=nobody",
                false,
                vec!["tls-rpt-report-uri", "tls-rpt-no-address"],
            ),
            (
                "rua = mailto:a@b.test",
                false,
                vec!["tls-rpt-malformed-tag", "tls-rpt-rua-missing"],
            ),
            (
                "rua=",
                false,
                vec!["tls-rpt-malformed-tag", "tls-rpt-rua-missing"],
            ),
            (
                "x=a=b;rua=mailto:a@b.test",
                false,
                vec!["tls-rpt-malformed-tag"],
            ),
            (";rua=mailto:a@b.test", false, vec!["tls-rpt-empty-tag"]),
            ("", false, vec!["tls-rpt-rua-missing"]),
        ] {
            let record = parse(&format!("v=TLSRPTv1;{fields}"));
            let codes: Vec<_> = record.defects.iter().map(|d| d.code.as_str()).collect();
            assert_eq!(codes, expected, "{fields}");
            assert_eq!(record.valid, valid, "{fields}");
        }
    }

    #[test]
    fn exactly_one_record_counts() {
        assert!(only(&txt(&[GOOD, "other"])).value().is_some());
        assert!(only(&txt(&["other"])).is_absent());
        assert!(only(&txt(&[GOOD, GOOD])).is_absent());
    }

    proptest! {
        #[test]
        fn any_text_is_read_with_spans_inside_it(raw in "(v=TLSRPTv1;)?(rua=)?[ -~ü\t]{0,60}") {
            for [start, end] in parse(&raw).defects.iter().filter_map(|d| d.span) {
                prop_assert!(raw.get(start..end).is_some());
            }
        }
    }
}
