//! What is asked once for many principals is answered as it is for one.

use std::collections::HashMap;

use super::account::{ACCOUNT, MadeUp, MadeUpRole};
use super::*;
use crate::compare_identity;
use crate::decide::Stance;
use crate::grants::admin::{changed, without_own_choice};
use crate::grants::cover::is_plainly_within;
use crate::grants::roles::More;
use crate::grants::solve::Solver;
use crate::{Answer, Document};

/// Roles of the account with who they are as callers.
struct Read {
    callers: Vec<Grantee>,
    roles: Vec<RoleRights>,
}

/// `change` is done to each statement list before it is read.
fn read(made_up: &MadeUp, change: fn(&mut Vec<Value>)) -> Read {
    let mut known: HashMap<String, Reading<Arc<Document>>> = HashMap::new();
    let mut document = |text: &String| {
        let anew = || {
            let mut whole: Value = serde_json::from_str(text).unwrap();
            change(whole["Statement"].as_array_mut().unwrap());
            reading(&whole)
        };
        known.entry(text.clone()).or_insert_with(anew).clone()
    };
    let scp: Vec<Vec<_>> = made_up.scps.iter().map(|level| level.iter().map(&mut document).collect()).collect();
    let mut rights = |role: &MadeUpRole| RoleRights {
        arn: role.arn.clone(),
        trust: document(&role.trust),
        layers: Layers {
            identity: Some(role.identity.iter().map(&mut document).collect()),
            boundary: role.boundary.iter().map(|text| Some(vec![document(text)])).next().flatten(),
            scp: Some(scp.clone()),
            ..Layers::default()
        },
    };
    let roles: Vec<RoleRights> = made_up.roles.iter().map(&mut rights).collect();
    let caller = |(role, made_up): (&RoleRights, &MadeUpRole)| Grantee {
        principal: Some(role.arn.clone()),
        account: Some(ACCOUNT.to_owned()),
        layers: role.layers.clone(),
        policies: Some(made_up.attached.clone()),
        groups: Some(Vec::new()),
    };
    Read { callers: roles.iter().zip(&made_up.roles).map(caller).collect(), roles }
}

/// An account in which few roles are plain, so that many questions are worth asking.
fn small() -> MadeUp {
    let mut made_up = MadeUp::new(7, 400, 1);
    let has = |role: &MadeUpRole, action: &str| role.identity.iter().any(|text| text.contains(action));
    let mut plain = 0;
    made_up.roles.retain(|role| {
        plain += 1;
        let telling = ["iam:PassRole", "ssm:SendCommand", "\"lambda:*", "iam:UpdateAssumeRolePolicy", "\"*\",\"Effect"];
        plain % 20 == 0 || telling.iter().any(|action| has(role, action)) || role.trust.contains("aws:PrincipalArn")
    });
    made_up.roles.truncate(44);
    made_up
}

fn every(shared: &Roles, callers: &[Grantee]) -> Vec<Vec<(&'static str, Feasible)>> {
    let one = |caller: &Grantee| {
        let all = shared.escalations(caller, |_| true).into_iter();
        all.map(|(technique, feasible)| (technique.id.as_str(), feasible)).collect()
    };
    callers.iter().map(one).collect()
}

#[test]
fn the_account_is_made_of_what_is_asked_for() {
    let shares = MadeUp::new(1, 400, 20).shares();
    assert_eq!((shares.roles, shares.buckets), (400, 20));
    assert!(shares.documents > 400 && shares.trusts > 60);
    assert!(shares.documents_with_conditions >= 20 && shares.statements_with_conditions >= 20 && shares.bounded >= 10);
    let buckets = MadeUp::new(1, 1, 60).buckets;
    assert!(buckets.iter().all(|bucket| bucket.policy.contains(&bucket.arn)));
    assert!((10..50).contains(&buckets.iter().filter(|bucket| bucket.blocked).count()));
    let (one, same, other) = (MadeUp::new(1, 50, 5), MadeUp::new(1, 50, 5), MadeUp::new(2, 50, 5));
    let texts = |made_up: &MadeUp| made_up.documents().into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(texts(&one), texts(&same));
    assert_ne!(texts(&one), texts(&other));
}

#[test]
fn what_many_ask_for_is_answered_as_for_one() {
    let Read { callers, roles } = read(&small(), |_| {});
    let shared = every(&Roles::new(roles.clone()), &callers);
    for (caller, shared) in callers.iter().zip(&shared) {
        let alone = every(&Roles::new(roles.clone()), std::slice::from_ref(caller));
        assert_eq!(alone.first(), Some(shared), "{:?}", caller.principal);
    }
    let works = shared.iter().flatten().filter(|(_, feasible)| matches!(feasible, Feasible::Yes(_))).count();
    assert!(works > 100, "{works} techniques work");
}

#[test]
fn the_order_of_roles_documents_and_statements_changes_no_answer() {
    let made_up = small();
    let Read { callers, roles } = read(&made_up, |_| {});
    let before = every(&Roles::new(roles), &callers);
    let mut turned = small();
    turned.roles.reverse();
    turned.roles.iter_mut().for_each(|role| role.identity.reverse());
    let Read { callers, roles } = read(&turned, |statements| statements.reverse());
    let mut after = every(&Roles::new(roles), &callers);
    after.reverse();
    let verdicts = |all: &[Vec<(&'static str, Feasible)>]| -> Vec<Vec<(&'static str, BTreeMap<String, String>)>> {
        let one = |(id, feasible): &(&'static str, Feasible)| match feasible {
            Feasible::Yes(found) => (*id, found.targets.clone()),
            other => panic!("{id}: {other:?}"),
        };
        all.iter().map(|all| all.iter().map(one).collect()).collect()
    };
    assert_eq!(verdicts(&before), verdicts(&after));
}

#[test]
fn what_a_role_wins_is_what_the_comparison_says() {
    let Read { callers, roles } = read(&small(), |_| {});
    let shared = Roles::new(roles);
    let (mut no, mut plain) = (0, 0);
    for (index, caller) in callers.iter().enumerate().filter(|(index, _)| index % 3 == 0) {
        let at_best = changed(&caller.layers, &without_own_choice);
        let stack = shared.stack(&caller.layers);
        for (place, role) in shared.all().iter().enumerate().filter(|(place, _)| (place + index) % 4 == 0) {
            let expected = match compare_identity(&role.layers, &at_best) {
                Answer::Yes(_) => More::Yes,
                Answer::No => More::No,
                Answer::Unknown(doubts) => panic!("{doubts:?}"),
            };
            let within = is_plainly_within(&role.layers, &at_best);
            assert!(!within || expected == More::No, "{:?} within {:?}", role.arn, caller.principal);
            assert_eq!(shared.gains(place, false, (stack, &at_best)), expected);
            no += usize::from(expected == More::No);
            plain += usize::from(within);
        }
    }
    assert!(plain > 10 && no >= plain, "{no} win nothing, {plain} of them plainly");
}

#[test]
fn a_role_that_is_passed_over_would_not_have_done() {
    let Read { callers, roles } = read(&small(), |_| {});
    let shared = Roles::new(roles);
    let mut passed_over = 0;
    for caller in callers.iter().step_by(4) {
        let solver = Solver::new(caller, Some(&shared));
        for technique in techniques().iter().step_by(3) {
            passed_over += solver.passed_over(technique, Stance::Tight);
        }
    }
    assert!(passed_over > 1_000, "{passed_over}");
}
