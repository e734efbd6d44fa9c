//! How one domain of the lab is set up: its records, mail servers, policy host and signing, as data.
//!
//! [`Setup::compliant`] is the domain at which nothing is wrong; a scenario changes it. Names without
//! a dot at their end are below the domain, `@` is the domain itself, as in a zone file.

use super::delivery::Sender;
use super::leaf::Leaf;
pub(crate) use super::server::{Server, web_addresses};
pub(crate) use crate::authority::denial::Denial;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The two mail servers that every domain uses whose fault is not in its mail servers.
pub(crate) const SHARED_MX: [&str; 2] = ["mx1.mail.test.", "mx2.mail.test."];
/// A working 2048-bit RSA key for DKIM; nobody has the private half any more.
pub(crate) const DKIM_RSA_2048: &str = "v=DKIM1; k=rsa; p=\
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAk/Q4cEBsZBrBkJUnvKNJTVUU+5PodiDfDLHTYX58/xP9vs\
    /VPyDMiwZz6XBkdBIrTbon07r/WwPoNDjwmS3pMM+rP/DK/WP9z58ydPhE2Nhe25jcHkiqiPOIK2s5MDaKRQPxUXWG\
    WxmHEjfNCvIS1xXlCBM9Ad4FOwdpaq8yhCOu1JK11P1OmI2QD+eJVUavnShbl6MFUjKetS6GZ+awWPOJvxDAv/RiLd\
    DmWHLF28y9I2YwdByR9ZR4bSrd1fjZP9zZF4C0mRgxzfgCEp02eZ3PD773lQmd5Q/leLt2RUD0HnIFrYcesdVQJsNL\
    4VjKkAurVvB0F1iVgEx/WgdTIQIDAQAB";
/// A 1024-bit RSA key for DKIM.
pub(crate) const DKIM_RSA_1024: &str = "v=DKIM1; k=rsa; p=\
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDNsaLTfEQPdlx2g2UXmASkAHEdPrP3ETa5nRbIr+BSsCrhOnKwwm\
    0jYTjBI2pJfIPqjRwKKjb2wAMpEAU2/J06aAjETErOpi6Q+C4mICiAahVfnJdfZPBGl/Tl9nhDOPCAklAwSzABkEe2\
    oowF5yXqeabS/yOLzWz+mM41j2zS2QIDAQAB";

/// The data of one record, before certificates and keys are known.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Mx(u16, String),
    /// The strings of the record, each at most 255 bytes.
    Txt(Vec<Vec<u8>>),
    Cname(String),
    Ns(String),
    Ptr(String),
    /// Flags, tag and value.
    Caa(u8, String, String),
    /// Usage, selector, matching type and the association data.
    Tlsa([u8; 3], Vec<u8>),
    /// The type that SPF once had (99), with one string.
    Spf(&'static str),
}

impl Data {
    /// A CAA record: flags, tag and value.
    pub(crate) fn caa(flags: u8, tag: &str, value: &str) -> Self {
        Self::Caa(flags, tag.to_owned(), value.to_owned())
    }
}

/// One record: its owner, absolute with a dot at its end, and its data.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) owner: String,
    pub(crate) data: Data,
}

/// Which key signs a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Algorithm {
    P256,
    P384,
    Ed25519,
    Rsa,
}

/// When the signatures of a zone hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Period {
    Now,
    /// Now, and for one day more.
    Ending,
    Over,
    NotYet,
}

/// How a zone is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signing {
    pub(crate) algorithm: Algorithm,
    pub(crate) denial: Denial,
    pub(crate) period: Period,
    /// Whether the parent holds a DS for this zone, and which.
    pub(crate) delegation: Delegation,
}

/// What the parent says of a signed zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delegation {
    /// The DS that fits the key.
    Fitting,
    /// A DS with the tag of the key and another digest.
    Mismatched,
    /// The DS that fits the key, by SHA-1.
    Sha1,
    /// The DS that fits the key, under the number of an algorithm that validators do not support (RFC 9563).
    OtherAlgorithm,
    /// A DS of the key by a digest type that validators do not support (RFC 9563).
    OtherDigest,
    /// No DS: an island (RFC 4033 §2).
    Missing,
}

/// A key that a zone publishes and signs nothing with.
#[derive(Clone, Debug)]
pub(crate) struct SpareKey {
    pub(crate) flags: u16,
    pub(crate) algorithm: u8,
    pub(crate) public_key: Vec<u8>,
}

/// Damage done to a zone after it was signed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Damage {
    /// The signature over the records of this type at the apex does not verify.
    Signature(Kind),
    /// The records of this type at the apex have no signature.
    Unsigned(Kind),
    /// No denial of existence is given.
    Denial,
}

/// The types that damage can be done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Mx,
    Txt,
}

/// How the servers of a zone behave when a name, or one below it, is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    Servfail,
    /// A failure for CAA records alone, as from servers that do not know the type.
    ServfailCaa,
    Refused,
    Silent,
    /// Over UDP only that the answer needs TCP.
    Truncated,
}

/// What the policy host of MTA-STS answers.
#[derive(Clone, Debug)]
pub(crate) enum Web {
    /// The policy that fits the domain, with this mode.
    Policy(&'static str),
    /// This body.
    Body(String),
    /// An error with this status.
    Status(u16),
    /// The policy, behind a redirect.
    Redirect,
    /// The policy under this media type.
    MediaType(&'static str),
    /// A policy of a megabyte.
    Huge,
    /// The policy, one byte a tenth of a second.
    Slow,
}

/// What the web host `bimi` of a domain gives out: `/mark.svg` and `/mark.pem`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brand {
    pub(crate) drawing: &'static str,
    /// The domain that the mark certificate names; empty: its own.
    pub(crate) named: &'static str,
}

/// One domain of the lab.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) domain: String,
    /// Whether it is a zone of its own; else its records stand in the zone above.
    pub(crate) delegated: bool,
    pub(crate) records: Vec<Entry>,
    pub(crate) servers: Vec<Server>,
    /// The policy host, where there is one.
    pub(crate) web: Option<Web>,
    /// The certificate of the policy host.
    pub(crate) web_leaf: Leaf,
    /// The files of the web host `bimi`, where there is one.
    pub(crate) brand: Option<Brand>,
    /// The `mx` patterns of the policy, where they differ from the MX records.
    pub(crate) policy_mx: Option<&'static [&'static str]>,
    pub(crate) signing: Option<Signing>,
    /// How its provider delivers, where it does.
    pub(crate) sender: Option<Sender>,
    pub(crate) spare_keys: Vec<SpareKey>,
    /// The name servers, by their labels below `dns.test`.
    pub(crate) name_servers: &'static [&'static str],
    pub(crate) damage: Option<Damage>,
    pub(crate) quirks: Vec<(String, Quirk)>,
    /// The host number of its first server.
    first: u16,
}

impl Setup {
    /// A signed domain without any records.
    pub(crate) fn bare(domain: &str, first: u16) -> Self {
        Self {
            domain: domain.to_owned(),
            delegated: true,
            records: Vec::new(),
            servers: Vec::new(),
            web: None,
            web_leaf: Leaf::Good,
            brand: None,
            policy_mx: None,
            signing: Some(Signing {
                algorithm: Algorithm::P256,
                denial: Denial::Nsec,
                period: Period::Now,
                delegation: Delegation::Fitting,
            }),
            sender: None,
            spare_keys: Vec::new(),
            name_servers: &["ns1", "ns2"],
            damage: None,
            quirks: Vec::new(),
            first,
        }
    }

    /// A domain at which nothing is wrong, with the two shared mail servers.
    pub(crate) fn compliant(domain: &str, first: u16) -> Self {
        let mut setup = Self::bare(domain, first);
        setup.mx(&[(10, SHARED_MX[0]), (20, SHARED_MX[1])]);
        setup.txt("@", "v=spf1 mx -all");
        setup.txt("s1._domainkey", DKIM_RSA_2048);
        setup.txt(
            "_dmarc",
            &format!("v=DMARC1; p=reject; rua=mailto:dmarc@{domain}"),
        );
        setup.txt("_mta-sts", "v=STSv1; id=20261101T000000");
        setup.txt(
            "_smtp._tls",
            &format!("v=TLSRPTv1; rua=mailto:tls@{domain}"),
        );
        let (v4, v6) = web_addresses();
        setup.push("mta-sts", Data::A(v4));
        setup.push("mta-sts", Data::Aaaa(v6));
        setup.web = Some(Web::Policy("enforce"));
        setup
    }

    /// The absolute form of a name.
    pub(crate) fn absolute(&self, name: &str) -> String {
        if name == "@" {
            format!("{}.", self.domain)
        } else if name.ends_with('.') {
            name.to_owned()
        } else {
            format!("{name}.{}.", self.domain)
        }
    }

    /// Adds one record.
    pub(crate) fn push(&mut self, owner: &str, data: Data) {
        let owner = self.absolute(owner);
        self.records.push(Entry { owner, data });
    }

    /// Takes all records away from a name.
    pub(crate) fn remove(&mut self, owner: &str) {
        let owner = self.absolute(owner);
        self.records.retain(|entry| entry.owner != owner);
    }

    /// Takes all records away that receiving and sending mail need.
    pub(crate) fn no_mail(&mut self) {
        self.records.clear();
        self.web = None;
    }

    /// Replaces the MX records of the domain.
    pub(crate) fn mx(&mut self, hosts: &[(u16, &str)]) {
        self.records
            .retain(|entry| !matches!(entry.data, Data::Mx(..)));
        for (preference, host) in hosts {
            let host = if *host == "." {
                ".".to_owned()
            } else {
                self.absolute(host)
            };
            self.push("@", Data::Mx(*preference, host));
        }
    }

    /// Takes the TXT records away from a name.
    pub(crate) fn remove_txt(&mut self, owner: &str) {
        let name = self.absolute(owner);
        self.records
            .retain(|entry| entry.owner != name || !matches!(entry.data, Data::Txt(_)));
    }

    /// Replaces the TXT records at a name by one, cut into strings of 255 bytes.
    pub(crate) fn txt(&mut self, owner: &str, text: &str) {
        self.remove_txt(owner);
        self.also_txt(owner, text);
    }

    /// Adds a TXT record to those at a name.
    pub(crate) fn also_txt(&mut self, owner: &str, text: &str) {
        let strings = text.as_bytes().chunks(255).map(<[u8]>::to_vec).collect();
        self.push(owner, Data::Txt(strings));
    }

    /// An alias at a name in place of what is there.
    pub(crate) fn cname(&mut self, owner: &str, target: &str) {
        self.remove(owner);
        let target = self.absolute(target);
        self.push(owner, Data::Cname(target));
    }

    /// One mail server `mx1` of its own in place of the shared ones, which may be changed.
    pub(crate) fn own_server(&mut self) -> &mut Server {
        self.mx(&[(10, "mx1")]);
        self.server("mx1")
    }

    /// Adds a mail server of its own with both addresses; the MX record is not added.
    pub(crate) fn server(&mut self, name: &str) -> &mut Server {
        let number = u16::try_from(self.servers.len()).unwrap_or(0);
        let host = self.absolute(name).trim_end_matches('.').to_owned();
        let server = Server::good(host, self.first + number);
        self.push(name, Data::A(server.v4));
        self.push(name, Data::Aaaa(server.v6));
        self.servers.push(server);
        let last = self.servers.len() - 1;
        #[expect(
            clippy::indexing_slicing,
            reason = "the server was pushed in the line above"
        )]
        &mut self.servers[last]
    }

    /// Changes how the zone is signed.
    pub(crate) fn sign(&mut self, change: fn(&mut Signing)) {
        if let Some(signing) = &mut self.signing {
            change(signing);
        }
    }

    /// Publishes an RSA key of this size besides the one that signs; nobody has its private half.
    pub(crate) fn spare_rsa_key(&mut self, algorithm: u8, bits: usize) {
        // The exponent 65537, then an odd modulus (RFC 3110 §2).
        let mut public_key = vec![3, 1, 0, 1];
        public_key.extend(vec![0xc5; bits / 8]);
        self.spare_keys.push(SpareKey {
            flags: 256,
            algorithm,
            public_key,
        });
    }

    /// Makes the servers of the zone behave oddly when asked for a name or one below it.
    pub(crate) fn quirk(&mut self, owner: &str, quirk: Quirk) {
        let owner = self.absolute(owner);
        self.quirks.push((owner, quirk));
    }

    /// A web host with an indicator and its evidence, and the record that leads there.
    pub(crate) fn brand(&mut self, brand: Brand) {
        let (v4, v6) = web_addresses();
        self.push("bimi", Data::A(v4));
        self.push("bimi", Data::Aaaa(v6));
        let host = format!("https://bimi.{}", self.domain);
        self.txt(
            "default._bimi",
            &format!("v=BIMI1; l={host}/mark.svg; a={host}/mark.pem"),
        );
        self.brand = Some(brand);
    }

    /// The text of the MTA-STS policy in this mode (RFC 8461 §3.2).
    pub(crate) fn policy_text(&self, mode: &str) -> String {
        let mut lines = vec!["version: STSv1".to_owned(), format!("mode: {mode}")];
        match self.policy_mx {
            Some(patterns) => lines.extend(patterns.iter().map(|mx| format!("mx: {mx}"))),
            None => lines.extend(self.records.iter().filter_map(|entry| match &entry.data {
                Data::Mx(_, host) if host != "." => {
                    Some(format!("mx: {}", host.trim_end_matches('.')))
                }
                Data::Mx(..)
                | Data::A(_)
                | Data::Aaaa(_)
                | Data::Txt(_)
                | Data::Cname(_)
                | Data::Ns(_)
                | Data::Ptr(_)
                | Data::Spf(_)
                | Data::Caa(..)
                | Data::Tlsa(..) => None,
            })),
        }
        lines.push("max_age: 604800".to_owned());
        lines.join("\r\n") + "\r\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compliant_domain_has_a_policy_for_the_shared_servers() {
        let setup = Setup::compliant("a.test", 7);
        assert_eq!(
            setup.policy_text("enforce"),
            "version: STSv1\r\nmode: enforce\r\nmx: mx1.mail.test\r\nmx: mx2.mail.test\r\nmax_age: 604800\r\n"
        );
    }

    #[test]
    fn replacing_a_txt_leaves_one_record_and_adding_leaves_two() {
        let mut setup = Setup::bare("a.test", 7);
        setup.txt("@", "one");
        setup.txt("@", "two");
        assert_eq!(setup.records.len(), 1);
        setup.also_txt("@", "three");
        assert_eq!(setup.records.len(), 2);
    }
}
