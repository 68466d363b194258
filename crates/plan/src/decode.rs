//! Bytes of a file as text: UTF-8 with or without a mark, and UTF-16 as PowerShell writes it.

use std::borrow::Cow;

use crate::{PlanError, Source};

/// The text of a file.
///
/// # Errors
/// [`PlanError::File`] where it is not text, with the command that makes text of a binary plan.
pub fn decode(source: &Source) -> Result<Cow<'_, str>, PlanError> {
    let bytes = source.bytes.as_slice();
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(source, rest),
        [0xFF, 0xFE, rest @ ..] => utf16(source, rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(source, rest, u16::from_be_bytes),
        // A JSON text begins with an ASCII character (RFC 4627), so a zero beside it tells UTF-16 without a mark.
        [first, 0, second, 0, ..] if first.is_ascii() && second.is_ascii() => utf16(source, bytes, u16::from_le_bytes),
        [0, first, 0, second, ..] if first.is_ascii() && second.is_ascii() => utf16(source, bytes, u16::from_be_bytes),
        [b'P', b'K', 3, 4, ..] => Err(PlanError::file(
            source,
            "is a binary plan; `terraform show -json PLAN > plan.json` (or `tofu show -json`) makes the JSON of it",
        )),
        _ => utf8(source, bytes),
    }
}

fn utf8<'s>(source: &'s Source, bytes: &'s [u8]) -> Result<Cow<'s, str>, PlanError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(PlanError::file(source, "is empty"));
    }
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
        let at = error.valid_up_to();
        PlanError::file(source, format!("is not text: byte {at} is no UTF-8"))
    })
}

fn utf16<'s>(source: &Source, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'s, str>, PlanError> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    for (unit, at) in char::decode_utf16(pairs.iter().copied().map(unit)).zip(0_usize..) {
        let Ok(unit) = unit else {
            let what = format!("is UTF-16 that goes on as something else at character {at}; write it anew");
            return Err(PlanError::file(source, what));
        };
        text.push(unit);
    }
    if odd.is_empty() {
        return Ok(Cow::Owned(text));
    }
    let at = text.chars().count();
    Err(PlanError::file(source, format!("is not whole: it is UTF-16 that breaks off at character {at}; write it anew")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(bytes: &[u8]) -> Source {
        Source { name: "plan.json".to_owned(), bytes: bytes.to_vec() }
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "{\"a\": \"Zoë\"}";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            [b"\xFF\xFE", little.as_slice()].concat(),
            [b"\xFE\xFF", big.as_slice()].concat(),
            little,
            big,
        ] {
            assert_eq!(decode(&source(&bytes)).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_not_text_is_named_with_what_to_do() {
        let said = |bytes: &[u8]| decode(&source(bytes)).unwrap_err().to_string();
        assert!(said(b"PK\x03\x04rest").contains("terraform show -json"));
        assert!(said(b" \n").contains("is empty"));
        assert!(said(b"{\"a\": \"\xff\"}").contains("byte 7"));
        assert!(said(b"\xFF\xFEa\0b").contains("not whole"));
    }
}
