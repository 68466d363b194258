//! Context keys as variables, conditions over them (facts C1 to C14), and the values that they can have (facts E1 to E5).

use std::collections::BTreeSet;

use ipnet::IpNet;

use crate::condition::{Condition, Order, Quantifier, Test, Value, date, is_set, number};
use crate::reach::domain::{Domain, Texts};
use crate::smt::NotEncoded;
use crate::smt::pattern::{Chunk, equal_in_any_case, has_six_segments, in_order, like, like_arn, matches, segments};
use crate::smt::term::{Term, and, concat, decimal, equal, implies, integer, literal, not, or, symbol, truth};
use crate::status::narrow;
use crate::text::{Piece, Text};
use crate::{ContextValue, Document};

/// How many values a set may need.
const MOST_VALUES: usize = 4;

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Text,
    /// A set with up to so many texts.
    Set(usize),
    Address,
    Number,
    /// Whole seconds since 1970.
    Time,
}

/// A context key as variables.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) name: String,
    sort: Sort,
}

/// Which addresses a key can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Any.
    Any,
    /// Any on the internet (fact E4).
    Public,
    /// One on the internet that no network of the policy singles out.
    Elsewhere,
    /// One on the internet that a network of the policy singles out.
    SingledOut,
}

fn measures(test: Test) -> Option<Sort> {
    match test {
        Test::Numeric(_) => Some(Sort::Number),
        Test::Date(_) => Some(Sort::Time),
        Test::Ip => Some(Sort::Address),
        Test::StringEquals
        | Test::StringEqualsIgnoreCase
        | Test::StringLike
        | Test::Arn
        | Test::Bool
        | Test::Binary => Some(Sort::Text),
        Test::Null | Test::Unknown => None,
    }
}

impl Key {
    /// A key that these conditions look at; `many`: some caller can give it several values.
    pub(super) fn new(name: &str, conditions: &[&Condition], many: bool) -> Result<Self, NotEncoded> {
        let sorts: BTreeSet<Sort> =
            conditions.iter().filter_map(|condition| measures(condition.operator.test)).collect();
        if sorts.len() > 1 {
            return Err(NotEncoded::new(format!("operators of different types on `{name}`")));
        }
        let sort = sorts.first().copied().unwrap_or(Sort::Text);
        if !(is_set(name) || many) {
            return Ok(Self { name: name.to_owned(), sort });
        }
        if sort != Sort::Text {
            return Err(NotEncoded::new(format!("measures of the set `{name}`")));
        }
        // Each condition may want one value for itself, and a second value is what an operator for one fails on.
        let asked = conditions.iter().filter(|condition| condition.operator.quantifier != Quantifier::Single).count();
        if asked > MOST_VALUES {
            return Err(NotEncoded::new(format!("more than {MOST_VALUES} conditions on the set `{name}`")));
        }
        Ok(Self { name: name.to_owned(), sort: Sort::Set(asked.max(2)) })
    }

    pub(super) fn is_text(&self) -> bool {
        self.sort == Sort::Text
    }

    /// Whether it needs numbers that are not whole.
    pub(super) fn is_real(&self) -> bool {
        self.sort == Sort::Number
    }

    /// That it is there and has this text.
    pub(super) fn is(&self, text: &str) -> Result<Term, NotEncoded> {
        match self.sort {
            Sort::Text => Ok(and([self.present(), equal(&self.text(), text)])),
            _ => Err(NotEncoded::new(format!("another type than text of `{}`", self.name))),
        }
    }

    fn part(&self, part: &str) -> Term {
        symbol(&format!("{}{part}", self.name)).unwrap_or_default()
    }

    /// Whether the request carries the key; an empty set counts as missing (fact C3).
    pub(super) fn present(&self) -> Term {
        match self.sort {
            Sort::Set(size) => or((0..size).map(|index| self.holds(index))),
            _ => self.part("?"),
        }
    }

    /// The text of a key with one value.
    pub(super) fn text(&self) -> Term {
        self.part("")
    }

    fn holds(&self, index: usize) -> Term {
        self.part(&format!("[{index}]?"))
    }

    fn value(&self, index: usize) -> Term {
        self.part(&format!("[{index}]"))
    }

    /// Whether a value that is there can be read as a number, a time or an address.
    fn is_readable(&self) -> Term {
        self.part(" is readable")
    }

    fn is_v6(&self) -> Term {
        self.part(" is IPv6")
    }

    /// The declarations of its variables; `None` where its name cannot be a symbol.
    pub(super) fn declare(&self) -> Option<Vec<String>> {
        symbol(&self.name)?;
        let constant = |name: Term, sort: &str| format!("(declare-const {name} {sort})");
        let readable = || constant(self.is_readable(), "Bool");
        let present = || constant(self.part("?"), "Bool");
        Some(match self.sort {
            Sort::Text => vec![present(), constant(self.text(), "String")],
            Sort::Set(size) => (0..size)
                .flat_map(|index| [constant(self.holds(index), "Bool"), constant(self.value(index), "String")])
                .collect(),
            Sort::Address => {
                vec![present(), readable(), constant(self.is_v6(), "Bool"), constant(self.text(), "Int")]
            }
            Sort::Number => vec![present(), readable(), constant(self.text(), "Real")],
            Sort::Time => vec![present(), readable(), constant(self.text(), "Int")],
        })
    }

    /// What holds for its variables whoever calls.
    pub(super) fn invariant(&self) -> Term {
        match self.sort {
            Sort::Set(size) => and((0..size).map(|index| {
                let filled = not(&equal(&self.value(index), &literal("")));
                // The first ones are filled first: their order means nothing.
                let before = if index == 0 { truth(true) } else { self.holds(index - 1) };
                implies(&self.holds(index), and([filled, before]))
            })),
            Sort::Address => {
                let x = self.text();
                let below = |bits: u32| {
                    format!("(< {x} {})", 1_u128.checked_shl(bits).map_or_else(two_to_128, |max| max.to_string()))
                };
                let within = format!("(ite {} {} {})", self.is_v6(), below(128), below(32));
                and([format!("(>= {x} 0)"), within])
            }
            _ => truth(true),
        }
    }

    /// That its values are of a domain of the tables.
    pub(super) fn is_in(&self, domain: &Domain) -> Result<Term, NotEncoded> {
        match domain {
            Domain::Finite(values) => {
                let each: Result<Vec<Term>, NotEncoded> =
                    values.iter().map(|value| self.is_value(value.as_ref())).collect();
                Ok(or(each?))
            }
            Domain::Texts(texts) => self.is_text_of(texts),
        }
    }

    fn is_value(&self, value: Option<&ContextValue>) -> Result<Term, NotEncoded> {
        let Some(value) = value else { return Ok(not(&self.present())) };
        let values: &[String] = match value {
            ContextValue::One(one) => std::slice::from_ref(one),
            ContextValue::Many(many) => many,
        };
        let readable = |term: Option<Term>| {
            let known = term.is_some();
            let read = if known { self.is_readable() } else { not(&self.is_readable()) };
            and([self.present(), read, term.unwrap_or_else(|| truth(true))])
        };
        let x = self.text();
        match (self.sort, values) {
            (Sort::Set(size), values) if values.len() <= size => {
                Ok(and((0..size).map(|index| match values.get(index) {
                    Some(value) => and([self.holds(index), equal(&self.value(index), &literal(value))]),
                    None => not(&self.holds(index)),
                })))
            }
            (Sort::Text, [one]) => Ok(and([self.present(), equal(&x, &literal(one))])),
            (Sort::Number, [one]) => Ok(readable(number(one).map(|number| equal(&x, &decimal(number))))),
            (Sort::Time, [one]) => Ok(readable(date(one).map(|date| equal(&x, &integer(date.as_second().into()))))),
            (Sort::Address, [one]) => {
                let net = one.parse::<std::net::IpAddr>().ok().map(IpNet::from);
                Ok(readable(net.map(|net| self.is_inside(net))))
            }
            _ => Err(NotEncoded::new(format!("a set in place of one value of `{}`", self.name))),
        }
    }

    fn is_text_of(&self, texts: &Texts) -> Result<Term, NotEncoded> {
        let of = |x: &str| {
            let within = or(texts.within.iter().map(|glob| matches(x, glob)));
            let within = if texts.within.is_empty() { truth(true) } else { within };
            and([within, not(&or(texts.except.iter().map(|glob| matches(x, glob))))])
        };
        let there = if texts.may_lack { truth(true) } else { self.present() };
        Ok(match self.sort {
            Sort::Text => and([there, implies(&self.present(), of(&self.text()))]),
            Sort::Set(size) => {
                let all = (0..size).map(|index| {
                    let single = index > 0 && !texts.many;
                    if single { not(&self.holds(index)) } else { implies(&self.holds(index), of(&self.value(index))) }
                });
                and(all.chain([there]))
            }
            _ if texts.within.is_empty() && texts.except.is_empty() => there,
            _ => return Err(NotEncoded::new(format!("measures of the patterned `{}`", self.name))),
        })
    }

    /// That it is a number or time of any size, and missing only where it may be.
    pub(super) fn is_of_any_size(&self, may_lack: bool) -> Result<Term, NotEncoded> {
        match self.sort {
            Sort::Number | Sort::Time => {
                Ok(and([if may_lack { truth(true) } else { self.present() }, self.is_readable()]))
            }
            // Only whether it is there was asked for.
            Sort::Text => Ok(if may_lack { truth(true) } else { self.present() }),
            Sort::Set(_) | Sort::Address => Err(NotEncoded::new(format!("another measure of `{}`", self.name))),
        }
    }

    /// That it is an address where a caller may be; `conditions` are those that single networks out.
    pub(super) fn is_address(&self, reach: Reach, conditions: &[&Condition]) -> Result<Term, NotEncoded> {
        if self.sort == Sort::Text && conditions.iter().all(|condition| condition.operator.test == Test::Null) {
            return Ok(if reach == Reach::SingledOut { truth(false) } else { self.present() });
        }
        if self.sort != Sort::Address {
            return Err(NotEncoded::new(format!("the text of the address `{}`", self.name)));
        }
        let nets = conditions.iter().flat_map(|condition| &condition.values).filter_map(Value::net);
        let singled_out = || or(nets.clone().filter(|net| narrow(*net)).map(|net| self.is_inside(net)));
        let public = || not(&or(NOT_PUBLIC.iter().filter_map(|net| net.parse().ok()).map(|net| self.is_inside(net))));
        let where_it_may_be = match reach {
            Reach::Any => truth(true),
            Reach::Public => public(),
            Reach::Elsewhere => and([public(), not(&singled_out())]),
            Reach::SingledOut => and([public(), singled_out()]),
        };
        Ok(and([self.present(), self.is_readable(), where_it_may_be]))
    }

    fn is_inside(&self, net: IpNet) -> Term {
        let (x, v6) = (self.text(), self.is_v6());
        let (family, first, last) = match net {
            IpNet::V4(net) => (not(&v6), u128::from(u32::from(net.network())), u128::from(u32::from(net.broadcast()))),
            IpNet::V6(net) => (v6, u128::from(net.network()), u128::from(net.broadcast())),
        };
        let bounds = if first == last { equal(&x, &first.to_string()) } else { format!("(<= {first} {x} {last})") };
        and([family, bounds])
    }
}

fn two_to_128() -> String {
    "340282366920938463463374607431768211456".to_owned()
}

/// Addresses that no caller on the internet has (fact E4).
const NOT_PUBLIC: [&str; 13] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "0.0.0.0/32",
    "255.255.255.255/32",
    "224.0.0.0/4",
    "::1/128",
    "::/128",
    "ff00::/8",
    "fc00::/7",
    "fe80::/10",
];

/// The keys by name, for variables in texts.
pub(super) trait Lookup {
    /// The key of this name in lower case.
    fn key(&self, name: &str) -> Result<&Key, NotEncoded>;
}

/// That a condition holds.
pub(super) fn holds(condition: &Condition, keys: &dyn Lookup) -> Result<Term, NotEncoded> {
    let key = keys.key(&condition.key)?;
    let operator = condition.operator;
    match operator.test {
        Test::Unknown => return Ok(truth(false)),
        Test::Null => {
            return Ok(or(condition.values.iter().map(|value| match value.raw.to_ascii_lowercase().as_str() {
                "true" => not(&key.present()),
                "false" => key.present(),
                _ => truth(false),
            })));
        }
        _ => {}
    }
    // One value of the request against the values of the policy (fact C1).
    let one = |index: Option<usize>| -> Result<Term, NotEncoded> {
        let each: Result<Vec<Term>, NotEncoded> =
            condition.values.iter().map(|value| meets(key, index, operator.test, value, keys)).collect();
        let any = or(each?);
        Ok(if operator.negated { not(&any) } else { any })
    };
    let Sort::Set(size) = key.sort else {
        let single = is_set(&key.name) && operator.quantifier == Quantifier::Single;
        let found = if single { truth(operator.negated) } else { one(None)? };
        let found = match operator.quantifier {
            // An empty text counts as nothing for `ForAllValues` (fact C3).
            Quantifier::All if key.sort == Sort::Text => or([found, equal(&key.text(), &literal(""))]),
            _ => found,
        };
        let missing = match operator.quantifier {
            Quantifier::All => true,
            Quantifier::Any => operator.if_exists,
            Quantifier::Single => operator.if_exists || operator.negated,
        };
        return Ok(if missing { or([not(&key.present()), found]) } else { and([key.present(), found]) });
    };
    let each: Result<Vec<Term>, NotEncoded> = (0..size).map(|index| one(Some(index))).collect();
    let each = each?.into_iter().enumerate();
    let missing = not(&key.present());
    Ok(match operator.quantifier {
        Quantifier::All => and(each.map(|(index, met)| implies(&key.holds(index), met))),
        Quantifier::Any => {
            let some = or(each.map(|(index, met)| and([key.holds(index), met])));
            if operator.if_exists { or([missing, some]) } else { some }
        }
        // A set under an operator for one value (fact C12).
        Quantifier::Single => {
            let missing_is_met = truth(operator.if_exists || operator.negated);
            let alone = and([key.holds(0), not(&key.holds(1))]);
            let first = each.take(1).map(|(_, met)| met).next().unwrap_or_default();
            let alone_is_met = if is_set(&key.name) { truth(operator.negated) } else { first };
            or([
                and([missing.clone(), missing_is_met]),
                and([alone.clone(), alone_is_met]),
                and([not(&missing), not(&alone), truth(operator.negated)]),
            ])
        }
    })
}

/// That a value of the request meets one value of the policy.
fn meets(key: &Key, index: Option<usize>, test: Test, value: &Value, keys: &dyn Lookup) -> Result<Term, NotEncoded> {
    let x = index.map_or_else(|| key.text(), |index| key.value(index));
    let read = |term: Option<Term>| term.map_or_else(|| truth(false), |term| and([key.is_readable(), term]));
    let varies = value.text.variables().next().is_some();
    Ok(match test {
        Test::StringEquals => fill(&value.text, keys, &|parts| equal(&x, &concat(parts)))?,
        Test::StringLike if varies => chunked(&x, &value.text, keys)?,
        Test::Arn if varies => arn_with_variables(&x, &value.text, keys)?,
        Test::StringLike => like(&x, &value.text),
        Test::Arn => like_arn(&x, &value.text, false),
        Test::StringEqualsIgnoreCase if !varies && value.raw.is_ascii() => equal_in_any_case(&x, &value.text.plain()),
        Test::Bool if !varies => {
            let wanted = value.text.plain().to_ascii_lowercase();
            if wanted == "true" || wanted == "false" { equal_in_any_case(&x, &wanted) } else { truth(false) }
        }
        Test::Numeric(order) => read(number(&value.raw).map(|number| compared(order, &x, &decimal(number)))),
        Test::Date(order) => read(match date(&value.raw) {
            Some(date) if date.subsec_nanosecond() != 0 => {
                return Err(NotEncoded::new("a time with parts of a second"));
            }
            Some(date) => Some(compared(order, &x, &integer(date.as_second().into()))),
            None => None,
        }),
        Test::Ip => read(value.net().map(|net| key.is_inside(net))),
        Test::StringEqualsIgnoreCase | Test::Bool => {
            return Err(NotEncoded::new("a variable, or a letter outside ASCII, compared in any case"));
        }
        Test::Binary => return Err(NotEncoded::new("`BinaryEquals`")),
        Test::Null | Test::Unknown => truth(false),
    })
}

fn compared(order: Order, x: &str, bound: &str) -> Term {
    let sign = match order {
        Order::Equal => "=",
        Order::Less => "<",
        Order::LessOrEqual => "<=",
        Order::Greater => ">",
        Order::GreaterOrEqual => ">=",
    };
    format!("({sign} {x} {bound})")
}

/// The string that stands for a variable, and when there is one (facts D2, D4).
fn variable(name: &str, default: Option<&String>, keys: &dyn Lookup) -> Result<(Term, Term), NotEncoded> {
    let key = keys.key(name)?;
    if !key.is_text() {
        return Err(NotEncoded::new(format!("the variable `{name}`, which is no text")));
    }
    Ok(match default {
        None => (key.text(), key.present()),
        Some(default) => (format!("(ite {} {} {})", key.present(), key.text(), literal(default)), truth(true)),
    })
}

/// What `made` makes of the strings of a text, wildcards as themselves; false where a variable has no value (fact D4).
fn fill(text: &Text, keys: &dyn Lookup, made: &dyn Fn(&[Term]) -> Term) -> Result<Term, NotEncoded> {
    let mut there = Vec::new();
    let mut parts = Vec::new();
    for piece in &text.pieces {
        parts.push(match piece {
            Piece::Literal(words) => literal(words),
            Piece::Run => literal("*"),
            Piece::One => literal("?"),
            Piece::Variable { key, default } => {
                let (string, present) = variable(key, default.as_ref(), keys)?;
                there.push(present);
                string
            }
            Piece::Hole(_) => return Err(NotEncoded::new("a value that is not known yet")),
        });
    }
    there.push(made(&parts));
    Ok(and(there))
}

/// `x` matches a pattern with variables.
pub(super) fn chunked(x: &str, text: &Text, keys: &dyn Lookup) -> Result<Term, NotEncoded> {
    let mut there = Vec::new();
    let mut chunks = Vec::new();
    for piece in &text.pieces {
        chunks.push(match piece {
            Piece::Literal(words) => Chunk::Fixed(vec![literal(words)]),
            Piece::Run => Chunk::Run,
            Piece::One => return Err(NotEncoded::new("`?` beside a variable")),
            Piece::Variable { key, default } => {
                let (string, present) = variable(key, default.as_ref(), keys)?;
                there.push(present);
                Chunk::Fixed(vec![string])
            }
            Piece::Hole(_) => return Err(NotEncoded::new("a value that is not known yet")),
        });
    }
    let matched = in_order(x, &chunks).ok_or_else(|| NotEncoded::new("many `*` around a variable"))?;
    there.push(matched);
    Ok(and(there))
}

/// `x` is an ARN, each segment of which matches that of a pattern with variables (fact C7).
fn arn_with_variables(x: &str, text: &Text, keys: &dyn Lookup) -> Result<Term, NotEncoded> {
    let mut parts = vec![Text::default()];
    for piece in &text.pieces {
        let room = 7 - parts.len();
        let words: Vec<&str> = match piece {
            Piece::Literal(words) => words.splitn(room, ':').collect(),
            _ => Vec::new(),
        };
        if words.is_empty() {
            parts.last_mut().into_iter().for_each(|part| part.pieces.push(piece.clone()));
        }
        for (index, words) in words.into_iter().enumerate() {
            if index > 0 {
                parts.push(Text::default());
            }
            let last = parts.last_mut().into_iter();
            last.filter(|_| !words.is_empty()).for_each(|part| part.pieces.push(Piece::Literal(words.to_owned())));
        }
    }
    if parts.len() != 6 {
        return Ok(truth(false));
    }
    let mut terms = vec![has_six_segments(x)];
    for (part, segment) in parts.iter().zip(segments(x)) {
        let varies = part.variables().next().is_some();
        terms.push(if varies { chunked(&segment, part, keys)? } else { like(&segment, part) });
    }
    Ok(and(terms))
}

/// `x` is a resource that a pattern covers (facts B3, B4).
pub(super) fn covers_resource(x: &str, text: &Text, keys: &dyn Lookup) -> Result<Term, NotEncoded> {
    if text.variables().next().is_none() {
        return Ok(like_arn(x, text, true));
    }
    // What stands before the fifth colon has no wildcard, else how far it reaches depends on the variable.
    let mut colons = 0;
    for piece in &text.pieces {
        match piece {
            Piece::Literal(words) => colons += words.matches(':').count(),
            _ if colons < 5 => {
                return Err(NotEncoded::new("a wildcard or variable before the resource part of an ARN"));
            }
            _ => {}
        }
    }
    chunked(x, text, keys)
}

/// The keys that stand as variables in documents.
pub(super) fn variables<'d>(documents: &[&'d Document]) -> BTreeSet<&'d str> {
    let statements = documents.iter().flat_map(|document| document.statements());
    statements
        .flat_map(|statement| {
            let resources = statement.resource.iter().flat_map(|element| &element.entries).map(|entry| &entry.text);
            let conditions = statement.conditions.iter().flat_map(|condition| &condition.values);
            resources.chain(conditions.map(|value| &value.text)).flat_map(Text::variables)
        })
        .collect()
}
