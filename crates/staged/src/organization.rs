//! The accounts of an organisation, and who is in them.

use crate::draw::Draw;
use crate::shape::{APPLICATIONS, NAMES, REGIONS, WORDS};

/// An account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) people: Vec<Person>,
    pub(crate) machines: Vec<Machine>,
    pub(crate) users: Vec<User>,
    pub(crate) buckets: Vec<String>,
    pub(crate) instances: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) keys: Vec<String>,
}

/// Somebody who comes through Identity Center and works in the day.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) identity_json: String,
    pub(crate) address: String,
    pub(crate) agents: [&'static str; 2],
}

/// Software with a role.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) role: String,
    pub(crate) identity_json: String,
    pub(crate) address: String,
    pub(crate) agent: &'static str,
}

/// An IAM user with a key that never changes: a pipeline.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) identity_json: String,
    pub(crate) address: String,
}

/// What people call with.
pub(crate) const AGENTS_OF_PEOPLE: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython cfg/retry-mode#standard",
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.14.1",
    "Boto3/1.40.30 md/Botocore#1.40.30 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.12.11",
];

const AGENTS_OF_MACHINES: [&str; 4] = [
    "aws-sdk-java/2.33.4 md/io#async md/http#NettyNio ua/2.1 api/s3#2.33.x os/Linux#6.1.141 lang/java#21.0.8",
    "amazon-ssm-agent/3.3.1345.0",
    "Boto3/1.39.11 md/Botocore#1.39.11 ua/2.1 os/linux#5.10.240 md/arch#x86_64 lang/python#3.13.5 exec-env/AWS_Lambda_python3.13",
    "aws-sdk-go-v2/1.38.3 ua/2.1 os/linux lang/go#1.24.6 md/GOOS#linux md/GOARCH#amd64 api/ecs#1.63.4",
];

/// A session of a role.
pub(crate) fn session(account: &str, role: &str, path: &str, id: &str, key: &str, name: &str, began: &str) -> String {
    format!(
        r#"{{"type":"AssumedRole","principalId":"{id}:{name}","arn":"arn:aws:sts::{account}:assumed-role/{role}/{name}","accountId":"{account}","accessKeyId":"{key}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"{id}","arn":"arn:aws:iam::{account}:role/{path}{role}","accountId":"{account}","userName":"{role}"}},"attributes":{{"creationDate":"{began}","mfaAuthenticated":"false"}}}}}}"#
    )
}

impl Account {
    pub(crate) fn new(number: usize, draw: &mut Draw) -> Self {
        let id = format!("{:012}", 100_000_000_000 + draw.below(800_000_000_000));
        let began = "2026-03-02T06:00:00Z";
        let person = |place: usize, draw: &mut Draw| {
            let name = NAMES.get((number * 6 + place) % NAMES.len()).copied().unwrap_or("zoe");
            let name = format!("{name}{}@acme.example", number * 6 / NAMES.len());
            let role = ["AWSReservedSSO_Admin", "AWSReservedSSO_Developer"].get(usize::from(place > 1)).copied();
            let role = format!("{}_{}", role.unwrap_or_default(), draw.hex(16));
            let (principal, key) = (format!("AROA{}", draw.letters(16)), format!("ASIA{}", draw.letters(16)));
            let path = "aws-reserved/sso.amazonaws.com/eu-central-1/";
            let first = draw.below(AGENTS_OF_PEOPLE.len());
            let agent = |at: usize| AGENTS_OF_PEOPLE.get(at % AGENTS_OF_PEOPLE.len()).copied().unwrap_or_default();
            Person {
                identity_json: session(&id, &role, path, &principal, &key, &name, began),
                // Half of them are in the office.
                address: if place.is_multiple_of(2) {
                    format!("198.51.100.{}", 1 + draw.below(250))
                } else {
                    format!("{}.{}.{}.{}", 77 + draw.below(8), draw.below(250), draw.below(250), 1 + draw.below(250))
                },
                agents: [agent(first), agent(first + 1)],
            }
        };
        let machine = |place: usize, draw: &mut Draw| {
            let application = APPLICATIONS.get(place % APPLICATIONS.len()).copied().unwrap_or_default();
            let word = WORDS.get((place / APPLICATIONS.len()) % WORDS.len()).copied().unwrap_or_default();
            let role = format!("{application}-{word}");
            let instance = format!("i-0{}", draw.hex(16));
            let (principal, key) = (format!("AROA{}", draw.letters(16)), format!("ASIA{}", draw.letters(16)));
            Machine {
                identity_json: session(&id, &role, "service/", &principal, &key, &instance, began),
                address: format!("10.{}.{}.{}", draw.below(16), draw.below(250), 1 + draw.below(250)),
                agent: draw.pick(&AGENTS_OF_MACHINES).copied().unwrap_or_default(),
                role,
            }
        };
        let user = |place: usize, draw: &mut Draw| {
            let (name, key) = (format!("pipeline-{place}"), format!("AKIA{}", draw.letters(16)));
            User {
                identity_json: format!(
                    r#"{{"type":"IAMUser","principalId":"AIDA{}","arn":"arn:aws:iam::{id}:user/{name}","accountId":"{id}","accessKeyId":"{key}","userName":"{name}"}}"#,
                    draw.letters(16)
                ),
                address: format!("192.0.2.{}", 10 + draw.below(20)),
            }
        };
        Self {
            people: (0..6).map(|place| person(place, draw)).collect(),
            machines: (0..30).map(|place| machine(place, draw)).collect(),
            users: (0..2).map(|place| user(place, draw)).collect(),
            buckets: (0..12)
                .map(|place| {
                    let application = APPLICATIONS.get(place % APPLICATIONS.len()).copied().unwrap_or_default();
                    format!("acme-{application}-{}", id.get(8..).unwrap_or_default())
                })
                .collect(),
            instances: (0..200).map(|_| format!("i-0{}", draw.hex(16))).collect(),
            groups: (0..20).map(|_| format!("sg-0{}", draw.hex(16))).collect(),
            keys: (0..6).map(|_| draw.uuid()).collect(),
            id,
        }
    }

    /// Puts what the organisation has in the place of each `$word`.
    pub(crate) fn fill(&self, template: &str, region: &str, draw: &mut Draw) -> String {
        let mut text = String::with_capacity(template.len() + 128);
        let mut parts = template.split('$');
        text.push_str(parts.next().unwrap_or_default());
        // A bucket or an instance that is named twice is the same one.
        let at = draw.below(1 << 20);
        let one = |things: &'_ [String]| things.get(at % things.len().max(1)).cloned().unwrap_or_default();
        let word = |words: &[&str]| words.get(at % words.len().max(1)).map_or_else(String::new, ToString::to_string);
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            let said = match name {
                "account" => self.id.clone(),
                "application" => word(&APPLICATIONS),
                "bucket" => one(&self.buckets),
                "group" => one(&self.groups),
                "hex" => draw.hex(16),
                "instance" => one(&self.instances),
                "kms" => one(&self.keys),
                "object" => format!("{}/2026/{:02}/{}.json", word(&WORDS), 1 + at % 12, draw.hex(8)),
                "region" => region.to_owned(),
                "role" => {
                    self.machines.get(at % self.machines.len().max(1)).map_or_else(String::new, |one| one.role.clone())
                }
                "uuid" => draw.uuid(),
                "word" => word(&WORDS),
                other => format!("${other}"),
            };
            text.push_str(&said);
            text.push_str(rest);
        }
        text
    }
}

/// The regions of the organisation.
pub(crate) fn regions() -> &'static [&'static str] {
    &REGIONS
}
