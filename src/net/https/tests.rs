//! Requests to web servers that answer, stall, redirect or send too much.
