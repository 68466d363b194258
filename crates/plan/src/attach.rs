//! What a policy document is to hang on, as `--as` says it.

use std::str::FromStr;

/// What a document is to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attach {
    /// The policy of a bucket, by its name.
    BucketPolicy(String),
    /// The policy of an access point, by its name.
    AccessPointPolicy(String),
    /// The policy of a KMS key, by its ARN.
    KeyPolicy(String),
    /// The trust policy of a role, by its name.
    RoleTrust(String),
    /// An inline policy of a role.
    RolePolicy(Inline),
    /// An inline policy of a user.
    UserPolicy(Inline),
    /// An inline policy of a group.
    GroupPolicy(Inline),
    /// A managed policy, by its name or ARN.
    ManagedPolicy(String),
    /// A service control policy, by its id or name.
    Scp(String),
    /// A resource control policy, by its id or name.
    Rcp(String),
}

/// An inline policy: whose, and its name where one is given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Inline {
    /// The name of the user, group or role.
    pub holder: String,
    /// The name of the policy; `None` = that of the file.
    pub name: Option<String>,
}

/// Why a text says nothing about what a document is to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not one of {}", Attach::FORMS.join(", "))]
pub struct AttachError {
    given: String,
}

impl Attach {
    /// How it is written.
    pub const FORMS: [&'static str; 10] = [
        "bucket-policy:NAME",
        "access-point-policy:NAME",
        "key-policy:ARN",
        "role-trust:ROLE",
        "role-policy:ROLE[/NAME]",
        "user-policy:USER[/NAME]",
        "group-policy:GROUP[/NAME]",
        "managed-policy:NAME|ARN",
        "scp:ID|NAME",
        "rcp:ID|NAME",
    ];

    /// The word for its kind.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::BucketPolicy(_) => "bucket-policy",
            Self::AccessPointPolicy(_) => "access-point-policy",
            Self::KeyPolicy(_) => "key-policy",
            Self::RoleTrust(_) => "role-trust",
            Self::RolePolicy(_) => "role-policy",
            Self::UserPolicy(_) => "user-policy",
            Self::GroupPolicy(_) => "group-policy",
            Self::ManagedPolicy(_) => "managed-policy",
            Self::Scp(_) => "scp",
            Self::Rcp(_) => "rcp",
        }
    }
}

impl FromStr for Attach {
    type Err = AttachError;

    fn from_str(text: &str) -> Result<Self, AttachError> {
        let wrong = || AttachError { given: text.to_owned() };
        let (word, name) = text.split_once(':').filter(|(_, name)| !name.is_empty()).ok_or_else(wrong)?;
        let owned = name.to_owned();
        let inline = || {
            let (holder, policy) = name.split_once('/').map_or((name, None), |(holder, policy)| (holder, Some(policy)));
            Inline { holder: holder.to_owned(), name: policy.map(str::to_owned) }
        };
        Ok(match word {
            "bucket-policy" => Self::BucketPolicy(name.strip_prefix("arn:aws:s3:::").unwrap_or(name).to_owned()),
            "access-point-policy" => Self::AccessPointPolicy(owned),
            "key-policy" => Self::KeyPolicy(owned),
            "role-trust" => Self::RoleTrust(owned),
            "role-policy" => Self::RolePolicy(inline()),
            "user-policy" => Self::UserPolicy(inline()),
            "group-policy" => Self::GroupPolicy(inline()),
            "managed-policy" => Self::ManagedPolicy(owned),
            "scp" => Self::Scp(owned),
            "rcp" => Self::Rcp(owned),
            _ => return Err(wrong()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_others_list_them() {
        for form in Attach::FORMS {
            let read: Attach = form.parse().unwrap();
            assert!(form.starts_with(read.word()), "{form}");
        }
        let named: Attach = "role-policy:ci/deploy".parse().unwrap();
        assert_eq!(named, Attach::RolePolicy(Inline { holder: "ci".into(), name: Some("deploy".into()) }));
        assert!("bucket:b".parse::<Attach>().unwrap_err().to_string().contains("bucket-policy:NAME"));
        assert!("role-trust:".parse::<Attach>().is_err());
    }
}
