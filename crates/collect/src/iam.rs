//! IAM, in bulk: never a call per user, group, role or policy.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{
    AssignmentStatusType, AttachedPermissionsBoundary, AttachedPolicy as AttachedType, EntityType, GroupDetail,
    ManagedPolicyDetail, PolicyDetail, ReportStateType, RoleDetail, StatusType, Tag, UserDetail,
};
use forewarn_inventory::{
    AccountSummary, AttachedPolicy, Cause, CredentialReport, Fact, Gap, Group, Iam, InlinePolicy, LastUsed, Listing,
    ManagedPolicy, Observed, OidcDetails, OidcProvider, PasswordPolicy, PolicyVersion, Role, SamlProvider,
    ServerCertificate, ServiceCredential, User, VirtualMfaDevice,
};
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::call::{Ask, Caller};
use crate::convert::{count, instant, policy_text, tags, when};
use crate::operations::{
    GENERATE_CREDENTIAL_REPORT, GET_ACCOUNT_AUTHORIZATION_DETAILS, GET_ACCOUNT_PASSWORD_POLICY, GET_ACCOUNT_SUMMARY,
    GET_CREDENTIAL_REPORT, GET_OPEN_ID_CONNECT_PROVIDER, LIST_ACCOUNT_ALIASES, LIST_OPEN_ID_CONNECT_PROVIDERS,
    LIST_SAML_PROVIDERS, LIST_SERVER_CERTIFICATES, LIST_SERVICE_SPECIFIC_CREDENTIALS, LIST_VIRTUAL_MFA_DEVICES,
};
use crate::pages::pages;
use crate::progress::Steps;
use crate::unasked::{Unasked as _, unasked};

/// The items of a page: IAM takes up to 1000 and may give fewer.
const PAGE: i32 = 1000;

/// How often the credential report is looked for while AWS makes it.
const REPORT_LOOKS: u32 = 12;

/// Asks IAM.
pub(crate) struct Asker<'a> {
    pub(crate) client: Client,
    pub(crate) caller: &'a Caller,
    pub(crate) region: &'a str,
    pub(crate) needs: &'a BTreeSet<Fact>,
}

impl Asker<'_> {
    /// Everything that is needed, at once.
    pub(crate) async fn all(&self, steps: &Steps<'_>) -> Iam {
        let (details, credential_report, virtual_mfa_devices, service_credentials, server_certificates, summary, rest) = tokio::join!(
            steps.step(self.details()),
            steps.step(self.credential_report()),
            steps.step(self.virtual_mfa_devices()),
            steps.step(self.service_credentials()),
            steps.step(self.server_certificates()),
            steps.step(async { (self.password_policy().await, self.account_summary().await) }),
            steps.step(async { (self.aliases().await, self.oidc_providers().await, self.saml_providers().await) }),
        );
        let (users, groups, roles, policies) = details;
        let last_accessed = Box::pin(self.last_accessed(&users, &roles)).await;
        let (password_policy, account_summary) = summary;
        let (aliases, oidc_providers, saml_providers) = rest;
        Iam {
            users,
            groups,
            roles,
            policies,
            credential_report,
            virtual_mfa_devices,
            service_credentials,
            server_certificates,
            password_policy,
            account_summary,
            aliases,
            oidc_providers,
            saml_providers,
            last_accessed,
            // Asked region by region, beside all this.
            analyzers: Listing::unasked(Fact::Analyzers),
        }
    }

    /// How many steps [`Self::all`] reports.
    pub(crate) const STEPS: usize = 7;

    fn ask(&self, operation: &'static crate::operations::Operation) -> Ask<'_> {
        Ask::new(operation, self.region)
    }

    async fn details(&self) -> (Listing<User>, Listing<Group>, Listing<Role>, Listing<ManagedPolicy>) {
        let filters: Vec<EntityType> = [
            (Fact::Users, &[EntityType::User][..]),
            (Fact::Groups, &[EntityType::Group]),
            (Fact::Roles, &[EntityType::Role]),
            (Fact::Policies, &[EntityType::LocalManagedPolicy, EntityType::AwsManagedPolicy]),
        ]
        .iter()
        .filter(|(fact, _)| self.needs.contains(fact))
        .flat_map(|(_, filters)| filters.iter().cloned())
        .collect();
        let mut found = Details::default();
        if !filters.is_empty() {
            let ask = self.ask(&GET_ACCOUNT_AUTHORIZATION_DETAILS);
            let gap = pages(
                ask,
                self.caller,
                |marker| {
                    self.client
                        .get_account_authorization_details()
                        .set_filter(Some(filters.clone()))
                        .max_items(PAGE)
                        .set_marker(marker)
                        .send()
                },
                |mut page: GetAccountAuthorizationDetailsOutput| {
                    let next = next(page.is_truncated, page.marker.take(), &ask);
                    found.take(page, &ask);
                    next
                },
            )
            .await
            .err();
            found.gaps.extend(gap);
        }
        found.listings(self.needs)
    }

    async fn credential_report(&self) -> Observed<CredentialReport> {
        if !self.needs.contains(&Fact::CredentialReport) {
            return Observed::unasked(Fact::CredentialReport);
        }
        match self.report().await {
            Ok(report) => Observed::Present(report),
            Err(gap) => Observed::Unreadable(gap),
        }
    }

    /// Has AWS make the report where the last one is older than four hours, and fetches it.
    async fn report(&self) -> Result<CredentialReport, Gap> {
        let ask = self.ask(&GENERATE_CREDENTIAL_REPORT);
        let mut looks = 0;
        let refused = loop {
            match self.caller.call(ask, || self.client.generate_credential_report().send()).await {
                Ok(Some(answer)) if answer.state == Some(ReportStateType::Complete) => break None,
                Ok(_) => {}
                // A report made by somebody else in the last hours is as good.
                Err(gap) if gap.cause == Cause::Denied => break Some(gap),
                Err(gap) => return Err(gap),
            }
            looks += 1;
            if looks == REPORT_LOOKS {
                return Err(ask.gap(Cause::TimedOut, "AWS did not finish the credential report"));
            }
            self.caller.sleep(&ask, Duration::from_secs(u64::from(looks.min(5)))).await?;
        };
        let ask = self.ask(&GET_CREDENTIAL_REPORT);
        let answer = match self.caller.call(ask, || self.client.get_credential_report().send()).await {
            Ok(answer) => answer,
            Err(gap) if gap.cause == Cause::Denied => return Err(gap),
            Err(gap) => return Err(refused.unwrap_or(gap)),
        };
        let (content, generated) = answer
            .and_then(|answer| Some((answer.content?, when(answer.generated_time)?)))
            .ok_or_else(|| ask.malformed("no content or no time in it"))?;
        crate::report::parse(content.as_ref(), generated)
            .map_err(|reason| ask.malformed(crate::failure::clean(&reason)))
    }

    async fn virtual_mfa_devices(&self) -> Listing<VirtualMfaDevice> {
        if !self.needs.contains(&Fact::VirtualMfaDevices) {
            return Listing::unasked(Fact::VirtualMfaDevices);
        }
        let ask = self.ask(&LIST_VIRTUAL_MFA_DEVICES);
        let mut items = Vec::new();
        let gap = pages(
            ask,
            self.caller,
            |marker| {
                self.client
                    .list_virtual_mfa_devices()
                    .assignment_status(AssignmentStatusType::Assigned)
                    .max_items(PAGE)
                    .set_marker(marker)
                    .send()
            },
            |page| {
                items.extend(page.virtual_mfa_devices.into_iter().map(|device| VirtualMfaDevice {
                    serial: device.serial_number,
                    user_arn: device.user.map(|user| user.arn).filter(|arn| !arn.is_empty()),
                    enabled: when(device.enable_date),
                }));
                next(page.is_truncated, page.marker, &ask)
            },
        )
        .await
        .err();
        items.sort_by(|one, other| one.serial.cmp(&other.serial));
        Listing { items, rest: gap.into_iter().collect() }
    }

    async fn service_credentials(&self) -> Listing<ServiceCredential> {
        if !self.needs.contains(&Fact::ServiceCredentials) {
            return Listing::unasked(Fact::ServiceCredentials);
        }
        let ask = self.ask(&LIST_SERVICE_SPECIFIC_CREDENTIALS);
        let mut items = Vec::new();
        let mut unclear = None;
        let gap = pages(
            ask,
            self.caller,
            |marker| {
                self.client
                    .list_service_specific_credentials()
                    .all_users(true)
                    .max_items(PAGE)
                    .set_marker(marker)
                    .send()
            },
            |page| {
                for credential in page.service_specific_credentials.unwrap_or_default() {
                    let Some(created) = instant(&credential.create_date) else {
                        unclear.get_or_insert_with(|| ask.malformed("a credential without a date"));
                        continue;
                    };
                    items.push(ServiceCredential {
                        id: credential.service_specific_credential_id,
                        user: credential.user_name,
                        service: credential.service_name,
                        active: credential.status == StatusType::Active,
                        created,
                        expires: when(credential.expiration_date),
                    });
                }
                next(page.is_truncated, page.marker, &ask)
            },
        )
        .await
        .err();
        items.sort_by(|one, other| (&one.user, &one.id).cmp(&(&other.user, &other.id)));
        Listing { items, rest: unclear.into_iter().chain(gap).collect() }
    }

    async fn server_certificates(&self) -> Listing<ServerCertificate> {
        if !self.needs.contains(&Fact::ServerCertificates) {
            return Listing::unasked(Fact::ServerCertificates);
        }
        let ask = self.ask(&LIST_SERVER_CERTIFICATES);
        let mut items = Vec::new();
        let gap = pages(
            ask,
            self.caller,
            |marker| self.client.list_server_certificates().max_items(PAGE).set_marker(marker).send(),
            |page| {
                items.extend(page.server_certificate_metadata_list.into_iter().map(|certificate| ServerCertificate {
                    name: certificate.server_certificate_name,
                    arn: certificate.arn,
                    uploaded: when(certificate.upload_date),
                    expires: when(certificate.expiration),
                }));
                next(page.is_truncated, page.marker, &ask)
            },
        )
        .await
        .err();
        items.sort_by(|one, other| one.name.cmp(&other.name));
        Listing { items, rest: gap.into_iter().collect() }
    }

    async fn password_policy(&self) -> Observed<PasswordPolicy> {
        if !self.needs.contains(&Fact::PasswordPolicy) {
            return Observed::unasked(Fact::PasswordPolicy);
        }
        let ask = self.ask(&GET_ACCOUNT_PASSWORD_POLICY);
        self.caller
            .observe(
                ask,
                || self.client.get_account_password_policy().send(),
                |answer| {
                    let Some(policy) = answer.password_policy else {
                        return Observed::Unreadable(ask.malformed("no password policy in it"));
                    };
                    Observed::Present(PasswordPolicy {
                        minimum_length: count(policy.minimum_password_length).unwrap_or_default(),
                        require_symbols: policy.require_symbols,
                        require_numbers: policy.require_numbers,
                        require_uppercase: policy.require_uppercase_characters,
                        require_lowercase: policy.require_lowercase_characters,
                        allow_users_to_change: policy.allow_users_to_change_password,
                        max_age_days: count(policy.max_password_age).filter(|days| *days > 0),
                        reuse_prevention: count(policy.password_reuse_prevention).filter(|count| *count > 0),
                        hard_expiry: policy.hard_expiry.unwrap_or_default(),
                    })
                },
            )
            .await
    }

    async fn account_summary(&self) -> Observed<AccountSummary> {
        if !self.needs.contains(&Fact::AccountSummary) {
            return Observed::unasked(Fact::AccountSummary);
        }
        let ask = self.ask(&GET_ACCOUNT_SUMMARY);
        self.caller
            .observe(
                ask,
                || self.client.get_account_summary().send(),
                |answer| match answer.summary_map {
                    Some(map) if !map.is_empty() => Observed::Present(AccountSummary(
                        map.into_iter().map(|(key, value)| (key.as_str().to_owned(), i64::from(value))).collect(),
                    )),
                    _ => Observed::Unreadable(ask.malformed("no counters in it")),
                },
            )
            .await
    }

    async fn aliases(&self) -> Listing<String> {
        if !self.needs.contains(&Fact::AccountAliases) {
            return Listing::unasked(Fact::AccountAliases);
        }
        let ask = self.ask(&LIST_ACCOUNT_ALIASES);
        let mut items = Vec::new();
        let gap = pages(
            ask,
            self.caller,
            |marker| self.client.list_account_aliases().set_marker(marker).send(),
            |page| {
                items.extend(page.account_aliases);
                next(page.is_truncated, page.marker, &ask)
            },
        )
        .await
        .err();
        items.sort();
        Listing { items, rest: gap.into_iter().collect() }
    }

    async fn oidc_providers(&self) -> Listing<OidcProvider> {
        if !self.needs.contains(&Fact::OidcProviders) {
            return Listing::unasked(Fact::OidcProviders);
        }
        let ask = self.ask(&LIST_OPEN_ID_CONNECT_PROVIDERS);
        let answer = match self.caller.call(ask, || self.client.list_open_id_connect_providers().send()).await {
            Ok(answer) => answer,
            Err(gap) => return Listing::unreadable(gap),
        };
        let listed = answer.and_then(|answer| answer.open_id_connect_provider_list).unwrap_or_default();
        let mut arns: Vec<String> = listed.into_iter().filter_map(|provider| provider.arn).collect();
        arns.sort();
        let providers = arns.into_iter().map(|arn| async {
            let details = self.oidc_details(&arn).await;
            OidcProvider { arn, details }
        });
        Listing::whole(join_all(providers).await)
    }

    async fn oidc_details(&self, arn: &str) -> Observed<OidcDetails> {
        if !self.needs.contains(&Fact::OidcDetails) {
            return Observed::Unreadable(unasked(Fact::OidcDetails).on(arn));
        }
        let ask = self.ask(&GET_OPEN_ID_CONNECT_PROVIDER).on(arn);
        self.caller
            .observe(
                ask,
                || self.client.get_open_id_connect_provider().open_id_connect_provider_arn(arn).send(),
                |answer| match answer.url {
                    Some(url) => Observed::Present(OidcDetails {
                        url,
                        client_ids: answer.client_id_list.unwrap_or_default(),
                        thumbprints: answer.thumbprint_list.unwrap_or_default(),
                        created: when(answer.create_date),
                    }),
                    None => Observed::Unreadable(ask.malformed("no URL in it")),
                },
            )
            .await
    }

    async fn saml_providers(&self) -> Listing<SamlProvider> {
        if !self.needs.contains(&Fact::SamlProviders) {
            return Listing::unasked(Fact::SamlProviders);
        }
        let ask = self.ask(&LIST_SAML_PROVIDERS);
        let answer = match self.caller.call(ask, || self.client.list_saml_providers().send()).await {
            Ok(answer) => answer,
            Err(gap) => return Listing::unreadable(gap),
        };
        let listed = answer.and_then(|answer| answer.saml_provider_list).unwrap_or_default();
        let mut items: Vec<SamlProvider> = listed
            .into_iter()
            .filter_map(|provider| {
                Some(SamlProvider {
                    arn: provider.arn?,
                    valid_until: when(provider.valid_until),
                    created: when(provider.create_date),
                })
            })
            .collect();
        items.sort_by(|one, other| one.arn.cmp(&other.arn));
        Listing::whole(items)
    }
}

/// The next marker of a list; a list that says it goes on and does not say where is broken.
fn next(truncated: bool, marker: Option<String>, ask: &Ask<'_>) -> Result<Option<String>, Gap> {
    match (truncated, marker) {
        (false, _) => Ok(None),
        (true, Some(marker)) => Ok(Some(marker)),
        (true, None) => Err(ask.malformed("the list goes on, and does not say where")),
    }
}

/// What the pages of `GetAccountAuthorizationDetails` hold.
#[derive(Default)]
struct Details {
    users: Vec<User>,
    groups: Vec<Group>,
    roles: Vec<Role>,
    policies: Vec<ManagedPolicy>,
    gaps: Vec<Gap>,
}

impl Details {
    fn take(&mut self, page: GetAccountAuthorizationDetailsOutput, ask: &Ask<'_>) {
        let before = self.len();
        let lists = (page.user_detail_list, page.group_detail_list, page.role_detail_list, page.policies);
        let (users, groups, roles, policies) = (
            lists.0.unwrap_or_default(),
            lists.1.unwrap_or_default(),
            lists.2.unwrap_or_default(),
            lists.3.unwrap_or_default(),
        );
        let given = users.len() + groups.len() + roles.len() + policies.len();
        self.users.extend(users.into_iter().filter_map(user));
        self.groups.extend(groups.into_iter().filter_map(group));
        self.roles.extend(roles.into_iter().filter_map(role));
        self.policies.extend(policies.into_iter().filter_map(managed_policy));
        if self.len() < before + given {
            self.gaps.push(ask.malformed("an entry without name, ARN, date or document"));
        }
    }

    fn len(&self) -> usize {
        self.users.len() + self.groups.len() + self.roles.len() + self.policies.len()
    }

    /// ARNs of the managed policies that anything refers to.
    fn used(&self) -> BTreeSet<String> {
        let attached = self.users.iter().flat_map(|user| &user.attached);
        let attached = attached.chain(self.groups.iter().flat_map(|group| &group.attached));
        let attached = attached.chain(self.roles.iter().flat_map(|role| &role.attached)).map(|policy| &policy.arn);
        let boundaries = self.users.iter().filter_map(|user| user.boundary.as_ref());
        let boundaries = boundaries.chain(self.roles.iter().filter_map(|role| role.boundary.as_ref()));
        attached.chain(boundaries).cloned().collect()
    }

    fn listings(
        mut self,
        needs: &BTreeSet<Fact>,
    ) -> (Listing<User>, Listing<Group>, Listing<Role>, Listing<ManagedPolicy>) {
        self.users.sort_by(|one, other| one.name.cmp(&other.name));
        self.groups.sort_by(|one, other| one.name.cmp(&other.name));
        self.roles.sort_by(|one, other| one.name.cmp(&other.name));
        self.policies.sort_by(|one, other| one.arn.cmp(&other.arn));
        // AWS gives its own policies only where they are attached; an endpoint that gives all of them would make every
        // one of a thousand look like the account's.
        let used: BTreeSet<String> = self.used();
        self.policies.retain(|policy| {
            !policy.is_aws_managed() || policy.attachments + policy.boundary_uses > 0 || used.contains(&policy.arn)
        });
        let gaps = self.gaps;
        let rest = |fact| if needs.contains(&fact) { gaps.clone() } else { vec![unasked(fact)] };
        (
            Listing { items: self.users, rest: rest(Fact::Users) },
            Listing { items: self.groups, rest: rest(Fact::Groups) },
            Listing { items: self.roles, rest: rest(Fact::Roles) },
            Listing { items: self.policies, rest: rest(Fact::Policies) },
        )
    }
}

fn user(detail: UserDetail) -> Option<User> {
    Some(User {
        name: detail.user_name?,
        arn: detail.arn?,
        id: detail.user_id.unwrap_or_default(),
        path: detail.path.unwrap_or_else(|| "/".to_owned()),
        created: when(detail.create_date)?,
        groups: sorted(detail.group_list.unwrap_or_default()),
        inline: inline(detail.user_policy_list)?,
        attached: attached(detail.attached_managed_policies)?,
        boundary: boundary(detail.permissions_boundary),
        tags: tags(detail.tags, pair),
    })
}

fn group(detail: GroupDetail) -> Option<Group> {
    Some(Group {
        name: detail.group_name?,
        arn: detail.arn?,
        id: detail.group_id.unwrap_or_default(),
        path: detail.path.unwrap_or_else(|| "/".to_owned()),
        created: when(detail.create_date)?,
        inline: inline(detail.group_policy_list)?,
        attached: attached(detail.attached_managed_policies)?,
    })
}

fn role(detail: RoleDetail) -> Option<Role> {
    let instance_profiles = detail.instance_profile_list.unwrap_or_default();
    Some(Role {
        name: detail.role_name?,
        arn: detail.arn?,
        id: detail.role_id.unwrap_or_default(),
        path: detail.path.unwrap_or_else(|| "/".to_owned()),
        created: when(detail.create_date)?,
        trust: policy_text(&detail.assume_role_policy_document?),
        inline: inline(detail.role_policy_list)?,
        attached: attached(detail.attached_managed_policies)?,
        boundary: boundary(detail.permissions_boundary),
        last_used: detail
            .role_last_used
            .and_then(|used| Some(LastUsed { at: when(used.last_used_date)?, region: used.region })),
        instance_profiles: sorted(instance_profiles.into_iter().map(|profile| profile.instance_profile_name).collect()),
        tags: tags(detail.tags, pair),
    })
}

fn managed_policy(detail: ManagedPolicyDetail) -> Option<ManagedPolicy> {
    let created: Timestamp = when(detail.create_date)?;
    let arn = detail.arn?;
    // The ARN ends in the path and the name, so an endpoint that gives no name loses nothing.
    let name = detail.policy_name.or_else(|| arn.rsplit('/').next().map(str::to_owned))?;
    let versions: Option<Vec<PolicyVersion>> = detail
        .policy_version_list
        .unwrap_or_default()
        .into_iter()
        .map(|version| {
            Some(PolicyVersion {
                id: version.version_id?,
                created: when(version.create_date).unwrap_or(created),
                document: policy_text(&version.document?),
            })
        })
        .collect();
    Some(ManagedPolicy {
        name,
        arn,
        id: detail.policy_id.unwrap_or_default(),
        path: detail.path.unwrap_or_else(|| "/".to_owned()),
        created,
        updated: when(detail.update_date).unwrap_or(created),
        default_version: detail.default_version_id?,
        versions: versions?,
        attachments: count(detail.attachment_count).unwrap_or_default(),
        boundary_uses: count(detail.permissions_boundary_usage_count).unwrap_or_default(),
    })
}

/// Inline policies by name; a document that is missing spoils the whole entry, which is then reported as broken.
fn inline(policies: Option<Vec<PolicyDetail>>) -> Option<Vec<InlinePolicy>> {
    let policies = policies.unwrap_or_default().into_iter().map(|policy| {
        Some(InlinePolicy { name: policy.policy_name?, document: policy_text(&policy.policy_document?) })
    });
    let mut policies: Vec<InlinePolicy> = policies.collect::<Option<_>>()?;
    policies.sort_by(|one, other| one.name.cmp(&other.name));
    Some(policies)
}

fn attached(policies: Option<Vec<AttachedType>>) -> Option<Vec<AttachedPolicy>> {
    let policies = policies
        .unwrap_or_default()
        .into_iter()
        .map(|policy| Some(AttachedPolicy { name: policy.policy_name?, arn: policy.policy_arn? }));
    let mut policies: Vec<AttachedPolicy> = policies.collect::<Option<_>>()?;
    policies.sort_by(|one, other| one.arn.cmp(&other.arn));
    Some(policies)
}

fn boundary(boundary: Option<AttachedPermissionsBoundary>) -> Option<String> {
    boundary.and_then(|boundary| boundary.permissions_boundary_arn)
}

fn pair(tag: Tag) -> (String, String) {
    (tag.key, tag.value)
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}
