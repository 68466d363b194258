//! The roles: who trusts whom, and who holds what.

use serde_json::{Value, json};

use super::policies::{TEAM_POLICIES, boundary, inline, managed, of_team, powerful, team_name};
use super::{ACCOUNT, Dice, MadeUpRole, policy};

const TEAMS: usize = 120;

/// How many of a thousand roles are of a kind.
const KINDS: [(&str, usize); 15] = [
    ("lambda", 310),
    ("ecs-tasks", 200),
    ("eks", 120),
    ("ec2", 90),
    ("codebuild", 50),
    ("states", 45),
    ("glue", 35),
    ("scheduler", 30),
    ("github", 40),
    ("shared", 25),
    ("person", 20),
    ("vendor", 15),
    ("cloudformation", 8),
    ("sagemaker", 8),
    ("admin", 4),
];

pub(super) fn roles(dice: &mut Dice, count: usize) -> Vec<MadeUpRole> {
    (0..count).map(|index| role(dice, index)).collect()
}

fn kind(dice: &mut Dice) -> &'static str {
    let mut at = dice.below(1000);
    for (kind, share) in KINDS {
        if at < share {
            return kind;
        }
        at -= share;
    }
    "admin"
}

fn role(dice: &mut Dice, index: usize) -> MadeUpRole {
    let kind = kind(dice);
    let team = dice.below(TEAMS);
    let team_of = team_name(team);
    let name = match kind {
        "shared" => format!("{team_of}-shared-{index}"),
        "person" => format!("aws-reserved/sso/{team_of}-developer-{index}"),
        "admin" if index.is_multiple_of(2) => format!("platform-admin-{index}"),
        "admin" => format!("security-response-{index}"),
        _ => format!("{team_of}-{kind}-{index}"),
    };
    let short = name.rsplit('/').next().unwrap().to_owned();
    let mut identity = Vec::new();
    let mut attached = Vec::new();
    let basics: &[&str] = match kind {
        "lambda" => &["LambdaBasicExecution", "LambdaVpcAccess", "XRayWrite"],
        "ecs-tasks" | "eks" => &["EcsTaskExecution", "XRayWrite", "CloudWatchAgent"],
        "ec2" => &["SsmManagedInstance", "CloudWatchAgent", "Ec2Full", "S3Full"],
        "glue" => &["GlueService"],
        "sagemaker" => &["SageMakerFull"],
        "person" => &["ReadOnly", "PowerUser", "LambdaFull", "DynamoDbFull"],
        "vendor" => &["SecurityAudit", "ReadOnly"],
        "admin" => &["Administrator"],
        "cloudformation" => &["PowerUser", "Administrator", "S3Full"],
        _ => &["CloudWatchAgent", "SqsFull"],
    };
    // Most take the first and plainest.
    let basic = if dice.percent(70) { basics[0] } else { dice.one(basics) };
    identity.push(managed(basic));
    let mut team_policies: Vec<&str> = match kind {
        "github" | "codebuild" => vec!["deploy"],
        "admin" | "vendor" => Vec::new(),
        _ => vec![dice.one(&["data", "events", "secrets"])],
    };
    if dice.percent(40) && kind != "admin" {
        let more = TEAM_POLICIES[dice.below(TEAM_POLICIES.len())];
        // Workloads that deploy are rare.
        if more != "deploy" || dice.percent(10) {
            team_policies.push(more);
        }
    }
    team_policies.sort_unstable();
    team_policies.dedup();
    for policy in team_policies {
        identity.push(of_team(team, policy));
        attached.push(format!("arn:aws:iam::{ACCOUNT}:policy/{team_of}-{policy}"));
    }
    if dice.percent(35) && kind != "admin" {
        identity.push(inline(dice, team, &short, index));
    }
    if dice.percent(if matches!(kind, "person" | "github" | "shared") { 15 } else { 1 }) {
        identity.push(powerful(dice, team, &short));
    }
    let bounded = dice.percent(if matches!(kind, "person" | "github" | "codebuild") { 40 } else { 8 });
    MadeUpRole {
        arn: format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        trust: trust(dice, kind, team),
        identity,
        boundary: (bounded && kind != "admin").then(|| boundary(team)),
        attached,
    }
}

fn trust(dice: &mut Dice, kind: &str, team: usize) -> String {
    let team_of = team_name(team);
    let one = |principal: Value, action: &str, condition: Option<Value>| {
        let mut statement = json!({ "Effect": "Allow", "Principal": principal, "Action": action });
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        policy(&[statement])
    };
    let service = |name: &str, condition: Option<Value>| one(json!({ "Service": name }), "sts:AssumeRole", condition);
    let own = || json!({ "StringEquals": { "aws:SourceAccount": ACCOUNT } });
    match kind {
        "eks" => {
            let provider = format!("oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE{}", team % 4);
            let mut equals = json!({});
            equals[format!("{provider}:aud")] = json!("sts.amazonaws.com");
            equals[format!("{provider}:sub")] = json!(format!("system:serviceaccount:{team_of}:app"));
            let principal = json!({ "Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{provider}") });
            one(principal, "sts:AssumeRoleWithWebIdentity", Some(json!({ "StringEquals": equals })))
        }
        "github" => {
            let host = "token.actions.githubusercontent.com";
            let principal = json!({ "Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{host}") });
            let sub = if dice.percent(80) { "ref:refs/heads/main" } else { "*" };
            let condition = json!({
                "StringEquals": { format!("{host}:aud"): "sts.amazonaws.com" },
                "StringLike": { format!("{host}:sub"): format!("repo:acme/{team_of}:{sub}") }
            });
            one(principal, "sts:AssumeRoleWithWebIdentity", Some(condition))
        }
        "person" => {
            let principal = json!({ "Federated": format!("arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_{}_DO_NOT_DELETE", team % 2) });
            let condition = json!({ "StringEquals": { "SAML:aud": "https://signin.aws.amazon.com/saml" } });
            one(principal, "sts:AssumeRoleWithSAML", Some(condition))
        }
        "vendor" => {
            let account = dice.one(&["333333333333", "444444444444", "555555555555"]);
            one(
                json!({ "AWS": account }),
                "sts:AssumeRole",
                Some(json!({ "StringEquals": { "sts:ExternalId": format!("acme-{team_of}") } })),
            )
        }
        "shared" => match dice.below(3) {
            0 => one(json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }), "sts:AssumeRole", None),
            1 => one(
                json!({ "AWS": [format!("arn:aws:iam::{ACCOUNT}:role/{team_of}-lambda-{}", dice.below(5000)), format!("arn:aws:iam::{ACCOUNT}:role/{team_of}-github-{}", dice.below(5000))] }),
                "sts:AssumeRole",
                None,
            ),
            _ => one(
                json!({ "AWS": "*" }),
                "sts:AssumeRole",
                Some(json!({ "ArnLike": { "aws:PrincipalArn": format!("arn:aws:iam::{ACCOUNT}:role/{team_of}-*") } })),
            ),
        },
        "admin" if dice.percent(50) => one(
            json!({ "AWS": ACCOUNT }),
            "sts:AssumeRole",
            Some(json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } })),
        ),
        "admin" => one(
            json!({ "AWS": format!("arn:aws:iam::222222222222:role/{}", dice.one(&["deploy", "audit", "platform"])) }),
            "sts:AssumeRole",
            None,
        ),
        "ecs-tasks" if dice.percent(40) => service(
            "ecs-tasks.amazonaws.com",
            Some(
                json!({ "ArnLike": { "aws:SourceArn": format!("arn:aws:ecs:eu-central-1:{ACCOUNT}:*") }, "StringEquals": { "aws:SourceAccount": ACCOUNT } }),
            ),
        ),
        "states" | "scheduler" => service(&format!("{kind}.amazonaws.com"), dice.percent(60).then(own)),
        "ec2" if dice.percent(5) => {
            service("ec2.amazonaws.com", Some(json!({ "StringEquals": { "aws:SourceAccount": "999999999999" } })))
        }
        _ => service(&format!("{kind}.amazonaws.com"), dice.percent(10).then(own)),
    }
}
