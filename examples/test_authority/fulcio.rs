//! Fulcio's API, version 1 (cosign 2) and 2 (cosign 3), and tokens for it.
//! <https://github.com/sigstore/fulcio/blob/main/fulcio.proto>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::StatusCode;
use serde_json::Value;
use serde_json::json;

use crate::Answer;
use crate::State;
use crate::json_body;
use crate::now;
use crate::parameter;
use crate::support::authority::Leaf;
use crate::support::authority::der;
use crate::text;

/// A token with the claims of the query: `sub`, and `email` or `job_workflow_ref`. Its signature is no signature.
pub(crate) fn token(query: &str) -> Result<Answer, String> {
    let subject = parameter(query, "sub").ok_or("sub is missing")?;
    let issued = now().as_second();
    let mut claims = json!({
        "iss": parameter(query, "iss").unwrap_or_else(|| crate::support::authority::ISSUER.to_owned()),
        "aud": "sigstore",
        "sub": subject,
        "iat": issued,
        "nbf": issued,
        "exp": issued + 3600,
    });
    for name in ["email", "job_workflow_ref", "repository", "sha", "event_name", "ref", "workflow"] {
        if let Some(value) = parameter(query, name) {
            claims[name] = json!(value);
        }
    }
    if claims.get("email").is_some() {
        claims["email_verified"] = json!(true);
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(&json!({ "alg": "RS256", "typ": "JWT", "kid": "test" }));
    let signature = URL_SAFE_NO_PAD.encode("nobody checks this");
    Ok(text(StatusCode::OK, format!("{head}.{}.{signature}", part(&claims))))
}

/// `POST /api/v2/signingCert`.
pub(crate) fn v2(state: &State, bearer: Option<&str>, body: &[u8]) -> Result<Answer, String> {
    let request: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let token = request["credentials"]["oidcIdentityToken"].as_str().or(bearer).ok_or("no token")?;
    let key = match request["certificateSigningRequest"].as_str() {
        Some(csr) => spki_of_request(&STANDARD.decode(csr).map_err(|error| error.to_string())?)?,
        None => spki(request["publicKeyRequest"]["publicKey"]["content"].as_str().ok_or("no public key")?)?,
    };
    let chain = issue(state, token, key)?;
    Ok(json_body(
        StatusCode::OK,
        &json!({ "signedCertificateEmbeddedSct": { "chain": { "certificates": chain } } }),
    ))
}

/// `POST /api/v1/signingCert`.
pub(crate) fn v1(state: &State, bearer: Option<&str>, body: &[u8]) -> Result<Answer, String> {
    let request: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let key = spki(request["publicKey"]["content"].as_str().ok_or("no public key")?)?;
    let chain = issue(state, bearer.ok_or("no token")?, key)?;
    Ok(text(StatusCode::CREATED, chain.concat()))
}

/// `GET /api/v2/trustBundle`.
pub(crate) fn trust_bundle(state: &State) -> Answer {
    let chain = state.authority.ca.chain().map(|der| der::pem("CERTIFICATE", der));
    json_body(StatusCode::OK, &json!({ "chains": [{ "certificates": chain }] }))
}

/// The chain as PEM.
pub(crate) fn roots(state: &State) -> String {
    state.authority.ca.chain().map(|der| der::pem("CERTIFICATE", der)).concat()
}

/// Leaf, intermediate and root as PEM, for the identity of a token.
fn issue(state: &State, token: &str, key: Vec<u8>) -> Result<Vec<String>, String> {
    let claims = token.split('.').nth(1).ok_or("not a token")?;
    let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|error| error.to_string())?;
    let claims: Value = serde_json::from_slice(&claims).map_err(|error| error.to_string())?;
    let claim = |name: &str| claims[name].as_str();
    let issuer = claim("iss").ok_or("no iss")?;
    let identity = match (claim("email"), claim("job_workflow_ref"), claim("sub")) {
        (Some(email), _, _) => email.to_owned(),
        (None, Some(workflow), _) => format!("https://github.com/{workflow}"),
        (None, None, Some(subject)) => subject.to_owned(),
        (None, None, None) => return Err("no identity".to_owned()),
    };
    let mut leaf = Leaf::new(&identity, issuer, now());
    let github = [(2, "event_name"), (3, "sha"), (4, "workflow"), (5, "repository"), (6, "ref")];
    let claims = github.map(|(arc, name)| claim(name).map(|value| (arc, value.to_owned())));
    leaf.claims = claims.into_iter().flatten().collect();
    let authority = &state.authority;
    let leaf = authority.ca.issue_for(&key, &leaf, &authority.ct);
    let chain = std::iter::once(leaf.as_slice()).chain(authority.ca.chain());
    Ok(chain.map(|der| der::pem("CERTIFICATE", der)).collect())
}

/// A public key as PEM, or as base64 of PEM or DER.
fn spki(content: &str) -> Result<Vec<u8>, String> {
    if content.contains("-----BEGIN") {
        let lines: String = content.lines().filter(|line| !line.starts_with("-----")).collect();
        return STANDARD.decode(lines.trim()).map_err(|error| error.to_string());
    }
    let bytes = STANDARD.decode(content).map_err(|error| error.to_string())?;
    match str::from_utf8(&bytes) {
        Ok(pem) if pem.contains("-----BEGIN") => spki(pem),
        _ => Ok(bytes),
    }
}

/// `subjectPKInfo` of a PKCS #10 request (RFC 2986), PEM or DER.
fn spki_of_request(request: &[u8]) -> Result<Vec<u8>, String> {
    let der = match str::from_utf8(request) {
        Ok(pem) => spki(pem)?,
        Err(_) => request.to_vec(),
    };
    let request = der::children(&der).and_then(|parts| parts.into_iter().next());
    let parts = request.and_then(|info| der::children(&info)).ok_or("not a certificate request")?;
    parts.into_iter().nth(2).ok_or_else(|| "no public key in the request".to_owned())
}
