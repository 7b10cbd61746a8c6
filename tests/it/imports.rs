//! Setting a street up from its sheets over HTTP: nothing is written before it is agreed to, each wrong cell is named, nobody changes
//! another street's register; and the file of one elder, edited over the version that was seen.

use actix_web::http::Method;
use eldercare_dispatch::ids::ElderId;
use eldercare_dispatch::people::elder_id;
use eldercare_dispatch::store::ElderQuery;
use serde_json::{Value, json};

use crate::api_town::{Answer, Town, elder_0};
use crate::harness::both_stores;
use crate::harness::street::{GRID, elder_of};

fn coded(text: &str) -> String {
    text.bytes()
        .map(|it| match it {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(it).to_string(),
            it => format!("%{it:02X}"),
        })
        .collect()
}

async fn bring(town: &Town, account: &str, query: &str, file: impl Into<Vec<u8>>) -> Answer {
    let bearer = format!("Bearer {}", town.token(account).await);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/octet-stream"),
    ];
    town.raw(Method::POST, &format!("/api/v1/imports{query}"), &headers, file)
        .await
}

async fn edit(town: &Town, account: &str, id: ElderId, version: &str, file: &Value) -> Answer {
    let bearer = format!("Bearer {}", town.token(account).await);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("if-match", version),
    ];
    town.raw(
        Method::PUT,
        &format!("/api/v1/elders/{id}/file"),
        &headers,
        file.to_string(),
    )
    .await
}

async fn on_file(town: &Town) -> usize {
    let store = &town.test.app.store;
    let book = store.area_book(jiff::civil::date(2026, 6, 1)).await.unwrap();
    store
        .all_elders(ElderQuery::default(), &book)
        .await
        .unwrap()
        .items
        .len()
}

fn elders(rows: &[&str]) -> String {
    format!(
        "老人编号,姓名,网格编码,地址,纬度,经度,坐标系,需求类别,身份证号\n{}\n",
        rows.join("\n")
    )
}

/// The cells of an answer's errors: cell, column, and whether a value is shown.
fn cells(answer: &Value) -> Vec<(String, String)> {
    let list = answer["errors"].as_array().unwrap().iter();
    list.map(|it| {
        let text = |key: &str| it[key].as_str().unwrap_or("").to_owned();
        (text("cell"), text("column"))
    })
    .collect()
}

both_stores! {
    async fn a_sheet_is_looked_at_and_written_only_when_it_is_agreed_to(db: Database) {
        let town = Town::start(db).await;
        let before = on_file(&town).await;
        let sheet = elders(&[
            &format!("N1,张桂芳,{GRID},泉州路9号,39.381,117.061,wgs84,独居,"),
            &format!("N2,王建国,{GRID},泉州路10号,39.382,117.061,wgs84,普通,"),
            &format!("E0,老人零,{GRID},泉州路0号,39.38,117.06,wgs84,高风险,"),
        ]);
        // As Excel saves it in Chinese; nobody said which sheet it is.
        let gbk = encoding_rs::GBK.encode(&sheet).0.into_owned();
        let looked = bring(&town, "leader", "", gbk.clone()).await.ok();
        assert_eq!(
            (&looked["sheet"], &looked["written_as"], &looked["rows"], &looked["new"], &looked["updated"], &looked["error_count"]),
            (&json!("elders"), &json!("gbk"), &json!(3), &json!(2), &json!(1), &json!(0)), "{looked}"
        );
        assert_eq!(looked.get("written"), None);
        assert_eq!(on_file(&town).await, before, "a look writes nothing");
        let digest = looked["digest"].as_str().unwrap();
        // Another file than the one that was looked at.
        let other = elders(&[&format!("N1,张桂芳,{GRID},泉州路9号,39.381,117.061,wgs84,高风险,")]);
        assert_eq!(bring(&town, "leader", &format!("?write={digest}"), other).await.problem(), (409, "other_file"));
        assert_eq!(on_file(&town).await, before);
        let written = bring(&town, "leader", &format!("?write={digest}"), gbk.clone()).await.ok();
        assert_eq!(written["written"], json!(3));
        assert_eq!(on_file(&town).await, before + 2);
        // At once in the picture, and in the log with who it was.
        let found = town.get("desk", "/api/v1/elders?q=N1").await.ok();
        assert_eq!(found["items"][0]["name"], json!("张桂芳"));
        let log = town.get("leader", "/api/v1/imports").await.ok();
        assert_eq!((&log["items"][0]["what"], &log["items"][0]["after"]["new"]), (&json!("elders"), &json!(2)));
        assert_eq!(town.get("far_leader", "/api/v1/imports").await.ok()["items"], json!([]), "another street's");
        // Read again it is the same people.
        let again = bring(&town, "leader", &format!("?write={digest}"), gbk).await.ok();
        assert_eq!((&again["new"], &again["updated"]), (&json!(0), &json!(3)));
        assert_eq!(on_file(&town).await, before + 2);
        for account in ["desk", "g1", "auditor"] {
            assert_eq!(bring(&town, account, "", sheet.clone()).await.status, 403, "{account}");
        }
    }

    async fn each_wrong_cell_is_named_and_with_one_nothing_is_written(db: Database) {
        let town = Town::start(db).await;
        let before = on_file(&town).await;
        let sheet = elders(&[
            &format!("N1,张桂芳,{GRID},泉州路9号,39.381,117.061,wgs84,独居,120114194103080013"),
            &format!(",王建国,{GRID},泉州路10号,39.382,,wgs84,孤独,"),
            &format!("N5,李四,{GRID},泉州路11号,,,,普通,"),
            &format!("N5,李四,{GRID},泉州路11号,,,,普通,"),
        ]);
        let looked = bring(&town, "leader", "?sheet=elders", sheet.clone()).await.ok();
        let mut found = cells(&looked);
        found.sort();
        let wanted = [("A3", "elder_code"), ("A5", "elder_code"), ("H3", "needs"), ("I2", "identity")];
        for (cell, column) in wanted {
            assert!(found.contains(&(cell.to_owned(), column.to_owned())), "{cell} {column}: {found:?}");
        }
        assert!(!looked.to_string().contains("120114194103080013"), "a sealed value is in no answer");
        let digest = looked["digest"].as_str().unwrap().to_owned();
        let written = bring(&town, "leader", &format!("?sheet=elders&write={digest}"), sheet).await.ok();
        assert_eq!((written.get("written"), on_file(&town).await), (None, before));
        for (file, code) in [(vec![], "file_empty"), (vec![0xd0, 0xcf, 0x11, 0xe0], "file_xls"), (b"PK\x03\x04no".to_vec(), "file_unreadable"), (vec![0xff, 0xff, 0x80], "file_not_text")] {
            assert_eq!(bring(&town, "leader", "", file).await.problem(), (422, code));
        }
        assert_eq!(bring(&town, "leader", "?sheet=cats", "a,b").await.body["errors"][0]["field"], json!("sheet"));
        assert_eq!(bring(&town, "leader", "?names=x", "a,b").await.body["errors"][0]["field"], json!("names"));
        assert_eq!(bring(&town, "leader", "", "猫,狗\n1,2\n").await.ok().get("sheet"), None, "the header of no sheet");
    }

    async fn columns_in_the_offices_own_words_are_told_apart(db: Database) {
        let town = Town::start(db).await;
        let sheet = format!("编号,户主姓名,网格编码,住址,类别,备注\nN7,赵六,{GRID},光明道7号,独居,不导入\n");
        let looked = bring(&town, "leader", "?sheet=elders", sheet.clone()).await.ok();
        assert!(looked["error_count"].as_u64().unwrap() > 0);
        let names = json!({"编号": "elder_code", "户主姓名": "name", "住址": "address", "类别": "needs", "备注": null}).to_string();
        let query = format!("?sheet=elders&names={}", coded(&names));
        let looked = bring(&town, "leader", &query, sheet.clone()).await.ok();
        assert_eq!((&looked["error_count"], &looked["new"]), (&json!(0), &json!(1)), "{looked}");
        assert_eq!((&looked["columns"][1]["header"], &looked["columns"][1]["column"], &looked["columns"][1]["letters"]), (&json!("户主姓名"), &json!("name"), &json!("B")));
        assert_eq!(looked["warnings"][0]["column"], json!("lat"));
        let digest = looked["digest"].as_str().unwrap();
        // The same file, otherwise read, is another one.
        assert_eq!(bring(&town, "leader", &format!("?sheet=elders&write={digest}"), sheet.clone()).await.problem(), (409, "other_file"));
        bring(&town, "leader", &format!("{query}&write={digest}"), sheet).await.ok();
        assert_eq!(town.get("desk", "/api/v1/elders?q=N7").await.ok()["items"][0]["address"], json!("光明道7号"));
    }

    async fn nobody_brings_in_another_streets_register(db: Database) {
        let town = Town::start(db).await;
        let mine = elders(&[&format!("N1,张桂芳,{GRID},泉州路9号,,,,独居,")]);
        let looked = bring(&town, "far_leader", "?sheet=elders", mine).await.ok();
        assert_eq!(cells(&looked), [("C2".to_owned(), "grid_code".to_owned())]);
        let responders = format!("响应人编号,姓名,类别,出行方式,辖区编码\nG1,改名,网格员,步行,{GRID}\n");
        let looked = bring(&town, "far_leader", "?sheet=responders", responders).await.ok();
        let found = cells(&looked);
        assert!(!found.is_empty() && found.iter().all(|it| ["A2", "E2"].contains(&it.0.as_str())), "{looked}");
        let contacts = "联系人编号,老人编号,姓名,关系,呼叫顺序\nC1,E0,张三,子女,1\n";
        let looked = bring(&town, "far_leader", "?sheet=contacts", contacts).await.ok();
        assert_eq!(cells(&looked), [("B2".to_owned(), "elder_code".to_owned())], "{looked}");
        let chains = format!("网格编码,网格员\n{GRID},G1\n");
        let looked = bring(&town, "far_leader", "?sheet=chains", chains.clone()).await.ok();
        assert_eq!(cells(&looked), [("A2".to_owned(), "grid_code".to_owned())], "{looked}");
        assert_eq!(bring(&town, "leader", "?sheet=chains", chains).await.ok()["error_count"], json!(0));
        let stations = format!("站点编号,站点类型,名称,地址,区划编码\nS1,老人食堂,食堂,光明道1号,{GRID}\n");
        assert_eq!(cells(&bring(&town, "far_leader", "?sheet=stations", stations).await.ok()), [("E2".to_owned(), "area_code".to_owned())]);
        let duty = "响应人编号,日期,开始,结束\nG1,2026-06-01,08:00,18:00\n";
        assert_eq!(cells(&bring(&town, "far_leader", "?sheet=duty", duty).await.ok()), [("A2".to_owned(), "responder_code".to_owned())]);
        let devices = "设备编号,设备类型,老人编号,可通话\nD-9,紧急按钮,E0,是\n";
        assert_eq!(cells(&bring(&town, "far_leader", "?sheet=devices", devices).await.ok()), [("C2".to_owned(), "elder_code".to_owned())]);
        let areas = "区划编码,名称\n120114001,改名街道\n";
        assert_eq!(cells(&bring(&town, "far_leader", "?sheet=areas", areas).await.ok()), [("A2".to_owned(), "area_code".to_owned())]);
    }

    async fn the_same_name_at_the_same_door_is_a_warning(db: Database) {
        let town = Town::start(db).await;
        let sheet = elders(&[
            &format!("N1,老人0,{GRID},泉州路0号,39.381,117.061,wgs84,独居,"),
            &format!("N2,马六,{GRID},光明道2号,39.381,117.061,wgs84,独居,"),
            &format!("N3,马六,{GRID},光明道2号,39.381,117.061,wgs84,独居,"),
        ]);
        let looked = bring(&town, "leader", "", sheet).await.ok();
        let told: Vec<(Value, Value)> = looked["warnings"].as_array().unwrap().iter().map(|it| (it["cell"].clone(), it["message"].clone())).collect();
        assert_eq!(told, [
            (json!("B2"), json!("perhaps the same person as E0: same name, same address")),
            (json!("B4"), json!("perhaps the same person as N2: same name, same address")),
        ]);
        assert_eq!(looked["error_count"], json!(0));
    }

    async fn an_elders_file_is_edited_over_the_version_that_was_seen(db: Database) {
        let town = Town::start(db).await;
        let (id, path) = (elder_0(), format!("/api/v1/elders/{}/file", elder_0()));
        let seen = town.get("leader", &path).await;
        let version = seen.headers.get("etag").unwrap().to_str().unwrap().to_owned();
        let mut file = seen.body["file"].clone();
        file["address"] = json!("光明道8号");
        file["needs"] = json!(["high_risk", "medical"]);
        file["lift_helpers"] = json!(2);
        file["lat"] = json!(39.39);
        town.test.advance(1);
        let edited = edit(&town, "leader", id, &version, &file).await;
        assert_eq!(edited.status, 200, "{}", edited.text);
        assert_eq!(edited.body["file"]["needs"], json!(["high_risk", "medical"]));
        assert_eq!(edit(&town, "leader", id, &version, &file).await.problem(), (412, "changed_meanwhile"));
        // At once for the desk; the home moved with the elder who lives there alone.
        let shown = town.get("desk", &format!("/api/v1/elders/{id}")).await.ok();
        assert_eq!((&shown["address"], &shown["lift_helpers"]), (&json!("光明道8号"), &json!(2)));
        let home = town.test.app.picture.household(eldercare_dispatch::people::household_id("H0")).unwrap();
        assert_eq!(home.0.address, "光明道8号");
        // Who has changed what; what would outlive an erasure only by its word.
        let log = town.get("admin", &format!("{path}/log")).await.ok();
        let after = &log["items"][0]["after"];
        assert_eq!((&after["needs"], &after["address"], &after["lat"]), (&json!(["high_risk", "medical"]), &json!("…"), &json!("…")));
        assert!(!log.to_string().contains("光明道"), "{log}");
        let version = edited.headers.get("etag").unwrap().to_str().unwrap().to_owned();
        for (field, value) in [
            ("needs", json!([])), ("needs", json!(["away", "medical"])), ("name", json!("")), ("lift_helpers", json!(9)),
            ("lon", Value::Null), ("lat", json!(99.0)), ("born", json!("2200-01-01")),
        ] {
            let mut spoilt = file.clone();
            spoilt[field] = value;
            let answer = edit(&town, "leader", id, &version, &spoilt).await;
            assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (422, &json!(field)), "{}", answer.text);
        }
        assert_eq!(edit(&town, "desk", id, &version, &file).await.status, 403);
        assert_eq!(edit(&town, "far_leader", id, &version, &file).await.status, 404);
        assert_eq!(elder_of(0), elder_id("E0"));
        assert!(!town.get("desk", &path).await.text.contains("identity_number"));
    }

    async fn whoever_shares_a_home_does_not_move_alone(db: Database) {
        let town = Town::start(db).await;
        let both = format!("老人编号,姓名,户编号,网格编码,地址,需求类别\nP1,甲,HH,{GRID},光明道3号,普通\nP2,乙,HH,{GRID},光明道3号,普通\n");
        let looked = bring(&town, "leader", "", both.clone()).await.ok();
        let digest = looked["digest"].as_str().unwrap();
        bring(&town, "leader", &format!("?write={digest}"), both).await.ok();
        let id = elder_id("P1");
        let seen = town.get("leader", &format!("/api/v1/elders/{id}/file")).await;
        assert_eq!(seen.body["household_members"], json!(2));
        let version = seen.headers.get("etag").unwrap().to_str().unwrap().to_owned();
        let mut file = seen.body["file"].clone();
        file["address"] = json!("别处");
        let answer = edit(&town, "leader", id, &version, &file).await;
        assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (422, &json!("address")), "{}", answer.text);
        file["address"] = json!("光明道3号");
        file["name"] = json!("甲改");
        edit(&town, "leader", id, &version, &file).await.ok();
    }

    async fn the_areas_of_the_caller_are_named(db: Database) {
        let town = Town::start(db).await;
        let areas = town.get("leader", "/api/v1/areas").await.ok();
        let own: Vec<&str> = areas["items"].as_array().unwrap().iter().filter(|it| it["own"] == json!(true)).map(|it| it["code"].as_str().unwrap()).collect();
        assert!(own.contains(&"120114001") && own.contains(&GRID) && !own.contains(&"120114002"), "{areas}");
        assert_eq!(areas["items"][0]["own"], json!(false), "the district above it is named, and not theirs: {areas}");
    }

    async fn the_rota_of_a_week_shows_those_who_work_here(db: Database) {
        let town = Town::start(db).await;
        let duty = "响应人编号,日期,开始,结束\nG1,2026-06-02,08:00,18:00\nG2,2026-06-02,20:00,08:00\n";
        let looked = bring(&town, "leader", "?sheet=duty", duty).await.ok();
        let digest = looked["digest"].as_str().unwrap();
        bring(&town, "leader", &format!("?sheet=duty&write={digest}"), duty).await.ok();
        let week = town.get("leader", "/api/v1/duty/shifts?from=2026-06-01&days=7").await.ok();
        assert_eq!((week["items"].as_array().unwrap().len(), &week["items"][0]["from"]), (2, &json!("2026-06-02T00:00:00Z")), "{week}");
        assert_eq!(town.get("leader", "/api/v1/duty/shifts?from=2026-06-04").await.ok()["items"], json!([]));
        assert_eq!(town.get("far_leader", "/api/v1/duty/shifts?from=2026-06-01").await.ok()["items"], json!([]), "another street's");
        assert_eq!(town.get("leader", "/api/v1/duty/shifts?days=32").await.body["errors"][0]["field"], json!("days"));
    }
}
