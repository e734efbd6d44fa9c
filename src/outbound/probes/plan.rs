//! Nine mail domains below the probe domain, each with a server of its own.

use super::addresses::Addresses;
use super::certificates::Wardrobe;
use crate::facts::outbound::enforcement::Posture;
use std::net::IpAddr;

/// One mail domain and its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// How the server is set up.
    pub posture: Posture,
    /// The mail domain.
    pub domain: String,
    /// The name of its mail server.
    pub host: String,
    /// Where the server listens.
    pub addresses: Vec<IpAddr>,
}

impl Planned {
    /// Whether the domain has an MTA-STS policy.
    pub const fn has_policy(&self) -> bool {
        needs_policy(self.posture)
    }

    /// The policy host (RFC 8461 §3.3).
    pub fn policy_host(&self) -> String {
        policy_host(&self.domain)
    }

    /// The policy: enforced, for the one server, for a day (RFC 8461 §3.2).
    pub fn policy(&self) -> String {
        format!(
            "version: STSv1\r\nmode: enforce\r\nmx: {}\r\nmax_age: 86400\r\n",
            self.host
        )
    }
}

/// All that is to be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The domain above the mail domains.
    pub domain: String,
    /// What is served, the control first.
    pub probes: Vec<Planned>,
    /// The postures that are not, each with the reason.
    pub left_out: Vec<(Posture, &'static str)>,
}

impl Plan {
    /// Lays out the probes. Without a policy host (`policies` false) those of MTA-STS are left out.
    pub fn new(domain: &str, addresses: &Addresses, policies: bool, hosts: &Wardrobe) -> Self {
        let (mut probes, mut left_out) = (Vec::new(), Vec::new());
        for posture in Posture::ALL {
            let at = addresses.of(posture);
            let planned = Planned {
                posture,
                domain: mail_domain(posture, domain),
                host: hosts.host(posture, domain),
                addresses: at.to_vec(),
            };
            if at.is_empty() {
                left_out.push((posture, "it has no address"));
            } else if planned.has_policy() && !policies {
                left_out.push((posture, "nothing serves its policy"));
            } else {
                probes.push(planned);
            }
        }
        Self {
            domain: domain.to_owned(),
            probes,
            left_out,
        }
    }

    /// The addresses to write to in a round, with the token of the round.
    pub fn recipients(&self, token: &str) -> Vec<String> {
        let domains = self.probes.iter().map(|probe| &probe.domain);
        domains.map(|domain| format!("{token}@{domain}")).collect()
    }
}

/// Whether a posture needs an MTA-STS policy.
pub(super) const fn needs_policy(posture: Posture) -> bool {
    matches!(posture, Posture::MtaStsValid | Posture::MtaStsMismatch)
}

/// The mail domain of a posture.
pub(super) fn mail_domain(posture: Posture, domain: &str) -> String {
    format!("{}.{domain}", posture.as_str())
}

/// The mail server of a posture, unless a certificate wants another.
pub(super) fn mail_host(posture: Posture, domain: &str) -> String {
    format!("mx.{}", mail_domain(posture, domain))
}

pub(super) fn policy_host(mail_domain: &str) -> String {
    format!("mta-sts.{mail_domain}")
}
