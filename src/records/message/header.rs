//! What the header section shows of who wrote, and what is wrong with it (RFC 5322 §3.6).

use super::Message;
use super::address::{self, domain_of};
use super::date;
use super::tokens;
use crate::facts::defect::Defect;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::outbound::header::{ListUnsubscribe, MessageHeader};
use crate::facts::timestamp::Timestamp;
use crate::records::tags;

/// The most domains of From, and the most addresses to unsubscribe at, that are kept.
const MOST: usize = 16;

/// The fields that a message has once at most (RFC 5322 §3.6). From, Date and Message-ID have defects of their own.
const SINGLE: [&str; 8] = [
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "In-Reply-To",
    "References",
    "Subject",
];

/// Reads the header section. Whether the fields to unsubscribe are signed is left open.
pub fn read(message: &Message<'_>, octets: usize) -> MessageHeader {
    let mut defects = message.defects.clone();
    let from_domains = from_domains(message, &mut defects);
    for name in SINGLE {
        if message.all(name).nth(1).is_some() {
            let text = format!("{name} stands there more than once");
            defects.push(Defect::minor("field-repeated", text, "RFC 5322 §3.6"));
        }
    }
    MessageHeader {
        from_domains,
        message_id_domain: message_id(message, &mut defects),
        date: date_of(message, &mut defects),
        list_unsubscribe: list_unsubscribe(message, &mut defects),
        octets: u64::try_from(octets).unwrap_or(u64::MAX),
        defects: tags::bounded(defects),
    }
}

/// The one domain that people see as the sender's; absent where there is not exactly one, or not exactly one From.
pub fn from_domain(message: &Message<'_>) -> Observed<String> {
    let absent = |detail: &str| Observed::Absent {
        proof: Proof::Malformed,
        detail: detail.to_owned(),
    };
    if message.cut {
        return absent(
            "the message has more fields than are read, and From may stand among those again",
        );
    }
    let mut fields = message.all("From");
    let Some(field) = fields.next() else {
        return absent("the message has no From");
    };
    if fields.next().is_some() {
        return absent("the message has more than one From");
    }
    let (boxes, _) = address::list(&field.text());
    let Some(first) = boxes.first() else {
        return absent("From has no address");
    };
    if boxes.iter().any(|other| other.domain != first.domain) {
        return absent("From has addresses of more than one domain");
    }
    if first.domain.is_empty() {
        return absent("the address in From has no domain");
    }
    Observed::present(first.domain.clone())
}

fn from_domains(message: &Message<'_>, defects: &mut Vec<Defect>) -> Vec<String> {
    const FROM: &str = "RFC 5322 §3.6.2";
    let mut domains: Vec<String> = Vec::new();
    let mut count = 0;
    let mut addresses = 0;
    for field in message.all("From").take(MOST) {
        count += 1;
        let (boxes, faults) = address::list(&field.text());
        defects.extend(faults.into_iter().take(MOST));
        addresses += boxes.len();
        for one in boxes {
            if !one.domain.is_empty() && !domains.contains(&one.domain) && domains.len() < MOST {
                domains.push(one.domain);
            }
        }
    }
    let mut note = |holds: bool, code: &str, text: &str, reference: &str| {
        if holds {
            defects.push(Defect::fatal(code, text, reference));
        }
    };
    note(count == 0, "from-missing", "there is no From", FROM);
    note(
        count > 1,
        "from-repeated",
        "From stands there more than once: programs show different ones",
        FROM,
    );
    note(
        count == 1 && addresses == 0,
        "from-no-address",
        "From has no address",
        FROM,
    );
    if addresses > 1 && count == 1 {
        let text = "From has more than one address: programs show the first, or all";
        defects.push(Defect::minor("from-several-addresses", text, FROM));
    }
    domains
}

fn none<T>() -> Observed<T> {
    Observed::absent(Proof::NoSuchRecord)
}

fn malformed<T>() -> Observed<T> {
    Observed::absent(Proof::Malformed)
}

fn message_id(message: &Message<'_>, defects: &mut Vec<Defect>) -> Observed<String> {
    const ID: &str = "RFC 5322 §3.6.4";
    let mut note = |code: &str, text: String| defects.push(Defect::minor(code, text, ID));
    let mut fields = message.all("Message-ID");
    let Some(field) = fields.next() else {
        note("message-id-missing", "there is no Message-ID".to_owned());
        return none();
    };
    if fields.next().is_some() {
        let text = "Message-ID stands there more than once".to_owned();
        note("message-id-repeated", text);
    }
    let text = field.text();
    let inner = text
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
        .filter(|inner| !inner.contains(['<', '>', ' ', '\t']));
    let parts = inner.and_then(|inner| inner.rsplit_once('@'));
    let Some((left, right)) = parts.filter(|(left, right)| !left.is_empty() && !right.is_empty())
    else {
        let text = format!(
            "the Message-ID `{}` has not the form <left@right>",
            tags::quote(&text)
        );
        note("message-id-malformed", text);
        return malformed();
    };
    let _ = left;
    let Some(domain) = domain_of(right) else {
        let text = format!(
            "the right part of the Message-ID, `{}`, is no domain",
            tags::quote(right)
        );
        note("message-id-no-domain", text);
        return malformed();
    };
    if !domain.contains('.') {
        let text = format!(
            "the right part of the Message-ID, `{domain}`, is no full name: others may make the same one"
        );
        note("message-id-not-qualified", text);
    }
    Observed::present(domain)
}

fn date_of(message: &Message<'_>, defects: &mut Vec<Defect>) -> Observed<Timestamp> {
    const DATE: &str = "RFC 5322 §3.6.1";
    let mut note = |code: &str, text: &str| defects.push(Defect::minor(code, text, DATE));
    let mut fields = message.all("Date");
    let Some(field) = fields.next() else {
        note("date-missing", "there is no Date");
        return none();
    };
    if fields.next().is_some() {
        note("date-repeated", "Date stands there more than once");
    }
    let Some(date) = date::parse(&field.text()) else {
        note("date-malformed", "Date is no date");
        return malformed();
    };
    Observed::present(date)
}

fn list_unsubscribe(message: &Message<'_>, defects: &mut Vec<Defect>) -> Observed<ListUnsubscribe> {
    let Some(text) = message.first("List-Unsubscribe") else {
        return none();
    };
    let mut schemes: Vec<String> = Vec::new();
    let tokens = tokens::split(&text, "<>");
    let mut inside = false;
    for token in tokens.iter().filter(|token| !token.is_comment()) {
        if inside
            && !token.is_mark('>')
            && schemes.len() < MOST
            && let Some((scheme, _)) = token.text.split_once(':')
            && !scheme.is_empty()
            && scheme.len() <= 32
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        {
            schemes.push(scheme.to_ascii_lowercase());
        }
        inside = token.is_mark('<');
    }
    if schemes.is_empty() {
        let words = "List-Unsubscribe has no URI in angle brackets";
        defects.push(Defect::minor(
            "list-unsubscribe-malformed",
            words,
            "RFC 2369 §2",
        ));
    }
    let post = message.first("List-Unsubscribe-Post");
    let asked = post.as_deref().is_some_and(|post| {
        post.replace(' ', "")
            .eq_ignore_ascii_case("List-Unsubscribe=One-Click")
    });
    if post.is_some() && !asked {
        let words = "List-Unsubscribe-Post does not say `List-Unsubscribe=One-Click`";
        defects.push(Defect::minor(
            "list-unsubscribe-post",
            words,
            "RFC 8058 §3.1",
        ));
    }
    Observed::present(ListUnsubscribe {
        one_click: asked && schemes.iter().any(|scheme| scheme == "https"),
        schemes,
        signed: Observed::unknown(Cause::NotAttempted, ""),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "From: a@example.org\r\nMessage-ID: <1@example.org>\r\nDate: Mon, 30 Nov 2026 01:02:03 +0000\r\n";

    fn of(text: &str) -> MessageHeader {
        let raw = format!("{text}\r\n");
        read(&Message::parse(raw.as_bytes()), raw.len())
    }

    #[test]
    fn from_is_nobody_s_where_fields_were_left_out() {
        let more = "A: 1\r\n".repeat(super::super::MOST_FIELDS);
        let raw = format!("{SOUND}{more}From: b@other.example\r\n\r\n");
        assert!(from_domain(&Message::parse(raw.as_bytes())).is_absent());
    }

    #[test]
    fn a_sound_header_has_no_defects() {
        let header = of(SOUND);
        assert_eq!(header.defects, []);
        assert_eq!(header.from_domains, ["example.org"]);
        assert_eq!(
            header.message_id_domain,
            Observed::present("example.org".to_owned())
        );
        assert_eq!(
            header.date.value().unwrap().to_string(),
            "2026-11-30T01:02:03Z"
        );
        assert!(header.list_unsubscribe.is_absent());
    }

    #[test]
    fn each_fault_has_its_code() {
        for (from, to, code) in [
            ("From: a@example.org\r\n", "", "from-missing"),
            ("From: a@", "From: b@evil.test\r\nFrom: a@", "from-repeated"),
            (
                "From: a@",
                "From: b@evil.test, a@",
                "from-several-addresses",
            ),
            (
                "From: a@example.org",
                "From: undisclosed:;",
                "from-no-address",
            ),
            ("Message-ID: <1@example.org>\r\n", "", "message-id-missing"),
            ("<1@example.org>", "1@example.org", "message-id-malformed"),
            ("<1@example.org>", "<1@[192.0.2.1]>", "message-id-no-domain"),
            ("<1@example.org>", "<1@laptop>", "message-id-not-qualified"),
            ("Date:", "Date: x\r\nDate:", "date-repeated"),
            ("30 Nov", "30 Nonsense", "date-malformed"),
            ("Date:", "X:", "date-missing"),
            (
                "Date:",
                "Subject: a\r\nsubject: b\r\nDate:",
                "field-repeated",
            ),
            (
                "Date:",
                "List-Unsubscribe: x\r\nDate:",
                "list-unsubscribe-malformed",
            ),
            (
                "Date:",
                "List-Unsubscribe: <https://x>\r\nList-Unsubscribe-Post: yes\r\nDate:",
                "list-unsubscribe-post",
            ),
        ] {
            let found = of(&SOUND.replacen(from, to, 1));
            let codes: Vec<_> = found.defects.iter().map(|it| it.code.as_str()).collect();
            assert!(codes.contains(&code), "{to}: {codes:?}");
        }
    }

    #[test]
    fn there_is_one_domain_in_from_or_none() {
        for (text, expected) in [
            ("From: a@X.test\r\n", Some("x.test")),
            ("From: a@x.test, b@x.test\r\n", Some("x.test")),
            ("From: a@x.test, b@y.test\r\n", None),
            ("From: a@x.test\r\nFrom: a@x.test\r\n", None),
            ("From: nobody\r\n", None),
            ("From: a@[192.0.2.1]\r\n", None),
            ("", None),
        ] {
            let raw = format!("{text}\r\n");
            let found = from_domain(&Message::parse(raw.as_bytes()));
            assert_eq!(found.value().map(String::as_str), expected, "{text}");
            assert!(!found.is_unknown());
        }
    }

    #[test]
    fn one_click_takes_https_and_its_field() {
        for (list, post, schemes, one_click) in [
            (
                "<https://x.test/u?a=1>, <mailto:u@x.test>",
                "List-Unsubscribe=One-Click",
                vec!["https", "mailto"],
                true,
            ),
            (
                "<mailto:u@x.test>",
                "List-Unsubscribe=One-Click",
                vec!["mailto"],
                false,
            ),
            ("<https://x.test/>", "no", vec!["https"], false),
            (
                "(c) <HTTPS://x.test/>",
                "List-Unsubscribe=One-Click",
                vec!["https"],
                true,
            ),
        ] {
            let text =
                format!("{SOUND}List-Unsubscribe: {list}\r\nList-Unsubscribe-Post: {post}\r\n");
            let header = of(&text);
            let found = header.list_unsubscribe.value().unwrap();
            assert_eq!(found.schemes, schemes, "{list}");
            assert_eq!(found.one_click, one_click, "{list} {post}");
        }
    }
}
