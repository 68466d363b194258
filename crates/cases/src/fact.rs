//! Sentences that have their sources: without the id of an event none can be built.

use serde::{Serialize, Serializer};

/// The ids of the events that a sentence rests on: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    first: String,
    rest: Vec<String>,
}

impl Ids {
    /// One id, and more.
    pub fn new(first: impl Into<String>, rest: impl IntoIterator<Item = String>) -> Self {
        let mut ids = Self { first: first.into(), rest: Vec::new() };
        ids.rest.extend(rest);
        ids
    }

    /// Ids in their order, each once; `None` where there is none.
    pub fn some<'i>(ids: impl IntoIterator<Item = &'i str>) -> Option<Self> {
        let mut seen = std::collections::BTreeSet::new();
        let mut ids = ids.into_iter().filter(|id| seen.insert(*id)).map(str::to_owned);
        Some(Self { first: ids.next()?, rest: ids.collect() })
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.first).chain(&self.rest).map(String::as_str)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        1 + self.rest.len()
    }

    pub(crate) fn each(&mut self, act: impl FnMut(&mut String)) {
        std::iter::once(&mut self.first).chain(&mut self.rest).for_each(act);
    }

    /// These and others, each once.
    #[must_use]
    pub fn and<'i>(&'i self, more: impl IntoIterator<Item = &'i str>) -> Self {
        Self::some(self.iter().chain(more)).unwrap_or_else(|| self.clone())
    }
}

impl Serialize for Ids {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// How much a sentence says about whether something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// It speaks for something wrong.
    Alarming,
    /// It has to be known.
    Telling,
    /// It speaks for something harmless.
    Easing,
    /// It is said for completeness.
    Plain,
}

/// One sentence, with the events that it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sentence {
    text: String,
    weight: Weight,
    event_ids: Ids,
    /// Files of the user that it rests on besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also_from: Vec<String>,
}

impl Sentence {
    /// A sentence; the ids are what makes it one.
    pub fn new(text: impl Into<String>, weight: Weight, event_ids: Ids) -> Self {
        Self { text: text.into(), weight, event_ids, also_from: Vec::new() }
    }

    /// Names a file that the sentence rests on besides.
    #[must_use]
    pub fn with(mut self, file: impl Into<String>) -> Self {
        self.also_from.push(file.into());
        self
    }

    /// What it says.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn text_mut(&mut self) -> &mut String {
        &mut self.text
    }

    /// The events and the files that it rests on.
    pub(crate) fn sources(&mut self) -> (&mut Ids, &mut Vec<String>) {
        (&mut self.event_ids, &mut self.also_from)
    }

    /// How much it says.
    pub fn weight(&self) -> Weight {
        self.weight
    }

    /// The events that it rests on.
    pub fn ids(&self) -> &Ids {
        &self.event_ids
    }

    /// The files that it rests on besides.
    pub fn also_from(&self) -> &[String] {
        &self.also_from
    }
}

/// What is missing for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "what", rename_all = "snake_case")]
pub enum Needs {
    /// Another log.
    Log(String),
    /// A right, for an inventory.
    Permission(String),
    /// A file of the user.
    File(String),
}

impl Needs {
    /// The words after "not available: needs".
    pub fn words(&self) -> &str {
        let (Self::Log(what) | Self::Permission(what) | Self::File(what)) = self;
        what
    }
}

/// The answer to a question: sentences, what is missing, or both; never neither.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    sentences: Vec<Sentence>,
    needs: Vec<Needs>,
}

impl Answer {
    /// An answer that is known.
    pub fn known(sentence: Sentence) -> Self {
        Self { sentences: vec![sentence], needs: Vec::new() }
    }

    /// An answer that is not to be had from what was given.
    pub fn lacking(needs: Needs) -> Self {
        Self { sentences: Vec::new(), needs: vec![needs] }
    }

    /// Adds a sentence.
    #[must_use]
    pub fn and(mut self, sentence: impl Into<Option<Sentence>>) -> Self {
        self.sentences.extend(sentence.into());
        self
    }

    /// Adds what is missing for the whole answer.
    #[must_use]
    pub fn but(mut self, needs: impl Into<Option<Needs>>) -> Self {
        self.needs.extend(needs.into());
        self
    }

    /// What is known.
    pub fn sentences(&self) -> &[Sentence] {
        &self.sentences
    }

    /// What is missing.
    pub fn needs(&self) -> &[Needs] {
        &self.needs
    }

    /// What is known, and what is missing.
    pub(crate) fn parts(&mut self) -> (&mut Vec<Sentence>, &mut Vec<Needs>) {
        (&mut self.sentences, &mut self.needs)
    }

    /// Sentences where there are any, else what is missing.
    pub(crate) fn of(sentences: Vec<Sentence>, otherwise: Needs) -> Self {
        if sentences.is_empty() { Self::lacking(otherwise) } else { Self { sentences, needs: Vec::new() } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_no_list_of_ids_without_an_id() {
        assert_eq!(Ids::some([]), None);
        let ids = Ids::some(["b", "a", "b"]).unwrap();
        assert_eq!(ids.iter().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(ids.and(["a", "c"]).count(), 3);
    }
}
