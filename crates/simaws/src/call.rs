//! A call: who asks which operation of what, where.

use std::collections::BTreeMap;

use forewarn_inventory::Account;
use serde_json::Value;

use crate::answer::{Failure, Reply};
use crate::fault::{Kind, Trouble};
use crate::operations;
use crate::page::{self, Page};
use crate::world::World;

/// The services that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    AccessAnalyzer,
    Sts,
    Iam,
    S3,
    S3Control,
    CloudTrail,
    Organizations,
    Account,
    S3Tables,
    S3Vectors,
    Tagging,
    Logs,
    CloudWatch,
    Sns,
    Config,
    SecurityHub,
    GuardDuty,
    Kms,
}

impl Service {
    /// The name in [`crate::OPERATIONS`].
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AccessAnalyzer => "access-analyzer",
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::S3 => "s3",
            Self::S3Control => "s3control",
            Self::CloudTrail => "cloudtrail",
            Self::Organizations => "organizations",
            Self::Account => "account",
            Self::S3Tables => "s3tables",
            Self::S3Vectors => "s3vectors",
            Self::Tagging => "tag",
            Self::Logs => "logs",
            Self::CloudWatch => "cloudwatch",
            Self::Sns => "sns",
            Self::Config => "config",
            Self::SecurityHub => "securityhub",
            Self::GuardDuty => "guardduty",
            Self::Kms => "kms",
        }
    }

    /// The XML namespace of its documents.
    pub(crate) fn namespace(self) -> &'static str {
        match self {
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            Self::CloudWatch => "http://monitoring.amazonaws.com/doc/2010-08-01/",
            Self::Sns => "http://sns.amazonaws.com/doc/2010-03-31/",
            Self::S3 => "http://s3.amazonaws.com/doc/2006-03-01/",
            Self::S3Control => "http://awss3control.amazonaws.com/doc/2018-08-20/",
            Self::AccessAnalyzer
            | Self::CloudTrail
            | Self::Organizations
            | Self::Account
            | Self::S3Tables
            | Self::S3Vectors
            | Self::Tagging
            | Self::Logs
            | Self::Config
            | Self::SecurityHub
            | Self::GuardDuty
            | Self::Kms => "",
        }
    }

    /// Whether it speaks JSON at paths of its own (REST), and not in envelopes that name the operation.
    pub(crate) fn is_rest_json(self) -> bool {
        matches!(
            self,
            Self::AccessAnalyzer
                | Self::Account
                | Self::S3Tables
                | Self::S3Vectors
                | Self::SecurityHub
                | Self::GuardDuty
        )
    }

    /// Whether it speaks the Query protocol: a form in, XML out.
    pub(crate) fn is_query(self) -> bool {
        matches!(self, Self::Sts | Self::Iam | Self::CloudWatch | Self::Sns)
    }

    /// The version of its API.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::AccessAnalyzer => "2019-11-01",
            Self::Sts => "2011-06-15",
            Self::Iam => "2010-05-08",
            Self::S3 => "2006-03-01",
            Self::S3Control => "2018-08-20",
            Self::CloudTrail => "2013-11-01",
            Self::Organizations => "2016-11-28",
            Self::Account => "2021-02-01",
            Self::S3Tables => "2018-05-10",
            Self::S3Vectors => "2025-07-15",
            Self::Tagging => "2017-01-26",
            Self::Logs => "2014-03-28",
            Self::CloudWatch => "2010-08-01",
            Self::Sns => "2010-03-31",
            Self::Config => "2014-11-12",
            Self::SecurityHub => "2018-10-26",
            Self::GuardDuty => "2017-11-28",
            Self::Kms => "2014-11-01",
        }
    }
}

/// What a signature says of a request: the key, and the region and service that it was meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) key: String,
    pub(crate) region: String,
    pub(crate) service: String,
}

impl Scope {
    /// Reads the credential scope of a Signature Version 4 `Authorization` header.
    pub(crate) fn parse(authorization: &str) -> Option<Self> {
        let credential = authorization.split("Credential=").nth(1)?;
        let credential = credential.split([',', ' ']).next()?;
        let mut parts = credential.rsplit('/');
        let (_terminator, service, region, _date) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let key = parts.next()?;
        Some(Self { key: key.to_owned(), region: region.to_owned(), service: service.to_owned() })
    }
}

/// A request as it came over the wire.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    pub(crate) head: bool,
    pub(crate) post: bool,
    /// The percent-decoded path.
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) form: BTreeMap<String, String>,
    pub(crate) json: Value,
    /// `X-Amz-Target`.
    pub(crate) target: Option<String>,
    /// `x-amz-account-id`.
    pub(crate) account_id: Option<String>,
    /// `x-amz-security-token`.
    pub(crate) token: Option<String>,
}

/// A call to one operation.
pub(crate) struct Call<'w> {
    pub(crate) world: &'w World,
    pub(crate) service: Service,
    pub(crate) operation: &'static str,
    /// What it is about: a bucket, a trail, an ARN, …
    pub(crate) resource: Option<String>,
    pub(crate) account: &'w Account,
    pub(crate) region: String,
    /// The id of the request.
    pub(crate) request: String,
    pub(crate) incoming: Incoming,
}

impl Call<'_> {
    /// The operation without its service.
    pub(crate) fn action(&self) -> &'static str {
        self.operation.split_once(':').map_or(self.operation, |(_, action)| action)
    }

    /// A parameter of a Query request, a query string or a JSON body, wherever it stands.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.incoming
            .form
            .get(name)
            .or_else(|| self.incoming.query.get(name))
            .map(String::as_str)
            .or_else(|| self.incoming.json.get(name).and_then(Value::as_str))
    }

    /// A number among the parameters.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.parameter(name).and_then(|text| text.parse().ok()).or_else(|| {
            let number = self.incoming.json.get(name).and_then(Value::as_u64)?;
            usize::try_from(number).ok()
        })
    }

    /// The page of a list of `total` items, with the parameters of the service that say where it starts and how
    /// much it holds.
    pub(crate) fn page(
        &self,
        total: usize,
        cut: Option<&forewarn_inventory::Gap>,
        marker: &str,
        limit: &str,
    ) -> Result<Page, Trouble> {
        let (default, most) = operations::page_sizes(self.operation);
        let asked = match self.number(limit) {
            Some(0) => return Err(self.bad_input(&format!("{limit} must be at least 1"))),
            Some(asked) => asked.min(most),
            None => default,
        };
        let cap = self.world.settings.page_sizes.get(self.operation).copied().unwrap_or(most).max(1);
        page::page(total, cut, self.parameter(marker), asked.min(cap)).map_err(|error| match error {
            page::PageError::Cut(gap) => Trouble::Gap(gap),
            page::PageError::BadMarker => self.bad_input(&format!("{marker} is not valid")),
        })
    }

    /// An error about the caller's own input.
    pub(crate) fn bad_input(&self, message: &str) -> Trouble {
        self.service.failure(Kind::BadInput, message).into()
    }

    /// Refuses the call.
    pub(crate) fn denied(&self) -> Trouble {
        self.service.failure(Kind::Denied, self.operation).into()
    }

    /// Answers it.
    pub(crate) fn answer(&self) -> Result<Reply, Trouble> {
        match self.service {
            Service::AccessAnalyzer => crate::analyzers::answer(self),
            Service::Sts => crate::sts::answer(self),
            Service::Iam => crate::iam::answer(self),
            Service::S3 => crate::s3::answer(self),
            Service::S3Control => crate::s3control::answer(self),
            Service::CloudTrail => crate::cloudtrail::answer(self),
            Service::Organizations => crate::organizations::answer(self),
            Service::Account => crate::regions::answer(self),
            Service::S3Tables | Service::S3Vectors => crate::families::answer(self),
            Service::Tagging => crate::tagging::answer(self),
            Service::Logs | Service::CloudWatch | Service::Sns => crate::monitoring::answer(self),
            Service::Config | Service::SecurityHub | Service::GuardDuty => crate::detection::answer(self),
            Service::Kms => crate::kms::answer(self),
        }
    }

    /// What an operation answers that is in the table and not in the service: a defect of this crate.
    pub(crate) fn unserved(&self) -> Trouble {
        self.service.failure(Kind::UnknownOperation, self.action()).into()
    }

    /// An error with an own code.
    pub(crate) fn failure(status: u16, code: &str, message: impl Into<String>) -> Trouble {
        Failure::new(status, code, message).into()
    }

    /// Every gap of a list that is read region by region, as far as it concerns this call's region: a gap about
    /// another region does not.
    pub(crate) fn regional_cut<'g>(&self, rest: &'g [forewarn_inventory::Gap]) -> Option<&'g forewarn_inventory::Gap> {
        rest.iter().find(|gap| match gap.resource.as_deref() {
            Some(resource) => resource == self.region || !self.account.regions.contains_key(resource),
            None => true,
        })
    }
}
