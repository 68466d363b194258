//! IAM's patterns: `*` is any run of characters, `?` exactly one (facts B2, B3, C6).

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
                Token::Is(c) => c.to_string(),
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
                        (Some(Token::Is(wanted)), Some(found)) => *wanted == found,
                        (Some(Token::One), Some(_)) => true,
                        (Some(Token::OneInSegment), Some(found)) => found != ':',
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
                Some(Token::Is(c)) if *c == read => self.enter(&mut to, state + 1),
                Some(Token::One) => self.enter(&mut to, state + 1),
                Some(Token::OneInSegment) if read != ':' => self.enter(&mut to, state + 1),
                Some(Token::Run) => self.enter(&mut to, state),
                Some(Token::RunInSegment) if read != ':' => self.enter(&mut to, state),
                _ => {}
            }
        }
        to
    }

    fn accepts(&self, states: &States) -> bool {
        states.contains(self.tokens.len())
    }
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

/// A text that every pattern of `all` matches and no pattern of `none`, found breadth first over the product of their
/// automata. `alphabet` is tried in order wherever no pattern names a character.
pub(crate) fn search(all: &[&Glob], none: &[&Glob], alphabet: &str) -> Search {
    let globs: Vec<&Glob> = all.iter().chain(none).copied().collect();
    let named = globs.iter().flat_map(|glob| &glob.tokens).filter_map(|token| match token {
        Token::Is(c) => Some(*c),
        _ => None,
    });
    let mut letters: Vec<char> = alphabet.chars().collect();
    let mut extra: Vec<char> = named.filter(|c| !letters.contains(c)).collect();
    extra.sort_unstable();
    extra.dedup();
    letters.extend(extra);
    let start: Vec<States> = globs.iter().map(|glob| glob.start()).collect();
    let mut seen = std::collections::BTreeSet::from([start.clone()]);
    let mut queue = std::collections::VecDeque::from([(start, String::new())]);
    while let Some((states, text)) = queue.pop_front() {
        let mut accepted = globs.iter().zip(&states).map(|(glob, states)| glob.accepts(states));
        let in_all = accepted.by_ref().take(all.len()).all(|accepts| accepts);
        if in_all && !accepted.any(|accepts| accepts) {
            return Search::Found(text);
        }
        for letter in &letters {
            let next: Vec<States> =
                globs.iter().zip(&states).map(|(glob, states)| glob.step(states, *letter)).collect();
            if next.iter().take(all.len()).any(States::is_empty) || !seen.insert(next.clone()) {
                continue;
            }
            if seen.len() > BUDGET {
                return Search::OutOfBudget;
            }
            let mut longer = text.clone();
            longer.push(*letter);
            queue.push_back((next, longer));
        }
    }
    Search::None
}
