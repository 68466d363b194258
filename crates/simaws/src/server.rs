//! The server: sockets, requests, and the faults that happen below a protocol.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use forewarn_inventory::{Cause, Inventory};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::answer::{Answer, Broken, Reply};
use crate::call::{Call, Incoming, Scope, Service};
use crate::fault::{Kind, Trouble};
use crate::settings::{Fault, Settings};
use crate::text;
use crate::world::World;
use crate::{regions, route};

/// The most bytes that a request may hold.
const REQUEST_LIMIT: usize = 1 << 20;

/// The simulated AWS.
#[derive(Debug)]
pub struct SimAws;

/// Why no server could be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No port on loopback.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(#[from] io::Error),
}

/// A running server; it stops when this is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    world: Arc<World>,
    task: Option<JoinHandle<()>>,
}

impl SimAws {
    /// Serves `inventory` on a free port of 127.0.0.1, on the tokio runtime that this is called from.
    ///
    /// # Errors
    /// [`StartError`] where there is no port to listen on.
    pub async fn start(inventory: Arc<Inventory>, settings: Settings) -> Result<Running, StartError> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let world = Arc::new(World::new(inventory, settings));
        let task = tokio::spawn(accept(listener, Arc::clone(&world)));
        Ok(Running { address, world, task: Some(task) })
    }

    /// The access key id and the secret that speak for `account`. An account that is not in the inventory gets
    /// credentials too; AWS would not know them, nor does the server.
    pub fn credentials(account: &str) -> (String, String) {
        (World::key(account), SECRET.to_owned())
    }
}

/// Signatures are not verified, so one secret serves all.
pub(crate) const SECRET: &str = "not-a-secret-simaws-does-not-verify-it";

impl Running {
    /// The endpoint, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The access key id and the secret that speak for `account`.
    pub fn credentials(&self, account: &str) -> (String, String) {
        SimAws::credentials(account)
    }

    /// The calls so far, by operation such as `s3:GetBucketPolicy`; throttled and failed ones count too.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.world.calls()
    }

    /// The most calls that were ever under way at once.
    pub fn most_at_once(&self) -> usize {
        self.world.most_at_once()
    }

    /// Stops the server and waits until its port is free.
    pub async fn stop(mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            // An aborted task ends with an error, which is what was asked for.
            let _ = task.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Accepts connections; those that are open end with this task.
async fn accept(listener: TcpListener, world: Arc<World>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                // Without it the last small packet of an answer waits for an acknowledgement.
                let _ = stream.set_nodelay(true);
                connections.spawn(connection(stream, Arc::clone(&world)));
            }
            Err(error) => {
                tracing::debug!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, world: Arc<World>) {
    let reset = Arc::new(AtomicBool::new(false));
    let io = TokioIo::new(Socket { stream, reset: Arc::clone(&reset) });
    let service = service_fn(move |request| serve(Arc::clone(&world), Arc::clone(&reset), request));
    // A client that goes away, and every injected fault, end here.
    if let Err(error) = http1::Builder::new().header_read_timeout(None).serve_connection(io, service).await {
        tracing::trace!(%error, "connection ended");
    }
}

/// A socket that is reset instead of closed where a fault asks for it.
struct Socket {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // Without it the client sees an orderly end instead of a reset; both are broken connections.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Answers one request, or breaks the connection.
async fn serve(
    world: Arc<World>,
    reset: Arc<AtomicBool>,
    request: Request<hyper::body::Incoming>,
) -> Result<Response<Answer>, Broken> {
    let arrived = Instant::now();
    let (parts, body) = request.into_parts();
    let scope = header(&parts.headers, "authorization").and_then(|text| Scope::parse(&text));
    let body = Limited::new(body, REQUEST_LIMIT).collect().await.map_err(|_| Broken)?.to_bytes();
    let incoming = incoming(&parts.method, &parts.uri, &parts.headers, &body);
    let head = incoming.head;
    let id = world.request_id();
    let Some(service) = route::service(scope.as_ref(), &incoming) else {
        return Ok(respond(
            Service::S3.failure(Kind::Unsupported, "").reply(Service::S3, None, &id),
            &id,
            Service::S3,
            Shape::Whole { head },
        ));
    };
    let fail = |kind, about: &str| {
        respond(service.failure(kind, about).reply(service, None, &id), &id, service, Shape::Whole { head })
    };
    let Some(scope) = scope else { return Ok(fail(Kind::NoCredentials, "")) };
    let Some(account) = world.account(&scope.key) else { return Ok(fail(Kind::UnknownKey, "")) };
    if regions::is_closed(account, &scope.region, service) {
        return Ok(fail(Kind::UnknownKey, ""));
    }
    let (operation, resource) = match route::operation(service, &scope, &incoming) {
        Ok(found) => found,
        Err(failure) => {
            world.count(&format!("{}:unknown", service.name()));
            return Ok(respond(failure.reply(service, None, &id), &id, service, Shape::Whole { head }));
        }
    };
    world.count(operation);
    let _under_way = world.begin();
    let call = Call {
        world: &world,
        service,
        operation,
        resource,
        account,
        region: scope.region,
        request: id.clone(),
        incoming,
    };
    if !world.settings.latency.is_zero() {
        sleep_until(arrived + world.settings.latency).await;
    }
    let mut shape = Shape::Whole { head };
    match world.gate.fault(&world.settings, &call) {
        None => {}
        Some(Fault::AccessDenied) => return Ok(fail(Kind::Denied, operation)),
        Some(Fault::Throttle) => return Ok(fail(Kind::Throttled, operation)),
        Some(Fault::InternalError) => return Ok(fail(Kind::Internal, operation)),
        Some(Fault::ExpiredToken) => return Ok(fail(Kind::Expired, operation)),
        Some(Fault::Malformed) => return Ok(respond(malformed(), &id, service, shape)),
        Some(Fault::Stall(time)) => tokio::time::sleep(time).await,
        Some(Fault::Truncated) => shape = Shape::Half,
        Some(Fault::Reset) => {
            reset.store(true, Ordering::Relaxed);
            return Err(Broken);
        }
    }
    let reply = match call.answer() {
        Ok(reply) => reply,
        Err(Trouble::Failure(failure)) => failure.reply(service, call.resource.as_deref(), &id),
        Err(Trouble::Gap(gap)) => match (service.failure_of(&gap, operation), gap.cause) {
            (Some(failure), _) => failure.reply(service, call.resource.as_deref(), &id),
            (None, Cause::Malformed) => malformed(),
            (None, _) => {
                tokio::time::sleep(world.settings.patience).await;
                return Err(Broken);
            }
        },
    };
    Ok(respond(reply, &id, service, shape))
}

/// Sleeps to the tenth of a millisecond: the timer alone rounds up to whole ones, and wakes up to one more late.
async fn sleep_until(instant: Instant) {
    const LATE: Duration = Duration::from_millis(2);
    tokio::time::sleep_until(instant.checked_sub(LATE).unwrap_or(instant)).await;
    let left = instant.saturating_duration_since(Instant::now());
    if !left.is_zero() {
        // It does not panic, and a runtime that ends takes this answer with it.
        let _ = tokio::task::spawn_blocking(move || std::thread::sleep(left)).await;
    }
}

/// A body that is neither XML nor JSON, nor even text.
fn malformed() -> Reply {
    Reply {
        status: 200,
        content_type: "application/octet-stream",
        headers: Vec::new(),
        body: Bytes::from_static(b"\xff\xfe<malformed on purpose"),
    }
}

/// How much of a reply leaves.
#[derive(Clone, Copy)]
enum Shape {
    /// All of it; a HEAD request gets no body.
    Whole { head: bool },
    /// Half of the body.
    Half,
}

fn respond(reply: Reply, id: &str, service: Service, shape: Shape) -> Response<Answer> {
    let mut builder = Response::builder()
        .status(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        .header("x-amzn-requestid", id)
        .header("content-type", reply.content_type);
    if matches!(service, Service::S3 | Service::S3Control) {
        builder = builder.header("x-amz-request-id", id).header("x-amz-id-2", crate::answer::HOST_ID);
    }
    for (name, value) in reply.headers {
        builder = builder.header(name, value);
    }
    let answer = match shape {
        Shape::Whole { head: true } => Answer::whole(Bytes::new()),
        Shape::Whole { head: false } => {
            builder = builder.header("content-length", reply.body.len());
            Answer::whole(reply.body)
        }
        Shape::Half => {
            builder = builder.header("content-length", reply.body.len().max(2));
            Answer::half(reply.body)
        }
    };
    builder.body(answer).unwrap_or_else(|_| {
        // A header that the inventory made unwritable: the answer goes without headers.
        let mut bare = Response::new(Answer::whole(Bytes::new()));
        *bare.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        bare
    })
}

fn incoming(method: &Method, uri: &http::Uri, headers: &HeaderMap, body: &Bytes) -> Incoming {
    let form =
        header(headers, "content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let text = String::from_utf8_lossy(body);
    Incoming {
        head: method == Method::HEAD,
        post: method == Method::POST,
        path: text::percent_decode(uri.path(), false),
        query: uri.query().map(text::pairs).unwrap_or_default(),
        form: if form { text::pairs(&text) } else { BTreeMap::new() },
        json: if form { serde_json::Value::Null } else { serde_json::from_slice(body).unwrap_or_default() },
        target: header(headers, "x-amz-target"),
        account_id: header(headers, "x-amz-account-id"),
        token: header(headers, "x-amz-security-token"),
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
