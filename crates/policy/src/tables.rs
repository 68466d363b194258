//! Facts about the world that the search rests on, as data with a reason a row.

/// Whether a foreign account can drive a service against a resource of ours (fact E6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Driven {
    /// It can: the service writes or calls on behalf of whoever configured it.
    ByAnyone,
    /// It cannot.
    ByOwnAccountOnly,
    /// Nobody wrote it down; the question stays open.
    Unknown,
}

/// A row of the confused-deputy table.
struct Deputy {
    service: &'static str,
    driven: Driven,
    /// Why, with the page.
    _reason: &'static str,
}

/// Services that call a bucket or another resource with a policy. As of 2026-11.
const DEPUTIES: [Deputy; 12] = [
    Deputy {
        service: "cloudtrail.amazonaws.com",
        driven: Driven::ByAnyone,
        _reason: "a trail of any account may name any bucket: awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
    },
    Deputy {
        service: "config.amazonaws.com",
        driven: Driven::ByAnyone,
        _reason: "a delivery channel may name any bucket: config/latest/developerguide/s3-bucket-policy.html",
    },
    Deputy {
        service: "s3.amazonaws.com",
        driven: Driven::ByAnyone,
        _reason: "inventory, analytics and event notifications name any destination: AmazonS3/latest/userguide/configure-inventory.html",
    },
    Deputy {
        service: "sns.amazonaws.com",
        driven: Driven::ByAnyone,
        _reason: "a topic of any account may be subscribed: sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html",
    },
    Deputy {
        service: "events.amazonaws.com",
        driven: Driven::ByAnyone,
        _reason: "a rule of any account may name a target: eventbridge/latest/userguide/eb-use-resource-based.html",
    },
    Deputy {
        service: "delivery.logs.amazonaws.com",
        driven: Driven::ByAnyone,
        _reason: "flow and vended logs name any bucket: AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html",
    },
    Deputy {
        service: "cloudfront.amazonaws.com",
        driven: Driven::ByAnyone,
        _reason: "a distribution of any account may name any origin: AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
    },
    Deputy {
        service: "serverlessrepo.amazonaws.com",
        driven: Driven::ByAnyone,
        _reason: "an application of any account may name any code bucket: serverlessrepo/latest/devguide/serverlessrepo-how-to-publish.html",
    },
    Deputy {
        service: "logging.s3.amazonaws.com",
        driven: Driven::ByOwnAccountOnly,
        _reason: "access logs stay in the account: AmazonS3/latest/userguide/enable-server-access-logging.html",
    },
    Deputy {
        service: "logdelivery.elasticloadbalancing.amazonaws.com",
        driven: Driven::ByAnyone,
        _reason: "a load balancer of any account may name any bucket: elasticloadbalancing/latest/application/enable-access-logging.html",
    },
    Deputy {
        service: "storage-lens.s3.amazonaws.com",
        driven: Driven::ByAnyone,
        _reason: "a metrics export names any bucket: AmazonS3/latest/userguide/storage_lens_view_metrics_export.html",
    },
    Deputy {
        service: "ses.amazonaws.com",
        driven: Driven::ByAnyone,
        _reason: "a receipt rule of any account may name any bucket: ses/latest/dg/receiving-email-permissions.html",
    },
];

/// Whether a foreign account can drive `service` against a resource. A trust policy names services that get the role
/// by iam:PassRole, which never passes a role of another account.
pub(crate) fn driven(service: &str, role_trust: bool) -> Driven {
    if role_trust {
        return Driven::ByOwnAccountOnly;
    }
    DEPUTIES.iter().find(|row| row.service == service).map_or(Driven::Unknown, |row| row.driven)
}

/// Accounts that belong to AWS and write into buckets on behalf of their customers (fact B9), as of 2026-11: access logs
/// of load balancers by region (elasticloadbalancing/latest/application/enable-access-logging.html), CloudTrail before
/// it had a service principal (awscloudtrail/latest/userguide), Redshift audit logs (redshift/latest/mgmt/db-auditing.html).
pub(crate) const AWS_ACCOUNTS: [&str; 36] = [
    "127311923021",
    "033677994240",
    "027434742980",
    "797873946194",
    "098369216593",
    "754344448648",
    "589379963580",
    "718504428378",
    "383597477331",
    "600734575887",
    "114774131450",
    "783225319266",
    "582318560864",
    "985666609251",
    "054676820928",
    "156460612806",
    "652711504416",
    "635631232127",
    "009996457667",
    "897822967062",
    "076674570225",
    "507241528517",
    "048591011584",
    "190560391635",
    "638102146993",
    "086441151436",
    "284668455005",
    "903692715234",
    "216624486486",
    "193672423079",
    "902366379725",
    "391106570357",
    "365689465814",
    "113285607260",
    "388731089494",
    "859597730677",
];

/// An identity provider that serves many tenants: a stranger can have an identity of it.
pub(crate) struct Provider {
    /// The host, as it stands in keys.
    pub(crate) host: &'static str,
    /// Claims that say whose identity it is, with the pattern of a stranger's value.
    pub(crate) tenants: &'static [(&'static str, &'static str)],
}

/// Multi-tenant providers (fact H1), as of 2026-11.
pub(crate) const PROVIDERS: [Provider; 9] = [
    Provider {
        host: "token.actions.githubusercontent.com",
        tenants: &[
            ("sub", "repo:stranger/*"),
            ("repository", "stranger/*"),
            ("repository_owner", "stranger"),
            ("repository_id", "999999999"),
            ("repository_owner_id", "999999999"),
            ("job_workflow_ref", "stranger/*"),
            ("actor", "stranger"),
            ("workflow_ref", "stranger/*"),
        ],
    },
    Provider {
        host: "gitlab.com",
        tenants: &[
            ("sub", "project_path:stranger/*"),
            ("project_path", "stranger/*"),
            ("namespace_path", "stranger"),
            ("namespace_id", "999999999"),
            ("project_id", "999999999"),
        ],
    },
    Provider {
        host: "accounts.google.com",
        tenants: &[
            ("sub", "999999999999999999999"),
            ("aud", "stranger*"),
            ("oaud", "stranger*"),
            ("email", "*@stranger.example"),
        ],
    },
    Provider { host: "cognito-identity.amazonaws.com", tenants: &[("aud", "us-east-1:99999999-*")] },
    Provider { host: "www.amazon.com", tenants: &[("app_id", "stranger*"), ("user_id", "stranger*")] },
    Provider { host: "graph.facebook.com", tenants: &[("app_id", "9999999999"), ("id", "9999999999")] },
    Provider {
        host: "app.terraform.io",
        tenants: &[("sub", "organization:stranger:*"), ("terraform_organization_name", "stranger")],
    },
    Provider {
        host: "api.bitbucket.org",
        tenants: &[("sub", "{99999999-*"), ("aud", "ari:cloud:bitbucket::workspace/99999999*")],
    },
    Provider {
        host: "agent.buildkite.com",
        tenants: &[("sub", "organization:stranger:*"), ("organization_slug", "stranger")],
    },
];

/// The multi-tenant provider that an ARN or a host names.
pub(crate) fn provider(text: &str) -> Option<&'static Provider> {
    let host = text.split_once(":oidc-provider/").map_or(text, |(_, host)| host);
    PROVIDERS.iter().find(|known| host == known.host || host.starts_with(&format!("{}/", known.host)))
}

/// Who decides the value of a context key (facts E1 to E5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    /// Whoever calls: it proves nothing.
    Caller,
    /// The identity of the caller; it follows from the principal.
    Identity,
    /// The organisation that the caller's account is in.
    Organization,
    /// The address that the call comes from, on the internet.
    Address,
    /// The VPC or endpoint that the call comes through.
    Vpc,
    /// The resource on whose behalf a service calls.
    Source,
    /// The kind of credentials.
    Credentials,
    /// Whether the call is encrypted.
    Transport,
    /// Another service between caller and resource.
    Forwarded,
    /// A claim of an identity provider.
    Claim,
}

/// Who decides the value of a key, given in lower case.
pub(crate) fn control(key: &str) -> Control {
    match key {
        "aws:principalarn"
        | "aws:principalaccount"
        | "kms:calleraccount"
        | "aws:principaltype"
        | "aws:userid"
        | "aws:username"
        | "aws:principalisawsservice"
        | "aws:principalservicename"
        | "aws:principalservicenameslist" => Control::Identity,
        "aws:principalorgid" | "aws:principalorgpaths" => Control::Organization,
        "aws:sourceip" => Control::Address,
        "aws:sourcevpc" | "aws:sourcevpce" | "aws:sourcevpcarn" | "aws:vpcsourceip" | "aws:vpceaccount"
        | "aws:vpceorgid" | "aws:vpceorgpaths" => Control::Vpc,
        "aws:sourcearn" | "aws:sourceaccount" | "aws:sourceorgid" | "aws:sourceorgpaths" | "aws:sourceowner" => {
            Control::Source
        }
        "aws:multifactorauthpresent" | "aws:multifactorauthage" | "aws:tokenissuetime" => Control::Credentials,
        "aws:securetransport" => Control::Transport,
        "aws:viaawsservice" | "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast" => Control::Forwarded,
        key => {
            let host = key.rsplit_once(':').map(|(host, _)| host);
            let claim = host.is_some_and(|host| host.contains('.') || host == "saml");
            if claim { Control::Claim } else { Control::Caller }
        }
    }
}
