//! A small street with accounts, for the tests of the HTTP face, which they call in process.

use std::rc::Rc;

use actix_web::body::to_bytes;
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::{App as Web, HttpResponse, test};
use eldercare_dispatch::api::{Api, auth, configure};
use eldercare_dispatch::app::Config;
use eldercare_dispatch::ids::{CaseId, DeviceId, ElderId, OfferId, UserId};
use eldercare_dispatch::people::*;
use eldercare_dispatch::store::cases::CaseView;
use eldercare_dispatch::store::{ElderFile, NewAccount};
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::street::{GRID, elder, responder, who};
use crate::harness::{Database, TestApp};

pub const STREET: &str = "120114001";
pub const NEXT_STREET: &str = "120114002";
pub const PASSWORD: &str = "正确的密码 17";

/// Who has an account: name, role, scope, responder.
const ACCOUNTS: &[(&str, Role, &str, Option<&str>)] = &[
    ("admin", Role::Admin, STREET, None),
    ("leader", Role::DutyLeader, STREET, None),
    ("desk", Role::Dispatcher, STREET, None),
    ("desk2", Role::Dispatcher, STREET, None),
    ("auditor", Role::Auditor, STREET, None),
    ("g1", Role::GridWorker, GRID, Some("G1")),
    ("g2", Role::GridWorker, GRID, Some("G2")),
    ("doctor", Role::GridWorker, GRID, Some("DOC")),
    ("family", Role::Caregiver, GRID, Some("F1")),
    ("far_admin", Role::Admin, NEXT_STREET, None),
    ("far_leader", Role::DutyLeader, NEXT_STREET, None),
    ("far_desk", Role::Dispatcher, NEXT_STREET, None),
    ("far_auditor", Role::Auditor, NEXT_STREET, None),
    ("far_g", Role::GridWorker, NEXT_STREET, Some("S9")),
    ("far_family", Role::Caregiver, NEXT_STREET, Some("F9")),
];

/// The service, its street, and the way to call it.
pub struct Town {
    pub test: TestApp,
    pub api: Api,
    pub device: DeviceId,
    pub key: String,
    tokens: std::sync::Mutex<std::collections::HashMap<String, (String, jiff::Timestamp)>>,
    service: tokio::sync::OnceCell<Call>,
}

/// Calls the mounted routes.
type Call = Box<dyn Fn(test::TestRequest) -> LocalBoxFuture<'static, Result<HttpResponse, actix_web::Error>>>;

/// The routes, mounted once for all calls of a test: to mount them compiles a pattern for each.
async fn service(api: Api) -> Call {
    let service = Rc::new(test::init_service(Web::new().configure(configure(api))).await);
    Box::new(move |request| {
        let service = service.clone();
        Box::pin(async move {
            let response: ServiceResponse = test::try_call_service(&*service, request.to_request()).await?;
            Ok(response.into_parts().1)
        })
    })
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: actix_web::http::header::HeaderMap,
    pub bytes: Vec<u8>,
    pub text: String,
    pub body: Value,
}

impl Answer {
    /// Status and the problem's code.
    pub fn problem(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or(""))
    }
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.body
    }
}

pub fn user(name: &str) -> UserId {
    UserId::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

impl Town {
    pub async fn start(db: Database) -> Self {
        Self::start_with(db, |_| {}).await
    }

    /// As [`Town::start`], configured otherwise.
    pub async fn start_with(db: Database, adjust: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        let test = TestApp::start_with(db, adjust).await;
        let doctor = Responder {
            skills: [Skill::Medical].into(),
            ..responder("DOC", ResponderKind::CommunityDoctor, 0.004)
        };
        let responders = vec![
            responder("G1", ResponderKind::GridWorker, 0.002),
            responder("G2", ResponderKind::GridWorker, 0.003),
            doctor,
            responder("F1", ResponderKind::Family, 0.001),
            responder("F9", ResponderKind::Family, 0.5),
            Responder {
                scope: [NEXT_STREET.parse::<AreaCode>().unwrap()].into_iter().collect(),
                ..responder("S9", ResponderKind::GridWorker, 0.5)
            },
        ];
        test.fill(vec![elder(0, Need::LivingAlone), elder(1, Need::General)], responders)
            .await;
        let store = &test.app.store;
        let now = test.app.clock.now();
        let book = store.area_book(jiff::civil::date(2026, 6, 1)).await.unwrap();
        let secrets = ElderSecrets {
            identity: None,
            phones: vec!["13900000001".parse().unwrap()],
            access: DoorAccess {
                door_code: Some(Private::new("4711#")),
                ..DoorAccess::default()
            },
            health: Health {
                summary: Some(Private::new("高血压")),
                medication: None,
            },
        };
        let file = ElderFile {
            elder: elder(0, Need::LivingAlone),
            secrets: Some(secrets),
        };
        store.put_elders(vec![file], &book, now).await.unwrap();
        let hash = auth::hash_password(PASSWORD).unwrap();
        for (name, role, scope, responder) in ACCOUNTS {
            let account = NewAccount {
                id: user(name),
                username: (*name).to_owned(),
                password_hash: hash.to_string(),
                role: *role,
                scope: [scope.parse::<AreaCode>().unwrap()].into_iter().collect(),
                responder: responder.map(who),
            };
            store.add_account(account, now).await.unwrap();
        }
        let (device, key) = test.device_key("D0").await;
        let api = Api::open(test.app.clone()).unwrap();
        Self {
            test,
            api,
            device,
            key,
            tokens: Default::default(),
            service: Default::default(),
        }
    }

    /// Stops the service and starts it on the same database.
    pub async fn restart(self) -> Self {
        let town = self.restart_unread().await;
        town.test.app.read_register().await.unwrap();
        town
    }

    /// As [`Town::restart`], in the first moment of the start: the register has not been read.
    pub async fn restart_unread(self) -> Self {
        let test = self.test.restart_unread().await;
        let api = Api::open(test.app.clone()).unwrap();
        Self {
            test,
            api,
            service: Default::default(),
            ..self
        }
    }

    /// Calls with whatever headers and body.
    pub async fn raw(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        let call = self.service.get_or_init(|| service(self.api.clone())).await;
        let mut request = test::TestRequest::default().method(method).uri(path);
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        let request = request
            .peer_addr("10.0.0.7:4000".parse().unwrap())
            .set_payload(body.into());
        let response = match call(request).await {
            Ok(response) => response,
            Err(error) => error.error_response(),
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = to_bytes(response.into_body()).await.unwrap_or_default().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer {
            status,
            headers,
            bytes,
            text,
            body,
        }
    }

    /// Signs in once a name, and anew when that has run out.
    pub async fn token(&self, name: &str) -> String {
        let now = self.test.clock.now();
        if let Some((token, until)) = self.tokens.lock().unwrap().get(name)
            && now < *until
        {
            return token.clone();
        }
        let pair = self.sign_in(name, PASSWORD).await.ok();
        let token = pair["access_token"].as_str().unwrap().to_owned();
        let until = now + jiff::SignedDuration::from_secs(pair["expires_in"].as_i64().unwrap());
        self.tokens
            .lock()
            .unwrap()
            .insert(name.to_owned(), (token.clone(), until));
        token
    }

    pub async fn sign_in(&self, name: &str, password: &str) -> Answer {
        let asked = json!({"username": name, "password": password}).to_string();
        let json = [("content-type", "application/json")];
        self.raw(Method::POST, "/api/v1/auth/token", &json, asked).await
    }

    /// Forgets tokens, as after they have run out.
    pub fn forget_tokens(&self) {
        self.tokens.lock().unwrap().clear();
    }

    async fn call(&self, method: Method, name: &str, path: &str, key: Option<&str>, body: Vec<u8>) -> Answer {
        let bearer = format!("Bearer {}", self.token(name).await);
        let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        headers.extend(key.map(|it| ("idempotency-key", it)));
        self.raw(method, path, &headers, body).await
    }

    pub async fn get(&self, name: &str, path: &str) -> Answer {
        self.call(Method::GET, name, path, None, vec![]).await
    }

    pub async fn post(&self, name: &str, path: &str, body: Value) -> Answer {
        self.call(Method::POST, name, path, None, body.to_string().into_bytes())
            .await
    }

    pub async fn post_once(&self, name: &str, path: &str, key: &str, body: Value) -> Answer {
        self.call(Method::POST, name, path, Some(key), body.to_string().into_bytes())
            .await
    }

    pub async fn put(&self, name: &str, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, name, path, None, body.to_string().into_bytes())
            .await
    }

    /// As any method, with any body.
    pub async fn any(&self, method: &Method, name: &str, path: &str, body: &str) -> Answer {
        self.call(method.clone(), name, path, None, body.as_bytes().to_vec())
            .await
    }

    /// The device of elder 0 sends whatever.
    pub async fn device_sends(&self, body: impl Into<Vec<u8>>) -> Answer {
        let auth = format!("Device {}:{}", self.device, self.key);
        self.raw(Method::POST, "/api/v1/alerts", &[("authorization", &auth)], body)
            .await
    }

    /// Elder 0 presses; the case.
    pub async fn press(&self) -> CaseId {
        let answer = self.device_sends(json!({"kind": "sos"}).to_string()).await.ok();
        answer["case_id"].as_str().unwrap().parse().unwrap()
    }

    /// Elder 0 presses, twenty seconds pass, and the field is asked.
    pub async fn press_and_offer(&self) -> CaseId {
        let case = self.press().await;
        self.test.advance(40);
        self.test.app.desk.run_due().await.unwrap();
        self.test.app.field.run_seeking().await.unwrap();
        case
    }

    pub async fn view(&self, case: CaseId) -> CaseView {
        self.test.app.store.case(case).await.unwrap().unwrap()
    }

    pub async fn offer_to(&self, case: CaseId, name: &str) -> OfferId {
        let view = self.view(case).await;
        let found = view.case.offer_to(who(name));
        found
            .unwrap_or_else(|| panic!("no offer to {name}: {:?}", view.case.offers))
            .id
    }

    pub async fn say_yes(&self, case: CaseId, account: &str, responder: &str) -> Answer {
        let offer = self.offer_to(case, responder).await;
        self.post(
            account,
            &format!("/api/v1/offers/{offer}/accept"),
            json!({"eta_s": 120}),
        )
        .await
    }

    /// Puts a responder `metres` north of elder 0's door.
    pub async fn stand(&self, account: &str, metres: f64) {
        let lat = 39.38 + metres / 111_195.0;
        let place = json!({"lat": lat, "lon": 117.06, "crs": "wgs84", "accuracy_m": 5.0});
        let answer = self.post(account, "/api/v1/responders/me/position", place).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
    }
}

pub fn elder_0() -> ElderId {
    elder_id("E0")
}
