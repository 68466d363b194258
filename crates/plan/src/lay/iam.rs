//! Users, groups, roles, their policies and credentials.

use forewarn_inventory::{
    CredentialReport, CredentialRow, Observed, OidcDetails, OidcProvider, PasswordPolicy, PolicyText, Reported,
    ReportedKey, SamlProvider,
};

use super::Outcome;
use crate::draft::{Draft, Holder, bare};
use crate::value::{Attrs, Known, later};

pub(super) const KINDS: &[&str] = &[
    "aws_iam_user",
    "aws_iam_group",
    "aws_iam_role",
    "aws_iam_policy",
    "aws_iam_user_policy",
    "aws_iam_group_policy",
    "aws_iam_role_policy",
    "aws_iam_user_policy_attachment",
    "aws_iam_group_policy_attachment",
    "aws_iam_role_policy_attachment",
    "aws_iam_policy_attachment",
    "aws_iam_user_policies_exclusive",
    "aws_iam_group_policies_exclusive",
    "aws_iam_role_policies_exclusive",
    "aws_iam_user_policy_attachments_exclusive",
    "aws_iam_group_policy_attachments_exclusive",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_iam_group_membership",
    "aws_iam_user_group_membership",
    "aws_iam_instance_profile",
    "aws_iam_account_password_policy",
    "aws_iam_account_alias",
    "aws_iam_openid_connect_provider",
    "aws_iam_saml_provider",
    "aws_iam_access_key",
    "aws_iam_user_login_profile",
];

/// The holder that a kind such as `aws_iam_role_policy` is about, and what of it.
fn held(kind: &str) -> Option<(Holder, &'static str, &str)> {
    let rest = kind.strip_prefix("aws_iam_")?;
    [(Holder::User, "user"), (Holder::Group, "group"), (Holder::Role, "role")]
        .into_iter()
        .find_map(|(holder, word)| Some((holder, word, rest.strip_prefix(word)?.strip_prefix('_')?)))
}

pub(super) fn lay(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    match kind {
        "aws_iam_user" => user(draft, attrs, outcome),
        "aws_iam_group" => group(draft, attrs, outcome),
        "aws_iam_role" => role(draft, attrs, outcome),
        "aws_iam_policy" => policy(draft, attrs, outcome),
        "aws_iam_policy_attachment" => attachment_of_all(draft, attrs, outcome),
        "aws_iam_group_membership" => membership(draft, attrs, outcome),
        "aws_iam_user_group_membership" => {
            let Some(name) = outcome.name(attrs, "user") else { return };
            let groups = outcome.take("groups", attrs.texts("groups")).unwrap_or_default();
            let user = draft.user(&name);
            user.groups.extend(groups.into_iter().filter(|group| !user.groups.contains(group)).collect::<Vec<_>>());
            let arn = user.arn.clone();
            outcome.about(&arn);
        }
        "aws_iam_instance_profile" => {
            let Some(name) = outcome.name(attrs, "name") else { return };
            let Some(role) = outcome.take("role", attrs.text("role")) else { return };
            let role = draft.role(&role);
            if !role.instance_profiles.contains(&name) {
                role.instance_profiles.push(name);
            }
            outcome.about(&role.arn);
        }
        "aws_iam_account_password_policy" => password_policy(draft, attrs, outcome),
        "aws_iam_account_alias" => {
            if let Some(alias) = outcome.name(attrs, "account_alias") {
                draft.account.iam.aliases.items = vec![alias];
            }
        }
        "aws_iam_openid_connect_provider" => oidc(draft, attrs, outcome),
        "aws_iam_saml_provider" => saml(draft, attrs, outcome),
        "aws_iam_access_key" => {
            let active = outcome.take("status", attrs.text("status")).is_none_or(|status| status == "Active");
            credentials(draft, attrs, outcome, |row, now| {
                let slot = row
                    .keys
                    .iter_mut()
                    .find(|key| key.active.value().is_none() || key.active == Reported::Value(false));
                if let Some(slot) = slot {
                    *slot = ReportedKey { last_rotated: Reported::Value(now), ..unused(active) };
                }
            });
        }
        "aws_iam_user_login_profile" => credentials(draft, attrs, outcome, |row, now| {
            row.password_enabled = Reported::Value(true);
            row.password_last_changed = Reported::Value(now);
        }),
        _ => {
            let Some((holder, word, what)) = held(kind) else { return };
            let Some(name) =
                outcome.name(attrs, &format!("{word}{}", if what.ends_with("exclusive") { "_name" } else { "" }))
            else {
                return;
            };
            outcome.about(&draft.holder_arn(holder, &name));
            match what {
                "policy" => inline(draft, (holder, &name), attrs, outcome),
                "policy_attachment" => {
                    if let Some(arn) = outcome.take("policy_arn", attrs.text("policy_arn")) {
                        draft.attach(holder, &name, &arn);
                    } else {
                        outcome.not = outcome.partly.pop().or_else(|| Some("it names no policy".to_owned()));
                        unread(draft, holder, &name, "policy_arn");
                    }
                }
                "policies_exclusive" => {
                    if let Some(names) = outcome.take("policy_names", attrs.texts("policy_names")) {
                        draft.holder(holder, &name).0.retain(|policy| names.contains(&policy.name));
                    }
                }
                "policy_attachments_exclusive" => {
                    if let Some(arns) = outcome.take("policy_arns", attrs.texts("policy_arns")) {
                        exactly(draft, (holder, &name), &arns);
                    }
                }
                _ => {}
            }
        }
    }
}

pub(super) fn remove(draft: &mut Draft, kind: &str, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let holder = match kind {
        "aws_iam_user" => Some(Holder::User),
        "aws_iam_group" => Some(Holder::Group),
        "aws_iam_role" => Some(Holder::Role),
        _ => None,
    };
    if let Some(holder) = holder {
        let Some(name) = outcome.name(attrs, "name") else { return };
        outcome.about(&draft.holder_arn(holder, &name));
        draft.remove_holder(holder, &name);
        return;
    }
    match kind {
        "aws_iam_policy" => {
            let Some(arn) = attrs.text("arn").yes().or_else(|| Some(draft.policy_arn(&attrs.text("name").yes()?)))
            else {
                outcome.not = Some("it has neither an ARN nor a name".to_owned());
                return;
            };
            outcome.about(&arn);
            draft.account.iam.policies.items.retain(|policy| policy.arn != arn);
        }
        "aws_iam_policy_attachment" => {
            let Some(arn) = outcome.name(attrs, "policy_arn") else { return };
            for (holder, list) in HOLDERS {
                for name in attrs.texts(list).yes().unwrap_or_default() {
                    draft.detach(holder, &name, &arn);
                }
            }
            outcome.about(&arn);
        }
        "aws_iam_group_membership" => {
            let Some(group) = outcome.name(attrs, "group") else { return };
            for user in attrs.texts("users").yes().unwrap_or_default() {
                leave(draft, &user, std::slice::from_ref(&group), outcome);
            }
        }
        "aws_iam_user_group_membership" => {
            let Some(user) = outcome.name(attrs, "user") else { return };
            leave(draft, &user, &attrs.texts("groups").yes().unwrap_or_default(), outcome);
        }
        "aws_iam_instance_profile" => {
            let Some(name) = outcome.name(attrs, "name") else { return };
            for role in &mut draft.account.iam.roles.items {
                role.instance_profiles.retain(|profile| *profile != name);
            }
        }
        "aws_iam_account_password_policy" => draft.account.iam.password_policy = Observed::Absent,
        "aws_iam_account_alias" => draft.account.iam.aliases.items.clear(),
        "aws_iam_openid_connect_provider" | "aws_iam_saml_provider" => {
            let Some(arn) = outcome.name(attrs, "arn") else { return };
            draft.account.iam.oidc_providers.items.retain(|provider| provider.arn != arn);
            draft.account.iam.saml_providers.items.retain(|provider| provider.arn != arn);
            outcome.about(&arn);
        }
        "aws_iam_access_key" => key_gone(draft, attrs, outcome),
        "aws_iam_user_login_profile" => {
            credentials(draft, attrs, outcome, |row, _| row.password_enabled = Reported::Value(false));
        }
        _ => {
            let Some((holder, word, what)) = held(kind) else { return };
            if what.ends_with("exclusive") {
                return;
            }
            let Some(name) = outcome.name(attrs, word) else { return };
            if !draft.has_holder(holder, &name) {
                return;
            }
            outcome.about(&draft.holder_arn(holder, &name));
            if what == "policy" {
                let Some(policy) = outcome.name(attrs, "name") else { return };
                draft.holder(holder, &name).0.retain(|inline| inline.name != policy);
            } else if let Some(arn) = outcome.name(attrs, "policy_arn") {
                draft.detach(holder, &name, &arn);
            }
        }
    }
}

const HOLDERS: [(Holder, &str); 3] = [(Holder::User, "users"), (Holder::Group, "groups"), (Holder::Role, "roles")];

fn user(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let Some(name) = outcome.name(attrs, "name") else { return };
    let new = !draft.has_holder(Holder::User, &name);
    let path = outcome.take("path", attrs.text("path")).unwrap_or_else(|| "/".to_owned());
    let arn = draft.iam_arn("user", &path, &name);
    let boundary = boundary(draft, attrs, outcome);
    let user = draft.user(&name);
    user.tags = attrs.tags().unwrap_or_else(|| user.tags.clone());
    user.path = path;
    user.arn.clone_from(&arn);
    user.boundary = boundary;
    if new {
        credentials(draft, attrs, &mut Outcome::default(), |_, _| {});
        // The report has a row for it, as it will have when it is next made.
        let generated = draft.account.iam.credential_report.present().map(|report| report.generated);
        if let Some(generated) = generated {
            draft.user(&name).created = generated;
        }
    }
    outcome.about(&arn);
}

fn group(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let Some(name) = outcome.name(attrs, "name") else { return };
    let path = outcome.take("path", attrs.text("path")).unwrap_or_else(|| "/".to_owned());
    let arn = draft.iam_arn("group", &path, &name);
    let group = draft.group(&name);
    group.path = path;
    group.arn.clone_from(&arn);
    outcome.about(&arn);
}

fn role(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let Some(name) = outcome.name(attrs, "name") else { return };
    let path = outcome.take("path", attrs.text("path")).unwrap_or_else(|| "/".to_owned());
    let arn = draft.iam_arn("role", &path, &name);
    let boundary = boundary(draft, attrs, outcome);
    let role = draft.role(&name);
    role.path = path;
    role.arn.clone_from(&arn);
    role.boundary = boundary;
    role.tags = attrs.tags().unwrap_or_else(|| role.tags.clone());
    if let Some(trust) = attrs.policy("assume_role_policy") {
        outcome.policy("assume_role_policy", &trust);
        role.trust = trust;
    }
    outcome.about(&arn);
    match attrs.blocks("inline_policy") {
        Known::Yes(blocks) => {
            for block in blocks.into_iter().filter(|block| block.get("policy").is_some()) {
                inline(draft, (Holder::Role, &name), block, outcome);
            }
        }
        Known::No => {}
        Known::Hole(cause) => {
            outcome.open("inline_policy", &cause);
            draft.put_inline(Holder::Role, &name, "inline_policy", PolicyText::new(PolicyText::hole(&cause)));
        }
    }
    match attrs.texts("managed_policy_arns") {
        Known::Yes(arns) if !arns.is_empty() => exactly(draft, (Holder::Role, &name), &arns),
        Known::Hole(cause) => {
            outcome.open("managed_policy_arns", &cause);
            unread(draft, Holder::Role, &name, &cause);
        }
        Known::Yes(_) | Known::No => {}
    }
}

/// The boundary; one that is open is a policy whose text nobody knows.
fn boundary(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) -> Option<String> {
    let arn = match attrs.text("permissions_boundary") {
        Known::Yes(arn) => arn,
        Known::No => return None,
        Known::Hole(cause) => {
            outcome.open("permissions_boundary", &cause);
            draft.iam_arn("policy", "/", "known-after-apply")
        }
    };
    draft.know_policy(&arn);
    Some(arn)
}

fn policy(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let Some(name) = outcome.name(attrs, "name") else { return };
    let path = outcome.take("path", attrs.text("path")).unwrap_or_else(|| "/".to_owned());
    let arn = draft.iam_arn("policy", &path, &name);
    outcome.about(&arn);
    match attrs.policy("policy") {
        Some(text) => {
            outcome.policy("policy", &text);
            draft.put_policy(&arn, text);
        }
        None => outcome.not = Some("it has no `policy`".to_owned()),
    }
}

fn inline(draft: &mut Draft, (holder, name): (Holder, &str), attrs: Attrs<'_>, outcome: &mut Outcome) {
    let policy = outcome.take("name", attrs.text("name")).unwrap_or_else(|| "known-after-apply".to_owned());
    let Some(text) = attrs.policy("policy") else {
        outcome.partly.push("it has no `policy`".to_owned());
        return;
    };
    outcome.policy("policy", &text);
    draft.put_inline(holder, name, &policy, text);
}

/// The holder has these managed policies and no others.
fn exactly(draft: &mut Draft, (holder, name): (Holder, &str), arns: &[String]) {
    let attached = draft.holder(holder, name).1.clone();
    for gone in attached.iter().filter(|policy| !arns.contains(&policy.arn)) {
        draft.detach(holder, name, &gone.arn);
    }
    for arn in arns {
        draft.attach(holder, name, arn);
    }
}

/// The holder has a policy more, and nobody knows which.
fn unread(draft: &mut Draft, holder: Holder, name: &str, cause: &str) {
    let text = PolicyText::new(PolicyText::hole(&format!("the policy that is attached to {name}: {cause}")));
    draft.put_inline(holder, name, "known-after-apply", text);
}

fn attachment_of_all(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let Some(arn) = outcome.name(attrs, "policy_arn") else { return };
    outcome.about(&arn);
    for (holder, list) in HOLDERS {
        let Some(names) = outcome.take(list, attrs.texts(list)) else { continue };
        for name in &names {
            draft.attach(holder, name, &arn);
            outcome.about(&draft.holder_arn(holder, name));
        }
    }
}

fn membership(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let Some(group) = outcome.name(attrs, "group") else { return };
    outcome.about(&draft.holder_arn(Holder::Group, &group));
    let Some(users) = outcome.take("users", attrs.texts("users")) else { return };
    for user in &mut draft.account.iam.users.items {
        user.groups.retain(|of| *of != group);
    }
    for name in users {
        let user = draft.user(&name);
        user.groups.push(group.clone());
        let arn = user.arn.clone();
        outcome.about(&arn);
    }
}

fn leave(draft: &mut Draft, user: &str, groups: &[String], outcome: &mut Outcome) {
    if draft.has_holder(Holder::User, user) {
        let user = draft.user(user);
        user.groups.retain(|group| !groups.contains(group));
        let arn = user.arn.clone();
        outcome.about(&arn);
    }
}

fn password_policy(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let operation = "iam:GetAccountPasswordPolicy";
    let flag = |name: &str| attrs.flag(name).or(false);
    let days =
        |name: &str| attrs.number(name).map(|number| u32::try_from(number).ok().filter(|days| *days > 0)).or(None);
    let read = || -> Result<PasswordPolicy, String> {
        Ok(PasswordPolicy {
            // What nobody says is AWS's own default of six characters.
            minimum_length: days("minimum_password_length")?.unwrap_or(6),
            require_symbols: flag("require_symbols")?,
            require_numbers: flag("require_numbers")?,
            require_uppercase: flag("require_uppercase_characters")?,
            require_lowercase: flag("require_lowercase_characters")?,
            allow_users_to_change: attrs.flag("allow_users_to_change_password").or(true)?,
            max_age_days: days("max_password_age")?,
            reuse_prevention: days("password_reuse_prevention")?,
            hard_expiry: flag("hard_expiry")?,
        })
    };
    draft.account.iam.password_policy = match read() {
        Ok(policy) => Observed::Present(policy),
        Err(cause) => {
            outcome.open("password policy", &cause);
            Observed::Unreadable(later(operation, cause))
        }
    };
}

fn oidc(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let Some(url) = outcome.name(attrs, "url") else { return };
    let url = url.trim_start_matches("https://").trim_end_matches('/').to_owned();
    let arn = draft.iam_arn("oidc-provider", "/", &url);
    let clients = attrs.texts("client_id_list");
    let details = clients.map(|client_ids| OidcDetails { url, client_ids, thumbprints: Vec::new(), created: None });
    if let Known::Hole(cause) = &details {
        outcome.open("client_id_list", cause);
    }
    let providers = &mut draft.account.iam.oidc_providers.items;
    providers.retain(|provider| provider.arn != arn);
    providers.push(OidcProvider { arn: arn.clone(), details: details.observed("iam:GetOpenIDConnectProvider") });
    outcome.about(&arn);
}

fn saml(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let Some(name) = outcome.name(attrs, "name") else { return };
    let arn = draft.iam_arn("saml-provider", "/", &name);
    let valid_until = attrs.text("valid_until").yes().and_then(|until| until.parse().ok());
    let created = Some(draft.instant());
    let providers = &mut draft.account.iam.saml_providers.items;
    if !providers.iter().any(|provider| provider.arn == arn) {
        providers.push(SamlProvider { arn: arn.clone(), valid_until, created });
    }
    outcome.about(&arn);
}

/// A key that nobody has used.
fn unused(active: bool) -> ReportedKey {
    ReportedKey {
        active: Reported::Value(active),
        last_rotated: Reported::NotApplicable,
        last_used: Reported::NotApplicable,
        last_used_region: Reported::NotApplicable,
        last_used_service: Reported::NotApplicable,
    }
}

/// Changes the row of a user in the credential report; a user that is new has an empty one.
fn credentials(
    draft: &mut Draft,
    attrs: Attrs<'_>,
    outcome: &mut Outcome,
    change: impl FnOnce(&mut CredentialRow, jiff::Timestamp),
) {
    let attribute = if attrs.get("user").is_some() { "user" } else { "name" };
    let Some(name) = outcome.name(attrs, attribute) else { return };
    let name = bare(&name).to_owned();
    let (arn, now) = (draft.holder_arn(Holder::User, &name), draft.instant());
    outcome.about(&arn);
    if draft.standalone && draft.account.iam.credential_report == Observed::Absent {
        draft.account.iam.credential_report = Observed::Present(CredentialReport { generated: now, rows: Vec::new() });
    }
    let Observed::Present(report) = &mut draft.account.iam.credential_report else { return };
    let at = report.rows.iter().position(|row| row.user == name).unwrap_or_else(|| {
        report.rows.push(CredentialRow {
            user: name.clone(),
            arn: arn.clone(),
            created: Reported::Value(now),
            password_enabled: Reported::Value(false),
            password_last_used: Reported::NotApplicable,
            password_last_changed: Reported::NotApplicable,
            password_next_rotation: Reported::NotApplicable,
            mfa_active: Reported::Value(false),
            keys: [unused(false), unused(false)],
            certificates: Default::default(),
        });
        report.rows.len() - 1
    });
    if let Some(row) = report.rows.get_mut(at) {
        change(row, now);
    }
}

/// A key goes. The report knows keys by slot only (fact H3): where both are in use nobody can say which one it is.
fn key_gone(draft: &mut Draft, attrs: Attrs<'_>, outcome: &mut Outcome) {
    let mut which = None;
    credentials(draft, attrs, outcome, |row, _| {
        let mut active = row.keys.iter_mut().filter(|key| key.active == Reported::Value(true));
        match (active.next(), active.next()) {
            (Some(key), None) => key.active = Reported::Value(false),
            (Some(_), Some(_)) => which = Some(()),
            (None, _) => {}
        }
    });
    if which.is_some() {
        outcome.partly.push("the credential report does not say which of the two keys it is".to_owned());
    }
}
