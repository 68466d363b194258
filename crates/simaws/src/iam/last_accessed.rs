//! Services last accessed: a job for each user or role, and what it found.

use forewarn_inventory::LastAccessed;

use super::{end, no_such_entity};
use crate::answer::Reply;
use crate::call::Call;
use crate::fault::{Trouble, read};
use crate::sts::document as reply;

/// How the id of every job begins; its end is the place of the user or role in the list.
const JOB: &str = "00000000-0000-4000-8000-";

/// Begins a job.
pub(super) fn generate(call: &Call<'_>) -> Result<Reply, Trouble> {
    let arn = call.incoming.form.get("Arn").map(String::as_str).unwrap_or_default();
    let known = &call.account.iam.last_accessed;
    let Some(at) = known.items.iter().position(|one| one.arn == arn) else {
        return Err(no_such_entity(format!("ARN {arn} does not exist")));
    };
    Ok(reply(call, |xml| xml.text("JobId", &format!("{JOB}{at:012}"))))
}

/// What a job found; it takes as many looks as a credential report.
pub(super) fn get(call: &Call<'_>) -> Result<Reply, Trouble> {
    let job = call.incoming.form.get("JobId").map(String::as_str).unwrap_or_default();
    let found: Option<&LastAccessed> = job
        .strip_prefix(JOB)
        .and_then(|at| at.parse::<usize>().ok())
        .and_then(|at| call.account.iam.last_accessed.items.get(at));
    let Some(found) = found else { return Err(no_such_entity(format!("JobId {job} does not exist"))) };
    let services = read(&found.services)?.map(Vec::as_slice).unwrap_or_default();
    let working = call.world.poll_report(&format!("{} {job}", call.account.id)) < call.world.settings.report_polls;
    let page = call.page(services.len(), None, "Marker", "MaxItems")?;
    Ok(reply(call, |xml| {
        xml.text("JobStatus", if working { "IN_PROGRESS" } else { "COMPLETED" });
        xml.text("JobCreationDate", "2026-01-01T00:00:00Z");
        if working {
            xml.value("IsTruncated", false);
            return;
        }
        xml.text("JobCompletionDate", "2026-01-01T00:00:01Z");
        xml.list("ServicesLastAccessed", "member", page.of(services), |xml, service| {
            xml.text("ServiceName", &service.service);
            xml.text("ServiceNamespace", &service.service);
            xml.value("TotalAuthenticatedEntities", i32::from(service.last.is_some()));
            if let Some(last) = service.last {
                xml.time("LastAuthenticated", last);
                xml.text("LastAuthenticatedEntity", &found.arn);
            }
        });
        end(xml, &page);
    }))
}
