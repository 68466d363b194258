//! Which actions policies grant without saying on what.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Grantee;
use super::admin::{Attempt, changed, own_conditions, without_own_choice};
use super::service::{About, speaks_for};
use crate::catalogue::{self, Access, Action, Service};
use crate::compare::more_for;
use crate::decide::Stance;
use crate::document::{Effect, Statement};
use crate::reach::holder::{Holder, delegation};
use crate::reach::hunt::{Effort, Stack};
use crate::reach::search::Sought;
use crate::reach::universe::{Places, Universe};
use crate::{Audience, Document, Doubt, Hit, LayerName, Layers, Reading};

/// What identity policies grant on every resource there is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Everywhere {
    /// Full names of the actions, by the prefix of their service.
    pub actions: BTreeMap<&'static str, Vec<String>>,
    /// A request of the first one, with the statements behind it.
    pub proof: Option<Hit>,
    /// Why it could not be decided of others.
    pub doubts: Vec<Doubt>,
}

/// Which actions are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wanted<'a> {
    /// Those of this access level, each by itself.
    AnyOf(Access),
    /// Those of this access level, where a service has all of them granted.
    AllOf(Access),
    /// These, by their full names, each by itself.
    Named(&'a [&'a str]),
}

impl Wanted<'_> {
    fn takes(self, prefix: &str, action: &Action) -> bool {
        match self {
            // What takes no resource can be granted on everything only.
            Self::AnyOf(level) | Self::AllOf(level) => action.access == level && !action.resources.is_empty(),
            Self::Named(names) => names.iter().any(|name| {
                let (service, name) = name.split_once(':').unwrap_or_default();
                service == prefix && name == action.name
            }),
        }
    }
}

/// The actions that identity policies, taken together, allow on every resource. A condition that the principal can satisfy
/// by itself does not stand in the way, as for [`crate::admin_equivalent`]. The account is the one that the policies are of.
pub fn everywhere(documents: &[Reading<Arc<Document>>], account: &str, wanted: Wanted<'_>) -> Everywhere {
    let layers = Layers { identity: Some(documents.to_vec()), ..Layers::default() };
    let stripped = changed(&layers, &without_own_choice);
    let grantee = Grantee { account: Some(account.to_owned()), layers: layers.clone(), ..Grantee::default() };
    let attempt = Attempt { grantee: &grantee };
    let reading = if own_conditions(&layers).is_empty() || attempt.avoids_all(&layers) { &stripped } else { &layers };
    let stack = Stack::new(reading, Stance::Tight);
    let allows: Vec<&Statement> = stack
        .statements
        .iter()
        .map(|placed| placed.statement)
        .filter(|statement| statement.effect() == Effect::Allow)
        .collect();
    let mut found = Everywhere::default();
    let about = About::of(allows.iter().copied());
    for prefix in catalogue::prefixes().filter(|prefix| about.takes(prefix)) {
        let Some(service) = catalogue::service(prefix) else { continue };
        let asked = service.actions.iter().filter(|action| wanted.takes(prefix, action));
        let names: Vec<String> = asked.map(|action| format!("{prefix}:{}", action.name)).collect();
        let spoken_for = |name: &String| {
            let name = name.to_ascii_lowercase();
            allows.iter().any(|statement| speaks_for(&statement.action, &name))
        };
        let groups: Vec<Vec<String>> = match wanted {
            Wanted::AllOf(_) if !names.is_empty() && names.iter().all(spoken_for) => vec![names],
            Wanted::AllOf(_) => Vec::new(),
            _ => names.into_iter().filter(spoken_for).map(|name| vec![name]).collect(),
        };
        for group in groups {
            match leaves_out(&group, reading, &attempt) {
                Sought::Nothing => found.actions.entry(prefix).or_default().extend(group),
                Sought::Found(_) => {}
                Sought::Unsure => found.doubts.push(Doubt::too_complex()),
            }
        }
    }
    found.doubts.dedup();
    found.proof = found.actions.iter().next().and_then(|(prefix, names)| {
        let service = catalogue::service(prefix)?;
        proof(service, names, &layers, &attempt, account)
    });
    found
}

/// A request with one of these actions that the policies do not allow.
fn leaves_out(names: &[String], layers: &Layers, attempt: &Attempt<'_>) -> Sought {
    let listed: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":[{}],"Resource":"*"}}}}"#,
        listed.join(",")
    );
    let Ok(all) = Document::parse(&text) else { return Sought::Unsure };
    let all = Layers { identity: Some(vec![Reading::Read(Arc::new(all))]), ..Layers::default() };
    more_for(&[attempt.who()], &all, layers, Stance::Tight, Stance::Tight)
}

/// A request with one of these actions that the policies let through.
fn proof(service: &Service, names: &[String], layers: &Layers, attempt: &Attempt<'_>, account: &str) -> Option<Hit> {
    let layers = Layers { resource: delegation(account), ..layers.clone() };
    let documents = layers.identity.iter().flatten().filter_map(|reading| match reading {
        Reading::Read(document) => Some(&**document),
        Reading::Unreadable => None,
    });
    let mut universe = Universe::service(service, &Places::of(account, documents));
    universe.actions.retain(|choice| names.iter().any(|name| name.eq_ignore_ascii_case(&choice.name)));
    let holder = Holder::new(attempt.who(), &layers, Stance::Tight);
    let (witness, mut because) = holder.find(Some(&universe), &mut Effort::default())?;
    // What stands in for the owner of the resource is nobody's statement.
    because.retain(|at| at.layer != LayerName::Resource);
    Some(Hit { audience: Audience::SameAccount, witness: witness.into(), because, unless: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(statements: &str, wanted: Wanted<'_>) -> Vec<String> {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let document = Arc::new(Document::parse(&text).unwrap());
        let found = everywhere(&[Reading::Read(document)], "111111111111", wanted);
        assert!(found.doubts.is_empty());
        assert_eq!(found.proof.is_some(), !found.actions.is_empty());
        found.actions.into_values().flatten().collect()
    }

    #[test]
    fn an_action_on_everything_is_found_whatever_pattern_names_it() {
        let decrypt = Wanted::Named(&["kms:Decrypt", "kms:ReEncryptFrom"]);
        for (statement, found) in [
            (r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}"#, vec!["kms:Decrypt"]),
            (r#"{"Effect":"Allow","Action":"kms:*crypt*","Resource":"*"}"#, vec!["kms:Decrypt", "kms:ReEncryptFrom"]),
            (r#"{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}"#, vec!["kms:Decrypt", "kms:ReEncryptFrom"]),
            (
                r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111111111111:key/k"}"#,
                vec![],
            ),
            (
                r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"a"}}}"#,
                vec![],
            ),
            (
                r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"},{"Effect":"Deny","Action":"kms:*","Resource":"arn:aws:kms:*:*:key/k"}"#,
                vec![],
            ),
        ] {
            assert_eq!(asked(statement, decrypt), found, "{statement}");
        }
    }

    #[test]
    fn permissions_management_is_found_one_by_one_and_writing_as_a_whole() {
        let statement = r#"{"Effect":"Allow","Action":["s3:PutBucketPolicy","s3:PutObject"],"Resource":"*"}"#;
        assert_eq!(asked(statement, Wanted::AnyOf(Access::PermissionsManagement)), ["s3:PutBucketPolicy"]);
        assert!(asked(statement, Wanted::AllOf(Access::Write)).is_empty());
        let all = r#"{"Effect":"Allow","NotAction":["*:Get*","*:List*","*:Describe*"],"Resource":"arn:aws:sqs:*"},{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#;
        let written = asked(all, Wanted::AllOf(Access::Write));
        assert!(
            written.iter().any(|name| name == "sqs:SendMessage") && written.iter().all(|name| name.starts_with("sqs:"))
        );
    }
}
