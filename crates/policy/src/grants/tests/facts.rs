//! Facts that techniques rest on, one by one.

use super::*;

fn allow(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

fn iam(resource: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{resource}")
}

fn works(grantee: &Grantee, id: &str) -> bool {
    match found(grantee, None).remove(id) {
        Some(Feasible::Yes(_)) => true,
        None => false,
        other => panic!("{id}: {other:?}"),
    }
}

#[test]
fn a_user_who_may_change_its_own_keys_has_no_others() {
    let own = json!([allow("iam:CreateAccessKey", &iam("user/${aws:username}"))]);
    assert!(!works(&grantee(Some(&iam("user/carol")), &own), "iam-002"));
    assert!(!works(&grantee(None, &own), "iam-002"));
    let others = json!([allow("iam:CreateAccessKey", &iam("user/*"))]);
    assert!(works(&grantee(Some(&iam("user/carol")), &others), "iam-002"));
    let carol = json!([allow("iam:CreateAccessKey", &iam("user/carol"))]);
    assert!(!works(&grantee(Some(&iam("user/carol")), &carol), "iam-002"));
    assert!(works(&grantee(Some(&iam("user/dave")), &carol), "iam-002"));
    assert!(works(&grantee(None, &carol), "iam-002"));
}

#[test]
fn a_user_who_may_write_its_own_policies_is_found_by_a_variable() {
    let own = json!([allow("iam:PutUserPolicy", &iam("user/${aws:username}"))]);
    assert!(works(&grantee(Some(&iam("user/carol")), &own), "iam-007"));
    assert!(works(&grantee(None, &own), "iam-007"));
}

#[test]
fn a_principal_is_meant_with_its_path() {
    let policy = json!([allow("iam:PutRolePolicy", &iam("role/team/app"))]);
    assert!(works(&grantee(Some(&iam("role/team/app")), &policy), "iam-005"));
    assert!(!works(&grantee(Some(&iam("role/app")), &policy), "iam-005"));
    let policy = json!([allow("iam:AttachUserPolicy", &iam("user/team/*"))]);
    assert!(works(&grantee(Some(&iam("user/team/carol")), &policy), "iam-008"));
    assert!(!works(&grantee(Some(&iam("user/carol")), &policy), "iam-008"));
}

#[test]
fn a_technique_for_users_is_none_for_roles() {
    let all = json!([allow("*", "*")]);
    let of_user = found(&grantee(Some(&iam("user/carol")), &all), None);
    let of_role = found(&grantee(Some(&iam("role/app")), &all), None);
    for technique in techniques().iter().filter(|technique| !technique.is_bounded("$self")) {
        let id = technique.id.as_str();
        assert_eq!(of_user.contains_key(id), technique.caller != Some(CallerIs::Role), "{id}");
        assert_eq!(of_role.contains_key(id), technique.caller != Some(CallerIs::User), "{id}");
    }
}

#[test]
fn whoever_holds_policies_about_one_user_is_that_user() {
    let policy = json!([allow("iam:PutUserPolicy", &iam("user/bruno"))]);
    let found = found(&grantee(None, &policy), None);
    let Some(Feasible::Yes(escalation)) = found.get("iam-007") else { panic!("{found:?}") };
    assert!(escalation.assumes.contains(&format!("the policies are held by {}", iam("user/bruno"))));
}

#[test]
fn one_principal_makes_all_calls() {
    let as_user = |statement: &mut Value, name: &str| {
        statement["Condition"] = json!({ "StringEquals": { "aws:username": name } });
    };
    let mut create = allow("lambda:UpdateFunctionCode", "*");
    let mut invoke = allow("lambda:InvokeFunction", "*");
    as_user(&mut create, "carol");
    as_user(&mut invoke, "carol");
    assert!(works(&grantee(None, &json!([create, invoke])), "lambda-004"));
    as_user(&mut invoke, "dave");
    let found = found(&grantee(None, &json!([create, invoke])), None);
    assert!(!matches!(found.get("lambda-004"), Some(Feasible::Yes(_))), "{found:?}");
}

#[test]
fn what_cannot_be_read_makes_every_technique_unknown() {
    let unread = grantee(None, &json!("unreadable"));
    let all = found(&unread, None);
    assert_eq!(all.len(), techniques().len());
    for (id, feasible) in all {
        let Feasible::Unknown(doubts) = feasible else { panic!("{id}: {feasible:?}") };
        assert_eq!(doubts[0].code, "unreadable", "{id}");
    }
    // A Deny that was read stops it, whatever else there is; an Allow that was read is enough.
    let mut partly = unread.clone();
    let deny = json!([{ "Effect": "Deny", "NotAction": "iam:PutUserPolicy", "Resource": "*" }]);
    partly.layers.identity.as_mut().unwrap().push(reading(&policy(&deny)));
    assert_eq!(found(&partly, None).into_keys().collect::<Vec<_>>(), ["iam-007"]);
    let mut partly = unread;
    partly.layers.identity.as_mut().unwrap().push(reading(&policy(&json!([allow("iam:CreateAccessKey", "*")]))));
    assert!(matches!(found(&partly, None)["iam-002"], Feasible::Unknown(_)), "the other policy may deny it");
}

#[test]
fn a_limit_that_cannot_be_read_leaves_it_open() {
    let mut limited = grantee(None, &json!([allow("iam:CreateAccessKey", "*")]));
    limited.layers.boundary = Some(vec![Reading::Unreadable]);
    let all = found(&limited, None);
    assert!(matches!(all["iam-002"], Feasible::Unknown(_)), "{all:?}");
    assert!(!all.contains_key("iam-004"), "no policy of the caller allows it");
}

#[test]
fn a_boundary_can_be_taken_off_only_where_it_stops_something() {
    let mut carol = grantee(Some(&iam("user/carol")), &json!([allow("*", "*")]));
    assert!(!works(&carol, "iam-022"), "it has none");
    let bounded = |carol: &mut Grantee, statements: &Value| {
        carol.layers.boundary = Some(vec![reading(&policy(statements))]);
    };
    bounded(&mut carol, &json!([allow("iam:Delete*", "*")]));
    assert!(works(&carol, "iam-022"));
    assert!(!works(&carol, "x-putuserpermissionsboundary"), "the boundary does not let it");
    bounded(&mut carol, &json!([allow("*", "*")]));
    assert!(!works(&carol, "iam-022"), "it stops nothing");
    carol.layers.boundary = Some(vec![Reading::Unreadable]);
    assert!(matches!(found(&carol, None)["iam-022"], Feasible::Unknown(_)));
    // Of policies without a holder nobody knows the boundary.
    let found = found(&grantee(None, &json!([allow("iam:DeleteUserPermissionsBoundary", "*")])), None);
    let Feasible::Yes(escalation) = &found["iam-022"] else { panic!("{found:?}") };
    assert!(escalation.assumes.iter().any(|sentence| sentence.contains("boundary")));
}

#[test]
fn what_is_attached_to_the_caller_counts_where_it_is_known() {
    let mut carol = grantee(Some(&iam("user/carol")), &json!([allow("iam:CreatePolicyVersion", &iam("policy/app-*"))]));
    assert!(works(&carol, "iam-001"));
    carol.policies = Some(vec![iam("policy/ops-one"), "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()]);
    assert!(!works(&carol, "iam-001"));
    carol.policies = Some(vec![iam("policy/ops-one"), iam("policy/app-one")]);
    let found = found(&carol, None);
    let Feasible::Yes(escalation) = &found["iam-001"] else { panic!("{found:?}") };
    assert_eq!(escalation.targets["$policy"], iam("policy/app-one"));
    let mut carol = grantee(Some(&iam("user/carol")), &json!([allow("iam:PutGroupPolicy", &iam("group/devs"))]));
    carol.groups = Some(vec![iam("group/ops")]);
    assert!(!works(&carol, "iam-011"));
    carol.groups = Some(vec![iam("group/devs")]);
    assert!(works(&carol, "iam-011"));
}

#[test]
fn steps_meet_within_every_layer() {
    let mut bounded =
        grantee(None, &json!([allow("iam:AttachRolePolicy", "*"), allow("iam:UpdateAssumeRolePolicy", "*")]));
    let boundary = |first: &str, second: &str| {
        let statements =
            [allow("iam:AttachRolePolicy", &iam(first)), allow("iam:UpdateAssumeRolePolicy", &iam(second))];
        Some(vec![reading(&policy(&json!(statements)))])
    };
    bounded.layers.boundary = boundary("role/a*", "role/*z");
    let all = found(&bounded, None);
    let Some(Feasible::Yes(escalation)) = all.get("iam-019") else { panic!("{all:?}") };
    let role = &escalation.targets["$role"];
    assert!(role.starts_with(&iam("role/a")) && role.ends_with('z'), "{role}");
    bounded.layers.boundary = boundary("role/a*", "role/z*");
    assert!(!works(&bounded, "iam-019"));
}

#[test]
fn steps_meet_outside_what_is_denied() {
    let steps =
        [allow("iam:AttachRolePolicy", &iam("role/app-*")), allow("iam:UpdateAssumeRolePolicy", &iam("role/*"))];
    let with = |deny: Value| grantee(None, &json!([steps[0], steps[1], deny]));
    let all_but = |resource: &str| json!({ "Effect": "Deny", "Action": "iam:UpdateAssumeRolePolicy", "NotResource": iam(resource) });
    assert!(works(&with(all_but("role/app-x*")), "iam-019"));
    assert!(!works(&with(all_but("role/ops-*")), "iam-019"));
    let these =
        json!({ "Effect": "Deny", "Action": "iam:*", "Resource": [iam("role/app-example"), iam("role/app-x*")] });
    assert!(works(&with(these), "iam-019"));
    let without_mfa = json!({
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": { "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }
    });
    let all = found(&with(without_mfa), None);
    let Some(Feasible::Yes(escalation)) = all.get("iam-019") else { panic!("{all:?}") };
    assert!(escalation.steps.iter().all(|step| step.context.0.contains_key("aws:MultiFactorAuthPresent")));
}

#[test]
fn only_things_of_the_own_account_are_changed_but_roles_of_any_are_assumed() {
    let abroad =
        |action: &str, name: &str| grantee(None, &json!([allow(action, &format!("arn:aws:iam::999999999999:{name}"))]));
    assert!(!works(&abroad("iam:CreateAccessKey", "user/*"), "iam-002"));
    assert!(!works(&abroad("iam:UpdateAssumeRolePolicy", "role/*"), "iam-012"));
    assert!(works(&abroad("sts:AssumeRole", "role/*"), "sts-001"));
}

#[test]
fn an_instance_needs_more_than_itself() {
    let pass = allow("iam:PassRole", "*");
    let run = |types: &[&str]| {
        let resources: Vec<String> = types.iter().map(|kind| format!("arn:aws:ec2:*:*:{kind}/*")).collect();
        let run = json!({ "Effect": "Allow", "Action": "ec2:RunInstances", "Resource": resources });
        works(&grantee(None, &json!([pass, run])), "ec2-001")
    };
    assert!(run(&["image", "instance", "network-interface", "security-group", "subnet", "volume"]));
    assert!(!run(&["instance", "network-interface", "security-group", "subnet", "volume"]));
    assert!(!run(&["key-pair"]));
}

#[test]
fn a_document_that_aws_publishes_is_in_no_account() {
    let send = |document: &str| {
        let resources = [document, "arn:aws:ec2:*:*:instance/*"];
        works(
            &grantee(None, &json!([{ "Effect": "Allow", "Action": "ssm:SendCommand", "Resource": resources }])),
            "ssm-002",
        )
    };
    assert!(send("arn:aws:ssm:eu-west-1::document/AWS-RunShellScript"));
    assert!(send(&format!("arn:aws:ssm:eu-west-1:{ACCOUNT}:document/own")));
    assert!(!send("arn:aws:ssm:eu-west-1:999999999999:document/own"));
}

#[test]
fn an_administrator_has_every_technique_that_gains_nothing_and_none_that_gains() {
    let admin = grantee(Some(&iam("user/carol")), &json!([allow("*", "*")]));
    let others = [role("other", &json!({ "Service": "ec2.amazonaws.com" }), &everything())];
    let all = found(&admin, Some(&others));
    assert!(all.contains_key("iam-007"));
    for id in ["ec2-001", "ssm-001", "sts-001", "iam-012"] {
        assert_eq!(all.get(id), None, "no role has more rights");
    }
}

#[test]
fn rights_that_are_plainly_a_part_of_others_are_no_gain() {
    let layers = |statements: Value| grantee(None, &statements).layers;
    let read = || json!([allow("s3:GetObject", "arn:aws:s3:::app/*")]);
    let conditioned = || {
        let mut statement = allow("s3:*", "*");
        statement["Condition"] = json!({ "StringEquals": { "aws:PrincipalTag/team": "app" } });
        statement
    };
    let cases = [
        (read(), json!([allow("s3:Get*", "arn:aws:s3:::app/*")]), true),
        (read(), json!([{ "Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*" }]), true),
        (json!([allow("sqs:*", "*"), conditioned()]), json!([allow("s3:*", "*"), allow("sqs:*", "*")]), true),
        (read(), json!([allow("s3:Get*", "arn:aws:s3:::ops/*")]), false),
        (read(), json!([conditioned()]), false),
        (read(), json!([{ "Effect": "Allow", "NotAction": "s3:Put*", "Resource": "*" }]), false),
        (read(), json!([allow("*", "*"), { "Effect": "Deny", "Action": "s3:*", "Resource": "*" }]), false),
        (json!([{ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }]), json!([allow("s3:*", "*")]), false),
    ];
    for (less, more, within) in cases {
        let (less, more) = (layers(less), layers(more));
        assert_eq!(cover::is_plainly_within(&less, &more), within);
        if within {
            assert_eq!(crate::compare_identity(&less, &more), crate::Answer::No);
        }
    }
    let mut bounded = layers(json!([allow("s3:*", "*")]));
    bounded.boundary = Some(vec![reading(&policy(&json!([allow("s3:Put*", "*")])))]);
    assert!(!cover::is_plainly_within(&layers(read()), &bounded));
    bounded.boundary = Some(vec![reading(&policy(&read()))]);
    assert!(cover::is_plainly_within(&layers(read()), &bounded));
    assert_eq!(crate::compare_identity(&layers(read()), &bounded), crate::Answer::No);
}
