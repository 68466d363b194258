//! Accounts that are entered for what no audit does: to tell Security Hub what was found.

use std::collections::BTreeSet;
use std::sync::Arc;

use forewarn_inventory::Gap;
use serde_json::Value;

use crate::call::{Ask, Caller};
use crate::operations::{Often, Operation, Service};
use crate::options::{CollectError, Options};
use crate::session::{self, Session};
use crate::signed::{JSON, Request};
use crate::stop::Stop;

/// Reads the findings that Security Hub has.
pub static GET_FINDINGS: Operation = hub("GetFindings", "securityhub:GetFindings", &["securityhub:GetFindings"]);

/// Sends findings to Security Hub; it may be repeated, because a finding that it has is the same finding.
pub static BATCH_IMPORT_FINDINGS: Operation =
    hub("BatchImportFindings", "securityhub:BatchImportFindings", &["securityhub:BatchImportFindings"]);

const fn hub(name: &'static str, key: &'static str, actions: &'static [&'static str]) -> Operation {
    Operation { service: Service::SecurityHub, name, key, actions, absent: &[], often: Often::Account, facts: &[] }
}

/// An account that has been entered with the caller's own session, or through the member role.
#[derive(Debug)]
pub struct Entered {
    session: Session,
    caller: Arc<Caller>,
    options: Options,
}

impl Entered {
    /// Enters the caller's own account; a role that is assumed can do no more than `actions`.
    ///
    /// # Errors
    /// Why it cannot be entered.
    pub async fn own(mut options: Options, actions: &[&'static str]) -> Result<Self, CollectError> {
        options.needs = BTreeSet::new();
        options.actions = actions.iter().copied().collect();
        let caller =
            Caller::new(options.sleep.clone(), options.time.clone(), Stop::never(), options.max_in_flight.max(1));
        let caller = Arc::new(caller);
        let session = session::enter(&options, &caller).await?;
        Ok(Self { session, caller, options })
    }

    /// Enters another account through the member role there.
    ///
    /// # Errors
    /// Why the role cannot be assumed.
    pub async fn member(&self, account: &str) -> Result<Self, Gap> {
        let session = self.session.member(account, &self.options, &BTreeSet::new(), &self.caller).await?;
        Ok(Self { session, caller: Arc::clone(&self.caller), options: self.options.clone() })
    }

    /// The account.
    pub fn account(&self) -> &str {
        &self.session.account
    }

    /// Its partition.
    pub fn partition(&self) -> &str {
        &self.session.partition
    }

    /// The region that is asked.
    pub fn region(&self) -> &str {
        &self.session.region
    }

    /// Posts `body` to `target` of Security Hub.
    ///
    /// # Errors
    /// Why there is no answer; what AWS throttles or does not answer is tried again first.
    pub async fn post(&self, operation: &'static Operation, target: &str, body: &Value) -> Result<Value, Gap> {
        let region = &self.session.region;
        let ask = Ask::new(operation, region).on(&self.session.account);
        let request = || {
            let request = Request {
                service: "securityhub",
                operation: operation.name,
                region,
                host: self.session.host("securityhub", region),
                target: target.to_owned(),
                headers: JSON,
                envelope: None,
                body: Some(body.clone()),
            };
            request.send(&self.session.config, self.caller.now())
        };
        let answer = self.caller.call(ask, request).await?;
        answer.ok_or_else(|| ask.malformed("no answer"))
    }

    /// Waits.
    pub async fn pause(&self, time: std::time::Duration) {
        use aws_smithy_async::rt::sleep::AsyncSleep as _;
        self.options.sleep.sleep(time).await;
    }
}
