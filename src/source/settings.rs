//! How registries are reached: TLS, plain HTTP, proxies, times, credentials.

use super::auth::AuthSources;
use crate::http::Certificates;
use crate::http::Proxies;
use crate::http::Timeouts;
use crate::http::is_loopback;

/// How registries are reached. The default is anonymous, TLS with the platform's roots, no proxy.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where credentials are looked for.
    pub auth: AuthSources,
    /// Certificates beside those of the platform.
    pub certificates: Certificates,
    /// Where plain HTTP is spoken.
    pub plain_http: PlainHttp,
    /// Proxies.
    pub proxies: Proxies,
    /// Times and attempts.
    pub timeouts: Timeouts,
}

/// Where plain HTTP is spoken instead of TLS.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum PlainHttp {
    /// To this machine: `localhost`, `127.0.0.0/8`, `[::1]`.
    #[default]
    Loopback,
    /// To this machine and to these registries (host and port, as in a reference).
    LoopbackAnd(Vec<String>),
    /// Nowhere; this machine, too, must speak TLS.
    Never,
}

impl PlainHttp {
    /// Whether plain HTTP is spoken to `authority`, a host with an optional port.
    #[must_use]
    pub fn allows(&self, authority: &str) -> bool {
        match self {
            Self::Loopback => is_loopback(authority),
            Self::LoopbackAnd(registries) => {
                is_loopback(authority) || registries.iter().any(|registry| registry == authority)
            }
            Self::Never => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http() {
        for host in ["localhost", "localhost:5000", "127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:5000"] {
            assert!(PlainHttp::Loopback.allows(host), "{host}");
            assert!(!PlainHttp::Never.allows(host), "{host}");
        }
        for host in ["localhost.example", "127.0.0.1.example", "10.0.0.1", "registry.example:80", "[::2]", ""]
        {
            assert!(!PlainHttp::Loopback.allows(host), "{host}");
        }
        let asked = PlainHttp::LoopbackAnd(vec!["registry.example:80".to_owned()]);
        assert!(asked.allows("registry.example:80") && asked.allows("localhost"));
        assert!(!asked.allows("registry.example") && !asked.allows("other.example:80"));
    }
}
