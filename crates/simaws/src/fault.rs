//! The errors of each service, by what went wrong.

use forewarn_inventory::{Cause, Gap, Observed};

use crate::answer::Failure;
use crate::call::Service;

/// Why a handler gives no good answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// AWS answers with an error.
    Failure(Failure),
    /// The inventory could not read it either; the caller shall see why.
    Gap(Gap),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// A fact for a handler: its value, `None` where it is absent, or the trouble that hid it from the inventory.
pub(crate) fn read<T>(fact: &Observed<T>) -> Result<Option<&T>, Trouble> {
    fact.read().map_err(|gap| Trouble::Gap(gap.clone()))
}

/// What went wrong, in words that every service has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Denied,
    Throttled,
    Internal,
    Expired,
    UnknownKey,
    NoCredentials,
    UnknownOperation,
    Unsupported,
    BadInput,
}

impl Service {
    /// The error of this service for `kind`.
    pub(crate) fn failure(self, kind: Kind, about: &str) -> Failure {
        let xml = self.is_query();
        let s3 = matches!(self, Self::S3 | Self::S3Control);
        let rest = self.is_rest_json();
        match kind {
            Kind::Denied | Kind::NoCredentials if s3 => Failure::new(403, "AccessDenied", "Access Denied"),
            Kind::Denied => Failure::new(
                if xml || rest { 403 } else { 400 },
                if xml { "AccessDenied" } else { "AccessDeniedException" },
                format!("You are not authorized to perform: {about}"),
            ),
            Kind::Throttled if s3 => Failure::new(503, "SlowDown", "Please reduce your request rate."),
            Kind::Throttled => match self {
                _ if rest => Failure::new(429, "TooManyRequestsException", "Too many requests"),
                Self::Organizations => Failure::new(400, "TooManyRequestsException", "Too many requests"),
                Self::CloudTrail | Self::Logs | Self::Config | Self::Kms => {
                    Failure::new(400, "ThrottlingException", "Rate exceeded")
                }
                Self::Tagging => Failure::new(400, "ThrottledException", "Rate exceeded"),
                _ => Failure::new(400, "Throttling", "Rate exceeded"),
            },
            Kind::Internal => {
                let code = match self {
                    Self::Iam => "ServiceFailure",
                    Self::S3 | Self::S3Control | Self::Sns => "InternalError",
                    Self::Organizations => "ServiceException",
                    Self::Tagging => "InternalServiceException",
                    Self::AccessAnalyzer | Self::Account | Self::S3Vectors => "InternalServerException",
                    Self::S3Tables | Self::GuardDuty => "InternalServerErrorException",
                    Self::SecurityHub => "InternalException",
                    Self::Kms => "KMSInternalException",
                    Self::Logs => "ServiceUnavailableException",
                    Self::Sts | Self::CloudTrail | Self::CloudWatch | Self::Config => "InternalFailure",
                };
                Failure::new(500, code, "We encountered an internal error. Please try again.")
            }
            Kind::Expired if s3 => Failure::new(400, "ExpiredToken", "The provided token has expired."),
            Kind::Expired => Failure::new(
                if xml || rest { 403 } else { 400 },
                if xml { "ExpiredToken" } else { "ExpiredTokenException" },
                "The security token included in the request is expired",
            ),
            Kind::UnknownKey if s3 => Failure::new(
                403,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            ),
            Kind::UnknownKey => Failure::new(
                if xml || rest { 403 } else { 400 },
                if xml { "InvalidClientTokenId" } else { "UnrecognizedClientException" },
                "The security token included in the request is invalid.",
            ),
            Kind::NoCredentials => Failure::new(
                if xml || rest { 403 } else { 400 },
                if xml { "MissingAuthenticationToken" } else { "MissingAuthenticationTokenException" },
                "Request is missing Authentication Token",
            ),
            Kind::UnknownOperation if s3 => {
                Failure::new(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
            }
            Kind::UnknownOperation if xml => Failure::new(
                400,
                "InvalidAction",
                format!("Could not find operation {about} for version {}", self.version()),
            ),
            Kind::UnknownOperation => Failure::new(
                400,
                "UnknownOperationException",
                "The requested operation is not recognized by the service.",
            ),
            Kind::Unsupported if s3 => Failure::new(
                501,
                "NotImplemented",
                "A header or query you provided implies functionality that is not implemented.",
            ),
            Kind::Unsupported => {
                let code = match self {
                    Self::Organizations => "UnsupportedAPIEndpointException",
                    Self::CloudTrail => "UnsupportedOperationException",
                    _ if rest || matches!(self, Self::Tagging) => "UnknownOperationException",
                    _ => "InvalidAction",
                };
                Failure::new(400, code, "The requested operation is not supported here.")
            }
            Kind::BadInput if s3 => Failure::new(400, "InvalidArgument", about),
            Kind::BadInput => {
                let code = match self {
                    Self::Iam | Self::Sts | Self::CloudWatch => "ValidationError",
                    Self::Sns => "InvalidParameter",
                    Self::CloudTrail | Self::Tagging | Self::Logs => "InvalidParameterException",
                    Self::Organizations => "InvalidInputException",
                    Self::S3Tables | Self::GuardDuty => "BadRequestException",
                    _ => "ValidationException",
                };
                Failure::new(400, code, about)
            }
        }
    }

    /// The error behind a gap that AWS answered with an error; `None` where no error document explains the gap.
    pub(crate) fn failure_of(self, gap: &Gap, operation: &str) -> Option<Failure> {
        let kind = match gap.cause {
            Cause::Denied | Cause::NotAsked | Cause::Interrupted | Cause::OutOfBudget | Cause::KnownAfterApply => {
                Kind::Denied
            }
            Cause::Throttled => Kind::Throttled,
            Cause::Failed => Kind::Internal,
            Cause::Unsupported => Kind::Unsupported,
            Cause::TimedOut | Cause::Malformed => return None,
        };
        let Some((code, message)) = gap.detail.as_deref().and_then(said) else {
            return Some(self.failure(kind, operation));
        };
        let kind = if matches!(kind, Kind::Denied) && code.starts_with("Expired") { Kind::Expired } else { kind };
        let status = self.failure(kind, operation).status;
        Some(Failure::new(status, code, message))
    }
}

/// What AWS said, where a gap's detail begins with an error code: `Code`, or `Code: message`.
fn said(detail: &str) -> Option<(&str, &str)> {
    let (code, message) = detail.split_once(": ").unwrap_or((detail, ""));
    let is_code = code.len() > 3
        && code.starts_with(|c: char| c.is_ascii_uppercase())
        && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
        && code.chars().any(|c| c.is_ascii_lowercase());
    is_code.then_some((code, message))
}
