//! The supervision of devices: silence, low batteries and what comes back, with the clock in hand.

use eldercare_dispatch::app::Config;
use eldercare_dispatch::case::{Author, Command, Event, Kind, Lane, Outcome, Severity, State, Subject};
use eldercare_dispatch::dispatch::Told;
use eldercare_dispatch::dispatch::supervision::Presence;
use eldercare_dispatch::people::{Device, Need, Protocol, ResponderKind, Terminal, device_id};
use eldercare_dispatch::store::cases::{CaseFilter, CaseView};
use eldercare_dispatch::store::device_states::DeviceState;
use jiff::ToSpan as _;

use crate::harness::street::{alert, elder, elder_of, responder};
use crate::harness::{Database, TestApp, both_stores};

/// A beat of fifteen minutes.
pub const BEAT: u64 = 900;

/// A street of `n` elders whose watches beat every fifteen minutes.
pub async fn street(db: Database, n: u32) -> TestApp {
    street_with(db, n, |_| {}).await
}

async fn street_with(db: Database, n: u32, adjust: impl Fn(&mut Config) + Send + Sync + 'static) -> TestApp {
    let test = TestApp::start_with(db, adjust).await;
    let elders = (0..n).map(|it| elder(it, Need::General)).collect();
    test.fill(elders, vec![responder("G1", ResponderKind::GridWorker, 0.001)])
        .await;
    for it in 0..n {
        change(&test, it, |_| {}).await;
    }
    test
}

/// Files the watch of elder `n` as one with a beat, and otherwise as `adjust` wants it.
pub async fn change(test: &TestApp, n: u32, adjust: impl FnOnce(&mut Device)) {
    let id = device_id(&format!("D{n}"));
    let mut device = (*test.app.picture.device(id).unwrap()).clone();
    device.beat_s.get_or_insert(900);
    adjust(&mut device);
    let now = test.clock.now();
    test.app.store.put_devices(vec![device], now).await.unwrap();
    test.app.refresh_picture(true).await.unwrap();
}

/// The watch of elder `n` says something.
fn hear(test: &TestApp, n: u32, told: Told) {
    let device = test.app.picture.device(device_id(&format!("D{n}"))).unwrap();
    test.app.signs.heard(&device, told);
}

pub fn beat(test: &TestApp, n: u32) {
    hear(test, n, Told::default());
}

fn battery(test: &TestApp, n: u32, percent: u8) {
    hear(
        test,
        n,
        Told {
            battery_percent: Some(percent),
            ..Told::default()
        },
    );
}

/// What the worker does at each turn.
pub async fn look(test: &TestApp) -> eldercare_dispatch::dispatch::supervision::Looked {
    test.app.supervision.mark().await.unwrap();
    test.app.supervision.look().await.unwrap()
}

/// Time passes as the worker has it: a look every ten seconds.
pub async fn pass(test: &TestApp, seconds: u64) {
    for _ in 0..seconds / 10 {
        test.advance(10);
        look(test).await;
    }
}

pub async fn cases(test: &TestApp) -> Vec<CaseView> {
    let page = test
        .app
        .store
        .list_cases(&CaseFilter::default(), None, 500)
        .await
        .unwrap();
    page.items
}

pub async fn open(test: &TestApp) -> Vec<CaseView> {
    cases(test)
        .await
        .into_iter()
        .filter(|it| it.case.state.is_open())
        .collect()
}

async fn close_by_hand(test: &TestApp) {
    let case = open(test).await[0].case.id;
    let user = eldercare_dispatch::ids::UserId::new(uuid::Uuid::from_u128(7));
    let close = Command::Close {
        outcome: Some(Outcome::DeviceFault),
        proof: eldercare_dispatch::case::Proof::None,
    };
    test.app.desk.handle(case, close, Author::User(user)).await.unwrap();
}

pub async fn events(test: &TestApp, case: &CaseView) -> Vec<Event> {
    let rows = test.app.store.events(case.case.id, 0, 500).await.unwrap();
    rows.into_iter().map(|it| it.record.event).collect()
}

both_stores! {
    async fn silence_is_found_within_two_beats_and_a_minute_and_is_no_call_for_help(db: Database) {
        let test = street(db, 2).await;
        pass(&test, 1_000).await; // long enough listened that nobody is excused
        beat(&test, 0);
        beat(&test, 1);
        for second in (10..2 * BEAT + 60).step_by(10) {
            test.advance(10);
            if second % 800 == 0 {
                beat(&test, 1);
            }
            look(&test).await;
            if second <= 2 * BEAT {
                assert_eq!(cases(&test).await.len(), 0, "too early, {second} s");
            }
        }
        let found = cases(&test).await;
        assert_eq!(found.len(), 1);
        let case = &found[0].case;
        assert_eq!((case.lane, case.kind, case.severity), (Lane::Technical, Kind::LinkLoss, Severity::Technical));
        assert_eq!(case.subject, Subject::Elder(elder_of(0)));
        assert_eq!(case.part.and_then(|it| it.device()), Some(device_id("D0")));
        // The rule and the reading stand in the case; the service says it, not the device.
        let alerts = test.app.store.alerts_of(case.id).await.unwrap();
        assert_eq!((alerts.len(), alerts[0].sender.as_str()), (1, "service"));
        let ring = test.app.store.keys().unwrap();
        let text = ring.open_field(&alerts[0].content, "alert", "content", alerts[0].id.as_uuid()).unwrap();
        let content: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(content["reading"]["beat_s"], 900);
        // A call for help of the same elder is another case.
        let called = test.app.desk.report(alert(0, "sos", "r1")).await.unwrap();
        assert!(!called.joined);
        // And looking on adds nothing.
        let version = case.version;
        pass(&test, 100).await;
        let again = test.app.store.case(case.id).await.unwrap().unwrap();
        assert_eq!((again.case.version, cases(&test).await.len()), (version, 2));
    }

    async fn two_looks_at_once_report_a_silence_once(db: Database) {
        let test = street(db, 1).await;
        pass(&test, 1_000).await;
        beat(&test, 0);
        test.advance(2 * BEAT + 50);
        // As two nodes would: neither remembers what the other has done.
        let lines = test.app.config.intake.lines().map(|(it, line)| (it, line.beat_s)).collect();
        let config = test.app.config.supervision.clone();
        test.app.supervision.mark().await.unwrap();
        let other = eldercare_dispatch::dispatch::Supervision::begin(
            test.app.desk.clone(), test.app.signs.clone(), config, lines).await.unwrap();
        let (one, two) = tokio::join!(test.app.supervision.look(), other.look());
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(one.reported + two.reported >= 1, "{one:?} {two:?}");
        let found = cases(&test).await;
        assert_eq!((found.len(), found[0].case.alerts), (1, 1));
    }

    async fn a_service_that_was_down_calls_nobody_silent_for_it(db: Database) {
        let test = street(db, 3).await;
        pass(&test, 1_000).await; // long enough listened that nobody is excused
        for n in 0..3 {
            beat(&test, n);
        }
        pass(&test, 1_590).await;
        beat(&test, 2);
        pass(&test, 10).await;
        assert_eq!(cases(&test).await.len(), 0);
        // Killed: no worker runs by itself here, so nothing is written on the way out. Six hours later it is back.
        test.advance(6 * 3_600);
        let test = test.restart().await;
        assert_eq!(look(&test).await.reported, 0);
        // Watch 0 has died. Watch 1 had missed a beat already and has a whole one to be heard in. Watch 2 misses one now.
        let mut found_after = None;
        for second in (10..=2 * BEAT + 60).step_by(10) {
            test.advance(10);
            match second {
                600 | 1_400 => beat(&test, 1),
                1_500 => beat(&test, 2),
                _ => {}
            }
            look(&test).await;
            if found_after.is_none() && !cases(&test).await.is_empty() {
                found_after = Some(second);
            }
        }
        let found_after = found_after.expect("a device that died is found");
        assert!((BEAT..=BEAT + 60).contains(&found_after), "{found_after}");
        let found = cases(&test).await;
        assert_eq!((found.len(), found[0].case.subject), (1, Subject::Elder(elder_of(0))));
    }

    async fn what_comes_back_for_good_closes_its_case_and_what_flaps_is_one(db: Database) {
        let test = street(db, 1).await;
        pass(&test, 1_000).await;
        beat(&test, 0);
        pass(&test, 2 * BEAT + 60).await;
        assert_eq!(open(&test).await.len(), 1);
        // It is heard once, and not again: still the same case.
        beat(&test, 0);
        pass(&test, 2 * BEAT + 60).await;
        let found = cases(&test).await;
        assert_eq!((found.len(), found[0].case.state), (1, State::Ringing));
        // Now it stays.
        beat(&test, 0);
        pass(&test, 200).await;
        beat(&test, 0);
        pass(&test, 10).await;
        assert_eq!(open(&test).await.len(), 1, "well for less than five minutes");
        pass(&test, 100).await;
        beat(&test, 0);
        pass(&test, 10).await;
        let found = cases(&test).await;
        assert_eq!((found.len(), found[0].case.state, found[0].case.outcome), (1, State::Closed, Some(Outcome::DeviceFault)));
        let log = events(&test, &found[0]).await;
        assert!(log.contains(&Event::Recovered { within: None }), "{log:?}");
        // The next time is another time, also within the day.
        pass(&test, 2 * BEAT + 60).await;
        assert_eq!((open(&test).await.len(), cases(&test).await.len()), (1, 2));
    }

    async fn whoever_has_it_in_hand_closes_it_and_sees_the_mark(db: Database) {
        let test = street(db, 1).await;
        pass(&test, 1_000).await;
        beat(&test, 0);
        pass(&test, 2 * BEAT + 60).await;
        let case = open(&test).await[0].case.id;
        let user = eldercare_dispatch::ids::UserId::new(uuid::Uuid::from_u128(7));
        test.app.desk.handle(case, Command::Take, Author::User(user)).await.unwrap();
        for _ in 0..4 {
            beat(&test, 0);
            pass(&test, 100).await;
        }
        let view = test.app.store.case(case).await.unwrap().unwrap();
        assert_eq!((view.case.state, view.case.recovered), (State::Ringing, true));
        let version = view.case.version;
        beat(&test, 0);
        pass(&test, 60).await;
        assert_eq!(test.app.store.case(case).await.unwrap().unwrap().case.version, version, "marked once");
        // It goes on: the mark is gone with the next silence.
        pass(&test, 2 * BEAT + 60).await;
        let view = test.app.store.case(case).await.unwrap().unwrap();
        assert_eq!(view.case.alerts, 1, "still open, so nothing is said twice");
    }

    async fn a_low_battery_is_one_case_and_a_charge_closes_it(db: Database) {
        let test = street(db, 2).await;
        battery(&test, 0, 16);
        assert_eq!(look(&test).await.reported, 0);
        battery(&test, 0, 15);
        assert_eq!(look(&test).await.reported, 1);
        // The watch says so itself as well: it joins.
        let by_itself = test.app.desk.report(alert(0, "low_battery", "b1")).await.unwrap();
        assert!(by_itself.joined);
        // Another device of the same elder, another fault of the same device: cases of their own.
        let tamper = test.app.desk.report(alert(0, "tamper", "t1")).await.unwrap();
        assert!(!tamper.joined);
        change(&test, 1, |it| it.binding = Some(eldercare_dispatch::people::DeviceBinding::Elder(elder_of(0)))).await;
        battery(&test, 1, 3);
        assert_eq!(look(&test).await.reported, 1);
        assert_eq!(open(&test).await.len(), 3);
        // In between is neither, and a moment is not enough.
        battery(&test, 0, 29);
        pass(&test, 400).await;
        battery(&test, 0, 30);
        pass(&test, 290).await;
        assert_eq!(open(&test).await.len(), 3);
        pass(&test, 30).await;
        let left: Vec<Kind> = open(&test).await.iter().map(|it| it.case.kind).collect();
        assert_eq!(left.len(), 2);
        // Low again within the day: another case.
        battery(&test, 0, 10);
        pass(&test, 10).await;
        assert_eq!(open(&test).await.len(), 3);
    }

    async fn a_state_that_a_device_says_is_over_closes_its_case(db: Database) {
        let test = street(db, 1).await;
        let id = device_id("D0");
        test.app.desk.report(alert(0, "tamper", "t1")).await.unwrap();
        // Nobody knows whether a single alarm is over.
        beat(&test, 0);
        test.app.signs.states(id, &[]);
        pass(&test, 600).await;
        assert_eq!(open(&test).await.len(), 1);
        test.app.signs.states(id, &[Kind::Tamper]);
        beat(&test, 0);
        pass(&test, 400).await;
        assert_eq!(open(&test).await.len(), 1);
        test.app.signs.states(id, &[]);
        pass(&test, 200).await;
        test.app.signs.states(id, &[Kind::Tamper]);
        pass(&test, 200).await;
        assert_eq!(open(&test).await.len(), 1, "it came again");
        test.app.signs.states(id, &[]);
        pass(&test, 310).await;
        assert_eq!(open(&test).await.len(), 0);
    }

    async fn a_low_battery_that_a_person_has_closed_rests_for_a_day_unless_it_was_charged(db: Database) {
        let test = street(db, 1).await;
        battery(&test, 0, 10);
        assert_eq!(look(&test).await.reported, 1);
        close_by_hand(&test).await;
        pass(&test, 100).await;
        // Not by a service that has forgotten it either.
        let test = test.restart().await;
        battery(&test, 0, 9);
        pass(&test, 100).await;
        assert_eq!((cases(&test).await.len(), open(&test).await.len()), (1, 0));
        // Charged and low again: another time, within the day.
        battery(&test, 0, 80);
        pass(&test, 10).await;
        battery(&test, 0, 9);
        pass(&test, 10).await;
        assert_eq!((cases(&test).await.len(), open(&test).await.len()), (2, 1));
        // Started anew while the case is open, and then it is closed.
        let test = test.restart().await;
        battery(&test, 0, 8);
        pass(&test, 10).await;
        close_by_hand(&test).await;
        pass(&test, 100).await;
        assert_eq!(open(&test).await.len(), 0);
        for _ in 0..25 {
            test.advance(3_600);
            battery(&test, 0, 8);
        }
        look(&test).await;
        assert_eq!(open(&test).await.len(), 1, "a day later somebody hears of it again");
    }

    async fn what_nobody_waits_for_any_more_keeps_no_case(db: Database) {
        let test = street(db, 4).await;
        pass(&test, 1_000).await;
        for n in 0..4 {
            beat(&test, n);
        }
        pass(&test, 2 * BEAT + 60).await;
        assert_eq!(open(&test).await.len(), 4);
        change(&test, 0, |it| it.in_service = false).await;
        change(&test, 1, |it| it.binding = None).await;
        change(&test, 2, |it| it.beat_s = Some(0)).await;
        pass(&test, 200).await;
        assert_eq!(open(&test).await.len(), 4, "somebody may have taken the wrong one");
        pass(&test, 200).await;
        let left = open(&test).await;
        assert_eq!((left.len(), left[0].case.subject), (1, Subject::Elder(elder_of(3))));
    }

    async fn a_case_that_a_person_has_closed_is_not_opened_again_at_once(db: Database) {
        let test = street(db, 1).await;
        pass(&test, 1_000).await;
        beat(&test, 0);
        pass(&test, 2 * BEAT + 60).await;
        let case = open(&test).await[0].case.id;
        let user = eldercare_dispatch::ids::UserId::new(uuid::Uuid::from_u128(7));
        let close = Command::Close { outcome: Some(Outcome::DeviceFault), proof: eldercare_dispatch::case::Proof::None };
        test.app.desk.handle(case, close, Author::User(user)).await.unwrap();
        pass(&test, 600).await;
        assert_eq!(cases(&test).await.len(), 1);
        // Not even by a service that has forgotten that it said so.
        let test = test.restart().await;
        pass(&test, 2 * BEAT + 60).await;
        assert_eq!(cases(&test).await.len(), 1);
    }

    async fn who_is_not_waited_for_is_not_silent(db: Database) {
        let test = street(db, 4).await;
        pass(&test, 1_000).await;
        for n in 0..3 {
            beat(&test, n);
        }
        change(&test, 0, |it| it.beat_s = Some(0)).await;
        change(&test, 1, |it| it.in_service = false).await;
        change(&test, 2, |it| it.binding = None).await;
        pass(&test, 3 * BEAT).await;
        // Watch 3 was never heard: it is not at its place yet.
        assert_eq!(cases(&test).await.len(), 0);
        let presence = |n: u32| {
            let device = test.app.picture.device(device_id(&format!("D{n}"))).unwrap();
            test.app.supervision.presence(&device).0
        };
        assert_eq!((presence(0), presence(3)), (Presence::NotAwaited, Presence::Never));
    }

    async fn a_line_of_its_own_has_the_beat_of_its_language(db: Database) {
        let test = street_with(db, 1, |it| it.intake.watch.beat_s = 120).await;
        change(&test, 0, |it| {
            it.beat_s = None;
            it.terminal = Some(Terminal { protocol: Protocol::Watch, number: "77".into() });
        })
        .await;
        pass(&test, 300).await;
        beat(&test, 0);
        pass(&test, 2 * 120 + 30).await;
        assert_eq!(cases(&test).await.len(), 0);
        pass(&test, 30).await;
        assert_eq!(cases(&test).await.len(), 1);
    }
}

mod nodes {
    use super::*;

    /// Another node hears the device and writes it down: this one does not call it silent.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_another_node_hears_counts() {
        let test = street(Database::postgres().await, 2).await;
        pass(&test, 1_000).await;
        beat(&test, 0);
        beat(&test, 1);
        for _ in 0..4 {
            pass(&test, 850).await;
            let state = DeviceState {
                device: device_id("D0"),
                heard_at: test.clock.now() - 5.seconds(),
                battery_percent: None,
                signal_percent: None,
                place_at: None,
                reading_at: None,
                content: None,
            };
            test.app.store.put_device_states(vec![state]).await.unwrap();
        }
        let found = cases(&test).await;
        assert_eq!((found.len(), found[0].case.subject), (1, Subject::Elder(elder_of(1))));
    }
}

/// What a look and the writing of beats cost for 200,000 devices at a beat of fifteen minutes. A figure for whoever asks:
/// `ECD_FIGURES=1 cargo test --release --test it supervision::cost -- --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cost() {
    let many: u32 = if std::env::var_os("ECD_FIGURES").is_some() {
        200_000
    } else {
        2_000
    };
    let test = street(Database::sqlite().await, 1).await;
    let model = test.app.picture.device(device_id("D0")).unwrap();
    for part in (1..=many).collect::<Vec<_>>().chunks(5_000) {
        let devices = part.iter().map(|n| Device {
            id: device_id(&format!("M{n}")),
            code: format!("M{n}"),
            ..(*model).clone()
        });
        test.app
            .store
            .put_devices(devices.collect(), test.clock.now())
            .await
            .unwrap();
    }
    test.app.refresh_picture(true).await.unwrap();
    let mut all: Vec<Device> = Vec::new();
    test.app.picture.each_device_in_service(|it| all.push(it.clone()));
    for it in &all {
        test.app.signs.heard(
            it,
            Told {
                battery_percent: Some(80),
                ..Told::default()
            },
        );
    }
    test.app.supervision.mark().await.unwrap();
    look(&test).await;
    let before = cpu();
    // A whole beat: every device is heard once, looks come every ten seconds.
    let looks = BEAT / 10;
    let mut rest = all.iter();
    for _ in 0..looks {
        test.advance(10);
        for it in rest.by_ref().take(all.len().div_ceil(looks as usize)) {
            test.app.signs.heard(
                it,
                Told {
                    battery_percent: Some(79),
                    ..Told::default()
                },
            );
        }
        assert_eq!(look(&test).await.reported, 0);
    }
    let spent = cpu() - before;
    println!(
        "{many} devices, {looks} looks and their writing: {spent:.2} s of processor time in {BEAT} s, {:.2} % of one core",
        spent / BEAT as f64 * 100.0
    );
    assert_eq!(cases(&test).await.len(), 0);
}

/// Processor time of this process, seconds.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
