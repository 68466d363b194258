//! IAM Access Analyzer: which analyzers there are, region by region, and what they say of access from outside.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_inventory::{Analyzer, AnalyzerFinding, Fact, Listing};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::call::{Ask, Caller};
use crate::operations::{LIST_ANALYZERS, LIST_FINDINGS, Operation};
use crate::pages::{Part, gathered, pages};
use crate::session::Session;
use crate::signed::{JSON, Request, encoded};
use crate::unasked::Unasked as _;

/// The analyzers, or findings, of a page.
const PAGE: i32 = 100;

/// The resources of which findings are read: those whose policies are read too.
const TYPES: [&str; 3] = ["AWS::S3::Bucket", "AWS::IAM::Role", "AWS::KMS::Key"];

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
    let asker = Asker { session, caller };
    let mut found = gathered(join_all(regions.iter().map(|region| asker.analyzers(region))).await);
    found.items.sort_by(|one, other| one.arn.cmp(&other.arn));
    let findings = found.items.iter().map(|analyzer| async {
        match (analyzer.finds_outsiders(), needs.contains(&Fact::AnalyzerFindings)) {
            (true, true) => asker.findings(analyzer).await,
            (true, false) => Listing::unasked(Fact::AnalyzerFindings),
            (false, _) => Listing::whole(Vec::new()),
        }
    });
    let findings = join_all(findings).await;
    for (analyzer, findings) in found.items.iter_mut().zip(findings) {
        analyzer.findings = findings;
    }
    found
}

struct Asker<'a> {
    session: &'a Session,
    caller: &'a Caller,
}

impl Asker<'_> {
    async fn analyzers(&self, region: &str) -> Part<Analyzer> {
        let ask = Ask::new(&LIST_ANALYZERS, region).on(region);
        let target = |token: Option<String>| match token {
            Some(token) => format!("/analyzer?maxResults={PAGE}&nextToken={}", encoded(&token)),
            None => format!("/analyzer?maxResults={PAGE}"),
        };
        let mut found = Vec::new();
        let gap = pages(
            ask,
            self.caller,
            |token| {
                let request = self.request(&LIST_ANALYZERS, region, target(token), None);
                request.send(&self.session.config, self.caller.now())
            },
            |page: Value| {
                let listed = page.get("analyzers").and_then(Value::as_array);
                for analyzer in listed.ok_or_else(|| ask.malformed("no `analyzers` in it"))? {
                    let (Some(arn), Some(kind), Some(status)) =
                        (text(analyzer, "arn"), text(analyzer, "type"), text(analyzer, "status"))
                    else {
                        return Err(ask.malformed("an analyzer without ARN, type or status"));
                    };
                    let (region, findings) = (region.to_owned(), Listing::whole(Vec::new()));
                    found.push(Analyzer { arn, region, kind, status, findings });
                }
                Ok(text(&page, "nextToken"))
            },
        );
        let gap = gap.await.err();
        (found, gap)
    }

    /// What nobody archived yet.
    async fn findings(&self, analyzer: &Analyzer) -> Listing<AnalyzerFinding> {
        let ask = Ask::new(&LIST_FINDINGS, &analyzer.region).on(&analyzer.arn);
        let filter = json!({ "status": { "eq": ["ACTIVE"] }, "resourceType": { "eq": TYPES } });
        let body = |token: Option<String>| {
            let mut body = json!({ "analyzerArn": analyzer.arn, "filter": filter, "maxResults": PAGE });
            if let (Some(token), Some(fields)) = (token, body.as_object_mut()) {
                fields.insert("nextToken".to_owned(), token.into());
            }
            body
        };
        let mut found = Vec::new();
        let gap = pages(
            ask,
            self.caller,
            |token| {
                let (target, body) = ("/finding".to_owned(), Some(body(token)));
                let request = self.request(&LIST_FINDINGS, &analyzer.region, target, body);
                request.send(&self.session.config, self.caller.now())
            },
            |page: Value| {
                let listed = page.get("findings").and_then(Value::as_array);
                for one in listed.ok_or_else(|| ask.malformed("no `findings` in it"))? {
                    found.push(finding(one).ok_or_else(|| ask.malformed("a finding without id, resource or time"))?);
                }
                Ok(text(&page, "nextToken"))
            },
        );
        let gap = gap.await.err();
        gathered(vec![(found, gap)])
    }

    fn request<'a>(
        &self,
        operation: &'static Operation,
        region: &'a str,
        target: String,
        body: Option<Value>,
    ) -> Request<'a> {
        let (service, operation) = ("access-analyzer", operation.name);
        let host = self.session.host(service, region);
        Request { service, operation, region, host, target, headers: JSON, envelope: None, body }
    }
}

fn finding(given: &Value) -> Option<AnalyzerFinding> {
    let principal = given.get("principal").and_then(Value::as_object);
    let principal: BTreeMap<String, String> = principal
        .into_iter()
        .flatten()
        .filter_map(|(kind, name)| Some((kind.clone(), name.as_str()?.to_owned())))
        .collect();
    Some(AnalyzerFinding {
        id: text(given, "id")?,
        resource: text(given, "resource")?,
        public: given.get("isPublic").and_then(Value::as_bool).unwrap_or(false),
        principal,
        analyzed: text(given, "analyzedAt")?.parse().ok()?,
    })
}

fn text(value: &Value, field: &str) -> Option<String> {
    value.get(field).and_then(Value::as_str).map(str::to_owned)
}
