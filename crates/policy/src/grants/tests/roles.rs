//! With the roles of the account given, the right one is chosen.

use super::cases::{Case, cases, holder, question};
use super::*;
use crate::grants::technique::is_assuming;

/// Whom a role must trust for a technique, as a `Principal` element; `None` = anybody will do.
fn wanted(technique: &Technique, name: &str) -> Option<Value> {
    let trusts = technique.conditions.iter().find_map(|condition| match condition {
        Where::Trusts(role, by) if role == name => Some(by.as_str()),
        _ => None,
    });
    match trusts {
        Some("$service") => Some(json!({ "Service": technique.services[0] })),
        Some("$provider") if technique.targets["$provider"] == "iam:saml-provider" => {
            Some(json!({ "Federated": format!("arn:aws:iam::{ACCOUNT}:saml-provider/app-one") }))
        }
        Some("$provider") => {
            Some(json!({ "Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/app.example.com") }))
        }
        Some("cognito-identity.amazonaws.com") => Some(json!({ "Federated": "cognito-identity.amazonaws.com" })),
        Some(service) => Some(json!({ "Service": service })),
        None => {
            let mut steps = technique.steps.iter().filter(|step| step.resource.as_deref() == Some(name));
            steps.any(|step| is_assuming(&step.action)).then(|| json!({ "AWS": ACCOUNT }))
        }
    }
}

/// A principal of the same kind that gets nobody anywhere.
fn unwanted(principal: &Value) -> Value {
    match principal["Federated"].as_str() {
        Some(arn) if arn.contains("saml-provider") => {
            json!({ "Federated": format!("arn:aws:iam::{ACCOUNT}:saml-provider/ops-one") })
        }
        Some(_) => json!({ "Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/ops.example.com") }),
        None => json!({ "Service": "codepipeline.amazonaws.com" }),
    }
}

/// A role that serves, with a boundary where the technique is about one.
fn right(technique: &Technique, name: &str, label: &str) -> RoleRights {
    let principal = wanted(technique, name).unwrap_or_else(|| json!({ "Service": "codepipeline.amazonaws.com" }));
    let mut right = role(label, &principal, &everything());
    if technique.is_bounded(name) {
        let boundary = policy(&json!([{ "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" }]));
        right.layers.boundary = Some(vec![reading(&boundary)]);
    }
    right
}

/// Roles that do not serve, each for one reason.
fn wrong(case: &Case, technique: &Technique, name: &str) -> Vec<RoleRights> {
    let mut found = Vec::new();
    if let Some(principal) = wanted(technique, name) {
        let mut other = right(technique, name, "app-other");
        other.trust = role("any", &unwanted(&principal), &everything()).trust;
        found.push(other);
    }
    if technique.gains.as_deref() == Some(name) {
        let mut poor = right(technique, name, "app-poor");
        poor.layers = Layers { boundary: poor.layers.boundary, ..holder(&question(case, None)).layers };
        found.push(poor);
    }
    if technique.is_bounded(name) {
        let mut free = right(technique, name, "app-free");
        free.layers.boundary = Some(vec![reading(&policy(&everything()))]);
        found.push(free);
    }
    if technique.steps.iter().any(|step| step.resource.as_deref() == Some(name)) {
        found.push(right(technique, name, "ops-right"));
    }
    found
}

#[test]
fn a_role_is_taken_that_trusts_the_right_one_and_has_more_rights_and_no_other() {
    let mut asked = 0;
    for case in cases() {
        let technique = technique(&case.id);
        let grantee = holder(&question(&case, None));
        let roles: Vec<&String> =
            technique.targets.iter().filter(|(_, kind)| *kind == "iam:role").map(|(name, _)| name).collect();
        for name in &roles {
            let others = roles.iter().filter(|other| other != &name);
            let mut given: Vec<RoleRights> = others.map(|other| right(technique, other, "app-second")).collect();
            given.extend(wrong(&case, technique, name));
            let without = found(&grantee, Some(&given));
            assert_eq!(without.get(case.id.as_str()), None, "{}: {name}", case.id);
            given.push(right(technique, name, "app-right"));
            let with = found(&grantee, Some(&given));
            let Some(Feasible::Yes(escalation)) = with.get(case.id.as_str()) else { panic!("{}: {name}", case.id) };
            assert_eq!(escalation.targets[*name], format!("arn:aws:iam::{ACCOUNT}:role/app-right"), "{}", case.id);
            let taken = technique.assumed_of(name);
            assert!(escalation.assumes.iter().all(|sentence| !taken.contains(sentence)), "{}", case.id);
            asked += 1;
        }
    }
    assert_eq!(asked, 98, "roles");
}

#[test]
fn of_a_role_that_cannot_be_read_nothing_is_known() {
    let case = cases().into_iter().find(|case| case.id == "ec2-001").unwrap();
    let grantee = holder(&question(&case, None));
    let ec2 = json!({ "Service": "ec2.amazonaws.com" });
    let verdict = |role: RoleRights| found(&grantee, Some(&[role])).remove("ec2-001");
    let unread_rights = role("app-one", &ec2, &json!("unreadable"));
    let Some(Feasible::Unknown(doubts)) = verdict(unread_rights) else { panic!("the rights were not read") };
    assert_eq!(doubts[0].code, "unreadable");
    let mut unread_trust = role("app-one", &ec2, &everything());
    unread_trust.trust = Reading::Unreadable;
    let Some(Feasible::Unknown(doubts)) = verdict(unread_trust) else { panic!("the trust policy was not read") };
    assert_eq!(doubts[0].code, "unreadable");
    // Neither matters for a role that cannot be passed.
    assert_eq!(verdict(role("ops-one", &ec2, &json!("unreadable"))), None);
    let mut unread_trust = role("ops-one", &ec2, &everything());
    unread_trust.trust = Reading::Unreadable;
    assert_eq!(verdict(unread_trust), None);
    // Nor does what is not known of another role, where one works.
    let both = [role("app-one", &ec2, &json!("unreadable")), role("app-two", &ec2, &everything())];
    assert!(matches!(found(&grantee, Some(&both)).remove("ec2-001"), Some(Feasible::Yes(_))));
}

#[test]
fn a_trust_policy_counts_with_its_conditions() {
    let case = cases().into_iter().find(|case| case.id == "ec2-001").unwrap();
    let grantee = holder(&question(&case, None));
    let mut one = role("app-one", &json!({ "Service": "ec2.amazonaws.com" }), &everything());
    for (account, works) in [(ACCOUNT, true), ("999999999999", false)] {
        let condition = json!({ "StringEquals": { "aws:SourceAccount": account } });
        one.trust = reading(&policy(&json!([{
            "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole", "Condition": condition
        }])));
        assert_eq!(found(&grantee, Some(std::slice::from_ref(&one))).contains_key("ec2-001"), works, "{account}");
    }
    let case = cases().into_iter().find(|case| case.id == "cognitoidentity-001").unwrap();
    let grantee = holder(&question(&case, None));
    one.trust = reading(&policy(&json!([{
        "Effect": "Allow",
        "Principal": { "Federated": "cognito-identity.amazonaws.com" },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": { "cognito-identity.amazonaws.com:aud": "eu-west-1:12345678-1234-1234-1234-123456789012" },
            "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" }
        }
    }])));
    assert!(found(&grantee, Some(&[one])).contains_key("cognitoidentity-001"));
}

#[test]
fn a_role_that_names_the_caller_needs_no_policy_of_the_caller() {
    let caller = format!("arn:aws:iam::{ACCOUNT}:user/team/carol");
    let listing = json!([{ "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" }]);
    let carol = grantee(Some(&caller), &listing);
    let works = |grantee: &Grantee, principal: &Value| {
        found(grantee, Some(&[role("admin", principal, &everything())])).contains_key("sts-001")
    };
    assert!(works(&carol, &json!({ "AWS": caller })));
    assert!(!works(&carol, &json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:user/dave") })));
    // The account passes it on: a policy of the caller must say so.
    assert!(!works(&carol, &json!({ "AWS": ACCOUNT })));
    let deny = json!([{ "Effect": "Deny", "Action": "sts:*", "Resource": "*" }, listing[0]]);
    assert!(!works(&grantee(Some(&caller), &deny), &json!({ "AWS": caller })));
    let assume = json!([{ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*" }]);
    assert!(works(&grantee(Some(&caller), &assume), &json!({ "AWS": ACCOUNT })));
}

#[test]
fn a_session_is_the_role_behind_it() {
    let own = json!([{ "Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": format!("arn:aws:iam::{ACCOUNT}:role/team/app") }]);
    let session = grantee(Some(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/deploy")), &own);
    // Only the role's ARN has the path.
    let known = role("team/app", &json!({ "Service": "ec2.amazonaws.com" }), &own);
    assert!(found(&session, Some(&[known])).contains_key("iam-005"));
    assert!(!found(&session, None).contains_key("iam-005"));
}

#[test]
fn the_service_that_a_role_is_passed_to_is_the_one_that_it_trusts() {
    let case = cases().into_iter().find(|case| case.id == "datapipeline-001").unwrap();
    let mut statements = case.allows.clone();
    statements[0]["Condition"] = json!({ "StringEquals": { "iam:PassedToService": "elasticmapreduce.amazonaws.com" } });
    let grantee = grantee(None, &json!(statements));
    for (service, works) in [("elasticmapreduce.amazonaws.com", true), ("datapipeline.amazonaws.com", false)] {
        let role = role("app-one", &json!({ "Service": service }), &everything());
        assert_eq!(found(&grantee, Some(&[role])).contains_key("datapipeline-001"), works, "{service}");
    }
}

#[test]
fn an_identity_provider_is_one_that_the_role_trusts() {
    let update = json!([{ "Effect": "Allow", "Action": "iam:UpdateSAMLProvider", "Resource": "*" }]);
    let provider = format!("arn:aws:iam::{ACCOUNT}:saml-provider/corp");
    let roles = [role("admin", &json!({ "Federated": provider }), &everything())];
    let found = found(&grantee(None, &update), Some(&roles));
    let Some(Feasible::Yes(escalation)) = found.get("x-updatesamlprovider") else { panic!("{found:?}") };
    assert_eq!(escalation.targets["$provider"], provider);
    assert_eq!(escalation.targets["$role"], roles[0].arn);
    assert_eq!(escalation.steps[0].resource, provider);
}

#[test]
fn what_the_caller_can_do_once_it_signs_in_with_mfa_is_no_gain() {
    let pass = |resource: &str, condition: Value| json!({ "Effect": "Allow", "Action": ["iam:PassRole", "ec2:*", "s3:*"], "Resource": resource, "Condition": condition });
    let mfa = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
    let carol = grantee(Some(&format!("arn:aws:iam::{ACCOUNT}:user/carol")), &json!([pass("*", mfa)]));
    let ec2 = json!({ "Service": "ec2.amazonaws.com" });
    let works = |rights: &str| {
        let rights = json!([{ "Effect": "Allow", "Action": rights, "Resource": "*" }]);
        found(&carol, Some(&[role("app", &ec2, &rights)])).contains_key("ec2-001")
    };
    assert!(!works("s3:GetObject"));
    assert!(works("sqs:SendMessage"));
}

#[test]
fn a_role_without_a_boundary_wins_nothing_by_losing_it() {
    let take_off = json!([{
        "Effect": "Allow", "Action": ["iam:DeleteRolePermissionsBoundary", "sts:AssumeRole"], "Resource": "*"
    }]);
    let roles = [role("app", &json!({ "AWS": ACCOUNT }), &everything())];
    let carol = grantee(Some(&format!("arn:aws:iam::{ACCOUNT}:user/carol")), &take_off);
    assert!(!found(&carol, Some(&roles)).contains_key("iam-023"));
    // Where policies are looked at without a holder, only what is given of a role is known.
    let found = found(&grantee(None, &take_off), Some(&roles));
    let Some(Feasible::Yes(escalation)) = found.get("iam-023") else { panic!("{found:?}") };
    assert!(escalation.assumes.iter().any(|sentence| sentence.contains("permissions boundary")));
}
