//! `check_host`: what a receiver makes of one sender (RFC 7208 §4), without any input or output of its own.
//!
//! The check runs over the answers that are known and stops at those that are missing. Whoever has a
//! resolver puts these questions and runs it again, until it comes to a result.

mod mechanisms;

pub(super) use mechanisms::MOST_NAMES;

use super::answers::{Answers, Kind, Question, Reply};
use super::expand;
use super::{LOOKUP_LIMIT, VOID_LIMIT};
use crate::facts::spf::{SpfCheck, SpfRecord, SpfResult, SpfStep};
use crate::facts::timestamp::Timestamp;
use crate::records::spf;
use crate::records::spf::domain_spec::{self, Place};
use std::net::IpAddr;

/// Who sends, as the receiving server sees it.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The address of the connection; an IPv4-mapped one counts as IPv4.
    ip: IpAddr,
    /// The name given in HELO or EHLO.
    helo: String,
    local: String,
    domain: String,
    /// The name of the receiving server, for explanations.
    receiver: String,
    now: Timestamp,
}

impl Sender {
    /// The identity that is checked: the mailbox of MAIL FROM, or `postmaster` at the HELO name where that
    /// is empty (RFC 7208 §2.4). The time and the receiver's name only fill explanations.
    pub fn new(ip: IpAddr, helo: &str, mail_from: &str, receiver: &str, now: Timestamp) -> Self {
        let mail_from = if mail_from.is_empty() {
            helo
        } else {
            mail_from
        };
        let (local, domain) = mail_from.rsplit_once('@').unwrap_or(("", mail_from));
        let local = if local.is_empty() {
            "postmaster"
        } else {
            local
        };
        Self {
            ip: ip.to_canonical(),
            helo: helo.to_owned(),
            local: local.to_owned(),
            domain: domain.to_owned(),
            receiver: receiver.to_owned(),
            now,
        }
    }

    /// The domain whose policy is asked.
    pub fn domain(&self) -> &str {
        &self.domain
    }
}

/// How far a check has come.
#[derive(Clone, Debug)]
pub enum Progress {
    /// To its result.
    Done(SpfCheck),
    /// To questions whose answers are not known yet: at least one.
    Needs(Vec<Question>),
}

/// Checks a sender against the policy of its domain, as far as the answers go (RFC 7208 §4).
pub fn check_host(sender: &Sender, answers: &Answers) -> Progress {
    let mut check = Check {
        sender,
        answers,
        needs: Vec::new(),
        domain: String::new(),
        lookups: 0,
        voids: 0,
        trace: Vec::new(),
    };
    let (result, reason, explanation) = match check.host(&sender.domain, 0) {
        Ok(Judged::Policy {
            result,
            reason,
            exp,
        }) => {
            let wanted = exp.filter(|_| result == SpfResult::Fail);
            let explanation =
                wanted.map_or(Ok(None), |(spec, domain)| check.explain(&spec, domain));
            match explanation {
                Ok(text) => (result, reason, text.unwrap_or_default()),
                Err(stop) => (stop.result(), stop.words(), String::new()),
            }
        }
        Ok(Judged::Nothing(reason)) => (SpfResult::None, reason, String::new()),
        Err(stop) => (stop.result(), stop.words(), String::new()),
    };
    if !check.needs.is_empty() {
        return Progress::Needs(check.needs);
    }
    Progress::Done(SpfCheck {
        ip: sender.ip,
        sender: format!("{}@{}", sender.local, sender.domain),
        result,
        reason,
        explanation,
        lookups: check.lookups,
        void_lookups: check.voids,
        trace: check.trace,
    })
}

/// What ends a check at once.
enum Stop {
    /// An answer is not known yet.
    Missing,
    Permerror(String),
    Temperror(String),
}

impl Stop {
    const fn result(&self) -> SpfResult {
        match self {
            Self::Permerror(_) => SpfResult::Permerror,
            Self::Missing | Self::Temperror(_) => SpfResult::Temperror,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Missing => String::new(),
            Self::Permerror(words) | Self::Temperror(words) => words,
        }
    }
}

type Raised<T> = Result<T, Stop>;

/// What the record of one domain says.
enum Judged {
    /// There is no record.
    Nothing(String),
    /// A result, and the explanation that stands beside it with the domain that it is for.
    Policy {
        result: SpfResult,
        reason: String,
        exp: Option<(String, String)>,
    },
}

/// One check under way.
struct Check<'a> {
    sender: &'a Sender,
    answers: &'a Answers,
    needs: Vec<Question>,
    /// The domain whose record is being looked at: the value of `d`.
    domain: String,
    lookups: u32,
    voids: u32,
    trace: Vec<SpfStep>,
}

impl Check<'_> {
    /// The policy of a domain (RFC 7208 §4.3 to §4.7).
    fn host(&mut self, domain: &str, depth: u32) -> Raised<Judged> {
        let Some(domain) = expand::name(domain) else {
            let words = format!("`{domain}` is no domain with a policy to look for");
            return Ok(Judged::Nothing(words));
        };
        let texts = match self.ask(&domain, Kind::Txt)? {
            Reply::Found(texts) => texts,
            Reply::Void => Vec::new(),
            Reply::Failed(why) => {
                return Err(Stop::Temperror(format!("the record of {domain}: {why}")));
            }
        };
        let records: Vec<&String> = texts.iter().filter(|text| spf::is_spf(text)).collect();
        let record = match records.as_slice() {
            [] => return Ok(Judged::Nothing(format!("{domain} has no SPF record"))),
            [only] => spf::parse(only),
            several => {
                let words = format!("{domain} has {} SPF records", several.len());
                return Err(Stop::Permerror(words));
            }
        };
        if !record.valid {
            let words = format!("the record of {domain} {}", super::walk::fault_of(&record));
            return Err(Stop::Permerror(words));
        }
        let outer = std::mem::replace(&mut self.domain, domain);
        let judged = self.record(&record, depth);
        self.domain = outer;
        judged
    }

    /// Goes through the terms of a valid record (RFC 7208 §4.6.2).
    fn record(&mut self, record: &SpfRecord, depth: u32) -> Raised<Judged> {
        for mechanism in &record.mechanisms {
            let step = self.begin(record, mechanism.span, depth);
            let found = self.mechanism(mechanism, depth);
            let (matched, words) = match &found {
                Ok((matched, words)) => (*matched, words.as_str()),
                Err(Stop::Missing) => (false, ""),
                Err(Stop::Permerror(words) | Stop::Temperror(words)) => (true, words.as_str()),
            };
            self.end(step, matched, words);
            if found?.0 {
                let result = SpfResult::from(mechanism.qualifier);
                let [start, end] = mechanism.span;
                let term = record.raw.get(start..end).unwrap_or_default();
                let reason = format!("`{term}` in the record of {} matches", self.domain);
                let exp = record.modifiers.iter().find(|it| it.modifier == "exp");
                let exp = exp.map(|exp| (exp.argument.clone(), self.domain.clone()));
                return Ok(Judged::Policy {
                    result,
                    reason,
                    exp,
                });
            }
        }
        let redirect = record.modifiers.iter().find(|it| it.modifier == "redirect");
        if let Some(redirect) = redirect {
            let step = self.begin(record, redirect.span, depth);
            self.count()?;
            let target = self.expanded(&redirect.argument)?;
            self.end(step, true, &format!("the policy of {target} counts"));
            return match self.host(&target, depth + 1)? {
                Judged::Nothing(words) => Err(Stop::Permerror(format!("`redirect`: {words}"))),
                judged @ Judged::Policy { .. } => Ok(judged),
            };
        }
        let reason = format!("no term of the record of {} matches", self.domain);
        Ok(Judged::Policy {
            result: SpfResult::Neutral,
            reason,
            exp: None,
        })
    }

    /// The explanation for a fail (RFC 7208 §6.2); none where anything is wrong with it.
    fn explain(&mut self, spec: &str, domain: String) -> Raised<Option<String>> {
        self.domain = domain;
        let Some(name) = self.target(spec)? else {
            return Ok(None);
        };
        let texts = match self.ask(&name, Kind::Txt)? {
            Reply::Found(texts) => texts,
            Reply::Void | Reply::Failed(_) => return Ok(None),
        };
        let [text] = texts.as_slice() else {
            return Ok(None);
        };
        let Ok(pieces) = domain_spec::macro_string(text, Place::Explanation) else {
            return Ok(None);
        };
        let text = expand::expand(&pieces, self)?;
        Ok(Some(text).filter(|text| text.is_ascii()))
    }

    /// What a domain-spec comes to for this sender.
    fn expanded(&mut self, spec: &str) -> Raised<String> {
        match domain_spec::domain_spec(spec) {
            Ok(read) => expand::expand(&read.pieces, self),
            // No valid record has such an argument.
            Err(_) => Ok(spec.to_owned()),
        }
    }

    /// The name that a mechanism is about; `None` where it is none that can be asked for (RFC 7208 §4.8).
    fn target(&mut self, spec: &str) -> Raised<Option<String>> {
        if spec.is_empty() {
            return Ok(Some(self.domain.clone()));
        }
        Ok(expand::name(&self.expanded(spec)?))
    }

    /// The reply to a question; where it is not known yet, the check stops here.
    fn ask(&mut self, name: &str, kind: Kind) -> Raised<Reply> {
        let question = Question::new(name, kind);
        if let Some(reply) = self.answers.get(&question) {
            return Ok(reply.clone());
        }
        self.needs.push(question);
        Err(Stop::Missing)
    }

    /// Stops where any of several answers is not known yet, and asks for all of these at once.
    fn want(&mut self, questions: impl Iterator<Item = Question>) -> Raised<()> {
        let missing = questions.filter(|question| self.answers.get(question).is_none());
        let missing: Vec<Question> = missing.collect();
        if missing.is_empty() {
            return Ok(());
        }
        self.needs.extend(missing);
        Err(Stop::Missing)
    }

    /// What the lookup of a term finds; nothing is a void lookup, no answer a temperror.
    fn ask_counted(&mut self, name: &str, kind: Kind) -> Raised<Vec<String>> {
        match self.ask(name, kind)? {
            Reply::Found(found) => Ok(found),
            Reply::Void => {
                self.count_void(name)?;
                Ok(Vec::new())
            }
            Reply::Failed(why) => Err(Stop::Temperror(format!("{name}: {why}"))),
        }
    }

    fn count(&mut self) -> Raised<()> {
        if self.lookups == LOOKUP_LIMIT {
            let words = format!("more than {LOOKUP_LIMIT} lookups");
            return Err(Stop::Permerror(words));
        }
        self.lookups += 1;
        Ok(())
    }

    fn count_void(&mut self, name: &str) -> Raised<()> {
        self.voids += 1;
        if self.voids > VOID_LIMIT {
            let words = format!("{name}: more than {VOID_LIMIT} lookups that hold nothing");
            return Err(Stop::Permerror(words));
        }
        Ok(())
    }

    /// Notes that a term is looked at, and gives its place in the trace.
    fn begin(&mut self, record: &SpfRecord, span: [usize; 2], depth: u32) -> usize {
        let [start, end] = span;
        let term = record.raw.get(start..end).unwrap_or_default();
        self.trace.push(SpfStep {
            depth,
            domain: self.domain.clone(),
            term: term.to_owned(),
            outcome: String::new(),
            matched: false,
        });
        self.trace.len() - 1
    }

    fn end(&mut self, step: usize, matched: bool, words: &str) {
        if let Some(step) = self.trace.get_mut(step) {
            step.matched = matched;
            words.clone_into(&mut step.outcome);
        }
    }
}

#[cfg(test)]
mod tests;
