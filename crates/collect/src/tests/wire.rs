//! Answers that no AWS would give, byte by byte.

use std::collections::BTreeSet;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use forewarn_inventory::{Cause, Fact, Listing};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::call::Caller;
use crate::clients::{Regional, s3};
use crate::progress::Steps;
use crate::{Options, Silent, Stop, buckets, session};

/// The list of buckets, where the server answers every request with these bytes.
async fn listed(answer: String) -> Listing<forewarn_inventory::Bucket> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    let options = Options::default();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("a", "b", None, None, "test")))
        .sleep_impl(options.sleep.clone())
        .time_source(options.time.clone())
        .retry_config(RetryConfig::disabled())
        .endpoint_url(url);
    config.set_http_client(session::http_client());
    let clients = Regional::new(&config.build(), s3);
    let caller = Caller::new(options.sleep, options.time, Stop::never(), 1);
    let needs = BTreeSet::from([Fact::Buckets]);
    let asker = buckets::Asker {
        clients: &clients,
        caller: &caller,
        region: "us-east-1",
        partition: "aws",
        needs: &needs,
        calls_at_once: 1,
    };
    let found = asker.looked_at(asker.listed().await, &Steps::begin(&Silent, "S3", 1), |_| ()).await;
    server.abort();
    found
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

const LIST: &str = "<?xml version=\"1.0\"?><ListAllMyBucketsResult><Buckets><Bucket><Name>one</Name>\
    <BucketRegion>us-east-1</BucketRegion></Bucket><Bucket><Name>two</Name><BucketRegion>us-east-1</BucketRegion>\
    </Bucket></Buckets></ListAllMyBucketsResult>";

#[tokio::test]
async fn a_document_that_ends_early_is_no_list() {
    assert_eq!(listed(answer("200 OK", LIST)).await.items.len(), 2);
    for end in
        ["</Bucket><Bucket><Name>two", "<Bucket><Name>two", "</Buckets>", "</ListAllMyBucketsResult>", "<Buckets>"]
    {
        let (cut, _) = LIST.split_once(end).unwrap();
        let found = listed(answer("200 OK", cut)).await;
        assert_eq!(found.rest.first().map(|gap| gap.cause), Some(Cause::Malformed), "cut before {end}: {found:?}");
    }
}

#[tokio::test]
async fn answers_that_are_not_awss_are_gaps() {
    for (given, cause) in [
        (answer("200 OK", ""), Cause::Malformed),
        (answer("200 OK", "<html><body>Sign in to the hotel's network</body></html>"), Cause::Malformed),
        (answer("200 OK", "{}"), Cause::Malformed),
        (answer("404 Not Found", ""), Cause::Failed),
        (answer("403 Forbidden", "<html/>"), Cause::Denied),
        (answer("502 Bad Gateway", "<html/>"), Cause::Failed),
        ("nonsense\r\n\r\n".to_owned(), Cause::Failed),
        (String::new(), Cause::Failed),
    ] {
        let found = listed(given.clone()).await;
        assert_eq!(found.rest.first().map(|gap| gap.cause), Some(cause), "{given:?}: {found:?}");
        assert!(found.items.is_empty());
    }
}
