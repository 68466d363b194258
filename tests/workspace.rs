//! The workspace itself: directions between crates, lints, licences, sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cargo_metadata::{Metadata, MetadataCommand};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .unwrap()
}

/// The normal and build dependencies of each package of the workspace.
fn direct() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let of = |package: &cargo_metadata::Package| {
        let wanted =
            package.dependencies.iter().filter(|dependency| dependency.kind == cargo_metadata::DependencyKind::Normal);
        wanted.map(|dependency| dependency.name.clone()).collect()
    };
    metadata.workspace_packages().into_iter().map(|package| (package.name.to_string(), of(package))).collect()
}

#[test]
fn crates_depend_only_in_the_direction_of_the_design() {
    let allowed: BTreeMap<&str, &[&str]> = [
        ("forewarn-policy", &[][..]),
        ("forewarn-events", &["forewarn-policy"]),
        ("forewarn-inventory", &["forewarn-policy", "forewarn-events"]),
        ("forewarn-findings", &["forewarn-policy", "forewarn-inventory"]),
        ("forewarn-checks", &["forewarn-policy", "forewarn-inventory", "forewarn-findings"]),
        ("forewarn-reports", &["forewarn-findings"]),
        ("forewarn-collect", &["forewarn-policy", "forewarn-inventory"]),
        ("forewarn-simaws", &["forewarn-policy", "forewarn-inventory"]),
        ("xtask", &[]),
    ]
    .into();
    for (name, dependencies) in direct() {
        if name == "forewarn" {
            continue;
        }
        let allowed = allowed.get(name.as_str()).unwrap_or_else(|| panic!("`{name}` is not in the table of this test"));
        let own: Vec<&String> = dependencies.iter().filter(|dependency| dependency.starts_with("forewarn")).collect();
        for dependency in own {
            assert!(allowed.contains(&dependency.as_str()), "`{name}` must not depend on `{dependency}`");
        }
    }
}

#[test]
fn only_collect_speaks_to_aws_and_only_the_edges_are_asynchronous() {
    let mut speaks = BTreeSet::new();
    let mut waits = BTreeSet::new();
    for (name, dependencies) in direct() {
        if dependencies.iter().any(|dependency| dependency.starts_with("aws-")) {
            speaks.insert(name.clone());
        }
        if dependencies.contains("tokio") {
            waits.insert(name.clone());
        }
        let pure = ["forewarn-policy", "forewarn-events", "forewarn-inventory", "forewarn-findings", "forewarn-checks"];
        if pure.contains(&name.as_str()) {
            for kept_out in ["clap", "tokio", "hyper", "tracing"] {
                assert!(!dependencies.contains(kept_out), "`{name}` must not depend on `{kept_out}`");
            }
        }
    }
    assert_eq!(speaks, BTreeSet::from(["forewarn-collect".to_owned()]));
    assert_eq!(waits, ["forewarn", "forewarn-collect", "forewarn-simaws"].map(str::to_owned).into());
}

#[test]
fn every_manifest_takes_the_lints_of_the_workspace() {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    assert!(packages.len() >= 10, "{}", packages.len());
    for package in packages {
        let text = fs::read_to_string(&package.manifest_path).unwrap();
        let manifest: toml::Table = toml::from_str(&text).unwrap();
        let inherits = manifest["lints"]["workspace"].as_bool();
        assert_eq!(inherits, Some(true), "{}", package.manifest_path);
        assert!(package.rust_version.is_some(), "{} has no rust-version", package.name);
        assert_eq!(package.license.as_deref(), Some("MIT OR Apache-2.0"), "{}", package.name);
    }
}

/// Name and version of the packages that are really built. `cargo metadata` also lists optional ones that nobody turns
/// on; `cargo tree` follows features as the build does.
fn built() -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = std::process::Command::new(cargo)
        .args(["tree", "--workspace", "--locked", "--target", "all", "--edges", "normal,build,dev", "--prefix", "none"])
        .args(["--format", "{p}"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let found: BTreeSet<String> = text.lines().map(name).collect();
    assert!(found.len() > 150, "{}", found.len());
    found
}

#[test]
fn dependencies_are_licensed_pinned_to_the_registry_and_without_a_second_stack() {
    let allowed = [
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "CDLA-Permissive-2.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "OpenSSL",
        "Unicode-3.0",
        "Unlicense",
        "Zlib",
    ];
    let metadata = metadata();
    let built = built();
    let is_built =
        |package: &&cargo_metadata::Package| built.contains(&format!("{} v{}", package.name, package.version));
    for package in metadata.packages.iter().filter(is_built) {
        if let Some(source) = &package.source {
            assert!(source.repr.starts_with("registry+"), "{} comes from {}", package.name, source.repr);
            let license = package.license.as_deref().unwrap_or_else(|| panic!("{} has no licence", package.name));
            // Every part of an expression with AND must be allowed; one of those with OR is enough.
            let fine = license.replace('/', " OR ").split(" AND ").all(|part| {
                part.trim_matches(|c| c == '(' || c == ')')
                    .split(" OR ")
                    .any(|one| allowed.contains(&one.trim().trim_matches(|c| c == '(' || c == ')')))
            });
            assert!(fine, "{} is under {license}", package.name);
        }
        for dependency in &package.dependencies {
            let ours = metadata.workspace_members.contains(&package.id);
            assert!(
                !ours || dependency.req.to_string() != "*" || dependency.path.is_some(),
                "{} takes any {}",
                package.name,
                dependency.name
            );
        }
        let name = package.name.as_str();
        assert!(!["ring", "openssl", "openssl-sys", "native-tls"].contains(&name), "{name} must not be there");
        assert!(!(name == "hyper" && package.version.major == 0), "an old hyper must not be there");
    }
}
