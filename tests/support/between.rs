//! Stands between the program and the emulator, and answers some requests itself.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// The status and body for a request, by its first line and its body; `None` = the emulator answers.
pub type Answer = dyn Fn(&str, &str) -> Option<(u16, String)> + Send + Sync;

/// The address of a server that asks `answer` first and passes everything else on. It lives as long as the test.
pub fn between(upstream: &str, answer: impl Fn(&str) -> Option<(u16, String)> + Send + Sync + 'static) -> String {
    between_whole(upstream, move |first, _| answer(first))
}

/// The same for requests with a body.
pub fn between_whole(
    upstream: &str,
    answer: impl Fn(&str, &str) -> Option<(u16, String)> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (upstream, answer) = (upstream.trim_start_matches("http://").to_owned(), Arc::new(answer));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (upstream, answer) = (upstream.clone(), Arc::clone(&answer));
            // A connection that breaks off is the client's matter.
            std::thread::spawn(move || pass(stream, &upstream, &*answer));
        }
    });
    url
}

/// One request, and the end of the connection. What is said of its length is taken for true.
fn pass(mut stream: TcpStream, upstream: &str, answer: &Answer) -> Option<()> {
    let mut whole = Vec::new();
    let mut buffer = [0; 4096];
    let head = loop {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        whole.extend_from_slice(&buffer[..read]);
        if let Some(end) = whole.windows(4).position(|four| four == b"\r\n\r\n") {
            break whole.drain(..end + 4).collect::<Vec<u8>>();
        }
    };
    let head = String::from_utf8_lossy(&head).into_owned();
    let named = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    };
    let length: usize = head.lines().find_map(named).unwrap_or_default();
    while whole.len() < length {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        whole.extend_from_slice(&buffer[..read]);
    }
    let first = head.lines().next()?;
    if let Some((status, body)) = answer(first, &String::from_utf8_lossy(&whole)) {
        let length = body.len();
        let said = format!(
            "HTTP/1.1 {status} said\r\ncontent-type: application/xml\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        return stream.write_all(said.as_bytes()).ok();
    }
    let mut server = TcpStream::connect(upstream).ok()?;
    let asked = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    server.write_all(&[asked.as_bytes(), &whole].concat()).ok()?;
    std::io::copy(&mut server, &mut stream).ok()?;
    Some(())
}
