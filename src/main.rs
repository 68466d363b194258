//! `forewarn`: audits the IAM and S3 posture of live AWS accounts, with proof.

#![allow(clippy::disallowed_methods, reason = "the command line is where files, the environment and the clock belong")]

mod accepted;
mod assessment;
mod cli;
mod commands;
mod config;
mod exit;
mod output;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Global, LogFormat};
use crate::terminal::Terminal;

/// An audit allocates a hundred million times, on every processor; with the allocator of the C library a fifth of its time
/// goes there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::new(cli.global.quiet);
    log_to_stderr(&cli.global);
    match commands::run(cli, &terminal) {
        Ok(exit) => exit.into(),
        Err(failed) => {
            terminal.say(&format!("error: {:#}", failed.error));
            failed.exit.into()
        }
    }
}

/// Notes of the libraries go to stderr: warnings, or more with `-v`.
fn log_to_stderr(global: &Global) {
    use tracing_subscriber::EnvFilter;

    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        // Where no machine tells a region, the SDK says so at length; forewarn has one of its own to begin with.
        (false, 0) => "warn,aws_config=error",
        (false, 1) => "forewarn=info,forewarn_collect=info,warn",
        (false, _) => "forewarn=debug,forewarn_collect=debug,info",
    };
    let filter = EnvFilter::try_from_env("FOREWARN_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter).with_ansi(false);
    // A second subscriber cannot be there: this is the first thing that the program does.
    let _ = match global.log_format {
        LogFormat::Text => builder.without_time().with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
