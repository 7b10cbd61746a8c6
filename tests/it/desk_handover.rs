//! A desk handed over from one shift to the next: nothing critical without a signature, both names and times kept for good.

use eldercare_dispatch::dispatch::retention::NOTES_KEPT;
use eldercare_dispatch::ids::{CaseId, HandoverId};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::api_town::{Town, user};
use crate::harness::both_stores;
use crate::harness::street::alert;

const ALL: &str = "/api/v1/handovers";

async fn begin(town: &Town) -> (HandoverId, String) {
    let begun = town.post("desk", ALL, json!({})).await;
    assert_eq!(begun.status, 201, "{}", begun.text);
    let id = begun.body["handover"]["id"].as_str().unwrap().to_owned();
    (id.parse().unwrap(), format!("{ALL}/{id}"))
}

async fn sign(town: &Town, who: &str, path: &str, case: CaseId) -> crate::api_town::Answer {
    let version = town.view(case).await.case.version;
    town.post(
        who,
        &format!("{path}/sign"),
        json!({"case_id": case, "version": version}),
    )
    .await
}

async fn complete(town: &Town, who: &str, path: &str) -> crate::api_town::Answer {
    town.post(who, &format!("{path}/complete"), json!({})).await
}

fn ids(list: &Value) -> Vec<String> {
    let id = |it: &Value| it["case_id"].as_str().or(it["id"].as_str()).unwrap().to_owned();
    list.as_array().unwrap().iter().map(id).collect()
}

both_stores! {
    async fn a_desk_is_not_handed_over_with_an_unsigned_critical_case(db: Database) {
        let town = Town::start(db).await;
        let first = town.press().await;
        town.post("desk", &format!("/api/v1/cases/{first}/take"), json!({})).await.ok();
        let (_, path) = begin(&town).await;
        let again = town.post("desk", ALL, json!({})).await;
        assert_eq!((again.status, &again.body["handover"]["id"]), (200, &json!(path.rsplit('/').next())), "pressed twice, it is one");

        // Who comes opens it in a session of their own.
        let open = town.get("desk2", &format!("{ALL}?open=true")).await.ok();
        assert_eq!(open["items"][0]["from"]["username"], "desk");
        let sheet = town.get("desk2", &path).await.ok();
        assert_eq!(ids(&sheet["items"]), [first.to_string()]);
        assert_eq!((&sheet["items"][0]["joined"], &sheet["items"][0]["signed"]), (&json!(false), &Value::Null));

        let refused = complete(&town, "desk2", &path).await;
        assert_eq!(refused.problem(), (409, "unsigned"));
        assert_eq!(refused.body["errors"][0]["field"], first.to_string());
        assert_eq!(sign(&town, "desk", &path, first).await.problem(), (409, "own_handover"));
        assert_eq!(complete(&town, "desk", &path).await.problem(), (409, "own_handover"));
        sign(&town, "desk2", &path, first).await.ok();

        // What opens in the middle joins the list.
        town.test.advance(1);
        let second = town.test.app.desk.report(alert(1, "sos", "middle")).await.unwrap().case;
        assert_eq!(complete(&town, "desk2", &path).await.body["errors"][0]["field"], second.to_string());
        let sheet = town.get("desk2", &path).await.ok();
        assert_eq!(ids(&sheet["items"]), [first.to_string(), second.to_string()]);
        assert_eq!(sheet["items"][1]["joined"], true);
        assert_eq!(sheet["items"][0]["signed"]["by"]["username"], "desk2");
        // Another's signature is not theirs.
        sign(&town, "leader", &path, second).await.ok();
        assert_eq!(complete(&town, "desk2", &path).await.problem(), (409, "unsigned"));
        town.test.advance(60);
        sign(&town, "desk2", &path, second).await.ok();

        let done = complete(&town, "desk2", &path).await.ok();
        assert_eq!(done["handover"]["state"], "completed");
        assert_eq!(complete(&town, "desk2", &path).await.status, 200, "said twice");
        assert_eq!(complete(&town, "leader", &path).await.problem(), (409, "handover_over"));
        // What was in the hands of who has gone is in the hands of who has come.
        assert_eq!(town.view(first).await.case.holder(), Some(user("desk2")));

        for who in ["leader", "admin", "auditor", "desk", "desk2"] {
            let past = town.get(who, ALL).await.ok();
            let it = &past["items"][0];
            assert_eq!((&it["from"]["username"], &it["by"]["username"]), (&json!("desk"), &json!("desk2")), "{who}: {past}");
            let begun: jiff::Timestamp = it["begun_at"].as_str().unwrap().parse().unwrap();
            let ended: jiff::Timestamp = it["ended_at"].as_str().unwrap().parse().unwrap();
            assert!(ended.duration_since(begun).as_secs() >= 60, "{who}: {past}");
            assert_eq!(it["signatures"].as_array().unwrap().len(), 3);
        }
        assert_eq!(town.get("far_leader", ALL).await.ok()["items"], json!([]));
        assert_eq!(town.get("far_leader", &path).await.problem(), (404, "handover_not_found"));
    }

    async fn a_case_that_is_over_needs_no_signature_and_an_empty_desk_is_taken_at_once(db: Database) {
        let town = Town::start(db).await;
        let case = town.press().await;
        let (_, path) = begin(&town).await;
        town.post("desk", &format!("/api/v1/cases/{case}/voice-result"), json!({"result": "fine"})).await.ok();
        town.post("desk", &format!("/api/v1/cases/{case}/false-alarm"), json!({"reason": "mis_press"})).await.ok();
        assert_eq!(sign(&town, "desk2", &path, case).await.problem(), (404, "case_not_found"), "nobody signs what is not on the list");
        assert_eq!(complete(&town, "desk2", &path).await.ok()["handover"]["by"]["username"], "desk2");
    }

    async fn of_two_who_take_a_desk_over_at_once_one_has_it(db: Database) {
        let town = Town::start(db).await;
        let (_, path) = begin(&town).await;
        let (a, b) = futures_util::join!(complete(&town, "desk2", &path), complete(&town, "leader", &path));
        let mut both = [a.status, b.status];
        both.sort_unstable();
        // A dispatcher who comes when it is over had no part in it, and sees it no more.
        assert!(matches!(both, [200, 404 | 409]), "{} {}", a.text, b.text);
        let winner = if a.status == 200 { "desk2" } else { "leader" };
        assert_eq!(town.get("admin", &path).await.ok()["handover"]["by"]["username"], winner);
    }

    async fn only_who_hands_over_takes_it_back(db: Database) {
        let town = Town::start(db).await;
        let (_, path) = begin(&town).await;
        let withdraw = format!("{path}/withdraw");
        assert_eq!(town.post("leader", &withdraw, json!({})).await.problem(), (409, "not_your_handover"));
        assert_eq!(town.post("desk", &withdraw, json!({})).await.ok()["handover"]["state"], "withdrawn");
        assert_eq!(complete(&town, "desk2", &path).await.problem(), (404, "handover_not_found"), "over, and a dispatcher had no part in it");
        assert_eq!(town.post("desk", ALL, json!({})).await.status, 201);
    }

    async fn what_is_written_for_the_next_shift_is_sealed_and_its_reading_recorded(db: Database) {
        let town = Town::start(db).await;
        let (id, path) = begin(&town).await;
        let said = "三号楼王阿姨的女儿明早来拿钥匙";
        let note = format!("{path}/note");
        town.post_once("desk", &note, "n1", json!({"text": said})).await.ok();
        let twice = town.post_once("desk", &note, "n1", json!({"text": said})).await.ok();
        assert_eq!(twice["handover"]["notes"], 1, "sent twice, it is one");
        let store = &town.test.app.store;
        assert!(store.views_of(id.as_uuid(), None, 9).await.unwrap().is_empty());
        let read = town.get("desk2", &format!("{path}/notes")).await.ok();
        assert_eq!((&read["items"][0]["text"], &read["items"][0]["by"]["username"]), (&json!(said), &json!("desk")));
        let views = store.views_of(id.as_uuid(), None, 9).await.unwrap();
        assert_eq!((views.len(), views[0].by, views[0].field.as_str()), (1, user("desk2"), "note.content"));
        for who in ["auditor", "admin"] {
            assert_eq!(town.get(who, &format!("{path}/notes")).await.problem(), (403, "role_not_allowed"));
            assert!(!town.get(who, &path).await.text.contains(said));
        }
        // Neither the record nor the kept text can be read in the tables.
        let db = store.reader();
        for sql in ["SELECT body FROM handover_line", "SELECT CAST(content AS TEXT) AS body FROM handover_note"] {
            let rows = db.query_all_raw(sea_orm::Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
            assert!(!rows.is_empty());
            for row in rows {
                let text: String = row.try_get_by_index(0).unwrap_or_default();
                assert!(!text.contains("王阿姨"), "{text}");
            }
        }
    }

    /// A text may name somebody whose key was erased meanwhile; who handed what to whom names no elder, and stays.
    async fn what_was_written_is_gone_after_180_days_and_the_record_stays(db: Database) {
        let town = Town::start(db).await;
        let mut paths = vec![];
        for _ in 0..2 {
            let (_, path) = begin(&town).await;
            town.post("desk", &format!("{path}/note"), json!({"text": "王阿姨"})).await.ok();
            complete(&town, "desk2", &path).await.ok();
            paths.push(path);
            town.test.advance(1);
        }
        let (_, going) = begin(&town).await;
        town.post("desk", &format!("{going}/note"), json!({"text": "still at it"})).await.ok();
        town.test.advance(NOTES_KEPT.as_secs().unsigned_abs() - 1);
        town.forget_tokens();
        town.test.app.retention().run().await.unwrap();
        let mut texts = vec![];
        for path in paths.iter().chain([&going]) {
            let notes = town.get("desk2", &format!("{path}/notes")).await.ok();
            texts.push(notes["items"][0]["text"].clone());
        }
        assert_eq!(texts, [json!(null), json!("王阿姨"), json!("still at it")], "to the second 180 days, and still kept");
        let sheet = town.get("desk2", &paths[0]).await.ok();
        assert_eq!((&sheet["handover"]["state"], &sheet["handover"]["notes"]), (&json!("completed"), &json!(1)));
        let store = &town.test.app.store;
        let proof = store.deleted().await.unwrap();
        assert_eq!(proof.iter().filter(|it| it.job == "handover_notes").map(|it| it.count).sum::<u64>(), 1);
        assert!(store.check().await.unwrap().found.is_empty());
    }

    async fn a_record_that_was_changed_is_found(db: Database) {
        let town = Town::start(db).await;
        let case = town.press().await;
        let (id, path) = begin(&town).await;
        sign(&town, "desk2", &path, case).await.ok();
        complete(&town, "desk2", &path).await.ok();
        let store = &town.test.app.store;
        let clean = store.check().await.unwrap();
        assert_eq!((clean.handovers, clean.found.len()), (1, 0), "{:?}", clean.found);
        let other = user("leader").to_string();
        let ours = user("desk2").to_string();
        let writer = store.writer();
        for (change, back) in [
            (format!("UPDATE handover_line SET body = replace(body, '{ours}', '{other}')"), format!("UPDATE handover_line SET body = replace(body, '{other}', '{ours}')")),
            ("UPDATE handover SET ended_at = NULL".to_owned(), String::new()),
        ] {
            writer.execute_unprepared(&change).await.unwrap();
            let found = store.check().await.unwrap().found;
            assert_eq!(found.len(), 1, "{change}: {found:?}");
            assert_eq!(found[0].place, id.to_string());
            if !back.is_empty() {
                writer.execute_unprepared(&back).await.unwrap();
            }
        }
        writer.execute_unprepared("DELETE FROM handover_line").await.unwrap();
        writer.execute_unprepared("DELETE FROM handover").await.unwrap();
    }
}
