//! IAM's patterns: `*` is any run of characters, `?` exactly one (facts B2, B3, C6).

#[cfg(test)]
mod tests;

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
            Self::Run | Self::RunInSegment => false,
        }
    }
}

impl Token {
    fn is_run(self) -> bool {
        matches!(self, Self::Run | Self::RunInSegment)
    }

    /// Whether a run may take something that the other token takes too.
    fn may_hold(self, other: Self) -> bool {
        self == Self::Run || other != Self::Is(':')
    }

    /// Whether a run takes all that the other token takes.
    fn always_holds(self, other: Self) -> bool {
        self == Self::Run || !matches!(other, Self::Run | Self::One | Self::Is(':'))
    }

    /// Whether two tokens for one character share one.
    fn shares(self, other: Self) -> bool {
        match (self, other) {
            (Self::Is(c) | Self::AnyCase(c), token) | (token, Self::Is(c) | Self::AnyCase(c)) => token.takes(c),
            _ => true,
        }
    }

    /// Whether a token for one character takes all that the other takes.
    fn includes(self, other: Self) -> bool {
        match (self, other) {
            (token, Self::Is(c)) => token.takes(c),
            (Self::One, Self::One | Self::OneInSegment | Self::AnyCase(_)) => true,
            (one, two) => one == two && !one.is_run(),
        }
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
        self.tokens
            .iter()
            .map(|token| match token {
                Token::Is(c) | Token::AnyCase(c) => c.to_string(),
                Token::One | Token::OneInSegment => "x".to_owned(),
                Token::Run | Token::RunInSegment => run.to_owned(),
            })
            .collect()
    }

    /// Whether `text` matches as a whole.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let tokens = &self.tokens;
        let (mut at, mut rest) = (0, text.chars());
        // Where the runs began, and the text after what each has taken so far. A run that may take anything makes those
        // before it needless; a run inside a segment does not.
        let mut retry: Vec<(usize, std::str::Chars<'_>, bool)> = Vec::new();
        loop {
            match tokens.get(at) {
                Some(Token::Run) => {
                    retry.clear();
                    retry.push((at + 1, rest.clone(), false));
                    at += 1;
                    continue;
                }
                Some(Token::RunInSegment) => {
                    retry.push((at + 1, rest.clone(), true));
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
                        rest = ahead;
                        at += 1;
                        continue;
                    }
                }
            }
            // Let the last run take one more character.
            loop {
                let Some((after, mut from, in_segment)) = retry.pop() else { return false };
                match from.next() {
                    Some(taken) if !(in_segment && taken == ':') => {
                        at = after;
                        rest = from.clone();
                        retry.push((after, from, in_segment));
                        break;
                    }
                    _ => {}
                }
            }
        }
    }

    /// Whether some text matches both patterns.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let Some((own, others)) = unlike(&self.tokens, &other.tokens) else { return false };
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

    /// Whether every text that matches `other` matches this pattern. Never wrong when it says so; where only several
    /// characters together cover a wildcard it may miss it.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let Some((own, others)) = unlike(&self.tokens, &other.tokens) else { return false };
        if own == [Token::Run] {
            return true;
        }
        let mut below = vec![false; others.len() + 1];
        for i in (0..=own.len()).rev() {
            let one = own.get(i).copied();
            let mut row = vec![false; others.len() + 1];
            for j in (0..=others.len()).rev() {
                let right = row.get(j + 1).copied().unwrap_or_default();
                let down = one.is_some() && below.get(j).copied().unwrap_or_default();
                let both = one.is_some() && below.get(j + 1).copied().unwrap_or_default();
                let holds = match (one, others.get(j).copied()) {
                    (None, None) => true,
                    (Some(run), Some(held)) if run.is_run() => down || (right && run.always_holds(held)),
                    (Some(run), None) => run.is_run() && down,
                    (Some(one), Some(two)) => both && one.includes(two),
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
                Some(Token::Run | Token::RunInSegment) => state += 1,
                _ => return,
            }
        }
    }

    fn step(&self, from: &States, read: char) -> States {
        let mut to = States::new(self.tokens.len() + 1);
        for state in from.iter() {
            match self.tokens.get(state) {
                Some(Token::Run) => self.enter(&mut to, state),
                Some(Token::RunInSegment) if read != ':' => self.enter(&mut to, state),
                Some(token) if token.takes(read) => self.enter(&mut to, state + 1),
                _ => {}
            }
        }
        to
    }

    fn accepts(&self, states: &States) -> bool {
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

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}

/// The outcome of a search for a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Search {
    /// The shortest text, plain characters first.
    Found(String),
    /// There is none.
    None,
    /// The budget of states ran out.
    OutOfBudget,
}

/// How many product states a search may visit.
const BUDGET: usize = 20_000;

/// A text that matches one pattern of each list in `all` and no pattern of `none`, found breadth first over the product
/// of their automata. `alphabet` is tried in order wherever no pattern names a character.
pub(crate) fn search(all: &[&[Glob]], none: &[Glob], alphabet: &str) -> Search {
    let globs: Vec<&Glob> = all.iter().copied().flatten().chain(none).collect();
    let letters = letters(&globs, alphabet);
    // Where each list ends among the patterns.
    let ends: Vec<usize> = all
        .iter()
        .scan(0, |end, list| {
            *end += list.len();
            Some(*end)
        })
        .collect();
    let lists = |states: &[States], holds: &dyn Fn(&Glob, &States) -> bool| {
        let mut begin = 0;
        ends.iter().all(|end| {
            let of_list = globs.iter().zip(states).take(*end).skip(begin);
            begin = *end;
            of_list.into_iter().any(|(glob, states)| holds(glob, states))
        })
    };
    let wanted = ends.last().copied().unwrap_or_default();
    let start: Vec<States> = globs.iter().map(|glob| glob.start()).collect();
    let mut seen = std::collections::HashSet::from([start.clone()]);
    // Each state with the letter that led to it and the place of the one before.
    let mut found: Vec<(Vec<States>, Option<(usize, char)>)> = vec![(start, None)];
    let mut place = 0;
    while let Some((states, _)) = found.get(place) {
        let refused = globs.iter().zip(states).skip(wanted).any(|(glob, states)| glob.accepts(states));
        if !refused && lists(states, &|glob, states| glob.accepts(states)) {
            return Search::Found(spelled(&found, place));
        }
        let states = states.clone();
        for letter in &letters {
            let next: Vec<States> =
                globs.iter().zip(&states).map(|(glob, states)| glob.step(states, *letter)).collect();
            if !lists(&next, &|_, states| !states.is_empty()) || !seen.insert(next.clone()) {
                continue;
            }
            if seen.len() > BUDGET {
                return Search::OutOfBudget;
            }
            found.push((next, Some((place, *letter))));
        }
        place += 1;
    }
    Search::None
}

/// The letters that patterns tell apart, and some that they do not.
fn letters(globs: &[&Glob], alphabet: &str) -> Vec<char> {
    let mut letters: Vec<char> = alphabet.chars().collect();
    let named = globs.iter().flat_map(|glob| &glob.tokens).flat_map(|token| match token {
        Token::Is(c) => vec![*c],
        Token::AnyCase(c) => c.to_lowercase().chain(c.to_uppercase()).collect(),
        _ => Vec::new(),
    });
    let mut extra: Vec<char> = named.filter(|c| !letters.contains(c)).collect();
    extra.sort_unstable();
    extra.dedup();
    letters.extend(extra);
    letters
}

/// The text that leads to a place of the search.
fn spelled(found: &[(Vec<States>, Option<(usize, char)>)], mut place: usize) -> String {
    let mut backwards = Vec::new();
    while let Some((_, Some((before, letter)))) = found.get(place) {
        backwards.push(*letter);
        place = *before;
    }
    backwards.into_iter().rev().collect()
}
