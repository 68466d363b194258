//! Operators and keys of conditions, and how they go together (facts C1 to C14, E2).

use crate::catalogue::{ConditionKey, KeyKind};
use crate::condition::{Quantifier, Test as Kind};
use crate::lint::actions::{Actions, Named};
use crate::lint::keys::{self, Key};
use crate::lint::read::{Statement, Test};
use crate::lint::suggest::nearest;
use crate::lint::{Sink, codes, values};

const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
];

pub(super) fn judge(statement: &Statement<'_>, actions: &Actions<'_>, sink: &mut Sink) {
    let mut unknown_operators = Vec::new();
    for test in &statement.conditions {
        if test.operator.test == Kind::Unknown {
            if !unknown_operators.contains(&test.word) {
                unknown_operators.push(test.word);
                unknown_operator(test, sink);
            }
        } else {
            values::judge(test, sink);
        }
        match keys::find(test.key, actions) {
            Key::Unknown => unknown_key(test, sink),
            Key::Claim => {}
            Key::Known(key) => known(statement, test, key, actions, sink),
        }
        multi_factor(statement, test, sink);
    }
}

fn unknown_operator(test: &Test<'_>, sink: &mut Sink) {
    let (set, bare) = test.word.split_once(':').map_or((None, test.word), |(set, bare)| (Some(set), bare));
    let bare = bare.strip_suffix("IfExists").unwrap_or(bare);
    let message = match set {
        Some(set) if !["ForAllValues", "ForAnyValue"].iter().any(|known| known.eq_ignore_ascii_case(set)) => {
            format!("`{}` begins with neither `ForAllValues:` nor `ForAnyValue:`", test.word)
        }
        _ if bare.eq_ignore_ascii_case("null") => {
            "`Null` takes no `IfExists`: it asks whether the key exists".to_owned()
        }
        _ => {
            let hint = nearest(bare, OPERATORS.into_iter());
            let hint = hint.map_or(String::new(), |hint| format!("; did you mean `{hint}`?"));
            format!("there is no condition operator `{}`{hint}", test.word)
        }
    };
    let pointer = test.pointer.rsplit_once('/').map_or("", |(operator, _)| operator);
    sink.report(&codes::UNKNOWN_OPERATOR, test.word_span, pointer, message);
}

fn unknown_key(test: &Test<'_>, sink: &mut Sink) {
    let hint = if sink.is_full() { None } else { keys::suggest(test.key) };
    let hint = hint.map_or(String::new(), |hint| format!("; did you mean `{hint}`?"));
    let message = format!("no condition key `{}` is known{hint}", test.key);
    sink.report(&codes::UNKNOWN_CONDITION_KEY, test.key_span, &test.pointer, message);
}

fn known(
    statement: &Statement<'_>,
    test: &Test<'_>,
    key: &'static ConditionKey,
    actions: &Actions<'_>,
    sink: &mut Sink,
) {
    let (span, pointer) = (test.key_span, &test.pointer);
    if !keys::applies(key, actions) {
        let of = actions.named.iter().find_map(Named::service);
        let message = match of {
            Some(service) if service.key(test.key).is_none() => {
                format!("no request to `{}` carries `{}`", service.prefix, test.key)
            }
            _ => format!("no action of this statement comes with `{}`", test.key),
        };
        let message = format!("{message}; {}", when_absent(test));
        sink.report(&codes::KEY_NEVER_APPLIES, span, pointer, message);
    }
    if let Some(message) = mismatch(test, key) {
        sink.report(&codes::OPERATOR_KEY_MISMATCH, span, pointer, message);
    }
    let quantifier = test.operator.quantifier;
    if matches!(test.operator.test, Kind::Null | Kind::Unknown) {
        return;
    }
    if key.many && quantifier == Quantifier::Single {
        let message = format!(
            "`{}` can have several values at once; say `ForAnyValue:{word}` or `ForAllValues:{word}`",
            test.key,
            word = test.word
        );
        sink.report(&codes::MISSING_SET_OPERATOR, span, pointer, message);
    }
    // That a request which sets no tags passes is what conditions on aws:TagKeys are written for, and a grant of KMS
    // always has operations.
    let wanted = ["aws:TagKeys", "kms:GrantOperations"].iter().any(|key| key.eq_ignore_ascii_case(test.key));
    if statement.allows()
        && quantifier == Quantifier::All
        && !wanted
        && sink.afford(statement.conditions.len())
        && !is_guarded(statement, test)
    {
        let single = if key.many { "" } else { "; it has one value at most, and needs no set operator" };
        let message = format!("`{}` is true where the request has no `{}` at all{single}", test.word, test.key);
        sink.report(&codes::FOR_ALL_VALUES_WITHOUT_GUARD, span, pointer, message);
    } else if !key.many && quantifier != Quantifier::Single {
        let message =
            format!("`{}` has one value at most, so that `{}` is no question about a set", test.key, test.word);
        sink.report(&codes::SET_OPERATOR_ON_SINGLE_VALUE, span, pointer, message);
    }
}

/// What a condition on a key that is never there comes to (facts C3, C13).
fn when_absent(test: &Test<'_>) -> &'static str {
    let operator = test.operator;
    let holds = match operator.test {
        Kind::Null => test.values.iter().any(|value| value.text.eq_ignore_ascii_case("true")),
        Kind::Unknown => false,
        _ => match operator.quantifier {
            Quantifier::All => true,
            Quantifier::Any => operator.if_exists,
            Quantifier::Single => operator.if_exists || operator.negated,
        },
    };
    if holds { "the condition is always true" } else { "the condition is never true" }
}

/// Whether another test of the statement is false without the key (fact C13).
fn is_guarded(statement: &Statement<'_>, test: &Test<'_>) -> bool {
    statement.conditions.iter().filter(|other| other.key.eq_ignore_ascii_case(test.key)).any(|other| {
        let operator = other.operator;
        match operator.test {
            Kind::Null => other.values.iter().all(|value| value.text.eq_ignore_ascii_case("false")),
            Kind::Unknown => false,
            _ => match operator.quantifier {
                Quantifier::All => false,
                Quantifier::Any => !operator.if_exists,
                Quantifier::Single => !operator.if_exists && !operator.negated,
            },
        }
    })
}

/// Why an operator is no question that can be asked of such values. Text operators compare the text of any value, which
/// is right for numbers and switches too; of addresses they compare the writing.
fn mismatch(test: &Test<'_>, key: &ConditionKey) -> Option<String> {
    let what = match key.kind {
        KeyKind::String => "text",
        KeyKind::Arn => "an ARN",
        KeyKind::Bool => "true or false",
        KeyKind::Numeric => "a number",
        KeyKind::Date => "a date",
        KeyKind::IpAddress => "an address",
        KeyKind::Binary => "bytes",
    };
    let fits = match (test.operator.test, key.kind) {
        (Kind::Null | Kind::Unknown, _) => true,
        (Kind::StringEquals | Kind::StringEqualsIgnoreCase | Kind::StringLike, kind) => {
            !matches!(kind, KeyKind::IpAddress | KeyKind::Binary)
        }
        // Many keys that the reference calls text hold ARNs.
        (Kind::Arn, KeyKind::String) => {
            test.values.iter().all(|value| value.text.starts_with(['*', '$']) || value.text.starts_with("arn:"))
        }
        (Kind::Arn, kind) => kind == KeyKind::Arn,
        // Seconds since 1970 are a number too.
        (Kind::Numeric(_), kind) => matches!(kind, KeyKind::Numeric | KeyKind::Date),
        (Kind::Date(_), kind) => kind == KeyKind::Date,
        (Kind::Bool, kind) => kind == KeyKind::Bool,
        (Kind::Binary, kind) => kind == KeyKind::Binary,
        (Kind::Ip, kind) => kind == KeyKind::IpAddress,
    };
    (!fits).then(|| format!("`{}` holds {what}, which `{}` does not compare", test.key, test.word))
}

/// The key is absent where long-term keys sign a request (fact E2).
fn multi_factor(statement: &Statement<'_>, test: &Test<'_>, sink: &mut Sink) {
    if !test.key.eq_ignore_ascii_case("aws:MultiFactorAuthPresent") {
        return;
    }
    let says = |word: &str| test.values.iter().any(|value| value.text.eq_ignore_ascii_case(word));
    let (is_bool, if_exists) = (test.operator.test == Kind::Bool, test.operator.if_exists);
    if statement.allows() && is_bool && if_exists && says("true") {
        let message = "access keys of a user carry no such key, so that they pass without MFA; say `Bool`";
        sink.report(&codes::MFA_IF_EXISTS, test.key_span, &test.pointer, message);
    } else if statement.allows() && test.operator.test == Kind::Null && says("false") {
        let message = "the key exists with the value false as well; say `Bool` and `true`";
        sink.report(&codes::MFA_IF_EXISTS, test.key_span, &test.pointer, message);
    } else if statement.denies() && is_bool && !if_exists && says("false") {
        let message = "access keys of a user carry no such key, so that this denies them nothing; say `BoolIfExists`";
        sink.report(&codes::MFA_DENY_MISSES_KEYS, test.key_span, &test.pointer, message);
    }
}
