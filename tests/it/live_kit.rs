//! The live face on a real socket: a server, people who sign in by a word, and a client that keeps every byte it was sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{App as Web, HttpResponse, HttpServer, web};
use async_trait::async_trait;
use eldercare_dispatch::api::{self, view};
use eldercare_dispatch::app::App;
use eldercare_dispatch::dispatch::Changed;
use eldercare_dispatch::ids::UserId;
use eldercare_dispatch::live::{self, Ended, Hub, HubConfig, NotSignedIn, Sight, Viewer};
use eldercare_dispatch::people::{Role, responder_id};
use eldercare_dispatch::store::cases::{CaseView, News};
use eldercare_dispatch::store::{NewAccount, StoreError};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::harness::TestApp;

/// However slow the machine is, by then it is an error.
const PATIENCE: Duration = Duration::from_secs(60);

/// People by the word that they sign in with; what they see is what the API shows them.
pub struct Words {
    app: App,
    people: Mutex<HashMap<String, Viewer>>,
    ended: Mutex<HashMap<UserId, Ended>>,
}

#[async_trait]
impl Sight for Words {
    async fn verify(&self, token: &str) -> Result<Viewer, NotSignedIn> {
        self.people
            .lock()
            .unwrap()
            .get(token)
            .cloned()
            .ok_or(NotSignedIn::BadToken)
    }
    async fn ended(&self, viewer: &Viewer) -> Result<Option<Ended>, StoreError> {
        Ok(self.ended.lock().unwrap().get(&viewer.user).copied())
    }
    fn see(&self, viewer: &Viewer, case: &CaseView) -> Option<String> {
        let viewer = view::Viewer {
            user: viewer.user,
            role: viewer.role,
            responder: viewer.responder,
            scope: viewer.scope.clone(),
            practice: viewer.practice,
        };
        view::case_view(&self.app, &viewer, case).map(|it| serde_json::to_string(&it).unwrap())
    }
}

/// The word that somebody signs in by is their name; any password but the empty one will do.
async fn sign_in(body: web::Json<Value>) -> HttpResponse {
    if body["password"] == "" {
        return HttpResponse::Unauthorized().json(json!({"title": "wrong password", "code": "bad_login"}));
    }
    HttpResponse::Ok().json(json!({"access_token": body["username"], "refresh_token": "r", "expires_in": 900}))
}

/// The service with its live face on a port.
pub struct Live {
    pub app: TestApp,
    pub hub: Hub,
    pub words: Arc<Words>,
    pub address: String,
    pub stop: CancellationToken,
    server: actix_web::dev::ServerHandle,
}

impl Live {
    pub async fn start(app: TestApp) -> Self {
        Self::start_with(app, HubConfig::default()).await
    }

    pub async fn start_with(app: TestApp, config: HubConfig) -> Self {
        Self::start_hearing(app, config, |it| it.news()).await
    }

    /// With another ear for what the desk says of its commits.
    pub async fn start_hearing(
        app: TestApp,
        config: HubConfig,
        news: impl Fn(&Arc<Changed>) -> Option<News> + Send + 'static,
    ) -> Self {
        let words = Arc::new(Words {
            app: app.app.clone(),
            people: Mutex::default(),
            ended: Mutex::default(),
        });
        let stop = CancellationToken::new();
        let it = &app.app;
        let hub = Hub::start(
            it.store.clone(),
            it.clock.clone(),
            it.ids.clone(),
            words.clone(),
            config,
            stop.clone(),
        )
        .await
        .unwrap();
        tokio::spawn(hub.clone().follow(it.desk.changes(), news));
        let served = hub.clone();
        let server = HttpServer::new(move || {
            let hub = served.clone();
            Web::new()
                .configure(move |cfg| live::configure(&hub, cfg))
                .route("/api/v1/auth/token", web::post().to(sign_in))
        })
        .workers(2)
        .disable_signals()
        .shutdown_timeout(5)
        .bind("127.0.0.1:0")
        .unwrap();
        let address = format!("ws://{}/api/v1/live", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            app,
            hub,
            words,
            address,
            stop,
            server: handle,
        }
    }

    /// With the API's own sign-in, rights and views; nobody signs in by a word.
    pub async fn real(app: TestApp) -> Self {
        let api = api::Api::open(app.app.clone()).unwrap();
        let hub = api.go_live().await.unwrap();
        let served = hub.clone();
        let mount = api::configure(api);
        let server = HttpServer::new(move || {
            let hub = served.clone();
            Web::new()
                .configure(move |cfg| live::configure(&hub, cfg))
                .configure(mount.clone())
        })
        .workers(2)
        .disable_signals()
        .shutdown_timeout(5)
        .bind("127.0.0.1:0")
        .unwrap();
        let address = format!("ws://{}/api/v1/live", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        let words = Arc::new(Words {
            app: app.app.clone(),
            people: Mutex::default(),
            ended: Mutex::default(),
        });
        let stop = app.app.stopping().clone();
        Self {
            app,
            hub,
            words,
            address,
            stop,
            server: handle,
        }
    }

    /// An account with the password `word`.
    pub async fn account(&self, username: &str, role: Role, scope: &[&str], responder: Option<&str>) -> UserId {
        let id = UserId::new(self.app.app.ids.make());
        let new = NewAccount {
            id,
            username: username.to_owned(),
            password_hash: api::auth::hash_password("word").unwrap(),
            role,
            scope: scope.iter().map(|it| it.parse().unwrap()).collect(),
            responder: responder.map(responder_id),
        };
        self.app.app.store.add_account(new, self.app.clock.now()).await.unwrap();
        id
    }

    /// Somebody who may sign in with `word`, by a token that holds an hour.
    pub fn person(&self, word: &str, role: Role, scope: &[&str], responder: Option<&str>) -> UserId {
        let viewer = Viewer {
            user: UserId::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, word.as_bytes())),
            role,
            scope: scope.iter().map(|it| it.parse().unwrap()).collect(),
            responder: responder.map(responder_id),
            rights: 1,
            expires_at: self.app.clock.now() + jiff::SignedDuration::from_hours(1),
            practice: false,
        };
        let user = viewer.user;
        self.words.people.lock().unwrap().insert(word.to_owned(), viewer);
        user
    }

    pub fn change(&self, word: &str, change: impl FnOnce(&mut Viewer)) {
        change(self.words.people.lock().unwrap().get_mut(word).unwrap());
    }

    pub fn end(&self, user: UserId, why: Ended) {
        self.words.ended.lock().unwrap().insert(user, why);
    }

    pub fn allow(&self, user: UserId) {
        self.words.ended.lock().unwrap().remove(&user);
    }

    /// A socket that has said nothing yet.
    pub async fn open(&self) -> Client {
        let (socket, _) = connect_async(&self.address).await.unwrap();
        Client {
            socket,
            raw: vec![],
            cursor: None,
        }
    }

    /// A socket that has said hello and was welcomed.
    pub async fn connect(&self, word: &str, cursor: Option<&str>) -> Client {
        let mut client = self.open().await;
        client
            .say(&json!({"type": "hello", "token": word, "cursor": cursor}).to_string())
            .await;
        let welcome = client.frame().await;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        client
    }

    /// As above, and then the snapshot.
    pub async fn look(&self, word: &str) -> (Client, Value) {
        let mut client = self.connect(word, None).await;
        let snapshot = client.frame().await;
        assert_eq!(snapshot["type"], "snapshot", "{snapshot}");
        (client, snapshot)
    }

    /// Waits until the hub has told `changes` in all.
    pub async fn told(&self, changes: u64) {
        let mut beats = self.hub.beats();
        let wait = beats.wait_for(|it| it.head >= changes);
        tokio::time::timeout(PATIENCE, wait).await.unwrap().unwrap();
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.server.stop(true).await;
        self.app.app.stop().await;
    }
}

/// A client that keeps every text it was sent.
pub struct Client {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub raw: Vec<String>,
    pub cursor: Option<String>,
}

/// What came.
#[derive(Debug)]
pub enum Came {
    Frame(Value),
    /// The close code; 1006 when the connection broke without one.
    Closed(u16),
}

impl Client {
    pub async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub async fn came(&mut self) -> Came {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next())
                .await
                .expect("nothing came");
            match next {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if let Some(cursor) = frame["cursor"].as_str() {
                        self.cursor = Some(cursor.to_owned());
                    }
                    self.raw.push(text.as_str().to_owned());
                    return Came::Frame(frame);
                }
                Some(Ok(Message::Close(why))) => return Came::Closed(why.map_or(1005, |it| it.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Came::Closed(1006),
            }
        }
    }

    pub async fn frame(&mut self) -> Value {
        match self.came().await {
            Came::Frame(frame) => frame,
            Came::Closed(code) => panic!("closed with {code}"),
        }
    }

    /// The next frame that is no ping.
    pub async fn news(&mut self) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["type"] != "ping" {
                return frame;
            }
        }
    }

    /// Reads until the server closes; answers the frames and the code.
    pub async fn until_closed(&mut self) -> (Vec<Value>, u16) {
        let mut frames = vec![];
        loop {
            match self.came().await {
                Came::Frame(frame) => frames.push(frame),
                Came::Closed(code) => return (frames, code),
            }
        }
    }

    /// The place where it stopped.
    pub fn cursor(&self) -> String {
        self.cursor.clone().unwrap()
    }
}
