//! Who can deliver: the table that several formats show, in the same words.

use super::escape;
use crate::facts::delivery::{Arrival, Delivery, Effect, Senders};
use std::fmt::Write as _;

/// What stands above the table.
pub(super) const TITLE: &str = "Who can deliver";

/// One row: a kind of sender, what becomes of its message, and why.
pub(super) struct Row {
    /// The kind of sender.
    pub(super) sender: &'static str,
    /// What becomes of its message, in a word or two.
    pub(super) effect: &'static str,
    /// What it is, for a colour.
    pub(super) arrival: Arrival,
    /// Why; empty where the document says nothing.
    pub(super) reason: String,
}

/// A row for each kind of sender.
pub(super) fn rows(senders: &Senders) -> Vec<Row> {
    NAMES
        .iter()
        .zip(senders.each())
        .map(|(sender, (_, effect))| row(sender, effect))
        .collect()
}

/// The kinds of sender in the order of [`Senders::each`].
const NAMES: [&str; 5] = [
    "without TLS",
    "TLS, unchecked",
    "with MTA-STS",
    "with DANE",
    "with both",
];

fn row(sender: &'static str, effect: &Effect) -> Row {
    Row {
        sender,
        effect: words(effect.effect),
        arrival: effect.effect,
        reason: escape::line(&effect.reason),
    }
}

/// What becomes of a message, in a word or two.
const fn words(arrival: Arrival) -> &'static str {
    match arrival {
        Arrival::Clear => "clear text",
        Arrival::Encrypted => "encrypted",
        Arrival::EncryptedAndAuthenticated => "authenticated",
        Arrival::Defers => "deferred",
        Arrival::Bounces => "bounced",
        Arrival::Unknown => "unknown",
    }
}

/// The reason that all kinds of sender share, where nobody can deliver: one line says it all then.
pub(super) fn nobody(delivery: &Delivery) -> Option<String> {
    let all = delivery.senders.each();
    let (_, first) = all.first()?;
    let alike = all
        .iter()
        .all(|(_, effect)| effect.effect == Arrival::Bounces && effect.reason == first.reason);
    alike.then(|| format!("nobody: {}", escape::line(&first.reason)))
}

/// The name and preference of each server, and all effects in one line.
pub(super) fn servers(delivery: &Delivery) -> Vec<(String, String)> {
    delivery
        .servers
        .iter()
        .map(|server| {
            let effects: Vec<String> = rows(&server.senders)
                .iter()
                .map(|row| format!("{}: {}", row.sender, row.effect))
                .collect();
            let name = format!("{} {}", server.preference, escape::line(&server.host));
            (name, effects.join(", "))
        })
        .collect()
}

/// The whole table as plain text, each line with its end.
pub(super) fn text(delivery: &Delivery) -> String {
    if let Some(nobody) = nobody(delivery) {
        return format!("{TITLE}: {nobody}\n");
    }
    let mut lines = format!("{TITLE}\n");
    for row in rows(&delivery.senders) {
        let (sender, effect, reason) = (row.sender, row.effect, row.reason);
        let line = format!("  {sender:<14}  {effect:<13}  {reason}");
        let _ = writeln!(lines, "{}", line.trim_end());
    }
    for (name, effects) in servers(delivery) {
        let _ = writeln!(lines, "  {name}: {effects}");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::delivery::ServerDelivery;

    fn effect(arrival: Arrival, reason: &str) -> Effect {
        Effect {
            effect: arrival,
            reason: reason.to_owned(),
        }
    }

    fn delivery() -> Delivery {
        let senders = Senders {
            plain: effect(Arrival::Clear, "public servers take clear text"),
            opportunistic: effect(Arrival::Encrypted, "nothing is checked"),
            mta_sts: effect(Arrival::Defers, "no certificate fits"),
            dane: effect(Arrival::EncryptedAndAuthenticated, "TLSA 3 1 1 matches"),
            both: effect(Arrival::Unknown, "\u{1b}[31mred"),
        };
        Delivery {
            senders: senders.clone(),
            servers: vec![ServerDelivery {
                host: "mx.example.test".to_owned(),
                preference: 10,
                senders,
            }],
        }
    }

    #[test]
    fn the_table_is_aligned_and_harmless() {
        let text = text(&delivery());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Who can deliver");
        assert_eq!(
            lines[1],
            "  without TLS     clear text     public servers take clear text"
        );
        assert_eq!(
            lines[4],
            "  with DANE       authenticated  TLSA 3 1 1 matches"
        );
        assert_eq!(
            lines[6],
            "  10 mx.example.test: without TLS: clear text, TLS, unchecked: encrypted, \
             with MTA-STS: deferred, with DANE: authenticated, with both: unknown"
        );
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn a_domain_that_takes_no_mail_needs_one_line() {
        let none = || effect(Arrival::Bounces, "null MX");
        let mut all = delivery();
        all.senders = Senders {
            plain: none(),
            opportunistic: none(),
            mta_sts: none(),
            dane: none(),
            both: none(),
        };
        assert_eq!(text(&all), "Who can deliver: nobody: null MX\n");
        all.senders.both.effect = Arrival::Defers;
        assert!(nobody(&all).is_none());
    }
}
