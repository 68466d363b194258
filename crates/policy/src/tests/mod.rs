//! Tests of the whole engine, through its JSON lines.

mod found;
