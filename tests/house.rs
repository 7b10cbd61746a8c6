//! The house: which room may know which. A new room without a rule fails here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Room, rooms of ours that it may import, crates that it has no business with.
const ROOMS: &[(&str, &[&str], &[&str])] = &[
    ("ids", &[], OUTSIDE),
    ("clock", &[], &["sea_orm", "actix_web", "reqwest"]),
    ("circle", &["ids"], OUTSIDE),
    ("chart", &["circle"], OUTSIDE),
    ("people", &["circle", "ids"], OUTSIDE),
    ("cap", &["people", "circle"], OUTSIDE),
    ("signature", &[], OUTSIDE),
    ("case", &["people", "circle", "ids"], OUTSIDE),
    (
        "store",
        &["case", "people", "circle", "ids", "clock"],
        &["actix_web", "actix_ws", "reqwest"],
    ),
    (
        "dispatch",
        &["case", "people", "circle", "cap", "store", "clock", "ids"],
        &["sea_orm", "actix_web", "actix_ws", "reqwest"],
    ),
    (
        "intake",
        &[
            "case",
            "people",
            "circle",
            "cap",
            "signature",
            "dispatch",
            "clock",
            "ids",
            "api",
            "app",
        ],
        &["sea_orm"],
    ),
    (
        "notify",
        &[
            "case",
            "people",
            "circle",
            "cap",
            "signature",
            "store",
            "clock",
            "ids",
            "dispatch",
            "app",
        ],
        &["sea_orm"],
    ),
    (
        "phone",
        &["case", "people", "store", "clock", "ids", "dispatch", "notify"],
        &["sea_orm", "actix_web", "actix_ws"],
    ),
    (
        "live",
        &["case", "people", "store", "clock", "ids", "dispatch", "app"],
        &["sea_orm", "reqwest"],
    ),
    (
        "link",
        &["case", "people", "store", "clock", "ids", "dispatch", "live"],
        &["sea_orm", "reqwest"],
    ),
    (
        "api",
        &[
            "case",
            "people",
            "circle",
            "chart",
            "signature",
            "dispatch",
            "store",
            "link",
            "live",
            "intake",
            "phone",
            "clock",
            "ids",
            "app",
        ],
        &["sea_orm", "reqwest"],
    ),
    (
        "watch",
        &["clock", "ids", "live", "api", "case"],
        &["sea_orm", "actix_web"],
    ),
    (
        "sim",
        &[
            "case", "people", "circle", "dispatch", "store", "clock", "ids", "app", "api",
        ],
        &["sea_orm", "actix_web"],
    ),
    (
        "cli",
        &[
            "case", "people", "circle", "chart", "dispatch", "store", "api", "live", "notify", "intake", "watch",
            "sim", "clock", "ids", "app",
        ],
        &["sea_orm"],
    ),
    (
        "app",
        &[
            "case", "people", "circle", "dispatch", "store", "api", "link", "live", "notify", "intake", "phone", "sim",
            "clock", "ids",
        ],
        &["sea_orm"],
    ),
];

/// What pure rooms do not know of.
const OUTSIDE: &[&str] = &[
    "tokio",
    "actix_web",
    "actix_ws",
    "sea_orm",
    "reqwest",
    "tracing",
    "metrics",
    "futures_util",
    "tokio_util",
    "getrandom",
];

fn sources(at: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if at.is_file() {
        return vec![at.to_path_buf()];
    }
    for entry in fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code of a file without its tests and comments: rules beside the code may use what they like.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end]
        .lines()
        .filter(|it| !it.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_test(path: &Path) -> bool {
    path.components().any(|it| it.as_os_str() == "tests")
        || path
            .file_stem()
            .and_then(|it| it.to_str())
            .is_some_and(|it| it.ends_with("tests") || it == "samples")
}

/// Every word that follows `crate::`, also inside `use crate::{a::b, c}`.
fn rooms_named(text: &str) -> BTreeSet<String> {
    let word = |text: &str| {
        text.chars()
            .take_while(|it| it.is_alphanumeric() || *it == '_')
            .collect::<String>()
    };
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with('$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (at, letter) in list.char_indices() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    it if start && depth == 0 && it.is_alphabetic() => {
                        found.insert(word(&list[at..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            found.insert(word(rest));
        }
    }
    found.retain(|it| !it.is_empty());
    found
}

#[test]
fn each_room_imports_what_it_may_and_nothing_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = fs::read_to_string(root.join("lib.rs")).unwrap();
    let rooms: BTreeSet<&str> = lib
        .lines()
        .filter_map(|it| it.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let mut wrong = Vec::new();
    for room in &rooms {
        let Some((_, may, never)) = ROOMS.iter().find(|it| it.0 == *room) else {
            wrong.push(format!("{room}: has no rule in this table"));
            continue;
        };
        let folder = root.join(room);
        let at = if folder.is_dir() {
            folder
        } else {
            root.join(format!("{room}.rs"))
        };
        for path in sources(&at).into_iter().filter(|it| !is_test(it)) {
            let text = code(&path);
            let shown = path.strip_prefix(&root).unwrap().display().to_string();
            for other in rooms_named(&text) {
                let known = rooms.contains(other.as_str()) && other != *room;
                if known && !may.contains(&other.as_str()) {
                    wrong.push(format!("{shown}: {room} may not import {other}"));
                }
            }
            for it in *never {
                if text.contains(&format!("{it}::")) || text.contains(&format!("use {it}")) {
                    wrong.push(format!("{shown}: {room} has no business with {it}"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_guard_sees_what_it_must_see() {
    let text = "use crate::case::Case; use crate::{store::{Store, cases::Done}, people}; let it = crate::api::serve;";
    let found: Vec<String> = rooms_named(text).into_iter().collect();
    assert_eq!(found, ["api", "case", "people", "store"]);
}

/// The names under which a file's types stand in the contract.
fn shapes(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut shown = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[derive(") {
            shown = line.contains("ToSchema");
        }
        let item = line.trim_start_matches("pub(super) ").trim_start_matches("pub ");
        let name = item.strip_prefix("struct ").or_else(|| item.strip_prefix("enum "));
        if let Some(name) = name {
            if shown {
                let end = name.find(|it: char| !it.is_alphanumeric()).unwrap_or(name.len());
                found.push(name[..end].to_owned());
            }
            shown = false;
        }
    }
    found
}

/// Trap: of two types with one name the contract holds one, and clients are told that the other looks the same.
#[test]
fn no_two_shapes_of_the_contract_have_one_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = BTreeSet::new();
    let mut twice = Vec::new();
    for path in sources(&root) {
        for name in shapes(&fs::read_to_string(&path).unwrap()) {
            if !all.insert(name.clone()) {
                twice.push(format!("{name} in {}", path.display()));
            }
        }
    }
    assert!(all.len() > 100, "{} shapes were found", all.len());
    assert_eq!(twice, Vec::<String>::new());
}
