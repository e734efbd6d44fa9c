//! Which mail providers a domain seems to use, by its SPF and MX records, and which selectors they have.
//!
//! Selectors cannot be listed from outside. Providers, though, give theirs to all customers alike.

use crate::facts::{dkim::DkimProvider, mx::MxRecord};

/// A provider: what its customers write into SPF and MX, by the endings of names, and its selectors.
/// Without any it makes up a selector for each customer.
struct Known {
    name: &'static str,
    spf: &'static [&'static str],
    mx: &'static [&'static str],
    selectors: &'static [&'static str],
}

const fn known(
    name: &'static str,
    spf: &'static [&'static str],
    mx: &'static [&'static str],
    selectors: &'static [&'static str],
) -> Known {
    Known {
        name,
        spf,
        mx,
        selectors,
    }
}

/// The providers, by name. Written from what is generally known of them; a selector that is wrong costs one question.
#[rustfmt::skip]
const KNOWN: &[Known] = &[
    known("ActiveCampaign", &["emsd1.com"], &[], &["acdkim1", "acdkim2", "dk"]),
    known("Amazon SES", &["amazonses.com"], &["amazonaws.com"], &[]),
    known("Brevo", &["sendinblue.com", "brevo.com"], &[], &["brevo1", "brevo2", "mail"]),
    known("Campaign Monitor", &["createsend.com", "cmail1.com"], &[], &["cm"]),
    known("Cisco", &["iphmx.com"], &["iphmx.com"], &["iport"]),
    known("Constant Contact", &["constantcontact.com"], &[], &["ctct1", "ctct2"]),
    known("Elastic Email", &["elasticemail.com"], &[], &["api"]),
    known("Fastmail", &["messagingengine.com"], &["messagingengine.com"], &["fm1", "fm2", "fm3", "mesmtp"]),
    known("Freshdesk", &["freshdesk.com", "freshemail.io"], &[], &["fd", "fd2", "fddkim"]),
    known("Gandi", &["gandi.net"], &["gandi.net"], &["gm1", "gm2", "gm3"]),
    known("Google", &["_spf.google.com", "googlemail.com"], &["google.com", "googlemail.com"], &["google"]),
    known("Hostinger", &["hostinger.com"], &["hostinger.com"], &["hostingermail-a", "hostingermail-b", "hostingermail-c"]),
    known("HubSpot", &["hubspotemail.net", "hubspot.com"], &[], &["hs1", "hs2"]),
    known("iCloud", &["icloud.com"], &["mail.icloud.com"], &["sig1"]),
    known("Infomaniak", &["infomaniak.ch", "infomaniak.com"], &["infomaniak.ch", "infomaniak.com"], &[]),
    known("IONOS", &["ionos.com", "perfora.net", "kundenserver.de"], &["ionos.com", "ionos.de", "ionos.co.uk", "ionos.fr", "ionos.es", "kundenserver.de"], &["s1-ionos", "s2-ionos", "s42582890"]),
    known("Klaviyo", &["klaviyo.com", "klaviyomail.com"], &[], &["kl", "kl2"]),
    known("mailbox.org", &["mailbox.org"], &["mailbox.org"], &["mbo0001", "mbo0002", "mbo0003", "mbo0004"]),
    known("Mailchimp", &["mcsv.net", "mailchimpapp.net"], &[], &["k1", "k2", "k3"]),
    known("MailerLite", &["mlsend.com"], &[], &["litesrv", "ml"]),
    known("Mailgun", &["mailgun.org"], &["mailgun.org"], &["k1", "krs", "mailo", "mx", "pic", "smtp"]),
    known("Mailjet", &["mailjet.com"], &[], &["mailjet"]),
    known("Mail.ru", &["_spf.mail.ru"], &["mail.ru"], &["mailru"]),
    known("Mandrill", &["mandrillapp.com"], &[], &["mandrill", "mte1", "mte2"]),
    known("Marketo", &["mktomail.com"], &[], &["m1"]),
    known("Microsoft 365", &["protection.outlook.com"], &["protection.outlook.com", "mx.microsoft"], &["selector1", "selector2"]),
    known("Migadu", &["migadu.com"], &["migadu.com"], &["key1", "key2", "key3"]),
    known("Mimecast", &["mimecast.com"], &["mimecast.com", "mimecast.co.za", "mimecast-offshore.com"], &[]),
    known("Namecheap", &["privateemail.com", "registrar-servers.com"], &["privateemail.com", "registrar-servers.com"], &["default"]),
    known("OVH", &["mx.ovh.com", "ovh.net"], &["ovh.net", "ovh.ca"], &[]),
    known("Postmark", &["mtasv.net"], &[], &["pm"]),
    known("Proofpoint", &["pphosted.com", "ppe-hosted.com"], &["pphosted.com", "ppe-hosted.com"], &[]),
    known("Proton", &["protonmail.ch"], &["protonmail.ch"], &["protonmail", "protonmail2", "protonmail3"]),
    known("Rackspace", &["emailsrvr.com"], &["emailsrvr.com"], &[]),
    known("Salesforce", &["salesforce.com"], &[], &[]),
    known("Salesforce Marketing Cloud", &["exacttarget.com"], &[], &["200608"]),
    known("SendGrid", &["sendgrid.net"], &[], &["s1", "s2", "smtpapi"]),
    known("SMTP2GO", &["smtp2go.com"], &[], &[]),
    known("SparkPost", &["sparkpostmail.com"], &[], &[]),
    known("Strato", &["strato.com", "rzone.de"], &["rzone.de", "strato.de"], &["strato-dkim-0002", "strato-dkim-0003"]),
    known("Titan", &["titan.email"], &["titan.email"], &["titan1", "titan2"]),
    known("TransIP", &["transip.email"], &["transip.email"], &["transip-a", "transip-b", "transip-c"]),
    known("Tuta", &["tutanota.de"], &["tutanota.de"], &["s1", "s2"]),
    known("Yandex", &["yandex.net", "yandex.ru"], &["yandex.net", "yandex.ru"], &["mail"]),
    known("Zendesk", &["zendesk.com"], &[], &["zendesk1", "zendesk2"]),
    known("Zoho", &["zoho.com", "zoho.eu", "zoho.in", "zohomail.com", "zohomail.eu", "zcsend.net"], &["zoho.com", "zoho.eu", "zoho.in", "zohomail.com", "zohomail.eu"], &["zmail", "zoho"]),
];

/// The most terms of SPF records that are looked at.
const MOST_TERMS: usize = 200;

/// The providers that SPF and MX records name, by name, each with what names it.
pub fn providers<'a>(
    spf: impl Iterator<Item = &'a str>,
    mx: impl Iterator<Item = &'a MxRecord>,
) -> Vec<DkimProvider> {
    let terms: Vec<(&str, String)> = spf.flat_map(named_in_spf).take(MOST_TERMS).collect();
    let hosts: Vec<String> = mx.map(|record| host(&record.exchange)).collect();
    let describe = |known: &Known| {
        let term = terms
            .iter()
            .find(|(_, name)| ends_with_any(name, known.spf))
            .map(|(term, _)| (*term).to_owned());
        let why = term.or_else(|| {
            let server = hosts.iter().find(|name| ends_with_any(name, known.mx));
            server.map(|name| format!("MX {name}"))
        })?;
        Some(DkimProvider {
            name: known.name.to_owned(),
            why,
            selectors: known
                .selectors
                .iter()
                .map(|one| (*one).to_owned())
                .collect(),
        })
    };
    KNOWN.iter().filter_map(describe).collect()
}

/// All selectors of all providers, each once, in alphabetical order.
pub fn all_selectors() -> Vec<&'static str> {
    let all = KNOWN.iter().flat_map(|known| known.selectors);
    let mut all: Vec<&str> = all.copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The names that a record includes or redirects to, those with macros left out.
pub fn included(spf: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (term, name) in named_in_spf(spf) {
        let leads = ["include:", "redirect="];
        let word = term.to_ascii_lowercase();
        if leads.iter().any(|lead| word.starts_with(lead))
            && !name.contains('%')
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// The terms of an SPF record that name a domain, without their qualifier, and that domain. This is a
/// guess at names only: whether the record is valid is not asked.
fn named_in_spf(text: &str) -> impl Iterator<Item = (&str, String)> {
    const WORDS: [&str; 5] = ["include", "redirect", "a", "mx", "exists"];
    text.split_ascii_whitespace().filter_map(|term| {
        let term = term.trim_start_matches(['+', '-', '~', '?']);
        let (word, rest) = term.split_once([':', '='])?;
        let name = rest.split('/').next().unwrap_or_default();
        WORDS
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
            .then(|| (term, host(name)))
    })
}

fn host(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn ends_with_any(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| {
        name.strip_suffix(ending)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen(spf: &str, exchange: &str) -> Vec<(String, String)> {
        let mx = MxRecord {
            preference: 10,
            exchange: exchange.to_owned(),
        };
        providers(std::iter::once(spf), std::iter::once(&mx))
            .into_iter()
            .map(|found| (found.name, found.why))
            .collect()
    }

    #[test]
    fn providers_are_known_by_what_their_customers_publish() {
        for (spf, mx, expected) in [
            (
                "v=spf1 include:_spf.google.com ~all",
                ".",
                "Google|include:_spf.google.com",
            ),
            (
                "v=spf1 +Include:SPF.protection.outlook.com. -all",
                ".",
                "Microsoft 365|Include:SPF.protection.outlook.com.",
            ),
            (
                "v=spf1 redirect=_spf.yandex.net",
                ".",
                "Yandex|redirect=_spf.yandex.net",
            ),
            (
                "v=spf1 include:%{ir}.%{v}.%{d}.spf.has.pphosted.com ~all",
                ".",
                "Proofpoint|include:%{ir}.%{v}.%{d}.spf.has.pphosted.com",
            ),
            (
                "v=spf1 a:mail.mailgun.org/24 -all",
                ".",
                "Mailgun|a:mail.mailgun.org/24",
            ),
            (
                "v=spf1 -all",
                "ASPMX.L.google.com",
                "Google|MX aspmx.l.google.com",
            ),
            (
                "v=spf1 -all",
                "example-org.mail.protection.outlook.com.",
                "Microsoft 365|MX example-org.mail.protection.outlook.com",
            ),
            ("v=spf1 include:notsendgrid.net -all", ".", ""),
            (
                "v=spf1 exp=sendgrid.net ip4:192.0.2.1 -all",
                "mx.example.org",
                "",
            ),
            ("sendgrid.net", "", ""),
        ] {
            let found: Vec<String> = seen(spf, mx)
                .into_iter()
                .map(|(name, why)| format!("{name}|{why}"))
                .collect();
            assert_eq!(found.join(" "), expected, "{spf} {mx}");
        }
        let two = seen(
            "v=spf1 include:sendgrid.net include:amazonses.com -all",
            ".",
        );
        assert_eq!(two.len(), 2);
        assert_eq!(two[0].0, "Amazon SES");
    }

    #[test]
    fn the_table_is_in_order_and_its_selectors_are_labels_in_lower_case() {
        let names: Vec<String> = KNOWN.iter().map(|one| one.name.to_lowercase()).collect();
        assert!(
            names
                .windows(2)
                .all(|two| two[0].replace('.', "") < two[1].replace('.', "")),
            "{names:?}"
        );
        for selector in all_selectors() {
            let fits =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(selector.bytes().all(fits), "{selector}");
        }
    }

    #[test]
    fn what_a_record_includes_is_followed_once_and_without_macros() {
        let spf = "v=spf1 include:A.test include:a.test. ?include:b.test include:%{d}.c.test a:d.test redirect=e.test";
        assert_eq!(included(spf), ["a.test", "b.test", "e.test"]);
    }

    proptest! {
        #[test]
        fn any_text_names_some_providers(text in "(v=spf1 )?[ -~ü]{0,80}") {
            prop_assert!(seen(&text, &text).len() <= KNOWN.len());
        }
    }
}
