//! One concrete call, as the evaluator sees it.

use std::collections::BTreeMap;

/// Who makes a call. In JSON as `contracts/policy-batch.md` has it: an ARN, or an object with `type`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// A user, role, role session, federated user or account root, by ARN.
    Arn(String),
    /// Nobody: the request is not signed.
    Anonymous,
    /// An AWS service by its principal name, such as `cloudtrail.amazonaws.com`.
    Service(String),
    /// An identity of a SAML or OIDC provider, by the provider's ARN or host.
    Federated(String),
}

/// The value of a context key: one text, or a set of texts for a multi-valued key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum ContextValue {
    /// A single value.
    One(String),
    /// The values of a multi-valued key; may be empty.
    Many(Vec<String>),
}

/// The request context: condition keys and their values. Keys compare without regard to case (fact C2).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Context(pub BTreeMap<String, ContextValue>);

/// One concrete call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Request {
    /// Who calls.
    pub principal: Principal,
    /// The action, such as `s3:GetObject`.
    pub action: String,
    /// The resource ARN, or `*` for an action without resource types.
    pub resource: String,
    /// The account that owns the resource; `None` = the account in the ARN, else the principal's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_account: Option<String>,
    /// Condition keys of the request; those that follow from principal and resource are filled in by the evaluator.
    #[serde(default)]
    pub context: Context,
}

/// The object form of a principal.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Typed {
    Anonymous,
    Service { name: String },
    Federated { provider: String },
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
enum Written {
    Arn(String),
    Typed(Typed),
}

impl serde::Serialize for Principal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.clone() {
            Self::Arn(arn) => Written::Arn(arn),
            Self::Anonymous => Written::Typed(Typed::Anonymous),
            Self::Service(name) => Written::Typed(Typed::Service { name }),
            Self::Federated(provider) => Written::Typed(Typed::Federated { provider }),
        }
        .serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Principal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Arn(arn) => Self::Arn(arn),
            Written::Typed(Typed::Anonymous) => Self::Anonymous,
            Written::Typed(Typed::Service { name }) => Self::Service(name),
            Written::Typed(Typed::Federated { provider }) => Self::Federated(provider),
        })
    }
}
