//! IAM's patterns: `*` is any run of characters, `?` exactly one (facts B2, B3, C6).

mod product;
#[cfg(test)]
mod tests;

pub(crate) use product::{Search, search};

use smallvec::SmallVec;

use crate::work::{is_spent, spend};

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Glob {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Token {
    /// This character.
    Is(char),
    /// Any one character.
    One,
    /// Any run of characters.
    Run,
    /// Any run of characters without a colon: a `*` inside a segment of an ARN (fact B3).
    RunInSegment,
    /// Any one character but a colon.
    OneInSegment,
    /// Any run of characters without a colon or a slash: a name among others.
    RunInName,
    /// Any one character but a colon or a slash.
    OneInName,
    /// This character or the other case of it.
    AnyCase(char),
}

impl Token {
    /// Whether it takes one character, this one.
    fn takes(self, found: char) -> bool {
        match self {
            Self::Is(wanted) => wanted == found,
            Self::AnyCase(wanted) => wanted == found || wanted.to_lowercase().eq(found.to_lowercase()),
            Self::One => true,
            Self::OneInSegment => found != ':',
            Self::OneInName => !matches!(found, ':' | '/'),
            Self::Run | Self::RunInSegment | Self::RunInName => false,
        }
    }

    /// Whether it is a run that may take this character.
    fn runs_over(self, found: char) -> bool {
        match self {
            Self::Run => true,
            Self::RunInSegment => found != ':',
            Self::RunInName => !matches!(found, ':' | '/'),
            _ => false,
        }
    }

    /// Whether it is a run that may take all that another token takes.
    fn stays_over(self, other: Self) -> bool {
        match (self, other) {
            (Self::Run, _)
            | (Self::RunInSegment, Self::RunInSegment | Self::OneInSegment | Self::RunInName | Self::OneInName)
            | (Self::RunInName, Self::RunInName | Self::OneInName) => true,
            (run, Self::Is(c)) => run.runs_over(c),
            (run, Self::AnyCase(c)) => run.runs_over(c) && c.is_alphabetic(),
            _ => false,
        }
    }

    /// Whether it takes every one character that another token takes.
    fn takes_all_of(self, other: Self) -> bool {
        match (self, other) {
            (_, Self::Run | Self::RunInSegment | Self::RunInName) => false,
            (Self::One, _)
            | (Self::OneInSegment, Self::OneInSegment | Self::OneInName)
            | (Self::OneInName, Self::OneInName) => true,
            (here, Self::Is(c)) => here.takes(c),
            (Self::AnyCase(here), Self::AnyCase(c)) => here == c,
            _ => false,
        }
    }

    /// Whether a run may take something that the other token takes too.
    fn may_hold(self, other: Self) -> bool {
        match (self, other) {
            (run, Self::Is(c)) => run.runs_over(c),
            _ => true,
        }
    }

    /// Whether two tokens for one character share one.
    fn shares(self, other: Self) -> bool {
        match (self, other) {
            (Self::AnyCase(c), token) | (token, Self::AnyCase(c)) => {
                c.to_lowercase().chain(c.to_uppercase()).any(|c| token.takes(c))
            }
            (Self::Is(c), token) | (token, Self::Is(c)) => token.takes(c),
            _ => true,
        }
    }

    fn is_run(self) -> bool {
        matches!(self, Self::Run | Self::RunInSegment | Self::RunInName)
    }
}

impl Glob {
    /// Compiles a pattern in which `*` and `?` are wild.
    pub(crate) fn new(pattern: &str) -> Self {
        Self::from_tokens(pattern.chars().map(|c| match c {
            '*' => Token::Run,
            '?' => Token::One,
            c => Token::Is(c),
        }))
    }

    /// Compiles a pattern whose wildcards take no colon.
    pub(crate) fn in_segment(pattern: &str) -> Self {
        Self::from_tokens(pattern.chars().map(|c| match c {
            '*' => Token::RunInSegment,
            '?' => Token::OneInSegment,
            c => Token::Is(c),
        }))
    }

    /// What is left of it where it must match a name: no wildcard takes a colon or a slash.
    pub(crate) fn in_name(self) -> Option<Self> {
        let tokens = self.tokens.into_iter().map(|token| match token {
            Token::Is(':' | '/') => None,
            Token::Run | Token::RunInSegment => Some(Token::RunInName),
            Token::One | Token::OneInSegment => Some(Token::OneInName),
            token => Some(token),
        });
        tokens.collect::<Option<_>>().map(|tokens| Self { tokens })
    }

    /// The one pattern of this text.
    pub(crate) fn exactly(text: &str) -> Self {
        Self { tokens: text.chars().map(Token::Is).collect() }
    }

    /// The pattern of this text in any case.
    pub(crate) fn exactly_ignoring_case(text: &str) -> Self {
        Self { tokens: text.chars().map(Token::AnyCase).collect() }
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// What every match begins with.
    pub(crate) fn literal_prefix(&self) -> String {
        let plain = self.tokens.iter().map_while(|token| match token {
            Token::Is(c) => Some(*c),
            _ => None,
        });
        plain.collect()
    }

    /// The pattern of what can stand before the first colon.
    pub(crate) fn before_colon(&self) -> Self {
        let colon = self.tokens.iter().position(|token| *token == Token::Is(':'));
        // A run may take the colon.
        let run = self.tokens.iter().position(|token| *token == Token::Run).map(|run| run + 1);
        let end = colon.or(run).unwrap_or(self.tokens.len());
        Self { tokens: self.tokens.iter().copied().take(end).collect() }
    }

    /// Patterns of all that may stand behind `prefix`.
    pub(crate) fn after(&self, prefix: &str) -> Vec<Self> {
        let states = prefix.chars().fold(self.start(), |states, read| self.step(&states, read));
        states.iter().filter_map(|state| self.tokens.get(state..)).map(|rest| Self { tokens: rest.to_vec() }).collect()
    }

    pub(crate) fn from_tokens(tokens: impl IntoIterator<Item = Token>) -> Self {
        let mut kept: Vec<Token> = Vec::new();
        for token in tokens {
            if !(token == Token::Run && kept.last() == Some(&Token::Run)) {
                kept.push(token);
            }
        }
        Self { tokens: kept }
    }

    /// Whether every text matches.
    pub(crate) fn is_everything(&self) -> bool {
        self.tokens == [Token::Run]
    }

    /// The one text that matches, where there is only one.
    pub(crate) fn literal(&self) -> Option<String> {
        self.tokens
            .iter()
            .map(|token| match token {
                Token::Is(c) => Some(*c),
                _ => None,
            })
            .collect()
    }

    /// The pattern with every run replaced by `run` and every single wildcard by `x`.
    pub(crate) fn with_runs(&self, run: &str) -> String {
        spend(1 + self.tokens.len() / 4);
        self.tokens
            .iter()
            .map(|token| match token {
                Token::Is(c) | Token::AnyCase(c) => c.to_string(),
                Token::One | Token::OneInSegment | Token::OneInName => "x".to_owned(),
                Token::Run | Token::RunInSegment | Token::RunInName => run.to_owned(),
            })
            .collect()
    }

    /// Whether `text` matches as a whole.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let mut retries = 1;
        let matches = self.matches_after(text, &mut retries);
        spend(retries);
        matches
    }

    /// Counts how often a run had to take one more character.
    fn matches_after(&self, text: &str, retries: &mut usize) -> bool {
        let tokens = &self.tokens;
        let (mut at, mut rest) = (0, text.chars());
        // Most patterns are fixed text, with a run behind it or without.
        while let Some(Token::Is(wanted)) = tokens.get(at) {
            if rest.next() != Some(*wanted) {
                return false;
            }
            at += 1;
        }
        if tokens.get(at..) == Some(&[Token::Run]) {
            return true;
        }
        // Where the runs began, and the text after what each has taken so far. A run that may take anything makes those
        // before it needless, a run inside a segment the one before it in the same segment; behind the colon of its
        // segment it is needless itself, as it cannot pass it. So few are kept.
        let mut retry: SmallVec<[(usize, std::str::Chars<'_>, Token); 3]> = SmallVec::new();
        loop {
            match tokens.get(at) {
                Some(Token::Run) => {
                    retry.clear();
                    retry.push((at + 1, rest.clone(), Token::Run));
                    at += 1;
                    continue;
                }
                Some(run @ (Token::RunInSegment | Token::RunInName)) => {
                    if retry.last().is_some_and(|(_, _, kept)| kept == run) {
                        retry.pop();
                    }
                    retry.push((at + 1, rest.clone(), *run));
                    at += 1;
                    continue;
                }
                token => {
                    let mut ahead = rest.clone();
                    let matched = match (token, ahead.next()) {
                        (None, None) => return true,
                        (Some(token), Some(found)) => token.takes(found),
                        _ => false,
                    };
                    if matched {
                        if token == Some(&Token::Is(':')) {
                            retry.retain(|(_, _, kept)| *kept == Token::Run);
                        }
                        rest = ahead;
                        at += 1;
                        continue;
                    }
                }
            }
            // Let the last run take one more character.
            loop {
                *retries += 1;
                let Some((after, mut from, run)) = retry.pop() else { return false };
                match from.next() {
                    Some(taken) if run.runs_over(taken) => {
                        at = after;
                        rest = from.clone();
                        retry.push((after, from, run));
                        break;
                    }
                    _ => {}
                }
            }
        }
    }

    /// The states of the pattern as an automaton after reading nothing.
    fn start(&self) -> States {
        let mut states = States::new(self.tokens.len() + 1);
        self.enter(&mut states, 0);
        states
    }

    /// Enters `state` and those that follow without reading.
    fn enter(&self, states: &mut States, mut state: usize) {
        while states.insert(state) {
            match self.tokens.get(state) {
                Some(token) if token.is_run() => state += 1,
                _ => return,
            }
        }
    }

    fn step(&self, from: &States, read: char) -> States {
        let mut to = States::new(self.tokens.len() + 1);
        for state in from.iter() {
            match self.tokens.get(state) {
                Some(token) if token.runs_over(read) => self.enter(&mut to, state),
                Some(token) if token.takes(read) => self.enter(&mut to, state + 1),
                _ => {}
            }
        }
        to
    }

    /// Whether some text matches both patterns.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let Some((own, others)) = unlike(&self.tokens, &other.tokens) else { return false };
        spend(own.len() * others.len() / 4);
        if own == [Token::Run] || others == [Token::Run] {
            return true;
        }
        // For each rest of this pattern, from the end backwards, with which rests of the other it shares a text.
        let mut below = vec![false; others.len() + 1];
        for i in (0..=own.len()).rev() {
            let one = own.get(i).copied();
            let mut row = vec![false; others.len() + 1];
            for j in (0..=others.len()).rev() {
                let two = others.get(j).copied();
                let right = row.get(j + 1).copied().unwrap_or_default();
                let down = one.is_some() && below.get(j).copied().unwrap_or_default();
                let both = one.is_some() && below.get(j + 1).copied().unwrap_or_default();
                let holds = match (one, two) {
                    (None, None) => true,
                    (Some(run), Some(other)) if run.is_run() => down || (right && run.may_hold(other)),
                    (Some(run), None) => run.is_run() && down,
                    (one, Some(run)) if run.is_run() => right || (down && one.is_some_and(|one| run.may_hold(one))),
                    (Some(one), Some(two)) => both && one.shares(two),
                    (None, Some(_)) => false,
                };
                if let Some(cell) = row.get_mut(j) {
                    *cell = holds;
                }
            }
            below = row;
        }
        below.first().copied().unwrap_or_default()
    }

    /// Whether every text that `other` matches matches here too. A `false` may be wrong: a run of `other` is only seen to
    /// be covered by one run.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        // For each place of `other`, the places here at which the rest would have to be covered.
        let mut states = self.start();
        let mut next = States::new(self.tokens.len() + 1);
        for token in &other.tokens {
            // Nothing is known to be covered where there is no time left to see it.
            if is_spent() {
                return false;
            }
            next.clear();
            let mut met = 0;
            for state in states.iter() {
                met += 1;
                match self.tokens.get(state) {
                    Some(here) if here.stays_over(*token) => self.enter(&mut next, state),
                    Some(here) if here.takes_all_of(*token) => self.enter(&mut next, state + 1),
                    _ => {}
                }
            }
            spend(1 + 3 * states.0.len() + met / 2);
            if next.is_empty() {
                return false;
            }
            std::mem::swap(&mut states, &mut next);
        }
        states.contains(self.tokens.len())
    }
}

/// What is left of two patterns behind the characters that they begin and end with alike; none where they begin or end
/// with different ones, so that no text matches both.
fn unlike<'a>(mut one: &'a [Token], mut other: &'a [Token]) -> Option<(&'a [Token], &'a [Token])> {
    while let ([Token::Is(a), one_rest @ ..], [Token::Is(b), other_rest @ ..]) = (one, other) {
        if a != b {
            return None;
        }
        (one, other) = (one_rest, other_rest);
    }
    while let ([one_rest @ .., Token::Is(a)], [other_rest @ .., Token::Is(b)]) = (one, other) {
        if a != b {
            return None;
        }
        (one, other) = (one_rest, other_rest);
    }
    Some((one, other))
}

/// A set of states, as bits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct States(Vec<u64>);

impl States {
    fn new(size: usize) -> Self {
        Self(vec![0; size.div_ceil(64)])
    }

    /// Whether it was not in the set before.
    fn insert(&mut self, state: usize) -> bool {
        let bit = 1 << (state % 64);
        self.0.get_mut(state / 64).is_some_and(|word| {
            let new = *word & bit == 0;
            *word |= bit;
            new
        })
    }

    fn contains(&self, state: usize) -> bool {
        self.0.get(state / 64).is_some_and(|word| word & (1 << (state % 64)) != 0)
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| index * 64 + bit)
        })
    }

    fn clear(&mut self) {
        self.0.fill(0);
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}
