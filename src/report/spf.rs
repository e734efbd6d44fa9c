//! What `waxseal spf` shows: the tree of records, what it costs, whom it lets in, and one sender's check.

use super::escape;
use super::paint::painted;
use crate::facts::observed::Observed;
use crate::facts::spf::{Qualifier, Spf, SpfCheck, SpfNode, SpfResult, SpfStatus};
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

/// Most characters of a record or a term that are shown.
const LONGEST: usize = 400;
const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// Writes the page; with colours where that is wanted.
pub fn render(
    domain: &str,
    spf: &Spf,
    check: Option<&SpfCheck>,
    colored: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page { out, colored };
    page.tree(spf)?;
    page.evaluation(spf)?;
    page.defects(spf)?;
    match check {
        Some(check) => page.check(check),
        None => page.hint(domain),
    }
}

struct Page<'a> {
    out: &'a mut dyn Write,
    colored: bool,
}

impl Page<'_> {
    fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = painted(self.colored, BOLD, text);
        writeln!(self.out, "\n{text}")
    }

    fn tree(&mut self, spf: &Spf) -> io::Result<()> {
        for node in &spf.tree {
            self.node(node)?;
        }
        Ok(())
    }

    /// One record: how it is reached, what it costs, its text.
    fn node(&mut self, node: &SpfNode) -> io::Result<()> {
        let indent = "  ".repeat(usize::try_from(node.depth).unwrap_or(0).min(20));
        let sign = node.qualifier.map_or("", sign);
        let via = match node.via.as_str() {
            "target" => String::new(),
            "redirect" => "redirect=".to_owned(),
            via => format!("{sign}{via}:"),
        };
        let name = format!("{via}{}", escape::line(&node.domain));
        let name = painted(self.colored, BOLD, &name);
        let cost = counted(node.cost.lookups, "lookup");
        let cost = painted(self.colored, FAINT, &cost);
        writeln!(self.out, "{indent}{name}  {cost}")?;
        let text = match &node.record {
            Observed::Present { value } => escape::line(&escape::cut(&value.raw, LONGEST)),
            Observed::Absent { proof: _, detail } if detail.is_empty() => "no record".to_owned(),
            Observed::Absent { detail, .. } => escape::line(detail),
            Observed::Unknown { cause, detail } => {
                format!("unknown: {} {}", cause.as_str(), escape::line(detail))
            }
        };
        writeln!(self.out, "{indent}  {}", text.trim_end())
    }

    fn evaluation(&mut self, spf: &Spf) -> io::Result<()> {
        let evaluation = &spf.evaluation;
        self.heading("Evaluation")?;
        let status = match evaluation.status {
            SpfStatus::Policy => "a policy",
            SpfStatus::None => "none",
            SpfStatus::Permerror => "permerror",
            SpfStatus::Temperror => "temperror",
        };
        self.row("receivers get", &format!("{status}: {}", evaluation.reason))?;
        let cost = evaluation.cost;
        let budget = format!(
            "{} of 10 lookups; lookups that hold nothing, of 2: {} for IPv4 senders, {} for IPv6 senders",
            cost.lookups, cost.void_lookups_ipv4, cost.void_lookups_ipv6
        );
        self.row("budget", &budget)?;
        let strangers = match &evaluation.default_result {
            _ if evaluation.status == SpfStatus::Permerror => "permerror".to_owned(),
            Observed::Present { value } => SpfResult::from(*value).as_str().to_owned(),
            Observed::Absent { .. } => "no policy".to_owned(),
            Observed::Unknown { cause, detail } => format!("unknown: {} {detail}", cause.as_str()),
        };
        if !evaluation.authorized.everyone {
            self.row("others get", &strangers)?;
        }
        let let_in = &evaluation.authorized;
        let addresses = if let_in.everyone {
            "everyone".to_owned()
        } else {
            let four = counted(let_in.ipv4_addresses, "IPv4 address");
            let six = counted(let_in.ipv6_networks, "IPv6 network");
            let (six, by_sender) = (six.trim_start(), !let_in.open.is_empty());
            let more = if by_sender {
                ", and more by sender"
            } else {
                ""
            };
            format!("{four}; addresses in {six} of prefix length 64{more}")
        };
        self.row("pass", &addresses)?;
        for (label, list) in [
            ("largest", &let_in.largest),
            ("by sender", &let_in.open),
            ("not known", &let_in.unsettled),
        ] {
            if !list.is_empty() {
                self.row(label, &list.join(" "))?;
            }
        }
        if let Some(octets) = spf.answer_octets.value() {
            self.row("answer", &format!("{octets} octets with all TXT records"))?;
        }
        Ok(())
    }

    fn row(&mut self, label: &str, text: &str) -> io::Result<()> {
        let text = escape::line(&escape::cut(text, 4 * LONGEST));
        writeln!(self.out, "  {label:14}{text}")
    }

    /// What is wrong with each record, with the term marked by its words.
    fn defects(&mut self, spf: &Spf) -> io::Result<()> {
        let found: Vec<_> = spf
            .tree
            .iter()
            .filter_map(|node| Some((node, node.record.value()?)))
            .filter(|(_, record)| !record.defects.is_empty())
            .collect();
        if !found.is_empty() || !spf.lookalikes.is_empty() {
            self.heading("Defects")?;
        }
        for (node, record) in found {
            for defect in &record.defects {
                let part = defect
                    .span
                    .and_then(|[start, end]| record.raw.get(start..end));
                let part = part.map_or_else(String::new, |part| format!("`{part}`: "));
                let grave = if defect.fatal {
                    ""
                } else {
                    " (has no effect on the result)"
                };
                let words = format!(
                    "{}: {part}{}, {}{grave}",
                    node.domain, defect.text, defect.reference
                );
                writeln!(self.out, "  {}", escape::line(&words))?;
            }
        }
        for text in &spf.lookalikes {
            let words = format!("no receiver takes this for SPF: {text}");
            writeln!(
                self.out,
                "  {}",
                escape::line(&escape::cut(&words, LONGEST))
            )?;
        }
        Ok(())
    }

    fn check(&mut self, check: &SpfCheck) -> io::Result<()> {
        self.heading(&format!(
            "Check of {} for {}",
            check.ip,
            escape::line(&check.sender)
        ))?;
        let width = |text: &str| text.chars().count();
        let indented = |depth: u32, text: &str| {
            let indent = "  ".repeat(usize::try_from(depth).unwrap_or(0));
            format!("{indent}{}", escape::line(&escape::cut(text, LONGEST)))
        };
        let terms = check
            .trace
            .iter()
            .map(|step| indented(step.depth, &step.term));
        let column = terms.map(|term| width(&term)).max().unwrap_or(0).min(60);
        let mut domain = None;
        for step in &check.trace {
            if domain != Some(&step.domain) {
                let name = painted(self.colored, FAINT, &indented(step.depth, &step.domain));
                writeln!(self.out, "  {name}")?;
                domain = Some(&step.domain);
            }
            let sign = if step.matched { '▸' } else { '·' };
            let term = indented(step.depth, &step.term);
            let gap = " ".repeat(column.saturating_sub(width(&term)));
            let line = format!("  {sign} {term}{gap}  {}", escape::line(&step.outcome));
            writeln!(self.out, "{}", line.trim_end())?;
        }
        let style = match check.result {
            SpfResult::Pass => AnsiColor::Green.on_default().bold(),
            SpfResult::Fail | SpfResult::Permerror => AnsiColor::Red.on_default().bold(),
            SpfResult::Softfail | SpfResult::Neutral | SpfResult::None => {
                AnsiColor::Yellow.on_default().bold()
            }
            SpfResult::Temperror => AnsiColor::Cyan.on_default().bold(),
        };
        let result = painted(self.colored, style, check.result.as_str());
        let reason = escape::line(&check.reason);
        writeln!(self.out, "  {result}: {reason}")?;
        let cost = format!(
            "{}, {} of which held nothing",
            counted(check.lookups, "lookup"),
            check.void_lookups
        );
        writeln!(self.out, "  {}", painted(self.colored, FAINT, &cost))?;
        if !check.explanation.is_empty() {
            self.row("explanation", &check.explanation)?;
        }
        Ok(())
    }

    fn hint(&mut self, domain: &str) -> io::Result<()> {
        let words = format!("One sender's check: waxseal spf {domain} --ip ADDRESS");
        let words = painted(self.colored, FAINT, &words);
        writeln!(self.out, "\n{words}")
    }
}

/// A number with its noun, in the plural where it is not one.
fn counted(number: impl Into<u64>, noun: &str) -> String {
    let number = number.into();
    let plural = match (number, noun.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{number} {noun}{plural}")
}

/// How a qualifier is written in front of a mechanism.
const fn sign(qualifier: Qualifier) -> &'static str {
    match qualifier {
        Qualifier::Pass => "",
        Qualifier::Fail => "-",
        Qualifier::Softfail => "~",
        Qualifier::Neutral => "?",
    }
}
