//! What AWS's own analyzer says of who gets in.
//!
//! A finding of IAM Access Analyzer that contradicts the policy engine makes a No Unknown: one of the two is wrong, and a
//! person has to look; the question comes with it, to be attached to a report of the mistake. It can only take certainty away. That there is no finding says nothing: no analyzer may be looking,
//! and those that cannot be read are in the coverage.

use std::collections::HashMap;

use forewarn_inventory::{AnalyzerFinding, Inventory};
use forewarn_policy::Audience;
use serde_json::Value;

use crate::{Ask, Asked, Case, Evidence, EvidenceRole, Reason, Reasons};

/// Active findings about access from outside, by the ARN of the resource.
pub(crate) type Outsiders<'a> = HashMap<&'a str, Vec<&'a AnalyzerFinding>>;

/// Those of all analyzers of an inventory.
pub(crate) fn outsiders(inventory: &Inventory) -> Outsiders<'_> {
    let mut found = Outsiders::new();
    for account in &inventory.accounts {
        for analyzer in &account.iam.analyzers {
            for finding in &analyzer.findings {
                found.entry(finding.resource.as_str()).or_default().push(finding);
            }
        }
    }
    found
}

impl<'a> Case<'a> {
    /// Why a No is in doubt: AWS says that an outsider gets into the resource, and the engine knows of none. A question about
    /// some actions or some circumstances only is not contradicted.
    pub(crate) fn contradicted(&self, asked: &Asked<'a>, ask: &Ask<'_>) -> Option<Reasons> {
        let about_outsiders = ask.audiences.iter().any(|audience| Audience::OUTSIDERS_BUT_SERVICES.contains(audience));
        if !about_outsiders || !ask.actions.is_empty() || !ask.given.is_empty() {
            return None;
        }
        let arn = asked.arn()?;
        let finding = self.outsiders(arn).iter().find(|finding| self.is_stranger(finding))?;
        let all = Ask { audiences: &Audience::OUTSIDERS_BUT_SERVICES, ..Ask::default() };
        if !self.lets_nobody_in(asked, &all) {
            return None;
        }
        let who = if finding.public { "the public".to_owned() } else { principals(finding) };
        let message = format!(
            "AWS disagrees: by its policies nobody outside gets into {arn}, and finding {} of IAM Access Analyzer, of {}, says \
             that {who} does",
            finding.id, finding.analyzed
        );
        Some(disagreement(message, arn, asked.again()))
    }

    /// Whether whom the finding names is an outsider for us too: what is outside of the account only may be inside of its
    /// organisation, and an account that the user trusts is none.
    fn is_stranger(&self, finding: &AnalyzerFinding) -> bool {
        let Some(named) = finding.principal.get("AWS").filter(|_| !finding.public) else { return true };
        let account = named.split(':').nth(4).unwrap_or(named);
        let organization = self.inventory().organization.present();
        let member =
            organization.is_some_and(|organization| organization.accounts.iter().any(|known| known.id == account));
        !member && !self.trusted_accounts().contains(account)
    }
}

/// The reason of an Unknown where AWS says otherwise of a resource, with the question as a case of `policy batch`.
pub(crate) fn disagreement(message: String, arn: &str, question: Value) -> Reasons {
    let again = Evidence {
        resource: arn.into(),
        pointer: "".into(),
        content: question.into(),
        note: "the question, to be asked again by `forewarn policy batch`; a report with --redact has it without names"
            .into(),
        role: EvidenceRole::Related,
    };
    Reasons::one(Reason { code: "aws_disagrees".to_owned(), message, gap: None }).also(again)
}

fn principals(finding: &AnalyzerFinding) -> String {
    let named: Vec<String> = finding.principal.iter().map(|(kind, name)| format!("{kind} {name}")).collect();
    if named.is_empty() { "somebody".to_owned() } else { named.join(", ") }
}

#[cfg(test)]
mod tests {
    use forewarn_inventory::{Fact, overlay};
    use serde_json::{Value, json};

    use crate::{
        Audience, Case, Check, Findings, Judge, Protects, Settings, Severity, Side, Verdict, VerdictKind, assess,
    };

    static CHECK: Check = Check {
        id: "test.outsiders",
        title: "Somebody outside gets in",
        severity: Severity::High,
        protects: &[Protects::Confidentiality],
        side: Side::Customer,
        needs: &[Fact::Buckets, Fact::BucketPolicy, Fact::AnalyzerFindings],
        parameters: &[],
        docs: "",
        judge: Judge::Inventory(run),
    };

    fn run(case: &Case<'_>, findings: &mut Findings) {
        for bucket in case.buckets() {
            let answer = case.reach(&case.bucket(&bucket), &[Audience::Anyone, Audience::Accounts]);
            findings.record(&bucket, Verdict::from_answer(answer, |proof| Verdict::proved("open".to_owned(), proof)));
        }
    }

    /// What is said of a bucket with this policy, beside this finding.
    fn said(policy: &Value, finding: &Value, settings: &Settings) -> (VerdictKind, String) {
        let inventory = overlay::inventory(&json!({
            "organization": { "id": "o-1", "accounts": [{ "id": "222222222222" }] },
            "iam": { "analyzers": [{ "region": "us-east-1", "findings": [finding] }] },
            "s3": { "buckets": [{ "name": "acme", "policy": policy }] },
        }));
        let report = assess(&[&CHECK], &inventory.unwrap(), settings, "test");
        assert_eq!(report.findings.len(), 1);
        (report.findings[0].verdict, report.findings[0].grounds.reason.to_string())
    }

    fn finding(public: bool, principal: &Value) -> Value {
        json!({ "id": "f-1", "resource": "arn:aws:s3:::acme", "public": public, "principal": principal, "analyzed": "2025-12-31T00:00:00Z" })
    }

    fn allow(principal: &Value, condition: &Value) -> Value {
        json!(json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme/*", "Condition": condition,
        }] }).to_string())
    }

    #[test]
    fn a_finding_of_aws_makes_a_no_unknown() {
        let none = Settings::default();
        let stranger = finding(false, &json!({ "AWS": "999999999999" }));
        let (verdict, reason) = said(&Value::Null, &stranger, &none);
        assert_eq!(verdict, VerdictKind::Unknown);
        assert!(
            reason.starts_with("AWS disagrees: ") && reason.contains("f-1") && reason.contains("999999999999"),
            "{reason}"
        );
        let public = finding(true, &json!({ "AWS": "*" }));
        assert_eq!(said(&Value::Null, &public, &none).0, VerdictKind::Unknown);
    }

    #[test]
    fn nothing_is_contradicted_where_both_agree_or_speak_of_others() {
        let none = Settings::default();
        let public = finding(true, &json!({ "AWS": "*" }));
        let of = |arn: &str| {
            let mut finding = public.clone();
            finding["resource"] = json!(arn);
            finding
        };
        assert_eq!(said(&allow(&json!("*"), &json!({})), &public, &none).0, VerdictKind::Fail);
        assert_eq!(said(&Value::Null, &of("arn:aws:s3:::other"), &none).0, VerdictKind::Pass);
        // A member of the organisation is outside of the account only, and whom the user trusts is no outsider.
        let member = finding(false, &json!({ "AWS": "arn:aws:iam::222222222222:role/ci" }));
        assert_eq!(said(&Value::Null, &member, &none).0, VerdictKind::Pass);
        let partner = finding(false, &json!({ "AWS": "333333333333" }));
        let trusting = Settings { trusted_accounts: ["333333333333".to_owned()].into(), ..Settings::default() };
        assert_eq!(said(&Value::Null, &partner, &trusting).0, VerdictKind::Pass);
        assert_eq!(said(&Value::Null, &partner, &none).0, VerdictKind::Unknown);
    }

    /// Whoever reports the mistake to AWS has the question whole, and the names need not go with it.
    #[test]
    fn a_contradiction_comes_with_the_question_and_without_names_where_they_are_to_go() {
        let inventory = overlay::inventory(&json!({
            "iam": { "analyzers": [{ "region": "us-east-1", "findings": [finding(true, &json!({ "AWS": "*" }))] }] },
            "s3": { "buckets": [{ "name": "acme", "policy": allow(&json!({ "AWS": "111111111111" }), &json!({})) }] },
        }));
        let report = assess(&[&CHECK], &inventory.unwrap(), &Settings::default(), "test");
        let redacted = report.clone().redacted(&crate::Redaction::default());
        for (report, named) in [(report, true), (redacted, false)] {
            let again = &report.findings[0].grounds.evidence[0].content.value();
            assert_eq!(again.to_string().contains("acme"), named, "{again}");
            let answer = forewarn_policy::batch::question(again).map(|question| forewarn_policy::reach(&question));
            let answers = answer.unwrap().answers;
            let outsiders = answers.iter().filter(|(audience, _)| Audience::OUTSIDERS_BUT_SERVICES.contains(audience));
            assert!(outsiders.into_iter().all(|(_, answer)| *answer == forewarn_policy::Answer::No), "{again}");
        }
    }

    #[test]
    fn who_gets_in_by_a_way_that_was_not_asked_about_contradicts_nothing() {
        // A network gets in: the finding is right, and so is the No for anyone from anywhere.
        let network = allow(&json!("*"), &json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }));
        let public = finding(true, &json!({ "AWS": "*" }));
        assert_eq!(said(&network, &public, &Settings::default()).0, VerdictKind::Pass);
    }
}
