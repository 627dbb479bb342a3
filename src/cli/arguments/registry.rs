//! How a registry is reached.

use std::path::PathBuf;

use clap::Args;
use portcullis::evidence::Lookup;
use portcullis::oci::Reference;
use portcullis::source::Source;

use crate::cli::context;
use crate::cli::output::Problem;

/// How a registry is reached.
#[derive(Args, Debug)]
#[command(next_help_heading = "Registry")]
pub(in crate::cli) struct RegistryArguments {
    /// Allow plain HTTP to the registry; to a registry on this machine it is always allowed
    #[arg(long)]
    pub(in crate::cli) allow_http_registry: bool,
    /// PEM certificates that may vouch for the registry, besides those of this system
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) registry_cacert: Option<PathBuf>,
    /// PEM certificate to show to a registry that asks for one
    #[arg(long, value_name = "FILE", requires = "registry_client_key")]
    pub(in crate::cli) registry_client_cert: Option<PathBuf>,
    /// PEM private key of that certificate
    #[arg(long, value_name = "FILE", requires = "registry_client_cert")]
    pub(in crate::cli) registry_client_key: Option<PathBuf>,
    /// User name for the registry
    #[arg(long, value_name = "NAME", requires = "registry_password")]
    pub(in crate::cli) registry_username: Option<String>,
    /// Password for the registry
    #[arg(long, value_name = "PASSWORD", requires = "registry_username")]
    pub(in crate::cli) registry_password: Option<String>,
    /// Bearer token for the registry
    #[arg(long, value_name = "TOKEN", conflicts_with = "registry_username")]
    pub(in crate::cli) registry_token: Option<String>,
    /// Look for signatures under the tags PREFIXsha256-<hex>.sig and .att
    #[arg(long, value_name = "PREFIX")]
    pub(in crate::cli) attachment_tag_prefix: Option<String>,
}

impl RegistryArguments {
    /// Where evidence is looked for.
    pub(in crate::cli) fn lookup(&self) -> Result<Lookup, Problem> {
        let repository =
            context::variable("COSIGN_REPOSITORY").map(|text| Reference::parse(&text)).transpose();
        let repository =
            repository.map_err(|error| Problem::usage(format_args!("COSIGN_REPOSITORY: {error}")))?;
        let tag_prefix = self.attachment_tag_prefix.clone().unwrap_or_default();
        Ok(Lookup { repository, tag_prefix, attachment_bytes: None })
    }

    /// Prepares the connection to the registries of the references; opens none yet.
    #[cfg(feature = "net")]
    pub(in crate::cli) fn open(&self, references: &[&Reference]) -> Result<Source, Problem> {
        let access = crate::cli::registry::Access {
            plain_http: self.allow_http_registry,
            ca_certificates: self.registry_cacert.clone(),
            client_certificate: self.registry_client_cert.clone().zip(self.registry_client_key.clone()),
            username: self.registry_username.clone(),
            password: self.registry_password.clone(),
            token: self.registry_token.clone(),
        };
        crate::cli::registry::open(&access, references)
    }

    #[cfg(not(feature = "net"))]
    pub(in crate::cli) fn open(&self, references: &[&Reference]) -> Result<Source, Problem> {
        let _ =
            (&self.registry_cacert, &self.registry_password, &self.registry_token, self.allow_http_registry);
        let names: Vec<String> = references.iter().map(ToString::to_string).collect();
        let names = names.join(", ");
        Err(Problem::new(format_args!("{names}: this build reads no registries (feature `net`)")))
    }

    /// The options, as they were typed, without credentials.
    pub(in crate::cli) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        words.extend(self.allow_http_registry.then(|| "--allow-http-registry".to_owned()));
        if let Some(path) = &self.registry_cacert {
            words.extend(["--registry-cacert".to_owned(), path.display().to_string()]);
        }
        let client = [
            ("--registry-client-cert", &self.registry_client_cert),
            ("--registry-client-key", &self.registry_client_key),
        ];
        for (option, path) in client {
            words.extend(path.iter().flat_map(|path| [option.to_owned(), path.display().to_string()]));
        }
        if let Some(prefix) = &self.attachment_tag_prefix {
            words.extend(["--attachment-tag-prefix".to_owned(), prefix.clone()]);
        }
        words
    }
}
