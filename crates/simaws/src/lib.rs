//! An AWS endpoint on loopback that serves an inventory, read-only, in the real wire protocols.
//!
//! `forewarn demo`, the tests of the collector and the scale and fault benches talk to it over TCP with the official
//! SDKs: IAM and STS (Query), S3 and S3 Control (REST with XML), CloudTrail, Organizations and Tagging (JSON 1.1), Account
//! Management, S3 Tables and S3 Vectors (REST with JSON). It knows [`OPERATIONS`] and nothing else, and shares no (de)serialising code with the
//! collector.
//!
//! What the inventory could not read is served as the fault that explains it: a denied fact answers `AccessDenied`, a
//! list that was cut short is served up to the cut and then fails. So a collection of a served inventory gives the
//! same inventory. More faults, throttling, latency and page sizes come from [`Settings`].
//!
//! The account is chosen by the access key id ([`SimAws::credentials`]); signatures are not verified. Where AWS looks
//! at the host name of a request, this server looks at the region and service of its signature.
#![allow(clippy::disallowed_methods, reason = "a server on loopback needs the clock")]

mod analyzers;
mod answer;
mod call;
mod cloudtrail;
pub mod demo;
mod detection;
mod families;
mod fault;
mod gate;
mod iam;
mod kms;
mod lookup;
mod monitoring;
mod operations;
mod organizations;
mod page;
mod regions;
mod route;
mod s3;
mod s3control;
mod server;
mod settings;
mod sts;
mod tagging;
mod text;
mod world;
mod xml;

#[cfg(test)]
mod tests;

pub use operations::OPERATIONS;
pub use server::{Running, SimAws, StartError};
pub use settings::{Fault, FaultRule, Settings, Window};
