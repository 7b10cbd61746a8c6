//! The program itself, run as an operator runs it, on both stores.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use eldercare_dispatch::store::Engine;
use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;

use eldercare_dispatch::people::Need;

use crate::harness::{Database, both_stores, street};

/// A folder with a configuration for one database.
pub struct Office {
    pub folder: TempDir,
    db: Database,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Ended with this code; answers itself.
    #[track_caller]
    pub fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    pub fn says(&self, words: &[&str]) {
        for word in words {
            assert!(
                self.out.contains(word) || self.err.contains(word),
                "`{word}` in {self:#?}"
            );
        }
    }
}

impl Office {
    pub fn new(db: Database) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        db.blank();
        let office = Self { folder, db };
        office.configure("");
        office
    }

    pub fn configure(&self, more: &str) {
        let text = format!(
            "{more}\n[store]\nurl = {:?}\nrequire_durable = {}\n[keys]\nmaster_file = \"keys/master.key\"\ntoken_file = \"keys/token.key\"\n",
            self.db.config.url, self.db.config.require_durable
        );
        std::fs::write(self.path("ecd.toml"), text).expect("a configuration");
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[], "")
    }

    pub fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)], stdin: &str) -> Ended {
        let mut child = program(self.folder.path())
            .args(arguments)
            .args(["--config", "ecd.toml"])
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        // A program that refuses before it reads has closed the pipe.
        let _ = child.stdin.take().expect("a pipe").write_all(stdin.as_bytes());
        let output = child.wait_with_output().expect("the program's end");
        Ended {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

/// The program under test, in `folder`, with nothing of this machine's settings.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eldercare-dispatch"));
    command.current_dir(folder).env_clear();
    command
}

const AREAS: &str =
    "area_code,name\n120114,武清区\n120114001,杨村街道\n120114001001,一街社区\n120114001001001,一网格\n";
const ELDERS: &str = "elder_code,name,grid_code,address,lat,lon,crs,needs,phones,door_code\n\
    E1,王淑兰,120114001001001,一街1号楼101,39.381,117.051,wgs84,living_alone,13900000001,4711\n\
    E2,李德海,120114001001001,一街1号楼102,39.382,117.052,wgs84,general,13900000002,\n";
const DEVICES: &str = "device_code,kind,elder_code,voice_path\nD1,sos_button,E1,yes\nD2,smoke,E2,no\n";

/// Two streets that meet.
pub const OSM: &str = r#"<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="39.380" lon="117.050"/><node id="2" lat="39.381" lon="117.051"/><node id="3" lat="39.382" lon="117.050"/>
<node id="4" lat="39.381" lon="117.055"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="11"><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/></way>
</osm>"#;

both_stores! {
    async fn tables_are_made_once_and_asked_for_before(db: Database) {
        let office = Office::new(db);
        office.run(&["user", "list"]).with(4).says(&["run `eldercare-dispatch migrate`"]);
        office.run(&["migrate"]).with(0).says(&["steps applied"]);
        office.run(&["migrate"]).with(0).says(&["nothing to do"]);
        office.run(&["check"]).with(0).says(&["0 cases", "nothing found"]);
    }

    async fn the_first_administrator_is_made_on_an_empty_store(db: Database) {
        let office = Office::new(db);
        office.run(&["migrate"]).with(0);
        office.run(&["user", "list"]).with(0).says(&["user add NAME --role admin"]);
        let made = office.run(&["user", "add", "Zhang", "--role", "admin", "--json"]).with(0).json();
        assert_eq!(made["username"], "zhang");
        assert_eq!(made["password"].as_str().unwrap().len(), 20);
        office.run(&["user", "add", "ZHANG", "--role", "admin"]).with(1).says(&["an account zhang already"]);

        let given = |stdin| office.run_with(&["user", "add", "li", "--role", "dispatcher", "--area", "120114001", "--password-stdin"], &[], stdin);
        given("too short\n").with(1).says(&["--password-stdin", "at least 10"]);
        let added = given("long enough for anybody\n").with(0);
        assert!(!added.out.contains("long enough"), "{added:?}");
        office.run(&["user", "add", "wu", "--role", "dispatcher"]).with(1).says(&["--area"]);
        office.run(&["user", "add", "wu", "--role", "grid_worker"]).with(1).says(&["--responder"]);
        office.run(&["user", "add", "wu", "--role", "grid_worker", "--responder", "R9"]).with(1).says(&["no responder is filed under R9"]);
        office.run(&["user", "add", "wu", "--role", "device"]).with(2).says(&["--role"]);
        office.run(&["user", "add", "wu", "--role", "auditor", "--area", "12"]).with(2).says(&["--area"]);

        office.run(&["user", "passwd", "li"]).with(0).says(&["password  "]);
        office.run(&["user", "disable", "li"]).with(0);
        office.run(&["user", "list"]).with(0).says(&["li ", "disabled", "zhang"]);
        office.run(&["user", "enable", "li"]).with(0);
        office.run(&["user", "rights", "li", "--role", "auditor"]).with(0);
        office.run(&["user", "list"]).with(0).says(&["auditor", "120114001"]);
        office.run(&["user", "passwd", "nobody"]).with(1).says(&["no account nobody"]);

        let store = office.db.open().await;
        let (_, hash) = store.account_to_sign_in("zhang").await.unwrap().unwrap();
        assert!(hash.starts_with("$argon2id$"));
        store.close().await;
    }

    async fn a_sheet_with_an_error_writes_nothing_and_a_second_time_doubles_nothing(db: Database) {
        let office = Office::new(db);
        office.run(&["migrate"]).with(0);
        office.write("areas.csv", AREAS);
        office.write("elders.csv", ELDERS);
        office.write("bad.csv", &ELDERS.replace("39.382", "93.382").replace("general", "purple"));
        office.write("other.csv", "a,b\n1,2\n");

        office.run(&["import", "people", "areas.csv"]).with(0).says(&["4 new", "a dry run"]);
        office.run(&["import", "people", "elders.csv", "--yes"]).with(1).says(&["column grid_code", "nothing was written"]);
        assert!(!office.path("keys").exists(), "a dry run makes no keys");
        office.run(&["import", "people", "areas.csv", "--yes"]).with(0).says(&["4 rows written"]);
        office.run(&["import", "people", "areas.csv", "--yes"]).with(0).says(&["4 unchanged", "0 rows written"]);

        let refused = office.run(&["import", "elders", "bad.csv", "--yes"]).with(1);
        refused.says(&["line 3, column lat", "line 3, column needs, `purple`", "nothing was written"]);
        assert!(!refused.out.contains("13900000002"), "a phone is in no message: {refused:?}");
        office.run(&["import", "elders", "elders.csv"]).with(0).says(&["2 new"]);
        office.run(&["import", "people", "other.csv", "--yes"]).with(1).says(&["no sheet"]);
        office.run(&["import", "people", "absent.csv"]).with(1).says(&["absent.csv"]);

        office.run(&["import", "people", "elders.csv", "--yes"]).with(0).says(&["2 new", "2 rows written"]);
        office.run(&["import", "people", "elders.csv", "--yes"]).with(0).says(&["0 new, 2 to update", "2 rows written"]);

        // A sheet that leaves columns out leaves what is on file: position, telephone, door code.
        office.write("names.csv", "elder_code,name,grid_code,address,needs,health\nE1,王淑兰,120114001001001,一街2号楼101,living_alone,糖尿病\n");
        office.run(&["import", "elders", "names.csv", "--yes"]).with(0);
        let store = office.db.open().await;
        let master = eldercare_dispatch::store::MasterKey::from_file(&office.path("keys/master.key")).unwrap();
        store.unlock(master, crate::harness::at(0)).await.unwrap();
        let book = store.area_book(jiff::civil::date(2030, 1, 1)).await.unwrap();
        let all = store.all_elders(Default::default(), &book).await.unwrap().items;
        assert_eq!(all.len(), 2);
        let id = eldercare_dispatch::people::elder_id("E1");
        let elder = all.iter().find(|it| it.value.id == id).unwrap();
        assert_eq!(elder.value.address, "一街2号楼101");
        assert!(elder.value.home.is_some());
        let secrets = store.elder_secrets(id, &eldercare_dispatch::store::ElderField::ALL).await.unwrap().unwrap();
        assert_eq!(secrets.phones[0].reveal(), "13900000001");
        assert_eq!(secrets.access.door_code.unwrap().reveal(), "4711");
        assert_eq!(secrets.health.summary.unwrap().reveal(), "糖尿病");
        assert_eq!(store.all_households(&book).await.unwrap().items.len(), 2);
        store.close().await;
    }

    async fn devices_get_their_keys_once(db: Database) {
        let office = Office::new(db);
        office.run(&["migrate"]).with(0);
        office.write("areas.csv", AREAS);
        office.write("elders.csv", ELDERS);
        office.write("devices.csv", DEVICES);
        office.run(&["import", "areas", "areas.csv", "--yes"]).with(0);
        office.run(&["import", "elders", "elders.csv", "--yes"]).with(0);
        office.run(&["import", "people", "devices.csv"]).with(1).says(&["import devices"]);
        office.run(&["import", "devices", "devices.csv", "--yes"]).with(0).says(&["2 devices have no key yet"]);
        let given = office.run(&["import", "devices", "devices.csv", "--yes", "--keys-out", "keys.csv"]).with(0);
        given.says(&["0 new, 2 to update", "2 keys"]);
        let mode = std::fs::metadata(office.path("keys.csv")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let keys = std::fs::read_to_string(office.path("keys.csv")).unwrap();
        assert_eq!(keys.lines().count(), 3);
        assert!(!given.out.contains(keys.trim_end().rsplit(',').next().unwrap()), "keys are in the file only");
        office.run(&["import", "devices", "devices.csv", "--yes", "--keys-out", "keys.csv"]).with(1).says(&["--keys-out", "exists already"]);
        office.run(&["import", "devices", "devices.csv", "--yes", "--keys-out", "more.csv"]).with(0).says(&["0 keys"]);

        let added = office.run(&["device", "add", "D3", "--kind", "pendant", "--elder", "E1", "--voice", "--json"]).with(0).json();
        let first = added["key"].as_str().unwrap().to_owned();
        office.run(&["device", "add", "D3", "--kind", "pendant"]).with(1).says(&["device key D3"]);
        office.run(&["device", "add", "D4", "--kind", "pendant", "--elder", "E9"]).with(1).says(&["--elder", "E9"]);
        office.run(&["device", "add", "D4", "--kind", "rocket"]).with(2).says(&["--kind", "sos_button"]);
        office.run(&["device", "key", "D9"]).with(1).says(&["no device is filed under D9"]);
        let again = office.run(&["device", "key", "D3", "--json"]).with(0).json();
        assert_ne!(again["key"], first.as_str());

        let store = office.db.open().await;
        let master = eldercare_dispatch::store::MasterKey::from_file(&office.path("keys/master.key")).unwrap();
        let ring = store.unlock(master, crate::harness::at(0)).await.unwrap();
        let kept = store.device(eldercare_dispatch::people::device_id("D3")).await.unwrap().unwrap();
        let stored = kept.key_hash.unwrap();
        let fits = |text: &str| ring.is_device_key(&eldercare_dispatch::store::DeviceKey::parse(text).unwrap(), &stored);
        assert!(fits(again["key"].as_str().unwrap()) && !fits(&first));
        let filed = keys.lines().nth(1).unwrap().split(',').nth(2).unwrap();
        let one = store.device(eldercare_dispatch::people::device_id("D1")).await.unwrap().unwrap();
        let filed = eldercare_dispatch::store::DeviceKey::parse(filed).unwrap();
        assert!(ring.is_device_key(&filed, &one.key_hash.unwrap()));
        store.close().await;
    }

    async fn a_lost_master_key_is_never_made_anew(db: Database) {
        let office = Office::new(db);
        office.run(&["migrate"]).with(0);
        office.run(&["device", "add", "D1", "--kind", "sos_button"]).with(0);
        let master = office.path("keys/master.key");
        assert_eq!(std::fs::metadata(&master).unwrap().permissions().mode() & 0o777, 0o600);
        let kept = std::fs::read(&master).unwrap();
        std::fs::remove_file(&master).unwrap();
        office.run(&["device", "add", "D2", "--kind", "sos_button"]).with(3).says(&["keys.master_file", "no other key"]);
        assert!(!master.exists());
        std::fs::write(&master, "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=").unwrap();
        std::fs::set_permissions(&master, std::fs::Permissions::from_mode(0o600)).unwrap();
        office.run(&["device", "add", "D2", "--kind", "sos_button"]).with(3).says(&["keys.master_file", "not the one"]);
        std::fs::write(&master, kept).unwrap();
        std::fs::remove_file(office.path("keys/token.key")).unwrap();
        office.run(&["device", "add", "D2", "--kind", "sos_button"]).with(3).says(&["keys.token_file", "signs in again"]);
    }

    async fn a_changed_byte_of_an_event_is_found(db: Database) {
        let app = crate::harness::TestApp::start(db).await;
        app.fill(vec![street::elder(1, Need::LivingAlone)], vec![]).await;
        app.app.desk.report(street::alert(1, "sos", "1")).await.expect("an alert");
        let crate::harness::TestApp { app, db, .. } = app;
        app.stop().await;
        let office = Office::new(db);
        let clean = office.run(&["check", "--json"]).with(0).json();
        assert_eq!((&clean["cases"], &clean["streams"]), (&1.into(), &1.into()));

        let store = office.db.open().await;
        // One letter of the first event's text; the quotes stay where they are.
        let change = match store.engine() {
            Engine::Sqlite => "UPDATE case_event SET body = replace(body, 'sos', 'sas') WHERE version = 1",
            Engine::Postgres => "UPDATE case_event SET body = replace(body::text, 'sos', 'sas') WHERE version = 1",
        };
        assert_eq!(store.writer().execute_unprepared(change).await.unwrap().rows_affected(), 1);
        store.close().await;
        office.run(&["check"]).with(1).says(&["found: case_", "the chain breaks at event 1"]);
    }

    /// The last event of a case cut off, and everything that tells of it made to fit: no chain breaks, the root does.
    async fn a_log_that_was_cut_is_found_by_its_root(db: Database) {
        let app = crate::harness::TestApp::start(db).await;
        app.fill(vec![street::elder(1, Need::LivingAlone)], vec![]).await;
        let desk = app.app.desk.clone();
        let opened = desk.report(street::alert(1, "sos", "1")).await.expect("an alert");
        assert_eq!(desk.put_roots_due().await.unwrap(), 1, "one stream");
        assert_eq!(desk.put_roots_due().await.unwrap(), 0, "once a day");
        app.advance(24 * 3_600);
        desk.report(street::alert(1, "sos", "2")).await.expect("another alert");
        let before = app.app.store.case(opened.case).await.unwrap().unwrap();
        assert_eq!(desk.put_roots_due().await.unwrap(), 1);
        let roots = app.app.store.check().await.unwrap().roots;
        assert_eq!(roots.len(), 1);
        let crate::harness::TestApp { app, db, .. } = app;
        app.stop().await;
        let office = Office::new(db);
        let clean = office.run(&["check", "--json"]).with(0).json();
        assert_eq!(clean["roots"], serde_json::json!([roots[0].to_string()]));
        office.write("kept", &format!("2026-02-25T16:00:00Z INFO root {}\nanother line\n", roots[0]));
        office.run(&["check", "--roots", "kept"]).with(0).says(&["nothing found"]);
        // A log that was written anew from some event on, chain and heads with it, has another root.
        let other = roots[0].to_string();
        let (rest, last) = other.split_at(other.len() - 1);
        office.write("other", &format!("root {rest}{}\n", if last == "0" { "1" } else { "0" }));
        let what = format!("found: stream 120114001: the events up to {} are not those of the root", roots[0].number);
        office.run(&["check", "--roots", "other"]).with(1).says(&[&what]);
        office.write("none", "another line\n");
        office.run(&["check", "--roots", "none"]).with(1).says(&["none: there is no root in it"]);
        office.write("bad", "root 120114001 5 abc\n");
        office.run(&["check", "--roots", "bad"]).with(1).says(&["bad: line 1: no root"]);

        // Cuts the last event as somebody would who knows the tables: the case as it was, the head, the stream.
        let store = office.db.open().await;
        let id = match store.engine() {
            Engine::Sqlite => format!("x'{}'", before.case.id.as_uuid().simple()),
            Engine::Postgres => format!("'{}'", before.case.id.as_uuid()),
        };
        let run = async |sql: String| store.writer().execute_unprepared(&sql).await.expect("sql").rows_affected();
        let last = format!("(SELECT max(version) FROM case_event WHERE case_id = {id})");
        run(format!(
            "UPDATE stream SET head = head - (SELECT records FROM case_event WHERE case_id = {id} AND version = {last})"
        ))
        .await;
        assert_eq!(run(format!("DELETE FROM case_event WHERE case_id = {id} AND version = {last}")).await, 1);
        run(format!(
            "UPDATE cases SET version = (SELECT version + records - 1 FROM case_event WHERE case_id = {id} AND version = {last}), \
             head_hash = (SELECT hash FROM case_event WHERE case_id = {id} AND version = {last}) WHERE id = {id}"
        ))
        .await;
        store.close().await;
        let found = office.run(&["check"]).with(1);
        found.says(&["found: stream 120114001: a root over", "is missing"]);

        // Roots of the store that are cut as well do not help against those that were kept.
        let store = office.db.open().await;
        store.writer().execute_unprepared("DELETE FROM chain_root").await.expect("sql");
        store.close().await;
        office.run(&["check", "--roots", "kept"]).with(1).says(&["found: stream 120114001: a root over", "is missing"]);
    }

    async fn a_copy_that_was_put_back_begins_another_history(db: Database) {
        let office = Office::new(db);
        office.run(&["restored"]).with(4).says(&["run `eldercare-dispatch migrate`"]);
        office.run(&["migrate"]).with(0);
        let epoch = async || {
            let store = office.db.open().await;
            let epoch = store.epoch(uuid::Uuid::nil(), crate::harness::at(0)).await.unwrap();
            store.close().await;
            epoch
        };
        let before = epoch().await;
        assert_eq!(epoch().await, before);
        office.run(&["restored"]).with(0).says(&["another history begins"]);
        assert_ne!(epoch().await, before);
    }
}

#[tokio::test]
async fn every_mistake_of_a_configuration_is_told_at_once() {
    let office = Office::new(Database::sqlite().await);
    office.configure(
        "[desk]\nbatch_max = 0\n[http]\nlistn = 1\nworkers = 0\n[plans]\nset = \"no-such-set\"\n[rods]\nx = 1\n",
    );
    let ended = office.run_with(
        &["migrate"],
        &[("ECD_STORE_URL", "x"), ("ECD_STORE__READERS_MAX", "0")],
        "",
    );
    ended.with(3).says(&[
        "desk.batch_max",
        "http.listn",
        "plans.set",
        "rods: unknown section",
        "ECD_STORE_URL",
        "store.readers_max",
    ]);
    let ended = program(office.folder.path())
        .args(["migrate", "--config", "absent.toml"])
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("absent.toml"));
}

#[tokio::test]
async fn a_tiny_extract_becomes_a_roads_file() {
    let office = Office::new(Database::sqlite().await);
    office.write("town.osm", OSM);
    office.write("sea.osm", "<?xml version=\"1.0\"?><osm version=\"0.6\"></osm>");
    let done = office
        .run(&["import", "roads", "town.osm", "--out", "roads/town.ecd"])
        .with(0);
    done.says(&["2 ways", "[roads]", "roads/town.ecd"]);
    let bytes = std::fs::read(office.path("roads/town.ecd")).unwrap();
    assert!(eldercare_dispatch::circle::Roads::open(&bytes).is_ok());
    office
        .run(&["import", "roads", "sea.osm", "--out", "roads/town.ecd"])
        .with(1)
        .says(&["no road"]);
    assert_eq!(
        std::fs::read(office.path("roads/town.ecd")).unwrap(),
        bytes,
        "the old file stays"
    );
    office
        .run(&["import", "roads", "absent.osm"])
        .with(1)
        .says(&["absent.osm"]);
    assert_eq!(
        std::fs::read_dir(office.path("roads")).unwrap().count(),
        2,
        "the roads and what the map shows; no draft stays behind"
    );
}

#[tokio::test]
async fn the_examples_of_the_sheets_import_in_the_order_that_the_page_names() {
    let office = Office::new(Database::sqlite().await);
    office.run(&["migrate"]).with(0);
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/samples");
    for _ in 0..2 {
        for sheet in [
            "areas",
            "responders",
            "elders",
            "contacts",
            "chains",
            "devices",
            "stations",
            "duty",
        ] {
            let file = samples.join(format!("{sheet}.csv"));
            office.run(&["import", sheet, file.to_str().unwrap(), "--yes"]).with(0);
        }
    }
    let template = office.run(&["import", "template", "elders"]).with(0);
    template.says(&["elder_code,name"]);
}
