"""A second reader of an AWS endpoint: reads with boto3 all that an audit reads, in small pages,
and prints it as one JSON document with sorted keys.

    python read_simaws.py --endpoint http://127.0.0.1:PORT [--page-size 3] [--region us-east-1]

It signs with AWS_ACCESS_KEY_ID where that is set: our own endpoint tells accounts apart by the key.

Something that is not there is null. Any other error is {"error": code}; a list that broke off keeps
what came before: {"items": [...], "rest": {"error": code}}.
"""

import argparse
import base64
import concurrent.futures
import csv
import datetime
import io
import json
import os
import sys
import time

import boto3
import botocore.model
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

ABSENT = {
    "NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration", "OwnershipControlsNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError", "ObjectLockConfigurationNotFoundError",
    "NoSuchLifecycleConfiguration", "ReplicationConfigurationNotFoundError", "NoSuchTagSet",
    "NoSuchWebsiteConfiguration", "NoSuchEntity", "NoSuchEntityException", "NoSuchAccessPointPolicy",
    "NoSuchMultiRegionAccessPoint", "InsightNotEnabledException", "ServiceAccessNotEnabledException", "AWSOrganizationsNotInUseException",
    "InvalidAccessException", "NotFound", "NotFoundException", "ResourceNotFoundException",
}


# CloudWatch speaks several protocols, and the SDK would take the newest; what is served, here and by moto, is the oldest.
botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = ("query", "json", "rest-json", "rest-xml", "ec2")

FAILURES = (ClientError, BotoCoreError, ResponseParserError)


class Reader:
    def __init__(self, options):
        self.options, self.made = options, {}

    def client(self, service, region=None):
        region = region or self.options.region
        if (service, region) not in self.made:
            client = boto3.client(
                service, endpoint_url=self.options.endpoint, region_name=region,
                aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "testing"), aws_secret_access_key="testing",
                config=Config(inject_host_prefix=False, retries={"max_attempts": 3}, max_pool_connections=16,
                              s3={"addressing_style": "path"}))
            # The endpoint rules put the account id before the host, whatever the option above says.
            client.meta.events.register("before-sign.s3-control", self.without_account_prefix)
            self.made[service, region] = client
        return self.made[service, region]

    def without_account_prefix(self, request, **_):
        scheme, rest = self.options.endpoint.split("://", 1)
        host = rest.split("/", 1)[0]
        before, found, after = request.url.partition(host)
        if found:
            request.url = f"{scheme}://{host}{after}"

    # One call, and a list in pages.

    def one(self, service, operation, key=None, region=None, **parameters):
        try:
            answer = getattr(self.client(service, region), operation)(**parameters)
        except FAILURES as e:
            return failure(e)
        answer.pop("ResponseMetadata", None)
        return answer.get(key) if key else answer

    def pages(self, service, operation, key, *, marker, next_marker, size=None, page_size=None, region=None,
              **parameters):
        """Follows the marks by hand: what a paginator of the SDK would skip over is what is tested here."""
        client, items, seen = self.client(service, region), [], set()
        if size:
            parameters[size] = page_size or self.options.page_size
        while True:
            try:
                answer = getattr(client, operation)(**parameters)
            except FAILURES as e:
                return failure(e) if not items else {"items": items, "rest": failure(e)}
            items += answer.get(key) or []
            mark = answer.get(next_marker)
            if mark and answer.get("IsTruncated", True) is False:
                return {"items": items, "rest": {"error": "MarkerWithoutTruncation"}}
            if not mark:
                if answer.get("IsTruncated"):
                    return {"items": items, "rest": {"error": "TruncatedWithoutMarker"}}
                return items
            if mark in seen:
                return {"items": items, "rest": {"error": "MarkerRepeated"}}
            seen.add(mark)
            parameters[marker] = mark

    def iam_list(self, operation, key, **parameters):
        return self.pages("iam", operation, key, marker="Marker", next_marker="Marker", size="MaxItems", **parameters)


def failure(e):
    if isinstance(e, ClientError):
        code = str(e.response.get("Error", {}).get("Code") or "Unknown")
        return None if code in ABSENT else {"error": code}
    return {"error": type(e).__name__}


def is_error(value):
    return isinstance(value, dict) and "error" in value


def items_of(value):
    """The items of a list that may be whole, broken off or missing."""
    if isinstance(value, dict):
        return value.get("items", [])
    return value or []


# --- IAM ---------------------------------------------------------------------------------------


def read_iam(r):
    details, rest, seen = {name: [] for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")}, None, set()
    parameters = {"MaxItems": r.options.page_size,
                  "Filter": ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]}
    while True:
        try:
            answer = r.client("iam").get_account_authorization_details(**parameters)
        except FAILURES as e:
            rest = failure(e) or {"error": "NoSuchEntity"}
            break
        for name in details:
            details[name] += answer.get(name) or []
        if not answer.get("IsTruncated"):
            break
        mark = answer.get("Marker")
        if not mark or mark in seen:
            rest = {"error": "MarkerRepeated" if mark else "TruncatedWithoutMarker"}
            break
        seen.add(mark)
        parameters["Marker"] = mark
    if rest:
        details["rest"] = rest
    if not r.options.all_aws_policies:
        # AWS's own policies that nothing uses: moto sends all of them, AWS those in use.
        details["Policies"] = [p for p in details["Policies"]
                               if p.get("AttachmentCount") or p.get("PermissionsBoundaryUsageCount")
                               or ":iam::aws:policy/" not in p.get("Arn", "")]
    accessed = {}
    for one in details.get("UserDetailList", []) + details.get("RoleDetailList", []):
        if not one.get("Path", "").startswith("/aws-"):
            job = r.one("iam", "generate_service_last_accessed_details", "JobId", Arn=one["Arn"])
            accessed[one["Arn"]] = job if is_error(job) else r.one(
                "iam", "get_service_last_accessed_details", "ServicesLastAccessed", JobId=job)
    oidc = r.one("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList")
    saml = r.one("iam", "list_saml_providers", "SAMLProviderList")
    return {
        "authorization_details": details,
        "credential_report": credential_report(r),
        "account_summary": r.one("iam", "get_account_summary", "SummaryMap"),
        "password_policy": r.one("iam", "get_account_password_policy", "PasswordPolicy"),
        "account_aliases": r.iam_list("list_account_aliases", "AccountAliases"),
        "virtual_mfa_devices": r.iam_list("list_virtual_mfa_devices", "VirtualMFADevices"),
        "service_specific_credentials": r.iam_list(
            "list_service_specific_credentials", "ServiceSpecificCredentials", AllUsers=True),
        "server_certificates": r.iam_list("list_server_certificates", "ServerCertificateMetadataList"),
        "oidc_providers": oidc if is_error(oidc) else {
            p["Arn"]: r.one("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=p["Arn"])
            for p in items_of(oidc)},
        "last_accessed": accessed,
        "organizations_features": r.one("iam", "list_organizations_features", "EnabledFeatures"),
        "analyzers": {
            region: r.pages("accessanalyzer", "list_analyzers", "analyzers", marker="nextToken", next_marker="nextToken",
                            size="maxResults", region=region)
            for region in r.options.regions},
        "security_contact": r.one("account", "get_alternate_contact", "AlternateContact", AlternateContactType="SECURITY"),
        "saml_providers": saml if is_error(saml) else {
            p["Arn"]: r.one("iam", "get_saml_provider", SAMLProviderArn=p["Arn"]) for p in items_of(saml)},
    }


def credential_report(r):
    for _ in range(20):
        answer = r.one("iam", "generate_credential_report")
        if is_error(answer):
            return answer
        if answer and answer.get("State") == "COMPLETE":
            break
        time.sleep(0.2)
    answer = r.one("iam", "get_credential_report")
    if answer is None or is_error(answer):
        return answer
    text = answer["Content"].decode("utf-8")
    rows = csv.DictReader(io.StringIO(text), restkey="(more columns)")
    return {"GeneratedTime": answer.get("GeneratedTime"), "rows": list(rows)}


# --- S3 ----------------------------------------------------------------------------------------

BUCKET = {
    # name: (operation, member of the answer or None for all of it)
    "policy": ("get_bucket_policy", "Policy"),
    "policy_status": ("get_bucket_policy_status", "PolicyStatus"),
    "acl": ("get_bucket_acl", None),
    "ownership": ("get_bucket_ownership_controls", "OwnershipControls"),
    "public_access_block": ("get_public_access_block", "PublicAccessBlockConfiguration"),
    "encryption": ("get_bucket_encryption", "ServerSideEncryptionConfiguration"),
    "versioning": ("get_bucket_versioning", None),
    "logging": ("get_bucket_logging", "LoggingEnabled"),
    "inventories": ("list_bucket_inventory_configurations", None),
    "object_lock": ("get_object_lock_configuration", "ObjectLockConfiguration"),
    "lifecycle": ("get_bucket_lifecycle_configuration", None),
    "replication": ("get_bucket_replication", "ReplicationConfiguration"),
    "website": ("get_bucket_website", None),
}


def region_of_bucket(r, bucket):
    if bucket.get("BucketRegion"):
        return bucket["BucketRegion"]
    answer = r.one("s3", "get_bucket_location", Bucket=bucket["Name"])
    if answer is None or is_error(answer):
        return None
    location = answer.get("LocationConstraint")
    return {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}.get(location, location)


def read_bucket(r, bucket):
    region = region_of_bucket(r, bucket)
    out = {"listed": bucket, "region": region}
    for name, (operation, key) in BUCKET.items():
        value = r.one("s3", operation, key, region=region, Bucket=bucket["Name"])
        if name == "policy" and isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                value = {"text": value}
        out[name] = value
    return out


def read_s3(r, account):
    listed = r.pages("s3", "list_buckets", "Buckets", marker="ContinuationToken", next_marker="ContinuationToken",
                     size="MaxBuckets", page_size=r.options.bucket_page_size)
    buckets = items_of(listed)
    r.client("s3")
    for region in {region_of_bucket(r, b) for b in buckets}:
        r.client("s3", region)  # clients are not made in threads
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        read = dict(zip((b["Name"] for b in buckets), pool.map(lambda b: read_bucket(r, b), buckets)))
    out = {
        "buckets": read if not is_error(listed) else listed,
        "tags": {region: r.pages("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList",
                                 marker="PaginationToken", next_marker="PaginationToken", size="ResourcesPerPage",
                                 region=region, ResourceTypeFilters=["s3"]) for region in r.options.regions},
        "public_access_block": r.one("s3control", "get_public_access_block", "PublicAccessBlockConfiguration",
                                     AccountId=account),
        "access_points": {region: read_access_points(r, account, region) for region in r.options.regions},
        "multi_region_access_points": r.pages(
            "s3control", "list_multi_region_access_points", "AccessPoints", marker="NextToken", next_marker="NextToken",
            size="MaxResults", region="us-west-2", AccountId=account),
    }
    if isinstance(listed, dict) and "rest" in listed:
        out["rest"] = listed["rest"]
    return out


# Families that an audit only counts: (service, operation, list, mark sent, mark received, size of a page)
FAMILIES = {
    "access_grants": ("s3control", "list_access_grants_instances", "AccessGrantsInstancesList", "NextToken", "NextToken",
                      "MaxResults"),
    "express": ("s3", "list_directory_buckets", "Buckets", "ContinuationToken", "ContinuationToken",
                "MaxDirectoryBuckets"),
    "tables": ("s3tables", "list_table_buckets", "tableBuckets", "continuationToken", "continuationToken", "maxBuckets"),
    "vectors": ("s3vectors", "list_vector_buckets", "vectorBuckets", "nextToken", "nextToken", "maxResults"),
}


def read_families(r, account):
    out = {}
    for family, (service, operation, key, sent, received, size) in FAMILIES.items():
        more = {"AccountId": account} if service == "s3control" else {}
        out[family] = {region: r.pages(service, operation, key, marker=sent, next_marker=received, size=size,
                                       page_size=1, region=region, **more) for region in r.options.regions}
    return out


def read_access_points(r, account, region):
    listed = r.pages("s3control", "list_access_points", "AccessPointList", marker="NextToken", next_marker="NextToken",
                     size="MaxResults", region=region, AccountId=account)
    if is_error(listed):
        return listed
    out = []
    for point in items_of(listed):
        name = dict(AccountId=account, Name=point["Name"], region=region)
        out.append({"listed": point, "details": r.one("s3control", "get_access_point", **name),
                    "policy": r.one("s3control", "get_access_point_policy", "Policy", **name)})
    return out if isinstance(listed, list) else {"items": out, "rest": listed["rest"]}


# --- What watches the account ---------------------------------------------------------------------


def read_monitoring(r, cloudtrail):
    trails = [t["described"] for t in cloudtrail["trails"].values()]
    groups = {t["CloudWatchLogsLogGroupArn"].removesuffix(":*") for t in trails if t.get("CloudWatchLogsLogGroupArn")}
    out = {"log_groups": {}, "metric_filters": {}, "alarms": {}, "topics": {}}
    for arn in sorted(groups):
        region, name = arn.split(":")[3], arn.split(":", 6)[6]
        listed = r.pages("logs", "describe_log_groups", "logGroups", marker="nextToken", next_marker="nextToken",
                         size="limit", region=region, logGroupNamePrefix=name)
        out["log_groups"][arn] = [g for g in items_of(listed) if g["logGroupName"] == name]
        out["metric_filters"][arn] = r.pages(
            "logs", "describe_metric_filters", "metricFilters", marker="nextToken", next_marker="nextToken", size="limit",
            region=region, logGroupName=name)
    for region in sorted({arn.split(":")[3] for arn in groups}):
        for kind, key in (("MetricAlarm", "MetricAlarms"), ("CompositeAlarm", "CompositeAlarms")):
            listed = r.pages("cloudwatch", "describe_alarms", key, marker="NextToken", next_marker="NextToken",
                             size="MaxRecords", region=region, AlarmTypes=[kind])
            out["alarms"].setdefault(region, {})[key] = listed
            for action in (a for alarm in items_of(listed) for a in alarm["AlarmActions"] if ":sns:" in a):
                out["topics"][action] = r.pages("sns", "list_subscriptions_by_topic", "Subscriptions", marker="NextToken",
                                                next_marker="NextToken", region=action.split(":")[3], TopicArn=action)
    return out


def read_detection(r):
    out = {}
    for region in r.options.regions:
        ids = r.pages("guardduty", "list_detectors", "DetectorIds", marker="NextToken", next_marker="NextToken",
                      size="MaxResults", region=region)
        out[region] = {
            "recorders": r.one("config", "describe_configuration_recorders", "ConfigurationRecorders", region=region),
            "status": r.one("config", "describe_configuration_recorder_status", "ConfigurationRecordersStatus",
                            region=region),
            "channels": r.one("config", "describe_delivery_channels", "DeliveryChannels", region=region),
            "hub": r.one("securityhub", "describe_hub", "HubArn", region=region),
            "detectors": ids if is_error(ids) else {
                id: r.one("guardduty", "get_detector", region=region, DetectorId=id) for id in items_of(ids)},
        }
    return out


def read_keys(r, cloudtrail):
    trails = [t["described"] for t in cloudtrail["trails"].values()]
    return {key: {
        "described": r.one("kms", "describe_key", "KeyMetadata", region=key.split(":")[3], KeyId=key),
        "policy": r.one("kms", "get_key_policy", "Policy", region=key.split(":")[3], KeyId=key, PolicyName="default"),
        "rotation": r.one("kms", "get_key_rotation_status", "KeyRotationEnabled", region=key.split(":")[3], KeyId=key),
    } for key in sorted({t["KmsKeyId"] for t in trails if t.get("KmsKeyId")})}


# --- CloudTrail, Organizations -----------------------------------------------------------------------


def read_cloudtrail(r):
    listed = r.pages("cloudtrail", "list_trails", "Trails", marker="NextToken", next_marker="NextToken")
    trails = {}
    for region in r.options.regions:
        for trail in items_of(r.one("cloudtrail", "describe_trails", "trailList", region=region)):
            arn, home = trail["TrailARN"], trail.get("HomeRegion") or region
            if arn in trails:
                trails[arn]["seen_in"].append(region)
                continue
            status = r.one("cloudtrail", "get_trail_status", region=home, Name=arn)
            selectors = r.one("cloudtrail", "get_event_selectors", region=home, TrailName=arn)
            insights = r.one("cloudtrail", "get_insight_selectors", region=home, TrailName=arn)
            trails[arn] = {"described": trail, "status": status, "event_selectors": selectors,
                           "insight_selectors": insights, "seen_in": [region]}
    return {
        "listed": listed,
        "trails": trails,
        "event_data_stores": {
            region: r.pages("cloudtrail", "list_event_data_stores", "EventDataStores", marker="NextToken",
                            next_marker="NextToken", size="MaxResults", region=region)
            for region in r.options.regions},
        "events": {
            read_only: {
                region: r.pages("cloudtrail", "lookup_events", "Events", marker="NextToken", next_marker="NextToken",
                                size="MaxResults", region=region,
                                LookupAttributes=[{"AttributeKey": "ReadOnly", "AttributeValue": read_only}])
                for region in r.options.regions}
            for read_only in ("false", "true")},
    }


def read_organizations(r):
    organization = r.one("organizations", "describe_organization", "Organization")
    if organization is None or is_error(organization):
        return {"organization": organization}

    def listing(operation, key, **parameters):
        return r.pages("organizations", operation, key, marker="NextToken", next_marker="NextToken", size="MaxResults",
                       **parameters)

    out = {"organization": organization, "accounts": listing("list_accounts", "Accounts"),
           "delegated": listing("list_delegated_administrators", "DelegatedAdministrators"),
           "roots": listing("list_roots", "Roots"), "units": {}, "children": {}, "policies": {}}
    waiting = [root["Id"] for root in items_of(out["roots"])]
    while waiting:
        parent = waiting.pop()
        out["units"][parent] = listing("list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent)
        out["children"][parent] = listing("list_accounts_for_parent", "Accounts", ParentId=parent)
        waiting += [unit["Id"] for unit in items_of(out["units"][parent])]
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        listed = listing("list_policies", "Policies", Filter=kind)
        out["policies"][kind] = listed if is_error(listed) else [
            {"listed": p, "content": r.one("organizations", "describe_policy", "Policy", PolicyId=p["Id"]),
             "targets": listing("list_targets_for_policy", "Targets", PolicyId=p["Id"])}
            for p in items_of(listed)]
    return out


# --- The command ---------------------------------------------------------------------------------------


def plain(value):
    if isinstance(value, (datetime.datetime, datetime.date)):
        # Whole seconds in UTC: what all services agree on.
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    raise TypeError(type(value))


def main():
    parser = argparse.ArgumentParser(description="Read an AWS endpoint with boto3, as an audit does.")
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--page-size", type=int, default=3)
    parser.add_argument("--bucket-page-size", type=int,
                        help="another size for ListBuckets: moto cuts its list there and gives no token to go on")
    parser.add_argument("--region", default="us-east-1", help="region of the calls that are not regional")
    parser.add_argument("--regions", default="us-east-1,us-west-2,eu-west-1,eu-central-1,ap-southeast-2",
                        help="regions whose trails and access points are read")
    parser.add_argument("--account", help="account id; asked of sts without it")
    parser.add_argument("--all-aws-policies", action="store_true", help="keep AWS's own policies that nothing uses")
    options = parser.parse_args()
    options.regions = [name for name in options.regions.split(",") if name]
    r = Reader(options)
    caller = r.one("sts", "get_caller_identity")
    account = options.account or (caller or {}).get("Account")
    if not account:
        sys.exit(f"read_simaws.py: no account id: {caller}")
    cloudtrail = read_cloudtrail(r)
    everything = {"account": account, "iam": read_iam(r), "s3": read_s3(r, account),
                  "families": read_families(r, account), "cloudtrail": cloudtrail,
                  "monitoring": read_monitoring(r, cloudtrail), "detection": read_detection(r),
                  "kms": read_keys(r, cloudtrail), "organizations": read_organizations(r)}
    json.dump(everything, sys.stdout, indent=1, sort_keys=True, default=plain, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
