//! What the DNS said to the questions of a check, and which questions the terms of a record put.

use crate::facts::dns::Answer;
use crate::facts::observed::Observed;
use crate::facts::spf::{Spf, SpfMechanism, SpfRecord};
use crate::records::spf::{domain_spec, reached};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The types that SPF asks for (RFC 7208 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// SPF records and explanations.
    Txt,
    /// IPv4 addresses, and whatever `exists` finds.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Mail servers.
    Mx,
    /// The names of an address.
    Ptr,
}

impl Kind {
    /// The mnemonic, as in the facts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Txt => "TXT",
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Mx => "MX",
            Self::Ptr => "PTR",
        }
    }

    /// The address records of the family of an address.
    pub const fn of_family(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(_) => Self::A,
            IpAddr::V6(_) => Self::Aaaa,
        }
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// The name: lower case, no trailing dot.
    pub name: String,
    /// The type.
    pub kind: Kind,
}

impl Question {
    /// The question for a type at a name.
    pub fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_ascii_lowercase(),
            kind,
        }
    }
}

/// What the DNS said to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The data of the records: texts, addresses as text, or names; mail servers in the order of use.
    Found(Vec<String>),
    /// The name does not exist or has no record of the type: a void lookup (RFC 7208 §4.6.4).
    Void,
    /// No answer; why, in words.
    Failed(String),
}

impl Reply {
    /// The reply that an observation stands for.
    pub fn of(observed: &Observed<Vec<String>>) -> Self {
        match observed {
            Observed::Present { value } => Self::Found(value.clone()),
            Observed::Absent { .. } => Self::Void,
            Observed::Unknown { cause, detail } if detail.is_empty() => {
                Self::Failed(cause.as_str().to_owned())
            }
            Observed::Unknown { cause, detail } => {
                Self::Failed(format!("{}, {detail}", cause.as_str()))
            }
        }
    }
}

/// All that is known from the DNS during a check.
#[derive(Clone, Debug, Default)]
pub struct Answers(BTreeMap<Question, Reply>);

impl Answers {
    /// What a document holds: its tree of records and the lookups of their terms.
    pub fn of(spf: &Spf) -> Self {
        let mut answers = Self::of_lookups(&spf.lookups);
        for node in &spf.tree {
            let reply = Reply::of(&node.records.observed);
            answers.put(Question::new(&node.domain, Kind::Txt), reply);
        }
        answers
    }

    /// The lookups of `a`, `mx` and `exists`.
    pub fn of_lookups(lookups: &[Answer<Vec<String>>]) -> Self {
        let kinds = [Kind::A, Kind::Aaaa, Kind::Mx];
        let entry = |answer: &Answer<Vec<String>>| {
            let kind = kinds.into_iter().find(|it| it.as_str() == answer.rtype)?;
            let question = Question::new(&answer.name, kind);
            Some((question, Reply::of(&answer.observed)))
        };
        Self(lookups.iter().filter_map(entry).collect())
    }

    /// Notes a reply.
    pub fn put(&mut self, question: Question, reply: Reply) {
        self.0.insert(question, reply);
    }

    /// The reply to a question that was put.
    pub fn get(&self, question: &Question) -> Option<&Reply> {
        self.0.get(question)
    }
}

/// The first questions of the terms `a`, `mx` and `exists` that a valid record reaches and that do not
/// depend on the sender. What `mx` finds leads to further ones: the addresses of the servers.
pub fn questions(domain: &str, record: &SpfRecord) -> Vec<Question> {
    if !record.valid {
        return Vec::new();
    }
    let asked = reached(record).filter_map(|mechanism| {
        let kinds: &[Kind] = match mechanism.mechanism.as_str() {
            "a" => &[Kind::A, Kind::Aaaa],
            "mx" => &[Kind::Mx],
            "exists" => &[Kind::A],
            _ => return None,
        };
        let name = target(domain, mechanism)?;
        Some(kinds.iter().map(move |kind| Question::new(&name, *kind)))
    });
    asked.flatten().collect()
}

/// The name that a term is about, where it does not depend on the sender and can be asked for.
pub fn target(domain: &str, mechanism: &SpfMechanism) -> Option<String> {
    if mechanism.argument.is_empty() {
        return Some(domain.to_owned());
    }
    domain_spec::fixed_name(&mechanism.argument)
}
