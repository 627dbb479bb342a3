//! The test authority over HTTP: Fulcio, Rekor v1 and an RFC 3161 authority on a loopback port.
//!
//! ```console
//! $ cargo run --example test_authority -- DIRECTORY
//! http://127.0.0.1:41234
//! ```
//!
//! Writes what clients need into the directory (trusted root, signing configuration, keys one by one), prints
//! its address and serves until it is killed. The keys are those of the tests: it vouches for nobody, checks no
//! token and no proof of possession, and listens on loopback only. For `scripts/interop`.

mod fulcio;
mod rekor;
mod tsa;

#[path = "../../tests/it/support"]
mod support {
    pub(crate) mod authority;
}

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;

use http_body_util::BodyExt as _;
use http_body_util::Full;
use hyper::Method;
use hyper::Request;
use hyper::Response;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::authority::Authority;
use crate::support::authority::at;
use crate::support::authority::der;
use crate::support::authority::rekor::LogEntry;

/// The authority and what its log holds.
pub(crate) struct State {
    pub(crate) authority: Authority,
    pub(crate) entries: Mutex<Vec<LogEntry>>,
}

/// What a handler answers.
pub(crate) type Answer = Response<Full<Bytes>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).ok_or("usage: test_authority DIRECTORY")?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let authority = Authority::new("interop", at("2025-03-01T12:00:00Z"));
    write_files(&authority, &url, Path::new(&directory))?;
    say(&url);
    let state = Arc::new(State { authority, entries: Mutex::new(Vec::new()) });
    loop {
        let (stream, _) = listener.accept().await?;
        let state = Arc::clone(&state);
        let service = service_fn(move |request| answer(Arc::clone(&state), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let (head, body) = request.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Ok(refusal(&error.to_string())),
    };
    let query = head.uri.query().unwrap_or_default();
    let bearer = head.headers.get("authorization").and_then(|value| value.to_str().ok());
    let answer = match (&head.method, head.uri.path()) {
        (&Method::GET, "/token") => fulcio::token(query),
        (&Method::POST, "/api/v2/signingCert") => fulcio::v2(&state, bearer, &body),
        (&Method::POST, "/api/v1/signingCert") => fulcio::v1(&state, bearer, &body),
        (&Method::GET, "/api/v2/trustBundle") => Ok(fulcio::trust_bundle(&state)),
        (&Method::GET, "/api/v1/rootCert") => Ok(text(StatusCode::OK, fulcio::roots(&state))),
        (&Method::POST, "/api/v1/log/entries") => rekor::create(&state, &body),
        (&Method::POST, "/api/v1/log/entries/retrieve") => rekor::retrieve(&state, &body),
        (&Method::GET, "/api/v1/log/entries") => rekor::by_index(&state, query),
        (&Method::GET, "/api/v1/log") => Ok(rekor::log(&state)),
        (&Method::GET, "/api/v1/log/publicKey") => {
            Ok(text(StatusCode::OK, state.authority.rekor.key.public_pem()))
        }
        (&Method::POST, "/api/v1/timestamp") => tsa::stamp(&state, &body),
        (&Method::GET, path) if path.starts_with("/api/v1/log/entries/") => rekor::by_uuid(&state, path),
        (_, path) => Err(format!("no such endpoint: {path}")),
    };
    Ok(answer.unwrap_or_else(|reason| refusal(&reason)))
}

/// The files that cosign is started with.
fn write_files(authority: &Authority, url: &str, directory: &Path) -> std::io::Result<()> {
    fs::create_dir_all(directory)?;
    let pem = |certificates: &[&[u8]]| -> String {
        certificates.iter().map(|certificate| der::pem("CERTIFICATE", certificate)).collect()
    };
    let write = |name: &str, text: String| fs::write(directory.join(name), text);
    write("trusted_root.json", format!("{:#}\n", authority.trusted_root_value()))?;
    write("signing_config.json", format!("{:#}\n", signing_config(url)))?;
    write("fulcio.pem", pem(&authority.ca.chain()))?;
    write("rekor.pub", authority.rekor.key.public_pem())?;
    write("ctfe.pub", authority.ct.key.public_pem())?;
    write("tsa.pem", pem(&[&authority.tsa.leaf, &authority.tsa.root]))
}

/// A signing configuration v0.2 with everything at one address.
fn signing_config(url: &str) -> Value {
    let service = |path: &str| {
        json!([{
            "url": format!("{url}{path}"),
            "majorApiVersion": 1,
            "validFor": { "start": "2024-01-01T00:00:00Z" },
            "operator": "portcullis.test",
        }])
    };
    json!({
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": service(""),
        "oidcUrls": service(""),
        "rekorTlogUrls": service(""),
        "rekorTlogConfig": { "selector": "ANY" },
        "tsaUrls": service("/api/v1/timestamp"),
        "tsaConfig": { "selector": "ANY" },
    })
}

/// The time is the machine's: real clients compare it with theirs.
#[expect(clippy::disallowed_methods, reason = "a server for real clients")]
pub(crate) fn now() -> Timestamp {
    let seconds = Timestamp::now().as_second();
    Timestamp::from_second(seconds).expect("in range")
}

#[expect(clippy::print_stdout, reason = "the script that starts it reads the address")]
fn say(url: &str) {
    println!("{url}");
}

pub(crate) fn json_body(status: StatusCode, value: &Value) -> Answer {
    typed(status, "application/json", value.to_string().into_bytes())
}

pub(crate) fn text(status: StatusCode, text: String) -> Answer {
    typed(status, "application/pem-certificate-chain", text.into_bytes())
}

pub(crate) fn typed(status: StatusCode, kind: &str, body: Vec<u8>) -> Answer {
    let response = Response::builder().status(status).header("content-type", kind);
    response.body(Full::new(body.into())).expect("valid parts")
}

fn refusal(reason: &str) -> Answer {
    json_body(StatusCode::BAD_REQUEST, &json!({ "code": 400, "message": reason }))
}

/// The value of a key in a query string, with `%XX` decoded.
pub(crate) fn parameter(query: &str, key: &str) -> Option<String> {
    let value = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == key)?.1;
    let mut out = Vec::new();
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let hex = [bytes.next()?, bytes.next()?];
            out.extend(hex::decode(hex).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}
