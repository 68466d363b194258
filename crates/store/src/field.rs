//! The columns of the store, named after OCSF 1.1.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text, optional.
    Text,
    /// A 64-bit number.
    Number,
    /// A boolean, optional.
    Flag,
    /// Milliseconds since 1970, in UTC.
    Time,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// When the call ended.
    Time,
    /// The id of the event.
    MetadataUid,
    /// The class of OCSF.
    ClassUid,
    /// The activity in the class.
    ActivityId,
    /// Class and activity together.
    TypeUid,
    /// 1 = success, 2 = refused.
    StatusId,
    /// The operation.
    Operation,
    /// The service.
    Service,
    /// The error code.
    Error,
    /// The error message.
    ErrorMessage,
    /// The id of the request.
    RequestUid,
    /// Whether the call could only read.
    ReadOnly,
    /// The type of the identity.
    UserType,
    /// Its ARN.
    User,
    /// Its name.
    UserName,
    /// Its account.
    UserAccount,
    /// The access key.
    Key,
    /// The name of the session.
    Session,
    /// The role of the session.
    Issuer,
    /// Whether MFA was used.
    Mfa,
    /// The identity that a chain of sessions carries.
    SourceIdentity,
    /// The service that called on somebody's behalf.
    InvokedBy,
    /// The address.
    Ip,
    /// What stands in the place of an address.
    Domain,
    /// The VPC endpoint.
    Endpoint,
    /// The user agent.
    UserAgent,
    /// The region.
    Region,
    /// The account.
    Account,
    /// The type of the event.
    EventType,
    /// The category of the event.
    EventCategory,
    /// The version of the record.
    EventVersion,
    /// What the call touched, one a line.
    Resources,
    /// The id that copies share.
    SharedUid,
    /// The hash of the raw record.
    RawHash,
    /// The record as it was written.
    Raw,
}

impl Field {
    /// All columns, in the order of the file.
    pub const ALL: &'static [Self; 35] = &[
        Self::Time,
        Self::MetadataUid,
        Self::ClassUid,
        Self::ActivityId,
        Self::TypeUid,
        Self::StatusId,
        Self::Operation,
        Self::Service,
        Self::Error,
        Self::ErrorMessage,
        Self::RequestUid,
        Self::ReadOnly,
        Self::UserType,
        Self::User,
        Self::UserName,
        Self::UserAccount,
        Self::Key,
        Self::Session,
        Self::Issuer,
        Self::Mfa,
        Self::SourceIdentity,
        Self::InvokedBy,
        Self::Ip,
        Self::Domain,
        Self::Endpoint,
        Self::UserAgent,
        Self::Region,
        Self::Account,
        Self::EventType,
        Self::EventCategory,
        Self::EventVersion,
        Self::Resources,
        Self::SharedUid,
        Self::RawHash,
        Self::Raw,
    ];

    /// The name of the column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::MetadataUid => "metadata_uid",
            Self::ClassUid => "class_uid",
            Self::ActivityId => "activity_id",
            Self::TypeUid => "type_uid",
            Self::StatusId => "status_id",
            Self::Operation => "api_operation",
            Self::Service => "api_service_name",
            Self::Error => "api_response_error",
            Self::ErrorMessage => "api_response_message",
            Self::RequestUid => "api_request_uid",
            Self::ReadOnly => "read_only",
            Self::UserType => "actor_user_type",
            Self::User => "actor_user_uid",
            Self::UserName => "actor_user_name",
            Self::UserAccount => "actor_user_account_uid",
            Self::Key => "actor_user_credential_uid",
            Self::Session => "actor_session_uid",
            Self::Issuer => "actor_session_issuer_uid",
            Self::Mfa => "actor_session_is_mfa",
            Self::SourceIdentity => "actor_source_identity",
            Self::InvokedBy => "actor_invoked_by",
            Self::Ip => "src_endpoint_ip",
            Self::Domain => "src_endpoint_domain",
            Self::Endpoint => "src_endpoint_uid",
            Self::UserAgent => "http_request_user_agent",
            Self::Region => "cloud_region",
            Self::Account => "cloud_account_uid",
            Self::EventType => "metadata_event_code",
            Self::EventCategory => "event_category",
            Self::EventVersion => "metadata_product_version",
            Self::Resources => "resources_uid",
            Self::SharedUid => "shared_event_uid",
            Self::RawHash => "raw_data_hash",
            Self::Raw => "raw_data",
        }
    }

    /// What the column holds.
    pub fn kind(self) -> Kind {
        match self {
            Self::Time => Kind::Time,
            Self::ClassUid | Self::ActivityId | Self::TypeUid | Self::StatusId | Self::RawHash => Kind::Number,
            Self::ReadOnly | Self::Mfa => Kind::Flag,
            _ => Kind::Text,
        }
    }

    /// The column alone, as a list.
    pub(crate) fn alone(self) -> &'static [Self] {
        let index = self.index();
        Self::ALL.get(index..=index).unwrap_or_default()
    }

    /// Its place in the file.
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_stand_in_order_and_have_names_of_their_own() {
        for (index, field) in Field::ALL.iter().enumerate() {
            assert_eq!(field.index(), index, "{field:?}");
        }
        let names: std::collections::BTreeSet<_> = Field::ALL.iter().map(|field| field.name()).collect();
        assert_eq!(names.len(), Field::ALL.len());
    }
}
