//! The lists of checks in `SERVICE/mod.rs`: checked in, plain, and complete.
#![expect(clippy::disallowed_methods, reason = "these tests read, and on request write, the folders of this crate")]

use std::path::{Path, PathBuf};

use forewarn_findings::Check;

use crate::all;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The code of a check; empty where there is none.
pub(super) fn source(check: &Check) -> String {
    let (service, defect) = check.id.split_once('.').unwrap_or_default();
    std::fs::read_to_string(root().join(service).join(defect).join("mod.rs")).unwrap_or_default()
}

fn folders(at: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().and_then(|name| name.to_str()).unwrap().to_owned()
}

/// The services with the defects that have a folder.
fn on_disk() -> Vec<(PathBuf, Vec<String>)> {
    let services = folders(root()).into_iter().map(|service| {
        let checks = folders(&service).into_iter().filter(|folder| folder.join("README.md").is_file());
        let defects: Vec<String> = checks.map(|folder| name(&folder)).collect();
        (service, defects)
    });
    services.filter(|(_, defects)| !defects.is_empty()).collect()
}

/// The module of a service as it must be for `defects`: a `mod` line each, and the list.
fn listed(module: &str, defects: &[String]) -> Option<String> {
    let (head, rest) = module.split_once("pub(crate) const CHECKS: &[&Check] = &[\n")?;
    let (_, tail) = rest.split_once("];")?;
    let mut modules: Vec<String> = head.lines().filter(|line| is_module(line)).map(str::to_owned).collect();
    modules.extend(defects.iter().map(|defect| format!("mod {defect};")));
    modules.sort();
    modules.dedup();
    let first = head.lines().position(is_module)?;
    let mut lines: Vec<&str> = head.lines().filter(|line| !is_module(line)).collect();
    lines.splice(first..first, modules.iter().map(String::as_str));
    let list: Vec<String> = defects.iter().map(|defect| format!("    &{defect}::CHECK,\n")).collect();
    Some(format!("{}\npub(crate) const CHECKS: &[&Check] = &[\n{}];{tail}", lines.join("\n"), list.concat()))
}

fn is_module(line: &str) -> bool {
    line.starts_with("mod ") && line.ends_with(';')
}

/// Fails where a folder is not in the list. With `FOREWARN_LIST_CHECKS` set, and never in a continuous run, it writes the
/// lists first; the next build then has them.
#[test]
fn every_folder_is_in_the_list_of_its_service() {
    let write = std::env::var_os("FOREWARN_LIST_CHECKS").is_some() && std::env::var_os("CI").is_none();
    for (service, defects) in on_disk() {
        let file = service.join("mod.rs");
        let module = std::fs::read_to_string(&file).unwrap();
        let wanted = listed(&module, &defects).unwrap_or_else(|| panic!("{} has no list of checks", file.display()));
        if wanted != module && write {
            std::fs::write(&file, &wanted).unwrap();
            panic!("{} was out of date and has been written; build again", file.display());
        }
        assert_eq!(
            module,
            wanted,
            "{} does not list every folder: `FOREWARN_LIST_CHECKS=1 cargo test --package forewarn-checks` writes it",
            file.display()
        );
        for defect in defects {
            let id = format!("{}.{defect}", name(&service));
            assert!(all().iter().any(|check| check.id == id), "{id} is not among all checks");
        }
    }
}

#[test]
fn a_folder_that_is_missing_from_the_list_is_put_there() {
    let module = "//! Doc.\n\nuse x;\n\nmod b;\nmod helper;\n\n/// List.\n#[rustfmt::skip]\npub(crate) const CHECKS: &[&Check] = &[\n    &b::CHECK,\n];\n\nfn rest() {}\n";
    let names = ["a".to_owned(), "b".to_owned()];
    let wanted = listed(module, &names).unwrap();
    assert!(wanted.contains("mod a;\nmod b;\nmod helper;\n"), "{wanted}");
    assert!(wanted.contains("&[\n    &a::CHECK,\n    &b::CHECK,\n];\n\nfn rest() {}\n"), "{wanted}");
    assert_eq!(listed(&wanted, &names).unwrap(), wanted);
    assert_eq!(listed(module, &names[1..]).unwrap(), module);
}

#[test]
fn every_list_is_part_of_all_checks() {
    let on_disk: usize = on_disk().iter().map(|(_, defects)| defects.len()).sum();
    assert_eq!(all().len(), on_disk);
}
