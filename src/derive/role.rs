//! What a domain is used for, as its own records show it: whether it takes mail (MX, RFC 5321 §5.1; null MX,
//! RFC 7505), and whether anybody may send in its name (SPF, DKIM, DMARC).

use crate::facts::Facts;
use crate::facts::dkim::Dkim;
use crate::facts::dmarc::DmarcPolicy;
use crate::facts::mx::Mx;
use crate::facts::observed::{Observed, Proof};
use crate::facts::spf::{Qualifier, Spf, SpfStatus};
use crate::facts::target::{Confidence, DerivedRole, Role};

/// Whether a domain takes mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Receives {
    /// MX records name servers.
    Yes,
    /// Nothing but an address of its own: a mail server, or only a web server.
    Perhaps,
    /// There is nowhere to deliver to.
    NoServer,
    /// It says so itself, with a null MX.
    Never,
}

/// Whether somebody may send in a domain's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sends {
    /// SPF or DKIM names somebody.
    Somebody,
    /// Nothing says so, and nothing forbids it.
    Unsaid,
    /// SPF forbids it to everybody.
    Nobody,
}

/// The role that the records show. None where what decides it is not known, or the name does not exist.
pub fn of(facts: &Facts) -> Option<DerivedRole> {
    let mut reasons = Vec::new();
    let receives = receives(&facts.mx, &mut reasons)?;
    let sends = sends(&facts.spf, &mut reasons)?;
    let signs = signs(&facts.dkim);
    if signs {
        reasons.push("a DKIM key is published".to_owned());
    }
    let policy = facts.dmarc.effective.value().map(|policy| policy.policy);
    reasons.push(match (policy, facts.dmarc.effective.is_unknown()) {
        (Some(policy), _) => format!("DMARC asks for `{}`", policy.as_str()),
        (None, true) => "the DMARC policy is not known".to_owned(),
        (None, false) => "there is no DMARC policy".to_owned(),
    });
    // Whoever sends nothing says so in SPF and DMARC alike, and needs no key.
    let silent = policy == Some(DmarcPolicy::Reject) && !signs;
    let (role, sure) = match (receives, sends) {
        (Receives::Never | Receives::NoServer, Sends::Nobody) => (Role::Parked, silent),
        (Receives::Never, Sends::Somebody) => (Role::SendOnly, true),
        (Receives::NoServer, Sends::Somebody) => (Role::SendOnly, false),
        (Receives::Never | Receives::NoServer, Sends::Unsaid) if signs => (Role::SendOnly, false),
        (Receives::Never | Receives::NoServer, Sends::Unsaid)
        | (Receives::Perhaps, Sends::Nobody) => (Role::Parked, false),
        (Receives::Perhaps, Sends::Somebody | Sends::Unsaid) => (Role::Mail, false),
        (Receives::Yes, Sends::Nobody) => (Role::ReceiveOnly, silent),
        (Receives::Yes, Sends::Somebody) => (Role::Mail, true),
        (Receives::Yes, Sends::Unsaid) => (Role::Mail, signs),
    };
    Some(DerivedRole {
        role,
        confidence: if sure {
            Confidence::High
        } else {
            Confidence::Low
        },
        reasons,
    })
}

fn receives(mx: &Mx, reasons: &mut Vec<String>) -> Option<Receives> {
    let (receives, reason) = match &mx.records.observed {
        Observed::Unknown { .. }
        | Observed::Absent {
            proof: Proof::Nxdomain,
            ..
        } => return None,
        Observed::Present { .. } if mx.null_mx => (Receives::Never, "a null MX is published"),
        Observed::Present { .. } if mx.receives.value() == Some(&false) => (
            Receives::NoServer,
            "no server of the MX records has an address",
        ),
        Observed::Present { .. } => (Receives::Yes, "MX records name servers"),
        Observed::Absent { .. } => match mx.receives.value()? {
            true => (
                Receives::Perhaps,
                "there is no MX record, and the domain has an address",
            ),
            false => (
                Receives::NoServer,
                "there is neither an MX record nor an address",
            ),
        },
    };
    reasons.push(reason.to_owned());
    Some(receives)
}

fn sends(spf: &Spf, reasons: &mut Vec<String>) -> Option<Sends> {
    let evaluation = &spf.evaluation;
    let listed = &evaluation.authorized;
    let none_listed = listed.ipv4_addresses == 0 && listed.ipv6_networks == 0;
    let (sends, reason) = match evaluation.status {
        SpfStatus::Temperror => return None,
        SpfStatus::None => (Sends::Unsaid, "there is no SPF policy"),
        SpfStatus::Permerror => (Sends::Unsaid, "the SPF policy is broken"),
        SpfStatus::Policy if !none_listed || !listed.open.is_empty() => {
            (Sends::Somebody, "SPF lets somebody send")
        }
        SpfStatus::Policy if !listed.unsettled.is_empty() => return None,
        SpfStatus::Policy => match evaluation.default_result {
            Observed::Unknown { .. } => return None,
            Observed::Present {
                value: Qualifier::Fail,
            } => (Sends::Nobody, "SPF lets nobody send"),
            Observed::Present { .. } | Observed::Absent { .. } => {
                (Sends::Unsaid, "SPF lists nobody, and forbids it to nobody")
            }
        },
    };
    reasons.push(reason.to_owned());
    Some(sends)
}

/// Whether a usable key was found. That none was found proves nothing: selectors can't be listed.
fn signs(dkim: &Dkim) -> bool {
    dkim.published.value() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::super::{complete, tests};
    use super::*;
    use crate::facts::mx::MxRecord;
    use crate::facts::observed::Cause;

    /// A domain with these MX records (`mx`, `null`, `none`, `address`, `unknown`, `gone`), this SPF record, this
    /// DMARC policy and, where `key`, a DKIM key.
    fn derived(mx: &str, spf: &str, dmarc: &str, key: bool) -> Option<(Role, Confidence)> {
        let mut facts = tests::facts();
        let records = &mut facts.mx.records;
        match mx {
            "mx" => {}
            "null" => {
                let exchange = ".".to_owned();
                records.observed = Observed::present(vec![MxRecord {
                    preference: 0,
                    exchange,
                }]);
                facts.mx.hosts.clear();
            }
            "none" => {
                records.observed = Observed::absent(Proof::NoData);
                facts.mx.hosts.clear();
            }
            "address" => records.observed = Observed::absent(Proof::NoData),
            "gone" => records.observed = Observed::absent(Proof::Nxdomain),
            _ => records.observed = Observed::unknown(Cause::Timeout, ""),
        }
        facts.spf.records.observed = match spf {
            "" => Observed::absent(Proof::NoData),
            "unknown" => Observed::unknown(Cause::Timeout, ""),
            text => Observed::present(vec![text.to_owned()]),
        };
        facts.spf.tree.clear();
        facts.spf.tree.push(crate::facts::spf::SpfNode {
            domain: facts.target.domain.clone(),
            parent: None,
            via: "target".to_owned(),
            depth: 0,
            qualifier: None,
            records: facts.spf.records.clone(),
            record: facts.spf.record.clone(),
            cost: crate::facts::spf::SpfCost::default(),
        });
        facts.dmarc.walk = vec![super::super::dmarc::step(
            "example.test",
            tests::txt("_dmarc.example.test", &format!("v=DMARC1; p={dmarc}")),
        )];
        if !key {
            facts.dkim.keys.clear();
        }
        complete(&mut facts);
        let role = facts.target.derived_role?;
        Some((role.role, role.confidence))
    }

    #[test]
    fn the_role_follows_from_who_takes_mail_and_who_may_send() {
        use Confidence::{High, Low};
        use Role::{Mail, Parked, ReceiveOnly, SendOnly};
        let some = "v=spf1 ip4:192.0.2.1 -all";
        let nobody = "v=spf1 -all";
        for (mx, spf, dmarc, key, expected) in [
            ("null", nobody, "reject", false, Some((Parked, High))),
            ("none", nobody, "reject", false, Some((Parked, High))),
            ("null", nobody, "none", false, Some((Parked, Low))),
            ("null", nobody, "reject", true, Some((Parked, Low))),
            ("null", "", "reject", false, Some((Parked, Low))),
            ("address", nobody, "reject", false, Some((Parked, Low))),
            ("null", some, "none", false, Some((SendOnly, High))),
            ("none", some, "none", false, Some((SendOnly, Low))),
            ("null", "", "reject", true, Some((SendOnly, Low))),
            ("mx", nobody, "reject", false, Some((ReceiveOnly, High))),
            ("mx", nobody, "quarantine", false, Some((ReceiveOnly, Low))),
            ("mx", nobody, "reject", true, Some((ReceiveOnly, Low))),
            ("mx", some, "none", false, Some((Mail, High))),
            ("mx", "", "none", true, Some((Mail, High))),
            ("mx", "v=spf1 ~all", "none", false, Some((Mail, Low))),
            ("address", some, "none", false, Some((Mail, Low))),
            ("unknown", nobody, "reject", false, None),
            ("gone", nobody, "reject", false, None),
            ("null", "unknown", "reject", false, None),
        ] {
            let got = derived(mx, spf, dmarc, key);
            assert_eq!(got, expected, "{mx} {spf} {dmarc} {key}");
        }
    }
}
