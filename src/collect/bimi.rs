//! The BIMI record, and what it leads to where the probe is deep (BIMI draft §7).

use super::answers::of_kind;
use super::{Collector, web};
use crate::derive;
use crate::facts::bimi::{Bimi, BimiEvidence, BimiIndicator, BimiRecord};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::target::Target;
use crate::facts::vantage::Probe;
use crate::records::bimi::{evidence, record, svg};
use data_encoding::HEXLOWER;
use futures_util::future::join_all;
use sha2::{Digest as _, Sha256};

/// Asks for the record of the target and of its organizational domain side by side.
pub(super) async fn collect(shared: &Collector, target: &Target) -> Bimi {
    let asked = derive::bimi::domains(target);
    let asked = asked.into_iter().map(|domain| async move {
        of_kind(&shared.dns, &derive::bimi::name(&domain), record::is_record).await
    });
    let bimi = derive::bimi::conclude(join_all(asked).await);
    let (indicator, evidence) = match bimi.record.value() {
        Some(found) => tokio::join!(indicator(shared, found), evidence_document(shared, found)),
        None => (nothing(&bimi.record), nothing(&bimi.record)),
    };
    Bimi {
        indicator,
        evidence,
        ..bimi
    }
}

/// What is there without a record: nothing, or it is not known.
fn nothing<T, U>(record: &Observed<T>) -> Observed<U> {
    record.and_then(|_| Observed::unknown(Cause::NotAttempted, ""))
}

async fn indicator(shared: &Collector, record: &BimiRecord) -> Observed<BimiIndicator> {
    fetch(shared, &record.location).await.and_then(|page| {
        let body = &page.fetched.answer.body;
        Observed::present(BimiIndicator {
            url: record.location.clone(),
            status: page.fetched.answer.status,
            content_type: page.fetched.answer.content_type.clone(),
            chain: page.chain.clone(),
            bytes: u32::try_from(body.len()).unwrap_or(u32::MAX),
            sha256: HEXLOWER.encode(&Sha256::digest(body)),
            svg: match page.fetched.answer.status {
                // The first bytes of gzip (RFC 1952 §2.3).
                200 if body.starts_with(&[0x1f, 0x8b]) => {
                    Observed::unknown(Cause::NotObservable, "the file is compressed")
                }
                200 => Observed::present(svg::read(body)),
                _ => Observed::absent(Proof::HttpStatus),
            },
        })
    })
}

async fn evidence_document(shared: &Collector, record: &BimiRecord) -> Observed<BimiEvidence> {
    fetch(shared, &record.evidence).await.and_then(|page| {
        let read = if page.fetched.answer.status == 200 {
            evidence::read(&page.fetched.answer.body, shared.now())
        } else {
            evidence::Evidence::default()
        };
        Observed::present(BimiEvidence {
            url: record.evidence.clone(),
            status: page.fetched.answer.status,
            chain: page.chain.clone(),
            certificates: read.certificates,
            in_time: false,
            for_marks: read.for_marks,
            names_domain: false,
            logotype: read.logotype,
            mark_sha256: read.mark_sha256,
            mark_compressed: read.mark_compressed,
            defects: read.defects,
        })
    })
}

/// The page at an address; absent where the record gives none, or none that can be used.
async fn fetch(shared: &Collector, address: &str) -> Observed<web::Page> {
    if address.is_empty() {
        return Observed::absent(Proof::NoSubject);
    }
    let (host, path) = match record::https(address) {
        Ok(found) => found,
        Err(why) => {
            return Observed::Absent {
                proof: Proof::Malformed,
                detail: why.to_owned(),
            };
        }
    };
    if shared.circumstances.probe < Probe::Deep {
        let why = "files of BIMI are fetched with `--probe deep`";
        return Observed::unknown(Cause::NotAttempted, why);
    }
    let at = web::addresses(&shared.dns, &host).await;
    web::page(shared, &host, &path, &at).await
}
