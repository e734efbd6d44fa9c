//! The SMTP dialogue with an address, as far as it came.

use super::text::{fault, missing, shortened, words};
use crate::facts::mx::MxAddress;
use crate::facts::observed::{Observed, Proof};
use crate::facts::smtp::{Ehlo, Reply, SmtpSession};
use crate::facts::tls::Tls;
use crate::results::exhibit::{ExhibitLine, Speaker};

/// The most bytes of one line of a dialogue.
const LINE: usize = 240;
/// The most lines of a greeting.
const GREETING: usize = 2;
/// The most lines of an answer to EHLO.
const EXTENSIONS: usize = 7;
/// The most lines of the answer inside TLS.
const INSIDE: usize = 3;

/// The dialogue, at most 17 lines of it.
pub(super) fn lines(address: &MxAddress, name: &str) -> Vec<ExhibitLine> {
    match &address.session {
        Observed::Present { value } => dialogue(value, name),
        Observed::Absent {
            proof: Proof::ConnectionRefused,
            ..
        } => {
            let note = "an MX record leads here, and nobody takes mail";
            vec![fault("no session: the connection is refused", note, false)]
        }
        observed @ (Observed::Absent { .. } | Observed::Unknown { .. }) => {
            let why = missing("no session", observed);
            why.into_iter().map(words).collect()
        }
    }
}

fn dialogue(session: &SmtpSession, name: &str) -> Vec<ExhibitLine> {
    let mut lines = Vec::with_capacity(16);
    reply(&mut lines, &session.banner, GREETING, |_| false);
    greet(&mut lines, &session.ehlo, name);
    let wanted = |line: &str| line.eq_ignore_ascii_case("STARTTLS");
    reply(&mut lines, &session.ehlo.reply, EXTENSIONS, wanted);
    match &session.starttls {
        Observed::Present { value } => {
            lines.push(said(Speaker::Client, "STARTTLS"));
            reply(&mut lines, value, 1, |_| false);
        }
        Observed::Absent { proof, detail } => {
            let note = "mail is sent here in clear text (RFC 3207)";
            if *proof == Proof::Rejected {
                lines.push(said(Speaker::Client, "STARTTLS"));
                let mut line = fault(shortened(detail, LINE), note, false);
                line.from = Speaker::Server;
                line.marks.retain(|mark| mark.start < mark.end);
                lines.push(line);
            } else {
                let why = missing("no STARTTLS", &session.starttls);
                lines.extend(why.map(|why| fault(why, note, false)));
            }
            return lines;
        }
        Observed::Unknown { .. } => {
            lines.push(said(Speaker::Client, "STARTTLS"));
            lines.extend(missing("no STARTTLS", &session.starttls).map(words));
            return lines;
        }
    }
    inside(&mut lines, session, name);
    lines
}

/// What came of TLS, and what the server says inside it.
fn inside(lines: &mut Vec<ExhibitLine>, session: &SmtpSession, name: &str) {
    let tls = &session.tls;
    match tls {
        Observed::Present { value } => lines.push(agreed(value)),
        Observed::Absent { .. } => {
            let why = missing("no TLS", tls);
            let note = "no sender of today can encrypt to it";
            lines.extend(why.map(|why| fault(why, note, false)));
            return;
        }
        Observed::Unknown { .. } => {
            lines.extend(missing("no TLS", tls).map(words));
            return;
        }
    }
    let Observed::Present { value: ehlo } = &session.ehlo_tls else {
        lines.extend(missing("no answer inside TLS", &session.ehlo_tls).map(words));
        return;
    };
    greet(lines, ehlo, name);
    let known = &session.ehlo.reply.lines;
    let new = ehlo.reply.lines.iter().filter(|line| !known.contains(line));
    let new: Vec<String> = new.cloned().collect();
    let same = ehlo.reply.lines.len() - new.len();
    if same > 0 {
        lines.push(words(format!("{same} lines as before")));
    }
    if !new.is_empty() {
        let told = Reply {
            code: ehlo.reply.code,
            lines: new,
        };
        reply(lines, &told, INSIDE, |_| false);
    }
}

fn agreed(tls: &Tls) -> ExhibitLine {
    let version = super::handshake::version(tls.version);
    words(["TLS handshake: ", version].concat())
}

fn greet(lines: &mut Vec<ExhibitLine>, ehlo: &Ehlo, name: &str) {
    if ehlo.helo_only {
        lines.push(words("EHLO is not known"));
    }
    let command = if ehlo.helo_only { "HELO " } else { "EHLO " };
    lines.push(said(Speaker::Client, &[command, name].concat()));
}

/// The first `most` lines of a reply, and of the others one that is wanted.
fn reply(lines: &mut Vec<ExhibitLine>, reply: &Reply, most: usize, wanted: impl Fn(&str) -> bool) {
    let code = reply.code.to_string();
    let count = reply.lines.len();
    let mut shown = 0;
    for (place, text) in reply.lines.iter().enumerate() {
        if place < most || wanted(text) {
            let border = if place + 1 == count { " " } else { "-" };
            let text = [&code, border, &shortened(text, LINE)].concat();
            lines.push(said(Speaker::Server, &text));
            shown += 1;
        }
    }
    if count == 0 {
        lines.push(said(Speaker::Server, &code));
    }
    if shown < count {
        lines.push(words(format!("… and {} more lines", count - shown)));
    }
}

fn said(from: Speaker, text: &str) -> ExhibitLine {
    ExhibitLine {
        from,
        text: shortened(text, LINE),
        marks: Vec::new(),
    }
}
