//! One text, or the value of one key, that meets the demands on it.

use crate::condition::{Condition, Quantifier, Test, single};
use crate::decide::{Env, Stance};
use crate::document::Element;
use crate::glob::{Glob, Search, Token, search};
use crate::reach::domain::{Domain, Texts};
use crate::reach::solve::Solved;
use crate::reach::values::{arn_glob, every_address, one, ordered};
use crate::text::ResourcePattern;
use crate::work::is_spent;
use crate::{ContextValue, Layers, Request};

/// Patterns that a text has to match: one of each list, and none of the others.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) all: Vec<Vec<Glob>>,
    pub(crate) none: Vec<Glob>,
}

impl Asked {
    /// The patterns of a resource element, with what the caller's own keys put into them.
    pub(crate) fn globs_of(element: &Element<ResourcePattern>, layers: &Layers, request: &Request) -> Vec<Glob> {
        let env = Env::new(layers, request);
        let filled = element.entries.iter().filter_map(|pattern| pattern.glob(&|key| single(env.key(key))));
        filled.map(std::borrow::Cow::into_owned).collect()
    }

    /// The first text of these domains that is asked for.
    pub(crate) fn first(&self, domains: &[Domain]) -> Option<String> {
        domains.iter().find_map(|domain| match domain {
            Domain::Finite(all) => {
                let texts = all.iter().flatten().filter_map(|value| single(Some(value.clone())));
                texts.into_iter().find(|text| self.accepts(text))
            }
            Domain::Texts(texts) => match (Self { all: self.all.clone(), none: self.none.clone() }).find(texts) {
                Solved::Found(text) => Some(text),
                Solved::Nothing | Solved::Unsure => None,
            },
        })
    }

    pub(crate) fn accepts(&self, text: &str) -> bool {
        self.all.iter().all(|any| any.iter().any(|glob| glob.matches(text)))
            && !self.none.iter().any(|glob| glob.matches(text))
    }

    /// A text of a domain that is asked for, plain ones first.
    pub(crate) fn find(mut self, texts: &Texts) -> Solved<String> {
        if !texts.within.is_empty() {
            self.all.push(texts.within.clone());
        }
        self.none.extend(texts.except.iter().cloned());
        if let Some(plain) = texts.plain.iter().find(|plain| self.accepts(plain)) {
            return Solved::Found(plain.clone());
        }
        if self.all.iter().any(Vec::is_empty) {
            return Solved::Nothing;
        }
        // Where one list has nothing but plain words, it is one of them.
        let words = self.all.iter().find_map(|any| any.iter().map(Glob::literal).collect::<Option<Vec<String>>>());
        if let Some(words) = words {
            let found = words.into_iter().find(|word| self.accepts(word));
            return found.map_or(Solved::Nothing, Solved::Found);
        }
        let samples = self.all.iter().flatten().flat_map(Glob::samples);
        let mut samples = samples.take_while(|_| !is_spent());
        if let Some(found) = samples.find(|sample| !sample.is_empty() && self.accepts(sample)) {
            return Solved::Found(found);
        }
        if is_spent() {
            return Solved::Unsure;
        }
        let something = vec![Glob::from_tokens([Token::One, Token::Run])];
        let all: Vec<&[Glob]> = self.all.iter().chain(std::iter::once(&something)).map(Vec::as_slice).collect();
        match search(&all, &self.none, "x0a/:-") {
            Search::Found(text) => Solved::Found(text),
            Search::None => Solved::Nothing,
            Search::OutOfBudget => Solved::Unsure,
        }
    }
}

/// A key whose value is a part of another key's.
pub(crate) struct Part<'p> {
    pub(crate) key: &'p Key<'p, 'p>,
    /// The part of a whole.
    pub(crate) of: &'p dyn Fn(&str) -> String,
    /// The plain whole of a part.
    pub(crate) plain: &'p dyn Fn(String) -> Option<String>,
    /// The wholes of all parts that match.
    pub(crate) whole: &'p dyn Fn(&Glob) -> Vec<Glob>,
}

/// The demands on one key.
pub(crate) struct Key<'k, 'a> {
    pub(crate) demands: &'k [(&'a Condition, bool)],
    pub(crate) lookup: &'k dyn Fn(&str) -> Option<ContextValue>,
    pub(crate) stance: Stance,
    /// Variables that stand for any text.
    pub(crate) free: &'k [&'k str],
}

impl Key<'_, '_> {
    /// Whether a value meets every demand; what is not known is read as the stance says.
    pub(crate) fn accepts(&self, value: Option<&ContextValue>) -> bool {
        self.demands.iter().all(|(condition, wanted)| {
            if self.is_open(condition) {
                return self.may_meet(condition, *wanted, value);
            }
            let with = |hole: bool| condition.holds_for(value, self.lookup, hole) == *wanted;
            if !condition.has_hole() {
                return with(false);
            }
            match self.stance {
                Stance::Open => with(true) || with(false),
                Stance::Tight => with(true) && with(false),
            }
        })
    }

    /// Whether a condition has a variable that stands for any text.
    fn is_open(&self, condition: &Condition) -> bool {
        condition.values.iter().flat_map(|value| value.text.variables()).any(|key| self.free.contains(&key))
    }

    /// Whether a value can meet an open condition for some text of its variables.
    fn may_meet(&self, condition: &Condition, wanted: bool, value: Option<&ContextValue>) -> bool {
        match value {
            None => condition.holds_for(None, self.lookup, false) == wanted,
            Some(ContextValue::One(text)) if wanted != condition.operator.negated => {
                !is_textual(condition.operator.test)
                    || self.globs(condition, true).iter().any(|glob| glob.matches(text))
            }
            Some(_) => true,
        }
    }

    pub(crate) fn solve_finite(&self, all: &[Option<ContextValue>]) -> Solved<Option<ContextValue>> {
        let found = all.iter().take_while(|_| !is_spent()).find(|value| self.accepts(value.as_ref()));
        found.map_or(Solved::Nothing, |value| Solved::Found(value.clone()))
    }

    pub(crate) fn solve_texts(&self, texts: &Texts) -> Solved<Option<ContextValue>> {
        if texts.may_lack && self.accepts(None) {
            return Solved::Found(None);
        }
        if texts.many { self.solve_set(texts) } else { self.solve_one(texts) }
    }

    fn solve_one(&self, texts: &Texts) -> Solved<Option<ContextValue>> {
        self.solve_with(None, texts).map(one)
    }

    /// A text that meets the demands, and whose part meets those on another key.
    pub(crate) fn solve_with(&self, part: Option<&Part<'_>>, texts: &Texts) -> Solved<String> {
        let in_domain = |text: &String| {
            (texts.within.is_empty() || texts.within.iter().any(|glob| glob.matches(text)))
                && !texts.except.iter().any(|glob| glob.matches(text))
        };
        let accepted = |text: &String| {
            in_domain(text)
                && self.accepts(one(text.as_str()).as_ref())
                && part.is_none_or(|part| part.key.accepts(one((part.of)(text)).as_ref()))
        };
        let mut keys = std::iter::once(self).chain(part.map(|part| part.key));
        let others = keys.any(|key| key.demands.iter().any(|(condition, _)| !is_textual(condition.operator.test)));
        let mut tries = texts.plain.clone();
        if others && !is_spent() {
            tries.extend(self.measured());
            tries.extend(part.iter().flat_map(|part| part.key.measured().into_iter().filter_map(part.plain)));
        }
        if let Some(text) = tries.into_iter().take_while(|_| !is_spent()).find(accepted) {
            return Solved::Found(text);
        }
        let mut asked = self.asked();
        if let Some(part) = part {
            let whole = |globs: Vec<Glob>| -> Vec<Glob> { globs.iter().flat_map(part.whole).collect() };
            let of_part = part.key.asked();
            asked.all.extend(of_part.all.into_iter().map(whole));
            asked.none.extend(whole(of_part.none));
        }
        match asked.find(texts) {
            Solved::Found(text) if accepted(&text) => Solved::Found(text),
            Solved::Found(_) if !others => Solved::Unsure,
            // Numbers, times and addresses were all among the tries.
            Solved::Found(_) | Solved::Nothing => Solved::Nothing,
            Solved::Unsure => Solved::Unsure,
        }
    }

    fn asked(&self) -> Asked {
        let mut asked = Asked::default();
        for (condition, wanted) in self.demands {
            self.ask(&mut asked, condition, *wanted);
        }
        asked
    }

    /// Adds what a condition asks of a text that is there.
    fn ask(&self, asked: &mut Asked, condition: &Condition, wanted: bool) {
        if !is_textual(condition.operator.test) {
            return;
        }
        let matches = wanted != condition.operator.negated;
        let globs = self.globs(condition, matches);
        if matches {
            asked.all.push(globs);
        } else {
            asked.none.extend(globs);
        }
    }

    /// The patterns of a condition's values. A value that is not known yet is any or none, as the stance says.
    fn globs(&self, condition: &Condition, matches: bool) -> Vec<Glob> {
        let filled = condition.values.iter().filter_map(|value| {
            if value.text.has_hole() {
                let any = (self.stance == Stance::Open) == matches;
                return any.then(|| Glob::new("*"));
            }
            let Some(text) = value.text.fill(&|key| single((self.lookup)(key))) else {
                let refused = || {
                    let unmet = self.demands.iter().filter(|(other, wanted)| {
                        *wanted == other.operator.negated && other.operator.test == condition.operator.test
                    });
                    unmet.flat_map(|(other, _)| &other.values).any(|other| other.text == value.text)
                };
                return (matches && value.text.is_free(self.free) && !refused())
                    .then(|| value.text.wide(condition.operator.test == Test::StringEqualsIgnoreCase));
            };
            match condition.operator.test {
                Test::StringLike => Some(text.glob()),
                Test::Arn => arn_glob(&text),
                Test::StringEqualsIgnoreCase => Some(Glob::exactly_ignoring_case(&text.plain())),
                _ => Some(Glob::exactly(&text.plain())),
            }
        });
        filled.collect()
    }

    /// Numbers, times, addresses and truth values that the conditions tell apart.
    fn measured(&self) -> Vec<String> {
        let conditions: Vec<&Condition> = self.demands.iter().map(|(condition, _)| *condition).collect();
        let mut found = ordered(&conditions);
        found.extend(every_address(&conditions));
        found.extend(["true", "false", "0"].map(str::to_owned));
        found.extend(conditions.iter().flat_map(|condition| &condition.values).map(|value| value.raw.clone()));
        found
    }

    /// A set: what all its values must be, and what some value must be (fact C13).
    fn solve_set(&self, texts: &Texts) -> Solved<Option<ContextValue>> {
        let mut everyone = Vec::new();
        let mut someone = Vec::new();
        for (condition, wanted) in self.demands {
            match (condition.operator.test, condition.operator.quantifier, wanted) {
                (Test::Null, ..) => {}
                // An operator for one value looks at a set of one.
                (_, Quantifier::All, true) | (_, Quantifier::Any, false) | (_, Quantifier::Single, _) => {
                    everyone.push((*condition, *wanted));
                }
                (_, Quantifier::All, false) | (_, Quantifier::Any, true) => someone.push((*condition, *wanted)),
            }
        }
        let element = |demands: &[(&Condition, bool)]| {
            Key { demands, lookup: self.lookup, stance: self.stance, free: &[] }.solve_one(texts)
        };
        let mut tries: Vec<Vec<String>> = Vec::new();
        let mut unsure = false;
        // One value for all, and one for each.
        if let Solved::Found(Some(ContextValue::One(text))) = element(&[everyone.as_slice(), &someone].concat()) {
            tries.push(vec![text]);
        }
        let mut each = Vec::new();
        for demand in &someone {
            match element(&[everyone.as_slice(), &[*demand]].concat()) {
                Solved::Found(Some(ContextValue::One(text))) => each.push(text),
                Solved::Found(_) | Solved::Nothing => return Solved::Nothing,
                Solved::Unsure => unsure = true,
            }
        }
        each.dedup();
        tries.push(each);
        let found =
            tries.into_iter().filter(|values| !values.is_empty()).map(|values| Some(ContextValue::Many(values)));
        match found.into_iter().find(|value| self.accepts(value.as_ref())) {
            Some(value) => Solved::Found(value),
            None if unsure => Solved::Unsure,
            None => Solved::Nothing,
        }
    }
}

fn is_textual(test: Test) -> bool {
    matches!(test, Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike | Test::Arn)
}

/// A key as AWS spells it, where it is known.
pub(crate) fn spelled(key: &str) -> String {
    const KNOWN: [&str; 34] = [
        "aws:SourceIp",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:VpcSourceIp",
        "aws:SecureTransport",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
        "aws:PrincipalType",
        "aws:PrincipalServiceName",
        "aws:PrincipalIsAWSService",
        "aws:SourceArn",
        "aws:SourceAccount",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:MultiFactorAuthPresent",
        "aws:MultiFactorAuthAge",
        "aws:TokenIssueTime",
        "aws:CurrentTime",
        "aws:EpochTime",
        "aws:UserAgent",
        "aws:Referer",
        "aws:RequestedRegion",
        "aws:TagKeys",
        "aws:CalledVia",
        "aws:ViaAWSService",
        "sts:ExternalId",
        "sts:RoleSessionName",
        "sts:SourceIdentity",
        "s3:TlsVersion",
        "s3:authType",
        "s3:signatureversion",
        "aws:ResourceOrgID",
    ];
    KNOWN
        .iter()
        .find(|known| known.eq_ignore_ascii_case(key))
        .map_or_else(|| key.to_owned(), |known| (*known).to_owned())
}
