#![doc = include_str!("README.md")]

use forewarn_findings::{
    Case, Check, Evidence, Findings, Identity, Judge, Parameter, ParameterKind, Protects, Reason, Severity, Side,
    Verdict,
};
use forewarn_inventory::{Fact, ServiceAccess};

/// The facts about this check; the prose lives in `README.md`.
pub(crate) static CHECK: Check = Check {
    id: "iam.service_access_unused",
    title: "User or role may call services that it does not use",
    severity: Severity::Low,
    protects: Protects::EVERYTHING,
    side: Side::Customer,
    needs: &[Fact::Users, Fact::Roles, Fact::LastAccessed],
    parameters: &[Parameter {
        name: "unused_days",
        kind: ParameterKind::Days,
        default: 90,
        doc: "a service that was not called for longer than this is not used",
    }],
    docs: include_str!("README.md"),
    judge: Judge::Inventory(run),
};

/// How many services are named.
const NAMED: usize = 5;

fn run(case: &Case<'_>, findings: &mut Findings) {
    for identity in case.identities().filter(|identity| !identity.is_reserved()) {
        findings.record(&identity, judge(case, &identity));
    }
}

fn judge(case: &Case<'_>, identity: &Identity<'_>) -> Verdict {
    let most = case.parameter("unused_days");
    let created = match identity {
        Identity::User(user) => user.created,
        Identity::Role(role) => role.created,
    };
    let known = &identity.account().iam.last_accessed;
    let Some(own) = known.iter().find(|own| own.arn == identity.arn()) else {
        let gap = known.rest.first();
        return Verdict::unknown(gap.map_or_else(
            || Reason {
                code: "not_reported".to_owned(),
                message: "AWS was not asked which services were used (iam:GetServiceLastAccessedDetails)".to_owned(),
                gap: None,
            },
            Reason::from,
        ));
    };
    let services = match own.services.read() {
        Ok(services) => services.map(Vec::as_slice).unwrap_or_default(),
        Err(gap) => return Verdict::unknown(gap),
    };
    if case.days_since(created) <= most {
        return Verdict::not_applicable(format!("it is not yet {most} days old"));
    }
    let idle = |service: &ServiceAccess| service.last.is_none_or(|last| case.days_since(last) > most);
    let unused: Vec<usize> =
        services.iter().enumerate().filter(|(_, service)| idle(service)).map(|(at, _)| at).collect();
    let names: Vec<&str> =
        unused.iter().filter_map(|at| services.get(*at)).map(|service| service.service.as_str()).collect();
    let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(NAMED);
    let shown = if more > 0 { format!("{shown} and {more} more") } else { shown };
    let reason = format!("{} of {} services were not used for {most} days: {shown}", names.len(), services.len());
    let mut evidence = unused
        .iter()
        .take(NAMED)
        .map(|at| Evidence::at(&own.arn, own, &format!("/services/{at}/service"), "may be called, and was not"));
    match evidence.next() {
        Some(first) => evidence.fold(Verdict::fail(reason, first), Verdict::also),
        None => Verdict::Pass,
    }
}
