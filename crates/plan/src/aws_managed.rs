//! The texts of a few policies that AWS owns, for changes that attach one that nobody in the account has yet.
//!
//! AWS changes such texts without notice, so only the ones that are attached most and change least are here, as of
//! 2026-02. Any other one is a hole whose cause names it. A text in the inventory goes before these.

/// The text of a policy of AWS, by the end of its ARN.
pub(crate) fn text(arn: &str) -> Option<&'static str> {
    let name = arn.split_once(":iam::aws:policy/")?.1;
    TEXTS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// What follows `policy/` in the ARN of a policy of AWS that is known here, by its name.
pub(crate) fn path(name: &str) -> Option<&'static str> {
    TEXTS.iter().map(|(path, _)| *path).find(|path| path.rsplit('/').next() == Some(name))
}

const TEXTS: [(&str, &str); 6] = [
    ("AdministratorAccess", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#),
    (
        "PowerUserAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["account:GetAccountInformation","account:GetGovCloudAccountInformation","account:GetPrimaryEmail","account:ListRegions","iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeEffectivePolicy","organizations:DescribeOrganization"],"Resource":"*"}]}"#,
    ),
    (
        "IAMFullAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit","organizations:DescribePolicy","organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget","organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],"Resource":"*"}]}"#,
    ),
    (
        "AmazonS3FullAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],"Resource":"*"}]}"#,
    ),
    (
        "AmazonS3ReadOnlyAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*"],"Resource":"*"}]}"#,
    ),
    (
        "service-role/AWSLambdaBasicExecutionRole",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_a_policy_and_is_found_in_every_partition() {
        for (name, text) in TEXTS {
            assert!(forewarn_policy::Document::parse(text).is_ok(), "{name}");
            for partition in ["aws", "aws-cn", "aws-us-gov"] {
                assert_eq!(super::text(&format!("arn:{partition}:iam::aws:policy/{name}")), Some(text));
            }
        }
        assert_eq!(text("arn:aws:iam::111111111111:policy/AdministratorAccess"), None);
        assert_eq!(text("arn:aws:iam::aws:policy/job-function/Billing"), None);
    }
}
