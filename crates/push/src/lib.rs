//! What forewarn writes into an account, where a command is named for it.
//!
//! Here stands what is to be written, as values: which findings, in which calls, and what the answers mean. Nothing is
//! sent from here; the command does that with the caller's own session.

pub mod security_hub;
