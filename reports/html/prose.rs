//! The Markdown of a check as HTML: paragraphs, lists, code, emphasis, links.

use std::io;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::markup::{Markup, put};

/// Writes Markdown. What it has beside the known few becomes plain text, and links go to `https:` only.
pub(super) fn write(page: &mut Markup<'_>, markdown: &str) -> io::Result<()> {
    let mut in_code = false;
    let mut dead_links = 0_usize;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Paragraph) => page.literal("<p>")?,
            Event::End(TagEnd::Paragraph) => page.literal("</p>")?,
            Event::Start(Tag::List(None)) => page.literal("<ul>")?,
            Event::Start(Tag::List(Some(_))) => page.literal("<ol>")?,
            Event::End(TagEnd::List(numbered)) => page.literal(if numbered { "</ol>" } else { "</ul>" })?,
            Event::Start(Tag::Item) => page.literal("<li>")?,
            Event::End(TagEnd::Item) => page.literal("</li>")?,
            Event::Start(Tag::Strong) => page.literal("<strong>")?,
            Event::End(TagEnd::Strong) => page.literal("</strong>")?,
            Event::Start(Tag::Emphasis) => page.literal("<em>")?,
            Event::End(TagEnd::Emphasis) => page.literal("</em>")?,
            Event::Start(Tag::CodeBlock(kind)) => {
                let language = match &kind {
                    CodeBlockKind::Fenced(tag) => tag.as_ref(),
                    CodeBlockKind::Indented => "",
                };
                put!(page, "<figure class=\"code\"><figcaption>", (language_name(language)), "</figcaption>");
                put!(page, "<pre tabindex=\"0\"><code>");
                in_code = true;
            }
            Event::End(TagEnd::CodeBlock) => {
                page.literal("</code></pre></figure>")?;
                in_code = false;
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                if dest_url.starts_with("https://") {
                    put!(page, "<a rel=\"noreferrer\" href=\"", (dest_url), "\">");
                } else {
                    dead_links += 1;
                }
            }
            Event::End(TagEnd::Link) => {
                if dead_links == 0 {
                    page.literal("</a>")?;
                } else {
                    dead_links -= 1;
                }
            }
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                if in_code {
                    page.lines(&text)?;
                    if text.ends_with('\n') {
                        page.literal("\n")?;
                    }
                } else {
                    page.text(&text)?;
                }
            }
            Event::Code(code) => put!(page, "<code>", (code), "</code>"),
            Event::SoftBreak | Event::HardBreak => page.literal(" ")?,
            _ => {}
        }
    }
    Ok(())
}

fn language_name(tag: &str) -> &str {
    match tag {
        "sh" => "Command line",
        "hcl" => "Terraform",
        "json" => "JSON",
        other => other,
    }
}

/// The first block of shell commands, without its last line break.
pub(super) fn command(markdown: &str) -> Option<String> {
    let mut found: Option<String> = None;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(tag))) if tag.as_ref() == "sh" => {
                found = Some(String::new());
            }
            Event::Text(text) => {
                if let Some(command) = &mut found {
                    command.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) if found.is_some() => break,
            _ => {}
        }
    }
    found.map(|command| command.trim_end().to_owned()).filter(|command| !command.is_empty())
}

/// The first sentence of Markdown, as plain text.
pub(super) fn first_sentence(markdown: &str) -> String {
    let mut text = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::End(TagEnd::Paragraph) => break,
            _ => {}
        }
    }
    match text.find(". ") {
        Some(end) => text.get(..=end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(markdown: &str) -> String {
        let mut out = Vec::new();
        write(&mut Markup::new(&mut out), markdown).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn markdown_becomes_harmless_html() {
        assert_eq!(
            html("Do `a` **now**:\n\n```sh\naws <b>\n```\n\n- [x](https://e.example/?a&b)\n- [y](javascript:alert)"),
            "<p>Do <code>a</code> <strong>now</strong>:</p><figure class=\"code\"><figcaption>Command line</figcaption>\
             <pre tabindex=\"0\"><code>aws &lt;b&gt;\n</code></pre></figure><ul><li><a rel=\"noreferrer\" \
             href=\"https://e.example/?a&amp;b\">x</a></li><li>y</li></ul>"
        );
        assert_eq!(html("<script>x</script>"), "&lt;script&gt;x&lt;/script&gt;");
    }

    #[test]
    fn a_command_and_a_sentence_are_found() {
        let markdown = "One `thing`. Another.\n\n```hcl\nx\n```\n\n```sh\naws a \\\n  b\n```\n";
        assert_eq!(command(markdown).as_deref(), Some("aws a \\\n  b"));
        assert_eq!(command("none"), None);
        assert_eq!(first_sentence(markdown), "One thing.");
    }
}
