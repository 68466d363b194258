//! Services that speak JSON, and the families of S3 that are only counted.

use serde_json::{Value, json};

use super::client::Ask;
use super::{serve, serve_with, start};
use crate::{Settings, demo};

fn trail(name: &str, body: &Value) -> Ask {
    Ask::json("cloudtrail", &format!("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{name}"), body)
}

fn organizations(name: &str, body: &Value) -> Ask {
    Ask::json("organizations", &format!("AWSOrganizationsV20161128.{name}"), body)
}

#[tokio::test]
async fn a_trail_of_every_region_casts_shadows() {
    let running = start(demo::inventory(), Settings::default()).await;
    let names = async |region: &str, body: Value| {
        let answered = trail("DescribeTrails", &body).by(demo::ACCOUNT).region(region).good(&running).await.json();
        let list = answered["trailList"].as_array().unwrap().clone();
        list.iter().map(|trail| trail["Name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("us-east-1", json!({})).await, ["acme-main", "acme-security"]);
    assert_eq!(names("us-east-1", json!({ "includeShadowTrails": false })).await, ["acme-main"]);
    assert_eq!(names("eu-west-1", json!({ "includeShadowTrails": false })).await, ["acme-data-events"]);
    assert_eq!(names("ap-south-1", json!({ "trailNameList": ["acme-main"] })).await, ["acme-main"]);

    let arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/acme-main";
    let ask = |name: &str, key: &str, value: &str| trail(name, &json!({ key: value })).by(demo::ACCOUNT);
    let status = ask("GetTrailStatus", "Name", arn).region("eu-north-1").good(&running).await.json();
    assert_eq!((&status["IsLogging"], &status["LatestDeliveryTime"]), (&json!(true), &json!(1_780_300_560)));
    let by_name = ask("GetTrailStatus", "Name", "acme-main").region("eu-north-1").error(&running).await;
    assert_eq!(by_name, (400, "TrailNotFoundException".to_owned()));
    let selectors =
        ask("GetEventSelectors", "TrailName", "acme-data-events").region("eu-west-1").good(&running).await.json();
    assert_eq!(selectors["AdvancedEventSelectors"][0]["FieldSelectors"][0]["Equals"], json!(["Data"]));
    assert!(selectors.get("EventSelectors").is_none());
    let insights = ask("GetInsightSelectors", "TrailName", arn).good(&running).await.json();
    assert_eq!(insights["InsightSelectors"], json!([{ "InsightType": "ApiCallRateInsight" }]));
    let none = ask("GetInsightSelectors", "TrailName", "acme-data-events").region("eu-west-1").error(&running).await;
    assert_eq!(none, (400, "InsightNotEnabledException".to_owned()));
    let stores = trail("ListEventDataStores", &json!({})).by(demo::ACCOUNT).good(&running).await.json();
    assert_eq!(stores["EventDataStores"][0]["Status"], "ENABLED");
}

#[tokio::test]
async fn events_are_looked_up_by_one_attribute_newest_first() {
    let event = |id: &str, time: &str, more: Value| {
        let mut event = json!({ "eventID": id, "eventTime": time, "eventName": "PutBucketPolicy" });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let running = serve(json!({ "trail": {
        "changes": [
            event("e-1", "2025-12-30T10:00:00Z", json!({})),
            event("e-2", "2025-12-30T12:00:00Z", json!({ "eventName": "StopLogging", "userIdentity": { "userName": "ops" } })),
            event("e-3", "2025-12-30T11:00:00Z", json!({ "awsRegion": "eu-west-1" })),
        ],
        "key_use": [{ "event": "e-4", "time": "2025-12-30T09:00:00Z" }],
    } }))
    .await;
    let ids = async |body: Value| -> Vec<String> {
        let answered = trail("LookupEvents", &body).good(&running).await.json();
        let events = answered["Events"].as_array().unwrap().clone();
        events.iter().map(|event| event["EventId"].as_str().unwrap().to_owned()).collect()
    };
    let by = |key: &str, value: &str| json!({ "LookupAttributes": [{ "AttributeKey": key, "AttributeValue": value }] });
    assert_eq!(ids(json!({})).await, ["e-2", "e-1", "e-4"]);
    assert_eq!(ids(by("ReadOnly", "false")).await, ["e-2", "e-1"]);
    assert_eq!(ids(by("EventName", "StopLogging")).await, ["e-2"]);
    assert_eq!(ids(by("Username", "dev")).await, ["e-1", "e-4"]);
    assert_eq!(ids(by("AccessKeyId", "AKIAIOSFODNN7EXAMPLE")).await, ["e-2", "e-1", "e-4"]);
    let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second();
    let (start, end) = (time("2025-12-30T09:30:00Z"), time("2025-12-30T10:00:00Z"));
    assert_eq!(ids(json!({ "StartTime": start, "EndTime": end })).await, ["e-1"]);
    let first = trail("LookupEvents", &json!({ "MaxResults": 2 })).good(&running).await.json();
    assert_eq!(ids(json!({ "MaxResults": 2, "NextToken": first["NextToken"] })).await, ["e-4"]);
    let two = json!({ "LookupAttributes": [by("ReadOnly", "true")["LookupAttributes"][0], by("EventName", "x")["LookupAttributes"][0]] });
    for (body, code) in [
        (two, "InvalidLookupAttributesException"),
        (json!({ "MaxResults": 51 }), "InvalidMaxResultsException"),
        (json!({ "StartTime": end, "EndTime": start }), "InvalidTimeRangeException"),
    ] {
        assert_eq!(trail("LookupEvents", &body).error(&running).await, (400, code.to_owned()));
    }
}

#[tokio::test]
async fn an_account_without_organization_says_so() {
    let running = serve(json!({})).await;
    let error = organizations("DescribeOrganization", &json!({})).send(&running).await.unwrap();
    assert_eq!((error.status, error.code()), (400, "AWSOrganizationsNotInUseException".to_owned()));
    assert_eq!(error.json()["__type"], "AWSOrganizationsNotInUseException");
}

#[tokio::test]
async fn the_organization_is_read_level_by_level() {
    let mut settings = Settings::default();
    settings.page_sizes.insert("organizations:ListAccounts".to_owned(), 2);
    let running = start(demo::inventory(), settings).await;
    let ask = async |name: &str, body: Value| organizations(name, &body).by(demo::ACCOUNT).good(&running).await.json();
    assert_eq!(ask("DescribeOrganization", json!({})).await["Organization"]["MasterAccountId"], demo::ACCOUNT);
    let first = ask("ListAccounts", json!({})).await;
    let second = ask("ListAccounts", json!({ "NextToken": first["NextToken"] })).await;
    assert_eq!(first["Accounts"].as_array().unwrap().len() + second["Accounts"].as_array().unwrap().len(), 3);
    assert_eq!(first["Accounts"][1]["Paths"], json!(["o-acme4sdk01/r-ac01/ou-ac01-sandbox1/444455556666/"]));
    assert!(second.get("NextToken").is_none());
    assert_eq!(ask("ListRoots", json!({})).await["Roots"][0]["Id"], "r-ac01");
    let units = ask("ListOrganizationalUnitsForParent", json!({ "ParentId": "r-ac01" })).await;
    assert_eq!(units["OrganizationalUnits"].as_array().unwrap().len(), 2);
    let accounts = ask("ListAccountsForParent", json!({ "ParentId": "ou-ac01-workload" })).await;
    assert_eq!(accounts["Accounts"][0]["Id"], "555566667777");
    let policies = ask("ListPolicies", json!({ "Filter": "SERVICE_CONTROL_POLICY" })).await;
    assert_eq!(policies["Policies"][0]["AwsManaged"], true);
    let policy = ask("DescribePolicy", json!({ "PolicyId": "p-noleave1" })).await;
    assert!(policy["Policy"]["Content"].as_str().unwrap().contains("LeaveOrganization"));
    let targets = ask("ListTargetsForPolicy", json!({ "PolicyId": "p-noleave1" })).await;
    assert_eq!((&targets["Targets"][0]["Type"], &targets["Targets"][0]["Name"]), (&json!("ROOT"), &json!("Root")));
    let unknown =
        organizations("DescribePolicy", &json!({ "PolicyId": "p-none" })).by(demo::ACCOUNT).error(&running).await;
    assert_eq!(unknown, (400, "PolicyNotFoundException".to_owned()));
}

#[tokio::test]
async fn regions_are_listed_with_their_status() {
    let mut settings = Settings::default();
    settings.page_sizes.insert("account:ListRegions".to_owned(), 2);
    let regions =
        json!({ "regions": { "af-south-1": "not_opted_in", "eu-south-1": "assessed", "us-east-1": "assessed" } });
    let running = serve_with(regions, settings).await;
    let first = Ask::account(&json!({ "MaxResults": 50 })).good(&running).await.json();
    assert_eq!(
        first["Regions"],
        json!([
            { "RegionName": "af-south-1", "RegionOptStatus": "DISABLED" }, { "RegionName": "eu-south-1", "RegionOptStatus": "ENABLED" },
        ])
    );
    let second = Ask::account(&json!({ "NextToken": first["NextToken"] })).good(&running).await.json();
    assert_eq!(second["Regions"], json!([{ "RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT" }]));
    let on = Ask::account(&json!({ "RegionOptStatusContains": ["DISABLED"] })).good(&running).await.json();
    assert_eq!(on["Regions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_region_that_the_account_has_not_opted_in_to_does_not_know_it() {
    let running = start(demo::inventory(), Settings::default()).await;
    let who = |region: &str| Ask::query("sts", "GetCallerIdentity", &[]).by(demo::ACCOUNT).region(region);
    who("eu-north-1").good(&running).await;
    for region in ["me-south-1", "il-central-1"] {
        assert_eq!(who(region).error(&running).await, (403, "InvalidClientTokenId".to_owned()), "{region}");
    }
    let trails = trail("DescribeTrails", &json!({})).by(demo::ACCOUNT).region("me-south-1").error(&running).await;
    assert_eq!(trails, (400, "UnrecognizedClientException".to_owned()));
}

#[tokio::test]
async fn the_levels_of_an_organization_fail_where_they_could_not_be_read() {
    let cut =
        json!({ "cause": "denied", "operation": "organizations:ListOrganizationalUnitsForParent", "resource": "ou-1" });
    let lost = json!({ "cause": "denied", "operation": "organizations:ListAccountsForParent", "resource": "ou-1" });
    let running = serve(json!({ "organization": {
        "accounts": { "items": [{ "id": "111111111111" }], "rest": [lost] },
        "units": { "items": [{ "id": "r-1", "name": "Root" }, { "id": "ou-1", "name": "One", "parent": "r-1" }], "rest": [cut] },
        "scps": { "items": [], "rest": [{ "cause": "throttled", "operation": "organizations:ListPolicies" }] },
    } }))
    .await;
    organizations("ListRoots", &json!({})).good(&running).await;
    organizations("ListAccounts", &json!({})).good(&running).await;
    for operation in ["ListOrganizationalUnitsForParent", "ListAccountsForParent"] {
        organizations(operation, &json!({ "ParentId": "r-1" })).good(&running).await;
        let error = organizations(operation, &json!({ "ParentId": "ou-1" })).error(&running).await;
        assert_eq!(error, (400, "AccessDeniedException".to_owned()), "{operation}");
    }
    let policies = organizations("ListPolicies", &json!({ "Filter": "SERVICE_CONTROL_POLICY" })).error(&running).await;
    assert_eq!(policies, (400, "TooManyRequestsException".to_owned()));
}

#[tokio::test]
async fn families_that_are_only_counted_are_listed_page_by_page_in_one_region() {
    let overlay = json!({
        "regions": { "eu-west-1": "assessed", "us-east-1": "assessed" },
        "s3": { "buckets": [{ "name": "b", "region": "eu-west-1" }] },
        "unassessed": [
            { "family": "S3 Access Grants instances", "count": 1 },
            { "family": "S3 Tables table buckets", "count": 3 },
            { "family": "S3 Vectors vector buckets", "count": 2 },
        ],
    });
    let running = serve(overlay).await;
    let first = Ask::tables("/buckets?maxBuckets=2").good(&running).await.json();
    let mark = first["continuationToken"].as_str().unwrap();
    let second = Ask::tables(&format!("/buckets?maxBuckets=2&continuationToken={mark}")).good(&running).await.json();
    assert_eq!(first["tableBuckets"][1]["arn"], "arn:aws:s3tables:us-east-1:111111111111:bucket/tables-1");
    assert_eq!((second["tableBuckets"].as_array().unwrap().len(), second.get("continuationToken")), (1, None));
    let vectors = Ask::vectors(&json!({ "maxResults": 1 })).good(&running).await.json();
    let rest = Ask::vectors(&json!({ "nextToken": vectors["nextToken"] })).good(&running).await.json();
    assert_eq!(rest["vectorBuckets"][0]["vectorBucketName"], "vectors-1");
    assert_eq!(Ask::tables("/buckets").region("eu-west-1").good(&running).await.json()["tableBuckets"], json!([]));
    let grants = Ask::s3control("accessgrantsinstances").region("eu-west-1").good(&running).await;
    assert_eq!(grants.all("AccessGrantsInstanceId"), ["grants-0"]);
    let elsewhere = Ask::s3control("accessgrantsinstances").good(&running).await;
    assert_eq!(elsewhere.all("AccessGrantsInstanceId"), [""; 0]);
}

#[tokio::test]
async fn a_family_fails_where_it_could_not_be_read() {
    let denied = |operation: &str| json!([{ "cause": "denied", "operation": operation, "resource": "us-east-1" }]);
    let running = serve(json!({
        "regions": { "eu-west-1": "assessed", "us-east-1": "assessed" },
        "unassessed": [
            { "family": "S3 Tables table buckets", "count": 0, "rest": denied("s3tables:ListTableBuckets") },
            { "family": "S3 Vectors vector buckets", "count": 0, "rest": denied("s3vectors:ListVectorBuckets") },
        ],
    }))
    .await;
    let denied = (403, "AccessDeniedException".to_owned());
    assert_eq!(Ask::tables("/buckets").error(&running).await, denied);
    assert_eq!(Ask::vectors(&json!({})).error(&running).await, denied);
    Ask::tables("/buckets").region("eu-west-1").good(&running).await;
    assert_eq!(Ask::tables("/tables").error(&running).await, (400, "UnknownOperationException".to_owned()));
}

#[tokio::test]
async fn buckets_with_tags_are_named_in_their_region_page_by_page() {
    let tags = |region: &str, body: &Value| {
        Ask::json("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", body).region(region)
    };
    let denied = json!({ "unreadable": { "cause": "denied", "operation": "tag:GetResources" } });
    let running = serve(json!({ "s3": { "buckets": [
        { "name": "a", "tags": { "=1+1": "<b>" } }, { "name": "b" }, { "name": "c", "tags": { "k": "v" } },
        { "name": "d", "tags": denied, "region": "eu-west-1" },
    ] } }))
    .await;
    let first =
        tags("us-east-1", &json!({ "ResourceTypeFilters": ["s3"], "ResourcesPerPage": 1 })).good(&running).await;
    let first = first.json();
    let named = json!([{ "ResourceARN": "arn:aws:s3:::a", "Tags": [{ "Key": "=1+1", "Value": "<b>" }] }]);
    assert_eq!(first["ResourceTagMappingList"], named);
    let next = tags("us-east-1", &json!({ "PaginationToken": first["PaginationToken"] })).good(&running).await.json();
    assert_eq!(next["ResourceTagMappingList"][0]["ResourceARN"], "arn:aws:s3:::c");
    assert_eq!(next["PaginationToken"], "");
    let none = tags("us-east-1", &json!({ "ResourceTypeFilters": ["ec2"] })).good(&running).await.json();
    assert_eq!(none["ResourceTagMappingList"], json!([]));
    let error = tags("eu-west-1", &json!({})).error(&running).await;
    assert_eq!(error, (400, "AccessDeniedException".to_owned()));
}
