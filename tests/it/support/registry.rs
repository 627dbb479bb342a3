//! An in-process registry on a loopback port, with and without the referrers API, that can be told to
//! misbehave.

mod referrers;
pub(crate) mod rounds;
mod uploads;

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::Stream;
use futures_util::StreamExt;
use futures_util::stream;
use http_body_util::BodyExt;
use http_body_util::Full;
use http_body_util::StreamBody;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::Method;
use hyper::Request;
use hyper::Response;
use hyper::body::Bytes;
use hyper::body::Frame;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use portcullis::digest::Digest;
use portcullis::oci::Reference;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::Value;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// How the registry is set up.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) referrers: ReferrersApi,
    pub(crate) auth: Auth,
    /// TLS with the certificate for `localhost` of `testdata/tls`.
    pub(crate) tls: bool,
    /// And asks callers for a certificate of `client-ca.pem`.
    pub(crate) mutual_tls: bool,
    /// Requests are held, and let go by the round.
    pub(crate) rounds: Option<rounds::Rounds>,
}

#[derive(Clone, Default)]
pub(crate) enum ReferrersApi {
    #[default]
    Absent,
    /// Every page has that many entries.
    Present { page: usize },
}

#[derive(Clone, Default)]
pub(crate) enum Auth {
    #[default]
    None,
    Basic {
        username: &'static str,
        password: &'static str,
    },
    /// The token service gives a token to whom has this password or refresh token; to anybody if both
    /// are `None`.
    Bearer {
        password: Option<(&'static str, &'static str)>,
        refresh: Option<&'static str>,
    },
}

/// What the registry does instead of its duty.
#[derive(Clone)]
pub(crate) enum Misbehaviour {
    /// Part of the body, then the connection breaks.
    BreakOff,
    /// A byte now and then, for ever.
    Drip,
    /// A body without length that does not end.
    Endless,
    /// A manifest that starts well and has layers without end.
    LayersWithoutEnd,
    /// Accepts the request and says nothing.
    Silence,
    /// That answer.
    Answer { status: u16, headers: Vec<(&'static str, Vec<u8>)>, body: Vec<u8> },
    /// That answer so many times, then its duty.
    Times(usize, Box<Self>),
}

impl Misbehaviour {
    pub(crate) fn status(status: u16) -> Self {
        Self::answer(status, &[], "")
    }

    pub(crate) fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes().to_vec())).collect();
        Self::Answer { status, headers, body: body.as_bytes().to_vec() }
    }
}

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
}

#[derive(Default)]
struct State {
    options: Options,
    manifests: HashMap<(String, String), (String, Vec<u8>)>,
    blobs: HashMap<String, Vec<u8>>,
    misbehaviours: Vec<(String, Misbehaviour)>,
    seen: Vec<Seen>,
    /// Blobs that are being pushed.
    uploads: Vec<Vec<u8>>,
    /// Bytes of bodies without end that went out.
    sent: Arc<AtomicU64>,
    address: Option<SocketAddr>,
}

pub(crate) struct TestRegistry {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Drop for TestRegistry {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl TestRegistry {
    pub(crate) async fn start(options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tls = (options.tls || options.mutual_tls)
            .then(|| tokio_rustls::TlsAcceptor::from(tls_config(options.mutual_tls)));
        let state = State { options, address: Some(address), ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                let tls = tls.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| answer(Arc::clone(&shared), request));
                    let connection = hyper::server::conn::http1::Builder::new();
                    // A client that leaves is no fault of the server.
                    match tls {
                        None => drop(connection.serve_connection(TokioIo::new(stream), service).await),
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                drop(connection.serve_connection(TokioIo::new(stream), service).await);
                            }
                        }
                    }
                });
            }
        });
        Self { address, state, task }
    }

    /// `name` in this registry.
    pub(crate) fn reference(&self, name: &str) -> Reference {
        Reference::parse(&format!("{}/{name}", self.address)).unwrap()
    }

    pub(crate) fn put_blob(&self, bytes: &[u8]) -> Value {
        let digest = Digest::sha256(bytes).to_string();
        self.state.lock().unwrap().blobs.insert(digest.clone(), bytes.to_vec());
        json!({"mediaType": "application/octet-stream", "digest": digest, "size": bytes.len()})
    }

    /// Stores a manifest under its digest, and a tag.
    pub(crate) fn put_manifest(&self, repository: &str, tag: &str, bytes: &[u8]) -> Value {
        self.state.lock().unwrap().insert_manifest(repository, tag, bytes)
    }

    pub(crate) fn put_document(&self, repository: &str, tag: &str, document: &Value) -> Value {
        self.put_manifest(repository, tag, document.to_string().as_bytes())
    }

    /// An image of one layer for linux/amd64.
    pub(crate) fn put_image(&self, repository: &str, tag: &str) -> Value {
        let layer = self.put_blob(b"layer");
        let config = json!({"os": "linux", "architecture": "amd64",
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}});
        let mut config = self.put_blob(config.to_string().as_bytes());
        config["mediaType"] = json!(CONFIG);
        let image = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]});
        self.put_document(repository, tag, &image)
    }

    /// A sigstore bundle that refers to `subject`.
    pub(crate) fn put_bundle(&self, repository: &str, subject: &Value, bundle: &[u8]) -> Value {
        let config = self.put_blob(b"{}");
        let mut layer = self.put_blob(bundle);
        layer["mediaType"] = json!(BUNDLE);
        let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": BUNDLE,
            "config": config, "layers": [layer], "subject": subject});
        self.put_document(repository, "", &manifest)
    }

    /// The tag `sha256-<hex>` that stands in for the referrers API.
    pub(crate) fn put_fallback_tag(&self, repository: &str, subject: &Value, entries: &[Value]) {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries});
        self.put_document(repository, &tag_of(subject), &index);
    }

    /// What `cosign save` wrote, as it was in the registry that it was saved from.
    pub(crate) fn load_layout(&self, directory: &Path, repository: &str) -> Value {
        for file in fs::read_dir(directory.join("blobs/sha256")).unwrap() {
            let path = file.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            self.put_blob(&bytes);
            let is_manifest = serde_json::from_slice::<Value>(&bytes)
                .is_ok_and(|document| document.get("schemaVersion").is_some());
            if is_manifest {
                self.put_manifest(repository, "", &bytes);
            }
        }
        let index: Value = serde_json::from_slice(&fs::read(directory.join("index.json")).unwrap()).unwrap();
        let entries = index["manifests"].as_array().unwrap();
        let kind = |entry: &Value| entry["annotations"]["kind"].as_str().unwrap().to_owned();
        let image = entries.iter().find(|entry| kind(entry).contains("/image")).unwrap();
        for entry in entries {
            let tag = match kind(entry).rsplit_once('/').unwrap().1 {
                "sigs" => format!("{}.sig", tag_of(image)),
                "atts" => format!("{}.att", tag_of(image)),
                _ => "latest".to_owned(),
            };
            let digest = entry["digest"].as_str().unwrap();
            let bytes = fs::read(directory.join("blobs/sha256").join(digest.replace("sha256:", ""))).unwrap();
            self.put_manifest(repository, &tag, &bytes);
        }
        image.clone()
    }

    /// Requests whose path and query contain `pattern` get this instead.
    pub(crate) fn misbehave(&self, pattern: &str, how: Misbehaviour) {
        self.state.lock().unwrap().misbehaviours.push((pattern.to_owned(), how));
    }

    pub(crate) fn behave(&self) {
        self.state.lock().unwrap().misbehaviours.clear();
    }

    /// A manifest as it is stored.
    pub(crate) fn manifest(&self, repository: &str, name: &str) -> Option<Vec<u8>> {
        let state = self.state.lock().unwrap();
        state.manifests.get(&(repository.to_owned(), name.to_owned())).map(|(_, bytes)| bytes.clone())
    }

    /// Whether a blob is stored.
    pub(crate) fn has_blob(&self, digest: &str) -> bool {
        self.state.lock().unwrap().blobs.contains_key(digest)
    }

    /// Bytes of bodies without end that a client took.
    pub(crate) fn sent(&self) -> u64 {
        self.state.lock().unwrap().sent.load(Ordering::Relaxed)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.lock().unwrap().seen.clone()
    }
}

/// `sha256-<hex>` of a descriptor.
pub(crate) fn tag_of(descriptor: &Value) -> String {
    descriptor["digest"].as_str().unwrap().replace(':', "-")
}

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Response<Body>, io::Error> {
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let method = request.method().clone();
    let authorization =
        request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let body = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    let seen = Seen { method: method.to_string(), path: path.clone(), authorization: authorization.clone() };
    let (misbehaviour, sent, rounds) = {
        let mut state = state.lock().unwrap();
        state.seen.push(seen);
        let misbehaviour = take_misbehaviour(&mut state.misbehaviours, &path);
        (misbehaviour, Arc::clone(&state.sent), state.options.rounds.clone())
    };
    if let Some(rounds) = rounds {
        rounds.wait(&path).await;
    }
    match misbehaviour {
        Some(how) => misbehave(how, sent).await,
        None if [Method::PATCH, Method::PUT].contains(&method) || path.contains("/blobs/uploads/") => {
            let mut state = state.lock().unwrap();
            let refused = unauthorized(&state, authorization.as_deref());
            Ok(refused.unwrap_or_else(|| uploads::accept(&mut state, &method, &path, &body)))
        }
        None => {
            let form = String::from_utf8(body.to_vec()).unwrap();
            let mut answer = duty(&state.lock().unwrap(), &path, authorization.as_deref(), &form);
            if method == Method::HEAD {
                *answer.body_mut() = full(Vec::new());
            }
            Ok(answer)
        }
    }
}

fn tls_config(mutual: bool) -> Arc<rustls::ServerConfig> {
    let file =
        |name: &str| fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tls").join(name)).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(&file("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(&file("server.key.pem")).unwrap();
    let provider = Arc::new(rustls_graviola::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = if mutual {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&file("client-ca.pem")).unwrap()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    Arc::new(builder.with_single_cert(chain, key).unwrap())
}

fn take_misbehaviour(all: &mut [(String, Misbehaviour)], path: &str) -> Option<Misbehaviour> {
    let (_, how) = all.iter_mut().find(|(pattern, how)| {
        path.contains(pattern.as_str()) && !matches!(how, Misbehaviour::Times(0, _))
    })?;
    match how {
        Misbehaviour::Times(left, inner) => {
            *left -= 1;
            Some((**inner).clone())
        }
        how => Some(how.clone()),
    }
}

/// The same bytes again and again, counted.
fn endless(bytes: Bytes, sent: Arc<AtomicU64>) -> impl Stream<Item = Result<Frame<Bytes>, io::Error>> {
    stream::repeat(bytes).map(move |bytes| {
        sent.fetch_add(u64::try_from(bytes.len()).unwrap(), Ordering::Relaxed);
        Ok(Frame::data(bytes))
    })
}

async fn misbehave(how: Misbehaviour, sent: Arc<AtomicU64>) -> Result<Response<Body>, io::Error> {
    let response = |body| Response::builder().header("content-type", MANIFEST).body(body).unwrap();
    let chunk = |bytes: &'static [u8]| Ok::<_, io::Error>(Frame::data(Bytes::from_static(bytes)));
    Ok(match how {
        Misbehaviour::BreakOff => {
            let parts = stream::iter([chunk(b"{\"schemaVersion\":"), Err(io::Error::other("break"))]);
            let paced = parts.then(|part| async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                part
            });
            let mut response = response(StreamBody::new(paced).boxed_unsync());
            response.headers_mut().insert("content-length", "5000".parse().unwrap());
            response
        }
        Misbehaviour::Drip => {
            let drops = stream::repeat(()).then(move |()| async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok::<_, io::Error>(Frame::data(Bytes::from_static(b" ")))
            });
            response(StreamBody::new(drops).boxed_unsync())
        }
        Misbehaviour::Endless => {
            response(StreamBody::new(endless(Bytes::from_static(&[0; 65536]), sent)).boxed_unsync())
        }
        Misbehaviour::LayersWithoutEnd => {
            let start = format!(r#"{{"schemaVersion":2,"config":{LAYER},"layers":[{LAYER}"#);
            let start = stream::iter([Ok(Frame::data(Bytes::from(start)))]);
            let more = Bytes::from(format!(",{LAYER}").repeat(1000));
            let layers = endless(more, sent);
            response(StreamBody::new(start.chain(layers)).boxed_unsync())
        }
        Misbehaviour::Silence => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            response(full(Vec::new()))
        }
        Misbehaviour::Answer { status, headers, body } => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, hyper::header::HeaderValue::from_bytes(&value).unwrap());
            }
            response.body(full(body)).unwrap()
        }
        Misbehaviour::Times(..) => unreachable!("taken apart before"),
    })
}

fn duty(state: &State, path: &str, authorization: Option<&str>, form: &str) -> Response<Body> {
    if path.starts_with("/token") {
        return token(state, authorization, form);
    }
    if let Some(refused) = unauthorized(state, authorization) {
        return refused;
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if path == "/v2/" {
        return Response::new(full(b"{}".to_vec()));
    }
    let parts: Vec<&str> = path.trim_start_matches("/v2/").rsplitn(3, '/').collect();
    let [name, kind, repository] = parts.as_slice() else { return not_found("NAME_UNKNOWN") };
    match *kind {
        "blobs" => state
            .blobs
            .get(*name)
            .map_or_else(|| not_found("BLOB_UNKNOWN"), |bytes| Response::new(full(bytes.clone()))),
        "manifests" => {
            let found = state.manifests.get(&((*repository).to_owned(), (*name).to_owned()));
            found.map_or_else(
                || not_found("MANIFEST_UNKNOWN"),
                |(kind, bytes)| {
                    let digest = Digest::sha256(bytes).to_string();
                    let response = Response::builder()
                        .header("content-type", kind)
                        .header("docker-content-digest", digest);
                    response.body(full(bytes.clone())).unwrap()
                },
            )
        }
        "referrers" => match state.options.referrers {
            ReferrersApi::Absent => {
                Response::builder().status(404).body(full(b"404 page not found".to_vec())).unwrap()
            }
            ReferrersApi::Present { page } => referrers::answer(state, repository, name, query, page),
        },
        _ => not_found("UNSUPPORTED"),
    }
}

fn unauthorized(state: &State, authorization: Option<&str>) -> Option<Response<Body>> {
    let challenge = challenge(state, authorization)?;
    let body = error_body("UNAUTHORIZED", "authentication required");
    let response = Response::builder().status(401).header("www-authenticate", challenge);
    Some(response.body(full(body)).unwrap())
}

fn challenge(state: &State, authorization: Option<&str>) -> Option<String> {
    match state.options.auth {
        Auth::None => None,
        Auth::Basic { username, password } => {
            let right = authorization == Some(basic(username, password).as_str());
            (!right).then(|| "Basic realm=\"test\"".to_owned())
        }
        Auth::Bearer { .. } => {
            let right = authorization == Some(&format!("Bearer {TOKEN}"));
            let address = state.address.unwrap();
            (!right).then(|| {
                format!("Bearer realm=\"http://{address}/token\",service=\"test\",scope=\"ignored\"")
            })
        }
    }
}

fn token(state: &State, authorization: Option<&str>, form: &str) -> Response<Body> {
    let Auth::Bearer { password, refresh } = state.options.auth else { return not_found("UNSUPPORTED") };
    let by_password = password.is_some_and(|(user, word)| authorization == Some(basic(user, word).as_str()));
    let by_refresh = refresh.is_some_and(|token| {
        form.contains("grant_type=refresh_token") && form.contains(&format!("refresh_token={token}"))
    });
    if by_password || by_refresh || (password.is_none() && refresh.is_none()) {
        let name = if by_refresh { "access_token" } else { "token" };
        return Response::new(full(json!({name: TOKEN, "expires_in": 300}).to_string().into_bytes()));
    }
    let body = error_body("UNAUTHORIZED", "incorrect username or password");
    Response::builder().status(401).body(full(body)).unwrap()
}

fn basic(username: &str, password: &str) -> String {
    use base64::Engine;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}")))
}

fn not_found(code: &str) -> Response<Body> {
    Response::builder().status(404).body(full(error_body(code, "unknown"))).unwrap()
}

fn error_body(code: &str, message: &str) -> Vec<u8> {
    json!({"errors": [{"code": code, "message": message}]}).to_string().into_bytes()
}

fn full(bytes: Vec<u8>) -> Body {
    Full::new(Bytes::from(bytes)).map_err(|never: Infallible| match never {}).boxed_unsync()
}

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
pub(crate) const TOKEN: &str = "registry-token-123";
const LAYER: &str = r#"{"mediaType":"a/b","digest":"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","size":3}"#;
