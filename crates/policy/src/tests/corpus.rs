//! Hard bucket policies, each with the answer that the facts give and why.

use serde_json::Value;

use super::{Question, question};

/// One policy of the corpus.
pub(crate) struct Hard {
    /// The `reach` case.
    pub(crate) case: Value,
    pub(crate) question: Question,
    /// What the facts say of `reachable_by_outsider` and `audience`.
    pub(crate) reachable: String,
    pub(crate) audience: String,
}

/// The whole corpus.
pub(crate) fn corpus() -> Vec<Hard> {
    TEXTS.iter().map(|text| read(text)).collect()
}

fn read(text: &str) -> Hard {
    let whole: Value = serde_json::from_str(text).unwrap();
    let word = |key: &str| whole[key].as_str().unwrap().to_owned();
    assert!(!word("why").is_empty());
    let case = whole["case"].clone();
    let question = question(&case).unwrap();
    Hard { case, question, reachable: word("reachable_by_outsider"), audience: word("audience") }
}

pub(super) const TEXTS: [&str; 24] = [
    include_str!("../../corpus/01-addresses-all-but-one-network.json"),
    include_str!("../../corpus/02-addresses-halves-denied.json"),
    include_str!("../../corpus/03-not-principal-spares-one-role.json"),
    include_str!("../../corpus/04-not-principal-looks-at-an-arn.json"),
    include_str!("../../corpus/05-sdk-marker-guards-the-rest.json"),
    include_str!("../../corpus/06-sdk-marker-denied-as-well.json"),
    include_str!("../../corpus/07-fifty-statements-all-covered.json"),
    include_str!("../../corpus/08-fifty-statements-one-way-left.json"),
    include_str!("../../corpus/09-organization-or-nobody.json"),
    include_str!("../../corpus/10-organization-where-there-is-one.json"),
    include_str!("../../corpus/11-tag-keys-one-set-left.json"),
    include_str!("../../corpus/12-tag-keys-no-set-left.json"),
    include_str!("../../corpus/13-endpoint-if-exists.json"),
    include_str!("../../corpus/14-endpoint-and-address-at-once.json"),
    include_str!("../../corpus/15-own-account-by-variable.json"),
    include_str!("../../corpus/16-own-account-by-variable-with-default.json"),
    include_str!("../../corpus/17-home-of-a-user.json"),
    include_str!("../../corpus/18-home-of-a-user-elsewhere.json"),
    include_str!("../../corpus/19-perimeter-of-the-organization.json"),
    include_str!("../../corpus/20-perimeter-with-a-gap.json"),
    include_str!("../../corpus/21-restricted-with-a-public-statement.json"),
    include_str!("../../corpus/22-restricted-without-a-public-statement.json"),
    include_str!("../../corpus/23-trails-of-this-account.json"),
    include_str!("../../corpus/24-trails-of-any-account.json"),
];

/// Whoever has a target can ask about it again elsewhere.
#[test]
fn a_target_is_written_as_the_case_that_it_was_read_from() {
    let point = serde_json::json!({
        "kind": "bucket_policy", "policy": "unreadable", "account": "111111111111", "resource": "arn:aws:s3:::b",
        "organization": "unreadable", "acl": { "ownership": "ObjectWriter", "grants": [] }, "rcp": "unreadable",
        "block_public_access": { "account": "unreadable", "bucket": { "ignore_public_acls": true } },
        "access_points": [{ "arn": "arn:aws:s3:eu-west-1:111111111111:accesspoint/p", "account": "111111111111",
                            "policy": null, "vpc": "vpc-1" }],
        "trusted_accounts": ["222222222222"],
    });
    let targets = corpus().into_iter().map(|hard| hard.question.target);
    for target in targets.chain([question(&point).unwrap().target]) {
        let again = crate::batch::answers::reach_case(&target);
        assert_eq!(question(&again).unwrap().target, target, "{again}");
    }
}
