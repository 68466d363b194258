//! A text that some patterns match and others do not: breadth first over the product of their automata.
//!
//! All patterns lie end to end in one set of bits, a bit for each place in a pattern and one for its end, so that a step
//! of the whole product is a few operations on words. No automaton is ever built out.

use std::collections::{BTreeMap, HashSet};

use super::{Glob, Token};
use crate::work::{is_spent, spend};

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

/// A text that matches one pattern of each list in `all` and no pattern of `none`. `alphabet` is tried in order wherever
/// no pattern names a character.
pub(crate) fn search(all: &[&[Glob]], none: &[Glob], alphabet: &str) -> Search {
    // Where everything that one list offers is refused, nothing is left; most searches without a result end here.
    let refused = |glob: &Glob| none.iter().take_while(|_| !is_spent()).any(|refused| refused.covers(glob));
    if all.iter().any(|list| list.iter().all(refused)) {
        return Search::None;
    }
    exhaustive(all, none, alphabet)
}

/// The same, without a look at what covers what.
pub(super) fn exhaustive(all: &[&[Glob]], none: &[Glob], alphabet: &str) -> Search {
    Product::new(all, none, alphabet).search()
}

/// A set of bits of a fixed size.
type Bits = Vec<u64>;

struct Product {
    words: usize,
    /// The characters to try, with the places that take each and the runs that stay over it.
    letters: Vec<(char, Bits, Bits)>,
    /// Places of runs: what stands behind one can be reached without reading.
    runs: Bits,
    start: Bits,
    /// For each list that must be met, its places and its ends.
    wanted: Vec<(Bits, Bits)>,
    /// The ends of patterns that must not match.
    refused: Bits,
}

impl Product {
    fn new(all: &[&[Glob]], none: &[Glob], alphabet: &str) -> Self {
        let globs: Vec<&Glob> = all.iter().copied().flatten().chain(none).collect();
        let size: usize = globs.iter().map(|glob| glob.tokens().len() + 1).sum();
        let words = size.div_ceil(64).max(1);
        spend(size);
        let empty = || vec![0_u64; words];
        let (mut runs, mut start, mut refused) = (empty(), empty(), empty());
        let mut wanted = Vec::new();
        let mut place = 0;
        for list in all.iter().copied().chain([none]) {
            let (mut places, mut ends) = (empty(), empty());
            for glob in list {
                set(&mut start, place);
                for token in glob.tokens() {
                    set(&mut places, place);
                    if token.is_run() {
                        set(&mut runs, place);
                    }
                    place += 1;
                }
                set(&mut places, place);
                set(&mut ends, place);
                place += 1;
            }
            wanted.push((places, ends));
        }
        if let Some((_, ends)) = wanted.pop() {
            refused = ends;
        }
        // What each letter has for itself lies over what the wildcards have for it.
        let tokens = || globs.iter().flat_map(|glob| glob.tokens().iter().copied().map(Some).chain([None])).enumerate();
        let mut named: BTreeMap<char, Vec<usize>> = BTreeMap::new();
        let mut wild: Vec<(usize, Token)> = Vec::new();
        for (place, token) in tokens() {
            match token {
                Some(Token::Is(c)) => named.entry(c).or_default().push(place),
                Some(token) => wild.push((place, token)),
                None => {}
            }
        }
        let mut letters: Vec<(char, Bits, Bits)> = Vec::new();
        for letter in distinct(&globs, alphabet) {
            let (mut takes, mut stays) = (empty(), empty());
            named.get(&letter).into_iter().flatten().for_each(|place| set(&mut takes, *place));
            for (place, token) in &wild {
                if token.takes(letter) {
                    set(&mut takes, *place);
                }
                if token.runs_over(letter) {
                    set(&mut stays, *place);
                }
            }
            spend(words * (letters.len() + 1) / 4);
            // Letters that no pattern tells apart are one.
            if !letters.iter().any(|(_, known, over)| *known == takes && *over == stays) {
                letters.push((letter, takes, stays));
            }
        }
        let mut product = Self { words, letters, runs, start: Vec::new(), wanted, refused };
        product.close(&mut start);
        product.start = start;
        product
    }

    /// Enters what stands behind runs.
    fn close(&self, states: &mut Bits) {
        loop {
            spend(self.words / 4);
            let mut changed = false;
            let mut carry = 0;
            for (state, run) in states.iter_mut().zip(&self.runs) {
                let over = *state & run;
                let next = *state | (over << 1) | carry;
                carry = over >> 63;
                changed |= next != *state;
                *state = next;
            }
            if !changed {
                return;
            }
        }
    }

    fn step(&self, states: &Bits, takes: &Bits, stays: &Bits) -> Bits {
        let mut next = Vec::with_capacity(self.words);
        let mut carry = 0;
        for ((state, takes), stays) in states.iter().zip(takes).zip(stays) {
            let taken = state & takes;
            next.push((taken << 1) | carry | (state & stays));
            carry = taken >> 63;
        }
        self.close(&mut next);
        next
    }

    fn search(&self) -> Search {
        let mut seen: HashSet<Bits> = HashSet::from([self.start.clone()]);
        // Each state with the letter that led to it and the place of the one before.
        let mut found: Vec<(Bits, Option<(usize, char)>)> = vec![(self.start.clone(), None)];
        let mut place = 0;
        while let Some((states, _)) = found.get(place) {
            if !meet(states, &self.refused) && self.wanted.iter().all(|(_, ends)| meet(states, ends)) {
                return Search::Found(spelled(&found, place));
            }
            // A step is closed over once for each run that stands behind another.
            spend(2 * self.words * self.letters.len());
            if is_spent() {
                return Search::OutOfBudget;
            }
            let states = states.clone();
            for (letter, takes, stays) in &self.letters {
                let next = self.step(&states, takes, stays);
                if !self.wanted.iter().all(|(places, _)| meet(&next, places)) || seen.contains(&next) {
                    continue;
                }
                if seen.len() >= BUDGET {
                    return Search::OutOfBudget;
                }
                seen.insert(next.clone());
                found.push((next, Some((place, *letter))));
            }
            place += 1;
        }
        Search::None
    }
}

fn set(bits: &mut Bits, place: usize) {
    if let Some(word) = bits.get_mut(place / 64) {
        *word |= 1 << (place % 64);
    }
}

fn meet(one: &Bits, other: &Bits) -> bool {
    one.iter().zip(other).any(|(one, other)| one & other != 0)
}

/// The letters that patterns name, behind those of the alphabet.
fn distinct(globs: &[&Glob], alphabet: &str) -> Vec<char> {
    let mut letters: Vec<char> = alphabet.chars().collect();
    let named = globs.iter().flat_map(|glob| glob.tokens()).flat_map(|token| match token {
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
fn spelled(found: &[(Bits, Option<(usize, char)>)], mut place: usize) -> String {
    let mut backwards = Vec::new();
    while let Some((_, Some((before, letter)))) = found.get(place) {
        backwards.push(*letter);
        place = *before;
    }
    backwards.into_iter().rev().collect()
}
