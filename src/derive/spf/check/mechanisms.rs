//! The mechanisms of RFC 7208 §5: whether each matches the sender, and the values of macros.

use super::super::answers::{Kind, Question, Reply};
use super::super::expand::{self, Values};
use super::{Check, Judged, Raised, Stop};
use crate::facts::spf::{SpfMechanism, SpfResult};
use std::net::IpAddr;

/// Most names of mail servers of one `mx`, and of an address (RFC 7208 §4.6.4).
pub(in super::super) const MOST_NAMES: usize = 10;

impl Check<'_> {
    /// Whether a mechanism matches, and why (RFC 7208 §5).
    pub(super) fn mechanism(
        &mut self,
        mechanism: &SpfMechanism,
        depth: u32,
    ) -> Raised<(bool, String)> {
        match mechanism.mechanism.as_str() {
            "all" => Ok((true, "everyone".to_owned())),
            "ip4" | "ip6" => Ok(self.in_network(mechanism)),
            "include" => self.include(mechanism, depth),
            "a" => self.addresses_match(mechanism),
            "mx" => self.servers_match(mechanism),
            "ptr" => self.names_match(mechanism),
            _ => self.exists(mechanism),
        }
    }

    fn in_network(&self, mechanism: &SpfMechanism) -> (bool, String) {
        let network = mechanism.argument.parse().ok();
        let matched = network.is_some_and(|network| self.is_within(network, mechanism));
        (matched, String::new())
    }

    /// Whether the sender's address is in the network of another, by the prefix length of its family.
    fn is_within(&self, address: IpAddr, mechanism: &SpfMechanism) -> bool {
        match (address, self.sender.ip) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                let prefix = u32::from(mechanism.prefix4.unwrap_or(32));
                let differing = u32::from(network) ^ u32::from(ip);
                differing.checked_shr(32 - prefix.min(32)).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                let prefix = u32::from(mechanism.prefix6.unwrap_or(128));
                let differing = u128::from(network) ^ u128::from(ip);
                differing.checked_shr(128 - prefix.min(128)).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// Only a pass of the other record matches (RFC 7208 §5.2).
    fn include(&mut self, mechanism: &SpfMechanism, depth: u32) -> Raised<(bool, String)> {
        self.count()?;
        let target = self.expanded(&mechanism.argument)?;
        match self.host(&target, depth + 1)? {
            Judged::Nothing(words) => Err(Stop::Permerror(format!("`include`: {words}"))),
            Judged::Policy { result, .. } => Ok((
                result == SpfResult::Pass,
                format!("{target}: {}", result.as_str()),
            )),
        }
    }

    fn addresses_match(&mut self, mechanism: &SpfMechanism) -> Raised<(bool, String)> {
        self.count()?;
        let Some(name) = self.target(&mechanism.argument)? else {
            return Ok((false, "no name that can be asked for".to_owned()));
        };
        let kind = Kind::of_family(self.sender.ip);
        let found = self.ask_counted(&name, kind)?;
        Ok(self.any_within(&found, mechanism))
    }

    fn servers_match(&mut self, mechanism: &SpfMechanism) -> Raised<(bool, String)> {
        self.count()?;
        let Some(name) = self.target(&mechanism.argument)? else {
            return Ok((false, "no name that can be asked for".to_owned()));
        };
        let servers = self.ask_counted(&name, Kind::Mx)?;
        if servers.len() > MOST_NAMES {
            let words = format!(
                "{name} has {} mail servers, more than {MOST_NAMES}",
                servers.len()
            );
            return Err(Stop::Permerror(words));
        }
        let kind = Kind::of_family(self.sender.ip);
        let names: Vec<String> = servers.iter().filter_map(|it| expand::name(it)).collect();
        self.want(names.iter().map(|name| Question::new(name, kind)))?;
        for name in names {
            let found = match self.ask(&name, kind)? {
                Reply::Found(found) => found,
                Reply::Void => continue,
                Reply::Failed(why) => return Err(Stop::Temperror(format!("{name}: {why}"))),
            };
            let (matched, words) = self.any_within(&found, mechanism);
            if matched {
                return Ok((true, format!("{name}: {words}")));
            }
        }
        Ok((false, format!("{} mail servers", servers.len())))
    }

    fn any_within(&self, found: &[String], mechanism: &SpfMechanism) -> (bool, String) {
        let addresses = found.iter().filter_map(|text| text.parse().ok());
        let matching = addresses
            .into_iter()
            .find(|address| self.is_within(*address, mechanism));
        match (matching, found) {
            (Some(address), _) => (true, address.to_string()),
            (None, []) => (false, "no address".to_owned()),
            (None, some) => (false, format!("{} addresses", some.len())),
        }
    }

    /// A validated name of the address at or below the target (RFC 7208 §5.5).
    fn names_match(&mut self, mechanism: &SpfMechanism) -> Raised<(bool, String)> {
        self.count()?;
        let Some(target) = self.target(&mechanism.argument)? else {
            return Ok((false, "no name that can be asked for".to_owned()));
        };
        let question = expand::reverse_name(self.sender.ip);
        if matches!(self.ask(&question, Kind::Ptr)?, Reply::Void) {
            self.count_void(&question)?;
        }
        let names = self.validated()?;
        let matching = names.iter().find(|name| is_at_or_below(name, &target));
        Ok(matching.map_or_else(
            || (false, "no validated name".to_owned()),
            |name| (true, name.clone()),
        ))
    }

    fn exists(&mut self, mechanism: &SpfMechanism) -> Raised<(bool, String)> {
        self.count()?;
        let Some(name) = self.target(&mechanism.argument)? else {
            return Ok((false, "no name that can be asked for".to_owned()));
        };
        let found = !self.ask_counted(&name, Kind::A)?.is_empty();
        Ok((found, name))
    }

    /// The names of the sender's address that lead back to it, of the first ten (RFC 7208 §5.5).
    fn validated(&mut self) -> Raised<Vec<String>> {
        let ip = self.sender.ip;
        let names = match self.ask(&expand::reverse_name(ip), Kind::Ptr)? {
            Reply::Found(names) => names,
            Reply::Void | Reply::Failed(_) => return Ok(Vec::new()),
        };
        let names = names.iter().take(MOST_NAMES);
        let names: Vec<String> = names.filter_map(|name| expand::name(name)).collect();
        let kind = Kind::of_family(ip);
        self.want(names.iter().map(|name| Question::new(name, kind)))?;
        let mut validated = Vec::new();
        for name in names {
            if let Reply::Found(found) = self.ask(&name, kind)?
                && found.iter().any(|text| text.parse() == Ok(ip))
            {
                validated.push(name);
            }
        }
        Ok(validated)
    }
}

impl Values for Check<'_> {
    type Stop = Stop;

    fn value(&mut self, letter: char) -> Raised<String> {
        let sender = self.sender;
        Ok(match letter {
            's' => format!("{}@{}", sender.local, sender.domain),
            'l' => sender.local.clone(),
            'o' => sender.domain.clone(),
            'd' => self.domain.clone(),
            'i' => expand::dotted(sender.ip),
            'p' => self.best_name()?,
            'v' => expand::version(sender.ip).to_owned(),
            'h' => sender.helo.clone(),
            'c' => sender.ip.to_string(),
            'r' => sender.receiver.clone(),
            _ => sender.now.unix().to_string(),
        })
    }
}

impl Check<'_> {
    /// The value of `p`: the domain itself where it is among the validated names, else one below it, else
    /// any (RFC 7208 §7.3).
    fn best_name(&mut self) -> Raised<String> {
        let names = self.validated()?;
        let own = names.iter().find(|name| **name == self.domain);
        let below = || names.iter().find(|name| is_at_or_below(name, &self.domain));
        let best = own.or_else(below).or(names.first());
        Ok(best.cloned().unwrap_or_else(|| "unknown".to_owned()))
    }
}

fn is_at_or_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}
