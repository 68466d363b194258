//! `forewarn checks`: which checks there are, and what one of them is about.

use forewarn_findings::{ParameterKind, sections};

use crate::cli::Checks;
use crate::commands::print;
use crate::config::check;
use crate::exit::{Exit, Failed};

pub(crate) fn run(command: &Checks) -> Result<Exit, Failed> {
    match command {
        Checks::List => list(),
        Checks::Explain { id } => explain(id),
    }
}

fn list() -> Result<Exit, Failed> {
    let all = forewarn_checks::all();
    let widest = all.iter().map(|check| check.id.len()).max().unwrap_or_default();
    print(|out| {
        for check in all {
            writeln!(out, "{:<widest$}  {:<13}  {}", check.id, check.severity.word(), check.title)?;
        }
        Ok(())
    })
}

fn explain(id: &str) -> Result<Exit, Failed> {
    let check = check(id).map_err(Failed::usage)?;
    let parts = sections(check.docs);
    print(|out| {
        writeln!(out, "{} ({})\n{}\n", check.id, check.severity.word(), check.title)?;
        for (title, body) in [("What it finds", parts.what), ("Why it matters", parts.why), ("How to fix", parts.fix)] {
            writeln!(out, "{title}\n{}\n", indent(body))?;
        }
        if !check.parameters.is_empty() {
            writeln!(out, "Parameters (in forewarn.toml, under [parameters.\"{}\"])", check.id)?;
            for parameter in check.parameters {
                let unit = match parameter.kind {
                    ParameterKind::Days => " days",
                    ParameterKind::Count => "",
                };
                writeln!(out, "  {} = {}{unit}: {}", parameter.name, parameter.default, parameter.doc)?;
            }
            writeln!(out)?;
        }
        writeln!(out, "Reads")?;
        let mut operations: Vec<&str> = check.needs.iter().map(|fact| fact.operation()).collect();
        operations.sort_unstable();
        operations.dedup();
        operations.iter().try_for_each(|operation| writeln!(out, "  {operation}"))
    })
}

fn indent(text: &str) -> String {
    let lines: Vec<String> =
        text.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") }).collect();
    lines.join("\n")
}
