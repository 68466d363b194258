//! Encodings of text on the wire: percent-encoding, times, markers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;

/// A time as the XML services write it: `2026-01-01T00:00:00Z`, with a fraction where there is one.
pub(crate) fn iso(at: Timestamp) -> String {
    at.to_string()
}

/// A time as the JSON services write it: seconds since 1970, with a fraction where there is one.
pub(crate) fn epoch(at: Timestamp) -> serde_json::Value {
    if at.subsec_nanosecond() == 0 {
        at.as_second().into()
    } else {
        #[expect(clippy::cast_precision_loss, reason = "AWS sends a floating-point number too")]
        let seconds = at.as_millisecond() as f64 / 1000.0;
        seconds.into()
    }
}

/// Percent-encodes as IAM encodes policy documents (RFC 3986: all but the unreserved characters).
pub(crate) fn percent_encode(raw: &str) -> String {
    let mut encoded = String::with_capacity(raw.len() * 2);
    for byte in raw.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // INVARIANT: writing to memory does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Undoes percent-encoding; `+` is a space where `plus` says so (forms and query strings).
pub(crate) fn percent_decode(raw: &str, plus: bool) -> String {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        let escaped = if byte == b'%' { escape(bytes.clone()) } else { None };
        if let Some(value) = escaped {
            decoded.push(value);
            bytes.nth(1);
        } else {
            decoded.push(if plus && byte == b'+' { b' ' } else { byte });
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn escape(mut rest: impl Iterator<Item = u8>) -> Option<u8> {
    let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
    let (high, low) = (digit()?, digit()?);
    u8::try_from(high * 16 + low).ok()
}

/// The pairs of a query string or a form. A name without a value has an empty one.
pub(crate) fn pairs(raw: &str) -> BTreeMap<String, String> {
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (percent_decode(name, true), percent_decode(value, true)))
        .collect()
}

/// An opaque marker for the item at `position`.
pub(crate) fn marker(position: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("forewarn-simaws-page:{position}"))
}

/// The position that a marker stands for.
pub(crate) fn position(marker: &str) -> Option<usize> {
    let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(marker).ok()?).ok()?;
    decoded.strip_prefix("forewarn-simaws-page:")?.parse().ok()
}

/// Base64 as AWS writes blobs.
pub(crate) fn base64(raw: &[u8]) -> String {
    STANDARD.encode(raw)
}
