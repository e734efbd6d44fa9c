//! What several test modules stand on.

pub(crate) mod app;
pub(crate) mod held;
pub(crate) mod settled;
