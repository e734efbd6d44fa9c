//! The words of "who can deliver", once for all formats.

use super::escape;
use crate::facts::delivery::{Delivery, DeliveryEffect, Effect, Sender};

/// What the table is called.
pub(super) const TITLE: &str = "Who can deliver";

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The kind of sender; empty where the row goes on with the one above.
    pub(super) label: String,
    /// What comes of its mail.
    pub(super) text: String,
    /// The effect, for its colour.
    pub(super) effect: DeliveryEffect,
    /// Whether something is amiss that this kind of sender meant to avoid.
    pub(super) amiss: bool,
}

/// The table: a row for each kind of sender, and below it one for each server that differs from the domain. Reasons
/// stand where something is amiss, and everywhere where the reader wants all. Results of older versions have no table.
pub(super) fn rows(delivery: &Delivery, verbose: bool) -> Vec<Row> {
    let effects = &delivery.effects;
    if Sender::ALL
        .iter()
        .all(|&sender| *effects.of(sender) == Effect::default())
    {
        return Vec::new();
    }
    let servers: Vec<_> = delivery.servers.iter().collect();
    let alike = Sender::ALL
        .iter()
        .all(|&sender| effects.of(sender) == &effects.plain);
    if alike && servers.is_empty() {
        return vec![row(
            "every sender".to_owned(),
            "",
            &effects.plain,
            true,
            Sender::Plain,
        )];
    }
    let mut rows = Vec::new();
    for sender in Sender::ALL {
        let whole = effects.of(sender);
        let told = verbose || amiss(sender, whole.effect);
        rows.push(row(sender.words().to_owned(), "", whole, told, sender));
        for server in &servers {
            let here = server.effects.of(sender);
            if here.effect != whole.effect {
                let host = format!("{}: ", escape::line(&server.host));
                rows.push(row(String::new(), &host, here, verbose, sender));
            }
        }
    }
    rows
}

fn row(label: String, place: &str, effect: &Effect, told: bool, sender: Sender) -> Row {
    let mut text = format!("{place}{}", effect.effect.words());
    if told && !effect.reason.is_empty() {
        text.push_str(" (");
        text.push_str(&escape::line(&effect.reason));
        text.push(')');
    }
    Row {
        label,
        text,
        effect: effect.effect,
        amiss: amiss(sender, effect.effect),
    }
}

/// Whether the effect asks for its reason: mail is kept away or not seen, or in clear text although the sender has TLS.
const fn amiss(sender: Sender, effect: DeliveryEffect) -> bool {
    match effect {
        DeliveryEffect::EncryptedAndAuthenticated | DeliveryEffect::Encrypted => false,
        DeliveryEffect::Clear => !matches!(sender, Sender::Plain),
        DeliveryEffect::Defers | DeliveryEffect::Bounces | DeliveryEffect::Unknown => true,
    }
}

/// The table as plain lines, for formats without layout of their own; nothing without a table.
pub(super) fn lines(delivery: &Delivery) -> String {
    let rows = rows(delivery, false);
    if rows.is_empty() {
        return String::new();
    }
    let widest = rows.iter().map(|row| row.label.chars().count()).max();
    let widest = widest.unwrap_or(0);
    let mut text = format!("{TITLE}:\n");
    for row in rows {
        let line = format!("  {:widest$}  {}", row.label, row.text);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::delivery::{Effects, ServerDelivery};

    fn effects(all: [DeliveryEffect; 5]) -> Effects {
        let reason = |effect: DeliveryEffect| Effect {
            effect,
            reason: format!("why {}", effect.words()),
        };
        let [plain, opportunistic, mta_sts, dane, both] = all.map(reason);
        Effects {
            plain,
            opportunistic,
            mta_sts,
            dane,
            both,
        }
    }

    fn delivery() -> Delivery {
        use DeliveryEffect::{Clear, Defers, Encrypted, EncryptedAndAuthenticated as Best};
        Delivery {
            effects: effects([Clear, Encrypted, Best, Defers, Defers]),
            servers: vec![
                ServerDelivery {
                    host: "mx1.example".to_owned(),
                    preference: 10,
                    effects: effects([Clear, Encrypted, Best, Defers, Defers]),
                },
                ServerDelivery {
                    host: "mx2.example".to_owned(),
                    preference: 10,
                    effects: effects([Clear, Encrypted, Defers, Defers, Defers]),
                },
            ],
        }
    }

    #[test]
    fn a_row_for_each_sender_and_one_for_each_server_that_differs() {
        assert_eq!(
            lines(&delivery()),
            "Who can deliver:\n\
             \x20 no TLS             in clear text\n\
             \x20 opportunistic TLS  encrypted\n\
             \x20 MTA-STS            encrypted and authenticated\n\
             \x20                    mx2.example: not delivered, waits\n\
             \x20 DANE               not delivered, waits (why not delivered, waits)\n\
             \x20 MTA-STS and DANE   not delivered, waits (why not delivered, waits)\n"
        );
    }

    #[test]
    fn where_all_fare_alike_one_row_tells_it() {
        let delivery = Delivery {
            effects: effects([DeliveryEffect::Bounces; 5]),
            servers: Vec::new(),
        };
        let told = lines(&delivery);
        assert_eq!(
            told,
            "Who can deliver:\n  every sender  returned (why returned)\n"
        );
    }

    #[test]
    fn results_of_older_versions_have_no_table() {
        assert_eq!(lines(&Delivery::default()), "");
    }
}
