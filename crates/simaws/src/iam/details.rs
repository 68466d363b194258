//! `iam:GetAccountAuthorizationDetails`: users, groups, roles and managed policies in one long list of pages.

use std::collections::BTreeMap;

use forewarn_inventory::{AttachedPolicy, Group, InlinePolicy, ManagedPolicy, Role, User};

use super::end;
use crate::answer::Reply;
use crate::call::Call;
use crate::fault::Trouble;
use crate::sts::document as reply;
use crate::text::percent_encode;
use crate::xml::Xml;

/// One entry of the long list.
#[derive(Clone, Copy)]
enum Entity<'a> {
    User(&'a User),
    Group(&'a Group),
    Role(&'a Role),
    Policy(&'a ManagedPolicy),
}

const FILTERS: [&str; 5] = ["User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy"];

pub(super) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    let filters: Vec<&str> = call
        .incoming
        .form
        .iter()
        .filter(|(name, _)| name.starts_with("Filter.member."))
        .map(|(_, value)| value.as_str())
        .collect();
    if let Some(unknown) = filters.iter().find(|filter| !FILTERS.contains(filter)) {
        return Err(call.bad_input(&format!("Value '{unknown}' at 'filter' is not valid")));
    }
    let wanted = |filter: &str| filters.is_empty() || filters.contains(&filter);
    let iam = &call.account.iam;
    let mut entities: Vec<Entity<'_>> = Vec::new();
    let mut cut = None;
    if wanted("User") {
        entities.extend(iam.users.iter().map(Entity::User));
        cut = cut.or(iam.users.rest.first());
    }
    if wanted("Group") {
        entities.extend(iam.groups.iter().map(Entity::Group));
        cut = cut.or(iam.groups.rest.first());
    }
    if wanted("Role") {
        entities.extend(iam.roles.iter().map(Entity::Role));
        cut = cut.or(iam.roles.rest.first());
    }
    let (local, foreign) = (wanted("LocalManagedPolicy"), wanted("AWSManagedPolicy"));
    if local || foreign {
        let policies = iam.policies.iter().filter(|policy| if policy.is_aws_managed() { foreign } else { local });
        entities.extend(policies.map(Entity::Policy));
        cut = cut.or(iam.policies.rest.first());
    }
    let page = call.page(entities.len(), cut, "Marker", "MaxItems")?;
    let entities = page.of(&entities);
    Ok(reply(call, |xml| {
        let users =
            entities.iter().filter_map(|entity| if let Entity::User(user) = entity { Some(*user) } else { None });
        xml.list("UserDetailList", "member", users, user);
        let groups =
            entities.iter().filter_map(|entity| if let Entity::Group(group) = entity { Some(*group) } else { None });
        xml.list("GroupDetailList", "member", groups, group);
        let roles =
            entities.iter().filter_map(|entity| if let Entity::Role(role) = entity { Some(*role) } else { None });
        xml.list("RoleDetailList", "member", roles, |xml, entity| {
            role(xml, entity, &call.account.partition, &call.account.id);
        });
        let policies =
            entities.iter().filter_map(|entity| if let Entity::Policy(policy) = entity { Some(*policy) } else { None });
        xml.list("Policies", "member", policies, policy);
        end(xml, &page);
    }))
}

fn user(xml: &mut Xml, user: &User) {
    xml.text("Path", &user.path);
    xml.text("UserName", &user.name);
    xml.text("UserId", &user.id);
    xml.text("Arn", &user.arn);
    xml.time("CreateDate", user.created);
    inline(xml, "UserPolicyList", &user.inline);
    xml.list("GroupList", "member", &user.groups, |xml, group| xml.content(group));
    attached(xml, &user.attached);
    boundary(xml, user.boundary.as_deref());
    tags(xml, &user.tags);
}

fn group(xml: &mut Xml, group: &Group) {
    xml.text("Path", &group.path);
    xml.text("GroupName", &group.name);
    xml.text("GroupId", &group.id);
    xml.text("Arn", &group.arn);
    xml.time("CreateDate", group.created);
    inline(xml, "GroupPolicyList", &group.inline);
    attached(xml, &group.attached);
}

fn role(xml: &mut Xml, role: &Role, partition: &str, account: &str) {
    identify(xml, role);
    xml.list("InstanceProfileList", "member", &role.instance_profiles, |xml, profile| {
        xml.text("Path", "/");
        xml.text("InstanceProfileName", profile);
        xml.text("InstanceProfileId", "AIPAFOREWARNSIMAWS001");
        xml.text("Arn", &format!("arn:{partition}:iam::{account}:instance-profile/{profile}"));
        xml.time("CreateDate", role.created);
        xml.node("Roles", |xml| xml.node("member", |xml| identify(xml, role)));
    });
    inline(xml, "RolePolicyList", &role.inline);
    attached(xml, &role.attached);
    boundary(xml, role.boundary.as_deref());
    tags(xml, &role.tags);
    xml.node("RoleLastUsed", |xml| {
        if let Some(last) = &role.last_used {
            xml.time("LastUsedDate", last.at);
            xml.optional("Region", last.region.as_deref());
        }
    });
}

fn identify(xml: &mut Xml, role: &Role) {
    xml.text("Path", &role.path);
    xml.text("RoleName", &role.name);
    xml.text("RoleId", &role.id);
    xml.text("Arn", &role.arn);
    xml.time("CreateDate", role.created);
    xml.text("AssumeRolePolicyDocument", &percent_encode(role.trust.as_str()));
}

fn policy(xml: &mut Xml, policy: &ManagedPolicy) {
    xml.text("PolicyName", &policy.name);
    xml.text("PolicyId", &policy.id);
    xml.text("Arn", &policy.arn);
    xml.text("Path", &policy.path);
    xml.text("DefaultVersionId", &policy.default_version);
    xml.value("AttachmentCount", policy.attachments);
    xml.value("PermissionsBoundaryUsageCount", policy.boundary_uses);
    xml.value("IsAttachable", true);
    xml.time("CreateDate", policy.created);
    xml.time("UpdateDate", policy.updated);
    xml.list("PolicyVersionList", "member", &policy.versions, |xml, version| {
        xml.text("Document", &percent_encode(version.document.as_str()));
        xml.text("VersionId", &version.id);
        xml.value("IsDefaultVersion", version.id == policy.default_version);
        xml.time("CreateDate", version.created);
    });
}

fn inline(xml: &mut Xml, list: &str, policies: &[InlinePolicy]) {
    xml.list(list, "member", policies, |xml, policy| {
        xml.text("PolicyName", &policy.name);
        xml.text("PolicyDocument", &percent_encode(policy.document.as_str()));
    });
}

fn attached(xml: &mut Xml, policies: &[AttachedPolicy]) {
    xml.list("AttachedManagedPolicies", "member", policies, |xml, policy| {
        xml.text("PolicyName", &policy.name);
        xml.text("PolicyArn", &policy.arn);
    });
}

fn boundary(xml: &mut Xml, arn: Option<&str>) {
    if let Some(arn) = arn {
        xml.node("PermissionsBoundary", |xml| {
            xml.text("PermissionsBoundaryType", "Policy");
            xml.text("PermissionsBoundaryArn", arn);
        });
    }
}

fn tags(xml: &mut Xml, tags: &BTreeMap<String, String>) {
    xml.list("Tags", "member", tags, |xml, (key, value)| {
        xml.text("Key", key);
        xml.text("Value", value);
    });
}
