//! Instances, security groups, snapshots and images.

use ipnet::IpNet;
use serde_json::Value;

use super::{Counting, DEPTH, Of, is, texts};
use crate::run::Found;
use crate::window::Full;
use crate::{Detector, Glance, Lists, Seen, Settings};

const EC2: &str = "ec2.amazonaws.com";

/// Distinct instances by person, or calls where that is set. Where no list is given every instance counts.
pub(super) fn mass_termination(settings: &Settings) -> Box<dyn Detector> {
    const ID: &str = "ec2.mass_termination";
    const LIST: &str = "production_instances";
    let lists = settings.lists.clone();
    let has_list = lists.has(LIST);
    let of = move |seen: &Seen<'_>| {
        let instances = terminated(seen)?;
        Some((String::new(), instances.into_iter().filter(|id| !has_list || lists.contains(LIST, id)).collect()))
    };
    let words = move |_: &_| {
        let without = "no list of production instances was given: every instance counts";
        if has_list { Vec::new() } else { vec![without.to_owned()] }
    };
    let least = settings.count(ID, "instances");
    let (counted, full): (_, Full) = if settings.threshold(ID, "count_events") == 0 {
        ("instances", Box::new(move |filled| filled.counts.len() >= least))
    } else {
        ("events", Box::new(move |filled| filled.entries.len() >= least))
    };
    Counting::detector(
        settings.threshold(ID, "minutes"),
        full,
        counted,
        (may_terminate, Of::Whole(Box::new(of))),
        words,
    )
}

fn may_terminate(glance: &Glance<'_>) -> bool {
    matches!(glance.operation, "TerminateInstances" | "DeleteInstances") && !glance.has_error()
}

/// The instances that a call really terminates.
fn terminated(seen: &Seen<'_>) -> Option<Vec<String>> {
    let record = &seen.event.record;
    let named = matches!(record.event_name.as_str(), "TerminateInstances" | "DeleteInstances");
    // Some hand-made records have no source.
    let ec2 = record.event_source == EC2 || record.event_source.is_empty();
    let dry = record.request_parameters.get("dryRun").and_then(super::flag) == Some(true);
    // Auto scaling and spot end instances all day.
    let by_itself = seen.actor.is_service
        || matches!(
            record.user_identity.invoked_by.as_deref(),
            Some("autoscaling.amazonaws.com" | "spot.amazonaws.com" | "spotfleet.amazonaws.com")
        );
    if !named || !ec2 || record.failed() || dry || by_itself {
        return None;
    }
    let mut found = Vec::new();
    texts(&record.response_elements, "instanceId", DEPTH, &mut found);
    if found.is_empty() {
        texts(&record.request_parameters, "instanceId", DEPTH, &mut found);
    }
    let mut found: Vec<String> = found.into_iter().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
    found.sort();
    found.dedup();
    Some(found)
}

pub(super) fn may_open_group(glance: &Glance<'_>) -> bool {
    glance.is(EC2, "AuthorizeSecurityGroupIngress") || glance.is(EC2, "ModifySecurityGroupRules")
}

/// Ingress from everywhere, to anything but 80 and 443.
pub(super) fn security_group_opened(seen: &Seen<'_>) -> Option<(Vec<String>, Vec<String>)> {
    let parameters = &seen.event.record.request_parameters;
    let rules: Vec<&Value> = if is(seen, EC2, "AuthorizeSecurityGroupIngress") {
        let listed = parameters.pointer("/ipPermissions/items").and_then(Value::as_array);
        listed.filter(|items| !items.is_empty()).map_or_else(|| vec![parameters], |items| items.iter().collect())
    } else if is(seen, EC2, "ModifySecurityGroupRules") {
        let request = parameters.get("ModifySecurityGroupRulesRequest").unwrap_or(parameters);
        let rules = request.get("SecurityGroupRule")?;
        rules.as_array().map_or_else(|| vec![rules], |items| items.iter().collect())
    } else {
        return None;
    };
    let open: Vec<String> = rules.into_iter().filter_map(open).collect();
    let mut groups = Vec::new();
    for name in ["groupId", "GroupId", "groupName"] {
        texts(parameters, name, DEPTH, &mut groups);
    }
    groups.dedup();
    (!open.is_empty()).then(|| (groups.into_iter().map(str::to_owned).collect(), open))
}

fn open(rule: &Value) -> Option<String> {
    let mut networks = Vec::new();
    for name in ["cidrIp", "cidrIpv6", "CidrIpv4", "CidrIpv6"] {
        texts(rule, name, DEPTH, &mut networks);
    }
    let network =
        networks.into_iter().find(|text| text.parse::<IpNet>().is_ok_and(|network| network.prefix_len() == 0))?;
    let at = |names: [&str; 2]| {
        let rule = rule.get("SecurityGroupRule").unwrap_or(rule);
        let value = names.iter().find_map(|name| rule.get(name))?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    };
    let (from, to) = (at(["fromPort", "FromPort"]), at(["toPort", "ToPort"]));
    match (from, to) {
        (Some(from), Some(to)) if from == to && (from == 80 || from == 443) => None,
        (Some(from), Some(to)) if from >= 0 && to >= 0 => Some(format!("{network} reaches ports {from} to {to}")),
        _ => Some(format!("{network} reaches every port")),
    }
}

struct SnapshotShared {
    lists: Lists,
    found: Vec<Found>,
}

pub(super) fn snapshot_shared(lists: &Lists) -> Box<dyn Detector> {
    Box::new(SnapshotShared { lists: lists.clone(), found: Vec::new() })
}

impl Detector for SnapshotShared {
    fn wants(&mut self, glance: &Glance<'_>) -> bool {
        const CALLS: [&str; 4] = [
            "ModifySnapshotAttribute",
            "ModifyImageAttribute",
            "ModifyDBSnapshotAttribute",
            "ModifyDBClusterSnapshotAttribute",
        ];
        !glance.has_error() && CALLS.contains(&glance.operation)
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let record = &seen.event.record;
        let parameters = &record.request_parameters;
        let (at, name) = match (record.event_source.as_str(), record.event_name.as_str()) {
            (EC2, "ModifySnapshotAttribute") => ("/createVolumePermission/add", "snapshotId"),
            (EC2, "ModifyImageAttribute") => ("/launchPermission/add", "imageId"),
            ("rds.amazonaws.com", "ModifyDBSnapshotAttribute") => ("/valuesToAdd", "dBSnapshotIdentifier"),
            ("rds.amazonaws.com", "ModifyDBClusterSnapshotAttribute") => {
                ("/valuesToAdd", "dBClusterSnapshotIdentifier")
            }
            _ => return,
        };
        let Some(added) = parameters.pointer(at).filter(|_| !record.failed()) else { return };
        let mut with = Vec::new();
        for field in ["group", "userId", "organizationArn"] {
            texts(added, field, DEPTH, &mut with);
        }
        with.extend(added.as_array().into_iter().flatten().filter_map(Value::as_str));
        with.retain(|other| *other != seen.account && !self.lists.contains("trusted_accounts", other));
        if with.is_empty() {
            return;
        }
        let rests_on = with.iter().map(|other| match *other {
            "all" => "shared with everybody".to_owned(),
            other => format!("shared with {other}"),
        });
        let resource = parameters.get(name).and_then(Value::as_str).map(str::to_owned);
        self.found.push(Found::one(seen, resource.into_iter().collect(), rests_on.collect()));
    }

    fn finish(&mut self) -> Vec<Found> {
        std::mem::take(&mut self.found)
    }
}
