//! The page, read with a Markdown reader.

use std::sync::Arc;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::*;
use crate::inert::inert;
use crate::sample::{HOSTILE, any_report, empty, everything, many};
use proptest::prelude::*;

fn markdown(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn events(text: &str) -> Vec<Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES).collect()
}

/// Markup of ours, and nothing else.
fn is_ours(html: &str) -> bool {
    let html = html.trim();
    html.is_empty()
        || html == "</details>"
        || html == "<b>"
        || html == "</b>"
        || html.starts_with("<details") && html.matches('<').count() == 5 && html.ends_with("</summary>")
}

#[test]
fn the_page_of_everything() {
    insta::assert_snapshot!(markdown(&everything()));
}

#[test]
fn the_page_about_nothing() {
    insta::assert_snapshot!(markdown(&empty()), @r"
    # forewarn: nothing was judged

    0 of 0 accounts · as of 2026-11-24 10:59:49 UTC
    ");
}

#[test]
fn it_fits_into_one_comment_and_counts_what_it_leaves_out() {
    for size in [1, 100, 10_000] {
        let report = many(size);
        let text = markdown(&report);
        assert!(text.chars().count() < 65_536, "{size}: {}", text.chars().count());
        let titles = groups(&report);
        assert!(titles.iter().all(|group| text.contains(group.check) || text.contains(&escape::html(group.title))));
    }
    assert!(markdown(&many(10_000)).contains("more (the csv format has them all)"));
}

#[test]
fn hostile_names_are_code() {
    for name in
        HOSTILE.into_iter().chain(["![x](https://evil.example/p.png)", "@everyone #1", "`` ` ``", "<img src=x>"])
    {
        let mut report = everything();
        report.findings.truncate(1);
        Arc::make_mut(&mut report.findings[0].resource).arn = name.to_owned();
        Arc::make_mut(&mut report.findings[0].grounds).reason = name.into();
        let text = markdown(&report);
        let shown = inert(name);
        let found =
            events(&text).into_iter().any(|event| matches!(event, Event::Code(code) if code.contains(shown.trim())));
        assert!(found, "{name}: {text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_becomes_a_link_or_markup(report in any_report()) {
        let text = markdown(&report);
        for event in events(&text) {
            match event {
                Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::FootnoteDefinition(_)) => {
                    prop_assert!(false, "{}", text);
                }
                Event::Html(html) | Event::InlineHtml(html) => prop_assert!(is_ours(&html), "{}", html),
                _ => {}
            }
        }
    }
}
