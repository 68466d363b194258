//! IAM Access Analyzer: REST with JSON; of its findings it knows nothing.

use forewarn_inventory::Analyzer;
use serde_json::{Value, json};

use crate::answer::Reply;
use crate::call::Call;
use crate::families::CREATED;
use crate::fault::Trouble;

/// `ListAnalyzers`: those of the region.
pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
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
    let mut body = json!({ "analyzers": page.of(&here).iter().map(one).collect::<Vec<Value>>() });
    if let (Some(next), Some(fields)) = (page.next.clone(), body.as_object_mut()) {
        fields.insert("nextToken".to_owned(), next.into());
    }
    Ok(Reply { content_type: "application/json", ..Reply::json(&body) })
}
