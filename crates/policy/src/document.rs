//! A policy document, parsed and ready to be decided, with the place of every element.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::condition::Condition;
use crate::glob::Glob;
use crate::json::{self, Kind, Member, Node, Span};
use crate::principal::PrincipalEntry;
use crate::text::{HoleReader, ResourcePattern, Text};

/// A parsed policy document. Two are equal when their sources are.
#[derive(Debug, Clone)]
pub struct Document {
    source: Arc<str>,
    variables: bool,
    statements: Vec<Statement>,
    duplicate_keys: Vec<Place>,
    holes: Vec<String>,
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.holes == other.holes
    }
}

impl Eq for Document {}

impl Hash for Document {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source.hash(state);
    }
}

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Bytes of the source.
    pub span: Span,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// JSON pointer.
    pub pointer: String,
}

/// Why a text is not a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}, at line {} column {}", place.line, place.column)]
pub struct ParseError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: Place,
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
}

/// A statement of a policy document.
#[derive(Debug, Clone)]
pub struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    pub(crate) principal: Option<Element<PrincipalEntry>>,
    pub(crate) action: Element<Glob>,
    pub(crate) resource: Option<Element<ResourcePattern>>,
    pub(crate) conditions: Vec<Condition>,
    pointer: String,
    span: Span,
}

/// An element or its `Not` form, with its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element<T> {
    pub(crate) negated: bool,
    pub(crate) entries: Vec<T>,
}

impl Statement {
    /// Whether another one says the same, wherever it stands and whatever it is called.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.effect == other.effect
            && self.principal == other.principal
            && self.action == other.action
            && self.resource == other.resource
            && self.conditions == other.conditions
    }

    /// The `Sid`, where there is one.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Whether it allows or denies.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// JSON pointer of the statement: `/Statement/0`, or `/Statement` where the document has a single one without a list.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Where it stands in the source.
    pub fn span(&self) -> Span {
        self.span
    }
}

impl Document {
    /// Reads a document.
    ///
    /// What AWS refuses to store because of its grammar is an error with its place. An operator or a principal that
    /// means nothing is none: the statement then matches nothing (facts B6, C4).
    ///
    /// # Errors
    /// [`ParseError`] says what is wrong and where.
    pub fn parse(source: &str) -> Result<Self, ParseError> {
        Self::parse_with_holes(source, &|_| None)
    }

    /// Reads a document in which some strings are not known yet: `hole` gives the cause where a part of a string
    /// stands for a value that only the future knows, such as an ARN that exists after apply. It is asked with the
    /// text between `${` and `}`.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_with_holes(source: &str, hole: HoleReader<'_>) -> Result<Self, ParseError> {
        let root = json::read(source).map_err(|wrong| {
            let span = Span { start: wrong.at, end: wrong.at };
            ParseError { message: wrong.message, place: place(source, span, String::new()) }
        })?;
        let causes = RefCell::new(BTreeSet::new());
        let noted = |inside: &str| {
            let cause = hole(inside)?;
            causes.borrow_mut().insert(cause.clone());
            Some(cause)
        };
        let parser = Parser { source, hole: &noted, variables: false, duplicates: Vec::new() };
        let document = parser.document(&root)?;
        let holes = causes.borrow().iter().cloned().collect();
        Ok(Self { holes, ..document })
    }

    /// The statements of several documents side by side, as if they stood in one.
    pub fn joined<'d>(documents: impl IntoIterator<Item = &'d Self>) -> Self {
        let mut joined = Self {
            source: Arc::from(""),
            variables: false,
            statements: Vec::new(),
            duplicate_keys: Vec::new(),
            holes: Vec::new(),
        };
        let mut source = String::new();
        for (index, document) in documents.into_iter().enumerate() {
            let begin = source.len();
            source.push_str(&document.source);
            source.push('\n');
            joined.statements.extend(document.statements.iter().map(|statement| Statement {
                pointer: format!("/{index}{}", statement.pointer),
                span: Span { start: statement.span.start + begin, end: statement.span.end + begin },
                ..statement.clone()
            }));
            joined.variables |= document.variables;
            joined.holes.extend(document.holes.iter().cloned());
        }
        joined.holes.sort();
        joined.holes.dedup();
        Self { source: Arc::from(source), ..joined }
    }

    /// The same document with only some statements, or with statements changed; places still point into the source.
    pub(crate) fn reduced(&self, change: impl Fn(&Statement) -> Option<Statement>) -> Self {
        Self { statements: self.statements.iter().filter_map(change).collect(), ..self.clone() }
    }

    /// Whether some resource pattern has two readings (fact B3).
    pub(crate) fn is_ambiguous(&self) -> bool {
        let elements = self.statements.iter().filter_map(|statement| statement.resource.as_ref());
        elements.flat_map(|element| &element.entries).any(ResourcePattern::is_ambiguous)
    }

    /// The document with patterns of two readings read so that it allows as much as it can, or as little.
    pub(crate) fn read_as(&self, open: bool) -> Self {
        self.reduced(|statement| {
            let mut read = statement.clone();
            if let Some(element) = &mut read.resource {
                let favours = (statement.effect == Effect::Allow) != element.negated;
                if favours == open {
                    element.entries = element.entries.iter().map(ResourcePattern::widened).collect();
                }
            }
            Some(read)
        })
    }

    /// The source, byte for byte.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The statements in order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Whether policy variables count: only under version 2012-10-17 (facts B1, D1).
    pub fn has_variables(&self) -> bool {
        self.variables
    }

    /// Keys that stand twice in one object, in the order of the source; the last one counts, and AWS refuses to store them (fact B1).
    pub fn duplicate_keys(&self) -> &[Place] {
        &self.duplicate_keys
    }

    /// Whether some string has a part that is not known yet.
    pub fn has_holes(&self) -> bool {
        !self.holes.is_empty()
    }

    /// Why strings of it are not known yet, each cause once, sorted.
    pub fn holes(&self) -> &[String] {
        &self.holes
    }
}

fn place(source: &str, span: Span, pointer: String) -> Place {
    let (line, column) = json::place(source, span.start);
    Place { span, line, column, pointer }
}

/// Many places, in the order of the source, in one walk through it: a hostile document has as many as it has keys.
fn places(source: &str, mut found: Vec<(Span, String)>) -> Vec<Place> {
    found.sort_by_key(|(span, _)| span.start);
    let (mut line, mut column, mut at) = (1, 1, 0);
    let places = found.into_iter().map(|(span, pointer)| {
        for c in source.get(at..span.start).unwrap_or_default().chars() {
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        at = span.start;
        Place { span, line, column, pointer }
    });
    places.collect()
}

struct Parser<'a> {
    source: &'a str,
    hole: HoleReader<'a>,
    variables: bool,
    duplicates: Vec<(Span, String)>,
}

type Parsed<T> = Result<T, ParseError>;

impl Parser<'_> {
    fn fault<T>(&self, node: &Node, pointer: &str, message: impl Into<String>) -> Parsed<T> {
        self.fault_at(node.span, pointer, message)
    }

    fn fault_at<T>(&self, span: Span, pointer: &str, message: impl Into<String>) -> Parsed<T> {
        Err(ParseError { message: message.into(), place: place(self.source, span, pointer.to_owned()) })
    }

    fn members<'n>(&mut self, node: &'n Node, pointer: &str, what: &str) -> Parsed<&'n [Member]> {
        let Kind::Object(members) = &node.kind else {
            return self.fault(node, pointer, format!("{what} must be an object and is {}", node.kind.word()));
        };
        let mut seen = BTreeSet::new();
        for member in members {
            if !seen.insert(member.key.as_str()) {
                let pointer = format!("{pointer}/{}", escape(&member.key));
                self.duplicates.push((member.key_span, pointer));
            }
        }
        Ok(members)
    }

    fn document(mut self, root: &Node) -> Parsed<Document> {
        let members = self.members(root, "", "a policy document")?;
        // The version may stand behind the statements, and decides how they are read.
        let mut statements = None;
        for member in members {
            match member.key.as_str() {
                "Version" => match &member.value.kind {
                    Kind::Text(version) if version == "2012-10-17" => self.variables = true,
                    Kind::Text(version) if version == "2008-10-17" => self.variables = false,
                    _ => return self.fault(&member.value, "/Version", "`Version` must be 2012-10-17 or 2008-10-17"),
                },
                "Id" => {}
                "Statement" => statements = Some(&member.value),
                other => {
                    let message = format!("`{other}` is not an element of a policy document");
                    return self.fault_at(member.key_span, &format!("/{}", escape(other)), message);
                }
            }
        }
        let Some(node) = statements else { return self.fault(root, "", "the document has no `Statement`") };
        let statements = match &node.kind {
            Kind::List(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.statement(item, format!("/Statement/{index}")))
                .collect::<Parsed<Vec<_>>>()?,
            _ => vec![self.statement(node, "/Statement".to_owned())?],
        };
        Ok(Document {
            source: Arc::from(self.source),
            variables: self.variables,
            statements,
            duplicate_keys: places(self.source, self.duplicates),
            holes: Vec::new(),
        })
    }

    fn statement(&mut self, node: &Node, pointer: String) -> Parsed<Statement> {
        let members = self.members(node, &pointer, "a statement")?;
        let (mut sid, mut effect, mut principal, mut action, mut resource) = (None, None, None, None, None);
        let mut conditions = Vec::new();
        for member in members {
            let at = format!("{pointer}/{}", escape(&member.key));
            let value = &member.value;
            let negated = member.key.starts_with("Not");
            match member.key.as_str() {
                "Sid" => match &value.kind {
                    Kind::Text(text) => sid = Some(text.clone()),
                    other => return self.fault(value, &at, format!("`Sid` must be a string and is {}", other.word())),
                },
                "Effect" => match &value.kind {
                    Kind::Text(text) if text == "Allow" => effect = Some(Effect::Allow),
                    Kind::Text(text) if text == "Deny" => effect = Some(Effect::Deny),
                    _ => return self.fault(value, &at, "`Effect` must be Allow or Deny"),
                },
                "Principal" | "NotPrincipal" => {
                    let entries = self.principals(value, &at)?;
                    self.either(&mut principal, Element { negated, entries }, value, &at, "Principal")?;
                }
                "Action" | "NotAction" => {
                    let entries = self.actions(value, &at)?;
                    self.either(&mut action, Element { negated, entries }, value, &at, "Action")?;
                }
                "Resource" | "NotResource" => {
                    let entries = self.resources(value, &at)?;
                    self.either(&mut resource, Element { negated, entries }, value, &at, "Resource")?;
                }
                "Condition" => conditions = self.conditions(value, &at)?,
                other => {
                    let message = format!("`{other}` is not an element of a statement");
                    return self.fault_at(member.key_span, &at, message);
                }
            }
        }
        let Some(effect) = effect else { return self.fault(node, &pointer, "the statement has no `Effect`") };
        let Some(action) = action else { return self.fault(node, &pointer, "the statement has no `Action`") };
        Ok(Statement { sid, effect, principal, action, resource, conditions, pointer, span: node.span })
    }

    /// Keeps an element; its plain and its `Not` form cannot both stand in a statement. Of two that are alike the last
    /// one counts, as in AWS's own reader; the place is among the duplicate keys.
    fn either<T>(
        &self,
        slot: &mut Option<Element<T>>,
        element: Element<T>,
        value: &Node,
        at: &str,
        name: &str,
    ) -> Parsed<()> {
        if slot.as_ref().is_some_and(|known| known.negated != element.negated) {
            return self.fault(value, at, format!("a statement has either `{name}` or `Not{name}`"));
        }
        *slot = Some(element);
        Ok(())
    }

    /// A string or a list of strings.
    fn strings<'n>(&self, node: &'n Node, at: &str, what: &str) -> Parsed<Vec<(&'n str, &'n Node)>> {
        let one = |node: &'n Node, at: &str| match &node.kind {
            Kind::Text(text) => Ok((text.as_str(), node)),
            other => {
                self.fault(node, at, format!("{what} must be a string or a list of strings and is {}", other.word()))
            }
        };
        match &node.kind {
            Kind::List(items) => {
                items.iter().enumerate().map(|(index, item)| one(item, &format!("{at}/{index}"))).collect()
            }
            _ => Ok(vec![one(node, at)?]),
        }
    }

    fn principals(&mut self, node: &Node, at: &str) -> Parsed<Vec<PrincipalEntry>> {
        if let Kind::Text(text) = &node.kind {
            return if text == "*" {
                Ok(vec![PrincipalEntry::Everyone])
            } else {
                self.fault(node, at, "a principal is `*`, or an object such as {\"AWS\": \"…\"}")
            };
        }
        let members = self.members(node, at, "a principal")?;
        let mut entries = Vec::new();
        for member in members {
            let at = format!("{at}/{}", escape(&member.key));
            for (text, _) in self.strings(&member.value, &at, "a principal")? {
                entries.push(match member.key.as_str() {
                    "AWS" | "Service" | "Federated" | "CanonicalUser" if self.is_hole(text) => PrincipalEntry::Hole,
                    "AWS" => PrincipalEntry::aws(text),
                    "Service" => PrincipalEntry::Service(text.to_owned()),
                    "Federated" => PrincipalEntry::Federated(text.to_owned()),
                    "CanonicalUser" => PrincipalEntry::CanonicalUser(text.to_owned()),
                    other => {
                        let message = format!("`{other}` is not a kind of principal");
                        return self.fault_at(member.key_span, &at, message);
                    }
                });
            }
        }
        Ok(entries)
    }

    /// What decides how a statement is read must be known now.
    fn known(&self, text: &str, node: &Node, at: &str, what: &str) -> Parsed<()> {
        if Text::parse(text, true, self.hole).has_hole() {
            return self.fault(node, at, format!("{what} must be known before apply"));
        }
        Ok(())
    }

    fn is_hole(&mut self, text: &str) -> bool {
        Text::parse(text, true, self.hole).has_hole()
    }

    fn actions(&mut self, node: &Node, at: &str) -> Parsed<Vec<Glob>> {
        let strings = self.strings(node, at, "an action")?;
        for (text, value) in &strings {
            self.known(text, value, at, "an action")?;
        }
        Ok(strings.into_iter().map(|(text, _)| action(text)).collect())
    }

    fn resources(&mut self, node: &Node, at: &str) -> Parsed<Vec<ResourcePattern>> {
        let strings = self.strings(node, at, "a resource")?;
        let patterns: Vec<ResourcePattern> =
            strings.into_iter().map(|(text, _)| ResourcePattern::new(text, self.variables, self.hole)).collect();
        Ok(patterns)
    }

    fn conditions(&mut self, node: &Node, at: &str) -> Parsed<Vec<Condition>> {
        let operators = self.members(node, at, "a condition")?;
        let mut conditions = Vec::new();
        for operator in last_of_each(operators) {
            let at = format!("{at}/{}", escape(&operator.key));
            self.known(&operator.key, &operator.value, &at, "a condition operator")?;
            let keys = self.members(&operator.value, &at, "the keys of a condition operator")?;
            for key in last_of_each(keys) {
                let at = format!("{at}/{}", escape(&key.key));
                self.known(&key.key, &key.value, &at, "a condition key")?;
                let values = self.values(&key.value, &at)?;
                let condition = Condition::new(&operator.key, &key.key, &values, self.variables, self.hole);
                conditions.push(condition);
            }
        }
        Ok(conditions)
    }

    /// Strings, numbers and booleans, one or a list (fact B1).
    fn values(&self, node: &Node, at: &str) -> Parsed<Vec<String>> {
        let one = |node: &Node, at: &str| match &node.kind {
            Kind::Text(text) | Kind::Number(text) => Ok(text.clone()),
            Kind::Bool(flag) => Ok(flag.to_string()),
            other => {
                let message =
                    format!("a condition value must be a string, a number or a boolean and is {}", other.word());
                self.fault(node, at, message)
            }
        };
        match &node.kind {
            Kind::List(items) => {
                items.iter().enumerate().map(|(index, item)| one(item, &format!("{at}/{index}"))).collect()
            }
            _ => Ok(vec![one(node, at)?]),
        }
    }
}

/// The members without those whose key stands again behind them.
fn last_of_each(members: &[Member]) -> Vec<&Member> {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<&Member> = members.iter().rev().filter(|member| seen.insert(member.key.as_str())).collect();
    kept.reverse();
    kept
}

/// An action pattern, for text in lower case (fact B2).
pub(crate) fn action(text: &str) -> Glob {
    if text == "*:*" { Glob::new("*") } else { Glob::new(&text.to_ascii_lowercase()) }
}

/// A key as a part of a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
