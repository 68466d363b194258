//! Conditions and variables.

use super::{DENY, Example, GET, GITHUB, PUBLIC, conditions, documents, statements};
use crate::lint::PolicyKind::{Identity, Resource, Trust};

pub(super) fn of_conditions() -> Vec<Example> {
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

pub(super) fn of_variables() -> Vec<Example> {
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
