//! Wiring: configuration, start, workers, stop. Imports every room; imported by main and tests only.

pub mod config;
mod keys;
pub mod self_check;

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use config::{Config, MapConfig, Mistakes};

pub use crate::notify::link::{LinkAsks, LinkState, Shown as ShownOffer};
pub use crate::notify::replies::Answer;

use crate::case::PlanSet;
use crate::circle::{Ground, Roads};
use crate::clock::{Clock, Ids};
use crate::dispatch::strangers::Strangers;
use crate::dispatch::unproved::Throttle;
use crate::dispatch::ways::Exit;
use crate::dispatch::{
    Activity, Aftercare, Deliveries, Desk, Field, Orders, Picture, Retention, Rounds, Signs, Supervision, Warnings,
    plan_book, tell,
};
use crate::ids::DeviceId;
use crate::intake::cap::Senders;
use crate::intake::mqtt::Link;
use crate::intake::push::Push;
use crate::intake::tcp::seats::Seats;
use crate::link::{Gate, Uplink};
use crate::notify::{self, Channel, OnReceived, Outbox, Post, Receipts, Replies, Webhook, WebhookConfig};
use crate::people::{Device, Protocol, Terminal};
use crate::phone::Switchboard;
use crate::phone::sip::SipLine;
use crate::store::{MasterKey, Store, StoreError};

/// A pause after the store has failed while the register was read.
const READ_AGAIN_AFTER: std::time::Duration = std::time::Duration::from_secs(1);

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong; every mistake is named.
    #[error("{0}")]
    Mistakes(#[from] Mistakes),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The master key.
    #[error(transparent)]
    Key(#[from] crate::store::SealError),
    /// A channel that cannot be used.
    #[error(transparent)]
    Channel(#[from] notify::webhook::WebhookError),
    /// A carrier cannot be used.
    #[error(transparent)]
    Carrier(#[from] notify::carriers::CarrierError),
    /// The line to the district cannot be used.
    #[error("{0}")]
    Link(String),
    /// The lines for calls cannot be used.
    #[error("telephony: {0}")]
    Telephony(String),
    /// A file that could not be read.
    #[error("roads.file {path}: {why}")]
    File {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
}

/// The service, started. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// How it was configured.
    pub config: Arc<Config>,
    /// The clock.
    pub clock: Clock,
    /// The maker of ids.
    pub ids: Ids,
    /// The store.
    pub store: Store,
    /// The people in memory.
    pub picture: Arc<Picture>,
    /// The roads, or straight lines; swapped whole on a new import.
    pub ground: Arc<ArcSwap<Ground>>,
    /// The one door through which a case changes.
    pub desk: Desk,
    /// How people are told beside the live sockets.
    pub outbox: Outbox,
    /// What receivers say later.
    pub receipts: Receipts,
    /// What the providers of carriers report.
    pub replies: Replies,
    /// Offers that are answered by a link.
    pub answers: notify::Links,
    /// Whether and where browsers are pushed to.
    pub browsers: notify::Browsers,
    /// Telephone calls of desks, and to elders whom nobody had time for.
    pub phone: Switchboard,
    /// Where the responders are, and who is asked next.
    pub field: Field,
    /// Counts those who could not prove who they are.
    pub unproved: Arc<Throttle>,
    /// What each device last said of itself.
    pub signs: Signs,
    /// Who is silent, low or back.
    pub supervision: Supervision,
    /// Who is missed at home.
    pub activity: Activity,
    /// Who is to be looked in on by when.
    pub rounds: Rounds,
    /// Whether each way out of the house works.
    pub canaries: notify::Canaries,
    /// Whether the service's own alarm comes through.
    pub self_check: self_check::Pulse,
    /// The lines of devices that stand.
    pub seats: Arc<Seats>,
    /// Devices on a line that nobody has filed.
    pub strangers: Arc<Strangers>,
    /// Who may warn us.
    pub cap: Arc<Senders>,
    /// What devices are told to do.
    pub orders: Orders,
    /// What areas are warned of.
    pub warnings: Warnings,
    /// The links by which clouds push.
    pub push: Arc<Push>,
    /// What a broker may bring again.
    pub deliveries: Arc<Deliveries>,
    /// The line to the district; none: there is no district.
    pub uplink: Option<Uplink>,
    /// The lines of streets, where we are their district.
    pub gate: Gate,
    links: Arc<ArcSwap<Vec<Arc<Link>>>>,
    stop: CancellationToken,
    workers: TaskTracker,
}

impl App {
    /// [`App::begin`], and the register is read. Nothing works in the background before [`App::start_workers`].
    ///
    /// # Errors
    /// Everything that would make the service wrong from the first second on.
    pub async fn open(config: Config, clock: Clock, ids: Ids) -> Result<Self, StartError> {
        let app = Self::begin(config, clock, ids).await?;
        app.read_register().await?;
        Ok(app)
    }

    /// Opens the store and starts the desk: from here on alerts can be kept and answered, however large the register is that
    /// [`App::start_workers`] reads.
    ///
    /// # Errors
    /// Everything that would make the service wrong from the first second on.
    pub async fn begin(config: Config, clock: Clock, ids: Ids) -> Result<Self, StartError> {
        let mistakes = config.mistakes();
        if !mistakes.is_empty() {
            return Err(Mistakes(mistakes).into());
        }
        let plans = config.plan_set()?;
        let push = Push::open(&config.push, clock.now()).map_err(Mistakes)?;
        let cap = Senders::open(&config.cap, clock.now()).map_err(Mistakes)?;
        let store = Store::open(&config.store).await?;
        store.require_migrated().await?;
        store
            .unlock(MasterKey::from_file(&config.keys.master_file)?, clock.now())
            .await?;
        let ground = Arc::new(ArcSwap::from_pointee(read_roads(config.roads.file.as_deref())?));
        let today = local_day(&plans, clock.now());
        let (picture, aside) = Picture::begin(&store, clock.now(), today).await?;
        for error in &aside {
            tracing::error!(%error, "a row of the register is set aside");
            store.keep_aside(error, clock.now()).await?;
        }
        let picture = Arc::new(picture);
        let partners = config.notify.partners.iter().map(|it| tell::Route {
            channel: it.channel(),
            kinds: None,
            partner: Some(it.rule()),
        });
        let routes = config.notify.webhooks.iter().map(route).chain(partners).collect();
        let offset = jiff::tz::Offset::from_hours(plans.utc_offset_hours).unwrap_or(jiff::tz::Offset::UTC);
        let carriers = notify::carriers(&config.notify)?;
        let exits = carriers.iter().map(|it| Exit {
            name: it.name().to_owned(),
            way: it.way(),
        });
        let told_by = tell::Carriers {
            exits: exits.collect(),
            ways: config.notify.ways.clone().with_shipped(),
            utc_offset_hours: plans.utc_offset_hours,
        };
        let routes: Vec<tell::Route> = routes;
        let family = tell::asker(picture.clone(), routes.clone(), told_by.clone());
        let tell = tell::teller(picture.clone(), routes, told_by);
        let desk = Desk::start_asking(
            store.clone(),
            clock.clone(),
            ids.clone(),
            picture.clone(),
            plans,
            config.desk.clone(),
            tell,
            family,
        );
        // Before the first alert: it goes by the plans of its street.
        for error in desk.plan_book().read(&store, clock.now()).await? {
            tracing::error!(%error, "a street's plans are set aside");
            store.keep_aside(&error, clock.now()).await?;
        }
        let mut channels: Vec<Arc<dyn Channel>> = Vec::new();
        for it in &config.notify.webhooks {
            channels.push(Arc::new(Webhook::new(it.clone())?));
        }
        for it in &config.notify.partners {
            let partner = notify::Partner::new(it.clone(), store.clone(), picture.clone(), offset)?;
            channels.push(Arc::new(partner));
        }
        let on_received = on_received(desk.clone());
        let receipts = Receipts::new(store.clone(), clock.clone(), &config.notify, on_received.clone());
        let known = picture.clone();
        let replies = Replies::new(desk.clone(), carriers.clone());
        let browsers = notify::Browsers::of(&carriers);
        let post = (!carriers.is_empty()).then(|| Post {
            carriers,
            desk: desk.clone(),
            limits: config.notify.limits.clone(),
            civil_affairs: config.notify.civil_affairs.clone(),
            public_url: config.family.public_url.clone(),
            replies: replies.clone(),
        });
        let links = notify::Links::new(replies.clone());
        let outbox = Outbox::with_post(
            store.clone(),
            clock.clone(),
            ids.clone(),
            config.notify.outbox.clone(),
            channels,
            post,
            Arc::new(move |target: &str| tell::may_hear(&known, target)),
            on_received,
        );
        let canaries = notify::Canaries::new(outbox.clone(), config.notify.canary.clone());
        let signs = Signs::new(store.clone(), clock.clone(), picture.clone());
        let lines = config.intake.lines().map(|(protocol, it)| (protocol, it.beat_s));
        let lines = lines.chain([(Protocol::Scaip, config.scaip.beat_s)]);
        let supervision =
            Supervision::begin(desk.clone(), signs.clone(), config.supervision.clone(), lines.collect()).await?;
        let activity = Activity::begin(
            desk.clone(),
            signs.clone(),
            supervision.clone(),
            config.activity.clone(),
        )
        .await?;
        let rounds = Rounds::begin(desk.clone(), config.rounds.clone()).await?;
        let field = Field::new(desk.clone(), Ground::clone(&ground.load()), signs.clone());
        let (stop, workers) = (CancellationToken::new(), TaskTracker::new());
        let sip = SipLine::start(&config.telephony.sip, clock.clone(), &workers, &stop)
            .await
            .map_err(StartError::Telephony)?;
        let (sip, news) = sip.unzip();
        let phone = Switchboard::open(desk.clone(), config.telephony.clone(), sip).map_err(StartError::Telephony)?;
        if let Some(news) = news {
            let listening = phone.clone().listen(news);
            let stopping = stop.clone();
            workers.spawn(async move {
                tokio::select! {
                    () = stopping.cancelled() => {}
                    () = listening => {}
                }
            });
        }
        let orders = Orders::new(store.clone(), clock.clone(), ids.clone());
        let links_of_cap = config.cap.senders.iter();
        let warnings = Warnings::new(
            desk.clone(),
            links_of_cap.map(|it| (it.name.clone(), it.geocodes.clone())),
        );
        let unproved: Arc<Throttle> = Arc::default();
        let strangers = Strangers::new(store.clone(), clock.clone(), ids.clone(), unproved.clone());
        let (deliveries, aside) = Deliveries::load(store.clone(), clock.clone(), ids.clone()).await?;
        for error in &aside {
            tracing::error!(%error, "a delivery of a broker is set aside");
            store.keep_aside(error, clock.now()).await?;
        }
        let self_check = self_check::Pulse::new(clock.clone());
        let seats = Seats::new(&config.intake.tcp);
        let uplink = Uplink::open(config.link.clone(), desk.clone()).map_err(StartError::Link)?;
        let gate = Gate::new(store.clone(), clock.clone(), ids.clone(), stop.clone());
        Ok(Self {
            config: Arc::new(config),
            clock,
            ids,
            store,
            picture,
            ground,
            desk,
            outbox,
            receipts,
            replies,
            answers: links,
            browsers,
            phone,
            field,
            unproved,
            signs,
            supervision,
            activity,
            rounds,
            canaries,
            self_check,
            seats,
            strangers: Arc::new(strangers),
            cap: Arc::new(cap),
            orders,
            warnings,
            push: Arc::new(push),
            deliveries: Arc::new(deliveries),
            uplink,
            gate,
            links: Arc::default(),
            stop,
            workers,
        })
    }

    /// Reads the register and what devices said last, once.
    ///
    /// # Errors
    /// The store's; it may be tried again.
    pub async fn read_register(&self) -> Result<(), StoreError> {
        self.refresh_picture(true).await?;
        for error in &self.signs.read_back().await? {
            tracing::error!(%error, "what a device said last is set aside");
            self.store.keep_aside(error, self.clock.now()).await?;
        }
        self.picture.declare_whole();
        Ok(())
    }

    /// Starts what works in the background: deadlines, the outbox, what comes after, retention, the daily roots and the upkeep
    /// of the picture. All of it looks at the people, and begins when the register has been read.
    pub fn start_workers(&self) {
        if self.picture.is_whole() {
            return self.begin_work();
        }
        let app = self.clone();
        self.workers.spawn(async move {
            tokio::select! {
                () = app.stop.cancelled() => {}
                () = app.read_register_at_last() => app.begin_work(),
            }
        });
    }

    async fn read_register_at_last(&self) {
        let began = self.clock.now();
        while let Err(error) = self.read_register().await {
            tracing::error!(%error, "the register could not be read; alerts are taken, and it is tried again");
            self.clock.sleep(READ_AGAIN_AFTER).await;
        }
        let (elders, devices, _) = self.picture.counts();
        let took_ms = self.clock.now().duration_since(began).as_millis();
        tracing::info!(elders, devices, took_ms, "the register has been read");
    }

    fn begin_work(&self) {
        self.workers.spawn(self.desk.clone().watch_deadlines(self.stop.clone()));
        self.workers.spawn(self.desk.clone().keep_roots(self.stop.clone()));
        let outbox = self.outbox.clone();
        self.workers.spawn(outbox.run(self.desk.changes(), self.stop.clone()));
        self.workers.spawn(self.canaries.clone().work(self.stop.clone()));
        self.workers.spawn(self.field.clone().work(self.stop.clone()));
        self.workers
            .spawn(Aftercare::new(self.desk.clone()).work(self.stop.clone()));
        self.workers.spawn(self.retention().work(self.stop.clone()));
        self.workers.spawn(self.signs.clone().work(self.stop.clone()));
        self.workers.spawn(self.supervision.clone().work(self.stop.clone()));
        self.workers.spawn(self.activity.clone().work(self.stop.clone()));
        self.workers.spawn(self.rounds.clone().work(self.stop.clone()));
        self.workers.spawn(self.phone.clone().work(self.stop.clone()));
        self.workers.spawn(self.warnings.clone().work(self.stop.clone()));
        if let Some(uplink) = self.uplink.clone() {
            self.workers.spawn(uplink.run(self.stop.clone()));
        }
        self.workers.spawn(self.clone().keep_picture());
        self.workers.spawn(self.clone().keep_plans());
        let (clock, stop) = (self.clock.clone(), self.stop.clone());
        self.workers.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = clock.follow_the_wall() => {}
            }
        });
    }

    /// The job that deletes what is kept for a time only.
    pub fn retention(&self) -> Retention {
        Retention::new(self.store.clone(), self.clock.clone())
    }

    /// Set when the service is to end.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stop
    }

    /// What [`App::stop`] waits for: work that begins beside the requests is spawned here.
    pub fn workers(&self) -> &TaskTracker {
        &self.workers
    }

    /// The device that names itself so on a line of its own, also when it was filed a moment ago by another program.
    ///
    /// # Errors
    /// The store's.
    pub async fn device_at(&self, terminal: &Terminal) -> Result<Option<Arc<Device>>, StoreError> {
        if let Some(known) = self.picture.device_at(terminal) {
            return Ok(Some(known));
        }
        if let Some(kept) = self.store.device_at(terminal).await? {
            self.picture.bring_device(&self.store, kept).await?;
        }
        Ok(self.picture.device_at(terminal))
    }

    /// The device of this id, also when it was filed a moment ago by another program.
    ///
    /// # Errors
    /// The store's.
    pub async fn device_of(&self, id: DeviceId) -> Result<Option<Arc<Device>>, StoreError> {
        if let Some(known) = self.picture.device(id) {
            return Ok(Some(known));
        }
        if let Some(kept) = self.store.device(id).await? {
            self.picture.bring_device(&self.store, kept).await?;
        }
        Ok(self.picture.device(id))
    }

    /// The links to brokers that were started.
    pub fn links(&self) -> Arc<Vec<Arc<Link>>> {
        self.links.load_full()
    }

    /// Links have been started.
    pub(crate) fn set_links(&self, links: Vec<Arc<Link>>) {
        self.links.store(Arc::new(links));
    }

    /// Ends the workers, waits for them and closes the store.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.workers.close();
        self.workers.wait().await;
        if let Err(error) = self.store.truncate_wal().await {
            tracing::warn!(%error, "the write-ahead log was not cut");
        }
        self.store.close().await;
    }

    /// Reads the register again now.
    ///
    /// # Errors
    /// The store's.
    pub async fn refresh_picture(&self, whole: bool) -> Result<(), StoreError> {
        let now = self.clock.now();
        let (today, _) = self.desk.local(now);
        for error in self.picture.refresh(&self.store, now, today, whole).await? {
            tracing::error!(%error, "a row of the register is set aside");
            self.store.keep_aside(&error, now).await?;
        }
        Ok(())
    }

    /// Takes in the plans that other programs have filed.
    ///
    /// # Errors
    /// The store's.
    pub async fn read_plans(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        for error in self.desk.plan_book().read(&self.store, now).await? {
            tracing::error!(%error, "a street's plans are set aside");
            self.store.keep_aside(&error, now).await?;
        }
        Ok(())
    }

    async fn keep_plans(self) {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.clock.sleep(plan_book::LOOK_EVERY) => {}
            }
            if let Err(error) = self.read_plans().await {
                tracing::warn!(%error, "the streets' plans could not be read again");
            }
        }
    }

    async fn keep_picture(self) {
        let every = std::time::Duration::from_secs(u64::from(self.config.desk_picture_every_s()));
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.clock.sleep(every) => {}
            }
            if let Err(error) = self.refresh_picture(false).await {
                tracing::warn!(%error, "the register could not be read again");
            }
            // A practice that ran out is over by itself.
            if let Err(error) = self.desk.end_practice().await {
                tracing::warn!(%error, "an abandoned practice could not be closed");
            }
        }
    }
}

fn route(endpoint: &WebhookConfig) -> tell::Route {
    tell::Route {
        channel: endpoint.channel(),
        kinds: endpoint.kinds.clone(),
        partner: None,
    }
}

/// A receipt of an offer starts its silence anew. The receipt stands, whatever the desk says.
fn on_received(desk: Desk) -> OnReceived {
    Arc::new(move |of, kind, target| {
        let desk = desk.clone();
        Box::pin(async move {
            if let Err(error) = tell::received(&desk, of, kind, &target).await {
                tracing::warn!(case.id = %of.0, %error, "the case was not told of a receipt");
            }
        })
    })
}

fn local_day(plans: &PlanSet, at: Timestamp) -> jiff::civil::Date {
    let offset = jiff::tz::Offset::from_hours(plans.utc_offset_hours).unwrap_or(jiff::tz::Offset::UTC);
    offset.to_datetime(at).date()
}

/// The roads that were imported; straight lines where there are none.
///
/// # Errors
/// `File` when a file is named and cannot be used: a service that silently guesses distances is worse than none.
pub fn read_roads(file: Option<&Path>) -> Result<Ground, StartError> {
    let Some(path) = file else { return Ok(Ground::Straight) };
    let bad = |why: String| StartError::File {
        path: path.display().to_string(),
        why,
    };
    let bytes = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    Ok(Roads::open(&bytes).map_err(|error| bad(error.to_string()))?.into())
}
