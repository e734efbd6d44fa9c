//! The Authenticated Received Chain (RFC 8617 §5.2).

use super::bodies::Bodies;
use super::dkim::{self, Failure};
use super::source::Records;
use crate::facts::observed::{Observed, Proof};
use crate::facts::outbound::arc::{ArcChain, ArcSet};
use crate::facts::outbound::signature::DkimResult;
use crate::facts::timestamp::Timestamp;
use crate::records::message::Message;
use crate::records::message::arc::{self, Set};
use crate::records::message::canonical::{Form, put_field, put_signature};

/// The chain of a message; absent where it has none.
pub(super) async fn of(
    message: &Message<'_>,
    records: Records<'_>,
    bodies: &Bodies<'_>,
    moment: Timestamp,
) -> Observed<ArcChain> {
    let Some(chain) = arc::chain(message) else {
        return Observed::absent(Proof::NoSuchRecord);
    };
    let facts = chain.sets.iter().map(set).collect();
    let found = if chain.fault.is_empty() {
        verify(message, &chain.sets, records, bodies, moment).await
    } else {
        Err(Failure::new(DkimResult::Fail, chain.fault.clone()))
    };
    let (verifies, reason, oldest_pass) = match found {
        Ok(oldest) => (Observed::present(true), String::new(), oldest),
        Err(failure) => {
            let verifies = match failure.unknown {
                Some((cause, detail)) => Observed::unknown(cause, detail),
                None => Observed::present(false),
            };
            (verifies, failure.reason, 0)
        }
    };
    Observed::present(ArcChain {
        verifies,
        reason,
        oldest_pass,
        sets: facts,
    })
}

fn set(set: &Set<'_>) -> ArcSet {
    let tags = &set.seal_tags;
    ArcSet {
        instance: set.instance,
        domain: tags.domain.clone(),
        selector: tags.selector.clone(),
        algorithm: tags.algorithm.clone(),
        chain_validation: tags.chain_validation.clone(),
        sealed_at: tags.signed_at,
        authserv_id: set.host.clone(),
    }
}

/// The newest signature of the message, then every seal; and how far back signatures of the message hold.
async fn verify(
    message: &Message<'_>,
    sets: &[Set<'_>],
    records: Records<'_>,
    bodies: &Bodies<'_>,
    moment: Timestamp,
) -> Result<u32, Failure> {
    let Some(newest) = sets.last() else {
        return Err(Failure::new(DkimResult::Fail, "the chain has no set"));
    };
    holds(message, newest, records, bodies)
        .await
        .map_err(|failure| {
            let what = format!(
                "the newest signature of the message, in the set {}",
                newest.instance
            );
            told(failure, &what)
        })?;
    if let Some(expires) = newest.message_tags.expires
        && expires < moment
    {
        let reason = format!("the newest signature of the message expired at {expires}");
        return Err(Failure::new(DkimResult::Fail, reason));
    }
    for (number, sealed) in sets.iter().enumerate().rev() {
        let so_far = sets.get(..=number).unwrap_or_default();
        seal(so_far, sealed, records).await.map_err(|failure| {
            told(failure, &format!("the seal of the set {}", sealed.instance))
        })?;
    }
    let mut oldest = newest.instance;
    for earlier in sets.iter().rev().skip(1) {
        if holds(message, earlier, records, bodies).await.is_err() {
            break;
        }
        oldest = earlier.instance;
    }
    Ok(oldest)
}

fn told(failure: Failure, what: &str) -> Failure {
    Failure {
        reason: format!("{what}: {}", failure.reason),
        ..failure
    }
}

/// Whether a set's signature of the message holds.
async fn holds(
    message: &Message<'_>,
    set: &Set<'_>,
    records: Records<'_>,
    bodies: &Bodies<'_>,
) -> Result<(), Failure> {
    let tags = &set.message_tags;
    dkim::written(tags)?;
    let key = records.key(&tags.domain, &tags.selector).await;
    dkim::verify(message, (&set.message, tags), &key, bodies)
}

/// Whether a seal holds: it signs the fields of its set and of all before, in their order (RFC 8617 §5.1.1).
async fn seal(so_far: &[Set<'_>], sealed: &Set<'_>, records: Records<'_>) -> Result<(), Failure> {
    let tags = &sealed.seal_tags;
    dkim::written(tags)?;
    let key = records.key(&tags.domain, &tags.selector).await;
    let key = dkim::usable(tags, &key)?;
    let mut input = Vec::new();
    for set in so_far {
        put_field(Form::Relaxed, &set.results, &mut input);
        put_field(Form::Relaxed, &set.message, &mut input);
        if set.instance == sealed.instance {
            put_signature(Form::Relaxed, &set.seal, &mut input);
        } else {
            put_field(Form::Relaxed, &set.seal, &mut input);
        }
    }
    dkim::check(&tags.algorithm, key, &input, &tags.signature).map_err(|trouble| {
        let reason = format!("it does not fit the fields of the chain: one of them was changed, or another key sealed{trouble}");
        Failure::new(DkimResult::Fail, reason)
    })
}
