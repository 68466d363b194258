//! What policies of an identity amount to, whoever holds them.

use std::sync::Arc;

use forewarn_inventory::PolicyText;
use forewarn_policy::{self as policy, Decided, Decision, Document, Grantee, Hit, Layers, Reading};
use serde::Serialize;

use crate::case::{Texts, remembered};
use crate::{Answer, Case, Evidence, Proof, Reason, Reasons};

/// A policy of an identity: its text, the resource that it stands in, and where.
#[derive(Debug, Clone)]
pub struct Held<'a> {
    /// ARN of the resource.
    pub arn: &'a str,
    /// The resource, for what evidence points at.
    pub node: &'a dyn Node,
    /// JSON pointer to the text.
    pub pointer: String,
    /// The text.
    pub text: &'a PolicyText,
}

/// A resource that evidence can point into, whatever its type.
pub trait Node: std::fmt::Debug {
    /// What stands at a JSON pointer of it, with what it means. See [`Evidence`].
    fn evidence(&self, arn: &str, pointer: &str, note: &str) -> Evidence;
}

impl<T: Serialize + std::fmt::Debug> Node for T {
    fn evidence(&self, arn: &str, pointer: &str, note: &str) -> Evidence {
        Evidence::at(arn, self, pointer, note)
    }
}

/// The services of which policies leave nothing out.
#[derive(Debug, Clone)]
pub struct Whole {
    /// Their prefixes, the most sensitive first.
    pub services: Vec<&'static str>,
    /// A request of the first one.
    pub proof: Proof,
}

/// Actions that policies grant on every resource.
#[derive(Debug, Clone)]
pub struct Everywhere {
    /// Full names of the actions, by the prefix of their service.
    pub actions: std::collections::BTreeMap<&'static str, Vec<String>>,
    /// A request of the first one.
    pub proof: Proof,
}

/// The account that the things which policies hang on are in.
fn account_of<'a>(policies: &[Held<'a>]) -> &'a str {
    policies.first().and_then(|held| held.arn.split(':').nth(4)).unwrap_or_default()
}

fn texts(policies: &[Held<'_>]) -> Texts {
    (account_of(policies).to_owned(), policies.iter().map(|held| held.text.clone()).collect())
}

fn read(documents: &[Arc<Document>]) -> Vec<Reading<Arc<Document>>> {
    documents.iter().cloned().map(Reading::Read).collect()
}

impl Case<'_> {
    /// Whether identity policies, taken together, leave no action on any resource out. Each comes with the thing that it
    /// hangs on and the pointer to its text, for the evidence. Each set of texts is asked about once in a run.
    pub fn allows_everything(&self, policies: &[Held<'_>]) -> Answer {
        let documents = match self.documents(policies) {
            Ok(documents) => documents,
            Err(reasons) => return Answer::Unknown(*reasons),
        };
        let answer = remembered(&self.world.memo.everything, texts(policies), |_| {
            let layers = Layers { identity: Some(read(&documents)), ..Layers::default() };
            let account = Some(account_of(policies).to_owned());
            policy::admin_equivalent(&Grantee { account, layers, ..Grantee::default() }).answer
        });
        match answer {
            policy::Answer::No => Answer::No,
            policy::Answer::Unknown(doubts) => {
                Reasons::all(doubts.iter().map(Reason::from)).map_or(Answer::No, Answer::Unknown)
            }
            policy::Answer::Yes(hit) => self.held_by(policies, &documents, hit),
        }
    }

    /// The services of which identity policies, taken together, leave nothing out; `None` = there is none.
    ///
    /// # Errors
    /// Why it could not be decided, where no service is known to be granted.
    pub fn whole_services(&self, policies: &[Held<'_>]) -> Result<Option<Whole>, Box<Reasons>> {
        let documents = self.documents(policies)?;
        let found = remembered(&self.world.memo.services, texts(policies), |_| {
            policy::whole_services(&read(&documents), account_of(policies))
        });
        match found.proof {
            Some(hit) => match self.held_by(policies, &documents, hit) {
                Answer::Yes(proof) => Ok(Some(Whole { services: found.services, proof: *proof })),
                Answer::No => Ok(None),
                Answer::Unknown(reasons) => Err(Box::new(reasons)),
            },
            None => {
                Reasons::all(found.doubts.iter().map(Reason::from)).map_or(Ok(None), |reasons| Err(Box::new(reasons)))
            }
        }
    }

    /// The actions that identity policies, taken together, allow on every resource; `None` = there is none.
    ///
    /// # Errors
    /// Why it could not be decided, where no action is known to be granted so.
    pub fn everywhere(
        &self,
        policies: &[Held<'_>],
        wanted: policy::Wanted<'static>,
    ) -> Result<Option<Everywhere>, Box<Reasons>> {
        let documents = self.documents(policies)?;
        let found = remembered(&self.world.memo.everywhere, (texts(policies), wanted), |_| {
            policy::everywhere(&read(&documents), account_of(policies), wanted)
        });
        match found.proof {
            Some(hit) => match self.held_by(policies, &documents, hit) {
                Answer::Yes(proof) => Ok(Some(Everywhere { actions: found.actions, proof: *proof })),
                Answer::No => Ok(None),
                Answer::Unknown(reasons) => Err(Box::new(reasons)),
            },
            None => {
                Reasons::all(found.doubts.iter().map(Reason::from)).map_or(Ok(None), |reasons| Err(Box::new(reasons)))
            }
        }
    }

    fn documents(&self, policies: &[Held<'_>]) -> Result<Vec<Arc<Document>>, Box<Reasons>> {
        let mut documents = Vec::new();
        let mut unread = Vec::new();
        for held in policies {
            match self.document(held.text) {
                Ok(document) => documents.push(document),
                Err(error) => {
                    let gap = Case::malformed("iam:GetAccountAuthorizationDetails", held.arn, held.text, error);
                    unread.push(Reason::from(&gap));
                }
            }
        }
        Reasons::all(unread).map_or(Ok(documents), |reasons| Err(Box::new(reasons)))
    }

    /// A hit as proof, with the statements behind it; replayed before anybody sees it.
    fn held_by(&self, policies: &[Held<'_>], documents: &[Arc<Document>], hit: Hit) -> Answer {
        let layers = Layers { identity: Some(read(documents)), ..Layers::default() };
        let outcome = policy::decide(&policy::with_delegation(&layers, &hit.witness), &hit.witness);
        if outcome.decision != Decided::Known(Decision::Allow) {
            return self.does_not_replay(&hit.witness.resource, &outcome.decision);
        }
        let mut evidence = hit.because.iter().filter_map(|at| {
            let held = policies.get(at.policy)?;
            let statement = documents.get(at.policy)?.statements().get(at.statement)?;
            let pointer = format!("{}{}", held.pointer, statement.pointer());
            Some(held.node.evidence(held.arn, &pointer, "this statement allows it"))
        });
        match evidence.next() {
            Some(first) => {
                let more = evidence.collect();
                Answer::Yes(Box::new(Proof { hit, accounts: Vec::new(), first, more }))
            }
            None => Answer::No,
        }
    }
}
