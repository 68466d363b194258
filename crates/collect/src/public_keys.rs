//! The keys that CloudTrail signs its digests with, as `ListPublicKeys` answers them.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// Public keys by fingerprint.
#[derive(Debug, Clone, Default)]
pub struct PublicKeys(Vec<(String, Vec<u8>)>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    public_key_list: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    /// The key in PKCS #1, DER, base64.
    value: String,
    fingerprint: String,
}

impl PublicKeys {
    /// Reads the answer of `aws cloudtrail list-public-keys`.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let answer: Answer = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let key = |key: Key| {
            let value =
                STANDARD.decode(key.value.trim()).map_err(|error| format!("key `{}`: {error}", key.fingerprint))?;
            Ok((key.fingerprint.to_ascii_lowercase(), value))
        };
        answer.public_key_list.into_iter().map(key).collect::<Result<_, String>>().map(Self)
    }

    /// Whether a signature in hexadecimal is that of the key with a fingerprint over a text; `None` = no such key.
    pub fn signed(&self, fingerprint: &str, text: &str, signature: &str) -> Option<bool> {
        let fingerprint = fingerprint.to_ascii_lowercase();
        let (_, key) = self.0.iter().find(|(one, _)| *one == fingerprint)?;
        let Some(signature) = bytes(signature) else { return Some(false) };
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
        Some(key.verify(text.as_bytes(), &signature).is_ok())
    }
}

/// The bytes of a text in hexadecimal.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).filter_map(|pair| Some(pair.first()? << 4 | pair.last()?)).collect())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};

    use super::*;

    #[test]
    fn a_signature_is_that_of_its_key_and_text() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), b"text", &mut signature).unwrap();
        let signature: String = signature
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(|digit| char::from_digit(u32::from(digit), 16).unwrap())
            .collect();
        let value = STANDARD.encode(pair.public_key().as_ref());
        let answer = format!("{{\"PublicKeyList\":[{{\"Value\":\"{value}\",\"Fingerprint\":\"AB\"}}]}}");
        let keys = PublicKeys::parse(answer.as_bytes()).unwrap();
        assert_eq!(keys.signed("ab", "text", &signature), Some(true));
        assert_eq!(keys.signed("ab", "texT", &signature), Some(false));
        assert_eq!(keys.signed("ab", "text", "zz"), Some(false));
        assert_eq!(keys.signed("cd", "text", &signature), None);
        assert!(PublicKeys::parse(b"{}").is_err());
    }
}
