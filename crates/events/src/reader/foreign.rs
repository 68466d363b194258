//! Logs of other products, so that they can be told by name.

/// What a text that is no JSON looks like.
pub(super) fn text(start: &[u8]) -> Option<&'static str> {
    let line = start.get(..start.len().min(400))?.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = std::str::from_utf8(line).ok()?;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let number = |at: usize| words.get(at).is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    let first = *words.first()?;
    if line.starts_with("version account-id")
        || words.len() >= 14 && number(0) && words.get(2).is_some_and(|word| word.starts_with("eni-"))
    {
        Some("a VPC flow log")
    } else if first.len() == 64 && first.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Some("a server access log of S3")
    } else if ["http", "https", "h2", "grpcs", "ws", "wss"].contains(&first)
        && words.get(1).is_some_and(|word| word.contains('T'))
    {
        Some("an access log of a load balancer")
    } else if line.starts_with("#Version:") {
        Some("an access log of CloudFront")
    } else if line.starts_with("<?xml") || line.starts_with("<html") || line.starts_with("<Error") {
        Some("XML or HTML, such as an error page")
    } else {
        None
    }
}

/// What an object that is no record and no container of them looks like. `field` gives the JSON of a field.
pub(super) fn value<'a>(field: impl Fn(&str) -> Option<&'a str>) -> Option<&'static str> {
    let has = |name: &str| field(name).is_some();
    let says = |name: &str, what: &str| field(name).is_some_and(|value| value.contains(what));
    if has("detail") && has("detail-type") && !says("detail-type", "via CloudTrail") && !says("detail", "eventTime") {
        Some("another event of EventBridge")
    } else if has("configurationItems") || has("configurationItem") {
        Some("a file of AWS Config")
    } else if has("protoPayload") || has("insertId") && has("logName") {
        Some("an audit log of Google Cloud")
    } else if has("operationName") && (has("tenantId") || has("resourceId")) {
        Some("an activity log of Azure")
    } else if has("auditID") && has("requestURI") {
        Some("an audit log of Kubernetes")
    } else if has("webaclId") {
        Some("a log of AWS WAF")
    } else if has("query_name") && has("query_type") {
        Some("a query log of Route 53 Resolver")
    } else if has("schemaVersion") && has("service") && has("severity") {
        Some("a finding of GuardDuty")
    } else if has("class_uid") && has("metadata") {
        Some("an event in OCSF, as Security Lake has it")
    } else {
        None
    }
}
