//! The whole program, as a user meets it: the real binary, real sockets, and nothing of the caller's environment.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    unreachable_pub,
    missing_docs,
    reason = "tests may fail loudly, and need files, sockets and processes"
)]

mod accounts;
mod bad_input;
mod baseline;
mod cases;
mod changes;
mod demo;
mod detections;
mod events;
mod exceptions;
mod fault_matrix;
mod faults;
mod fuzz_corpus;
mod history;
mod killed;
mod moto_account;
mod moto_duckdb;
mod moto_events;
mod moto_organization;
mod moto_reader;
mod moto_review;
mod moto_securityhub;
mod planted;
mod policy;
mod recipes;
mod review;
#[cfg(feature = "sql")]
mod sql;
mod support;
mod workspace;
