//! IAM and STS over the Query protocol.

use base64::Engine as _;
use serde_json::json;

use super::client::Ask;
use super::{ACCOUNT, serve, serve_with, start};
use crate::{Settings, demo};

#[tokio::test]
async fn authorization_details_come_page_by_page_and_whole() {
    let mut settings = Settings::default();
    settings.page_sizes.insert("iam:GetAccountAuthorizationDetails".to_owned(), 7);
    let inventory = demo::inventory();
    let account = inventory.accounts[0].clone();
    let running = start(inventory, settings).await;
    let (mut users, mut roles, mut groups, mut trusts, mut pages) = (vec![], vec![], vec![], vec![], 0);
    let mut marker: Option<String> = None;
    loop {
        let mut parameters = vec![("MaxItems", "1000")];
        if let Some(marker) = &marker {
            parameters.push(("Marker", marker));
        }
        let page =
            Ask::query("iam", "GetAccountAuthorizationDetails", &parameters).by(demo::ACCOUNT).good(&running).await;
        pages += 1;
        users.extend(page.all("UserName"));
        roles.extend(page.all("RoleId"));
        groups.extend(page.all("GroupName"));
        trusts.extend(page.all("AssumeRolePolicyDocument"));
        if page.one("IsTruncated") == "false" {
            assert!(page.all("Marker").is_empty());
            break;
        }
        marker = Some(page.one("Marker"));
    }
    let names: Vec<&String> = account.iam.users.iter().map(|user| &user.name).collect();
    assert_eq!(users.iter().collect::<Vec<_>>(), names);
    assert!(names.iter().any(|name| *name == "=cmd"));
    assert_eq!(groups.len(), account.iam.groups.items.len());
    // A role that an instance profile holds is named once more inside the profile.
    assert_eq!(roles.len(), 27 + 3);
    assert_eq!(pages, (25 + 4 + 27 + 12_usize).div_ceil(7));
    assert!(trusts[0].starts_with("%7B%22"), "percent-encoded: {}", trusts[0]);
    let decoded = crate::text::percent_decode(&trusts[0], false);
    assert_eq!(decoded, account.iam.roles.items[0].trust.as_str());
}

#[tokio::test]
async fn details_are_filtered_and_a_bad_marker_or_filter_is_refused() {
    let running = start(demo::inventory(), Settings::default()).await;
    let ask =
        |parameters: &[(&str, &str)]| Ask::query("iam", "GetAccountAuthorizationDetails", parameters).by(demo::ACCOUNT);
    let local = ask(&[("Filter.member.1", "LocalManagedPolicy")]).good(&running).await;
    assert_eq!(local.all("DefaultVersionId").len(), 9);
    assert!(local.all("UserName").is_empty());
    let both = ask(&[("Filter.member.1", "Group"), ("Filter.member.2", "AWSManagedPolicy")]).good(&running).await;
    assert_eq!((both.all("GroupId").len(), both.all("DefaultVersionId").len()), (4, 3));
    assert_eq!(ask(&[("Marker", "zzz")]).error(&running).await, (400, "ValidationError".to_owned()));
    assert_eq!(ask(&[("Filter.member.1", "Users")]).error(&running).await, (400, "ValidationError".to_owned()));
    assert_eq!(ask(&[("MaxItems", "0")]).error(&running).await, (400, "ValidationError".to_owned()));
}

#[tokio::test]
async fn the_credential_report_is_made_first_and_then_given_as_csv() {
    let settings = Settings { report_polls: 2, ..Settings::default() };
    let row = json!({ "user": "a,b", "password_enabled": { "value": true }, "password_last_used": "no_information" });
    let root = json!({ "user": "<root_account>", "password_enabled": "not_supported" });
    let overlay =
        json!({ "iam": { "credential_report": { "generated": "2026-01-01T00:00:00Z", "rows": [root, row] } } });
    let running = serve_with(overlay, settings).await;
    let (generate, get) =
        (Ask::query("iam", "GenerateCredentialReport", &[]), Ask::query("iam", "GetCredentialReport", &[]));
    assert_eq!(get.error(&running).await, (410, "ReportNotPresent".to_owned()));
    assert_eq!(generate.good(&running).await.one("State"), "STARTED");
    assert_eq!(get.error(&running).await, (404, "ReportInProgress".to_owned()));
    assert_eq!(generate.good(&running).await.one("State"), "INPROGRESS");
    assert_eq!(get.error(&running).await, (404, "ReportInProgress".to_owned()));
    assert_eq!(generate.good(&running).await.one("State"), "COMPLETE");
    let report = get.good(&running).await;
    assert_eq!(report.one("GeneratedTime"), "2026-01-01T00:00:00Z");
    let content = base64::engine::general_purpose::STANDARD.decode(report.one("Content")).unwrap();
    let text = String::from_utf8(content).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("user,arn,user_creation_time,password_enabled,password_last_used,"));
    assert!(lines[0].ends_with("cert_2_active,cert_2_last_rotated"));
    assert!(lines[1].starts_with(&format!(
        "<root_account>,arn:aws:iam::{ACCOUNT}:root,2025-01-01T00:00:00+00:00,not_supported,N/A,"
    )));
    assert!(lines[2].starts_with(&format!("\"a,b\",\"arn:aws:iam::{ACCOUNT}:user/a,b\",")));
    assert!(lines[2].contains(",true,no_information,"));
}

#[tokio::test]
async fn what_an_account_lacks_is_said_in_the_words_of_iam() {
    let running = serve(json!({ "iam": { "credential_report": null } })).await;
    assert_eq!(
        Ask::query("iam", "GetAccountPasswordPolicy", &[]).error(&running).await,
        (404, "NoSuchEntity".to_owned())
    );
    assert_eq!(
        Ask::query("iam", "GetCredentialReport", &[]).error(&running).await,
        (410, "ReportNotPresent".to_owned())
    );
    let provider = [("OpenIDConnectProviderArn", "arn:aws:iam::111111111111:oidc-provider/none")];
    assert_eq!(
        Ask::query("iam", "GetOpenIDConnectProvider", &provider).error(&running).await,
        (404, "NoSuchEntity".to_owned())
    );
    assert_eq!(Ask::query("iam", "CreateUser", &[]).error(&running).await, (400, "InvalidAction".to_owned()));
    let error = Ask::query("iam", "GetAccountPasswordPolicy", &[]).send(&running).await.unwrap();
    assert_eq!(error.one("Type"), "Sender");
    assert_eq!(error.one("RequestId"), error.headers["x-amzn-requestid"]);
}

#[tokio::test]
async fn an_account_is_entered_by_its_key_or_by_a_role() {
    let refused = json!({ "id": "333333333333", "gap": { "cause": "denied", "operation": "sts:AssumeRole" } });
    let running = serve(json!({
        "accounts": [
            { "id": "111111111111", "s3": { "buckets": [{ "name": "ones" }] } },
            { "id": "222222222222", "s3": { "buckets": [{ "name": "twos" }] } },
        ],
        "unreached": [refused],
    }))
    .await;
    for (id, bucket) in [("111111111111", "ones"), ("222222222222", "twos")] {
        let who = Ask::query("sts", "GetCallerIdentity", &[]).by(id).good(&running).await;
        assert_eq!(who.one("Account"), id);
        assert_eq!(Ask::s3("/").by(id).good(&running).await.one("Name"), bucket);
    }
    let foreign = Ask::s3("/twos?policy").by("111111111111").error(&running).await;
    assert_eq!(foreign, (403, "AccessDenied".to_owned()));

    let assume = |id: &str| {
        let arn = format!("arn:aws:iam::{id}:role/audit/ForewarnAudit");
        Ask::query("sts", "AssumeRole", &[("RoleArn", &arn), ("RoleSessionName", "forewarn-1"), ("Policy", "{}")])
    };
    let assumed = assume("222222222222").good(&running).await;
    assert!(assumed.one("Expiration").ends_with('Z'));
    let key = assumed.one("AccessKeyId");
    let who = Ask::query("sts", "GetCallerIdentity", &[])
        .header("x-amz-security-token", &assumed.one("SessionToken"))
        .send_as(
            &running,
            &format!("AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/sts/aws4_request, Signature=0"),
        )
        .await
        .unwrap();
    assert_eq!(who.one("Arn"), "arn:aws:sts::222222222222:assumed-role/ForewarnAudit/forewarn-1");
    assert_eq!(who.one("Account"), "222222222222");
    for refused in ["333333333333", "444444444444"] {
        assert_eq!(assume(refused).error(&running).await, (403, "AccessDenied".to_owned()));
    }
    let long = "x".repeat(2049);
    let arn = "arn:aws:iam::222222222222:role/A";
    let ask = |policy: &str| {
        Ask::query("sts", "AssumeRole", &[("RoleArn", arn), ("RoleSessionName", "forewarn-1"), ("Policy", policy)])
    };
    assert_eq!(ask(&long).error(&running).await, (400, "ValidationError".to_owned()));
    assert_eq!(ask("{").error(&running).await, (400, "MalformedPolicyDocument".to_owned()));
}

#[tokio::test]
async fn a_caller_without_good_credentials_is_turned_away() {
    let running = serve(json!({})).await;
    let who = Ask::query("sts", "GetCallerIdentity", &[]);
    let unsigned = who.send_as(&running, "").await.unwrap();
    assert_eq!((unsigned.status, unsigned.code()), (403, "MissingAuthenticationToken".to_owned()));
    assert_eq!(who.clone().by("999999999999").error(&running).await, (403, "InvalidClientTokenId".to_owned()));
    assert_eq!(Ask::s3("/").by("999999999999").error(&running).await, (403, "InvalidAccessKeyId".to_owned()));
    let trails = Ask::json("cloudtrail", "CloudTrail_20131101.DescribeTrails", &json!({})).by("999999999999");
    assert_eq!(trails.error(&running).await, (400, "UnrecognizedClientException".to_owned()));
}

#[tokio::test]
async fn devices_and_credentials_are_listed_as_asked() {
    let running = start(demo::inventory(), Settings::default()).await;
    let devices =
        |status: &str| Ask::query("iam", "ListVirtualMFADevices", &[("AssignmentStatus", status)]).by(demo::ACCOUNT);
    let assigned = devices("Assigned").good(&running).await;
    assert!(assigned.all("Arn").contains(&"arn:aws:iam::111122223333:root".to_owned()));
    assert!(assigned.all("UserName").contains(&"ada.okafor".to_owned()));
    assert!(devices("Unassigned").good(&running).await.all("SerialNumber").is_empty());
    let credentials =
        |parameters: &[(&str, &str)]| Ask::query("iam", "ListServiceSpecificCredentials", parameters).by(demo::ACCOUNT);
    assert_eq!(credentials(&[("AllUsers", "true")]).good(&running).await.all("ServiceName").len(), 2);
    assert_eq!(credentials(&[("UserName", "ben.tanaka")]).good(&running).await.one("Status"), "Inactive");
    assert_eq!(credentials(&[]).error(&running).await, (400, "InvalidInput".to_owned()));
}
