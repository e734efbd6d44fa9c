//! What a scenario is: one domain of the lab that is worth a scan, and what it plays.

use super::setup::Setup;

/// One played domain.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// The domain to scan: A-labels, lower case, no trailing dot.
    pub domain: &'static str,
    /// What it plays, in a few words.
    pub title: &'static str,
    /// What is wrong here and what the right outcome is, with the section that says so.
    pub plays: &'static str,
    /// The DKIM selectors to give with the domain.
    pub selectors: &'static [&'static str],
    /// The protocol that it is about.
    pub group: Group,
    /// What is changed in a domain at which nothing is wrong.
    pub(crate) change: fn(&mut Setup),
}

/// What a scenario is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Domains at which little or nothing is wrong.
    Sound,
    /// RFC 7208.
    Spf,
    /// RFC 6376.
    Dkim,
    /// RFC 9989.
    Dmarc,
    /// Where mail goes: RFC 5321 §5.1, RFC 7505.
    Mx,
    /// SMTP and STARTTLS: RFC 5321, RFC 3207.
    Smtp,
    /// What servers offer in TLS: RFC 9325, RFC 8996.
    Tls,
    /// Certificates of mail servers: RFC 5280, RFC 9525.
    Certificate,
    /// RFC 7672.
    Dane,
    /// Zones and their servers: RFC 1034, RFC 4592.
    Zone,
    /// RFC 4035.
    Dnssec,
    /// RFC 8461.
    MtaSts,
    /// RFC 8460.
    TlsRpt,
    /// Faults in many records at once.
    Records,
    /// RFC 8659.
    Caa,
    /// Indicators beside the mail.
    Bimi,
    /// Providers that deliver: RFC 5321 §3.3.
    Delivery,
    /// Who wants to hurt the checker.
    Hostile,
}

impl Group {
    /// The name of the group, in lower case with hyphens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Spf => "spf",
            Self::Dkim => "dkim",
            Self::Dmarc => "dmarc",
            Self::Mx => "mx",
            Self::Smtp => "smtp",
            Self::Tls => "tls",
            Self::Certificate => "certificate",
            Self::Dane => "dane",
            Self::Zone => "zone",
            Self::Dnssec => "dnssec",
            Self::MtaSts => "mta-sts",
            Self::TlsRpt => "tls-rpt",
            Self::Records => "records",
            Self::Caa => "caa",
            Self::Bimi => "bimi",
            Self::Delivery => "delivery",
            Self::Hostile => "hostile",
        }
    }
}

impl Scenario {
    /// A scenario that is given the selector `s1`.
    pub(crate) const fn new(
        group: Group,
        domain: &'static str,
        title: &'static str,
        plays: &'static str,
        change: fn(&mut Setup),
    ) -> Self {
        Self {
            domain,
            title,
            plays,
            selectors: &["s1"],
            group,
            change,
        }
    }

    /// The same with other selectors.
    pub(crate) const fn giving(mut self, selectors: &'static [&'static str]) -> Self {
        self.selectors = selectors;
        self
    }
}
