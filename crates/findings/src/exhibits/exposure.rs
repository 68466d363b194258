//! Buckets, and who outside reaches buckets and roles: answers of the policy engine, audience by audience.

use forewarn_inventory::{Bucket, Encryption};
use forewarn_policy::{Audience, BlockSettings, Ownership, Principal};

use super::{Ability, BucketExhibit, Exposure, Setting, SettingState};
use crate::{Answer, Ask, Asked, Case, In, Resource, Witness};

/// The calls that stand for an ability on a bucket.
const ABILITIES: [(Ability, &[&str]); 4] = [
    (Ability::List, &["s3:ListBucket", "s3:ListBucketVersions"]),
    (Ability::Read, &["s3:GetObject", "s3:GetObjectVersion"]),
    (Ability::Write, &["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"]),
    (
        Ability::Administer,
        &[
            "s3:PutBucketPolicy",
            "s3:DeleteBucketPolicy",
            "s3:PutBucketAcl",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutLifecycleConfiguration",
            "s3:PutReplicationConfiguration",
            "s3:PutBucketVersioning",
            "s3:DeleteBucket",
        ],
    ),
];

/// Every bucket with what protects it.
pub(super) fn buckets(case: Case<'_>) -> Vec<BucketExhibit> {
    case.buckets().map(|bucket| shown(&bucket)).collect()
}

fn shown(bucket: &In<'_, Bucket>) -> BucketExhibit {
    let ownership = |kind: &Ownership| Setting::of(*kind == Ownership::BucketOwnerEnforced);
    let encryption = |set: &Encryption| {
        Setting::of(set.algorithm.starts_with("aws:kms")).saying(set.kms_key.clone().unwrap_or_default())
    };
    let versioning = |set: &forewarn_inventory::Versioning| {
        let said = if set.mfa_delete { "deleting a version needs MFA" } else { "" };
        Setting::of(set.enabled).saying(said)
    };
    BucketExhibit {
        resource: Resource::from(bucket),
        block_public_access: block(bucket),
        acls_disabled: Setting::read(bucket.ownership.read(), ownership),
        kms_encryption: Setting::read(bucket.encryption.read(), encryption),
        versioning: Setting::read(bucket.versioning.read(), versioning),
        access_logging: Setting::read(bucket.logging.read(), |to| Setting::of(true).saying(&to.bucket)),
    }
}

/// A switch that is on in either place is on (fact F6); one that is off in one place and unread in the other is unknown.
fn block(bucket: &In<'_, Bucket>) -> Setting {
    let places = [bucket.account.s3.public_access_block.read(), bucket.public_access_block.read()];
    let off = BlockSettings::default();
    let known = places.iter().filter_map(|place| place.ok()).map(|place| place.copied().unwrap_or(off));
    let on = known.fold([false; 4], |on, place| {
        let switches = [
            place.block_public_acls,
            place.ignore_public_acls,
            place.block_public_policy,
            place.restrict_public_buckets,
        ];
        std::array::from_fn(|index| on.get(index) == Some(&true) || switches.get(index) == Some(&true))
    });
    let count = on.iter().filter(|switch| **switch).count();
    let unread = places.iter().find_map(|place| place.err());
    match (count, unread) {
        (4, _) => Setting::of(true),
        (_, Some(gap)) => Setting::unknown(gap),
        (0, None) => Setting::off(),
        (_, None) => Setting { state: SettingState::Partly, said: format!("{count} of 4 switches") },
    }
}

/// Who outside reaches a bucket.
pub(super) fn of_buckets(case: Case<'_>) -> Vec<Exposure> {
    case.buckets()
        .flat_map(|bucket| {
            let asked = case.bucket(&bucket);
            let served = asked.clone().for_services();
            let resource = Resource::from(&bucket);
            let mut found = exposures(case, &asked, &resource, &Audience::OUTSIDERS_BUT_SERVICES);
            found.extend(exposures(case, &served, &resource, &[Audience::AwsServiceOfAnyone]));
            found
        })
        .collect()
}

/// Who outside can assume a role. What AWS owns nobody can edit, and its service alone assumes it (fact B9).
pub(super) fn of_roles(case: Case<'_>) -> Vec<Exposure> {
    let roles = case.roles().filter(|role| !role.is_reserved());
    roles.flat_map(|role| exposures(case, &case.role(&role), &Resource::from(&role), &Audience::OUTSIDERS)).collect()
}

fn exposures<'a>(case: Case<'a>, asked: &Asked<'a>, resource: &Resource, audiences: &[Audience]) -> Vec<Exposure> {
    let answers = case.reach_of_each(asked, &Ask { audiences, ..Ask::default() }).into_iter();
    let found = answers.filter_map(|(audience, answer)| {
        let nothing = Exposure {
            resource: resource.clone(),
            audience,
            callers: Vec::new(),
            abilities: Vec::new(),
            witness: None,
            evidence: Vec::new(),
            unless: Vec::new(),
            undecided: Vec::new(),
        };
        match answer {
            Answer::No => None,
            Answer::Unknown(reasons) => Some(Exposure { undecided: reasons.iter().cloned().collect(), ..nothing }),
            Answer::Yes(proof) => {
                let (abilities, told) = abilities(case, asked, audience);
                // The request that does most is the most telling one.
                let proof = told.unwrap_or(*proof);
                let callers = match &proof.hit.witness.principal {
                    _ if !proof.accounts.is_empty() => proof.accounts.clone(),
                    Principal::Service(name) | Principal::Federated(name) => vec![name.clone()],
                    Principal::Anonymous | Principal::Arn(_) => Vec::new(),
                };
                Some(Exposure {
                    callers,
                    abilities,
                    evidence: std::iter::once(proof.first).chain(proof.more).collect(),
                    unless: proof.hit.unless,
                    witness: Some(Witness { audience, request: proof.hit.witness }),
                    ..nothing
                })
            }
        }
    });
    found.collect()
}

/// What an audience that gets in can do, and the proof of the most that it can.
fn abilities<'a>(case: Case<'a>, asked: &Asked<'a>, audience: Audience) -> (Vec<Ability>, Option<crate::Proof>) {
    if asked.is_role() {
        return (vec![Ability::Assume], None);
    }
    let mut found = Vec::new();
    let mut most = None;
    for (ability, actions) in ABILITIES {
        let ask = Ask { audiences: &[audience], actions, ..Ask::default() };
        if let Answer::Yes(proof) = case.reach_with(asked, &ask) {
            found.push(ability);
            most = Some(*proof);
        }
    }
    if found.is_empty() {
        found.push(Ability::Other);
    }
    (found, most)
}
