"""Buckets of the seeded account, with the verdicts expected of an audit.

Each case states its configuration, its verdicts and the reason. The reason cites
the numbered facts of IAM semantics. Verdicts are literals: they are reasoned, never
copied from a run.

Letters of `bpa`: B BlockPublicAcls, I IgnorePublicAcls, P BlockPublicPolicy,
R RestrictPublicBuckets. The main account itself has B only, the second one BIPR.

`status` is None (no expectation) where GetBucketPolicyStatus of moto contradicts
AWS's rule: moto takes every statement with a Condition for not public.
"""

OWN = "123456789012"
PARTNER = "111122223333"
PUBLIC = "*"
ENFORCED = "BucketOwnerEnforced"
PREFERRED = "BucketOwnerPreferred"
WRITER = "ObjectWriter"
PASS, FAIL, UNKNOWN, NOT_APPLICABLE = "pass", "fail", "unknown", "not_applicable"

UNLISTED, LISTED = "unlisted", "s3:ListAccessPoints"

CASES = []


def allow(principal=PUBLIC, action="s3:GetObject", resource="{arn}/*", condition=None, **more):
    return _statement("Allow", principal, action, resource, condition, more)


def deny(principal=PUBLIC, action="s3:*", resource=("{arn}", "{arn}/*"), condition=None, **more):
    return _statement("Deny", principal, action, resource, condition, more)


def _statement(effect, principal, action, resource, condition, more):
    s = {"Effect": effect}
    if principal is not None:
        s["Principal"] = principal
    if action is not None:
        s["Action"] = action
    s["Resource"] = list(resource) if isinstance(resource, tuple) else resource
    if condition is not None:
        s["Condition"] = condition
    s.update(more)
    return s


INSECURE = {"Bool": {"aws:SecureTransport": "false"}}


def bucket(name, why, *, reach, status, acl, bpa_off, tls, other=PASS, deputy=PASS, policy=(), grants=None, own=None,
           bpa="", region="us-east-1", unserved=None, **extra):
    """One case. `reach`, `status`, `acl`, `bpa_off`, `tls` are the expected verdicts; so are `other` (another account) and
    `deputy` (a service on behalf of anybody), which pass where no foreign account, organisation or service is named. UNLISTED is an Unknown of moto's making: the
    bucket lets in anybody, and an access point, which moto cannot list, may name an account or a service of them. A service
    sends no address, principal or organisation, and RestrictPublicBuckets lets it pass (A13).

    `unserved` names, by check, the operation that moto cannot serve and that an Unknown must name.
    """
    asked = {"s3.reachable_by_other_account": other, "s3.reachable_by_aws_service_of_anyone": deputy}
    unserved = (unserved or {}) | {check: LISTED for check, verdict in asked.items() if verdict == UNLISTED}
    asked = {check: UNKNOWN if verdict == UNLISTED else verdict for check, verdict in asked.items()}
    CASES.append({
        "name": name, "why": why, "policy": list(policy), "grants": grants, "own": own,
        "bpa": bpa, "region": region, "extra": extra, "unserved": unserved,
        "expect": {
            "s3.reachable_by_anyone": reach,
            "s3.policy_status_public": status,
            "s3.acl_grants_public": acl,
            "s3.block_public_access_off": bpa_off,
            "s3.tls_not_required": tls,
            # What a fresh bucket of moto lacks, unless the case sets it.
            "s3.acls_enabled": PASS if own == ENFORCED else FAIL,
            "s3.default_encryption_off": PASS if extra.get("encryption") else FAIL,
            "s3.lifecycle_missing": PASS if extra.get("lifecycle") else FAIL,
            "s3.replication_off": PASS if extra.get("replicate_to") else FAIL,
            **asked,
        },
    })


# --- No policy: only ACLs and the block settings speak -------------------------------

bucket("fw-closed-enforced", "ACLs void (F8), no policy: nobody outside; the block is off all the same",
       own=ENFORCED,
       reach=PASS, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-closed-full", "all four settings on the bucket, TLS demanded: the model bucket",
       own=ENFORCED, bpa="BIPR", policy=[deny(condition=INSECURE)],
       reach=PASS, status=PASS, acl=PASS, bpa_off=PASS, tls=PASS)
bucket("fw-bare", "no ownership rule = ObjectWriter: single objects may carry public ACLs (F8)",
       reach=UNKNOWN, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-bare-ignore", "as before, but IgnorePublicAcls on: object ACLs cannot open anything",
       bpa="I",
       reach=PASS, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-block-by-account-too", "I, P, R on the bucket and B on the account: all four are effective (F6)",
       bpa="IPR",
       reach=PASS, status=PASS, acl=PASS, bpa_off=PASS, tls=FAIL)
bucket("fw-owner-preferred", "BucketOwnerPreferred leaves ACLs live (F8)",
       own=PREFERRED, region="eu-west-1",
       reach=UNKNOWN, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-block-acls-only", "BlockPublicAcls stops new public ACLs, not those that objects already have",
       own=WRITER, bpa="B",
       reach=UNKNOWN, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)

# --- ACLs ------------------------------------------------------------------------------

bucket("fw-acl-public-read", "AllUsers may list (F6)",
       own=WRITER, grants={"ACL": "public-read"},
       reach=FAIL, other=UNLISTED, status=PASS, acl=FAIL, bpa_off=FAIL, tls=FAIL)
bucket("fw-acl-public-write", "AllUsers may write",
       own=WRITER, grants={"ACL": "public-read-write"},
       reach=FAIL, other=UNLISTED, status=PASS, acl=FAIL, bpa_off=FAIL, tls=FAIL)
bucket("fw-acl-any-account", "AuthenticatedUsers is every AWS account of the world, not one's own users",
       own=WRITER, grants={"ACL": "authenticated-read"}, region="eu-west-1",
       reach=FAIL, other=UNLISTED, status=PASS, acl=FAIL, bpa_off=FAIL, tls=FAIL)
bucket("fw-acl-public-enforced", "the grant stands in the ACL, but BucketOwnerEnforced voids all ACLs (F8)",
       own=ENFORCED, grants={"ACL": "public-read"},
       reach=PASS, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-acl-public-ignored", "IgnorePublicAcls takes the grant's effect (F6)",
       own=WRITER, grants={"ACL": "public-read"}, bpa="I",
       reach=PASS, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-acl-log-delivery", "LogDelivery is an AWS service, not the public; ACLs stay live",
       own=WRITER, grants={"ACL": "log-delivery-write"},
       reach=UNKNOWN, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-acl-one-stranger", "one canonical user is somebody, of an account that AWS does not tell; ACLs stay live",
       own=WRITER, grants={"GrantRead": "id=79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
       reach=UNKNOWN, other=UNKNOWN, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)

# --- Policies that let anyone in -------------------------------------------------------

bucket("fw-public-read", "the plain public policy",
       own=ENFORCED, policy=[allow()],
       reach=FAIL, other=UNLISTED, deputy=UNLISTED, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-public-read-aws-star", '{"AWS": "*"} covers the anonymous as "*" does (B6)',
       own=ENFORCED, policy=[allow({"AWS": ["*"]})],
       reach=FAIL, other=UNLISTED, deputy=UNLISTED, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-public-write", "anyone may put objects",
       own=ENFORCED, policy=[allow(action="s3:PutObject")], region="ap-southeast-2",
       reach=FAIL, other=UNLISTED, deputy=FAIL, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-public-list", "anyone may list",
       own=ENFORCED, policy=[allow(action="s3:ListBucket", resource="{arn}")],
       reach=FAIL, other=UNLISTED, deputy=UNLISTED, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-public-not-action", "Allow + NotAction: everything but deleting (B2)",
       own=ENFORCED, policy=[allow(action=None, NotAction="s3:DeleteObject")],
       reach=FAIL, other=UNLISTED, deputy=FAIL, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-public-among-fixed", "one public statement among named ones opens the whole (F4)",
       own=ENFORCED, policy=[allow({"AWS": f"arn:aws:iam::{OWN}:root"}), allow(resource="{arn}/www/*")],
       reach=FAIL, other=UNLISTED, deputy=UNLISTED, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-not-principal-allow", "Allow + NotPrincipal is everyone else (B8); moto's status does not look at NotPrincipal",
       own=ENFORCED, policy=[allow(None, NotPrincipal={"AWS": f"arn:aws:iam::{OWN}:root"})],
       reach=FAIL, other=UNLISTED, deputy=UNLISTED, status=None, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-public-block-policy-only", "BlockPublicPolicy refuses new policies, the old one works on",
       own=ENFORCED, policy=[allow()], bpa="P",
       reach=FAIL, other=UNLISTED, deputy=UNLISTED, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-deny-elsewhere", "the Deny covers secret/ only",
       own=ENFORCED, policy=[allow(), deny(action="s3:GetObject", resource="{arn}/secret/*")],
       reach=FAIL, other=UNLISTED, deputy=UNLISTED, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-deny-other-action", "the Deny forbids writing, reading stays",
       own=ENFORCED, policy=[allow(action="s3:*", resource=("{arn}", "{arn}/*")), deny(action="s3:Put*")],
       reach=FAIL, other=UNLISTED, deputy=FAIL, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-deny-anonymous-only", "aws:PrincipalArn is absent for the anonymous only (E1): any AWS account still reads",
       own=ENFORCED, policy=[allow(), deny(condition={"Null": {"aws:PrincipalArn": "true"}})],
       reach=FAIL, other=UNLISTED, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)

# --- Conditions that do not protect ------------------------------------------------------

bucket("fw-source-ip-everywhere", "0.0.0.0/0 is no limit (F2)",
       own=ENFORCED, policy=[allow(condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})],
       reach=FAIL, other=UNLISTED, status=None, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-org-not-equals", "the anonymous has no PrincipalOrgID, a negated operator then matches (C3, E1)",
       own=ENFORCED, policy=[allow(condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}})],
       reach=FAIL, deputy=UNLISTED, other=None, status=None, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-org-if-exists", "IfExists is true where the key is absent: the anonymous gets in (C3, E1), and accounts of that organisation, which is not ours",
       own=ENFORCED, policy=[allow(condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorg1"}})],
       reach=FAIL, deputy=UNLISTED, other=FAIL, status=None, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-org-paths-for-all", "ForAllValues is true on a missing key (C13)",
       own=ENFORCED, policy=[allow(condition={"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-exampleorg1/*"}})],
       reach=FAIL, deputy=UNLISTED, other=None, status=None, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-referer", "the caller writes the Referer header (E5)",
       own=ENFORCED, policy=[allow(condition={"StringLike": {"aws:Referer": "https://www.example.com/*"}})],
       reach=FAIL, other=UNLISTED, deputy=UNLISTED, status=None, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-user-agent", "the caller writes the User-Agent header (E5)",
       own=ENFORCED, policy=[allow(condition={"StringEquals": {"aws:UserAgent": "sesame"}})], region="eu-west-1",
       reach=FAIL, other=UNLISTED, deputy=UNLISTED, status=None, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-prefix", "the caller chooses the prefix (E5)",
       own=ENFORCED, policy=[allow(action="s3:ListBucket", resource="{arn}", condition={"StringEquals": {"s3:prefix": "www/"}})],
       reach=FAIL, other=UNLISTED, deputy=UNLISTED, status=None, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-tls-allow-public", "TLS on an Allow limits nobody; and nothing denies plain http to others",
       own=ENFORCED, policy=[allow(condition={"Bool": {"aws:SecureTransport": "true"}})],
       reach=FAIL, other=UNLISTED, deputy=UNLISTED, status=None, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-foreign-role-name", "every AWS account can make a role named reader (E2)",
       own=ENFORCED, policy=[allow(condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/reader"}})],
       reach=FAIL, other=UNLISTED, status=None, acl=PASS, bpa_off=FAIL, tls=FAIL)

# --- Conditions, denies and settings that do protect -------------------------------------

bucket("fw-source-ip", "one /24: anyone_in_network, which is not anyone; a fixed range is not public (F1)",
       own=ENFORCED, policy=[allow(condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
       reach=PASS, other=UNLISTED, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-source-ip-by-deny", "the Deny leaves one /24; the status does not credit a Deny (F4)",
       own=ENFORCED, policy=[allow(), deny(condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
       reach=PASS, other=UNLISTED, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-vpce", "one VPC endpoint: anyone_in_network (F1)",
       own=ENFORCED, policy=[allow(condition={"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}})],
       reach=PASS, other=UNLISTED, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-org", "one organisation only (E2); this account belongs to none, so its accounts are others",
       own=ENFORCED, policy=[allow(condition={"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}})],
       reach=PASS, other=FAIL, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-org-paths-for-any", "ForAnyValue is false on a missing key (C13); the organisation is not ours",
       own=ENFORCED, policy=[allow(condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-exampleorg1/*"}})],
       reach=PASS, other=FAIL, status=None, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-own-role-names", "any role, but of this account (E2)",
       own=ENFORCED, policy=[allow(condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"}})],
       reach=PASS, status=None, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-deny-cancels", "the Deny takes all that the Allow gives (A1); the status ignores it (F4)",
       own=ENFORCED, policy=[allow(), deny()],
       reach=PASS, status=FAIL, acl=PASS, bpa_off=FAIL, tls=PASS)
bucket("fw-deny-strangers", "strangers and the anonymous (key absent, negated operator matches) are denied",
       own=ENFORCED, policy=[allow(), deny(condition={"StringNotEquals": {"aws:PrincipalAccount": OWN}})],
       reach=PASS, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-deny-not-principal", "everyone but this account is denied (B8)",
       own=ENFORCED, policy=[allow(), deny(None, NotPrincipal={"AWS": f"arn:aws:iam::{OWN}:root"})],
       reach=PASS, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-public-restricted", "RestrictPublicBuckets keeps strangers out of a public policy (A13)",
       own=ENFORCED, policy=[allow()], bpa="R",
       reach=PASS, deputy=UNLISTED, status=FAIL, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-public-blocked", "all four settings over a public policy",
       own=ENFORCED, policy=[allow()], bpa="BIPR",
       reach=PASS, deputy=UNLISTED, status=FAIL, acl=PASS, bpa_off=PASS, tls=FAIL)
bucket("fw-partner", "a named account is not anyone; fixed principals are not public (F1)",
       own=ENFORCED, policy=[allow({"AWS": [PARTNER, f"arn:aws:iam::{OWN}:root"]})],
       reach=PASS, other=FAIL, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-cloudfront", "an origin access identity belongs to AWS, not to strangers (B9)",
       own=ENFORCED, policy=[allow({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE2ID3"})],
       reach=PASS, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-service", "a service that strangers can drive is another question than anyone (E6)",
       own=ENFORCED, policy=[allow({"Service": "cloudtrail.amazonaws.com"}, "s3:PutObject")],
       reach=PASS, deputy=FAIL, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)
bucket("fw-access-point-delegation",
       "who comes in is left to this account's access points (F9), and ListAccessPoints of moto is unreadable",
       own=ENFORCED, policy=[allow(action="s3:*", resource=("{arn}", "{arn}/*"),
                                   condition={"StringEquals": {"s3:DataAccessPointAccount": OWN}})],
       unserved={"s3.reachable_by_anyone": LISTED},
       reach=UNKNOWN, other=UNLISTED, deputy=UNLISTED, status=PASS, acl=PASS, bpa_off=FAIL, tls=FAIL)

# --- Transport -------------------------------------------------------------------------

TLS = dict(own=ENFORCED, reach=PASS, status=PASS, acl=PASS, bpa_off=FAIL)
bucket("fw-tls-two-statements", "bucket and objects in a statement each", tls=PASS, **TLS,
       policy=[deny(resource="{arn}", condition=INSECURE), deny(resource="{arn}/*", condition=INSECURE)])
bucket("fw-tls-unquoted", "false without quotes means the same (B1)", tls=PASS, **TLS,
       policy=[deny(condition={"Bool": {"aws:SecureTransport": False}})])
bucket("fw-tls-one-glob", "one glob over bucket and objects", tls=PASS, **TLS,
       policy=[deny({"AWS": "*"}, resource="{arn}*", condition=INSECURE)])
bucket("fw-tls-if-exists", "BoolIfExists denies at least as much", tls=PASS, **TLS,
       policy=[deny(condition={"BoolIfExists": {"aws:SecureTransport": "false"}})])
bucket("fw-tls-get-only", "http is denied for GetObject only", tls=FAIL, **TLS,
       policy=[deny(action="s3:GetObject", resource="{arn}/*", condition=INSECURE)])
bucket("fw-tls-objects-only", "listing over http stays possible", tls=FAIL, **TLS,
       policy=[deny(resource="{arn}/*", condition=INSECURE)])
bucket("fw-tls-bucket-only", "objects over http stay possible", tls=FAIL, **TLS,
       policy=[deny(resource="{arn}", condition=INSECURE)])
bucket("fw-tls-some-actions", "reading and writing are covered, deleting is not", tls=FAIL, **TLS,
       policy=[deny(action=["s3:Get*", "s3:Put*", "s3:List*"], condition=INSECURE)])
bucket("fw-tls-not-action", "NotAction leaves listing out", tls=FAIL, **TLS,
       policy=[deny(action=None, NotAction="s3:ListBucket", condition=INSECURE)])
bucket("fw-tls-one-network", "http is denied from one network only", tls=FAIL, **TLS,
       policy=[deny(condition={"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})])
bucket("fw-tls-one-user", "http is denied to one user only", tls=FAIL, **TLS,
       policy=[deny({"AWS": f"arn:aws:iam::{OWN}:user/plain-01"}, condition=INSECURE)])
bucket("fw-tls-inverted", "denies https and lets http pass", tls=FAIL, **TLS,
       policy=[deny(condition={"Bool": {"aws:SecureTransport": "true"}})])
bucket("fw-tls-version-only", "plain http carries no TLS version: the positive operator does not match (C3)", tls=FAIL, **TLS,
       policy=[deny(condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}})])
bucket("fw-tls-allow-own", "an Allow with TLS denies nothing to those whom IAM allows", tls=FAIL, **TLS,
       policy=[allow({"AWS": f"arn:aws:iam::{OWN}:root"}, "s3:*", ("{arn}", "{arn}/*"),
                     {"Bool": {"aws:SecureTransport": "true"}})])

# --- Buckets of the trails, and an unremarkable one ---------------------------------------

TRAILS = dict(own=ENFORCED, bpa="BIPR", reach=PASS, status=PASS, acl=PASS, bpa_off=PASS, tls=PASS)


def trail_policy():
    # The service with a fixed source account is not public (F1).
    return [
        allow({"Service": "cloudtrail.amazonaws.com"}, "s3:GetBucketAcl", "{arn}",
              {"StringEquals": {"aws:SourceAccount": OWN}}),
        allow({"Service": "cloudtrail.amazonaws.com"}, "s3:PutObject", "{arn}/AWSLogs/*",
              {"StringEquals": {"aws:SourceAccount": OWN}}),
        deny(condition=INSECURE),
    ]


bucket("fw-trail-main", "log bucket without lock or replication", policy=trail_policy(), **TRAILS)
bucket("fw-trail-compliance", "log bucket under object lock in compliance mode", policy=trail_policy(), **TRAILS,
       region="eu-west-1", lock="COMPLIANCE")
bucket("fw-trail-replicated", "log bucket, replicated", policy=trail_policy(), **TRAILS,
       region="us-west-2", versioning=True, replicate_to="fw-trail-copy")
bucket("fw-trail-copy", "where the replicas go", policy=trail_policy(), **TRAILS,
       region="eu-central-1", versioning=True)
bucket("fw-access-logs", "the log service of this account (F1); without the usual Deny, whose Principal `*` moto cannot digest here",
       own=ENFORCED, bpa="BIPR",
       policy=[allow({"Service": "logging.s3.amazonaws.com"}, "s3:PutObject", "{arn}/access/*",
                     {"StringEquals": {"aws:SourceAccount": OWN}})],
       reach=PASS, status=PASS, acl=PASS, bpa_off=PASS, tls=FAIL)
bucket("fw-busy", "everything else that a bucket can carry; says nothing on the verdicts", policy=[deny(condition=INSECURE)],
       **TRAILS, versioning=True, encryption=True, logging_to="fw-access-logs", lifecycle=True, tags=True, website=True)

# --- The second account: its own block settings are all on ----------------------------------

SECOND = []
_main, CASES = CASES, SECOND
bucket("fw2-bare", "I of the account covers object ACLs, the four are effective",
       reach=PASS, status=PASS, acl=PASS, bpa_off=PASS, tls=FAIL)
bucket("fw2-public-read", "R of the account shuts the public policy; the status stays public",
       own=ENFORCED, policy=[allow()],
       reach=PASS, deputy=UNLISTED, status=FAIL, acl=PASS, bpa_off=PASS, tls=FAIL)
bucket("fw2-acl-public", "I of the account takes the effect of the public ACL",
       own=WRITER, grants={"ACL": "public-read"},
       reach=PASS, status=PASS, acl=PASS, bpa_off=PASS, tls=FAIL)
bucket("fw2-trail", "log bucket", policy=trail_policy(), **(TRAILS | {"bpa": ""}))
CASES = _main
