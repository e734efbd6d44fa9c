//! BIMI: records, indicators and evidence documents (draft-brand-indicators-for-message-identification).

pub mod evidence;
pub mod record;
pub mod svg;
