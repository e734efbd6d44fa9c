//! Policies that mean harm.
