//! DKIM keys: what exists below `_domainkey`, and the selectors that are known or common (RFC 6376 §3.6).

use crate::derive;
use crate::facts::dkim::{Dkim, DkimKey, DkimProvider, DkimSelector};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::vantage::Probe;
use crate::net::dns::{Dns, Response};
use crate::records::dkim;
use futures_util::future::join_all;
use hickory_proto::rr::RecordType;
use std::collections::BTreeSet;

mod providers;

/// Selectors that large providers and common software use, asked where nothing better is known.
pub const COMMON_SELECTORS: &[&str] = &[
    "default",
    "dkim",
    "dkim1",
    "fm1",
    "fm2",
    "google",
    "k1",
    "k2",
    "key1",
    "mail",
    "mandrill",
    "mx",
    "pm",
    "protonmail",
    "s1",
    "s2",
    "selector1",
    "selector2",
    "sig1",
    "smtp",
    "zoho",
];

/// A selector that nobody publishes: an answer to it comes from a wildcard.
const NOBODYS_SELECTOR: &str = "no-such-selector-waxseal";

/// Asks for `_domainkey`, and unless that proves that nothing is below it, for the selectors: those that
/// are given or common at once, those of the domain's providers as soon as SPF and MX name them.
pub(super) async fn collect(dns: &Dns, domain: &str, given: &[String], probe: Probe) -> Dkim {
    let base = format!("_domainkey.{domain}");
    let response = dns.ask(&base, RecordType::TXT).await;
    let texts = response.texts();
    let domainkey = response.answer(|_| texts);
    let nothing_below = matches!(
        domainkey.observed,
        Observed::Absent {
            proof: Proof::Nxdomain,
            ..
        }
    );
    let common = if nothing_below {
        Vec::new()
    } else {
        common(probe)
    };
    let known = given.iter().map(String::as_str).chain(common.clone());
    let known = once(known, &[]);
    let (wildcard, at_once, (providers, later)) = tokio::join!(
        wildcard(dns, &base, nothing_below),
        keys(dns, &base, &known),
        of_providers(
            dns,
            domain,
            &base,
            (!nothing_below).then_some(known.as_slice())
        ),
    );
    let found = at_once.into_iter().chain(later).collect();
    let order = order(given, &providers, &common, nothing_below);
    let keys = arrange(found, &order, &wildcard);
    let mut dkim = Dkim {
        domainkey,
        wildcard: wildcard.answers,
        wildcard_texts: wildcard.texts,
        wildcard_place: String::new(),
        published: Observed::unknown(Cause::NotAttempted, ""),
        providers,
        selectors_tried: order.into_iter().map(|(selector, _)| selector).collect(),
        keys,
        key_types: Vec::new(),
    };
    derive::dkim::conclude(&mut dkim);
    dkim
}

/// The built-in list; in depth, the selectors of all providers with it.
fn common(probe: Probe) -> Vec<&'static str> {
    let more = if probe == Probe::Deep {
        derive::dkim::all_selectors()
    } else {
        Vec::new()
    };
    let all = COMMON_SELECTORS.iter().copied().chain(more);
    once(all, &[])
}

/// Each item once, in order, without those that stand in the other list.
fn once<'a>(items: impl Iterator<Item = &'a str>, without: &[&str]) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    items
        .filter(|item| !without.contains(item) && seen.insert(*item))
        .collect()
}

/// The providers that the domain names, and the answers for those of their selectors that are not asked
/// anyway; for none of them where nothing is below `_domainkey`.
async fn of_providers(
    dns: &Dns,
    domain: &str,
    base: &str,
    asked: Option<&[&str]>,
) -> (Vec<DkimProvider>, Vec<DkimSelector>) {
    let providers = providers::seen(dns, domain).await;
    let Some(asked) = asked else {
        return (providers, Vec::new());
    };
    let theirs = providers.iter().flat_map(|provider| &provider.selectors);
    let selectors = once(theirs.map(String::as_str), asked);
    let found = keys(dns, base, &selectors).await;
    (providers, found)
}

/// The selectors in the order in which they stand in the document, with their source: given, of a
/// provider, common. Where nothing is below `_domainkey`, only those that are given are asked.
fn order(
    given: &[String],
    providers: &[DkimProvider],
    common: &[&str],
    nothing_below: bool,
) -> Vec<(String, String)> {
    let mut order: Vec<(String, String)> = Vec::new();
    let mut add = |selector: &str, source: &str| {
        if !order.iter().any(|(known, _)| known == selector) {
            order.push((selector.to_owned(), source.to_owned()));
        }
    };
    for selector in given {
        add(selector, "given");
    }
    if !nothing_below {
        for provider in providers {
            let source = format!("provider: {}", provider.name);
            for selector in &provider.selectors {
                add(selector, &source);
            }
        }
        for selector in common {
            add(selector, "common");
        }
    }
    order
}

/// The answers in that order. Of guesses only those stay that found something which no wildcard made: a
/// key, no answer at all, or an alias of something that is not there.
fn arrange(
    mut found: Vec<DkimSelector>,
    order: &[(String, String)],
    wildcard: &Wildcard,
) -> Vec<DkimSelector> {
    let mut keys = Vec::new();
    for (selector, source) in order {
        let Some(at) = found.iter().position(|key| key.selector == *selector) else {
            continue;
        };
        let mut key = found.swap_remove(at);
        source.clone_into(&mut key.source);
        if source == "given" || wildcard.leaves(&key) {
            keys.push(key);
        }
    }
    keys
}

/// What a selector was answered that nobody publishes.
struct Wildcard {
    answers: Observed<bool>,
    texts: Vec<String>,
    aliases: Vec<String>,
}

impl Wildcard {
    /// Whether a guessed selector has something else than this.
    fn leaves(&self, key: &DkimSelector) -> bool {
        match &key.record.observed {
            Observed::Present { value } => !self.texts.contains(&value.raw),
            Observed::Absent { .. } => {
                !key.record.aliases.is_empty() && key.record.aliases != self.aliases
            }
            Observed::Unknown { .. } => true,
        }
    }
}

async fn wildcard(dns: &Dns, base: &str, nothing_below: bool) -> Wildcard {
    if nothing_below {
        return Wildcard {
            answers: Observed::present(false),
            texts: Vec::new(),
            aliases: Vec::new(),
        };
    }
    let response = dns
        .ask(&format!("{NOBODYS_SELECTOR}.{base}"), RecordType::TXT)
        .await;
    let answers = match &response.observed {
        Observed::Present { .. } => Observed::present(true),
        Observed::Absent { .. } => Observed::present(false),
        Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
    };
    let texts = response.texts();
    Wildcard {
        answers,
        texts: texts.value().cloned().unwrap_or_default(),
        aliases: response.aliases.clone(),
    }
}

async fn keys(dns: &Dns, base: &str, selectors: &[&str]) -> Vec<DkimSelector> {
    let asked = selectors.iter().map(|selector| key(dns, base, selector));
    join_all(asked).await
}

async fn key(dns: &Dns, base: &str, selector: &str) -> DkimSelector {
    let response = dns
        .ask(&format!("{selector}.{base}"), RecordType::TXT)
        .await;
    DkimSelector {
        selector: selector.to_owned(),
        source: String::new(),
        by_wildcard: false,
        record: response.answer(|_| read(&response)),
    }
}

fn read(response: &Response) -> Observed<DkimKey> {
    response.texts().and_then(|texts| {
        let key = dkim::parse_records(texts);
        key.map_or_else(|| Observed::absent(Proof::NoSuchRecord), Observed::present)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::dns::Answer;

    fn seen(selector: &str, observed: &Observed<&str>, aliases: &[&str]) -> DkimSelector {
        let mut record = Answer::<DkimKey>::unasked(selector, "TXT", Cause::NotAttempted, "")
            .with(observed.map(|raw| dkim::parse_key(raw)));
        record.aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        DkimSelector {
            selector: selector.to_owned(),
            source: String::new(),
            by_wildcard: false,
            record,
        }
    }

    fn provider(name: &str, selectors: &[&str]) -> DkimProvider {
        DkimProvider {
            name: name.to_owned(),
            why: String::new(),
            selectors: selectors.iter().map(|one| (*one).to_owned()).collect(),
        }
    }

    #[test]
    fn selectors_are_asked_once_and_named_after_the_best_source() {
        let given = ["mine".to_owned(), "k1".to_owned(), "mine".to_owned()];
        let providers = [provider("A", &["k1", "k2"]), provider("B", &["k2", "s1"])];
        let found = order(&given, &providers, &["s1", "x"], false);
        let found: Vec<String> = found
            .iter()
            .map(|(s, from)| format!("{s} {from}"))
            .collect();
        let expected = [
            "mine given",
            "k1 given",
            "k2 provider: A",
            "s1 provider: B",
            "x common",
        ];
        assert_eq!(found, expected);
        assert_eq!(order(&given, &providers, &[], true).len(), 2);
        assert_eq!(once(["a", "b", "a", "c"].into_iter(), &["c"]), ["a", "b"]);
    }

    #[test]
    fn guesses_stay_where_they_found_something_that_no_wildcard_made() {
        let wildcard = Wildcard {
            answers: Observed::present(true),
            texts: vec!["p=".to_owned()],
            aliases: vec!["all.test".to_owned()],
        };
        let gone = || Observed::absent(Proof::Nxdomain);
        let all = [
            ("key", Observed::present("p=AAAA"), vec![], true),
            ("wildcard", Observed::present("p="), vec![], false),
            ("absent", gone(), vec![], false),
            ("dangling", gone(), vec!["gone.test"], true),
            ("wildcard-alias", gone(), vec!["all.test"], false),
            ("late", Observed::unknown(Cause::Timeout, ""), vec![], true),
        ];
        for (selector, observed, aliases, stays) in all {
            for (source, expected) in [("common", stays), ("given", true)] {
                let found = vec![seen(selector, &observed, &aliases)];
                let order = [(selector.to_owned(), source.to_owned())];
                let kept = arrange(found, &order, &wildcard);
                assert_eq!(kept.len() == 1, expected, "{selector} {source}");
                assert!(kept.iter().all(|key| key.source == source));
            }
        }
    }

    #[test]
    fn in_depth_the_selectors_of_all_providers_are_asked() {
        assert_eq!(common(Probe::Standard), COMMON_SELECTORS);
        let deep = common(Probe::Deep);
        assert!(deep.contains(&"hs1") && deep.len() > COMMON_SELECTORS.len() + 30);
        assert_eq!(deep.iter().filter(|one| **one == "k1").count(), 1);
    }
}
