//! Text of strangers in Markdown.

use std::borrow::Cow;

use crate::inert::inert;

/// Characters of one text; what is longer is cut.
const MOST: usize = 600;

/// Text in a code span, in which nothing has a meaning: its fence is longer than any run of backticks in it.
pub fn code(text: &str) -> String {
    let shown = cut(inert(text));
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A span may begin and end with a space that does not show: one more, where a backtick or a space would touch it.
    let touches = |end: Option<char>| end.is_none_or(|c| c == '`' || c == ' ');
    let space = if touches(shown.chars().next()) || touches(shown.chars().next_back()) { " " } else { "" };
    format!("{fence}{space}{shown}{space}{fence}")
}

/// A sentence of ours with names of theirs in it: as it is where it is plain, with backslashes where a character could
/// be emphasis, and as code where it could be more.
pub fn said(text: &str) -> Cow<'_, str> {
    let shown = cut(inert(text));
    let more = |c: char| matches!(c, '<' | '>' | '&' | '@' | '#' | '[' | ']' | '!' | '`' | '\\' | '$');
    if shown.contains(more) || shown.contains("://") || shown.to_ascii_lowercase().contains("www.") {
        return Cow::Owned(code(&shown));
    }
    if !shown.contains(['*', '_', '~', '|']) {
        return shown;
    }
    let escape = |c: char| if matches!(c, '*' | '_' | '~' | '|') { vec!['\\', c] } else { vec![c] };
    Cow::Owned(shown.chars().flat_map(escape).collect())
}

/// Text inside an element of HTML that Markdown leaves alone.
pub(crate) fn html(text: &str) -> String {
    let mut shown = String::new();
    for c in inert(text).chars() {
        if c.is_ascii_punctuation() && !matches!(c, ',' | '.' | '(' | ')' | ';' | '-' | '\'' | '/') {
            shown.push_str("&#");
            shown.push_str(&u32::from(c).to_string());
            shown.push(';');
        } else {
            shown.push(c);
        }
    }
    shown
}

fn cut(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.char_indices().nth(MOST) {
        None => text,
        Some((end, _)) => Cow::Owned(format!("{} …", text.get(..end).unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        for (text, shown) in [
            ("a", "`a`"),
            ("", "`  `"),
            ("a`b", "``a`b``"),
            ("`", "`` ` ``"),
            ("a``", "``` a`` ```"),
            (" a", "`  a `"),
            ("<script>", "`<script>`"),
            ("a\nb", "`a\\nb`"),
        ] {
            assert_eq!(code(text), shown);
        }
    }

    #[test]
    fn plain_words_stay_and_the_rest_is_code() {
        for (text, shown) in [
            ("anyone can read it", "anyone can read it"),
            ("a_b *c* ~d~ |", "a\\_b \\*c\\* \\~d\\~ \\|"),
            ("ping @team", "`ping @team`"),
            ("see https://evil.example", "`see https://evil.example`"),
            ("see WWW.evil.example", "`see WWW.evil.example`"),
            ("[a](b)", "`[a](b)`"),
            ("<img>", "`<img>`"),
        ] {
            assert_eq!(said(text), shown);
        }
    }

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(said(&"é".repeat(700)).chars().count(), MOST + 2);
    }
}
