//! The month of a street: the figures are those of what was done, the workbook and the lines say the same, and nobody sees another street's.

use calamine::Reader as _;
use eldercare_dispatch::case::Outcome;
use serde_json::{Value, json};

use crate::api_town::Town;
use crate::elder_papers::close;
use crate::harness::both_stores;

/// Three calls of elder 0: one helped by G1 after nine minutes, one false, one for which nobody came; and an exercise.
async fn a_month(town: &Town) {
    let helped = town.press_and_offer().await; // forty seconds
    town.say_yes(helped, "g1", "G1").await.ok();
    town.test.advance(500);
    town.stand("g1", 5.0).await;
    town.post("g1", &format!("/api/v1/assignments/{helped}/arrive"), json!({}))
        .await
        .ok();
    close(town, helped, Outcome::Helped).await;
    town.test.advance(3_600);
    let nothing = town.press().await;
    town.post("desk", &format!("/api/v1/cases/{nothing}/take"), json!({}))
        .await
        .ok();
    town.test.advance(20);
    close(town, nothing, Outcome::FalseAlarm).await;
    town.test.advance(3_600);
    town.press().await;
    town.test.advance(1_000);
}

async fn month(town: &Town, account: &str, query: &str) -> Value {
    town.get(account, &format!("/api/v1/reports/month{query}")).await.ok()
}

both_stores! {
    async fn the_sheet_of_a_month_counts_what_was_done(db: Database) {
        let town = Town::start(db).await;
        a_month(&town).await;
        let it = month(&town, "leader", "").await;
        let total = &it["total"];
        assert_eq!((&total["calls"], &total["critical"]), (&json!(3), &json!(3)), "{it}");
        assert_eq!(total["answered"], json!({"part": 2, "of": 3}));
        assert_eq!(total["solved"], json!({"part": 2, "of": 3}));
        assert_eq!(total["in_time"], json!({"part": 1, "of": 2}), "one at the door, one for whom nobody came within 15 minutes");
        assert_eq!(total["false_alarms"], json!({"part": 1, "of": 2}));
        assert_eq!((&total["to_arrive"]["count"], &total["to_arrive"]["most"]), (&json!(1), &json!(540)));
        assert_eq!(total["to_accept"]["most"], json!(40));
        assert_eq!((&it["worst"]["waited_s"], &it["worst"]["unreached"]), (&json!(1_000), &json!(true)));
        assert_eq!(it["false_by_device"], json!([{"device_id": town.device.to_string(), "code": "D0", "false_alarms": 1}]));
        assert_eq!((&it["load"][0]["username"], it["load"].as_array().unwrap().len()), (&json!("desk"), 1));
        let bins: u64 = it["bins"].as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).sum();
        assert_eq!((it["bins"].as_array().unwrap().len(), bins), (96, 3));
        assert_eq!((&it["kinds"][0]["key"], it["grids"].as_array().unwrap().len()), (&json!("sos"), 1));
        // Another street's month is empty, and this one is not theirs to ask for.
        assert_eq!(month(&town, "far_leader", "").await["total"]["calls"], json!(0));
        assert_eq!(town.get("far_leader", "/api/v1/reports/month?area=120114001").await.problem(), (400, "bad_query"));
        assert_eq!(town.get("g1", "/api/v1/reports/month").await.problem(), (403, "role_not_allowed"));
        assert_eq!(month(&town, "leader", "?month=2020-01").await["total"]["calls"], json!(0));
        assert_eq!(month(&town, "leader", &format!("?area={}", crate::harness::street::OTHER_GRID)).await["total"]["calls"], json!(0));
        assert_eq!(town.get("leader", "/api/v1/reports/month?month=2026-13").await.problem(), (400, "bad_query"));
    }

    async fn the_workbook_and_the_lines_say_the_same(db: Database) {
        let town = Town::start(db).await;
        a_month(&town).await;
        let file = town.get("leader", "/api/v1/reports/month.xlsx").await;
        assert_eq!(file.status, 200);
        let mut book = calamine::Xlsx::new(std::io::Cursor::new(file.bytes)).unwrap();
        let sheets = book.sheet_names().to_vec();
        assert_eq!(sheets.len(), 6, "{sheets:?}");
        let first = book.worksheet_range(&sheets[0]).unwrap();
        let value = |name: &str| first.rows().find(|it| it[0].to_string().starts_with(name)).map(|it| it[1].to_string());
        assert_eq!(value("求助"), Some("3".to_owned()));
        assert_eq!(value("响应率"), Some("66.7 % (2/3)".to_owned()));
        let lines = book.worksheet_range(sheets.last().unwrap()).unwrap();
        assert_eq!(lines.rows().count(), 4, "a head and three lines");
        // Counted again from the lines alone.
        let text = town.get("leader", "/api/v1/reports/calls.csv").await;
        assert!(text.text.starts_with('\u{feff}'), "a spreadsheet knows it for UTF-8");
        let mut reader = csv::Reader::from_reader(text.text.trim_start_matches('\u{feff}').as_bytes());
        let head = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let column = |name: &str| head.iter().position(|it| it == name).unwrap();
        let all = |name: &str| rows.iter().map(|it| it[column(name)].to_owned()).collect::<Vec<_>>();
        assert_eq!(all("in_time"), ["yes", "", "no"]);
        assert_eq!(all("arrive_s"), ["540", "", ""]);
        assert_eq!(all("outcome"), ["helped", "false_alarm", ""]);
        assert_eq!(all("answer_s").iter().filter(|it| !it.is_empty()).count(), 2);
    }
}
