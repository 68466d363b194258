//! The text, its elements and its principals.

use super::{DENY, Example, GET, GITHUB, PUBLIC, conditions, documents, statements};
use crate::lint::PolicyKind::{Boundary, Identity, Rcp, Resource, Scp, Trust};

/// An identity policy of about so many characters.
fn sized(size: usize) -> String {
    let name = "x".repeat(size - 100);
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"s3:GetObject","Resource":"*","Sid":"{name}"}}]}}"#
    )
}

fn trust_of(size: usize) -> String {
    let name = "x".repeat(size - 150);
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"Service":"ec2.amazonaws.com"}},"Sid":"{name}"}}]}}"#
    )
}

fn many_faults(count: usize) -> String {
    let actions: Vec<String> = (0..count).map(|index| format!(r#""nobody{index}:Does""#)).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}],"Resource":"*"}}]}}"#,
        actions.join(",")
    )
}

pub(super) fn of_the_text() -> Vec<Example> {
    let plain = format!(r#"{{"Version":"2012-10-17","Statement":[{{{GET}}}]}}"#);
    vec![
        documents("invalid_json", Identity, plain.replace("}]", "},]"), plain.clone()),
        documents("invalid_json", Identity, "", plain.clone()),
        documents("invalid_json", Identity, plain.replace(",\"Action\"", " \"Action\""), plain.clone()),
        documents("not_examined", Identity, many_faults(1_001), many_faults(999)),
        documents("not_examined", Identity, sized(401_000), sized(399_000)),
        documents("too_large", Identity, sized(6_200), sized(6_100)),
        documents("too_large", Boundary, sized(6_200), sized(6_100)),
        documents("too_large", Scp, sized(10_300), sized(10_200)),
        documents("too_large", Rcp, sized(5_200), sized(5_100)),
        documents("too_large", Resource, sized(20_600), sized(20_400)),
        documents("too_large", Resource, sized(20_600), sized(20_600).replace("s3:GetObject", "kms:Decrypt")),
        documents("too_large", Trust, trust_of(8_300), trust_of(8_100)),
        documents("over_default_quota", Trust, trust_of(2_100), trust_of(2_000)),
        documents(
            "forbidden_character",
            Identity,
            plain.replace("b/*", "b/\u{201c}"),
            plain.replace("b/*", "b/\u{fc}"),
        ),
        documents(
            "forbidden_character",
            Trust,
            trust_of(500).replace("xx", "\u{2013}"),
            trust_of(500).replace("xx", r"\u2013"),
        ),
    ]
}

pub(super) fn of_elements() -> Vec<Example> {
    let plain = format!(r#"{{"Version":"2012-10-17","Statement":[{{{GET}}}]}}"#);
    let versioned = |version: &str| plain.replace(r#""2012-10-17""#, version);
    let body = |extra: &str| format!("{GET},{extra}");
    vec![
        statements("duplicate_key", Identity, &body(r#""Effect":"Deny""#), GET),
        conditions(
            "duplicate_key",
            Identity,
            GET,
            r#""StringEquals":{"aws:PrincipalArn":"a","aws:principalARN":"b"}"#,
            r#""StringEquals":{"aws:PrincipalArn":"a"},"StringLike":{"aws:principalARN":"b"}"#,
        ),
        statements("wrong_type", Identity, &body(r#""Sid":5"#), &body(r#""Sid":"5""#)),
        statements(
            "wrong_type",
            Resource,
            &PUBLIC.replace(r#""*","#, r#""arn:aws:iam::111122223333:root","#),
            &PUBLIC.replace(r#""*","#, r#"{"AWS":"arn:aws:iam::111122223333:root"},"#),
        ),
        statements("wrong_type", Identity, &GET.replace(r#""s3:GetObject""#, "[[]]"), GET),
        conditions(
            "wrong_type",
            Identity,
            GET,
            r#""Bool":{"aws:SecureTransport":null}"#,
            r#""Bool":{"aws:SecureTransport":false}"#,
        ),
        statements("unknown_element", Identity, &GET.replace("Resource", "Resources"), GET),
        statements("unknown_element", Identity, &GET.replace("Effect", "effect"), GET),
        documents(
            "unknown_element",
            Identity,
            plain.replace("{\"Version", "{\"Owner\":\"me\",\"Version"),
            plain.replace("{\"Version", "{\"Id\":\"me\",\"Version"),
        ),
        statements("missing_element", Identity, r#""Effect":"Allow","Action":"s3:GetObject""#, GET),
        statements("missing_element", Identity, r#""Action":"s3:GetObject","Resource":"*""#, GET),
        documents("missing_element", Identity, r#"{"Version":"2012-10-17"}"#, plain.clone()),
        statements("missing_element", Scp, r#""Effect":"Deny","Action":"s3:GetObject""#, DENY),
        statements(
            "missing_element",
            Identity,
            r#""Effect":"Allow","Action":"ecr:BatchGetImage""#,
            r#""Effect":"Allow","Action":"ecr:BatchGetImage","Resource":"*""#,
        ),
        statements("conflicting_elements", Identity, &body(r#""NotAction":"s3:PutObject""#), GET),
        statements("empty_element", Identity, &GET.replace(r#""s3:GetObject""#, "[]"), GET),
        statements("empty_element", Identity, &body(r#""Condition":{}"#), GET),
        conditions(
            "empty_element",
            Identity,
            GET,
            r#""StringEquals":{}"#,
            r#""StringEquals":{"aws:PrincipalArn":"a"}"#,
        ),
        documents("invalid_version", Identity, versioned(r#""2026-11-25""#), plain.clone()),
        documents("invalid_version", Identity, versioned("20121017"), versioned(r#""2008-10-17""#)),
        documents("missing_version", Identity, plain.replace(r#""Version":"2012-10-17","#, ""), plain.clone()),
        documents("old_version", Identity, versioned(r#""2008-10-17""#), plain.clone()),
        statements("invalid_effect", Identity, &GET.replace("Allow", "allow"), GET),
        statements("invalid_effect", Identity, &GET.replace(r#""Allow""#, "true"), GET),
        statements("invalid_sid", Identity, &body(r#""Sid":"read all""#), &body(r#""Sid":"readAll1""#)),
        statements("invalid_sid", Identity, &body(r#""Sid":"read-all""#), &body(r#""Sid":"""#)),
        documents(
            "duplicate_sid",
            Identity,
            plain.replace(&format!("{{{GET}}}"), &format!(r#"{{{GET},"Sid":"One"}},{{{DENY},"Sid":"One"}}"#)),
            plain.replace(&format!("{{{GET}}}"), &format!(r#"{{{GET},"Sid":"One"}},{{{DENY},"Sid":"Two"}}"#)),
        ),
        statements("principal_not_allowed", Identity, PUBLIC, GET),
        statements("principal_not_allowed", Scp, &DENY.replace("\"Action", "\"NotPrincipal\":\"*\",\"Action"), DENY),
        statements("principal_not_allowed", Boundary, PUBLIC, GET),
        statements("missing_principal", Resource, GET, PUBLIC),
        statements("missing_principal", Rcp, DENY, &DENY.replace("\"Action", "\"Principal\":\"*\",\"Action")),
        statements("missing_principal", Trust, r#""Effect":"Allow","Action":"sts:AssumeRole""#, GITHUB),
        statements(
            "not_principal_not_allowed",
            Trust,
            r#""Effect":"Deny","Action":"sts:AssumeRole","NotPrincipal":{"AWS":"111122223333"}"#,
            r#""Effect":"Deny","Action":"sts:AssumeRole","Principal":{"AWS":"111122223333"}"#,
        ),
        statements("resource_not_allowed", Trust, &format!(r#"{GITHUB},"Resource":"*""#), GITHUB),
        statements("rcp_allows", Rcp, PUBLIC, &PUBLIC.replace("Allow", "Deny")),
        statements(
            "rcp_principal",
            Rcp,
            &PUBLIC.replace("Allow", "Deny").replace(r#""*","#, r#"{"AWS":"111122223333"},"#),
            &PUBLIC.replace("Allow", "Deny").replace(r#""*","#, r#"{"AWS":"*"},"#),
        ),
        statements(
            "rcp_not_action",
            Rcp,
            r#""Effect":"Deny","Principal":"*","NotAction":"s3:GetObject","Resource":"*""#,
            r#""Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*""#,
        ),
        statements(
            "rcp_does_not_reach",
            Rcp,
            r#""Effect":"Deny","Principal":"*","Action":"iam:*","Resource":"*""#,
            r#""Effect":"Deny","Principal":"*","Action":["sts:*","*"],"Resource":"*""#,
        ),
        statements("boundary_without_allow", Boundary, DENY, GET),
    ]
}

pub(super) fn of_principals() -> Vec<Example> {
    let with = |principal: &str| PUBLIC.replace(r#""*","#, &format!("{principal},"));
    let denies_all_but = |listed: &str| DENY.replace("\"Action", &format!("\"NotPrincipal\":{listed},\"Action"));
    let invalid = |earns: &str, near: &str| statements("invalid_principal", Resource, &with(earns), &with(near));
    vec![
        statements(
            "unknown_principal_kind",
            Resource,
            &with(r#"{"aws":"111122223333"}"#),
            &with(r#"{"AWS":"111122223333"}"#),
        ),
        invalid(r#"{"Service":"*"}"#, r#"{"Service":"lambda.amazonaws.com"}"#),
        invalid(r#"{"Service":"lambda"}"#, r#"{"Service":"ec2.amazonaws.com.cn"}"#),
        invalid(r#"{"AWS":"arn:aws:iam::111122223333:role/*"}"#, r#"{"AWS":"*"}"#),
        invalid(r#"{"AWS":"arn:aws:iam::1111:root"}"#, r#"{"AWS":"arn:aws:iam::111122223333:root"}"#),
        invalid(r#"{"AWS":"arn:aws:iam::111122223333:group/a"}"#, r#"{"AWS":"arn:aws:iam::111122223333:user/a"}"#),
        invalid(r#"{"AWS":"arn:aws:iam::111122223333:role/"}"#, r#"{"AWS":"arn:aws:iam::111122223333:role/p/a"}"#),
        invalid(
            r#"{"AWS":"arn:aws:sts::111122223333:role/a"}"#,
            r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/a/s"}"#,
        ),
        invalid(r#"{"AWS":"lambda.amazonaws.com"}"#, r#"{"Service":"lambda.amazonaws.com"}"#),
        invalid(
            r#"{"AWS":"arn:aws:s3:::b"}"#,
            r#"{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1ABC"}"#,
        ),
        invalid(r#"{"Federated":"*"}"#, r#"{"Federated":"cognito-identity.amazonaws.com"}"#),
        invalid(
            r#"{"Federated":"arn:aws:iam::111122223333:role/x"}"#,
            r#"{"Federated":"arn:aws:iam::111122223333:saml-provider/x"}"#,
        ),
        statements(
            "invalid_principal",
            Resource,
            &with(r#"{"CanonicalUser":"abc"}"#),
            &with(&format!(r#"{{"CanonicalUser":"{}"}}"#, "0af9".repeat(16))),
        ),
        statements(
            "deleted_principal",
            Resource,
            &with(r#"{"AWS":"AROAEXAMPLEID1234567"}"#),
            &with(r#"{"AWS":"arn:aws:iam::111122223333:role/AROAEXAMPLEID1234567"}"#),
        ),
        statements(
            "not_principal_with_allow",
            Resource,
            &denies_all_but(r#"{"AWS":"111122223333"}"#).replace("Deny", "Allow"),
            &denies_all_but(r#"{"AWS":"111122223333"}"#),
        ),
        statements(
            "not_principal_denies_bounded",
            Resource,
            &denies_all_but(r#"{"AWS":["111122223333","arn:aws:iam::111122223333:role/a"]}"#),
            &denies_all_but(r#"{"AWS":"111122223333"}"#),
        ),
        statements(
            "not_principal_without_account",
            Resource,
            &denies_all_but(r#"{"AWS":"arn:aws:iam::111122223333:role/a"}"#),
            &denies_all_but(r#"{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:role/a"]}"#),
        ),
        statements(
            "not_principal_without_account",
            Resource,
            &denies_all_but(r#"{"AWS":["111122223333","arn:aws:sts::111122223333:assumed-role/a/s"]}"#),
            &denies_all_but(
                r#"{"AWS":["111122223333","arn:aws:iam::111122223333:role/a","arn:aws:sts::111122223333:assumed-role/a/s"]}"#,
            ),
        ),
    ]
}
