//! What a policy lets in.

use super::{Example, GITHUB, PUBLIC, conditions, documents, statements};
use crate::lint::PolicyKind::{Identity, Resource, Trust};

pub(super) fn of_access() -> Vec<Example> {
    let with = |action: &str, resource: &str| format!(r#""Effect":"Allow","Action":{action},"Resource":"{resource}""#);
    let deputy = r#""Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*""#;
    let queue =
        r#""Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*""#;
    let other = r#""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole""#;
    let closed = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{{PUBLIC}}},{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{{"StringNotEquals":{{"aws:PrincipalOrgID":"o-a"}}}}}}]}}"#
    );
    vec![
        statements("allows_everything", Identity, &with(r#""*""#, "*"), &with(r#""*""#, "arn:aws:s3:::*")),
        statements(
            "allows_everything",
            Identity,
            &with(r#"["*"]"#, "*"),
            &with(r#""*""#, "*").replace("Allow", "Deny"),
        ),
        statements(
            "not_action_with_allow",
            Identity,
            r#""Effect":"Allow","NotAction":"iam:*","Resource":"*""#,
            r#""Effect":"Deny","NotAction":"iam:*","Resource":"*""#,
        ),
        statements(
            "not_resource_with_allow",
            Identity,
            r#""Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::b""#,
            r#""Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::b""#,
        ),
        statements(
            "passes_any_role",
            Identity,
            &with(r#""iam:PassRole""#, "*"),
            &with(r#""iam:PassRole""#, "arn:aws:iam::*:role/app-*"),
        ),
        statements(
            "passes_any_role",
            Identity,
            &with(r#""iam:*""#, "arn:aws:iam::111122223333:role/*"),
            &with(r#""iam:Get*""#, "arn:aws:iam::111122223333:role/*"),
        ),
        conditions(
            "passes_any_role",
            Identity,
            &with(r#""iam:PassRole""#, "*"),
            r#""Bool":{"aws:SecureTransport":"true"}"#,
            r#""StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}"#,
        ),
        statements(
            "assumes_any_role",
            Identity,
            &with(r#""sts:AssumeRole""#, "*"),
            &with(r#""sts:AssumeRole""#, "arn:aws:iam::*:role/reader"),
        ),
        conditions(
            "assumes_any_role",
            Identity,
            &with(r#""sts:*""#, "arn:aws:iam::*:role/*"),
            r#""Bool":{"aws:SecureTransport":"true"}"#,
            r#""StringEquals":{"aws:ResourceOrgID":"${aws:PrincipalOrgID}"}"#,
        ),
        statements("open_to_everyone", Resource, PUBLIC, &PUBLIC.replace(r#""*","#, r#"{"AWS":"111122223333"},"#)),
        documents(
            "open_to_everyone",
            Resource,
            format!(r#"{{"Version":"2012-10-17","Statement":{{{PUBLIC}}}}}"#),
            closed,
        ),
        statements("open_to_everyone", Trust, &other.replace("arn:aws:iam::111122223333:root", "*"), other),
        conditions(
            "only_caller_chosen_keys",
            Resource,
            PUBLIC,
            r#""StringLike":{"aws:Referer":"https://example.com/*"}"#,
            r#""StringEquals":{"aws:PrincipalOrgID":"o-a"}"#,
        ),
        conditions(
            "only_caller_chosen_keys",
            Resource,
            PUBLIC,
            r#""IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}"#,
            r#""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#,
        ),
        conditions(
            "only_caller_chosen_keys",
            Resource,
            r#""Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*""#,
            r#""StringEquals":{"kms:ViaService":"s3.eu-central-1.amazonaws.com"}"#,
            r#""StringEquals":{"kms:ViaService":"s3.eu-central-1.amazonaws.com","kms:CallerAccount":"111122223333"}"#,
        ),
        conditions(
            "confused_deputy",
            Resource,
            deputy,
            r#""StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}"#,
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
        ),
        conditions(
            "confused_deputy",
            Resource,
            queue,
            r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}"#,
            r#""ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}"#,
        ),
        conditions(
            "confused_deputy",
            Resource,
            &queue.replace("sns", "s3"),
            r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}"#,
            r#""ArnLike":{"aws:SourceArn":"arn:aws:s3:::mine"}"#,
        ),
        statements("confused_deputy", Resource, deputy, &deputy.replace("cloudtrail.", "logging.s3.")),
        conditions(
            "provider_open_to_strangers",
            Trust,
            GITHUB,
            r#""StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}"#,
            r#""StringLike":{"token.actions.githubusercontent.com:sub":"repo:mine/*"}"#,
        ),
        conditions(
            "provider_open_to_strangers",
            Trust,
            GITHUB,
            r#""StringLike":{"token.actions.githubusercontent.com:sub":["repo:mine/*","repo:*"]}"#,
            r#""StringEquals":{"token.actions.githubusercontent.com:repository_owner_id":"4711"}"#,
        ),
        statements(
            "provider_open_to_strangers",
            Trust,
            GITHUB,
            &GITHUB.replace("token.actions.githubusercontent.com", "login.mine.example"),
        ),
        statements(
            "trust_without_external_id",
            Trust,
            other,
            &format!(r#"{other},"Condition":{{"StringEquals":{{"sts:ExternalId":"x1"}}}}"#),
        ),
        statements("trust_without_external_id", Trust, other, &other.replace(":root", ":role/reader")),
    ]
}
