//! `forewarn exceptions`: what is accepted, by whom and until when.

use std::path::{Path, PathBuf};

use forewarn_findings::Exception;
use forewarn_reports::inert;
use jiff::Timestamp;
use serde_json::json;

use crate::accepted::{Accepted, DEFAULT};
use crate::assessment::stored;
use crate::cli::{Exceptions, ExceptionsFile, Form};
use crate::commands::print;
use crate::config::Config;
use crate::exit::{Exit, Failed};
use crate::terminal::Terminal;

pub(crate) fn run(command: &Exceptions, config: &Config, terminal: &Terminal) -> Result<Exit, Failed> {
    let now = Timestamp::now();
    match command {
        Exceptions::List { file, format } => list(&read(file, config)?, *format, now),
        Exceptions::Check { file, run } => check(&read(file, config)?, run.as_deref(), now, terminal),
    }
}

fn read(file: &ExceptionsFile, config: &Config) -> Result<Accepted, Failed> {
    let path = file.path.as_ref().or(config.exceptions.as_ref());
    Accepted::read(path.unwrap_or(&PathBuf::from(DEFAULT))).map_err(Failed::usage)
}

/// The next to end comes first.
fn list(accepted: &Accepted, format: Form, now: Timestamp) -> Result<Exit, Failed> {
    let mut all = accepted.exceptions();
    all.sort_by_key(|exception| exception.expires);
    print(|out| match format {
        Form::Json => all.iter().try_for_each(|exception| writeln!(out, "{}", as_json(exception, now))),
        Form::Text if all.is_empty() => writeln!(out, "Nothing is accepted."),
        Form::Text => all.iter().try_for_each(|exception| {
            let Exception { id, check, resource, fingerprint, owner, reason, expires } = &**exception;
            let left = match exception.days_left(now) {
                ended if ended < 0 => "ENDED".to_owned(),
                1 => "1 day left".to_owned(),
                days => format!("{days} days left"),
            };
            writeln!(out, "{id}  {expires}  {left:<13}  {}", inert(owner))?;
            writeln!(out, "    {check} on {}", inert(resource))?;
            if let Some(fingerprint) = fingerprint {
                writeln!(out, "    only the finding {fingerprint}")?;
            }
            writeln!(out, "    {}", inert(reason))
        }),
    })
}

fn as_json(exception: &Exception, now: Timestamp) -> serde_json::Value {
    let Exception { id, check, resource, fingerprint, owner, reason, expires } = exception;
    json!({
        "id": id, "check": check, "resource": resource, "fingerprint": fingerprint, "owner": owner, "reason": reason,
        "expires": expires.to_string(), "days_left": exception.days_left(now), "ended": exception.has_ended(now),
    })
}

/// Mistakes were errors when the file was read.
fn check(accepted: &Accepted, run: Option<&Path>, now: Timestamp, terminal: &Terminal) -> Result<Exit, Failed> {
    accepted.hold(now).map_err(Failed::usage)?;
    let count = accepted.entries.len();
    let mut idle = 0;
    if let Some(path) = run {
        let mut report = stored(path, "run").map_err(Failed::usage)?;
        report.except(&accepted.exceptions());
        idle = report.coverage.idle_exceptions.len();
        for exception in &report.coverage.idle_exceptions {
            terminal.say(&format!("warning: {}", accepted.idle(exception)));
        }
    }
    print(|out| {
        let noun = if count == 1 { "exception" } else { "exceptions" };
        writeln!(out, "{count} {noun}, none has ended")?;
        if run.is_some() { writeln!(out, "{idle} of them accept no finding of that run") } else { Ok(()) }
    })
}
