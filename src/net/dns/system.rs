//! The resolvers that this host is set up to use.

use super::DnsError;
use hickory_resolver::config::ProtocolConfig;
use hickory_resolver::system_conf::read_system_conf;
use std::net::SocketAddr;

/// The resolvers of the system's configuration (`/etc/resolv.conf` and its like), in its order.
/// An error where it can't be read or names none; no other resolver is asked instead.
pub fn system_resolvers() -> Result<Vec<SocketAddr>, DnsError> {
    let (config, _) = read_system_conf().map_err(|source| DnsError::SystemConfiguration {
        reason: source.to_string(),
    })?;
    let mut resolvers = Vec::new();
    for server in config.name_servers() {
        let port = server
            .connections
            .iter()
            .find(|connection| matches!(connection.protocol, ProtocolConfig::Udp))
            .map_or(53, |connection| connection.port);
        let address = SocketAddr::new(server.ip, port);
        if !resolvers.contains(&address) {
            resolvers.push(address);
        }
    }
    if resolvers.is_empty() {
        return Err(DnsError::NoResolver);
    }
    Ok(resolvers)
}
