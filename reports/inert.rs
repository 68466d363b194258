//! Hostile text made harmless: the one place for it.
//!
//! Names, tags, keys and error messages are chosen by whoever can write to the audited account. A terminal obeys escape
//! sequences, a reader trusts what bidirectional marks reorder, and a name that ends in a newline can forge the next
//! line. All of these are written out visibly instead.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// Characters without a width that may follow each other. Real scripts stack three at most; a hundred of them paint
/// over the lines above.
const MARKS_IN_A_ROW: usize = 4;

/// Whether a character commands, reorders or hides instead of showing something: controls, bidirectional marks, line
/// separators, zero-width and other characters that Unicode calls ignorable, tags and variation selectors among them.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}' | '\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Whether it is nothing but printable ASCII, as most of what is written is. Every byte is looked at, many at a time.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| plain & (b' '..=b'~').contains(&byte))
}

/// `text` in one line that shows all there is: what hides stands there as `\n`, `\r`, `\t` or `\u{202e}`.
pub fn inert(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_hidden(c) || marks > MARKS_IN_A_ROW => {
                // Writing into a string cannot fail.
                let _ = write!(shown, "{}", c.escape_unicode());
            }
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Prose of our own on one line: line breaks and runs of spaces are one space, fence lines of Markdown go.
pub(crate) fn one_line(prose: &str) -> String {
    let lines = prose.lines().filter(|line| !line.trim_start().starts_with("```"));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_commands_or_hides_is_shown() {
        for (hostile, shown) in [
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{1b}]8;;https://evil.example\u{7}x", "\\u{1b}]8;;https://evil.example\\u{7}x"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("fdp.\u{202e}exe", "fdp.\\u{202e}exe"),
            ("\u{2066}a\u{2069}\u{200f}", "\\u{2066}a\\u{2069}\\u{200f}"),
            ("a\u{2028}b\u{85}c\u{7f}", "a\\u{2028}b\\u{85}c\\u{7f}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
            ("nul\0", "nul\\u{0}"),
        ] {
            assert_eq!(inert(hostile), shown);
        }
    }

    #[test]
    fn honest_text_stays() {
        for honest in ["", "Zoë Müller", "日本語", "naïve (ok) <b> \"q\" 'q' \\n", "e\u{301}", "🔥"] {
            assert_eq!(inert(honest), honest);
        }
    }

    #[test]
    fn stacked_marks_are_shown_from_the_fifth_on() {
        assert_eq!(
            inert(&format!("a{}", "\u{301}".repeat(6))),
            format!("a{}\\u{{301}}\\u{{301}}", "\u{301}".repeat(4))
        );
    }

    #[test]
    fn prose_is_joined_and_loses_its_fences() {
        assert_eq!(one_line("Turn it  on:\n\n```sh\naws x \\\n  y\n```\n\nDone."), "Turn it on: aws x \\ y Done.");
    }

    proptest! {
        #[test]
        fn nothing_hidden_comes_through(text in any::<String>()) {
            let shown = inert(&text);
            prop_assert!(!shown.chars().any(is_hidden));
            let again = inert(&shown);
            prop_assert_eq!(&shown, &again);
        }
    }
}
