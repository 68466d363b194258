//! KMS: the keys that trails, and the buckets that trails deliver to, use. No other key is looked at.

use std::collections::BTreeSet;

use forewarn_inventory::{Bucket, Fact, Key, KeyDetails, Kms, Listing, Observed, PolicyText, Trail};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::call::{Ask, Caller};
use crate::operations::{DESCRIBE_KEY, GET_KEY_POLICY, GET_KEY_ROTATION_STATUS, Operation};
use crate::session::Session;
use crate::signed::{Error, Request};
use crate::unasked::unasked;

/// Asks KMS.
pub(crate) struct Asker<'a> {
    pub(crate) session: &'a Session,
    pub(crate) caller: &'a Caller,
    pub(crate) needs: &'a BTreeSet<Fact>,
}

impl Asker<'_> {
    /// The keys in use, once trails and buckets are known.
    pub(crate) async fn all(&self, trails: &[Trail], buckets: &[Bucket]) -> Kms {
        let of_trails = trails.iter().filter_map(|trail| self.arn(trail.kms_key.as_deref()?, &trail.home_region));
        let destinations: BTreeSet<&str> = trails.iter().map(|trail| trail.bucket.as_str()).collect();
        let of_buckets =
            buckets.iter().filter(|bucket| destinations.contains(bucket.name.as_str())).filter_map(|bucket| {
                let key = bucket.encryption.present()?.kms_key.as_deref()?;
                self.arn(key, bucket.region.present()?)
            });
        let named: BTreeSet<String> = of_trails.chain(of_buckets).collect();
        let asked = named.into_iter().map(|arn| self.key(arn));
        Kms { keys: Listing::whole(join_all(asked).await) }
    }

    /// A key by ARN, whether it is named by ARN, id or alias.
    fn arn(&self, named: &str, region: &str) -> Option<String> {
        if named.starts_with("arn:") {
            return Some(named.to_owned());
        }
        let kind = if named.starts_with("alias/") { "" } else { "key/" };
        (!named.is_empty())
            .then(|| format!("arn:{}:kms:{region}:{}:{kind}{named}", self.session.partition, self.session.account))
    }

    async fn key(&self, arn: String) -> Key {
        let hidden = |fact| unasked(fact).on(&arn);
        let mut key = Key {
            details: Observed::Unreadable(hidden(Fact::KeyDetails)),
            policy: Observed::Unreadable(hidden(Fact::KeyPolicy)),
            rotation: Observed::Unreadable(hidden(Fact::KeyRotation)),
            arn: arn.clone(),
        };
        if !self.needs.contains(&Fact::KeyDetails) {
            return key;
        }
        let region = arn.split(':').nth(3).unwrap_or_default();
        let ask = Ask::new(&DESCRIBE_KEY, region).on(&arn);
        let read = |answer: Value| {
            details(&answer)
                .map_or_else(|| Observed::Unreadable(ask.malformed("a key without its parts")), Observed::Present)
        };
        let send = || self.send(&DESCRIBE_KEY, region, json!({ "KeyId": arn }));
        key.details = self.caller.observe(ask, send, read).await;
        // An alias says nothing of its key, and no key has neither a policy nor a rotation.
        let known = match &key.details {
            Observed::Present(details) => Some(details.clone()),
            Observed::Absent => {
                (key.policy, key.rotation) = (Observed::Absent, Observed::Absent);
                return key;
            }
            Observed::Unreadable(_) => None,
        };
        let own = known.as_ref().map_or(arn.as_str(), |details| details.arn.as_str());
        let policy = async {
            if !self.needs.contains(&Fact::KeyPolicy) {
                return Observed::Unreadable(hidden(Fact::KeyPolicy));
            }
            let ask = Ask::new(&GET_KEY_POLICY, region).on(&arn);
            let read = |answer: Value| match answer.get("Policy").and_then(Value::as_str) {
                Some(text) => Observed::Present(PolicyText::new(text)),
                None => Observed::Unreadable(ask.malformed("no policy in it")),
            };
            let send = || self.send(&GET_KEY_POLICY, region, json!({ "KeyId": own, "PolicyName": "default" }));
            self.caller.observe(ask, send, read).await
        };
        let rotation = async {
            if !self.needs.contains(&Fact::KeyRotation) {
                return Observed::Unreadable(hidden(Fact::KeyRotation));
            }
            if known.as_ref().is_some_and(|details| !details.is_rotatable()) {
                return Observed::Absent;
            }
            let ask = Ask::new(&GET_KEY_ROTATION_STATUS, region).on(&arn);
            let read = |answer: Value| match answer.get("KeyRotationEnabled").and_then(Value::as_bool) {
                Some(on) => Observed::Present(on),
                None => Observed::Unreadable(ask.malformed("it does not say whether the key is rotated")),
            };
            let send = || self.send(&GET_KEY_ROTATION_STATUS, region, json!({ "KeyId": own }));
            self.caller.observe(ask, send, read).await
        };
        let (policy, rotation) = tokio::join!(policy, rotation);
        (key.policy, key.rotation) = (policy, rotation);
        key
    }

    async fn send(&self, operation: &'static Operation, region: &str, body: Value) -> Result<Value, Error> {
        let host = self.session.host("kms", region);
        let request = Request::enveloped("kms", "TrentService", operation.name, region, host, body);
        request.send(&self.session.config, self.caller.now()).await
    }
}

/// What KMS says of a key; `None` where something is missing that it must have.
fn details(answer: &Value) -> Option<KeyDetails> {
    let given = answer.get("KeyMetadata")?;
    let text = |field: &str| given.get(field).and_then(Value::as_str).map(str::to_owned);
    let spec = text("KeySpec").or_else(|| text("CustomerMasterKeySpec"));
    Some(KeyDetails {
        arn: text("Arn")?,
        aws_managed: text("KeyManager").as_deref() == Some("AWS"),
        state: text("KeyState")?,
        spec: spec.unwrap_or_else(|| "SYMMETRIC_DEFAULT".to_owned()),
        origin: text("Origin").unwrap_or_else(|| "AWS_KMS".to_owned()),
    })
}
