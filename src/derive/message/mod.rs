//! What follows from a message's parts: whose word on it counts, and what DMARC makes of it.

pub mod border;
pub mod dmarc;
pub mod trust;
