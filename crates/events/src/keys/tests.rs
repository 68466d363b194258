use super::*;

const A: &str = "198.51.100.7";
const B: &str = "203.0.113.9";
const MAC: &str = "aws-cli/2.15.0 Python/3.11.6 Darwin/23.1.0 exe/x86_64";
const LINUX: &str = "Boto3/1.34 md/Botocore#1.34 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11";

fn call(id: &'static str, minute: i64, address: &str, agent: &'static str) -> Use<'static> {
    Use {
        at: Timestamp::from_second(1_767_225_600 + 60 * minute).unwrap(),
        id,
        key: "AKIA1",
        user: "arn:aws:iam::111111111111:user/deploy",
        kind: "IAMUser",
        role: None,
        session: None,
        source_identity: None,
        account: "111111111111",
        invoked_by: None,
        address: address.parse().ok(),
        domain: address.parse::<IpAddr>().is_err().then_some("ec2.amazonaws.com"),
        agent: Some(agent),
        region: "eu-west-1",
        failed: false,
    }
}

fn judged(calls: &[Use<'_>], networks: Networks) -> Vec<Judged> {
    let mut keys = Keys::new(networks);
    for call in calls {
        keys.take(call);
    }
    keys.judged()
}

fn one(calls: &[Use<'_>]) -> Judged {
    let mut all = judged(calls, Networks::default());
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn two_networks_that_take_turns_share_a_key() {
    let found = one(&[call("1", 0, A, MAC), call("2", 10, B, MAC), call("3", 20, A, MAC)]);
    assert_eq!((found.suspicion, found.score), (Suspicion::Shared, 50));
    let turn = found.parts[0].turn.as_ref().unwrap();
    assert_eq!(turn.event_ids, ["1", "2", "3"]);
    assert_eq!((found.usage.events, found.usage.networks.len(), found.usage.addresses.len()), (3, 2, 2));
    assert!(found.parts[0].reason.contains("within 1200 s"), "{}", found.parts[0].reason);
}

#[test]
fn a_move_is_no_sharing_and_neither_is_an_hour_and_a_minute() {
    let moved = one(&[call("1", 0, A, MAC), call("2", 10, A, MAC), call("3", 20, B, MAC)]);
    assert_eq!((moved.suspicion, moved.score), (Suspicion::NotSeen, 0));
    assert_eq!(one(&[call("1", 0, A, MAC), call("2", 10, B, MAC), call("3", 61, A, MAC)]).score, 0);
    assert_eq!(one(&[call("1", 0, A, MAC), call("2", 10, B, MAC), call("3", 60, A, MAC)]).score, 50);
}

#[test]
fn two_hosts_behind_one_address_share_a_key() {
    let found = one(&[call("1", 0, A, MAC), call("2", 5, A, LINUX), call("3", 9, A, MAC)]);
    assert_eq!(found.suspicion, Suspicion::Shared);
    let reasons: Vec<&str> = found.parts.iter().map(|part| part.reason.split(' ').next().unwrap()).collect();
    assert_eq!(reasons, ["hosts", "kinds"]);
    assert_eq!(found.score, found.parts.iter().map(|part| part.points).sum::<u32>());
}

#[test]
fn addresses_of_one_list_are_one_place_and_two_lists_are_known() {
    let mut vpn = Networks::default();
    vpn.add("vpn", "198.51.100.0/24 # Frankfurt\n\n203.0.113.9\n").unwrap();
    let calls = [call("1", 0, A, MAC), call("2", 10, B, MAC), call("3", 20, A, MAC)];
    let found = judged(&calls, vpn);
    assert_eq!((found[0].score, found[0].usage.networks.len()), (0, 1));
    let mut two = Networks::default();
    two.add("vpn", "198.51.100.0/24").unwrap();
    two.add("ci", "203.0.113.0/24").unwrap();
    let found = judged(&calls, two);
    assert_eq!((found[0].suspicion, found[0].score), (Suspicion::NotSeen, 10));
    assert!(found[0].parts[0].reason.starts_with("known networks"), "{}", found[0].parts[0].reason);
    assert_eq!(Networks::default().add("x", "a\n").unwrap_err(), "line 1: `a` is no address and no network");
}

#[test]
fn a_machine_with_ipv4_and_ipv6_is_one() {
    let found = one(&[call("1", 0, A, MAC), call("2", 1, "2001:db8::1", MAC), call("3", 2, A, MAC)]);
    assert_eq!((found.suspicion, found.score), (Suspicion::NotSeen, 0));
    assert!(found.parts[0].reason.contains("IPv4 and IPv6"));
    let other = one(&[call("1", 0, A, MAC), call("2", 1, "2001:db8::1", LINUX), call("3", 2, A, MAC)]);
    assert_eq!(other.suspicion, Suspicion::Shared, "two machines");
}

#[test]
fn calls_by_services_are_set_apart() {
    let by = |id, minute, invoked| Use { invoked_by: invoked, ..call(id, minute, B, MAC) };
    let found = one(&[call("1", 0, A, MAC), by("2", 5, Some("athena.amazonaws.com")), call("3", 9, A, MAC)]);
    assert_eq!((found.score, found.usage.services.len()), (0, 1));
    let only = one(&[call("1", 0, "a service", MAC)]);
    assert_eq!(only.suspicion, Suspicion::Unknown);
    assert!(only.usage.services.contains_key("ec2.amazonaws.com"));
}

#[test]
fn sessions_of_a_person_count_together_and_those_of_a_role_do_not() {
    let session = |id, minute, address, key, name| Use {
        key,
        kind: "AssumedRole",
        role: Some("arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a1b"),
        session: Some(name),
        ..call(id, minute, address, MAC)
    };
    let calls = [
        session("1", 0, A, "ASIA1", "carol@acme.example"),
        session("2", 5, B, "ASIA2", "carol@acme.example"),
        session("3", 9, A, "ASIA1", "carol@acme.example"),
    ];
    let found = one(&calls);
    assert_eq!(found.usage.unit, Unit::Sessions("carol@acme.example".to_owned()));
    assert_eq!((found.suspicion, found.usage.keys.len()), (Suspicion::Shared, 2));
    let plain = calls.map(|call| Use { role: Some("arn:aws:iam::111111111111:role/worker"), ..call });
    assert!(judged(&plain, Networks::default()).is_empty());
    let linked = calls.map(|call| Use { role: Some("arn:aws:iam::1:role/aws-service-role/x/y"), ..call });
    assert!(judged(&linked, Networks::default()).is_empty());
}

#[test]
fn the_plan_names_what_there_is_and_quotes_what_strangers_wrote() {
    let steps = plan(&one(&[call("1", 0, A, MAC), call("2", 10, B, MAC), call("3", 20, A, MAC)]));
    for expected in [
        "aws iam create-user --user-name deploy-2",
        "aws iam update-access-key --user-name deploy --access-key-id AKIA1 --status Inactive",
        "aws iam delete-access-key --user-name deploy --access-key-id AKIA1",
    ] {
        assert!(steps.iter().any(|step| step == expected), "{expected}: {steps:#?}");
    }
    assert!(steps.iter().any(|step| step.contains(r#""aws:TokenIssueTime":"2026-01-01T00:20:00Z""#)), "{steps:#?}");
    let hostile = |call: Use<'static>| Use { user: "arn:aws:iam::111111111111:user/a'; rm -rf ~ #\nb", ..call };
    let steps =
        plan(&one(&[hostile(call("1", 0, A, MAC)), hostile(call("2", 10, B, MAC)), hostile(call("3", 20, A, MAC))]));
    for step in &steps {
        assert!(!step.contains('\n') && !step.contains("user-name a"), "{step}");
    }
    assert!(steps.iter().any(|step| step.contains(r"--user-name 'a'\''; rm -rf ~ # b'")), "{steps:#?}");
    let root = |call: Use<'static>| Use { user: "arn:aws:iam::111111111111:root", kind: "Root", ..call };
    let steps = plan(&one(&[root(call("1", 0, A, MAC))]));
    assert!(steps.iter().any(|step| step == "aws iam delete-access-key --access-key-id AKIA1"), "{steps:#?}");
}

#[test]
fn a_client_is_known_by_what_it_says() {
    for (agent, expected) in [
        (MAC, Some("aws-cli")),
        (LINUX, Some("boto3")),
        ("APN/1.0 HashiCorp/1.0 Terraform/1.1.2 (+https://www.terraform.io)", Some("terraform")),
        ("[S3Console/0.4, aws-internal/3]", Some("console")),
        ("Mozilla/5.0 (X11; Linux x86_64)", Some("browser")),
        ("", None),
    ] {
        assert_eq!(client(agent).as_deref(), expected, "{agent}");
    }
}
