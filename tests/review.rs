//! What a change would open, as a person asks it: files in, a verdict out, and an exit code for the pipeline.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::support::{forewarn, said};

const OPEN: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pages/*" }
  ]
}
"#;

/// An account with a bucket that nobody blocks and a role.
const SNAPSHOT: &str = r#"{ "s3": { "buckets": [{ "name": "pages" }] },
  "iam": { "roles": [{ "name": "ci" }] } }"#;

/// A folder with a snapshot and the files of a change.
fn home(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let overlay: Value = serde_json::from_str(SNAPSHOT).unwrap();
    let inventory = forewarn_inventory::overlay::inventory(&overlay).unwrap();
    forewarn_inventory::snapshot::save(&inventory, &home.path().join("today.json")).unwrap();
    for (name, content) in files {
        fs::write(home.path().join(name), content).unwrap();
    }
    home
}

fn review(home: &Path, args: &[&str]) -> Output {
    forewarn(home).arg("review").args(args).output().unwrap()
}

#[test]
fn a_policy_that_opens_a_bucket_fails_the_review() {
    let home = home(&[("open.json", OPEN)]);
    let args = ["open.json", "--as", "bucket-policy:pages", "--against", "today.json"];
    let output = review(home.path(), &args);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("s3.reachable_by_anyone") && text.contains("arn:aws:s3:::pages"), "{text}");
    assert!(text.contains("anyone, without signing in, may now call s3:GetObject"), "{text}");
    let never = review(home.path(), &[&args[..], &["--fail-on", "never"]].concat());
    assert_eq!(never.status.code(), Some(0));
}

#[test]
fn what_is_there_today_does_not_fail_it_again() {
    let home = home(&[("open.json", OPEN), ("quiet.json", r#"{ "Statement": [] }"#)]);
    let output = review(home.path(), &["quiet.json", "--as", "role-policy:ci", "--against", "today.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn every_format_is_written_in_one_run() {
    let home = home(&[("open.json", OPEN)]);
    let formats = ["text", "markdown=r.md", "json=r.json", "sarif=r.sarif", "junit=r.xml"];
    let mut args = vec!["open.json", "--as", "bucket-policy:pages", "--against", "today.json", "--redact"];
    args.extend(formats.iter().flat_map(|format| ["-f", format]));
    let output = review(home.path(), &args);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    for name in ["r.md", "r.json", "r.sarif", "r.xml"] {
        let text = fs::read_to_string(home.path().join(name)).unwrap();
        assert!(text.contains("s3.reachable_by_anyone") && !text.contains("111111111111"), "{name}: {text}");
    }
    let json: Value = serde_json::from_slice(&fs::read(home.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(json["introduced"][0]["source"]["file"], "open.json");
    assert_eq!(json["access"][0]["verdict"], "gains");
}

#[test]
fn what_cannot_be_reviewed_says_what_to_do() {
    let home = home(&[("open.json", OPEN), ("broken.json", "{\"Statement\": [")]);
    for (args, wanted) in [
        (&["open.json", "--standalone"][..], "--as"),
        (&["open.json", "--as", "bucket:pages", "--standalone"][..], "bucket-policy:NAME"),
        (&["none.json", "--as", "bucket-policy:pages", "--standalone"][..], "cannot read `none.json`"),
        (&["broken.json", "--as", "bucket-policy:pages", "--standalone"][..], "is no policy"),
        (&["open.json", "--as", "scp:p-1", "--against", "today.json"][..], "no such policy of an organisation"),
    ] {
        let output = review(home.path(), args);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        assert!(text.contains(wanted), "{args:?}: {text}");
    }
}

/// A plan that gives a bucket a policy for everybody and takes what blocks it; the name of the bucket is open.
fn plan() -> String {
    let policy = OPEN.replace('"', "\\\"").replace('\n', " ");
    format!(
        r#"{{ "format_version": "1.2", "terraform_version": "1.9.8",
  "resource_changes": [
    {{ "address": "aws_s3_bucket.pages", "mode": "managed", "type": "aws_s3_bucket", "name": "pages",
      "change": {{ "actions": ["no-op"], "before": {{ "bucket": "pages", "id": "pages", "arn": "arn:aws:s3:::pages" }},
        "after": {{ "bucket": "pages", "id": "pages", "arn": "arn:aws:s3:::pages" }}, "after_unknown": {{}} }} }},
    {{ "address": "aws_s3_bucket_policy.open", "mode": "managed", "type": "aws_s3_bucket_policy", "name": "open",
      "change": {{ "actions": ["create"], "before": null, "after": {{ "policy": "{policy}" }},
        "after_unknown": {{ "id": true, "bucket": true }} }} }}
  ],
  "configuration": {{ "root_module": {{ "resources": [
    {{ "address": "aws_s3_bucket_policy.open", "expressions": {{
      "bucket": {{ "references": ["aws_s3_bucket.pages.id", "aws_s3_bucket.pages"] }}, "policy": {{}} }} }} ] }} }} }}"#
    )
}

#[test]
fn a_plan_is_reviewed_on_the_lines_of_its_configuration() {
    let plan = plan();
    let home = home(&[("plan.json", &plan)]);
    fs::create_dir(home.path().join("infra")).unwrap();
    let configuration = "\nresource \"aws_s3_bucket_policy\" \"open\" {\n}\n";
    fs::write(home.path().join("infra/main.tf"), configuration).unwrap();
    let args = ["plan.json", "--source", "infra", "--against", "today.json", "-f", "sarif", "-f", "text=r.txt"];
    let output = review(home.path(), &args);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = log["runs"][0]["results"].as_array().unwrap();
    let open = found.iter().find(|result| result["ruleId"] == "s3.reachable_by_anyone").unwrap();
    let at = &open["locations"][0]["physicalLocation"];
    assert_eq!((&at["artifactLocation"]["uri"], &at["region"]["startLine"]), (&"infra/main.tf".into(), &2.into()));
    let text = fs::read_to_string(home.path().join("r.txt")).unwrap();
    assert!(text.contains("in infra/main.tf:2, aws_s3_bucket_policy.open"), "{text}");
}

#[test]
fn what_is_open_until_apply_never_ends_clean() {
    let open = plan().replace(
        r#""policy": {} }"#,
        r#""policy": { "references": ["aws_cloudfront_distribution.d.arn", "aws_cloudfront_distribution.d"] } }"#,
    );
    let open = open.replace(
        r#""after_unknown": { "id": true, "bucket": true }"#,
        r#""after_unknown": { "policy": true, "bucket": true }"#,
    );
    let home = home(&[("plan.json", &open)]);
    let output = review(home.path(), &["plan.json", "--against", "today.json"]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("depends on aws_cloudfront_distribution.d.arn"), "{}", said(&output));
    let allowed = review(home.path(), &["plan.json", "--against", "today.json", "--allow-unknown"]);
    assert_eq!(allowed.status.code(), Some(0), "{}", said(&allowed));
    let half = open.get(..open.len() / 2).unwrap();
    fs::write(home.path().join("half.json"), half).unwrap();
    let output = review(home.path(), &["half.json", "--against", "today.json"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("is not whole"), "{}", said(&output));
}

const TEMPLATE: &str = "\
Parameters:
  Reader: { Type: String }
Resources:
  Open:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: pages
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{ Effect: Allow, Principal: !Ref Reader, Action: s3:GetObject, Resource: !Sub 'arn:${AWS::Partition}:s3:::pages/*' }]
";

#[test]
fn a_template_and_a_cdk_folder_are_reviewed() {
    let home = home(&[("open.yaml", TEMPLATE)]);
    let args = ["open.yaml", "--against", "today.json", "--parameter", "Reader=*", "-f", "json"];
    let output = review(home.path(), &args);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let open = json["introduced"].as_array().unwrap().iter().find(|found| found["check"] == "s3.reachable_by_anyone");
    assert_eq!(open.unwrap()["source"]["line"], 4, "{json}");
    let unknown = review(home.path(), &["open.yaml", "--against", "today.json"]);
    assert_eq!(unknown.status.code(), Some(4), "{}", said(&unknown));

    let folder = home.path().join("cdk.out");
    fs::create_dir(&folder).unwrap();
    fs::write(
        folder.join("App.template.json"),
        r#"{ "Resources": { "U": { "Type": "AWS::IAM::User", "Properties": { "UserName": "eve" } } } }"#,
    )
    .unwrap();
    let manifest = |file: &str| {
        format!(
            r#"{{ "artifacts": {{ "App": {{ "type": "aws:cloudformation:stack", "properties": {{ "templateFile": "{file}" }} }} }} }}"#
        )
    };
    fs::write(folder.join("manifest.json"), manifest("App.template.json")).unwrap();
    let output = review(home.path(), &["cdk.out", "--against", "today.json", "-f", "json", "--fail-on", "never"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["resources"][0]["about"][0], "arn:aws:iam::111111111111:user/eve");
    fs::write(folder.join("manifest.json"), manifest("../today.json")).unwrap();
    let output = review(home.path(), &["cdk.out", "--against", "today.json"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("not in its folder"), "{}", said(&output));
}

#[test]
fn a_snapshot_for_others_has_no_tags_and_still_reviews() {
    let home = home(&[("open.json", OPEN)]);
    let mut tagged: Value = serde_json::from_slice(&fs::read(home.path().join("today.json")).unwrap()).unwrap();
    tagged["inventory"]["accounts"][0]["iam"]["roles"][0]["tags"] = serde_json::json!({ "owner": "secret" });
    let text = serde_json::to_string(&tagged).unwrap();
    let inventory: forewarn_inventory::Inventory = serde_json::from_value(tagged["inventory"].clone()).unwrap();
    forewarn_inventory::snapshot::save(&inventory.shared(), &home.path().join("shared.json")).unwrap();
    let shared = fs::read_to_string(home.path().join("shared.json")).unwrap();
    assert!(text.contains("secret") && !shared.contains("secret"));
    let output = review(home.path(), &["open.json", "--as", "bucket-policy:pages", "--against", "shared.json"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let alone = forewarn(home.path()).args(["audit", "--share"]).output().unwrap();
    assert!(alone.status.code() == Some(2) && said(&alone).contains("--save-snapshot"), "{}", said(&alone));
}
