//! By which names the large authorities go in CAA records, as they publish them in their practice statements
//! (CA/Browser Forum Baseline Requirements §2.2) and in the CCADB.

/// The beginnings of an organisation's name in issuer names, and its names in CAA records.
type Authority = (&'static [&'static str], &'static [&'static str]);

const SECTIGO: &[&str] = &[
    "sectigo.com",
    "comodo.com",
    "comodoca.com",
    "usertrust.com",
    "trust-provider.com",
];

const KNOWN: &[Authority] = &[
    (
        &["Let's Encrypt", "Internet Security Research Group"],
        &["letsencrypt.org"],
    ),
    (
        &[
            "DigiCert",
            "GeoTrust",
            "RapidSSL",
            "thawte",
            "Symantec Corporation",
            "VeriSign",
        ],
        &[
            "digicert.com",
            "www.digicert.com",
            "digicert.ne.jp",
            "cybertrust.ne.jp",
            "symantec.com",
            "thawte.com",
            "geotrust.com",
            "rapidssl.com",
            "volusion.digitalcertvalidation.com",
            "stratossl.digitalcertvalidation.com",
            "intermediatecertificate.digitalcertvalidation.com",
            "1and1.digitalcertvalidation.com",
        ],
    ),
    (
        &[
            "Sectigo",
            "COMODO CA",
            "The USERTRUST Network",
            "ZeroSSL",
            "Gandi",
            "cPanel",
        ],
        SECTIGO,
    ),
    (&["GlobalSign"], &["globalsign.com"]),
    (&["Google Trust Services"], &["pki.goog", "google.com"]),
    (
        &["Amazon"],
        &[
            "amazon.com",
            "amazontrust.com",
            "awstrust.com",
            "amazonaws.com",
        ],
    ),
    (&["Entrust, Inc."], &["entrust.net", "affirmtrust.com"]),
    (&["Buypass"], &["buypass.com", "buypass.no"]),
    (&["SSL Corp"], &["ssl.com"]),
    (&["Actalis"], &["actalis.it"]),
    (
        &["Asseco Data Systems", "Unizeto Technologies"],
        &["certum.pl", "certum.eu"],
    ),
    (
        &["Hellenic Academic and Research Institutions"],
        &["harica.gr"],
    ),
    (
        &["SwissSign"],
        &["swisssign.com", "swisssign.net", "swissign.com"],
    ),
    (
        &[
            "Deutsche Telekom Security",
            "T-Systems",
            "Verein zur Foerderung eines Deutschen Forschungsnetzes",
        ],
        &["telesec.de", "pki.dfn.de", "dfn.de"],
    ),
    (
        &["D-Trust"],
        &["d-trust.net", "d-trust.de", "dtrust.de", "dtrust.net"],
    ),
    (&["QuoVadis"], &["quovadisglobal.com", "digicert.com"]),
    (&["Microsoft"], &["microsoft.com"]),
    (&["Apple"], &["pki.apple.com"]),
    (
        &["GoDaddy", "Starfield Technologies"],
        &["godaddy.com", "starfieldtech.com"],
    ),
    (&["IdenTrust"], &["identrust.com"]),
];

/// The authority of the lab: its issuer name, which has no organisation, and its name in CAA records.
const LAB: (&str, &[&str]) = ("Waxseal Lab ", &["ca.mail.test"]);

/// By which names an issuer goes in CAA records; none where that is not known here.
pub(super) fn names(issuer: &str, lab: bool) -> Option<&'static [&'static str]> {
    let named = organisation(issuer);
    let (lab_name, lab_names) = LAB;
    if lab && begins(named, lab_name) {
        return Some(lab_names);
    }
    KNOWN
        .iter()
        .find(|(organisations, _)| organisations.iter().any(|known| begins(named, known)))
        .map(|(_, names)| *names)
}

/// The organisation in an issuer's distinguished name, with whatever stands behind it; the common name where
/// it has none.
pub(super) fn organisation(issuer: &str) -> &str {
    attribute(issuer, "O=")
        .or_else(|| attribute(issuer, "CN="))
        .unwrap_or(issuer)
}

/// What stands behind this attribute's type, up to the next attribute. A value may have commas in it.
fn attribute<'a>(name: &'a str, kind: &str) -> Option<&'a str> {
    let begins_one = |at: usize| {
        let before = name.get(..at).unwrap_or_default().trim_end();
        before.is_empty() || before.ends_with([',', '+'])
    };
    let (at, _) = name.match_indices(kind).find(|(at, _)| begins_one(*at))?;
    let value = name.get(at + kind.len()..)?;
    let is_next = |part: &str| {
        let kind = part.trim_start().split('=').next().unwrap_or_default();
        part.contains('=') && kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
    };
    let end = value
        .match_indices([',', '+'])
        .find(|(at, _)| value.get(at + 1..).is_some_and(is_next));
    value.get(..end.map_or(value.len(), |(at, _)| at))
}

fn begins(text: &str, with: &str) -> bool {
    text.get(..with.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(with))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_known_by_the_organisation_in_its_name() {
        for (issuer, name) in [
            ("C=US, O=Let's Encrypt, CN=R12", Some("letsencrypt.org")),
            ("CN=E7,O=Let's Encrypt,C=US", Some("letsencrypt.org")),
            (
                "C=US, O=DigiCert Inc, OU=www.digicert.com, CN=GeoTrust TLS RSA CA G1",
                Some("digicert.com"),
            ),
            (
                "C=GB, ST=Greater Manchester, L=Salford, O=Sectigo Limited, CN=Sectigo RSA",
                Some("sectigo.com"),
            ),
            ("C=AT, O=ZeroSSL, CN=ZeroSSL ECC", Some("sectigo.com")),
            (
                "C=US, O=Entrust, Inc., OU=See www.entrust.net, CN=Entrust L1K",
                Some("entrust.net"),
            ),
            (
                "C=DE, O=D-Trust GmbH, CN=D-TRUST SSL Class 3",
                Some("d-trust.net"),
            ),
            ("C=US, O=Somebody, CN=Let's Encrypt", None),
            ("C=US, CN=O=Let's Encrypt", None),
            ("CN=Waxseal Lab Intermediate", None),
            ("", None),
        ] {
            let found = names(issuer, false).and_then(|all| all.first().copied());
            assert_eq!(found, name, "{issuer}");
        }
        let lab = names("CN=Waxseal Lab Intermediate", true);
        assert_eq!(lab, Some(&["ca.mail.test"][..]));
    }

    #[test]
    fn an_organisation_may_have_commas_in_its_name() {
        for (issuer, expected) in [
            ("C=US, O=Entrust, Inc., OU=x, CN=y", "Entrust, Inc."),
            ("CN=y,O=Example Trust,C=EU", "Example Trust"),
            ("CN=y + O=Example Trust", "Example Trust"),
            ("CN=only", "only"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(organisation(issuer), expected);
        }
    }
}
