//! What the server answers: one command after the other, without a wire.

#[cfg(test)]
mod tests;

use super::command::{Command, Fault, Mailbox, Parameters, Path};
use super::replies::{self, Reply};
use super::{Service, Site};
use crate::facts::outbound::Retry;
use std::net::IpAddr;

/// How the dialogue with one client stands.
pub(super) struct Dialogue<'a> {
    service: &'a Service,
    site: &'a Site,
    client: IpAddr,
    /// Whether TLS is in use.
    inside: bool,
    greeted: Option<Greeted>,
    /// The name that the client gave last, whatever was forgotten since.
    name: String,
    mail: Option<Mail>,
    /// Whether MAIL was said at least once.
    tried: bool,
    errors: u32,
    commands: u32,
    messages: u32,
}

/// How the client named itself.
#[derive(Clone, Debug)]
pub(super) struct Greeted {
    /// The name as it came.
    pub(super) name: String,
    /// Whether by EHLO.
    pub(super) esmtp: bool,
}

/// A message that is about to come.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    /// The reverse-path; empty where it is null.
    pub(super) from: String,
    pub(super) parameters: Parameters,
    pub(super) recipient: Option<Recipient>,
}

/// For whom it is.
#[derive(Clone, Debug)]
pub(super) struct Recipient {
    /// The test address.
    pub(super) address: String,
    /// The retry after which it may come.
    pub(super) retried: Option<Retry>,
}

/// What is done behind a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The next command is read.
    Read,
    /// A message is read.
    ReadMessage,
    /// The handshake begins; what the client sent before it is thrown away.
    ShakeHands,
    /// The connection is closed.
    Close,
}

/// A reply and what is done behind it.
pub(super) type Step = (Reply, Then);

impl<'a> Dialogue<'a> {
    pub(super) const fn new(service: &'a Service, site: &'a Site, client: IpAddr) -> Self {
        Self {
            service,
            site,
            client,
            inside: false,
            greeted: None,
            name: String::new(),
            mail: None,
            tried: false,
            errors: 0,
            commands: 0,
            messages: 0,
        }
    }

    /// Takes a command. `last` tells whether nothing was sent behind it yet.
    pub(super) fn take(&mut self, command: Command, last: bool) -> Step {
        self.commands = self.commands.saturating_add(1);
        if self.commands > self.service.limits.commands {
            return (replies::too_many("commands"), Then::Close);
        }
        let ends_group = matches!(command, Command::Ehlo(_) | Command::Helo(_) | Command::Data);
        if ends_group && !last {
            return (replies::improper_pipelining(), Then::Close);
        }
        let quits = command == Command::Quit;
        let (reply, then) = self.answer(command);
        // A retry that is asked for is no error.
        if reply.is_error() && then == Then::Read && !reply.asks_to_come_again() {
            return self.failed(reply);
        }
        (reply, if quits { Then::Close } else { then })
    }

    /// A line that is no command.
    pub(super) fn garbled(&mut self) -> Step {
        self.failed(replies::long_line())
    }

    /// What was agreed and said in clear text is forgotten (RFC 3207 §4.2).
    pub(super) fn secured(&mut self) {
        self.inside = true;
        self.greeted = None;
        self.mail = None;
    }

    /// The client's name, the message that was announced and the address it is for, once it may be sent.
    pub(super) fn ready(&mut self) -> Option<(Greeted, Mail, Recipient)> {
        let mut mail = self.mail.take()?;
        let recipient = mail.recipient.take()?;
        Some((self.greeted.clone()?, mail, recipient))
    }

    /// A message was taken.
    pub(super) fn taken(&mut self, recipient: &Recipient) {
        self.messages = self.messages.saturating_add(1);
        if let Some(greylist) = &self.service.greylist {
            greylist.through(&recipient.address);
        }
    }

    /// The name that the client gave last; empty where it gave none.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How many messages were taken.
    pub(super) const fn messages(&self) -> u32 {
        self.messages
    }

    /// Whether a message was announced.
    pub(super) const fn tried(&self) -> bool {
        self.tried
    }

    /// Counts an error; too many end the session.
    pub(super) fn failed(&mut self, reply: Reply) -> Step {
        self.errors = self.errors.saturating_add(1);
        if self.errors > self.service.limits.errors {
            (replies::too_many("errors"), Then::Close)
        } else {
            (reply, Then::Read)
        }
    }

    fn answer(&mut self, command: Command) -> Step {
        let reply = match command {
            Command::Ehlo(name) => self.greet(name, true),
            Command::Helo(name) => self.greet(name, false),
            // A transient refusal of all that follows, so that the rest comes over another connection.
            Command::Mail(..) if self.messages >= self.service.limits.messages => {
                return (replies::too_many("messages"), Then::Close);
            }
            Command::Mail(path, parameters) => {
                // Whatever the answer is: it was the client's will to deliver.
                self.tried = true;
                self.mail(&path, parameters)
            }
            Command::Rcpt(path) => self.rcpt(path),
            Command::Data => return self.data(),
            Command::StartTls => return self.start_tls(),
            Command::Rset => {
                self.mail = None;
                replies::ok("Forgotten")
            }
            Command::Noop => replies::ok("Nothing done"),
            Command::Help => replies::help(),
            Command::Vrfy => replies::cannot_verify(),
            Command::Quit => replies::bye(&self.site.host),
            Command::NotImplemented(command) => replies::not_implemented(command),
            Command::Unknown => replies::unknown_command(),
            Command::Faulty(fault) => replies::faulty(fault),
        };
        (reply, Then::Read)
    }

    fn greet(&mut self, name: String, esmtp: bool) -> Reply {
        self.name.clone_from(&name);
        self.greeted = Some(Greeted { name, esmtp });
        self.mail = None;
        let (host, limits) = (&self.site.host, &self.service.limits);
        if esmtp {
            replies::extensions(host, limits, self.site.tls.is_some(), self.inside)
        } else {
            replies::hello(host)
        }
    }

    fn mail(&mut self, path: &Path, parameters: Parameters) -> Reply {
        let Some(greeted) = &self.greeted else {
            return replies::out_of_order("EHLO comes first");
        };
        if self.mail.is_some() {
            return replies::out_of_order("A message is under way; RSET drops it");
        }
        let plain = parameters == Parameters::default();
        if (!greeted.esmtp && !plain) || (parameters.requiretls && !self.inside) {
            return replies::faulty(Fault::UnknownParameter);
        }
        let from = path.mailbox.as_ref().map_or("", |mailbox| &mailbox.text);
        if !from.is_ascii() && !parameters.smtputf8 {
            return replies::non_ascii();
        }
        let limits = &self.service.limits;
        let size = parameters.size.unwrap_or(0);
        if usize::try_from(size).map_or(true, |size| size > limits.message) {
            return replies::too_large(limits);
        }
        if !self.service.spool.has_room(size) {
            return replies::no_room();
        }
        self.mail = Some(Mail {
            from: from.to_owned(),
            parameters,
            recipient: None,
        });
        replies::sender_ok()
    }

    fn rcpt(&mut self, path: Path) -> Reply {
        let Some(mail) = &mut self.mail else {
            return replies::out_of_order("MAIL comes first");
        };
        let (Some(mailbox), false) = (path.mailbox, path.routed) else {
            return replies::no_relay();
        };
        if !mailbox.text.is_ascii() && !mail.parameters.smtputf8 {
            return replies::non_ascii();
        }
        let local = match self.site.local(&mailbox) {
            Whose::Ours => &mailbox.local,
            Whose::Postmaster => return replies::postmaster(self.service.contact.as_deref()),
            Whose::Others => return replies::no_relay(),
        };
        let Some(token) = self.service.addresses.find(local) else {
            return replies::no_such_address();
        };
        if mail.recipient.is_some() {
            return replies::one_recipient();
        }
        let address = format!("{token}@{}", self.site.domain);
        let asked = self.service.greylist.as_ref().map_or(Ok(None), |greylist| {
            greylist.ask(&address, self.client, self.service.clock.now())
        });
        match asked {
            Ok(retried) => {
                mail.recipient = Some(Recipient { address, retried });
                replies::recipient_ok()
            }
            Err(seconds) => replies::come_again(seconds),
        }
    }

    fn data(&self) -> Step {
        let reply = match &self.mail {
            None => replies::out_of_order("MAIL comes first"),
            Some(Mail {
                recipient: None, ..
            }) => replies::out_of_order("RCPT comes first"),
            Some(_) => return (replies::go_ahead(), Then::ReadMessage),
        };
        (reply, Then::Read)
    }

    fn start_tls(&self) -> Step {
        let reply = if self.site.tls.is_none() {
            replies::not_implemented("STARTTLS")
        } else if self.inside {
            replies::out_of_order("TLS is in use")
        } else if self.greeted.is_none() {
            replies::out_of_order("EHLO comes first")
        } else {
            return (replies::start_tls(), Then::ShakeHands);
        };
        (reply, Then::Read)
    }
}

/// Whose a mailbox is.
enum Whose {
    Ours,
    Postmaster,
    Others,
}

impl Site {
    fn local(&self, mailbox: &Mailbox) -> Whose {
        let ours = mailbox
            .domain
            .as_ref()
            .is_none_or(|domain| *domain == self.domain);
        if !ours {
            Whose::Others
        } else if mailbox.local.eq_ignore_ascii_case("postmaster") {
            Whose::Postmaster
        } else {
            Whose::Ours
        }
    }
}
