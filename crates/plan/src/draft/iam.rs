//! Users, groups, roles and policies of a draft.

use std::collections::BTreeMap;

use forewarn_inventory::{AttachedPolicy, Group, InlinePolicy, ManagedPolicy, PolicyText, PolicyVersion, Role, User};

use super::Draft;
use crate::aws_managed;

/// What a policy can be attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    User,
    Group,
    Role,
}

impl Holder {
    fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }
}

/// The last part of a name, a path with a name, or an ARN.
pub(crate) fn bare(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

impl Draft {
    /// The ARN of something in IAM of the account.
    pub(crate) fn iam_arn(&self, kind: &str, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:{kind}{path}{name}", self.partition(), self.account.id)
    }

    /// The user, group or role of that name, with what can be given to it; made where there is none, a role with a trust
    /// policy that nobody knows.
    pub(crate) fn holder(&mut self, kind: Holder, name: &str) -> (&mut Vec<InlinePolicy>, &mut Vec<AttachedPolicy>) {
        match kind {
            Holder::User => {
                let user = self.user(name);
                (&mut user.inline, &mut user.attached)
            }
            Holder::Group => {
                let group = self.group(name);
                (&mut group.inline, &mut group.attached)
            }
            Holder::Role => {
                let role = self.role(name);
                (&mut role.inline, &mut role.attached)
            }
        }
    }

    pub(crate) fn has_holder(&self, kind: Holder, name: &str) -> bool {
        let name = bare(name);
        match kind {
            Holder::User => self.account.iam.users.iter().any(|user| user.name == name),
            Holder::Group => self.account.iam.groups.iter().any(|group| group.name == name),
            Holder::Role => self.account.iam.roles.iter().any(|role| role.name == name),
        }
    }

    pub(crate) fn holder_arn(&mut self, kind: Holder, name: &str) -> String {
        match kind {
            Holder::User => self.user(name).arn.clone(),
            Holder::Group => self.group(name).arn.clone(),
            Holder::Role => self.role(name).arn.clone(),
        }
    }

    pub(crate) fn remove_holder(&mut self, kind: Holder, name: &str) {
        let name = bare(name);
        let iam = &mut self.account.iam;
        match kind {
            Holder::User => {
                iam.users.items.retain(|user| user.name != name);
                if let forewarn_inventory::Observed::Present(report) = &mut iam.credential_report {
                    report.rows.retain(|row| row.user != name);
                }
            }
            Holder::Group => {
                iam.groups.items.retain(|group| group.name != name);
                iam.users.items.iter_mut().for_each(|user| user.groups.retain(|group| group != name));
            }
            Holder::Role => iam.roles.items.retain(|role| role.name != name),
        }
    }

    pub(crate) fn user(&mut self, name: &str) -> &mut User {
        let name = bare(name);
        let made = || User {
            name: name.to_owned(),
            arn: self.iam_arn("user", "/", name),
            id: made_id("AIDA", name),
            path: "/".to_owned(),
            created: self.instant(),
            groups: Vec::new(),
            inline: Vec::new(),
            attached: Vec::new(),
            boundary: None,
            tags: BTreeMap::new(),
        };
        let made = (!self.has_holder(Holder::User, name)).then(made);
        found(&mut self.account.iam.users.items, made, |user| user.name == name)
    }

    pub(crate) fn group(&mut self, name: &str) -> &mut Group {
        let name = bare(name);
        let made = || Group {
            name: name.to_owned(),
            arn: self.iam_arn("group", "/", name),
            id: made_id("AGPA", name),
            path: "/".to_owned(),
            created: self.instant(),
            inline: Vec::new(),
            attached: Vec::new(),
        };
        let made = (!self.has_holder(Holder::Group, name)).then(made);
        found(&mut self.account.iam.groups.items, made, |group| group.name == name)
    }

    pub(crate) fn role(&mut self, name: &str) -> &mut Role {
        let name = bare(name);
        let made = || Role {
            name: name.to_owned(),
            arn: self.iam_arn("role", "/", name),
            id: made_id("AROA", name),
            path: "/".to_owned(),
            created: self.instant(),
            trust: if self.standalone {
                PolicyText::new(NOBODY)
            } else {
                PolicyText::new(PolicyText::hole(
                    "the trust policy of the role is neither in the change nor in the snapshot",
                ))
            },
            inline: Vec::new(),
            attached: Vec::new(),
            boundary: None,
            last_used: None,
            instance_profiles: Vec::new(),
            tags: BTreeMap::new(),
        };
        let made = (!self.has_holder(Holder::Role, name)).then(made);
        found(&mut self.account.iam.roles.items, made, |role| role.name == name)
    }

    /// Puts an inline policy in, in place of one of the same name.
    pub(crate) fn put_inline(&mut self, kind: Holder, holder: &str, name: &str, document: PolicyText) {
        let (inline, _) = self.holder(kind, holder);
        match inline.iter_mut().find(|policy| policy.name == name) {
            Some(policy) => policy.document = document,
            None => inline.push(InlinePolicy { name: name.to_owned(), document }),
        }
    }

    /// Attaches a managed policy; one that nobody knows is made with a text that is not known.
    pub(crate) fn attach(&mut self, kind: Holder, holder: &str, arn: &str) {
        self.know_policy(arn);
        let (_, attached) = self.holder(kind, holder);
        if !attached.iter().any(|policy| policy.arn == arn) {
            attached.push(AttachedPolicy { name: bare(arn).to_owned(), arn: arn.to_owned() });
        }
    }

    pub(crate) fn detach(&mut self, kind: Holder, holder: &str, arn: &str) {
        if self.has_holder(kind, holder) {
            self.holder(kind, holder).1.retain(|policy| policy.arn != arn);
        }
    }

    /// Makes the policy where the inventory lacks it: a text of AWS that is known, else a hole.
    pub(crate) fn know_policy(&mut self, arn: &str) {
        if self.account.iam.policies.iter().any(|policy| policy.arn == arn) {
            return;
        }
        let text = aws_managed::text(arn).map_or_else(
            || {
                PolicyText::new(PolicyText::hole(&format!(
                    "the text of {arn} is neither in the change nor in the snapshot"
                )))
            },
            PolicyText::new,
        );
        self.put_policy(arn, text);
    }

    /// Writes the text of a managed policy, made where there is none.
    pub(crate) fn put_policy(&mut self, arn: &str, document: PolicyText) -> &mut ManagedPolicy {
        let instant = self.instant();
        let path = arn.split_once(":policy").map_or("/", |(_, path)| path);
        let path = path.rsplit_once('/').map_or("/", |(path, _)| path);
        let made = || ManagedPolicy {
            name: bare(arn).to_owned(),
            arn: arn.to_owned(),
            id: made_id("ANPA", bare(arn)),
            path: format!("{path}/"),
            created: instant,
            updated: instant,
            default_version: "v1".to_owned(),
            versions: Vec::new(),
            attachments: 1,
            boundary_uses: 0,
        };
        let known = self.account.iam.policies.iter().any(|policy| policy.arn == arn);
        let policy = found(&mut self.account.iam.policies.items, (!known).then(made), |policy| policy.arn == arn);
        let id = policy.default_version.clone();
        match policy.versions.iter_mut().find(|version| version.id == id) {
            Some(version) => version.document = document,
            None => policy.versions.push(PolicyVersion { id, created: instant, document }),
        }
        policy
    }

    /// The ARN of the account's own policy of that name, or the ARN as it is.
    pub(crate) fn policy_arn(&self, name: &str) -> String {
        if name.starts_with("arn:") {
            return name.to_owned();
        }
        let known = self.account.iam.policies.iter().find(|policy| policy.name == name && !policy.is_aws_managed());
        known.map_or_else(|| self.iam_arn("policy", "/", name), |policy| policy.arn.clone())
    }
}

/// A trust policy that lets nobody in.
const NOBODY: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

/// A unique id that AWS could give; nothing rests on it.
fn made_id(prefix: &str, name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).take(16);
    format!("{prefix}{:0<17}", letters.collect::<String>())
}

/// The item that is meant; `made` goes in first where none is.
fn found<T>(items: &mut Vec<T>, made: Option<T>, is: impl Fn(&T) -> bool) -> &mut T {
    items.extend(made);
    let at = items.iter().position(is).unwrap_or(items.len().saturating_sub(1));
    #[expect(clippy::indexing_slicing, reason = "INVARIANT: the item was there or was just added")]
    &mut items[at]
}

impl Holder {
    /// How it is named where nothing else names it.
    pub(crate) fn describe(self, name: &str) -> String {
        format!("{} {name}", self.word())
    }
}
