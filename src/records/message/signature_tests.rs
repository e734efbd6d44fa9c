//! Tags of signatures, sound and not.

use super::*;
use proptest::prelude::*;

const SOUND: &str = "v=1; a=rsa-sha256; c=relaxed/simple; d=Example.ORG; s=S1; t=100; x=200;\r\n h=From : to:from; bh=AAAA;\r\n b=QUJD\r\n RA==";

fn codes(signature: &Signature) -> Vec<&str> {
    signature
        .defects
        .iter()
        .map(|it| it.code.as_str())
        .collect()
}

#[test]
fn a_sound_signature_is_read() {
    let read = parse(SOUND, Kind::Dkim);
    assert_eq!(codes(&read), [""; 0]);
    assert_eq!(read.algorithm, "rsa-sha256");
    assert_eq!(
        (read.header_form, read.body_form),
        (Form::Relaxed, Form::Simple)
    );
    assert_eq!(
        (read.domain.as_str(), read.selector.as_str()),
        ("example.org", "s1")
    );
    assert_eq!(read.identity_domain, "example.org");
    assert_eq!(read.headers, ["from", "to", "from"]);
    assert_eq!(read.signature, b"ABCD");
    assert_eq!(read.expires, Some(Timestamp::from_unix(200)));
}

#[test]
fn each_fault_has_its_code() {
    let sound = SOUND.replace("\r\n", "");
    for (from, to, code) in [
        ("v=1; ", "", "dkim-signature-tag-missing"),
        ("v=1", "v=2", "dkim-signature-version"),
        ("rsa-sha256", "rsa-md5", "dkim-signature-algorithm"),
        ("relaxed/simple", "nofws", "dkim-signature-canonicalization"),
        ("d=Example.ORG", "d=a..b", "dkim-signature-domain"),
        ("s=S1", "s=a b", "dkim-signature-selector"),
        ("h=From : to:from", "h=to", "dkim-signature-from-not-signed"),
        ("h=From", "h=From::", "dkim-signature-headers"),
        ("bh=AAAA", "bh=!", "dkim-signature-base64"),
        ("x=200", "x=99", "dkim-signature-expires-before-signed"),
        ("t=100", "t=soon", "dkim-signature-number"),
        ("t=100", "t=100; l=5", "dkim-signature-body-length"),
        ("t=100", "t=100; i=@example.com", "dkim-signature-identity"),
        (
            "t=100",
            "t=100; i=@evilexample.org",
            "dkim-signature-identity",
        ),
        ("t=100", "t=100; t=100", "dkim-signature-duplicate-tag"),
        ("t=100", "t=100; q=http", "dkim-signature-query-method"),
        ("t=100", "oops", "dkim-signature-malformed-tag"),
    ] {
        let read = parse(&sound.replace(from, to), Kind::Dkim);
        assert!(codes(&read).contains(&code), "{to}: {:?}", codes(&read));
        let minor = code == "dkim-signature-body-length";
        assert_eq!(tags::holds(&read.defects), minor, "{to}");
    }
    let below = sound.replace("t=100", "t=100; i=joe@mail.example.org");
    let below = parse(&below, Kind::Dkim);
    assert_eq!(below.identity_domain, "mail.example.org");
    assert!(tags::holds(&below.defects));
}

#[test]
fn seals_and_signatures_of_arc_have_rules_of_their_own() {
    let seal = "i=1; a=rsa-sha256; t=12345; cv=None; d=example.org; s=s1; b=QUJD";
    let read = parse(seal, Kind::ArcSeal);
    assert_eq!(codes(&read), [""; 0]);
    assert_eq!((read.instance, read.chain_validation.as_str()), (1, "none"));
    for (text, kind, code) in [
        (
            format!("{seal}; h=from"),
            Kind::ArcSeal,
            "arc-seal-forbidden-tag",
        ),
        (
            seal.replace("i=1", "i=51"),
            Kind::ArcSeal,
            "arc-seal-instance",
        ),
        (
            seal.replace("i=1; ", ""),
            Kind::ArcSeal,
            "arc-seal-tag-missing",
        ),
        (
            format!("{seal}; bh=AAAA; h=from:arc-seal"),
            Kind::ArcMessage,
            "arc-message-signature-signs-seals",
        ),
        (
            format!("v=1; {seal}; bh=AAAA; h=from"),
            Kind::ArcMessage,
            "arc-message-signature-version",
        ),
    ] {
        let read = parse(&text, kind);
        assert!(codes(&read).contains(&code), "{text}: {:?}", codes(&read));
    }
}

proptest! {
    #[test]
    fn any_text_is_read_with_spans_inside_it(raw in "(v=1;|a=rsa-sha256;|d=a.b;|h=from;|[a-z]=[ -~ü]{0,9};){0,9}") {
        for kind in [Kind::Dkim, Kind::ArcMessage, Kind::ArcSeal] {
            let read = parse(&raw, kind);
            for [start, end] in read.defects.iter().filter_map(|it| it.span) {
                prop_assert!(raw.get(start..end).is_some());
            }
        }
    }
}
