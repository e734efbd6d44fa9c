//! "Did you mean", for those who write policies.

pub(super) use crate::records::spelling::did_you_mean;
