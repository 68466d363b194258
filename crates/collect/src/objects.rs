//! Delivered log files in a bucket: listed and read, with `ListObjectsV2` and `GetObject` and nothing else.

use std::sync::Arc;

use forewarn_inventory::{Cause, Gap};
use futures_util::stream::{self, StreamExt as _};

use crate::call::{Ask, Caller};
use crate::clients;
use crate::operations::{Often, Operation, Service};
use crate::options::{CollectError, Options};
use crate::pages::pages;
use crate::session;
use crate::stop::Stop;

static LIST_OBJECTS: Operation = Operation {
    service: Service::S3,
    name: "ListObjectsV2",
    key: "s3:ListObjectsV2",
    actions: &["s3:ListBucket"],
    absent: &[],
    often: Often::Page,
    facts: &[],
};

static GET_OBJECT: Operation = Operation {
    service: Service::S3,
    name: "GetObject",
    key: "s3:GetObject",
    actions: &["s3:GetObject"],
    absent: &["NoSuchKey"],
    often: Often::Page,
    facts: &[],
};

/// Folders that are listed at once.
const SIDE_BY_SIDE: usize = 16;

/// How often a body is read again that broke off.
const TRIES: u32 = 3;

/// An object as its list has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: i64,
    /// What changes when its content does.
    pub etag: String,
}

/// A bucket that log files lie in.
#[derive(Debug, Clone)]
pub struct LogBucket {
    client: aws_sdk_s3::Client,
    caller: Arc<Caller>,
    region: String,
    name: String,
}

impl LogBucket {
    /// Finds credentials. The region of the options must be that of the bucket.
    ///
    /// # Errors
    /// AWS could not be reached, or does not accept the credentials.
    pub async fn open(options: &Options, name: &str) -> Result<Self, CollectError> {
        let caller = Caller::new(options.sleep.clone(), options.time.clone(), Stop::never(), options.max_in_flight);
        let caller = Arc::new(caller);
        let session = session::enter(options, &caller).await?;
        let client = clients::s3(&session.config);
        Ok(Self { client, caller, region: session.region, name: name.to_owned() })
    }

    /// All objects below a prefix, by key, and the parts that could not be listed. Of the folders (what ends in `/`) only
    /// those are entered that `enter` says; without it, everything is one list.
    pub async fn list(
        &self,
        prefix: &str,
        enter: Option<&(dyn Fn(&str) -> bool + Sync)>,
    ) -> (Vec<Object>, Vec<(String, Gap)>) {
        let (mut objects, mut gaps) = (Vec::new(), Vec::new());
        let mut folders = vec![prefix.to_owned()];
        while !folders.is_empty() {
            let level = std::mem::take(&mut folders).into_iter().map(|folder| self.folder(folder, enter.is_some()));
            let mut level = stream::iter(level).buffer_unordered(SIDE_BY_SIDE);
            while let Some((folder, found, below, gap)) = level.next().await {
                objects.extend(found);
                folders.extend(below.into_iter().filter(|one| enter.is_none_or(|enter| enter(one))));
                gaps.extend(gap.map(|gap| (folder, gap)));
            }
        }
        objects.sort();
        gaps.sort_by(|one, other| one.0.cmp(&other.0));
        (objects, gaps)
    }

    /// The objects and the folders of a folder.
    async fn folder(&self, folder: String, level: bool) -> (String, Vec<Object>, Vec<String>, Option<Gap>) {
        let (mut objects, mut below) = (Vec::new(), Vec::new());
        let ask = Ask::new(&LIST_OBJECTS, &self.region).on(&self.name);
        let send = |token| {
            let list = self.client.list_objects_v2().bucket(&self.name).prefix(&folder).set_continuation_token(token);
            list.set_delimiter(level.then(|| "/".to_owned())).send()
        };
        let gap = pages(ask, &self.caller, send, |page| {
            objects.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| {
                // A folder made by the console is an object without content.
                let key = object.key.filter(|key| !key.ends_with('/'))?;
                Some(Object { key, size: object.size.unwrap_or_default(), etag: object.e_tag.unwrap_or_default() })
            }));
            below.extend(page.common_prefixes.unwrap_or_default().into_iter().filter_map(|one| one.prefix));
            Ok(page.next_continuation_token)
        })
        .await
        .err();
        (folder, objects, below, gap)
    }

    /// The content of an object.
    ///
    /// # Errors
    /// Why it cannot be read; an object that has gone away is one reason.
    pub async fn read(&self, key: &str) -> Result<Vec<u8>, Gap> {
        let ask = Ask::new(&GET_OBJECT, &self.region).on(key);
        let mut tries = 0;
        loop {
            let send = || self.client.get_object().bucket(&self.name).key(key).send();
            let Some(answer) = self.caller.call(ask, send).await? else {
                return Err(ask.gap(Cause::Failed, "the object was listed and is gone"));
            };
            let length = answer.content_length;
            match answer.body.collect().await {
                Ok(body) => {
                    let bytes = body.to_vec();
                    if length.is_none_or(|length| usize::try_from(length) == Ok(bytes.len())) {
                        return Ok(bytes);
                    }
                }
                Err(error) if tries + 1 >= TRIES => return Err(ask.gap(Cause::Failed, error.to_string())),
                Err(_) => {}
            }
            tries += 1;
            if tries >= TRIES {
                return Err(ask.gap(Cause::Failed, "the content broke off each time"));
            }
        }
    }
}
