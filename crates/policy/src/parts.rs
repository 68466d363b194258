//! What a reader looks for in a source: the parts of a statement that a request meets, and what a policy hangs on.

use std::collections::BTreeSet;

use crate::condition::single;
use crate::decide::{Env, decide};
use crate::document::action;
use crate::json::{self, Kind, Member, Node};
use crate::principal::{Arn, PrincipalEntry, is_account};
use crate::reach::callers;
use crate::reach::holder::{OWN_ACCOUNT, delegation};
use crate::text::ResourcePattern;
use crate::{Document, Layers, Request, ResourceKind, Span, Statement, StatementRef};

/// Entries of a list that are pointed at: a reader needs no more, and a hostile policy has a hundred thousand.
const MOST: usize = 4;

/// The entries of a statement that a request meets: who calls, what, and on which resource, in the order of the source.
///
/// An element that says what is left out, such as `NotAction`, is met as a whole.
pub fn parts_met(document: &Document, statement: usize, layers: &Layers, request: &Request) -> Vec<Span> {
    let Some(known) = document.statements().get(statement) else { return Vec::new() };
    let Ok(root) = json::read(document.source()) else { return Vec::new() };
    let Some(Kind::Object(members)) = step_down(&root, known.pointer()).map(|node| &node.kind) else {
        return Vec::new();
    };
    let env = Env::new(layers, request);
    let called = request.action.to_ascii_lowercase();
    let is_met = |text: &str| {
        let pattern = ResourcePattern::new(text, document.has_variables(), &|_| None);
        pattern.glob(&|key| single(env.key(key))).is_some_and(|glob| glob.matches(&request.resource))
    };
    let mut met = Vec::new();
    for member in members {
        match member.key.as_str() {
            "NotPrincipal" | "NotAction" | "NotResource" => {
                met.push(Span { start: member.key_span.start, end: member.value.span.end });
            }
            "Principal" => met.extend(principals_met(&member.value, &env)),
            "Action" => met.extend(texts_met(&member.value, |text| action(text).matches(&called))),
            "Resource" => met.extend(texts_met(&member.value, is_met)),
            _ => {}
        }
    }
    met
}

fn step_down<'n>(root: &'n Node, pointer: &str) -> Option<&'n Node> {
    pointer.split('/').skip(1).try_fold(root, |node, part| match &node.kind {
        Kind::Object(members) => members.iter().rev().find(|member| member.key == part).map(|member| &member.value),
        Kind::List(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

fn texts_met(node: &Node, is_met: impl Fn(&str) -> bool) -> Vec<Span> {
    let entries = match &node.kind {
        Kind::List(items) => items.iter().collect(),
        _ => vec![node],
    };
    let met = entries.into_iter().filter(|entry| matches!(&entry.kind, Kind::Text(text) if is_met(text)));
    met.map(|entry| entry.span).take(MOST).collect()
}

fn principals_met(node: &Node, env: &Env<'_>) -> Vec<Span> {
    let names = |entry: &PrincipalEntry| env.caller.named_by(entry).is_some();
    let of_kind = |member: &Member| {
        texts_met(&member.value, |text| match member.key.as_str() {
            "AWS" => names(&PrincipalEntry::aws(text)),
            "Service" => names(&PrincipalEntry::Service(text.to_owned())),
            "Federated" => names(&PrincipalEntry::Federated(text.to_owned())),
            _ => false,
        })
    };
    match &node.kind {
        Kind::Object(members) => members.iter().flat_map(of_kind).collect(),
        _ => vec![node.span],
    }
}

/// The statements of a caller's own policies and limits that decide a request of its, the owner of the resource leaving
/// all to them.
pub fn own_statements(layers: &Layers, request: &Request) -> Vec<StatementRef> {
    let env = Env::new(layers, request);
    let account = env.caller.account.unwrap_or(OWN_ACCOUNT);
    let layers = Layers { resource: delegation(account), ..layers.clone() };
    let mut decided_by = decide(&layers, request).decided_by;
    decided_by.retain(|at| at.layer != crate::LayerName::Resource);
    decided_by
}

/// What a policy hangs on, as far as its own text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The kind of resource.
    pub kind: ResourceKind,
    /// The resource, where every statement is about the same one.
    pub resource: Option<String>,
    /// The account that its ARN names.
    pub account: Option<String>,
}

impl Document {
    /// Whether any statement says whom it is about: then the policy hangs on a resource, else on an identity.
    pub fn names_principals(&self) -> bool {
        self.statements().iter().any(|statement| statement.principal.is_some())
    }

    /// Tells what the policy hangs on from its resources and actions.
    pub fn guess(&self) -> Guess {
        let statements = self.statements();
        if !statements.is_empty() && statements.iter().all(is_about_assuming) {
            return Guess { kind: ResourceKind::RoleTrust, resource: None, account: None };
        }
        let patterns = statements.iter().filter_map(|statement| statement.resource.as_ref());
        let patterns: Vec<String> =
            patterns.flat_map(|element| &element.entries).map(|pattern| pattern.text.plain()).collect();
        let named: Vec<Option<(ResourceKind, &str)>> = patterns.iter().map(|pattern| hanger(pattern)).collect();
        let kinds: BTreeSet<Option<ResourceKind>> = named.iter().map(|one| one.map(|(kind, _)| kind)).collect();
        let resources: BTreeSet<Option<&str>> = named.iter().map(|one| one.map(|(_, arn)| arn)).collect();
        let only = |kinds: BTreeSet<Option<ResourceKind>>| match kinds.into_iter().collect::<Vec<_>>().as_slice() {
            [Some(kind)] => *kind,
            _ => ResourceKind::ResourcePolicy,
        };
        let is_plain = |arn: &&str| !arn.contains(['*', '?', '$']);
        let resource = match resources.into_iter().collect::<Vec<_>>().as_slice() {
            [Some(arn)] => Some(*arn).filter(is_plain),
            _ => None,
        };
        let account = resource.and_then(Arn::parse).map(|arn| arn.account).filter(|account| is_account(account));
        let account = account.map(str::to_owned);
        Guess { kind: only(kinds), resource: resource.map(str::to_owned), account }
    }
}

/// An account that none of these documents names, to stand for an owner of whom nothing is known.
pub fn unnamed_account<'d>(documents: impl IntoIterator<Item = &'d Document>) -> String {
    callers::owner_beside(&callers::accounts(documents))
}

/// A statement of a trust policy: it has no resource, and what it allows is to become a role.
fn is_about_assuming(statement: &Statement) -> bool {
    const CALLS: [&str; 5] = [
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:tagsession",
        "sts:setsourceidentity",
    ];
    let assumes = statement.action.entries.iter().any(|glob| CALLS.into_iter().any(|call| glob.matches(call)));
    statement.resource.is_none() && assumes && !statement.action.negated
}

/// What a resource pattern is a part of: the bucket of an object, the access point that an object is reached through.
fn hanger(pattern: &str) -> Option<(ResourceKind, &str)> {
    let arn = Arn::parse(pattern)?;
    // The part of the text that ends after `end`, which is a part of it.
    let until = |end: &str| pattern.get(..pattern.len() - arn.resource.len() + end.len());
    let (kind, end) = match (arn.service, arn.resource.strip_prefix("accesspoint/")) {
        ("s3", None) => (ResourceKind::BucketPolicy, arn.resource.split('/').next()?),
        ("s3", Some(rest)) => {
            let name = rest.split('/').next()?;
            (ResourceKind::AccessPointPolicy, arn.resource.get(.."accesspoint/".len() + name.len())?)
        }
        _ => (ResourceKind::ResourcePolicy, arn.resource),
    };
    Some((kind, until(end)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, Principal};

    fn read(text: &str) -> Document {
        Document::parse(text).unwrap()
    }

    fn call(principal: Principal, action: &str, resource: &str) -> Request {
        Request {
            principal,
            action: action.to_owned(),
            resource: resource.to_owned(),
            resource_account: None,
            context: Context::default(),
        }
    }

    fn met<'d>(document: &'d Document, request: &Request) -> Vec<&'d str> {
        let spans = parts_met(document, 0, &Layers::default(), request);
        spans.iter().map(|span| document.source().get(span.start..span.end).unwrap()).collect()
    }

    #[test]
    fn a_request_meets_the_entries_that_cover_it_and_no_others() {
        let document = read(
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                "Principal": {"AWS": ["111111111111", "arn:aws:iam::222222222222:user/bo"], "Service": "s3.amazonaws.com"},
                "Action": ["s3:PutObject", "s3:G*"],
                "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/${aws:username}/*"]}]}"#,
        );
        let bo = Principal::Arn("arn:aws:iam::222222222222:user/bo".to_owned());
        assert_eq!(
            met(&document, &call(bo, "s3:GetObject", "arn:aws:s3:::b/bo/x")),
            [r#""arn:aws:iam::222222222222:user/bo""#, r#""s3:G*""#, r#""arn:aws:s3:::b/${aws:username}/*""#]
        );
        let service = Principal::Service("s3.amazonaws.com".to_owned());
        assert_eq!(
            met(&document, &call(service, "S3:putobject", "arn:aws:s3:::b")),
            [r#""s3.amazonaws.com""#, r#""s3:PutObject""#, r#""arn:aws:s3:::b""#]
        );
    }

    #[test]
    fn of_many_entries_the_first_few_are_enough() {
        let resources = vec![r#""*""#; 1_000].join(",");
        let document =
            read(&format!(r#"{{"Statement": {{"Effect": "Deny", "Action": "*", "Resource": [{resources}]}}}}"#));
        assert_eq!(met(&document, &call(Principal::Anonymous, "s3:GetObject", "arn:aws:s3:::b/x")).len(), 1 + MOST);
    }

    #[test]
    fn what_says_what_is_left_out_is_met_as_a_whole() {
        let document = read(
            r#"{"Statement": {"Effect": "Deny", "NotPrincipal": {"AWS": "111111111111"}, "NotAction": "s3:*", "Resource": "*"}}"#,
        );
        assert_eq!(
            met(&document, &call(Principal::Anonymous, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:q")),
            [r#""NotPrincipal": {"AWS": "111111111111"}"#, r#""NotAction": "s3:*""#, r#""*""#]
        );
    }

    #[test]
    fn what_a_policy_hangs_on_is_told_by_its_resources() {
        let guess = |statement: &str| {
            let guess =
                read(&format!(r#"{{"Statement": {{"Effect": "Allow", "Principal": "*", {statement}}}}}"#)).guess();
            (guess.kind, guess.resource, guess.account)
        };
        let some = |text: &str| Some(text.to_owned());
        let bucket = r#""Action": "s3:*", "Resource": ["arn:aws-cn:s3:::b", "arn:aws-cn:s3:::b/*"]"#;
        assert_eq!(guess(bucket), (ResourceKind::BucketPolicy, some("arn:aws-cn:s3:::b"), None));
        let buckets = r#""Action": "s3:*", "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::b"]"#;
        assert_eq!(guess(buckets), (ResourceKind::BucketPolicy, None, None));
        let wild = r#""Action": "s3:*", "Resource": "arn:aws:s3:::b*""#;
        assert_eq!(guess(wild), (ResourceKind::BucketPolicy, None, None));
        let point = "arn:aws:s3:eu-west-1:111111111111:accesspoint/p";
        let through = format!(r#""Action": "s3:*", "Resource": ["{point}", "{point}/object/*"]"#);
        assert_eq!(guess(&through), (ResourceKind::AccessPointPolicy, some(point), some("111111111111")));
        let queue = "arn:aws:sqs:eu-west-1:111111111111:q";
        let queued = format!(r#""Action": "sqs:*", "Resource": "{queue}""#);
        assert_eq!(guess(&queued), (ResourceKind::ResourcePolicy, some(queue), some("111111111111")));
        let mixed = format!(r#""Action": "*", "Resource": ["{queue}", "arn:aws:s3:::b"]"#);
        assert_eq!(guess(&mixed), (ResourceKind::ResourcePolicy, None, None));
        assert_eq!(guess(r#""Action": "sts:AssumeRole""#), (ResourceKind::RoleTrust, None, None));
        assert_eq!(guess(r#""Action": "ecr:*""#), (ResourceKind::ResourcePolicy, None, None));
    }

    #[test]
    fn an_account_that_nobody_names_is_found() {
        let document = read(
            r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": ["111111111111", "arn:aws:iam::222222222222:root"]},
                "Action": "*", "Resource": "*"}}"#,
        );
        assert_eq!(unnamed_account([&document]), "333333333333");
    }
}
