//! Who did it: one shape for all that CloudTrail calls an identity, and the way back from a session to a person.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Brief, Identity, Record};

/// Who made a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor {
    /// The ARN of the user, the session or the account root; the name of the service where AWS acted by itself. Where the
    /// record has neither, what it has.
    pub name: String,
    /// The ARN of the role, for a session of one.
    pub role: Option<String>,
    /// The name of the session.
    pub session: Option<String>,
    /// The identity that the first session of a chain carried.
    pub source_identity: Option<String>,
    /// The id of the access key that signed.
    pub key: Option<String>,
    /// Whether an AWS service acted by itself, or with a role that is AWS's own.
    pub is_service: bool,
}

/// How a session was traced back to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Traced {
    /// A user called with its own credentials.
    Itself,
    /// The session carries a source identity.
    SourceIdentity,
    /// A session of IAM Identity Center is named after who signed in.
    SessionName,
    /// Whoever took the session is known from the call that gave it out.
    Chain,
}

/// The person, or the first identity, behind a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// A user's ARN or a name.
    pub name: String,
    /// How it is known.
    pub traced: Traced,
}

/// Longer chains of roles are not followed; AWS limits a chained session to an hour, so they do not occur.
const CHAIN: usize = 8;

impl Actor {
    /// Who made the call of a record.
    pub fn of(record: &Record) -> Self {
        Self::from(&record.user_identity)
    }

    /// The ARNs that a pattern may name the actor by: its own, and that of its role.
    pub fn arns(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.role.as_deref())
    }

    /// The person behind the actor as far as the record itself tells.
    fn itself(&self) -> Option<Person> {
        let person = |name: &str, traced| Some(Person { name: name.to_owned(), traced });
        if let Some(source) = &self.source_identity {
            return person(source, Traced::SourceIdentity);
        }
        match (&self.role, &self.session) {
            (Some(role), Some(session)) if role.contains("/AWSReservedSSO_") => person(session, Traced::SessionName),
            (Some(_), _) => None,
            (None, _) if self.is_service => None,
            (None, _) => person(&self.name, Traced::Itself),
        }
    }
}

impl From<&Identity> for Actor {
    fn from(identity: &Identity) -> Self {
        let kind = identity.kind.as_deref().unwrap_or_default();
        let issuer = identity.session.as_ref().and_then(|session| session.issuer.arn.clone());
        let role = if kind == "AssumedRole" { issuer.or_else(|| role_of(identity.arn.as_deref()?)) } else { None };
        let session = role.as_ref().and_then(|_| Some(identity.arn.as_deref()?.rsplit_once('/')?.1.to_owned()));
        let service = identity.invoked_by.clone().filter(|_| kind == "AWSService");
        let is_service =
            kind == "AWSService" || role.as_deref().is_some_and(|role| role.contains(":role/aws-service-role/"));
        Self {
            name: identity.arn.clone().or(service).unwrap_or_else(|| called(identity)),
            role,
            session,
            source_identity: identity.session.as_ref().and_then(|session| session.source_identity.clone()),
            key: identity.access_key_id.clone(),
            is_service,
        }
    }
}

/// The role of a session's ARN: its path is not in it.
pub fn role_of(session: &str) -> Option<String> {
    let (head, rest) = session.split_once(":assumed-role/")?;
    let name = rest.split('/').next()?;
    Some(format!("{}:role/{name}", head.replacen(":sts:", ":iam:", 1)))
}

/// A name for an identity without an ARN.
fn called(identity: &Identity) -> String {
    let named = [&identity.user_name, &identity.principal_id, &identity.account_id, &identity.kind];
    named.into_iter().flatten().next().cloned().unwrap_or_else(|| "somebody".to_owned())
}

/// Who took which session, by the id of its access key.
#[derive(Debug, Clone, Default)]
pub struct Sessions(BTreeMap<String, Actor>);

impl Sessions {
    /// The sessions that these records gave out: `AssumeRole` and its like.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut sessions = Self::default();
        sessions.learn(records);
        sessions
    }

    /// Adds the sessions that these records gave out.
    pub fn learn<'a>(&mut self, records: impl IntoIterator<Item = &'a Record>) {
        for record in records {
            self.give(&record.response_elements, &record.user_identity);
        }
    }

    /// Adds the session that a record gave out, where it did.
    pub fn learn_brief(&mut self, brief: &Brief) {
        self.give(&brief.response_elements, &brief.user_identity);
    }

    fn give(&mut self, answer: &Value, to: &Identity) {
        if let Some(key) = answer.pointer("/credentials/accessKeyId").and_then(Value::as_str) {
            self.0.insert(key.to_owned(), Actor::from(to));
        }
    }

    /// The person, or the first identity, behind an actor, where the records tell.
    pub fn person(&self, actor: &Actor) -> Option<Person> {
        let mut at = actor;
        for step in 0..CHAIN {
            if let Some(person) = at.itself() {
                let traced = if step > 0 && person.traced == Traced::Itself { Traced::Chain } else { person.traced };
                return Some(Person { traced, ..person });
            }
            at = self.0.get(at.key.as_deref()?)?;
        }
        None
    }

    /// The key of the session whose taker would have to be known to name the person; `None` where nothing is missing or
    /// nothing would help.
    pub fn missing<'a>(&'a self, actor: &'a Actor) -> Option<&'a str> {
        let mut at = actor;
        for _ in 0..CHAIN {
            if at.itself().is_some() || at.is_service {
                return None;
            }
            let key = at.key.as_deref()?;
            match self.0.get(key) {
                Some(taker) => at = taker,
                None => return Some(key),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn record(identity: &Value, response: &Value) -> Record {
        serde_json::from_value(json!({
            "eventTime": "2026-01-02T03:04:05Z", "eventName": "x", "userIdentity": identity, "responseElements": response,
        }))
        .unwrap()
    }

    fn session(role: &str, name: &str, key: &str, more: &Value) -> Value {
        json!({
            "type": "AssumedRole", "arn": format!("arn:aws:sts::111111111111:assumed-role/{role}/{name}"),
            "accessKeyId": key, "sessionContext": more,
        })
    }

    fn alice() -> Value {
        json!({ "type": "IAMUser", "arn": "arn:aws:iam::111111111111:user/alice", "userName": "alice", "accessKeyId": "AKIA1" })
    }

    #[test]
    fn a_session_names_its_role() {
        let issuer = json!({ "sessionIssuer": { "arn": "arn:aws:iam::111111111111:role/ops/Deploy" } });
        let actor = Actor::of(&record(&session("Deploy", "run-7", "ASIA1", &issuer), &Value::Null));
        assert_eq!(actor.role.as_deref(), Some("arn:aws:iam::111111111111:role/ops/Deploy"));
        assert_eq!(actor.session.as_deref(), Some("run-7"));
        // Some real records leave the issuer empty.
        let bare =
            Actor::of(&record(&session("Deploy", "run-7", "ASIA1", &json!({ "sessionIssuer": {} })), &Value::Null));
        assert_eq!(bare.role.as_deref(), Some("arn:aws:iam::111111111111:role/Deploy"));
        assert_eq!(bare.arns().count(), 2);
    }

    #[test]
    fn a_person_is_found_by_source_identity_session_name_or_chain() {
        let gave = |identity: &Value, key: &str| record(identity, &json!({ "credentials": { "accessKeyId": key } }));
        let first = session("Admin", "x", "ASIA1", &Value::Null);
        let known = [gave(&alice(), "ASIA1"), gave(&first, "ASIA2")];
        let sessions = Sessions::of(&known);
        let person = |identity: &Value| sessions.person(&Actor::of(&record(identity, &Value::Null)));
        let named = |name: &str, traced| Some(Person { name: name.to_owned(), traced });
        let user = "arn:aws:iam::111111111111:user/alice";
        assert_eq!(person(&alice()), named(user, Traced::Itself));
        assert_eq!(person(&first), named(user, Traced::Chain));
        assert_eq!(person(&session("Deploy", "y", "ASIA2", &Value::Null)), named(user, Traced::Chain));
        let carried = json!({ "sourceIdentity": "bob" });
        assert_eq!(person(&session("Deploy", "y", "ASIA9", &carried)), named("bob", Traced::SourceIdentity));
        let center = session(
            "AWSReservedSSO_Admin_0a1b",
            "carol@acme.example",
            "ASIA8",
            &json!({ "sessionIssuer": {
            "arn": "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a1b" } }),
        );
        assert_eq!(person(&center), named("carol@acme.example", Traced::SessionName));
        let lost = session("Deploy", "y", "ASIA7", &Value::Null);
        assert_eq!(person(&lost), None);
        let actor = Actor::of(&record(&lost, &Value::Null));
        assert_eq!(sessions.missing(&actor), Some("ASIA7"));
        let actor = Actor::of(&record(&first, &Value::Null));
        assert_eq!(sessions.missing(&actor), None);
    }

    #[test]
    fn a_chain_that_bites_its_tail_ends() {
        let around =
            record(&session("A", "a", "ASIA1", &Value::Null), &json!({ "credentials": { "accessKeyId": "ASIA1" } }));
        let sessions = Sessions::of([&around]);
        assert_eq!(sessions.person(&Actor::of(&around)), None);
        assert_eq!(sessions.missing(&Actor::of(&around)), None);
    }

    #[test]
    fn a_service_is_nobody() {
        let service = json!({ "type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com" });
        let actor = Actor::of(&record(&service, &Value::Null));
        assert_eq!((actor.name.as_str(), actor.is_service), ("cloudtrail.amazonaws.com", true));
        assert_eq!(Sessions::default().person(&actor), None);
        let linked = session(
            "AWSServiceRoleForX",
            "x",
            "ASIA1",
            &json!({ "sessionIssuer": {
            "arn": "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX" } }),
        );
        assert!(Actor::of(&record(&linked, &Value::Null)).is_service);
        assert_eq!(Actor::of(&record(&Value::Null, &Value::Null)).name, "somebody");
    }
}
