//! `import` of the street's sheets: reads a file, lists every bad cell, says what would change, and writes it once somebody has
//! confirmed (`--yes`, or a word at a terminal). What holds of the reading and the writing stands at `dispatch::sheets`.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::tz::{Offset, TimeZone};

use eldercare_dispatch::app::read_roads;
use eldercare_dispatch::dispatch::sheets::{Report, STEP, Sheets, file};
use eldercare_dispatch::people::device_id;
use eldercare_dispatch::people::import::{self, RowError, Sheet};
use eldercare_dispatch::store::DeviceKey;

use super::setup::Setup;
use super::{Exit, Failure};

/// Warnings that are printed; what comes after is counted.
const WARNINGS_SHOWN: usize = 50;

/// What every sheet takes.
#[derive(Debug, Args)]
pub struct File {
    /// The sheet: CSV or a workbook (.xlsx), of which the first sheet is read; docs/import.md explains each column
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write without asking. Without it a terminal is asked; anything else is a dry run
    #[arg(long)]
    yes: bool,
}

/// What the sheet of devices takes.
#[derive(Debug, Args)]
pub struct DevicesFile {
    #[command(flatten)]
    file: File,
    /// Make a key for each device of the sheet that has none, and write them here (CSV, mode 600). Must not exist yet
    #[arg(long, value_name = "FILE")]
    keys_out: Option<PathBuf>,
}

/// `import template`.
#[derive(Debug, Args)]
pub struct Template {
    /// Which sheet
    #[arg(value_parser = super::word_of(Sheet::ALL, Sheet::as_str))]
    sheet: Sheet,
}

impl Template {
    /// Prints the empty sheet.
    pub fn run(self) -> Exit {
        print!("{}", self.sheet.template());
        Exit::Done
    }
}

impl DevicesFile {
    /// A sheet of devices that is to be written without asking, and where their keys go.
    pub(super) fn confirmed(file: PathBuf, keys_out: PathBuf) -> Self {
        Self {
            file: File::confirmed(file),
            keys_out: Some(keys_out),
        }
    }

    pub async fn run(self, config: Option<&Path>) -> Result<Exit, Failure> {
        if let Some(out) = &self.keys_out
            && out.exists()
        {
            return Err(Failure::refused(format!(
                "--keys-out: {} exists already and is not written over",
                out.display()
            )));
        }
        Import::begin(Sheet::Devices, self.file, self.keys_out, config).await
    }
}

impl File {
    /// A sheet that is to be written without asking.
    pub(super) fn confirmed(file: PathBuf) -> Self {
        Self { file, yes: true }
    }

    /// Imports a sheet of this kind.
    pub async fn run(self, sheet: Sheet, config: Option<&Path>) -> Result<Exit, Failure> {
        Import::begin(sheet, self, None, config).await
    }

    /// Imports whichever sheet of people the header is of.
    pub async fn run_recognised(self, config: Option<&Path>) -> Result<Exit, Failure> {
        use Sheet::{Areas, Chains, Contacts, Elders, Responders};
        let bytes = read(&self.file)?;
        match Sheet::recognise(&bytes) {
            Some(sheet @ (Areas | Elders | Contacts | Responders | Chains)) => {
                Import::begin(sheet, self, None, config).await
            }
            Some(other) => Err(Failure::refused(format!(
                "{}: this is a sheet of {other}; `import {other}` reads it",
                self.file.display()
            ))),
            None => Err(Failure::refused(format!(
                "{}: the header is that of no sheet; `import template elders` prints the header of one \
                 (also areas, contacts, responders, chains)",
                self.file.display()
            ))),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let length = std::fs::metadata(path)
        .map_err(|error| Failure::file(path, &error))?
        .len();
    if length > import::FILE_MAX_BYTES as u64 {
        return Err(Failure::refused(format!(
            "{}: {length} bytes, at most {} are taken; split the sheet",
            path.display(),
            import::FILE_MAX_BYTES
        )));
    }
    let bytes = std::fs::read(path).map_err(|error| Failure::file(path, &error))?;
    let read = file::read(&bytes, None).map_err(|why| Failure::refused(format!("{}: {why}", path.display())))?;
    Ok(read.csv)
}

/// One import under way.
struct Import {
    setup: Setup,
    sheet: Sheet,
    file: File,
    keys_out: Option<PathBuf>,
}

impl Import {
    async fn begin(
        sheet: Sheet,
        file: File,
        keys_out: Option<PathBuf>,
        config: Option<&Path>,
    ) -> Result<Exit, Failure> {
        let bytes = read(&file.file)?;
        let setup = Setup::open(config).await?;
        let import = Self {
            setup,
            sheet,
            file,
            keys_out,
        };
        let exit = import.run(bytes).await?;
        import.setup.store.close().await;
        Ok(exit)
    }

    async fn run(&self, bytes: Vec<u8>) -> Result<Exit, Failure> {
        let setup = &self.setup;
        let hours = setup.config.plan_set()?.utc_offset_hours;
        // Roads that cannot be read are told of where they are needed; people may be filed before them.
        let roads = read_roads(setup.config.roads.file.as_deref());
        let sheets = Sheets {
            store: setup.store.clone(),
            book: setup.areas().await?,
            zone: TimeZone::fixed(Offset::from_hours(hours).unwrap_or(Offset::UTC)),
            roads: roads.ok().and_then(|it| it.roads()?.bounds()),
            scope: None,
        };
        let prepared = sheets.look(self.sheet, bytes, setup.now()).await?;
        if !self.agreed(&prepared.report)? {
            return Ok(if prepared.is_clean() { Exit::Done } else { Exit::Refused });
        }
        setup.unlock().await?;
        let without = prepared.report.without_key.clone();
        let done = sheets.write(prepared, || setup.now()).await.map_err(|stopped| {
            let message = stopped.to_string();
            let mut failure = Failure::from(stopped.source);
            failure.message = message;
            failure
        })?;
        println!("{done} rows written");
        match &self.keys_out {
            Some(out) => self.give_keys(out, &without).await?,
            None if !without.is_empty() => println!(
                "{} devices have no key yet and cannot sign in: repeat with --keys-out FILE, or `device key CODE` for one",
                without.len()
            ),
            None => {}
        }
        Ok(Exit::Done)
    }

    /// Makes the keys, writes them where they are wanted, and only then tells the store: a key that nobody can read would
    /// be worse than none.
    async fn give_keys(&self, out: &Path, codes: &[String]) -> Result<(), Failure> {
        let mut text = String::from("device_code,device_id,key\n");
        let mut keys = Vec::with_capacity(codes.len());
        for code in codes {
            let (id, key) = (device_id(code), DeviceKey::make()?);
            let quoted = code.replace('"', "\"\"");
            text.push_str(&format!("\"{quoted}\",{id},{}\n", key.reveal()));
            keys.push((id, key));
        }
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(out)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
        written.map_err(|error| {
            let mut failure = Failure::file(out, &error);
            failure.message = format!("--keys-out: {}; the devices are filed, without keys", failure.message);
            failure
        })?;
        for some in keys.chunks(STEP) {
            self.setup
                .store
                .set_device_keys(some.to_vec(), self.setup.now())
                .await
                .map_err(|error| {
                    let mut failure = Failure::from(error);
                    failure.message = format!(
                        "{}; not every key of {} is in force: remove the file and repeat",
                        failure.message,
                        out.display()
                    );
                    failure
                })?;
        }
        println!(
            "{}: {} keys, mode 600; they are in no other place",
            out.display(),
            codes.len()
        );
        Ok(())
    }

    /// Prints what was read, and asks. `false`: nothing is to be written.
    fn agreed(&self, report: &Report) -> Result<bool, Failure> {
        let file = self.file.file.display();
        println!(
            "{file}: {} ({}), {} sound rows",
            self.sheet,
            self.sheet.zh(),
            report.rows
        );
        for it in report.warnings.iter().take(WARNINGS_SHOWN) {
            println!("warning: {}", sentence(it));
        }
        if report.warnings.len() > WARNINGS_SHOWN {
            println!(
                "warning: and {} more like these",
                report.warnings.len() - WARNINGS_SHOWN
            );
        }
        for it in &report.errors {
            println!("error: {}", sentence(it));
        }
        if !report.errors.is_empty() {
            let more = report.errors_left_out;
            if more > 0 {
                println!("error: and {more} more");
            }
            println!("{} errors: nothing was written", report.errors.len() + more);
            return Ok(false);
        }
        println!(
            "{} new, {} to update, {} unchanged",
            report.new, report.updated, report.unchanged
        );
        if self.file.yes {
            return Ok(true);
        }
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            println!("a dry run: nothing was written; repeat with --yes to write");
            return Ok(false);
        }
        print!("Write them? [y/N] ");
        let mut answer = String::new();
        std::io::stdout()
            .flush()
            .and_then(|()| stdin.lock().read_line(&mut answer))
            .map_err(|error| Failure::refused(format!("the terminal gave no answer: {error}")))?;
        let yes = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是");
        if !yes {
            println!("nothing was written");
        }
        Ok(yes)
    }
}

fn sentence(it: &RowError) -> String {
    let mut text = if it.line == 0 {
        "the file".to_owned()
    } else {
        format!("line {}", it.line)
    };
    if !it.column.is_empty() {
        text.push_str(&format!(", column {}", it.column));
    }
    if let Some(value) = &it.value {
        text.push_str(&format!(", `{value}`"));
    }
    format!("{text}: {}", it.message)
}
