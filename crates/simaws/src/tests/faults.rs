//! What the inventory could not read, and faults on top of it.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use serde_json::json;

use super::client::Ask;
use super::{serve, serve_with};
use crate::{Fault, FaultRule, Settings, Window};

fn with(faults: Vec<FaultRule>) -> Settings {
    Settings { faults, ..Settings::default() }
}

#[tokio::test]
async fn an_unread_fact_answers_with_what_hid_it() {
    let gap = |cause: &str, detail: Option<&str>| json!({ "unreadable": { "cause": cause, "operation": "s3:GetBucketPolicy", "detail": detail } });
    let settings = Settings { patience: Duration::from_millis(50), ..Settings::default() };
    let running = serve_with(
        json!({ "s3": { "buckets": [
            { "name": "denied", "policy": gap("denied", None) },
            { "name": "explained", "policy": gap("denied", Some("KMS.DisabledException: the key is gone")) },
            { "name": "expired", "policy": gap("denied", Some("ExpiredToken")) },
            { "name": "throttled", "policy": gap("throttled", None) },
            { "name": "failed", "policy": gap("failed", Some("connection reset")) },
            { "name": "unsupported", "policy": gap("unsupported", None) },
            { "name": "not-asked", "policy": gap("not_asked", None) },
            { "name": "malformed", "policy": gap("malformed", None) },
            { "name": "late", "policy": gap("timed_out", None) },
        ] } }),
        settings,
    )
    .await;
    for (bucket, status, code) in [
        ("denied", 403, "AccessDenied"),
        ("explained", 403, "KMS.DisabledException"),
        ("expired", 400, "ExpiredToken"),
        ("throttled", 503, "SlowDown"),
        ("failed", 500, "InternalError"),
        ("unsupported", 501, "NotImplemented"),
        ("not-asked", 403, "AccessDenied"),
    ] {
        assert_eq!(Ask::s3(&format!("/{bucket}?policy")).error(&running).await, (status, code.to_owned()), "{bucket}");
    }
    let explained = Ask::s3("/explained?policy").send(&running).await.unwrap();
    assert_eq!(explained.one("Message"), "the key is gone");
    let malformed = Ask::s3("/malformed?policy").good(&running).await;
    assert!(std::str::from_utf8(&malformed.body).is_err());
    let begun = Instant::now();
    assert!(Ask::s3("/late?policy").send(&running).await.is_err());
    assert!(begun.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_list_that_was_cut_is_served_up_to_the_cut() {
    let cut = json!({ "cause": "throttled", "operation": "s3:ListAllMyBuckets" });
    let overlay =
        json!({ "s3": { "buckets": { "items": [{ "name": "a" }, { "name": "b" }, { "name": "c" }], "rest": [cut] } } });
    let mut settings = Settings::default();
    settings.page_sizes.insert("s3:ListBuckets".to_owned(), 2);
    let running = serve_with(overlay, settings).await;
    let first = Ask::s3("/?max-buckets=100").good(&running).await;
    let second = Ask::s3(&format!("/?continuation-token={}", first.one("ContinuationToken"))).good(&running).await;
    assert_eq!((first.all("Name"), second.all("Name")), (vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]));
    let third = Ask::s3(&format!("/?continuation-token={}", second.one("ContinuationToken"))).error(&running).await;
    assert_eq!(third, (503, "SlowDown".to_owned()));

    let hidden = json!({ "items": [], "rest": [{ "cause": "denied", "operation": "iam:ListServerCertificates" }] });
    let running = serve(json!({ "iam": { "server_certificates": hidden } })).await;
    let whole = Ask::query("iam", "ListServerCertificates", &[]).error(&running).await;
    assert_eq!(whole, (403, "AccessDenied".to_owned()));
}

#[tokio::test]
async fn each_service_has_its_own_words_for_a_fault() {
    let who = Ask::query("sts", "GetCallerIdentity", &[]);
    let users = Ask::query("iam", "GetAccountAuthorizationDetails", &[]);
    let buckets = Ask::s3("/");
    let points = Ask::s3control("accesspoint");
    let trails = Ask::json("cloudtrail", "CloudTrail_20131101.DescribeTrails", &json!({}));
    let organization = Ask::json("organizations", "AWSOrganizationsV20161128.DescribeOrganization", &json!({}));
    let regions = Ask::account(&json!({}));
    let asks = [&who, &users, &buckets, &points, &trails, &organization, &regions];
    let expected = [
        (
            Fault::AccessDenied,
            [
                "AccessDenied",
                "AccessDenied",
                "AccessDenied",
                "AccessDenied",
                "AccessDeniedException",
                "AccessDeniedException",
                "AccessDeniedException",
            ],
        ),
        (
            Fault::Throttle,
            [
                "Throttling",
                "Throttling",
                "SlowDown",
                "SlowDown",
                "ThrottlingException",
                "TooManyRequestsException",
                "TooManyRequestsException",
            ],
        ),
        (
            Fault::InternalError,
            [
                "InternalFailure",
                "ServiceFailure",
                "InternalError",
                "InternalError",
                "InternalFailure",
                "ServiceException",
                "InternalServerException",
            ],
        ),
        (
            Fault::ExpiredToken,
            [
                "ExpiredToken",
                "ExpiredToken",
                "ExpiredToken",
                "ExpiredToken",
                "ExpiredTokenException",
                "ExpiredTokenException",
                "ExpiredTokenException",
            ],
        ),
    ];
    for (fault, codes) in expected {
        let running = serve_with(json!({}), with(vec![FaultRule::always("*", fault)])).await;
        for (ask, code) in asks.iter().zip(codes) {
            assert_eq!(ask.error(&running).await.1, code, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn connections_break_as_asked() {
    let one = |fault| with(vec![FaultRule::always("s3:ListBuckets", fault)]);
    let running = serve_with(json!({}), one(Fault::Reset)).await;
    assert_eq!(Ask::s3("/").send(&running).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    Ask::s3control("accesspoint").good(&running).await;

    let running = serve_with(json!({}), one(Fault::Truncated)).await;
    assert_eq!(Ask::s3("/").send(&running).await.unwrap_err().kind(), ErrorKind::UnexpectedEof);

    let running = serve_with(json!({}), one(Fault::Malformed)).await;
    assert!(std::str::from_utf8(&Ask::s3("/").good(&running).await.body).is_err());

    let running = serve_with(json!({}), one(Fault::Stall(Duration::from_millis(80)))).await;
    let begun = Instant::now();
    Ask::s3("/").good(&running).await;
    assert!(begun.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn a_fault_strikes_within_its_window_and_on_its_resource() {
    let faults = vec![
        FaultRule::always("s3:GetBucketPolicy", Fault::AccessDenied).on("a"),
        FaultRule::always("s3:GetBucketVersioning", Fault::Throttle).within(Window::First(2)),
        FaultRule::always("iam:*", Fault::Throttle).within(Window::For(Duration::from_millis(100))),
    ];
    let running = serve_with(
        json!({ "s3": { "buckets": [{ "name": "a", "policy": "{}" }, { "name": "b", "policy": "{}" }] } }),
        with(faults),
    )
    .await;
    assert_eq!(Ask::s3("/a?policy").error(&running).await.1, "AccessDenied");
    Ask::s3("/b?policy").good(&running).await;
    for _ in 0..2 {
        assert_eq!(Ask::s3("/a?versioning").error(&running).await, (503, "SlowDown".to_owned()));
    }
    Ask::s3("/a?versioning").good(&running).await;
    let aliases = Ask::query("iam", "ListAccountAliases", &[]);
    assert_eq!(aliases.error(&running).await.1, "Throttling");
    tokio::time::sleep(Duration::from_millis(120)).await;
    aliases.good(&running).await;
    let calls = running.calls();
    assert_eq!(
        (calls["s3:GetBucketVersioning"], calls["s3:GetBucketPolicy"], calls["iam:ListAccountAliases"]),
        (3, 2, 2)
    );
}

#[tokio::test]
async fn more_than_the_rate_is_throttled() {
    let mut settings = Settings::default();
    settings.rate_limits.insert("s3".to_owned(), 5);
    let running = serve_with(json!({}), settings).await;
    let mut throttled = 0;
    for _ in 0..10 {
        throttled += u32::from(Ask::s3("/").send(&running).await.unwrap().status == 503);
    }
    assert!((3..=5).contains(&throttled), "{throttled}");
    Ask::query("iam", "ListAccountAliases", &[]).good(&running).await;
    tokio::time::sleep(Duration::from_millis(450)).await;
    Ask::s3("/").good(&running).await;
}

#[tokio::test]
async fn it_stops_when_told_and_when_dropped() {
    let running = serve(json!({})).await;
    let address = running.url().replace("http://", "");
    running.stop().await;
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
    let running = serve(json!({})).await;
    let address = running.url().replace("http://", "");
    drop(running);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
}
