//! A line on paper: a file a day in a folder, which a printer's queue or a person takes. What is left when all networks are down.
//!
//! A line is on the disk before the letter counts as taken. The same letter again is a second line that says so: on paper nothing
//! can be taken back.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::tz::TimeZone;

use super::config::{CarrierConfig, Keys};
use super::http::{later, refused};
use crate::notify::letter::{Address, Carrier, Handed, Letter, Way};
use crate::notify::texts::{Form, Texts};

/// The keys of type `print`.
#[derive(Debug, Clone)]
pub struct PrintConfig {
    /// Where the files are; it must be there.
    pub folder: PathBuf,
}

impl PrintConfig {
    pub(super) fn read(keys: &mut Keys<'_>) -> Self {
        let folder = PathBuf::from(keys.text("folder", "the path of a folder"));
        if !folder.as_os_str().is_empty() && !folder.is_dir() {
            keys.mistake("folder", format_args!("there is no folder {}", folder.display()));
        }
        Self { folder }
    }
}

/// One folder.
pub struct Print {
    name: String,
    folder: PathBuf,
    texts: Arc<Texts>,
    /// One line at a time, so that none is written into another.
    writing: Arc<std::sync::Mutex<()>>,
}

impl Print {
    /// As it is configured; nothing is written yet.
    pub fn new(config: &CarrierConfig, setup: &PrintConfig, texts: Arc<Texts>) -> Self {
        Self {
            name: config.name.clone(),
            folder: setup.folder.clone(),
            texts,
            writing: Arc::default(),
        }
    }
}

/// Appends a line, and waits until it is on the disk.
fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let new = !path.exists();
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()?;
    if new {
        // The name of a new file is on the disk when its folder is.
        std::fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[async_trait]
impl Carrier for Print {
    fn name(&self) -> &str {
        &self.name
    }

    fn way(&self) -> Way {
        Way::Print
    }

    fn slots(&self) -> usize {
        1
    }

    async fn hand_over(&self, letter: &Letter) -> Handed {
        if letter.address != Address::Fixed {
            return refused("paper goes to one place only");
        }
        let here = letter.now.to_zoned(TimeZone::fixed(jiff::tz::offset(8))); // the mainland's clock
        let path = self.folder.join(format!("{}.txt", here.strftime("%Y-%m-%d")));
        let again = if letter.attempt > 1 {
            format!(" ({})", letter.attempt)
        } else {
            String::new()
        };
        // A text has no line breaks; a template of a street's own might.
        let text = self.texts.of(letter, Form::Line).replace(['\r', '\n', '\t'], " ");
        let line = format!("{}\t{}\t{text}{again}\n", here.strftime("%H:%M:%S"), letter.target);
        let writing = self.writing.clone();
        let written = tokio::task::spawn_blocking(move || {
            let _one = writing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            append(&path, &line)
        });
        match written.await {
            Ok(Ok(())) => Handed::Taken { proof: None },
            _ => later(None, "the file cannot be written"),
        }
    }
}
