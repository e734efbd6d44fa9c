//! The target's SPF record and all that it includes (RFC 7208).

use super::answers::of_kind;
use crate::derive;
use crate::facts::dns::Answer;
use crate::facts::observed::Cause;
use crate::facts::spf::{Spf, SpfNode};
use crate::net::dns::Dns;
use crate::records::spf;
use futures_util::future::join_all;

/// The most records that are fetched. Receivers stop after ten lookups; more are only of use to explain.
const MOST_RECORDS: usize = 60;
/// The deepest chain of includes that is followed.
const DEEPEST: u32 = 12;

/// Fetches the tree of records, level by level and each level side by side.
pub(super) async fn collect(dns: &Dns, domain: &str) -> Spf {
    let records = of_kind(dns, domain, spf::is_spf).await;
    let record = spf::unique_record(&records);
    let root = SpfNode {
        domain: domain.to_owned(),
        parent: None,
        via: "target".to_owned(),
        depth: 0,
        records: records.clone(),
        record: record.clone(),
    };
    let tree = depth_first(&grow(dns, root).await);
    let evaluation = derive::spf::evaluate(&tree);
    Spf {
        records,
        record,
        tree,
        evaluation,
    }
}

async fn grow(dns: &Dns, root: SpfNode) -> Vec<SpfNode> {
    let mut tree = vec![root];
    let mut level = 0..1;
    for depth in 1..=DEEPEST {
        let space = MOST_RECORDS.saturating_sub(tree.len());
        let leads = level.clone().flat_map(|parent| leads(&tree, parent));
        // One more than there is space for: it says that something was left out.
        let leads: Vec<_> = leads.take(space + 1).enumerate().collect();
        let nodes = leads
            .into_iter()
            .map(|(number, lead)| node(dns, lead, depth, number < space));
        let nodes = join_all(nodes).await;
        level = tree.len()..tree.len() + nodes.len();
        tree.extend(nodes);
        if level.is_empty() || tree.len() > MOST_RECORDS {
            break;
        }
    }
    tree
}

/// An `include` or `redirect` and the record that has it.
struct Lead {
    parent: usize,
    via: &'static str,
    domain: String,
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
    let lead = |derive::spf::Child { via, domain }| Lead {
        parent,
        via,
        domain,
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
        records,
        record,
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
