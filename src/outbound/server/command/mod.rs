//! The commands of SMTP (RFC 5321 §4.1): a line in, a command out, whatever the bytes are.

mod parameters;
mod path;
#[cfg(test)]
mod tests;

pub use parameters::Parameters;
pub use path::{Mailbox, Path};

/// What one line of a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// EHLO with the client's name (RFC 5321 §4.1.1.1).
    Ehlo(String),
    /// HELO with the client's name.
    Helo(String),
    /// MAIL with the reverse-path (RFC 5321 §4.1.1.2).
    Mail(Path, Parameters),
    /// RCPT with the forward-path (RFC 5321 §4.1.1.3).
    Rcpt(Path),
    /// DATA (RFC 5321 §4.1.1.4).
    Data,
    /// RSET (RFC 5321 §4.1.1.5).
    Rset,
    /// NOOP (RFC 5321 §4.1.1.9).
    Noop,
    /// HELP (RFC 5321 §4.1.1.8).
    Help,
    /// VRFY (RFC 5321 §4.1.1.6).
    Vrfy,
    /// QUIT (RFC 5321 §4.1.1.10).
    Quit,
    /// STARTTLS (RFC 3207).
    StartTls,
    /// A command of a standard that this server does not have, such as EXPN, AUTH or BDAT.
    NotImplemented(&'static str),
    /// No command of any standard.
    Unknown,
    /// A known command that can't be understood.
    Faulty(Fault),
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has a control character, or is no UTF-8.
    Characters,
    /// The command lacks its argument, or has one that it can't have.
    Argument,
    /// The path is none (RFC 5321 §4.1.2).
    Path,
    /// A parameter of MAIL has a value that it can't have, or stands twice.
    Parameter,
    /// A parameter that is not announced.
    UnknownParameter,
}

/// What is known of and not had.
const NOT_IMPLEMENTED: [&str; 11] = [
    "EXPN", "AUTH", "BDAT", "ETRN", "TURN", "ATRN", "SEND", "SOML", "SAML", "BURL", "XCLIENT",
];

/// Reads a line, which comes without its CRLF.
pub fn parse(line: &[u8]) -> Command {
    let Ok(text) = std::str::from_utf8(line) else {
        return Command::Faulty(Fault::Characters);
    };
    if text.chars().any(|c| c.is_control() && c != '\t') {
        return Command::Faulty(Fault::Characters);
    }
    let text = text.trim_end_matches([' ', '\t']);
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim_start_matches([' ', '\t']);
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" => name(rest).map_or(Command::Faulty(Fault::Argument), Command::Ehlo),
        "HELO" => name(rest).map_or(Command::Faulty(Fault::Argument), Command::Helo),
        "MAIL" => mail(rest).unwrap_or_else(Command::Faulty),
        "RCPT" => rcpt(rest).unwrap_or_else(Command::Faulty),
        "DATA" => alone(rest, Command::Data),
        "RSET" => alone(rest, Command::Rset),
        "QUIT" => alone(rest, Command::Quit),
        "STARTTLS" => alone(rest, Command::StartTls),
        "NOOP" => Command::Noop,
        "HELP" => Command::Help,
        "VRFY" if rest.is_empty() => Command::Faulty(Fault::Argument),
        "VRFY" => Command::Vrfy,
        verb => {
            let known = NOT_IMPLEMENTED.iter().find(|known| **known == verb);
            known.map_or(Command::Unknown, |known| Command::NotImplemented(known))
        }
    }
}

/// The client's name as it came. What it should be, a domain or an address literal, is for rules to say.
fn name(rest: &str) -> Option<String> {
    let one = !rest.is_empty() && rest.len() <= 255 && !rest.contains([' ', '\t']);
    one.then(|| rest.to_owned())
}

fn alone(rest: &str, command: Command) -> Command {
    if rest.is_empty() {
        command
    } else {
        Command::Faulty(Fault::Argument)
    }
}

fn mail(rest: &str) -> Result<Command, Fault> {
    let (path, rest) = path::read(behind("FROM:", rest)?).ok_or(Fault::Path)?;
    // `<postmaster>` alone is no reverse-path (RFC 5321 §4.1.1.2).
    if path
        .mailbox
        .as_ref()
        .is_some_and(|mailbox| mailbox.domain.is_none())
    {
        return Err(Fault::Path);
    }
    Ok(Command::Mail(path, parameters::read(rest)?))
}

fn rcpt(rest: &str) -> Result<Command, Fault> {
    let (path, rest) = path::read(behind("TO:", rest)?).ok_or(Fault::Path)?;
    if path.mailbox.is_none() {
        return Err(Fault::Path);
    }
    if rest.is_empty() {
        Ok(Command::Rcpt(path))
    } else if rest.starts_with([' ', '\t']) {
        // DSN (RFC 3461) is not announced, and no other parameter of RCPT either.
        Err(Fault::UnknownParameter)
    } else {
        Err(Fault::Path)
    }
}

/// What stands behind a word, in any case. Spaces before the path are no part of the grammar, and common.
fn behind<'a>(word: &str, text: &'a str) -> Result<&'a str, Fault> {
    let head = text.get(..word.len()).ok_or(Fault::Argument)?;
    if !head.eq_ignore_ascii_case(word) {
        return Err(Fault::Argument);
    }
    let rest = text.get(word.len()..).unwrap_or_default();
    Ok(rest.trim_start_matches(' '))
}
