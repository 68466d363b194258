//! S3 and S3 Control over REST and XML.

use serde_json::json;

use super::client::Ask;
use super::{ACCOUNT, serve, serve_with, start};
use crate::{Settings, demo};

#[tokio::test]
async fn buckets_come_page_by_page_and_with_their_region_where_a_page_was_asked_for() {
    let running = start(demo::inventory(), Settings::default()).await;
    let ask = |path: &str| Ask::s3(path).by(demo::ACCOUNT);
    let plain = ask("/?x-id=ListBuckets").good(&running).await;
    assert_eq!(plain.all("Name").len(), 20);
    assert!(plain.all("BucketRegion").is_empty());
    let (mut names, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = ask(&format!("/?max-buckets=6&continuation-token={token}")).good(&running).await;
        pages += 1;
        assert_eq!(page.all("Name").len(), page.all("BucketRegion").len());
        names.extend(page.all("Name"));
        match page.all("ContinuationToken").pop() {
            Some(next) => token = next,
            None => break,
        }
    }
    assert_eq!((pages, &names), (4, &plain.all("Name")));
    let here = ask("/?bucket-region=us-west-2&max-buckets=100").good(&running).await;
    assert_eq!(here.all("Name"), ["acme-analytics-scratch", "acme-backups-copy"]);
    assert_eq!(ask("/?prefix=acme-b").good(&running).await.all("Name").len(), 2);
    assert_eq!(ask("/?continuation-token=zzz").error(&running).await, (400, "InvalidArgument".to_owned()));
}

#[tokio::test]
async fn what_a_bucket_lacks_is_said_by_its_modelled_code() {
    let running =
        serve(json!({ "s3": { "buckets": [{ "name": "plain", "ownership": null, "encryption": null }] } })).await;
    for (part, code) in [
        ("policy", "NoSuchBucketPolicy"),
        ("policyStatus", "NoSuchBucketPolicy"),
        ("publicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
        ("encryption", "ServerSideEncryptionConfigurationNotFoundError"),
        ("ownershipControls", "OwnershipControlsNotFoundError"),
        ("object-lock", "ObjectLockConfigurationNotFoundError"),
        ("lifecycle", "NoSuchLifecycleConfiguration"),
        ("website", "NoSuchWebsiteConfiguration"),
        ("replication", "ReplicationConfigurationNotFoundError"),
    ] {
        assert_eq!(Ask::s3(&format!("/plain?{part}")).error(&running).await, (404, code.to_owned()), "{part}");
    }
    for part in ["versioning", "logging", "inventory", "location"] {
        let answered = Ask::s3(&format!("/plain?{part}")).good(&running).await;
        assert!(answered.all("Status").is_empty() && answered.all("TargetBucket").is_empty());
    }
    assert_eq!(Ask::s3("/plain?acl").good(&running).await.all("Permission"), ["FULL_CONTROL"]);
    assert_eq!(Ask::s3("/nowhere?policy").error(&running).await, (404, "NoSuchBucket".to_owned()));
    assert_eq!(Ask::s3("/plain/key").error(&running).await, (405, "MethodNotAllowed".to_owned()));
    let account = Ask::s3control("configuration/publicAccessBlock").error(&running).await;
    assert_eq!(account, (404, "NoSuchPublicAccessBlockConfiguration".to_owned()));
}

#[tokio::test]
async fn a_caller_in_the_wrong_region_is_sent_to_the_right_one() {
    let running = serve(json!({ "s3": { "buckets": [{ "name": "far", "region": "eu-west-1" }] } })).await;
    let ask = |region: &str| Ask::s3("/far?versioning").region(region);
    ask("eu-west-1").good(&running).await;
    let oldest = ask("us-east-1").send(&running).await.unwrap();
    assert_eq!((oldest.status, oldest.code()), (400, "AuthorizationHeaderMalformed".to_owned()));
    assert_eq!(
        (oldest.one("Region"), oldest.headers["x-amz-bucket-region"].as_str()),
        ("eu-west-1".to_owned(), "eu-west-1")
    );
    let other = ask("us-west-2").send(&running).await.unwrap();
    assert_eq!((other.status, other.code()), (301, "PermanentRedirect".to_owned()));
    assert_eq!(other.headers["x-amz-bucket-region"], "eu-west-1");
    let location = Ask::s3("/far?location").good(&running).await;
    assert_eq!(location.one("LocationConstraint"), "eu-west-1");
}

#[tokio::test]
async fn the_whole_configuration_of_a_bucket_is_written_out() {
    let running = serve(json!({ "s3": { "buckets": [{
        "name": "full", "policy": "not even JSON <&>", "policy_status": true, "ownership": "ObjectWriter",
        "acl": { "owner": "abc", "grants": [{ "grantee": "AllUsers", "permission": "READ" }, { "grantee": "abc", "permission": "FULL_CONTROL" }] },
        "public_access_block": { "ignore_public_acls": true },
        "encryption": { "algorithm": "aws:kms", "kms_key": "key", "bucket_key": true, "blocked": ["SSE-C"] },
        "versioning": { "enabled": false, "mfa_delete": true },
        "logging": { "bucket": "logs", "prefix": "full/" },
        "inventories": [{ "id": "all", "enabled": true, "destination": "arn:aws:s3:::lists", "destination_account": "222222222222" }],
        "object_lock": { "mode": "COMPLIANCE", "years": 7 },
        "lifecycle": [{ "id": "one", "enabled": true, "prefix": "a/", "expiration_days": 1, "noncurrent_days": 2, "abort_upload_days": 3 }, { "enabled": false }],
        "replication": { "role": "arn:role", "rules": [{ "enabled": true, "prefix": "p/", "tag_filter": true, "destination": "arn:aws:s3:::copy", "destination_account": "222222222222", "delete_markers": true }] },
        "tags": { "a": "b" }, "website": { "index": "index.html" },
    }] } }))
    .await;
    let ask = async |part: &str| Ask::s3(&format!("/full?{part}")).good(&running).await;
    assert_eq!(ask("policy").await.text(), "not even JSON <&>");
    assert_eq!(ask("policyStatus").await.one("IsPublic"), "true");
    assert_eq!(ask("ownershipControls").await.one("ObjectOwnership"), "ObjectWriter");
    let acl = ask("acl").await;
    assert_eq!(acl.all("ID"), ["abc", "abc"]);
    assert!(acl.text().contains(r#"xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers<"#));
    assert_eq!(ask("publicAccessBlock").await.one("IgnorePublicAcls"), "true");
    let encryption = ask("encryption").await;
    assert_eq!((encryption.one("SSEAlgorithm"), encryption.one("EncryptionType")), ("aws:kms".into(), "SSE-C".into()));
    let versioning = ask("versioning").await;
    assert_eq!((versioning.one("Status"), versioning.one("MfaDelete")), ("Suspended".into(), "Enabled".into()));
    assert_eq!(ask("logging").await.one("TargetPrefix"), "full/");
    let list = ask("inventory").await;
    assert_eq!(
        (list.one("IsEnabled"), list.one("AccountId"), list.one("Bucket"), list.one("IsTruncated")),
        ("true".into(), "222222222222".into(), "arn:aws:s3:::lists".into(), "false".into())
    );
    let lock = ask("object-lock").await;
    assert_eq!((lock.one("Mode"), lock.one("Years"), lock.all("Days").len()), ("COMPLIANCE".into(), "7".into(), 0));
    let lifecycle = ask("lifecycle").await;
    assert_eq!(lifecycle.all("Status"), ["Enabled", "Disabled"]);
    assert_eq!(lifecycle.all("Days"), ["1"]);
    let replication = ask("replication").await;
    assert_eq!(
        (replication.one("Bucket"), replication.one("Account")),
        ("arn:aws:s3:::copy".into(), "222222222222".into())
    );
    assert!(replication.text().contains("<And><Prefix>p/</Prefix><Tag>"));
    assert_eq!(ask("website").await.one("Suffix"), "index.html");
}

#[tokio::test]
async fn hostile_text_is_escaped() {
    let hostile = "<script>&\"'\r\n]]>\u{1}é";
    let running = serve(json!({ "s3": { "buckets": [{ "name": "b", "website": { "index": hostile } }] } })).await;
    let answered = Ask::s3("/b?website").good(&running).await;
    assert_eq!(answered.one("Suffix"), hostile.replace('\u{1}', "\u{fffd}"));
    assert!(!answered.text().contains("<script>"));
}

#[tokio::test]
async fn access_points_are_listed_in_their_region_page_by_page() {
    let mut settings = Settings::default();
    settings.page_sizes.insert("s3control:ListAccessPoints".to_owned(), 1);
    let running = serve_with(
        json!({
            "regions": { "us-east-1": "assessed", "eu-west-1": "assessed" },
            "s3": {
                "buckets": [{ "name": "b", "region": "eu-west-1" }],
                "access_points": {
                    "items": [
                        { "name": "one", "bucket": "b", "region": "eu-west-1", "policy": "{\"a\":\"<&>\"}" },
                        { "name": "two", "bucket": "b", "region": "eu-west-1", "vpc": "vpc-1", "public_access_block": { "block_public_acls": true } },
                    ],
                    "rest": [{ "cause": "denied", "operation": "s3:ListAccessPoints", "resource": "us-east-1" }],
                },
                "multi_region_access_points": [{ "name": "all", "arn": "arn:aws:s3::111111111111:accesspoint/abc.mrap", "buckets": ["b"] }],
            },
        }),
        settings,
    )
    .await;
    let ask = |path: &str| Ask::s3control(path).region("eu-west-1");
    let first = ask("accesspoint").good(&running).await;
    assert_eq!(first.one("Name"), "one");
    let second = ask(&format!("accesspoint?nextToken={}", first.one("NextToken"))).good(&running).await;
    assert_eq!((second.one("Name"), second.one("VpcId")), ("two".into(), "vpc-1".into()));
    assert!(second.all("NextToken").is_empty());
    assert_eq!(ask("accesspoint").region("us-east-1").error(&running).await, (403, "AccessDenied".to_owned()));
    assert_eq!(ask("accesspoint/two").good(&running).await.one("BlockPublicAcls"), "true");
    assert_eq!(ask("accesspoint/one/policy").good(&running).await.one("Policy"), "{\"a\":\"<&>\"}");
    assert_eq!(ask("accesspoint/two/policy").error(&running).await, (404, "NoSuchAccessPointPolicy".to_owned()));
    assert_eq!(ask("accesspoint/none").error(&running).await, (404, "NoSuchAccessPoint".to_owned()));
    let everywhere = ask("mrap/instances").region("us-west-2").good(&running).await;
    assert_eq!((everywhere.one("Alias"), everywhere.one("BucketAccountId")), ("abc.mrap".into(), ACCOUNT.into()));
    assert_eq!(ask("mrap/instances").error(&running).await, (400, "InvalidRequest".to_owned()));
    assert!(ask("mrap/instances/all/policy").region("us-west-2").good(&running).await.all("Established").is_empty());
    let foreign = ask("accesspoint").header("x-amz-account-id", "222222222222").error(&running).await;
    assert_eq!(foreign, (403, "AccessDenied".to_owned()));
}
