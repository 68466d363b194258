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
    style: Style,
    text: String,
    /// Columns that the text takes.
    width: usize,
    /// Blank columns in front of it and behind it.
    blank: (usize, usize),
}

/// A paragraph before it is wrapped.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    words: Vec<Word>,
}

impl Line {
    /// A paragraph of plain text.
    pub fn of(text: &str) -> Self {
        Self::default().say(text)
    }

    /// Adds words in the default style.
    #[must_use]
    pub fn say(self, text: &str) -> Self {
        self.styled(Style::new(), text)
    }

    /// Adds words.
    #[must_use]
    pub fn styled(mut self, style: Style, text: &str) -> Self {
        let shown = inert(text);
        let mut more = 0;
        for word in shown.split(' ') {
            if word.is_empty() {
                // A name with two spaces is another name than one with a single space.
                more += 1;
            } else {
                self.words.push(Word { style, text: word.to_owned(), width: word.width(), blank: (more, 0) });
                more = 0;
            }
        }
        self
    }

    /// Adds one word that takes at least `width` columns: a cell of a table or a label.
    #[must_use]
    pub fn padded(self, style: Style, text: &str, width: usize) -> Self {
        self.cell(style, text, width, false)
    }

    /// The same, with the text at the right edge.
    #[must_use]
    pub fn right(self, style: Style, text: &str, width: usize) -> Self {
        self.cell(style, text, width, true)
    }

    fn cell(mut self, style: Style, text: &str, width: usize, right: bool) -> Self {
        let text = inert(text).into_owned();
        let taken = text.width();
        let fill = width.saturating_sub(taken);
        self.words.push(Word { style, text, width: taken, blank: if right { (fill, 0) } else { (0, fill) } });
        self
    }

    /// Adds what `other` says.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.words.extend(other.words);
        self
    }
}

/// The terminal that is written to.
pub struct Page<'a> {
    out: &'a mut dyn Write,
    width: usize,
    color: bool,
    /// The style that is on; it is off again at the end of every line.
    style: Style,
}

impl<'a> Page<'a> {
    /// Lays out for `width` columns; fewer than 40 are never used.
    pub fn new(out: &'a mut dyn Write, width: usize, color: bool) -> Self {
        Self { out, width: width.max(NARROWEST), color, style: Style::new() }
    }

    /// The columns that there are.
    pub fn width(&self) -> usize {
        self.width
    }

    /// A line as it stands: its pieces follow each other without blanks and are never wrapped.
    pub fn verbatim(&mut self, indent: usize, pieces: &[(Style, String)]) -> io::Result<()> {
        let mut blank = indent;
        for (style, text) in pieces {
            self.piece(blank, *style, &inert(text))?;
            blank = 0;
        }
        self.gap()
    }

    /// Ends a line, or leaves one empty.
    pub fn gap(&mut self) -> io::Result<()> {
        self.turn(Style::new())?;
        self.out.write_all(b"\n")
    }

    /// A line over the whole width that opens a section.
    pub fn section(&mut self, style: Style, title: &str) -> io::Result<()> {
        self.gap()?;
        let shown = inert(title).into_owned();
        if shown.width() + 6 > self.width {
            return self.put(0, &Line::default().styled(style.bold(), title));
        }
        let rule = "─".repeat(self.width.saturating_sub(shown.width() + 4));
        self.piece(0, Style::new().dimmed(), "──")?;
        self.piece(1, style.bold(), &shown)?;
        self.piece(1, Style::new().dimmed(), &rule)?;
        self.gap()
    }

    /// A paragraph; every line begins in column `indent`.
    pub fn put(&mut self, indent: usize, line: &Line) -> io::Result<()> {
        self.hang(indent, indent, line)
    }

    /// A paragraph whose first line begins in column `first` and every other in column `rest`.
    pub fn hang(&mut self, first: usize, rest: usize, line: &Line) -> io::Result<()> {
        let mut column = 0;
        // Blanks before the next word; those at the end of a line are never written.
        let mut blank = first;
        let mut fresh = true;
        for word in &line.words {
            blank += word.blank.0;
            if !fresh && column + blank + word.width > self.width {
                self.gap()?;
                (column, blank) = (0, rest);
            }
            column = self.word(word, column, blank, rest)?;
            blank = word.blank.1 + 1;
            fresh = false;
        }
        self.gap()
    }

    /// Writes a word and says in which column it ends.
    fn word(&mut self, word: &Word, column: usize, mut blank: usize, rest: usize) -> io::Result<usize> {
        let mut column = column + blank;
        if column + word.width <= self.width || WHOLE.iter().any(|start| word.text.contains(start)) {
            self.piece(blank, word.style, &word.text)?;
            return Ok(column + word.width);
        }
        for part in broken(&word.text, self.width.saturating_sub(column), self.width.saturating_sub(rest)) {
            if column + part.width() > self.width {
                self.gap()?;
                (column, blank) = (rest, rest);
            }
            self.piece(blank, word.style, part)?;
            column += part.width();
            blank = 0;
        }
        Ok(column)
    }

    /// Writes `blank` spaces and then `text`; words of one style that follow each other share their escapes.
    fn piece(&mut self, blank: usize, style: Style, text: &str) -> io::Result<()> {
        if style != self.style {
            self.turn(Style::new())?;
        }
        write!(self.out, "{:blank$}", "")?;
        self.turn(style)?;
        self.out.write_all(text.as_bytes())
    }

    /// Turns to a style.
    fn turn(&mut self, style: Style) -> io::Result<()> {
        if !self.color || style == self.style {
            return Ok(());
        }
        write!(self.out, "{:#}{style}", self.style)?;
        self.style = style;
        Ok(())
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
