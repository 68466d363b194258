//! IAM: the Query protocol.

mod details;
mod last_accessed;
mod report;

use forewarn_inventory::VirtualMfaDevice;

use crate::answer::Reply;
use crate::call::Call;
use crate::fault::{Trouble, read};
use crate::page::Page;
use crate::sts::document as reply;
use crate::xml::Xml;

pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    let iam = &call.account.iam;
    match call.action() {
        "GetAccountAuthorizationDetails" => details::answer(call),
        "GenerateServiceLastAccessedDetails" => last_accessed::generate(call),
        "GetServiceLastAccessedDetails" => last_accessed::get(call),
        "GenerateCredentialReport" => Ok(report::generate(call)),
        "GetCredentialReport" => report::get(call),
        "GetAccountSummary" => account_summary(call),
        "GetAccountPasswordPolicy" => password_policy(call),
        "ListAccountAliases" => {
            let page = list(call, &iam.aliases)?;
            Ok(reply(call, |xml| {
                xml.list("AccountAliases", "member", page.of(&iam.aliases.items), |xml, alias| xml.content(alias));
                end(xml, &page);
            }))
        }
        "ListVirtualMFADevices" => virtual_mfa_devices(call),
        "ListServiceSpecificCredentials" => service_credentials(call),
        "ListServerCertificates" => server_certificates(call),
        "ListOpenIDConnectProviders" => {
            let providers = uncut(&iam.oidc_providers)?;
            Ok(reply(call, |xml| {
                xml.list("OpenIDConnectProviderList", "member", providers, |xml, provider| {
                    xml.text("Arn", &provider.arn);
                });
            }))
        }
        "GetOpenIDConnectProvider" => oidc_provider(call),
        "ListOrganizationsFeatures" => organizations_features(call),
        "ListSAMLProviders" => {
            let providers = uncut(&iam.saml_providers)?;
            Ok(reply(call, |xml| {
                xml.list("SAMLProviderList", "member", providers, |xml, provider| {
                    xml.text("Arn", &provider.arn);
                    if let Some(until) = provider.valid_until {
                        xml.time("ValidUntil", until);
                    }
                    if let Some(created) = provider.created {
                        xml.time("CreateDate", created);
                    }
                });
            }))
        }
        _ => Err(call.unserved()),
    }
}

/// The page of a list that this call asks for.
fn list<T>(call: &Call<'_>, listing: &forewarn_inventory::Listing<T>) -> Result<Page, Trouble> {
    call.page(listing.items.len(), listing.rest.first(), "Marker", "MaxItems")
}

/// A list that AWS gives in one answer: cut, it is not given at all.
fn uncut<T>(listing: &forewarn_inventory::Listing<T>) -> Result<&[T], Trouble> {
    match listing.rest.first() {
        Some(gap) => Err(Trouble::Gap(gap.clone())),
        None => Ok(&listing.items),
    }
}

/// How every page of IAM ends.
fn end(xml: &mut Xml, page: &Page) {
    xml.value("IsTruncated", page.next.is_some());
    xml.optional("Marker", page.next.as_deref());
}

fn no_such_entity(message: impl Into<String>) -> Trouble {
    Call::failure(404, "NoSuchEntity", message)
}

/// What IAM does for the root users of an organisation.
fn organizations_features(call: &Call<'_>) -> Result<Reply, Trouble> {
    let Some(organization) = read(&call.world.inventory.organization)? else {
        return Err(Call::failure(404, "OrganizationNotFoundException", "Your account is in no organization."));
    };
    let Some(features) = read(&organization.root_features)? else {
        let message = "IAM is not enabled as a trusted service of the organization.";
        return Err(Call::failure(409, "ServiceAccessNotEnabledException", message));
    };
    Ok(reply(call, |xml| {
        xml.text("OrganizationId", &organization.id);
        xml.list("EnabledFeatures", "member", features, |xml, feature| xml.content(feature));
    }))
}

fn account_summary(call: &Call<'_>) -> Result<Reply, Trouble> {
    let summary = read(&call.account.iam.account_summary)?;
    Ok(reply(call, |xml| {
        xml.list("SummaryMap", "entry", summary.iter().flat_map(|summary| &summary.0), |xml, (key, value)| {
            xml.text("key", key);
            xml.value("value", value);
        });
    }))
}

fn password_policy(call: &Call<'_>) -> Result<Reply, Trouble> {
    let Some(policy) = read(&call.account.iam.password_policy)? else {
        let message = format!("The Password Policy with domain name {} cannot be found.", call.account.id);
        return Err(no_such_entity(message));
    };
    Ok(reply(call, |xml| {
        xml.node("PasswordPolicy", |xml| {
            xml.value("MinimumPasswordLength", policy.minimum_length);
            xml.value("RequireSymbols", policy.require_symbols);
            xml.value("RequireNumbers", policy.require_numbers);
            xml.value("RequireUppercaseCharacters", policy.require_uppercase);
            xml.value("RequireLowercaseCharacters", policy.require_lowercase);
            xml.value("AllowUsersToChangePassword", policy.allow_users_to_change);
            xml.value("ExpirePasswords", policy.max_age_days.is_some());
            if let Some(days) = policy.max_age_days {
                xml.value("MaxPasswordAge", days);
            }
            if let Some(count) = policy.reuse_prevention {
                xml.value("PasswordReusePrevention", count);
            }
            xml.value("HardExpiry", policy.hard_expiry);
        });
    }))
}

fn virtual_mfa_devices(call: &Call<'_>) -> Result<Reply, Trouble> {
    let devices = &call.account.iam.virtual_mfa_devices;
    let wanted: Vec<&VirtualMfaDevice> = match call.parameter("AssignmentStatus").unwrap_or("Any") {
        "Assigned" => devices.iter().filter(|device| device.user_arn.is_some()).collect(),
        "Unassigned" => devices.iter().filter(|device| device.user_arn.is_none()).collect(),
        "Any" => devices.iter().collect(),
        other => return Err(call.bad_input(&format!("Value '{other}' at 'assignmentStatus' is not valid"))),
    };
    let page = call.page(wanted.len(), devices.rest.first(), "Marker", "MaxItems")?;
    Ok(reply(call, |xml| {
        xml.list("VirtualMFADevices", "member", page.of(&wanted), |xml, device| {
            xml.text("SerialNumber", &device.serial);
            if let Some(at) = device.enabled {
                xml.time("EnableDate", at);
            }
            if let Some(arn) = &device.user_arn {
                xml.node("User", |xml| device_user(call, xml, arn));
            }
        });
        end(xml, &page);
    }))
}

/// The user of a device: the root user's has the account's id and no name.
fn device_user(call: &Call<'_>, xml: &mut Xml, arn: &str) {
    if let Some(user) = call.world.user(arn) {
        xml.text("Path", &user.path);
        xml.text("UserName", &user.name);
        xml.text("UserId", &user.id);
        xml.text("Arn", arn);
        xml.time("CreateDate", user.created);
        return;
    }
    if let Some(resource) = arn.split(":user").nth(1) {
        let (path, name) = resource.rsplit_once('/').unwrap_or(("", resource));
        xml.text("Path", &format!("{path}/"));
        xml.text("UserName", name);
    }
    xml.text("UserId", &call.account.id);
    xml.text("Arn", arn);
    xml.text("CreateDate", "2020-01-01T00:00:00Z");
}

fn service_credentials(call: &Call<'_>) -> Result<Reply, Trouble> {
    let credentials = &call.account.iam.service_credentials;
    let user = call.parameter("UserName");
    let all = call.parameter("AllUsers") == Some("true");
    if all == user.is_some() {
        return Err(Call::failure(400, "InvalidInput", "exactly one of AllUsers and UserName must be given"));
    }
    let wanted: Vec<_> =
        credentials.iter().filter(|credential| user.is_none_or(|user| credential.user == user)).collect();
    let page = call.page(wanted.len(), credentials.rest.first(), "Marker", "MaxItems")?;
    Ok(reply(call, |xml| {
        xml.list("ServiceSpecificCredentials", "member", page.of(&wanted), |xml, credential| {
            xml.text("UserName", &credential.user);
            xml.text("Status", if credential.active { "Active" } else { "Inactive" });
            xml.text("ServiceUserName", &format!("{}-at-{}", credential.user, call.account.id));
            xml.time("CreateDate", credential.created);
            if let Some(until) = credential.expires {
                xml.time("ExpirationDate", until);
            }
            xml.text("ServiceSpecificCredentialId", &credential.id);
            xml.text("ServiceName", &credential.service);
        });
        end(xml, &page);
    }))
}

fn server_certificates(call: &Call<'_>) -> Result<Reply, Trouble> {
    let certificates = &call.account.iam.server_certificates;
    let page = list(call, certificates)?;
    Ok(reply(call, |xml| {
        xml.list("ServerCertificateMetadataList", "member", page.of(&certificates.items), |xml, certificate| {
            let path = certificate.arn.split(":server-certificate").nth(1).and_then(|path| path.rsplit_once('/'));
            xml.text("Path", &format!("{}/", path.map_or("", |(path, _)| path)));
            xml.text("ServerCertificateName", &certificate.name);
            xml.text("ServerCertificateId", "ASCAFOREWARNSIMAWS001");
            xml.text("Arn", &certificate.arn);
            if let Some(at) = certificate.uploaded {
                xml.time("UploadDate", at);
            }
            if let Some(until) = certificate.expires {
                xml.time("Expiration", until);
            }
        });
        end(xml, &page);
    }))
}

fn oidc_provider(call: &Call<'_>) -> Result<Reply, Trouble> {
    let arn = call.parameter("OpenIDConnectProviderArn").unwrap_or_default();
    let missing = || no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}"));
    let provider = call.account.iam.oidc_providers.iter().find(|provider| provider.arn == arn).ok_or_else(missing)?;
    let details = read(&provider.details)?.ok_or_else(missing)?;
    Ok(reply(call, |xml| {
        xml.text("Url", &details.url);
        xml.list("ClientIDList", "member", &details.client_ids, |xml, id| xml.content(id));
        xml.list("ThumbprintList", "member", &details.thumbprints, |xml, thumbprint| xml.content(thumbprint));
        if let Some(at) = details.created {
            xml.time("CreateDate", at);
        }
    }))
}
