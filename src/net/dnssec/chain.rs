//! The walk from a trust anchor down to the zone of a name (RFC 4035 §5.2), once for every zone in a run.

use super::anchors::{Anchor, TrustAnchors};
use super::denial::{Cut, Denial};
use super::verify::{RrSet, Zone, signature, verify};
use super::{Evidence, Fault, Lookup, ede};
use crate::facts::dns::{ChainEnd, ChainEndCause, Dnssec, DnssecState};
use crate::net::clock::Clock;
use crate::net::dns::names;
use crate::net::dns::once::Once;
use futures_util::future::{join, join_all};
use hickory_proto::dnssec::rdata::{DNSKEY, DS};
use hickory_proto::dnssec::{DigestType, PublicKey as _};
use hickory_proto::rr::{Name, RecordData as _, RecordType};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::OnceCell;

/// How many zone states are kept, twice.
const MAX_ZONES: usize = 16_384;

/// How far names can be believed: what was found out about zones so far.
#[derive(Debug)]
pub(crate) struct Chain {
    anchors: TrustAnchors,
    pub(super) clock: Clock,
    /// By the apex of a zone that has trust anchors.
    starts: Once<OnceCell<Standing>>,
    /// By every name below that may be a zone cut.
    steps: Once<OnceCell<Step>>,
}

/// What holds for the names at and below a place, unless a zone cut further down changes it.
#[derive(Clone, Debug)]
pub(super) enum Standing {
    /// These keys sign.
    Signed(Arc<Zone>),
    /// No chain of signatures leads here, for this reason.
    Broken(Arc<Dnssec>),
}

/// What was found out about one name as a possible zone cut.
#[derive(Clone, Debug)]
enum Step {
    /// A zone begins here.
    Cut(Standing),
    /// The name belongs to the zone above.
    Within,
    /// The name does not exist: no cut can be below it.
    Nowhere,
}

impl Step {
    fn broken(state: DnssecState, fault: &Fault, apex: &Name) -> Self {
        Self::Cut(broken(state, fault, apex))
    }

    /// The chain ends here although nothing is wrong.
    fn unsigned(words: Dnssec, above: &Name, apex: &Name, cause: ChainEndCause) -> Self {
        let end = ChainEnd {
            parent: names::text(above),
            child: names::text(apex),
            cause,
        };
        Self::Cut(Standing::Broken(Arc::new(Dnssec {
            zone: Some(end.child.clone()),
            chain_end: Some(end),
            ..words
        })))
    }
}

fn broken(state: DnssecState, fault: &Fault, apex: &Name) -> Standing {
    let mut dnssec = fault.as_state(state);
    dnssec.zone = Some(names::text(apex));
    Standing::Broken(Arc::new(dnssec))
}

impl Chain {
    /// Nothing known but the anchors.
    pub(crate) const fn new(anchors: TrustAnchors, clock: Clock) -> Self {
        Self {
            anchors,
            clock,
            starts: Once::new(MAX_ZONES),
            steps: Once::new(MAX_ZONES),
        }
    }

    /// The state that the zone of this name puts its answers into, where no chain leads there; as far
    /// down as names are registered. Nothing where the zone is signed, as far as that is known.
    pub(crate) async fn obstacle(&self, look: &impl Lookup, name: &Name) -> Option<Dnssec> {
        let place = names::registrable(name)?;
        match self.standing(look, &place, names::labels(&place)).await {
            Standing::Signed(_) => None,
            Standing::Broken(dnssec) => Some(dnssec.as_ref().clone()),
        }
    }

    /// Finds out about the registered domain above a name while the name itself is being asked, so that
    /// the assessment costs as few round trips as can be. The DS of a registered domain is needed in
    /// any case: it proves the domain signed or unsigned.
    pub(crate) async fn prepare(&self, look: &impl Lookup, name: &Name) {
        let Some(place) = names::registrable(name) else {
            return;
        };
        let Some((apex, _)) = self.anchors.enclosing(&place) else {
            return;
        };
        let (top, depth) = (names::labels(apex), names::labels(&place));
        let mut wanted = Vec::new();
        let start = self.starts.known(&names::wire(apex));
        match start.as_ref().and_then(|cell| cell.get()) {
            Some(Standing::Broken(_)) => return,
            Some(Standing::Signed(_)) => {}
            None => wanted.push((apex.clone(), RecordType::DNSKEY)),
        }
        for count in top + 1..=depth {
            let above = names::suffix(&place, count);
            let step = self.steps.known(&names::wire(&above));
            match step.as_ref().and_then(|cell| cell.get()) {
                Some(Step::Cut(Standing::Broken(_)) | Step::Nowhere) => break,
                Some(Step::Cut(Standing::Signed(_)) | Step::Within) => {}
                None => {
                    if count == 1 {
                        wanted.push((above.clone(), RecordType::DNSKEY));
                    }
                    wanted.push((above, RecordType::DS));
                }
            }
        }
        if wanted.is_empty() {
            return;
        }
        let ahead = wanted
            .iter()
            .map(|(above, rtype)| look.look_up(above, *rtype));
        join(self.standing(look, &place, depth), join_all(ahead)).await;
    }

    /// Walks down to the name's last `depth` labels and says what holds there.
    pub(super) async fn standing(&self, look: &impl Lookup, name: &Name, depth: usize) -> Standing {
        let Some((apex, anchors)) = self.anchors.enclosing(name) else {
            let words = format!("no trust anchor lies above {}", names::text(name));
            let fault = Fault::new(ede::INDETERMINATE, words);
            return broken(DnssecState::Indeterminate, &fault, name);
        };
        let mut standing = self.start(look, apex, anchors).await;
        for count in names::labels(apex) + 1..=depth {
            let Standing::Signed(zone) = &standing else {
                break;
            };
            let place = names::suffix(name, count);
            let entry = self.steps.entry(&names::wire(&place));
            let step = entry.get_or_init(|| self.step(look, zone, &place)).await;
            match step {
                Step::Cut(below) => standing = below.clone(),
                Step::Within => {}
                Step::Nowhere => break,
            }
        }
        standing
    }

    /// The state of a zone that has trust anchors.
    async fn start(&self, look: &impl Lookup, apex: &Name, anchors: &[Anchor]) -> Standing {
        let entry = self.starts.entry(&names::wire(apex));
        let find = || async {
            let trusted = |key: &DNSKEY| anchors.iter().any(|anchor| anchor.covers(apex, key));
            let mismatch = |keys: &[&DNSKEY]| {
                let words = format!(
                    "no DNSKEY of {} ({}) is a trust anchor",
                    names::text(apex),
                    tags(keys)
                );
                Fault::new(ede::DNSKEY_MISSING, words)
            };
            match look.look_up(apex, RecordType::DNSKEY).await {
                Ok(evidence) if evidence.nxdomain && !carries_signatures(&evidence) => {
                    let name = names::text(apex);
                    let words =
                        format!("the resolver denies that `{name}` exists: it can't be used");
                    let fault = Fault::new(ede::INVALID_DATA, words);
                    broken(DnssecState::Indeterminate, &fault, apex)
                }
                Ok(evidence) if !carries_signatures(&evidence) => {
                    // This says something about the resolver, nothing about the names that are asked.
                    let words = format!(
                        "the resolver hands out no signed keys of {}",
                        names::text(apex)
                    );
                    let fault = Fault::new(ede::INDETERMINATE, words);
                    broken(DnssecState::Indeterminate, &fault, apex)
                }
                Ok(_) | Err(_) => self.keys(look, apex, trusted, mismatch).await,
            }
        };
        entry.get_or_init(find).await.clone()
    }

    /// What the zone above says about a zone cut at the name, and the keys there.
    async fn step(&self, look: &impl Lookup, above: &Zone, name: &Name) -> Step {
        let evidence = match look.look_up(name, RecordType::DS).await {
            Ok(evidence) => evidence,
            Err(fault) => return Step::broken(DnssecState::Indeterminate, &fault, name),
        };
        let set = RrSet::gather(&evidence.answers, name, RecordType::DS);
        if set.records.is_empty() {
            return self.without_ds(&evidence, above, name);
        }
        if let Err(fault) = verify(&set, above, self.clock.now()) {
            return Step::broken(DnssecState::Bogus, &fault, name);
        }
        let digests: Vec<&DS> = set
            .records
            .iter()
            .filter_map(|record| DS::try_borrow(&record.data))
            .collect();
        let usable = match usable(&digests, name) {
            Ok(usable) => usable,
            Err(fault) => {
                let cause = if fault.ede == ede::UNSUPPORTED_ALGORITHM {
                    ChainEndCause::UnsupportedAlgorithm
                } else {
                    ChainEndCause::UnsupportedDigest
                };
                let words = fault.as_state(DnssecState::Insecure);
                return Step::unsigned(words, &above.apex, name, cause);
            }
        };
        // The tag goes first (RFC 4035 §5.2), and the digests that may be computed are few: both lists are a
        // stranger's.
        let computed = AtomicUsize::new(0);
        let trusted = |key: &DNSKEY| {
            let tag = key.calculate_key_tag().ok();
            let fits = |digest: &&&DS| {
                Some(digest.key_tag()) == tag && digest.algorithm() == key.public_key().algorithm()
            };
            usable.iter().filter(fits).any(|digest| {
                computed.fetch_add(1, Ordering::Relaxed) < MOST_DIGESTS
                    && digest.covers(name, key).unwrap_or(false)
            })
        };
        let mismatch = |keys: &[&DNSKEY]| no_match(name, &usable, keys);
        Step::Cut(self.keys(look, name, trusted, mismatch).await)
    }

    /// Reads the denial of a DS record.
    fn without_ds(&self, evidence: &Evidence, above: &Zone, name: &Name) -> Step {
        let now = self.clock.now();
        let alias = RrSet::gather(&evidence.answers, name, RecordType::CNAME);
        if !alias.records.is_empty() {
            // A name with an alias has no delegation (RFC 1034 §3.6.2).
            return match verify(&alias, above, now) {
                Ok(_) => Step::Within,
                Err(fault) => Step::broken(DnssecState::Bogus, &fault, name),
            };
        }
        let denial = match Denial::gather(&evidence.authorities, above, now) {
            Ok(denial) => denial,
            Err(fault) => return Step::broken(DnssecState::Bogus, &fault, name),
        };
        let insecure = |words: String, cause| {
            let words = Dnssec::new(DnssecState::Insecure, words);
            Step::unsigned(words, &above.apex, name, cause)
        };
        let (zone, place) = (names::text(&above.apex), names::text(name));
        match denial.cut(name) {
            Cut::Within => Step::Within,
            Cut::Nowhere => Step::Nowhere,
            Cut::Unsigned => insecure(
                format!("{zone} proves that {place} is delegated without DS"),
                ChainEndCause::NoDs,
            ),
            Cut::OptOut => insecure(
                format!("{zone} leaves {place} out of its proofs (NSEC3 opt-out)"),
                ChainEndCause::OptOut,
            ),
            Cut::Unsupported(fault) => {
                let words = fault.as_state(DnssecState::Insecure);
                Step::unsigned(words, &above.apex, name, ChainEndCause::Nsec3Iterations)
            }
            Cut::Unproven(fault) => Step::broken(DnssecState::Bogus, &fault, name),
        }
    }

    /// Fetches the keys of a zone and checks that a trusted one signed them.
    async fn keys(
        &self,
        look: &impl Lookup,
        apex: &Name,
        trusted: impl Fn(&DNSKEY) -> bool,
        mismatch: impl Fn(&[&DNSKEY]) -> Fault,
    ) -> Standing {
        let evidence = match look.look_up(apex, RecordType::DNSKEY).await {
            Ok(evidence) => evidence,
            Err(fault) => return broken(DnssecState::Indeterminate, &fault, apex),
        };
        let set = RrSet::gather(&evidence.answers, apex, RecordType::DNSKEY);
        let keys: Vec<&DNSKEY> = set
            .records
            .iter()
            .filter_map(|record| DNSKEY::try_borrow(&record.data))
            .collect();
        let entries: Vec<&DNSKEY> = keys.iter().copied().filter(|key| trusted(key)).collect();
        if entries.is_empty() {
            return broken(DnssecState::Bogus, &mismatch(&keys), apex);
        }
        let entry = Zone::new(apex.clone(), entries.into_iter());
        match verify(&set, &entry, self.clock.now()) {
            Ok(_) => {
                let zone = Zone::new(apex.clone(), keys.into_iter());
                Standing::Signed(Arc::new(zone))
            }
            Err(fault) => broken(DnssecState::Bogus, &fault, apex),
        }
    }
}

fn carries_signatures(evidence: &Evidence) -> bool {
    evidence
        .answers
        .iter()
        .any(|record| signature(record).is_some())
}

/// The most key tags that a reason lists.
const MOST_TAGS: usize = 10;

/// The most digests of keys that are computed to enter one zone.
const MOST_DIGESTS: usize = 64;

/// The DS records to go by: of a supported algorithm and digest, SHA-1 only where nothing better is
/// there (RFC 4035 §5.2, RFC 4509 §3). Without any the zone counts as unsigned.
fn usable<'d>(digests: &[&'d DS], name: &Name) -> Result<Vec<&'d DS>, Fault> {
    let place = names::text(name);
    let known: Vec<&DS> = digests
        .iter()
        .copied()
        .filter(|digest| digest.algorithm().is_supported())
        .collect();
    if known.is_empty() {
        let words = format!("no DS of {place} has a supported algorithm");
        return Err(Fault::new(ede::UNSUPPORTED_ALGORITHM, words));
    }
    let mut usable: Vec<&DS> = known
        .into_iter()
        .filter(|digest| digest.digest_type().is_supported())
        .collect();
    if usable.is_empty() {
        let words = format!("no DS of {place} has a supported digest type");
        return Err(Fault::new(ede::UNSUPPORTED_DIGEST, words));
    }
    if usable
        .iter()
        .any(|digest| digest.digest_type() != DigestType::SHA1)
    {
        usable.retain(|digest| digest.digest_type() != DigestType::SHA1);
    }
    Ok(usable)
}

/// Why no key of the zone matches its DS records.
fn no_match(name: &Name, digests: &[&DS], keys: &[&DNSKEY]) -> Fault {
    let place = names::text(name);
    let same_tag = |key: &&&DNSKEY| {
        let tag = key.calculate_key_tag().ok();
        digests.iter().any(|digest| Some(digest.key_tag()) == tag)
    };
    let wanted: Vec<u16> = digests.iter().map(|digest| digest.key_tag()).collect();
    let wanted = some(&wanted);
    match keys.iter().find(same_tag) {
        None if keys.is_empty() => Fault::new(
            ede::DNSKEY_MISSING,
            format!("{place} has a DS for key {wanted}, but no DNSKEY"),
        ),
        None => Fault::new(
            ede::DNSKEY_MISSING,
            format!(
                "the DS of {place} is for key {wanted}, its DNSKEYs are {}",
                tags(keys)
            ),
        ),
        Some(key) if !key.zone_key() => Fault::new(
            ede::NO_ZONE_KEY_BIT,
            format!("the DNSKEY {wanted} of {place} lacks the zone key flag"),
        ),
        Some(_) => Fault::new(
            ede::DNSKEY_MISSING,
            format!(
                "the DS of {place} for key {wanted} has another digest or algorithm than the DNSKEY"
            ),
        ),
    }
}

fn tags(keys: &[&DNSKEY]) -> String {
    let mut tags: Vec<u16> = keys
        .iter()
        .filter_map(|key| key.calculate_key_tag().ok())
        .collect();
    tags.sort_unstable();
    some(&tags)
}

/// The first few of a list of key tags.
fn some(tags: &[u16]) -> String {
    let shown: Vec<String> = tags.iter().take(MOST_TAGS).map(u16::to_string).collect();
    let rest = if tags.len() > MOST_TAGS { ", …" } else { "" };
    shown.join(", ") + rest
}
