//! Who is missed at home: rules over what sensors say, by rows that outlive the process, with the clock in hand.

use actix_web::http::Method;
use eldercare_dispatch::case::{Kind, Subject};
use eldercare_dispatch::ids::{CaseId, ElderId};
use eldercare_dispatch::people::{Device, DeviceBinding, DeviceKind, Elder, Need, PresentAddress, Watched, device_id};
use eldercare_dispatch::store::activity::ActivityDue;
use eldercare_dispatch::store::cases::{CaseFilter, CaseView};
use eldercare_dispatch::store::{Engine, Store};
use futures_util::FutureExt as _;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::api_town::{Answer, Town, elder_0};
use crate::harness::street::elder_of;
use crate::harness::{Database, both_stores};

const HOUR: u64 = 3_600;

/// A home with sensors: `M1` at the door and `B1` in the bed of elder 0, `W1` that counts their water, `P1` at elder 1's.
struct Home {
    town: Town,
    keys: Vec<(String, String)>,
}

impl Home {
    async fn start(db: Database) -> Self {
        let town = Town::start(db).await;
        let app = &town.test.app;
        let sensor = |code: &str, kind, elder, place: &str| Device {
            id: device_id(code),
            code: code.to_owned(),
            kind,
            binding: Some(DeviceBinding::Elder(elder)),
            model: None,
            crs: None,
            voice_path: false,
            place: Some(place.to_owned()),
            terminal: None,
            beat_s: None,
            carrier: None,
            in_service: true,
        };
        let sensors = vec![
            sensor("M1", DeviceKind::Door, elder_0(), "客厅"),
            sensor("B1", DeviceKind::Bed, elder_0(), "卧室"),
            sensor("W1", DeviceKind::WaterMeter, elder_0(), "厨房"),
            sensor("P1", DeviceKind::Infrared, elder_of(1), "走廊"),
        ];
        app.store.put_devices(sensors, town.test.clock.now()).await.unwrap();
        let mut keys = Vec::new();
        for code in ["M1", "B1", "W1", "P1"] {
            let (id, key) = town.test.device_key(code).await;
            keys.push((code.to_owned(), format!("Device {id}:{key}")));
        }
        Self { town, keys }
    }

    async fn restart(self) -> Self {
        let Self { town, keys } = self;
        let town = town.restart().await;
        town.forget_tokens();
        Self { town, keys }
    }

    async fn sends(&self, code: &str, body: impl Into<String>) -> Answer {
        let auth = &self.keys.iter().find(|it| it.0 == code).unwrap().1;
        let headers = [("authorization", auth.as_str())];
        self.town
            .raw(Method::POST, "/api/v1/readings", &headers, body.into())
            .await
    }

    async fn says(&self, code: &str, body: Value) {
        let answer = self.sends(code, body.to_string()).await;
        assert_eq!(answer.status, 204, "{code} {body} {}", answer.text);
    }

    fn advance(&self, seconds: u64) {
        self.town.test.advance(seconds);
        self.town.forget_tokens();
    }

    /// As the workers do it all the time: what was heard is written, and that we listen.
    async fn mark(&self) {
        self.town.test.app.supervision.mark().await.unwrap();
    }

    async fn look(&self) -> usize {
        self.town.test.app.activity.run_due().await.unwrap()
    }

    async fn cases(&self) -> Vec<CaseView> {
        let store = &self.town.test.app.store;
        store.list_cases(&CaseFilter::default(), None, 100).await.unwrap().items
    }

    async fn due(&self, elder: ElderId) -> Vec<ActivityDue> {
        self.town.test.app.store.activity_due_of(elder).await.unwrap()
    }

    /// What stands in the last alert of a case, as the desk reads it.
    async fn alert(&self, case: CaseId) -> Value {
        let page = self
            .town
            .get("desk", &format!("/api/v1/cases/{case}/alerts"))
            .await
            .ok();
        page["items"].as_array().unwrap().last().unwrap().clone()
    }

    async fn rules(&self, elder: ElderId, rules: Value) -> Value {
        self.town
            .put("desk", &format!("/api/v1/elders/{elder}/activity"), rules)
            .await
            .ok()
    }

    async fn shown(&self, elder: ElderId) -> Value {
        let answer = self.town.get("desk", &format!("/api/v1/elders/{elder}/activity")).await;
        answer.ok()
    }

    /// Days as elders 0 and 1 always live them: about every three hours from nine on, and in bed by ten.
    async fn lived(&self, days: usize) {
        for _ in 0..days {
            for hour in [7, 9, 12, 15, 18, 21] {
                self.until(hour, 0);
                self.says("M1", json!({"activity": true})).await;
                self.says("P1", json!({"motion": true})).await;
                self.look().await;
            }
        }
    }

    /// The local time of now.
    fn local(&self) -> jiff::civil::DateTime {
        jiff::tz::Offset::from_hours(8)
            .unwrap()
            .to_datetime(self.town.test.clock.now())
    }

    /// Turns the clock to the next time that it is so late, local.
    fn until(&self, hour: i8, minute: i8) {
        let now = self.local();
        let mut then = now.date().at(hour, minute, 0, 0);
        if then <= now {
            then = then.date().tomorrow().unwrap().at(hour, minute, 0, 0);
        }
        let wait = then.duration_since(now);
        self.advance(u64::try_from(wait.as_secs()).unwrap());
    }
}

both_stores! {
    async fn whoever_is_not_about_for_twelve_waking_hours_is_missed_with_the_rule_and_the_last_sign(db: Database) {
        let home = Home::start(db).await;
        home.until(20, 0);
        home.says("M1", json!({"open": false, "battery_percent": 77})).await;
        // Two waking hours today, ten tomorrow from six.
        let due = home.due(elder_0()).await;
        assert_eq!((due.len(), due[0].rule), (1, Watched::NoActivity));
        home.until(15, 59);
        assert_eq!(home.look().await, 0);
        assert!(home.cases().await.is_empty());
        home.advance(60);
        assert_eq!(home.look().await, 1);
        let cases = home.cases().await;
        assert_eq!((cases.len(), cases[0].case.kind, cases[0].case.subject), (1, Kind::Inactivity, Subject::Elder(elder_0())));
        let alert = home.alert(cases[0].case.id).await;
        assert!(alert["note"].as_str().unwrap().contains("12 小时（清醒时段）无活动；最后一次：门磁（客厅，M1），"), "{alert}");
        assert_eq!((&alert["reading"]["rule"]["name"], &alert["reading"]["rule"]["hours"]), (&json!("no_activity"), &json!(12)));
        assert_eq!(alert["reading"]["last"]["reading"]["open"], false);
        // Looked at again it is the same; still missed after a day it is said again, into the same case.
        assert_eq!(home.look().await, 0);
        home.advance(24 * HOUR);
        assert_eq!(home.look().await, 1);
        let cases = home.cases().await;
        assert_eq!((cases.len(), cases[0].case.alerts), (1, 2));
    }

    async fn a_sign_of_life_costs_no_row_and_puts_the_look_off(db: Database) {
        let home = Home::start(db).await;
        home.says("P1", json!({"motion": true})).await;
        let first = home.due(elder_of(1)).await;
        for _ in 0..20 {
            home.advance(HOUR);
            home.says("P1", json!({"motion": true})).await;
        }
        home.says("P1", json!({"motion": false})).await;
        assert_eq!(home.due(elder_of(1)).await, first, "a reading moves no row");
        home.advance(4 * HOUR);
        assert_eq!(home.look().await, 1);
        assert!(home.cases().await.is_empty());
        let moved = home.due(elder_of(1)).await[0];
        assert_eq!(moved.due_at.duration_since(first[0].due_at), jiff::SignedDuration::from_hours(20));
        home.advance(20 * HOUR - 1);
        assert_eq!(home.look().await, 0);
        home.advance(1);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await.len(), 1);
    }

    async fn a_deadline_outlives_the_process_and_a_deaf_time_is_nobodys_silence(db: Database) {
        let home = Home::start(db).await;
        home.says("P1", json!({"motion": true})).await;
        home.advance(10 * HOUR);
        home.mark().await;
        // Killed and back at once: nothing was missed.
        let home = home.restart().await;
        home.advance(10 * HOUR);
        home.mark().await;
        // Two hours without anybody who listens.
        home.advance(2 * HOUR);
        let home = home.restart().await;
        home.mark().await;
        home.advance(2 * HOUR);
        home.mark().await;
        assert_eq!(home.look().await, 1, "24 hours by the clock");
        assert!(home.cases().await.is_empty(), "22 hours of listening");
        let home = home.restart().await;
        home.advance(2 * HOUR - 1);
        assert_eq!(home.look().await, 0);
        home.advance(1);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await.len(), 1);
        // Whoever dies between the alert and its row says it once.
        let due = ActivityDue { due_at: moved_back(&home).await, ..home.due(elder_of(1)).await[0] };
        home.town.test.app.store.put_activity_due(vec![due], false).await.unwrap();
        home.mark().await;
        let home = home.restart().await;
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await[0].case.alerts, 1);
    }

    async fn who_is_away_is_missed_by_itself_from_the_day_of_return(db: Database) {
        let home = Home::start(db).await;
        home.until(20, 0);
        home.says("M1", json!({"open": true})).await;
        let back = home.local().date().tomorrow().unwrap().tomorrow().unwrap();
        let path = format!("/api/v1/elders/{}/away", elder_0());
        home.town.put("desk", &path, json!({"until": back, "address": "女儿家"})).await.ok();
        home.until(20, 0);
        home.look().await;
        assert!(home.cases().await.is_empty());
        let home = home.restart().await;
        // Twelve waking hours of the day of return are over at 18:00.
        home.until(17, 59);
        home.town.test.app.refresh_picture(false).await.unwrap();
        assert_eq!((home.look().await, home.local().date()), (0, back));
        home.advance(60);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await[0].case.kind, Kind::Inactivity);
    }

    async fn who_is_back_early_is_missed_from_then_on(db: Database) {
        let home = Home::start(db).await;
        home.until(8, 0);
        home.says("M1", json!({"open": true})).await;
        let until = home.local().date().saturating_add(jiff::Span::new().days(30));
        let path = format!("/api/v1/elders/{}/away", elder_0());
        home.town.put("desk", &path, json!({"until": until, "address": "女儿家"})).await.ok();
        home.advance(23 * HOUR);
        home.look().await;
        home.town.put("desk", &path, json!({"until": null})).await.ok();
        assert_eq!(home.look().await, 1);
        home.until(18, 59);
        assert_eq!(home.look().await, 0);
        home.advance(60);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await.len(), 1);
    }

    async fn out_of_bed_for_too_long_at_night_is_found_also_after_kill_9(db: Database) {
        let home = Home::start(db).await;
        let rules = json!({"no_activity": "off", "out_of_bed": {"rule": {"minutes": 30}}});
        let shown = home.rules(elder_0(), rules).await;
        assert_eq!((&shown["out_of_bed"]["minutes"], shown.get("no_activity")), (&json!(30), None));
        home.look().await;
        home.says("B1", json!({"in_bed": true})).await;
        home.until(23, 0);
        home.says("B1", json!({"in_bed": false})).await;
        home.advance(20 * 60);
        home.says("B1", json!({"in_bed": true})).await;
        home.advance(11 * 60);
        assert_eq!(home.look().await, 1, "the row of the first time");
        assert!(home.cases().await.is_empty(), "back within the time");
        assert!(home.due(elder_0()).await.is_empty());
        home.says("B1", json!({"in_bed": false})).await;
        // Nothing was written by a worker: what was answered is in the store.
        let home = home.restart().await;
        home.advance(30 * 60 - 1);
        assert_eq!(home.look().await, 0);
        home.advance(1);
        assert_eq!(home.look().await, 1);
        let cases = home.cases().await;
        assert_eq!((cases.len(), cases[0].case.kind), (1, Kind::Inactivity));
        let alert = home.alert(cases[0].case.id).await;
        assert!(alert["note"].as_str().unwrap().starts_with("夜间离床超过 30 分钟；离床：智能床垫（卧室，B1）"), "{alert}");
        // By day nobody waits.
        home.says("B1", json!({"in_bed": true})).await;
        home.until(9, 0);
        home.says("B1", json!({"in_bed": false})).await;
        home.until(21, 59);
        home.look().await;
        assert_eq!(home.cases().await[0].case.alerts, 1);
    }

    async fn too_much_water_is_said_at_once_and_once_a_day(db: Database) {
        let home = Home::start(db).await;
        home.says("W1", json!({"water_l": 10_000})).await;
        home.advance(HOUR);
        home.says("W1", json!({"water_l": 12_000})).await;
        assert!(home.cases().await.is_empty(), "2000 litres in a day are in order");
        home.says("W1", json!({"water_l": 12_001})).await;
        let cases = home.cases().await;
        assert_eq!((cases.len(), cases[0].case.kind), (1, Kind::WaterLeak));
        let alert = home.alert(cases[0].case.id).await;
        assert_eq!(alert["note"], "24 小时内用水 2001 升，超过 2000 升（智能水表（厨房，W1））");
        home.says("W1", json!({"water_l": 12_100})).await;
        home.mark().await;
        let home = home.restart().await;
        home.advance(60);
        home.says("W1", json!({"water_l": 12_200})).await;
        assert_eq!(home.cases().await[0].case.alerts, 1);
    }

    async fn sensors_that_are_silent_themselves_say_nothing_of_anybody(db: Database) {
        let home = Home::start(db).await;
        let store = &home.town.test.app.store;
        let mut sensor = store.device(device_id("P1")).await.unwrap().unwrap().device.value;
        sensor.beat_s = Some(600);
        store.put_devices(vec![sensor], home.town.test.clock.now()).await.unwrap();
        home.town.test.app.refresh_picture(true).await.unwrap();
        home.says("P1", json!({"motion": true})).await;
        home.advance(24 * HOUR);
        assert_eq!(home.look().await, 1);
        assert!(home.cases().await.is_empty());
        // Its heartbeat is no sign of life, and proves that it would have said one. The dark stretch does not count.
        home.says("P1", json!({"battery_percent": 50})).await;
        home.advance(HOUR);
        home.says("P1", json!({"battery_percent": 50})).await;
        assert_eq!(home.look().await, 1);
        assert!(home.cases().await.is_empty(), "one hour of listening since it is back");
        home.advance(23 * HOUR - 1);
        home.says("P1", json!({"battery_percent": 50})).await;
        assert_eq!(home.look().await, 0);
        home.advance(1);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await.len(), 1);
    }

    async fn a_deadline_goes_by_our_clock_and_not_by_the_sensors(db: Database) {
        let home = Home::start(db).await;
        let now = || home.town.test.clock.now();
        let ago = |seconds: i64| now() - jiff::SignedDuration::from_secs(seconds);
        let active_at = |code: &str| home.town.test.app.signs.of(device_id(code)).unwrap().doing.active_at;
        // A clock that stands twenty hours behind rings nobody up twenty hours early, and one ahead puts nothing off.
        for seconds in [20 * 3_600, 601, -3_600] {
            home.advance(60);
            home.says("P1", json!({"motion": true, "occurred_at": ago(seconds)})).await;
            assert_eq!(active_at("P1"), Some(now()), "{seconds}");
        }
        assert_eq!(home.due(elder_of(1)).await[0].since, ago(120));
        // About now it is believed; then the clock falls back, and the door is opened all the same.
        home.says("M1", json!({"open": false, "occurred_at": ago(5)})).await;
        assert_eq!(active_at("M1"), Some(ago(5)));
        home.advance(60);
        home.says("M1", json!({"open": true, "occurred_at": ago(300)})).await;
        assert_eq!(active_at("M1"), Some(now()));
        let told = home.town.test.app.signs.of(device_id("M1")).unwrap().told;
        assert_eq!(told.reading.unwrap().0["open"], true);
    }

    async fn a_row_that_does_not_read_back_keeps_nobody_from_being_missed(db: Database) {
        let home = Home::start(db).await;
        home.says("P1", json!({"motion": true})).await;
        home.mark().await;
        let id = |it: uuid::Uuid, store: &Store| match store.engine() {
            Engine::Sqlite => format!("x'{}'", it.simple()),
            Engine::Postgres => format!("'{it}'"),
        };
        {
            let store = &home.town.test.app.store;
            let (elder, other) = (id(elder_of(1).as_uuid(), store), id(elder_0().as_uuid(), store));
            let sensor = id(device_id("P1").as_uuid(), store);
            for change in [
                format!("INSERT INTO activity_due (elder_id, rule, since, due_at) VALUES ({elder}, 'of_tomorrow', 0, 0)"),
                format!("INSERT INTO activity_due (elder_id, rule, since, due_at) VALUES ({other}, 'no_activity', {}, 0)", i64::MAX),
                format!("UPDATE device_state SET battery_percent = 999 WHERE id = {sensor}"),
            ] {
                assert_eq!(store.writer().execute_unprepared(&change).await.unwrap().rows_affected(), 1, "{change}");
            }
        }
        home.advance(24 * HOUR);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await.len(), 1);
        // The service starts with them, and names them.
        let home = home.restart().await;
        assert_eq!(home.look().await, 0);
        let found = home.town.test.app.store.activity_standing().await.unwrap();
        assert_eq!((found.items.len(), found.aside.len()), (1, 2));
        home.town.get("desk", &format!("/api/v1/elders/{}/activity", elder_of(1))).await.ok();
    }

    async fn what_cannot_be_looked_at_waits_a_minute(db: Database) {
        let home = Home::start(db).await;
        home.says("P1", json!({"motion": true})).await;
        home.advance(24 * HOUR);
        let writer = home.town.test.app.store.writer();
        writer.execute_unprepared("ALTER TABLE device RENAME TO device_gone").await.unwrap();
        let due = home.due(elder_of(1)).await[0];
        assert_eq!(home.look().await, 1);
        writer.execute_unprepared("ALTER TABLE device_gone RENAME TO device").await.unwrap();
        let waits = home.due(elder_of(1)).await[0];
        assert_eq!((waits.since, waits.due_at.duration_since(due.due_at)), (due.since, jiff::SignedDuration::from_mins(1)));
        home.advance(60);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await.len(), 1);
    }

    async fn a_test_of_the_only_sensor_puts_the_look_off_and_ends_no_watch(db: Database) {
        let home = Home::start(db).await;
        let test = async |code: &str, minutes: u32| {
            let path = format!("/api/v1/devices/{}/test", device_id(code));
            home.town.post("desk", &path, json!({"minutes": minutes})).await.ok();
        };
        home.says("P1", json!({"motion": true})).await;
        let due = home.due(elder_of(1)).await[0];
        home.advance(24 * HOUR - 600);
        test("P1", 30).await;
        home.advance(600);
        assert_eq!(home.look().await, 1);
        let waits = home.due(elder_of(1)).await[0];
        assert_eq!((waits.since, waits.due_at.duration_since(due.due_at)), (due.since, jiff::SignedDuration::from_mins(20)));
        home.advance(1_200);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await.len(), 1);
        // A bed alike.
        home.rules(elder_0(), json!({"no_activity": "off", "out_of_bed": {"rule": {"minutes": 30}}})).await;
        home.look().await;
        home.says("B1", json!({"in_bed": true})).await;
        home.until(23, 0);
        home.says("B1", json!({"in_bed": false})).await;
        home.advance(1_500);
        test("B1", 10).await;
        home.advance(300);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await.len(), 1);
        home.advance(300);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await.len(), 2);
    }

    async fn who_needs_nothing_but_was_away_is_missed_as_everybody_is(db: Database) {
        let home = Home::start(db).await;
        let app = &home.town.test.app;
        let mut it = Elder::clone(&app.picture.elder(elder_of(1)).unwrap());
        it.needs = [Need::Away].into();
        let today = home.local().date();
        for until in [today.tomorrow().unwrap(), today] {
            it.present = Some(PresentAddress { until, address: "女儿家".to_owned(), point: None });
            let rule = app.activity.rules(&it).no_activity.unwrap();
            assert_eq!((rule.hours, rule.waking), (24, false), "{until}");
        }
    }

    async fn who_was_missed_and_is_about_again_is_missed_a_window_later(db: Database) {
        let home = Home::start(db).await;
        let day = jiff::SignedDuration::from_hours(24);
        home.says("P1", json!({"motion": true})).await;
        home.advance(24 * HOUR);
        home.look().await;
        assert_eq!(home.cases().await.len(), 1);
        home.advance(HOUR);
        let since = home.town.test.clock.now();
        home.says("P1", json!({"motion": true})).await;
        let moved = home.due(elder_of(1)).await[0];
        assert_eq!((moved.since, moved.due_at), (since, since + day));
        // Once: a reading moves no row.
        home.advance(HOUR);
        home.says("P1", json!({"motion": true})).await;
        assert_eq!(home.due(elder_of(1)).await, [moved]);
        home.advance(24 * HOUR);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await[0].case.alerts, 2);
    }

    async fn rules_of_an_elders_own_stand_before_the_streets(db: Database) {
        let home = Home::start(db).await;
        let path = format!("/api/v1/elders/{}/activity", elder_of(1));
        let street = home.town.get("desk", &path).await.ok();
        assert_eq!((&street["no_activity"]["hours"], &street["no_activity"]["waking"], &street["water_over"]["litres"]), (&json!(24), &json!(false), &json!(2_000)));
        assert_eq!((street.get("out_of_bed"), &street["sensors"][0]["code"]), (None, &json!("P1")));
        for (body, field) in [
            (json!({"no_activity": {"rule": {"hours": 0}}}), "no_activity.hours"),
            (json!({"no_activity": {"rule": {"hours": 9, "kinds": ["smoke"]}}}), "no_activity.kinds"),
            (json!({"out_of_bed": {"rule": {"minutes": 1}}}), "out_of_bed.minutes"),
            (json!({"colour": 1}), "colour"),
        ] {
            let answer = home.town.put("desk", &path, body.clone()).await;
            assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (422, &json!(field)), "{body} {}", answer.text);
        }
        assert_eq!(home.town.put("far_desk", &path, json!({})).await.status, 404);
        home.says("P1", json!({"motion": true})).await;
        // A shorter window holds at once, by the sign that is known; and after a restart.
        home.advance(6 * HOUR);
        home.rules(elder_of(1), json!({"no_activity": {"rule": {"hours": 8}}})).await;
        home.look().await;
        home.mark().await;
        let home = home.restart().await;
        home.advance(2 * HOUR - 1);
        assert_eq!(home.look().await, 0);
        home.advance(1);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await.len(), 1);
        // No rule, no look.
        home.rules(elder_of(1), json!({"no_activity": "off"})).await;
        home.look().await;
        assert!(home.due(elder_of(1)).await.is_empty());
        home.says("P1", json!({"motion": true})).await;
        assert!(home.due(elder_of(1)).await.is_empty());
        // Only the kinds that the rule names count.
        home.rules(elder_0(), json!({"no_activity": {"rule": {"hours": 2, "kinds": ["door"]}}})).await;
        home.says("M1", json!({"open": true})).await;
        home.look().await;
        home.advance(HOUR);
        home.says("W1", json!({"water_l": 1})).await;
        home.says("W1", json!({"water_l": 50})).await;
        home.advance(HOUR);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await.len(), 2);
    }

    async fn whoever_gets_a_sensor_that_was_heard_before_is_watched_from_then_on(db: Database) {
        let home = Home::start(db).await;
        let app = &home.town.test.app;
        let mut sensor = app.store.device(device_id("P1")).await.unwrap().unwrap().device.value;
        sensor.binding = None;
        app.store.put_devices(vec![sensor.clone()], home.town.test.clock.now()).await.unwrap();
        app.refresh_picture(true).await.unwrap();
        // In a cupboard it says that nobody moves.
        home.says("P1", json!({"motion": false})).await;
        home.advance(HOUR);
        app.activity.read_again().await.unwrap();
        assert!(home.due(elder_of(1)).await.is_empty());
        // Bound by an import, as any other program may do it; and nobody moves there either.
        sensor.binding = Some(DeviceBinding::Elder(elder_of(1)));
        app.store.put_devices(vec![sensor], home.town.test.clock.now()).await.unwrap();
        app.refresh_picture(true).await.unwrap();
        home.says("P1", json!({"motion": false})).await;
        app.activity.read_again().await.unwrap();
        assert_eq!(home.due(elder_of(1)).await.len(), 1);
        home.advance(24 * HOUR - 1);
        home.says("P1", json!({"motion": false})).await;
        home.look().await;
        assert!(home.cases().await.is_empty(), "from when on it was theirs");
        home.advance(1);
        home.look().await;
        assert_eq!(home.cases().await.len(), 1);
    }

    async fn who_is_back_early_by_an_import_is_missed_from_then_on(db: Database) {
        let home = Home::start(db).await;
        home.until(8, 0);
        home.says("M1", json!({"open": true})).await;
        let until = home.local().date().saturating_add(jiff::Span::new().days(30));
        let path = format!("/api/v1/elders/{}/away", elder_0());
        home.town.put("desk", &path, json!({"until": until, "address": "女儿家"})).await.ok();
        home.advance(23 * HOUR);
        home.look().await;
        let app = &home.town.test.app;
        let mut file: Elder = (*app.picture.elder(elder_0()).unwrap()).clone();
        file.present = None;
        file.needs.remove(&Need::Away);
        let book = app.store.area_book(jiff::civil::date(2026, 6, 1)).await.unwrap();
        let file = eldercare_dispatch::store::ElderFile { elder: file, secrets: None };
        app.store.put_elders(vec![file], &book, home.town.test.clock.now()).await.unwrap();
        app.refresh_picture(true).await.unwrap();
        app.activity.read_again().await.unwrap();
        home.look().await;
        assert!(home.cases().await.is_empty());
        // Twelve waking hours from seven in the morning.
        home.until(18, 59);
        assert_eq!(home.look().await, 0);
        home.advance(60);
        assert_eq!(home.look().await, 1);
        assert_eq!(home.cases().await.len(), 1);
    }

    async fn what_is_heard_before_the_last_words_are_read_back_is_no_first_word(db: Database) {
        let home = Home::start(db).await;
        home.says("W1", json!({"water_l": 1_000})).await;
        let first = home.town.test.clock.now();
        home.advance(HOUR);
        home.says("W1", json!({"water_l": 1_004})).await;
        home.mark().await;
        home.advance(HOUR);
        let Home { town, keys } = home;
        let town = town.restart_unread().await;
        // As a broker brings it in the first moment of a start.
        let app = &town.test.app;
        let meter = app.device_of(device_id("W1")).await.unwrap().unwrap();
        let reading = (json!({"water_l": 1_008}), town.test.clock.now());
        let told = eldercare_dispatch::dispatch::Told { reading: Some(reading), ..Default::default() };
        app.signs.heard(&meter, told);
        app.read_register().await.unwrap();
        let doing = app.signs.of(meter.id).unwrap().doing;
        assert_eq!((doing.active_at, doing.said_at), (Some(first), Some(town.test.clock.now())));
        assert_eq!(doing.drawn_l(town.test.clock.now(), jiff::SignedDuration::from_hours(24)), 8.0);
        // Two litres more: ten since somebody was last at a tap.
        town.forget_tokens();
        let home = Home { town, keys };
        home.says("W1", json!({"water_l": 1_010})).await;
        assert_eq!(home.town.test.app.signs.of(meter.id).unwrap().doing.active_at, Some(home.town.test.clock.now()));
    }

    async fn whoever_speaks_while_another_is_heeded_waits_for_their_row(db: Database) {
        let home = Home::start(db).await;
        let app = &home.town.test.app;
        let sensor = app.picture.device(device_id("P1")).unwrap();
        let told = eldercare_dispatch::dispatch::Told {
            reading: Some((json!({"motion": true}), home.town.test.clock.now())),
            ..Default::default()
        };
        app.signs.heard(&sensor, told);
        // Another request takes along what is there, and is at the store with it.
        let mut other = Box::pin(app.activity.take_moved());
        assert!((&mut other).now_or_never().is_none());
        let mut mine = Box::pin(app.activity.take_moved());
        assert!((&mut mine).now_or_never().is_none(), "nobody is answered before the row");
        other.await.unwrap();
        mine.await.unwrap();
        assert_eq!(home.due(elder_of(1)).await.len(), 1);
    }

    async fn whoever_changes_the_rules_of_an_elder_is_on_file(db: Database) {
        let home = Home::start(db).await;
        let path = format!("/api/v1/elders/{}/activity", elder_of(1));
        assert_eq!(home.town.get("desk", &path).await.ok()["changes"], json!([]));
        home.rules(elder_of(1), json!({"no_activity": {"rule": {"hours": 6}}})).await;
        home.advance(60);
        home.town.put("leader", &path, json!({"no_activity": "off"})).await.ok();
        let home = home.restart().await;
        let changes = home.town.get("desk", &path).await.ok()["changes"].clone();
        let of = |n: usize| (changes[n]["by"].clone(), changes[n]["rules"].clone());
        assert_eq!(of(0), (json!(crate::api_town::user("leader")), json!({"no_activity": "off"})));
        assert_eq!(of(1).0, json!(crate::api_town::user("desk")));
        assert_eq!(changes.as_array().unwrap().len(), 2);
    }

    async fn who_is_quiet_for_longer_than_is_usual_for_them_is_missed_with_what_was_learned_in_the_case(db: Database) {
        let home = Home::start(db).await;
        // Nothing is learned of anybody unless somebody says so.
        let shown = home.rules(elder_of(1), json!({})).await;
        assert_eq!((&shown["learning"], &shown["usual"], &shown["usual_days_min"]), (&json!("off"), &json!([]), &json!(14)));
        home.rules(elder_0(), json!({"learning": "tighten"})).await;
        home.lived(6).await;
        home.town.test.app.activity.write_habits().await.unwrap();
        let kept = async |home: &Home| home.town.test.app.store.activity_habits(None).await.unwrap().len();
        assert_eq!(kept(&home).await, 1, "one row an elder, of those who are learned of");
        let shown = home.shown(elder_0()).await;
        assert_eq!((&shown["usual_days"], &shown["usual"]), (&json!(5), &json!([])), "too few days, and this one is not over");
        // What was learned survives; a restart is no quiet stretch and no lost day.
        home.mark().await;
        let home = home.restart().await;
        home.town.test.app.activity.read_again().await.unwrap();
        home.rules(elder_of(1), json!({"learning": "propose"})).await;
        home.lived(16).await;
        let shown = home.shown(elder_0()).await;
        let noon = shown["usual"].as_array().unwrap().iter().find(|it| it["from_h"] == 12).unwrap().clone();
        assert_eq!((&noon["longest_min"], &noon["window_min"], &noon["until_h"]), (&json!(180), &json!(360), &json!(16)));
        assert!(noon["days"].as_u64().unwrap() >= 20 && noon["from"].is_string() && noon["to"].is_string(), "{shown}");
        assert!(home.cases().await.is_empty(), "as usual");
        // One day nothing more comes after noon: by the rule it were twelve waking hours.
        home.until(12, 0);
        home.says("M1", json!({"activity": true})).await;
        home.says("P1", json!({"motion": true})).await;
        home.look().await;
        home.until(17, 59);
        home.look().await;
        assert!(home.cases().await.is_empty());
        home.advance(60);
        home.look().await;
        let cases = home.cases().await;
        assert_eq!((cases.len(), cases[0].case.subject), (1, Subject::Elder(elder_0())), "only where it holds");
        let alert = home.alert(cases[0].case.id).await;
        let usual = &alert["reading"]["usual"];
        assert_eq!((&usual["in_force"], &usual["longest_min"], &usual["window_min"]), (&json!(true), &json!(180), &json!(360)));
        assert!(usual["days"].as_u64().unwrap() >= 20, "{alert}");
        assert_eq!(alert["reading"]["rule"]["hours"], 12, "the rule stands beside it");
        assert!(alert["note"].as_str().unwrap().contains("平时 12–16 点之后最长 180 分钟"), "{alert}");
        // Who is only learned of is missed by the rule, and the figures stand in the case.
        home.mark().await;
        home.until(12, 0);
        home.look().await;
        let other = home.cases().await.into_iter().find(|it| it.case.subject == Subject::Elder(elder_of(1))).unwrap();
        let alert = home.alert(other.case.id).await;
        assert_eq!((&alert["reading"]["rule"]["hours"], &alert["reading"]["usual"]["in_force"]), (&json!(24), &json!(false)));
        // Switched off, what was learned is forgotten.
        home.rules(elder_0(), json!({})).await;
        home.town.test.app.activity.write_habits().await.unwrap();
        assert_eq!((kept(&home).await, &home.shown(elder_0()).await["usual_days"]), (1, &json!(0)));
    }

    async fn what_is_learned_never_makes_a_window_longer_and_who_was_missed_sooner_is_known_after_a_restart(db: Database) {
        let home = Home::start(db).await;
        home.rules(elder_0(), json!({"learning": "tighten"})).await;
        home.lived(16).await;
        home.rules(elder_0(), json!({"learning": "tighten", "no_activity": {"rule": {"hours": 4, "waking": true}}})).await;
        home.until(12, 0);
        home.says("M1", json!({"activity": true})).await;
        home.look().await;
        home.until(15, 59);
        home.look().await;
        assert!(home.cases().await.is_empty());
        home.advance(60);
        home.look().await;
        assert_eq!(home.cases().await.len(), 1, "four hours are four hours, whatever is usual");
        // By what is usual again: missed after six hours, about again after a restart, missed again six hours later.
        home.says("M1", json!({"activity": true})).await;
        home.rules(elder_0(), json!({"learning": "tighten"})).await;
        home.until(12, 0);
        home.says("M1", json!({"activity": true})).await;
        home.look().await;
        home.until(18, 0);
        home.look().await;
        let alerts = home.cases().await[0].case.alerts;
        home.town.test.app.activity.write_habits().await.unwrap();
        home.mark().await;
        let home = home.restart().await;
        home.town.test.app.activity.read_again().await.unwrap();
        home.advance(60);
        home.says("M1", json!({"activity": true})).await;
        home.look().await;
        assert_eq!(home.cases().await[0].case.alerts, alerts);
        home.mark().await;
        let due = home.due(elder_0()).await[0];
        assert!(due.due_at.duration_since(home.town.test.clock.now()) < jiff::SignedDuration::from_hours(15), "{due:?}");
    }

    async fn what_comes_as_a_reading_is_heard_whatever_it_is(db: Database) {
        let home = Home::start(db).await;
        for (body, status, code) in [
            ("{", 400, "malformed_json"),
            ("[]", 400, "malformed_json"),
            ("{\"battery_percent\":101}", 422, "out_of_range"),
            ("{\"water_l\":-1}", 422, "out_of_range"),
        ] {
            assert_eq!(home.sends("W1", body).await.problem(), (status, code), "{body}");
        }
        assert!(home.town.test.app.signs.of(device_id("W1")).is_some(), "it lives");
        home.says("M1", json!({"colour": "red", "battery_percent": 40})).await;
        assert_eq!(home.town.test.app.signs.of(device_id("M1")).unwrap().told.battery_percent, Some(40));
        assert!(home.due(elder_0()).await.is_empty(), "nothing of anybody");
        // A press at the wrong address rings.
        let pressed = home.sends("M1", "{\"kind\":\"sos\"}").await;
        assert_eq!(pressed.status, 201, "{}", pressed.text);
        assert_eq!(home.cases().await[0].case.kind, Kind::Sos);
        assert_eq!(home.town.post("desk", "/api/v1/readings", json!({})).await.problem(), (403, "role_not_allowed"));
        // Whoever tests a sensor is no sign of life.
        home.town.post("desk", &format!("/api/v1/devices/{}/test", device_id("P1")), json!({"minutes": 30})).await.ok();
        home.says("P1", json!({"motion": true})).await;
        assert!(home.due(elder_of(1)).await.is_empty());
    }
}

/// The deadline that a row had before it was put off by a day.
async fn moved_back(home: &Home) -> jiff::Timestamp {
    home.due(elder_of(1)).await[0].due_at - jiff::SignedDuration::from_hours(24)
}
