//! Takes from a JSON text whatever looks like a policy, and reports what does not.

use crate::Effect;
use crate::condition::Operator;
use crate::document::escape;
use crate::json::{Kind, Member, Node, Span};
use crate::lint::suggest::nearest;
use crate::lint::{Sink, codes};

/// What the document says about its version (fact B1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Current,
    Old,
    Missing,
    Unknown,
}

/// A document as far as it could be read.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) version: Version,
    pub(super) version_span: Span,
    pub(super) span: Span,
    pub(super) statements: Vec<Statement<'a>>,
}

/// A string of the document.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
    pub(super) pointer: String,
}

/// An element or its `Not` form.
#[derive(Debug)]
pub(super) struct Element<T> {
    pub(super) negated: bool,
    pub(super) entries: Vec<T>,
    pub(super) span: Span,
    pub(super) pointer: String,
}

/// The kinds of principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// A bare `*`.
    Everyone,
    Aws,
    Service,
    Federated,
    CanonicalUser,
}

#[derive(Debug)]
pub(super) struct Named<'a> {
    pub(super) whose: Whose,
    pub(super) entry: Entry<'a>,
}

/// One operator, one key and its values.
#[derive(Debug)]
pub(super) struct Test<'a> {
    pub(super) operator: Operator,
    /// The operator as it is written.
    pub(super) word: &'a str,
    pub(super) word_span: Span,
    pub(super) key: &'a str,
    pub(super) key_span: Span,
    pub(super) pointer: String,
    pub(super) values: Vec<Entry<'a>>,
}

#[derive(Debug)]
pub(super) struct Statement<'a> {
    pub(super) span: Span,
    pub(super) pointer: String,
    pub(super) sid: Option<Entry<'a>>,
    pub(super) effect: Option<Effect>,
    pub(super) principal: Option<Element<Named<'a>>>,
    pub(super) action: Option<Element<Entry<'a>>>,
    pub(super) resource: Option<Element<Entry<'a>>>,
    pub(super) conditions: Vec<Test<'a>>,
}

impl Statement<'_> {
    pub(super) fn allows(&self) -> bool {
        self.effect == Some(Effect::Allow)
    }

    pub(super) fn denies(&self) -> bool {
        self.effect == Some(Effect::Deny)
    }
}

const OF_DOCUMENT: [&str; 3] = ["Version", "Id", "Statement"];
const OF_STATEMENT: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
const PRINCIPALS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

pub(super) fn document<'a>(root: &'a Node, sink: &mut Sink) -> Document<'a> {
    // What is no object has a fault of its own, and lacks nothing.
    let version = if matches!(root.kind, Kind::Object(_)) { Version::Missing } else { Version::Unknown };
    let mut document = Document { version, version_span: root.span, span: root.span, statements: Vec::new() };
    let mut has_statement = false;
    for member in members(root, "", "a policy document", sink) {
        let (element, pointer) = element(member, "", &OF_DOCUMENT, "a policy document", sink);
        match element {
            "Version" => {
                document.version_span = member.value.span;
                document.version = self::version(&member.value, &pointer, sink);
            }
            "Id" => {
                text(&member.value, &pointer, "`Id`", sink);
            }
            "Statement" => {
                has_statement = true;
                document.statements = statements(&member.value, &pointer, sink);
            }
            _ => {}
        }
    }
    if !has_statement && matches!(root.kind, Kind::Object(_)) {
        sink.report(&codes::MISSING_ELEMENT, root.span, "", "the document has no `Statement`");
    }
    document
}

fn version(node: &Node, pointer: &str, sink: &mut Sink) -> Version {
    match &node.kind {
        Kind::Text(version) if version == "2012-10-17" => Version::Current,
        Kind::Text(version) if version == "2008-10-17" => Version::Old,
        Kind::Text(version) => {
            let message = format!("there is no version `{version}` of the policy language; write 2012-10-17");
            sink.report(&codes::INVALID_VERSION, node.span, pointer, message);
            Version::Unknown
        }
        other => {
            let message = format!("`Version` must be the string \"2012-10-17\" and is {}", other.word());
            sink.report(&codes::INVALID_VERSION, node.span, pointer, message);
            Version::Unknown
        }
    }
}

fn statements<'a>(node: &'a Node, pointer: &str, sink: &mut Sink) -> Vec<Statement<'a>> {
    let Kind::List(items) = &node.kind else { return vec![statement(node, pointer.to_owned(), sink)] };
    if items.is_empty() {
        sink.report(&codes::EMPTY_ELEMENT, node.span, pointer, "`Statement` is empty: the policy says nothing");
    }
    items.iter().enumerate().map(|(index, item)| statement(item, format!("{pointer}/{index}"), sink)).collect()
}

fn statement<'a>(node: &'a Node, pointer: String, sink: &mut Sink) -> Statement<'a> {
    let (mut sid, mut effect, mut principal, mut action, mut resource) = (None, None, None, None, None);
    let mut conditions = Vec::new();
    let mut has_effect = false;
    for member in members(node, &pointer, "a statement", sink) {
        let (element, at) = element(member, &pointer, &OF_STATEMENT, "a statement", sink);
        let (value, negated) = (&member.value, element.starts_with("Not"));
        match element {
            "Sid" => sid = text(value, &at, "`Sid`", sink),
            "Effect" => {
                has_effect = true;
                effect = self::effect(value, &at, sink);
            }
            "Principal" | "NotPrincipal" => {
                let entries = principals(value, &at, sink);
                either(&mut principal, negated, entries, member, &at, sink);
            }
            "Action" | "NotAction" => {
                let entries = strings(value, &at, "an action", sink);
                either(&mut action, negated, entries, member, &at, sink);
            }
            "Resource" | "NotResource" => {
                let entries = strings(value, &at, "a resource", sink);
                either(&mut resource, negated, entries, member, &at, sink);
            }
            "Condition" => conditions = tests(value, &at, sink),
            _ => {}
        }
    }
    let is_object = matches!(node.kind, Kind::Object(_));
    if !has_effect && is_object {
        sink.report(&codes::MISSING_ELEMENT, node.span, &pointer, "the statement has no `Effect`");
    }
    if action.is_none() && is_object {
        sink.report(&codes::MISSING_ELEMENT, node.span, &pointer, "the statement has no `Action`");
    }
    Statement { span: node.span, pointer, sid, effect, principal, action, resource, conditions }
}

fn effect(node: &Node, pointer: &str, sink: &mut Sink) -> Option<Effect> {
    let message = match &node.kind {
        Kind::Text(text) if text == "Allow" => return Some(Effect::Allow),
        Kind::Text(text) if text == "Deny" => return Some(Effect::Deny),
        Kind::Text(text) => format!("`Effect` is Allow or Deny, spelled like this, and not `{text}`"),
        other => format!("`Effect` is the string Allow or Deny and not {}", other.word()),
    };
    sink.report(&codes::INVALID_EFFECT, node.span, pointer, message);
    None
}

/// Keeps an element; its plain and its `Not` form cannot both stand in a statement.
fn either<T>(
    slot: &mut Option<Element<T>>,
    negated: bool,
    entries: Vec<T>,
    member: &Member,
    pointer: &str,
    sink: &mut Sink,
) {
    if slot.as_ref().is_some_and(|known| known.negated != negated) {
        let name = member.key.trim_start_matches("Not");
        let message = format!("a statement has either `{name}` or `Not{name}`");
        sink.report(&codes::CONFLICTING_ELEMENTS, member.key_span, pointer, message);
    }
    *slot = Some(Element { negated, entries, span: member.value.span, pointer: pointer.to_owned() });
}

/// The members of what should be an object. Keys that stand twice are reported, also where only letter case tells the
/// second from the first: AWS takes both for one.
fn members<'a>(node: &'a Node, pointer: &str, what: &str, sink: &mut Sink) -> &'a [Member] {
    let Kind::Object(members) = &node.kind else {
        let message = format!("{what} must be an object and is {}", node.kind.word());
        sink.report(&codes::WRONG_TYPE, node.span, pointer, message);
        return &[];
    };
    let mut seen = std::collections::HashSet::new();
    for member in members {
        if !seen.insert(member.key.to_ascii_lowercase()) {
            let message = format!("`{}` stands twice; AWS refuses that or drops one of them", member.key);
            let at = format!("{pointer}/{}", escape(&member.key));
            sink.report(&codes::DUPLICATE_KEY, member.key_span, &at, message);
        }
    }
    members
}

/// Which element a key means, and its pointer. A key that differs from one in letter case alone is reported and taken
/// for that one, so that what stands in it is judged as well.
fn element<'a>(
    member: &'a Member,
    pointer: &str,
    known: &[&'static str],
    what: &str,
    sink: &mut Sink,
) -> (&'a str, String) {
    let key = member.key.as_str();
    let pointer = format!("{pointer}/{}", escape(key));
    if known.contains(&key) {
        return (key, pointer);
    }
    let meant = known.iter().copied().find(|known| known.eq_ignore_ascii_case(key));
    let hint = meant.or_else(|| nearest(key, known.iter().copied()));
    let hint = hint.map_or(String::new(), |hint| format!("; did you mean `{hint}`?"));
    let message = format!("`{key}` is not an element of {what}{hint}");
    sink.report(&codes::UNKNOWN_ELEMENT, member.key_span, &pointer, message);
    (meant.unwrap_or(key), pointer)
}

fn text<'a>(node: &'a Node, pointer: &str, what: &str, sink: &mut Sink) -> Option<Entry<'a>> {
    match &node.kind {
        Kind::Text(text) => Some(Entry { text, span: node.span, pointer: pointer.to_owned() }),
        other => {
            let message = format!("{what} must be a string and is {}", other.word());
            sink.report(&codes::WRONG_TYPE, node.span, pointer, message);
            None
        }
    }
}

/// A string or a list of strings.
fn strings<'a>(node: &'a Node, pointer: &str, what: &str, sink: &mut Sink) -> Vec<Entry<'a>> {
    each(node, pointer, what, sink, &mut |node, at, sink| text(node, at, what, sink))
}

/// The entries of a list, or the one that stands without.
fn each<'a>(
    node: &'a Node,
    pointer: &str,
    what: &str,
    sink: &mut Sink,
    read: &mut dyn FnMut(&'a Node, &str, &mut Sink) -> Option<Entry<'a>>,
) -> Vec<Entry<'a>> {
    let Kind::List(items) = &node.kind else { return read(node, pointer, sink).into_iter().collect() };
    if items.is_empty() {
        let message = format!("the list is empty, where {what} is expected: it matches nothing");
        sink.report(&codes::EMPTY_ELEMENT, node.span, pointer, message);
    }
    items.iter().enumerate().filter_map(|(index, item)| read(item, &format!("{pointer}/{index}"), sink)).collect()
}

fn principals<'a>(node: &'a Node, pointer: &str, sink: &mut Sink) -> Vec<Named<'a>> {
    if let Kind::Text(text) = &node.kind {
        let entry = Entry { text, span: node.span, pointer: pointer.to_owned() };
        if text == "*" {
            return vec![Named { whose: Whose::Everyone, entry }];
        }
        let message = format!("a principal is \"*\" or an object such as {{\"AWS\": \"{text}\"}}, no other string");
        sink.report(&codes::WRONG_TYPE, node.span, pointer, message);
        return Vec::new();
    }
    let members = members(node, pointer, "a principal", sink);
    if members.is_empty() && matches!(node.kind, Kind::Object(_)) {
        sink.report(&codes::EMPTY_ELEMENT, node.span, pointer, "the principal names nobody");
    }
    let mut entries = Vec::new();
    for member in members {
        let at = format!("{pointer}/{}", escape(&member.key));
        let whose = match member.key.as_str() {
            "AWS" => Some(Whose::Aws),
            "Service" => Some(Whose::Service),
            "Federated" => Some(Whose::Federated),
            "CanonicalUser" => Some(Whose::CanonicalUser),
            _ => None,
        };
        let texts = strings(&member.value, &at, "a principal", sink);
        let Some(whose) = whose else {
            let hint = nearest(&member.key, PRINCIPALS.into_iter());
            let hint = hint.map_or(String::new(), |hint| format!("; did you mean `{hint}`?"));
            let message = format!("`{}` is not a kind of principal{hint}", member.key);
            sink.report(&codes::UNKNOWN_PRINCIPAL_KIND, member.key_span, &at, message);
            continue;
        };
        entries.extend(texts.into_iter().map(|entry| Named { whose, entry }));
    }
    entries
}

fn tests<'a>(node: &'a Node, pointer: &str, sink: &mut Sink) -> Vec<Test<'a>> {
    let mut found = Vec::new();
    let operators = members(node, pointer, "a condition", sink);
    if operators.is_empty() && matches!(node.kind, Kind::Object(_)) {
        sink.report(&codes::EMPTY_ELEMENT, node.span, pointer, "the condition is empty: it limits nothing");
    }
    for operator in operators {
        let at = format!("{pointer}/{}", escape(&operator.key));
        let keys = members(&operator.value, &at, "the keys of a condition operator", sink);
        if keys.is_empty() && matches!(operator.value.kind, Kind::Object(_)) {
            sink.report(&codes::EMPTY_ELEMENT, operator.value.span, &at, "the operator has no key: it limits nothing");
        }
        for key in keys {
            let at = format!("{at}/{}", escape(&key.key));
            let values = each(&key.value, &at, "a condition value", sink, &mut scalar);
            found.push(Test {
                operator: Operator::parse(&operator.key),
                word: &operator.key,
                word_span: operator.key_span,
                key: &key.key,
                key_span: key.key_span,
                pointer: at,
                values,
            });
        }
    }
    found
}

/// A string, a number or a boolean (fact B1).
fn scalar<'a>(node: &'a Node, pointer: &str, sink: &mut Sink) -> Option<Entry<'a>> {
    let text = match &node.kind {
        Kind::Text(text) | Kind::Number(text) => text,
        Kind::Bool(true) => "true",
        Kind::Bool(false) => "false",
        other => {
            let message = format!("a condition value must be a string, a number or a boolean and is {}", other.word());
            sink.report(&codes::WRONG_TYPE, node.span, pointer, message);
            return None;
        }
    };
    Some(Entry { text, span: node.span, pointer: pointer.to_owned() })
}
