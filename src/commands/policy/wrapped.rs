//! Finding the policy in what somebody has at hand: an answer of the AWS CLI, or a document that is still encoded.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Where answers of the AWS CLI keep a policy.
const PLACES: [&[&str]; 9] = [
    &["PolicyVersion", "Document"],
    &["Role", "AssumeRolePolicyDocument"],
    &["Policy", "Content"],
    &["Attributes", "Policy"],
    &["PolicyDocument"],
    &["AssumeRolePolicyDocument"],
    &["ResourcePolicy"],
    &["policyText"],
    &["Policy"],
];

/// A policy as it can be read and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The text of the policy. Where it stood in the file as it is, lines and columns are those of the file.
    pub(super) text: String,
    /// Where it was taken from, where that was not the whole file.
    pub(super) taken: Option<String>,
    /// The ARN of the role whose trust policy it is.
    pub(super) role: Option<String>,
}

/// Takes the policy out of a file. What is not recognised stays as it is: the reader of policies says what is wrong.
pub(super) fn find(text: &str) -> Found {
    // A byte order mark is one character wide, and so is what takes its place.
    let text = text.strip_prefix('\u{feff}').map_or_else(|| text.to_owned(), |rest| format!(" {rest}"));
    if let Some(decoded) = decoded(text.trim()) {
        let taken = Some("decoded from its URL form".to_owned());
        return Found { text: laid_out(&decoded), taken, role: None };
    }
    let Some(top) = members(&text).filter(|top| !top.contains_key("Statement")) else {
        return Found { text, taken: None, role: None };
    };
    let wrapped = PLACES.into_iter().find_map(|place| Some((place, inside(&text, at(&top, place)?)?)));
    let Some((place, policy)) = wrapped else { return Found { text, taken: None, role: None } };
    let role = at(&top, &["Role", "Arn"]).and_then(|raw| serde_json::from_str(raw.get()).ok());
    let taken = Some(format!("taken from `{}` in an answer of the AWS CLI", place.join(".")));
    Found { text: policy, taken, role }
}

fn members(text: &str) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(text).ok()
}

fn at<'t>(top: &BTreeMap<String, &'t RawValue>, place: &[&str]) -> Option<&'t RawValue> {
    let (first, rest) = place.split_first()?;
    rest.iter().try_fold(*top.get(*first)?, |raw, key| members(raw.get())?.get(*key).copied())
}

/// A policy that stands as an object, or as a string with one in it.
fn inside(text: &str, raw: &RawValue) -> Option<String> {
    if raw.get().starts_with('{') {
        return masked(text, raw.get());
    }
    let policy: String = serde_json::from_str(raw.get()).ok()?;
    let policy = decoded(&policy).unwrap_or(policy);
    policy.trim_start().starts_with('{').then(|| laid_out(&policy))
}

/// The text with blanks for all that is not `part` of it, so that every line and column stays.
fn masked(text: &str, part: &str) -> Option<String> {
    let start = (part.as_ptr().addr()).checked_sub(text.as_ptr().addr())?;
    let (before, behind) = (text.get(..start)?, text.get(start + part.len()..)?);
    let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
    Some(before.chars().map(blank).chain(part.chars()).chain(behind.chars().map(blank)).collect())
}

/// A document in URL form, as IAM's API has it.
fn decoded(text: &str) -> Option<String> {
    text.get(..3).filter(|start| start.eq_ignore_ascii_case("%7b"))?;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit()? << 4 | digit()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// How far an indentation goes; a policy needs six levels.
const DEEPEST: usize = 16;

/// JSON that stands in one line, over several; only blanks between its words change.
fn laid_out(text: &str) -> String {
    if text.trim().contains('\n') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut quoted, mut escaped, mut opened) = (0_usize, false, false, false);
    let fresh = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth.min(DEEPEST)));
    };
    for c in text.chars() {
        if quoted {
            out.push(c);
            (quoted, escaped) = (escaped || c != '"', !escaped && c == '\\');
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        if opened && !matches!(c, ']' | '}') {
            fresh(&mut out, depth);
        }
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !opened {
                    fresh(&mut out, depth);
                }
            }
            _ => {}
        }
        out.push(c);
        opened = matches!(c, '{' | '[');
        match c {
            ',' => fresh(&mut out, depth),
            ':' => out.push(' '),
            '"' => quoted = true,
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"{"Statement":[{"Effect":"Allow","Action":["a:b","c:\"{"],"Resource":[]}]}"#;
    const LAID_OUT: &str = "{\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": [\n        \"a:b\",\n        \"c:\\\"{\"\n      ],\n      \"Resource\": []\n    }\n  ]\n}";

    #[test]
    fn a_policy_in_a_string_is_laid_out() {
        let wrapped = serde_json::json!({ "Policy": POLICY }).to_string();
        let found = find(&wrapped);
        assert_eq!(found.text, LAID_OUT);
        assert_eq!(found.taken.as_deref(), Some("taken from `Policy` in an answer of the AWS CLI"));
    }

    #[test]
    fn a_policy_that_stands_in_the_file_keeps_its_lines_and_columns() {
        let wrapped = "{\n \"Role\": {\"Arn\": \"arn:aws:iam::111111111111:role/é\",\n  \"AssumeRolePolicyDocument\": {\"Statement\": []}}\n}\n";
        let found = find(wrapped);
        assert_eq!(found.text.trim(), r#"{"Statement": []}"#);
        let column = |text: &str| text.lines().nth(2).unwrap().chars().position(|c| c == 'S');
        assert_eq!(
            found.text.lines().nth(2).map(|line| line.find("{\"S")),
            wrapped.lines().nth(2).map(|line| line.find("{\"S"))
        );
        assert_eq!(column(&found.text), wrapped.lines().nth(2).unwrap().find("Statement"));
        assert_eq!(found.role.as_deref(), Some("arn:aws:iam::111111111111:role/é"));
    }

    #[test]
    fn the_url_form_is_decoded() {
        let encoded = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%5B%22a%3Ab%22%2C%22c%3A%5C%22%7B%22%5D%2C%22Resource%22%3A%5B%5D%7D%5D%7D";
        assert_eq!(find(encoded).text, LAID_OUT);
        let wrapped = serde_json::json!({ "PolicyVersion": { "Document": encoded } }).to_string();
        assert_eq!(find(&wrapped).text, LAID_OUT);
    }

    #[test]
    fn what_is_not_recognised_stays_as_it_is() {
        for text in
            [POLICY, "", "[]", "{\"Policy\": 7}", "{\"Policy\": null}", "%7", "%7Bx%", "%7B%zz", "{\"Policy\": \"x\"}"]
        {
            assert_eq!(find(text), Found { text: text.to_owned(), taken: None, role: None }, "{text}");
        }
    }
}
