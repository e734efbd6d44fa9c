//! E-mails that bring reports: failure reports in a part of their own (RFC 6591), the others attached.

use super::{Content, Found, Refusal, Refused, Shape, Whole, outer};
use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _, PartType};

/// How deep messages may stand in messages: those that were forwarded as attachments.
const DEEPEST: usize = 3;

/// Names of files that hold reports end so.
const ENDINGS: [&str; 4] = [".xml", ".gz", ".zip", ".json"];

/// Takes reports out of e-mails.
pub(super) struct Mails<'a> {
    pub(super) whole: Whole<'a>,
    pub(super) take: &'a mut dyn FnMut(Result<Found, Refused>),
}

impl Mails<'_> {
    /// Every message of a mailbox (RFC 4155): each begins with a line `From ` behind an empty one.
    pub(super) fn mailbox(&mut self, place: &str, bytes: &[u8]) {
        let most = self.whole.limits.messages;
        for (number, message) in messages(bytes).enumerate() {
            let spent = if number < most {
                self.whole.spent()
            } else {
                let what = "the mailbox has too many messages";
                Some(Refusal::number(what, most, "messages"))
            };
            let number = number + 1;
            if let Some(refusal) = spent {
                let place = format!("{place}!message {number} and all behind it");
                return (self.take)(Err(Refused { place, refusal }));
            }
            self.one(&format!("{place}!message {number}"), message);
        }
    }

    /// One message.
    pub(super) fn one(&mut self, place: &str, bytes: &[u8]) {
        let refusal = match MessageParser::default().parse(bytes) {
            None => Refusal::NoReport("it is no e-mail that can be read"),
            Some(message) => {
                let mut budget = self.whole.limits.parts;
                match self.parts(place, &message, DEEPEST, &mut budget) {
                    Ok(0) => Refusal::NoReportInMail,
                    Ok(_) => return,
                    Err(refusal) => refusal,
                }
            }
        };
        (self.take)(Err(Refused {
            place: place.to_owned(),
            refusal,
        }));
    }

    /// Opens the parts that may be reports and gives their number.
    fn parts(
        &mut self,
        place: &str,
        message: &Message<'_>,
        depth: usize,
        budget: &mut usize,
    ) -> Result<usize, Refusal> {
        *budget = budget.checked_sub(message.parts.len()).ok_or_else(|| {
            let most = self.whole.limits.parts;
            Refusal::number("the e-mail has too many parts", most, "parts")
        })?;
        // A failure report brings the message that failed, which may hold anything: nothing in that is a report.
        if let Some(part) = message
            .parts
            .iter()
            .find(|part| is_type(part, "message", "feedback-report"))
        {
            self.whole.attachment()?;
            let bytes = body(part, message).to_vec();
            (self.take)(Ok(Found {
                place: place.to_owned(),
                content: Content::Failure,
                bytes,
            }));
            return Ok(1);
        }
        let mut found = 0;
        for part in &message.parts {
            if let PartType::Message(inner) = &part.body {
                if depth > 0 {
                    found += self.parts(place, inner, depth - 1, budget)?;
                }
            } else if !matches!(part.body, PartType::Multipart(_)) && may_be_report(part) {
                found += 1;
                let place = part
                    .attachment_name()
                    .map_or_else(|| place.to_owned(), |name| format!("{place}!{name}"));
                outer(&place, part.contents(), &mut self.whole, self.take);
            }
        }
        Ok(found)
    }
}

/// The content of a part, transfer encoding undone. One that was taken for a message is taken as it came.
fn body<'a>(part: &'a MessagePart<'_>, message: &'a Message<'_>) -> &'a [u8] {
    match &part.body {
        PartType::Message(_) | PartType::Multipart(_) => {
            let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
            message
                .raw_message
                .get(at(part.offset_body)..at(part.offset_end))
                .unwrap_or_default()
        }
        PartType::Text(_) | PartType::Html(_) | PartType::Binary(_) | PartType::InlineBinary(_) => {
            part.contents()
        }
    }
}

/// Whether a part is worth a look: its name or type is that of a report, and its content is none of a text for people.
fn may_be_report(part: &MessagePart<'_>) -> bool {
    let named = part.attachment_name().is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        ENDINGS.iter().any(|ending| name.ends_with(ending))
    });
    let typed = part.content_type().is_some_and(|kind| {
        let whole =
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase();
        whole == "text/xml"
            || whole == "application/xml"
            || whole == "application/json"
            || whole.starts_with("application/tlsrpt")
            || whole.ends_with("gzip")
            || whole.ends_with("zip")
            || whole.ends_with("zip-compressed")
    });
    named
        || typed
        || is_octets(part)
            && matches!(
                Shape::of(part.contents()),
                Shape::Gzip | Shape::Zip | Shape::Report(_)
            )
}

fn is_octets(part: &MessagePart<'_>) -> bool {
    is_type(part, "application", "octet-stream")
}

fn is_type(part: &MessagePart<'_>, main: &str, sub: &str) -> bool {
    part.content_type().is_some_and(|kind| {
        kind.ctype().eq_ignore_ascii_case(main)
            && kind
                .subtype()
                .is_some_and(|found| found.eq_ignore_ascii_case(sub))
    })
}

/// The messages of a mailbox, without the lines that part them.
fn messages(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes.trim_ascii_start();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let begin = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |at| at + 1);
        let message = rest.get(begin..).unwrap_or_default();
        let end = next_message(message).unwrap_or(message.len());
        rest = message.get(end..).unwrap_or_default();
        message.get(..end)
    })
}

/// Where the next line `From ` behind an empty line begins.
fn next_message(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text
        .get(from..)?
        .windows(6)
        .position(|window| window == b"\nFrom ")
    {
        let at = from + at;
        let before = text.get(..at).unwrap_or_default();
        if before.ends_with(b"\n") || before.ends_with(b"\n\r") || before.is_empty() {
            return Some(at + 1);
        }
        from = at + 1;
    }
    None
}
