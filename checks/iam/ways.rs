//! A verdict about the ways in which somebody becomes an administrator.

use forewarn_findings::{Verdict, Way};

/// How many other techniques are named.
const FEW: usize = 5;

/// Fails with the best of the ways: `who` can become an administrator, by its steps. The request is the first of them, and one
/// that takes nothing for granted goes before. `None` = there is no way.
pub(crate) fn fail(who: &str, mut ways: Vec<Way>) -> Option<Verdict> {
    ways.sort_by_key(|way| (!way.assumes.is_empty(), way.proofs.len()));
    let (way, others) = ways.split_first()?;
    let (first, steps) = way.proofs.split_first()?;
    let verdict = Verdict::proved(reason(who, way, others), first.clone());
    Some(steps.iter().fold(verdict, |verdict, step| {
        let mut evidence = step.evidence().clone();
        evidence.note = format!("allows {}", step.action()).into();
        verdict.also(evidence)
    }))
}

/// The technique with its steps, what is taken for granted, and what else works.
fn reason(who: &str, way: &Way, others: &[Way]) -> String {
    let steps: Vec<String> = way
        .proofs
        .iter()
        .map(|step| match step.hit.witness.resource.as_str() {
            "*" => step.action().to_owned(),
            resource => format!("{} on {resource}", step.action()),
        })
        .collect();
    let id = &way.technique.id;
    let mut said =
        format!("{who} can become an administrator ({id}: {}): {}", way.technique.title, steps.join(", then "));
    if !way.assumes.is_empty() {
        said.push_str("; it is assumed that ");
        said.push_str(&way.assumes.join(" and that "));
    }
    let others: Vec<&str> = others.iter().map(|way| way.technique.id.as_str()).collect();
    let more = match others.as_slice() {
        [] => String::new(),
        [one] => format!("; {one} works too"),
        all if all.len() <= FEW => format!("; {} work too", all.join(", ")),
        all => format!("; {} other techniques work too", all.len()),
    };
    said + &more
}
