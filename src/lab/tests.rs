//! The lab, reached through its sockets.
