//! A snapshot that is handed on: without what only the account's own people should see.

use std::collections::BTreeMap;

use crate::{Cause, Gap, Inventory, Listing, Lookback, Observed};

/// What stands for tags that are left out, so that nothing takes what has tags for something that has none.
const LEFT_OUT: &str = "left out";

impl Inventory {
    /// The same without tags, events of CloudTrail, last use, contacts and who collected it.
    ///
    /// Policies, trusts and settings stay: they are what a review rests on, and they are a map of the accounts all the same.
    #[must_use]
    pub fn shared(mut self) -> Self {
        let gap = || Gap::new(Cause::NotAsked, "snapshot").detail("left out of a snapshot that is shared");
        let without = |tags: &mut BTreeMap<String, String>| {
            if !tags.is_empty() {
                *tags = BTreeMap::from([(LEFT_OUT.to_owned(), String::new())]);
            }
        };
        for account in &mut self.accounts {
            account.iam.users.items.iter_mut().for_each(|user| without(&mut user.tags));
            account.iam.roles.items.iter_mut().for_each(|role| without(&mut role.tags));
            for bucket in &mut account.s3.buckets.items {
                if let Observed::Present(tags) = &mut bucket.tags {
                    without(tags);
                }
            }
            account.iam.last_accessed = Listing::unreadable(gap());
            account.trail.changes = Lookback::unreadable(gap());
            account.trail.key_use = Lookback::unreadable(gap());
            account.contacts.security = Observed::Unreadable(gap());
        }
        self.collection.caller_arn = None;
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::overlay;

    #[test]
    fn nothing_of_tags_events_and_contacts_is_left_and_the_rest_is() {
        let whole = overlay::inventory(&json!({
            "iam": { "users": [{ "name": "alice", "tags": { "owner": "secret-person" } }, { "name": "bob" }],
                "roles": [{ "name": "ci", "tags": { "k": "secret-project" }, "inline": [{ "name": "p", "document": { "Statement": [] } }] }] },
            "s3": { "buckets": [{ "name": "b", "tags": { "k": "secret-tag" } }] },
            "contacts": { "security": { "email": "secret@acme.example" } },
            "collection": { "caller_arn": "arn:aws:iam::111111111111:user/secret-auditor" },
        }))
        .unwrap();
        let shared = whole.clone().shared();
        let text = serde_json::to_string(&shared).unwrap();
        assert!(!text.contains("secret"), "{text}");
        let iam = &shared.accounts[0].iam;
        assert!(!iam.users.items[0].tags.is_empty() && iam.users.items[1].tags.is_empty());
        assert_eq!(iam.roles.items[0].inline, whole.accounts[0].iam.roles.items[0].inline);
        assert!(!shared.accounts[0].trail.changes.rest.is_empty());
    }
}
