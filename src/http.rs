//! How servers are reached over HTTP: TLS, proxies, times, and the client that has them.
//!
//! It opens no connection: `source/registry` and `trust/update` do.

use core::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::ClientBuilder;
use reqwest::NoProxy;
use reqwest::Proxy;
use reqwest::redirect;
use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

use crate::limits;

/// Proxies, in the form of the environment variables of these names.
#[derive(Clone, Default)]
pub struct Proxies {
    /// URL of the proxy for plain HTTP.
    pub http: Option<String>,
    /// URL of the proxy for TLS.
    pub https: Option<String>,
    /// Hosts, domains and networks that are reached without; loopback always is.
    pub exceptions: String,
}

/// Proxy URLs may hold passwords.
impl std::fmt::Debug for Proxies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (http, https) = (self.http.is_some(), self.https.is_some());
        write!(f, "Proxies {{ http: {http}, https: {https}, exceptions: {:?} }}", self.exceptions)
    }
}

/// Times and attempts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Timeouts {
    /// Attempts for one question.
    pub attempts: u32,
    /// Wait before the second attempt, doubled for each further one.
    pub backoff: Duration,
    /// To a connection.
    pub connect: Duration,
    /// For a credential helper.
    pub helper: Duration,
    /// Without a byte.
    pub idle: Duration,
    /// For one question in all, with every attempt, redirect and token.
    pub request: Duration,
    /// The longest `Retry-After` that is waited for.
    pub retry_after: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            attempts: limits::ATTEMPTS,
            backoff: Duration::from_secs(1),
            connect: Duration::from_secs(limits::CONNECT_SECONDS),
            helper: Duration::from_secs(limits::IDLE_SECONDS),
            idle: Duration::from_secs(limits::IDLE_SECONDS),
            request: Duration::from_secs(limits::REQUEST_SECONDS),
            retry_after: Duration::from_secs(limits::RETRY_AFTER_SECONDS),
        }
    }
}

/// Certificates beside those of the platform.
#[derive(Clone, Debug, Default)]
pub struct Certificates {
    /// PEM certificates that may vouch for a server.
    pub authorities: Vec<u8>,
    /// Who we are, to a server that asks.
    pub client: Option<ClientCertificate>,
}

/// A certificate to show to servers that ask for one (mutual TLS).
#[derive(Clone)]
pub struct ClientCertificate {
    /// PEM certificates, ours first.
    pub chain: Vec<u8>,
    /// PEM private key.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientCertificate { key: [hidden] }")
    }
}

/// Why servers cannot be reached at all with these settings.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The extra certificates are none.
    #[error("the file of CA certificates has no usable PEM certificate: {0}")]
    Certificates(String),
    /// The certificate or key for servers that ask for one cannot be used.
    #[error("the client certificate and its key cannot be used: {0}")]
    ClientCertificate(String),
    /// The client library refuses the settings.
    #[error("cannot set up HTTP: {0}")]
    Client(String),
    /// The CPU is too old for the TLS implementation.
    #[error(
        "this CPU lacks instructions that TLS by graviola needs (on x86-64: AES, PCLMULQDQ, AVX2, ADX, BMI2); \
         build with `--features aws-lc`"
    )]
    Cpu,
    /// Built without TLS.
    #[error("built without a TLS implementation; build with the feature `graviola` or `aws-lc`")]
    NoTls,
    /// A proxy is not a URL.
    #[error("the {0} proxy is not a URL")]
    Proxy(&'static str),
}

/// A client that follows no redirect by itself and takes nothing from the environment, and what is wrong
/// with its TLS where that can only fail.
pub(crate) fn client(
    certificates: &Certificates,
    proxies: &Proxies,
    timeouts: &Timeouts,
) -> Result<(ClientBuilder, Option<String>), SettingsError> {
    let (tls, problem) = tls(certificates)?;
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.idle)
        .no_proxy();
    for proxy in self::proxies(proxies)? {
        builder = builder.proxy(proxy);
    }
    Ok((builder, problem))
}

fn proxies(proxies: &Proxies) -> Result<Vec<Proxy>, SettingsError> {
    let exceptions = format!("localhost,127.0.0.0/8,::1,{}", proxies.exceptions);
    let exceptions = || NoProxy::from_string(&exceptions);
    let mut made = Vec::new();
    if let Some(url) = &proxies.http {
        made.push(Proxy::http(url).map_err(|_| SettingsError::Proxy("HTTP"))?.no_proxy(exceptions()));
    }
    if let Some(url) = &proxies.https {
        made.push(Proxy::https(url).map_err(|_| SettingsError::Proxy("HTTPS"))?.no_proxy(exceptions()));
    }
    Ok(made)
}

/// The TLS configuration, and what is wrong with it where it can only fail.
///
/// A machine without root certificates still reaches a plain server of its own.
fn tls(certificates: &Certificates) -> Result<(ClientConfig, Option<String>), SettingsError> {
    let provider = Arc::new(provider()?);
    let extra = extra_roots(&certificates.authorities)?;
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| SettingsError::Client(error.to_string()))?;
    let has_extra = !extra.is_empty();
    let (builder, problem) = match Verifier::new_with_extra_roots(extra, provider) {
        Ok(verifier) => (builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)), None),
        Err(error) if has_extra => return Err(SettingsError::Certificates(error.to_string())),
        Err(error) => {
            (builder.with_root_certificates(rustls::RootCertStore::empty()), Some(error.to_string()))
        }
    };
    let mut config = match &certificates.client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let (chain, key) = client.parse()?;
            let config = builder.with_client_auth_cert(chain, key);
            config.map_err(|error| SettingsError::ClientCertificate(error.to_string()))?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((config, problem))
}

impl ClientCertificate {
    fn parse(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), SettingsError> {
        let refuse =
            |error: rustls_pki_types::pem::Error| SettingsError::ClientCertificate(error.to_string());
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.chain).collect();
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(refuse)?;
        Ok((chain.map_err(refuse)?, key))
    }
}

fn extra_roots(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    if pem.is_empty() {
        return Ok(Vec::new());
    }
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let roots = roots.map_err(|error| SettingsError::Certificates(error.to_string()))?;
    if roots.is_empty() {
        return Err(SettingsError::Certificates("there is none".to_owned()));
    }
    Ok(roots)
}

/// graviola where the CPU has what it needs, else AWS-LC where it is built in.
fn provider() -> Result<CryptoProvider, SettingsError> {
    #[cfg(feature = "graviola")]
    if graviola::util::is_cpu_supported() {
        return Ok(rustls_graviola::default_provider());
    }
    #[cfg(feature = "aws-lc")]
    {
        Ok(rustls::crypto::aws_lc_rs::default_provider())
    }
    #[cfg(not(feature = "aws-lc"))]
    {
        Err(if cfg!(feature = "graviola") { SettingsError::Cpu } else { SettingsError::NoTls })
    }
}

/// Whether a host with an optional port is this machine, by its very name: no look-up is made.
pub(crate) fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => authority.split(':').next().unwrap_or(authority),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

const USER_AGENT: &str = concat!("portcullis/", env!("CARGO_PKG_VERSION"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates() {
        assert!(extra_roots(b"").unwrap().is_empty());
        assert!(matches!(extra_roots(b"text"), Err(SettingsError::Certificates(_))));
        let broken = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        assert!(matches!(extra_roots(broken), Err(SettingsError::Certificates(_))));
        let no_certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(
            tls(&Certificates { authorities: no_certificate.to_vec(), client: None }),
            Err(SettingsError::Certificates(_))
        ));
    }

    #[test]
    fn hides_proxy_passwords() {
        let proxies =
            Proxies { https: Some("http://user:hunter2@proxy.example".to_owned()), ..Proxies::default() };
        assert!(!format!("{proxies:?}").contains("hunter2"));
    }
}
