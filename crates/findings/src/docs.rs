//! The README of a check, taken apart once for every output.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

/// Whether an example fails, passes or stays unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExampleKind {
    /// The check must fail on it.
    Fail,
    /// The check must pass on it.
    Pass,
    /// The check must say Unknown on it.
    Unknown,
}

/// An inventory overlay of a README and the verdict that it must give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example<'a> {
    /// The expected verdict.
    pub kind: ExampleKind,
    /// The overlay, as JSON text.
    pub overlay: String,
    /// Everything of the README up to here, for the line number of a failing example.
    pub before: &'a str,
}

/// The parts of a check's README. Each is Markdown without its heading; examples are left out of the prose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sections<'a> {
    /// *What it finds*.
    pub what: &'a str,
    /// *Why it matters*.
    pub why: &'a str,
    /// *How to fix*.
    pub fix: &'a str,
    /// *Examples*.
    pub examples: Vec<Example<'a>>,
    /// What does not belong into a README: unknown headings or fences, raw HTML, indented code, links without a scheme.
    pub faults: Vec<String>,
}

/// Takes a README apart.
pub fn sections(readme: &str) -> Sections<'_> {
    let mut found = Sections::default();
    let mut heading: Option<(String, usize)> = None;
    let mut current: Option<(String, usize)> = None;
    let mut fence: Option<(ExampleKind, String, usize)> = None;
    for (event, range) in Parser::new(readme).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                close(&mut found, readme, current.take(), range.start);
                heading = Some((String::new(), range.end));
                if level != HeadingLevel::H2 {
                    found.faults.push(format!("a heading of level {level}: only the four sections have one"));
                }
            }
            Event::End(TagEnd::Heading(_)) => current = heading.take(),
            Event::Start(Tag::CodeBlock(kind)) => match &kind {
                CodeBlockKind::Fenced(tag) => match tag.as_ref() {
                    "json fail" => fence = Some((ExampleKind::Fail, String::new(), range.start)),
                    "json pass" => fence = Some((ExampleKind::Pass, String::new(), range.start)),
                    "json unknown" => fence = Some((ExampleKind::Unknown, String::new(), range.start)),
                    "sh" | "hcl" | "json" => {}
                    tag => found.faults.push(format!("a fence tagged `{tag}`")),
                },
                CodeBlockKind::Indented => found.faults.push("an indented code block".to_owned()),
            },
            Event::End(TagEnd::CodeBlock) => {
                if let Some((kind, overlay, start)) = fence.take() {
                    found.examples.push(Example { kind, overlay, before: readme.get(..start).unwrap_or(readme) });
                }
            }
            Event::Text(text) => {
                if let Some((_, overlay, _)) = &mut fence {
                    overlay.push_str(&text);
                } else if let Some((title, _)) = &mut heading {
                    title.push_str(&text);
                }
            }
            Event::Html(_) | Event::InlineHtml(_) => found.faults.push("raw HTML".to_owned()),
            Event::Start(Tag::Link { dest_url, .. }) if !dest_url.starts_with("https://") => {
                found.faults.push(format!("a link to `{dest_url}`: links are absolute"));
            }
            _ => {}
        }
    }
    close(&mut found, readme, current, readme.len());
    found
}

fn close<'a>(found: &mut Sections<'a>, readme: &'a str, section: Option<(String, usize)>, end: usize) {
    let Some((title, start)) = section else { return };
    let body = readme.get(start..end).unwrap_or_default().trim();
    match title.as_str() {
        "What it finds" => found.what = body,
        "Why it matters" => found.why = body,
        "How to fix" => found.fix = body,
        "Examples" => {}
        other => found.faults.push(format!("a section `{other}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_readme_falls_into_its_sections() {
        let readme = "## What it finds\n\nA `x`.\n\n## Why it matters\n\nBad.\n\n## How to fix\n\n```sh\naws x\n```\n\n## Examples\n\n```json fail\n{\"a\": 1}\n```\n";
        let parts = sections(readme);
        assert_eq!((parts.what, parts.why, parts.fix), ("A `x`.", "Bad.", "```sh\naws x\n```"));
        assert_eq!(parts.examples.len(), 1);
        assert_eq!(parts.examples[0].kind, ExampleKind::Fail);
        assert_eq!(parts.examples[0].overlay, "{\"a\": 1}\n");
        assert!(parts.faults.is_empty());
    }

    #[test]
    fn what_does_not_belong_is_a_fault() {
        let parts = sections("# Top\n\n## Other\n\n<b>x</b> [a](b.md)\n\n```python\n```\n\n    indented\n");
        let expected = [
            "a heading of level h1: only the four sections have one",
            "a section `Top`",
            "raw HTML",
            "raw HTML",
            "a link to `b.md`: links are absolute",
            "a fence tagged `python`",
            "an indented code block",
            "a section `Other`",
        ];
        assert_eq!(parts.faults, expected);
    }
}
