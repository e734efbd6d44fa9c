//! The TLS-RPT record (RFC 8460 §3).

use super::answers::of_kind;
use crate::facts::tls_rpt::TlsRpt;
use crate::net::dns::Dns;
use crate::records::tls_rpt;

/// Asks for the record at `_smtp._tls`.
pub(super) async fn collect(dns: &Dns, domain: &str) -> TlsRpt {
    let records = of_kind(dns, &format!("_smtp._tls.{domain}"), tls_rpt::is_record).await;
    let record = tls_rpt::only(&records.observed);
    TlsRpt { records, record }
}
