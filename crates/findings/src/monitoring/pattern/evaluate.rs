//! What a pattern says of an event.

use serde_json::Value;

use super::{Comparison, Condition, Literal, Pattern, Selector, Step, Test};

impl Pattern {
    /// Whether an event matches; `None` = that is not to be decided here.
    pub fn matches(&self, event: &Value) -> Option<bool> {
        match self {
            Self::Everything => Some(true),
            Self::Json(condition) => condition.holds(event),
            Self::Text(text) => words(text, event),
            Self::Columns(_) => Some(false),
        }
    }
}

impl Condition {
    /// Whether it holds of an event; `None` = AWS does not say.
    fn holds(&self, event: &Value) -> Option<bool> {
        match self {
            Self::Compare(selector, comparison, literal) => compare(selector.of(event), *comparison, literal),
            Self::Test(selector, test) => {
                let value = selector.of(event);
                Some(match test {
                    Test::Null => value.is_some_and(Value::is_null),
                    Test::True => value == Some(&Value::Bool(true)),
                    Test::False => value == Some(&Value::Bool(false)),
                    Test::Exists => value.is_some(),
                    Test::Missing => value.is_none(),
                })
            }
            Self::All(parts) => {
                let all: Vec<Option<bool>> = parts.iter().map(|part| part.holds(event)).collect();
                if all.contains(&Some(false)) {
                    Some(false)
                } else {
                    all.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
                }
            }
            Self::Any(parts) => {
                let all: Vec<Option<bool>> = parts.iter().map(|part| part.holds(event)).collect();
                if all.contains(&Some(true)) {
                    Some(true)
                } else {
                    all.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
                }
            }
        }
    }
}

impl Selector {
    fn of<'v>(&self, event: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(event, |at, step| match step {
            Step::Field(name) => at.get(name),
            Step::Place(place) => at.get(place),
        })
    }
}

/// A comparison with what stands in a field. One with a field that is not there holds for no value; whether `!=` holds
/// then AWS does not say, nor what a truth value, an object or an array is to a text.
fn compare(value: Option<&Value>, comparison: Comparison, literal: &Literal) -> Option<bool> {
    let equal = match (value, literal) {
        (None | Some(Value::Null), _) => return if comparison == Comparison::NotEqual { None } else { Some(false) },
        (Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)), _) => return None,
        (Some(Value::Number(number)), Literal::Number(wanted)) => {
            let (one, other) = (number.as_f64()?, wanted.parse::<f64>().ok()?);
            return Some(match comparison {
                Comparison::Equal => (one - other).abs() < f64::EPSILON,
                Comparison::NotEqual => (one - other).abs() >= f64::EPSILON,
                Comparison::Less => one < other,
                Comparison::AtMost => one <= other,
                Comparison::Greater => one > other,
                Comparison::AtLeast => one >= other,
            });
        }
        (Some(Value::String(text)), Literal::Number(wanted)) => text == wanted,
        (Some(Value::String(text)), Literal::Text(wanted)) => glob(wanted, text),
        (Some(Value::Number(number)), Literal::Text(wanted)) => glob(wanted, &number.to_string()),
        (Some(Value::String(text)), Literal::Regex(regex)) => regex_lite::Regex::new(regex).ok()?.is_match(text),
        (Some(Value::Number(number)), Literal::Regex(regex)) => {
            regex_lite::Regex::new(regex).ok()?.is_match(&number.to_string())
        }
    };
    match comparison {
        Comparison::Equal => Some(equal),
        Comparison::NotEqual => Some(!equal),
        // Texts have no order in this language.
        Comparison::Less | Comparison::AtMost | Comparison::Greater | Comparison::AtLeast => Some(false),
    }
}

/// Whether a text is as a pattern with `*` for any characters says; every other character stands for itself.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Words that all must stand in the text of an event: where one certainly does not, no; else nobody knows, as the text of
/// an event is not what is looked at here.
fn words(text: &str, event: &Value) -> Option<bool> {
    if text.starts_with(['%', '?']) || text.contains(" ?") {
        return None;
    }
    let said = event.to_string();
    let mut quoted = text.split('"');
    let outside = quoted.clone().step_by(2).flat_map(str::split_whitespace);
    let inside = {
        quoted.next();
        quoted.step_by(2)
    };
    let mut wanted = outside.chain(inside).filter(|word| !word.is_empty() && !word.starts_with('-'));
    let plain = |word: &str| word.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if wanted.any(|word| plain(word) && !said.contains(word)) { Some(false) } else { None }
}
