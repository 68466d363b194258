//! Policy variables: where they count, and whether they exist (facts D1 to D4).

use crate::condition::Test as Kind;
use crate::lint::actions::Actions;
use crate::lint::keys::{self, Key};
use crate::lint::read::{Entry, Statement, Version};
use crate::lint::{Sink, codes};

/// A `${…}` in a string.
struct Variable<'a> {
    /// What stands inside; none where the brace is never closed.
    inside: Option<&'a str>,
    /// How many colons stand before it.
    colons: usize,
}

fn scan(text: &str) -> Vec<Variable<'_>> {
    let mut found = Vec::new();
    let (mut rest, mut colons) = (text, 0);
    while let Some((before, behind)) = rest.split_once("${") {
        colons += before.matches(':').count();
        let closed = behind.split_once('}');
        found.push(Variable { inside: closed.map(|(inside, _)| inside), colons });
        rest = closed.map_or("", |(_, behind)| behind);
    }
    found
}

pub(super) fn judge(statement: &Statement<'_>, version: Version, sink: &mut Sink) {
    for element in [&statement.action, &statement.resource].into_iter().flatten() {
        let resource = statement.resource.as_ref().is_some_and(|known| std::ptr::eq(known, element));
        for entry in &element.entries {
            each(entry, version, sink, &|variable| {
                if resource {
                    (variable.colons < 5).then_some("an ARN takes variables behind its fifth colon only")
                } else {
                    Some("an action takes no variables")
                }
            });
        }
    }
    for named in statement.principal.iter().flat_map(|principal| &principal.entries) {
        each(&named.entry, version, sink, &|_| Some("a principal takes no variables"));
    }
    for test in &statement.conditions {
        if test.key.contains("${") {
            let key = Entry { text: test.key, span: test.key_span, pointer: test.pointer.clone() };
            each(&key, version, sink, &|_| Some("the name of a condition key takes no variables"));
        }
        let refused = match test.operator.test {
            Kind::Numeric(_) => Some("a numeric operator takes no variables"),
            Kind::Date(_) => Some("a date operator takes no variables"),
            Kind::Ip => Some("an address operator takes no variables"),
            Kind::Binary => Some("`BinaryEquals` takes no variables"),
            Kind::Null => Some("`Null` takes no variables"),
            // For `Bool` AWS's pages disagree (fact C9).
            _ => None,
        };
        for value in &test.values {
            each(value, version, sink, &|_| refused);
        }
    }
}

fn each(entry: &Entry<'_>, version: Version, sink: &mut Sink, refused: &dyn Fn(&Variable<'_>) -> Option<&'static str>) {
    if !entry.text.contains("${") {
        return;
    }
    let mut report = |code, message: String| sink.report(code, entry.span, &entry.pointer, message);
    if matches!(version, Version::Old | Version::Missing) {
        let message = format!("without version 2012-10-17, `{}` is taken letter by letter", entry.text);
        return report(&codes::VARIABLE_IN_OLD_VERSION, message);
    }
    // A text may hold very many, and is not repeated whole for each.
    let start: String = entry.text.chars().take(200).collect();
    for variable in scan(entry.text) {
        if let Some(why) = refused(&variable) {
            report(&codes::VARIABLE_NOT_TAKEN, format!("{why}, and `{start}` has one"));
            continue;
        }
        let Some(inside) = variable.inside else {
            report(&codes::MALFORMED_VARIABLE, format!("`{start}` has a `${{` without `}}`"));
            continue;
        };
        if matches!(inside, "*" | "?" | "$") {
            continue;
        }
        let (key, default) = inside.split_once(',').map_or((inside, None), |(key, rest)| (key, Some(rest)));
        let quoted = |default: &str| {
            default
                .trim()
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''))
                .is_some_and(|text| !text.contains('\''))
        };
        if !default.is_none_or(quoted) {
            let message = format!("a default stands in single quotes behind a comma: `${{{key}, 'text'}}`");
            report(&codes::MALFORMED_VARIABLE, message);
        } else if key.is_empty() || key.contains(|c: char| c.is_whitespace() || c == '{' || c == '$') {
            report(&codes::MALFORMED_VARIABLE, format!("`${{{inside}}}` is no variable: a condition key stands in it"));
        } else {
            known(key, &mut report);
        }
    }
}

fn known(key: &str, report: &mut dyn FnMut(&'static crate::lint::Code, String)) {
    match keys::find(key, &Actions::default()) {
        Key::Known(known) if known.many => {
            let message = format!("`{key}` can have several values, so that a variable with it has none");
            report(&codes::VARIABLE_WITH_MANY_VALUES, message);
        }
        Key::Claim | Key::Known(_) => {}
        Key::Unknown if key.contains("::") || !key.contains(':') => {
            let message = format!(
                "`${{{key}}}` is no policy variable; a template's own `${{…}}` must be replaced before AWS sees it"
            );
            report(&codes::UNKNOWN_VARIABLE, message);
        }
        Key::Unknown => {
            let hint = keys::suggest(key).map_or(String::new(), |hint| format!("; did you mean `{hint}`?"));
            report(&codes::UNKNOWN_VARIABLE, format!("no condition key `{key}` is known{hint}"));
        }
    }
}
