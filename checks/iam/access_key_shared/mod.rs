#![doc = include_str!("README.md")]

use std::collections::{BTreeMap, BTreeSet};

use forewarn_events::{Sharing, Sighting, network, shared};
use forewarn_findings::{
    Case, Check, Evidence, Findings, In, Judge, Protects, Reason, Reasons, Severity, Side, Verdict,
};
use forewarn_inventory::{Account, Cause, CredentialRow, Fact, Gap, KeyCall, LookedUp};
use jiff::Timestamp;

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.access_key_shared",
    title: "Access key is used from two places at once",
    severity: Severity::High,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::CredentialReport, Fact::KeyUse],
    parameters: &[],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

fn run(case: &Case<'_>, findings: &mut Findings) {
    for (account, report) in case.credential_reports() {
        match report {
            Err(reason) => findings.record(account, Verdict::unknown(reason)),
            Ok(report) => {
                for row in &report.rows {
                    let row = In::new(account, row);
                    findings.record_as_of(&row, judge(case, &row), report.generated);
                }
            }
        }
    }
}

fn judge(case: &Case<'_>, row: &In<'_, CredentialRow>) -> Verdict {
    let log = &row.account.trail.key_use;
    let mut by_key: BTreeMap<&str, Vec<&KeyCall>> = BTreeMap::new();
    for call in log.iter().filter(|call| call.user == row.arn) {
        by_key.entry(&call.key).or_default().push(call);
    }
    if let Some(verdict) = by_key.values().find_map(|calls| in_two_places(case, calls)) {
        return verdict;
    }
    let since = log.since;
    let used = |last: Option<&Timestamp>| last.zip(since).is_some_and(|(last, since)| *last >= since);
    let in_use = row.keys.iter().any(|key| used(key.last_used.value())) || !by_key.is_empty();
    if since.is_some() && !in_use {
        return Verdict::not_applicable("no access key of the user was used in the days that were looked back over");
    }
    let name = if row.is_root() { "root" } else { &row.user };
    Reasons::all(unread(row.account, name).map(Reason::from)).map_or(Verdict::Pass, Verdict::Unknown)
}

/// The gaps behind which calls of the user may be: those of regions where its calls are not all known.
fn unread<'a>(account: &'a Account, user: &'a str) -> impl Iterator<Item = &'a Gap> {
    let log = &account.trail.key_use;
    let known: BTreeSet<&str> = regions(account, user).collect();
    log.rest.iter().filter(move |gap| {
        // A record that could not be read may be anybody's.
        gap.cause == Cause::Malformed || gap.resource.as_deref().is_none_or(|region| !known.contains(region))
    })
}

/// The regions in which every call of the user in the span is known.
fn regions<'a>(account: &'a Account, user: &'a str) -> impl Iterator<Item = &'a str> {
    let log = &account.trail.key_use;
    let whole = |region: &str, by: &LookedUp| {
        let of = log.reached.iter().filter(|reached| reached.region == region && reached.by == *by);
        log.since.is_some_and(|since| of.into_iter().any(|reached| reached.since <= since))
    };
    let names: BTreeSet<&str> = log.reached.iter().map(|reached| reached.region.as_str()).collect();
    names.into_iter().filter(move |region| {
        whole(region, &LookedUp::User(user.to_owned()))
            || (whole(region, &LookedUp::Writes) && whole(region, &LookedUp::Reads))
    })
}

/// The failure of a key that two networks, or two machines, use in turn.
fn in_two_places(case: &Case<'_>, calls: &[&KeyCall]) -> Option<Verdict> {
    let mut told: Vec<&KeyCall> = calls.to_vec();
    told.sort_by_key(|call| (call.time, &call.event));
    told.dedup_by_key(|call| &call.event);
    let seen: Vec<(&KeyCall, Sighting<'_>)> = told
        .into_iter()
        .filter_map(|call| {
            let address = call.address.filter(|address| !case.is_known_network(*address))?;
            Some((call, Sighting { at: call.time, address, agent: call.agent.as_deref() }))
        })
        .collect();
    let sightings: Vec<Sighting<'_>> = seen.iter().map(|(_, sighting)| sighting.clone()).collect();
    let (sharing, three) = shared(&sightings)?;
    let [first, middle, last] = three;
    let between = format!("between {} and {}", words(first.at), words(last.at));
    let key = calls.first().map(|call| call.key.as_str())?;
    let reason = match sharing {
        Sharing::Networks => {
            let name = |sighting: &Sighting<'_>| network(sighting.address).unwrap_or_default();
            format!("key {key} was used from {}, from {} and from the first again {between}", name(first), name(middle))
        }
        Sharing::Hosts => {
            let name = |sighting: &Sighting<'_>| sighting.agent.and_then(forewarn_events::host).unwrap_or_default();
            format!(
                "key {key} was used by a machine ({}), by another one ({}) and by the first again {between}",
                name(first),
                name(middle)
            )
        }
    };
    let mut at = seen.iter().filter(|(_, sighting)| three.contains(&sighting)).map(|(call, _)| *call);
    let one = at.next()?;
    let verdict = Verdict::fail(reason, Evidence::at(&one.user, one, "/key", "this key is in two places"));
    Some(std::iter::once(one).chain(at).fold(verdict, |verdict, call| {
        let agent = call.agent.as_deref().unwrap_or("nothing");
        let address = call.address.map(|address| address.to_string()).unwrap_or_default();
        let note = format!("{} from {address} in {}, by {agent} at {}", call.name, call.region, words(call.time));
        verdict.also(Evidence::at(&call.user, call, "", note).related())
    }))
}

/// A time for a person: UTC, to the second.
fn words(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests;
