//! Messages of strangers: header sections, single fields, mailboxes.

use super::{lossy, settled, sound};
use waxseal::records::message::canonical::{Form, body, put_field, put_signature, taken};
use waxseal::records::message::signature::{Kind, parse as tags};
use waxseal::records::message::{self as records, Message, arc, claims, header};

/// Most defects of a header section or of a signature.
const DEFECTS: usize = 32;

/// Fields and body are parts of the message, in order; facts can be written down; canonical forms stay as they are.
pub fn message(bytes: &[u8]) {
    let raw = records::with_crlf(bytes);
    assert!(raw.len() <= 2 * bytes.len());
    let read = Message::parse(&raw);
    assert_eq!(read, Message::parse(&raw));
    let parts: usize = read
        .fields
        .iter()
        .map(|it| it.name.len() + 1 + it.value.len())
        .sum();
    assert!(parts + read.body.len() <= raw.len());
    assert!(raw.ends_with(read.body));
    let facts = settled(|| header::read(&read, raw.len()));
    sound("", &without_places(facts.defects), DEFECTS);
    assert!(facts.from_domains.len() <= 16);
    let from = header::from_domain(&read);
    assert!(
        from.value()
            .is_none_or(|domain| facts.from_domains.contains(domain))
    );
    for claim in claims::all(&read) {
        assert!(!claim.claim.trusted && claim.claim.text.chars().count() <= 998);
    }
    if let Some(chain) = arc::chain(&read) {
        let numbers = chain.sets.iter().map(|set| set.instance);
        assert!(numbers.eq(1..=u32::try_from(chain.sets.len()).unwrap()));
        assert!(chain.sets.len() <= arc::MOST_SETS);
    }
    for form in [Form::Simple, Form::Relaxed] {
        let once = body(form, read.body);
        assert_eq!(body(form, &once), once);
    }
    for field in read.fields.iter().take(16) {
        signature(&read, field);
    }
}

/// Tags have sound defects; a field made canonical has one line end, and that of the signature none.
fn signature(message: &Message<'_>, field: &records::Field<'_>) {
    let text = lossy(field.value).into_owned();
    for kind in [Kind::Dkim, Kind::ArcMessage, Kind::ArcSeal] {
        let read = tags(&text, kind);
        sound(&text, &read.defects, DEFECTS);
        assert!(taken(&message.fields, &read.headers).len() <= message.fields.len());
        let (mut plain, mut own) = (Vec::new(), Vec::new());
        put_field(Form::Relaxed, field, &mut plain);
        assert!(plain.ends_with(b"\r\n"));
        let lines = plain.split(|byte| *byte == b'\n');
        assert_eq!(lines.count(), 2, "one line and its end");
        put_signature(Form::Relaxed, field, &mut own);
        assert!(!own.ends_with(b"\r\n") && own.len() <= plain.len());
    }
}

/// The defects of a header section name no places: it has many lines.
fn without_places(
    defects: Vec<waxseal::facts::defect::Defect>,
) -> Vec<waxseal::facts::defect::Defect> {
    assert!(defects.iter().all(|defect| defect.span.is_none()));
    defects
}

/// A hop without a `from` clause has no client; names are short.
pub fn received(bytes: &[u8]) {
    let text = lossy(bytes);
    let read = records::received::parse(&text);
    assert_eq!(read, records::received::parse(&text));
    assert!(read.from || read.ehlo.is_empty());
    for name in [&read.ehlo, &read.reverse, &read.by] {
        assert!(name.chars().count() <= 255);
    }
    settled(|| read.hop());
}

/// Results are words, and few.
pub fn authentication_results(bytes: &[u8]) {
    let text = lossy(bytes);
    let read = records::authentication::parse(&text);
    assert!(read.results.len() <= 32);
    for one in settled(|| read.results.clone()) {
        let word = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        };
        assert!(word(&one.method) && word(&one.result), "{one:?}");
        assert!(one.properties.len() <= 32);
    }
}

/// Nothing is added to messages, and a file that begins as a mailbox has one at least.
pub fn mbox(bytes: &[u8]) {
    let messages = records::mbox::split(bytes);
    assert!(messages.iter().map(Vec::len).sum::<usize>() <= bytes.len());
    assert!(!records::mbox::is_mbox(bytes) || !messages.is_empty());
}
