"""Seeds one account in a running moto server, and holds the verdicts expected of an audit of it.

    python seed.py --endpoint http://127.0.0.1:PORT             the main account
    python seed.py --endpoint ... --account second              a small one, its account-wide settings turned round
    python seed.py --endpoint ... --scale 500                   many users, roles, buckets for a speed bench
    python seed.py --write-expected                             writes the expected verdicts, no server needed

A run against a server fails if the checked-in expectation is not what the cases say, or if the
server does not answer the settings that were seeded. It prints the file of expectations that holds
for this server: a plain moto_server and serve.py differ in what they can hold.
"""

import argparse
import concurrent.futures
import json
import pathlib
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import bucket_cases
import iam_cases
from bucket_cases import OWN

HERE = pathlib.Path(__file__).parent
ROOT = f"arn:aws:iam::{OWN}:root"
SETTINGS = {"B": "BlockPublicAcls", "I": "IgnorePublicAcls", "P": "BlockPublicPolicy", "R": "RestrictPublicBuckets"}


# --- Expected verdicts -----------------------------------------------------------------------


# Both judge the policies that the account wrote.
POLICY_CHECKS = ("iam.policy_allows_everything", "iam.policy_allows_whole_service")


def expected(account, aged):
    """{check: {arn: verdict}} out of the literals of the cases."""
    return expectations(account, aged)[0]


def expectations(account, aged):
    """The verdicts, and {check: {arn: operation}} for the Unknowns that moto is the reason of."""
    out, unserved = {}, {}

    def put(arn, case):
        verdicts = dict(case["expect"])
        if aged:
            verdicts |= case.get("aged", {})
        for check, verdict in verdicts.items():
            if verdict is not None:
                assert arn not in out.setdefault(check, {}), (check, arn)
                out[check][arn] = verdict
        for check, operation in case.get("unserved", {}).items():
            if verdicts[check] == bucket_cases.UNKNOWN:
                unserved.setdefault(check, {})[arn] = operation

    put(ROOT, iam_cases.ACCOUNT[account])
    main = account == "main"
    for case in bucket_cases.CASES if main else bucket_cases.SECOND:
        put(f"arn:aws:s3:::{case['name']}", case)
    for case in iam_cases.TRAILS if main else iam_cases.SECOND_TRAILS:
        put(f"arn:aws:cloudtrail:{case['region']}:{OWN}:trail/{case['name']}", case)
    if not main:
        return out, unserved
    for case in iam_cases.USERS:
        put(f"arn:aws:iam::{OWN}:user{case['path']}{case['name']}", case)
        if case["inline"]:
            put(f"arn:aws:iam::{OWN}:user{case['path']}{case['name']}",
                {"expect": dict.fromkeys(POLICY_CHECKS, bucket_cases.PASS)})
    for name, (_, _, verdict) in iam_cases.GROUPS.items():
        whole = bucket_cases.NOT_APPLICABLE if verdict == bucket_cases.FAIL else verdict
        put(f"arn:aws:iam::{OWN}:group/{name}",
            {"expect": {"iam.policy_allows_everything": verdict, "iam.policy_allows_whole_service": whole}})
    for name, verdict in iam_cases.AWS_POLICIES.items():
        put(f"arn:aws:iam::aws:policy/{name}", {"expect": dict.fromkeys(POLICY_CHECKS, verdict)})
    for case in iam_cases.POLICIES:
        put(f"arn:aws:iam::{OWN}:policy{case['path']}{case['name']}", case)
    for case in iam_cases.ROLES:
        put(f"arn:aws:iam::{OWN}:role{case['path']}{case['name']}", case)
    put(iam_cases.SERVICE_LINKED["arn"], iam_cases.SERVICE_LINKED)
    return out, unserved


def expected_file(account, aged):
    name = "expected" + ("" if account == "main" else f"-{account}") + ("-serve" if aged else "")
    return HERE / f"{name}.json"


def expected_text(account, aged):
    return json.dumps(expected(account, aged), indent=1, sort_keys=True) + "\n"


VARIANTS = [(account, aged) for account in ("main", "second") for aged in (False, True)]
UNSERVED = HERE / "unserved.json"


def unserved_text():
    """By the file of expected verdicts: the operation that each Unknown of moto's making must name."""
    by_file = {expected_file(*variant).name: expectations(*variant)[1] for variant in VARIANTS}
    return json.dumps(by_file, indent=1, sort_keys=True) + "\n"


# --- Clients -----------------------------------------------------------------------------------


class Aws:
    """Clients of one account: the server's own, or that of a session's credentials."""

    def __init__(self, endpoint, session=None):
        self.endpoint, self.made = endpoint, {}
        session = session or {"AccessKeyId": "testing", "SecretAccessKey": "testing", "SessionToken": None}
        self.keys = {"aws_access_key_id": session["AccessKeyId"], "aws_secret_access_key": session["SecretAccessKey"],
                     "aws_session_token": session["SessionToken"]}

    def __call__(self, service, region="us-east-1"):
        if (service, region) not in self.made:
            client = boto3.client(
                service, endpoint_url=self.endpoint, region_name=region, **self.keys,
                config=Config(inject_host_prefix=False, retries={"max_attempts": 2}, max_pool_connections=16,
                              s3={"addressing_style": "path"}))
            # The endpoint rules put the account id before the host, whatever the option above says.
            client.meta.events.register("before-sign.s3-control", without_account_prefix)
            self.made[service, region] = client
        return self.made[service, region]


def without_account_prefix(request, **_):
    request.url = request.url.replace(f"://{OWN}.", "://", 1)


def block(letters):
    return {setting: letter in letters for letter, setting in SETTINGS.items()}


# --- Seeding -----------------------------------------------------------------------------------


def seed_buckets(aws, cases):
    for case in cases:
        s3, extra = aws("s3", case["region"]), case["extra"]
        more = {} if case["region"] == "us-east-1" else {
            "CreateBucketConfiguration": {"LocationConstraint": case["region"]}}
        if extra.get("lock"):
            more["ObjectLockEnabledForBucket"] = True
        s3.create_bucket(Bucket=case["name"], **more)
    for case in cases:
        s3, extra, name = aws("s3", case["region"]), case["extra"], case["name"]
        arn = f"arn:aws:s3:::{name}"
        if case["grants"]:
            grants = dict(case["grants"])
            if "GrantRead" in grants:
                owner = s3.get_bucket_acl(Bucket=name)["Owner"]["ID"]
                grants["GrantFullControl"] = f"id={owner}"
            s3.put_bucket_acl(Bucket=name, **grants)
        if case["own"]:
            s3.put_bucket_ownership_controls(
                Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": case["own"]}]})
        if case["policy"]:
            document = {"Version": "2012-10-17", "Statement": case["policy"]}
            s3.put_bucket_policy(Bucket=name, Policy=json.dumps(document).replace("{arn}", arn))
        if case["bpa"]:
            s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block(case["bpa"]))
        if extra.get("versioning"):
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        if extra.get("lock"):
            s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": extra["lock"], "Days": 400}}})
        if extra.get("encryption"):
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [
                {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}]})
        if extra.get("lifecycle"):
            s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [
                {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 30}}]})
        if extra.get("tags"):
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "team", "Value": "web"}]})
        if extra.get("website"):
            s3.put_bucket_website(Bucket=name, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
        if extra.get("logging_to"):
            s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={
                "LoggingEnabled": {"TargetBucket": extra["logging_to"], "TargetPrefix": "access/"}})
    for case in cases:  # replication needs both buckets versioned
        if case["extra"].get("replicate_to"):
            aws("s3", case["region"]).put_bucket_replication(Bucket=case["name"], ReplicationConfiguration={
                "Role": f"arn:aws:iam::{OWN}:role/plain-02",
                "Rules": [{"ID": "all", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": ""},
                           "DeleteMarkerReplication": {"Status": "Disabled"},
                           "Destination": {"Bucket": f"arn:aws:s3:::{case['extra']['replicate_to']}"}}]})


def seed_iam(aws):
    iam, account_policy = aws("iam"), f"arn:aws:iam::{OWN}:policy/"
    arns = {}
    for case in iam_cases.POLICIES:
        made = iam.create_policy(PolicyName=case["name"], Path=case["path"],
                                 PolicyDocument=json.dumps(case["document"]))["Policy"]
        arns[case["name"]] = made["Arn"]
        for document, default in case["versions"]:
            iam.create_policy_version(PolicyArn=made["Arn"], PolicyDocument=json.dumps(document), SetAsDefault=default)
    assert arns["read-one-bucket"] == account_policy + "read-one-bucket"

    def arn_of(policy):
        return policy if policy.startswith("arn:") else arns[policy]

    iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"],
        ThumbprintList=["6938fd4d98bab03faadb97b34396831e3780aea1"])
    iam.create_saml_provider(Name="corp", SAMLMetadataDocument="<EntityDescriptor>" + "x" * 1100 + "</EntityDescriptor>")
    for name, (policies, inline, _) in iam_cases.GROUPS.items():
        iam.create_group(GroupName=name)
        for policy in policies:
            iam.attach_group_policy(GroupName=name, PolicyArn=arn_of(policy))
        if inline:
            iam.put_group_policy(GroupName=name, PolicyName="inline", PolicyDocument=json.dumps(inline))
    for number, case in enumerate(iam_cases.USERS):
        seed_user(iam, number, case, arn_of)
    for case in iam_cases.ROLES:
        more = {"PermissionsBoundary": arn_of(case["boundary"])} if case["boundary"] else {}
        iam.create_role(RoleName=case["name"], Path=case["path"],
                        AssumeRolePolicyDocument=json.dumps(case["trust"]), **more)
    iam.create_service_linked_role(AWSServiceName=iam_cases.SERVICE_LINKED["service"])
    # Every customer policy is attached to some role, so that none is merely a draft.
    plain = [case["name"] for case in iam_cases.ROLES if case["name"].startswith("plain-")]
    for number, case in enumerate(iam_cases.POLICIES):
        iam.attach_role_policy(RoleName=plain[number % len(plain)], PolicyArn=arns[case["name"]])


def seed_user(iam, number, case, arn_of):
    name, more = case["name"], {}
    if case["boundary"]:
        more["PermissionsBoundary"] = arn_of(case["boundary"])
    if case["keys"]:
        more["Tags"] = [{"Key": "key-ages", "Value": "-".join(str(age) for _, age in case["keys"])}]
    iam.create_user(UserName=name, Path=case["path"], **more)
    if case["password"]:
        iam.create_login_profile(UserName=name, Password="Only-4-the-emulator!")
    for slot, kind in enumerate(case["devices"]):
        serial = f"GAHT{number:04}{slot}"
        if kind == iam_cases.VIRTUAL:
            serial = iam.create_virtual_mfa_device(
                VirtualMFADeviceName=f"{name}-{slot}")["VirtualMFADevice"]["SerialNumber"]
        iam.enable_mfa_device(UserName=name, SerialNumber=serial,
                              AuthenticationCode1="123456", AuthenticationCode2="654321")
    for status, _ in case["keys"]:
        key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        if status == "Inactive":
            iam.update_access_key(UserName=name, AccessKeyId=key, Status=status)
    for group in case["groups"]:
        iam.add_user_to_group(GroupName=group, UserName=name)
    for policy in case["policies"]:
        iam.attach_user_policy(UserName=name, PolicyArn=arn_of(policy))
    if case["inline"]:
        iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=json.dumps(case["inline"]))


def seed_trails(aws, cases):
    for case in cases:
        client = aws("cloudtrail", case["region"])
        tags = [{"Key": "delivery-error", "Value": case["delivery_error"]}] if case["delivery_error"] else []
        client.create_trail(Name=case["name"], S3BucketName=case["bucket"], IsMultiRegionTrail=case["multi"],
                            EnableLogFileValidation=case["validate"], TagsList=tags)
        if case["selectors"]:
            client.put_event_selectors(TrailName=case["name"], EventSelectors=case["selectors"])
        if case["advanced"]:
            client.put_event_selectors(TrailName=case["name"], AdvancedEventSelectors=case["advanced"])
        if case["insights"]:
            client.put_insight_selectors(TrailName=case["name"], InsightSelectors=[{"InsightType": "ApiCallRateInsight"}])
        if case["started"]:
            client.start_logging(Name=case["name"])
        if case["stopped"]:
            client.stop_logging(Name=case["name"])


def seed_account(aws, settings):
    iam = aws("iam")
    iam.update_account_password_policy(**settings["password_policy"])
    aws("s3control").put_public_access_block(AccountId=OWN, PublicAccessBlockConfiguration=block(settings["block"]))


# --- What was seeded is there ----------------------------------------------------------------------


def verify(aws, account, aged):
    """The server answers the settings that the verdicts rest on."""
    wrong = []

    def same(what, got, want):
        if got != want:
            wrong.append(f"{what}: got {got!r}, want {want!r}")

    main = account == "main"
    for case in bucket_cases.CASES if main else bucket_cases.SECOND:
        s3, name = aws("s3", case["region"]), case["name"]
        verdict = case["expect"]["s3.policy_status_public"]
        if case["policy"]:
            public = s3.get_bucket_policy_status(Bucket=name)["PolicyStatus"]["IsPublic"]
            if verdict is None:
                same(f"{name}: moto still contradicts the rule, else give a verdict", public, False)
            else:
                same(f"{name}: policy status", public, verdict == "fail")
        rules = read(lambda: s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"])
        same(f"{name}: ownership", rules and rules[0]["ObjectOwnership"], case["own"])
        settings = read(lambda: s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"])
        same(f"{name}: public access block", settings, block(case["bpa"]) if case["bpa"] else None)
    settings = aws("s3control").get_public_access_block(AccountId=OWN)["PublicAccessBlockConfiguration"]
    same("account: public access block", settings, block(iam_cases.ACCOUNT[account]["block"]))
    for case in iam_cases.TRAILS if main else iam_cases.SECOND_TRAILS:
        status = aws("cloudtrail", case["region"]).get_trail_status(Name=case["name"])
        same(f"{case['name']}: logging", status["IsLogging"], case["started"] and not case["stopped"])
        same(f"{case['name']}: delivery error", status.get("LatestDeliveryError"),
             case["delivery_error"] if aged else None)
    if main:
        details = aws("iam").get_account_authorization_details(
            Filter=["User", "Role", "Group", "LocalManagedPolicy"])
        same("users", len(details["UserDetailList"]), len(iam_cases.USERS))
        same("roles", len(details["RoleDetailList"]), len(iam_cases.ROLES) + 1)
        same("groups", len(details["GroupDetailList"]), len(iam_cases.GROUPS))
        same("policies", sum(p["Arn"].startswith(f"arn:aws:iam::{OWN}:") for p in details["Policies"]),
             len(iam_cases.POLICIES))
    if wrong:
        sys.exit("seed.py: the server does not hold what was seeded:\n  " + "\n  ".join(wrong))


def read(call):
    try:
        return call()
    except ClientError as e:
        if e.response["Error"]["Code"] in ("OwnershipControlsNotFoundError", "NoSuchPublicAccessBlockConfiguration"):
            return None
        raise


# --- Many of everything --------------------------------------------------------------------------------


def seed_scale(aws, count):
    iam, s3 = aws("iam"), aws("s3")
    document = json.dumps({"Version": "2012-10-17", "Statement": [
        iam_cases.a(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::scale-*"])]})
    trust = json.dumps({"Version": "2012-10-17", "Statement": [iam_cases.trusts({"Service": "ec2.amazonaws.com"})]})

    def policy(i):
        iam.create_policy(PolicyName=f"scale-{i:04}", PolicyDocument=document)

    policies = count * 3 // 5

    def user(i):
        iam.create_user(UserName=f"scale-{i:04}")
        if i % 3 == 0:
            iam.create_access_key(UserName=f"scale-{i:04}")
        if i % 4 == 0:
            iam.create_login_profile(UserName=f"scale-{i:04}", Password="Only-4-the-emulator!")
        iam.attach_user_policy(UserName=f"scale-{i:04}", PolicyArn=f"arn:aws:iam::{OWN}:policy/scale-{i % policies:04}")

    def role(i):
        iam.create_role(RoleName=f"scale-{i:04}", AssumeRolePolicyDocument=trust)
        iam.put_role_policy(RoleName=f"scale-{i:04}", PolicyName="inline", PolicyDocument=document)

    def bucket(i):
        name = f"scale-{i:04}"
        s3.create_bucket(Bucket=name)
        arn = f"arn:aws:s3:::{name}"
        statements = [bucket_cases.deny(condition=bucket_cases.INSECURE)]
        if i % 10 == 0:
            statements.append(bucket_cases.allow())
        if i % 2 == 0:
            s3.put_bucket_policy(Bucket=name, Policy=json.dumps(
                {"Version": "2012-10-17", "Statement": statements}).replace("{arn}", arn))
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [
            {"ObjectOwnership": bucket_cases.ENFORCED}]})

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for work, number in ((policy, policies), (user, count), (role, count), (bucket, count)):
            list(pool.map(work, range(number)))
    s3.create_bucket(Bucket="scale-trail")
    trails = aws("cloudtrail")
    trails.create_trail(Name="scale", S3BucketName="scale-trail", IsMultiRegionTrail=True, EnableLogFileValidation=True)
    trails.start_logging(Name="scale")
    print(f"{count} users, {count} roles, {count} buckets, {policies} policies")


# --- The command -----------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description="Seed a moto server for the audit tests.")
    parser.add_argument("--endpoint", help="http://127.0.0.1:PORT of moto_server or serve.py")
    parser.add_argument("--account", choices=["main", "second"], default="main")
    parser.add_argument("--scale", type=int, metavar="N", help="N users, roles and buckets, 3/5 N policies")
    parser.add_argument("--write-expected", action="store_true", help="write the files of expected verdicts")
    options = parser.parse_args()

    texts = {expected_file(*variant): expected_text(*variant) for variant in VARIANTS} | {UNSERVED: unserved_text()}
    for file, text in texts.items():
        if options.write_expected:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            sys.exit(f"seed.py: {file.name} is not what the cases say; run seed.py --write-expected")
    if not options.endpoint:
        if options.write_expected:
            return
        parser.error("--endpoint is missing")

    aws = Aws(options.endpoint)
    if options.scale:
        return seed_scale(aws, options.scale)
    settings = iam_cases.ACCOUNT[options.account]
    aws("iam").create_account_alias(AccountAlias=settings["alias"])
    aged = "AccountPasswordPresent" in aws("iam").get_account_summary()["SummaryMap"]
    if options.account == "main":
        seed_iam(aws)
        seed_buckets(aws, bucket_cases.CASES)
        seed_trails(aws, iam_cases.TRAILS)
    else:
        seed_buckets(aws, bucket_cases.SECOND)
        seed_trails(aws, iam_cases.SECOND_TRAILS)
    seed_account(aws, settings)
    verify(aws, options.account, aged)
    print(expected_file(options.account, aged).name)


if __name__ == "__main__":
    main()
