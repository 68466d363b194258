//! A piece of a policy as it stands in its file, with line numbers and what decides underlined.

use std::io;

use anstyle::Style;
use forewarn_policy::Span;
use forewarn_reports::{Page, inert, styles};
use unicode_width::UnicodeWidthChar as _;

/// A longer piece is shown where its marks are.
const LONGEST: usize = 14;
/// Columns for the number of a line and the bar behind it.
const GUTTER: usize = 8;
/// What stands where a line goes on.
const MORE: char = '…';
/// Columns of a tabulator.
const TAB: &str = "    ";

/// A piece of a source.
#[derive(Debug)]
pub(super) struct Excerpt<'a> {
    pub(super) source: &'a str,
    /// What is shown: the lines that it stands on.
    pub(super) whole: Span,
    /// What is underlined.
    pub(super) marks: Vec<Span>,
    pub(super) style: Style,
}

/// A character as it is shown.
#[derive(Debug, Clone, Copy)]
struct Cell {
    shown: char,
    width: usize,
    marked: bool,
}

/// A line of the source.
struct Line<'a> {
    number: usize,
    start: usize,
    text: &'a str,
}

impl Excerpt<'_> {
    /// The line that `whole` begins in.
    pub(super) fn line(&self) -> usize {
        let before = self.source.as_bytes().iter().take(self.whole.start);
        before.filter(|byte| **byte == b'\n').count() + 1
    }

    /// Writes all lines, or where they are too many those with marks and their neighbours.
    pub(super) fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        let lines = self.lines();
        let last = lines.len().saturating_sub(1);
        let has_mark = |at: usize| lines.get(at).is_some_and(|line| self.marks_in(line).next().is_some());
        let is_shown = |at: usize| {
            let near = has_mark(at) || has_mark(at + 1) || at.checked_sub(1).is_some_and(has_mark);
            lines.len() <= LONGEST || at == 0 || at == last || near
        };
        let mut hidden = false;
        for (at, line) in lines.iter().enumerate() {
            if is_shown(at) {
                hidden = false;
                self.write_line(page, line)?;
            } else if !std::mem::replace(&mut hidden, true) {
                page.verbatim(0, &[(styles::DIM, format!("{:>width$}", "⋮", width = GUTTER - 3))])?;
            }
        }
        Ok(())
    }

    /// Writes the first line only.
    pub(super) fn write_first_line(&self, page: &mut Page<'_>) -> io::Result<()> {
        self.lines().first().map_or(Ok(()), |line| self.write_line(page, line))
    }

    /// The lines that `whole` stands on; at least one.
    fn lines(&self) -> Vec<Line<'_>> {
        let mut start = 0;
        let mut lines = Vec::new();
        for (index, text) in self.source.split('\n').enumerate() {
            let end = start + text.len();
            // An empty span at the end of the text stands behind its last character.
            if end >= self.whole.start && (start < self.whole.end || lines.is_empty()) {
                lines.push(Line { number: index + 1, start, text: text.trim_end_matches('\r') });
            }
            start = end + 1;
        }
        lines
    }

    /// The marks in a line, in bytes of it; one without length is a character long.
    fn marks_in<'s>(&'s self, line: &'s Line<'_>) -> impl Iterator<Item = (usize, usize)> + 's {
        let blank = line.text.len() - line.text.trim_start().len();
        let end = line.start + line.text.len();
        self.marks.iter().filter_map(move |mark| {
            if mark.start == mark.end {
                let here = (line.start..=end).contains(&mark.start).then(|| mark.start - line.start)?;
                let length = line.text.get(here..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                return Some((here, here + length));
            }
            let from = mark.start.max(line.start + blank);
            let to = mark.end.min(end);
            (from < to).then(|| (from - line.start, to - line.start))
        })
    }

    fn cells(&self, line: &Line<'_>) -> Vec<Cell> {
        let marks: Vec<(usize, usize)> = self.marks_in(line).collect();
        let is_marked = |at: usize| marks.iter().any(|(from, to)| (*from..*to).contains(&at));
        let mut cells = Vec::new();
        let mut piece = String::new();
        let mut marked = false;
        let close = |piece: &mut String, marked: bool, cells: &mut Vec<Cell>| {
            let shown = inert(piece);
            cells.extend(shown.chars().map(|shown| Cell { shown, width: shown.width().unwrap_or(0), marked }));
            piece.clear();
        };
        for (at, c) in line.text.char_indices() {
            if is_marked(at) != marked {
                close(&mut piece, marked, &mut cells);
                marked = !marked;
            }
            if c == '\t' { piece.push_str(TAB) } else { piece.push(c) }
        }
        close(&mut piece, marked, &mut cells);
        if is_marked(line.text.len()) {
            cells.push(Cell { shown: ' ', width: 1, marked: true });
        }
        cells
    }

    /// Writes a line. One that is too wide is shown around its marks, several times where they are far apart.
    fn write_line(&self, page: &mut Page<'_>, line: &Line<'_>) -> io::Result<()> {
        let cells = self.cells(line);
        let room = page.width().saturating_sub(GUTTER).max(2);
        let is_first = |at: &usize| {
            let marked = |at: usize| cells.get(at).is_some_and(|cell| cell.marked);
            marked(*at) && !at.checked_sub(1).is_some_and(marked)
        };
        let mut starts = (0..cells.len()).filter(is_first).peekable();
        if cells.iter().map(|cell| cell.width).sum::<usize>() <= room {
            return Self::write_cells(page, line.number, &cells, (false, false), self.style);
        }
        let last = Self::last_window(&cells, room);
        let ends_at = cells.iter().rposition(|cell| cell.marked).unwrap_or_default();
        let is_near = cells.iter().take(ends_at + 1).map(|cell| cell.width).sum::<usize>() + 1 < room;
        let mut from = 0;
        loop {
            // A fourth of the room is left for what stands before the mark.
            let start = starts.peek().filter(|_| !is_near);
            from = start.map_or(from, |start| start.saturating_sub(room / 4).min(last));
            let (mut to, mut taken) = (from, 2);
            while let Some(cell) = cells.get(to).filter(|cell| taken + cell.width <= room) {
                taken += cell.width;
                to += 1;
            }
            let window = cells.get(from..to).unwrap_or_default();
            Self::write_cells(page, line.number, window, (from > 0, to < cells.len()), self.style)?;
            let mut seen = 0;
            while starts.next_if(|start| *start < to).is_some() {
                seen += 1;
            }
            // A window always shows a mark, or none is left that it could show.
            if seen == 0 || starts.peek().is_none() {
                return Ok(());
            }
        }
    }

    /// Where the window begins that shows the end of a line.
    fn last_window(cells: &[Cell], room: usize) -> usize {
        let mut taken = 2;
        let fits = cells.iter().rev().take_while(|cell| {
            taken += cell.width;
            taken <= room
        });
        cells.len() - fits.count()
    }

    fn write_cells(
        page: &mut Page<'_>,
        number: usize,
        cells: &[Cell],
        (cut_before, cut_behind): (bool, bool),
        style: Style,
    ) -> io::Result<()> {
        let width = GUTTER - 3;
        let mut pieces = vec![(styles::DIM, format!("{number:>width$} │ "))];
        let mut under = vec![(styles::DIM, format!("{:>width$} │ ", ""))];
        if cut_before {
            pieces.push((styles::DIM, MORE.to_string()));
            under.push((Style::new(), " ".to_owned()));
        }
        for run in cells.chunk_by(|one, next| one.marked == next.marked) {
            let marked = run.first().is_some_and(|cell| cell.marked);
            let columns = run.iter().map(|cell| cell.width).sum();
            pieces.push((if marked { style } else { Style::new() }, run.iter().map(|cell| cell.shown).collect()));
            under.push(if marked { (style, "^".repeat(columns)) } else { (Style::new(), " ".repeat(columns)) });
        }
        if cut_behind {
            pieces.push((styles::DIM, MORE.to_string()));
        }
        page.verbatim(0, &pieces)?;
        if cells.iter().any(|cell| cell.marked) {
            while under.last().is_some_and(|(_, text)| text.trim().is_empty()) {
                under.pop();
            }
            page.verbatim(0, &under)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str, whole: &str, marks: &[&str], width: usize) -> String {
        let span = |part: &str| {
            let start = source.find(part).unwrap();
            Span { start, end: start + part.len() }
        };
        let marks = marks.iter().map(|mark| span(mark)).collect();
        written(&Excerpt { source, whole: span(whole), marks, style: Style::new() }, width)
    }

    fn written(excerpt: &Excerpt<'_>, width: usize) -> String {
        let mut out = Vec::new();
        excerpt.write(&mut Page::new(&mut out, width, false)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_decides_is_underlined_where_it_stands() {
        let source = "{\n  \"A\": \"é\",\n\t\"B\": [\"x\", \"y\"]\n}\n";
        assert_eq!(
            shown(source, source.trim(), &["\"é\"", "\"y\""], 80),
            "    1 │ {\n    2 │   \"A\": \"é\",\n      │        ^^^\n    3 │     \"B\": [\"x\", \"y\"]\n      │                ^^^\n    4 │ }\n"
        );
    }

    #[test]
    fn a_long_piece_is_shown_where_its_marks_are() {
        let lines: Vec<String> = (1..=30).map(|number| format!("line {number}.")).collect();
        let source = lines.join("\n");
        let text = shown(&source, &source, &["line 15."], 80);
        let numbers: Vec<&str> = text.lines().map(|line| line.split('│').next().unwrap().trim()).collect();
        assert_eq!(numbers, ["1", "⋮", "14", "15", "", "16", "⋮", "30"]);
    }

    #[test]
    fn a_wide_line_is_shown_around_its_marks_and_never_goes_over_the_edge() {
        let source = format!("{}MARK{}日本{}", "a".repeat(300), "b".repeat(300), "c".repeat(300));
        let text = shown(&source, &source, &["MARK", "日本"], 60);
        assert_eq!(text.matches("MARK").count(), 1, "{text}");
        assert!(text.contains("^^^^\n"), "{text}");
        let under: Vec<&str> = text.lines().collect();
        assert_eq!(under.len(), 4, "{text}");
        for (above, below) in [(under[0], under[1]), (under[2], under[3])] {
            assert!(above.ends_with('…') && above.chars().count() <= 60, "{text}");
            let column = below.chars().position(|c| c == '^').unwrap();
            assert!(matches!(above.chars().nth(column), Some('M' | '日')), "{text}");
        }
    }

    #[test]
    fn a_mark_is_shown_wherever_it_stands_in_a_wide_line() {
        for width in [40, 41, 80] {
            for at in (0..400).step_by(7).chain([398, 399]) {
                let source = format!("{}X{}", "a".repeat(at), "日".repeat(399 - at));
                let text = shown(&source, &source, &["X"], width);
                assert_eq!(text.matches('X').count(), 1, "at {at} of {width}: {text}");
                assert_eq!(text.matches('^').count(), 1, "at {at} of {width}: {text}");
            }
            let span = Span { start: 400, end: 400 };
            let source = "a".repeat(400);
            let end = Excerpt { source: &source, whole: span, marks: vec![span], style: Style::new() };
            assert!(written(&end, width).trim_end().ends_with('^'));
        }
    }

    #[test]
    fn what_commands_a_terminal_is_shown_and_underlined_in_full() {
        let text = shown("\"\u{1b}[31m\u{202e}\"", "\"\u{1b}[31m\u{202e}\"", &["\u{1b}[31m\u{202e}"], 80);
        assert_eq!(text, "    1 │ \"\\u{1b}[31m\\u{202e}\"\n      │  ^^^^^^^^^^^^^^^^^^\n");
    }

    #[test]
    fn the_end_of_a_text_can_be_pointed_at() {
        for (source, at) in [("{", 1), ("", 0), ("{\n", 2)] {
            let span = Span { start: at, end: at };
            let excerpt = Excerpt { source, whole: span, marks: vec![span], style: Style::new() };
            let text = written(&excerpt, 80);
            assert!(text.trim_end().ends_with('^'), "{source:?}: {text:?}");
        }
    }
}
