//! A file of rules, document by document: what each is, and what in it could not be honoured.
//!
//! The parser takes some things in silence that then never match: a mapping where a value belongs, a field that no record
//! has, a selector that selects nothing. Here each of them is an error with its place.

use std::fmt;

use rsigma_parser::{
    ConditionExpr, CorrelationRule, Detection, Detections, FilterRule, Modifier, Quantifier, SigmaRule, SigmaValue,
    parse_sigma_yaml,
};
use yaml_serde::{Mapping, Value};

use super::{fill, view};

/// A rule that cannot be honoured, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The title of the rule; absent where there is none.
    pub rule: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if let Some(rule) = &self.rule {
            write!(f, "rule `{rule}`: ")?;
        }
        write!(f, "{}", self.message)
    }
}

/// Where a document stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    file: String,
    line: usize,
    text: String,
    title: Option<String>,
}

impl Place {
    /// An error at the first line that has one of these words; at the beginning of the document where none has.
    pub(super) fn error(&self, words: &[&str], message: impl Into<String>) -> RuleError {
        let of = |word: &&str| self.text.lines().position(|line| !word.is_empty() && line.contains(*word));
        let line = words.iter().find_map(of).or_else(|| self.text.lines().position(|line| !line.trim().is_empty()));
        RuleError {
            file: self.file.clone(),
            line: self.line + line.unwrap_or_default(),
            rule: self.title.clone(),
            message: message.into(),
        }
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }
}

/// What a document is.
pub(super) enum Document {
    Rule(Box<SigmaRule>),
    Correlation(Box<CorrelationRule>),
    Filter(Box<FilterRule>),
    /// Not for CloudTrail, with the log source, and what correlations call it by.
    Aside(String, Vec<String>),
}

/// Reads a file.
pub(super) fn read(file: &str, text: &str, errors: &mut Vec<RuleError>) -> Vec<(Place, Document)> {
    let mut found = Vec::new();
    for (line, text) in documents(text.trim_start_matches('\u{feff}')) {
        let mut place = Place { file: file.to_owned(), line, text, title: None };
        let value: Value = match yaml_serde::from_str(&place.text) {
            Ok(value) => value,
            Err(error) => {
                let at = error.location().map_or(0, |location| location.line().saturating_sub(1));
                errors.push(RuleError { line: line + at, ..place.error(&[], error.to_string()) });
                continue;
            }
        };
        match &value {
            Value::Null => {}
            Value::Mapping(map) => {
                place.title = text_of(map, "title").map(str::to_owned);
                let before = errors.len();
                let document = document(&place, map, errors);
                found.extend(document.filter(|_| errors.len() == before).map(|document| (place, document)));
            }
            _ => errors.push(place.error(&[], "it is no rule: a mapping is wanted")),
        }
    }
    found
}

/// The documents of a file, each with its first line, from 1.
fn documents(text: &str) -> Vec<(usize, String)> {
    let mut found = vec![(1, String::new())];
    for (number, line) in text.lines().enumerate() {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            found.push((number + 2, String::new()));
        } else if let Some((_, document)) = found.last_mut() {
            document.push_str(line);
            document.push('\n');
        }
    }
    found
}

fn text_of<'v>(map: &'v Mapping, key: &str) -> Option<&'v str> {
    map.get(key).and_then(Value::as_str)
}

/// Whether a log source is that of CloudTrail, or what it is.
fn source(map: &Mapping) -> Result<(), String> {
    let part = |key| text_of(map, key).map(str::to_ascii_lowercase);
    let (product, service, category) = (part("product"), part("service"), part("category"));
    let ours = product.as_deref().is_none_or(|product| product == "aws")
        && service.as_deref().is_none_or(|service| service == "cloudtrail")
        && (product.is_some() || service.is_some())
        && category.is_none();
    let words: Vec<String> = [product, category, service].into_iter().flatten().collect();
    if ours { Ok(()) } else { Err(words.join("/")) }
}

fn document(place: &Place, map: &Mapping, errors: &mut Vec<RuleError>) -> Option<Document> {
    if map.contains_key("action") {
        let message = "collections with `action` are not honoured; write each rule out";
        errors.push(place.error(&["action"], message));
        return None;
    }
    let kinds = ["detection", "correlation", "filter"];
    let Some(kind) = kinds.into_iter().find(|kind| map.contains_key(*kind)) else {
        if map.contains_key("logsource") {
            errors.push(place.error(&["logsource"], "it has neither `detection`, `correlation` nor `filter`"));
            return None;
        }
        return Some(Document::Aside("no rule".to_owned(), Vec::new()));
    };
    if kind != "correlation" {
        match map.get("logsource").and_then(Value::as_mapping).map(source) {
            Some(Ok(())) => {}
            Some(Err(other)) if !other.is_empty() => {
                let names = ["id", "name"].into_iter().filter_map(|key| text_of(map, key));
                return Some(Document::Aside(other, names.map(str::to_owned).collect()));
            }
            _ => {
                errors.push(place.error(&["logsource"], "it has no `logsource` that says what it is for"));
                return None;
            }
        }
    }
    if let Some(extension) = map.keys().filter_map(Value::as_str).find(|key| key.starts_with("rsigma.")) {
        errors.push(place.error(&[extension], format!("`{extension}` belongs to another engine")));
    }
    let body = map.get(kind).and_then(Value::as_mapping);
    match (kind, body) {
        ("correlation", Some(body)) => correlation(place, body, errors),
        (_, Some(body)) => body.iter().for_each(|(key, value)| {
            if !matches!(key.as_str(), Some("condition" | "timeframe" | "rules")) {
                values(place, value, errors);
            }
        }),
        (_, None) => errors.push(place.error(&[kind], format!("`{kind}` is no mapping"))),
    }
    let parsed = match parse_sigma_yaml(&place.text) {
        Ok(parsed) => parsed,
        Err(error) => {
            errors.push(of_parser(place, &error.to_string()));
            return None;
        }
    };
    errors.extend(parsed.errors.iter().map(|error| of_parser(place, error)));
    if let Some(mut rule) = parsed.rules.into_iter().next() {
        detections(place, &mut rule.detection, errors);
        return Some(Document::Rule(Box::new(rule)));
    }
    if let Some(mut filter) = parsed.filters.into_iter().next() {
        detections(place, &mut filter.detection, errors);
        return Some(Document::Filter(Box::new(filter)));
    }
    parsed.correlations.into_iter().next().map(|correlation| Document::Correlation(Box::new(correlation)))
}

/// An error of the parser at the line that has what it quotes.
fn of_parser(place: &Place, message: &str) -> RuleError {
    let quoted: Vec<&str> = message.split('\'').skip(1).step_by(2).collect();
    let modifier: Vec<String> = quoted.iter().map(|word| format!("|{word}")).collect();
    let mut words: Vec<&str> = modifier.iter().map(String::as_str).chain(quoted.iter().copied()).collect();
    // The parser of conditions draws a picture of several lines.
    let message = match message.split_once(" --> ") {
        Some((head, picture)) => {
            let why = picture.lines().filter_map(|line| line.trim().strip_prefix("= ")).collect::<Vec<_>>().join(", ");
            let old = if picture.contains(" | count") || picture.contains(" | near") {
                "; the old form of a correlation is not honoured, write a `correlation`"
            } else {
                ""
            };
            format!("{}: {why}{old}", head.trim().trim_end_matches(':'))
        }
        None => message.to_owned(),
    };
    let lower = message.to_lowercase();
    words.extend(
        ["condition", "level", "status", "timespan", "correlation"].iter().filter(|word| lower.contains(**word)),
    );
    place.error(&words, message.clone())
}

/// What stands under a name of `detection`: mappings from fields to values, lists of them, or words.
fn values(place: &Place, value: &Value, errors: &mut Vec<RuleError>) {
    match value {
        Value::Mapping(map) => {
            for (key, value) in map {
                let Some(field) = key.as_str() else {
                    errors.push(place.error(&[], "a field is no text"));
                    continue;
                };
                let block = field.contains('[');
                match value {
                    Value::Mapping(_) if block => values(place, value, errors),
                    Value::Mapping(_) => {
                        let message = format!("`{field}` has a mapping where a value belongs; write `{field}.NAME`");
                        errors.push(place.error(&[field], message));
                    }
                    Value::Sequence(items) if items.is_empty() => {
                        errors.push(place.error(&[field], format!("`{field}` has no value")));
                    }
                    Value::Sequence(items) if items.iter().any(|item| item.is_mapping() || item.is_sequence()) => {
                        errors.push(place.error(&[field], format!("`{field}` has a list in which not all are values")));
                    }
                    _ => {}
                }
                let exists = field.split('|').skip(1).any(|modifier| modifier == "exists");
                if exists && value.as_bool().is_none() {
                    errors.push(place.error(&[field], format!("`{field}` wants `true` or `false`")));
                }
            }
        }
        Value::Sequence(items) if items.is_empty() => errors.push(place.error(&[], "a detection has no value")),
        Value::Sequence(items) => items.iter().filter(|item| !item.is_string()).for_each(|item| {
            if item.is_mapping() || item.is_sequence() {
                values(place, item, errors);
            }
        }),
        _ => {}
    }
}

/// Fields that no record has, selectors that select nothing.
fn detections(place: &Place, detections: &mut Detections, errors: &mut Vec<RuleError>) {
    if detections.timeframe.is_some() {
        let message = "`timeframe` in `detection` is the old form of a correlation and would be passed over";
        errors.push(place.error(&["timeframe"], message));
    }
    for condition in &detections.conditions {
        selects(place, condition, detections, errors);
    }
    for (_, detection) in fill::in_order(&mut detections.named) {
        fields(place, detection, errors);
    }
}

fn fields(place: &Place, detection: &mut Detection, errors: &mut Vec<RuleError>) {
    match detection {
        Detection::AnyOf(parts) | Detection::And(parts) => {
            for part in parts {
                fields(place, part, errors);
            }
        }
        // The fields of its body are those of a member.
        Detection::ArrayMatch { field, .. } => {
            errors.extend(view::unknown(field).map(|why| place.error(&[field.as_str()], why)));
        }
        other => fill::items(other, &mut |item| {
            let Some(field) = &item.field.name else { return };
            errors.extend(view::unknown(field).map(|why| place.error(&[field.as_str()], why)));
            if item.field.has_modifier(Modifier::FieldRef) {
                let refers = item.values.iter().filter_map(|value| match value {
                    SigmaValue::String(text) => Some(text.original.as_str()),
                    _ => None,
                });
                errors.extend(refers.filter_map(|to| view::unknown(to).map(|why| place.error(&[to], why))));
            }
        }),
    }
}

fn selects(place: &Place, condition: &ConditionExpr, detections: &Detections, errors: &mut Vec<RuleError>) {
    match condition {
        ConditionExpr::And(parts) | ConditionExpr::Or(parts) => {
            for part in parts {
                selects(place, part, detections, errors);
            }
        }
        ConditionExpr::Not(part) => selects(place, part, detections, errors),
        ConditionExpr::Identifier(name) => {
            if !detections.named.contains_key(name) {
                errors.push(place.error(&["condition:"], format!("its condition names `{name}`, which is not there")));
            }
        }
        ConditionExpr::Selector { quantifier, pattern } => {
            let names = detections.named.keys();
            let selected = names.filter(|name| pattern.matches_detection_name(name)).count() as u64;
            let wanted = match quantifier {
                Quantifier::Count(count) => *count,
                Quantifier::Any | Quantifier::All => 1,
            };
            if selected < wanted {
                let message =
                    format!("its condition wants `{quantifier} of {pattern}`, and {selected} have such a name");
                errors.push(place.error(&["condition:"], message));
            }
        }
    }
}

/// The parts of `correlation` that the parser passes over where they do not fit.
fn correlation(place: &Place, body: &Mapping, errors: &mut Vec<RuleError>) {
    const KEYS: [&str; 8] = ["type", "rules", "group-by", "timespan", "timeframe", "condition", "aliases", "generate"];
    const OPERATORS: [&str; 3] = ["gte", "gt", "field"];
    let texts = |value: &Value| {
        value.is_string() || value.as_sequence().is_some_and(|items| items.iter().all(Value::is_string))
    };
    for (key, value) in body {
        let key = key.as_str().unwrap_or_default();
        match key {
            "rules" | "group-by" if !texts(value) => {
                errors.push(place.error(&[key], format!("`{key}` is no list of texts")));
            }
            "aliases" => {
                let fits = value.as_mapping().is_some_and(|map| {
                    map.values().all(|to| to.as_mapping().is_some_and(|to| to.values().all(Value::is_string)))
                });
                if !fits {
                    errors.push(place.error(&[key], "`aliases` does not map names to a field for each rule"));
                }
            }
            "condition" => {
                let operators = value.as_mapping().into_iter().flat_map(Mapping::keys).filter_map(Value::as_str);
                for operator in operators.filter(|operator| !OPERATORS.contains(operator)) {
                    let message =
                        format!("the operator `{operator}` is not honoured in a sliding window; `gte` and `gt` are");
                    errors.push(place.error(&[operator], message));
                }
            }
            "window" | "gap" => errors.push(place.error(&[key], "windows slide; there is no other kind")),
            key if !KEYS.contains(&key) => {
                errors.push(place.error(&[key], format!("`correlation` has no `{key}`; it has {}", KEYS.join(", "))));
            }
            _ => {}
        }
    }
}
