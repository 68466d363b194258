//! IAM Access Analyzer: REST with JSON; its findings are those about access from outside.

use forewarn_inventory::{Analyzer, AnalyzerFinding};
use serde_json::{Value, json};

use crate::answer::Reply;
use crate::call::Call;
use crate::families::CREATED;
use crate::fault::Trouble;

/// Answers an operation.
pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    match call.operation {
        "access-analyzer:ListAnalyzers" => analyzers(call),
        "access-analyzer:ListFindings" => findings(call),
        _ => Err(call.unserved()),
    }
}

/// `ListAnalyzers`: those of the region.
fn analyzers(call: &Call<'_>) -> Result<Reply, Trouble> {
    let analyzers = &call.account.iam.analyzers;
    let wanted = call.incoming.query.get("type");
    let here: Vec<&Analyzer> = analyzers
        .iter()
        .filter(|analyzer| analyzer.region == call.region && wanted.is_none_or(|wanted| *wanted == analyzer.kind))
        .collect();
    let page = call.page(here.len(), call.regional_cut(&analyzers.rest), "nextToken", "maxResults")?;
    let one = |analyzer: &&Analyzer| {
        let name = analyzer.arn.rsplit('/').next().unwrap_or_default();
        json!({ "arn": analyzer.arn, "name": name, "type": analyzer.kind, "status": analyzer.status, "createdAt": CREATED })
    };
    Ok(listed("analyzers", &page.of(&here).iter().map(one).collect::<Vec<_>>(), page.next.clone()))
}

/// `ListFindings`: those of an analyzer of the region that are active and about a resource of the types that are asked for.
fn findings(call: &Call<'_>) -> Result<Reply, Trouble> {
    let wanted = call.parameter("analyzerArn").unwrap_or_default();
    let mut analyzers = call.account.iam.analyzers.iter();
    let Some(analyzer) = analyzers.find(|analyzer| analyzer.arn == wanted && analyzer.region == call.region) else {
        return Err(call.bad_input("no such analyzer"));
    };
    let filter = |key: &str, value: &str| {
        let pointer = format!("/filter/{key}/eq");
        let listed = call.incoming.json.pointer(&pointer).and_then(Value::as_array);
        listed.is_none_or(|listed| listed.iter().any(|wanted| wanted == value))
    };
    let all: Vec<&AnalyzerFinding> = analyzer
        .findings
        .iter()
        .filter(|found| filter("status", "ACTIVE") && filter("resourceType", kind(&found.resource)))
        .collect();
    let page = call.page(all.len(), analyzer.findings.rest.first(), "nextToken", "maxResults")?;
    let one = |found: &&AnalyzerFinding| {
        json!({
            "id": found.id, "resource": found.resource, "resourceType": kind(&found.resource),
            "isPublic": found.public, "principal": found.principal, "condition": {}, "status": "ACTIVE",
            "createdAt": CREATED, "updatedAt": CREATED, "analyzedAt": found.analyzed.to_string(),
            "resourceOwnerAccount": call.account.id,
        })
    };
    Ok(listed("findings", &page.of(&all).iter().map(one).collect::<Vec<_>>(), page.next.clone()))
}

fn listed(name: &str, items: &[Value], next: Option<String>) -> Reply {
    let mut body = json!({ name: items });
    if let (Some(next), Some(fields)) = (next, body.as_object_mut()) {
        fields.insert("nextToken".to_owned(), next.into());
    }
    Reply { content_type: "application/json", ..Reply::json(&body) }
}

/// AWS's word for the type of a resource.
fn kind(arn: &str) -> &'static str {
    match arn.split(':').nth(2) {
        Some("s3") => "AWS::S3::Bucket",
        Some("iam") => "AWS::IAM::Role",
        Some("kms") => "AWS::KMS::Key",
        _ => "AWS::SQS::Queue",
    }
}
