//! The senders, and what each is known to do.

/// A sender: a domain of its own that sends from an address of its own.
pub(super) struct Sender {
    /// The number of its network.
    number: u8,
    /// The first label of its domain.
    pub(super) label: &'static str,
    pub(super) title: &'static str,
    pub(super) program: Program,
    /// What comes of the nine postures in their order: `T` taken over TLS, `C` in clear text, `-` a connection and
    /// no message, `.` neither.
    pub(super) fates: &'static str,
    /// Uses TLS, delivers in clear, validates certificates, enforces DANE, enforces MTA-STS: `y`, `n` or `?`.
    pub(super) conclusions: &'static str,
    pub(super) level: &'static str,
}

/// What delivers, with the settings that differ from the others.
pub(super) enum Program {
    /// Settings of `smtp(8)`.
    Postfix(&'static [&'static str]),
    /// Settings of the `smtp` transport.
    Exim(&'static [&'static str]),
}

use Program::{Exim, Postfix};

const STS: &str = "smtp_tls_policy_maps=socketmap:inet:127.0.0.1:8461:postfix";
const MAY: &str = "smtp_tls_security_level=may";
const DANE: &str = "smtp_tls_security_level=dane";
const NO_DANE: &str = "hosts_try_dane =";

#[rustfmt::skip]
pub(super) const ALL: &[Sender] = &[
    sender(10, "none", "Postfix none", Postfix(&["smtp_tls_security_level=none"]), ["CCCCCCCCC", "nynnn", "clear"]),
    sender(11, "may", "Postfix may", Postfix(&[MAY]), ["TTTTTTCTT", "yynnn", "opportunistic"]),
    sender(12, "encrypt", "Postfix encrypt", Postfix(&["smtp_tls_security_level=encrypt"]), ["TTTTTT-TT", "ynnnn", "opportunistic"]),
    sender(13, "verify", "Postfix verify", Postfix(&["smtp_tls_security_level=verify"]), ["T----T-T-", "ynyn?", "validated"]),
    sender(14, "secure", "Postfix secure", Postfix(&["smtp_tls_security_level=secure"]), ["T----T-T-", "ynyn?", "validated"]),
    sender(15, "dane", "Postfix dane", Postfix(&[DANE]), ["TTTTT-CTT", "yynyn", "published"]),
    sender(16, "daneonly", "Postfix dane-only", Postfix(&["smtp_tls_security_level=dane-only"]), ["....T-...", "?????", "unknown"]),
    sender(17, "sts", "Postfix may, MTA-STS", Postfix(&[MAY, STS]), ["TTTTTTCT-", "yynny", "published"]),
    sender(18, "both", "Postfix dane, MTA-STS", Postfix(&[DANE, STS]), ["TTTTT-CT-", "yynyy", "published"]),
    sender(20, "exim", "Exim as it comes", Exim(&[]), ["TTTTT-CTT", "yynyn", "published"]),
    sender(21, "eximplain", "Exim without DANE", Exim(&[NO_DANE]), ["TTTTTTCTT", "yynnn", "opportunistic"]),
    sender(22, "eximverify", "Exim, certificates required", Exim(&[NO_DANE, "hosts_require_tls = *", "tls_verify_hosts = *"]), ["T----T-T-", "ynyn?", "validated"]),
    sender(23, "eximclear", "Exim, certificates or clear", Exim(&[NO_DANE, "tls_verify_hosts = *"]), ["TCCCCTCTC", "yynnn", "opportunistic"]),
    sender(24, "eximnone", "Exim without TLS", Exim(&["hosts_avoid_tls = *", NO_DANE]), ["CCCCCCCCC", "nynnn", "clear"]),
];

const fn sender(
    number: u8,
    label: &'static str,
    title: &'static str,
    program: Program,
    [fates, conclusions, level]: [&'static str; 3],
) -> Sender {
    Sender {
        number,
        label,
        title,
        program,
        fates,
        conclusions,
        level,
    }
}

impl Sender {
    pub(super) fn domain(&self) -> String {
        format!("{}.test", self.label)
    }

    pub(super) fn host(&self) -> String {
        format!("out.{}", self.domain())
    }

    /// Where it sends from. Senders of one network would pass for one provider.
    pub(super) fn address(&self) -> String {
        format!("127.0.{}.25", self.number)
    }

    /// The records by which receivers check it.
    pub(super) fn records(&self, dkim: &str) -> Vec<String> {
        let (domain, host, address) = (self.domain(), self.host(), self.address());
        let (first, rest) = dkim.split_at(200);
        vec![
            format!("{domain}. TXT \"v=spf1 ip4:{address} -all\""),
            format!("{host}. TXT \"v=spf1 a -all\""),
            format!("_dmarc.{domain}. TXT \"v=DMARC1; p=reject\""),
            format!("s1._domainkey.{domain}. TXT \"v=DKIM1; k=rsa; p={first}\" \"{rest}\""),
            format!("{host}. A {address}"),
            format!("25.{}.0.127.in-addr.arpa. PTR {host}.", self.number),
        ]
    }

    /// A message to the test addresses.
    pub(super) fn message(&self, to: &[String]) -> String {
        let domain = self.domain();
        let to = to.join(",\n ");
        format!("From: Tester <a@{domain}>\nTo: {to}\nSubject: a test message\n\nThis is a test.\n")
    }
}
