//! The sets of an Authenticated Received Chain (RFC 8617 §4.2), before any signature is looked at.

use super::authentication;
use super::signature::{self, Kind, Signature};
use super::{Field, Message};
use crate::records::tags;

/// The most sets of a chain (RFC 8617 §4.2.1).
pub const MOST_SETS: usize = 50;

const FIELDS: [&str; 3] = [
    "ARC-Authentication-Results",
    "ARC-Message-Signature",
    "ARC-Seal",
];

/// A chain as the message has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain<'a> {
    /// The sets that are whole, the oldest first.
    pub sets: Vec<Set<'a>>,
    /// Why the chain fails before its signatures are looked at; empty where it does not.
    pub fault: String,
}

/// What one intermediary added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set<'a> {
    /// The instance, from 1 on.
    pub instance: u32,
    /// What it found.
    pub results: Field<'a>,
    /// Its signature of the message.
    pub message: Field<'a>,
    /// Its signature of the chain.
    pub seal: Field<'a>,
    /// The host that the results are of.
    pub host: String,
    /// The tags of the signature.
    pub message_tags: Signature,
    /// The tags of the seal.
    pub seal_tags: Signature,
}

/// The chain of a message; none where no field of ARC is there.
pub fn chain<'a>(message: &Message<'a>) -> Option<Chain<'a>> {
    let [results, signatures, seals] = FIELDS.map(|name| {
        let all: Vec<Field<'a>> = message.all(name).copied().collect();
        all
    });
    let most = results.len().max(signatures.len()).max(seals.len());
    if most == 0 {
        return None;
    }
    if most > MOST_SETS {
        let fault = format!("there are more than {MOST_SETS} sets");
        let sets = Vec::new();
        return Some(Chain { sets, fault });
    }
    let host = |field: Field<'a>| {
        let read = authentication::parse(&field.text());
        (read.instance.unwrap_or(0), field, read.host)
    };
    let tags = |kind: Kind| {
        move |field: Field<'a>| {
            let text = String::from_utf8_lossy(field.value);
            (field, signature::parse(text.trim(), kind))
        }
    };
    let results: Vec<_> = results.into_iter().map(host).collect();
    let signatures: Vec<_> = signatures.into_iter().map(tags(Kind::ArcMessage)).collect();
    let seals: Vec<_> = seals.into_iter().map(tags(Kind::ArcSeal)).collect();
    let mut sets = Vec::new();
    for instance in 1..=u32::try_from(most).unwrap_or(u32::MAX) {
        let result = only(&results, |(number, ..)| *number == instance);
        let signature = only(&signatures, |(_, tags)| tags.instance == instance);
        let seal = only(&seals, |(_, tags)| tags.instance == instance);
        let (Some(result), Some(signature), Some(seal)) = (result, signature, seal) else {
            let fault = format!("the set {instance} does not have each of its three fields once");
            return Some(Chain { sets, fault });
        };
        sets.push(Set {
            instance,
            results: result.1,
            message: signature.0,
            seal: seal.0,
            host: result.2.clone(),
            message_tags: signature.1.clone(),
            seal_tags: seal.1.clone(),
        });
    }
    let fault = fault(&sets);
    Some(Chain { sets, fault })
}

fn only<T>(all: &[T], holds: impl Fn(&T) -> bool) -> Option<&T> {
    let mut found = all.iter().filter(|one| holds(one));
    found.next().filter(|_| found.next().is_none())
}

/// What is wrong with the tags (RFC 8617 §5.2, steps 2 and 3).
fn fault(sets: &[Set<'_>]) -> String {
    for set in sets {
        let number = set.instance;
        let defects = [&set.seal_tags.defects, &set.message_tags.defects];
        if let Some(defects) = defects.into_iter().find(|defects| !tags::holds(defects)) {
            let words = defects.iter().find(|defect| defect.fatal);
            let words = words.map_or("", |defect| defect.text.as_str());
            return format!("the set {number} can't be read: {words}");
        }
        let expected = if number == 1 { "none" } else { "pass" };
        let found = set.seal_tags.chain_validation.as_str();
        if found == "fail" {
            return format!("the set {number} says that the chain was broken before (`cv=fail`)");
        }
        if found != expected {
            return format!("the set {number} does not say `cv={expected}`");
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(number: &str, cv: &str) -> String {
        format!(
            "ARC-Seal: i={number}; a=rsa-sha256; cv={cv}; d=x.test; s=s; b=QUJD\r\n\
             ARC-Message-Signature: i={number}; a=rsa-sha256; d=x.test; s=s; h=from; bh=AAAA; b=QUJD\r\n\
             ARC-Authentication-Results: i={number}; mx{number}.test; none\r\n"
        )
    }

    #[test]
    fn a_chain_has_each_field_of_each_instance_once() {
        for (text, sets, fault) in [
            (set("1", "none"), 1, ""),
            (format!("{}{}", set("2", "pass"), set("1", "none")), 2, ""),
            (set("2", "pass"), 0, "the set 1"),
            (format!("{0}{0}", set("1", "none")), 0, "once"),
            (
                format!("{}{}", set("2", "none"), set("1", "none")),
                2,
                "the set 2 does not say `cv=pass`",
            ),
            (
                format!("{}{}", set("2", "fail"), set("1", "none")),
                2,
                "broken before",
            ),
            (set("1", "pass"), 1, "the set 1 does not say `cv=none`"),
            (set("x", "none"), 0, "the set 1"),
            (set("1", "none").replace("ARC-Seal", "X"), 0, "the set 1"),
            (
                set("1", "none").replace("cv=none", "cv=none; h=from"),
                1,
                "can't be read",
            ),
            (set("1", "none").repeat(51), 0, "more than 50"),
        ] {
            let message = format!("{text}From: a@x.test\r\n\r\n");
            let found = chain(&Message::parse(message.as_bytes())).unwrap();
            assert_eq!(found.sets.len(), sets, "{text}");
            assert!(found.fault.contains(fault), "{text}: {}", found.fault);
            assert_eq!(
                found.fault.is_empty(),
                fault.is_empty(),
                "{text}: {}",
                found.fault
            );
        }
        assert_eq!(chain(&Message::parse(b"From: a@x.test\r\n\r\n")), None);
    }
}
