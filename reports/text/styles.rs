//! The colours, and what each of them means. Nothing is said by colour alone.

use anstyle::{AnsiColor, Color, Style};
use forewarn_findings::Severity;

/// Names and titles.
pub const BOLD: Style = Style::new().bold();
/// What can be passed over.
pub const DIM: Style = Style::new().dimmed();
/// What must not be passed over.
pub const ALARM: Style =
    Style::new().fg_color(Some(Color::Ansi(AnsiColor::White))).bg_color(Some(Color::Ansi(AnsiColor::Red))).bold();
/// What is wrong.
pub const BAD: Style = bright(AnsiColor::Red);
/// All is well.
pub const GOOD: Style = bright(AnsiColor::Green);
/// Something is not known or not whole.
pub const WARN: Style = bright(AnsiColor::Yellow);

const fn bright(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color))).bold()
}

/// How a severity looks.
pub fn style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => BAD,
        Severity::High => Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red))),
        Severity::Medium => Style::new().fg_color(Some(Color::Ansi(AnsiColor::Yellow))),
        Severity::Low => Style::new().fg_color(Some(Color::Ansi(AnsiColor::Cyan))),
        Severity::Informational => Style::new(),
    }
}
