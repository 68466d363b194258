//! STS: who asks, and roles of other accounts.

use jiff::{SignedDuration, Timestamp};

use crate::answer::Reply;
use crate::call::{Call, Service};
use crate::fault::{Kind, Trouble};
use crate::server::SECRET;
use crate::text;
use crate::world::World;
use crate::xml::Xml;

pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    match call.action() {
        "GetCallerIdentity" => Ok(caller_identity(call)),
        "AssumeRole" => assume_role(call),
        _ => Err(call.unserved()),
    }
}

/// The document of a Query answer: a response element, a result element, and the request's id.
pub(crate) fn document(call: &Call<'_>, inside: impl FnOnce(&mut Xml)) -> Reply {
    let operation = call.action();
    Reply::xml(Xml::document(&format!("{operation}Response"), call.service.namespace(), |xml| {
        xml.node(&format!("{operation}Result"), inside);
        xml.node("ResponseMetadata", |xml| xml.text("RequestId", &call.request));
    }))
}

fn caller_identity(call: &Call<'_>) -> Reply {
    let account = call.account;
    let session = call.incoming.token.as_deref().and_then(session);
    let recorded = call.world.inventory.collection.caller_arn.as_deref();
    let arn = match (session, recorded) {
        (Some((role, name)), _) => assumed(account, &role, &name),
        (None, Some(arn)) if arn.split(':').nth(4) == Some(account.id.as_str()) => arn.to_owned(),
        (None, _) => format!("arn:{}:iam::{}:user/forewarn", account.partition, account.id),
    };
    document(call, |xml| {
        xml.text("Arn", &arn);
        xml.text("UserId", "AIDAFOREWARNSIMAWS001");
        xml.text("Account", &account.id);
    })
}

/// Gives credentials of another account of the inventory. Whether the role exists there and whom it trusts is not
/// looked at; an account that the inventory could not enter cannot be entered here either.
fn assume_role(call: &Call<'_>) -> Result<Reply, Trouble> {
    let arn = call.parameter("RoleArn").unwrap_or_default();
    let name = call.parameter("RoleSessionName").unwrap_or_default();
    let mut parts = arn.splitn(6, ':').skip(4);
    let (Some(id), Some(role)) = (parts.next(), parts.next().and_then(|resource| resource.strip_prefix("role/")))
    else {
        return Err(call.bad_input(&format!("{arn} is invalid")));
    };
    if name.len() < 2 || name.len() > 64 || !name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)) {
        return Err(call.bad_input("RoleSessionName is not valid"));
    }
    if let Some(policy) = call.parameter("Policy") {
        if policy.len() > 2048 {
            return Err(call.bad_input(
                "1 validation error detected: Value at 'policy' failed to satisfy constraint: \
                 Member must have length less than or equal to 2048",
            ));
        }
        if serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(policy).is_err() {
            return Err(Call::failure(400, "MalformedPolicyDocument", "This policy contains invalid Json"));
        }
    }
    if let Some(unreached) = call.world.inventory.unreached.iter().find(|account| account.id == id) {
        return Err(Trouble::Gap(unreached.gap.clone()));
    }
    let Some(account) = call.world.inventory.accounts.iter().find(|account| account.id == id) else {
        let mut failure = Service::Sts.failure(Kind::Denied, call.operation);
        failure.message = format!("User is not authorized to perform: sts:AssumeRole on resource: {arn}");
        return Err(failure.into());
    };
    let role = role.rsplit('/').next().unwrap_or(role);
    let seconds = i64::try_from(call.number("DurationSeconds").unwrap_or(3600)).unwrap_or(3600);
    // Sessions live by the real clock, whatever instant the inventory is from.
    let until = Timestamp::now().checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    let until = Timestamp::from_second(until.as_second()).unwrap_or(until);
    Ok(document(call, |xml| {
        xml.node("AssumedRoleUser", |xml| {
            xml.text("AssumedRoleId", &format!("AROAFOREWARNSIMAWS001:{name}"));
            xml.text("Arn", &assumed(account, role, name));
        });
        xml.node("Credentials", |xml| {
            xml.text("AccessKeyId", &World::session_key(&account.id));
            xml.text("SecretAccessKey", SECRET);
            xml.text("SessionToken", &token(role, name));
            xml.time("Expiration", until);
        });
        xml.value("PackedPolicySize", 1);
    }))
}

fn assumed(account: &forewarn_inventory::Account, role: &str, name: &str) -> String {
    format!("arn:{}:sts::{}:assumed-role/{role}/{name}", account.partition, account.id)
}

/// A session token: the role and the session's name, readable by [`session`].
fn token(role: &str, name: &str) -> String {
    text::base64(format!("{role}/{name}").as_bytes())
}

fn session(token: &str) -> Option<(String, String)> {
    use base64::Engine as _;
    let decoded = base64::engine::general_purpose::STANDARD.decode(token).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (role, name) = decoded.split_once('/')?;
    Some((role.to_owned(), name.to_owned()))
}
