//! One question to CloudTrail in one region, page by page, newest first.

use forewarn_inventory::{LookedUp, Reached};
use jiff::Timestamp;

/// The part of the other way's price that is paid before a way is given up.
const ENOUGH: u64 = 6;

/// A question, and how far its answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) by: LookedUp,
    /// Where the answer begins, at the late end.
    until: Timestamp,
    /// Everything between this and `until` was read.
    pub(super) since: Timestamp,
    pub(super) token: Option<String>,
    pub(super) done: bool,
    pages: u64,
}

impl Question {
    /// A question about the time before `until`.
    pub(super) fn new(by: LookedUp, until: Timestamp) -> Self {
        Self { by, until, since: until, token: None, done: false, pages: 0 }
    }

    /// The late end, in whole seconds as CloudTrail wants it; a second that has begun counts.
    pub(super) fn end(&self) -> i64 {
        self.until.as_second() + i64::from(self.until.subsec_nanosecond() > 0)
    }

    /// Takes note of a page: its oldest event, and the token of the next. `begin` is where the span begins.
    ///
    /// `false` where the answer goes round in a circle.
    pub(super) fn turned(&mut self, oldest: Option<Timestamp>, next: Option<String>, begin: Timestamp) -> bool {
        self.pages += 1;
        if let Some(oldest) = oldest {
            self.since = self.since.min(oldest);
        }
        match next.filter(|token| !token.is_empty()) {
            None => {
                self.since = begin;
                self.done = true;
            }
            Some(token) if self.token.as_ref() == Some(&token) => return false,
            Some(token) => self.token = Some(token),
        }
        true
    }

    /// Whether the rest would take more pages than asking `other` questions, by what the pages so far cover. A few pages
    /// say too little: a burst of last night is not the whole week.
    pub(super) fn is_dearer_than(&self, other: usize, begin: Timestamp) -> bool {
        let other = u64::try_from(other).unwrap_or(u64::MAX);
        if self.done || self.pages < other.div_ceil(ENOUGH).max(2) {
            return false;
        }
        let seconds = |from: Timestamp, to: Timestamp| u64::try_from(to.as_second() - from.as_second()).unwrap_or(0);
        let (covered, left) = (seconds(self.since, self.until).max(1), seconds(begin, self.since));
        let pages = self.pages.saturating_mul(left).div_ceil(covered);
        pages > other
    }

    /// How far back the answer goes; `None` where nothing was answered.
    pub(super) fn reached(&self, region: &str) -> Option<Reached> {
        (self.pages > 0).then(|| Reached { region: region.to_owned(), by: self.by.clone(), since: self.since })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_000_000_000 + hour * 3600).unwrap()
    }

    #[test]
    fn a_question_is_done_at_the_last_page_and_reaches_to_the_oldest_event_before() {
        let mut question = Question::new(LookedUp::Writes, at(168));
        assert_eq!(question.reached("r"), None);
        assert!(question.turned(Some(at(100)), Some("a".to_owned()), at(0)));
        assert_eq!(question.reached("r").unwrap().since, at(100));
        assert!(question.turned(None, Some("b".to_owned()), at(0)), "a page without events goes on");
        assert!(!question.turned(Some(at(90)), Some("b".to_owned()), at(0)), "a circle");
        assert!(question.turned(Some(at(90)), None, at(0)));
        assert_eq!((question.done, question.since), (true, at(0)));
    }

    #[test]
    fn pages_tell_whether_the_rest_is_dearer() {
        let mut question = Question::new(LookedUp::Writes, at(168));
        question.turned(Some(at(167)), Some("a".to_owned()), at(0));
        assert!(!question.is_dearer_than(1, at(0)), "one page says too little");
        for page in ["b", "c"] {
            question.turned(Some(at(167)), Some(page.to_owned()), at(0));
        }
        assert!(question.is_dearer_than(18, at(0)));
        assert!(!question.is_dearer_than(19, at(0)), "three pages say too little where the other way costs so much");
        question.turned(Some(at(136)), Some("d".to_owned()), at(0));
        // Four pages for 32 hours, so 17 for the 136 that are left.
        assert!(!question.is_dearer_than(17, at(0)));
        assert!(question.is_dearer_than(16, at(0)));
    }
}
