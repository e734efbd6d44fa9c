//! The part of the page on TLS: sessions by policy, and why they failed.

use super::super::paint::painted;
use super::{FAINT, MOST_ROWS, Page, RED, counted, name, period, reporters, share};
use crate::facts::reported::{ReportedTls, ReportedTlsFailure, TlsPolicyType};
use std::io;

pub(super) fn render(page: &mut Page<'_>, reports: u32, tls: &ReportedTls) -> io::Result<()> {
    let reports = counted(reports, "report", "reports");
    let period = period(tls.begin, tls.end);
    page.heading(&format!("TLS in {reports}{period}"))?;
    page.row("sessions", &tls.count.sessions.to_string())?;
    for policy in &tls.policies {
        let count = &policy.count;
        let text = format!(
            "{} succeed ({} of {} fail)",
            share(count.successful_per_10000),
            count.failed,
            count.sessions
        );
        page.row(words(policy.policy_type), &text)?;
    }
    page.row(
        "reporters",
        &reporters(&tls.reporters, tls.reporters_left_out),
    )?;
    if tls.failures.is_empty() {
        return Ok(());
    }
    page.heading("Why sessions failed")?;
    for failure in tls.failures.iter().take(MOST_ROWS) {
        row(page, failure)?;
    }
    let unlisted = usize::try_from(tls.failures_left_out).unwrap_or(usize::MAX);
    let hidden = tls.failures.len().saturating_sub(MOST_ROWS);
    page.more(hidden.saturating_add(unlisted), "kinds of failure")
}

fn row(page: &mut Page<'_>, failure: &ReportedTlsFailure) -> io::Result<()> {
    let sessions = painted(page.colored, RED, &format!("{:>9}", failure.sessions));
    let server = if failure.receiving_mx.is_empty() {
        "a server that is not named".to_owned()
    } else {
        name(&failure.receiving_mx)
    };
    let from = failure
        .sending_mta
        .map(|address| format!(" from {address}"))
        .unwrap_or_default();
    let reason = if failure.reason.is_empty() {
        String::new()
    } else {
        painted(
            page.colored,
            FAINT,
            &format!(" ({})", name(&failure.reason)),
        )
    };
    writeln!(
        page.out,
        "    {sessions}  {} at {server}{from}, {}{reason}",
        name(&failure.result_type),
        words(failure.policy_type)
    )
}

/// What the senders held the servers to, for people.
const fn words(kind: TlsPolicyType) -> &'static str {
    match kind {
        TlsPolicyType::Tlsa => "DANE",
        TlsPolicyType::Sts => "MTA-STS",
        TlsPolicyType::NoPolicyFound => "no policy",
        TlsPolicyType::Other => "other",
    }
}
