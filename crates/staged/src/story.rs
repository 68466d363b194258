//! Stories: what a detection should find, and what looks nearly like it and is nothing.

use crate::draw::Draw;
use crate::organization::{Account, Person, User, regions, session};
use crate::record::{Call, instant};

/// A story in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// The detection that should find it, or that could take it for one.
    pub check: &'static str,
    /// Whether there is something to find.
    pub is_true: bool,
    /// Its events.
    pub event_ids: Vec<String>,
}

/// A record on its way into a file.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) at: i64,
    pub(crate) account: usize,
    pub(crate) region: &'static str,
    pub(crate) record: String,
}

/// Tells stories.
pub(crate) struct Teller<'a> {
    accounts: &'a [Account],
    pub(crate) draw: Draw,
    pub(crate) lines: Vec<Line>,
    pub(crate) planted: Vec<Planted>,
    ids: Vec<String>,
}

/// Where the outsiders are.
const FAR: &str = "203.0.113.77";
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const TOOL: &str = "Boto3/1.26.1 Python/3.10.6 Linux/5.19.0-kali2-amd64 Botocore/1.29.1";

impl<'a> Teller<'a> {
    pub(crate) fn new(accounts: &'a [Account], seed: u64) -> Self {
        let draw = Draw::new(seed);
        Self { accounts, draw, lines: Vec::new(), planted: Vec::new(), ids: Vec::new() }
    }

    fn say(&mut self, account: usize, call: &Call<'_>) {
        let region = regions().first().copied().unwrap_or_default();
        let id = self.accounts.get(account).map_or("", |account| &account.id);
        let (record, event) = Call { account: id, region, ..*call }.record(&mut self.draw);
        self.ids.push(event);
        self.lines.push(Line { at: call.at, account, region, record });
    }

    fn end(&mut self, check: &'static str, is_true: bool) {
        self.planted.push(Planted { check, is_true, event_ids: std::mem::take(&mut self.ids) });
    }

    /// Every story once, on the day that begins at `day`, a weekday with three weeks before it.
    pub(crate) fn tell(&mut self, round: usize, day: i64) {
        let accounts = self.accounts;
        let at = round % accounts.len().max(1);
        let Some(account) = accounts.get(at) else { return };
        let people = |place: usize| account.people.get((round + place) % account.people.len().max(1));
        let (Some(one), Some(two), Some(three)) = (people(0), people(1), people(2)) else { return };
        let Some(user) = account.users.get(round % account.users.len().max(1)) else { return };
        self.terminations(at, account, one, day + 14 * HOUR, 22, true);
        self.terminations(at, account, three, day + 10 * HOUR, 19, false);
        self.opened(at, account, two, day + 11 * HOUR);
        self.sign_ins(at, account, day + 9 * HOUR);
        self.rights(at, account, day + 12 * HOUR);
        self.refused(at, account, user, day + 13 * HOUR);
        self.chain(at, account, three, day + 15 * HOUR);
        self.reads(at, account, day + 16 * HOUR);
        self.key(at, user, day + 8 * HOUR);
        self.unusual(at, account, user, (one, two, three), day + DAY);
    }

    fn by<'c>(person: &'c Person, at: i64, service: &'c str, name: &'c str, request: &'c str) -> Call<'c> {
        Call {
            at,
            service,
            name,
            identity_json: &person.identity_json,
            address: &person.address,
            agent: person.agents[0],
            request_json: request,
            ..Call::default()
        }
    }

    /// So many distinct instances in under five minutes.
    fn terminations(&mut self, place: usize, account: &Account, who: &Person, at: i64, count: usize, is_true: bool) {
        let first = self.draw.below(account.instances.len() - count);
        for (number, instance) in (0..).zip(account.instances.iter().skip(first).take(count)) {
            let request = format!(r#"{{"instancesSet":{{"items":[{{"instanceId":"{instance}"}}]}}}}"#);
            let response = format!(
                r#"{{"instancesSet":{{"items":[{{"instanceId":"{instance}","currentState":{{"code":32,"name":"shutting-down"}},"previousState":{{"code":16,"name":"running"}}}}]}}}}"#
            );
            let call = Self::by(who, at + number * 12, "ec2", "TerminateInstances", &request);
            self.say(place, &Call { response_json: &response, ..call });
        }
        self.end("ec2.mass_termination", is_true);
    }

    /// Single calls that open something or blind the log, each with one that does not.
    fn opened(&mut self, place: usize, account: &Account, who: &Person, at: i64) {
        let bucket = account.buckets.get(place % account.buckets.len()).map_or("", String::as_str);
        let group = account.groups.first().map_or("", String::as_str);
        let own = &account.id;
        let policy = |principal: &str| {
            format!(
                r#"{{"bucketName":"{bucket}","bucketPolicy":{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/*"}}]}}}}"#
            )
        };
        let block = |on: bool| {
            format!(
                r#"{{"bucketName":"{bucket}","PublicAccessBlockConfiguration":{{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":{on},"RestrictPublicBuckets":{on}}}}}"#
            )
        };
        let ingress = |port: u16, network: &str| {
            format!(
                r#"{{"groupId":"{group}","ipPermissions":{{"items":[{{"ipProtocol":"tcp","fromPort":{port},"toPort":{port},"ipRanges":{{"items":[{{"cidrIp":"{network}"}}]}}}}]}}}}"#
            )
        };
        let share = |with: &str| {
            format!(
                r#"{{"snapshotId":"snap-0123456789abcdef0","attributeType":"CREATE_VOLUME_PERMISSION","createVolumePermission":{{"add":{{"items":[{{"userId":"{with}"}}]}}}}}}"#
            )
        };
        let trail = |all: bool| {
            format!(r#"{{"name":"arn:aws:cloudtrail:eu-central-1:{own}:trail/main","isMultiRegionTrail":{all}}}"#)
        };
        let within = format!(r#"{{"AWS":"arn:aws:iam::{own}:root"}}"#);
        let single: [(&'static str, &str, &str, String, bool); 10] = [
            ("s3.policy_opened", "s3", "PutBucketPolicy", policy(&within), false),
            ("s3.policy_opened", "s3", "PutBucketPolicy", policy(r#""*""#), true),
            ("s3.public_access_block_removed", "s3", "PutBucketPublicAccessBlock", block(true), false),
            ("s3.public_access_block_removed", "s3", "PutBucketPublicAccessBlock", block(false), true),
            ("ec2.security_group_opened", "ec2", "AuthorizeSecurityGroupIngress", ingress(443, "0.0.0.0/0"), false),
            ("ec2.security_group_opened", "ec2", "AuthorizeSecurityGroupIngress", ingress(22, "0.0.0.0/0"), true),
            ("ec2.snapshot_shared", "ec2", "ModifySnapshotAttribute", share(own), false),
            ("ec2.snapshot_shared", "ec2", "ModifySnapshotAttribute", share("999988887777"), true),
            ("trail.tampering", "cloudtrail", "UpdateTrail", trail(true), false),
            ("trail.tampering", "cloudtrail", "UpdateTrail", trail(false), true),
        ];
        for (number, (check, service, name, request, is_true)) in (0..).zip(&single) {
            self.say(place, &Self::by(who, at + number * 90, service, name, request));
            self.end(check, *is_true);
        }
    }

    /// Guessed passwords, forgotten ones, and root.
    fn sign_ins(&mut self, place: usize, account: &Account, at: i64) {
        let identity = |name: &str| {
            format!(
                r#"{{"type":"IAMUser","principalId":"AIDAEXAMPLE{name}","accountId":"{}","arn":"arn:aws:iam::{}:user/{name}","userName":"{name}"}}"#,
                account.id, account.id
            )
        };
        let root = format!(
            r#"{{"type":"Root","principalId":"{}","arn":"arn:aws:iam::{}:root","accountId":"{}","accessKeyId":""}}"#,
            account.id, account.id, account.id
        );
        let call = |teller: &mut Self, identity: &str, at: i64, mfa: &str, worked: bool| {
            let answer = format!(r#"{{"ConsoleLogin":"{}"}}"#, if worked { "Success" } else { "Failure" });
            let more =
                format!(r#"{{"LoginTo":"https://console.aws.amazon.com/","MobileVersion":"No","MFAUsed":"{mfa}"}}"#);
            teller.say(
                place,
                &Call {
                    at,
                    service: "signin",
                    name: "ConsoleLogin",
                    identity_json: identity,
                    address: FAR,
                    agent: crate::organization::AGENTS_OF_PEOPLE[0],
                    response_json: &answer,
                    more_json: &more,
                    error: (!worked).then_some(("Failure", "Failed authentication")),
                    kind: "AwsConsoleSignIn",
                    ..Call::default()
                },
            );
        };
        for (name, failures, is_true) in [("guessed", 9, true), ("forgetful", 3, false)] {
            for number in 0..failures {
                call(self, &identity(name), at + number * 9, "No", false);
            }
            call(self, &identity(name), at + failures * 9, "No", true);
            self.end("signin.failures_then_success", is_true);
        }
        for (mfa, is_true) in [("Yes", false), ("No", true)] {
            call(self, &root, at + 20 * MINUTE, mfa, true);
            self.end("signin.root_without_mfa", is_true);
        }
    }

    /// A user who makes itself an administrator and goes on with it; another who gets to read.
    fn rights(&mut self, place: usize, account: &Account, at: i64) {
        let id = &account.id;
        let (key, other) = (self.draw.letters(16), self.draw.letters(16));
        for (name, key, policy, is_true) in
            [("climber", key, "AdministratorAccess", true), ("reader", other, "ReadOnlyAccess", false)]
        {
            let identity = format!(
                r#"{{"type":"IAMUser","principalId":"AIDAEXAMPLE{name}","arn":"arn:aws:iam::{id}:user/{name}","accountId":"{id}","accessKeyId":"AKIA{key}","userName":"{name}"}}"#
            );
            let attach = format!(r#"{{"userName":"{name}","policyArn":"arn:aws:iam::aws:policy/{policy}"}}"#);
            let make = r#"{"userName":"backup-admin"}"#;
            for (minutes, call, request) in [(0, "AttachUserPolicy", attach.as_str()), (9, "CreateUser", make)] {
                let call = Call {
                    at: at + minutes * MINUTE,
                    service: "iam",
                    name: call,
                    identity_json: &identity,
                    address: FAR,
                    agent: TOOL,
                    request_json: request,
                    ..Call::default()
                };
                self.say(place, &call);
                if minutes == 0 {
                    let first = self.ids.clone();
                    self.planted.push(Planted { check: "iam.privilege_gained", is_true, event_ids: first });
                }
            }
            self.end("iam.privilege_gained_then_used", is_true);
        }
    }

    /// A key that tries what it may; a call that is refused again and again is none.
    fn refused(&mut self, place: usize, account: &Account, user: &User, at: i64) {
        const TRIED: [(&str, &str); 10] = [
            ("iam", "ListUsers"),
            ("iam", "ListRoles"),
            ("ec2", "DescribeInstances"),
            ("rds", "DescribeDBInstances"),
            ("secretsmanager", "ListSecrets"),
            ("ssm", "DescribeParameters"),
            ("lambda", "ListFunctions20150331"),
            ("s3", "ListBuckets"),
            ("kms", "ListKeys"),
            ("dynamodb", "ListTables"),
        ];
        let denied = Some(("AccessDenied", "User is not authorized to perform this call"));
        for (number, (service, name)) in (0..).zip(TRIED) {
            let call = Call {
                at: at + number * 13,
                service,
                name,
                identity_json: &user.identity_json,
                address: &user.address,
                agent: TOOL,
                error: denied,
                reads: true,
                ..Call::default()
            };
            self.say(place, &call);
        }
        self.end("iam.denied_burst", true);
        let Some(machine) = account.machines.first() else { return };
        for number in 0..30 {
            let call = Call {
                at: at + number * 7,
                service: "s3",
                name: "ListBuckets",
                identity_json: &machine.identity_json,
                address: &machine.address,
                agent: machine.agent,
                error: denied,
                reads: true,
                ..Call::default()
            };
            self.say(place, &call);
        }
        self.end("iam.denied_burst", false);
    }

    /// From a role into a role of another account.
    fn chain(&mut self, place: usize, account: &Account, who: &Person, at: i64) {
        let Some(next) = self.accounts.get((place + 1) % self.accounts.len()) else { return };
        let key = format!("ASIA{}", self.draw.letters(16));
        let taken = format!("ASIA{}", self.draw.letters(16));
        let first = session(&account.id, "operator", "", "AROAEXAMPLEOPERATOR0", &key, "op", &instant(at));
        let steps = [(&who.identity_json, &account.id, "operator", &key), (&first, &next.id, "deployer", &taken)];
        for (number, (identity, owner, role, key)) in (0..).zip(steps) {
            let request = format!(r#"{{"roleArn":"arn:aws:iam::{owner}:role/{role}","roleSessionName":"op"}}"#);
            let response = format!(
                r#"{{"credentials":{{"accessKeyId":"{key}","expiration":"{}"}},"assumedRoleUser":{{"arn":"arn:aws:sts::{owner}:assumed-role/{role}/op"}}}}"#,
                instant(at + HOUR)
            );
            let call = Call {
                at: at + number * MINUTE,
                service: "sts",
                name: "AssumeRole",
                identity_json: identity,
                address: &who.address,
                agent: who.agents[0],
                request_json: &request,
                response_json: &response,
                reads: true,
                ..Call::default()
            };
            self.say(place, &call);
        }
        self.end("iam.role_chain_across_accounts", true);
    }

    /// A bucket that is read out by a stolen session; one that is read slowly.
    fn reads(&mut self, place: usize, account: &Account, at: i64) {
        let bucket = account.buckets.last().map_or("", String::as_str);
        for (name, step, is_true) in [("thief", 2, true), ("visitor", 4, false)] {
            let key = format!("ASIA{}", self.draw.letters(16));
            let identity = session(&account.id, "export", "", "AROAEXAMPLEEXPORT000", &key, name, &instant(at));
            for number in 0..240 {
                let request = format!(r#"{{"bucketName":"{bucket}","key":"export/{name}/{number:05}.csv"}}"#);
                let call = Call {
                    at: at + number * step,
                    service: "s3",
                    name: "GetObject",
                    identity_json: &identity,
                    address: FAR,
                    agent: TOOL,
                    request_json: &request,
                    more_json: r#"{"bytesTransferredIn":0,"bytesTransferredOut":4194304}"#,
                    reads: true,
                    is_data: true,
                    ..Call::default()
                };
                self.say(place, &call);
            }
            self.end("s3.mass_read", is_true);
        }
    }

    /// The key of a pipeline in two places in turn.
    fn key(&mut self, place: usize, user: &User, at: i64) {
        for (minutes, address) in [(0, user.address.as_str()), (10, FAR), (20, &user.address), (25, FAR)] {
            let call = Call {
                at: at + minutes * MINUTE,
                service: "sts",
                name: "GetCallerIdentity",
                identity_json: &user.identity_json,
                address,
                agent: "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/linux#6.1.0",
                reads: true,
                ..Call::default()
            };
            self.say(place, &call);
        }
        self.end("iam.access_key_shared", true);
    }

    /// What only stands out against what somebody does otherwise.
    fn unusual(
        &mut self,
        place: usize,
        account: &Account,
        user: &User,
        (one, two, three): (&Person, &Person, &Person),
        day: i64,
    ) {
        let ask = |who, at| Self::by(who, at, "ec2", "DescribeInstances", r#"{"maxResults":100}"#);
        for number in 0..6 {
            let call = Call { reads: true, ..ask(one, day + 2 * HOUR + number * MINUTE) };
            self.say(place, &call);
        }
        self.end("baseline.unusual_hours", true);
        for number in 0..4 {
            let call = Call { address: FAR, reads: true, ..ask(two, day + 10 * HOUR + number * MINUTE) };
            self.say(place, &call);
        }
        self.end("baseline.new_network", true);
        for number in 0..4 {
            let call = Call {
                agent: "S3 Browser/11.7.5 (https://s3browser.com)",
                reads: true,
                ..ask(three, day + 10 * HOUR + number * MINUTE)
            };
            self.say(place, &call);
        }
        self.end("baseline.new_agent", true);
        // Of a pipeline, which does the same three things all its life.
        let call = Call {
            at: day + 11 * HOUR,
            service: "kms",
            name: "ScheduleKeyDeletion",
            identity_json: &user.identity_json,
            address: &user.address,
            agent: TOOL,
            request_json: r#"{"keyId":"1234abcd-12ab-34cd-56ef-1234567890ab","pendingWindowInDays":7}"#,
            ..Call::default()
        };
        self.say(place, &call);
        self.end("baseline.first_time_action", true);
        let bucket = account.buckets.first().map_or("", String::as_str);
        let Some(machine) = account.machines.first() else { return };
        for number in 0..20 {
            let request = format!(r#"{{"bucketName":"{bucket}","key":"dump/{number}.tar"}}"#);
            let call = Call {
                at: day + 12 * HOUR + number * MINUTE,
                service: "s3",
                name: "GetObject",
                identity_json: &machine.identity_json,
                address: &machine.address,
                agent: machine.agent,
                request_json: &request,
                more_json: r#"{"bytesTransferredIn":0,"bytesTransferredOut":5368709120}"#,
                reads: true,
                is_data: true,
                ..Call::default()
            };
            self.say(place, &call);
        }
        self.end("baseline.bytes_out_of_bucket", true);
    }
}
