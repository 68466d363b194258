//! Writing a pattern. What is written reads as the same pattern again.

use std::fmt::{Display, Formatter, Result};

use super::parse::is_of_name;
use super::{Comparison, Condition, Literal, Pattern, Selector, Step, Test};

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Everything => Ok(()),
            Self::Json(condition) => write!(f, "{{ {condition} }}"),
            Self::Text(text) | Self::Columns(text) => f.write_str(text),
        }
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let joined = |f: &mut Formatter<'_>, parts: &[Self], by: &str| {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    write!(f, " {by} ")?;
                }
                write!(f, "({part})")?;
            }
            Ok(())
        };
        match self {
            Self::Compare(selector, comparison, literal) => write!(f, "{selector} {comparison} {literal}"),
            Self::Test(selector, test) => write!(f, "{selector} {test}"),
            Self::All(parts) => joined(f, parts, "&&"),
            Self::Any(parts) => joined(f, parts, "||"),
        }
    }
}

impl Display for Selector {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("$")?;
        for step in &self.0 {
            match step {
                Step::Field(name) if !name.is_empty() && name.chars().all(is_of_name) => write!(f, ".{name}")?,
                Step::Field(name) => write!(f, ".[{}]", quoted(name))?,
                Step::Place(place) => write!(f, "[{place}]")?,
            }
        }
        Ok(())
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Number(number) => f.write_str(number),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Regex(regex) => write!(f, "%{regex}%"),
        }
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        })
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::Null => "IS NULL",
            Self::True => "IS TRUE",
            Self::False => "IS FALSE",
            Self::Exists => "EXISTS",
            Self::Missing => "NOT EXISTS",
        })
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted.push('"');
    quoted
}
