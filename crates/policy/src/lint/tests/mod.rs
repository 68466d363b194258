//! That every code is earned where it should be and only there, and that no text stops the reading.

mod batch;
mod examples;
mod hostile;
mod places;

use std::collections::BTreeSet;

use super::*;

fn names(source: &str, kind: PolicyKind) -> BTreeSet<&'static str> {
    lint_thoroughly(source, kind).into_iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn every_code_has_a_document_that_earns_it_and_one_that_just_does_not() {
    let examples = examples::all();
    for code in codes() {
        assert!(examples.iter().any(|example| example.code == code.name), "`{}` has no example", code.name);
    }
    let mut wrong = Vec::new();
    for example in &examples {
        let (code, kind) = (example.code, example.kind);
        assert!(codes().iter().any(|known| known.name == code), "`{code}` is no code");
        for (source, earns) in [(&example.earns, true), (&example.near_miss, false)] {
            let found = names(source, kind);
            if found.contains(code) != earns {
                let start: String = source.chars().take(500).collect();
                wrong.push(format!("{} `{code}`: {found:?} in {start}", if earns { "no" } else { "has" }));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_is_documented_and_named_once() {
    let mut seen = BTreeSet::new();
    for code in codes() {
        assert!(seen.insert(code.name), "`{}` stands twice", code.name);
        assert!(code.name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{}", code.name);
        for text in [code.about, code.fix] {
            assert!(text.ends_with('.') && text.len() > 8, "`{}`: {text}", code.name);
            assert!(text.starts_with(|c: char| c.is_uppercase() || c == '`'), "`{}`: {text}", code.name);
        }
    }
}

#[test]
fn a_diagnostic_has_the_severity_of_its_code_and_a_message_in_lower_case() {
    for example in examples::all() {
        for diagnostic in lint_thoroughly(&example.earns, example.kind) {
            let code = codes().iter().find(|code| code.name == diagnostic.code).unwrap();
            assert_eq!(diagnostic.severity, code.severity, "{}", diagnostic.code);
            let message = &diagnostic.message;
            assert!(!message.ends_with('.') && !message.contains('\n'), "{message}");
        }
    }
}

/// What AWS itself writes, and what its guides tell people to write.
#[test]
fn idioms_of_aws_are_left_in_peace() {
    let idioms: [(PolicyKind, &str); 17] = [
        (PolicyKind::Scp, r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#),
        (
            PolicyKind::Boundary,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}]}"#,
        ),
        (
            PolicyKind::Scp,
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyAllOutsideEU","Effect":"Deny","NotAction":["a2c:*","iam:*","sts:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-central-1","eu-west-1"]},"ArnNotLike":{"aws:PrincipalARN":["arn:aws:iam::*:role/Admin"]}}}]}"#,
        ),
        (
            PolicyKind::Rcp,
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"EnforceOrgIdentities","Effect":"Deny","Principal":"*","Action":["s3:*","sqs:*","kms:*","secretsmanager:*","sts:AssumeRole","sts:DecodeAuthorizationMessage"],"Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-abcdefghij"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}]}"#,
        ),
        (
            PolicyKind::Resource,
            r#"{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#,
        ),
        (
            PolicyKind::Resource,
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"AWSCloudTrailAclCheck20150319","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::amzn-s3-demo-bucket","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:eu-central-1:111122223333:trail/t"}}},{"Sid":"AWSCloudTrailWrite20150319","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::amzn-s3-demo-bucket/AWSLogs/111122223333/*","Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceArn":"arn:aws:cloudtrail:eu-central-1:111122223333:trail/t"}}}]}"#,
        ),
        (
            PolicyKind::Resource,
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"AllowSSLRequestsOnly","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::amzn-s3-demo-bucket","arn:aws:s3:::amzn-s3-demo-bucket/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#,
        ),
        (
            PolicyKind::Resource,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"},{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*","Condition":{"StringNotEquals":{"aws:SourceVpc":"vpc-1a2b3c4d"}}}]}"#,
        ),
        (
            PolicyKind::Resource,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["elasticfilesystem:ClientRootAccess","elasticfilesystem:ClientWrite","elasticfilesystem:ClientMount"],"Resource":"*","Condition":{"Bool":{"elasticfilesystem:AccessedViaMountTarget":"true"}}}]}"#,
        ),
        (
            PolicyKind::Resource,
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"AllowCloudFront","Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"AWS:SourceArn":"arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE"}}}]}"#,
        ),
        (
            PolicyKind::Trust,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}"#,
        ),
        (
            PolicyKind::Trust,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":"repo:octo-org/octo-repo:*"}}}]}"#,
        ),
        (
            PolicyKind::Trust,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-central-1:12345678-dead-beef-cafe-123456790ab"},"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}}}]}"#,
        ),
        (
            PolicyKind::Identity,
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"AllowManageOwnAccessKeys","Effect":"Allow","Action":["iam:CreateAccessKey","iam:DeleteAccessKey","iam:GetAccessKeyLastUsed","iam:ListAccessKeys"],"Resource":"arn:aws:iam::*:user/${aws:username}"},{"Sid":"DenyAllExceptListedIfNoMFA","Effect":"Deny","NotAction":["iam:CreateVirtualMFADevice","iam:GetUser","sts:GetSessionToken"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}},{"Sid":"TagOnCreate","Effect":"Allow","Action":"ec2:CreateTags","Resource":"arn:aws:ec2:*:*:volume/*","Condition":{"StringEquals":{"ec2:CreateAction":"CreateVolume"},"ForAllValues:StringEquals":{"aws:TagKeys":["cost-center"]}}}]}"#,
        ),
        (
            PolicyKind::Identity,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::${aws:PrincipalTag/Bucket}"},{"Effect":"Allow","Action":"ssm:SendCommand","Resource":["arn:aws:ssm:*::document/AWS-RunShellScript","arn:aws:ec2:*::image/ami-1"]},{"Effect":"Allow","Action":"elasticloadbalancing:AddTags","Resource":"arn:aws:elasticloadbalancing:*:*:targetgroup/a-*"},{"Effect":"Allow","Action":["logs:DescribeLogGroups","logs:CreateLogStream"],"Resource":"arn:aws:logs:*:*:log-group:/aws/lambda/*"},{"Effect":"Allow","Action":"ssmmessages:OpenDataChannel","Resource":"arn:aws:ssm:*:*:session/${aws:userid}-*"},{"Effect":"Allow","Action":"cloudformation:*","Resource":"arn:aws:cloudformation:*:*:stack/a/*"}]}"#,
        ),
        (
            PolicyKind::Resource,
            r#"{"Version":"2012-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish","SNS:Receive"],"Resource":"arn:aws:sns:eu-central-1:111122223333:t","Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"}}}]}"#,
        ),
        (
            PolicyKind::Trust,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"sts:ExternalId":"x","aws:RequestTag/team":"a"},"StringLike":{"sts:RoleSessionName":"${aws:username}","aws:PrincipalArn":"arn:aws:iam::111122223333:role/a*"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}}]}"#,
        ),
    ];
    for (kind, source) in idioms {
        let found = lint(source, kind);
        assert!(found.is_empty(), "{source}\n{found:#?}");
    }
}

#[test]
fn a_typed_name_is_met_with_the_one_that_was_meant() {
    let said = |action: &str| {
        let source = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
        );
        lint(&source, PolicyKind::Identity).into_iter().map(|diagnostic| diagnostic.message).collect::<String>()
    };
    assert!(said("s3:GetObjekt").contains("did you mean `s3:GetObject`?"), "{}", said("s3:GetObjekt"));
    assert!(said("dynamdb:GetItem").contains("did you mean `dynamodb`?"), "{}", said("dynamdb:GetItem"));
    assert!(!said("s3:Zzzzzzzzzzzz").contains("did you mean"), "{}", said("s3:Zzzzzzzzzzzz"));
}

/// Facts C3 and C13: a key that never comes makes a condition either always or never true, and the message says which.
#[test]
fn a_key_that_never_comes_is_said_to_hold_always_or_never() {
    let said = |operator: &str| {
        let source = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{{"{operator}":{{"s3:prefix":"a"}}}}}}]}}"#
        );
        let found = lint(&source, PolicyKind::Identity);
        let of = found.into_iter().find(|diagnostic| diagnostic.code == "key_never_applies");
        of.map(|diagnostic| diagnostic.message).unwrap()
    };
    assert!(said("StringEquals").ends_with("never true"));
    assert!(said("StringNotEquals").ends_with("always true"));
    assert!(said("StringEqualsIfExists").ends_with("always true"));
    assert!(said("ForAllValues:StringEquals").ends_with("always true"));
    assert!(said("ForAnyValue:StringNotEquals").ends_with("never true"));
}

#[test]
fn what_stands_behind_a_fault_is_judged_as_well() {
    let source = r#"{"Version":"2012-10-18","Statement":[
        {"Effect":"allow","Action":["s3:GetObjekt",],"Resource":"b","Resource":"*"}
        {"effect":"Deny","Action":5,"NotAction":"nope:X","Resource":"*","Condition":{"StringEquls":{"aws:SourceIp":"x"}}}
    ]}"#;
    let found = names(source, PolicyKind::Identity);
    for code in [
        "invalid_version",
        "invalid_effect",
        "invalid_json",
        "unknown_action",
        "duplicate_key",
        "unknown_element",
        "wrong_type",
        "conflicting_elements",
        "unknown_service",
        "unknown_operator",
    ] {
        assert!(found.contains(code), "no `{code}` among {found:?}");
    }
}
