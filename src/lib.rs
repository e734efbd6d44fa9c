//! waxseal checks whether a mail domain gives its mail confidential delivery, protection against
//! phishing and identity theft, and integrity.
//!
//! The flow, which is also the list of subcommands:
//!
//! ```text
//! targets ── collect ──▶ facts ── evaluate ──▶ results ── report ──▶ terminal, JUnit, JSON
//!          (net, records)       (policy)              (report)
//! ```
//!
//! [`collect`] asks [`net`], reads the answers with [`records`], completes them with [`derive`](mod@derive) and
//! leaves a [`facts::Facts`] document behind; nothing is fetched afterwards. [`policy`] runs the rules
//! over it and gives [`results`], and [`report`] writes those down. [`lab`] is a small Internet on
//! loopback to try it all on, its zones served by [`authority`]; [`outbound`] observes what a provider delivers; [`scan`] takes many targets through, [`cli`] is the only part that
//! prints, reads the environment or exits.

pub mod facts;

pub mod authority;

pub mod lab;
pub mod records;
pub mod results;

pub mod derive;
pub mod net;
pub mod policy;
pub mod report;
pub mod settings;

pub mod collect;

pub mod outbound;

pub mod scan;

pub mod cli;
