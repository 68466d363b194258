//! Lines that fit a terminal: words in colours, wrapped at its width. All text passes through [`inert`] here.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use crate::inert::inert;

/// Narrower than this nothing can be laid out.
const NARROWEST: usize = 40;

/// What is never broken: it is copied from the terminal, which wraps it without cutting it in two.
const WHOLE: [&str; 2] = ["arn:", "https://"];

/// A piece of text in one style, without a place to break it.
#[derive(Debug, Clone, PartialEq)]
struct Word {
    pieces: Vec<(Style, String)>,
    width: usize,
}

/// A paragraph before it is wrapped.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Line {
    words: Vec<Word>,
}

impl Line {
    /// A paragraph of plain text.
    pub(super) fn of(text: &str) -> Self {
        Self::default().say(text)
    }

    /// Adds words in the default style.
    #[must_use]
    pub(super) fn say(self, text: &str) -> Self {
        self.styled(Style::new(), text)
    }

    /// Adds words.
    #[must_use]
    pub(super) fn styled(mut self, style: Style, text: &str) -> Self {
        let shown = inert(text);
        self.words.extend(shown.split(' ').filter(|word| !word.is_empty()).map(|word| Word {
            pieces: vec![(style, word.to_owned())],
            width: word.width(),
        }));
        self
    }

    /// Adds one word that takes at least `width` columns: a cell of a table or a label.
    #[must_use]
    pub(super) fn padded(self, style: Style, text: &str, width: usize) -> Self {
        self.cell(style, text, width, false)
    }

    /// The same, with the text at the right edge.
    #[must_use]
    pub(super) fn right(self, style: Style, text: &str, width: usize) -> Self {
        self.cell(style, text, width, true)
    }

    fn cell(mut self, style: Style, text: &str, width: usize, right: bool) -> Self {
        let shown = inert(text).into_owned();
        let taken = shown.width();
        let fill = (Style::new(), " ".repeat(width.saturating_sub(taken)));
        let text = (style, shown);
        let pieces = if right { vec![fill, text] } else { vec![text, fill] };
        self.words.push(Word { pieces, width: taken.max(width) });
        self
    }

    /// Adds what `other` says.
    #[must_use]
    pub(super) fn then(mut self, other: Self) -> Self {
        self.words.extend(other.words);
        self
    }
}

/// The terminal that is written to.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    width: usize,
    color: bool,
}

impl<'a> Page<'a> {
    pub(super) fn new(out: &'a mut dyn Write, width: usize, color: bool) -> Self {
        Self { out, width: width.max(NARROWEST), color }
    }

    /// An empty line.
    pub(super) fn gap(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// A line over the whole width that opens a section.
    pub(super) fn section(&mut self, style: Style, title: &str) -> io::Result<()> {
        self.gap()?;
        let shown = inert(title).into_owned();
        let rule = "─".repeat(self.width.saturating_sub(shown.width() + 4).max(2));
        self.piece(Style::new().dimmed(), "──")?;
        self.out.write_all(b" ")?;
        self.piece(style.bold(), &shown)?;
        self.out.write_all(b" ")?;
        self.piece(Style::new().dimmed(), &rule)?;
        self.gap()
    }

    /// A paragraph; every line begins in column `indent`.
    pub(super) fn put(&mut self, indent: usize, line: &Line) -> io::Result<()> {
        self.hang(indent, indent, line)
    }

    /// A paragraph whose first line begins in column `first` and every other in column `rest`.
    pub(super) fn hang(&mut self, first: usize, rest: usize, line: &Line) -> io::Result<()> {
        let mut column = first;
        let mut fresh = true;
        self.spaces(first)?;
        for word in &line.words {
            let space = usize::from(!fresh);
            if !fresh && column + space + word.width > self.width {
                self.gap()?;
                self.spaces(rest)?;
                column = rest;
                fresh = true;
            }
            if !fresh {
                self.spaces(1)?;
                column += 1;
            }
            column = self.word(word, column, rest)?;
            fresh = false;
        }
        self.gap()
    }

    /// Writes a word and says in which column it ends.
    fn word(&mut self, word: &Word, column: usize, rest: usize) -> io::Result<usize> {
        let mut column = column;
        let whole = column + word.width <= self.width
            || word.pieces.iter().any(|(_, text)| WHOLE.iter().any(|start| text.contains(start)));
        for (style, text) in &word.pieces {
            if whole {
                self.piece(*style, text)?;
                column += text.width();
                continue;
            }
            for part in broken(text, self.width.saturating_sub(column), self.width.saturating_sub(rest)) {
                if column + part.width() > self.width {
                    self.gap()?;
                    self.spaces(rest)?;
                    column = rest;
                }
                self.piece(*style, part)?;
                column += part.width();
            }
        }
        Ok(column)
    }

    fn piece(&mut self, style: Style, text: &str) -> io::Result<()> {
        if self.color && style != Style::new() && !text.is_empty() {
            write!(self.out, "{style}{text}{style:#}")
        } else {
            self.out.write_all(text.as_bytes())
        }
    }

    fn spaces(&mut self, count: usize) -> io::Result<()> {
        write!(self.out, "{:count$}", "")
    }
}

/// Cuts a word that fits no line into parts of `first` columns, then of `rest`.
fn broken(text: &str, first: usize, rest: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut taken, mut room) = (0, 0, first);
    for (at, c) in text.char_indices() {
        let width = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if taken + width > room && at > start {
            parts.extend(text.get(start..at));
            (start, taken, room) = (at, 0, rest);
        }
        taken += width;
    }
    parts.extend(text.get(start..));
    parts
}
