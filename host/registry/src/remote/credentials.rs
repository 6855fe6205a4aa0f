//! Credentials, as docker has them: `config.json` in `$DOCKER_CONFIG` or `~/.docker`, and the helpers that it names.

use std::path::PathBuf;

use docker_credential::{CredentialRetrievalError as Error, DockerCredential};

use crate::error::RegistryError;

/// Who is asking.
pub(crate) enum Credentials {
    /// Nobody in particular.
    Anonymous,
    /// Name and password.
    Password(String, String),
    /// A token that is changed for others.
    Token(String),
}

/// The credentials for a registry.
pub(crate) fn credentials(host: &str) -> Result<Credentials, RegistryError> {
    // The library takes a file that is not there for one that is broken.
    if !config().is_some_and(|config| config.exists()) {
        return Ok(Credentials::Anonymous);
    }
    // The name under which docker keeps those of its own registry.
    let server = if host == "docker.io" { "https://index.docker.io/v1/" } else { host };
    match docker_credential::get_credential(server) {
        Ok(DockerCredential::UsernamePassword(name, password)) => Ok(Credentials::Password(name, password)),
        Ok(DockerCredential::IdentityToken(token)) => Ok(Credentials::Token(token)),
        Err(Error::ConfigNotFound | Error::NoCredentialConfigured) => Ok(Credentials::Anonymous),
        // What a helper prints can hold what it was asked for.
        Err(Error::HelperFailure { helper, .. }) => {
            Err(RegistryError::Credentials { host: host.to_owned(), reason: format!("`{helper}` failed") })
        }
        Err(error) => Err(RegistryError::Credentials { host: host.to_owned(), reason: error.to_string() }),
    }
}

fn config() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".docker"));
    let directory = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from).or_else(home);
    directory.map(|directory| directory.join("config.json"))
}
