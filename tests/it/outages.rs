//! Many devices dark at once: one incident with a round of checks, and no cases beside it.

use eldercare_dispatch::case::{Author, Command, Event, Kind, Lane, Outcome, Part, Proof, State, Subject};
use eldercare_dispatch::ids::UserId;
use eldercare_dispatch::people::{Carrier, LifeSupport, Need, area_id};
use eldercare_dispatch::store::cases::CaseView;

use crate::harness::street::elder_of;
use crate::harness::{Database, TestApp, both_stores};
use crate::supervision::{BEAT, beat, cases, change, events, look, open, pass, street};

const MANY: u32 = 12;

/// A street whose watches have all been heard a moment ago.
async fn alive(db: Database, n: u32) -> TestApp {
    let test = street(db, n).await;
    pass(&test, 1_000).await;
    for it in 0..n {
        beat(&test, it);
    }
    test
}

fn of_kind(all: &[CaseView], kind: Kind) -> Vec<CaseView> {
    all.iter().filter(|it| it.case.kind == kind).cloned().collect()
}

both_stores! {
    async fn a_dark_area_is_one_incident_with_a_round_by_need_and_recovery_closes_it(db: Database) {
        let test = street(db, MANY).await;
        for (n, need, support) in [
            (3, Need::General, Some(LifeSupport::Oxygen)),
            (5, Need::General, Some(LifeSupport::Ventilator)),
            (7, Need::HighRisk, None),
        ] {
            let mut elder = (*test.app.picture.elder(elder_of(n)).unwrap()).clone();
            elder.needs = [need].into();
            elder.life_support = support.into_iter().collect();
            let file = eldercare_dispatch::store::ElderFile { elder, secrets: None };
            let book = test.app.store.area_book(jiff::civil::date(2026, 6, 1)).await.unwrap();
            test.app.store.put_elders(vec![file], &book, test.clock.now()).await.unwrap();
        }
        test.app.refresh_picture(true).await.unwrap();
        pass(&test, 1_000).await;
        for it in 0..MANY {
            beat(&test, it);
        }
        // The current fails. One is heard a little longer, on its battery.
        pass(&test, 300).await;
        beat(&test, 0);
        pass(&test, 2 * BEAT).await;
        let found = cases(&test).await;
        assert_eq!(found.len(), 1, "{:?}", found.iter().map(|it| it.case.kind).collect::<Vec<_>>());
        let case = &found[0].case;
        assert_eq!((case.kind, case.lane, case.part), (Kind::Outage, Lane::Technical, None));
        assert_eq!(case.subject, Subject::Area(area_id("120114001")));
        assert_eq!((case.alerts, case.tier.as_str()), (0, "street"));
        let log = events(&test, &found[0]).await;
        assert!(log.iter().any(|it| matches!(it, Event::Rang { .. })), "the desk hears of it: {log:?}");
        let round = test.app.supervision.round(case.id).await.unwrap();
        let order: Vec<_> = round.iter().map(|it| it.elder.id).collect();
        assert_eq!(round.len(), MANY as usize);
        assert_eq!(order[..3], [elder_of(5), elder_of(3), elder_of(7)]);
        assert_eq!(order[MANY as usize - 1], elder_of(0), "the last that was heard");
        // Killed and started again in the middle of it: still one.
        let test = test.restart().await;
        pass(&test, 2 * BEAT + 60).await;
        assert_eq!(cases(&test).await.len(), 1);
        // They come back, all but one; who is back stands at the end of the round.
        for it in 1..MANY {
            beat(&test, it);
        }
        let round = test.app.supervision.round(case.id).await.unwrap();
        assert_eq!((round[0].elder.id, round[0].back, round[1].back), (elder_of(0), false, true));
        pass(&test, 250).await;
        assert_eq!(open(&test).await.len(), 1, "not for good yet");
        for it in 1..MANY {
            beat(&test, it);
        }
        pass(&test, 100).await;
        let all = cases(&test).await;
        let incident = &of_kind(&all, Kind::Outage)[0];
        assert_eq!((incident.case.state, incident.case.recovered), (State::Closed, true));
        assert!(events(&test, incident).await.contains(&Event::Recovered { within: None }));
        // Whoever is dark on its own has a case of its own.
        let left = of_kind(&all, Kind::LinkLoss);
        assert_eq!((left.len(), left[0].case.subject), (1, Subject::Elder(elder_of(0))));
        assert_eq!(left[0].case.state, State::Ringing);
    }

    async fn a_dark_carrier_is_one_incident_and_the_others_go_on(db: Database) {
        let test = street(db, 20).await;
        for n in 0..20 {
            let carrier = if n % 2 == 0 { Carrier::Mobile } else { Carrier::Telecom };
            change(&test, n, |it| it.carrier = Some(carrier)).await;
        }
        pass(&test, 1_000).await;
        for it in 0..20 {
            beat(&test, it);
        }
        for _ in 0..3 {
            pass(&test, 600).await;
            for n in (1..20).step_by(2) {
                beat(&test, n);
            }
        }
        pass(&test, 60).await;
        let found = cases(&test).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].case.kind, found[0].case.part), (Kind::Outage, Some(Part::Carrier(Carrier::Mobile))));
        assert_eq!(test.app.supervision.round(found[0].case.id).await.unwrap().len(), 10);
        // Now the others too: the whole street is dark, and the smaller incident goes on in the larger.
        pass(&test, 2 * BEAT).await;
        let now = open(&test).await;
        assert_eq!(now.len(), 1);
        assert_eq!((now[0].case.kind, now[0].case.part), (Kind::Outage, None));
        let before = test.app.store.case(found[0].case.id).await.unwrap().unwrap();
        assert_eq!(before.case.state, State::Closed);
        assert!(events(&test, &before).await.contains(&Event::Recovered { within: Some(now[0].case.id) }));
        assert_eq!(test.app.supervision.round(now[0].case.id).await.unwrap().len(), 20);
    }

    async fn cases_from_before_go_on_in_the_incident(db: Database) {
        let test = alive(db, MANY).await;
        // Seven die: too few for an incident, so each has its case.
        for _ in 0..3 {
            pass(&test, 600).await;
            for it in 7..MANY {
                beat(&test, it);
            }
        }
        pass(&test, 60).await;
        assert_eq!(of_kind(&open(&test).await, Kind::LinkLoss).len(), 7);
        // Then the rest.
        pass(&test, 2 * BEAT).await;
        let now = open(&test).await;
        assert_eq!((now.len(), now[0].case.kind), (1, Kind::Outage));
        let within = Event::Recovered { within: Some(now[0].case.id) };
        for it in of_kind(&cases(&test).await, Kind::LinkLoss) {
            assert!(events(&test, &it).await.contains(&within));
        }
        assert_eq!(test.app.supervision.round(now[0].case.id).await.unwrap().len(), MANY as usize);
    }

    async fn an_incident_that_was_begun_and_never_filled_is_over(db: Database) {
        let test = alive(db, MANY).await;
        // As a process leaves it that ends between the two.
        let area = area_id("120114001");
        let id = eldercare_dispatch::ids::CaseId::derive(area.as_uuid(), "outage by hand");
        let opening = eldercare_dispatch::case::Opening::outage(id, area, None);
        test.app.desk.begin(opening, "120114001", "120114001").await.unwrap();
        pass(&test, 200).await;
        assert_eq!(open(&test).await.len(), 1);
        pass(&test, 200).await;
        assert_eq!((open(&test).await.len(), cases(&test).await.len()), (0, 1));
    }

    async fn few_are_no_incident_and_one_that_a_person_has_closed_stays_closed(db: Database) {
        let test = alive(db, MANY).await;
        pass(&test, 2 * BEAT + 60).await;
        let incident = open(&test).await[0].clone();
        assert_eq!(incident.case.kind, Kind::Outage);
        let close = Command::Close { outcome: Some(Outcome::DeviceFault), proof: Proof::None };
        let user = Author::User(UserId::new(uuid::Uuid::from_u128(7)));
        test.app.desk.handle(incident.case.id, close, user).await.unwrap();
        pass(&test, 600).await;
        assert_eq!((open(&test).await.len(), cases(&test).await.len()), (0, 1));
        let test = test.restart().await;
        pass(&test, 2 * BEAT + 60).await;
        assert_eq!((open(&test).await.len(), cases(&test).await.len()), (0, 1));
        // Whoever comes back and falls silent again is another matter.
        beat(&test, 4);
        pass(&test, 2 * BEAT + 60).await;
        let now = open(&test).await;
        assert_eq!((now.len(), now[0].case.kind, now[0].case.subject), (1, Kind::LinkLoss, Subject::Elder(elder_of(4))));
        assert_eq!(look(&test).await.incidents, 0);
    }
}
