//! MTA-STS and TLS-RPT: records, policies and how they are served (RFC 8461, RFC 8460).

use super::super::leaf::Leaf;
use super::super::scenario::{Group, Scenario};
use super::super::setup::{Setup, Web};

const fn sts(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::MtaSts, domain, title, plays, change)
}

const fn tls_rpt(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::TlsRpt, domain, title, plays, change)
}

pub(crate) const ALL: &[Scenario] = &[
    sts(
        "sts-testing.test",
        "Policy in test mode",
        "`mode: testing` only asks for reports, nothing is enforced (RFC 8461 §5). No credit for enforcement.",
        |z| z.web = Some(Web::Policy("testing")),
    ),
    sts(
        "sts-none.test",
        "Policy that says none",
        "`mode: none` takes the policy back, as if there were none (RFC 8461 §8.3).",
        |z| z.web = Some(Web::Policy("none")),
    ),
    sts(
        "sts-no-record.test",
        "Policy without the record",
        "The policy is served, but without the TXT record nobody asks for it (RFC 8461 §3.1).",
        |z| z.remove("_mta-sts"),
    ),
    sts(
        "sts-two-records.test",
        "Two MTA-STS records",
        "More than one record counts as none (RFC 8461 §3.1).",
        |z| z.also_txt("_mta-sts", "v=STSv1; id=2"),
    ),
    sts(
        "sts-bad-id.test",
        "Record with an id that is none",
        "The id may hold letters and digits only (RFC 8461 §3.1): the record is not valid.",
        |z| z.txt("_mta-sts", "v=STSv1; id=2026-11-01"),
    ),
    sts(
        "sts-alias.test",
        "Record at the provider",
        "`_mta-sts` is an alias of a name at the provider, which is followed (RFC 8461 §3.1). Must pass.",
        |z| z.cname("_mta-sts", "_mta-sts-of-customers.provider.test."),
    ),
    sts(
        "sts-no-host.test",
        "Record without a policy host",
        "`mta-sts.sts-no-host.test` does not exist: the record promises a policy that cannot be fetched (RFC 8461 §3.3).",
        |z| {
            z.remove("mta-sts");
            z.web = None;
        },
    ),
    sts(
        "sts-wildcard.test",
        "Wildcard pattern of one label",
        "`*.mail.test` covers both mail servers (RFC 8461 §4.1). Must pass.",
        |z| z.policy_mx = Some(&["*.mail.test"]),
    ),
    sts(
        "sts-wildcard-two-labels.test",
        "Wildcard pattern that would need two labels",
        "`*.sts-wildcard-two-labels.test` does not cover `mx1.eu.…`: a wildcard is one label (RFC 8461 §4.1). Delivery fails.",
        |z| {
            z.mx(&[(10, "mx1.eu")]);
            z.server("mx1.eu");
            z.policy_mx = Some(&["*.sts-wildcard-two-labels.test"]);
        },
    ),
    sts(
        "sts-not-covering.test",
        "Policy that leaves one server out",
        "The policy names the first mail server only; mail to the second is not delivered (RFC 8461 §4.1).",
        |z| z.policy_mx = Some(&["mx1.mail.test"]),
    ),
    sts(
        "sts-redirect.test",
        "Policy behind a redirect",
        "Redirects must not be followed: the fetch fails (RFC 8461 §3.3).",
        |z| z.web = Some(Web::Redirect),
    ),
    sts(
        "sts-blank-line.test",
        "Policy with an empty line at its end",
        "The grammar has no empty lines, most senders put up with it (RFC 8461 §3.2). The policy is used, the flaw is shown.",
        |z| z.web = Some(Web::Body(z.policy_text("enforce") + "\r\n")),
    ),
    sts(
        "sts-line-feeds.test",
        "Policy with bare line feeds",
        "Lines may end in LF alone (RFC 8461 §3.2). Must pass.",
        |z| z.web = Some(Web::Body(z.policy_text("enforce").replace("\r\n", "\n"))),
    ),
    sts(
        "sts-short-life.test",
        "Policy for one hour",
        "`max_age: 3600` gives an attacker a new chance every hour; weeks are meant (RFC 8461 §3.2).",
        |z| {
            z.web = Some(Web::Body(
                z.policy_text("enforce").replace("604800", "3600"),
            ));
        },
    ),
    sts(
        "sts-no-mx.test",
        "Policy without mx",
        "In mode enforce at least one `mx` must be there (RFC 8461 §3.2): the policy is not valid.",
        |z| z.policy_mx = Some(&[]),
    ),
    sts(
        "sts-wrong-cert.test",
        "Policy host with another's certificate",
        "The certificate does not name `mta-sts.…`: the fetch fails (RFC 8461 §3.3).",
        |z| z.web_leaf = Leaf::Named(&["www.elsewhere.test"]),
    ),
    sts(
        "sts-expired-cert.test",
        "Policy host with an expired certificate",
        "The certificate ended ten days ago: the fetch fails (RFC 8461 §3.3).",
        |z| z.web_leaf = Leaf::Expired,
    ),
    sts(
        "sts-404.test",
        "Policy that is not there",
        "The policy host answers 404: only 200 counts (RFC 8461 §3.3).",
        |z| z.web = Some(Web::Status(404)),
    ),
    sts(
        "sts-500.test",
        "Policy host with a fault",
        "The policy host answers 500: the fetch fails, senders keep what they have (RFC 8461 §3.3, §5.1).",
        |z| z.web = Some(Web::Status(500)),
    ),
    sts(
        "sts-media-type.test",
        "Policy served as HTML",
        "Senders should check that the media type is text/plain (RFC 8461 §3.2).",
        |z| z.web = Some(Web::MediaType("text/html")),
    ),
    sts(
        "sts-host-alias.test",
        "Policy host at a provider",
        "`mta-sts` is an alias of a web host elsewhere, as providers ask for; the certificate proves the name that was asked for (RFC 8461 §3.3). Must pass.",
        |z| z.cname("mta-sts", "web.mail.test."),
    ),
    sts(
        "sts-wide-pattern.test",
        "Pattern for all hosts of a top-level domain",
        "`*.test` lets every host below it pass for a mail server (RFC 8461 §4.1). The policy is valid, the pattern is shown.",
        |z| z.policy_mx = Some(&["mx1.mail.test", "mx2.mail.test", "*.test"]),
    ),
    sts(
        "sts-unused-pattern.test",
        "Pattern that no mail server has",
        "The policy names a server that is in no MX record any more (RFC 8461 §4.1); delivery works, the leftover is shown.",
        |z| z.policy_mx = Some(&["*.mail.test", "old.sts-unused-pattern.test"]),
    ),
    sts(
        "sts-trailing-dot.test",
        "Pattern that ends with a dot",
        "A pattern is a domain without a dot at its end (RFC 8461 §3.2): the policy is not valid.",
        |z| z.policy_mx = Some(&["mx1.mail.test.", "mx2.mail.test."]),
    ),
    sts(
        "sts-duplicate-keys.test",
        "Policy with keys that occur twice",
        "Of a repeated key the first counts, except `mx` (RFC 8461 §3.2): the policy is in mode enforce. Unknown keys are ignored.",
        |z| {
            let first = z.policy_text("enforce");
            z.web = Some(Web::Body(
                first + "mode: none\r\nmax_age: 1\r\nfuture: x\r\n",
            ));
        },
    ),
    tls_rpt(
        "tlsrpt-missing.test",
        "No TLS-RPT record",
        "Senders have nowhere to report failed deliveries to (RFC 8460 §3).",
        |z| z.remove("_smtp._tls"),
    ),
    tls_rpt(
        "tlsrpt-two.test",
        "Two TLS-RPT records",
        "More than one record counts as none (RFC 8460 §3).",
        |z| {
            z.also_txt(
                "_smtp._tls",
                "v=TLSRPTv1; rua=mailto:second@tlsrpt-two.test",
            );
        },
    ),
    tls_rpt(
        "tlsrpt-no-rua.test",
        "TLS-RPT without address",
        "`rua` is required (RFC 8460 §3): the record is not valid.",
        |z| z.txt("_smtp._tls", "v=TLSRPTv1;"),
    ),
    tls_rpt(
        "tlsrpt-https.test",
        "TLS-RPT over HTTPS and mail",
        "Both kinds of address are allowed, separated by a comma (RFC 8460 §3). Must pass.",
        |z| {
            z.txt(
                "_smtp._tls",
                "v=TLSRPTv1; rua=https://tlsrpt-https.test/in,mailto:tls@tlsrpt-https.test",
            );
        },
    ),
    tls_rpt(
        "tlsrpt-http.test",
        "TLS-RPT over HTTP only",
        "Only `mailto:` and `https:` are addresses for reports (RFC 8460 §3): no sender can use the record.",
        |z| z.txt("_smtp._tls", "v=TLSRPTv1; rua=http://tlsrpt-http.test/in"),
    ),
    tls_rpt(
        "tlsrpt-alias.test",
        "TLS-RPT record at the provider",
        "The record stands behind an alias, which is followed (RFC 8460 §3, RFC 1034 §3.6.2). Must pass.",
        |z| z.cname("_smtp._tls", "_tls-of-customers.provider.test."),
    ),
];
