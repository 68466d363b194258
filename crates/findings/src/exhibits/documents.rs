//! The texts of the policies that evidence points into.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::{InlinePolicy, Inventory, PolicyText};
use sha2::{Digest as _, Sha256};

use super::{DocumentExhibit, DocumentPlace};
use crate::Evidence;
use crate::run::hex;

/// Where documents stand in a resource.
const PLACES: [&str; 4] = ["/inline/", "/trust", "/versions/", "/policy"];

/// The documents behind pieces of evidence, by hash of their text.
pub(super) fn behind<'e>(
    inventory: &Inventory,
    evidence: impl Iterator<Item = &'e Evidence>,
) -> BTreeMap<String, DocumentExhibit> {
    let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let in_document = |piece: &&Evidence| PLACES.iter().any(|place| piece.pointer.starts_with(place));
    for piece in evidence.filter(in_document) {
        wanted.entry(&piece.resource).or_default().insert(&piece.pointer);
    }
    let mut found: BTreeMap<String, DocumentExhibit> = BTreeMap::new();
    let mut meet = |arn: &str, pointer: &str, text: &PolicyText| {
        let points_inside =
            |at: &&str| at.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if !wanted.get(arn).is_some_and(|pointers| pointers.iter().any(points_inside)) {
            return;
        }
        let hash = hex(&Sha256::digest(text.as_str()), 16);
        let document =
            found.entry(hash).or_insert_with(|| DocumentExhibit { text: text.as_str().to_owned(), places: Vec::new() });
        let place = DocumentPlace { resource: arn.to_owned(), pointer: pointer.to_owned() };
        if !document.places.contains(&place) {
            document.places.push(place);
        }
    };
    for account in &inventory.accounts {
        let mut inline = |arn: &str, policies: &[InlinePolicy]| {
            for (index, policy) in policies.iter().enumerate() {
                meet(arn, &format!("/inline/{index}/document"), &policy.document);
            }
        };
        account.iam.users.iter().for_each(|user| inline(&user.arn, &user.inline));
        account.iam.groups.iter().for_each(|group| inline(&group.arn, &group.inline));
        account.iam.roles.iter().for_each(|role| inline(&role.arn, &role.inline));
        account.iam.roles.iter().for_each(|role| meet(&role.arn, "/trust", &role.trust));
        for policy in &account.iam.policies {
            for (index, version) in policy.versions.iter().enumerate() {
                meet(&policy.arn, &format!("/versions/{index}/document"), &version.document);
            }
        }
        let buckets = account.s3.buckets.iter().map(|bucket| (&bucket.arn, &bucket.policy));
        let points = account.s3.access_points.iter().map(|point| (&point.arn, &point.policy));
        let multi = account.s3.multi_region_access_points.iter().map(|point| (&point.arn, &point.policy));
        for (arn, policy) in buckets.chain(points).chain(multi) {
            policy.present().into_iter().for_each(|text| meet(arn, "/policy", text));
        }
    }
    found
}
