//! Questions whose shortest request does not do: what the search has to look past.

use serde_json::{Value, json};

use super::case::{ACCOUNT, BUCKET, allows, denies, joined, reaches};

fn bucket(policy: Value) -> Value {
    json!({ "kind": "bucket_policy", "policy": policy, "resource": BUCKET })
}

/// Asks who gets in, and gives the request of the widest.
fn witness(documents: &[Value]) -> Value {
    let reached = reaches(bucket(joined(documents)));
    assert_eq!(reached["reachable_by_outsider"], "yes", "{reached}");
    reached["witness"].clone()
}

fn is_closed(documents: &[Value]) {
    let reached = reaches(bucket(joined(documents)));
    assert_eq!(reached["reachable_by_outsider"], "no", "{reached}");
}

fn reads(resource: &str) -> Value {
    allows!("Principal": "*", "Action": "s3:GetObject", "Resource": resource)
}

#[test]
fn a_deny_on_the_first_object_leaves_the_others() {
    let kept = |resource: Value| denies!("Principal": "*", "Action": "s3:GetObject", "Resource": resource);
    let open = reads("arn:aws:s3:::b/a*");
    let found = witness(&[open.clone(), kept(json!("arn:aws:s3:::b/a"))]);
    assert!(found["resource"].as_str().unwrap().starts_with("arn:aws:s3:::b/a"), "{found}");
    assert_ne!(found["resource"], "arn:aws:s3:::b/a");
    // Several denies, none of which is the allow's own pattern.
    let found = witness(&[
        open.clone(),
        kept(json!(["arn:aws:s3:::b/a", "arn:aws:s3:::b/a?"])),
        kept(json!("arn:aws:s3:::b/ab*")),
    ]);
    let key = found["resource"].as_str().unwrap().trim_start_matches("arn:aws:s3:::b/");
    assert!(key.len() > 2 && !key.starts_with("ab"), "{found}");
    is_closed(&[open.clone(), kept(json!("arn:aws:s3:::b/a*"))]);
    is_closed(&[open, kept(json!(["arn:aws:s3:::b/x", "arn:aws:s3:::b/*"]))]);
}

#[test]
fn a_deny_of_everything_but_one_thing_leaves_that_one() {
    let but = |resource: &str| {
        json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "NotResource": resource }] })
    };
    let found = witness(&[reads("arn:aws:s3:::b/*"), but("arn:aws:s3:::b/drop/*")]);
    assert!(found["resource"].as_str().unwrap().starts_with("arn:aws:s3:::b/drop/"), "{found}");
    is_closed(&[reads("arn:aws:s3:::b/a*"), but("arn:aws:s3:::b/drop/*")]);
}

/// No address of a private network is anybody's on the internet (fact E4).
#[test]
fn a_private_address_is_nobodys() {
    let from = |networks: Value| allows!("Principal": "*", "Action": "s3:GetObject", "Condition": { "IpAddress": { "aws:SourceIp": networks } });
    for private in [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.1.0/24",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "0.0.0.0/32",
        "255.255.255.255/32",
        "fd00::/8",
        "fe80::/10",
        "ff00::/8",
        "::1/128",
        "::/128",
    ] {
        is_closed(&[from(json!(private))]);
    }
    for public in ["198.51.100.0/24", "2001:db8::/32", "9.255.255.255/32", "11.0.0.0/32"] {
        let found = witness(&[from(json!([public, "10.0.0.0/8"]))]);
        assert!(found["context"]["aws:SourceIp"].is_string(), "{found}");
    }
    // All but one address of a small network.
    let but = denies!("Principal": "*", "Condition": { "IpAddress": { "aws:SourceIp": ["198.51.100.0/32", "198.51.100.3/32"] } });
    let found = witness(&[from(json!("198.51.100.0/30")), but]);
    assert!(["198.51.100.1", "198.51.100.2"].contains(&found["context"]["aws:SourceIp"].as_str().unwrap()), "{found}");
}

/// A variable in a resource stands for what the caller's own name is (fact D1).
#[test]
fn a_callers_name_leads_to_its_own_objects() {
    let own = allows!("Principal": { "AWS": "arn:aws:iam::444444444444:user/eve" }, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/home/${aws:username}/*");
    let found = witness(std::slice::from_ref(&own));
    assert!(found["resource"].as_str().unwrap().starts_with("arn:aws:s3:::b/home/eve/"), "{found}");
    let others = denies!("Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/home/eve/*");
    is_closed(&[own.clone(), others]);
    let account = denies!("Principal": "*", "Condition": { "StringNotEquals": { "aws:PrincipalAccount": ACCOUNT } });
    is_closed(&[own, account]);
}
