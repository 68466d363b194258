//! The search and an SMT solver agree on who gets in.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::corpus::corpus;
use super::solver::Solver;
use super::{Question, answer, question};
use crate::{Answer, Audience, reach, smt_lib};

/// Seconds that the solver has for one question.
const PATIENCE: u32 = 10;
/// Made-up questions in an ordinary run; `FOREWARN_SMT_QUESTIONS` asks for more.
const QUESTIONS: usize = 150;

/// What became of the questions.
#[derive(Default)]
struct Seen {
    yes: usize,
    no: usize,
    /// The solver gave up.
    gave_up: usize,
    /// Where the search does not know, and the code of its doubt.
    unknown: Vec<(String, String)>,
    not_encoded: BTreeMap<String, usize>,
    conflicts: Vec<String>,
}

impl Seen {
    fn asked(&self) -> usize {
        self.yes + self.no + self.gave_up
    }

    fn not_encoded(&self) -> usize {
        self.not_encoded.values().sum()
    }

    /// Asks both of them, audience by audience.
    fn compare(&mut self, solver: &mut Solver, question: &Question, name: &str) {
        for (audience, found) in reach(question).answers {
            let one = Question { audiences: vec![audience], ..question.clone() };
            let script = match smt_lib(&one) {
                Ok(script) => script,
                Err(left_out) => {
                    *self.not_encoded.entry(left_out.to_string()).or_default() += 1;
                    continue;
                }
            };
            let engine = match &found {
                Answer::Yes(_) => "sat",
                Answer::No => "unsat",
                Answer::Unknown(doubts) => {
                    let code = doubts.first().map(|doubt| doubt.code.clone()).unwrap_or_default();
                    self.unknown.push((format!("{name}, {audience:?}"), code));
                    continue;
                }
            };
            let verdict = solver.ask(&script);
            match verdict.as_str() {
                "sat" => self.yes += 1,
                "unsat" => self.no += 1,
                _ => self.gave_up += 1,
            }
            if verdict != "unknown" && verdict != engine {
                let target = &one.target;
                self.conflicts.push(format!("{name}, {audience:?}: {verdict}, but {found:?}\n{target:?}\n{script}"));
            }
        }
    }

    /// A line for the page that `cargo xtask prove` writes.
    fn tell(&self, what: &str) {
        let unknown = self.unknown.len();
        println!(
            "proof: cvc5, {what}: {} questions, {} yes, {} no, {} given up by cvc5, {unknown} unknown to the search, \
             {} not encoded, {} conflicts",
            self.asked(),
            self.yes,
            self.no,
            self.gave_up,
            self.not_encoded(),
            self.conflicts.len()
        );
    }
}

#[test]
fn the_solver_agrees_on_every_policy_of_the_corpus() {
    let mut solver = Solver::start(PATIENCE);
    let mut seen = Seen::default();
    for hard in corpus() {
        let name = hard.case["id"].as_str().unwrap();
        let found = answer(&hard.case);
        assert_eq!(found["reachable_by_outsider"], hard.reachable, "{name}: {found}");
        assert_eq!(found["audience"], hard.audience, "{name}: {found}");
        seen.compare(&mut solver, &hard.question, name);
    }
    seen.tell("the corpus");
    assert!(seen.conflicts.is_empty(), "{}", seen.conflicts.join("\n"));
    assert!(seen.unknown.is_empty() && seen.not_encoded.is_empty(), "{:?} {:?}", seen.unknown, seen.not_encoded);
    assert_eq!(seen.asked(), 24 * Audience::ALL.len());
    assert!(seen.gave_up <= 2, "cvc5 gave up on {} questions", seen.gave_up);
}

/// A question out of a made-up case: its resource with the layers that stand before it.
fn made_up(seed: u64) -> Option<Question> {
    let case = forewarn_oracle::decide_case(seed);
    let layers = &case["policies"];
    let policy = layers.get("resource").filter(|policy| policy.is_object())?;
    let resource = case["request"]["resource"].as_str()?;
    let (kind, resource) = if resource.starts_with("arn:aws:s3:::") {
        ("bucket_policy", "arn:aws:s3:::b")
    } else if resource.contains(":role/") {
        ("role_trust", resource)
    } else {
        ("resource_policy", resource)
    };
    let mut asked = json!({ "id": seed.to_string(), "op": "reach", "kind": kind, "policy": policy,
        "resource": resource, "account": "111111111111" });
    if seed.is_multiple_of(2) {
        asked["organization"] = json!({ "id": "o-a", "accounts": ["111111111111", "333333333333"] });
    }
    for layer in ["rcp", "block_public_access", "acl"] {
        if let Some(found) = layers.get(layer).filter(|found| !found.to_string().contains("unreadable")) {
            asked[layer] = found.clone();
        }
    }
    question(&asked).ok()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how much is asked is told from outside")]
fn the_solver_agrees_on_made_up_questions() {
    let wanted = std::env::var("FOREWARN_SMT_QUESTIONS").map_or(QUESTIONS, |number| number.parse().unwrap());
    let mut solver = Solver::start(PATIENCE);
    let mut seen = Seen::default();
    let questions = (0..).filter_map(|seed| Some((seed, made_up(seed)?)));
    for (seed, question) in questions {
        if seen.asked() >= wanted {
            break;
        }
        seen.compare(&mut solver, &question, &format!("seed {seed}"));
    }
    seen.tell("made-up questions");
    assert!(seen.conflicts.is_empty(), "{}", seen.conflicts.join("\n"));
    let share = |part: usize, percent: usize| part * 100 <= wanted * percent;
    assert!(!share(seen.yes, 20) && !share(seen.no, 20), "{} yes, {} no", seen.yes, seen.no);
    assert!(share(seen.gave_up, 1), "cvc5 gave up on {} questions", seen.gave_up);
    // Single objects that nobody lists, and services that no table has: those are honest.
    let honest = ["acl_on_objects", "service_unknown"];
    let unsure = seen.unknown.iter().filter(|(_, code)| !honest.contains(&code.as_str()));
    assert!(share(unsure.count(), 1), "unknown: {:?}", seen.unknown);
    assert!(share(seen.not_encoded(), 20), "{:?}", seen.not_encoded);
}

/// A reach case about a bucket with these statements.
fn bucket(statements: &Value) -> Value {
    json!({ "id": "1", "op": "reach", "kind": "bucket_policy", "account": "111111111111", "resource": "arn:aws:s3:::b",
        "policy": { "Version": "2012-10-17", "Statement": statements } })
}

/// What both say to a case.
fn both(case: &Value) -> Value {
    let mut seen = Seen::default();
    seen.compare(&mut Solver::start(PATIENCE), &question(case).unwrap(), "case");
    assert!(seen.conflicts.is_empty() && seen.gave_up == 0, "{}", seen.conflicts.join("\n"));
    answer(case)["audiences"].clone()
}

/// Facts B4 and E1: who is not signed in, and who is a service, has no user name to put into a pattern.
#[test]
fn a_variable_has_no_value_for_whoever_lacks_the_key() {
    let home = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/home/${aws:username}/*" });
    assert_eq!(both(&bucket(&home)), json!(["any_aws_account", "same_account"]));
    let mut of_service = home.clone();
    of_service["Principal"] = json!({ "Service": "cloudtrail.amazonaws.com" });
    assert_eq!(both(&bucket(&of_service)), json!(["same_account"]));
}

/// Facts B4 and E5: where one user name is shut out, another gets in.
#[test]
fn a_name_that_stands_as_a_variable_may_be_any() {
    let allow = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/home/${aws:username}/*" });
    let deny =
        |resource: &str| json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": resource });
    let without = |resource: &str| both(&bucket(&json!([allow, deny(resource)])));
    assert_eq!(without("arn:aws:s3:::b/home/alice/*"), json!(["any_aws_account", "same_account"]));
    assert_eq!(without("arn:aws:s3:::b/home/*"), json!(["same_account"]));
    let spared = json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
        "NotResource": "arn:aws:s3:::b/home/carol/*" });
    assert_eq!(both(&bucket(&json!([allow, spared]))), json!(["any_aws_account", "same_account"]));
}

#[test]
fn what_has_no_script_says_why() {
    let why = |change: &dyn Fn(&mut Value)| {
        let allow = json!([{ "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*" }]);
        let mut case = bucket(&allow);
        change(&mut case);
        let one = Question { audiences: vec![Audience::Anyone], ..question(&case).unwrap() };
        smt_lib(&one).map_or_else(|error| error.to_string(), |_| "a script".to_owned())
    };
    let condition =
        |condition: Value| move |case: &mut Value| case["policy"]["Statement"][0]["Condition"] = condition.clone();
    assert_eq!(why(&|_| {}), "a script");
    assert_eq!(why(&|case| case["policy"] = json!("unreadable")), "not encoded: what could not be read");
    assert_eq!(why(&condition(json!({ "BinaryEquals": { "s3:x": "eA==" } }))), "not encoded: `BinaryEquals`");
    assert_eq!(
        why(&condition(json!({ "StringLike": { "s3:x": "a" }, "NumericEquals": { "s3:x": "1" } }))),
        "not encoded: operators of different types on `s3:x`"
    );
    assert_eq!(
        why(&condition(json!({ "StringLike": { "s3:x": "?${aws:Referer}" } }))),
        "not encoded: `?` beside a variable"
    );
}
