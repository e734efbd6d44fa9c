//! TLSA records of every kind against chains and sessions.
