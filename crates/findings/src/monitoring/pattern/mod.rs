//! The filter patterns of CloudWatch Logs: read, written, and evaluated on an event.
//!
//! A pattern in braces is a condition on a JSON event; it is parsed and evaluated. Every other form looks at the text of
//! an event: words, a regular expression, columns between spaces. Of those only the empty one, which takes every event,
//! and words that an event certainly lacks can be decided here.
//!
//! The language is that of "Filter pattern syntax for metric filters" in the CloudWatch Logs user guide: selectors such
//! as `$.userIdentity.type` and `$.a[0].b`, the six comparisons, `IS NULL`, `IS TRUE`, `IS FALSE`, `EXISTS`, `NOT EXISTS`,
//! `*` in texts, `%…%` for regular expressions, `&&` before `||`, parentheses.

mod evaluate;
mod parse;
mod print;
#[cfg(test)]
mod tests;

pub use parse::ParseError;

/// A filter pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// The empty pattern: every event.
    Everything,
    /// A condition on JSON events.
    Json(Condition),
    /// Words that are looked for in the text of an event, or a regular expression; as it is written.
    Text(String),
    /// Columns between spaces: `[ip, user, …]`; as it is written. It matches no JSON event in a way that can be relied on.
    Columns(String),
}

/// A condition on a JSON event.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// A comparison of a field with a value.
    Compare(Selector, Comparison, Literal),
    /// A test that needs no value.
    Test(Selector, Test),
    /// All of them.
    All(Vec<Condition>),
    /// Any of them.
    Any(Vec<Condition>),
}

/// The way to a field: names and places in arrays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(pub Vec<Step>);

/// One step of a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The field of an object.
    Field(String),
    /// A place in an array.
    Place(usize),
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A number, as it is written.
    Number(String),
    /// A text with `*` for any characters.
    Text(String),
    /// A regular expression.
    Regex(String),
}

/// A test that needs no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// `IS NULL`
    Null,
    /// `IS TRUE`
    True,
    /// `IS FALSE`
    False,
    /// `EXISTS`
    Exists,
    /// `NOT EXISTS`
    Missing,
}
