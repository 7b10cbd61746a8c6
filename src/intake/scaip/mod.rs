//! Home alarm units and hubs that speak SCAIP: an XML request in a SIP MESSAGE, by datagrams, TCP or TLS.
//!
//! [`body`] and [`words`] read a request and write an answer, [`envelope`] puts right what units send around it, [`login`] asks who they
//! are; none of them waits. [`wire`] and [`lines`] hold the sockets and the SIP stack, [`post`] sees committed what a request asserts.
//!
//! Holds always:
//! - SIP is answered within 500 ms, whatever the store does; the unit is told `snu` 0 when what it asserts is durable, and not before;
//! - the same request is one alert: the stack knows a repetition by its branch, [`post`] a new one by its reference;
//! - nobody who calls for help is sent away: an unknown unit, or one that cannot log in, rings the street tier;
//! - a document type or an entity is refused before anything is expanded;
//! - messages in hand, transactions, lines, bytes and messages a second have their limits.

pub mod body;
pub mod config;
pub mod envelope;
mod lines;
pub mod login;
pub mod post;
mod wire;
pub mod words;

use std::net::SocketAddr;
use std::sync::Arc;

use rsipstack::sip::Transport;
use tokio::net::{TcpListener, UdpSocket};

use crate::app::App;
use crate::intake::tcp::limits::{Doorkeeper, TcpConfig};
use login::Door;
use wire::Wire;
pub use wire::WireError;

/// Why a listener does not stand.
#[derive(Debug, thiserror::Error)]
#[error("scaip.{key} {address}: {error}")]
pub struct ListenError {
    /// Which.
    pub key: &'static str,
    /// Where.
    pub address: String,
    /// Why.
    pub error: WireError,
}

/// The listeners. They and their lines end with the service.
pub struct Listening {
    /// Where each transport is listened to (`udp`, `tcp`, `tls`); with port 0 in the configuration, the port that was given.
    pub addresses: Vec<(&'static str, SocketAddr)>,
    door: Arc<Doorkeeper>,
}

impl Listening {
    /// The address of one transport.
    pub fn address(&self, transport: &str) -> Option<SocketAddr> {
        self.addresses.iter().find(|it| it.0 == transport).map(|it| it.1)
    }

    /// Lines that are open now.
    pub fn lines(&self) -> usize {
        self.door.open()
    }
}

/// Binds what the configuration names, or nothing, and takes up requests until [`App::stopping`].
///
/// # Errors
/// The first that cannot be bound.
pub async fn listen(app: &App) -> Result<Listening, ListenError> {
    let config = &app.config.scaip;
    let door = Doorkeeper::new(&TcpConfig {
        lines_max: config.lines_max,
        lines_per_address_max: Some(config.lines_per_address_max),
        ..TcpConfig::default()
    });
    let mut addresses = Vec::new();
    let (mut sockets, mut listeners) = (Vec::new(), Vec::new());
    let failed = |key, address: SocketAddr, error| ListenError {
        key,
        address: address.to_string(),
        error,
    };
    if let Some(at) = config.udp {
        let bind = async {
            let socket = UdpSocket::bind(at).await?;
            let address = socket.local_addr()?;
            Ok::<_, std::io::Error>((Arc::new(socket), address))
        };
        let (socket, address) = bind.await.map_err(|error| failed("udp", at, error.into()))?;
        addresses.push(("udp", Transport::Udp, address));
        sockets.push(socket);
    }
    for (key, at) in [("tcp", config.tcp), ("tls", config.tls)] {
        let Some(at) = at else { continue };
        let tls = match key {
            "tls" => Some(lines::acceptor(config).map_err(|error| failed(key, at, error))?),
            _ => None,
        };
        let transport = if tls.is_some() { Transport::Tls } else { Transport::Tcp };
        let bind = async {
            let listener = TcpListener::bind(at).await?;
            let address = listener.local_addr()?;
            Ok::<_, std::io::Error>((listener, address))
        };
        let (listener, address) = bind.await.map_err(|error| failed(key, at, error.into()))?;
        addresses.push((key, transport, address));
        listeners.push((listener, tls));
    }
    let told: Vec<(&'static str, SocketAddr)> = addresses.iter().map(|it| (it.0, it.2)).collect();
    let Some(first) = told.first().copied() else {
        return Ok(Listening { addresses: told, door });
    };
    let wire = start(app).map_err(|error| failed(first.0, first.1, error))?;
    // Nobody has set it before: the wire is new.
    let _ = wire.local.set(addresses.iter().map(|it| (it.1, it.2)).collect());
    for socket in sockets {
        app.workers().spawn(wire.clone().datagrams(socket));
    }
    for (listener, tls) in listeners {
        app.workers()
            .spawn(lines::accept(wire.clone(), listener, tls, door.clone()));
    }
    for (transport, address) in &told {
        tracing::info!(transport, %address, "listening for SCAIP");
    }
    Ok(Listening { addresses: told, door })
}

fn start(app: &App) -> Result<Arc<Wire>, WireError> {
    let config = &app.config.scaip;
    let accounts: Result<Vec<_>, String> = config.accounts.iter().map(config::AccountConfig::open).collect();
    let accounts = accounts.map_err(|why| WireError::Stack(format!("accounts: {why}")))?;
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| WireError::Stack(error.to_string()))?;
    let door = Door::new(config.domain.clone(), accounts, key);
    Wire::start(app, door)
}
