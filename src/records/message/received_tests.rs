//! `Received` fields as servers write them.

use super::*;
use proptest::prelude::*;

struct Case {
    text: &'static str,
    ehlo: &'static str,
    reverse: &'static str,
    ip: &'static str,
    by: &'static str,
    protocol: &'static str,
    tls: (Option<TlsVersion>, &'static str),
}

const CASES: &[Case] = &[
    Case {
        text: "from out.example.org (mail.example.org [192.0.2.1]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature ECDSA (P-256) server-digest SHA256) (No client certificate requested) by mx.example.net (Postfix) with ESMTPS id 4F2C for <a@example.net>; Mon, 30 Nov 2026 01:02:03 +0100 (CET)",
        ehlo: "out.example.org",
        reverse: "mail.example.org",
        ip: "192.0.2.1",
        by: "mx.example.net",
        protocol: "ESMTPS",
        tls: (Some(TlsVersion::Tls13), "TLS_AES_256_GCM_SHA384"),
    },
    Case {
        text: "from out.example.org (unknown [IPv6:2001:db8::1]) by MX.example.net (Postfix) with ESMTP id 4F2C; Mon, 30 Nov 2026 00:02:03 +0000",
        ehlo: "out.example.org",
        reverse: "",
        ip: "2001:db8::1",
        by: "mx.example.net",
        protocol: "ESMTP",
        tls: (None, ""),
    },
    Case {
        text: "from mail.example.org ([192.0.2.1] helo=other.example) by mx.example.net with esmtps (TLS1.3) tls TLS_AES_128_GCM_SHA256 (Exim 4.96) (envelope-from <a@b.test>) id 1abc-000-x for x@y.test; Mon, 30 Nov 2026 00:02:03 +0000",
        ehlo: "other.example",
        reverse: "mail.example.org",
        ip: "192.0.2.1",
        by: "mx.example.net",
        protocol: "ESMTPS",
        tls: (Some(TlsVersion::Tls13), "TLS_AES_128_GCM_SHA256"),
    },
    Case {
        text: "from [192.0.2.1] (helo=mail.example.org) by mx.example.net with esmtps (TLS1.2:ECDHE_RSA_AES_256_GCM_SHA384:256) (Exim 4.89) id 1; Mon, 30 Nov 2026 00:02:03 +0000",
        ehlo: "mail.example.org",
        reverse: "",
        ip: "192.0.2.1",
        by: "mx.example.net",
        protocol: "ESMTPS",
        tls: (
            Some(TlsVersion::Tls12),
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ),
    },
    Case {
        text: "from mail.example.org ([192.0.2.1]:45678) by mx.example.net with smtp id 1; Mon, 30 Nov 2026 00:02:03 +0000",
        ehlo: "mail.example.org",
        reverse: "",
        ip: "192.0.2.1",
        by: "mx.example.net",
        protocol: "SMTP",
        tls: (None, ""),
    },
    Case {
        text: "from mail.example.org (mail.example.org. [192.0.2.1]) by mx.google.com with ESMTPS id x1-20si1.2 for <a@gmail.com> (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256); Sun, 29 Nov 2026 16:02:03 -0800 (PST)",
        ehlo: "mail.example.org",
        reverse: "mail.example.org",
        ip: "192.0.2.1",
        by: "mx.google.com",
        protocol: "ESMTPS",
        tls: (Some(TlsVersion::Tls13), "TLS_AES_256_GCM_SHA384"),
    },
    Case {
        text: "from AM1.eurprd01.prod.exchangelabs.com (2603:10a6::1) by AM2.eurprd02.prod.outlook.com (2603:10a6::2) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1.2; Mon, 30 Nov 2026 00:02:03 +0000",
        ehlo: "AM1.eurprd01.prod.exchangelabs.com",
        reverse: "",
        ip: "2603:10a6::1",
        by: "am2.eurprd02.prod.outlook.com",
        protocol: "MICROSOFT SMTP SERVER",
        tls: (
            Some(TlsVersion::Tls12),
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ),
    },
    Case {
        text: "from helo.test (forged.test [192.0.2.1] (may be forged)) by mx.test (8.15.2/8.15.2) with ESMTPS id q (version=TLSv1.2 cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256 verify=NOT); Mon, 30 Nov 2026 00:02:03 GMT",
        ehlo: "helo.test",
        reverse: "",
        ip: "192.0.2.1",
        by: "mx.test",
        protocol: "ESMTPS",
        tls: (
            Some(TlsVersion::Tls12),
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        ),
    },
    Case {
        text: "from unknown (HELO mail.example.org) (192.0.2.1) by 0 with SMTP; 30 Nov 2026 00:02:03 -0000",
        ehlo: "mail.example.org",
        reverse: "",
        ip: "192.0.2.1",
        by: "0",
        protocol: "SMTP",
        tls: (None, ""),
    },
    // The name given in EHLO names another address: it does not count.
    Case {
        text: "from [198.51.100.9] (unknown [192.0.2.1]) by mx.test (Postfix) with ESMTP id 1; Mon, 30 Nov 2026 00:02:03 +0000",
        ehlo: "[198.51.100.9]",
        reverse: "",
        ip: "192.0.2.1",
        by: "mx.test",
        protocol: "ESMTP",
        tls: (None, ""),
    },
    Case {
        text: "from a.test ([192.0.2.1] helo=[198.51.100.9]) by mx.test with esmtp (Exim 4.96) id 1; Mon, 30 Nov 2026 00:02:03 +0000",
        ehlo: "[198.51.100.9]",
        reverse: "a.test",
        ip: "192.0.2.1",
        by: "mx.test",
        protocol: "ESMTP",
        tls: (None, ""),
    },
    // A host that is named as a clause is.
    Case {
        text: "from by (by [192.0.2.1]) by with with id id x; Mon, 30 Nov 2026 00:02:03 +0000",
        ehlo: "by",
        reverse: "by",
        ip: "192.0.2.1",
        by: "with",
        protocol: "ID",
        tls: (None, ""),
    },
    // What a client writes into its certificate is no name that the server found.
    Case {
        text: "from mx.own.test (unknown [203.0.113.9]) (Client CN \"a helo=b [192.0.2.1]\", Issuer \"x\" (not verified)) by mx.own.test (Postfix) with ESMTP id 1; Mon, 30 Nov 2026 00:02:03 +0000",
        ehlo: "mx.own.test",
        reverse: "",
        ip: "203.0.113.9",
        by: "mx.own.test",
        protocol: "ESMTP",
        tls: (None, ""),
    },
    Case {
        text: "from localhost (localhost [127.0.0.1]) by mx.test (Postfix) with LMTP id 1; Mon, 30 Nov 2026 00:02:03 +0000",
        ehlo: "localhost",
        reverse: "localhost",
        ip: "127.0.0.1",
        by: "mx.test",
        protocol: "LMTP",
        tls: (None, ""),
    },
];

#[test]
fn fields_are_read_as_servers_write_them() {
    for case in CASES {
        let read = parse(case.text);
        let ip = read.ip.map(|ip| ip.to_string()).unwrap_or_default();
        assert!(read.from, "{}", case.text);
        assert_eq!(read.ehlo, case.ehlo, "{}", case.text);
        assert_eq!(read.reverse, case.reverse, "{}", case.text);
        assert_eq!(ip, case.ip, "{}", case.text);
        assert_eq!(read.by, case.by, "{}", case.text);
        assert_eq!(read.protocol, case.protocol, "{}", case.text);
        let tls = (read.tls_version, read.suite.as_str());
        assert_eq!(tls, case.tls, "{}", case.text);
        assert_eq!(
            read.at,
            Timestamp::parse("2026-11-30T00:02:03Z"),
            "{}",
            case.text
        );
    }
    assert_eq!(parse(CASES[0].text).group, "X25519");
    assert_eq!(
        parse(CASES[2].text).envelope_from.as_deref(),
        Some("a@b.test")
    );
}

#[test]
fn without_a_from_clause_there_is_no_client() {
    for text in [
        "by 2002:a05:6402:1::1 with SMTP id x; Mon, 30 Nov 2026 00:02:03 +0000",
        "(qmail 123 invoked by uid 89); 30 Nov 2026 00:02:03 -0000",
        "",
        ";",
    ] {
        let read = parse(text);
        assert!(!read.from && read.ip.is_none(), "{text}");
    }
    assert_eq!(parse("by 2002:a05::1 with SMTP id x").by, "2002:a05::1");
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(from|by|with|;|\\(|\\)|\\[192.0.2.1\\]|helo=|using TLSv1.3|[ -~ü]{0,8}| ){0,20}") {
        let read = parse(&text);
        prop_assert!(read.ehlo.chars().count() <= LONGEST_NAME);
        prop_assert!(read.from || read.ehlo.is_empty());
    }
}
