//! For every code a document that earns it and one that just does not.

use crate::lint::PolicyKind::{self, Boundary, Identity, Rcp, Resource, Scp, Trust};

pub(super) struct Example {
    pub(super) code: &'static str,
    pub(super) kind: PolicyKind,
    pub(super) earns: String,
    pub(super) near_miss: String,
}

/// Two documents of one statement each, given by what stands between its braces.
fn statements(code: &'static str, kind: PolicyKind, earns: &str, near_miss: &str) -> Example {
    let document = |body: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{{{body}}}]}}"#);
    Example { code, kind, earns: document(earns), near_miss: document(near_miss) }
}

/// Two whole documents.
fn documents(code: &'static str, kind: PolicyKind, earns: impl Into<String>, near_miss: impl Into<String>) -> Example {
    Example { code, kind, earns: earns.into(), near_miss: near_miss.into() }
}

/// Two conditions of a statement that is fine otherwise.
fn conditions(code: &'static str, kind: PolicyKind, frame: &str, earns: &str, near_miss: &str) -> Example {
    let with = |condition: &str| format!(r#"{frame},"Condition":{{{condition}}}"#);
    statements(code, kind, &with(earns), &with(near_miss))
}

const GET: &str = r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#;
const DENY: &str = r#""Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#;
const PUBLIC: &str = r#""Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#;
const GITHUB: &str = r#""Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity""#;

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

pub(super) fn all() -> Vec<Example> {
    let mut all = of_the_text();
    all.extend(of_elements());
    all.extend(of_principals());
    all.extend(of_actions());
    all.extend(of_resources());
    all.extend(of_conditions());
    all.extend(of_variables());
    all.extend(of_access());
    all
}

fn of_the_text() -> Vec<Example> {
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

fn of_elements() -> Vec<Example> {
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

fn of_principals() -> Vec<Example> {
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

fn of_actions() -> Vec<Example> {
    let with = |action: &str| format!(r#""Effect":"Allow","Action":{action},"Resource":"*""#);
    let actions = |code, earns: &str, near: &str| statements(code, Identity, &with(earns), &with(near));
    let trust =
        |action: &str, principal: &str| format!(r#""Effect":"Allow","Principal":{principal},"Action":{action}"#);
    vec![
        actions("invalid_action", r#""s3.GetObject""#, r#""s3:GetObject""#),
        actions("invalid_action", r#""s*:GetObject""#, r#""s3:G*Object""#),
        actions("invalid_action", r#""s3: GetObject""#, r#""*""#),
        actions("invalid_action", r#""s3:""#, r#""*:*""#),
        actions("unknown_service", r#""dynamdb:GetItem""#, r#""DynamoDB:GetItem""#),
        actions("unknown_action", r#""s3:GetObjekt""#, r#""s3:getobject""#),
        actions("unknown_action", r#""s3:ListBuckets""#, r#""s3:ListAllMyBuckets""#),
        actions("unknown_action", r#""sns:Receives""#, r#""SNS:Receive""#),
        actions("action_matches_nothing", r#""s3:Fetch*""#, r#""s3:Get?bject""#),
        statements(
            "action_not_for_trust",
            Trust,
            &trust(r#"["sts:AssumeRole","s3:GetObject"]"#, r#"{"AWS":"111122223333"}"#),
            &trust(r#"["sts:AssumeRole","sts:TagSession"]"#, r#"{"AWS":"111122223333"}"#),
        ),
        statements(
            "wrong_way_to_assume",
            Trust,
            &GITHUB.replace("WithWebIdentity", ""),
            &GITHUB.replace("WithWebIdentity", "*"),
        ),
        statements(
            "wrong_way_to_assume",
            Trust,
            &trust(r#""sts:AssumeRoleWithSAML""#, r#"{"Service":"ec2.amazonaws.com"}"#),
            &trust(r#""sts:TagSession""#, r#"{"Service":"ec2.amazonaws.com"}"#),
        ),
        actions("redundant_action", r#"["s3:Get*","s3:getobject"]"#, r#"["s3:Get*","s3:PutObject"]"#),
        actions("redundant_action", r#"["s3:GetObject","S3:GETOBJECT"]"#, r#"["s3:GetObject","s3:GetObjectAcl"]"#),
        actions("redundant_action", r#"["s3:GetObject?","s3:GetObject*"]"#, r#"["s3:GetObject?","s3:GetObject"]"#),
    ]
}

fn of_resources() -> Vec<Example> {
    let with = |action: &str, resource: &str| format!(r#""Effect":"Allow","Action":"{action}","Resource":{resource}"#);
    let resources = |code, action: &str, earns: &str, near: &str| {
        statements(code, Identity, &with(action, earns), &with(action, near))
    };
    let invalid = |earns: &str, near: &str| resources("invalid_resource", "s3:*", earns, near);
    vec![
        invalid(r#""my-bucket""#, r#""arn:aws:s3:::my-bucket""#),
        invalid(r#""arn:aws:s3::my-bucket""#, r#""arn:aws:s3:*""#),
        invalid(r#""arn:aws:s3:::""#, r#""arn:aws:s3:::*""#),
        invalid(r#""arn:aw:s3:::b""#, r#""arn:aws-cn:s3:::b""#),
        invalid(r#""arn:aws:s3::1234:b""#, r#""arn:*:s3:::b""#),
        invalid(r#""*:s3:::b""#, r#""*""#),
        statements(
            "invalid_resource",
            Identity,
            &with("s3:*", &format!(r#""arn:aws:s3:::b/{}""#, "k".repeat(2_100))),
            &with("s3:*", &format!(r#""arn:aws:s3:::b/{}""#, "k".repeat(1_000))),
        ),
        statements(
            "invalid_resource",
            Identity,
            &with("execute-api:Invoke", r#""execute-api:/*""#),
            &with("execute-api:Invoke", r#""arn:aws:execute-api:*:*:*""#),
        ),
        resources("wildcard_in_service", "s3:*", r#""arn:aws:s*:::b""#, r#""arn:aws:s3:::b*""#),
        resources("wildcard_stays_in_part", "iam:*", r#""arn:aws:iam:*role/x*""#, r#""arn:aws:iam:*""#),
        resources(
            "unknown_region",
            "sqs:*",
            r#""arn:aws:sqs:eu-centrl-1:111122223333:q""#,
            r#""arn:aws:sqs:eu-central-1:111122223333:q""#,
        ),
        resources(
            "unknown_region",
            "sqs:*",
            r#""arn:aws:sqs:moon-*:111122223333:q""#,
            r#""arn:aws:sqs:us-*:111122223333:q""#,
        ),
        conditions(
            "unknown_region",
            Scp,
            DENY,
            r#""StringEquals":{"aws:RequestedRegion":"eu-central1"}"#,
            r#""StringEquals":{"aws:RequestedRegion":"eu-central-1"}"#,
        ),
        resources(
            "unknown_resource_type",
            "iam:*",
            r#""arn:aws:iam::111122223333:roles/x""#,
            r#""arn:aws:iam::111122223333:role/x""#,
        ),
        resources(
            "unknown_resource_type",
            "sts:*",
            r#""arn:aws:iam::111122223333:rot""#,
            r#""arn:aws:iam::111122223333:root""#,
        ),
        resources(
            "misplaced_arn_part",
            "iam:*",
            r#""arn:aws:iam:us-east-1:111122223333:role/x""#,
            r#""arn:aws:iam:*:111122223333:role/x""#,
        ),
        resources("misplaced_arn_part", "sqs:*", r#""arn:aws:sqs:us-east-1::q""#, r#""arn:aws:sqs:us-east-1:*:q""#),
        resources(
            "misplaced_arn_part",
            "sns:*",
            r#""arn:aws:sns::111122223333:t""#,
            r#""arn:aws:sns:*:111122223333:t""#,
        ),
        resources(
            "action_resource_mismatch",
            "s3:GetObject",
            r#""arn:aws:s3:::b""#,
            r#"["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#,
        ),
        resources("action_resource_mismatch", "s3:ListBucket", r#""arn:aws:s3:::b/*""#, r#""arn:aws:s3:::b""#),
        resources("action_resource_mismatch", "kms:*", r#""arn:aws:s3:::b""#, r#""arn:aws:kms:*:*:key/*""#),
        resources(
            "action_resource_mismatch",
            "ec2:TerminateInstances",
            r#""arn:aws:ec2:*:*:volume/*""#,
            r#""arn:aws:ec2:*:*:*""#,
        ),
        resources(
            "action_resource_mismatch",
            "iam:PassRole",
            r#""arn:aws:iam::*:user/*""#,
            r#""arn:aws:iam::*:role/${aws:username}""#,
        ),
        resources("action_needs_star", "s3:ListAllMyBuckets", r#""arn:aws:s3:::*""#, r#""*""#),
        resources("action_needs_star", "ec2:DescribeInstances*", r#""arn:aws:ec2:*:*:instance/*""#, r#"["*"]"#),
        statements("action_needs_star", Scp, &DENY.replace("s3:GetObject", "s3:ListAllMyBuckets"), DENY),
        resources(
            "redundant_resource",
            "s3:GetObject",
            r#"["arn:aws:s3:::b/*","arn:aws:s3:::b/x"]"#,
            r#"["arn:aws:s3:::b/*","arn:aws:s3:::B/x"]"#,
        ),
        resources(
            "redundant_resource",
            "s3:GetObject",
            r#"["arn:aws:s3:::b/x","arn:aws:s3:::b/x"]"#,
            r#"["arn:aws:s3:::b/x","arn:aws:s3:::b/${aws:username}"]"#,
        ),
    ]
}

fn of_conditions() -> Vec<Example> {
    let get = |code, earns: &str, near: &str| conditions(code, Identity, GET, earns, near);
    let deny = |code, earns: &str, near: &str| conditions(code, Identity, DENY, earns, near);
    vec![
        get(
            "unknown_operator",
            r#""StringEqual":{"aws:PrincipalArn":"a"}"#,
            r#""stringequals":{"aws:PrincipalArn":"a"}"#,
        ),
        get(
            "unknown_operator",
            r#""ForSomeValues:StringLike":{"aws:TagKeys":"a"}"#,
            r#""ForAnyValue:StringLike":{"aws:CalledVia":"a"}"#,
        ),
        get(
            "unknown_operator",
            r#""NullIfExists":{"aws:PrincipalArn":"true"}"#,
            r#""Null":{"aws:PrincipalArn":"true"}"#,
        ),
        get(
            "unknown_condition_key",
            r#""StringEquals":{"aws:PrincipleArn":"a"}"#,
            r#""StringEquals":{"AWS:principalarn":"a"}"#,
        ),
        get(
            "unknown_condition_key",
            r#""StringEquals":{"s3:SourceIp":"a"}"#,
            r#""StringEquals":{"s3:ExistingObjectTag/a":"a"}"#,
        ),
        get(
            "unknown_condition_key",
            r#""StringEquals":{"PrincipalArn":"a"}"#,
            r#""StringEquals":{"aws:PrincipalTag/a":"a"}"#,
        ),
        conditions(
            "unknown_condition_key",
            Identity,
            r#""Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*""#,
            r#""StringEquals":{"secretsmanager:ResourceTags/a":"a"}"#,
            r#""StringEquals":{"secretsmanager:ResourceTag/a":"a"}"#,
        ),
        statements(
            "unknown_condition_key",
            Trust,
            &format!(r#"{GITHUB},"Condition":{{"StringEquals":{{"sub":"a"}}}}"#),
            &format!(
                r#"{GITHUB},"Condition":{{"StringEquals":{{"oidc.eks.eu-central-1.amazonaws.com/id/ABC:sub":"a"}}}}"#
            ),
        ),
        get(
            "key_never_applies",
            r#""StringEquals":{"ec2:InstanceType":"t3.micro"}"#,
            r#""StringEquals":{"ec2:SourceInstanceARN":"arn:aws:ec2:eu-central-1:111122223333:instance/i-1"}"#,
        ),
        get(
            "key_never_applies",
            r#""StringLike":{"s3:prefix":"a"}"#,
            r#""StringEquals":{"s3:ExistingObjectTag/a":"a"}"#,
        ),
        get(
            "key_never_applies",
            r#""StringEquals":{"aws:RequestTag/a":"a"}"#,
            r#""StringEquals":{"aws:PrincipalTag/a":"a"}"#,
        ),
        deny(
            "operator_key_mismatch",
            r#""NumericLessThan":{"aws:PrincipalArn":"5"}"#,
            r#""NumericLessThan":{"aws:MultiFactorAuthAge":"5"}"#,
        ),
        deny(
            "operator_key_mismatch",
            r#""StringEquals":{"aws:SourceIp":"203.0.113.7"}"#,
            r#""IpAddress":{"aws:SourceIp":"203.0.113.7"}"#,
        ),
        deny(
            "operator_key_mismatch",
            r#""Bool":{"aws:PrincipalArn":"true"}"#,
            r#""StringEquals":{"aws:SecureTransport":"false"}"#,
        ),
        deny(
            "operator_key_mismatch",
            r#""ArnLike":{"aws:PrincipalAccount":"a:b:c:d:e:f"}"#,
            r#""ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:*:*:accesspoint/x"}"#,
        ),
        deny(
            "unreadable_value",
            r#""DateLessThan":{"aws:CurrentTime":"next week"}"#,
            r#""DateLessThan":{"aws:CurrentTime":"2026-11-30"}"#,
        ),
        deny(
            "unreadable_value",
            r#""NumericLessThan":{"aws:MultiFactorAuthAge":"1h"}"#,
            r#""NumericLessThan":{"aws:MultiFactorAuthAge":3600}"#,
        ),
        deny(
            "unreadable_value",
            r#""IpAddress":{"aws:SourceIp":"203.0.113.0/33"}"#,
            r#""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#,
        ),
        deny("unreadable_value", r#""Bool":{"aws:SecureTransport":"no"}"#, r#""Bool":{"aws:SecureTransport":"FALSE"}"#),
        deny("unreadable_value", r#""Null":{"aws:PrincipalArn":"maybe"}"#, r#""Null":{"aws:PrincipalArn":true}"#),
        deny(
            "unreadable_value",
            r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*"}"#,
            r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:*"}"#,
        ),
        deny(
            "unreadable_value",
            r#""ArnEquals":{"aws:PrincipalArn":"111122223333"}"#,
            r#""ArnEquals":{"aws:PrincipalArn":"*"}"#,
        ),
        deny(
            "private_source_ip",
            r#""IpAddress":{"aws:SourceIp":"10.0.0.0/16"}"#,
            r#""IpAddress":{"aws:VpcSourceIp":"10.0.0.0/16"}"#,
        ),
        deny(
            "private_source_ip",
            r#""NotIpAddress":{"aws:SourceIp":["10.0.0.0/8"]}"#,
            r#""NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.0/24"]}"#,
        ),
        get(
            "literal_wildcard",
            r#""StringEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/x"}"#,
            r#""StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x"}"#,
        ),
        get(
            "literal_wildcard",
            r#""StringNotEquals":{"aws:userid":"AROA?:*"}"#,
            r#""StringEquals":{"aws:userid":"${*}"}"#,
        ),
        get(
            "missing_set_operator",
            r#""StringLike":{"aws:PrincipalOrgPaths":"o-a/*"}"#,
            r#""ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a/*"}"#,
        ),
        get(
            "missing_set_operator",
            r#""StringEquals":{"aws:CalledVia":"athena.amazonaws.com"}"#,
            r#""Null":{"aws:CalledVia":"false"}"#,
        ),
        get(
            "set_operator_on_single_value",
            r#""ForAnyValue:StringEquals":{"aws:PrincipalOrgID":"o-a"}"#,
            r#""StringEquals":{"aws:PrincipalOrgID":"o-a"}"#,
        ),
        deny(
            "set_operator_on_single_value",
            r#""ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-a"}"#,
            r#""ForAllValues:StringEquals":{"aws:CalledVia":"a"}"#,
        ),
        get(
            "for_all_values_without_guard",
            r#""ForAllValues:StringLike":{"aws:PrincipalOrgPaths":"o-a/*"}"#,
            r#""ForAllValues:StringLike":{"aws:PrincipalOrgPaths":"o-a/*"},"Null":{"aws:PrincipalOrgPaths":"false"}"#,
        ),
        get(
            "for_all_values_without_guard",
            r#""ForAllValues:StringLike":{"aws:PrincipalOrgID":"o-a"}"#,
            r#""StringLike":{"aws:PrincipalOrgID":"o-a"}"#,
        ),
        conditions(
            "for_all_values_without_guard",
            Identity,
            r#""Effect":"Allow","Action":"ec2:CreateTags","Resource":"*""#,
            r#""ForAllValues:StringEquals":{"aws:CalledVia":["a","b"]}"#,
            r#""ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}"#,
        ),
        get(
            "mfa_if_exists",
            r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}"#,
            r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#,
        ),
        get(
            "mfa_if_exists",
            r#""Null":{"aws:MultiFactorAuthPresent":"false"}"#,
            r#""Null":{"aws:MultiFactorAuthAge":"false"}"#,
        ),
        deny(
            "mfa_deny_misses_keys",
            r#""Bool":{"aws:MultiFactorAuthPresent":"false"}"#,
            r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}"#,
        ),
    ]
}

fn of_variables() -> Vec<Example> {
    let home = GET.replace("b/*", "b/${aws:username}/*");
    let old = |body: &str| format!(r#"{{"Version":"2008-10-17","Statement":[{{{body}}}]}}"#);
    let key = |variable: &str| GET.replace("b/*", &format!("b/{variable}"));
    let variables = |code, earns: &str, near: &str| statements(code, Identity, &key(earns), &key(near));
    vec![
        documents("variable_in_old_version", Identity, old(&home), old(GET)),
        statements("variable_not_taken", Identity, &GET.replace("s3:Get", "s3:${a}Get"), GET),
        statements(
            "variable_not_taken",
            Identity,
            r#""Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:*:${aws:PrincipalAccount}:q""#,
            r#""Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:*:*:${aws:username}""#,
        ),
        conditions(
            "variable_not_taken",
            Identity,
            GET,
            r#""IpAddress":{"aws:SourceIp":"${aws:PrincipalTag/ip}"}"#,
            r#""StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}"#,
        ),
        statements(
            "variable_not_taken",
            Resource,
            &PUBLIC.replace(r#""*","#, r#"{"AWS":"arn:aws:iam::111122223333:user/${aws:username}"},"#),
            &PUBLIC.replace(r#""*","#, r#"{"AWS":"arn:aws:iam::111122223333:user/a"},"#),
        ),
        variables("malformed_variable", "${aws:username", "${aws:username}"),
        variables("malformed_variable", "${aws:username, none}", "${aws:username, 'none'}"),
        variables("malformed_variable", "${}", "${$}"),
        variables("unknown_variable", "${aws:usrname}", "${aws:UserName}"),
        variables("unknown_variable", "${AWS::AccountId}", "${aws:PrincipalAccount}"),
        variables("unknown_variable", "${bucket}", "${cognito-identity.amazonaws.com:sub}"),
        variables("variable_with_many_values", "${aws:PrincipalOrgPaths}", "${aws:PrincipalOrgID}"),
    ]
}

fn of_access() -> Vec<Example> {
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
