//! Small conversions from what the SDK gives to what the inventory holds.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use forewarn_inventory::PolicyText;
use jiff::Timestamp;

/// An instant; `None` where it is out of range.
pub(crate) fn instant(time: &DateTime) -> Option<Timestamp> {
    i32::try_from(time.subsec_nanos()).ok().and_then(|nanos| Timestamp::new(time.secs(), nanos).ok())
}

/// An optional instant.
pub(crate) fn when(time: Option<DateTime>) -> Option<Timestamp> {
    time.as_ref().and_then(instant)
}

/// A number that cannot be negative.
pub(crate) fn count(number: Option<i32>) -> Option<u32> {
    number.and_then(|number| u32::try_from(number).ok())
}

/// Tags by key.
pub(crate) fn tags<T>(tags: Option<Vec<T>>, pair: impl Fn(T) -> (String, String)) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().map(pair).collect()
}

/// A policy document as IAM writes it: percent-encoded as RFC 3986 has it.
///
/// A document that is not encoded, or not well, is kept as it is: parsing belongs to the policy engine.
pub(crate) fn policy_text(document: &str) -> PolicyText {
    PolicyText::new(decoded(document).unwrap_or_else(|| document.to_owned()))
}

fn decoded(text: &str) -> Option<String> {
    // An encoded document holds no brace and no quote; one that does is plain already, and a `%` in it means itself.
    if !text.contains('%') || text.contains(['{', '"']) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_decoded_once_and_a_plain_or_broken_one_is_left_alone() {
        for (given, expected) in [
            ("%7B%22Version%22%3A%222012-10-17%22%7D", r#"{"Version":"2012-10-17"}"#),
            ("%7B%22a%22%3A%22%C3%A4%2520%22%7D", r#"{"a":"ä%20"}"#),
            (r#"{"a":"%20"}"#, r#"{"a":"%20"}"#),
            ("%7B%2", "%7B%2"),
            ("%7B%FF", "%7B%FF"),
            ("%ZZ", "%ZZ"),
            ("a+b%20c", "a+b c"),
            ("", ""),
        ] {
            assert_eq!(policy_text(given).as_str(), expected);
        }
    }

    #[test]
    fn numbers_and_times_out_of_range_are_none() {
        assert_eq!(count(Some(-1)), None);
        assert_eq!(count(Some(14)), Some(14));
        assert_eq!(when(Some(DateTime::from_secs(i64::MAX))), None);
        assert_eq!(when(Some(DateTime::from_secs(0))), Some(Timestamp::UNIX_EPOCH));
    }
}
