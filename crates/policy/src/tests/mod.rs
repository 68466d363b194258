//! Tests of the whole engine, through its JSON lines. A test of a fact is named after its number.

#![expect(clippy::needless_pass_by_value, reason = "a case is built in the call that asks it")]

mod agreement;
mod audiences;
mod case;
mod comparing;
mod conditions;
mod context;
mod corpus;
mod decision;
mod federation;
mod found;
mod fuzz_corpus;
mod grammar;
mod parser;
mod properties;
mod public;
mod reach;
mod sampler;
mod search;
mod smt;
mod solver;
mod third_opinion;
mod unreadable;
mod variables;
mod ways;

use serde_json::Value;

use crate::Question;
use crate::batch::question;

/// What the engine answers to a case.
fn answer(case: &Value) -> Value {
    let line = case.to_string();
    let answer: Value = serde_json::from_str(&crate::batch::answer_line(line.as_bytes())).unwrap();
    assert!(answer.get("error").is_none(), "{answer}\n{line}");
    answer
}

/// The decision of a `decide` case.
fn decision(case: &Value) -> String {
    answer(case)["decision"].as_str().unwrap().to_owned()
}

/// How many cases are made up where an ordinary run makes `count`: `FOREWARN_CASES_PERCENT` asks for fewer or more.
#[expect(clippy::disallowed_methods, reason = "how much is asked is told from outside")]
fn cases(count: u64) -> u64 {
    let percent: u64 = std::env::var("FOREWARN_CASES_PERCENT").map_or(100, |percent| percent.parse().unwrap());
    count * percent / 100
}

/// Works through `seeds` in four threads, and hands back what each of them found.
fn in_parts<T: Default + Send>(seeds: std::ops::Range<u64>, work: impl Fn(u64, &mut T) + Sync) -> Vec<T> {
    const PARTS: u64 = 4;
    let part = |number: u64| {
        let mut found = T::default();
        seeds.clone().filter(|seed| seed % PARTS == number).for_each(|seed| work(seed, &mut found));
        found
    };
    std::thread::scope(|scope| {
        let part = &part;
        let running: Vec<_> = (0..PARTS).map(|number| scope.spawn(move || part(number))).collect();
        running.into_iter().map(|one| one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}
