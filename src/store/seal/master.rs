//! The master key: where it comes from, and the file that holds it.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use uuid::Uuid;

use super::{SealError, random};

/// The key that wraps all others. Never stored by us; prints as `***`.
#[derive(Clone)]
pub struct MasterKey(pub(super) [u8; 32]);

impl MasterKey {
    /// 32 bytes in base64, as a configuration value or the content of a file.
    ///
    /// # Errors
    /// `BadMaster` when the text is anything else.
    pub fn from_base64(text: &str) -> Result<Self, SealError> {
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| SealError::BadMaster("not base64".to_owned()))?;
        let bytes = bytes
            .try_into()
            .map_err(|_| SealError::BadMaster("not 32 bytes".to_owned()))?;
        Ok(Self(bytes))
    }

    /// The 32 bytes, for another secret that is kept in a file of the same form.
    pub const fn reveal(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a key file. A file that everybody may read is refused.
    ///
    /// # Errors
    /// `BadMaster`, naming the file.
    pub fn from_file(path: &Path) -> Result<Self, SealError> {
        let bad = |what: String| SealError::BadMaster(format!("{}: {what}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|it| bad(it.to_string()))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(path)
                .map_err(|it| bad(it.to_string()))?
                .permissions()
                .mode();
            if mode & 0o007 != 0 {
                return Err(bad(format!(
                    "everybody may read it (mode {:o}); run chmod 600 on it",
                    mode & 0o777
                )));
            }
        }
        Self::from_base64(&text).map_err(|it| bad(it.to_string()))
    }

    /// Reads a key file, or makes one with a new key that only its owner may read (mode 600).
    ///
    /// # Errors
    /// `BadMaster`, naming the file.
    pub fn read_or_create(path: &Path) -> Result<Self, SealError> {
        let bad = |it: std::io::Error| SealError::BadMaster(format!("{}: {it}", path.display()));
        if path.exists() {
            return Self::from_file(path);
        }
        if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(bad)?;
        }
        let key = Self(random()?);
        // Written whole beside its place and linked there: another process finds all of it or nothing, and never
        // replaces one that is in use.
        let draft = draft_beside(path)?;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft).map_err(bad)?;
        let written = file
            .write_all(format!("{}\n", STANDARD.encode(key.0)).as_bytes())
            .and_then(|()| file.sync_all());
        let placed = written.and_then(|()| std::fs::hard_link(&draft, path));
        let _ = std::fs::remove_file(&draft);
        match placed {
            Ok(()) => {
                sync_folder(path);
                Ok(key)
            }
            Err(it) if it.kind() == std::io::ErrorKind::AlreadyExists => Self::from_file(path),
            Err(it) => Err(bad(it)),
        }
    }
}

fn draft_beside(path: &Path) -> Result<PathBuf, SealError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", Uuid::from_bytes(random()?).simple()));
    Ok(path.with_file_name(name))
}

/// Makes the new name durable. A file system that cannot sync a folder loses no more than it always would.
fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let _ = std::fs::File::open(folder).and_then(|it| it.sync_all());
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_key_file_is_made_once_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/master.key");
        let made = MasterKey::read_or_create(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(MasterKey::read_or_create(&path).unwrap().0, made.0);
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "no draft stays behind"
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(
            MasterKey::from_file(&path)
                .unwrap_err()
                .to_string()
                .contains("chmod 600")
        );
        assert!(MasterKey::from_base64("c2hvcnQ=").is_err());
        assert_eq!(format!("{made:?}"), "MasterKey(***)");
    }
}
