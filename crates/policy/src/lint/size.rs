//! How large a document may be, and of which characters.
//!
//! The figures are AWS's of 2026-11: `IAM/latest/UserGuide/reference_iam-quotas.html`,
//! `organizations/latest/userguide/orgs_reference_limits.html` (10 240 for SCPs since 2026-05-15),
//! `AmazonS3/latest/userguide/example-bucket-policies.html`, `kms/latest/developerguide/resource-limits.html`,
//! `AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html`.

use crate::json::{Kind, Node, Span};
use crate::lint::{PolicyKind, Sink, codes};

/// A text with more characters is not read: no customer of AWS can store a tenth of it, and the largest of AWS's own
/// policies has a third.
const READ: usize = 400_000;

/// How many characters count, where they are few enough for the text to be read.
pub(super) fn readable(source: &str, kind: PolicyKind, sink: &mut Sink) -> Option<usize> {
    let size = counted(source);
    if size <= READ {
        return Some(size);
    }
    let span = Span { start: 0, end: source.len() };
    too_large(size, limit(kind, None), span, sink);
    let message = format!("a text of more than {READ} characters is not read");
    sink.report(&codes::NOT_EXAMINED, span, "", message);
    None
}

/// Judges size and characters.
pub(super) fn judge(source: &str, size: usize, kind: PolicyKind, root: Option<&Node>, sink: &mut Sink) {
    let span = root.map_or(Span { start: 0, end: source.len() }, |root| root.span);
    let limit = limit(kind, root);
    if size > limit.0 {
        too_large(size, limit, span, sink);
    } else if kind == PolicyKind::Trust && size > 2_048 {
        let message = format!(
            "the document has {size} characters without white space; a trust policy may have 2048 unless the account's quota was raised"
        );
        sink.report(&codes::OVER_DEFAULT_QUOTA, span, "", message);
    }
    if kind.is_stored_by_iam()
        && let Some((at, found)) = source.char_indices().find(|(at, c)| !(is_plain(*c) || *at == 0 && *c == '\u{feff}'))
    {
        let span = Span { start: at, end: at + found.len_utf8() };
        let message = format!("IAM does not take this character: U+{:04X}", u32::from(found));
        sink.report(&codes::FORBIDDEN_CHARACTER, span, "", message);
    }
}

fn too_large(size: usize, (most, whose): (usize, &str), span: Span, sink: &mut Sink) {
    let message = format!("the document has {size} characters without white space; {whose} may have {most}");
    sink.report(&codes::TOO_LARGE, span, "", message);
}

/// Characters that IAM takes (fact: reference_iam-quotas, "IAM name requirements").
fn is_plain(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}')
}

/// Characters that count: all but the white space outside of strings. Who stores through the API pays for that too in
/// an organisation's policies, so this is the least that AWS may count.
fn counted(source: &str) -> usize {
    let (mut size, mut in_string, mut escaped) = (0, false, false);
    for c in source.chars() {
        if in_string || !matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{feff}') {
            size += 1;
        }
        match c {
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = in_string && c == '\\' && !escaped;
    }
    size
}

/// How many characters AWS stores, and of what.
fn limit(kind: PolicyKind, root: Option<&Node>) -> (usize, &'static str) {
    match kind {
        PolicyKind::Identity => (6_144, "a managed policy"),
        PolicyKind::Boundary => (6_144, "a permissions boundary"),
        PolicyKind::Trust => (8_192, "a trust policy under the highest quota"),
        PolicyKind::Scp => (10_240, "a service control policy"),
        PolicyKind::Rcp => (5_120, "a resource control policy"),
        PolicyKind::Resource => match root.and_then(first_service) {
            Some("kms") => (32_768, "a key policy"),
            Some("sqs") => (8_192, "a queue policy"),
            Some("s3") => (20_480, "a bucket policy"),
            _ => (20_480, "a resource policy"),
        },
    }
}

/// The service of the first action: a resource policy is about one.
fn first_service(root: &Node) -> Option<&'static str> {
    let Kind::Object(members) = &root.kind else { return None };
    let statements = &members.iter().find(|member| member.key == "Statement")?.value;
    let first = match &statements.kind {
        Kind::List(items) => items.first()?,
        _ => statements,
    };
    let Kind::Object(members) = &first.kind else { return None };
    let actions = &members.iter().find(|member| member.key == "Action")?.value;
    let action = match &actions.kind {
        Kind::List(items) => items.first()?,
        _ => actions,
    };
    let Kind::Text(action) = &action.kind else { return None };
    let (service, _) = action.split_once(':')?;
    ["kms", "sqs", "s3"].into_iter().find(|known| known.eq_ignore_ascii_case(service))
}
