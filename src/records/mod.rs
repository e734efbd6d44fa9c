//! Record text to facts: pure and total. Malformed parts become data with their place, never an error.

pub mod bimi;
pub mod caa;
pub mod certificate;
pub mod dkim;
pub mod dmarc;
pub mod dnssec;
pub mod domain;
pub mod message;
pub mod mta_sts;
pub mod ocsp;
pub mod report_uri;
pub mod reports;
pub mod spelling;
pub mod spf;
pub mod tags;
pub mod tls_rpt;
pub mod tlsa;
