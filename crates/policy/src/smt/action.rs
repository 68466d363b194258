//! Actions, as far as the policies tell them apart (fact B2).

use std::collections::BTreeSet;

use crate::catalogue;
use crate::decide::permits;
use crate::document::Effect;
use crate::glob::{Glob, Token};
use crate::principal::Arn;
use crate::reach::callers::Who;
use crate::reach::domain::Domain;
use crate::reach::search::{TRUST_ACTIONS, bucket, does};
use crate::reach::solve::{Choice, carries};
use crate::reach::universe::{Places, Universe};
use crate::reach::values::one;
use crate::services::has_resource_control_policies;
use crate::smt::{NotEncoded, Rule};
use crate::{Question, ResourceKind};

/// Actions that the policies do not tell apart.
pub(super) struct Class {
    /// The first of them.
    pub(super) choice: Choice,
    /// Which statements are about them.
    pub(super) about: Vec<bool>,
    /// The keys that their requests carry, of those that anything looks at.
    pub(super) carries: BTreeSet<String>,
    /// Resource control policies reach them (fact A3).
    pub(super) under_rcp: bool,
    /// They mend a bucket policy, which its owner's root user always may (fact A1).
    pub(super) mends_policy: bool,
    /// The policy of the resource must allow them by itself (fact A10).
    pub(super) must_allow: bool,
    /// Which of the callers ever make them.
    pub(super) made_by: Vec<bool>,
}

/// The actions to choose from, with the resources that they can be about.
pub(super) fn universe(question: &Question, rules: &[Rule<'_>]) -> Result<Universe, NotEncoded> {
    let target = &*question.target;
    let unnamed = || NotEncoded::new("a resource of which the ARN is not known");
    let arn = || target.arn.clone().ok_or_else(unnamed);
    let itself = |arn: String| vec![Domain::Finite(vec![one(arn)])];
    let mut universe = match target.kind {
        ResourceKind::BucketPolicy => bucket(arn()?),
        ResourceKind::AccessPointPolicy => return Err(NotEncoded::new("access points")),
        ResourceKind::RoleTrust => Universe {
            actions: TRUST_ACTIONS.iter().map(|name| Choice::new(name, vec![0])).collect(),
            resources: itself(arn()?),
        },
        ResourceKind::ResourcePolicy => {
            let arn = arn()?;
            let service = Arn::parse(&arn).map(|arn| arn.service.to_owned()).ok_or_else(unnamed)?;
            if service == "s3" {
                bucket(arn)
            } else {
                let places = Places::of(&target.account, []);
                let known = catalogue::service(&service).map(|service| Universe::service(service, &places));
                let allows = rules.iter().filter(|rule| rule.statement.effect == Effect::Allow);
                let unknown = allows.filter_map(|rule| Universe::unknown(rule.statement));
                let all = known.into_iter().chain(unknown).flat_map(|universe| universe.actions);
                let actions = all.map(|choice| Choice::new(&choice.name, vec![0])).collect();
                Universe { actions, resources: itself(arn) }
            }
        }
    };
    let wanted: Vec<Glob> = question.actions.iter().map(|text| Glob::new(&text.to_ascii_lowercase())).collect();
    universe.actions.retain(|choice| {
        let name: Vec<char> = choice.name.to_ascii_lowercase().chars().collect();
        wanted.is_empty() || wanted.iter().any(|glob| fits(glob.tokens(), &name))
    });
    Ok(universe)
}

/// Puts together what nothing tells apart.
pub(super) fn classes(actions: Vec<Choice>, rules: &[Rule<'_>], keys: &BTreeSet<&str>, whos: &[Who]) -> Vec<Class> {
    const PERMISSIONS: [&str; 5] = ["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"];
    const MENDING: [&str; 3] = ["s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"];
    let mut seen = BTreeSet::new();
    let mut classes = Vec::new();
    for choice in actions {
        let lower = choice.name.to_ascii_lowercase();
        let name: Vec<char> = lower.chars().collect();
        let about = rules.iter().map(|rule| {
            let element = &rule.statement.action;
            element.entries.iter().any(|glob| fits(glob.tokens(), &name)) != element.negated
        });
        let carried = keys.iter().filter(|key| carries(&lower, key)).map(|key| (*key).to_owned());
        let class = Class {
            about: about.collect(),
            carries: carried.collect(),
            under_rcp: has_resource_control_policies(lower.split(':').next().unwrap_or_default())
                && lower != "kms:retiregrant",
            mends_policy: MENDING.contains(&lower.as_str()),
            must_allow: lower.starts_with("sts:") || lower.starts_with("kms:"),
            made_by: whos.iter().map(|who| does(who, &lower)).collect(),
            choice,
        };
        let granted: Vec<bool> = PERMISSIONS.iter().map(|permission| permits(permission, &lower)).collect();
        let told_apart_by = (
            class.about.clone(),
            class.carries.clone(),
            class.under_rcp,
            class.mends_policy,
            class.must_allow,
            class.made_by.clone(),
            class.choice.forms.clone(),
            granted,
        );
        if seen.insert(told_apart_by) {
            classes.push(class);
        }
    }
    classes
}

/// Whether a name matches a pattern, the plain way: a run takes nothing, or one more character.
fn fits(tokens: &[Token], name: &[char]) -> bool {
    match (tokens.split_first(), name.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((Token::Run, behind)), found) => fits(behind, name) || found.is_some_and(|(_, rest)| fits(tokens, rest)),
        (Some((Token::One, behind)), Some((_, rest))) => fits(behind, rest),
        (Some((Token::Is(wanted), behind)), Some((found, rest))) => wanted == found && fits(behind, rest),
        _ => false,
    }
}
