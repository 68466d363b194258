//! KMS: JSON 1.1; it knows the keys that the inventory names.

use forewarn_inventory::Key;
use serde_json::{Value, json};

use crate::answer::Reply;
use crate::call::Call;
use crate::fault::{Trouble, read};

pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    let named = call.parameter("KeyId").unwrap_or_default();
    let known = call.account.kms.keys.iter().find(|key| is_named(key, named, &call.region));
    let key = known.ok_or_else(|| unknown(named))?;
    let value = match call.action() {
        "DescribeKey" => describe(key, named)?,
        "GetKeyPolicy" => {
            let policy = read(&key.policy)?.ok_or_else(|| unknown(named))?;
            json!({ "Policy": policy.as_str(), "PolicyName": "default" })
        }
        "GetKeyRotationStatus" => {
            let on = read(&key.rotation)?.ok_or_else(|| {
                Call::failure(400, "UnsupportedOperationException", format!("{named} is of a kind that is not rotated"))
            })?;
            json!({ "KeyRotationEnabled": on })
        }
        _ => return Err(call.unserved()),
    };
    Ok(Reply::json(&value))
}

/// Whether a call names the key: as the inventory does, by its own ARN, or by what follows in either.
fn is_named(key: &Key, named: &str, region: &str) -> bool {
    let own = key.details.present().map(|details| details.arn.as_str());
    let arns = std::iter::once(key.arn.as_str()).chain(own);
    let mut here = arns.filter(|arn| arn.split(':').nth(3) == Some(region));
    here.any(|arn| {
        let rest = arn.splitn(6, ':').nth(5).unwrap_or_default();
        arn == named || rest == named || rest.strip_prefix("key/") == Some(named)
    })
}

fn unknown(named: &str) -> Trouble {
    Call::failure(400, "NotFoundException", format!("Key '{named}' does not exist"))
}

fn describe(key: &Key, named: &str) -> Result<Value, Trouble> {
    let details = read(&key.details)?.ok_or_else(|| unknown(named))?;
    let id = details.arn.rsplit('/').next();
    Ok(json!({ "KeyMetadata": {
        "KeyId": id, "Arn": details.arn, "KeyState": details.state, "KeySpec": details.spec, "Origin": details.origin,
        "KeyManager": if details.aws_managed { "AWS" } else { "CUSTOMER" }, "Enabled": details.state == "Enabled",
    } }))
}
