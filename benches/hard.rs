//! The hard bucket policies of the corpus: the search, and cvc5 with the same questions beside it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "a bench may fail loudly, and needs the clock, files and another program"
)]

#[path = "../crates/policy/src/tests/corpus.rs"]
mod corpus;
#[path = "../crates/policy/src/tests/solver.rs"]
mod solver;

use std::hint::black_box;
use std::time::Instant;

use forewarn_policy::batch::question;
use forewarn_policy::{Answer, Audience, Doubt, Question, reach, smt_lib};
use serde_json::json;

/// How often the search answers a question; the figure is the middle one, which other work on the machine moves little.
const ROUNDS: usize = 51;

/// Times in milliseconds.
#[derive(Default)]
struct Times(Vec<f64>);

impl Times {
    fn mean(&self) -> f64 {
        let count = u32::try_from(self.0.len()).unwrap();
        self.0.iter().sum::<f64>() / f64::from(count)
    }

    fn worst(&self) -> f64 {
        self.0.iter().copied().fold(0.0, f64::max)
    }
}

fn milliseconds<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let done = black_box(work());
    (done, begun.elapsed().as_secs_f64() * 1e3)
}

fn main() {
    let whole = std::env::args().any(|argument| argument == "--bench");
    let (mut search, mut solver_times) = (Times::default(), Times::default());
    let mut given_up = 0;
    // `cargo test` only sees that everything is answered.
    let mut solver = whole.then(|| solver::Solver::start(10));
    let rounds = if whole { ROUNDS } else { 1 };
    println!("{:<40} {:>10} {:>10} {:>10} {:>10}", "ms a question", "mean", "worst", "cvc5 mean", "worst");
    for hard in corpus::corpus() {
        // A search that is quick to be wrong is no faster for it.
        let let_in =
            |(audience, found): &(Audience, Answer<Doubt>)| matches!(found, Answer::Yes(_)).then_some(*audience);
        let audiences: Vec<Audience> = reach(&hard.question).answers.iter().filter_map(let_in).collect();
        assert_eq!(json!(audiences.first()), json!(hard.audience), "{}", hard.case["id"]);
        assert_eq!(
            audiences.iter().any(|audience| audience.is_outsider()),
            hard.reachable == "yes",
            "{}",
            hard.case["id"]
        );
        let (mut own, mut other) = (Times::default(), Times::default());
        for audience in hard.question.audiences.clone() {
            let one = Question { audiences: vec![audience], ..hard.question.clone() };
            let (_, found) = reach(&one).answers.pop().unwrap();
            let mut took: Vec<f64> = (0..rounds).map(|_| milliseconds(|| reach(black_box(&one))).1).collect();
            took.sort_by(f64::total_cmp);
            own.0.extend(took.get(rounds / 2));
            let script = smt_lib(&one).unwrap();
            let Some(solver) = &mut solver else { continue };
            let (verdict, took) = milliseconds(|| solver.ask(&script));
            other.0.push(took);
            match (verdict.as_str(), &found) {
                ("unknown", _) => given_up += 1,
                ("sat", Answer::Yes(_)) | ("unsat", Answer::No) => {}
                _ => panic!("{}: cvc5 says {verdict}, the search {found:?}", hard.case["id"]),
            }
        }
        if whole {
            let name = hard.case["id"].as_str().unwrap();
            let (mean, worst) = (own.mean(), own.worst());
            println!("{name:<40} {mean:>10.3} {worst:>10.3} {:>10.1} {:>10.1}", other.mean(), other.worst());
        }
        search.0.extend(own.0);
        solver_times.0.extend(other.0);
    }
    if !whole {
        return;
    }
    let figures = json!({
        "questions": search.0.len(),
        "mean_ms": search.mean(),
        "worst_ms": search.worst(),
        "cvc5_mean_ms": solver_times.mean(),
        "cvc5_worst_ms": solver_times.worst(),
        "cvc5_given_up": given_up,
    });
    println!("{figures}");
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/hard-policies.json"), figures.to_string()).unwrap();
}
