//! Account ids out of a text that strangers may read.

use std::collections::BTreeMap;

/// Every run of exactly twelve digits as `account-A`, `account-B`, in the order in which they first occur.
pub(super) fn accounts(text: &str) -> String {
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        redacted.push_str(before);
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (digits, behind) = from.split_at(end);
        if digits.len() == 12 {
            let next = known.len();
            redacted.push_str(known.entry(digits).or_insert_with(|| format!("account-{}", letters(next))));
        } else {
            redacted.push_str(digits);
        }
        rest = behind;
    }
    redacted.push_str(rest);
    redacted
}

/// `A` to `Z`, then `AA`.
fn letters(number: usize) -> String {
    let last = char::from(b'A' + u8::try_from(number % 26).unwrap_or_default());
    if number < 26 { last.to_string() } else { format!("{}{last}", letters(number / 26 - 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_account_is_the_same_letter_and_other_numbers_stay() {
        let text = "arn:aws:iam::111111111111:role/x 222222222222 111111111111 1234567890123 2026";
        assert_eq!(accounts(text), "arn:aws:iam::account-A:role/x account-B account-A 1234567890123 2026");
        assert_eq!((letters(25), letters(26), letters(52)), ("Z".to_owned(), "AA".to_owned(), "BA".to_owned()));
    }
}
