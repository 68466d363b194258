//! What each of many questions is answered, by which request, and in how many steps.
//!
//! The answers of a search can be right while the way to them is not the one that was meant: a caller is tried twice, a
//! demand that excludes another is solved all the same. So the steps of a question (`work.rs`) are held as well. They
//! change with every honest change of the search; `docs/testing.md` says how new ones are looked at and taken.

mod keys;
mod made_up;
mod small;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::corpus::TEXTS;
use super::question;
use crate::batch::answer_line;
use crate::work::within;
use crate::{Answer, Audience, Document, Doubt, Question, reach};

/// More than any of these questions takes: one that has lost its way ends here, and is seen.
const PATIENCE: u64 = 120_000;

/// Asks within the patience; the steps come along.
fn counted<T>(question: impl FnOnce() -> T) -> (T, u64) {
    let (answer, left) = within(PATIENCE, question);
    (answer, PATIENCE - left)
}

/// The answer to a case of the batch in full, and its steps.
fn full(case: &Value) -> String {
    let mut case = case.clone();
    case["id"] = json!("");
    let (answer, steps) = counted(|| answer_line(case.to_string().as_bytes()));
    let mut answer: Value = serde_json::from_str(&answer).unwrap();
    // The message follows from the code.
    for doubt in answer["unknown_because"].as_array_mut().into_iter().flatten() {
        doubt.as_object_mut().unwrap().remove("message");
    }
    let fields = answer.as_object_mut().unwrap();
    fields.remove("id");
    fields.retain(|_, value| !value.is_null());
    format!("{steps} steps: {answer}")
}

/// FNV-1a, folded: it need only tell answers apart, and be the same in every release of Rust.
fn digest(text: &str) -> u32 {
    let whole = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    u32::try_from((whole >> 32) ^ (whole & 0xffff_ffff)).unwrap()
}

/// The document, in which `${later}` stands for what is not known yet.
fn with_holes(document: &Document) -> Option<Arc<Document>> {
    let known_later = |text: &str| (text == "later").then(|| "known after apply".to_owned());
    Document::parse_with_holes(document.source(), &known_later).ok().map(Arc::new)
}

fn told(answer: &Answer<Doubt>) -> String {
    let codes = |doubts: &[Doubt]| doubts.iter().map(|doubt| doubt.code.as_str()).collect::<Vec<_>>().join(" ");
    match answer {
        Answer::No => "no".to_owned(),
        Answer::Unknown(doubts) => format!("unknown: {}", codes(doubts)),
        Answer::Yes(hit) => format!("yes: {}", json!(hit)),
    }
}

/// The answer for one audience, and its steps.
fn of_audience(question: &Question, audience: Audience) -> (String, u64) {
    let alone = Question { audiences: vec![audience], ..question.clone() };
    let (reached, steps) = counted(|| reach(&alone));
    let answer = format!("{} {}", told(&reached.answers[0].1), reached.accounts.join(" "));
    (answer.trim_end().to_owned(), steps)
}

/// The answers for all audiences on one line: their first letters, the steps, and a number that stands for the whole.
fn of_all(question: &Question) -> String {
    let answers: Vec<(String, u64)> =
        Audience::ALL.into_iter().map(|audience| of_audience(question, audience)).collect();
    let letters: String = answers.iter().filter_map(|(answer, _)| answer.chars().next()).collect();
    let steps: Vec<String> = answers.iter().map(|(_, steps)| steps.to_string()).collect();
    let whole: String = answers.into_iter().map(|(answer, _)| answer).collect();
    format!("{letters} {} {:08x}", steps.join(" "), digest(&whole))
}

#[test]
fn the_hard_policies() {
    let mut told = String::new();
    for text in TEXTS {
        let whole: Value = serde_json::from_str(text).unwrap();
        let question = question(&whole["case"]).unwrap();
        writeln!(told, "\n{}", whole["why"].as_str().unwrap()).unwrap();
        for audience in Audience::ALL {
            let (answer, steps) = of_audience(&question, audience);
            writeln!(told, "  {} in {steps} steps, {answer}", json!(audience).as_str().unwrap()).unwrap();
        }
    }
    insta::assert_snapshot!(told);
}

/// The inputs that the fuzz targets begin with, but for those that are long on purpose.
#[expect(clippy::disallowed_methods, reason = "the corpus is files")]
fn inputs(op: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(op);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let name = |file: &Path| file.file_name().unwrap().to_str().unwrap().to_owned();
    let plain = files.into_iter().filter(|file| !name(file).starts_with("hostile") && !name(file).starts_with("slow"));
    plain
        .filter_map(|file| {
            let case = serde_json::from_slice(&std::fs::read(&file).unwrap());
            let mut case: Value = case.ok().filter(Value::is_object)?;
            case["op"] = json!(op);
            Some((name(&file), case))
        })
        .collect()
}

fn of_inputs(op: &str) -> String {
    let mut told = String::new();
    for (name, case) in inputs(op) {
        writeln!(told, "{name} in {}", full(&case)).unwrap();
    }
    told
}

#[test]
fn the_inputs_of_decide() {
    insta::assert_snapshot!(of_inputs("decide"));
}

#[test]
fn the_inputs_of_reach() {
    insta::assert_snapshot!(of_inputs("reach"));
}

#[test]
fn the_inputs_of_compare() {
    insta::assert_snapshot!(of_inputs("compare"));
}
