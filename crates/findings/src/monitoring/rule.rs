//! The rules of composite alarms: read, and asked what one alarm alone brings about.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::{Alarm, Trigger};

/// How deep parentheses, and composite alarms that name composite alarms, may go.
const DEPTH: usize = 64;

/// The most alarms of which every combination of states is tried, to see whether a rule can ever hold.
const TRIED: usize = 7;

/// The state of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It has gone off.
    Alarm,
    /// It has not.
    Ok,
    /// It lacks data.
    Insufficient,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule {
    /// `TRUE` or `FALSE`.
    Is(bool),
    /// An alarm is in a state.
    In(State, String),
    /// At least so many of these alarms are in a state, or are not.
    AtLeast(Share, State, bool, Vec<String>),
    /// The contrary.
    Not(Box<Self>),
    /// All.
    All(Vec<Self>),
    /// Any.
    Any(Vec<Self>),
}

/// How many of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// A number.
    Count(usize),
    /// A part of a hundred.
    Percent(usize),
}

impl Rule {
    /// Reads a rule; `None` where it makes no sense.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let rule = reader.any(0)?;
        reader.rest.trim().is_empty().then_some(rule)
    }

    /// Whether it holds; `None` where a state is not known.
    fn holds(&self, state: &mut dyn FnMut(&str) -> Option<State>) -> Option<bool> {
        match self {
            Self::Is(fixed) => Some(*fixed),
            Self::In(wanted, name) => Some(state(name)? == *wanted),
            Self::AtLeast(share, wanted, are, names) => {
                let states = names.iter().map(|name| state(name)).collect::<Option<Vec<_>>>()?;
                let count = states.iter().filter(|state| (**state == *wanted) == *are).count();
                Some(match share {
                    Share::Count(least) => count >= *least,
                    Share::Percent(least) => count * 100 >= least * names.len(),
                })
            }
            Self::Not(inner) => inner.holds(state).map(|holds| !holds),
            Self::All(parts) => {
                let all: Vec<Option<bool>> = parts.iter().map(|part| part.holds(state)).collect();
                if all.contains(&Some(false)) {
                    Some(false)
                } else {
                    all.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
                }
            }
            Self::Any(parts) => {
                let all: Vec<Option<bool>> = parts.iter().map(|part| part.holds(state)).collect();
                if all.contains(&Some(true)) {
                    Some(true)
                } else {
                    all.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
                }
            }
        }
    }

    /// The alarms that it names.
    fn names<'r>(&'r self, found: &mut BTreeSet<&'r str>) {
        match self {
            Self::Is(_) => {}
            Self::In(_, name) => {
                found.insert(name);
            }
            Self::AtLeast(_, _, _, names) => found.extend(names.iter().map(String::as_str)),
            Self::Not(inner) => inner.names(found),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.names(found)),
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn takes(&mut self, token: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(token)?;
        Some(())
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        let after = rest
            .strip_prefix(word)
            .filter(|after| !after.starts_with(|next: char| next.is_alphanumeric() || next == '_'));
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn any(&mut self, depth: usize) -> Option<Rule> {
        let mut parts = vec![self.all(depth)?];
        while self.word("OR") {
            parts.push(self.all(depth)?);
        }
        Some(if parts.len() == 1 { parts.pop()? } else { Rule::Any(parts) })
    }

    fn all(&mut self, depth: usize) -> Option<Rule> {
        let mut parts = vec![self.single(depth)?];
        while self.word("AND") {
            parts.push(self.single(depth)?);
        }
        Some(if parts.len() == 1 { parts.pop()? } else { Rule::All(parts) })
    }

    fn single(&mut self, depth: usize) -> Option<Rule> {
        if depth > DEPTH {
            return None;
        }
        if self.word("NOT") {
            return Some(Rule::Not(Box::new(self.single(depth + 1)?)));
        }
        if self.takes('(').is_some() {
            let inner = self.any(depth + 1)?;
            self.takes(')')?;
            return Some(inner);
        }
        if self.word("TRUE") {
            return Some(Rule::Is(true));
        }
        if self.word("FALSE") {
            return Some(Rule::Is(false));
        }
        if self.word("AT_LEAST") {
            return self.at_least();
        }
        let state = self.state()?;
        self.takes('(')?;
        let name = self.name()?;
        self.takes(')')?;
        Some(Rule::In(state, name))
    }

    fn at_least(&mut self) -> Option<Rule> {
        self.takes('(')?;
        let (number, rest) = self.rest.split_once(',')?;
        self.rest = rest;
        let number = number.trim();
        let share = match number.strip_suffix('%') {
            Some(percent) => Share::Percent(percent.trim().parse().ok()?),
            None => Share::Count(number.parse().ok()?),
        };
        let are = !self.word("NOT");
        let state = self.state()?;
        self.takes(',')?;
        self.takes('(')?;
        let mut names = vec![self.name()?];
        while self.takes(',').is_some() {
            names.push(self.name()?);
        }
        self.takes(')')?;
        self.takes(')')?;
        Some(Rule::AtLeast(share, state, are, names))
    }

    fn state(&mut self) -> Option<State> {
        let states = [("ALARM", State::Alarm), ("OK", State::Ok), ("INSUFFICIENT_DATA", State::Insufficient)];
        states.into_iter().find(|(word, _)| self.word(word)).map(|(_, state)| state)
    }

    /// A name, in quotes or not, or the name in an ARN.
    fn name(&mut self) -> Option<String> {
        let rest = self.rest.trim_start();
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''));
        let name: &'t str = if let Some(quote) = quote {
            let (name, after) = rest.strip_prefix(quote)?.split_once(quote)?;
            self.rest = after;
            name
        } else {
            let end = rest.find([')', ','])?;
            let (name, after) = rest.split_at_checked(end)?;
            self.rest = after;
            name.trim()
        };
        let name = name.split_once(":alarm:").filter(|_| name.starts_with("arn:")).map_or(name, |(_, name)| name);
        (!name.is_empty()).then(|| name.to_owned())
    }
}

/// What a composite alarm makes of one alarm that goes off while all others are quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It goes off too.
    GoesOff,
    /// It has to do with other alarms.
    Elsewhere,
    /// It wants more than that.
    NotByItself,
    /// It has gone off already, whatever happens.
    Always,
    /// Its rule holds in no combination of states.
    Never,
    /// It names itself, by way of others.
    Cycle,
    /// Its rule cannot be read.
    Unreadable,
}

/// The alarms of one region by name.
pub(crate) type Alarms<'a> = BTreeMap<&'a str, &'a Alarm>;

/// What `composite` makes of `alarm` going off.
pub(crate) fn outcome(alarms: &Alarms<'_>, composite: &Alarm, alarm: &str) -> Outcome {
    let Some(rules) = rules(alarms, composite) else { return Outcome::Unreadable };
    let mut leaves: BTreeSet<&str> = BTreeSet::new();
    for rule in rules.values() {
        rule.names(&mut leaves);
    }
    leaves.retain(|name| !rules.contains_key(name));
    if !leaves.contains(alarm) && is_cyclic(&rules, &composite.name, &mut Vec::new()) {
        return Outcome::Cycle;
    }
    let quiet = |name: &str| if name == alarm { State::Alarm } else { State::Ok };
    match (state(&rules, &composite.name, &quiet, 0), state(&rules, &composite.name, &|_| State::Ok, 0)) {
        (Some(State::Alarm), Some(State::Ok)) => Outcome::GoesOff,
        (_, Some(State::Alarm)) => Outcome::Always,
        (None, _) | (_, None) => Outcome::Cycle,
        _ if can_never_hold(&rules, &composite.name, &leaves) => Outcome::Never,
        _ if leaves.contains(alarm) => Outcome::NotByItself,
        _ => Outcome::Elsewhere,
    }
}

/// The rules of a composite alarm and of all those that it names in their turn; `None` where one cannot be read.
fn rules<'a>(alarms: &Alarms<'a>, composite: &'a Alarm) -> Option<BTreeMap<&'a str, Rule>> {
    let mut found: BTreeMap<&str, Rule> = BTreeMap::new();
    let mut open: Vec<&Alarm> = vec![composite];
    while let Some(alarm) = open.pop() {
        let Trigger::Rule(text) = &alarm.trigger else { continue };
        if found.contains_key(alarm.name.as_str()) {
            continue;
        }
        let rule = Rule::parse(text)?;
        let mut names = BTreeSet::new();
        rule.names(&mut names);
        open.extend(names.into_iter().filter_map(|name| alarms.get(name).copied()));
        found.insert(&alarm.name, rule);
    }
    Some(found)
}

fn is_cyclic<'r>(rules: &'r BTreeMap<&str, Rule>, name: &'r str, above: &mut Vec<&'r str>) -> bool {
    if above.contains(&name) || above.len() > DEPTH {
        return true;
    }
    let Some(rule) = rules.get(name) else { return false };
    let mut names = BTreeSet::new();
    rule.names(&mut names);
    above.push(name);
    let cyclic = names.into_iter().any(|name| is_cyclic(rules, name, above));
    above.pop();
    cyclic
}

/// The state of an alarm where those on metrics are as `leaf` says; `None` in a cycle.
fn state(rules: &BTreeMap<&str, Rule>, name: &str, leaf: &dyn Fn(&str) -> State, depth: usize) -> Option<State> {
    let Some(rule) = rules.get(name) else { return Some(leaf(name)) };
    if depth > DEPTH {
        return None;
    }
    let holds = rule.holds(&mut |inner| state(rules, inner, leaf, depth + 1))?;
    Some(if holds { State::Alarm } else { State::Ok })
}

/// Whether no combination of states makes the rule hold; `false` where there are too many to try.
fn can_never_hold(rules: &BTreeMap<&str, Rule>, name: &str, leaves: &BTreeSet<&str>) -> bool {
    const STATES: [State; 3] = [State::Alarm, State::Ok, State::Insufficient];
    if leaves.len() > TRIED {
        return false;
    }
    let combinations = 3_usize.pow(u32::try_from(leaves.len()).unwrap_or_default());
    (0..combinations).all(|combination| {
        let mut rest = combination;
        let chosen: BTreeMap<&str, State> = leaves
            .iter()
            .map(|leaf| {
                let state = STATES.get(rest % 3).copied().unwrap_or(State::Ok);
                rest /= 3;
                (*leaf, state)
            })
            .collect();
        state(rules, name, &|leaf| chosen.get(leaf).copied().unwrap_or(State::Ok), 0) != Some(State::Alarm)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarms(rules: &[(&str, &str)]) -> Vec<Alarm> {
        let alarm = |name: &str, rule: &str| Alarm {
            name: name.to_owned(),
            arn: format!("arn:aws:cloudwatch:us-east-1:111111111111:alarm:{name}"),
            region: "us-east-1".to_owned(),
            actions_enabled: true,
            actions: Vec::new(),
            trigger: Trigger::Rule(rule.to_owned()),
        };
        rules.iter().map(|(name, rule)| alarm(name, rule)).collect()
    }

    fn of(rules: &[(&str, &str)]) -> Outcome {
        let all = alarms(rules);
        let by_name: Alarms<'_> = all.iter().map(|alarm| (alarm.name.as_str(), alarm)).collect();
        outcome(&by_name, &all[0], "a")
    }

    #[test]
    fn what_a_rule_makes_of_one_alarm() {
        for (rule, expected) in [
            ("ALARM(a)", Outcome::GoesOff),
            ("ALARM(\"a\") OR ALARM(b)", Outcome::GoesOff),
            ("ALARM('a') AND NOT ALARM(maintenance)", Outcome::GoesOff),
            ("ALARM(arn:aws:cloudwatch:us-east-1:111111111111:alarm:a)", Outcome::GoesOff),
            ("NOT OK(a)", Outcome::GoesOff),
            ("(ALARM(a) OR ALARM(b)) AND OK(c)", Outcome::GoesOff),
            ("AT_LEAST(1, ALARM, (a, b))", Outcome::GoesOff),
            ("AT_LEAST(50%, ALARM, (\"a\", b))", Outcome::GoesOff),
            ("AT_LEAST(1, NOT OK, (a, b))", Outcome::GoesOff),
            ("AT_LEAST(2, ALARM, (a, b))", Outcome::NotByItself),
            ("ALARM(a) AND ALARM(b)", Outcome::NotByItself),
            ("INSUFFICIENT_DATA(a)", Outcome::NotByItself),
            ("ALARM(a) AND OK(a)", Outcome::Never),
            ("ALARM(a) AND FALSE", Outcome::Never),
            ("FALSE", Outcome::Never),
            ("TRUE OR ALARM(a)", Outcome::Always),
            ("OK(b)", Outcome::Always),
            ("ALARM(b)", Outcome::Elsewhere),
            ("ALARM(a", Outcome::Unreadable),
            ("ALARM(a) ALARM(b)", Outcome::Unreadable),
            ("", Outcome::Unreadable),
        ] {
            assert_eq!(of(&[("all", rule)]), expected, "{rule}");
        }
    }

    #[test]
    fn composite_alarms_of_composite_alarms() {
        assert_eq!(of(&[("all", "ALARM(inner)"), ("inner", "ALARM(a)")]), Outcome::GoesOff);
        assert_eq!(of(&[("all", "OK(inner)"), ("inner", "ALARM(a)")]), Outcome::Always);
        assert_eq!(of(&[("all", "ALARM(inner) AND ALARM(a)"), ("inner", "FALSE")]), Outcome::Never);
        assert_eq!(of(&[("all", "ALARM(other)"), ("other", "ALARM(all)")]), Outcome::Cycle);
        assert_eq!(of(&[("all", "ALARM(other) AND ALARM(a)"), ("other", "ALARM(all)")]), Outcome::Cycle);
        assert_eq!(of(&[("all", "ALARM(inner)"), ("inner", "nonsense")]), Outcome::Unreadable);
    }

    #[test]
    fn a_deep_rule_ends() {
        let deep = format!("{}ALARM(a){}", "(".repeat(5000), ")".repeat(5000));
        assert_eq!(Rule::parse(&deep), None);
        assert_eq!(Rule::parse(&format!("{}TRUE", "NOT ".repeat(5000))), None);
        assert_eq!(Rule::parse("TRUELY"), None);
    }
}
