//! HTTP for people and devices: translates, decides nothing.
//!
//! Start at [`rights::ROUTES`], the one table of what is mounted and who may call it; then [`view::case_view`], what a viewer
//! may see of a case. [`serve`] binds and answers until the service stops.
//!
//! Holds always:
//! - a handler's future owns nothing: its work runs as a task of the service ([`Api::run`]) and goes on when a client hangs up;
//! - every answer that is not a 2xx is a problem with a stable code ([`problem`]);
//! - what a viewer may not see is not in the answer.

pub mod accounts;
pub mod activity;
pub mod alerts;
pub mod answer_page;
pub mod area_maps;
pub mod areas;
pub mod auth;
pub mod away;
pub mod callbacks;
pub mod calls;
pub mod canaries;
pub mod cap;
pub mod cards;
pub mod cases;
pub mod chains;
pub mod channel_tests;
pub mod circles;
pub mod commands;
pub mod coverage;
pub mod device_binding;
pub mod device_orders;
pub mod device_photos;
pub mod device_tests;
pub mod devices;
pub mod district;
pub mod dto;
pub mod duty;
pub mod elder_contacts;
pub mod elder_file;
pub mod elder_papers;
pub mod elder_screen;
pub mod elders;
pub mod entry;
pub mod family;
pub mod family_invites;
pub mod family_session;
pub mod family_sheet;
pub mod family_told;
pub mod family_view;
pub mod follow_ups;
pub mod handovers;
pub mod health;
pub mod history;
pub mod imports;
mod link_cookie;
pub mod live;
pub mod looks;
pub mod need_labels;
pub mod notices;
pub mod offers;
pub mod openapi;
pub mod pages;
pub mod part;
pub mod photo_file;
pub mod photos;
pub mod plan_check;
pub mod plans;
pub mod practice;
pub mod problem;
pub mod push;
pub mod quarantine;
pub mod reach;
pub mod readings;
pub mod receipts;
pub mod replay;
pub mod reports;
pub mod responders;
pub mod rights;
pub mod rota;
pub mod round;
pub mod services;
pub mod sheet;
pub mod sheet_mail;
pub mod shifts;
pub mod station_register;
pub mod stations;
pub mod strangers;
pub mod tiles;
pub mod uncalled;
mod unchanged;
pub mod view;
pub mod visits;
pub mod wall;
pub mod walls;
pub mod wire;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::{App as Web, HttpServer, web};

use crate::app::App;
use problem::Problem;

/// Seconds for which a stopping service goes on with requests that have begun.
const STOP_WITHIN_S: u64 = 10;

/// A request waits so long for the register to be read after a start.
const REGISTER_WITHIN: std::time::Duration = std::time::Duration::from_secs(10);

/// What every handler needs. Cheap to clone; one a process.
#[derive(Clone)]
pub struct Api {
    /// The service.
    pub app: App,
    /// Tokens, and who was seen lately.
    pub sessions: Arc<auth::Sessions>,
    /// What the map shows.
    pub map: Arc<tiles::Map>,
    placed: Arc<coverage::Placed>,
    boards: Arc<wall::Boards>,
    health: Arc<health::Health>,
    /// Work runs here and not on the threads that answer: these end first, and connections that belong to them with them.
    runtime: tokio::runtime::Handle,
}

impl Api {
    /// Reads or makes the key by which tokens are signed. Call it on the runtime that outlives the server.
    ///
    /// # Errors
    /// When the key's file can be neither read nor made.
    pub fn open(app: App) -> io::Result<Self> {
        let tokens = auth::Tokens::from_file(&app.config.keys.token_file).map_err(io::Error::other)?;
        let map = tiles::Map::beside(app.config.roads.file.as_deref(), &app.ground.load());
        Ok(Self {
            app,
            map: Arc::new(map),
            placed: Arc::default(),
            boards: Arc::default(),
            sessions: Arc::new(auth::Sessions::new(tokens)),
            health: Arc::new(health::Health::new()),
            runtime: tokio::runtime::Handle::current(),
        })
    }

    /// Runs work as a task of the service: it goes on when the caller hangs up.
    ///
    /// # Errors
    /// The work's; `internal` when it panicked.
    pub async fn run<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        match self.runtime.spawn(work).await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "the work of a request ended half-way");
                Err(Problem::internal())
            }
        }
    }

    /// The street's own clocks: minutes that they are ahead of UTC.
    pub fn utc_offset_min(&self) -> i32 {
        i32::from(self.app.desk.plans().utc_offset_hours) * 60
    }

    /// Waits until the register has been read after a start, for a request that looks at people.
    ///
    /// # Errors
    /// 503 `register_not_read` when that takes too long.
    pub async fn register_read(&self) -> Result<(), Problem> {
        let picture = &self.app.picture;
        if picture.is_whole() {
            return Ok(());
        }
        tokio::select! {
            () = picture.whole() => Ok(()),
            () = self.app.clock.sleep(REGISTER_WITHIN) => Err(Problem::unavailable(
                "register_not_read",
                "the service has just been started and is still reading the register; alerts are taken",
            )),
        }
    }

    /// Runs a computation that takes more than a moment (routes, circles) beside the tasks.
    ///
    /// # Errors
    /// `internal` when it panicked.
    pub async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        self.runtime.spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "a computation ended half-way");
            Problem::internal()
        })
    }
}

/// Mounts everything. The same for the server and for tests in process.
pub fn configure(api: Api) -> impl FnOnce(&mut web::ServiceConfig) + Clone + Send + 'static {
    move |cfg: &mut web::ServiceConfig| {
        cfg.app_data(web::Data::new(api.clone()));
        // The web clients; the live socket has its hub. The routes below end the list with "unknown route".
        pages::configure(cfg);
        rights::mount(cfg);
    }
}

/// A server that answers.
pub struct Serving {
    /// Where; with port 0 in the configuration, the port that was given.
    pub addresses: Vec<SocketAddr>,
    /// What the sockets follow.
    pub hub: crate::live::Hub,
    done: tokio::task::JoinHandle<io::Result<()>>,
}

impl Serving {
    /// Waits until the server has ended, which it does when the service stops.
    ///
    /// # Errors
    /// The server's.
    pub async fn finished(self) -> io::Result<()> {
        self.done.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

/// Binds, and answers until [`App::stopping`].
///
/// # Errors
/// When the address cannot be bound, the signing key or the open cases not be read.
pub async fn serve(app: App) -> io::Result<Serving> {
    let api = Api::open(app.clone())?;
    health::install_metrics();
    let hub = api.go_live().await.map_err(io::Error::other)?;
    app.workers().spawn(api.clone().work_sheets(app.stopping().clone()));
    let mount = configure(api);
    let live = hub.clone();
    let lines = app.gate.clone();
    let mut server = HttpServer::new(move || {
        let hub = live.clone();
        let gate = lines.clone();
        Web::new()
            .configure(move |cfg| crate::live::configure(&hub, cfg))
            .configure(move |cfg| crate::link::gate::configure(&gate, cfg))
            .configure(mount.clone())
    })
    .disable_signals()
    .shutdown_timeout(STOP_WITHIN_S);
    if let Some(workers) = app.config.http.workers {
        server = server.workers(workers);
    }
    let server = server.bind(app.config.http.listen)?;
    let addresses = server.addrs();
    let server = server.run();
    let handle = server.handle();
    let stopping = app.stopping().clone();
    tokio::spawn(async move {
        stopping.cancelled().await;
        handle.stop(true).await;
    });
    let done = tokio::spawn(server);
    for address in &addresses {
        tracing::info!(%address, "listening");
    }
    Ok(Serving { addresses, hub, done })
}
