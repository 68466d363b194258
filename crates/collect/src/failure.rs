//! What a failed call means: absence, or the cause of a gap.

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use forewarn_inventory::Cause;

use crate::operations::Operation;

/// The most characters of an AWS message that a gap keeps.
const MESSAGE_LIMIT: usize = 200;

/// A call that gave nothing that could be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// AWS says, by a code of the operation's own, that there is none.
    Absent,
    /// It could not be read.
    Unread {
        /// Why.
        cause: Cause,
        /// The error code, and what AWS said.
        detail: String,
    },
}

/// Codes by which AWS asks to slow down.
const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Codes by which AWS refuses the caller. Expired credentials are among them: to the caller they are a refusal.
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedForDependencyException",
    "AccountNotManagementOrDelegatedAdministratorException",
    "AccountProblem",
    "AllAccessDisabled",
    "AuthFailure",
    "AuthorizationError",
    "ExpiredToken",
    "ExpiredTokenException",
    "Forbidden",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "NotSignedUp",
    "OptInRequired",
    "RegionDisabledException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "SubscriptionRequiredException",
    "TokenRefreshRequired",
    "UnauthorizedAccess",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
];

/// Codes of credentials that were good once.
const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];

/// Codes by which a region says that it does not know the account: it has not opted in.
const NOT_OPTED_IN: &[&str] = &["AuthFailure", "InvalidClientTokenId", "OptInRequired", "UnrecognizedClientException"];

/// Codes of an operation that the service or the region does not have.
const UNSUPPORTED: &[&str] = &[
    "InsightNotSupported",
    "InvalidAction",
    "MethodNotAllowed",
    "NotImplemented",
    "UnknownOperationException",
    "UnsupportedAPIEndpointException",
    "UnsupportedOperation",
    "UnsupportedOperationException",
];

impl Failure {
    /// Judges a failed call by the modelled code; the HTTP status counts only where there is no code.
    pub(crate) fn of<E>(operation: &Operation, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match error {
            // An answer that says that all is well, and cannot be read.
            SdkError::ServiceError(failed) if failed.raw().status().is_success() => {
                unread(Cause::Malformed, innermost(failed.err()))
            }
            SdkError::ServiceError(failed) => {
                let meta = failed.err().meta();
                by_code(operation, meta.code(), meta.message(), failed.raw().status().as_u16())
            }
            SdkError::TimeoutError(_) => unread(Cause::TimedOut, "no answer in time"),
            SdkError::DispatchFailure(failed) if failed.is_timeout() => unread(Cause::TimedOut, "no answer in time"),
            SdkError::ResponseError(failed) if failed.raw().status().is_server_error() => {
                unread(Cause::Failed, format!("HTTP {}", failed.raw().status().as_u16()))
            }
            SdkError::ResponseError(_) => unread(Cause::Malformed, innermost(error)),
            other => unread(if credentials_failed(other) { Cause::Denied } else { Cause::Failed }, innermost(other)),
        }
    }
}

/// Judges a code and a status.
fn by_code(operation: &Operation, code: Option<&str>, message: Option<&str>, status: u16) -> Failure {
    let Some(code) = code.filter(|code| !code.is_empty()) else {
        // A bare status: an error body that AWS does not write, or none at all.
        let cause = match status {
            429 => Cause::Throttled,
            401 | 403 => Cause::Denied,
            404 | 405 | 501 => Cause::Unsupported,
            500.. => Cause::Failed,
            _ => Cause::Malformed,
        };
        return unread(cause, format!("HTTP {status} without an error code"));
    };
    if operation.absent.contains(&code) {
        return Failure::Absent;
    }
    let listed = |codes: &[&str]| codes.contains(&code);
    let cause = if listed(THROTTLED) {
        Cause::Throttled
    } else if listed(DENIED) {
        Cause::Denied
    } else if listed(UNSUPPORTED) {
        Cause::Unsupported
    } else if status == 429 {
        Cause::Throttled
    } else if code == "RequestTimeout" || code == "RequestTimeoutException" {
        Cause::TimedOut
    } else {
        Cause::Failed
    };
    unread(
        cause,
        message.filter(|text| !text.is_empty()).map_or_else(|| code.to_owned(), |text| format!("{code}: {text}")),
    )
}

fn unread(cause: Cause, detail: impl AsRef<str>) -> Failure {
    Failure::Unread { cause, detail: clean(detail.as_ref()) }
}

/// Whether the code at the head of a gap's detail is that of credentials that have expired.
pub(crate) fn is_expired(detail: &str) -> bool {
    EXPIRED.contains(&code_of(detail))
}

/// Whether the code at the head of a gap's detail is how a region answers that the account has not opted in.
pub(crate) fn is_not_opted_in(detail: &str) -> bool {
    NOT_OPTED_IN.contains(&code_of(detail))
}

/// The code at the head of a gap's detail.
pub(crate) fn code_of(detail: &str) -> &str {
    detail.split_once(':').map_or(detail, |(code, _)| code).trim()
}

/// Text from outside, fit for a gap: no control characters, one space at a time, not too long.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned = String::new();
    let words =
        text.split(|letter: char| letter.is_control() || letter.is_whitespace()).filter(|word| !word.is_empty());
    for word in words {
        if !cleaned.is_empty() {
            cleaned.push(' ');
        }
        cleaned.push_str(word);
    }
    match cleaned.char_indices().nth(MESSAGE_LIMIT) {
        Some((end, _)) => {
            cleaned.truncate(end);
            cleaned.push('…');
            cleaned
        }
        None => cleaned,
    }
}

/// The last error of a chain: the one that says what happened.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    clean(&last.to_string())
}

/// Whether a chain of errors holds one of the credentials.
fn credentials_failed(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut at = Some(error);
    while let Some(error) = at {
        if error.is::<CredentialsError>() {
            return true;
        }
        at = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::{GET_BUCKET_POLICY, GET_PUBLIC_ACCESS_BLOCK};

    fn cause(code: Option<&str>, status: u16) -> Option<Cause> {
        match by_code(&GET_BUCKET_POLICY, code, Some("words"), status) {
            Failure::Absent => None,
            Failure::Unread { cause, .. } => Some(cause),
        }
    }

    #[test]
    fn only_the_modelled_code_of_the_operation_is_absence() {
        assert_eq!(cause(Some("NoSuchBucketPolicy"), 404), None);
        assert_eq!(cause(Some("NoSuchBucket"), 404), Some(Cause::Failed));
        assert_eq!(cause(None, 404), Some(Cause::Unsupported));
        let other = by_code(&GET_PUBLIC_ACCESS_BLOCK, Some("NoSuchBucketPolicy"), None, 404);
        assert_ne!(other, Failure::Absent);
    }

    #[test]
    fn every_other_code_is_a_gap_of_its_cause() {
        for (code, status, expected) in [
            (Some("AccessDenied"), 403, Cause::Denied),
            (Some("ExpiredToken"), 400, Cause::Denied),
            (Some("SlowDown"), 503, Cause::Throttled),
            (Some("Throttling"), 400, Cause::Throttled),
            (Some("Whatever"), 429, Cause::Throttled),
            (Some("InternalError"), 500, Cause::Failed),
            (Some("ServiceUnavailable"), 503, Cause::Failed),
            (Some("NotImplemented"), 501, Cause::Unsupported),
            (None, 403, Cause::Denied),
            (None, 500, Cause::Failed),
            (None, 400, Cause::Malformed),
        ] {
            assert_eq!(cause(code, status), Some(expected), "{code:?} {status}");
        }
    }

    #[test]
    fn a_detail_holds_the_code_and_no_control_character() {
        let Failure::Unread { detail, .. } =
            by_code(&GET_BUCKET_POLICY, Some("AccessDenied"), Some("no\u{1b}[31m\r\n way"), 403)
        else {
            panic!("not absent");
        };
        assert_eq!(detail, "AccessDenied: no [31m way");
        assert_eq!(code_of(&detail), "AccessDenied");
        assert_eq!(clean(&"x".repeat(1000)).chars().count(), MESSAGE_LIMIT + 1);
        assert!(is_expired("ExpiredToken: the security token has expired"));
    }
}
