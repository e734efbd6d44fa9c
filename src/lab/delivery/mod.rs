//! The lab's providers as senders: who they are, how they sign, and how they behave at the servers that they deliver to.

pub(crate) mod client;
pub(crate) mod sign;

use super::LabError;
use super::setup::Setup;
use crate::facts::outbound::enforcement::Posture;
use crate::facts::timestamp::Timestamp;
use sign::Keys;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// An address that no domain of the lab lists.
const STRANGER: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 25);

/// From which address a provider delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// That of the first of the two shared mail servers.
    Shared,
    /// One that nobody lists, and that has no name.
    Stranger,
}

/// How a provider signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    /// By RSA and by Ed25519.
    Both,
    /// By RSA.
    Rsa,
    /// By RSA, and then something is added to the message.
    Altered,
    /// In the name of this domain.
    As(&'static str),
    /// Not at all.
    None,
}

/// What a provider insists on at others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// On nothing, and speaks no TLS itself.
    Clear,
    /// On nothing: TLS where it is offered.
    Opportunistic,
    /// On what TLSA records say.
    Dane,
    /// On what TLSA records and MTA-STS policies say.
    Published,
    /// On a certificate that the public authorities vouch for.
    Validated,
}

impl Manner {
    /// Whether it hands a message over to a server of this posture.
    const fn accepts(self, posture: Posture) -> bool {
        match posture {
            Posture::Good | Posture::MtaStsValid => true,
            Posture::DaneMismatch => !matches!(self, Self::Dane | Self::Published),
            Posture::MtaStsMismatch => !matches!(self, Self::Published | Self::Validated),
            Posture::SelfSigned
            | Posture::WrongName
            | Posture::Expired
            | Posture::DaneValid
            | Posture::NoStarttls => !matches!(self, Self::Validated),
        }
    }
}

/// A provider that delivers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    pub(crate) source: Source,
    pub(crate) signing: Signing,
    pub(crate) manner: Manner,
    /// The domain of MAIL FROM, where it is not the provider's own.
    pub(crate) bounces: Option<&'static str>,
    /// Whether it is asked for messages to servers that are faulty on purpose.
    pub(crate) probed: bool,
}

impl Sender {
    /// A provider at which nothing is wrong.
    pub(crate) const GOOD: Self = Self {
        source: Source::Shared,
        signing: Signing::Both,
        manner: Manner::Published,
        bounces: None,
        probed: false,
    };
}

impl Setup {
    /// Lets the domain's provider deliver, with keys that are published.
    pub(crate) fn delivers(&mut self, sender: Sender) {
        if let Ok(keys) = Keys::load() {
            if let Ok(record) = keys.rsa_record() {
                self.txt(&format!("{}._domainkey", sign::RSA_SELECTOR), &record);
            }
            let name = format!("{}._domainkey", sign::ED25519_SELECTOR);
            self.txt(&name, &keys.ed25519_record());
        }
        self.sender = Some(sender);
    }
}

/// A mailbox that the lab's providers are to write to.
#[derive(Clone, Debug)]
pub struct Mailbox {
    /// The server.
    pub at: SocketAddr,
    /// The address, such as `token@probe.test`.
    pub address: String,
    /// How the server is set up on purpose, where it is a probe.
    pub posture: Option<Posture>,
}

/// The providers that deliver, by domain.
#[derive(Clone, Debug, Default)]
pub struct Senders {
    now: Option<Timestamp>,
    shared: Option<IpAddr>,
    all: BTreeMap<String, Sender>,
}

impl Senders {
    /// The senders of these setups.
    pub(crate) fn of(now: Timestamp, setups: &[Setup]) -> Self {
        let sender = |setup: &Setup| Some((setup.domain.clone(), setup.sender?));
        let shared = setups.iter().flat_map(|setup| &setup.servers).next();
        Self {
            now: Some(now),
            shared: shared.map(|server| server.v4.into()),
            all: setups.iter().filter_map(sender).collect(),
        }
    }

    /// The domains whose providers deliver, and whether each is to be probed.
    pub fn domains(&self) -> impl Iterator<Item = (&str, bool)> {
        let all = self.all.iter();
        all.map(|(domain, sender)| (domain.as_str(), sender.probed))
    }

    /// Lets the provider of a domain write to a mailbox. `announce` is told, before the connection is made, from which
    /// socket it comes and which address it plays. What becomes of it is for the receiver to see.
    ///
    /// # Errors
    /// There is no such provider, or the message can't be made.
    pub async fn deliver(
        &self,
        domain: &str,
        to: &Mailbox,
        announce: impl FnOnce(SocketAddr, IpAddr),
    ) -> Result<(), LabError> {
        let sender = self.all.get(domain).ok_or(LabError::Der)?;
        let message = self.message(domain, sender, &to.address)?;
        let source = match sender.source {
            Source::Shared => self.shared.unwrap_or(STRANGER.into()),
            Source::Stranger => STRANGER.into(),
        };
        let reverse_path = format!("someone@{}", sender.bounces.unwrap_or(domain));
        client::Client {
            ehlo: "mx1.mail.test",
            tls: sender.manner != Manner::Clear,
            hands_over: to
                .posture
                .is_none_or(|posture| sender.manner.accepts(posture)),
            reverse_path: &reverse_path,
            message: &message,
        }
        .deliver(to, |socket| announce(socket, source))
        .await;
        Ok(())
    }

    fn message(&self, domain: &str, sender: &Sender, to: &str) -> Result<String, LabError> {
        let now = self.now.map_or(0, Timestamp::unix);
        let date = OffsetDateTime::from_unix_timestamp(now).map_err(LabError::Time)?;
        let date = date.format(&Rfc2822).map_err(|_| LabError::Der)?;
        let (token, _) = to.split_once('@').unwrap_or((to, ""));
        let plain = format!(
            "From: Someone <someone@{domain}>\r\nTo: <{to}>\r\nSubject: a test\r\nDate: {date}\r\n\
             Message-ID: <{token}.{now}@{domain}>\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\nThis is a test.\r\n"
        );
        let keys = Keys::load()?;
        Ok(match sender.signing {
            Signing::Both => keys.with_rsa(domain, &keys.with_ed25519(domain, &plain))?,
            Signing::Rsa => keys.with_rsa(domain, &plain)?,
            Signing::Altered => keys.with_rsa(domain, &plain)? + "-- \r\nSent through a list.\r\n",
            Signing::As(other) => keys.with_rsa(other, &plain)?,
            Signing::None => plain,
        })
    }
}
