//! All outside input and output: resolvers, mail servers, web servers, time.

pub mod clock;
pub mod dial;
pub mod dns;
pub mod dnssec;
pub mod https;
pub mod pace;
pub mod smtp;
pub mod tcp;
pub mod tls;
