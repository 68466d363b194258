//! Plans laid over small inventories.

use forewarn_inventory::{Account, Observed, PolicyText, Proposed, Understood, overlay};

use super::*;
use crate::{Reading, propose};

/// A change of a plan: address, actions, before, after, what is open.
fn change(address: &str, actions: &[&str], before: &Value, after: &Value, unknown: &Value) -> Value {
    let parts = address::parts(address);
    let at = parts.iter().rposition(|part| *part == "module").map_or(0, |at| at + 2);
    let (module, local) = (parts[..at].join("."), parts[at..].join("."));
    let module = (at > 0).then_some(module);
    let data = local.starts_with("data.");
    let local = local.trim_start_matches("data.");
    let (kind, name) = local.split_once('.').unwrap();
    let (name, key) = address::bare(name);
    let index: Option<Value> = key.map(|key| serde_json::from_str(key.trim_matches(['[', ']'])).unwrap());
    json!({
        "address": address, "module_address": module, "mode": if data { "data" } else { "managed" }, "type": kind, "name": name,
        "index": index, "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": { "actions": actions, "before": before, "after": after, "after_unknown": unknown },
    })
}

fn create(address: &str, after: &Value, unknown: &Value) -> Value {
    change(address, &["create"], &Value::Null, after, unknown)
}

/// A resource of the configuration: what its attributes refer to.
fn configured(address: &str, expressions: &Value) -> Value {
    json!({ "address": address, "provider_config_key": "aws", "expressions": expressions })
}

fn refers(to: &[&str]) -> Value {
    json!({ "references": to })
}

fn written(changes: &[Value], resources: &[Value]) -> Value {
    json!({ "format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": changes,
        "configuration": { "provider_config": { "aws": { "expressions": { "region": { "constant_value": "eu-west-1" } } } },
            "root_module": { "resources": resources } } })
}

fn source(plan: &Value) -> Source {
    Source { name: "plan.json".to_owned(), bytes: plan.to_string().into_bytes() }
}

fn laid(today: &Value, plan: &Value) -> Proposal {
    propose(&source(plan), &Reading::default(), &overlay::inventory(today).unwrap(), &Place::default()).unwrap()
}

fn account(proposal: &Proposal) -> &Account {
    &proposal.after.accounts[0]
}

fn of<'p>(proposal: &'p Proposal, address: &str) -> &'p Proposed {
    proposal.proposed.iter().find(|proposed| proposed.address == address).unwrap()
}

/// A bucket with a policy that a document makes, all of it open as plans of a new bucket are.
fn pending_bucket() -> Value {
    let statement = json!({ "actions": ["s3:GetObject"], "effect": "Allow", "sid": null, "resources": [null],
        "principals": [{ "type": "*", "identifiers": ["*"] }], "condition": [] });
    written(
        &[
            create(
                "aws_s3_bucket.b",
                &json!({ "bucket": "pages", "tags": null }),
                &json!({ "id": true, "arn": true, "policy": true, "acl": true }),
            ),
            create("aws_s3_bucket_policy.p", &json!({}), &json!({ "id": true, "bucket": true, "policy": true })),
            change(
                "data.aws_iam_policy_document.d",
                &["read"],
                &Value::Null,
                &json!({ "statement": [statement], "version": null }),
                &json!({ "id": true, "json": true, "statement": [{ "actions": [false], "resources": [true], "principals": [{ "identifiers": [false] }] }] }),
            ),
            create(
                "aws_s3_bucket_public_access_block.x",
                &json!({ "block_public_acls": true, "block_public_policy": false, "ignore_public_acls": true, "restrict_public_buckets": false }),
                &json!({ "id": true, "bucket": true }),
            ),
        ],
        &[
            configured("aws_s3_bucket.b", &json!({ "bucket": { "constant_value": "pages" } })),
            configured(
                "aws_s3_bucket_policy.p",
                &json!({ "bucket": refers(&["aws_s3_bucket.b.id", "aws_s3_bucket.b"]),
                "policy": refers(&["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"]) }),
            ),
            configured(
                "data.aws_iam_policy_document.d",
                &json!({ "statement": [{ "actions": { "constant_value": ["s3:GetObject"] },
                "resources": refers(&["aws_s3_bucket.b.arn", "aws_s3_bucket.b"]),
                "principals": [{ "type": { "constant_value": "*" }, "identifiers": { "constant_value": ["*"] } }] }] }),
            ),
            configured(
                "aws_s3_bucket_public_access_block.x",
                &json!({ "bucket": refers(&["aws_s3_bucket.b.id", "aws_s3_bucket.b"]) }),
            ),
        ],
    )
}

#[test]
fn a_deferred_document_is_written_out_with_the_arn_that_its_bucket_will_have() {
    let proposal = laid(&json!({}), &pending_bucket());
    let bucket = &account(&proposal).s3.buckets.items[0];
    assert_eq!(bucket.region, Observed::Present("eu-west-1".to_owned()));
    let policy = bucket.policy.present().unwrap();
    let document: Value = serde_json::from_str(policy.as_str()).unwrap();
    let resource = document["Statement"][0]["Resource"][0].as_str().unwrap();
    assert!(resource.starts_with("arn:aws:s3:::pages${⟨what follows"), "{resource}");
    assert_eq!(document["Statement"][0]["Principal"], "*");
    assert!(!bucket.public_access_block.present().unwrap().block_public_policy);
    assert!(matches!(of(&proposal, "aws_s3_bucket_policy.p").understood, Understood::Partly(_)));
    assert_eq!(of(&proposal, "aws_s3_bucket_policy.p").about, ["arn:aws:s3:::pages"]);
    assert_eq!(of(&proposal, "aws_s3_bucket_public_access_block.x").understood, Understood::Whole);
}

#[test]
fn every_encoding_reads_as_the_same_plan() {
    let plan = pending_bucket().to_string();
    let empty = overlay::inventory(&json!({})).unwrap();
    let read = |bytes: Vec<u8>| {
        propose(&Source { name: "plan.json".to_owned(), bytes }, &Reading::default(), &empty, &Place::default())
            .unwrap()
    };
    let plain = read(plan.clone().into_bytes());
    let marked = read([b"\xEF\xBB\xBF", plan.as_bytes()].concat());
    let shell = read([0xFEFF].into_iter().chain(plan.encode_utf16()).flat_map(u16::to_le_bytes).collect());
    assert!(plain == marked && plain == shell);
}

#[test]
fn identities_and_what_is_put_on_them_are_made() {
    let trust = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }] }).to_string();
    let allow = json!({ "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] }).to_string();
    let plan = written(
        &[
            create("aws_iam_role_policy_attachment.a", &json!({}), &json!({ "role": true, "policy_arn": true })),
            create(
                "aws_iam_role.r[\"x.y\"]",
                &json!({ "name_prefix": "ci-", "path": "/team/", "assume_role_policy": trust }),
                &json!({ "name": true, "arn": true, "id": true }),
            ),
            create(
                "aws_iam_policy.p",
                &json!({ "name": "all", "path": "/", "policy": allow }),
                &json!({ "arn": true }),
            ),
            create("aws_iam_user.u", &json!({ "name": "alice", "path": "/" }), &json!({ "arn": true })),
            create("aws_iam_group.g", &json!({ "name": "ops", "path": "/" }), &json!({})),
            create("aws_iam_group_membership.m", &json!({ "group": "ops", "users": ["alice"] }), &json!({})),
            create(
                "aws_iam_group_policy_attachment.g",
                &json!({ "group": "ops", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess" }),
                &json!({}),
            ),
            create(
                "aws_iam_access_key.k",
                &json!({ "user": "alice", "status": "Active" }),
                &json!({ "id": true, "secret": true }),
            ),
            create("aws_vpc.v", &json!({ "cidr_block": "10.0.0.0/16" }), &json!({ "id": true })),
        ],
        &[
            configured(
                "aws_iam_role.r",
                &json!({ "name_prefix": { "constant_value": "ci-" }, "path": { "constant_value": "/team/" }, "assume_role_policy": {} }),
            ),
            configured(
                "aws_iam_role_policy_attachment.a",
                &json!({ "role": refers(&["aws_iam_role.r[\"x.y\"].name", "aws_iam_role.r[\"x.y\"]", "aws_iam_role.r"]),
                "policy_arn": refers(&["aws_iam_policy.p.arn", "aws_iam_policy.p"]) }),
            ),
        ],
    );
    let proposal = laid(&json!({ "iam": { "account_summary": {} } }), &plan);
    let iam = &account(&proposal).iam;
    let role = &iam.roles.items[0];
    assert!(role.name.starts_with("ci-known-after-apply-"), "{}", role.name);
    assert!(role.arn.starts_with("arn:aws:iam::111111111111:role/team/ci-"), "{}", role.arn);
    assert_eq!(role.trust.as_str(), trust);
    assert_eq!(role.attached[0].arn, "arn:aws:iam::111111111111:policy/all");
    assert_eq!(iam.users.items[0].groups, ["ops"]);
    assert_eq!(iam.groups.items[0].attached[0].name, "AdministratorAccess");
    let admin = iam.policies.iter().find(|policy| policy.is_aws_managed()).unwrap();
    assert!(admin.document().is_some());
    let row = &iam.credential_report.present().unwrap().rows[0];
    assert_eq!(row.keys[0].active.value(), Some(&true));
    assert_eq!(of(&proposal, "aws_vpc.v").understood, Understood::NotRelevant);
}

#[test]
fn what_is_removed_opens() {
    let deny = json!({ "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*" }] });
    let today = json!({
        "s3": { "public_access_block": { "block_public_acls": true, "ignore_public_acls": true, "block_public_policy": true, "restrict_public_buckets": true },
            "buckets": [{ "name": "b", "policy": deny, "ownership": "BucketOwnerEnforced" }, { "name": "gone" }] },
        "iam": { "roles": [{ "name": "ci", "inline": [{ "name": "no", "document": deny }] }] },
        "trail": { "trails": [{ "name": "t" }] },
    });
    let delete = |address: &str, before: Value| change(address, &["delete"], &before, &Value::Null, &json!({}));
    let plan = written(
        &[
            delete("aws_s3_account_public_access_block.a", json!({ "account_id": "111111111111" })),
            delete("aws_s3_bucket_policy.p", json!({ "bucket": "b" })),
            delete("aws_s3_bucket_ownership_controls.o", json!({ "bucket": "b" })),
            delete("aws_s3_bucket.gone", json!({ "bucket": "gone" })),
            delete("aws_iam_role_policy.no", json!({ "role": "ci", "name": "no" })),
            delete("aws_cloudtrail.t", json!({ "name": "t", "home_region": "us-east-1" })),
            change("aws_iam_user.forgotten", &["forget"], &json!({ "name": "u" }), &Value::Null, &json!({})),
        ],
        &[],
    );
    let proposal = laid(&today, &plan);
    let account = account(&proposal);
    assert_eq!(account.s3.public_access_block, Observed::Absent);
    let [bucket] = account.s3.buckets.items.as_slice() else { panic!("{:?}", account.s3.buckets) };
    assert_eq!((&bucket.policy, &bucket.ownership), (&Observed::Absent, &Observed::Absent));
    assert!(bucket.acl.gap().is_some(), "ACLs that were void count again (fact F8)");
    assert!(account.iam.roles.items[0].inline.is_empty() && account.trail.trails.items.is_empty());
    assert!(
        proposal.proposed.iter().all(|proposed| proposed.understood == Understood::Whole),
        "{:?}",
        proposal.proposed
    );
}

#[test]
fn a_replaced_bucket_begins_anew() {
    let today =
        json!({ "s3": { "buckets": [{ "name": "old", "public_access_block": null, "policy": { "Statement": [] } }] } });
    let plan = written(
        &[change(
            "aws_s3_bucket.b",
            &["delete", "create"],
            &json!({ "bucket": "old" }),
            &json!({ "bucket": "new" }),
            &json!({ "id": true }),
        )],
        &[configured("aws_s3_bucket.b", &json!({ "bucket": {} }))],
    );
    let buckets = &account(&laid(&today, &plan)).s3.buckets.items.clone();
    assert_eq!(buckets.len(), 1);
    assert_eq!((buckets[0].name.as_str(), &buckets[0].policy), ("new", &Observed::Absent));
    assert!(buckets[0].public_access_block.present().is_some_and(|block| block.restrict_public_buckets));
}

#[test]
fn references_go_through_variables_and_outputs_of_modules() {
    let plan = json!({
        "format_version": "1.1",
        "resource_changes": [
            create("module.store[\"a\"].aws_s3_bucket.this[0]", &json!({ "bucket": "a-data" }), &json!({ "id": true, "arn": true })),
            create("module.access.aws_s3_bucket_versioning.v", &json!({ "versioning_configuration": [{ "status": "Enabled" }] }), &json!({ "bucket": true })),
        ],
        "configuration": { "root_module": { "module_calls": {
            "store": { "source": "./store", "module": { "resources": [configured("aws_s3_bucket.this", &json!({ "bucket": {} }))],
                "outputs": { "id": { "expression": refers(&["aws_s3_bucket.this[0].id", "aws_s3_bucket.this[0]", "aws_s3_bucket.this"]) } } } },
            "access": { "source": "./access", "expressions": { "bucket": refers(&["module.store[\"a\"].id", "module.store[\"a\"]", "module.store"]) },
                "module": { "resources": [configured("aws_s3_bucket_versioning.v", &json!({ "bucket": refers(&["var.bucket"]) }))] } },
        } } },
    });
    let proposal = laid(&json!({}), &plan);
    let bucket = &account(&proposal).s3.buckets.items[0];
    assert_eq!(bucket.name, "a-data");
    assert!(bucket.versioning.present().is_some_and(|versioning| versioning.enabled), "{:?}", proposal.proposed);
}

#[test]
fn what_cannot_be_found_is_a_hole_with_its_cause() {
    let plan = written(
        &[
            create("aws_s3_bucket_policy.p", &json!({ "bucket": "b" }), &json!({ "policy": true })),
            create(
                "aws_iam_role_policy.q",
                &json!({ "name": "q", "policy": "{\"Statement\":[]}" }),
                &json!({ "role": true }),
            ),
        ],
        &[
            configured(
                "aws_s3_bucket_policy.p",
                &json!({ "bucket": {}, "policy": refers(&["aws_kms_key.k.arn", "aws_kms_key.k", "aws_iam_role.r.arn", "aws_iam_role.r"]) }),
            ),
            configured("aws_iam_role_policy.q", &json!({ "role": refers(&["local.role"]), "policy": {} })),
        ],
    );
    let proposal = laid(&json!({ "s3": { "buckets": [{ "name": "b" }] } }), &plan);
    let policy = account(&proposal).s3.buckets.items[0].policy.present().map(PolicyText::causes).unwrap();
    assert_eq!(policy, ["depends on aws_iam_role.r.arn, aws_kms_key.k.arn"]);
    let Understood::Not(why) = &of(&proposal, "aws_iam_role_policy.q").understood else { panic!() };
    assert!(why.contains("`role` is known only after apply: depends on local.role"), "{why}");
}

#[test]
fn alone_a_plan_says_what_is_there_today() {
    let before = json!({ "bucket": "b", "block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true, "restrict_public_buckets": true });
    let mut after = before.clone();
    after["restrict_public_buckets"] = json!(false);
    let bucket = json!({ "bucket": "b", "arn": "arn:aws:s3:::b" });
    let plan = written(
        &[
            change("aws_s3_bucket.b", &["no-op"], &bucket, &bucket, &json!({})),
            change("aws_s3_bucket_public_access_block.x", &["update"], &before, &after, &json!({})),
            change(
                "aws_iam_role.r",
                &["no-op"],
                &json!({ "name": "r", "arn": "arn:aws:iam::222222222222:role/r", "assume_role_policy": "{\"Statement\":[]}" }),
                &json!({ "name": "r" }),
                &json!({}),
            ),
        ],
        &[],
    );
    let place = Place { standalone: true, ..Place::default() };
    let proposal =
        propose(&source(&plan), &Reading::default(), &overlay::inventory(&json!({})).unwrap(), &place).unwrap();
    let block = |inventory: &Inventory| {
        inventory.accounts[0].s3.buckets.items[0].public_access_block.present().unwrap().restrict_public_buckets
    };
    assert!(block(&proposal.today) && !block(&proposal.after));
    assert_eq!(proposal.after.accounts[0].id, "222222222222", "the plan says whose account it is");
    assert_eq!(of(&proposal, "aws_s3_bucket.b").action, ProposedAction::Keep);
}

#[test]
fn a_provider_of_an_unknown_account_is_not_taken_for_that_of_the_plan() {
    let bucket = json!({ "bucket": "b" });
    let understood = |address: &str, key: &str, providers: Value| {
        let mut plan = written(&[create(address, &bucket, &json!({}))], &[]);
        let resource = json!({ "address": "aws_s3_bucket.b", "provider_config_key": key });
        plan["configuration"]["root_module"] = if address.starts_with("module.m.") {
            json!({ "module_calls": { "m": { "module": { "resources": [resource] } } } })
        } else {
            json!({ "resources": [resource] })
        };
        plan["configuration"]["provider_config"] = providers;
        let proposal = laid(&json!({}), &plan);
        of(&proposal, address).understood.clone()
    };
    let role = |arn: &str| json!({ "expressions": { "assume_role": [{ "role_arn": { "constant_value": arn } }] } });
    let profile = |name: &str| json!({ "expressions": { "profile": { "constant_value": name } } });
    let (plain, prod) = (json!({ "expressions": {} }), role("arn:aws:iam::111111111111:role/deploy"));
    let open = json!({ "expressions": { "assume_role": [{ "role_arn": { "references": ["var.role"] } }] } });
    let (root, module) = ("aws_s3_bucket.b", "module.m.aws_s3_bucket.b");
    for (address, key, providers) in [
        (root, "aws.prod", json!({ "aws": plain, "aws.prod": profile("prod") })),
        (root, "aws.prod", json!({ "aws": plain, "aws.prod": open })),
        (root, "aws.prod", json!({ "aws": prod, "aws.prod": plain })),
        (module, "m:aws", json!({ "aws": plain, "aws.prod": prod })),
        (module, "m:aws", json!({ "aws": plain, "aws.prod": profile("prod") })),
    ] {
        let understood = understood(address, key, providers.clone());
        assert!(matches!(&understood, Understood::Not(why) if why.contains(key)), "{providers}: {understood:?}");
    }
    for (address, key, providers) in [
        (root, "aws.prod", json!({ "aws": profile("prod"), "aws.prod": profile("prod") })),
        (root, "aws.prod", json!({ "aws": open, "aws.prod": open })),
        (root, "aws", json!({ "aws": open, "aws.prod": profile("prod") })),
        (module, "m:aws", json!({ "aws": profile("a"), "google": plain })),
        (module, "aws.prod", json!({ "aws": plain, "aws.prod": prod })),
    ] {
        let understood = understood(address, key, providers.clone());
        assert_eq!(understood, Understood::Whole, "{providers}");
    }
}

#[test]
fn trails_and_what_watches_them_are_laid() {
    let plan = written(
        &[
            create(
                "aws_cloudtrail.t",
                &json!({ "name": "main", "s3_bucket_name": "logs", "is_multi_region_trail": true, "enable_log_file_validation": false }),
                &json!({ "arn": true, "kms_key_id": true, "cloud_watch_logs_group_arn": true }),
            ),
            create(
                "aws_kms_key.k",
                &json!({ "enable_key_rotation": true }),
                &json!({ "arn": true, "key_id": true, "policy": true }),
            ),
            create(
                "aws_cloudwatch_log_group.g",
                &json!({ "name": "trail", "retention_in_days": 30 }),
                &json!({ "arn": true }),
            ),
            create(
                "aws_cloudwatch_log_metric_filter.f",
                &json!({ "name": "root", "pattern": "{ $.x = 1 }", "log_group_name": "trail",
                "metric_transformation": [{ "namespace": "n", "name": "m", "value": "1" }] }),
                &json!({}),
            ),
            create(
                "aws_cloudwatch_metric_alarm.a",
                &json!({ "alarm_name": "a", "namespace": "n", "metric_name": "m", "statistic": "Sum", "period": 300,
                "evaluation_periods": 1, "threshold": 1, "comparison_operator": "GreaterThanOrEqualToThreshold", "alarm_actions": [null] }),
                &json!({ "alarm_actions": [true] }),
            ),
            create("aws_sns_topic.t", &json!({ "name": "alarms" }), &json!({ "arn": true, "id": true })),
            create("aws_sns_topic_subscription.s", &json!({ "protocol": "lambda" }), &json!({ "topic_arn": true })),
        ],
        &[
            configured(
                "aws_cloudtrail.t",
                &json!({ "kms_key_id": refers(&["aws_kms_key.k.arn", "aws_kms_key.k"]),
                "cloud_watch_logs_group_arn": refers(&["aws_cloudwatch_log_group.g.arn", "aws_cloudwatch_log_group.g"]) }),
            ),
            configured("aws_kms_key.k", &json!({ "enable_key_rotation": {} })),
            configured(
                "aws_cloudwatch_metric_alarm.a",
                &json!({ "alarm_actions": refers(&["aws_sns_topic.t.arn", "aws_sns_topic.t"]) }),
            ),
            configured(
                "aws_sns_topic_subscription.s",
                &json!({ "topic_arn": refers(&["aws_sns_topic.t.arn", "aws_sns_topic.t"]) }),
            ),
        ],
    );
    let proposal = laid(&json!({}), &plan);
    let account = account(&proposal);
    let trail = &account.trail.trails.items[0];
    assert_eq!(trail.arn, "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main");
    assert!(
        trail.multi_region && !trail.log_validation && trail.selectors.present().unwrap().basic[0].management_events
    );
    let key = &account.kms.keys.items[0];
    assert_eq!((trail.kms_key.as_deref(), &key.rotation), (Some(key.arn.as_str()), &Observed::Present(true)));
    assert!(key.policy.present().unwrap().as_str().contains("kms:*"));
    assert_eq!(trail.log_group_arn.as_deref(), Some(account.monitoring.log_groups.items[0].arn.as_str()));
    let topic = &account.monitoring.topics.items[0];
    assert_eq!(account.monitoring.alarms.items[0].actions.first(), Some(&topic.arn));
    assert!(topic.subscriptions.present().unwrap()[0].confirmed);
    assert!(
        proposal.proposed.iter().all(|proposed| proposed.understood == Understood::Whole),
        "{:?}",
        proposal.proposed
    );
}

#[test]
fn policies_of_the_organisation_change_where_they_are_known() {
    let deny = "{\"Statement\":[]}";
    let plan = written(
        &[
            create(
                "aws_organizations_policy.s",
                &json!({ "name": "guard", "type": "SERVICE_CONTROL_POLICY", "content": deny }),
                &json!({ "id": true, "arn": true }),
            ),
            create(
                "aws_organizations_policy_attachment.a",
                &json!({ "target_id": "r-1" }),
                &json!({ "policy_id": true }),
            ),
        ],
        &[
            configured("aws_organizations_policy.s", &json!({ "content": {} })),
            configured(
                "aws_organizations_policy_attachment.a",
                &json!({ "policy_id": refers(&["aws_organizations_policy.s.id", "aws_organizations_policy.s"]) }),
            ),
        ],
    );
    let proposal = laid(&json!({ "organization": { "scps": [] } }), &plan);
    let scp = &proposal.after.organization.present().unwrap().scps.items[0];
    assert_eq!((scp.name.as_str(), scp.targets.items.as_slice()), ("guard", ["r-1".to_owned()].as_slice()));
    let alone = laid(&json!({}), &plan);
    assert!(
        matches!(&of(&alone, "aws_organizations_policy.s").understood, Understood::Not(why) if why.contains("management account"))
    );
}

#[test]
fn what_is_no_plan_says_what_to_do() {
    let empty = overlay::inventory(&json!({})).unwrap();
    let whole = pending_bucket().to_string();
    for (text, wanted) in [
        (
            "{\"version\": 4, \"terraform_version\": \"1.9.0\", \"serial\": 3, \"lineage\": \"x\", \"resources\": []}",
            "is the state, not a plan",
        ),
        ("{\"format_version\": \"1.0\", \"values\": {}}", "is the state, not a plan"),
        (whole.get(..whole.len() / 2).unwrap(), "is not whole: it breaks off at line 1"),
        ("{\"@level\":\"info\",\"type\":\"version\"}\n{\"@level\":\"info\"}", "is the log of `plan -json`"),
        ("Terraform used the selected providers to generate", "is what `plan` shows to people"),
        ("{\"format_version\": \"2.0\", \"resource_changes\": []}", "format `2.0`"),
        ("{\"a\": 1}", "--kind says what it is"),
        ("{\"Statement\": []}", "--as"),
        ("PK\u{3}\u{4}xx", "terraform show -json"),
        ("  ", "is empty"),
    ] {
        let source = Source { name: "f".to_owned(), bytes: text.as_bytes().to_vec() };
        let error = propose(&source, &Reading::default(), &empty, &Place::default()).unwrap_err().to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    }
}

#[test]
fn lines_of_the_configuration_are_the_places() {
    let file = |name: &str, text: &str| Source { name: name.to_owned(), bytes: text.as_bytes().to_vec() };
    let files = vec![file(
        "infra/main.tf",
        "\nresource \"aws_s3_bucket\" \"b\" {\n}\nresource \"aws_s3_bucket_policy\" \"p\" {",
    )];
    let reading = Reading { configuration: ("infra".to_owned(), files), ..Reading::default() };
    let proposal =
        propose(&source(&pending_bucket()), &reading, &overlay::inventory(&json!({})).unwrap(), &Place::default())
            .unwrap();
    let place = |address: &str| of(&proposal, address).place.clone();
    assert_eq!(place("aws_s3_bucket_policy.p"), SourcePlace { file: "infra/main.tf".to_owned(), line: Some(4) });
    assert_eq!(place("aws_s3_bucket_public_access_block.x"), SourcePlace { file: "plan.json".to_owned(), line: None });
}

/// A plan in which everything is open, and the configuration that says what it will be.
#[test]
fn the_configuration_says_what_a_plan_leaves_open() {
    let plan = written(
        &[
            create("aws_s3_bucket.b", &json!({ "bucket": "pages" }), &json!({ "id": true, "arn": true })),
            create("aws_s3_bucket_policy.p", &json!({ "bucket": "pages" }), &json!({ "policy": true })),
            create("aws_iam_role_policy.q[\"x\"]", &json!({ "role": "ci", "name": "q" }), &json!({ "policy": true })),
            change(
                "data.aws_iam_policy_document.d",
                &["read"],
                &Value::Null,
                &json!({ "statement": [{ "actions": ["s3:GetObject"], "resources": [null, null], "principals": [{ "type": "*", "identifiers": ["*"] }] }] }),
                &json!({ "json": true, "statement": [{ "resources": [true, true] }] }),
            ),
            create("aws_iam_role_policy.r", &json!({ "role": "ci", "name": "r" }), &json!({ "policy": true })),
        ],
        &[
            configured("aws_s3_bucket.b", &json!({ "bucket": {} })),
            configured(
                "aws_s3_bucket_policy.p",
                &json!({ "bucket": {}, "policy": refers(&["aws_s3_bucket.b.arn", "aws_s3_bucket.b", "local.prefix"]) }),
            ),
            configured(
                "aws_iam_role_policy.q",
                &json!({ "policy": refers(&["aws_s3_bucket.b.id", "aws_s3_bucket.b", "aws_kms_alias.k.target_key_arn", "aws_kms_alias.k", "each.key"]) }),
            ),
            configured(
                "data.aws_iam_policy_document.d",
                &json!({ "statement": [{ "actions": {}, "resources": refers(&["aws_s3_bucket.b.arn", "aws_s3_bucket.b"]), "principals": [{}] }] }),
            ),
            configured(
                "aws_iam_role_policy.r",
                &json!({ "policy": refers(&["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"]) }),
            ),
        ],
    );
    let configuration = r#"
locals {
  prefix  = "public"
  objects = "${aws_s3_bucket.b.arn}/${local.prefix}/*"
}
resource "aws_s3_bucket_policy" "p" {
  bucket = "pages"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = local.objects }]
  })
}
resource "aws_iam_role_policy" "q" {
  for_each = toset(["x"])
  policy   = <<-EOT
    {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": [
      "${format("arn:aws:s3:::%s/%s", aws_s3_bucket.b.id, each.key)}",
      "${aws_kms_alias.k.target_key_arn}", "arn:aws:s3:::home/$${aws:username}"]}]}
  EOT
}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
resource "aws_iam_role_policy" "r" {
  policy = data.aws_iam_policy_document.d.json
}
"#;
    let files = vec![Source { name: "main.tf".to_owned(), bytes: configuration.as_bytes().to_vec() }];
    let reading = Reading { configuration: (".".to_owned(), files), ..Reading::default() };
    let today = overlay::inventory(&json!({ "iam": { "roles": [{ "name": "ci" }] } })).unwrap();
    let proposal = propose(&source(&plan), &reading, &today, &Place::default()).unwrap();
    let account = account(&proposal);
    let json = |text: &PolicyText| {
        serde_json::from_str::<Value>(text.as_str()).unwrap_or_else(|error| panic!("{error}: {}", text.as_str()))
    };
    let bucket = json(account.s3.buckets.items[0].policy.present().unwrap());
    assert_eq!(bucket["Statement"][0]["Resource"], "arn:aws:s3:::pages/public/*");
    assert_eq!(of(&proposal, "aws_s3_bucket_policy.p").understood, Understood::Whole);
    let inline = &account.iam.roles.items[0].inline;
    let resources = &json(&inline[0].document)["Statement"][0]["Resource"];
    assert_eq!(
        (&resources[0], &resources[2]),
        (&json!("arn:aws:s3:::pages/x"), &json!("arn:aws:s3:::home/${aws:username}"))
    );
    assert_eq!(inline[0].document.causes(), ["depends on aws_kms_alias.k.target_key_arn"]);
    let document = json(&inline[1].document);
    assert_eq!(document["Statement"][0]["Resource"], json!(["arn:aws:s3:::pages", "arn:aws:s3:::pages/*"]));
    assert_eq!(of(&proposal, "aws_iam_role_policy.r").understood, Understood::Whole);
}

#[test]
fn what_cannot_be_read_or_is_not_looked_at_is_never_passed_over() {
    let none = json!({});
    let delete = |address: &str| change(address, &["delete"], &json!({ "id": "x" }), &Value::Null, &Value::Null);
    let mut broken = create("aws_iam_role.broken", &none, &none);
    broken["change"]["actions"] = json!("create");
    let mut plan = written(
        &[
            broken,
            create("aws_s3_bucket.silent", &Value::Null, &none),
            change("aws_s3_bucket_policy.silent", &["delete"], &Value::Null, &Value::Null, &none),
            create("aws_s3_of_tomorrow.t", &none, &none),
            create("awscc_iam_role.r", &none, &none),
            create("aws_cloudformation_stack.s", &none, &none),
            create("aws_s3_object.open", &json!({ "bucket": "b", "key": "k", "acl": "public-read" }), &none),
            delete("aws_guardduty_detector.d"),
            create("aws_guardduty_detector.d", &none, &none),
            create("aws_s3_object.plain", &json!({ "bucket": "b", "key": "k" }), &none),
            create("aws_s3_bucket_notification.n", &none, &none),
        ],
        &[],
    );
    plan["errored"] = true.into();
    plan["deferred_changes"] =
        json!([{ "reason": "provider_config_unknown", "resource_change": create("aws_iam_user.later", &none, &none) }]);
    let proposal = laid(&json!({}), &plan);
    let not: Vec<(&str, &str)> = proposal
        .proposed
        .iter()
        .filter_map(|proposed| match &proposed.understood {
            Understood::Not(why) => Some((proposed.address.as_str(), why.as_str())),
            _ => None,
        })
        .collect();
    for (address, wanted) in [
        ("aws_iam_role.broken", "cannot be read"),
        ("aws_s3_bucket.silent", "does not say what it is"),
        ("aws_s3_bucket_policy.silent", "does not say what it is"),
        ("aws_s3_of_tomorrow.t", "this part of S3"),
        ("awscc_iam_role.r", "awscc"),
        ("aws_cloudformation_stack.s", "stack of its own"),
        ("aws_s3_object.open", "public-read"),
        ("aws_guardduty_detector.d", "watches or guards"),
        ("aws_iam_user.later", "provider_config_unknown"),
        ("the plan", "ended in an error"),
    ] {
        assert!(not.iter().any(|(is, why)| *is == address && why.contains(wanted)), "{address}: {not:?}");
    }
    assert_eq!(not.len(), 10, "{not:?}");
}
