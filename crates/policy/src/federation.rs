//! What tells the tenants of a shared identity provider apart (fact H1).

use crate::Statement;
use crate::tables::provider;

/// The claims of a provider that serves many tenants, beside what a statement asks of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantClaims {
    /// The provider's host.
    pub host: &'static str,
    /// Condition keys that say whose identity it is, the usual one first.
    pub keys: Vec<String>,
    /// Those that the statement has a condition on.
    pub asked: Vec<String>,
}

/// The claims that tell the tenants of a provider apart, where it is known to serve many; by its ARN or its host.
pub fn tenant_claims(of: &str, statement: &Statement) -> Option<TenantClaims> {
    let known = provider(of)?;
    let keys: Vec<String> = known.tenants.iter().map(|(claim, _)| format!("{}:{claim}", known.host)).collect();
    let asks = |key: &String| statement.conditions.iter().any(|condition| condition.key.eq_ignore_ascii_case(key));
    let asked = keys.iter().filter(|key| asks(key)).cloned().collect();
    Some(TenantClaims { host: known.host, keys, asked })
}
