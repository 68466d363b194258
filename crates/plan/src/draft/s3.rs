//! Buckets and access points of a draft.

use forewarn_inventory::{AccessPoint, Bucket, Encryption, Observed};
use forewarn_policy::{BlockSettings, Ownership};

use super::Draft;

/// All four switches, as AWS sets them on every bucket that is made since April 2023.
pub(crate) const BLOCKED: BlockSettings = BlockSettings {
    block_public_acls: true,
    ignore_public_acls: true,
    block_public_policy: true,
    restrict_public_buckets: true,
};

impl Draft {
    pub(crate) fn bucket_arn(&self, name: &str) -> String {
        format!("arn:{}:s3:::{name}", self.partition())
    }

    pub(crate) fn has_bucket(&self, name: &str) -> bool {
        let all = std::iter::once(&self.account).chain(&self.rest.accounts);
        all.flat_map(|account| &account.s3.buckets).any(|bucket| bucket.name == name)
    }

    /// A new bucket with the settings that AWS gives it: Block Public Access on, ACLs void, encrypted with keys of S3
    /// (facts F8, F11).
    pub(crate) fn make_bucket(&mut self, name: &str) -> &mut Bucket {
        self.remove_bucket(name);
        let bucket = Bucket {
            name: name.to_owned(),
            arn: self.bucket_arn(name),
            region: Observed::Present(self.region.clone()),
            created: Some(self.instant()),
            policy: Observed::Absent,
            policy_status: Observed::Absent,
            acl: Observed::Absent,
            ownership: Observed::Present(Ownership::BucketOwnerEnforced),
            public_access_block: Observed::Present(BLOCKED),
            encryption: Observed::Present(Encryption {
                algorithm: "AES256".to_owned(),
                kms_key: None,
                bucket_key: false,
                blocked: vec!["SSE-C".to_owned()],
            }),
            versioning: Observed::Absent,
            logging: Observed::Absent,
            inventories: Observed::Absent,
            object_lock: Observed::Absent,
            lifecycle: Observed::Absent,
            replication: Observed::Absent,
            tags: Observed::Absent,
            website: Observed::Absent,
        };
        let items = &mut self.account.s3.buckets.items;
        items.push(bucket);
        let at = items.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "INVARIANT: an item was just added")]
        &mut items[at]
    }

    /// The bucket of that name, in whatever account it is; one that nobody knows is made with gaps.
    pub(crate) fn bucket(&mut self, name: &str) -> &mut Bucket {
        let is = |bucket: &Bucket| bucket.name == name;
        let own = self.account.s3.buckets.items.iter().any(is);
        let other = self.rest.accounts.iter().position(|account| account.s3.buckets.iter().any(is));
        let unlisted = (!own && other.is_none()).then(|| self.unlisted_bucket(name));
        let account = match other.filter(|_| !own).and_then(|at| self.rest.accounts.get_mut(at)) {
            Some(other) => other,
            None => &mut self.account,
        };
        let items = &mut account.s3.buckets.items;
        items.extend(unlisted);
        let at = items.iter().position(is).unwrap_or_default();
        #[expect(clippy::indexing_slicing, reason = "INVARIANT: the bucket was there or was just added")]
        &mut items[at]
    }

    fn unlisted_bucket(&self, name: &str) -> Bucket {
        let arn = self.bucket_arn(name);
        Bucket {
            name: name.to_owned(),
            region: Observed::Present(self.region.clone()),
            created: None,
            policy: self.unlisted(&arn),
            policy_status: self.unlisted(&arn),
            acl: self.unlisted(&arn),
            ownership: match self.unlisted(&arn) {
                Observed::Absent => Observed::Present(Ownership::BucketOwnerEnforced),
                gap => gap,
            },
            public_access_block: self.unlisted(&arn),
            encryption: self.unlisted(&arn),
            versioning: self.unlisted(&arn),
            logging: self.unlisted(&arn),
            inventories: self.unlisted(&arn),
            object_lock: self.unlisted(&arn),
            lifecycle: self.unlisted(&arn),
            replication: self.unlisted(&arn),
            tags: self.unlisted(&arn),
            website: self.unlisted(&arn),
            arn,
        }
    }

    pub(crate) fn remove_bucket(&mut self, name: &str) {
        for account in std::iter::once(&mut self.account).chain(&mut self.rest.accounts) {
            account.s3.buckets.items.retain(|bucket| bucket.name != name);
        }
    }

    /// Gives the bucket a policy, or takes it.
    pub(crate) fn set_bucket_policy(
        &mut self,
        name: &str,
        policy: Observed<forewarn_inventory::PolicyText>,
    ) -> &mut Bucket {
        let bucket = self.bucket(name);
        bucket.policy_status = super::policy_status(&policy);
        bucket.policy = policy;
        bucket
    }

    /// The access point of that name, made where there is none.
    pub(crate) fn access_point(&mut self, name: &str) -> &mut AccessPoint {
        let arn = format!("arn:{}:s3:{}:{}:accesspoint/{name}", self.partition(), self.region, self.account.id);
        let made = AccessPoint {
            name: name.to_owned(),
            arn,
            region: self.region.clone(),
            bucket: String::new(),
            bucket_account: Some(self.account.id.clone()),
            vpc: None,
            policy: Observed::Absent,
            public_access_block: Observed::Present(BLOCKED),
        };
        let items = &mut self.account.s3.access_points.items;
        let at = items.iter().position(|point| point.name == name || point.arn == name).unwrap_or_else(|| {
            items.push(made);
            items.len() - 1
        });
        #[expect(
            clippy::indexing_slicing,
            reason = "INVARIANT: `at` was found in the list or is that of its last item"
        )]
        &mut items[at]
    }
}
