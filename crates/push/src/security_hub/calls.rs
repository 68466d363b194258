//! The calls: how findings are put together, what an answer says, what it costs.

use serde_json::{Value, json};

use super::Hub;

/// Findings of one call.
pub const MOST_FINDINGS: usize = 100;

/// Bytes of one finding.
pub const MOST_BYTES: usize = 240_000;

/// Bytes of one call; the service takes 6 MB.
const MOST_BYTES_OF_A_CALL: usize = 5_500_000;

/// What AWS takes for a finding that is sent, after the first ten thousand of an account, region and month: 0.00003 US
/// dollars, as of November 2026.
const MICRODOLLARS: usize = 30;
const FREE: usize = 10_000;

/// The findings in calls that the service takes, and those that are too large for any.
pub fn calls(findings: Vec<Value>) -> (Vec<Vec<Value>>, Vec<Failed>) {
    let (mut calls, mut refused) = (Vec::new(), Vec::new());
    let (mut call, mut bytes) = (Vec::new(), 0);
    for finding in findings {
        let size = finding.to_string().len();
        if size > MOST_BYTES {
            let id = super::text(&finding, "/Id").unwrap_or_default().to_owned();
            let message = format!("{size} bytes, and Security Hub takes {MOST_BYTES}");
            refused.push(Failed { id, code: "TooLarge".to_owned(), message });
            continue;
        }
        if call.len() == MOST_FINDINGS || bytes + size > MOST_BYTES_OF_A_CALL {
            calls.push(std::mem::take(&mut call));
            bytes = 0;
        }
        bytes += size;
        call.push(finding);
    }
    if !call.is_empty() {
        calls.push(call);
    }
    (calls, refused)
}

/// What `GetFindings` is asked: our findings about this account that still stand.
pub fn filters(hub: &Hub) -> Value {
    let is = |value: &str| json!([{ "Value": value, "Comparison": "EQUALS" }]);
    json!({
        "ProductArn": is(&hub.product()),
        "AwsAccountId": is(&hub.account),
        "RecordState": is("ACTIVE"),
        "ComplianceStatus": is("FAILED"),
        "GeneratorId": [{ "Value": forewarn_reports::asff::PREFIX, "Comparison": "PREFIX" }],
    })
}

/// A finding that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Its id.
    pub id: String,
    /// The error code.
    pub code: String,
    /// What the service said.
    pub message: String,
}

/// What the service answers to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How many were taken.
    pub taken: usize,
    /// Those that were not.
    pub failed: Vec<Failed>,
}

impl Answer {
    /// Reads the answer to a call of `sent` findings; `None` where it does not say of each what became of it.
    pub fn read(answer: &Value, sent: usize) -> Option<Self> {
        let count = |name: &str| answer.get(name)?.as_u64().and_then(|count| usize::try_from(count).ok());
        let text = |failed: &Value, name: &str| failed.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (taken, refused) = (count("SuccessCount")?, count("FailedCount")?);
        let failed: Vec<Failed> = match answer.get("FailedFindings") {
            None | Some(Value::Null) => Vec::new(),
            Some(list) => list
                .as_array()?
                .iter()
                .map(|one| Failed {
                    id: text(one, "Id"),
                    code: text(one, "ErrorCode"),
                    message: text(one, "ErrorMessage"),
                })
                .collect(),
        };
        (taken + refused == sent && failed.len() == refused).then_some(Self { taken, failed })
    }
}

/// What it costs to send so many findings, in words.
pub fn estimate(findings: usize) -> String {
    let microdollars = findings.saturating_mul(MICRODOLLARS);
    let cents = microdollars / 10_000;
    let much =
        if cents == 0 { "less than 0.01".to_owned() } else { format!("about {}.{:02}", cents / 100, cents % 100) };
    format!(
        "{findings} findings a run cost {much} US dollars, once the {FREE} free ones of the account, region and month are used"
    )
}
