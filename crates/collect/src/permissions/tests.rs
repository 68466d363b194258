use std::sync::Arc;

use forewarn_policy::catalogue::{self, Access};
use forewarn_policy::{Answer, Calls, Document, Grantee, Layers, Reading, can};

use super::*;

fn actions(policy: &str) -> BTreeSet<String> {
    let policy: Value = serde_json::from_str(policy).unwrap();
    policy["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|statement| {
            statement["Action"].as_array().cloned().unwrap_or_else(|| vec![statement["Action"].clone()])
        })
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

fn all_facts() -> BTreeSet<Fact> {
    Fact::ALL.iter().copied().collect()
}

#[test]
fn the_policy_allows_every_operation_and_nothing_that_writes() {
    let allowed = actions(&permissions_policy("aws"));
    for operation in operations::ALL {
        assert!(operation.actions.iter().all(|action| allowed.contains(*action)), "{}", operation.key);
    }
    for action in &allowed {
        let verb = action.split(':').nth(1).unwrap();
        let reads = ["List", "Get", "Describe", "Lookup"].iter().any(|start| verb.starts_with(start));
        let made = ["iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails"];
        assert!(reads || made.contains(&action.as_str()), "{action}");
        assert!(!action.contains('*') && action != "s3:GetObject", "{action}");
    }
    assert!(caller_policy("aws", crate::MEMBER_ROLE).len() < 6144, "it fits a managed policy");
}

#[test]
fn the_caller_and_the_member_role_share_what_an_account_needs() {
    let whole = actions(&permissions_policy("aws"));
    let mut caller = actions(&caller_policy("aws", "teams/audit"));
    assert!(caller_policy("aws-cn", "teams/audit").contains("\"arn:aws-cn:iam::*:role/teams/audit\""));
    assert!(caller.remove("sts:AssumeRole"));
    assert_eq!(caller, whole);
    let member = actions(&member_policy("aws"));
    let only_caller: BTreeSet<&String> = whole.difference(&member).collect();
    assert!(member.is_subset(&whole) && only_caller.len() >= 8, "{only_caller:?}");
    let about_all =
        |action: &&String| action.starts_with("organizations:") || *action == "iam:ListOrganizationsFeatures";
    assert!(only_caller.iter().all(about_all), "{only_caller:?}");
}

#[test]
fn a_session_policy_holds_what_is_needed_and_fits() {
    let whole = session_policy("aws", &all_facts(), &BTreeSet::new(), Some(crate::MEMBER_ROLE));
    assert!(whole.inline.chars().count() <= SESSION_POLICY_LIMIT, "{}", whole.inline.len());
    let member = session_policy("aws", &operations::of_accounts(&all_facts()), &BTreeSet::new(), None);
    assert!(member.inline.chars().count() <= SESSION_POLICY_LIMIT, "{}", member.inline.len());
    let inline = actions(&member.inline);
    let audit = |action: &String| !member.managed.is_empty() && in_security_audit(action);
    assert!(actions(&member_policy("aws")).iter().all(|action| inline.contains(action) || audit(action)));

    let few = session_policy("aws", &BTreeSet::from([Fact::BucketAcl]), &BTreeSet::new(), None);
    let expected = [
        "account:ListRegions",
        "s3:GetBucketAcl",
        "s3:GetBucketLocation",
        "s3:GetBucketOwnershipControls",
        "s3:ListAccessGrantsInstances",
        "s3:ListAllMyBuckets",
        "s3express:ListAllMyDirectoryBuckets",
        "s3tables:ListTableBuckets",
        "s3vectors:ListVectorBuckets",
    ];
    assert_eq!(actions(&few.inline), expected.map(str::to_owned).into());
}

#[test]
fn a_session_policy_that_would_not_fit_names_security_audit_and_loses_no_action() {
    let all: BTreeSet<&str> = operations::ALL.iter().flat_map(|operation| operation.actions).copied().collect();
    let joined = within(1000, "aws-cn", all.clone(), Some("audit"));
    assert_eq!(joined.managed, ["arn:aws-cn:iam::aws:policy/SecurityAudit"]);
    assert!(joined.inline.chars().count() <= 1000, "{}", joined.inline.len());
    let inline = actions(&joined.inline);
    assert!(all.iter().all(|action| inline.contains(*action) || in_security_audit(action)));
    assert!(inline.contains("sts:AssumeRole"));
}

/// What a session of an administrator role can call on resources of its account, by the policy engine.
struct Session(Grantee);

impl Session {
    const ACCOUNT: &str = "111122223333";

    fn new(policies: Option<&SessionPolicy>) -> Self {
        let administrator = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let read = |text: &str| Reading::Read(Arc::new(Document::parse(text).unwrap()));
        let session = policies.map(|policies| vec![read(&policies.inline)]);
        Self(Grantee {
            principal: Some(format!("arn:aws:iam::{}:role/OrganizationAccountAccessRole", Self::ACCOUNT)),
            account: Some(Self::ACCOUNT.to_owned()),
            layers: Layers { identity: Some(vec![read(administrator)]), session, ..Layers::default() },
            ..Grantee::default()
        })
    }

    /// A request that passes, with any of these actions on any resource.
    fn can(&self, actions: &[String], resource: &str) -> Option<String> {
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        match can(&self.0, &Calls::delegated(&actions, resource, Self::ACCOUNT)) {
            Answer::Yes(hit) => Some(hit.witness.action.clone()),
            Answer::No => None,
            Answer::Unknown(doubts) => panic!("{actions:?}: {doubts:?}"),
        }
    }
}

/// Every action of a service that the policy does not name, and whether any of them writes.
fn others(prefix: &str, named: &BTreeSet<String>) -> (Vec<String>, bool) {
    let service = catalogue::service(prefix).unwrap();
    let others = service.actions.iter().filter(|action| !named.contains(&format!("{prefix}:{}", action.name)));
    let writes = |action: &&catalogue::Action| !matches!(action.access, Access::Read | Access::List);
    (others.clone().map(|action| format!("{prefix}:{}", action.name)).collect(), others.clone().any(|one| writes(&one)))
}

#[test]
fn an_administrator_role_with_the_session_policy_can_read_what_is_needed_and_nothing_else() {
    let needs = operations::of_accounts(&all_facts());
    // The exact form: what AWS's own policy allows beside it, where it does not fit, is not known here.
    let policy = within(usize::MAX, "aws", actions_for(&needs), None);
    assert_eq!(policy.managed, [""; 0]);
    let (bounded, free) = (Session::new(Some(&policy)), Session::new(None));
    let mut named = actions(&policy.inline);
    // No policy can refuse it; it says who asks, and nothing else.
    named.insert("sts:GetCallerIdentity".to_owned());
    let mut writing = 0;
    for prefix in catalogue::prefixes() {
        let (others, writes) = others(prefix, &named);
        writing += usize::from(writes);
        if others.is_empty() {
            continue;
        }
        assert_eq!(bounded.can(&others, "*"), None, "{prefix}");
        // The same question without the session policy, so that the answer is known to rest on it.
        assert!(free.can(&others, "*").is_some(), "{prefix}");
    }
    assert!(writing > 300, "only {writing} services have an action that writes");
    for operation in operations::ALL.iter().filter(|operation| operation.serves(&needs) || operation.facts.is_empty()) {
        for action in operation.actions {
            assert!(bounded.can(&[(*action).to_owned()], "*").is_some(), "{action}");
            let (prefix, name) = action.split_once(':').unwrap();
            let access = catalogue::service(prefix).unwrap().action(name).unwrap().access;
            assert!(matches!(access, Access::Read | Access::List), "{action} is {access:?}");
        }
    }
}

#[test]
fn a_session_that_goes_on_to_members_can_assume_the_member_role_and_no_other() {
    let policy = session_policy(
        "aws",
        &operations::closure(&BTreeSet::from([Fact::OrganizationAccounts])),
        &BTreeSet::new(),
        Some("audit"),
    );
    let session = Session::new(Some(&policy));
    let can =
        |role: &str| session.can(&["sts:AssumeRole".to_owned()], &format!("arn:aws:iam::111122223333:role/{role}"));
    assert!(can("audit").is_some());
    for other in ["admin", "audit2", "x/audit"] {
        assert_eq!(can(other), None, "{other}");
    }
    let writes: Vec<String> = ["iam:CreateUser", "sts:AssumeRoleWithWebIdentity", "organizations:LeaveOrganization"]
        .map(str::to_owned)
        .into();
    assert_eq!(session.can(&writes, "*"), None);
}
