//! Which events a rule can hold for at all, as far as a glance tells.
//!
//! Of each rule what must hold in any case is left over, and of that what can be asked of a [`Glance`]; what asks
//! for anything else, or is negated and not the same letter by letter, is taken to hold. The engine that judges rules judges what is left, so both read a condition in
//! the same way. Answers are kept in mind: events differ in few of these fields.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use rsigma_eval::Engine;
use rsigma_eval::event::EventValue;
use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Detections, Modifier, Quantifier, SigmaRule, SigmaValue, StringPart,
};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::glance::Glance;

/// A field of a record that a glance has.
type Text = for<'g, 'a> fn(&'g Glance<'a>) -> Option<&'a str>;

/// Fields in which events differ little.
const CALL: [(&str, Text); 6] = [
    ("eventName", |glance| Some(glance.operation)),
    ("eventSource", |glance| Some(glance.service)),
    ("errorCode", |glance| glance.error),
    ("userIdentity.type", |glance| glance.user_type),
    ("awsRegion", |glance| glance.region),
    ("eventType", |glance| glance.event_type),
];

/// The client by itself.
const CLIENT: [(&str, Text); 1] = [("userAgent", |glance| glance.agent)];

/// Where sessions are used.
const PLACE: [(&str, Text); 2] =
    [("userIdentity.arn", |glance| glance.user), ("sourceIPAddress", |glance| glance.ip.or(glance.domain))];

/// So many answers are kept in mind of one group of fields.
const MOST: usize = 1 << 16;

/// Which events the rules want.
pub(super) struct First {
    /// Whether a rule asks for nothing that a glance has.
    all: bool,
    groups: Vec<Group>,
}

/// Rules that ask for some fields.
struct Group {
    fields: &'static [(&'static str, Text)],
    engine: Engine,
    known: HashMap<String, bool>,
    key: String,
}

impl First {
    pub(super) fn of(rules: &[SigmaRule]) -> Self {
        let mut first = Self { all: false, groups: Vec::new() };
        let fields: [&'static [(&'static str, Text)]; 3] = [&CALL, &CLIENT, &PLACE];
        let mut left: [Vec<SigmaRule>; 3] = Default::default();
        for rule in rules {
            let found = fields.iter().zip(&mut left).find_map(|(fields, left)| Some((reduced(rule, fields)?, left)));
            match found {
                Some((rule, left)) => left.push(rule),
                None => first.all = true,
            }
        }
        for (fields, rules) in fields.into_iter().zip(left) {
            if rules.is_empty() {
                continue;
            }
            let mut engine = Engine::new();
            first.all |= !engine.add_rules(&rules).is_empty();
            first.groups.push(Group { fields, engine, known: HashMap::new(), key: String::new() });
        }
        first
    }

    /// Whether a rule may hold for an event.
    pub(super) fn wants(&mut self, glance: &Glance<'_>) -> bool {
        self.all || self.groups.iter_mut().any(|group| group.wants(glance))
    }
}

impl Group {
    fn wants(&mut self, glance: &Glance<'_>) -> bool {
        self.key.clear();
        for (_, text) in self.fields {
            match text(glance) {
                // With its length: strangers write agents, and no two events may look the same.
                Some(text) => drop(write!(self.key, "{}:{text}", text.len())),
                None => self.key.push('-'),
            }
        }
        if let Some(known) = self.known.get(&self.key) {
            return *known;
        }
        let view = Columns { glance, fields: self.fields };
        let odd = self.fields.iter().filter_map(|(_, text)| text(glance)).any(is_list);
        let wanted = odd || !self.engine.evaluate(&view).is_empty();
        if self.known.len() >= MOST {
            self.known.clear();
        }
        self.known.insert(self.key.clone(), wanted);
        wanted
    }
}

/// Whether a column has the JSON of a list or an object, of which rules see the members.
fn is_list(text: &str) -> bool {
    text.starts_with(['[', '{']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// What of a rule must hold in any case, in these fields; `None` = nothing.
fn reduced(rule: &SigmaRule, fields: &[(&str, Text)]) -> Option<SigmaRule> {
    let mut named: BTreeMap<String, Detection> = BTreeMap::new();
    let mut names: Vec<&String> = rule.detection.named.keys().collect();
    names.sort();
    for name in &names {
        let detection = rule.detection.named.get(*name).and_then(|detection| of_detection(detection, fields));
        named.extend(detection.map(|detection| ((*name).clone(), detection)));
    }
    let is_exact = |name: &&String| rule.detection.named.get(*name).is_some_and(|part| is_exact(part, fields));
    let exact: BTreeSet<&String> = names.iter().copied().filter(is_exact).collect();
    let conditions = rule.detection.conditions.iter();
    let conditions: Vec<ConditionExpr> =
        conditions.map(|condition| of_condition(condition, &names, &named, &exact)).collect::<Option<_>>()?;
    if conditions.is_empty() {
        return None;
    }
    let detection = Detections { named: named.into_iter().collect(), conditions, ..rule.detection.clone() };
    Some(SigmaRule { detection, ..rule.clone() })
}

fn of_condition(
    condition: &ConditionExpr,
    names: &[&String],
    named: &BTreeMap<String, Detection>,
    exact: &BTreeSet<&String>,
) -> Option<ConditionExpr> {
    let identifier = |name: &String| named.contains_key(name).then(|| ConditionExpr::Identifier(name.clone()));
    match condition {
        ConditionExpr::And(parts) => {
            all(parts.iter().filter_map(|part| of_condition(part, names, named, exact)).collect())
        }
        ConditionExpr::Or(parts) => {
            let parts = parts.iter().map(|part| of_condition(part, names, named, exact)).collect::<Option<Vec<_>>>()?;
            (!parts.is_empty()).then_some(ConditionExpr::Or(parts))
        }
        // Only what is asked of texts that a column has letter by letter can be turned around.
        ConditionExpr::Not(part) => match part.as_ref() {
            ConditionExpr::Identifier(name) if exact.contains(name) => Some(condition.clone()),
            _ => None,
        },
        ConditionExpr::Identifier(name) => identifier(name),
        ConditionExpr::Selector { quantifier, pattern } => {
            let selected = names.iter().filter(|name| pattern.matches_detection_name(name));
            match quantifier {
                Quantifier::All => all(selected.filter_map(|name| identifier(name)).collect()),
                Quantifier::Count(0) => None,
                // Where several must hold, one of them must.
                Quantifier::Any | Quantifier::Count(_) => {
                    let parts = selected.map(|name| identifier(name)).collect::<Option<Vec<_>>>()?;
                    (!parts.is_empty()).then_some(ConditionExpr::Or(parts))
                }
            }
        }
    }
}

fn all(parts: Vec<ConditionExpr>) -> Option<ConditionExpr> {
    (!parts.is_empty()).then_some(ConditionExpr::And(parts))
}

fn of_detection(detection: &Detection, fields: &[(&str, Text)]) -> Option<Detection> {
    match detection {
        Detection::AllOf(items) => {
            let items: Vec<DetectionItem> = items.iter().filter(|item| is_asked(item, fields)).cloned().collect();
            (!items.is_empty()).then_some(Detection::AllOf(items))
        }
        Detection::And(parts) => {
            let parts: Vec<Detection> = parts.iter().filter_map(|part| of_detection(part, fields)).collect();
            (!parts.is_empty()).then_some(Detection::And(parts))
        }
        Detection::AnyOf(parts) => {
            let parts = parts.iter().map(|part| of_detection(part, fields)).collect::<Option<Vec<_>>>()?;
            (!parts.is_empty()).then_some(Detection::AnyOf(parts))
        }
        Detection::Keywords(_) | Detection::ArrayMatch { .. } | Detection::Conditional { .. } => None,
    }
}

/// Whether a glance gives the same answer as the record, be it yes or no.
fn is_exact(detection: &Detection, fields: &[(&str, Text)]) -> bool {
    const EXACT: [&str; 5] = ["awsRegion", "eventType", "sourceIPAddress", "userAgent", "userIdentity.type"];
    let Detection::AllOf(items) = detection else { return false };
    items.iter().all(|item| {
        let is_text = item.field.name.as_deref().is_some_and(|name| EXACT.contains(&name));
        is_text && is_asked(item, fields)
    })
}

/// Whether an item can be asked of a glance, with an answer that is yes wherever it is yes for the record.
///
/// A column has no empty text, and that of a name no spaces around it: values that could tell a difference are not asked.
fn is_asked(item: &DetectionItem, fields: &[(&str, Text)]) -> bool {
    use Modifier::{All, Cased, Cidr, Contains, DotAll, EndsWith, IgnoreCase, Multiline, Re, StartsWith};
    let Some(field) = item.field.name.as_deref().filter(|name| fields.iter().any(|(field, _)| field == name)) else {
        return false;
    };
    let known = [Contains, StartsWith, EndsWith, All, Cased, Re, IgnoreCase, Multiline, DotAll, Cidr];
    let pattern = item.field.has_modifier(Re);
    let trimmed = matches!(field, "eventName" | "eventSource");
    let fits = |value: &SigmaValue| match value {
        SigmaValue::Null => field == "errorCode",
        SigmaValue::String(_) if pattern => !trimmed,
        SigmaValue::String(text) => {
            let mut plain = text.parts.iter().filter_map(|part| match part {
                StringPart::Plain(plain) => Some(plain),
                StringPart::Special(_) => None,
            });
            plain.clone().next().is_some()
                && plain.all(|plain| !plain.is_empty() && plain.trim() == plain)
                && !text.original.contains('?')
        }
        _ => false,
    };
    item.field.modifiers.iter().all(|modifier| known.contains(modifier))
        && !item.values.is_empty()
        && item.values.iter().all(fits)
        && !holds_for_empty(item, field)
}

/// Whether an item holds for a text that is empty.
fn holds_for_empty(item: &DetectionItem, field: &str) -> bool {
    struct Empty<'f>(&'f str);
    impl rsigma_eval::Event for Empty<'_> {
        fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
            (path == self.0).then_some(EventValue::Str(Cow::Borrowed("")))
        }
        fn any_string_value(&self, test: &dyn Fn(&str) -> bool) -> bool {
            test("")
        }
        fn all_string_values(&self) -> Vec<Cow<'_, str>> {
            vec![Cow::Borrowed("")]
        }
        fn to_json(&self) -> Value {
            Value::Null
        }
    }
    let detection = Detection::AllOf(vec![item.clone()]);
    match rsigma_eval::compiler::compile_detection(&detection) {
        Ok(compiled) => rsigma_eval::compiler::eval_condition(
            &ConditionExpr::Identifier("item".to_owned()),
            &HashMap::from([("item".to_owned(), compiled)]),
            &Empty(field),
            &mut Vec::new(),
        ),
        Err(_) => true,
    }
}

/// A glance as the engine sees it.
struct Columns<'g, 'a> {
    glance: &'g Glance<'a>,
    fields: &'static [(&'static str, Text)],
}

impl rsigma_eval::Event for Columns<'_, '_> {
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        let (_, text) = self.fields.iter().find(|(field, _)| *field == path)?;
        text(self.glance).map(|text| EventValue::Str(Cow::Borrowed(text)))
    }

    fn any_string_value(&self, test: &dyn Fn(&str) -> bool) -> bool {
        self.fields.iter().filter_map(|(_, text)| text(self.glance)).any(test)
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        self.fields.iter().filter_map(|(_, text)| text(self.glance)).map(Cow::Borrowed).collect()
    }

    fn to_json(&self) -> Value {
        Value::Null
    }
}
