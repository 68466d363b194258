//! Resource patterns: their shape, and those that another one makes needless (facts B3 to B5).

use std::collections::HashMap;

use crate::catalogue::{self, ResourceType, Service};
use crate::glob::{Glob, Token};
use crate::lint::actions::{Actions, Named};
use crate::lint::read::{Entry, Statement};
use crate::lint::{Code, PolicyKind, Sink, codes, regions};
use crate::text::{Text, resource_glob};

/// A resource pattern taken apart for comparison: variables stand for any text.
#[derive(Debug)]
pub(super) struct Pattern<'a> {
    pub(super) at: &'a Entry<'a>,
    /// The segments before the fifth colon and the rest; `None` where the pattern cannot be cut that way without loss.
    pub(super) segments: Option<[Glob; 6]>,
    /// The whole of it.
    pub(super) glob: Glob,
    /// The service and the start of the resource, as far as both are literal: what most comparisons fail on.
    service: Option<&'a str>,
    start: &'a str,
    /// Whether a `/` stands in it, those in the names of variables apart.
    has_slash: bool,
}

/// Any run of characters in place of every variable.
pub(super) fn open(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        out.push_str(before);
        let Some((inside, behind)) = behind.split_once('}') else {
            out.push_str("${");
            rest = behind;
            continue;
        };
        // An escaped character; as a pattern it is wider than it says, which is the careful side.
        out.push(if matches!(inside, "*" | "?" | "$") { '?' } else { '*' });
        rest = behind;
    }
    out.push_str(rest);
    out
}

impl<'a> Pattern<'a> {
    pub(super) fn new(at: &'a Entry<'a>) -> Self {
        let text = open(at.text);
        let glob = resource_glob(&Text::parse(&text, false, &|_| None));
        let mut parts = at.text.splitn(6, ':').skip(2);
        let service = parts.next().filter(|service| !service.contains(['*', '?', '$']));
        let start = parts.nth(2).map_or("", literal_start);
        Self { at, segments: segments(&text), glob, service, start, has_slash: text.contains('/') }
    }

    /// Whether a type's ARN could match, by a look at what is literal in both.
    fn is_like(&self, arn: &str) -> bool {
        let mut parts = arn.splitn(6, ':').skip(2);
        let service = parts.next().unwrap_or_default();
        let start = parts.nth(2).map_or("", literal_start);
        self.service.is_none_or(|own| own == service || service.contains('$'))
            && (self.start.starts_with(start) || start.starts_with(self.start))
    }

    pub(super) fn is_everything(&self) -> bool {
        self.glob.is_everything()
    }

    /// What a comparison with a type's ARN takes that [`Pattern::is_like`] did not settle.
    fn steps(&self) -> usize {
        20 + self.at.text.len()
    }

    /// Whether some resource of this type matches; yes where the work for it was not left.
    pub(super) fn names(&self, resource: &ResourceType, sink: &mut Sink) -> bool {
        resource
            .arns
            .iter()
            .filter(|arn| self.is_like(arn))
            .any(|arn| !sink.afford(self.steps()) || Template::new(arn).is_none_or(|template| template.meets(self)))
    }
}

/// What stands before the first wildcard or variable.
fn literal_start(text: &str) -> &str {
    text.split(['*', '?', '$']).next().unwrap_or_default()
}

/// What stands behind the last wildcard or variable.
fn literal_end(text: &str) -> &str {
    text.rsplit(['*', '?', '}']).next().unwrap_or_default()
}

/// Six patterns where every segment before the last is literal, empty or a single `*`.
fn segments(text: &str) -> Option<[Glob; 6]> {
    let mut parts: Vec<&str> = text.splitn(6, ':').collect();
    let plain = |part: &&str| *part == "*" || !part.contains(['*', '?']);
    if parts.len() < 6 {
        // A `*` at the end takes the colons that are missing (fact B3).
        if parts.last() != Some(&"*") {
            return None;
        }
        parts.resize(6, "*");
    }
    if !parts.iter().take(5).all(plain) {
        return None;
    }
    let globs: Vec<Glob> = parts.iter().map(|part| Glob::new(part)).collect();
    globs.try_into().ok()
}

/// The pattern of a type's ARN, as six segments; the catalogue writes variables as `${Name}`.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) segments: [Glob; 6],
    pub(super) whole: Glob,
    /// What the region and the account hold: nothing, one fixed text, or anything.
    pub(super) region: Held,
    pub(super) account: Held,
    /// Whether the resource is the name of a bucket, which has no `/`; other names may.
    is_bucket: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Nothing,
    Fixed,
    Any,
}

impl Template {
    pub(super) fn new(arn: &str) -> Option<Self> {
        // A variable's name holds no colon, so that cutting first is safe.
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let held = |part: &str| match part {
            "" => Held::Nothing,
            part if part.contains(['$', '*']) => Held::Any,
            _ => Held::Fixed,
        };
        let region = held(parts.get(3)?);
        let account = held(parts.get(4)?);
        // What belongs to AWS itself has no account in its ARN: documents of Systems Manager, images.
        let pattern = |(index, part): (usize, &&str)| {
            if index == 4 && account == Held::Any { Glob::new("*") } else { Glob::new(&filled(part)) }
        };
        let segments: Vec<Glob> = parts.iter().enumerate().map(pattern).collect();
        let mut whole: Vec<Token> = Vec::new();
        for (index, segment) in segments.iter().enumerate() {
            if index > 0 {
                whole.push(Token::Is(':'));
            }
            let inner = |token: &Token| match token {
                Token::Run if index < 5 => Token::RunInSegment,
                Token::One if index < 5 => Token::OneInSegment,
                other => *other,
            };
            whole.extend(segment.tokens().iter().map(inner));
        }
        Some(Self {
            segments: segments.try_into().ok()?,
            whole: Glob::from_tokens(whole),
            region,
            account,
            is_bucket: parts.get(5) == Some(&"${BucketName}"),
        })
    }

    /// Whether some resource of this type matches the pattern.
    pub(super) fn meets(&self, pattern: &Pattern<'_>) -> bool {
        if self.is_bucket && pattern.has_slash {
            return false;
        }
        match &pattern.segments {
            Some(segments) => segments.iter().zip(&self.segments).all(|(one, other)| one.meets(other)),
            None => pattern.glob.meets(&self.whole),
        }
    }
}

fn filled(part: &str) -> String {
    let mut out = String::new();
    let mut rest = part;
    while let Some((before, behind)) = rest.split_once("${") {
        out.push_str(before);
        // A name has one character at least.
        out.push_str("?*");
        rest = behind.split_once('}').map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out
}

pub(super) fn judge(statement: &Statement<'_>, actions: &Actions<'_>, kind: PolicyKind, sink: &mut Sink) {
    let Some(element) = &statement.resource else { return };
    // A service may have types whose ARNs are another's: the roles of sts.
    let mut services: Vec<&'static Service> = actions.named.iter().filter_map(Named::service).collect();
    services.sort_by_key(|service| &service.prefix);
    services.dedup_by_key(|service| &service.prefix);
    for entry in &element.entries {
        shape(entry, kind, &services, sink);
    }
    redundant(&element.entries, &codes::REDUNDANT_RESOURCE, sink);
}

/// No ARN that IAM takes is longer: IAM/latest/APIReference, the type `arnType`.
pub(super) const LONGEST: usize = 2_048;

const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

fn shape(entry: &Entry<'_>, kind: PolicyKind, services: &[&'static Service], sink: &mut Sink) {
    let text = entry.text;
    // API Gateway completes `execute-api:/…` itself when it stores a resource policy.
    let completed = kind == PolicyKind::Resource && text.starts_with("execute-api:/");
    if text.bytes().all(|byte| byte == b'*') && !text.is_empty() || completed {
        return;
    }
    let invalid = |message: String, sink: &mut Sink| {
        sink.report(&codes::INVALID_RESOURCE, entry.span, &entry.pointer, message);
    };
    if text.len() > LONGEST {
        return invalid(format!("no ARN has more than {LONGEST} characters, and this has {}", text.len()), sink);
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [first, others @ ..] = parts.as_slice() else { return };
    if *first == "*" || (text.starts_with("${") && others.len() != 5) {
        // `*:…`, and variables that hold a whole ARN, which AWS does not take; the variables say that themselves.
        if *first == "*" {
            invalid(format!("`{text}` is no pattern of an ARN: it begins with `arn:` or is `*`"), sink);
        }
        return;
    }
    if *first != "arn" {
        return invalid(format!("`{text}` is no ARN and not `*`"), sink);
    }
    let short = parts.len() < 6;
    if short && !text.ends_with('*') {
        let message = format!("`{text}` has {} of an ARN's six parts and no `*` at its end for the rest", parts.len());
        return invalid(message, sink);
    }
    if parts.get(5).is_some_and(|resource| resource.is_empty()) {
        return invalid(format!("`{text}` names no resource behind its last colon"), sink);
    }
    if let Some(partition) = parts.get(1)
        && !partition.contains(['*', '?', '$'])
        && !PARTITIONS.contains(partition)
    {
        return invalid(format!("there is no partition `{partition}`; AWS itself is `aws`"), sink);
    }
    let Some(service) = parts.get(2).copied() else { return };
    if service.contains(['*', '?']) && !(short && parts.len() == 3) {
        let message = format!("the service of an ARN takes no wildcard, and `{service}` has one");
        sink.report(&codes::WILDCARD_IN_SERVICE, entry.span, &entry.pointer, message);
        return;
    }
    inner_run(entry, &parts, sink);
    let (Some(region), Some(account)) = (parts.get(3).copied(), parts.get(4).copied()) else { return };
    regions::judge(region, entry, sink);
    if !account.is_empty() && !account.contains(['*', '?', '$']) && !is_owner(account) {
        return invalid(format!("an account is twelve digits, and `{account}` is not"), sink);
    }
    if short {
        return;
    }
    if let Some(own) = catalogue::service(service) {
        typed(entry, own, services, [region, account], sink);
    }
}

/// Twelve digits, or AWS itself.
fn is_owner(account: &str) -> bool {
    crate::principal::is_account(account) || matches!(account, "aws" | "cloudfront" | "aws-marketplace" | "third-party")
}

/// Whether there is such a resource, and whether region and account stand where they belong.
fn typed(entry: &Entry<'_>, own: &'static Service, services: &[&'static Service], owner: [&str; 2], sink: &mut Sink) {
    let others = services.iter().copied().filter(|service| service.prefix != own.prefix);
    let types: Vec<&ResourceType> = others.chain([own]).flat_map(|service| &service.resources).collect();
    if own.resources.is_empty() || !sink.afford(types.len() / 4) {
        return;
    }
    let pattern = Pattern::new(entry);
    let Some([_, _, name, _, _, resource]) = &pattern.segments else { return };
    let like: Vec<&String> =
        types.iter().flat_map(|resource| &resource.arns).filter(|arn| pattern.is_like(arn)).collect();
    if !sink.afford(like.len() * pattern.steps()) {
        return;
    }
    let alike: Vec<Template> = like
        .into_iter()
        .filter_map(|arn| Template::new(arn))
        .filter(|template| {
            let [_, _, its_name, _, _, its_resource] = &template.segments;
            name.meets(its_name) && resource.meets(its_resource)
        })
        .collect();
    if alike.is_empty() {
        // The ARNs of API Gateway are the paths of its API, which the reference lists in part.
        let has_own = own
            .resources
            .iter()
            .flat_map(|resource| &resource.arns)
            .any(|arn| arn.split(':').nth(2).is_some_and(|service| service == own.prefix));
        if has_own && own.prefix != "apigateway" {
            let message = format!("no type of resource of `{}` has an ARN like `{}`", own.prefix, entry.text);
            sink.report(&codes::UNKNOWN_RESOURCE_TYPE, entry.span, &entry.pointer, message);
        }
        return;
    }
    let [region, account] = owner;
    let all = |held: fn(&Template) -> Held, wanted: Held| alike.iter().all(|template| held(template) == wanted);
    let needs_account = ALWAYS_OWNED.contains(&own.prefix.as_str());
    for (what, given, held, may_lack) in [
        ("a region", region, (|template| template.region) as fn(&Template) -> Held, false),
        ("an account", account, |template| template.account, !needs_account),
    ] {
        let message = if given.is_empty() && !may_lack && all(held, Held::Any) {
            format!("the ARNs of this type of resource name {what}, and here it is empty; write `*` for any")
        } else if !given.is_empty() && !given.contains('*') && all(held, Held::Nothing) {
            format!("the ARNs of this type of resource do not name {what}, and here stands `{given}`; leave it empty")
        } else {
            continue;
        };
        sink.report(&codes::MISPLACED_ARN_PART, entry.span, &entry.pointer, message);
    }
}

/// Services of which AWS itself shares no resource, so that every ARN has an account.
const ALWAYS_OWNED: [&str; 10] =
    ["dynamodb", "events", "kinesis", "kms", "lambda", "logs", "secretsmanager", "sns", "sqs", "states"];

/// A `*` that stands neither at the end of its part nor in the resource takes no colon (fact B3): where colons are
/// missing, the pattern matches nothing that its author thinks of.
fn inner_run(entry: &Entry<'_>, parts: &[&str], sink: &mut Sink) {
    let inner = |part: &&str| part.trim_end_matches('*').contains('*');
    if parts.len() < 6 && parts.iter().skip(3).any(inner) {
        let message = format!(
            "only a `*` at the end of a part takes colons; the other one in `{}` stays in its part of the ARN",
            entry.text
        );
        sink.report(&codes::WILDCARD_STAYS_IN_PART, entry.span, &entry.pointer, message);
    }
}

/// Entries that another one of the same list covers, or repeats. Both facts B2 and B3 come in through the patterns.
pub(super) fn redundant(entries: &[Entry<'_>], code: &'static Code, sink: &mut Sink) {
    if entries.len() < 2 {
        return;
    }
    let actions = code.name == codes::REDUNDANT_ACTION.name;
    let texts: Vec<String> = entries
        .iter()
        .map(|entry| if actions { entry.text.to_ascii_lowercase() } else { entry.text.to_owned() })
        .collect();
    let mut first_of: HashMap<&str, usize> = HashMap::new();
    let mut repeats = vec![false; entries.len()];
    for (index, (text, entry)) in texts.iter().zip(entries).enumerate() {
        if *first_of.entry(text).or_insert(index) != index {
            if let Some(repeated) = repeats.get_mut(index) {
                *repeated = true;
            }
            let message = format!("`{}` stands in this list already", entry.text);
            sink.report(code, entry.span, &entry.pointer, message);
        }
    }
    let glob = |text: &str| {
        if actions { Glob::new(text) } else { resource_glob(&Text::parse(text, false, &|_| None)) }
    };
    let wild: Vec<(usize, &str, Glob)> = texts
        .iter()
        .enumerate()
        .filter(|(_, text)| is_wild(text))
        .map(|(index, text)| (index, text.as_str(), glob(text)))
        .collect();
    for (index, (text, entry)) in texts.iter().zip(entries).enumerate() {
        if repeats.get(index).copied().unwrap_or_default() || text.contains("${") || text.len() > LONGEST {
            continue;
        }
        for (other, wide, wider) in &wild {
            let may_cover = text.starts_with(literal_start(wide)) && text.ends_with(literal_end(wide));
            let steps = if may_cover { 1 + text.len() * wide.len() / 16 } else { 1 };
            if !sink.afford(steps) {
                return;
            }
            if *other == index || !may_cover || wide == text {
                continue;
            }
            let own = glob(text);
            // Of two that cover each other, the first stays.
            if wider.covers(&own) && !(index < *other && own.covers(wider)) {
                if let Some(cover) = entries.get(*other) {
                    let message = format!("`{}` is covered by `{}` in the same list", entry.text, cover.text);
                    sink.report(code, entry.span, &entry.pointer, message);
                }
                break;
            }
        }
    }
}

fn is_wild(text: &str) -> bool {
    text.len() <= LONGEST && text.contains(['*', '?']) && !text.contains("${")
}
