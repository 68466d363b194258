//! `forewarn checks`: which checks there are, and what one of them is about.

use forewarn_findings::{ControlCheck, Framework, ParameterKind, Protects, sections};

use crate::cli::{Checks, Tags};
use crate::commands::print;
use crate::config::{Tagged, check};
use crate::exit::{Exit, Failed};
use crate::output::suggestion;

pub(crate) fn run(command: &Checks) -> Result<Exit, Failed> {
    match command {
        Checks::List { tags } => list(tags),
        Checks::Explain { id } => explain(id),
        Checks::Coverage { framework: None } => editions(),
        Checks::Coverage { framework: Some(id) } => coverage(id),
    }
}

fn list(tags: &Tags) -> Result<Exit, Failed> {
    let tagged = Tagged { protects: tags.protects.clone(), side: tags.side, last_accessed: true };
    let mut all = forewarn_checks::all();
    all.retain(|check| tagged.holds(check));
    let widest = all.iter().map(|check| check.id.len()).max().unwrap_or_default();
    print(|out| {
        for check in all {
            let letter = |tag: Protects| if check.protects.contains(&tag) { tag.letter() } else { '-' };
            let tags: String = Protects::ALL.into_iter().map(letter).collect();
            writeln!(out, "{:<widest$}  {:<13}  {tags}  {}", check.id, check.severity.word(), check.title)?;
        }
        Ok(())
    })
}

fn explain(id: &str) -> Result<Exit, Failed> {
    let check = check(id).map_err(Failed::usage)?;
    let parts = sections(check.docs);
    print(|out| {
        writeln!(out, "{} ({})\n{}\n", check.id, check.severity.word(), check.title)?;
        let protects: Vec<&str> = check.protects.iter().map(|tag| tag.word()).collect();
        writeln!(
            out,
            "Protects {}; on the side of the line: {} ({})\n",
            protects.join(", "),
            check.side.word(),
            check.side.of_aws()
        )?;
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

/// A line per edition: how many of its controls are answered.
fn editions() -> Result<Exit, Failed> {
    let all = forewarn_checks::frameworks().map_err(Failed::internal)?;
    let widest = all.iter().map(|framework| framework.id.len()).max().unwrap_or_default();
    print(|out| {
        writeln!(out, "{:<widest$}  controls  automated  manual  name", "edition")?;
        all.iter().try_for_each(|framework| {
            let (all, automated) = (framework.controls.len(), automated(framework));
            let Framework { id, name, version, .. } = framework;
            writeln!(out, "{id:<widest$}  {all:>8}  {automated:>9}  {:>6}  {name}, {version}", all - automated)
        })
    })
}

fn automated(framework: &Framework) -> usize {
    framework.controls.iter().filter(|control| control.is_automated()).count()
}

/// The controls of an edition with the checks that answer them.
fn coverage(id: &str) -> Result<Exit, Failed> {
    let all = forewarn_checks::frameworks().map_err(Failed::internal)?;
    let known = || all.iter().map(|framework| framework.id.as_str());
    let framework = all.iter().find(|framework| framework.id == id).ok_or_else(|| {
        let hint = suggestion(id, known()).map_or_else(
            || format!("known: {}", known().collect::<Vec<_>>().join(", ")),
            |close| format!("did you mean `{close}`?"),
        );
        Failed::usage(anyhow::anyhow!("there is no edition `{id}`; {hint}"))
    })?;
    let widest = framework.controls.iter().map(|control| control.id.len()).max().unwrap_or_default();
    print(|out| {
        let (all, automated) = (framework.controls.len(), automated(framework));
        writeln!(
            out,
            "{}, {}: {automated} of {all} controls are answered by checks, {} are manual. A pass {} a control.\n",
            framework.name,
            framework.version,
            all - automated,
            if framework.outcome { "contributes evidence to" } else { "answers" },
        )?;
        for control in &framework.controls {
            writeln!(out, "{:<widest$}  {}  ({})", control.id, control.title, control.level)?;
            for ControlCheck { check, parameters } in &control.checks {
                write!(out, "{:<widest$}    {check}", "")?;
                parameters.iter().try_for_each(|(name, value)| write!(out, "  {name} = {value}"))?;
                writeln!(out)?;
            }
            if let Some(missing) = &control.not_covered {
                writeln!(out, "{:<widest$}    manual: {missing}", "")?;
            }
        }
        Ok(())
    })
}

fn indent(text: &str) -> String {
    let lines: Vec<String> =
        text.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") }).collect();
    lines.join("\n")
}
