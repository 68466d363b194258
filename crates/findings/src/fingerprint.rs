//! What a finding is recognised by in another run.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The identity of a finding across runs: 32 hexadecimal digits where it is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 16]);

/// A text that is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint has 32 hexadecimal digits")]
pub struct NoFingerprint;

impl Fingerprint {
    /// Does something with the digits. A report has one for each result, so they need no place of their own.
    fn digits<T>(&self, with: impl FnOnce(&str) -> T) -> T {
        let mut digits = [0; 32];
        // Two digits for each byte, all of them ASCII: neither can fail.
        let _ = hex::encode_to_slice(self.0, &mut digits);
        with(str::from_utf8(&digits).unwrap_or_default())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digits(|digits| f.write_str(digits))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoFingerprint);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| NoFingerprint)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.digits(|digits| serializer.serialize_str(digits))
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[test]
fn a_fingerprint_is_read_back_as_it_was_written_and_nothing_else_is() {
    let fingerprint = Fingerprint([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 254, 255]);
    assert_eq!(fingerprint.to_string(), "000102030405060708090a0b0c0dfeff");
    assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
    for text in [
        "",
        "0",
        "+00102030405060708090a0b0c0dfeff",
        "000102030405060708090a0b0c0dfeff0",
        "g00102030405060708090a0b0c0dfeff",
    ] {
        assert_eq!(text.parse::<Fingerprint>(), Err(NoFingerprint), "{text}");
    }
}
