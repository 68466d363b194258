//! HTML that cannot be broken out of: what is not a literal of this program is escaped.

use std::fmt::Display;
use std::io::{self, Write};

use crate::inert::inert;

/// Writes literals as they are and everything else escaped.
pub struct Markup<'w> {
    out: &'w mut dyn Write,
}

impl<'w> Markup<'w> {
    /// Writes into `out`.
    pub fn new(out: &'w mut dyn Write) -> Self {
        Self { out }
    }

    /// Markup of this program. Nothing that was read can be `'static` here.
    pub fn literal(&mut self, html: &'static str) -> io::Result<()> {
        self.out.write_all(html.as_bytes())
    }

    /// Text, or the value of an attribute in double quotes; what hides is shown.
    pub fn text(&mut self, text: &impl Display) -> io::Result<()> {
        let text = text.to_string();
        for c in inert(&text).chars() {
            match c {
                '&' => self.out.write_all(b"&amp;")?,
                '<' => self.out.write_all(b"&lt;")?,
                '>' => self.out.write_all(b"&gt;")?,
                '"' => self.out.write_all(b"&quot;")?,
                '\'' => self.out.write_all(b"&#39;")?,
                c => self.out.write_all(c.encode_utf8(&mut [0; 4]).as_bytes())?,
            }
        }
        Ok(())
    }

    /// Text of several lines, such as a command.
    pub fn lines(&mut self, text: &str) -> io::Result<()> {
        for (index, line) in text.lines().enumerate() {
            if index > 0 {
                self.literal("\n")?;
            }
            self.text(&line)?;
        }
        Ok(())
    }

    /// The writer itself, for data that is escaped by its own rules.
    pub fn raw(&mut self) -> &mut dyn Write {
        self.out
    }
}

/// `put!(markup, "<b>", (name), "</b>")`: literals are markup, what stands in parentheses is text.
#[macro_export]
macro_rules! put {
    (@part $markup:expr, $html:literal) => {
        $markup.literal($html)?
    };
    (@part $markup:expr, ($text:expr)) => {
        $markup.text(&$text)?
    };
    ($markup:expr, $($part:tt),+ $(,)?) => {{
        $($crate::put!(@part $markup, $part);)+
    }};
}
pub(crate) use put;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_cannot_break_out() {
        let mut out = Vec::new();
        let mut page = Markup::new(&mut out);
        let write = |page: &mut Markup<'_>| -> io::Result<()> {
            put!(page, "<b title=\"", ("\"'<x>&\n\u{202e}"), "\">", (5), "</b>");
            Ok(())
        };
        write(&mut page).unwrap();
        let html = String::from_utf8(out).unwrap();
        assert_eq!(html, "<b title=\"&quot;&#39;&lt;x&gt;&amp;\\n\\u{202e}\">5</b>");
    }
}
