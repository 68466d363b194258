"""Users, groups, policies, roles and trails of the seeded account, with expected verdicts.

Verdicts are literals, reasoned from the facts. `aged` is the verdict where the server
can hold an old key, a delivery error or a credential report of now (serve.py); a plain
moto_server cannot be told of them, so the plain expectation differs there. Its credential
report says that it was made in 2015, before every user: what rests on it is Unknown (H3).
"""

from bucket_cases import FAIL, NOT_APPLICABLE, OWN, PARTNER, PASS, UNKNOWN

LETTERS = "abcdefghijklmnopqrstuvwxyz"


# --- Users -----------------------------------------------------------------------------

USERS = []


def user(name, why, *, mfa, old, two, attached, admin=PASS, password=False, devices=(), keys=(), groups=(),
         policies=(), inline=None, path="/", boundary=None):
    """`keys`: a list of (status, age in days). The verdicts: mfa, old, two, attached, and admin (can escalate to it), which
    passes for those who hold nothing but reads; no role of the account has rights that could be won."""
    report = {"iam.user_without_mfa": mfa, "iam.access_key_old": old, "iam.two_active_access_keys": two}
    USERS.append({
        "name": name, "why": why, "path": path, "password": password, "devices": list(devices),
        "keys": list(keys), "groups": list(groups), "policies": list(policies), "inline": inline,
        "boundary": boundary,
        "expect": {**dict.fromkeys(report, UNKNOWN), "iam.user_policy_attached_directly": attached,
                   "iam.user_in_no_group": PASS if groups else FAIL,
                   "iam.can_escalate_to_admin": admin},
        "aged": report,
        "unserved": dict.fromkeys(report, "iam:GetCredentialReport"),
    })


VIRTUAL, HARDWARE = "virtual", "hardware"
READ_ONE = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::fw-busy/*"}]}

user("console-no-mfa", "a password and nothing beside it", password=True,
     mfa=FAIL, old=NOT_APPLICABLE, two=PASS, attached=PASS)
user("console-virtual-mfa", "a virtual device", password=True, devices=[VIRTUAL], groups=["readers"],
     mfa=PASS, old=NOT_APPLICABLE, two=PASS, attached=PASS)
user("console-hardware-mfa", "active, but not among the virtual devices: hardware or passkey (H3)", password=True,
     devices=[HARDWARE],
     mfa=PASS, old=NOT_APPLICABLE, two=PASS, attached=PASS)
user("console-two-devices", "two devices are as good as one", password=True, devices=[VIRTUAL, HARDWARE],
     mfa=PASS, old=NOT_APPLICABLE, two=PASS, attached=PASS)
user("console-no-mfa-admin", "the same defect in the group of administrators", password=True, groups=["admins"],
     admin=NOT_APPLICABLE, mfa=FAIL, old=NOT_APPLICABLE, two=PASS, attached=PASS)
user("console-path", "a path changes the ARN, not the verdict", password=True, path="/people/ops/",
     mfa=FAIL, old=NOT_APPLICABLE, two=PASS, attached=PASS)
user("kim+ops=x.y_z@example", "signs that a name may have; a comma too, but moto does not quote it in the credential report", password=True,
     mfa=FAIL, old=NOT_APPLICABLE, two=PASS, attached=PASS)
user("key-fresh", "one key of today, no password", keys=[("Active", 0)],
     mfa=NOT_APPLICABLE, old=PASS, two=PASS, attached=PASS)
user("key-old", "a key of 200 days", keys=[("Active", 200)],
     mfa=NOT_APPLICABLE, old=FAIL, two=PASS, attached=PASS)
user("key-89-days", "not yet 90 days", keys=[("Active", 89)],
     mfa=NOT_APPLICABLE, old=PASS, two=PASS, attached=PASS)
user("key-92-days", "beyond 90 days", keys=[("Active", 92)],
     mfa=NOT_APPLICABLE, old=FAIL, two=PASS, attached=PASS)
user("key-old-inactive", "an old key that is switched off opens nothing", keys=[("Inactive", 400)],
     mfa=NOT_APPLICABLE, old=NOT_APPLICABLE, two=PASS, attached=PASS)
user("key-second-old", "the second slot counts as the first does", keys=[("Active", 1), ("Active", 300)],
     mfa=NOT_APPLICABLE, old=FAIL, two=FAIL, attached=PASS)
user("key-old-off-new-on", "the old one is off, the new one is young", keys=[("Inactive", 300), ("Active", 2)],
     mfa=NOT_APPLICABLE, old=PASS, two=PASS, attached=PASS)
user("keys-two-active", "two active keys", keys=[("Active", 0), ("Active", 0)],
     mfa=NOT_APPLICABLE, old=PASS, two=FAIL, attached=PASS)
user("keys-one-inactive", "only one of two is active", keys=[("Active", 0), ("Inactive", 0)],
     mfa=NOT_APPLICABLE, old=PASS, two=PASS, attached=PASS)
user("keys-both-inactive", "none is active", keys=[("Inactive", 0), ("Inactive", 0)],
     mfa=NOT_APPLICABLE, old=NOT_APPLICABLE, two=PASS, attached=PASS)
user("console-and-keys", "password, no device, two keys: two defects at once", password=True,
     keys=[("Active", 0), ("Active", 0)],
     mfa=FAIL, old=PASS, two=FAIL, attached=PASS)
user("attached-customer", "a customer policy on the user itself", policies=["read-one-bucket"],
     mfa=NOT_APPLICABLE, old=NOT_APPLICABLE, two=PASS, attached=FAIL)
user("attached-aws", "an AWS policy on the user itself", policies=["arn:aws:iam::aws:policy/ReadOnlyAccess"],
     mfa=NOT_APPLICABLE, old=NOT_APPLICABLE, two=PASS, attached=FAIL)
user("attached-inline", "an inline policy is one on the user itself", inline=READ_ONE,
     mfa=NOT_APPLICABLE, old=NOT_APPLICABLE, two=PASS, attached=FAIL)
user("attached-and-group", "a group does not heal the direct one", groups=["readers"], inline=READ_ONE,
     mfa=NOT_APPLICABLE, old=NOT_APPLICABLE, two=PASS, attached=FAIL)
user("grouped", "rights through groups only", groups=["readers", "auditors"],
     mfa=NOT_APPLICABLE, old=NOT_APPLICABLE, two=PASS, attached=PASS)
user("bounded", "a boundary limits, it is not an attached policy (A5); moto forgets it in the bulk answer",
     boundary="read-one-bucket",
     mfa=NOT_APPLICABLE, old=NOT_APPLICABLE, two=PASS, attached=PASS)
for _i in range(1, 31):
    user(f"plain-{_i:02}", "unremarkable", groups=["readers"] if _i % 3 else ["auditors"],
         mfa=NOT_APPLICABLE, old=NOT_APPLICABLE, two=PASS, attached=PASS)

GROUPS = {
    # name: (policies, inline, verdict of iam.policy_allows_everything on the group's own inline policy)
    "admins": (["arn:aws:iam::aws:policy/AdministratorAccess"], None, None),
    "readers": (["arn:aws:iam::aws:policy/ReadOnlyAccess", "read-one-bucket"], None, None),
    "auditors": (["arn:aws:iam::aws:policy/SecurityAudit"], READ_ONE, PASS),
    "powers": (["arn:aws:iam::aws:policy/PowerUserAccess"], None, None),
    "inline-admins": ([], {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]}, FAIL),
    "nobody": ([], None, None),
}

# AWS's own policies that are attached above: the account cannot edit them, who has them is another question.
AWS_POLICIES = dict.fromkeys(("AdministratorAccess", "ReadOnlyAccess", "SecurityAudit", "PowerUserAccess"), NOT_APPLICABLE)

# --- Customer policies --------------------------------------------------------------------

POLICIES = []


def policy(name, why, expected, *statements, whole=None, versions=None, path="/"):
    """`versions`: later documents; the last one becomes the default unless marked. `whole` is the verdict on whole
    services; not given, a policy that allows everything is not judged, and any other grants none."""
    if whole is None:
        whole = NOT_APPLICABLE if expected == FAIL else PASS
    POLICIES.append({"name": name, "why": why, "path": path, "document": _document(statements), "versions": versions or [],
                     "expect": {"iam.policy_allows_everything": expected, "iam.policy_allows_whole_service": whole}})


def _document(statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def a(action="*", resource="*", **more):
    s = {"Effect": "Allow", "Resource": resource, **more}
    if action is not None:
        s["Action"] = action
    return s


def d(action="*", resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


policy("all", "the plain one", FAIL, a())
policy("all-colon", "*:* is * (B2)", FAIL, a("*:*"))
policy("all-in-list", "one entry of a list suffices", FAIL, a(["s3:GetObject", "*"], ["arn:aws:s3:::fw-busy/*", "*"]))
policy("all-second-statement", "it need not be the first statement", FAIL, a("s3:GetObject"), a())
policy("all-not-action-nothing", "what is left out does not exist", FAIL, a(None, NotAction="nosuchservice:*"))
policy("all-split-letters", "26 patterns over the names of actions, together all of them", FAIL,
       *[a(f"*:{c}*") for c in LETTERS])
policy("all-split-list", "the same in one statement", FAIL, a([f"*:{c}*" for c in LETTERS]))
policy("all-not-actions-crossed", "what one leaves out the other gives", FAIL,
       a(None, NotAction="iam:*"), a(None, NotAction="s3:*"))
policy("all-but-returned", "NotAction iam:* and iam:* beside it", FAIL, a(None, NotAction="iam:*"), a("iam:*"))
policy("all-path", "a path changes the ARN, not the verdict", FAIL, a(), path="/team/a/")
policy("all-by-new-version", "the default version counts: it was narrow before", FAIL, a("s3:GetObject"),
       versions=[(_document([a()]), True)])
policy("narrow-by-new-version", "the default version counts: it was everything before", PASS, a(),
       versions=[(_document([a("s3:GetObject")]), True)])
policy("narrow-draft-is-all", "everything stands in a version that is not the default", PASS, a("s3:GetObject"),
       versions=[(_document([a()]), False)])
policy("not-action-iam", "a service is left out", PASS, a(None, NotAction="iam:*"), whole=FAIL)
policy("not-action-two", "two services are left out", PASS, a(None, NotAction=["iam:*", "organizations:*"]), whole=FAIL)
policy("split-letters-lacks-d", "no action that begins with d: no Delete, no Describe; a service without such actions (execute-api) is whole", PASS,
       *[a(f"*:{c}*") for c in LETTERS if c != "d"], whole=FAIL)
policy("all-denied-iam", "the Deny leaves a service out (A1), the others are whole", PASS, a(), d("iam:*"), whole=FAIL)
policy("all-denied-all", "the Deny takes everything (A1)", PASS, a(), d())
policy("all-denied-s3", "the Deny leaves a service out", PASS, a(), d("s3:*"), whole=FAIL)
policy("one-bucket-all", "everything on one bucket is not everything", PASS, a("*", ["arn:aws:s3:::fw-busy", "arn:aws:s3:::fw-busy/*"]))
policy("one-service-all", "a whole service", PASS, a("s3:*"), whole=FAIL)
policy("three-services", "three whole services", PASS, a(["s3:*", "ec2:*", "lambda:*"]), whole=FAIL)
policy("iam-all", "administrator-equivalent, but another question: it does not allow everything", PASS, a("iam:*"), whole=FAIL)
policy("read-verbs", "Get, List, Describe of every service; whole are only services that can only be read", PASS, a(["*:Get*", "*:List*", "*:Describe*"]))
policy("deny-only", "a Deny gives nothing", PASS, d("s3:DeleteBucket"))
policy("read-one-bucket", "narrow", PASS, a("s3:GetObject", "arn:aws:s3:::fw-busy/*"))
policy("list-buckets", "an action without resources (B5)", PASS, a("s3:ListAllMyBuckets"))
policy("assume-one", "narrow", PASS, a("sts:AssumeRole", f"arn:aws:iam::{OWN}:role/plain-01"))
policy("pass-role", "narrow", PASS, a("iam:PassRole", f"arn:aws:iam::{OWN}:role/plain-01"))
policy("tagged-ec2", "a condition on tags", PASS,
       a("ec2:StopInstances", Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}))
policy("logs-write", "narrow", PASS, a(["logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:*:*:log-group:/app/*"))
policy("kms-use", "narrow", PASS, a(["kms:Decrypt", "kms:GenerateDataKey"], f"arn:aws:kms:us-east-1:{OWN}:key/*"))

# --- Roles ---------------------------------------------------------------------------------

ROLES = []


def role(name, why, trust, *, anyone, external, strangers=PASS, admin=PASS, path="/", boundary=None):
    """`external` is None (no expectation) where `*` already lets everyone in. `strangers` (of a shared provider) passes where
    no such provider is trusted, `admin` (can escalate to it) where the role holds nothing."""
    ROLES.append({"name": name, "why": why, "trust": _document(trust), "path": path, "boundary": boundary,
                  "expect": {"iam.role_trusts_anyone": anyone,
                             "iam.role_trusts_account_without_external_id": external,
                             "iam.oidc_trust_open_to_strangers": strangers,
                             "iam.can_escalate_to_admin": admin}})


def trusts(principal, condition=None, action="sts:AssumeRole", effect="Allow"):
    s = {"Effect": effect, "Principal": principal, "Action": action}
    if condition:
        s["Condition"] = condition
    return s


PARTNER_ROOT = {"AWS": f"arn:aws:iam::{PARTNER}:root"}
SECOND_PARTNER = {"AWS": "444455556666"}
ID = {"StringEquals": {"sts:ExternalId": "7f3c-9d21"}}

role("anyone-star", "any principal of any account", [trusts("*")],
     anyone=FAIL, external=None)
role("anyone-aws-star", "the same in the long form (B6)", [trusts({"AWS": "*"})],
     anyone=FAIL, external=None)
role("anyone-external-id", "an ExternalId is not a secret (E5)", [trusts({"AWS": "*"}, ID)],
     anyone=FAIL, external=None)
role("anyone-role-name", "every account can make a role named deploy (E2)",
     [trusts("*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}})],
     anyone=FAIL, external=None)
role("anyone-session-name", "the caller chooses the session name (E5)",
     [trusts("*", {"StringEquals": {"sts:RoleSessionName": "nightly"}})],
     anyone=FAIL, external=None)
role("anyone-not-org", "StringNotEquals: everyone outside (C3)",
     [trusts("*", {"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}})],
     anyone=FAIL, external=None)
role("anyone-second-statement", "the second statement opens the role", [trusts({"Service": "ec2.amazonaws.com"}), trusts({"AWS": "*"})],
     anyone=FAIL, external=None)
role("star-own-account", "the account is fixed: it is this one", [trusts("*", {"StringEquals": {"aws:PrincipalAccount": OWN}})],
     anyone=PASS, external=PASS)
role("star-org", "one organisation (E2); its accounts need no ExternalId (B9)",
     [trusts("*", {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}})],
     anyone=PASS, external=None)
role("star-denied", "strangers are denied (A1)",
     [trusts("*"), trusts("*", {"StringNotEquals": {"aws:PrincipalAccount": OWN}}, effect="Deny")],
     anyone=PASS, external=PASS)
role("star-own-arn", "roles of this account only", [trusts("*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"}})],
     anyone=PASS, external=PASS)
role("partner-bare", "a foreign account, no ExternalId", [trusts(PARTNER_ROOT)],
     anyone=PASS, external=FAIL)
role("partner-bare-by-id", "the account by its number (B6)", [trusts(SECOND_PARTNER)],
     anyone=PASS, external=FAIL)
role("partner-with-id", "a foreign account with ExternalId", [trusts(PARTNER_ROOT, ID)],
     anyone=PASS, external=PASS)
role("partner-id-of-two", "one of two agreed ids", [trusts(PARTNER_ROOT, {"StringEquals": {"sts:ExternalId": ["a-1", "a-2"]}})],
     anyone=PASS, external=PASS)
role("partner-id-if-exists", "IfExists asks for nothing when no id is sent (C3)",
     [trusts(PARTNER_ROOT, {"StringEqualsIfExists": {"sts:ExternalId": "7f3c-9d21"}})],
     anyone=PASS, external=FAIL)
role("partner-id-not-equals", "a negated operator matches when no id is sent (C3)",
     [trusts(PARTNER_ROOT, {"StringNotEquals": {"sts:ExternalId": "bad"}})],
     anyone=PASS, external=FAIL)
role("partner-one-of-two-bare", "one partner with id, the other without", [trusts(PARTNER_ROOT, ID), trusts(SECOND_PARTNER)],
     anyone=PASS, external=FAIL)
role("partner-two-with-id", "both with id", [trusts({"AWS": [PARTNER_ROOT["AWS"], SECOND_PARTNER["AWS"]]}, ID)],
     anyone=PASS, external=PASS)
role("partner-denied-without-id", "a Deny asks for the id (C3: negated, true on a missing key)",
     [trusts(PARTNER_ROOT), trusts("*", {"StringNotEquals": {"sts:ExternalId": "7f3c-9d21"}}, effect="Deny")],
     anyone=PASS, external=PASS)
role("own-account", "one's own account needs no ExternalId", [trusts({"AWS": f"arn:aws:iam::{OWN}:root"})],
     anyone=PASS, external=PASS)
role("own-user", "one's own user", [trusts({"AWS": f"arn:aws:iam::{OWN}:user/plain-01"})],
     anyone=PASS, external=PASS)
role("for-ec2", "a service; PassRole cannot cross accounts (E6)", [trusts({"Service": "ec2.amazonaws.com"})],
     anyone=PASS, external=PASS)
role("for-lambda", "a service, in a path", [trusts({"Service": "lambda.amazonaws.com"})], path="/service/",
     anyone=PASS, external=PASS)
role("for-github", "one repository and branch (H1)",
     [trusts({"Federated": f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"},
             {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                               "token.actions.githubusercontent.com:sub": "repo:example/app:ref:refs/heads/main"}},
             "sts:AssumeRoleWithWebIdentity")],
     anyone=PASS, external=PASS)
role("for-github-any", "the audience is the same for every repository of the world (H1)",
     [trusts({"Federated": f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"},
             {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}},
             "sts:AssumeRoleWithWebIdentity")],
     anyone=PASS, external=PASS, strangers=FAIL)
role("for-saml", "the people of one identity provider",
     [trusts({"Federated": f"arn:aws:iam::{OWN}:saml-provider/corp"},
             {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}, "sts:AssumeRoleWithSAML")],
     anyone=PASS, external=PASS)
role("nobody", "only a Deny", [trusts("*", effect="Deny")],
     anyone=PASS, external=PASS)
role("bounded", "a boundary says nothing on who comes in", [trusts(PARTNER_ROOT)], boundary="read-one-bucket",
     anyone=PASS, external=FAIL)
# The seed attaches the first 25 customer policies to the plain roles, in order, and the rest, which are narrow, from the
# first again. Those that hold everything are administrators; machines may have them, so whoever rules machines can too.
HELD = {
    **dict.fromkeys(range(1, 12), NOT_APPLICABLE),
    14: FAIL,  # everything but IAM: an instance that holds plain-01 is opened or restarted with another script
    15: FAIL,  # likewise
    16: FAIL,  # all actions but those that begin with d: puts a policy on itself
    17: FAIL,  # everything but IAM
    19: FAIL,  # everything but S3: puts a policy on itself
    22: FAIL,  # ec2:* and lambda:*: an instance that holds plain-01
    23: FAIL,  # iam:*
}
for _i in range(1, 26):
    role(f"plain-{_i:02}", "unremarkable", [trusts({"Service": "ec2.amazonaws.com"})],
         anyone=PASS, external=PASS, admin=HELD.get(_i, PASS))

# A reserved role cannot be edited by the account (B9).
SERVICE_LINKED = {
    "service": "autoscaling.amazonaws.com",
    "arn": f"arn:aws:iam::{OWN}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
    "expect": {"iam.role_trusts_anyone": NOT_APPLICABLE,
               "iam.role_trusts_account_without_external_id": NOT_APPLICABLE,
               "iam.oidc_trust_open_to_strangers": NOT_APPLICABLE,
               "iam.can_escalate_to_admin": NOT_APPLICABLE},
}

# --- Trails ----------------------------------------------------------------------------------

MANAGEMENT = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]


def trail(name, region, bucket, why, *, logging, delivery, single, validation, people, multi=False, validate=True,
          started=True, stopped=False, selectors=None, advanced=None, insights=False, aged_delivery=None):
    """The buckets let CloudTrail in for this account alone, so nobody outside reaches them. `people` is whether others than
    administrators may read the log, and change the trail or its bucket."""
    return {
        "name": name, "region": region, "bucket": bucket, "why": why, "multi": multi, "validate": validate,
        "started": started, "stopped": stopped, "selectors": selectors, "advanced": advanced,
        "insights": insights, "delivery_error": "AccessDenied" if aged_delivery == FAIL else None,
        "expect": {"trail.not_logging": logging, "trail.delivery_failing": delivery,
                   "trail.single_destination": single, "trail.log_validation_off": validation,
                   "trail.bucket_reachable_by_outsider": PASS, "trail.can_be_blinded": people,
                   "trail.bucket_not_restricted": people},
        "aged": {"trail.delivery_failing": aged_delivery} if aged_delivery else {},
    }


# The group `readers` has ReadOnlyAccess, with s3:Get* on everything: its members read the logs. plain-14 to plain-17 and
# plain-19 hold all of CloudTrail and S3, or nearly.
TRAILS = [
    trail("fw-main", "us-east-1", "fw-trail-main", multi=True, selectors=MANAGEMENT, insights=True,
          why="all regions, in order; but no other trail covers them all, its bucket has no lock and no replica",
          logging=PASS, delivery=PASS, single=FAIL, validation=PASS, people=FAIL),
    trail("fw-locked", "eu-west-1", "fw-trail-compliance", validate=False,
          why="no validation; object lock in compliance mode keeps the copy",
          logging=PASS, delivery=PASS, single=PASS, validation=FAIL, people=FAIL),
    trail("fw-same-bucket", "ap-southeast-2", "fw-trail-main",
          why="the main trail has these events too, but in the same bucket; the delivery fails where the server can hold that",
          logging=PASS, delivery=PASS, aged_delivery=FAIL, single=FAIL, validation=PASS, people=FAIL),
    trail("fw-stopped", "us-west-2", "fw-trail-replicated", stopped=True,
          why="stopped; what it wrote is replicated",
          logging=FAIL, delivery=NOT_APPLICABLE, single=PASS, validation=PASS, people=FAIL),
    trail("fw-never-started", "eu-central-1", "fw-trail-compliance", multi=True, validate=False, started=False,
          advanced=[{"Name": "management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}],
          why="all regions and never started; seen as a shadow trail in every region: one resource, its home ARN",
          logging=FAIL, delivery=NOT_APPLICABLE, single=PASS, validation=FAIL, people=FAIL),
]

# There are no users and roles in the second account.
SECOND_TRAILS = [
    trail("fw2-one-region", "us-east-1", "fw2-trail", why="one region only: no trail covers the account",
          logging=PASS, delivery=PASS, single=FAIL, validation=PASS, people=PASS),
    trail("fw2-all-regions-off", "eu-west-1", "fw2-trail", multi=True, started=False,
          why="all regions, never started: it records nothing, so it does not count",
          logging=FAIL, delivery=NOT_APPLICABLE, single=FAIL, validation=PASS, people=PASS),
]

# --- The account itself: verdicts stand on its root ARN -------------------------------------------

ACCOUNT = {
    "main": {
        "password_policy": dict(MinimumPasswordLength=8),
        "block": "B",
        "alias": "fw-main",
        "expect": {
            # B alone is not the four (F6).
            "account.s3_block_public_access_off": FAIL,
            # Eight characters of any kind, no memory of old passwords.
            "iam.password_policy_weak": FAIL,
            # moto has no AccountPasswordPresent: without a root password there is nothing to protect (H2).
            "iam.root_without_mfa": UNKNOWN,
            # AccountAccessKeysPresent is 0 and that is the whole question.
            "iam.root_access_key": PASS,
            # fw-main covers all regions and logs.
            "trail.no_multi_region_trail": PASS,
        },
        # serve.py: a root user with password and keys, without MFA.
        "aged": {"iam.root_without_mfa": FAIL, "iam.root_access_key": FAIL},
        "unserved": {"iam.root_without_mfa": "iam:GetAccountSummary"},
    },
    "second": {
        "password_policy": dict(
            MinimumPasswordLength=14, RequireSymbols=True, RequireNumbers=True, RequireUppercaseCharacters=True,
            RequireLowercaseCharacters=True, PasswordReusePrevention=24, MaxPasswordAge=90,
            AllowUsersToChangePassword=True),
        "block": "BIPR",
        "alias": "fw-second",
        "expect": {
            "account.s3_block_public_access_off": PASS,
            "iam.password_policy_weak": PASS,
            "iam.root_without_mfa": UNKNOWN,
            "iam.root_access_key": PASS,
            # One trail has one region only, the other does not log.
            "trail.no_multi_region_trail": FAIL,
        },
        # serve.py: a root user with password and MFA, without keys.
        "aged": {"iam.root_without_mfa": PASS, "iam.root_access_key": PASS},
        "unserved": {"iam.root_without_mfa": "iam:GetAccountSummary"},
    },
}
