//! `serve`: opens the house, answers, and ends in order when told to.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use eldercare_dispatch::api;
use eldercare_dispatch::app::App;
use eldercare_dispatch::app::self_check::SelfCheck;
use eldercare_dispatch::intake::{mqtt, scaip, tcp};
use eldercare_dispatch::sim::day::Day;
use eldercare_dispatch::store::{Engine, Store};

use super::setup::Setup;
use super::{Exit, Failure};

#[derive(Debug, Args)]
pub struct Serve {
    /// Apply pending steps of the tables first, as `migrate` does
    #[arg(long)]
    migrate: bool,
}

impl Serve {
    pub async fn run(self, config: Option<&Path>) -> Result<Exit, Failure> {
        let setup = Setup::open_as_it_is(config).await?;
        if self.migrate {
            for step in setup.store.migrate().await? {
                tracing::info!(step, "the tables were brought up");
            }
        }
        setup.store.require_migrated().await?;
        setup.unlock().await?;
        if setup.store.account_count().await? == 0 {
            eprintln!(
                "There are no accounts yet. In another terminal, with the same configuration, make the first:\n  \
                 eldercare-dispatch user add NAME --role admin"
            );
        }
        answer(setup, async |_, addresses| {
            for address in addresses {
                println!("listening on http://{address}");
            }
            None
        })
        .await
    }
}

/// An embedded store has one writer: a second service on it would not know what the first has in memory. Held until the
/// process ends, however it ends. Commands beside a serving process are no services and do no harm.
fn alone(store: &Store) -> Result<Option<std::fs::File>, Failure> {
    let place = store.place();
    let Some(path) = place
        .strip_prefix("sqlite://")
        .filter(|_| store.engine() == Engine::Sqlite)
    else {
        return Ok(None);
    };
    let path = format!("{path}.serving");
    let file = std::fs::File::create(&path).map_err(|error| Failure::file(Path::new(&path), &error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(Failure {
            exit: Exit::Store,
            message: format!(
                "store.url: another process serves {place}; several services on one store need PostgreSQL"
            ),
        }),
        Err(std::fs::TryLockError::Error(error)) => Err(Failure::file(Path::new(&path), &error)),
    }
}

/// Opens the house and answers until told to stop. `begun` is called once the address is bound and the workers run; the day
/// that it begins, if any, ends before the workers do.
pub(super) async fn answer(
    setup: Setup,
    begun: impl AsyncFnOnce(&App, &[SocketAddr]) -> Option<Day>,
) -> Result<Exit, Failure> {
    let Setup {
        config,
        store,
        clock,
        ids,
    } = setup;
    let _alone = alone(&store)?;
    store.close().await;
    // Listened to from here on: a signal in the middle of the start is not lost.
    let mut told = Told::listen().map_err(|error| Failure::refused(format!("signals: {error}")))?;
    let app = App::begin(config, clock, ids).await?;
    let listen = app.config.http.listen;
    let serving = match api::serve(app.clone()).await {
        Ok(serving) => serving,
        Err(error) => {
            app.stop().await;
            return Err(Failure::listen(listen, &error));
        }
    };
    let devices = match tcp::listen(&app).await {
        Ok(devices) => devices,
        Err(error) => {
            app.stop().await;
            return Err(Failure {
                exit: Exit::Listen,
                message: error.to_string(),
            });
        }
    };
    let units = match scaip::listen(&app).await {
        Ok(units) => units,
        Err(error) => {
            app.stop().await;
            return Err(Failure {
                exit: Exit::Listen,
                message: error.to_string(),
            });
        }
    };
    app.start_workers();
    for link in mqtt::start(&app) {
        println!("listening to broker {} at {}", link.config.name, link.config.url);
    }
    if let Some(address) = serving.addresses.first() {
        match SelfCheck::begin(app.clone(), serving.hub.clone(), *address).await {
            Ok(check) => {
                app.workers().spawn(check.work(app.stopping().clone()));
            }
            Err(error) => {
                app.stop().await;
                return Err(error.into());
            }
        }
    }
    for (protocol, address) in &devices.addresses {
        println!("listening for {protocol} on {address}");
    }
    for (transport, address) in &units.addresses {
        println!("listening for scaip by {transport} on {address}");
    }
    let mut day = begun(&app, &serving.addresses).await;
    tracing::info!(store = app.store.place(), roads = ?app.config.roads.file, plans = app.config.plans.set, "serving");

    let finished = serving.finished();
    tokio::pin!(finished);
    let ended = tokio::select! {
        ended = &mut finished => Some(ended),
        signal = told.heard() => {
            tracing::info!(signal, "told to stop");
            None
        }
    };
    let by_itself = ended.is_some();
    // No new connection from here on; what has begun is finished; then the workers and the store.
    app.stopping().cancel();
    let rest = async {
        let ended = match ended {
            Some(ended) => ended,
            None => finished.await,
        };
        if let Some(day) = day.take() {
            day.stop().await;
        }
        app.stop().await;
        ended
    };
    let ended = tokio::select! {
        ended = rest => ended,
        signal = told.heard() => {
            // What is committed is safe without us; the next start does what is due.
            return Err(Failure::refused(format!("{signal} for the second time: stopped at once")));
        }
    };
    match ended {
        Ok(()) if !by_itself => {
            tracing::info!("stopped");
            Ok(Exit::Done)
        }
        Ok(()) => Err(Failure::refused("the server has ended by itself")),
        Err(error) => Err(Failure::refused(format!("the server has ended: {error}"))),
    }
}

/// What tells us to stop.
struct Told {
    terminate: Signal,
    interrupt: Signal,
}

impl Told {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn heard(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
