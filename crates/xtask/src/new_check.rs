//! `cargo xtask new-check`: a folder for a new check.

use std::fs;

use anyhow::{Context as _, bail};

use crate::place::root;

/// Makes `checks/SERVICE/DEFECT` from a template that compiles and holds to its own examples: a check to be turned into
/// another.
pub fn run(service: &str, defect: &str) -> anyhow::Result<()> {
    for part in [service, defect] {
        let begins = part.starts_with(|c: char| c.is_ascii_lowercase());
        if !begins || !part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            bail!("`{part}` must begin with a lower case letter and hold only those, digits and underscores");
        }
    }
    let list = root().join("checks").join(service).join("mod.rs");
    if !list.is_file() {
        bail!("there is no service `{service}`: make `checks/{service}/mod.rs` first, as the others are");
    }
    let folder = root().join("checks").join(service).join(defect);
    if folder.exists() {
        bail!("`checks/{service}/{defect}` exists already");
    }
    fs::create_dir(&folder).context("cannot make the folder")?;
    let fill = |template: &str| template.replace("SERVICE", service).replace("DEFECT", defect);
    fs::write(folder.join("mod.rs"), fill(CODE)).context("cannot write mod.rs")?;
    fs::write(folder.join("README.md"), fill(README)).context("cannot write README.md")?;
    println!("made checks/{service}/{defect}; now");
    println!("  1. add `mod {defect};` and `&{defect}::CHECK,` to checks/{service}/mod.rs, in order");
    println!("  2. say what it needs, and judge");
    println!("  3. fill in the README: its examples are the tests");
    println!("  4. cargo test --package forewarn-checks");
    Ok(())
}

const CODE: &str = r#"#![doc = include_str!("README.md")]

use forewarn_findings::{Case, Check, Findings, In, Judge, Protects, Severity, Side, Verdict};
use forewarn_inventory::{Bucket, Fact};
use forewarn_policy::Ownership;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "SERVICE.DEFECT",
    title: "The bad state in one line",
    severity: Severity::Medium,
    protects: &[Protects::Confidentiality],
    side: Side::Customer,
    needs: &[Fact::Buckets, Fact::BucketOwnership],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for bucket in case.buckets() {
        findings.record(&bucket, judge(&bucket));
    }
}

fn judge(bucket: &In<'_, Bucket>) -> Verdict {
    match bucket.ownership.read() {
        Ok(Some(Ownership::BucketOwnerEnforced)) => Verdict::Pass,
        Ok(_) => Verdict::fail("a sentence with names and figures", bucket.evidence("/ownership", "what stands there")),
        Err(gap) => Verdict::unknown(gap),
    }
}
"#;

const README: &str = r#"## What it finds

One paragraph.

## Why it matters

The attack, in one paragraph, without adjectives.

## How to fix

The smallest change first, and what it costs.

```sh
aws s3api put-bucket-ownership-controls --bucket BUCKET --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'
```

## Examples

```json fail
{ "s3": { "buckets": [{ "name": "b", "ownership": "ObjectWriter" }] } }
```

```json pass
{ "s3": { "buckets": [{ "name": "b", "ownership": "BucketOwnerEnforced" }] } }
```

```json unknown
{ "s3": { "buckets": [{ "name": "b", "ownership":
  { "unreadable": { "cause": "denied", "operation": "s3:GetBucketOwnershipControls", "resource": "b" } } }] } }
```
"#;
