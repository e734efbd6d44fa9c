//! The target's SPF record, all that it includes, and what its terms lead to (RFC 7208).

use super::answers::of_kind;
use crate::derive;
use crate::derive::spf::answers::{Answers, Kind, Question, Reply};
use crate::derive::spf::check::{Progress, Sender, check_host};
use crate::facts::dns::Answer;
use crate::facts::observed::{Cause, Observed};
use crate::facts::spf::{Qualifier, Spf, SpfCheck, SpfCost, SpfNode};
use crate::net::dns::{Dns, Response, names};
use crate::records::spf;
use futures_util::future::{Either, join_all, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use hickory_proto::rr::{RData, RecordType};
use std::collections::BTreeMap;
use std::pin::pin;

/// The most records that are fetched. Receivers stop after ten lookups; more are only of use to explain.
const MOST_RECORDS: usize = 60;
/// The deepest chain of includes that is followed.
const DEEPEST: u32 = 12;
/// The most lookups of `a`, `mx` and `exists` that are made, those of mail servers' addresses included.
const MOST_LOOKUPS: usize = 200;
/// The most servers of one `mx` whose addresses are asked for: at more than ten receivers stop (RFC 7208 §4.6.4).
const MOST_SERVERS: usize = 10;
/// The most addresses or names of one answer; more are of no use to anyone.
const MOST_ANSWERS: usize = 512;
/// The most octets that the records of a tree have together.
const MOST_OCTETS: usize = 131_072;
/// The number of the type SPF, which is no type of the library's any more (RFC 7208 §3.1).
const TYPE_SPF: RecordType = RecordType::Unknown(99);

/// Fetches the tree of records, level by level and each level side by side, and beside it what the terms
/// of each record lead to.
pub(super) async fn collect(dns: &Dns, domain: &str) -> Spf {
    let (all, type99) = tokio::join!(dns.ask(domain, RecordType::TXT), dns.ask(domain, TYPE_SPF));
    let records = of_kind(dns, domain, spf::is_spf).await;
    let record = spf::unique_record(&records);
    let root = SpfNode {
        domain: domain.to_owned(),
        parent: None,
        via: "target".to_owned(),
        depth: 0,
        qualifier: None,
        records: records.clone(),
        record: record.clone(),
        cost: SpfCost::default(),
    };
    let (tree, lookups) = grow(dns, root).await;
    let mut tree = depth_first(&tree);
    let evaluation = derive::spf::evaluate(&mut tree, &lookups);
    Spf {
        records,
        record,
        lookalikes: lookalikes(&all),
        answer_octets: octets(domain, &all),
        type99: type99.answer(|data| Observed::present(texts_of_type99(data))),
        tree,
        lookups,
        evaluation,
    }
}

/// Runs a check to its end: asks what it needs, until it comes to a result. Each round knows more, and the
/// limits of RFC 7208 §4.6.4 bound how many there are.
pub(super) async fn check(dns: &Dns, sender: &Sender) -> SpfCheck {
    let mut answers = Answers::default();
    loop {
        match check_host(sender, &answers) {
            Progress::Done(check) => return check,
            Progress::Needs(questions) => {
                let found = join_all(questions.iter().map(|question| ask(dns, question))).await;
                for (question, answer) in questions.into_iter().zip(found) {
                    answers.put(question, Reply::of(&answer.observed));
                }
            }
        }
    }
}

/// Texts that mention SPF and are no record.
fn lookalikes(all: &Response) -> Vec<String> {
    let texts = all.texts();
    let texts = texts.value().into_iter().flatten();
    texts
        .filter(|text| spf::is_lookalike(text))
        .take(spf::MOST_SHOWN)
        .cloned()
        .collect()
}

/// The size of a plain answer (RFC 1035 §4): header, question, and the records with compressed names.
fn octets(domain: &str, all: &Response) -> Observed<u32> {
    all.observed.map(|records| {
        let strings = records.iter().filter_map(|record| {
            let RData::TXT(txt) = record else { return None };
            let data: usize = txt.txt_data.iter().map(|part| part.len() + 1).sum();
            Some(data + 12)
        });
        let question = domain.len() + 2 + 4;
        u32::try_from(12 + question + strings.sum::<usize>()).unwrap_or(u32::MAX)
    })
}

/// The texts of records whose type has the data of TXT (RFC 7208 §3.1 with RFC 1035 §3.3.14).
fn texts_of_type99(data: &[RData]) -> Vec<String> {
    let read = data.iter().filter_map(|one| {
        let RData::Unknown { rdata, .. } = one else {
            return None;
        };
        let mut rest = rdata.anything.as_slice();
        let mut text = Vec::new();
        while let Some((length, behind)) = rest.split_first() {
            // A length that runs past the end: what is there is shown.
            let end = usize::from(*length).min(behind.len());
            let (string, behind) = behind.split_at(end);
            text.extend_from_slice(string);
            rest = behind;
        }
        Some(String::from_utf8_lossy(&text).into_owned())
    });
    read.collect()
}

type Lookups = BTreeMap<(String, &'static str), Answer<Vec<String>>>;

/// The tree, and the lookups of its terms.
async fn grow(dns: &Dns, root: SpfNode) -> (Vec<SpfNode>, Vec<Answer<Vec<String>>>) {
    let mut tree = Vec::new();
    let mut lookups = Lookups::new();
    let mut lookups_left = MOST_LOOKUPS;
    let mut octets_left = MOST_OCTETS;
    tree.push(within(&mut octets_left, root));
    let pending = FuturesUnordered::new();
    let mut pending = pin!(pending);
    let mut level = 0..1;
    for depth in 1..=DEEPEST {
        for node in tree.get(level.clone()).into_iter().flatten() {
            for question in questions(node) {
                let key = (question.name.clone(), question.kind.as_str());
                if lookups.contains_key(&key) {
                    continue;
                }
                lookups.insert(key, left_out(&question));
                if lookups_left > 0 {
                    lookups_left -= 1;
                    pending.push(look_up(dns, question));
                }
            }
        }
        let free = MOST_RECORDS.saturating_sub(tree.len());
        let leads = level.clone().flat_map(|parent| leads(&tree, parent));
        // One more than there is space for: it says that something was left out.
        let leads: Vec<_> = leads.take(free + 1).enumerate().collect();
        let nodes = leads
            .into_iter()
            .map(|(number, lead)| node(dns, lead, depth, number < free));
        let mut nodes = pin!(join_all(nodes));
        let nodes = loop {
            if pending.is_empty() {
                break nodes.await;
            }
            match select(nodes.as_mut(), pending.next()).await {
                Either::Left((nodes, _)) => break nodes,
                Either::Right((found, _)) => note(&mut lookups, found.into_iter().flatten()),
            }
        };
        level = tree.len()..tree.len() + nodes.len();
        tree.extend(nodes.into_iter().map(|node| within(&mut octets_left, node)));
        if level.is_empty() || tree.len() > MOST_RECORDS {
            break;
        }
    }
    while let Some(found) = pending.next().await {
        note(&mut lookups, found.into_iter());
    }
    (tree, lookups.into_values().collect())
}

/// The node, or one that says that its records are left out, where they would be too much.
fn within(octets_left: &mut usize, node: SpfNode) -> SpfNode {
    let texts = node.records.value().into_iter().flatten();
    let octets: usize = texts.map(String::len).sum();
    if let Some(left) = octets_left.checked_sub(octets) {
        *octets_left = left;
        return node;
    }
    let limit = format!("more than {MOST_OCTETS} octets of SPF records");
    let records = Answer::unasked(&node.domain, "TXT", Cause::LimitReached, &limit);
    SpfNode {
        record: spf::unique_record(&records),
        records,
        ..node
    }
}

fn note(lookups: &mut Lookups, found: impl Iterator<Item = (&'static str, Answer<Vec<String>>)>) {
    for (kind, answer) in found {
        lookups.insert((answer.name.clone(), kind), answer);
    }
}

fn questions(node: &SpfNode) -> Vec<Question> {
    let record = node.record.value();
    record.map_or_else(Vec::new, |record| {
        derive::spf::answers::questions(&node.domain, record)
    })
}

fn left_out(question: &Question) -> Answer<Vec<String>> {
    let why = format!("only the first {MOST_LOOKUPS} names of a policy are looked up");
    Answer::unasked(
        &question.name,
        question.kind.as_str(),
        Cause::LimitReached,
        &why,
    )
}

/// The answer to one question; for mail servers, with those for their addresses.
async fn look_up(dns: &Dns, question: Question) -> Vec<(&'static str, Answer<Vec<String>>)> {
    let found = ask(dns, &question).await;
    let mut all = Vec::new();
    if question.kind == Kind::Mx
        && let Some(servers) = found.value()
        && servers.len() <= MOST_SERVERS
    {
        let kinds = [Kind::A, Kind::Aaaa];
        let asked = servers
            .iter()
            .filter(|name| name.as_str() != ".")
            .flat_map(|name| kinds.map(|kind| Question::new(name, kind)));
        let asked: Vec<_> = asked.collect();
        let answers = join_all(asked.iter().map(|question| ask(dns, question))).await;
        let kinds = asked.iter().map(|question| question.kind.as_str());
        all.extend(kinds.zip(answers));
    }
    all.push((question.kind.as_str(), found));
    all
}

/// The answer to a question of a check, in the form of the facts.
async fn ask(dns: &Dns, question: &Question) -> Answer<Vec<String>> {
    let rtype = match question.kind {
        Kind::Txt => RecordType::TXT,
        Kind::A => RecordType::A,
        Kind::Aaaa => RecordType::AAAA,
        Kind::Mx => RecordType::MX,
        Kind::Ptr => RecordType::PTR,
    };
    // A macro can bring a backslash into a name, where it stands for itself.
    let name = question.name.replace('\\', "\\\\");
    let response = dns.ask(&name, rtype).await;
    if question.kind == Kind::Txt {
        let texts = response.texts();
        return response.answer(|_| texts);
    }
    let mut answer = response.answer(|data| {
        // Of names, ten count and more are told by their number (RFC 7208 §4.6.4); of addresses, each may.
        if matches!(question.kind, Kind::A | Kind::Aaaa) && data.len() > MOST_ANSWERS {
            let why = format!("more than {MOST_ANSWERS} records");
            return Observed::unknown(Cause::LimitReached, why);
        }
        let mut servers: Vec<(u16, String)> = data.iter().filter_map(read).collect();
        servers.sort();
        servers.truncate(MOST_ANSWERS);
        Observed::present(servers.into_iter().map(|(_, text)| text).collect())
    });
    answer.name.clone_from(&question.name);
    answer
}

/// An address or a name as text, with the preference of a mail server.
fn read(data: &RData) -> Option<(u16, String)> {
    if let RData::A(ip) = data {
        Some((0, ip.0.to_string()))
    } else if let RData::AAAA(ip) = data {
        Some((0, ip.0.to_string()))
    } else if let RData::MX(mx) = data {
        Some((mx.preference, names::text(&mx.exchange)))
    } else if let RData::PTR(name) = data {
        Some((0, names::text(&name.0)))
    } else {
        None
    }
}

/// An `include` or `redirect` and the record that has it.
struct Lead {
    parent: usize,
    via: &'static str,
    domain: String,
    qualifier: Option<Qualifier>,
}

/// What the record at this place leads to; nothing where the same domain is already above it.
fn leads(tree: &[SpfNode], parent: usize) -> Vec<Lead> {
    let Some(node) = tree.get(parent) else {
        return Vec::new();
    };
    let Some(record) = node.record.value() else {
        return Vec::new();
    };
    if looped(tree, parent) {
        return Vec::new();
    }
    let lead = |child: derive::spf::Child| Lead {
        parent,
        via: child.via,
        domain: child.domain,
        qualifier: child.qualifier,
    };
    derive::spf::children(record)
        .into_iter()
        .map(lead)
        .collect()
}

fn looped(tree: &[SpfNode], place: usize) -> bool {
    let Some(node) = tree.get(place) else {
        return true;
    };
    let mut above = node.parent;
    while let Some(parent) = above.and_then(|at| tree.get(at)) {
        if parent.domain == node.domain {
            return true;
        }
        above = parent.parent;
    }
    false
}

async fn node(dns: &Dns, lead: Lead, depth: u32, fits: bool) -> SpfNode {
    let Lead {
        parent,
        via,
        domain,
        qualifier,
    } = lead;
    let records = if fits {
        of_kind(dns, &domain, spf::is_spf).await
    } else {
        let limit = format!("more than {MOST_RECORDS} SPF records");
        Answer::unasked(&domain, "TXT", Cause::LimitReached, &limit)
    };
    let record = spf::unique_record(&records);
    SpfNode {
        domain,
        parent: Some(parent),
        via: via.to_owned(),
        depth,
        qualifier,
        records,
        record,
        cost: SpfCost::default(),
    }
}

/// The same nodes in the order of a depth-first walk, with their parents renumbered.
fn depth_first(tree: &[SpfNode]) -> Vec<SpfNode> {
    let mut order = Vec::with_capacity(tree.len());
    let mut open = vec![(0, None)];
    while let Some((place, parent)) = open.pop() {
        let Some(node) = tree.get(place) else {
            continue;
        };
        let now = order.len();
        order.push(SpfNode {
            parent,
            ..node.clone()
        });
        let below = tree
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, node)| node.parent == Some(place));
        open.extend(below.map(|(place, _)| (place, Some(now))));
    }
    order
}
