//! S3 Control: the account's Block Public Access, access points, multi-region access points.

use forewarn_inventory::{AccessPoint, MultiRegionAccessPoint, Unassessed};

use crate::answer::Reply;
use crate::call::{Call, Service};
use crate::families;
use crate::fault::{Trouble, read};
use crate::s3::config::block_settings;
use crate::xml::Xml;

/// Multi-region access points are asked for here, whatever regions they reach.
const MULTI_REGION_HOME: &str = "us-west-2";

pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    if call.incoming.account_id.as_deref() != Some(call.account.id.as_str()) {
        return Err(call.denied());
    }
    let s3 = &call.account.s3;
    match call.action() {
        "GetPublicAccessBlock" => {
            let settings = read(&s3.public_access_block)?.ok_or_else(|| {
                let message = "The public access block configuration was not found";
                Call::failure(404, "NoSuchPublicAccessBlockConfiguration", message)
            })?;
            Ok(document("PublicAccessBlockConfiguration", |xml| block_settings(xml, *settings)))
        }
        "ListAccessPoints" => list_access_points(call),
        "ListAccessGrantsInstances" => list_access_grants_instances(call),
        "GetAccessPoint" => access_point(call),
        "GetAccessPointPolicy" => {
            let policy = read(&own_access_point(call)?.policy)?.ok_or_else(|| {
                Call::failure(404, "NoSuchAccessPointPolicy", "The access point policy does not exist")
            })?;
            Ok(document("GetAccessPointPolicyResult", |xml| xml.text("Policy", policy.as_str())))
        }
        _ if call.account.partition == "aws" && call.region != MULTI_REGION_HOME => Err(Call::failure(
            400,
            "InvalidRequest",
            format!("Multi-Region Access Point requests must be made in {MULTI_REGION_HOME}"),
        )),
        "ListMultiRegionAccessPoints" => {
            let points = &s3.multi_region_access_points;
            let page = call.page(points.items.len(), points.rest.first(), "nextToken", "maxResults")?;
            Ok(document("ListMultiRegionAccessPointsResult", |xml| {
                xml.list("AccessPoints", "AccessPoint", page.of(&points.items), |xml, point| report(xml, call, point));
                xml.optional("NextToken", page.next.as_deref());
            }))
        }
        "GetMultiRegionAccessPointPolicy" => {
            let policy = read(&own_multi_region_point(call)?.policy)?;
            Ok(document("GetMultiRegionAccessPointPolicyResult", |xml| {
                xml.node("Policy", |xml| {
                    if let Some(policy) = policy {
                        xml.node("Established", |xml| xml.text("Policy", policy.as_str()));
                    }
                });
            }))
        }
        _ => Err(call.unserved()),
    }
}

fn document(root: &str, inside: impl FnOnce(&mut Xml)) -> Reply {
    let body = Xml::document(root, Service::S3Control.namespace(), inside);
    Reply { content_type: "application/xml", ..Reply::xml(body) }
}

/// The Access Grants instances of the region; AWS allows one, an inventory may count more.
fn list_access_grants_instances(call: &Call<'_>) -> Result<Reply, Trouble> {
    let (partition, id, region) = (&call.account.partition, &call.account.id, &call.region);
    let page = families::page(call, Unassessed::ACCESS_GRANTS, "nextToken", "maxResults")?;
    Ok(document("ListAccessGrantsInstancesResult", |xml| {
        xml.optional("NextToken", page.next.as_deref());
        xml.list("AccessGrantsInstancesList", "AccessGrantsInstance", page.start..page.end, |xml, number| {
            let name = format!("grants-{number}");
            xml.text("AccessGrantsInstanceArn", &format!("arn:{partition}:s3:{region}:{id}:access-grants/{name}"));
            xml.text("AccessGrantsInstanceId", &name);
            xml.text("CreatedAt", families::CREATED);
        });
    }))
}

/// The access points of the region that the call is signed for.
fn list_access_points(call: &Call<'_>) -> Result<Reply, Trouble> {
    let points = &call.account.s3.access_points;
    let bucket = call.parameter("bucket");
    let here: Vec<&AccessPoint> = points
        .iter()
        .filter(|point| point.region == call.region && bucket.is_none_or(|bucket| point.bucket == bucket))
        .collect();
    let page = call.page(here.len(), call.regional_cut(&points.rest), "nextToken", "maxResults")?;
    Ok(document("ListAccessPointsResult", |xml| {
        xml.list("AccessPointList", "AccessPoint", page.of(&here), |xml, point| {
            identify(xml, point);
            xml.text("AccessPointArn", &point.arn);
            xml.optional("BucketAccountId", point.bucket_account.as_deref());
        });
        xml.optional("NextToken", page.next.as_deref());
    }))
}

fn identify(xml: &mut Xml, point: &AccessPoint) {
    xml.text("Name", &point.name);
    xml.text("NetworkOrigin", if point.vpc.is_some() { "VPC" } else { "Internet" });
    if let Some(vpc) = &point.vpc {
        xml.node("VpcConfiguration", |xml| xml.text("VpcId", vpc));
    }
    xml.text("Bucket", &point.bucket);
}

fn own_access_point<'w>(call: &Call<'w>) -> Result<&'w AccessPoint, Trouble> {
    let name = call.resource.as_deref().unwrap_or_default();
    let points = call.account.s3.access_points.iter();
    points
        .filter(|point| point.region == call.region)
        .find(|point| point.name == name || point.arn == name)
        .ok_or_else(|| Call::failure(404, "NoSuchAccessPoint", "The specified accesspoint does not exist"))
}

fn access_point(call: &Call<'_>) -> Result<Reply, Trouble> {
    let point = own_access_point(call)?;
    let settings = read(&point.public_access_block)?;
    Ok(document("GetAccessPointResult", |xml| {
        identify(xml, point);
        if let Some(settings) = settings {
            xml.node("PublicAccessBlockConfiguration", |xml| block_settings(xml, *settings));
        }
        xml.text("CreationDate", families::CREATED);
        xml.text("AccessPointArn", &point.arn);
        xml.optional("BucketAccountId", point.bucket_account.as_deref());
    }))
}

fn own_multi_region_point<'w>(call: &Call<'w>) -> Result<&'w MultiRegionAccessPoint, Trouble> {
    let name = call.resource.as_deref().unwrap_or_default();
    call.account.s3.multi_region_access_points.iter().find(|point| point.name == name).ok_or_else(|| {
        Call::failure(404, "NoSuchMultiRegionAccessPoint", "The specified Multi-Region Access Point does not exist")
    })
}

/// A multi-region access point; the end of its ARN is its alias.
fn report(xml: &mut Xml, call: &Call<'_>, point: &MultiRegionAccessPoint) {
    xml.text("Name", &point.name);
    xml.optional("Alias", point.arn.rsplit('/').next());
    xml.text("CreatedAt", families::CREATED);
    if let Some(settings) = point.public_access_block.present() {
        xml.node("PublicAccessBlock", |xml| block_settings(xml, *settings));
    }
    xml.text("Status", "READY");
    xml.list("Regions", "Region", &point.buckets, |xml, name| {
        xml.text("Bucket", name);
        let bucket = call.world.bucket(name);
        xml.optional("Region", bucket.and_then(|(_, bucket)| bucket.region.present()).map(String::as_str));
        xml.text("BucketAccountId", bucket.map_or(&call.account.id, |(owner, _)| &owner.id));
    });
}
