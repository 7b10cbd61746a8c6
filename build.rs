//! The web clients, built when their sources are not those of the last build: `web/dist` holds what goes into the program.
//!
//! `SKIP_WEB=1` leaves them as they are. Without npm, or when its packages cannot be fetched, a page that says so stands in
//! their place and the rest of the service is built; a client that does not build stops the build.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

/// What a client is made of, under `web/`.
const SOURCES: &[&str] = &[
    "src",
    "public",
    "console",
    "admin",
    "care",
    "family",
    "elder",
    "wall",
    "scripts",
    "package.json",
    "package-lock.json",
    ".npmrc",
    "tsconfig.json",
    "vite.config.ts",
    "vite.sw.config.ts",
    "vite.family.config.ts",
];
/// The clients: each is a page that has its own folder.
const PAGES: &[&str] = &["console", "admin", "care", "family", "elder", "wall"];

fn main() {
    let web = Path::new("web");
    println!("cargo::rerun-if-env-changed=SKIP_WEB");
    for it in SOURCES.iter().map(|it| web.join(it)).filter(|it| it.exists()) {
        println!("cargo::rerun-if-changed={}", it.display());
    }
    println!("cargo::rerun-if-changed=web/dist/.stamp");
    let stamp = match built(web) {
        Ok(stamp) => stamp,
        Err(why) => {
            eprintln!("{why}\nThe web clients were not built. SKIP_WEB=1 builds the service without them.");
            std::process::exit(1);
        }
    };
    // The program is compiled anew when the files under `web/dist` are others.
    println!("cargo::rustc-env=WEB_STAMP={stamp}");
}

/// Makes `web/dist` and says which one it is.
fn built(web: &Path) -> Result<String, String> {
    let dist = web.join("dist");
    fs::create_dir_all(&dist).map_err(|error| named(&dist, &error))?;
    // Two builds at once (a check beside a test) do not write over each other's files.
    let lock = web.join("dist.lock");
    let lock = File::create(&lock)
        .and_then(|it| it.lock().map(|()| it))
        .map_err(|error| named(&lock, &error))?;
    let was = fs::read_to_string(dist.join(".stamp")).unwrap_or_default();
    if std::env::var_os("SKIP_WEB").is_some_and(|it| !it.is_empty() && it != "0") {
        // Pages without a stamp were built by hand (`npm run build`), and stay.
        return if pages(web).any(|it| dist.join(it).join("index.html").exists()) {
            // Without the file that cargo looks for, each command would compile the program anew.
            stamp(&dist, &was)?;
            Ok(was)
        } else {
            placeholder(web, &dist, "SKIP_WEB was set")
        };
    }
    let hash = hash_of(web)?;
    if was == hash {
        return Ok(was);
    }
    if !has_npm() {
        warn(
            "npm was not found: the web clients are left out. Install Node 20 or newer with npm (Debian: nodejs npm) and build again.",
        );
        return placeholder(web, &dist, "npm was not found when this program was built");
    }
    if !is_installed(web) {
        let done = npm(web, &["ci", "--no-progress"])?;
        if !done.status.success() {
            warn(&format!(
                "npm ci failed, the web clients are left out: {}",
                last_line(&done)
            ));
            return placeholder(
                web,
                &dist,
                "the packages of the web clients could not be fetched when this program was built",
            );
        }
    }
    let done = npm(web, &["run", "build"])?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned());
    }
    stamp(&dist, &hash)?;
    drop(lock);
    Ok(hash)
}

fn warn(text: &str) {
    println!("cargo::warning={text}");
}

fn named(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// Content, not times: a clone has the time of its making on every file.
fn hash_of(web: &Path) -> Result<String, String> {
    let mut files = BTreeSet::new();
    for it in SOURCES {
        collect(&web.join(it), &mut files).map_err(|error| named(&web.join(it), &error))?;
    }
    let mut hash = Sha256::new();
    for file in files {
        let content = fs::read(&file).map_err(|error| named(&file, &error))?;
        hash.update(file.to_string_lossy().as_bytes());
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(&content);
    }
    Ok(hash.finalize().iter().map(|it| format!("{it:02x}")).collect())
}

fn collect(path: &Path, files: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        for it in fs::read_dir(path)? {
            collect(&it?.path(), files)?;
        }
    } else if path.exists() {
        files.insert(path.to_owned());
    }
    Ok(())
}

fn has_npm() -> bool {
    let asked = |program: &str| {
        Command::new(program)
            .arg("--version")
            .output()
            .is_ok_and(|it| it.status.success())
    };
    asked("node") && asked("npm")
}

/// npm writes its own list last; an older one than the lock file is of other packages.
fn is_installed(web: &Path) -> bool {
    let time = |it: &str| fs::metadata(web.join(it)).and_then(|it| it.modified()).ok();
    match (time("node_modules/.package-lock.json"), time("package-lock.json")) {
        (Some(installed), Some(locked)) => installed >= locked,
        _ => false,
    }
}

fn npm(web: &Path, arguments: &[&str]) -> Result<Output, String> {
    let mut command = Command::new("npm");
    command
        .args(arguments)
        .current_dir(web)
        .output()
        .map_err(|error| format!("npm: {error}"))
}

fn last_line(done: &Output) -> String {
    let text = String::from_utf8_lossy(&done.stderr).into_owned();
    text.lines()
        .rev()
        .find(|it| it.contains("error"))
        .unwrap_or_default()
        .to_owned()
}

fn pages(web: &Path) -> impl Iterator<Item = &'static str> {
    PAGES
        .iter()
        .copied()
        .filter(move |it| web.join(it).join("index.html").exists())
}

/// A page that says why it is not the client.
fn placeholder(web: &Path, dist: &Path, why: &str) -> Result<String, String> {
    for page in pages(web) {
        let folder = dist.join(page);
        let text = format!(
            "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>慧养应急调度</title></head>\n<body>\
             <h1>此程序未包含网页客户端</h1>\n<p lang=\"en\">This program was built without its web clients: {why}. The API, the \
             live socket and <code>eldercare-dispatch watch</code> work.</p></body></html>\n"
        );
        fs::create_dir_all(&folder).map_err(|error| named(&folder, &error))?;
        // What an earlier build has compressed would be served instead.
        for old in ["index.html.br", "index.html.gz"] {
            let _ = fs::remove_file(folder.join(old));
        }
        fs::write(folder.join("index.html"), text).map_err(|error| named(&folder, &error))?;
    }
    stamp(dist, "placeholder")?;
    Ok("placeholder".to_owned())
}

/// Written last. Its time is made old: cargo would take a file that this run has written for a change since this run.
fn stamp(dist: &Path, hash: &str) -> Result<(), String> {
    let path = dist.join(".stamp");
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::write(&path, hash)
        .and_then(|()| File::options().write(true).open(&path)?.set_modified(old))
        .map_err(|error| named(&path, &error))
}
