//! Answers on the wire: the body, and the error documents of each protocol.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use serde_json::json;

use crate::call::Service;
use crate::xml::Xml;

/// What a handler gives: a good answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Reply {
    /// An XML document.
    pub(crate) fn xml(body: Bytes) -> Self {
        Self { status: 200, content_type: "text/xml", headers: Vec::new(), body }
    }

    /// A JSON document of a JSON 1.1 service.
    pub(crate) fn json(value: &serde_json::Value) -> Self {
        Self {
            status: 200,
            content_type: "application/x-amz-json-1.1",
            headers: Vec::new(),
            body: Bytes::from(value.to_string()),
        }
    }
}

/// An error that AWS answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// The region that the bucket is in, for redirects.
    pub(crate) region: Option<String>,
}

impl Failure {
    pub(crate) fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), region: None }
    }

    /// The error document of `service`.
    pub(crate) fn reply(&self, service: Service, resource: Option<&str>, request: &str) -> Reply {
        let mut headers: Vec<(&'static str, String)> = Vec::new();
        if let Some(region) = &self.region {
            headers.push(("x-amz-bucket-region", region.clone()));
        }
        let (content_type, body) = match service {
            query if query.is_query() => ("text/xml", self.query_document(service, request)),
            Service::S3Control => ("application/xml", self.wrapped_document(request)),
            Service::S3 => ("application/xml", self.s3_document(resource, request)),
            rest if rest.is_rest_json() => {
                headers.push(("x-amzn-errortype", self.code.clone()));
                ("application/json", Bytes::from(json!({ "message": self.message }).to_string()))
            }
            _ => {
                headers.push(("x-amzn-errortype", self.code.clone()));
                let body = json!({ "__type": self.code, "message": self.message });
                ("application/x-amz-json-1.1", Bytes::from(body.to_string()))
            }
        };
        Reply { status: self.status, content_type, headers, body }
    }

    fn query_document(&self, service: Service, request: &str) -> Bytes {
        Xml::document("ErrorResponse", service.namespace(), |xml| {
            xml.node("Error", |xml| {
                xml.text("Type", if self.status < 500 { "Sender" } else { "Receiver" });
                xml.text("Code", &self.code);
                xml.text("Message", &self.message);
            });
            xml.text("RequestId", request);
        })
    }

    fn wrapped_document(&self, request: &str) -> Bytes {
        Xml::document("ErrorResponse", "", |xml| {
            xml.node("Error", |xml| {
                xml.text("Code", &self.code);
                xml.text("Message", &self.message);
            });
            xml.text("RequestId", request);
            xml.text("HostId", HOST_ID);
        })
    }

    fn s3_document(&self, bucket: Option<&str>, request: &str) -> Bytes {
        Xml::document("Error", "", |xml| {
            xml.text("Code", &self.code);
            xml.text("Message", &self.message);
            if let Some(bucket) = bucket {
                match (&self.region, self.status) {
                    (Some(region), 301) => {
                        xml.text("Endpoint", &format!("s3.{region}.amazonaws.com"));
                        xml.text("Bucket", bucket);
                    }
                    (Some(region), _) => xml.text("Region", region),
                    (None, _) => xml.text("BucketName", bucket),
                }
            }
            xml.text("RequestId", request);
            xml.text("HostId", HOST_ID);
        })
    }
}

/// The second request id that S3 sends.
pub(crate) const HOST_ID: &str = "forewarn-simaws";

/// The body of an answer: whole, or half of it and then the end of the connection.
pub(crate) struct Answer {
    bytes: Option<Bytes>,
    /// Whether the connection breaks after the bytes.
    breaks: bool,
    /// The time that the bytes have to leave, from when they were taken.
    pause: Option<Pin<Box<tokio::time::Sleep>>>,
}

/// The connection breaks here, on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the answer ends here, as the fault rule asks")]
pub(crate) struct Broken;

impl Answer {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self { bytes: Some(bytes), breaks: false, pause: None }
    }

    pub(crate) fn half(mut bytes: Bytes) -> Self {
        bytes.truncate(bytes.len() / 2);
        Self { bytes: Some(bytes), breaks: true, pause: None }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(bytes) = self.bytes.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if !self.breaks {
            return Poll::Ready(None);
        }
        let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(Duration::from_millis(5))));
        pause.as_mut().poll(context).map(|()| Some(Err(Broken)))
    }

    fn is_end_stream(&self) -> bool {
        !self.breaks && self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        if self.breaks {
            return SizeHint::default();
        }
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
