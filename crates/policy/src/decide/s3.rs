//! What S3 has besides policies: Block Public Access, ACLs and access points (facts A13, F6 to F9).

use super::{CallerSide, Eval, Said, Seen, Side, Stance};
use crate::principal::{Arn, CallerKind, Naming};
use crate::status::is_public;
use crate::{AccessPoint, Acl, BlockSettings, ContextValue, LayerName, Ownership, Reading, StatementRef};

pub(super) struct AclSide {
    pub(super) by: Vec<StatementRef>,
    /// A grant would let the caller in if public ACLs were not ignored.
    pub(super) blocked: bool,
}

pub(super) struct Point<'a> {
    pub(super) itself: &'a AccessPoint,
    pub(super) policy: Said,
    pub(super) network_fits: bool,
}

impl<'a> Eval<'a> {
    /// The switches that say what counts, the others say what can be stored.
    pub(super) fn block_settings(&self) -> BlockSettings {
        let block = &self.layers.block_public_access;
        let point = self.layers.access_point.as_ref().map(|point| &point.block_public_access);
        [Some(&block.account), Some(&block.bucket), point].into_iter().flatten().fold(
            BlockSettings::default(),
            |so_far, setting| {
                let more = self.setting(setting);
                BlockSettings {
                    ignore_public_acls: so_far.ignore_public_acls || more.ignore_public_acls,
                    restrict_public_buckets: so_far.restrict_public_buckets || more.restrict_public_buckets,
                    ..so_far
                }
            },
        )
    }

    fn setting(&self, setting: &Reading<BlockSettings>) -> BlockSettings {
        let all = |on: bool| BlockSettings {
            block_public_acls: on,
            ignore_public_acls: on,
            block_public_policy: on,
            restrict_public_buckets: on,
        };
        match setting {
            Reading::Read(settings) => *settings,
            Reading::Unreadable => all(self.reading == Stance::Tight),
        }
    }

    /// Whether the bucket's policy is public in AWS's sense; a hole may make it either.
    pub(super) fn policy_is_public(&self) -> bool {
        match &self.layers.resource {
            Some(Reading::Read(document)) if document.has_holes() => self.reading == Stance::Tight,
            Some(Reading::Read(document)) => is_public(document, false),
            Some(Reading::Unreadable) => self.reading == Stance::Tight,
            None => false,
        }
    }

    pub(super) fn acl(&self, settings: BlockSettings) -> AclSide {
        let nothing = AclSide { by: Vec::new(), blocked: false };
        let at = |statement| StatementRef { layer: LayerName::Acl, policy: 0, statement };
        let acl: &Acl = match (&self.layers.acl, self.reading) {
            (None, _) | (Some(Reading::Unreadable), Stance::Tight) => return nothing,
            (Some(Reading::Unreadable), Stance::Open) => {
                let is_s3 = self.env.action.starts_with("s3:");
                let by = if is_s3 && !settings.ignore_public_acls { vec![at(0)] } else { Vec::new() };
                return AclSide { by, blocked: false };
            }
            (Some(Reading::Read(acl)), _) => acl,
        };
        if acl.ownership == Ownership::BucketOwnerEnforced {
            return nothing;
        }
        let mut side = nothing;
        for (index, grant) in acl.grants.iter().enumerate() {
            let (public, reaches) = match grant.grantee.as_str() {
                "AllUsers" => (true, self.env.caller.kind != CallerKind::Service),
                "AuthenticatedUsers" => (true, self.env.caller.account.is_some()),
                "LogDelivery" => (false, self.env.caller.text == "logging.s3.amazonaws.com"),
                _ => (false, false),
            };
            if !(reaches && permits(&grant.permission, &self.env.action)) {
                continue;
            }
            if public && settings.ignore_public_acls {
                side.blocked = true;
            } else {
                side.by.push(at(index));
            }
        }
        side
    }

    pub(super) fn access_point(&self) -> Option<Point<'a>> {
        let point = self.layers.access_point.as_ref()?;
        let resource = through_point(&self.env.request.resource, &point.arn);
        let mut policy = Said::default();
        match &point.policy {
            Reading::Read(None) => {}
            Reading::Read(Some(document)) => {
                self.listen(&mut policy, LayerName::AccessPoint, 0, Seen::Document(document), &resource);
            }
            Reading::Unreadable if self.reading == Stance::Open => {
                self.listen(&mut policy, LayerName::AccessPoint, 0, Seen::Open, &resource);
            }
            Reading::Unreadable => policy.denies = true,
        }
        let network_fits = point.vpc.as_ref().is_none_or(|vpc| {
            self.env.key("aws:sourcevpc").is_some_and(|found| found == ContextValue::One(vpc.clone()))
        });
        Some(Point { itself: point, policy, network_fits })
    }

    /// What the owner of the access point says to the caller (fact F9).
    pub(super) fn point_side(&self, point: &Point<'_>, caller: &CallerSide) -> Side {
        let inside = self.env.caller.account == Some(point.itself.account.as_str());
        let service = self.env.caller.kind == CallerKind::Service;
        let public = match &point.itself.policy {
            Reading::Read(Some(document)) if document.has_holes() => self.reading == Stance::Tight,
            Reading::Read(Some(document)) => point.itself.vpc.is_none() && is_public(document, true),
            Reading::Read(None) => false,
            Reading::Unreadable => self.reading == Stance::Tight,
        };
        let restricted = public && self.block_settings().restrict_public_buckets && !inside && !service;
        let grants: &[(StatementRef, Naming)] = if restricted { &[] } else { &point.policy.allowed_by };
        if inside && let Some(side) = self.named_inside(grants, Vec::new(), caller) {
            return side;
        }
        // A delegation, or a grant to somebody of another account: the caller's own side must allow too (fact A9).
        let own = if self.env.caller.account.is_some() { caller.closed() } else { None };
        match own {
            None if inside || !grants.is_empty() => {
                let by = grants.iter().map(|(at, _)| at.clone());
                Side::Open(by.chain(caller.by.iter().cloned()).collect())
            }
            Some(layer) if !grants.is_empty() => Side::Closed(layer),
            _ if restricted && point.policy.allows => Side::Closed(LayerName::BlockPublicAccess),
            _ => Side::Closed(LayerName::AccessPoint),
        }
    }
}

/// The name of a bucket's object or the bucket itself, as an access point's policy calls it.
pub(crate) fn through_point(resource: &str, point: &str) -> String {
    match Arn::parse(resource).filter(|arn| arn.service == "s3" && arn.account.is_empty()) {
        Some(arn) => match arn.resource.split_once('/') {
            Some((_, key)) => format!("{point}/object/{key}"),
            None => point.to_owned(),
        },
        None => resource.to_owned(),
    }
}

/// `READ` on an object: what the search assumes of an object that nobody lists (fact F8).
pub(crate) const OBJECT_READ: &str = "OBJECT_READ";

/// Whether an ACL permission on a bucket covers an action
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions>).
pub(crate) fn permits(permission: &str, action: &str) -> bool {
    let read = ["s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads"];
    let write = ["s3:putobject", "s3:deleteobject", "s3:deleteobjectversion"];
    let has = |list: &[&str]| list.contains(&action);
    match permission {
        "READ" => has(&read),
        "WRITE" => has(&write),
        OBJECT_READ => action == "s3:getobject" || action == "s3:getobjectversion",
        "READ_ACP" => action == "s3:getbucketacl",
        "WRITE_ACP" => action == "s3:putbucketacl",
        "FULL_CONTROL" => has(&read) || has(&write) || action == "s3:getbucketacl" || action == "s3:putbucketacl",
        _ => false,
    }
}
