//! Which services users and roles used: the one thing that costs calls for each of them, so it is asked for only where the
//! user says so.

use std::time::Duration;

use aws_sdk_iam::types::JobStatusType;
use forewarn_inventory::{Cause, Fact, Gap, LastAccessed, Listing, Observed, Role, ServiceAccess, User};
use futures_util::future::join_all;

use crate::call::Ask;
use crate::convert::when;
use crate::iam::Asker;
use crate::operations::{GENERATE_SERVICE_LAST_ACCESSED_DETAILS, GET_SERVICE_LAST_ACCESSED_DETAILS};
use crate::unasked::Unasked as _;

/// How often an answer is looked for while AWS works on it.
const LOOKS: u32 = 20;

/// The services of a page.
const PAGE: i32 = 1000;

impl Asker<'_> {
    /// The services of every user and role but those roles that AWS owns.
    pub(crate) async fn last_accessed(&self, users: &Listing<User>, roles: &Listing<Role>) -> Listing<LastAccessed> {
        if !self.needs.contains(&Fact::LastAccessed) {
            return Listing::unasked(Fact::LastAccessed);
        }
        let own = roles.iter().filter(|role| !role.is_reserved()).map(|role| role.arn.clone());
        let mut arns: Vec<String> = users.iter().map(|user| user.arn.clone()).chain(own).collect();
        arns.sort();
        let asked = arns.into_iter().map(|arn| async {
            let services = match self.services(&arn).await {
                Ok(services) => Observed::Present(services),
                Err(gap) => Observed::Unreadable(gap),
            };
            LastAccessed { arn, services }
        });
        // Somebody who was not listed was not asked about either.
        let mut rest: Vec<Gap> = users.rest.iter().chain(&roles.rest).cloned().collect();
        rest.dedup();
        Listing { items: join_all(asked).await, rest }
    }

    /// Has AWS look, and waits for what it found.
    async fn services(&self, arn: &str) -> Result<Vec<ServiceAccess>, Gap> {
        let ask = Ask::new(&GENERATE_SERVICE_LAST_ACCESSED_DETAILS, self.region).on(arn);
        let begun =
            self.caller.call(ask, || self.client.generate_service_last_accessed_details().arn(arn).send()).await?;
        let job = begun.and_then(|begun| begun.job_id).ok_or_else(|| ask.malformed("no id of a job in it"))?;
        let ask = Ask::new(&GET_SERVICE_LAST_ACCESSED_DETAILS, self.region).on(arn);
        let (mut found, mut marker, mut looks) = (Vec::new(), None::<String>, 0);
        loop {
            let send = || {
                let call = self.client.get_service_last_accessed_details().job_id(&job).max_items(PAGE);
                call.set_marker(marker.clone()).send()
            };
            let answer = self.caller.call(ask, send).await?.ok_or_else(|| ask.malformed("an empty answer"))?;
            match answer.job_status {
                JobStatusType::Completed => {}
                JobStatusType::InProgress => {
                    looks += 1;
                    if looks == LOOKS {
                        return Err(ask.gap(Cause::TimedOut, "AWS did not finish looking"));
                    }
                    self.caller.sleep(&ask, Duration::from_millis(500 * u64::from(looks.min(8)))).await?;
                    continue;
                }
                _ => return Err(ask.gap(Cause::Failed, "AWS could not find out")),
            }
            found.extend(answer.services_last_accessed.into_iter().map(|service| ServiceAccess {
                service: service.service_namespace,
                last: when(service.last_authenticated),
            }));
            match (answer.is_truncated, answer.marker) {
                (false, _) => break,
                (true, Some(next)) if marker.as_ref() != Some(&next) => marker = Some(next),
                (true, _) => return Err(ask.malformed("the list goes on, and does not say where")),
            }
        }
        found.sort_by(|one: &ServiceAccess, other| one.service.cmp(&other.service));
        Ok(found)
    }
}
