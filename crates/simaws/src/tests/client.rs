//! A small HTTP client, and readers of what it gets.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Running;

/// A request to write.
#[derive(Clone)]
pub(super) struct Ask {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
    service: &'static str,
    region: String,
    account: String,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

impl Ask {
    fn new(method: &'static str, service: &'static str, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: String::new(),
            service,
            region: "us-east-1".to_owned(),
            account: super::ACCOUNT.to_owned(),
        }
    }

    /// A call of the Query protocol.
    pub(super) fn query(service: &'static str, action: &str, parameters: &[(&str, &str)]) -> Self {
        let mut body = format!("Action={action}&Version=2010-05-08");
        for (name, value) in parameters {
            write!(body, "&{name}=").unwrap();
            value.bytes().for_each(|byte| write!(body, "%{byte:02x}").unwrap());
        }
        Self { body, ..Self::new("POST", service, "/") }.header("content-type", "application/x-www-form-urlencoded")
    }

    /// A call of S3.
    pub(super) fn s3(path: &str) -> Self {
        Self::new("GET", "s3", path)
    }

    /// A call of S3 Control about the account that calls.
    pub(super) fn s3control(path: &str) -> Self {
        let ask = Self::new("GET", "s3", format!("/v20180820/{path}"));
        let account = ask.account.clone();
        ask.header("x-amz-account-id", &account)
    }

    /// A call of the JSON protocol.
    pub(super) fn json(service: &'static str, target: &str, body: &Value) -> Self {
        Self { body: body.to_string(), ..Self::new("POST", service, "/") }
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target)
    }

    /// A call of Account Management.
    pub(super) fn account(body: &Value) -> Self {
        Self { body: body.to_string(), ..Self::new("POST", "account", "/listRegions") }
    }

    /// A call of Account Management about a contact.
    pub(super) fn contact(body: &Value) -> Self {
        Self { body: body.to_string(), ..Self::new("POST", "account", "/getAlternateContact") }
    }

    /// A call of IAM Access Analyzer.
    pub(super) fn analyzers(path: &str) -> Self {
        Self::new("GET", "access-analyzer", path)
    }

    /// `ListFindings` of IAM Access Analyzer, in the region of the demo's analyzer.
    pub(super) fn analyzer_findings(body: &Value) -> Self {
        let ask = Self { body: body.to_string(), ..Self::new("POST", "access-analyzer", "/finding") };
        ask.region("eu-west-1")
    }

    /// A call that reads from a path of a service that speaks JSON.
    pub(super) fn rest(service: &'static str, path: &str) -> Self {
        Self::new("GET", service, path)
    }

    /// A call of S3 Tables.
    pub(super) fn tables(path: &str) -> Self {
        Self::new("GET", "s3tables", path)
    }

    /// A call of S3 Vectors.
    pub(super) fn vectors(body: &Value) -> Self {
        Self { body: body.to_string(), ..Self::new("POST", "s3vectors", "/ListVectorBuckets") }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn region(self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self }
    }

    /// The same call by another account.
    pub(super) fn by(self, account: &str) -> Self {
        let named = self.headers.iter().any(|(name, _)| name == "x-amz-account-id");
        let ask = Self { account: account.to_owned(), ..self };
        if named { ask.header("x-amz-account-id", account) } else { ask }
    }

    /// Sends it and reads until the connection ends.
    pub(super) async fn send(&self, to: &Running) -> io::Result<Answered> {
        let key = to.credentials(&self.account).0;
        let credential = format!("{key}/20260101/{}/{}/aws4_request", self.region, self.service);
        self.send_as(to, &format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0")).await
    }

    /// Sends it under an `Authorization` of its own.
    pub(super) async fn send_as(&self, to: &Running, authorization: &str) -> io::Result<Answered> {
        let url = to.url();
        let host = url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).await?;
        let mut request = format!("{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n", self.method, self.path);
        if !authorization.is_empty() {
            write!(request, "authorization: {authorization}\r\n").unwrap();
        }
        for (name, value) in &self.headers {
            write!(request, "{name}: {value}\r\n").unwrap();
        }
        write!(request, "content-length: {}\r\n\r\n{}", self.body.len(), self.body).unwrap();
        stream.write_all(request.as_bytes()).await?;
        let mut raw = Vec::new();
        stream.read_to_end(&mut raw).await?;
        Answered::parse(&raw)
    }

    /// Sends it and expects a good answer.
    pub(super) async fn good(&self, to: &Running) -> Answered {
        let answered = self.send(to).await.unwrap();
        assert_eq!(answered.status, 200, "{} {}: {}", self.path, self.body, answered.text());
        answered
    }

    /// Sends it and gives the status and code of the error.
    pub(super) async fn error(&self, to: &Running) -> (u16, String) {
        let answered = self.send(to).await.unwrap();
        (answered.status, answered.code())
    }
}

impl Answered {
    fn parse(raw: &[u8]) -> io::Result<Self> {
        let end = raw.windows(4).position(|window| window == b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        let head = String::from_utf8_lossy(&raw[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|word| word.parse().ok()).unwrap();
        let headers: BTreeMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let body = raw[end + 4..].to_vec();
        if headers.get("content-length").is_some_and(|length| length.parse() != Ok(body.len())) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "half a body"));
        }
        Ok(Self { status, headers, body })
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The error code, in whichever protocol.
    pub(super) fn code(&self) -> String {
        if let Some(code) = self.headers.get("x-amzn-errortype") {
            return code.clone();
        }
        self.all("Code").into_iter().next().unwrap_or_default()
    }

    /// The texts of all XML elements of that name, in order. Fails where the document is not well-formed.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let text = std::str::from_utf8(&self.body).unwrap();
        let mut reader = Reader::from_str(text);
        let mut open: Vec<String> = Vec::new();
        let mut found: Vec<String> = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    open.push(start.name().as_ref().to_owned());
                    if open.last().is_some_and(|last| last == name) {
                        found.push(String::new());
                    }
                }
                Event::End(_) => {
                    open.pop();
                }
                Event::Text(content) if open.last().is_some_and(|last| last == name) => {
                    found.last_mut().unwrap().push_str(&content.xml10_content());
                }
                Event::GeneralRef(reference) if open.last().is_some_and(|last| last == name) => {
                    let resolved = quick_xml::escape::unescape(&format!("&{};", &*reference)).unwrap().into_owned();
                    found.last_mut().unwrap().push_str(&resolved);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert!(open.is_empty() && !text.is_empty(), "a whole document: {text}");
        found
    }

    pub(super) fn one(&self, name: &str) -> String {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "one {name} in {}", self.text());
        all.into_iter().next().unwrap()
    }
}
