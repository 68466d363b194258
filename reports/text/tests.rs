//! What a person sees.

use std::sync::Arc;

use unicode_width::UnicodeWidthStr as _;

use super::*;
use crate::sample::{empty, everything, many};
use crate::tests::written;

fn text(report: &Report, options: &TextOptions) -> String {
    written("text", report, options)
}

fn at(width: usize) -> TextOptions {
    TextOptions { width, ..TextOptions::default() }
}

#[test]
fn everything_at_80_columns() {
    insta::assert_snapshot!(text(&everything(), &at(80)));
}

#[test]
fn everything_at_120_columns_and_verbose() {
    insta::assert_snapshot!(text(&everything(), &TextOptions { verbose: true, ..at(120) }));
}

#[test]
fn everything_in_colour() {
    let text = text(&everything(), &TextOptions { color: true, ..at(80) });
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn an_empty_report() {
    insta::assert_snapshot!(text(&empty(), &at(80)));
}

#[test]
fn an_interrupted_report_says_so_at_the_top() {
    let mut report = many(3);
    report.run.interrupted = true;
    insta::assert_snapshot!(text(&report, &at(80)));
}

#[test]
fn all_well() {
    let mut report = everything();
    report.findings.retain(|finding| finding.verdict == VerdictKind::Pass);
    report.coverage.gaps.clear();
    report.coverage.internal_errors.clear();
    report.coverage.accounts.truncate(1);
    report.coverage.facts.retain(|fact| fact.places == fact.observed);
    insta::assert_snapshot!(text(&report, &at(80)));
}

#[test]
fn only_an_arn_goes_over_the_edge() {
    for width in [40, 60, 80, 120, 200] {
        for report in [everything(), many(500), empty()] {
            let options = TextOptions { verbose: true, ..at(width) };
            for line in text(&report, &options).lines() {
                let fits = line.width() <= width || line.contains("arn:");
                assert!(fits, "{} columns of {width}: {line}", line.width());
                assert_eq!(line, line.trim_end(), "trailing spaces");
            }
        }
    }
}

#[test]
fn an_arn_is_never_broken() {
    let report = everything();
    for width in [40, 80, 200] {
        let text = text(&report, &TextOptions { all: true, ..at(width) });
        for finding in report.findings.iter().filter(|finding| finding.verdict == VerdictKind::Fail) {
            let arn = crate::inert::inert(&finding.resource.arn).into_owned();
            if arn.starts_with("arn:") && !arn.contains(' ') {
                assert!(text.contains(&arn), "{arn}");
            }
        }
    }
}

#[test]
fn colour_changes_no_word() {
    let plain = text(&everything(), &at(80));
    let coloured = text(&everything(), &TextOptions { color: true, ..at(80) });
    assert!(!plain.contains('\u{1b}'));
    let mut bare = String::new();
    for part in coloured.split('\u{1b}') {
        bare.push_str(if bare.is_empty() && !coloured.starts_with('\u{1b}') {
            part
        } else {
            part.split_once('m').map_or(part, |(_, rest)| rest)
        });
    }
    assert_eq!(bare, plain);
}

#[test]
fn no_line_of_colour_runs_into_the_next() {
    for line in text(&everything(), &TextOptions { color: true, ..at(80) }).lines() {
        let last = line.rsplit_once('\u{1b}').map_or("[0m", |(_, after)| after);
        assert!(last.starts_with("[0m"), "{line:?}");
    }
}

#[test]
fn a_long_list_is_cut_and_all_is_all() {
    let report = many(2000);
    let cut = text(&report, &at(80));
    assert!(cut.contains("more (-f csv has them all)"));
    let all = text(&report, &TextOptions { all: true, ..at(80) });
    assert!(!all.contains("more (-f csv has them all)"));
    for finding in report.findings.iter().filter(|finding| finding.verdict == VerdictKind::Fail) {
        assert!(all.contains(&finding.resource.arn));
    }
    assert!(cut.lines().count() < 1000);
}

#[test]
fn a_newline_in_a_name_forges_no_line() {
    let text = text(&everything(), &TextOptions { all: true, ..at(80) });
    assert!(text.contains("line one\\nCRITICAL"));
    assert!(!text.lines().any(|line| line.starts_with("CRITICAL line two")));
}

#[test]
fn the_remedy_is_the_smallest_change_in_plain_words() {
    let remedy = findings::remedy;
    assert_eq!(remedy(""), "");
    assert_eq!(remedy("Turn it on:\n\n```sh\naws x\n```\n"), "Turn it on.");
    assert_eq!(remedy("Turn it on:\n```sh\naws x\n```\n"), "Turn it on.");
    assert_eq!(remedy("\n1. **Console:** take it\n   out.\n2. CLI: x\n"), "Console: take it out.");
    assert_eq!(remedy("- a\n- b"), "a");
    assert_eq!(remedy("One.\nTwo.\n\nThree."), "One. Two.");
    assert!(remedy(&"word ".repeat(100)).ends_with("word …"));
    assert_eq!(remedy(&"é".repeat(300)).chars().count(), 242);
}

#[test]
fn spaces_in_a_name_are_all_there() {
    let mut report = many(1);
    Arc::make_mut(&mut report.findings[0].grounds).reason = "the key `a  b` is open".into();
    assert!(text(&report, &at(80)).contains("\n      the key `a  b` is open\n"));
}
