//! Whether connections to port 25 leave this network: many let none out, and then nothing that was not reached is
//! the domain's fault.
//!
//! As long as some mail server answers, nothing more is asked. When one could not be reached and none answered,
//! the control hosts are tried, once a run and family of addresses.

use super::mail_servers::{ipv4, ipv6};
use super::reach::Reach;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::vantage::SmtpEgress;
use crate::net::dns::Dns;
use crate::net::smtp::Smtp;
use futures_util::future::join_all;
use hickory_proto::rr::RecordType;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::OnceCell;

/// Mail servers of large providers, which answer everyone.
pub const CONTROL_HOSTS: [&str; 3] = [
    "gmail-smtp-in.l.google.com",
    "mx1.mail.icloud.com",
    "mx.posteo.de",
];

/// The most addresses of one control host that are tried.
const MOST_ADDRESSES: usize = 2;

/// What is known of the way out to port 25.
#[derive(Debug)]
pub(super) struct Egress {
    controls: Vec<String>,
    reach: Reach,
    ipv4: Family,
    ipv6: Family,
}

/// What is known for one family of addresses.
#[derive(Debug, Default)]
struct Family {
    answered: AtomicBool,
    tested: OnceCell<SmtpEgress>,
}

impl Family {
    fn known(&self) -> SmtpEgress {
        if self.answered.load(Ordering::Relaxed) {
            return SmtpEgress::Open;
        }
        self.tested.get().copied().unwrap_or(SmtpEgress::Untested)
    }
}

impl Egress {
    pub(super) fn new(controls: Vec<String>, reach: Reach) -> Self {
        Self {
            controls,
            reach,
            ipv4: Family::default(),
            ipv6: Family::default(),
        }
    }

    const fn family(&self, ip: IpAddr) -> &Family {
        if ip.is_ipv4() { &self.ipv4 } else { &self.ipv6 }
    }

    /// Why nothing needs to be tried at this address, where it is known that nothing of its family can be reached.
    pub(super) fn blocked(&self, ip: IpAddr) -> Option<String> {
        (self.family(ip).known() == SmtpEgress::Blocked).then(|| self.words(ip))
    }

    fn words(&self, ip: IpAddr) -> String {
        let family = if ip.is_ipv4() { "IPv4" } else { "IPv6" };
        let controls = self.controls.join(", ");
        format!(
            "nothing on port 25 can be reached from here over {family}: the control hosts ({controls}) do not answer either"
        )
    }

    /// What an end of a session means in the light of what is known of the way out, which this may find out.
    pub(super) async fn settle<T>(
        &self,
        ip: IpAddr,
        session: Observed<T>,
        dns: &Dns,
        smtp: &Smtp,
    ) -> Observed<T> {
        let family = self.family(ip);
        let Observed::Unknown { cause, detail } = session else {
            family.answered.store(true, Ordering::Relaxed);
            return session;
        };
        if !matches!(
            cause,
            Cause::ConnectionTimeout | Cause::NetworkUnreachable | Cause::ConnectionRefused
        ) {
            family.answered.store(true, Ordering::Relaxed);
            return Observed::Unknown { cause, detail };
        }
        let state = self.test(ip, dns, smtp).await;
        if state == SmtpEgress::Blocked {
            return Observed::unknown(Cause::BlockedEgress, self.words(ip));
        }
        // A refusal may be that of a box on the way, unless connections are known to get through.
        if cause == Cause::ConnectionRefused && state == SmtpEgress::Open {
            return Observed::Absent {
                proof: Proof::ConnectionRefused,
                detail,
            };
        }
        Observed::Unknown { cause, detail }
    }

    async fn test(&self, ip: IpAddr, dns: &Dns, smtp: &Smtp) -> SmtpEgress {
        let family = self.family(ip);
        if family.answered.load(Ordering::Relaxed) {
            return SmtpEgress::Open;
        }
        let tested = family
            .tested
            .get_or_init(|| self.try_controls(ip.is_ipv4(), dns, smtp));
        let tested = *tested.await;
        // Meanwhile a server may have answered.
        if family.answered.load(Ordering::Relaxed) {
            SmtpEgress::Open
        } else {
            tested
        }
    }

    async fn try_controls(&self, over_ipv4: bool, dns: &Dns, smtp: &Smtp) -> SmtpEgress {
        let controls = self.controls.iter();
        let outcomes = controls.map(|host| self.try_control(host, over_ipv4, dns, smtp));
        let outcomes = join_all(outcomes).await;
        let reached: Vec<bool> = outcomes.into_iter().flatten().collect();
        if reached.contains(&true) {
            SmtpEgress::Open
        } else if reached.is_empty() {
            SmtpEgress::Unproven
        } else {
            SmtpEgress::Blocked
        }
    }

    /// Whether a control host answers; nothing where it has no address to try.
    async fn try_control(
        &self,
        host: &str,
        over_ipv4: bool,
        dns: &Dns,
        smtp: &Smtp,
    ) -> Option<bool> {
        let addresses: Vec<IpAddr> = if over_ipv4 {
            let answer = dns.ask(host, RecordType::A).await.answer(ipv4);
            let known = answer.value().into_iter().flatten();
            known.map(|ip| IpAddr::V4(*ip)).collect()
        } else {
            let answer = dns.ask(host, RecordType::AAAA).await.answer(ipv6);
            let known = answer.value().into_iter().flatten();
            known.map(|ip| IpAddr::V6(*ip)).collect()
        };
        let tried = addresses
            .into_iter()
            .filter(|ip| self.reach.refusal(*ip).is_none())
            .take(MOST_ADDRESSES);
        let mut any = None;
        for ip in tried {
            // Whatever it says, even a refusal, came from out there.
            let answered = match smtp.greeting(ip).await {
                Ok(_) => true,
                Err(failure) => !failure.unreached(),
            };
            if answered {
                return Some(true);
            }
            any = Some(false);
        }
        any
    }

    /// What the whole run knows so far.
    pub(super) fn known(&self) -> SmtpEgress {
        let (four, six) = (self.ipv4.known(), self.ipv6.known());
        let order = [SmtpEgress::Open, SmtpEgress::Unproven, SmtpEgress::Blocked];
        let found = order.into_iter().find(|one| [four, six].contains(one));
        found.unwrap_or(SmtpEgress::Untested)
    }
}
