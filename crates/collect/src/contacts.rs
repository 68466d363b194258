//! Account Management: whom AWS writes to.

use std::collections::BTreeSet;

use forewarn_inventory::{AlternateContact, Cause, Contacts, Fact, Observed};
use serde_json::{Value, json};

use crate::call::{Ask, Caller};
use crate::operations::GET_ALTERNATE_CONTACT;
use crate::regions;
use crate::session::{Session, domain};
use crate::signed::{JSON, Request};
use crate::unasked::Unasked as _;

/// The contacts of the account, as far as they are needed.
pub(crate) async fn contacts(session: &Session, caller: &Caller, needs: &BTreeSet<Fact>) -> Contacts {
    if !needs.contains(&Fact::SecurityContact) {
        return Contacts { security: Observed::unasked(Fact::SecurityContact) };
    }
    let home = regions::first_of(&session.partition);
    let ask = Ask::new(&GET_ALTERNATE_CONTACT, home);
    if session.partition == "aws-us-gov" {
        let gap = ask.gap(Cause::Unsupported, "Account Management is not in this partition");
        return Contacts { security: Observed::Unreadable(gap) };
    }
    let request = || Request {
        service: "account",
        operation: GET_ALTERNATE_CONTACT.name,
        region: home,
        host: format!("account.{home}.{}", domain(&session.partition)),
        target: "/getAlternateContact".to_owned(),
        headers: JSON,
        envelope: None,
        body: Some(json!({ "AlternateContactType": "SECURITY" })),
    };
    let read = |answer: Value| {
        let email = answer.pointer("/AlternateContact/EmailAddress").and_then(Value::as_str);
        match email {
            Some(email) => Observed::Present(AlternateContact { email: email.to_owned() }),
            None => Observed::Unreadable(ask.malformed("no address in it")),
        }
    };
    Contacts { security: caller.observe(ask, || request().send(&session.config, caller.now()), read).await }
}
