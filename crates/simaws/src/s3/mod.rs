//! S3: buckets over REST and XML, path-style.

pub(crate) mod config;

use std::str::FromStr as _;

use bytes::Bytes;
use forewarn_inventory::{Account, Bucket, Observed, Unassessed};

use crate::answer::{Failure, Reply};
use crate::call::{Call, Service};
use crate::families;
use crate::fault::Trouble;
use crate::xml::Xml;

pub(crate) fn answer(call: &Call<'_>) -> Result<Reply, Trouble> {
    match call.action() {
        "ListBuckets" => list_buckets(call),
        "ListDirectoryBuckets" => list_directory_buckets(call),
        _ => {
            let bucket = own_bucket(call)?;
            in_region(call, bucket)?;
            config::answer(call, bucket)
        }
    }
}

/// An XML document of S3.
fn document(root: &str, inside: impl FnOnce(&mut Xml)) -> Reply {
    let body: Bytes = Xml::document(root, Service::S3.namespace(), inside);
    Reply { content_type: "application/xml", ..Reply::xml(body) }
}

/// The bucket that a call is about, where the caller's account owns it.
fn own_bucket<'w>(call: &Call<'w>) -> Result<&'w Bucket, Trouble> {
    let name = call.resource.as_deref().unwrap_or_default();
    match call.world.bucket(name) {
        Some((owner, bucket)) if owner.id == call.account.id => Ok(bucket),
        Some(_) => Err(call.denied()),
        None => Err(Call::failure(404, "NoSuchBucket", "The specified bucket does not exist")),
    }
}

/// Sends a caller who signs for the wrong region to the right one, as AWS does: the oldest region's endpoint says
/// that the signature names the wrong region, every other redirects.
fn in_region(call: &Call<'_>, bucket: &Bucket) -> Result<(), Trouble> {
    let Observed::Present(region) = &bucket.region else { return Ok(()) };
    let oldest = call.region == "us-east-1";
    if *region == call.region || (oldest && call.action() == "GetBucketLocation") {
        return Ok(());
    }
    let mut failure = if oldest {
        Failure::new(
            400,
            "AuthorizationHeaderMalformed",
            format!(
                "The authorization header is malformed; the region '{}' is wrong; expecting '{region}'",
                call.region
            ),
        )
    } else {
        Failure::new(
            301,
            "PermanentRedirect",
            "The bucket you are attempting to access must be addressed using the specified endpoint. \
             Please send all future requests to this endpoint.",
        )
    };
    failure.region = Some(region.clone());
    Err(failure.into())
}

/// The canonical id of an account.
pub(super) fn canonical_id(account: &Account) -> String {
    format!("{:0>64}", account.id)
}

fn list_buckets(call: &Call<'_>) -> Result<Reply, Trouble> {
    let listing = &call.account.s3.buckets;
    let prefix = call.parameter("prefix");
    let wanted_region = call.parameter("bucket-region");
    let wanted: Vec<&Bucket> = listing
        .iter()
        .filter(|bucket| prefix.is_none_or(|prefix| bucket.name.starts_with(prefix)))
        .filter(|bucket| wanted_region.is_none_or(|region| bucket.region.present().is_some_and(|at| at == region)))
        .collect();
    let page = call.page(wanted.len(), listing.rest.first(), "continuation-token", "max-buckets")?;
    // AWS names the region of each bucket only where the request has a parameter of the paged form.
    let paged = ["max-buckets", "continuation-token", "prefix", "bucket-region"];
    let with_region = paged.iter().any(|name| call.parameter(name).is_some());
    Ok(document("ListAllMyBucketsResult", |xml| {
        xml.node("Owner", |xml| xml.text("ID", &canonical_id(call.account)));
        xml.list("Buckets", "Bucket", page.of(&wanted), |xml, bucket| {
            xml.text("Name", &bucket.name);
            if let Some(at) = bucket.created {
                xml.time("CreationDate", at);
            }
            if with_region {
                xml.optional("BucketRegion", bucket.region.present().map(String::as_str));
            }
            xml.text("BucketArn", &bucket.arn);
        });
        xml.optional("Prefix", prefix);
        xml.optional("ContinuationToken", page.next.as_deref());
    }))
}

/// S3 Express buckets: the inventory only counts them, so they get names.
fn list_directory_buckets(call: &Call<'_>) -> Result<Reply, Trouble> {
    let page = families::page(call, Unassessed::EXPRESS, "continuation-token", "max-directory-buckets")?;
    let created = jiff::Timestamp::from_str(families::CREATED).unwrap_or(call.world.inventory.instant);
    Ok(document("ListAllMyDirectoryBucketsResult", |xml| {
        xml.list("Buckets", "Bucket", page.start..page.end, |xml, number| {
            xml.text("Name", &format!("express-{number}--use1-az4--x-s3"));
            xml.time("CreationDate", created);
            xml.text("BucketRegion", &call.region);
        });
        xml.optional("ContinuationToken", page.next.as_deref());
    }))
}
