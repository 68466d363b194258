//! The configuration of one bucket, and the codes by which AWS says that there is none.

use bytes::Bytes;
use forewarn_inventory::{Bucket, LifecycleRule, Observed, ReplicationRule};
use forewarn_policy::{AclGrant, BlockSettings, Ownership};

use super::{canonical_id, document};
use crate::answer::Reply;
use crate::call::Call;
use crate::fault::{Trouble, read};
use crate::xml::Xml;

pub(super) fn answer(call: &Call<'_>, bucket: &Bucket) -> Result<Reply, Trouble> {
    match call.action() {
        "GetBucketLocation" => location(bucket),
        "GetBucketPolicy" => policy(bucket),
        "GetBucketPolicyStatus" => {
            let public = present(&bucket.policy_status, "NoSuchBucketPolicy", "The bucket policy does not exist")?;
            Ok(document("PolicyStatus", |xml| xml.value("IsPublic", public)))
        }
        "GetBucketAcl" => acl(call, bucket),
        "GetBucketOwnershipControls" => ownership(bucket),
        "GetPublicAccessBlock" => {
            let settings = present(
                &bucket.public_access_block,
                "NoSuchPublicAccessBlockConfiguration",
                "The public access block configuration was not found",
            )?;
            Ok(document("PublicAccessBlockConfiguration", |xml| block_settings(xml, *settings)))
        }
        "GetBucketEncryption" => encryption(bucket),
        "GetBucketVersioning" => {
            let versioning = read(&bucket.versioning)?;
            Ok(document("VersioningConfiguration", |xml| {
                if let Some(versioning) = versioning {
                    xml.text("Status", if versioning.enabled { "Enabled" } else { "Suspended" });
                    if versioning.mfa_delete {
                        xml.text("MfaDelete", "Enabled");
                    }
                }
            }))
        }
        "GetBucketLogging" => {
            let target = read(&bucket.logging)?;
            Ok(document("BucketLoggingStatus", |xml| {
                if let Some(target) = target {
                    xml.node("LoggingEnabled", |xml| {
                        xml.text("TargetBucket", &target.bucket);
                        xml.text("TargetPrefix", &target.prefix);
                    });
                }
            }))
        }
        "ListBucketInventoryConfigurations" => inventories(call, bucket),
        "GetObjectLockConfiguration" => object_lock(bucket),
        "GetBucketLifecycleConfiguration" => {
            let message = "The lifecycle configuration does not exist";
            let rules = present(&bucket.lifecycle, "NoSuchLifecycleConfiguration", message)?;
            Ok(document("LifecycleConfiguration", |xml| {
                for rule in rules {
                    xml.node("Rule", |xml| lifecycle_rule(xml, rule));
                }
            }))
        }
        "GetBucketReplication" => {
            let message = "The replication configuration was not found";
            let replication = present(&bucket.replication, "ReplicationConfigurationNotFoundError", message)?;
            Ok(document("ReplicationConfiguration", |xml| {
                xml.text("Role", &replication.role);
                for (priority, rule) in replication.rules.iter().enumerate() {
                    xml.node("Rule", |xml| replication_rule(xml, rule, priority));
                }
            }))
        }
        "GetBucketWebsite" => website(bucket),
        _ => Err(call.unserved()),
    }
}

/// A fact whose absence AWS models as an error.
fn present<'a, T>(fact: &'a Observed<T>, code: &str, message: &str) -> Result<&'a T, Trouble> {
    read(fact)?.ok_or_else(|| Call::failure(404, code, message))
}

/// The four switches of Block Public Access.
pub(crate) fn block_settings(xml: &mut Xml, settings: BlockSettings) {
    xml.value("BlockPublicAcls", settings.block_public_acls);
    xml.value("IgnorePublicAcls", settings.ignore_public_acls);
    xml.value("BlockPublicPolicy", settings.block_public_policy);
    xml.value("RestrictPublicBuckets", settings.restrict_public_buckets);
}

/// Says nothing of the oldest region.
fn location(bucket: &Bucket) -> Result<Reply, Trouble> {
    let region = read(&bucket.region)?.map_or("", String::as_str);
    Ok(document("LocationConstraint", |xml| {
        if region != "us-east-1" {
            xml.content(region);
        }
    }))
}

/// The one answer that is the policy itself and no document around it.
fn policy(bucket: &Bucket) -> Result<Reply, Trouble> {
    let text = present(&bucket.policy, "NoSuchBucketPolicy", "The bucket policy does not exist")?;
    Ok(Reply {
        status: 200,
        content_type: "application/json",
        headers: Vec::new(),
        body: Bytes::copy_from_slice(text.as_str().as_bytes()),
    })
}

/// The ACL; the owner's own grant where nobody asked before.
fn acl(call: &Call<'_>, bucket: &Bucket) -> Result<Reply, Trouble> {
    let acl = read(&bucket.acl)?;
    let own = canonical_id(call.account);
    let default = [AclGrant { grantee: own.clone(), permission: "FULL_CONTROL".to_owned() }];
    let owner = acl.map_or(Some(&own), |acl| acl.owner.as_ref());
    let grants = acl.map_or(default.as_slice(), |acl| &acl.grants);
    Ok(document("AccessControlPolicy", |xml| {
        if let Some(owner) = owner {
            xml.node("Owner", |xml| xml.text("ID", owner));
        }
        xml.list("AccessControlList", "Grant", grants, |xml, grant| {
            let group = match grant.grantee.as_str() {
                "AllUsers" => Some("http://acs.amazonaws.com/groups/global/AllUsers"),
                "AuthenticatedUsers" => Some("http://acs.amazonaws.com/groups/global/AuthenticatedUsers"),
                "LogDelivery" => Some("http://acs.amazonaws.com/groups/s3/LogDelivery"),
                _ => None,
            };
            let kind = if group.is_some() { "Group" } else { "CanonicalUser" };
            let attributes = [("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"), ("xsi:type", kind)];
            xml.node_with("Grantee", &attributes, |xml| match group {
                Some(uri) => xml.text("URI", uri),
                None => xml.text("ID", &grant.grantee),
            });
            xml.text("Permission", &grant.permission);
        });
    }))
}

fn ownership(bucket: &Bucket) -> Result<Reply, Trouble> {
    let message = "The bucket ownership controls were not found";
    let ownership = present(&bucket.ownership, "OwnershipControlsNotFoundError", message)?;
    let word = match ownership {
        Ownership::BucketOwnerEnforced => "BucketOwnerEnforced",
        Ownership::BucketOwnerPreferred => "BucketOwnerPreferred",
        Ownership::ObjectWriter => "ObjectWriter",
    };
    Ok(document("OwnershipControls", |xml| xml.node("Rule", |xml| xml.text("ObjectOwnership", word))))
}

fn encryption(bucket: &Bucket) -> Result<Reply, Trouble> {
    let message = "The server side encryption configuration was not found";
    let encryption = present(&bucket.encryption, "ServerSideEncryptionConfigurationNotFoundError", message)?;
    Ok(document("ServerSideEncryptionConfiguration", |xml| {
        xml.node("Rule", |xml| {
            xml.node("ApplyServerSideEncryptionByDefault", |xml| {
                xml.text("SSEAlgorithm", &encryption.algorithm);
                xml.optional("KMSMasterKeyID", encryption.kms_key.as_deref());
            });
            xml.value("BucketKeyEnabled", encryption.bucket_key);
            if !encryption.blocked.is_empty() {
                xml.node("BlockedEncryptionTypes", |xml| {
                    for kind in &encryption.blocked {
                        xml.text("EncryptionType", kind);
                    }
                });
            }
        });
    }))
}

fn object_lock(bucket: &Bucket) -> Result<Reply, Trouble> {
    let message = "Object Lock configuration does not exist for this bucket";
    let lock = present(&bucket.object_lock, "ObjectLockConfigurationNotFoundError", message)?;
    Ok(document("ObjectLockConfiguration", |xml| {
        xml.text("ObjectLockEnabled", "Enabled");
        if let Some(mode) = &lock.mode {
            xml.node("Rule", |xml| {
                xml.node("DefaultRetention", |xml| {
                    xml.text("Mode", mode);
                    if let Some(days) = lock.days {
                        xml.value("Days", days);
                    }
                    if let Some(years) = lock.years {
                        xml.value("Years", years);
                    }
                });
            });
        }
    }))
}

fn lifecycle_rule(xml: &mut Xml, rule: &LifecycleRule) {
    xml.optional("ID", rule.id.as_deref());
    xml.node("Filter", |xml| xml.optional("Prefix", rule.prefix.as_deref()));
    xml.text("Status", if rule.enabled { "Enabled" } else { "Disabled" });
    if let Some(days) = rule.expiration_days {
        xml.node("Expiration", |xml| xml.value("Days", days));
    }
    if let Some(days) = rule.noncurrent_days {
        xml.node("NoncurrentVersionExpiration", |xml| xml.value("NoncurrentDays", days));
    }
    if let Some(days) = rule.abort_upload_days {
        xml.node("AbortIncompleteMultipartUpload", |xml| xml.value("DaysAfterInitiation", days));
    }
}

fn inventories(call: &Call<'_>, bucket: &Bucket) -> Result<Reply, Trouble> {
    let all = read(&bucket.inventories)?.map(Vec::as_slice).unwrap_or_default();
    let page = call.page(all.len(), None, "continuation-token", "max-inventories")?;
    Ok(document("ListInventoryConfigurationsResult", |xml| {
        for known in page.of(all) {
            xml.node("InventoryConfiguration", |xml| {
                xml.text("Id", &known.id);
                xml.value("IsEnabled", known.enabled);
                xml.node("Destination", |xml| {
                    xml.node("S3BucketDestination", |xml| {
                        xml.text("Format", "CSV");
                        xml.optional("AccountId", known.destination_account.as_deref());
                        xml.text("Bucket", &known.destination);
                    });
                });
                xml.node("Schedule", |xml| xml.text("Frequency", "Daily"));
                xml.text("IncludedObjectVersions", "Current");
            });
        }
        xml.value("IsTruncated", page.next.is_some());
        xml.optional("NextContinuationToken", page.next.as_deref());
    }))
}

fn replication_rule(xml: &mut Xml, rule: &ReplicationRule, priority: usize) {
    xml.optional("ID", rule.id.as_deref());
    xml.value("Priority", priority);
    let tag = |xml: &mut Xml| {
        xml.node("Tag", |xml| {
            xml.text("Key", "replicate");
            xml.text("Value", "yes");
        });
    };
    xml.node("Filter", |xml| match (&rule.prefix, rule.tag_filter) {
        (Some(prefix), true) => xml.node("And", |xml| {
            xml.text("Prefix", prefix);
            tag(xml);
        }),
        (prefix, false) => xml.optional("Prefix", prefix.as_deref()),
        (None, true) => tag(xml),
    });
    xml.text("Status", if rule.enabled { "Enabled" } else { "Disabled" });
    xml.node("Destination", |xml| {
        xml.text("Bucket", &rule.destination);
        xml.optional("Account", rule.destination_account.as_deref());
    });
    xml.node("DeleteMarkerReplication", |xml| {
        xml.text("Status", if rule.delete_markers { "Enabled" } else { "Disabled" });
    });
}

fn website(bucket: &Bucket) -> Result<Reply, Trouble> {
    let message = "The specified bucket does not have a website configuration";
    let website = present(&bucket.website, "NoSuchWebsiteConfiguration", message)?;
    Ok(document("WebsiteConfiguration", |xml| {
        if let Some(host) = &website.redirect_host {
            xml.node("RedirectAllRequestsTo", |xml| xml.text("HostName", host));
        }
        if let Some(index) = &website.index {
            xml.node("IndexDocument", |xml| xml.text("Suffix", index));
        }
    }))
}
