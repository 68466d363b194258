//! IAM Access Analyzer: which analyzers there are, region by region.

use std::collections::BTreeSet;

use forewarn_inventory::{Analyzer, Fact, Listing};
use futures_util::future::join_all;
use serde_json::Value;

use crate::call::{Ask, Caller};
use crate::operations::LIST_ANALYZERS;
use crate::pages::{Part, gathered, pages};
use crate::session::Session;
use crate::signed::{JSON, Request, encoded};
use crate::unasked::Unasked as _;

/// The analyzers of a page.
const PAGE: i32 = 100;

/// Analyzers of every kind in these regions.
pub(crate) async fn analyzers(
    session: &Session,
    caller: &Caller,
    needs: &BTreeSet<Fact>,
    regions: &[String],
) -> Listing<Analyzer> {
    if !needs.contains(&Fact::Analyzers) {
        return Listing::unasked(Fact::Analyzers);
    }
    let mut found = gathered(join_all(regions.iter().map(|region| of_region(session, caller, region))).await);
    found.items.sort_by(|one, other| one.arn.cmp(&other.arn));
    found
}

async fn of_region(session: &Session, caller: &Caller, region: &str) -> Part<Analyzer> {
    let ask = Ask::new(&LIST_ANALYZERS, region).on(region);
    let request = |token: Option<String>| Request {
        service: "access-analyzer",
        operation: LIST_ANALYZERS.name,
        region,
        host: session.host("access-analyzer", region),
        target: match token {
            Some(token) => format!("/analyzer?maxResults={PAGE}&nextToken={}", encoded(&token)),
            None => format!("/analyzer?maxResults={PAGE}"),
        },
        headers: JSON,
        envelope: None,
        body: None,
    };
    let mut found = Vec::new();
    let gap = pages(
        ask,
        caller,
        |token| request(token).send(&session.config, caller.now()),
        |page: Value| {
            let listed = page.get("analyzers").and_then(Value::as_array);
            for analyzer in listed.ok_or_else(|| ask.malformed("no `analyzers` in it"))? {
                let text = |key| analyzer.get(key).and_then(Value::as_str).map(str::to_owned);
                let (Some(arn), Some(kind), Some(status)) = (text("arn"), text("type"), text("status")) else {
                    return Err(ask.malformed("an analyzer without ARN, type or status"));
                };
                found.push(Analyzer { arn, region: region.to_owned(), kind, status });
            }
            Ok(page.get("nextToken").and_then(Value::as_str).map(str::to_owned))
        },
    );
    let gap = gap.await.err();
    (found, gap)
}
