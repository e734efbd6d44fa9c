//! The providers that a domain's SPF and MX records name. All of these questions are asked by other
//! families too, and their answers shared.

use super::super::answers::of_kind;
use super::super::mail_servers::read_records;
use crate::derive;
use crate::facts::dkim::DkimProvider;
use crate::net::dns::Dns;
use crate::records::spf::is_spf;
use futures_util::future::join_all;
use hickory_proto::rr::RecordType;

/// How many records that the domain's own includes are looked at.
const MOST_INCLUDES: usize = 10;

/// What the MX records name, the domain's SPF record, and those that it includes.
pub(super) async fn seen(dns: &Dns, domain: &str) -> Vec<DkimProvider> {
    let (mx, own) = tokio::join!(
        dns.ask(domain, RecordType::MX),
        of_kind(dns, domain, is_spf)
    );
    let records = mx.answer(read_records);
    let mut texts = own.value().cloned().unwrap_or_default();
    // Several records are none (RFC 7208 §4.5): nobody follows them.
    if let [only] = texts.as_slice() {
        let names = derive::dkim::included(only).into_iter();
        let below = names.take(MOST_INCLUDES).map(|name| async move {
            let answer = of_kind(dns, &name, is_spf).await;
            answer.value().cloned().unwrap_or_default()
        });
        texts.extend(join_all(below).await.into_iter().flatten());
    }
    derive::dkim::providers(
        texts.iter().map(String::as_str),
        records.value().into_iter().flatten(),
    )
}
