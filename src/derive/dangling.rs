//! Which names that the target's records point to do not exist, and whether someone else could bring them about.

use crate::facts::{
    Facts,
    dangling::DanglingName,
    dns::Answer,
    observed::{Cause, Observed, Proof},
};
use crate::records::domain;

/// Most names that are told; a document of a stranger can have thousands.
const MOST: usize = 24;

/// The names, in the order of the mail flow, each once for each purpose. What is known of their domains
/// stays; where nothing is, it is not attempted, except for domains of the target's own.
pub fn names(facts: &Facts) -> Vec<DanglingName> {
    if is_gone(&facts.zone.soa) {
        return Vec::new();
    }
    let mut found = Found {
        facts,
        names: Vec::new(),
    };
    found.mail_servers();
    found.spf();
    for step in &facts.dmarc.walk {
        found.alias("dmarc-alias", &step.txt);
    }
    for key in &facts.dkim.keys {
        found.alias("dkim-alias", &key.record);
    }
    found.alias("mta-sts-alias", &facts.mta_sts.records);
    if let Some(host) = facts.mta_sts.host.value() {
        found.alias("policy-host-alias", &host.a);
    }
    found.alias("tls-rpt-alias", &facts.tls_rpt.records);
    found.names
}

struct Found<'a> {
    facts: &'a Facts,
    names: Vec<DanglingName>,
}

impl Found<'_> {
    fn mail_servers(&mut self) {
        for host in &self.facts.mx.hosts {
            if let (Some(name), Some(_)) = (missing(&host.a), missing(&host.aaaa)) {
                self.add("mx", &self.facts.target.domain, name);
            }
        }
    }

    fn spf(&mut self) {
        let spf = &self.facts.spf;
        for node in &spf.tree {
            let above = node.parent.and_then(|parent| spf.tree.get(parent));
            if let (Some(above), Some(name)) = (above, missing(&node.records)) {
                self.add(&format!("spf-{}", node.via), &above.domain, name);
            }
        }
        // Addresses of the servers of an `mx` are asked for as well; which term led there is not kept.
        for lookup in &spf.lookups {
            if let Some(name) = missing(lookup) {
                self.add("spf-term", &self.facts.target.domain, name);
            }
        }
    }

    /// A record that is an alias of a name that does not exist.
    fn alias<T>(&mut self, purpose: &str, answer: &Answer<T>) {
        if let (Some(name), false) = (missing(answer), answer.aliases.is_empty()) {
            self.add(purpose, &answer.name, name);
        }
    }

    fn add(&mut self, purpose: &str, from: &str, name: &str) {
        let known = |one: &DanglingName| one.purpose == purpose && one.name == name;
        if self.names.len() >= MOST || self.names.iter().any(known) {
            return;
        }
        let domain = domain::organizational(name).to_owned();
        let before = &self.facts.dangling;
        let registrable =
            if domain == self.facts.target.organizational_domain || is_nobodys(&domain) {
                Observed::present(false)
            } else {
                let same = before.iter().find(|one| one.registrable_domain == domain);
                same.map_or_else(
                    || Observed::unknown(Cause::NotAttempted, ""),
                    |same| same.registrable.clone(),
                )
            };
        self.names.push(DanglingName {
            purpose: purpose.to_owned(),
            from: from.to_owned(),
            name: name.to_owned(),
            registrable_domain: domain,
            registrable,
        });
    }
}

/// The name that does not exist, where the answer says so: of an alias chain, the last.
fn missing<T>(answer: &Answer<T>) -> Option<&str> {
    is_gone(answer).then(|| {
        answer
            .aliases
            .last()
            .map_or(answer.name.as_str(), String::as_str)
    })
}

const fn is_gone<T>(answer: &Answer<T>) -> bool {
    matches!(
        answer.observed,
        Observed::Absent {
            proof: Proof::Nxdomain,
            ..
        }
    )
}

/// Whether nobody can register the domain: it has one label, its last one is a number, or it is set aside (RFC 6761,
/// RFC 9476, and `internal` by the resolution of ICANN).
fn is_nobodys(domain: &str) -> bool {
    const SET_ASIDE: [&str; 8] = [
        "alt",
        "arpa",
        "example",
        "internal",
        "invalid",
        "local",
        "localhost",
        "onion",
    ];
    let Some((_, last)) = domain.rsplit_once('.') else {
        return true;
    };
    last.bytes().all(|byte| byte.is_ascii_digit()) || SET_ASIDE.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::super::tests::facts;
    use super::*;

    fn shown(facts: &Facts) -> Vec<String> {
        let names = names(facts).into_iter();
        names
            .map(|one| format!("{} {} {}", one.purpose, one.from, one.name))
            .collect()
    }

    fn gone<T>(answer: &mut Answer<T>, alias: Option<&str>) {
        answer.observed = Observed::absent(Proof::Nxdomain);
        answer.aliases = alias.map(str::to_owned).into_iter().collect();
    }

    #[test]
    fn only_names_that_do_not_exist_and_that_a_record_points_to_are_told() {
        let mut facts = facts();
        assert!(shown(&facts).is_empty());
        let host = &mut facts.mx.hosts[0];
        gone(&mut host.a, None);
        assert!(
            shown(&facts).is_empty(),
            "one family of addresses is enough"
        );
        gone(&mut facts.mx.hosts[0].aaaa, None);
        gone(&mut facts.dmarc.walk[0].txt, None);
        gone(&mut facts.dkim.keys[0].record, Some("s1.provider.test"));
        assert_eq!(
            shown(&facts),
            [
                "mx example.test mx.example.test",
                "dkim-alias s1._domainkey.example.test s1.provider.test"
            ]
        );
        gone(&mut facts.zone.soa, None);
        assert!(
            shown(&facts).is_empty(),
            "a domain that is gone has one fault"
        );
    }

    #[test]
    fn what_is_known_of_a_domain_stays_and_the_own_one_needs_no_question() {
        let mut facts = facts();
        gone(&mut facts.dkim.keys[0].record, Some("s1.provider.test"));
        gone(&mut facts.mta_sts.records, Some("gone.example.test"));
        let found = names(&facts);
        assert!(found[0].registrable.is_unknown());
        assert_eq!(found[1].registrable, Observed::present(false));
        facts.dangling = found;
        facts.dangling[0].registrable = Observed::present(true);
        assert_eq!(names(&facts)[0].registrable, Observed::present(true));
    }
}
