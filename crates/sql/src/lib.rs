//! SQL over a store of CloudTrail events, for what the filter language cannot say.
//!
//! The engine is DataFusion. It sees one table, whose columns are those of `forewarn events ddl`, through the reader of the
//! store and nothing else: no file, no network, no other table. A statement reads; one that writes, defines or sets is
//! refused before it is planned. Memory is bounded, and what does not fit goes to temporary files of the process.

mod answer;
mod asked;
mod error;
mod functions;
mod record;
mod table;

pub use answer::{Answer, Heading, Rows, Value};
pub use asked::{Options, ask};
pub use error::{Error, Place};

#[cfg(test)]
mod tests;
