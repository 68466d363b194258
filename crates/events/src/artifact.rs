//! The values of a record that one can pivot on, with where they stand.

use std::net::IpAddr;

use serde_json::Value;

/// What kind of value an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArtifactKind {
    /// When it happened.
    Time,
    /// What was called.
    EventName,
    /// Where it came from.
    Address,
    /// What the client said it was.
    UserAgent,
    /// The name of a user.
    UserName,
    /// An account.
    Account,
    /// An instance.
    Instance,
    /// Another resource with an id of EC2.
    Resource,
    /// A bucket.
    Bucket,
    /// An ARN.
    Arn,
    /// An access key.
    AccessKey,
    /// The name of a session.
    Session,
    /// The identity that a chain of sessions carries.
    SourceIdentity,
    /// The state of an instance after the call: code and name.
    CurrentState,
    /// The state before it.
    PreviousState,
}

/// A value to pivot on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its kind.
    pub kind: ArtifactKind,
    /// The value; an address that the record leaves empty is the empty text.
    pub value: String,
    /// Where it stands, as JSON pointers.
    pub paths: Vec<String>,
    /// What is unusual about its form.
    pub unusual: Option<&'static str>,
}

/// Records are no deeper than this where they were read by this crate.
const DEPTH: u8 = 128;

/// All artifacts of a record, each once, in the order in which a person goes through them: time, name, source, identity,
/// then what the parameters and the answer have.
pub fn artifacts(record: &Value) -> Vec<Artifact> {
    let mut found = Found::default();
    let text = |path: &str| record.pointer(path).and_then(Value::as_str);
    for (path, kind) in [
        ("/eventTime", ArtifactKind::Time),
        ("/eventName", ArtifactKind::EventName),
        ("/sourceIPAddress", ArtifactKind::Address),
        ("/userAgent", ArtifactKind::UserAgent),
        ("/userIdentity/userName", ArtifactKind::UserName),
        ("/userIdentity/accountId", ArtifactKind::Account),
        ("/userIdentity/accessKeyId", ArtifactKind::AccessKey),
        ("/userIdentity/sessionContext/sourceIdentity", ArtifactKind::SourceIdentity),
        ("/recipientAccountId", ArtifactKind::Account),
    ] {
        let Some(value) = text(path) else { continue };
        let wanted = match kind {
            ArtifactKind::Address => true,
            ArtifactKind::AccessKey => is_key(value),
            _ => !value.is_empty(),
        };
        if wanted {
            found.add(kind, value.trim(), path);
        }
    }
    let arn = "/userIdentity/arn";
    let session = text("/userIdentity/type") == Some("AssumedRole");
    if let Some((_, name)) = text(arn).filter(|_| session).and_then(|arn| arn.rsplit_once('/')) {
        found.add(ArtifactKind::Session, name, arn);
    }
    for part in ["requestParameters", "responseElements", "serviceEventDetails", "resources", "userIdentity"] {
        if let Some(value) = record.get(part) {
            found.walk(value, &format!("/{part}"), part, DEPTH);
        }
    }
    found.0
}

#[derive(Default)]
struct Found(Vec<Artifact>);

impl Found {
    fn add(&mut self, kind: ArtifactKind, value: &str, path: &str) {
        if let Some(known) = self.0.iter_mut().find(|one| one.kind == kind && one.value == value) {
            if known.paths.iter().all(|one| one != path) {
                known.paths.push(path.to_owned());
            }
            return;
        }
        let unusual = unusual(kind, value);
        self.0.push(Artifact { kind, value: value.to_owned(), paths: vec![path.to_owned()], unusual });
    }

    fn walk(&mut self, value: &Value, path: &str, name: &str, depth: u8) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match value {
            Value::Object(fields) => {
                let state = match name {
                    "currentState" => Some(ArtifactKind::CurrentState),
                    "previousState" => Some(ArtifactKind::PreviousState),
                    _ => None,
                };
                if let (Some(kind), Some(code)) = (state, fields.get("code").and_then(Value::as_i64)) {
                    let said = fields.get("name").and_then(Value::as_str).unwrap_or_default();
                    self.add(kind, format!("{code} {}", said.trim()).trim_end(), path);
                    return;
                }
                for (name, value) in fields {
                    let escaped = name.replace('~', "~0").replace('/', "~1");
                    self.walk(value, &format!("{path}/{escaped}"), name, depth);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.walk(item, &format!("{path}/{index}"), name, depth);
                }
            }
            Value::String(text) => {
                if let Some(kind) = kind(name, text.trim()) {
                    self.add(kind, text.trim(), path);
                }
            }
            _ => {}
        }
    }
}

fn kind(name: &str, text: &str) -> Option<ArtifactKind> {
    if text.starts_with("arn:") {
        return Some(ArtifactKind::Arn);
    }
    if is_key(text) {
        return Some(ArtifactKind::AccessKey);
    }
    let id = |prefix: &str| {
        text.strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('-'))
            .is_some_and(|id| (6..=17).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    match name {
        "bucketName" if !text.is_empty() => Some(ArtifactKind::Bucket),
        "userName" if !text.is_empty() => Some(ArtifactKind::UserName),
        _ if id("i") => Some(ArtifactKind::Instance),
        _ if ["ami", "eni", "sg", "snap", "subnet", "vol", "vpc", "vpce"].iter().any(|prefix| id(prefix)) => {
            Some(ArtifactKind::Resource)
        }
        _ => None,
    }
}

/// Whether a text has the form of an access key id.
fn is_key(text: &str) -> bool {
    let form = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    form && text.len() >= 16 && (text.starts_with("AKIA") || text.starts_with("ASIA"))
}

fn unusual(kind: ArtifactKind, value: &str) -> Option<&'static str> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        ArtifactKind::Address if value.is_empty() => Some("the record leaves it empty"),
        ArtifactKind::Address if value.parse::<IpAddr>().is_err() => Some("it is no network address"),
        ArtifactKind::Account if value.len() != 12 || !digits(value) => Some("an account id has twelve digits"),
        ArtifactKind::Arn => {
            let account = value.split(':').nth(4).unwrap_or_default();
            let known = account.is_empty() || account == "aws" || account.len() == 12 && digits(account);
            (!known).then_some("the account in it does not have twelve digits")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_session_and_what_it_touched() {
        let found = artifacts(&json!({
            "eventTime": "2026-01-02T03:04:05Z", "eventName": "RunInstances", "sourceIPAddress": "s3.amazonaws.com",
            "userIdentity": { "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/Ops/bob",
                "accountId": "111122223333", "sessionContext": { "sourceIdentity": "bob@acme.example" } },
            "requestParameters": { "bucketName": "acme", "a/b": ["i-0abc1234", "vol-0abc1234", "i-no"] },
            "responseElements": { "x": "i-0abc1234" },
        }));
        let shown: Vec<_> = found.iter().map(|one| (one.kind, one.value.as_str(), one.paths.len())).collect();
        for expected in [
            (ArtifactKind::Session, "bob", 1),
            (ArtifactKind::SourceIdentity, "bob@acme.example", 1),
            (ArtifactKind::Bucket, "acme", 1),
            (ArtifactKind::Instance, "i-0abc1234", 2),
            (ArtifactKind::Resource, "vol-0abc1234", 1),
        ] {
            assert!(shown.contains(&expected), "{expected:?} {shown:?}");
        }
        assert_eq!(shown.len(), 10, "{shown:?}");
        let instance = found.iter().find(|one| one.kind == ArtifactKind::Instance).unwrap();
        assert_eq!(instance.paths, ["/requestParameters/a~1b/0", "/responseElements/x"]);
        assert_eq!(found[2].unusual, Some("it is no network address"));
    }

    #[test]
    fn arns_with_an_unusual_account_are_read_and_flagged() {
        for arn in ["root", "user/Ana", "role/S3Access", "group/Engineers"] {
            let arn = format!("arn:aws:iam::0123456789:{arn}");
            let found = artifacts(&json!({ "userIdentity": { "arn": arn } }));
            assert_eq!((found[0].value.as_str(), found[0].unusual.is_some()), (arn.as_str(), true));
        }
        assert_eq!(artifacts(&json!({ "userIdentity": { "arn": "arn:aws:iam::aws:policy/X" } }))[0].unusual, None);
    }
}
