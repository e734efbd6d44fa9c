//! Facts computed from facts, as the standards compute them: pure, so that an old document can be derived anew.

pub mod chain;
pub mod dane;
pub mod dkim;
pub mod dmarc;
pub mod mta_sts;
pub mod mx;
pub mod spf;
pub mod zone;
