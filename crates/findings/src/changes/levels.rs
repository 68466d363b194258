//! Settings that protect and are no policies: what a call leaves on and off.
//!
//! Each protection has a name, such as `BlockPublicPolicy` or `logging`. What CloudTrail records of a call is what was
//! asked for; a protection that the call does not name stays as it was.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_events::{Change, Subject};
use forewarn_inventory::Inventory;
use forewarn_policy::BlockSettings;
use serde_json::Value;

/// How a protection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Level {
    /// It protects.
    On,
    /// It does not.
    Off,
    /// So strict; more is stricter.
    Number(i64),
    /// It is this one, such as the bucket of a trail.
    Is(String),
    /// It was set to something that is not understood.
    Unclear,
}

/// Protections by name; one that is not there is not known.
pub(super) type Levels = BTreeMap<String, Level>;

/// What a call does to protections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Moves {
    /// What it asks for.
    pub(super) sets: Levels,
    /// What its answer says besides, or what was there before it.
    pub(super) shows: Levels,
    /// Protections whose name begins so and that it does not set are off.
    pub(super) clears: Option<&'static str>,
}

impl Moves {
    fn set(mut self, name: impl Into<String>, level: Level) -> Self {
        self.sets.insert(name.into(), level);
        self
    }

    /// Whether all that it sets protects.
    pub(super) fn only_protects(&self) -> bool {
        self.sets.values().all(|level| *level == Level::On)
    }

    /// What stands after it.
    pub(super) fn after(&self, before: &Levels) -> Levels {
        let mut after = before.clone();
        if let Some(prefix) = self.clears {
            after.iter_mut().filter(|(name, _)| name.starts_with(prefix)).for_each(|(_, level)| *level = Level::Off);
        }
        for (name, level) in &self.shows {
            after.entry(name.clone()).or_insert_with(|| level.clone());
        }
        after.extend(self.sets.clone());
        after
    }
}

/// What is weaker than before, in words; what is not understood; and whether anything is stronger.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) weaker: BTreeMap<String, String>,
    pub(super) unclear: Vec<String>,
    pub(super) stronger: bool,
}

/// Compares what stands with what stood. A protection that is off and of which nothing was known is weaker where the call
/// names it.
pub(super) fn compared(after: &Levels, before: &Levels, named: &BTreeSet<&String>) -> Compared {
    let mut found = Compared::default();
    for (name, level) in after {
        let old = before.get(name);
        match (level, old) {
            (now, Some(old)) if now == old => {}
            (Level::Off, Some(_)) => {
                found.weaker.insert(name.clone(), off(name));
            }
            (Level::Off, None) if named.contains(name) => {
                found.weaker.insert(name.clone(), format!("{} (what it was before is not known)", off(name)));
            }
            (Level::Number(now), Some(Level::Number(old))) if now < old => {
                found.weaker.insert(name.clone(), format!("{name} is {now}, and was {old}"));
            }
            (Level::Is(now), Some(Level::Is(old))) => {
                found.weaker.insert(name.clone(), format!("{name} is {now}, and was {old}"));
            }
            (Level::Unclear, _) => found.unclear.push(format!("{name} was set, and to what is not understood")),
            (Level::On, _) | (Level::Number(_), Some(_)) => found.stronger = true,
            (Level::Off | Level::Number(_), None) | (Level::Is(_), _) => {}
        }
    }
    found
}

/// A name that is itself a way in begins so: that it is "off" means that it works.
const WAY_IN: &str = "way in: ";

fn off(name: &str) -> String {
    match name.strip_prefix(WAY_IN) {
        Some(way) => format!("{way} works"),
        None => format!("{name} is off"),
    }
}

fn flag(on: bool) -> Level {
    if on { Level::On } else { Level::Off }
}

/// `true` and `"true"`.
fn truth(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str().and_then(|text| text.to_ascii_lowercase().parse().ok()))
}

/// The four switches, as S3 names them.
const SWITCHES: [&str; 4] = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

/// What a change does to protections; `None` where it is about a policy, or about nothing that is known.
pub(super) fn moves(change: &Change<'_>) -> Option<Moves> {
    let parameters = &change.event.record.request_parameters;
    let name = change.rule.name;
    let text = |name: &str| change.parameter(name);
    let found = match change.rule.subject {
        Subject::PublicAccessBlock => public_access_block(name, parameters),
        Subject::Log => log(change)?,
        Subject::Boundary => {
            let boundary = text("permissionsBoundary").filter(|_| name.starts_with("Put"));
            Moves::default().set("permissions boundary", boundary.map_or(Level::Off, Level::Is))
        }
        Subject::Organization => organization(change)?,
        Subject::Mfa => {
            let serial = text("serialNumber").unwrap_or_default();
            Moves::default().set(format!("MFA device {serial}"), flag(name.starts_with("Enable")))
        }
        Subject::Credential => credential(change)?,
        Subject::PasswordPolicy => password_policy(name, parameters),
        Subject::LogStore => {
            let level = match name {
                "EnableKey" | "CancelKeyDeletion" => Level::On,
                "PutBucketLifecycle" => Level::Unclear,
                _ => Level::Off,
            };
            let of = match name {
                "EnableKey" | "DisableKey" => "the key",
                "CancelKeyDeletion" | "ScheduleKeyDeletion" => "keeping of the key",
                "PutBucketLifecycle" => "the lifecycle of what is kept",
                _ => "the bucket",
            };
            Moves::default().set(of, level)
        }
        Subject::BucketAcl => acl(name, parameters),
        Subject::Trust => provider(change)?,
        _ => return None,
    };
    Some(found)
}

fn public_access_block(name: &str, parameters: &Value) -> Moves {
    let of = |switch: &str| {
        fn find<'v>(at: &'v Value, name: &str) -> Option<&'v Value> {
            let Value::Object(fields) = at else { return None };
            let own = fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
            own.or_else(|| fields.values().find_map(|value| find(value, name)))
        }
        // A switch that a request leaves out is off.
        !name.starts_with("Delete") && find(parameters, switch).and_then(truth) == Some(true)
    };
    SWITCHES.into_iter().fold(Moves::default(), |moves, switch| moves.set(switch, flag(of(switch))))
}

/// What the parameters and the answer of a call about a trail say, and how the protections are called.
const OF_TRAIL: [(&str, &str, &str); 5] = [
    ("isMultiRegionTrail", "isMultiRegionTrail", "recording of every region"),
    ("includeGlobalServiceEvents", "includeGlobalServiceEvents", "recording of global services"),
    ("enableLogFileValidation", "logFileValidationEnabled", "log file validation"),
    ("isOrganizationTrail", "isOrganizationTrail", "recording of the organisation"),
    ("kmsKeyId", "kmsKeyId", "encryption with a key of KMS"),
];

const BUCKET: &str = "the bucket it delivers to";
const READS: &str = "recording of calls that read";
const WRITES: &str = "recording of calls that write";
const DATA: &str = "data events of ";
const LEFT_OUT: &str = "recording of management events of ";

fn log(change: &Change<'_>) -> Option<Moves> {
    let record = &change.event.record;
    let (asked, answer) = (&record.request_parameters, &record.response_elements);
    let moves = Moves::default();
    Some(match change.rule.name {
        "StopLogging" | "StopEventDataStoreIngestion" => moves.set("logging", Level::Off),
        "StartLogging" | "StartEventDataStoreIngestion" => moves.set("logging", Level::On),
        "DeleteTrail" | "DeleteEventDataStore" => moves.set("the trail", Level::Off).set("logging", Level::Off),
        "RestoreEventDataStore" | "CreateEventDataStore" => moves.set("the trail", Level::On).set("logging", Level::On),
        "PutInsightSelectors" => {
            let some = asked.get("insightSelectors").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
            moves.set("insights", flag(some))
        }
        "UpdateEventDataStore" => {
            let named = [
                ("multiRegionEnabled", "recording of every region"),
                ("organizationEnabled", "recording of the organisation"),
            ];
            named.into_iter().fold(moves, |moves, (parameter, name)| match asked.get(parameter).and_then(truth) {
                Some(on) => moves.set(name, flag(on)),
                None => moves,
            })
        }
        "PutEventSelectors" => selectors(asked),
        "CreateTrail" | "UpdateTrail" => {
            let mut moves = if change.rule.name == "CreateTrail" { moves.set("the trail", Level::On) } else { moves };
            let level = |value: &Value| match value {
                Value::String(text) if truth(value).is_none() => Some(flag(!text.is_empty())),
                other => truth(other).map(flag),
            };
            for (request, response, name) in OF_TRAIL {
                if let Some(level) = asked.get(request).and_then(level) {
                    moves.sets.insert(name.to_owned(), level);
                } else if let Some(level) = answer.get(response).and_then(level) {
                    moves.shows.insert(name.to_owned(), level);
                }
            }
            let bucket = |from: &Value| from.get("s3BucketName").and_then(Value::as_str).map(str::to_owned);
            match (bucket(asked), bucket(answer)) {
                (Some(asked), _) => moves.sets.insert(BUCKET.to_owned(), Level::Is(asked)),
                (None, Some(shown)) => moves.shows.insert(BUCKET.to_owned(), Level::Is(shown)),
                (None, None) => None,
            };
            moves
        }
        _ => return None,
    })
}

/// What event selectors leave of what is recorded, basic or advanced.
fn selectors(asked: &Value) -> Moves {
    let list = |name: &str| asked.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (mut reads, mut writes) = (false, false);
    let mut moves = Moves { clears: Some(DATA), ..Moves::default() };
    let mut left_out = BTreeSet::new();
    for selector in list("eventSelectors") {
        let kinds = selector.get("readWriteType").and_then(Value::as_str).unwrap_or("All");
        if selector.get("includeManagementEvents").and_then(truth).unwrap_or(true) {
            reads |= kinds != "WriteOnly";
            writes |= kinds != "ReadOnly";
            let sources = selector.get("excludeManagementEventSources").and_then(Value::as_array);
            left_out.extend(sources.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        }
        let data = selector.get("dataResources").and_then(Value::as_array);
        for of in data.into_iter().flatten().filter_map(|one| one.get("type")?.as_str()) {
            moves = moves.set(format!("{DATA}{of}"), Level::On);
        }
    }
    for selector in list("advancedEventSelectors") {
        let fields = selector.get("fieldSelectors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let values = |field: &str, operator: &str| -> Vec<&str> {
            let of = fields.iter().filter(|one| one.get("field").and_then(Value::as_str) == Some(field));
            of.filter_map(|one| one.get(operator)?.as_array()).flatten().filter_map(Value::as_str).collect()
        };
        match values("eventCategory", "equals").first() {
            Some(&"Management") => {
                let only = values("readOnly", "equals");
                reads |= only.first() != Some(&"false");
                writes |= only.first() != Some(&"true");
                left_out.extend(values("eventSource", "notEquals").into_iter().map(str::to_owned));
            }
            Some(&"Data") => {
                for of in values("resources.type", "equals") {
                    moves = moves.set(format!("{DATA}{of}"), Level::On);
                }
            }
            _ => {}
        }
    }
    for source in left_out {
        moves = moves.set(format!("{LEFT_OUT}{source}"), Level::Off);
    }
    moves.set(READS, flag(reads)).set(WRITES, flag(writes))
}

fn organization(change: &Change<'_>) -> Option<Moves> {
    let text = |name: &str| change.parameter(name).unwrap_or_default();
    let moves = Moves::default();
    Some(match change.rule.name {
        // The policy that allows everything limits nothing.
        "AcceptHandshake" => moves,
        "AttachPolicy" | "DetachPolicy" if text("policyId") == "p-FullAWSAccess" => moves,
        "AttachPolicy" => moves.set(format!("the policy on {}", text("targetId")), Level::On),
        "DetachPolicy" => moves.set(format!("the policy on {}", text("targetId")), Level::Off),
        "DeletePolicy" => moves.set("the policy", Level::Off),
        "EnablePolicyType" | "DisablePolicyType" => {
            let on = change.rule.name.starts_with("Enable");
            moves.set(format!("policies of type {} under {}", text("policyType"), text("rootId")), flag(on))
        }
        "LeaveOrganization" => moves.set("membership of the organisation", Level::Off),
        "RemoveAccountFromOrganization" => {
            moves.set(format!("membership of account {}", text("accountId")), Level::Off)
        }
        "MoveAccount" => {
            let name = format!("the parent of account {}", text("accountId"));
            let shows = Levels::from([(name.clone(), Level::Is(text("sourceParentId")))]);
            Moves { shows, ..moves.set(name, Level::Is(text("destinationParentId"))) }
        }
        "RegisterDelegatedAdministrator" => moves.set(
            format!("{WAY_IN}administration of {} by account {}", text("servicePrincipal"), text("accountId")),
            Level::Off,
        ),
        _ => return None,
    })
}

fn credential(change: &Change<'_>) -> Option<Moves> {
    let record = &change.event.record;
    let key = || {
        let made = record.response_elements.pointer("/accessKey/accessKeyId").and_then(Value::as_str);
        let id = change.parameter("accessKeyId").or_else(|| made.map(str::to_owned)).unwrap_or_default();
        format!("{WAY_IN}access key {id}")
    };
    let moves = Moves::default();
    Some(match change.rule.name {
        "CreateAccessKey" => moves.set(key(), Level::Off),
        "UpdateAccessKey" => moves.set(key(), flag(change.parameter("status").as_deref() == Some("Inactive"))),
        "DeleteAccessKey" => moves.set(key(), Level::On),
        "CreateLoginProfile" => moves.set(format!("{WAY_IN}a password for the console"), Level::Off),
        "DeleteLoginProfile" => moves.set(format!("{WAY_IN}a password for the console"), Level::On),
        // Another password: who has the old one is out, who has the new one is in.
        "UpdateLoginProfile" => moves.set(format!("{WAY_IN}a new password for the console"), Level::Off),
        _ => return None,
    })
}

/// Rules of a password policy that are on or off, and those that count.
const RULES: [(&str, &str); 5] = [
    ("requireSymbols", "symbols in passwords"),
    ("requireNumbers", "digits in passwords"),
    ("requireUppercaseCharacters", "upper case in passwords"),
    ("requireLowercaseCharacters", "lower case in passwords"),
    ("maxPasswordAge", "the end of passwords"),
];
const LENGTH: &str = "the least length of passwords";
const REUSE: &str = "passwords that are remembered";

/// A call replaces the whole policy: what it leaves out has its default
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html>).
fn password_policy(name: &str, parameters: &Value) -> Moves {
    let deleted = name.starts_with("Delete");
    let number = |name: &str| {
        let value = parameters.get(name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    };
    let on = |name: &str| {
        number(name).is_some_and(|number| number > 0) || parameters.get(name).and_then(truth) == Some(true)
    };
    let moves = RULES
        .into_iter()
        .fold(Moves::default(), |moves, (parameter, name)| moves.set(name, flag(!deleted && on(parameter))));
    // Without a policy eight characters are wanted, with one that does not say six.
    let least = if deleted { 8 } else { number("minimumPasswordLength").unwrap_or(6) };
    let reuse = if deleted { 0 } else { number("passwordReusePrevention").unwrap_or(0) };
    moves.set(LENGTH, Level::Number(least)).set(REUSE, Level::Number(reuse))
}

/// Grants of an ACL to everybody, by canned name, group or header.
fn acl(name: &str, parameters: &Value) -> Moves {
    let moves = Moves::default();
    if name.ends_with("OwnershipControls") {
        let enforced = !name.starts_with("Delete") && parameters.to_string().contains("\"BucketOwnerEnforced\"");
        return moves.set("the rule that ACLs are void", flag(enforced));
    }
    let canned = parameters.get("x-amz-acl").map(|canned| canned.get(0).unwrap_or(canned));
    let level = match canned.and_then(Value::as_str) {
        Some("private" | "bucket-owner-full-control" | "bucket-owner-read") => Level::On,
        Some("public-read" | "public-read-write" | "authenticated-read") => Level::Off,
        _ if groups(parameters, 8) => Level::Off,
        _ if parameters.get("AccessControlPolicy").is_some() => Level::On,
        _ => Level::Unclear,
    };
    moves.set("an ACL that keeps everybody out", level)
}

/// Whether a grant is for one of the groups that everybody is in.
fn groups(at: &Value, depth: usize) -> bool {
    match at {
        Value::String(text) => {
            text.contains("acs.amazonaws.com/groups/global/AllUsers")
                || text.contains("acs.amazonaws.com/groups/global/AuthenticatedUsers")
        }
        Value::Array(items) if depth > 0 => items.iter().any(|item| groups(item, depth - 1)),
        Value::Object(fields) if depth > 0 => fields.values().any(|value| groups(value, depth - 1)),
        _ => false,
    }
}

/// Providers whose word roles may take.
fn provider(change: &Change<'_>) -> Option<Moves> {
    let moves = Moves::default();
    let client = || format!("{WAY_IN}client {}", change.parameter("clientID").unwrap_or_default());
    Some(match change.rule.name {
        "CreateOpenIDConnectProvider" | "CreateSAMLProvider" => moves.set(format!("{WAY_IN}the provider"), Level::Off),
        "DeleteOpenIDConnectProvider" | "DeleteSAMLProvider" => moves.set(format!("{WAY_IN}the provider"), Level::On),
        "AddClientIDToOpenIDConnectProvider" => moves.set(client(), Level::Off),
        "RemoveClientIDFromOpenIDConnectProvider" => moves.set(client(), Level::On),
        "UpdateSAMLProvider" => moves.set("the metadata of the provider", Level::Unclear),
        _ => return None,
    })
}

/// What an inventory of before the change says; empty where it does not.
pub(super) fn in_inventory(inventory: &Inventory, account: &str, change: &Change<'_>, arn: &str) -> Levels {
    let Some(account) = inventory.accounts.iter().find(|known| known.id == account) else { return Levels::new() };
    let blocks = |block: &BlockSettings| {
        let on = [
            block.block_public_acls,
            block.ignore_public_acls,
            block.block_public_policy,
            block.restrict_public_buckets,
        ];
        SWITCHES.iter().zip(on).map(|(name, on)| ((*name).to_owned(), flag(on))).collect::<Levels>()
    };
    match change.rule.subject {
        Subject::PublicAccessBlock => {
            let bucket = account.s3.buckets.iter().find(|bucket| bucket.arn == arn);
            let read = bucket.map_or(&account.s3.public_access_block, |bucket| &bucket.public_access_block);
            match read.read() {
                Ok(Some(block)) => blocks(block),
                Ok(None) => SWITCHES.iter().map(|name| ((*name).to_owned(), Level::Off)).collect(),
                Err(_) => Levels::new(),
            }
        }
        Subject::Log => {
            let Some(trail) = account.trail.trails.iter().find(|trail| trail.arn == arn) else { return Levels::new() };
            let mut levels = Levels::from([
                ("the trail".to_owned(), Level::On),
                ("recording of every region".to_owned(), flag(trail.multi_region)),
                ("recording of global services".to_owned(), flag(trail.global_events)),
                ("log file validation".to_owned(), flag(trail.log_validation)),
                ("recording of the organisation".to_owned(), flag(trail.organization)),
                ("encryption with a key of KMS".to_owned(), flag(trail.kms_key.is_some())),
                (BUCKET.to_owned(), Level::Is(trail.bucket.clone())),
            ]);
            if let Some(status) = trail.status.present() {
                levels.insert("logging".to_owned(), flag(status.logging));
            }
            levels
        }
        _ => Levels::new(),
    }
}

#[cfg(test)]
mod tests {
    use forewarn_events::{Event, changes};
    use serde_json::json;

    use super::*;

    fn made(source: &str, name: &str, parameters: &Value) -> Moves {
        let event = Event::new(json!({ "eventTime": "2026-01-02T03:04:05Z", "eventID": "e", "eventName": name,
            "eventSource": format!("{source}.amazonaws.com"), "requestParameters": parameters }))
        .unwrap();
        let events = [event];
        let found = changes(&events, "aws", "111111111111");
        moves(&found[0]).unwrap()
    }

    fn weaker(after: &Moves, before: &Levels) -> Vec<String> {
        let named = after.sets.keys().collect();
        compared(&after.after(before), before, &named).weaker.into_values().collect()
    }

    #[test]
    fn a_switch_that_is_left_out_is_off() {
        let put = made(
            "s3",
            "PutBucketPublicAccessBlock",
            &json!({ "bucketName": "b", "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": true, "IgnorePublicAcls": "true", "RestrictPublicBuckets": true } }),
        );
        assert_eq!(weaker(&put, &Levels::new()), ["BlockPublicPolicy is off (what it was before is not known)"]);
        let all = SWITCHES.iter().map(|name| ((*name).to_owned(), Level::On)).collect();
        assert_eq!(weaker(&put, &all), ["BlockPublicPolicy is off"]);
        assert_eq!(weaker(&put, &put.after(&all)), [""; 0], "the same once more");
    }

    #[test]
    fn a_trail_is_stopped_narrowed_and_redirected() {
        let create = made(
            "cloudtrail",
            "CreateTrail",
            &json!({ "name": "t", "s3BucketName": "logs", "isMultiRegionTrail": true }),
        );
        let before = create.after(&Levels::new());
        let update = made("cloudtrail", "UpdateTrail", &json!({ "name": "t", "s3BucketName": "elsewhere" }));
        assert_eq!(weaker(&update, &before), ["the bucket it delivers to is elsewhere, and was logs"]);
        let narrow = made("cloudtrail", "UpdateTrail", &json!({ "name": "t", "isMultiRegionTrail": false }));
        assert_eq!(weaker(&narrow, &before), ["recording of every region is off"]);
        let stop = made("cloudtrail", "StopLogging", &json!({ "name": "t" }));
        assert_eq!(weaker(&stop, &before), ["logging is off (what it was before is not known)"]);
    }

    #[test]
    fn selectors_say_what_is_still_recorded() {
        let all = made(
            "cloudtrail",
            "PutEventSelectors",
            &json!({ "trailName": "t", "eventSelectors": [{ "readWriteType": "All",
            "includeManagementEvents": true, "dataResources": [{ "type": "AWS::S3::Object", "values": ["arn:aws:s3"] }] }] }),
        );
        let before = all.after(&Levels::new());
        let less = made(
            "cloudtrail",
            "PutEventSelectors",
            &json!({ "trailName": "t", "advancedEventSelectors": [{ "fieldSelectors": [
            { "field": "eventCategory", "equals": ["Management"] }, { "field": "readOnly", "equals": ["true"] },
            { "field": "eventSource", "notEquals": ["kms.amazonaws.com"] }] }] }),
        );
        assert_eq!(
            weaker(&less, &before),
            [
                "data events of AWS::S3::Object is off",
                "recording of calls that write is off",
                "recording of management events of kms.amazonaws.com is off (what it was before is not known)"
            ]
        );
    }

    #[test]
    fn a_password_policy_is_replaced_as_a_whole() {
        let strong = json!({ "minimumPasswordLength": 14, "requireSymbols": true, "requireNumbers": true });
        let before = made("iam", "UpdateAccountPasswordPolicy", &strong).after(&Levels::new());
        let weak =
            made("iam", "UpdateAccountPasswordPolicy", &json!({ "minimumPasswordLength": 8, "requireSymbols": true }));
        assert_eq!(
            weaker(&weak, &before),
            ["digits in passwords is off", "the least length of passwords is 8, and was 14"]
        );
    }

    #[test]
    fn a_new_key_is_a_way_in_until_it_is_gone() {
        let of = |name: &str, status: &str| {
            made("iam", name, &json!({ "userName": "u", "accessKeyId": "AKIA1", "status": status }))
        };
        assert_eq!(weaker(&of("UpdateAccessKey", "Inactive"), &Levels::new()), [""; 0]);
        let gone = of("DeleteAccessKey", "").after(&Levels::new());
        assert_eq!(weaker(&of("UpdateAccessKey", "Active"), &gone), ["access key AKIA1 works"]);
    }

    #[test]
    fn an_acl_is_read_by_whom_it_grants() {
        let of =
            |parameters: &Value| made("s3", "PutBucketAcl", parameters).sets["an ACL that keeps everybody out"].clone();
        assert_eq!(of(&json!({ "bucketName": "b", "x-amz-acl": ["public-read"] })), Level::Off);
        assert_eq!(of(&json!({ "bucketName": "b", "x-amz-acl": "private" })), Level::On);
        let grant = |uri: &str| {
            json!({ "bucketName": "b", "AccessControlPolicy": { "AccessControlList": { "Grant": [
            { "Grantee": { "URI": uri }, "Permission": "READ" }] } } })
        };
        assert_eq!(of(&grant("http://acs.amazonaws.com/groups/global/AllUsers")), Level::Off);
        assert_eq!(of(&grant("http://acs.amazonaws.com/groups/s3/LogDelivery")), Level::On);
        assert_eq!(of(&json!({ "bucketName": "b" })), Level::Unclear);
    }
}
