//! What goes on in an organisation when nothing goes on.

use crate::draw::Draw;
use crate::organization::{Account, regions};
use crate::record::{Call, instant};
use crate::shape::{OF_MACHINES, OF_PEOPLE, Shape};

/// Seconds of an hour.
pub(crate) const HOUR: i64 = 3_600;

/// The shapes by their weight.
struct Mix {
    shapes: &'static [Shape],
    sum: usize,
}

impl Mix {
    fn of(shapes: &'static [Shape]) -> Self {
        Self { shapes, sum: shapes.iter().map(|shape| shape.weight).sum() }
    }

    fn pick(&self, draw: &mut Draw) -> Option<&'static Shape> {
        let mut at = draw.below(self.sum);
        self.shapes.iter().find(|shape| {
            let here = at < shape.weight;
            at = at.wrapping_sub(shape.weight);
            here
        })
    }
}

/// Makes calls that mean nothing.
pub(crate) struct Noise {
    machines: Mix,
    people: Mix,
}

impl Noise {
    pub(crate) fn new() -> Self {
        Self { machines: Mix::of(OF_MACHINES), people: Mix::of(OF_PEOPLE) }
    }

    /// Whether people are at work: on weekdays from 7:00 to 18:00. The log begins on a Monday.
    pub(crate) fn at_work(hour: i64, first: i64) -> bool {
        let since = hour - first;
        (since / (24 * HOUR)).rem_euclid(7) < 5 && (7..18).contains(&(since / HOUR).rem_euclid(24))
    }

    /// One call at an hour: its time and its record.
    pub(crate) fn call(
        &self,
        account: &Account,
        region: &str,
        hour: i64,
        work: bool,
        draw: &mut Draw,
    ) -> (i64, String) {
        let at = hour + i64::try_from(draw.below(3_600)).unwrap_or_default();
        // People are in the first region only, and so are the pipelines.
        let home = regions().first() == Some(&region);
        let record = match draw.below(100) {
            0..12 if home && work => self.person(account, region, at, draw),
            12..18 if home => Self::pipeline(account, region, at, draw),
            18..28 => Self::service(account, region, at, draw),
            _ => self.machine(account, region, at, draw),
        };
        (at, record)
    }

    fn person(&self, account: &Account, region: &str, at: i64, draw: &mut Draw) -> String {
        let Some(person) = draw.pick(&account.people) else { return String::new() };
        let call = Call {
            at,
            account: &account.id,
            region,
            identity_json: &person.identity_json,
            address: &person.address,
            agent: draw.pick(&person.agents).copied().unwrap_or_default(),
            ..Call::default()
        };
        if draw.chance(1_500) {
            return Self::sign_in(&call, draw);
        }
        self.people.pick(draw).map_or_else(String::new, |shape| shaped(shape, account, call, draw))
    }

    /// A sign-in through Identity Center: MFA is its matter.
    fn sign_in(call: &Call<'_>, draw: &mut Draw) -> String {
        let call = Call {
            region: "us-east-1",
            service: "signin",
            name: "ConsoleLogin",
            response_json: r#"{"ConsoleLogin":"Success"}"#,
            more_json: r#"{"MobileVersion":"No","MFAUsed":"No"}"#,
            kind: "AwsConsoleSignIn",
            ..*call
        };
        call.record(draw).0
    }

    fn machine(&self, account: &Account, region: &str, at: i64, draw: &mut Draw) -> String {
        let Some(machine) = draw.pick(&account.machines) else { return String::new() };
        let call = Call {
            at,
            account: &account.id,
            region,
            identity_json: &machine.identity_json,
            address: &machine.address,
            agent: machine.agent,
            ..Call::default()
        };
        self.machines.pick(draw).map_or_else(String::new, |shape| shaped(shape, account, call, draw))
    }

    fn pipeline(account: &Account, region: &str, at: i64, draw: &mut Draw) -> String {
        let Some(user) = draw.pick(&account.users) else { return String::new() };
        let (name, request) = draw
            .pick(&[
                ("DescribeImages", r#"{"repositoryName":"$application","imageIds":[{"imageTag":"$hex"}]}"#),
                ("InitiateLayerUpload", r#"{"registryId":"$account","repositoryName":"$application"}"#),
                ("PutImage", r#"{"registryId":"$account","repositoryName":"$application","imageTag":"$hex"}"#),
            ])
            .copied()
            .unwrap_or_default();
        let request = account.fill(request, region, draw);
        let call = Call {
            at,
            account: &account.id,
            region,
            service: "ecr",
            name,
            identity_json: &user.identity_json,
            address: &user.address,
            agent: "docker/28.4.0 go/go1.24.7 git-commit/249d679 os/linux arch/amd64 UpstreamClient(Docker-Client/28.4.0)",
            request_json: &request,
            reads: name == "DescribeImages",
            ..Call::default()
        };
        call.record(draw).0
    }

    /// A service of AWS that takes a role, or that makes a key for it.
    fn service(account: &Account, region: &str, at: i64, draw: &mut Draw) -> String {
        let Some(machine) = draw.pick(&account.machines) else { return String::new() };
        let service = draw.pick(&["lambda", "ec2", "ecs-tasks", "config"]).copied().unwrap_or_default();
        let name = format!("{service}.amazonaws.com");
        let session = draw.uuid();
        let role = format!("arn:aws:iam::{}:role/service/{}", account.id, machine.role);
        let request = format!(r#"{{"roleArn":"{role}","roleSessionName":"{session}","durationSeconds":3600}}"#);
        let response = format!(
            r#"{{"credentials":{{"accessKeyId":"ASIA{}","sessionToken":"IQoJb3JpZ2luX2Vj{}","expiration":"{}"}},"assumedRoleUser":{{"assumedRoleId":"AROA{}:{session}","arn":"arn:aws:sts::{}:assumed-role/{}/{session}"}}}}"#,
            draw.letters(16),
            draw.hex(64),
            instant(at + HOUR),
            draw.letters(16),
            account.id,
            machine.role,
        );
        let resources = format!(r#"[{{"accountId":"{}","type":"AWS::IAM::Role","ARN":"{role}"}}]"#, account.id);
        let call = Call {
            at,
            account: &account.id,
            region,
            service: "sts",
            name: "AssumeRole",
            identity_json: &format!(r#"{{"type":"AWSService","invokedBy":"{name}"}}"#),
            address: &name,
            agent: &name,
            request_json: &request,
            response_json: &response,
            resources_json: &resources,
            reads: true,
            ..Call::default()
        };
        call.record(draw).0
    }
}

/// A call of a shape. Few fail, most of them by being too many.
fn shaped(shape: &Shape, account: &Account, call: Call<'_>, draw: &mut Draw) -> String {
    let mut together = draw.clone();
    let request = account.fill(shape.request, call.region, draw);
    // Drawn the same, so that an answer is about what was asked for.
    let response = account.fill(shape.response, call.region, &mut together);
    let is_data = shape.request == crate::shape::OBJECT;
    let (resources, more) = if is_data {
        let bucket = text_after(&request, r#""bucketName":""#);
        let object = text_after(&request, r#""key":""#);
        let resources = format!(
            r#"[{{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::{bucket}/{object}"}},{{"accountId":"{}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::{bucket}"}}]"#,
            account.id
        );
        let (bytes, way) = (500 + draw.below(60_000), if shape.reads { "Out" } else { "In" });
        let other = if shape.reads { "In" } else { "Out" };
        let more = format!(
            r#"{{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferred{other}":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"{}","bytesTransferred{way}":{bytes}}}"#,
            draw.hex(48)
        );
        (resources, more)
    } else {
        (String::new(), String::new())
    };
    let error = match draw.below(1_000) {
        0..6 => Some(("Client.RequestLimitExceeded", "Request limit exceeded.")),
        6..8 if shape.reads => Some((
            "AccessDenied",
            "User is not authorized to perform this call because no identity-based policy allows it",
        )),
        _ => None,
    };
    let call = Call {
        service: shape.service,
        name: shape.name,
        request_json: &request,
        response_json: &response,
        resources_json: &resources,
        more_json: &more,
        error,
        reads: shape.reads,
        is_data,
        ..call
    };
    call.record(draw).0
}

fn text_after<'t>(text: &'t str, mark: &str) -> &'t str {
    text.split_once(mark).and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default()
}
