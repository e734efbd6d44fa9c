//! Records that are read for measuring, short ones, long ones and such with faults, and who reads them.

use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::common::verify::DomainKey;
use mail_auth::dmarc::Dmarc;
use mail_auth::spf::Spf;
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use waxseal::records;

/// One kind of record with its texts.
pub(crate) struct Texts {
    /// What they are, for people.
    pub(crate) name: &'static str,
    /// The parser that they are for.
    pub(crate) kind: Kind,
    /// The records.
    pub(crate) records: Vec<String>,
}

/// What a text is read as.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// RFC 7208.
    Spf,
    /// RFC 9989.
    Dmarc,
    /// RFC 6376 §3.6.1.
    Dkim,
}

/// All texts; published SPF records only where `WAXSEAL_CORPORA` names a folder that has them.
pub(crate) fn all() -> Vec<Texts> {
    let own = |name, kind, records: &[&str]| Texts {
        name,
        kind,
        records: records.iter().map(|&record| record.to_owned()).collect(),
    };
    let mut all = vec![
        own("SPF, sound", Kind::Spf, SPF),
        own("SPF, with faults", Kind::Spf, SPF_FAULTS),
        own("DMARC, sound", Kind::Dmarc, DMARC),
        own("DMARC, with faults", Kind::Dmarc, DMARC_FAULTS),
        own("DKIM, sound", Kind::Dkim, DKIM),
        own("DKIM, with faults", Kind::Dkim, DKIM_FAULTS),
    ];
    all.extend(published());
    all
}

/// SPF records of many domains as published.
fn published() -> Option<Texts> {
    let corpora = PathBuf::from(std::env::var_os("WAXSEAL_CORPORA")?);
    let table = fs::read_to_string(corpora.join("spf/real-records.tsv")).unwrap();
    let rows = table.lines().skip(1);
    Some(Texts {
        name: "SPF, published",
        kind: Kind::Spf,
        records: rows
            .filter_map(|row| row.split('\t').nth(2))
            .map(str::to_owned)
            .collect(),
    })
}

/// Reads one record with the parsers that are measured.
pub(crate) fn ours(kind: Kind, record: &str) {
    match kind {
        Kind::Spf => drop(black_box(records::spf::parse(record))),
        Kind::Dmarc => drop(black_box(records::dmarc::parse(record))),
        Kind::Dkim => drop(black_box(records::dkim::parse_key(record))),
    }
}

/// Reads the same record with mail-auth.
pub(crate) fn theirs(kind: Kind, record: &str) {
    let record = record.as_bytes();
    match kind {
        Kind::Spf => drop(black_box(Spf::parse(record))),
        Kind::Dmarc => drop(black_box(Dmarc::parse(record))),
        Kind::Dkim => drop(black_box(DomainKey::parse(record))),
    }
}

const SPF: &[&str] = &[
    "v=spf1 -all",
    "v=spf1 mx ~all",
    "v=spf1 redirect=_spf.example.org",
    "v=spf1 include:_spf.example.net include:spf.mail.example include:servers.example.com ~all",
    "v=spf1 a mx a:mail.example.org/28 ip4:192.0.2.0/24 ip6:2001:db8::/32 include:_spf.example.net -all",
    "v=spf1 exists:%{ir}.%{v}._spf.%{d2} include:%{d}._spf.example.net ?all exp=explain.%{d}",
    "v=spf1 ip4:192.0.2.1 ip4:192.0.2.7 ip4:192.0.2.16/28 ip4:192.0.2.64/27 ip4:198.51.100.0/25 ip4:198.51.100.130 ip4:198.51.100.131 ip4:198.51.100.192/26 ip4:203.0.113.0/26 ip4:203.0.113.64/27 ip4:203.0.113.96 ip4:203.0.113.97 ip4:203.0.113.128/25 ip6:2001:db8::/48 ip6:2001:db8:1::/48 ip6:2001:db8:2:3::/64 include:_spf.example.net include:_spf.example.com include:spf.mail.example ~all",
];

const SPF_FAULTS: &[&str] = &[
    "v=spf1 mx all include:_spf.example.net",
    "v=spf1 ip4:192.0.2.300 ipv4:192.0.2.1 -all",
    "v=spf1 include: a/33 mx//129 ptr:museum -all",
    "v=spf1 redirect=a.example redirect=b.example",
    "v=spf1 include:_spf.example.net; mx; -all",
];

const DMARC: &[&str] = &[
    "v=DMARC1; p=none",
    "v=DMARC1; p=reject; rua=mailto:dmarc@example.org",
    "v=DMARC1; p=quarantine; sp=reject; adkim=s; aspf=s; rua=mailto:dmarc@example.org; ruf=mailto:forensic@example.org; fo=1",
    "v=DMARC1; p=reject; sp=reject; np=reject; adkim=r; aspf=r; fo=1:d:s; rua=mailto:a@example.org,mailto:b@reports.example,mailto:c@reports.example.net!10m; ruf=mailto:d@reports.example",
];

const DMARC_FAULTS: &[&str] = &[
    "v=DMARC1; p=block; rua=mailto:dmarc@example.org",
    "v=DMARC1; p=none; p=reject; pct=200; ri=86400",
    "v=DMARC1; p=reject; rua=dmarc@example.org, ruf=dmarc@example.org",
];

const RSA: &str = "v=DKIM1; k=rsa; h=sha256; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsFyMODbY7WtxrAwCPjsSCNWNEusT3wj0Xq/0c1RY7sXqVDe7KXh+11C1u/V6nk2W5b4A7EPdat6b4gl2KWyBLFsnBpJb9Mz93wN1Tdv8n4uWP4nlS9scbaiBnwz/N/EEa2zoCwIbPo6Iw7x+VK2blbdrT439JLYyPEQxKydBg0GLvNEtntsdBNs7vo88XKp9ojjgONVX/0ss2695Gl6u1ss0Wy61Xbf+oO92lU59H9pXbi450zhGDpnvFQy0TYuNoWGGx7O35NIIj5v9ba5k0jOAxyjazPxIePhk5EjYCuqvtB/U9tx61dx3TEwnFjOex+lb7bZGVlRbkeJrWt3f5wIDAQAB";

const DKIM: &[&str] = &[
    RSA,
    "v=DKIM1; k=ed25519; p=5lZxz5yr7sxsGknZbED0OzEGDPgY/7UZrd0I/rfHcaw=",
];

const DKIM_FAULTS: &[&str] = &[
    "v=DKIM1; k=rsa; p=",
    "v=DKIM2; p=AAAA",
    "v=DKIM1; k=rsa; t=y; p=MIGf not base64!",
];
