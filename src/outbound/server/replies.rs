//! What the server says (RFC 5321 §4.2, RFC 3463).

use super::command::Fault;
use super::data;
use super::limits::Limits;

/// One reply, of one line or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    pub(super) fn new(code: u16, text: impl Into<String>) -> Self {
        Self {
            code,
            lines: vec![text.into()],
        }
    }

    /// Whether it says no, for now or for good.
    pub(super) const fn is_error(&self) -> bool {
        self.code >= 400
    }

    /// Whether the client did nothing wrong and is to try again.
    pub(super) const fn asks_to_come_again(&self) -> bool {
        matches!(self.code, 451 | 452)
    }

    /// As it goes over the wire.
    pub(super) fn wire(&self) -> String {
        let last = self.lines.len().saturating_sub(1);
        let line = |(index, text): (usize, &String)| {
            let mark = if index == last { ' ' } else { '-' };
            format!("{}{mark}{text}\r\n", self.code)
        };
        self.lines.iter().enumerate().map(line).collect()
    }
}

pub(super) fn greeting(host: &str) -> Reply {
    Reply::new(
        220,
        format!("{host} ESMTP waxseal: takes test messages, and nothing else"),
    )
}

pub(super) fn hello(host: &str) -> Reply {
    Reply::new(250, host)
}

/// What is announced: STARTTLS outside TLS where it is offered, REQUIRETLS inside (RFC 8689 §2).
pub(super) fn extensions(host: &str, limits: &Limits, starttls: bool, inside: bool) -> Reply {
    let mut lines = vec![
        host.to_owned(),
        "PIPELINING".to_owned(),
        format!("SIZE {}", limits.message),
        "8BITMIME".to_owned(),
        "SMTPUTF8".to_owned(),
        "ENHANCEDSTATUSCODES".to_owned(),
    ];
    if starttls && !inside {
        lines.push("STARTTLS".to_owned());
    }
    if inside {
        lines.push("REQUIRETLS".to_owned());
    }
    Reply { code: 250, lines }
}

pub(super) fn ok(what: &str) -> Reply {
    Reply::new(250, format!("2.0.0 {what}"))
}

pub(super) fn sender_ok() -> Reply {
    Reply::new(250, "2.1.0 Sender noted")
}

pub(super) fn recipient_ok() -> Reply {
    Reply::new(250, "2.1.5 A test address of this server")
}

pub(super) fn kept(id: &str) -> Reply {
    Reply::new(250, format!("2.6.0 Kept as {id} until it is analysed"))
}

pub(super) fn go_ahead() -> Reply {
    Reply::new(354, "Send the message, and CRLF . CRLF behind it")
}

pub(super) fn start_tls() -> Reply {
    Reply::new(220, "2.0.0 Ready to start TLS")
}

pub(super) fn bye(host: &str) -> Reply {
    Reply::new(221, format!("2.0.0 {host} closes the connection"))
}

pub(super) fn help() -> Reply {
    Reply::new(
        214,
        "2.0.0 This server takes messages to its own test addresses. See RFC 5321",
    )
}

pub(super) fn cannot_verify() -> Reply {
    Reply::new(252, "2.5.2 Mailboxes are not verified: try to deliver")
}

pub(super) fn faulty(fault: Fault) -> Reply {
    match fault {
        Fault::Characters => Reply::new(
            500,
            "5.5.2 A command is a line of UTF-8 without control characters",
        ),
        Fault::Argument => Reply::new(
            501,
            "5.5.4 The command can't have this argument, or lacks one",
        ),
        Fault::Path => Reply::new(501, "5.1.7 This is no path: write <mailbox@domain>"),
        Fault::Parameter => Reply::new(
            501,
            "5.5.4 A parameter has a value that it can't have, or stands twice",
        ),
        Fault::UnknownParameter => Reply::new(555, "5.5.4 A parameter is not known here"),
    }
}

pub(super) fn not_implemented(command: &str) -> Reply {
    Reply::new(502, format!("5.5.1 {command} is not implemented"))
}

pub(super) fn unknown_command() -> Reply {
    Reply::new(500, "5.5.2 This is no command")
}

pub(super) fn out_of_order(why: &str) -> Reply {
    Reply::new(503, format!("5.5.1 {why}"))
}

pub(super) fn no_such_address() -> Reply {
    Reply::new(550, "5.1.1 This server has no such address")
}

pub(super) fn no_relay() -> Reply {
    Reply::new(
        550,
        "5.7.1 This server takes messages to its own test addresses and relays nothing",
    )
}

/// RFC 5321 §4.5.1 wants mail to postmaster taken. Nobody reads mail here, and to take a message that nobody reads is
/// worse than to say so: the sender learns at once that there is no mailbox, and where people are.
pub(super) fn postmaster(contact: Option<&str>) -> Reply {
    let people = contact.map_or_else(
        || "whoever runs it is named by WHOIS for its address".to_owned(),
        |contact| format!("write to {contact}"),
    );
    Reply::new(
        550,
        format!("5.1.1 This is a probe (waxseal receive) where nobody reads mail; {people}"),
    )
}

pub(super) fn one_recipient() -> Reply {
    Reply::new(452, "4.5.3 One test address a message")
}

pub(super) fn non_ascii() -> Reply {
    Reply::new(553, "5.6.7 This address needs SMTPUTF8")
}

pub(super) fn come_again(seconds: u64) -> Reply {
    Reply::new(
        451,
        format!("4.7.1 A test of retries: come again in {seconds} seconds"),
    )
}

pub(super) fn too_large(limits: &Limits) -> Reply {
    Reply::new(
        552,
        format!(
            "5.3.4 A message has at most {} bytes; nothing was kept",
            limits.message
        ),
    )
}

pub(super) fn no_room() -> Reply {
    Reply::new(452, "4.3.1 No room for messages now; nothing was kept")
}

pub(super) fn trouble() -> Reply {
    Reply::new(
        451,
        "4.3.0 The message could not be stored; nothing was kept",
    )
}

pub(super) fn bad_data(fault: data::Fault, limits: &Limits) -> Reply {
    match fault {
        data::Fault::BareLf => Reply::new(
            554,
            "5.5.2 LF without CR: lines end by CRLF; nothing was kept",
        ),
        data::Fault::BareCr => Reply::new(
            554,
            "5.5.2 CR without LF: lines end by CRLF; nothing was kept",
        ),
        data::Fault::Line => Reply::new(
            500,
            format!(
                "5.5.2 A line has at most {} bytes; nothing was kept",
                limits.text_line
            ),
        ),
        data::Fault::Size => too_large(limits),
    }
}

pub(super) fn long_line() -> Reply {
    Reply::new(500, "5.5.2 The command line is too long")
}

pub(super) fn bare_line() -> Reply {
    Reply::new(554, "5.5.2 A command ends by CRLF")
}

pub(super) fn early() -> Reply {
    Reply::new(554, "5.5.1 The client talks before the greeting")
}

pub(super) fn improper_pipelining() -> Reply {
    Reply::new(
        554,
        "5.5.1 This command is the last of a group (RFC 2920); wait for its reply",
    )
}

pub(super) fn too_many(what: &str) -> Reply {
    Reply::new(421, format!("4.7.0 Too many {what}"))
}

pub(super) fn too_slow() -> Reply {
    Reply::new(421, "4.4.2 The time is over")
}

pub(super) fn ending() -> Reply {
    Reply::new(421, "4.3.2 The server ends")
}
