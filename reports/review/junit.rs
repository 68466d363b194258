//! For CI servers that show tests: a test a finding, one each who gains access, and one a resource of the change.

use std::io::{self, Write};

use forewarn_findings::{Gain, Review, Understood};

use super::{about, gained, is_unknown, place_words, said, title};
use crate::html::markup::{Markup, put};
use crate::words;

/// A test: in what, its name, and what is wrong with it.
struct Case<'r> {
    class: &'r str,
    name: String,
    wrong: Option<(Wrong, String)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Wrong {
    Failure,
    Error,
}

pub(super) fn write(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let cases = cases(review);
    let count =
        |wanted| cases.iter().filter(|case| case.wrong.as_ref().is_some_and(|(kind, _)| *kind == wanted)).count();
    let (failures, errors) = (count(Wrong::Failure), count(Wrong::Error));
    let mut page = Markup::new(out);
    put!(page, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"forewarn\" tests=\"", (cases.len()));
    put!(
        page,
        "\" failures=\"",
        (failures),
        "\" errors=\"",
        (errors),
        "\">\n  <testsuite name=\"forewarn review\" tests=\""
    );
    put!(page, (cases.len()), "\" failures=\"", (failures), "\" errors=\"", (errors), "\">\n");
    for case in &cases {
        put!(page, "    <testcase classname=\"", (case.class), "\" name=\"", (case.name), "\" time=\"0\"");
        match &case.wrong {
            None => put!(page, "/>\n"),
            Some((Wrong::Failure, said)) => put!(page, "><failure message=\"", (said), "\"/></testcase>\n"),
            Some((Wrong::Error, said)) => put!(page, "><error message=\"", (said), "\"/></testcase>\n"),
        }
    }
    page.literal("  </testsuite>\n</testsuites>\n")
}

fn cases(review: &Review) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    let sources = review.sources();
    for finding in review.introduced().into_iter().chain(review.undecided()) {
        let kind = if is_unknown(finding) { Wrong::Error } else { Wrong::Failure };
        let place = place_words(&sources, about(finding)).map(|place| format!(" ({place})")).unwrap_or_default();
        let said = format!("{} {}: {}{place}", words::tag(finding.severity), title(review, finding), said(finding));
        cases.push(Case { class: &finding.check, name: finding.resource.arn.clone(), wrong: Some((kind, said)) });
    }
    for delta in &review.access {
        let open = matches!(delta.gains, Gain::Unknown(_));
        let gained = gained(delta);
        let name = match &gained {
            Some(gained) if !open => gained.clone(),
            _ => format!("access to and from {}", delta.resource.arn),
        };
        let wrong = open.then(|| (Wrong::Error, gained.unwrap_or_default()));
        cases.push(Case { class: "review.access", name, wrong });
    }
    for proposed in &review.proposed {
        let wrong = match &proposed.understood {
            Understood::Not(why) => Some((Wrong::Error, why.clone())),
            Understood::Whole | Understood::Partly(_) => None,
            Understood::NotRelevant => continue,
        };
        cases.push(Case { class: &proposed.kind, name: proposed.address.clone(), wrong });
    }
    cases
}
