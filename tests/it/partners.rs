//! Partners are told of cases in CAP 1.2: signed, at least once, the same message each time, and nothing of anybody's.

use eldercare_dispatch::cap::{self, Alert, MsgType, ResponseType, Scope, Severity, Status, Urgency};
use eldercare_dispatch::case::words::Agency;
use eldercare_dispatch::case::{Author, Command, Outcome};
use eldercare_dispatch::ids::{CaseId, ReferralId};
use eldercare_dispatch::notify::PartnerConfig;
use eldercare_dispatch::people::{Need, ResponderKind};

use crate::harness::endpoint::{Endpoint, Heard, Play};
use crate::harness::street::{GRID, alert, elder, responder};
use crate::harness::{Database, TestApp, both_stores};
use crate::notify_webhook::{report, rows};

fn config(of: &Endpoint, more: &str) -> PartnerConfig {
    let webhook = of.config();
    let text = format!(
        "name = \"{}\"\nurl = \"{}\"\nsecret = \"{}\"\nsender = \"dispatch@yangcun.example\"\naddress = \"town centre\"\ntimeout_ms = 2000\n{more}",
        webhook.name,
        webhook.url,
        crate::harness::endpoint::SECRET,
    );
    toml::from_str(&text).expect("a partner")
}

async fn street(db: Database, partners: Vec<PartnerConfig>) -> TestApp {
    let app = TestApp::start_with(db, move |config| config.notify.partners.clone_from(&partners)).await;
    let responders = vec![responder("G1", ResponderKind::GridWorker, 0.002)];
    app.fill((0..3).map(|n| elder(n, Need::LivingAlone)).collect(), responders)
        .await;
    app
}

fn read(it: &Heard) -> Alert {
    assert!(it.is_signed());
    assert_eq!(it.header("content-type"), "application/cap+xml");
    cap::read(it.body.as_bytes()).unwrap_or_else(|error| panic!("{error}: {}", it.body))
}

async fn tell(app: &TestApp) {
    app.app.outbox.run_due().await.unwrap();
}

async fn asks(app: &TestApp, case: CaseId, command: Command) {
    app.advance(1);
    app.app.desk.handle(case, command, Author::System).await.unwrap();
    tell(app).await;
}

both_stores! {
    async fn a_partner_hears_of_a_case_when_the_street_owns_it_and_of_its_course(db: Database) {
        let town = Endpoint::start("town").await;
        let app = street(db, vec![config(&town, "place = \"rounded\"")]).await;
        let case = report(&app, alert(1, "smoke", "1")).await;
        tell(&app).await;
        assert!(town.heard().is_empty(), "the grid has it");
        app.advance(60);
        app.app.desk.run_due().await.unwrap();
        tell(&app).await;
        let heard = town.hears(1).await;
        let first = read(&heard[0]);
        assert_eq!((first.status, first.msg_type, first.scope), (Status::Actual, MsgType::Alert, Scope::Private));
        assert_eq!((first.sender.as_str(), first.addresses.as_slice()), ("dispatch@yangcun.example", &["town centre".to_owned()][..]));
        assert_eq!(first.references, vec![]);
        let info = &first.infos[0];
        assert_eq!((info.severity, info.urgency), (Severity::Extreme, Urgency::Immediate));
        assert_eq!(info.areas[0].geocodes, [("area_code".to_owned(), GRID.to_owned())]);
        let circle = info.areas[0].circles[0];
        assert_eq!((circle.middle.lat(), circle.middle.lon(), circle.radius_km), (39.38, 117.06, 1.0));
        // The rules of the standard, by the letters.
        assert!(heard[0].body.contains("+08:00</sent>") && !heard[0].body.contains("Z</sent>"), "{}", heard[0].body);
        // Nothing of anybody's: no name, no door, no number.
        let person = app.app.picture.elder(crate::harness::street::elder_of(1)).unwrap();
        for private in [person.name.as_str(), person.address.as_str(), person.code.as_str(), "39.3805"] {
            assert!(!heard[0].body.contains(private), "{private} in {}", heard[0].body);
        }
        // More, each naming all before it.
        let referral = ReferralId::new(uuid::Uuid::from_u128(7));
        asks(&app, case, Command::Refer { referral, to: Agency::Fire }).await;
        asks(&app, case, Command::AcknowledgeReferral { referral, note: None }).await;
        let heard = town.hears(3).await;
        let (second, third) = (read(&heard[1]), read(&heard[2]));
        assert_eq!((second.msg_type, third.msg_type), (MsgType::Update, MsgType::Update));
        assert_eq!(second.references, [first.reference()]);
        assert_eq!(third.references, [first.reference(), second.reference()]);
        assert!(second.infos[0].parameters.contains(&("referred_to".to_owned(), "119".to_owned())));
        assert_eq!(second.infos[0].response_types, [ResponseType::Assess]);
        // It was nothing.
        app.advance(1);
        app.app.desk.handle(case, Command::Resolve { outcome: Outcome::FalseAlarm }, Author::System).await.unwrap();
        tell(&app).await;
        let heard = town.hears(4).await;
        let last = read(heard.iter().find(|it| it.body.contains("Cancel")).unwrap());
        assert_eq!((last.msg_type, last.references.len()), (MsgType::Cancel, 3));
        assert_eq!((last.infos[0].urgency, last.infos[0].response_types.as_slice()), (Urgency::Past, &[ResponseType::AllClear][..]));
        let states: Vec<String> = rows(&app, case).await.into_iter().map(|it| it.state).collect();
        assert_eq!(states, ["sent"; 4]);
    }

    async fn a_partner_that_is_away_is_told_later_the_same_and_delays_nothing(db: Database) {
        let town = Endpoint::start("town").await;
        let fire = Endpoint::start("fire").await;
        let partners = vec![config(&town, "from = \"opened\""), config(&fire, "from = \"referred\"\nkinds = [\"smoke\"]\nlanguage = \"en\"")];
        let app = street(db, partners).await;
        town.next(Play::Answer(503, vec![], String::new()));
        let case = report(&app, alert(0, "sos", "1")).await;
        tell(&app).await;
        let first = town.hears(1).await[0].clone();
        // Meanwhile the case goes on, and the process ends and begins again.
        app.app.desk.handle(case, Command::Resolve { outcome: Outcome::Helped }, Author::System).await.unwrap();
        let app = app.restart().await;
        app.advance(120);
        tell(&app).await;
        let heard = town.hears(3).await;
        let again = heard[1..].iter().find(|it| it.id() == first.id()).expect("the first comes again");
        assert_eq!(again.body, first.body, "word for word, whatever has happened since");
        let end = heard[1..].iter().find(|it| it.id() != first.id()).unwrap();
        let (begun, ended) = (read(&first), read(end));
        assert_eq!((ended.msg_type, ended.references.as_slice()), (MsgType::Update, &[begun.reference()][..]));
        assert!(begun.infos[0].areas[0].circles.is_empty(), "the grid and no more");
        assert!(fire.heard().is_empty(), "another kind, and not referred");
        // In practice nobody is told; a partner that refuses costs its own row only.
        let drill = eldercare_dispatch::dispatch::AlertReport { drill: true, ..alert(1, "smoke", "2") };
        let drilled = report(&app, drill).await;
        assert_eq!(rows(&app, drilled).await.len(), 0);
        let smoke = report(&app, alert(2, "smoke", "3")).await;
        fire.next(Play::Answer(400, vec![], String::new()));
        let referral = ReferralId::new(uuid::Uuid::from_u128(8));
        asks(&app, smoke, Command::Refer { referral, to: Agency::Fire }).await;
        let heard = fire.hears(1).await;
        let told = read(&heard[0]);
        assert_eq!((told.msg_type, told.infos[0].event.as_str()), (MsgType::Alert, "Smoke alarm"));
        let mut states: Vec<(String, String)> = rows(&app, smoke).await.into_iter().map(|it| (it.channel, it.state)).collect();
        states.sort();
        states.dedup();
        assert_eq!(states, [("cap:fire".to_owned(), "failed".to_owned()), ("cap:town".to_owned(), "sent".to_owned())]);
    }
}
