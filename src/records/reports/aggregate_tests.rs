//! Aggregate reports as reporters write them, and as nobody should.

use super::*;
use proptest::prelude::*;

/// A report in the form of RFC 9990.
const SOUND: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
  <version>1.0</version>
  <report_metadata>
    <org_name>Receiver</org_name><email>dmarc@receiver.test</email>
    <report_id>r-1</report_id>
    <date_range><begin>1795910400</begin><end>1795996799</end></date_range>
    <generator>Reporter 2</generator>
  </report_metadata>
  <policy_published>
    <domain>example.org</domain><discovery_method>treewalk</discovery_method>
    <p>reject</p><sp>quarantine</sp><np>reject</np><adkim>s</adkim><aspf>r</aspf><testing>n</testing>
  </policy_published>
  <extension><x:y xmlns:x="urn:x">1</x:y></extension>
  <record>
    <row>
      <source_ip>192.0.2.1</source_ip><count>12</count>
      <policy_evaluated><disposition>pass</disposition><dkim>pass</dkim><spf>fail</spf>
        <reason><type>other</type><comment>none</comment></reason></policy_evaluated>
    </row>
    <identifiers><header_from>example.org</header_from><envelope_from>bounce.test</envelope_from></identifiers>
    <auth_results>
      <dkim><domain>example.org</domain><selector>s1</selector><result>pass</result></dkim>
      <dkim><domain>bounce.test</domain><selector>b</selector><result>fail</result></dkim>
      <spf><domain>bounce.test</domain><scope>mfrom</scope><result>pass</result></spf>
    </auth_results>
  </record>
</feedback>
"#;

fn codes(report: &AggregateReport) -> Vec<&str> {
    let codes = report.defects.iter().map(|defect| defect.code.as_str());
    codes
        .map(|code| code.trim_start_matches("dmarc-report-"))
        .collect()
}

/// The sound report with one thing written otherwise.
fn changed(from: &str, to: &str) -> AggregateReport {
    let text = SOUND.replace(from, to);
    assert_ne!(text, SOUND, "{from}");
    parse(text.as_bytes())
}

#[test]
fn a_report_is_read_with_all_that_counts() {
    let report = parse(SOUND.as_bytes());
    assert_eq!(report.defects, []);
    let result = |domain: &str, selector: &str, result: &str| AuthResult {
        domain: domain.to_owned(),
        selector: selector.to_owned(),
        result: result.to_owned(),
    };
    let expected = AggregateReport {
        valid: true,
        organization: "Receiver".to_owned(),
        report_id: "r-1".to_owned(),
        domain: "example.org".to_owned(),
        begin: Some(Timestamp::from_unix(1_795_910_400)),
        end: Some(Timestamp::from_unix(1_795_996_799)),
        policy: PublishedPolicy {
            p: Some(DmarcPolicy::Reject),
            sp: Some(DmarcPolicy::Quarantine),
            np: Some(DmarcPolicy::Reject),
            adkim: "s".to_owned(),
            aspf: "r".to_owned(),
            pct: None,
            testing: Some(false),
        },
        records: vec![AggregateRecord {
            source: "192.0.2.1".parse().unwrap(),
            count: 12,
            dkim: true,
            spf: false,
            disposition: Some(Disposition::Accepted),
            overrides: vec!["other".to_owned()],
            header_from: "example.org".to_owned(),
            dkim_results: vec![
                result("example.org", "s1", "pass"),
                result("bounce.test", "b", "fail"),
            ],
            spf_results: vec![result("bounce.test", "", "pass")],
        }],
        records_left_out: 0,
        defects: Vec::new(),
    };
    assert_eq!(report, expected);
}

#[test]
fn what_reporters_write_otherwise_is_the_same_report() {
    let sound = parse(SOUND.as_bytes());
    for (from, to) in [
        ("  <version>1.0</version>\n", ""),
        (" xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"", ""),
        (
            " xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"",
            " xmlns=\"http://dmarc.org/dmarc-xml/0.1\" xmlns:xsi=\"x\" xsi:schemaLocation=\"y z\"",
        ),
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "\u{feff}"),
        (
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<?xml version=\"1.0\" encoding=\"utf-16\" standalone=\"yes\"?>",
        ),
        (
            "<dkim>pass</dkim><spf>fail</spf>",
            "<dkim> Pass\n</dkim><spf>FAIL</spf>",
        ),
        (
            "<disposition>pass</disposition>",
            "<disposition>None</disposition>",
        ),
        (
            "<org_name>Receiver</org_name>",
            "<org_name><![CDATA[Receiver]]></org_name>",
        ),
        ("192.0.2.1<", "\n ::ffff:192.0.2.1 <"),
        ("<header_from>example.org<", "<header_from>EXAMPLE.org.<"),
        ("1795910400", "2026-11-29T00:00:00Z"),
        ("</feedback>\n", "</feedback>\n\0\0"),
        (
            "<domain>example.org</domain><discovery_method>",
            "<domain> Example.ORG. </domain><discovery_method>",
        ),
        (
            "<extension><x:y xmlns:x=\"urn:x\">1</x:y></extension>",
            "<extra a='<'/><!-- note --><error>1</error>",
        ),
        ("<spf>fail</spf>", "<spf></spf>"),
        (
            "<generator>",
            "<extra_contact_info>https://receiver.test/?a=1&b=2</extra_contact_info><generator>",
        ),
    ] {
        assert_eq!(changed(from, to), sound, "{to}");
    }
    let prefixed = SOUND
        .replace("</", "\u{1}")
        .replace('<', "<ns0:")
        .replace('\u{1}', "</ns0:");
    let prefixed = prefixed.replace("<ns0:?", "<?").replace("ns0:x:", "x:");
    assert_eq!(parse(prefixed.as_bytes()), sound);
    let upper = SOUND.replace("<row>", "<ROW>").replace("</row>", "</ROW>");
    assert_eq!(parse(upper.as_bytes()), sound);
    let utf_16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(SOUND.encode_utf16())
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(parse(&utf_16), sound);
}

#[test]
fn what_is_odd_is_told_and_counted() {
    for (from, to, expected) in [
        (
            "<version>1.0</version>",
            "<version>3</version>",
            vec!["version"],
        ),
        ("<p>reject</p>", "<p>block</p>", vec!["policy"]),
        (
            "<begin>1795910400</begin>",
            "<begin>soon</begin>",
            vec!["period"],
        ),
        (
            "<begin>1795910400</begin>",
            "<begin>1795999999</begin>",
            vec!["period"],
        ),
        ("<report_id>r-1</report_id>", "", vec!["report-id"]),
        ("<org_name>Receiver</org_name>", "", vec![]),
        (
            "</policy_published>",
            "</policy_published><policy_published><domain>b.test</domain></policy_published>",
            vec!["policy-repeated"],
        ),
        (
            "</report_metadata>",
            "</report_metadata><report_metadata/>",
            vec!["metadata-repeated"],
        ),
        (
            "<count>12</count>",
            "<count>-1</count>",
            vec!["record", "no-record"],
        ),
        ("<count>12</count>", "", vec!["record", "no-record"]),
        (
            "<count>12</count>",
            "<count>1000000000001</count>",
            vec!["record", "no-record"],
        ),
        ("192.0.2.1<", "localhost<", vec!["record", "no-record"]),
        (
            "<dkim>pass</dkim><spf>fail</spf>",
            "<spf>fail</spf>",
            vec!["record", "no-record"],
        ),
        (
            "<dkim>pass</dkim><spf>fail</spf>",
            "<dkim>maybe</dkim><spf>fail</spf>",
            vec!["record", "no-record"],
        ),
        ("<row>", "<line>", vec!["malformed"]),
        ("Receiver", "Receiver \u{e000}", vec![]),
    ] {
        let report = changed(from, to);
        assert_eq!(codes(&report), expected, "{to}");
        assert_eq!(report.valid, expected != ["malformed"], "{to}");
        assert_eq!(report.domain, "example.org");
        assert_eq!(
            report.records_left_out,
            u32::from(expected.contains(&"record")),
            "{to}"
        );
    }
    assert_eq!(
        changed("<org_name>Receiver</org_name>", "").organization,
        "receiver.test"
    );
    let latin = SOUND
        .replace("Receiver", "Empf?nger")
        .replace('?', "\u{1}")
        .replace('\u{1}', "X");
    let bytes: Vec<u8> = latin
        .bytes()
        .map(|byte| if byte == b'X' { 0xe4 } else { byte })
        .collect();
    assert!(codes(&parse(&bytes)).contains(&"encoding"));
    let named = String::from_utf8_lossy(&bytes).into_owned();
    assert!(named.contains('\u{fffd}'));
}

#[test]
fn a_period_in_the_future_is_a_defect_and_is_not_used() {
    let now = Timestamp::from_unix(1_795_996_800);
    assert_eq!(parse(SOUND.as_bytes()).as_of(now), parse(SOUND.as_bytes()));
    for end in ["9223372036854775807", "99999999999999", "1796169601"] {
        let end = format!("<end>{end}</end>");
        let report = changed("<end>1795996799</end>", &end).as_of(now);
        assert_eq!((report.begin, report.end), (None, None), "{end}");
        assert_eq!(codes(&report), ["future"]);
        assert!(report.valid);
    }
}

#[test]
fn what_can_not_be_attributed_or_read_to_the_end_is_not_counted() {
    let laughs = "<!DOCTYPE feedback [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]>\n<feedback";
    let external = "<!DOCTYPE feedback SYSTEM \"file:///etc/passwd\">\n<feedback";
    for (from, to, expected) in [
        (
            "<domain>example.org</domain><discovery_method>",
            "<discovery_method>",
            "domain",
        ),
        (
            "<domain>example.org</domain><discovery_method>",
            "<domain>192.0.2.1</domain><discovery_method>",
            "domain",
        ),
        (
            "<org_name>Receiver</org_name><email>dmarc@receiver.test</email>",
            "",
            "organization",
        ),
        ("policy_published>", "policy>", "policy-missing"),
        ("<feedback", laughs, "doctype"),
        ("<feedback", external, "doctype"),
        ("</feedback>", "", "malformed"),
        ("</record>\n</feedback>", "", "malformed"),
        ("feedback", "html", "root"),
    ] {
        let report = changed(from, to);
        assert!(!report.valid, "{to}");
        assert!(codes(&report).contains(&expected), "{to}: {report:?}");
    }
    assert!(!parse(b"").valid);
}

#[test]
fn records_are_bounded_and_a_part_of_one_is_too() {
    let record = &SOUND[SOUND.find("  <record>").unwrap()..SOUND.find("</feedback>").unwrap()];
    let signatures = "<dkim><domain>a.test</domain><result>pass</result></dkim>".repeat(500);
    let report = changed("<auth_results>", &format!("<auth_results>{signatures}"));
    assert_eq!(report.records[0].dkim_results.len(), MOST_RESULTS);
    let short = "<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated><dkim>pass</dkim></policy_evaluated></row></record>";
    let many = SOUND.replace(record, &short.repeat(MOST_RECORDS + 2));
    let report = parse(many.as_bytes());
    assert_eq!((report.valid, report.records.len()), (false, MOST_RECORDS));
    assert_eq!(codes(&report), ["limit"]);
}

/// The layouts of some large reporters, in our own words: the order of elements, what is left out and what is added.
const LAYOUTS: [(&str, &str, usize); 5] = [
    (
        "a version, no scope, an empty contact, each result in a line",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<feedback>\n<version>1.0</version><report_metadata><org_name>large.test</org_name>\
         <email>noreply@large.test</email><extra_contact_info>https://large.test/a/b</extra_contact_info><report_id>17959104001234567890</report_id>\
         <date_range><begin>1795910400</begin><end>1795996799</end></date_range></report_metadata><policy_published><domain>example.org</domain>\
         <adkim>r</adkim><aspf>r</aspf><p>reject</p><sp>reject</sp><pct>100</pct><np>reject</np></policy_published>{}</feedback>",
        1,
    ),
    (
        "namespaces of the schema language, both envelope domains, failure options",
        "<?xml version=\"1.0\"?><feedback xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <version>1.0</version><report_metadata><org_name>Office Mail</org_name><email>dmarc@office.test</email><report_id>0a1b2c</report_id>\
         <date_range><begin>1795910400</begin><end>1795996800</end></date_range></report_metadata><policy_published><domain>example.org</domain>\
         <adkim>r</adkim><aspf>r</aspf><p>reject</p><sp>reject</sp><pct>100</pct><fo>1:d</fo></policy_published>{}</feedback>",
        1,
    ),
    (
        "no declaration and no version, a name with an ampersand, white space in values",
        "<feedback>\t<report_metadata>\t<org_name>Mail & Co. Inc.</org_name>\t<email>dmarchelp@co.test</email>\t<report_id>1795.99</report_id>\
         <date_range><begin> 1795910400 </begin><end>1795996799\n</end></date_range></report_metadata><policy_published><domain>example.org\
         </domain><p>reject</p></policy_published>{}{}</feedback>\n\n",
        2,
    ),
    (
        "errors in the metadata, the policy after the records, addresses in brackets of a comment",
        "<?xml version='1.0' encoding='utf-8'?><feedback><version>1</version>{}<report_metadata><date_range><end>1795996799</end>\
         <begin>1795910400</begin></date_range><error>no key</error><error/><report_id>x@y</report_id><org_name>post.test</org_name></report_metadata>\
         <!-- [192.0.2.1] --><policy_published><p>REJECT</p><domain>EXAMPLE.org</domain></policy_published></feedback>",
        1,
    ),
    (
        "the older draft: lower precision of results, no identifiers of the envelope, unknown elements everywhere",
        "<feedback xmlns=\"http://dmarc.org/dmarc-xml/0.1\"><report_metadata><org_name>old.test</org_name><report_id>1</report_id><note/>\
         <date_range><begin>1795910400</begin><end>1795996799</end></date_range></report_metadata><policy_published><domain>example.org</domain>\
         <p>reject</p><unknown><deep>1</deep></unknown></policy_published>{}{}{}</feedback>",
        3,
    ),
];

#[test]
fn layouts_of_large_reporters_are_read() {
    let record = &SOUND[SOUND.find("<record>").unwrap()..SOUND.find("</feedback>").unwrap()];
    for (name, layout, records) in LAYOUTS {
        let report = parse(layout.replace("{}", record).as_bytes());
        assert_eq!(report.defects, [], "{name}");
        assert_eq!(
            (report.domain.as_str(), report.records.len()),
            ("example.org", records),
            "{name}"
        );
        assert_eq!(report.policy.p, Some(DmarcPolicy::Reject), "{name}");
        assert!(report.begin.is_some() && report.end.is_some(), "{name}");
    }
}

proptest! {
    #[test]
    fn any_change_of_a_report_is_read_with_places_inside_it(at in 0..SOUND.len(), length in 0_usize..40, by in "[<>&/a-z!\\[\\]\u{fc}]{0,6}") {
        let end = (at + length).min(SOUND.len());
        let text = format!("{}{by}{}", &SOUND[..at], &SOUND[end..]);
        let report = parse(text.as_bytes());
        for [start, end] in report.defects.iter().filter_map(|defect| defect.span) {
            prop_assert!(text.get(start..end).is_some(), "{start}..{end} of {}", text.len());
        }
        prop_assert_eq!(report.valid, !report.defects.iter().any(|defect| defect.fatal));
    }
}
