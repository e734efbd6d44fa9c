//! The trust boundary of a message: which fields the user's own servers wrote, and the connection that the outermost
//! of these took the message from.
//!
//! A server writes on top of what it gets (RFC 5321 §4.4), so the topmost fields are those of the last server, and
//! whatever stands below the field of the outermost own server may be forged.

use super::trust::Trust;
use crate::facts::outbound::header::Claim;
use crate::records::message::claims::Placed;
use crate::records::message::received::Received;

/// The outermost server that is trusted, and what it recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Border {
    /// The number of its `Received` field, the topmost field 0.
    pub place: usize,
    /// What it recorded.
    pub received: Received,
    /// Why the connection is not known all the same; empty where it is.
    pub doubt: String,
}

/// The border, where the topmost `Received` fields are of hosts that are trusted.
///
/// The run goes on below a trusted server only where that took the message from inside, as [`Trust::inside`] has it:
/// otherwise a stranger's forged `Received` below would extend it.
pub fn border(claims: &[Placed], trust: &Trust) -> Option<Border> {
    let mut found: Option<Border> = None;
    for placed in claims {
        let Some(received) = &placed.received else {
            continue;
        };
        // A step within one host says nothing of a connection.
        if !received.from && received.ip.is_none() {
            continue;
        }
        if !trust.host(&received.by) {
            break;
        }
        found = Some(Border {
            place: placed.place,
            received: received.clone(),
            doubt: doubt(received, trust),
        });
        if !trust.inside(received) {
            break;
        }
    }
    found.map(|mut border| {
        // Where the run ends inside, the outermost own server is not among those that are trusted.
        if border.doubt.is_empty() && trust.inside(&border.received) {
            border.doubt = format!(
                "{} took the message from inside, and no host that is trusted recorded where it came from before",
                border.received.by
            );
        }
        border
    })
}

/// Why a hop that ends the run does not tell the connection.
fn doubt(received: &Received, trust: &Trust) -> String {
    let by = &received.by;
    if trust.only_said(received) {
        return format!(
            "{by} took the message from a client that called itself {}, a host that is trusted, and nothing else tells that it was: name its address, too",
            received.ehlo
        );
    }
    if received.ip.is_none() && !trust.inside(received) {
        return format!("the Received field of {by} has no address of the client");
    }
    String::new()
}

/// The claims, those marked as trusted that hosts made which are trusted, at or above the border.
pub fn claims(placed: Vec<Placed>, border: Option<&Border>, trust: &Trust) -> Vec<Claim> {
    let last = border.map(|border| border.place);
    let judged = placed.into_iter().map(
        |Placed {
             place, mut claim, ..
         }| {
            claim.trusted = last.is_some_and(|last| place <= last) && trust.host(&claim.host);
            claim
        },
    );
    judged.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::message::Message;
    use crate::records::message::claims::all;

    const BORDER: &str = "Received: from evil.test (evil.test [203.0.113.9]) by mx.own.test with ESMTP id 1; Mon, 30 Nov 2026 01:02:03 +0000\r\n";
    const INNER: &str = "Received: from mx.own.test (mx.own.test [198.51.100.1]) by store.own.test with ESMTP id 2; Mon, 30 Nov 2026 01:02:04 +0000\r\n";
    const FORGED: &str = "Received: from good.test (good.test [192.0.2.1]) by mx.own.test with ESMTP id 3; Mon, 30 Nov 2026 01:02:02 +0000\r\n";

    fn placed(text: &str) -> Vec<Placed> {
        all(&Message::parse(text.as_bytes()))
    }

    fn trust(list: &[&str]) -> Trust {
        Trust::new(list.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn the_connection_is_that_of_the_outermost_trusted_server() {
        let own = &["mx.own.test", "store.own.test"][..];
        let local = "Received: by store.own.test with LMTP id 3\r\n";
        let loopback =
            "Received: from localhost (localhost [127.0.0.1]) by mx.own.test with LMTP id 3; x\r\n";
        for (text, hosts, ip) in [
            (BORDER.to_owned(), own, "203.0.113.9"),
            (format!("{INNER}{BORDER}"), own, "203.0.113.9"),
            (format!("{local}{loopback}{BORDER}"), own, "203.0.113.9"),
            // Forged below the border: the border took it from outside, so nothing below counts.
            (format!("{BORDER}{FORGED}"), own, "203.0.113.9"),
            (format!("{INNER}{BORDER}{FORGED}"), own, "203.0.113.9"),
            // A host that is not trusted stands above: it may have written all that is below.
            (format!("{INNER}{BORDER}"), &["mx.own.test"], ""),
            (BORDER.to_owned(), &[], ""),
        ] {
            let found = border(&placed(&text), &trust(hosts));
            let found = found.and_then(|found| found.received.ip);
            assert_eq!(
                found.map_or(String::new(), |ip| ip.to_string()),
                ip,
                "{text}"
            );
        }
    }

    #[test]
    fn the_name_in_ehlo_extends_no_run_and_makes_the_connection_doubtful() {
        let said = BORDER.replace("from evil.test (evil.test", "from mx.own.test (unknown");
        let found = border(
            &placed(&format!("{said}{FORGED}")),
            &trust(&["mx.own.test"]),
        )
        .unwrap();
        assert_eq!(found.received.ip.unwrap().to_string(), "203.0.113.9");
        assert!(
            found.doubt.contains("called itself mx.own.test"),
            "{}",
            found.doubt
        );
        let named = trust(&["mx.own.test", "203.0.113.9"]);
        let found = border(&placed(&format!("{said}{FORGED}")), &named).unwrap();
        assert_eq!(found.received.ip.unwrap().to_string(), "192.0.2.1");
        assert_eq!(found.doubt, "");
    }

    #[test]
    fn a_run_that_ends_inside_tells_no_connection() {
        let found = border(&placed(INNER), &trust(&["mx.own.test", "store.own.test"])).unwrap();
        assert!(found.doubt.contains("from inside"), "{}", found.doubt);
        let bare = "Received: from evil.test by mx.own.test with ESMTP id 1; x\r\n";
        let found = border(&placed(bare), &trust(&["mx.own.test"])).unwrap();
        assert!(found.doubt.contains("no address"), "{}", found.doubt);
    }

    #[test]
    fn a_claim_counts_above_the_border_and_by_a_trusted_host_only() {
        let results = |host: &str| {
            format!("Authentication-Results: {host}; dkim=pass header.d=bank.test\r\n")
        };
        let text = format!(
            "{}{}{BORDER}{}{FORGED}",
            results("mx.own.test"),
            results("other.test"),
            results("mx.own.test")
        );
        let trust = trust(&["mx.own.test"]);
        let placed = placed(&text);
        let border = border(&placed, &trust);
        let trusted: Vec<bool> = claims(placed.clone(), border.as_ref(), &trust)
            .iter()
            .map(|claim| claim.trusted)
            .collect();
        assert_eq!(trusted, [true, false, true, false, false]);
        let none = claims(placed, None, &Trust::default());
        assert!(none.iter().all(|claim| !claim.trusted));
    }
}
