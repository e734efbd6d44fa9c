//! What `waxseal reports` shows: by domain how mail fared, who sends, what fails; and which files were not read.

use super::paint::painted;
use super::{escape, width};
use crate::facts::observed::Observed;
use crate::facts::outbound::OutboundDocument;
use crate::facts::reported::{
    PublishedPolicy, Reported, ReportedFailures, ReportedMail, ReportedSource, ReportedWord,
    Reporter, SourcePattern,
};
use crate::facts::timestamp::Timestamp;
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

mod tls;

/// Most rows of a list; `--json` has more.
const MOST_ROWS: usize = 15;

/// Most columns of a name from a report.
const LONGEST: usize = 60;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// All that the page says.
#[derive(Clone, Copy, Debug)]
pub struct Summary<'a> {
    /// What the reports come to, a domain each.
    pub domains: &'a [OutboundDocument],
    /// Places that are not read, or not in whole, and why.
    pub refused: &'a [(String, String)],
    /// How many files and e-mails have no report.
    pub passed_over: usize,
}

/// Writes the page; with colours where that is wanted.
pub fn render(summary: &Summary<'_>, colored: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { out, colored };
    for (number, document) in summary.domains.iter().enumerate() {
        if number > 0 {
            writeln!(page.out)?;
        }
        if let Some(reported) = &document.reported {
            page.domain(&document.domain, reported)?;
        }
    }
    page.refused(summary)
}

struct Page<'a> {
    out: &'a mut dyn Write,
    colored: bool,
}

impl Page<'_> {
    fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = painted(self.colored, BOLD, text);
        writeln!(self.out, "\n  {text}")
    }

    fn row(&mut self, label: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "    {label:14}{text}")
    }

    /// Says how many more there are than were listed.
    fn more(&mut self, left: usize, what: &str) -> io::Result<()> {
        if left == 0 {
            return Ok(());
        }
        let text = painted(
            self.colored,
            FAINT,
            &format!("and {left} more {what}: --json"),
        );
        writeln!(self.out, "    {text}")
    }

    fn domain(&mut self, domain: &str, reported: &Reported) -> io::Result<()> {
        let name = painted(self.colored, BOLD, &name(domain));
        writeln!(self.out, "{name}")?;
        if reported.repeated_reports > 0 {
            let text = counted(
                reported.repeated_reports,
                "report came again and is counted once",
                "reports came again and are counted once",
            );
            writeln!(self.out, "  {text}")?;
        }
        match &reported.mail {
            Observed::Present { value } => self.mail(reported.aggregate_reports, value)?,
            Observed::Absent { .. } => self.heading("Mail: the reports count no message")?,
            Observed::Unknown { .. } if reported.aggregate_reports > 0 => {
                self.heading("Mail: no record of the reports can be read")?;
            }
            Observed::Unknown { .. } => (),
        }
        if let Observed::Present { value } = &reported.failures {
            self.failures(reported.failure_reports, value)?;
        }
        match &reported.tls {
            Observed::Present { value } => tls::render(self, reported.tls_reports, value)?,
            Observed::Absent { .. } => self.heading("TLS: the reports count no session")?,
            Observed::Unknown { .. } => (),
        }
        Ok(())
    }

    fn mail(&mut self, reports: u32, mail: &ReportedMail) -> io::Result<()> {
        let reports = counted(reports, "report", "reports");
        let period = period(mail.begin, mail.end);
        self.heading(&format!("Mail in {reports}{period}"))?;
        let count = &mail.count;
        self.row("messages", &count.messages.to_string())?;
        let passing = share(count.passing_per_10000);
        let passing = painted(
            self.colored,
            if count.failing > 0 {
                YELLOW
            } else {
                Style::new()
            },
            &passing,
        );
        let by = format!(
            "{passing} pass DMARC ({} fail); by SPF {}, by DKIM {}",
            count.failing,
            share(count.aligned_spf_per_10000),
            share(count.aligned_dkim_per_10000)
        );
        self.row("authenticated", &by)?;
        let done = &mail.dispositions;
        let mut fates = vec![format!("{} accepted", done.accepted)];
        for (count, word) in [
            (done.quarantined, "quarantined"),
            (done.rejected, "rejected"),
            (done.unsaid, "not said"),
        ] {
            if count > 0 {
                fates.push(format!("{count} {word}"));
            }
        }
        self.row("outcome", &fates.join(", "))?;
        if !mail.overrides.is_empty() {
            self.row("overridden", &listed(&mail.overrides))?;
        }
        if mail.records_left_out > 0 {
            let text = counted(
                mail.records_left_out,
                "record can't be read and is not counted",
                "records can't be read and are not counted",
            );
            self.row("left out", &text)?;
        }
        for (number, policy) in mail.policies.iter().take(3).enumerate() {
            let last = policy
                .end
                .map(|end| format!(", last seen {}", day(end)))
                .unwrap_or_default();
            let label = if number == 0 { "policy seen" } else { "before" };
            self.row(label, &format!("{}{last}", published(&policy.published)))?;
        }
        self.row(
            "reporters",
            &reporters(&mail.reporters, mail.reporters_left_out),
        )?;
        self.sources(mail)?;
        self.selectors(mail)?;
        self.from(mail)
    }

    /// The sources, those first of which most fails.
    fn sources(&mut self, mail: &ReportedMail) -> io::Result<()> {
        self.heading("Sources, most failing messages first")?;
        let head = painted(
            self.colored,
            FAINT,
            &format!(
                "{:>9} {:>9}  {:>8}  {:>8}  {:26}what it looks like",
                "failing", "of", "SPF", "DKIM", "address"
            ),
        );
        writeln!(self.out, "    {head}")?;
        for source in mail.sources.iter().take(MOST_ROWS) {
            self.source(source)?;
        }
        let unlisted = usize::try_from(mail.sources_left_out.entries).unwrap_or(usize::MAX);
        let hidden = mail.sources.len().saturating_sub(MOST_ROWS);
        self.more(hidden.saturating_add(unlisted), "sources")
    }

    fn source(&mut self, source: &ReportedSource) -> io::Result<()> {
        let count = &source.count;
        let failing = format!("{:>9}", count.failing);
        let failing = if count.failing > 0 {
            painted(self.colored, RED, &failing)
        } else {
            failing
        };
        let address = width::pad(&source.address.to_string(), 26);
        writeln!(
            self.out,
            "    {failing} {:>9}  {:>8}  {:>8}  {address}{}",
            count.messages,
            share(count.aligned_spf_per_10000),
            share(count.aligned_dkim_per_10000),
            guess(source)
        )
    }

    fn selectors(&mut self, mail: &ReportedMail) -> io::Result<()> {
        if mail.selectors.is_empty() {
            return Ok(());
        }
        self.heading("DKIM selectors")?;
        for selector in mail.selectors.iter().take(MOST_ROWS) {
            let verified = format!("{} of {} verify", selector.passing, selector.messages);
            let label = format!("{} at {}", name(&selector.selector), name(&selector.domain));
            writeln!(self.out, "    {}  {verified}", width::pad(&label, 40))?;
        }
        let unlisted = usize::try_from(mail.selectors_left_out).unwrap_or(usize::MAX);
        let hidden = mail.selectors.len().saturating_sub(MOST_ROWS);
        self.more(hidden.saturating_add(unlisted), "selectors")
    }

    fn from(&mut self, mail: &ReportedMail) -> io::Result<()> {
        if mail.from_domains.len() < 2 {
            return Ok(());
        }
        self.heading("Domains in From")?;
        for from in mail.from_domains.iter().take(MOST_ROWS) {
            let label = width::pad(&name(&from.domain), 40);
            writeln!(
                self.out,
                "    {label}  {} of {} pass",
                from.passing, from.messages
            )?;
        }
        let unlisted = usize::try_from(mail.from_domains_left_out).unwrap_or(usize::MAX);
        let hidden = mail.from_domains.len().saturating_sub(MOST_ROWS);
        self.more(hidden.saturating_add(unlisted), "domains")
    }

    fn failures(&mut self, reports: u32, failures: &ReportedFailures) -> io::Result<()> {
        let reports = counted(reports, "failure report", "failure reports");
        let period = period(failures.begin, failures.end);
        self.heading(&format!("Single messages in {reports}{period}"))?;
        self.row("messages", &failures.incidents.to_string())?;
        for (label, words) in [
            ("reasons", &failures.reasons),
            ("outcome", &failures.deliveries),
            ("domains", &failures.domains),
        ] {
            if !words.is_empty() {
                self.row(label, &listed(words))?;
            }
        }
        let sources = failures.sources.iter().take(MOST_ROWS);
        let sources: Vec<_> = sources
            .map(|source| format!("{} {}", source.address, source.incidents))
            .collect();
        if !sources.is_empty() {
            self.row("sources", &sources.join(", "))?;
        }
        self.row("reporters", &reporters(&failures.reporters, 0))
    }

    fn refused(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        if !summary.refused.is_empty() {
            let text = counted(
                summary.refused.len(),
                "place was not read, or not in whole, so that this is not all",
                "places were not read, or not in whole, so that this is not all",
            );
            let text = painted(self.colored, RED, &text);
            writeln!(self.out, "\n{text}")?;
            for (place, why) in summary.refused {
                writeln!(self.out, "  {}: {}", escape::line(place), escape::line(why))?;
            }
        }
        if summary.passed_over > 0 {
            let text = counted(
                summary.passed_over,
                "file or e-mail has no report and was passed over",
                "files or e-mails have no report and were passed over",
            );
            let text = painted(self.colored, FAINT, &text);
            writeln!(self.out, "\n{text}")?;
        }
        Ok(())
    }
}

/// What a source looks like, in words.
fn guess(source: &ReportedSource) -> String {
    let identity = |list: &[crate::facts::reported::ReportedIdentity]| {
        list.iter()
            .find(|one| one.result == "pass")
            .map(|one| name(&one.domain))
    };
    match source.pattern {
        SourcePattern::SpfAligned => "a server that the SPF record lets in".to_owned(),
        SourcePattern::Forwarded => format!(
            "a forwarder or mailing list, as receivers say ({})",
            listed(&source.overrides)
        ),
        SourcePattern::DkimOnly => {
            "a forwarder, or a sender that signs and is not in the SPF record".to_owned()
        }
        SourcePattern::OtherDomain => {
            let other = identity(&source.spf).or_else(|| identity(&source.dkim));
            let other = other
                .map(|domain| format!(" as {domain}"))
                .unwrap_or_default();
            format!(
                "a service, a mailing list or a stranger that authenticates{other}, not as the domain in From"
            )
        }
        SourcePattern::Unauthenticated => {
            "nothing passes: somebody else, or a sender that was forgotten".to_owned()
        }
    }
}

fn published(policy: &PublishedPolicy) -> String {
    let mut tags = vec![format!("p={}", policy.p.map_or("?", |p| p.as_str()))];
    tags.extend(policy.sp.map(|sp| format!("sp={}", sp.as_str())));
    tags.extend(policy.np.map(|np| format!("np={}", np.as_str())));
    for (tag, value) in [("adkim", &policy.adkim), ("aspf", &policy.aspf)] {
        if value == "s" {
            tags.push(format!("{tag}=s"));
        }
    }
    tags.extend(
        policy
            .pct
            .filter(|percent| *percent < 100)
            .map(|percent| format!("pct={percent}")),
    );
    if policy.testing == Some(true) {
        tags.push("t=y".to_owned());
    }
    tags.join(" ")
}

/// A name from a report, on one line and not too long.
fn name(text: &str) -> String {
    width::cut(&escape::line(text), LONGEST)
}

fn listed(words: &[ReportedWord]) -> String {
    let shown = words
        .iter()
        .take(MOST_ROWS)
        .map(|word| format!("{} {}", name(&word.word), word.count));
    let shown: Vec<_> = shown.collect();
    shown.join(", ")
}

fn reporters(reporters: &[Reporter], left_out: u32) -> String {
    let shown = reporters
        .iter()
        .take(MOST_ROWS)
        .map(|reporter| format!("{} ({})", name(&reporter.name), reporter.count));
    let mut shown: Vec<_> = shown.collect();
    let hidden = reporters.len().saturating_sub(MOST_ROWS);
    let left = hidden.saturating_add(usize::try_from(left_out).unwrap_or(usize::MAX));
    if left > 0 {
        shown.push(format!("and {left} more"));
    }
    if shown.is_empty() {
        "not said".to_owned()
    } else {
        shown.join(", ")
    }
}

/// A share of ten thousand as percent, with two digits.
fn share(per_10000: u32) -> String {
    format!("{}.{:02} %", per_10000 / 100, per_10000 % 100)
}

fn period(begin: Option<Timestamp>, end: Option<Timestamp>) -> String {
    match (begin.map(day), end.map(day)) {
        (Some(begin), Some(end)) if begin == end => format!(", {begin}"),
        (Some(begin), Some(end)) => format!(", {begin} to {end}"),
        (Some(one), None) | (None, Some(one)) => format!(", {one}"),
        (None, None) => String::new(),
    }
}

fn day(time: Timestamp) -> String {
    let text = time.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

fn counted(number: impl TryInto<u64>, one: &str, several: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{number} {}", if number == 1 { one } else { several })
}

#[cfg(test)]
mod tests;
