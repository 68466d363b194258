//! The shape of the workspace: which crate may see which, and what is let in from outside.
//!
//! Every rule is a function from what was read to a list of faults, so that each is also shown a workspace that breaks it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand};

/// Each crate of ours, the crates of ours that it may use, and those that its tests may use besides.
const LAYERS: &[(&str, &[&str], &[&str])] = &[
    ("forewarn-oracle", &[], &[]),
    ("forewarn-staged", &[], &[]),
    ("forewarn-policy", &[], &["forewarn-oracle"]),
    ("forewarn-events", &["forewarn-policy"], &[]),
    ("forewarn-store", &["forewarn-events"], &[]),
    ("forewarn-sql", &["forewarn-store"], &[]),
    ("forewarn-inventory", &["forewarn-policy", "forewarn-events"], &[]),
    ("forewarn-findings", &["forewarn-policy", "forewarn-events", "forewarn-inventory"], &[]),
    ("forewarn-checks", &["forewarn-policy", "forewarn-events", "forewarn-inventory", "forewarn-findings"], &[]),
    ("forewarn-detect", &["forewarn-policy", "forewarn-events", "forewarn-findings"], &[]),
    ("forewarn-reports", &["forewarn-findings"], &[]),
    ("forewarn-cases", &["forewarn-events", "forewarn-findings", "forewarn-reports"], &[]),
    ("forewarn-history", &["forewarn-findings"], &[]),
    ("forewarn-push", &["forewarn-findings", "forewarn-reports"], &[]),
    (
        "forewarn-collect",
        &["forewarn-policy", "forewarn-events", "forewarn-inventory", "forewarn-findings"],
        &["forewarn-simaws"],
    ),
    ("forewarn-plan", &["forewarn-policy", "forewarn-inventory"], &[]),
    ("forewarn-simaws", &["forewarn-policy", "forewarn-events", "forewarn-inventory"], &[]),
    ("xtask", &[], &[]),
    (
        "forewarn",
        &[
            "forewarn-policy",
            "forewarn-events",
            "forewarn-inventory",
            "forewarn-findings",
            "forewarn-checks",
            "forewarn-detect",
            "forewarn-cases",
            "forewarn-reports",
            "forewarn-history",
            "forewarn-push",
            "forewarn-collect",
            "forewarn-plan",
            "forewarn-simaws",
            "forewarn-sql",
            "forewarn-store",
        ],
        &["forewarn-staged"],
    ),
];

/// The crates that only compute: the same input gives the same output, without a network, a runtime or a terminal.
const PURE: &[&str] = &[
    "forewarn-policy",
    "forewarn-events",
    "forewarn-inventory",
    "forewarn-findings",
    "forewarn-checks",
    "forewarn-detect",
    "forewarn-plan",
    "forewarn-cases",
    "forewarn-reports",
    "forewarn-push",
];

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// A dependency as one crate of ours declares it.
struct Edge {
    from: String,
    to: String,
    requirement: String,
    source: Option<String>,
    local: bool,
    dev: bool,
}

impl Edge {
    fn new(from: &str, dependency: &Dependency) -> Self {
        Self {
            from: from.to_owned(),
            to: dependency.name.clone(),
            requirement: dependency.req.to_string(),
            source: dependency.source.as_ref().map(ToString::to_string),
            local: dependency.path.is_some(),
            dev: dependency.kind == DependencyKind::Development,
        }
    }

    /// An ordinary dependency, for the workspaces that break a rule.
    fn example(from: &str, to: &str) -> Self {
        let local = to.starts_with("forewarn");
        let source = (!local).then(|| CRATES_IO.to_owned());
        Self { from: from.to_owned(), to: to.to_owned(), requirement: "^1".to_owned(), source, local, dev: false }
    }
}

/// A package that Cargo builds for this machine, with its licence.
struct Built {
    name: String,
    version: String,
    licence: String,
}

impl Built {
    fn new(name: &str, version: &str, licence: &str) -> Self {
        Self { name: name.to_owned(), version: version.to_owned(), licence: licence.to_owned() }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> toml::Table {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The manifests as Cargo understands them; nothing is downloaded.
fn metadata() -> Metadata {
    let options = ["--offline", "--locked"].map(str::to_owned).to_vec();
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().other_options(options).exec().unwrap()
}

fn edges() -> Vec<Edge> {
    let packages = metadata().packages;
    packages.iter().flat_map(|package| package.dependencies.iter().map(|to| Edge::new(&package.name, to))).collect()
}

/// What Cargo builds for `selection` on this machine.
///
/// `cargo tree` and not the lock file or the metadata: both list optional packages that no feature turns on.
fn built(selection: &[&str]) -> Vec<Built> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--prefix", "none", "--format", "{p}\t{l}"])
        .args(selection)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: BTreeSet<&str> =
        text.lines().filter(|line| !line.is_empty()).map(|line| line.trim_end_matches(" (*)")).collect();
    let read = |line: &str| {
        let (package, licence) = line.split_once('\t').unwrap();
        let mut words = package.split(' ');
        let (name, version) = (words.next().unwrap(), words.next().unwrap());
        Built::new(name, version.trim_start_matches('v'), licence)
    };
    lines.into_iter().map(read).collect()
}

fn everything() -> Vec<Built> {
    built(&["--workspace", "--edges", "normal,build,dev"])
}

fn faults_of_layers(members: &[&str], edges: &[Edge]) -> Vec<String> {
    let mut faults = Vec::new();
    for member in members {
        let Some((_, always, in_tests)) = LAYERS.iter().find(|(name, _, _)| name == member) else {
            faults.push(format!("{member} has no place in the layers"));
            continue;
        };
        for edge in edges.iter().filter(|edge| edge.from == **member && edge.local) {
            let to = edge.to.as_str();
            if !(always.contains(&to) || edge.dev && in_tests.contains(&to)) {
                faults.push(format!("{member} must not see {to}"));
            }
        }
    }
    faults
}

#[test]
fn crates_see_only_the_layers_below_them() {
    let metadata = metadata();
    let members: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(faults_of_layers(&members, &edges()), Vec::<String>::new());
    let listed: BTreeSet<&str> = LAYERS.iter().map(|(name, _, _)| *name).collect();
    assert_eq!(members.iter().copied().collect::<BTreeSet<_>>(), listed, "the layers name the crates that there are");

    for (from, to) in [
        ("forewarn-policy", "forewarn-inventory"),
        ("forewarn-reports", "forewarn-inventory"),
        ("forewarn-simaws", "forewarn-collect"),
        ("forewarn-collect", "forewarn-simaws"),
    ] {
        assert_eq!(faults_of_layers(&members, &[Edge::example(from, to)]), [format!("{from} must not see {to}")]);
    }
    let in_tests = Edge { dev: true, ..Edge::example("forewarn-collect", "forewarn-simaws") };
    assert_eq!(faults_of_layers(&members, &[in_tests]), Vec::<String>::new());
    assert_eq!(faults_of_layers(&["forewarn-new"], &[]), ["forewarn-new has no place in the layers"]);
}

/// The second opinion on policies is worth something only while it shares nothing with the first, and no program needs it.
fn faults_of_oracle(edges: &[Edge]) -> Vec<String> {
    let apart = |edge: &&Edge| match (edge.from.as_str(), edge.to.as_str()) {
        ("forewarn-oracle", to) => to == "serde_json",
        (_, "forewarn-oracle") => edge.dev,
        _ => true,
    };
    let faults = edges.iter().filter(|edge| !apart(edge));
    faults.map(|edge| format!("{} must not see {}", edge.from, edge.to)).collect()
}

#[test]
fn the_oracle_shares_nothing_with_the_engine() {
    let edges = edges();
    assert!(edges.iter().any(|edge| edge.from == "forewarn-policy" && edge.to == "forewarn-oracle"), "it is asked");
    assert_eq!(faults_of_oracle(&edges), Vec::<String>::new());
    for (from, to) in [
        ("forewarn-oracle", "forewarn-policy"),
        ("forewarn-oracle", "ipnet"),
        ("forewarn-policy", "forewarn-oracle"),
        ("forewarn", "forewarn-oracle"),
    ] {
        assert_eq!(faults_of_oracle(&[Edge::example(from, to)]), [format!("{from} must not see {to}")]);
    }
    let in_tests = Edge { dev: true, ..Edge::example("forewarn-policy", "forewarn-oracle") };
    assert_eq!(faults_of_oracle(&[in_tests]), Vec::<String>::new());
}

fn faults_of_reach(edges: &[Edge]) -> Vec<String> {
    let allowed = |edge: &Edge| match edge.to.as_str() {
        to if to.starts_with("aws-") => matches!(edge.from.as_str(), "forewarn-collect" | "forewarn"),
        // The engine for SQL runs on it; it reaches no network.
        "tokio" if edge.from == "forewarn-sql" => true,
        "tokio" | "hyper" => matches!(edge.from.as_str(), "forewarn-collect" | "forewarn-simaws" | "forewarn"),
        "anyhow" => matches!(edge.from.as_str(), "forewarn" | "xtask"),
        "clap" | "tracing-subscriber" => edge.from == "forewarn",
        _ => true,
    };
    edges.iter().filter(|edge| !allowed(edge)).map(|edge| format!("{} must not see {}", edge.from, edge.to)).collect()
}

#[test]
fn only_the_outer_crates_reach_outside() {
    assert_eq!(faults_of_reach(&edges()), Vec::<String>::new());
    for (from, to) in [
        ("forewarn-checks", "aws-sdk-s3"),
        ("forewarn-checks", "clap"),
        ("forewarn-checks", "tokio"),
        ("forewarn-simaws", "aws-smithy-types"),
        ("forewarn-collect", "clap"),
        ("forewarn-policy", "anyhow"),
    ] {
        assert_eq!(faults_of_reach(&[Edge::example(from, to)]), [format!("{from} must not see {to}")]);
    }
}

/// Packages that speak to a network or a terminal, however far down they stand.
fn faults_of_purity(built: &[Built]) -> Vec<&str> {
    let names = built.iter().map(|package| package.name.as_str());
    names
        .filter(|name| {
            name.starts_with("aws-") || matches!(*name, "tokio" | "hyper" | "rustls" | "mio" | "socket2" | "clap")
        })
        .collect()
}

#[test]
fn pure_crates_build_without_network_or_terminal() {
    for name in PURE {
        let packages = built(&["--package", name, "--edges", "normal,build"]);
        assert!(packages.iter().any(|package| package.name == *name), "{name} stands in its own tree");
        assert_eq!(faults_of_purity(&packages), Vec::<&str>::new(), "{name}");
    }
    let packages = built(&["--package", "forewarn-collect", "--edges", "normal,build"]);
    let found = faults_of_purity(&packages);
    for name in ["aws-sdk-iam", "tokio", "hyper", "rustls"] {
        assert!(found.contains(&name), "{name} is found where it is: {found:?}");
    }
}

/// What every manifest must inherit, so that there is one place to change it.
fn faults_of_manifest(name: &str, manifest: &toml::Table) -> Vec<String> {
    let inherits = |table: Option<&toml::Value>| {
        table.and_then(|table| table.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
    };
    let mut faults = Vec::new();
    if !inherits(manifest.get("lints")) {
        faults.push(format!("{name}: no `lints.workspace = true`"));
    }
    for key in ["edition", "license", "publish", "rust-version", "version"] {
        if !inherits(manifest.get("package").and_then(|package| package.get(key))) {
            faults.push(format!("{name}: no `{key}.workspace = true`"));
        }
    }
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let table = manifest.get(kind).and_then(toml::Value::as_table);
        for (dependency, value) in table.into_iter().flatten().filter(|(_, value)| !inherits(Some(value))) {
            faults.push(format!("{name}: `{dependency}` has a version of its own: {value}"));
        }
    }
    faults
}

#[test]
fn manifests_inherit_lints_versions_and_the_compiler() {
    for package in metadata().packages {
        let manifest = read(package.manifest_path.as_std_path());
        assert_eq!(faults_of_manifest(&package.name, &manifest), Vec::<String>::new());
        assert!(package.rust_version.is_some(), "{}: no rust-version", package.name);
        assert_eq!(package.license.as_deref(), Some("MIT OR Apache-2.0"), "{}", package.name);
    }
    let bare: toml::Table = "package.name = \"bare\"\ndependencies.serde = \"1\"".parse().unwrap();
    let faults = faults_of_manifest("bare", &bare);
    assert_eq!(faults.len(), 7, "{faults:?}");
}

fn faults_of_sources(edges: &[Edge]) -> Vec<String> {
    let mut faults = Vec::new();
    for edge in edges.iter().filter(|edge| !edge.local) {
        if edge.requirement.contains('*') {
            faults.push(format!("{}: any version of {} will do", edge.from, edge.to));
        }
        if edge.source.as_deref() != Some(CRATES_IO) {
            faults.push(format!("{}: {} comes from elsewhere", edge.from, edge.to));
        }
    }
    faults
}

/// The packages of a lock file that are neither ours nor from crates.io with a checksum.
fn faults_of_lock(members: &BTreeSet<String>, lock: &toml::Table) -> Vec<String> {
    let packages = lock["package"].as_array().unwrap().iter();
    let text = |package: &toml::Value, key: &str| package.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let good = |package: &toml::Value| match text(package, "source") {
        Some(source) => source == CRATES_IO && text(package, "checksum").is_some(),
        None => text(package, "name").is_some_and(|name| members.contains(&name)),
    };
    packages.filter(|package| !good(package)).filter_map(|package| text(package, "name")).collect()
}

#[test]
fn dependencies_come_from_the_registry_and_name_a_version() {
    assert_eq!(faults_of_sources(&edges()), Vec::<String>::new());
    let any = Edge { requirement: "*".to_owned(), ..Edge::example("forewarn", "csv") };
    assert_eq!(faults_of_sources(&[any]), ["forewarn: any version of csv will do"]);
    let git = Edge { source: Some("git+https://example.com/csv".to_owned()), ..Edge::example("forewarn", "csv") };
    assert_eq!(faults_of_sources(&[git]), ["forewarn: csv comes from elsewhere"]);

    let members = metadata().packages.iter().map(|package| package.name.to_string()).collect();
    assert_eq!(faults_of_lock(&members, &read(&root().join("Cargo.lock"))), Vec::<String>::new());
    let bad = "[[package]]\nname = \"a\"\nsource = \"git+https://example.com/a\"\n[[package]]\nname = \"b\"\n";
    assert_eq!(faults_of_lock(&members, &bad.parse().unwrap()), ["a", "b"]);
}

/// A second stack for cryptography or HTTP: `ring` beside aws-lc, hyper 0.14 beside 1, OpenSSL beside rustls.
fn faults_of_stacks(built: &[Built]) -> Vec<String> {
    let unwanted = |package: &Built| match package.name.as_str() {
        "ring" | "native-tls" | "openssl" | "openssl-sys" | "openssl-src" => true,
        "hyper" | "http" => package.version.starts_with("0."),
        "rustls" => package.version.starts_with("0.21."),
        _ => false,
    };
    built.iter().filter(|one| unwanted(one)).map(|one| format!("{} {}", one.name, one.version)).collect()
}

#[test]
fn one_stack_for_http_and_cryptography() {
    let built = everything();
    assert!(built.iter().any(|package| package.name == "rustls"), "the graph holds what the program needs");
    assert_eq!(faults_of_stacks(&built), Vec::<String>::new());
    for (name, version) in [("ring", "0.17.14"), ("openssl-sys", "0.9.1"), ("hyper", "0.14.32"), ("rustls", "0.21.12")]
    {
        assert_eq!(faults_of_stacks(&[Built::new(name, version, "MIT")]), [format!("{name} {version}")]);
    }
    assert_eq!(faults_of_stacks(&[Built::new("hyper", "1.7.0", "MIT")]), Vec::<String>::new());
}

/// Whether the words of an SPDX expression can be satisfied with allowed licences: `OR` binds less than `AND`.
fn any_of(words: &mut Vec<String>, allowed: &BTreeSet<String>) -> bool {
    let mut answer = all_of(words, allowed);
    while words.pop_if(|word| word == "OR").is_some() {
        answer |= all_of(words, allowed);
    }
    answer
}

fn all_of(words: &mut Vec<String>, allowed: &BTreeSet<String>) -> bool {
    let mut answer = one_of(words, allowed);
    while words.pop_if(|word| word == "AND").is_some() {
        answer &= one_of(words, allowed);
    }
    answer
}

fn one_of(words: &mut Vec<String>, allowed: &BTreeSet<String>) -> bool {
    if words.pop_if(|word| word == "(").is_some() {
        let answer = any_of(words, allowed);
        return words.pop_if(|word| word == ")").is_some() && answer;
    }
    words.pop().is_some_and(|licence| allowed.contains(&licence))
}

/// Reads a licence expression from its end, so that its next word is the last of the list; the old `A/B` is `A OR B`.
fn satisfied(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ").replace(" WITH ", "_WITH_");
    let mut words: Vec<String> = spaced.split_whitespace().rev().map(|word| word.replace("_WITH_", " WITH ")).collect();
    any_of(&mut words, allowed) && words.is_empty()
}

fn faults_of_licences(built: &[Built], allowed: &BTreeSet<String>) -> BTreeMap<String, String> {
    let faults = built.iter().filter(|package| !satisfied(&package.licence, allowed));
    faults.map(|package| (package.name.clone(), package.licence.clone())).collect()
}

#[test]
fn licences_are_those_that_deny_toml_allows() {
    let deny = read(&root().join("deny.toml"));
    let allowed = deny["licenses"]["allow"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned());
    assert_eq!(faults_of_licences(&everything(), &allowed.collect()), BTreeMap::new());

    let few = BTreeSet::from(["MIT".to_owned(), "ISC".to_owned()]);
    for good in ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "ISC AND (GPL-3.0 OR MIT)"] {
        assert!(satisfied(good, &few), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "ISC AND (GPL-3.0 OR BSD-2-Clause)", "MIT WITH X", "MIT)", "(MIT"] {
        assert!(!satisfied(bad, &few), "{bad}");
    }
    assert_eq!(faults_of_licences(&[Built::new("a", "1.0.0", "GPL-3.0")], &few).len(), 1);
}
