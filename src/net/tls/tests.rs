//! Handshakes with servers that keep to TLS and with such as do not.
