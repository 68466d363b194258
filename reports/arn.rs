//! What an ARN says, in the words of the formats of AWS and of OCSF.

/// The parts of an ARN. Whatever is no ARN, such as a name that an attacker chose, has none of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    pub(crate) partition: Option<&'a str>,
    service: &'a str,
    /// What follows the account.
    resource: &'a str,
}

impl<'a> Arn<'a> {
    pub(crate) fn of(arn: &'a str) -> Self {
        let mut parts = arn.splitn(6, ':');
        match (parts.next(), parts.next(), parts.next(), parts.nth(2)) {
            (Some("arn"), Some(partition), Some(service), Some(resource)) if !partition.is_empty() => {
                Self { partition: Some(partition), service, resource }
            }
            _ => Self::default(),
        }
    }

    /// The type of the resource as the AWS Security Finding Format calls it.
    pub(crate) fn kind(self) -> &'static str {
        let (family, _) = self.resource.split_once(['/', ':']).unwrap_or((self.resource, ""));
        match (self.service, family) {
            ("iam", "root") => "AwsAccount",
            ("iam", "user") => "AwsIamUser",
            ("iam", "role") => "AwsIamRole",
            ("iam", "group") => "AwsIamGroup",
            ("iam", "policy") => "AwsIamPolicy",
            ("s3", "accesspoint") => "AwsS3AccessPoint",
            ("s3", _) if !self.resource.contains('/') => "AwsS3Bucket",
            ("s3", _) => "AwsS3Object",
            ("cloudtrail", "trail") => "AwsCloudTrailTrail",
            ("kms", "key") => "AwsKmsKey",
            ("sns", _) => "AwsSnsTopic",
            ("cloudwatch", "alarm") => "AwsCloudWatchAlarm",
            ("guardduty", "detector") => "AwsGuardDutyDetector",
            ("acm", "certificate") => "AwsCertificateManagerCertificate",
            _ => "Other",
        }
    }

    /// The name of the resource in its account: the last part.
    pub(crate) fn name(self) -> Option<&'a str> {
        self.resource.rsplit(['/', ':']).next().filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_have_the_types_of_aws() {
        for (arn, kind, name) in [
            ("arn:aws:iam::111111111111:root", "AwsAccount", Some("root")),
            ("arn:aws:iam::111111111111:user/path/alice", "AwsIamUser", Some("alice")),
            ("arn:aws-cn:s3:::a.b", "AwsS3Bucket", Some("a.b")),
            ("arn:aws:s3:::b/key", "AwsS3Object", Some("key")),
            ("arn:aws:s3:eu-west-1:111111111111:accesspoint/p", "AwsS3AccessPoint", Some("p")),
            ("arn:aws:cloudtrail:eu-central-1:111111111111:trail/all", "AwsCloudTrailTrail", Some("all")),
            ("arn:aws:sns:us-east-1:111111111111:topic", "AwsSnsTopic", Some("topic")),
            ("arn:aws:new:us-east-1:111111111111:thing/x", "Other", Some("x")),
            ("=cmd|x", "Other", None),
            ("arn::::::", "Other", None),
        ] {
            assert_eq!((Arn::of(arn).kind(), Arn::of(arn).name()), (kind, name), "{arn}");
        }
        assert_eq!(Arn::of("arn:aws-cn:s3:::b").partition, Some("aws-cn"));
    }
}
