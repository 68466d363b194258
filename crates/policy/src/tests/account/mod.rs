//! An account made up from a seed: roles with what they hold and whom they trust, buckets with their policies, and the
//! service control policies above. It looks as accounts of companies with many teams do: workloads of a dozen services,
//! pipelines that pass the roles of their team, people who come in through single sign-on, and a few that may do much.
//!
//! Everything is text, so that a bench of the published crate and its own tests can share it.

mod buckets;
mod policies;
mod roles;

use std::collections::BTreeSet;

use serde_json::Value;

/// The account's id.
pub(crate) const ACCOUNT: &str = "111111111111";

/// The account.
pub(crate) struct MadeUp {
    pub(crate) roles: Vec<MadeUpRole>,
    pub(crate) buckets: Vec<MadeUpBucket>,
    /// Service control policies, level by level.
    pub(crate) scps: Vec<Vec<String>>,
}

/// One role.
pub(crate) struct MadeUpRole {
    pub(crate) arn: String,
    pub(crate) trust: String,
    /// Inline and managed policies.
    pub(crate) identity: Vec<String>,
    pub(crate) boundary: Option<String>,
    /// ARNs of the customer managed policies among them.
    pub(crate) attached: Vec<String>,
}

/// One bucket.
pub(crate) struct MadeUpBucket {
    pub(crate) arn: String,
    pub(crate) policy: String,
    /// Whether all of Block Public Access is on.
    pub(crate) blocked: bool,
}

/// What an account is made of.
pub(crate) struct Shares {
    pub(crate) roles: usize,
    pub(crate) buckets: usize,
    /// Distinct documents that are no trust policies.
    pub(crate) documents: usize,
    pub(crate) trusts: usize,
    /// Of the distinct documents, and of their statements, in percent.
    pub(crate) documents_with_conditions: usize,
    pub(crate) statements_with_conditions: usize,
    /// Of the roles, in percent.
    pub(crate) bounded: usize,
}

impl MadeUp {
    pub(crate) fn new(seed: u64, roles: usize, buckets: usize) -> Self {
        let mut dice = Dice(seed);
        Self {
            roles: roles::roles(&mut dice, roles),
            buckets: (0..buckets).map(|index| buckets::bucket(&mut dice, index)).collect(),
            scps: policies::scps(),
        }
    }

    /// Every distinct document that is no trust policy.
    pub(crate) fn documents(&self) -> BTreeSet<&str> {
        let of_roles = self.roles.iter().flat_map(|role| role.identity.iter().chain(&role.boundary));
        let of_buckets = self.buckets.iter().map(|bucket| &bucket.policy);
        of_roles.chain(of_buckets).chain(self.scps.iter().flatten()).map(String::as_str).collect()
    }

    pub(crate) fn shares(&self) -> Shares {
        let documents = self.documents();
        let parsed: Vec<Value> = documents.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        let statements: Vec<&Value> =
            parsed.iter().flat_map(|document| document["Statement"].as_array().unwrap()).collect();
        let has = |statement: &Value| statement.get("Condition").is_some();
        let with = parsed.iter().filter(|document| document["Statement"].as_array().unwrap().iter().any(has)).count();
        Shares {
            roles: self.roles.len(),
            buckets: self.buckets.len(),
            documents: documents.len(),
            trusts: self.roles.iter().map(|role| &role.trust).collect::<BTreeSet<_>>().len(),
            documents_with_conditions: with * 100 / parsed.len(),
            statements_with_conditions: statements.iter().filter(|statement| has(statement)).count() * 100
                / statements.len(),
            bounded: self.roles.iter().filter(|role| role.boundary.is_some()).count() * 100 / self.roles.len(),
        }
    }
}

/// A policy with these statements.
fn policy(statements: &[Value]) -> String {
    serde_json::json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// A stream of numbers out of a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}
