//! Fact H1: which identities of a provider with many tenants a trust policy lets in.

use serde_json::{Value, json};

use super::case::{allows, reaches};

/// Whether a stranger's token of this host opens a role that is held to a condition.
fn opens(host: &str, condition: &Value) -> bool {
    let provider = format!("arn:aws:iam::111111111111:oidc-provider/{host}");
    let policy = allows!("Principal": { "Federated": provider }, "Action": "sts:AssumeRoleWithWebIdentity",
                         "Resource": null, "Condition": condition);
    let reached =
        reaches(json!({ "kind": "role_trust", "policy": policy, "resource": "arn:aws:iam::111111111111:role/R" }));
    assert_eq!(reached["reachable_by_outsider"], "yes", "{reached}: a federated identity is none of the account");
    reached["audiences"].as_array().unwrap().contains(&json!("federated_stranger"))
}

const GITHUB: &str = "token.actions.githubusercontent.com";

/// Conditions on GitHub's claims: operator, claim and values.
fn github(rows: &[(&str, &str, Value)]) -> Value {
    let mut condition = json!({ "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" } });
    for (operator, claim, values) in rows {
        condition[*operator][format!("{GITHUB}:{claim}")] = values.clone();
    }
    condition
}

#[test]
fn h1_every_value_of_the_subject_counts() {
    for (operator, values, open) in [
        ("StringLike", json!("repo:acme/app:*"), false),
        ("StringEquals", json!("repo:acme/app:ref:refs/heads/main"), false),
        ("StringLike", json!("repo:acme/*"), false),
        ("StringLike", json!("*"), true),
        ("StringLike", json!("repo:*"), true),
        ("StringLike", json!("repo:*/app:*"), true),
        ("StringLike", json!("*:ref:refs/heads/main"), true),
        ("StringLike", json!(["repo:acme/app:*", "repo:*"]), true),
        ("StringLike", json!(["repo:*", "repo:acme/app:*"]), true),
        ("StringLike", json!(["repo:acme/app:*", "repo:acme/lib:*"]), false),
        // Taken literally there is no such subject.
        ("StringEquals", json!("repo:*"), false),
        ("StringNotLike", json!("repo:evil/*"), true),
        ("StringNotEquals", json!("repo:acme/app:ref:refs/heads/main"), true),
        ("StringLikeIfExists", json!("repo:acme/*"), false),
    ] {
        let condition = github(&[(operator, "sub", values)]);
        assert_eq!(opens(GITHUB, &condition), open, "{condition}");
    }
    assert!(opens(GITHUB, &github(&[])), "the audience is the same for all");
    assert!(opens(GITHUB, &json!({})));
}

#[test]
fn h1_the_subject_with_ids_is_as_good() {
    for (values, open) in [
        (json!("repo:acme@1234/app@5678:*"), false),
        (json!(["repo:acme@1234/app@5678:ref:refs/heads/main", "repo:acme/app:ref:refs/heads/main"]), false),
        (json!("repo:acme@1234/*"), false),
        (json!("repo:*@*/app@*:*"), true),
    ] {
        let condition = github(&[("StringLike", "sub", values)]);
        assert_eq!(opens(GITHUB, &condition), open, "{condition}");
    }
}

#[test]
fn h1_other_claims_than_the_subject_protect_too() {
    for (claim, value, open) in [
        ("repository", "acme/app", false),
        ("repository_owner", "acme", false),
        ("repository_id", "5678", false),
        ("repository_owner_id", "1234", false),
        ("job_workflow_ref", "acme/shared/.github/workflows/deploy.yml@refs/heads/main", false),
        // Everybody has these values.
        ("environment", "production", true),
        ("ref", "refs/heads/main", true),
        ("event_name", "push", true),
    ] {
        let condition = github(&[("StringEquals", claim, json!(value))]);
        assert_eq!(opens(GITHUB, &condition), open, "{claim}");
    }
    let both =
        github(&[("StringLike", "sub", json!("repo:*")), ("StringEquals", "repository_owner_id", json!("1234"))]);
    assert!(!opens(GITHUB, &both));
}

#[test]
fn h1_each_provider_of_many_has_claims_of_its_own() {
    for (host, claim, value) in [
        ("gitlab.com", "sub", "project_path:acme/app:ref_type:branch:ref:main"),
        ("accounts.google.com", "sub", "1234"),
        ("accounts.google.com", "aud", "1234.apps.googleusercontent.com"),
        ("cognito-identity.amazonaws.com", "aud", "us-east-1:12345678-ffff-ffff-ffff-123456789012"),
        ("app.terraform.io", "sub", "organization:acme:project:p:workspace:w:run_phase:apply"),
    ] {
        assert!(opens(host, &json!({})), "{host}");
        assert!(!opens(host, &json!({ "StringEquals": { format!("{host}:{claim}"): value } })), "{host}:{claim}");
        assert!(opens(host, &json!({ "StringLike": { format!("{host}:{claim}"): "*" } })), "{host}:{claim}");
    }
    // The first part of an identity pool's id says whose it is.
    let pool = "cognito-identity.amazonaws.com";
    let held_to = |pattern: &str| json!({ "StringLike": { format!("{pool}:aud"): pattern } });
    assert!(!opens(pool, &held_to("us-east-1:12345678-*")));
    assert!(opens(pool, &held_to("us-east-1:*")));
}
