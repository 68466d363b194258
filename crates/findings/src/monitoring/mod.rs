//! Who hears of an event: trail → log group → metric filter → metric → alarm → action → topic → subscriber.
//!
//! A kind of event is watched where each of its events goes the whole way. What a filter takes is decided on the events
//! themselves ([`pattern`]), whether an alarm goes off on one of them by its threshold or its rule. Of an account that is not
//! watched the first broken link is named.

mod chain;
pub mod pattern;
mod recorded;
mod rule;
mod watched;

#[cfg(test)]
mod tests;

pub use recorded::left_out;
pub use watched::{ALL as WATCHED, Event, Watched};

/// What there is to watch, one by one.
pub mod watch {
    pub use super::watched::{
        BUCKET_POLICY_CHANGES, CLOUDTRAIL_CHANGES, CONFIG_CHANGES, GATEWAY_CHANGES, IAM_CHANGES, KEY_REMOVAL,
        NETWORK_ACL_CHANGES, ORGANIZATION_CHANGES, ROOT_USE, ROUTE_TABLE_CHANGES, SECURITY_GROUP_CHANGES,
        SIGN_IN_FAILURES, SIGN_IN_WITHOUT_MFA, UNAUTHORIZED_CALLS, VPC_CHANGES,
    };
}
