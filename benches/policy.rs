//! The policy engine, question by question.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    unreachable_pub,
    reason = "a bench may fail loudly"
)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use forewarn_policy::{
    Audience, BlockPublicAccess, Context, ContextValue, Document, Layers, Organization, Principal, Question, Reading,
    Request, ResourceKind, Target, decide, reach,
};

const FIVE: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]},
    {"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/public/*","Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/reader*"}}},
    {"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::222222222222:role/ops","arn:aws:iam::333333333333:root"]},"Action":"s3:Put*","Resource":"arn:aws:s3:::b/in/*"},
    {"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},
    {"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111111111111:root","arn:aws:iam::111111111111:role/admin"]},"Action":"s3:Delete*","Resource":"arn:aws:s3:::b/*"}]}"#;

fn five() -> Arc<Document> {
    Arc::new(Document::parse(FIVE).unwrap())
}

fn deciding(criterion: &mut Criterion) {
    let layers = Layers { resource: Some(Reading::Read(five())), ..Layers::default() };
    let one = |text: &str| ContextValue::One(text.to_owned());
    let request = Request {
        principal: Principal::Arn("arn:aws:sts::222222222222:assumed-role/ops/alice".to_owned()),
        action: "s3:PutObject".to_owned(),
        resource: "arn:aws:s3:::b/in/2026/file".to_owned(),
        resource_account: Some("111111111111".to_owned()),
        context: Context([("aws:SecureTransport".to_owned(), one("true"))].into()),
    };
    criterion
        .benchmark_group("decide")
        .bench_function("five statements", |bencher| bencher.iter(|| decide(black_box(&layers), black_box(&request))));
}

fn reaching(criterion: &mut Criterion) {
    let target = Target {
        kind: ResourceKind::BucketPolicy,
        arn: Some("arn:aws:s3:::b".to_owned()),
        account: "111111111111".to_owned(),
        policy: Reading::Read(Some(five())),
        organization: Arc::new(Organization { accounts_complete: true, ..Organization::default() }),
        block_public_access: BlockPublicAccess::default(),
        acl: Reading::Read(None),
        access_points: Vec::new(),
        rcp: Reading::Read(Vec::new()),
        trusted_accounts: std::collections::BTreeSet::new(),
    };
    let question = Question {
        target: Arc::new(target),
        audiences: Audience::ALL.to_vec(),
        actions: Vec::new(),
        given: Vec::new(),
    };
    criterion
        .benchmark_group("reach")
        .bench_function("all audiences", |bencher| bencher.iter(|| reach(black_box(&question))));
}

criterion_group!(benches, deciding, reaching);
criterion_main!(benches);
