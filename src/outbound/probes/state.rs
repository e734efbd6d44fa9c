//! The keys that have to stay the same over restarts, since what is published names them: a folder of PEM files.

use super::ProbesError;
use rcgen::KeyPair;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

/// Where keys are kept; nowhere, if only this run has to know them.
#[derive(Clone, Debug, Default)]
pub struct State {
    folder: Option<PathBuf>,
}

impl State {
    /// A folder, which is made when it is needed, or none.
    pub const fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// The P-256 key of this name, made where there is none yet.
    pub(super) fn key(&self, name: &str) -> Result<KeyPair, ProbesError> {
        let pem = self.text(&format!("{name}.key"), || {
            Ok(KeyPair::generate()?.serialize_pem())
        })?;
        KeyPair::from_pem(&pem).map_err(|_| self.broken(&format!("{name}.key")))
    }

    /// The file of this name, made where there is none yet.
    pub(super) fn text(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<String, ProbesError>,
    ) -> Result<String, ProbesError> {
        let Some(folder) = &self.folder else {
            return make();
        };
        let file = folder.join(name);
        let trouble = |source| ProbesError::State {
            file: file.clone(),
            source,
        };
        match fs::read_to_string(&file) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = make()?;
                fs::create_dir_all(folder).map_err(trouble)?;
                // A temporary file is for its owner alone, and the key is there as a whole or not at all.
                let mut new = tempfile::NamedTempFile::new_in(folder).map_err(trouble)?;
                new.write_all(text.as_bytes()).map_err(trouble)?;
                new.as_file().sync_all().map_err(trouble)?;
                match new.persist_noclobber(&file) {
                    Ok(_) => Ok(text),
                    Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                        fs::read_to_string(&file).map_err(trouble)
                    }
                    Err(error) => Err(trouble(error.error)),
                }
            }
            Err(error) => Err(trouble(error)),
        }
    }

    /// A file of the folder that does not say what it should.
    pub(super) fn broken(&self, name: &str) -> ProbesError {
        ProbesError::State {
            file: self.folder.clone().unwrap_or_default().join(name),
            source: io::Error::new(io::ErrorKind::InvalidData, "it cannot be read"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn state(folder: &Path) -> State {
        State::new(Some(folder.join("keys")))
    }

    #[test]
    fn a_key_stays_the_same_over_restarts_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = state(folder.path()).key("zone").unwrap();
        let again = state(folder.path()).key("zone").unwrap();
        assert_eq!(first.serialized_der(), again.serialized_der());
        let other = state(folder.path()).key("dane-valid").unwrap();
        assert_ne!(first.serialized_der(), other.serialized_der());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let kept = fs::metadata(folder.path().join("keys/zone.key")).unwrap();
            assert_eq!(kept.permissions().mode() & 0o077, 0);
        }
    }

    #[test]
    fn a_broken_key_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("keys")).unwrap();
        let file = folder.path().join("keys/zone.key");
        fs::write(&file, "not a key").unwrap();
        assert!(state(folder.path()).key("zone").is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "not a key");
    }

    #[test]
    fn without_a_folder_a_key_is_made_for_this_run() {
        let state = State::default();
        let (one, two) = (state.key("zone").unwrap(), state.key("zone").unwrap());
        assert_ne!(one.serialized_der(), two.serialized_der());
    }
}
