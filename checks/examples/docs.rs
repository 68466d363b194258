//! `cargo xtask docs`: a page for each check and indexes by service and by framework, out of its README and its `CHECK`, into the folder that is named.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it writes files where it is told to, and says what it wrote"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use forewarn_findings::{Check, Framework, ParameterKind, Protects, sections};

fn main() -> io::Result<()> {
    let folder = std::env::args().nth(1).ok_or_else(|| io::Error::other("which folder? name one"))?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    let checks = forewarn_checks::all();
    for check in &checks {
        fs::write(folder.join(format!("{}.md", check.id)), page(check))?;
    }
    fs::write(folder.join("index.md"), index(&checks))?;
    let frameworks = forewarn_checks::frameworks().map_err(io::Error::other)?;
    fs::write(folder.join("frameworks.md"), by_framework(&frameworks))?;
    println!("{} pages, index.md and frameworks.md in {}", checks.len(), folder.display());
    Ok(())
}

fn protects(check: &Check) -> String {
    check.protects.iter().map(|tag| Protects::word(*tag)).collect::<Vec<_>>().join(", ")
}

/// All that there is to know of a check, examples too.
fn page(check: &Check) -> String {
    let mut page = format!("# {}\n\n{}\n\n", check.id, check.title);
    let mut operations: Vec<&str> = check.needs.iter().map(|fact| fact.operation()).collect();
    operations.sort_unstable();
    operations.dedup();
    // Writing into a string cannot fail.
    let _ = write!(
        page,
        "| | |\n|---|---|\n| Severity | {} |\n| Protects | {} |\n| Side | {} ({}) |\n| Reads | `{}` |\n",
        check.severity.word(),
        protects(check),
        check.side.word(),
        check.side.of_aws(),
        operations.join("`, `"),
    );
    for parameter in check.parameters {
        let unit = if parameter.kind == ParameterKind::Days { " days" } else { "" };
        let _ = writeln!(page, "| `{}` | {}{unit}: {} |", parameter.name, parameter.default, parameter.doc);
    }
    let _ = write!(page, "\n{}", check.docs);
    page
}

/// The checks by service, the worst first.
fn index(checks: &[&'static Check]) -> String {
    let mut services: BTreeMap<&str, Vec<&Check>> = BTreeMap::new();
    for check in checks {
        let service = check.id.split_once('.').map_or(check.id, |(service, _)| service);
        services.entry(service).or_default().push(check);
    }
    let mut page = format!("# The {} checks\n\nBy service; [by framework](frameworks.md).\n", checks.len());
    for (service, mut checks) in services {
        checks.sort_by_key(|check| (std::cmp::Reverse(check.severity), check.id));
        let _ = write!(page, "\n## {service}\n\n| check | severity | what it finds |\n|---|---|---|\n");
        for check in checks {
            let what = sections(check.docs).what.split("\n\n").next().unwrap_or_default().replace('\n', " ");
            let what = what.replace('|', "\\|");
            let _ =
                writeln!(page, "| [{0}]({0}.md) | {1} | {2}: {what} |", check.id, check.severity.word(), check.title);
        }
    }
    page
}

/// What answers each control, edition by edition.
fn by_framework(frameworks: &[Framework]) -> String {
    let mut page = "# Frameworks\n".to_owned();
    for framework in frameworks {
        let Framework { name, version, controls, .. } = framework;
        let answered = controls.iter().filter(|control| control.is_automated()).count();
        let all = controls.len();
        let _ = write!(page, "\n## {name} {version}\n\n{answered} of {all} controls are answered by checks.\n\n");
        let _ = writeln!(page, "| control | title | checks |\n|---|---|---|");
        for control in controls {
            let checks = control.checks.iter().map(|asked| {
                let thresholds = asked.parameters.iter().map(|(name, value)| format!(" `{name}` {value}"));
                format!("[{0}]({0}.md){1}", asked.check, thresholds.collect::<String>())
            });
            let mut said: Vec<String> = checks.collect();
            said.extend(control.not_covered.iter().map(|why| format!("not covered: {why}")));
            let said = said.join("; ").replace('|', "\\|");
            let _ = writeln!(page, "| {} | {} | {said} |", control.id, control.title.replace('|', "\\|"));
        }
    }
    page
}
