//! Photos from the scene: what is kept of one, by whom and by what right, who sees it, and that it is one however often it is sent.

use actix_web::http::Method;
use eldercare_dispatch::api::photos::SALT_BYTES;
use eldercare_dispatch::case::PHOTOS_MAX;
use eldercare_dispatch::dispatch::retention::PHOTOS_KEPT;
use eldercare_dispatch::ids::{CaseId, PhotoId};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::api_town::{Answer, Town, elder_0};
use crate::harness::both_stores;
use crate::harness::street::who;

const DRAWN: &[u8] = b"what is drawn";

/// A JPEG as a phone takes it, `edge` pixels wide: it says where.
fn jpeg(edge: u16) -> Vec<u8> {
    let segment = |marker: u8, contents: &[u8]| {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], contents].concat()
    };
    let size = [&[8, 0, 100][..], &edge.to_be_bytes(), &[1, 1, 0x11, 0]].concat();
    [
        vec![0xff, 0xd8],
        segment(0xe1, b"Exif\0\0MM\0*GPSLatitude 39.38 GPSLongitude 117.06"),
        segment(0xc0, &size),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        DRAWN.to_vec(),
        vec![0xff, 0xd9],
        b"Exif GPS behind the end".to_vec(),
    ]
    .concat()
}

async fn send(town: &Town, account: &str, case: CaseId, query: &str, key: Option<&str>, file: Vec<u8>) -> Answer {
    let bearer = format!("Bearer {}", town.token(account).await);
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "image/jpeg")];
    headers.extend(key.map(|it| ("idempotency-key", it)));
    let path = format!("/api/v1/cases/{case}/photos{query}");
    town.raw(Method::POST, &path, &headers, file).await
}

/// The log's records of photos, as a desk reads them.
async fn photographed(town: &Town, case: CaseId) -> Vec<Value> {
    let log = town
        .get("desk", &format!("/api/v1/cases/{case}/events?limit=500"))
        .await
        .ok();
    let items = log["items"].as_array().unwrap().iter();
    items.filter(|it| it["type"] == "photographed").cloned().collect()
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|it| it == what)
}

both_stores! {
    async fn where_a_device_hangs_is_its_households_record_and_says_nothing_of_the_place(db: Database) {
        let town = Town::start(db).await;
        let path = format!("/api/v1/devices/{}/photo", town.device);
        let send = async |name: &str, query: &str, file: Vec<u8>| {
            let bearer = format!("Bearer {}", town.token(name).await);
            town.raw(Method::POST, &format!("{path}{query}"), &[("authorization", bearer.as_str())], file).await
        };
        assert_eq!(town.get("desk", &path).await.problem(), (404, "photo_not_found"));
        for (query, file, status, field) in [
            ("", jpeg(64), 422, "consent"),
            ("?consent=agreed", jpeg(64), 422, "consent"),
            ("?consent=household", b"no image".to_vec(), 422, "photo"),
            ("?consent=household", vec![0; 400 * 1024 + 1], 413, "photo"),
        ] {
            let answer = send("desk", query, file).await;
            assert_eq!((answer.status, answer.body["errors"][0]["field"].as_str()), (status, Some(field)), "{}", answer.text);
        }
        let kept = send("desk", "?consent=household", jpeg(64)).await.ok();
        assert_eq!((kept["width"].as_u64(), kept["media"].as_str()), (Some(64), Some("image/jpeg")));
        let shown = town.get("leader", &path).await;
        assert_eq!(shown.status, 200);
        assert!(!shown.bytes.windows(4).any(|it| it == b"Exif"), "nothing of where and when");
        assert_eq!(send("far_desk", "?consent=household", jpeg(64)).await.status, 404);
        // Another takes its place; the old one goes by the job, and the one that holds stays.
        town.test.advance(10);
        send("desk", "?consent=household", jpeg(32)).await.ok();
        let days = |n: u64| n * 86_400;
        town.test.advance(days(180) + 1);
        town.forget_tokens();
        assert_eq!(town.test.app.retention().run().await.unwrap(), 1);
        assert_eq!(town.get("desk", &path).await.status, 200);
        // Taken away, it hangs nowhere.
        town.post("desk", &format!("/api/v1/devices/{}/unbind", town.device), json!({"reason": "returned"})).await.ok();
        assert_eq!(town.get("desk", &path).await.problem(), (404, "photo_not_found"));
        let nowhere = send("desk", "?consent=household", jpeg(64)).await;
        assert_eq!(nowhere.problem(), (409, "device_not_bound"), "{}", nowhere.text);
        town.test.advance(days(180) + 1);
        assert_eq!(town.test.app.retention().run().await.unwrap(), 1);
    }

    async fn a_photo_says_nothing_of_the_place_and_lies_sealed_beside_a_digest(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        town.say_yes(case, "g1", "G1").await.ok();
        let added = send(&town, "g1", case, "?consent=agreed", None, jpeg(640)).await.ok();
        assert_eq!(added["case"]["elder"]["name"], "老人0");
        let id: PhotoId = added["photo"].as_str().unwrap().parse().unwrap();
        let path = format!("/api/v1/cases/{case}/photos");

        let list = town.get("desk", &path).await.ok();
        let it = &list["items"][0];
        assert_eq!((it["id"].as_str(), it["consent"].as_str(), it["width"].as_u64()), (Some(id.to_string().as_str()), Some("agreed"), Some(640)));
        assert_eq!(it["by"]["id"], who("G1").to_string());
        let seen = town.get("desk", &format!("{path}/{id}")).await;
        assert_eq!((seen.status, seen.headers.get("content-type").unwrap().to_str().unwrap()), (200, "image/jpeg"));
        assert_eq!(seen.headers.get("cache-control").unwrap(), "no-store");
        assert!(holds(&seen.bytes, DRAWN) && !holds(&seen.bytes, b"GPS") && !holds(&seen.bytes, b"Exif"));

        // In the table nothing of it can be read; with the elder's key there are the salt and the cleaned photo.
        let store = &town.test.app.store;
        let (_, sealed) = store.photo(case, id).await.unwrap().unwrap();
        assert!(!holds(&sealed.0, DRAWN) && !holds(&sealed.0, b"GPS"));
        let salted = store.keys().unwrap().open_field(&sealed, "photo", "content", id.as_uuid()).unwrap();
        assert_eq!(salted[SALT_BYTES..], seen.bytes[..]);
        assert!(store.keys().unwrap().open_field(&sealed, "note", "content", id.as_uuid()).is_err(), "bound to its place");

        // The log holds ids, the right and the digest over salt and photo, and no bytes.
        let log = photographed(&town, case).await;
        let digest: String = Sha256::digest(&salted).iter().map(|it| format!("{it:02x}")).collect();
        assert_eq!((log.len(), log[0]["digest"].as_str(), log[0]["photo"].as_str()), (1, Some(digest.as_str()), Some(id.to_string().as_str())));
        let fields: Vec<&str> = log[0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["at", "by", "consent", "digest", "hash", "photo", "type", "version"]);

        // The look stands in the view log; the list alone is none.
        let views = store.views_of(case.as_uuid(), None, 10).await.unwrap();
        let looks: Vec<_> = views.iter().filter(|it| it.field == "photo.content").collect();
        assert_eq!((looks.len(), looks[0].reason.as_str()), (1, id.to_string().as_str()));

        // With the key of the elder goes the photo; the chain stays whole.
        store.keys().unwrap().erase(store, elder_0(), town.test.clock.now()).await.unwrap();
        assert_eq!(town.get("desk", &format!("{path}/{id}")).await.problem(), (410, "erased"));
        assert!(store.check().await.unwrap().found.is_empty());
    }

    async fn a_photo_sent_twice_is_one_and_twelve_are_enough(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        town.say_yes(case, "g1", "G1").await.ok();
        let once = |file| send(&town, "g1", case, "?consent=agreed", Some("k1"), file);
        let (first, second) = tokio::join!(once(jpeg(640)), once(jpeg(640)));
        let first = first.ok();
        assert_eq!(first["photo"], second.ok()["photo"]);
        assert_eq!(photographed(&town, case).await.len(), 1);
        assert_eq!(once(jpeg(320)).await.problem(), (422, "key_reused"));
        let other_right = send(&town, "g1", case, "?consent=forced_entry", Some("k1"), jpeg(640)).await;
        assert_eq!(other_right.problem(), (422, "key_reused"));

        // The answer is forgotten after a day; the photo is not made a second one.
        town.test.advance(25 * 3_600);
        town.test.app.retention().run().await.unwrap();
        town.forget_tokens();
        assert_eq!(once(jpeg(640)).await.ok()["photo"], first["photo"]);
        assert_eq!(photographed(&town, case).await.len(), 1);

        for n in 1..PHOTOS_MAX {
            send(&town, "g1", case, "?consent=forced_entry", Some(&format!("more{n}")), jpeg(640)).await.ok();
        }
        let beyond = send(&town, "g1", case, "?consent=agreed", Some("beyond"), jpeg(640)).await;
        assert_eq!(beyond.problem(), (409, "too_many_photos"));
        let list = town.get("desk", &format!("/api/v1/cases/{case}/photos")).await.ok();
        assert_eq!(list["items"].as_array().unwrap().len(), PHOTOS_MAX);
        assert!(town.test.app.store.check().await.unwrap().found.is_empty());

        // Kept for 180 days; then it is gone, with proof, and the log still says that there was one.
        town.test.advance(PHOTOS_KEPT.as_secs().unsigned_abs() + 1);
        town.forget_tokens();
        town.test.app.retention().run().await.unwrap();
        let list = town.get("desk", &format!("/api/v1/cases/{case}/photos")).await.ok();
        assert_eq!(list["items"], json!([]));
        let proof = town.test.app.store.deleted().await.unwrap();
        let photos = proof.iter().filter(|it| it.job == "photos").map(|it| it.count);
        assert_eq!(photos.sum::<u64>(), PHOTOS_MAX as u64);
        assert_eq!(photographed(&town, case).await.len(), PHOTOS_MAX);
        assert!(town.test.app.store.check().await.unwrap().found.is_empty());
    }

    async fn what_is_no_photo_or_has_no_right_is_refused_by_field(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        town.say_yes(case, "g1", "G1").await.ok();
        let large = [jpeg(640), vec![0; 400 * 1024]].concat();
        let whole = jpeg(640);
        for (query, file, status, code, field) in [
            ("", whole.clone(), 422, "missing_field", "consent"),
            ("?consent=", whole.clone(), 422, "missing_field", "consent"),
            ("?consent=perhaps", whole.clone(), 422, "invalid_value", "consent"),
            ("?consent=agreed", large, 413, "too_large", "photo"),
            ("?consent=agreed", jpeg(1_601), 422, "out_of_range", "photo"),
            ("?consent=agreed", vec![], 422, "invalid_value", "photo"),
            ("?consent=agreed", b"%PDF-1.7 a photo they say".to_vec(), 422, "invalid_value", "photo"),
            ("?consent=agreed", whole[..40].to_vec(), 422, "invalid_value", "photo"),
        ] {
            let answer = send(&town, "g1", case, query, None, file).await;
            assert_eq!(answer.problem(), (status, code), "{query} {}", answer.text);
            assert_eq!(answer.body["errors"][0]["field"], field, "{query} {}", answer.text);
            assert_eq!(answer.headers.get("content-type").unwrap(), "application/problem+json");
        }
        let both = send(&town, "g1", case, "", None, vec![]).await;
        let fields: Vec<_> = both.body["errors"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["consent", "photo"]);
        let odd = send(&town, "g1", case, "?consent=agreed&place=39.38", None, jpeg(640)).await;
        assert_eq!(odd.problem(), (400, "bad_query"));
        assert!(photographed(&town, case).await.is_empty());
    }

    async fn who_is_at_work_on_a_case_sees_its_photos_and_nobody_else(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        town.say_yes(case, "g1", "G1").await.ok();
        let added = send(&town, "g1", case, "?consent=agreed", None, jpeg(640)).await.ok();
        let path = format!("/api/v1/cases/{case}/photos");
        let one = format!("{path}/{}", added["photo"].as_str().unwrap());
        for (account, status, code) in [
            ("desk", 200, ""),
            ("leader", 200, ""),
            ("g1", 200, ""),
            ("g2", 403, "not_at_this_stage"),
            ("family", 404, "case_not_found"),
            ("auditor", 403, "role_not_allowed"),
            ("admin", 403, "role_not_allowed"),
            ("far_desk", 404, "case_not_found"),
            ("far_g", 404, "case_not_found"),
        ] {
            for at in [&path, &one] {
                assert_eq!(town.get(account, at).await.problem(), (status, code), "{at} as {account}");
            }
            if status != 200 {
                let tried = send(&town, account, case, "?consent=agreed", None, jpeg(640)).await;
                assert_eq!(tried.problem(), (status, code), "adding as {account}");
            }
        }
        // Another case's name does not open it, and a name of nobody's opens nothing.
        let other = town.test.app.desk.report(crate::harness::street::alert(1, "sos", "other")).await.unwrap().case;
        let elsewhere = town.get("desk", &one.replace(&case.to_string(), &other.to_string())).await;
        assert_eq!(elsewhere.problem(), (404, "photo_not_found"));
        // Who was stood down neither sees nor adds any; a desk does both until the end.
        let down = json!({"responder_id": who("G1")});
        town.test.advance(10);
        town.test.app.desk.run_due().await.unwrap();
        town.post("desk", &format!("/api/v1/cases/{case}/stand-down"), down).await.ok();
        for at in [&path, &one] {
            assert_eq!(town.get("g1", at).await.problem(), (404, "case_not_found"));
        }
        let late = send(&town, "g1", case, "?consent=agreed", None, jpeg(640)).await;
        assert_eq!(late.problem(), (404, "case_not_found"));
        send(&town, "desk", case, "?consent=forced_entry", None, jpeg(640)).await.ok();
        town.post("desk", &format!("/api/v1/cases/{case}/voice-result"), json!({"result": "fine"})).await.ok();
        let close = json!({"outcome": "fine_by_voice", "proof": {"type": "voice_contact"}});
        town.post("desk", &format!("/api/v1/cases/{case}/close"), close).await.ok();
        let over = send(&town, "desk", case, "?consent=agreed", None, jpeg(640)).await;
        assert_eq!(over.problem(), (409, "case_over"));
        assert_eq!(town.get("desk", &one).await.status, 200, "what was found stays with the desk");
    }
}
