//! What S3 calls a public policy: F1–F5.

use std::net::IpAddr;

use serde_json::Value;

use crate::condition::{block, texts};
use crate::statement::{denies, has_variables, statements};

/// Whether S3 calls a bucket policy public.
pub fn is_public_policy(document: &Value) -> bool {
    is_public(document, false)
}

/// Whether any Allow of the policy is not limited to fixed values; no Deny is credited (F4).
pub(crate) fn is_public(document: &Value, of_access_point: bool) -> bool {
    statements(document).into_iter().any(|statement| {
        !denies(statement)
            && !is_fixed_principal(statement)
            && !is_fixed_condition(statement, of_access_point, has_variables(document))
    })
}

fn is_fixed_principal(statement: &Value) -> bool {
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(Value::Object(kinds)), _) => kinds.iter().all(|(kind, values)| {
            // A web identity is anyone (F3); a SAML provider is one that its owner runs.
            texts(values).iter().all(|text| text != "*" && (kind != "Federated" || text.contains(":saml-provider/")))
        }),
        (Some(_), _) | (None, Some(_)) => false,
        // Without a principal it matches nobody (A14).
        (None, None) => true,
    }
}

fn is_fixed_condition(statement: &Value, of_access_point: bool, variables: bool) -> bool {
    let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
    operators
        .filter(|(operator, _)| limits(operator))
        .flat_map(|(operator, keys)| keys.as_object().into_iter().flatten().map(move |key| (operator, key)))
        .any(|(operator, (key, values))| {
            let (key, values) = (key.to_lowercase(), texts(values));
            // Blocks of addresses say something about an address only (F2).
            let fixed = |value: &String| match (operator.ends_with("IpAddress"), key.as_str()) {
                (true, "aws:sourceip") => is_narrow(value),
                (true, _) => false,
                (false, key) => is_fixed(key, value, of_access_point, variables),
            };
            !values.is_empty() && values.iter().all(fixed)
        })
}

/// Operators that hold only where the key is present and equal to one of the values (F3).
fn limits(operator: &str) -> bool {
    matches!(
        operator.strip_prefix("ForAnyValue:").unwrap_or(operator),
        "StringEquals" | "StringEqualsIgnoreCase" | "StringLike" | "ArnEquals" | "ArnLike" | "IpAddress"
    )
}

fn is_fixed(key: &str, value: &str, of_access_point: bool, variables: bool) -> bool {
    // Spelled as variables, the special letters are themselves (D3); before 2012 a variable is text (B1).
    let spelled =
        if variables { value.replace("${*}", "").replace("${?}", "").replace("${$}", "") } else { value.to_owned() };
    let has_variable = variables && spelled.contains("${");
    let plain = !spelled.contains(['*', '?']) && !has_variable;
    match key {
        // Keys that say which principal it is stand for the principal.
        "aws:principalorgid"
        | "aws:principalaccount"
        | "aws:principalarn"
        | "aws:sourceip"
        | "aws:sourcearn"
        | "aws:sourcevpc"
        | "aws:sourcevpce"
        | "aws:sourceowner"
        | "aws:sourceaccount"
        | "aws:userid"
        | "s3:x-amz-server-side-encryption-aws-kms-key-id"
        | "s3:dataaccesspointaccount" => plain,
        "s3:dataaccesspointarn" => plain || !of_access_point && !has_variable && is_fixed_access_point(value),
        _ => false,
    }
}

/// At most a /8, for IPv6 a /32; private addresses always (F2).
fn is_narrow(value: &str) -> bool {
    match block(value) {
        Some((IpAddr::V4(base), length)) => length >= 8 || base.is_private(),
        Some((IpAddr::V6(_), length)) => length >= 32,
        None => false,
    }
}

/// The name may be a pattern where the account is fixed (F1).
fn is_fixed_access_point(value: &str) -> bool {
    value.split_once(":accesspoint/").is_some_and(|(front, _)| !front.contains(['*', '?']))
}
