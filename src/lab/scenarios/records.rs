//! Faults in many records at once, as administrators find them at a domain that has grown for years.

use super::super::scenario::{Group, Scenario};
use super::super::setup::DKIM_RSA_1024;

pub(crate) const ALL: &[Scenario] = &[Scenario::new(
    Group::Records,
    "fifteen-faults.test",
    "Fifteen faults in its records",
    "SPF with half the Internet, `ptr`, a name that is gone, `?all` and a useless redirect, beside a quoted record; DMARC with p=none, pct and an address without `mailto:`; a short DKIM key in test mode and an alias to a domain that anyone can register; an MTA-STS id with hyphens and two TLS-RPT records. All fifteen must be named (RFC 7208, RFC 9989, RFC 6376, RFC 8461, RFC 8460).",
    |z| {
        z.txt(
            "@",
            "v=spf1 ip4:0.0.0.0/1 ptr a:gone.fifteen-faults.test mx ?all redirect=_spf.provider.test",
        );
        z.also_txt("@", "\"v=spf1 mx -all\"");
        z.txt(
            "_dmarc",
            "v=DMARC1; p=none; pct=20; rua=dmarc@fifteen-faults.test",
        );
        z.txt("s1._domainkey", &format!("{DKIM_RSA_1024}; t=y"));
        z.cname("s2._domainkey", "s2.keys.expired-provider.test.");
        z.txt("_mta-sts", "v=STSv1; id=2026-11-01");
        z.also_txt("_smtp._tls", "v=TLSRPTv1; rua=mailto:tls@provider.test");
    },
)
.giving(&["s1", "s2"])];
