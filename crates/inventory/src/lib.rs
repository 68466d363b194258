//! The typed snapshot of AWS accounts at an instant.
//!
//! An [`Inventory`] is what a collection, a snapshot file or a proposed change gives, and all that checks look at.
//! It decides nothing and caches nothing. What could not be read is in it as a [`Gap`], never as an empty value.
//!
//! In JSON an [`Observed`] value is the value itself, `null` (absent) or `{"unreadable": {…gap…}}`; a [`Listing`] is an
//! array, or `{"items": […], "rest": […gaps…]}` when it was cut short. A field that is missing reads as a gap
//! "not asked", so that a snapshot written before the field existed cannot turn into a pass.

mod account;
mod copied;
mod document;
mod fact;
pub mod file;
mod iam;
mod lookback;
mod monitoring;
mod observed;
mod organization;
pub mod overlay;
mod proposed;
mod s3;
mod shared;
pub mod snapshot;
mod trail;

pub use account::{
    Account, AlternateContact, CallCount, Collection, Contacts, Inventory, LeftOut, RegionStatus, Unassessed, Unreached,
};
pub use copied::CopyOnWrite;
pub use document::PolicyText;
pub use fact::{Fact, Scope};
pub use iam::{
    AccountSummary, Analyzer, AnalyzerFinding, AttachedPolicy, CredentialReport, CredentialRow, Group, Iam,
    InlinePolicy, LastAccessed, LastUsed, ManagedPolicy, OidcDetails, OidcProvider, PasswordPolicy, PolicyVersion,
    Reported, ReportedCertificate, ReportedKey, Role, SamlProvider, ServerCertificate, ServiceAccess,
    ServiceCredential, User, VirtualMfaDevice,
};
pub use lookback::{KeyCall, Lookback, LookedUp, Reached};
pub use monitoring::{
    Alarm, Detection, Detector, DetectorDetails, Hub, Key, KeyDetails, Kms, LogGroup, LogGroupDetails, MetricFilter,
    MetricTransformation, MetricTrigger, Monitoring, Recorder, RecorderStatus, Subscription, Topic, Trigger,
};
pub use observed::{Cause, Gap, Listing, Observed, Unread};
pub use organization::{DelegatedAdministrator, OrgAccount, OrgPolicy, OrgUnit, Organization};
pub use proposed::{Proposed, ProposedAction, SourcePlace, Understood};
pub use s3::{
    AccessPoint, Bucket, BucketAcl, Encryption, InventoryConfiguration, LifecycleRule, LogTarget,
    MultiRegionAccessPoint, ObjectLock, Replication, ReplicationRule, S3, Versioning, Website,
};
pub use trail::{CloudTrail, EventDataStore, EventSelector, FieldSelector, Selectors, Trail, TrailStatus};
