//! Stapled responses of every kind.
