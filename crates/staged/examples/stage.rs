//! Writes a log: `stage EVENTS DAYS ACCOUNTS ROUNDS FOLDER`. What is planted is told on stdout, a story a line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program of the bench"
)]

use forewarn_staged::{Plan, write};
use serde_json::json;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |at: usize| words.get(at).and_then(|word| word.parse().ok()).expect("EVENTS DAYS ACCOUNTS ROUNDS FOLDER");
    let folder = words.get(4).expect("a folder");
    let plan = Plan { seed: 1, events: number(0), days: number(1), accounts: number(2), rounds: number(3) };
    for story in write(&plan, folder.as_ref()).expect("the log cannot be written") {
        println!("{}", json!({ "check": story.check, "is_true": story.is_true, "event_ids": story.event_ids }));
    }
}
