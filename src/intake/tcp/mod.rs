//! Devices on lines of their own: a listener for each language, a task for each line.
//!
//! Holds always:
//! - what a frame asserts is committed by the desk before the device is answered; where it cannot be, it is tried again, and then the
//!   device gets no good answer;
//! - a line has at most one order at the desk, so one device never stands before another with more than that;
//! - a line that says nothing is ended, so is one that does not say who it is, and one whose devices have all come by another; frames,
//!   lines and frames a second have their limits ([`limits`], [`seats`]);
//! - whoever is not in the register is kept aside for the desk, and a call for help from them is a case at the street tier.

pub mod limits;
mod line;
mod parts;
pub mod seats;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::app::App;
use crate::intake::terminal::{Language, language};
use crate::people::Protocol;
use limits::LineConfig;
use line::Line;
use seats::Seats;

/// After an accept that failed (no descriptors left) so long is waited before the next.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Why no listener stands.
#[derive(Debug, thiserror::Error)]
#[error("intake.tcp.{protocol}.listen {address}: {error}")]
pub struct ListenError {
    /// Which.
    pub protocol: Protocol,
    /// Where.
    pub address: SocketAddr,
    /// Why.
    pub error: io::Error,
}

/// The listeners. They and their lines end with the service.
pub struct Listening {
    /// Where each language is listened to; with port 0 in the configuration, the port that was given.
    pub addresses: Vec<(Protocol, SocketAddr)>,
    seats: Arc<Seats>,
}

impl Listening {
    /// The address of one language.
    pub fn address(&self, protocol: Protocol) -> Option<SocketAddr> {
        self.addresses.iter().find(|it| it.0 == protocol).map(|it| it.1)
    }

    /// Lines that are open now.
    pub fn lines(&self) -> usize {
        self.seats.open()
    }
}

/// Binds every listener that the configuration names, or none, and takes up lines until [`App::stopping`].
///
/// # Errors
/// The first that cannot be bound.
pub async fn listen(app: &App) -> Result<Listening, ListenError> {
    let mut bound = Vec::new();
    for (protocol, config) in app.config.intake.lines() {
        let (Some(address), Some(language)) = (config.listen, language(protocol)) else {
            continue;
        };
        let failed = |error| ListenError {
            protocol,
            address,
            error,
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        bound.push((protocol, address, listener, language, config.clone()));
    }
    let addresses = bound.iter().map(|it| (it.0, it.1)).collect();
    for (protocol, address, listener, language, config) in bound {
        tracing::info!(%protocol, %address, "listening for devices");
        app.workers()
            .spawn(accept(app.clone(), (protocol, language), config, listener));
    }
    let seats = app.seats.clone();
    Ok(Listening { addresses, seats })
}

async fn accept(
    app: App,
    (protocol, language): (Protocol, &'static dyn Language),
    config: LineConfig,
    listener: TcpListener,
) {
    let seats = app.seats.clone();
    loop {
        let accepted = tokio::select! {
            () = app.stopping().cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(it) => it,
            Err(error) => {
                tracing::warn!(%protocol, %error, "a line could not be taken up");
                app.clock.breathe(ACCEPT_AGAIN).await;
                continue;
            }
        };
        // An address of version 4 is the same whether it comes mapped into version 6 or not.
        let address = peer.ip().to_canonical();
        let sitting = match seats.admit(address, config.beat(), app.clock.now()) {
            Ok(sitting) => sitting,
            Err(why) => {
                metrics::counter!("ecd_device_lines_refused_total", "why" => why.as_str()).increment(1);
                continue;
            }
        };
        metrics::gauge!("ecd_device_lines").set(seats.open() as f64);
        let line = Line::new(
            app.clone(),
            (protocol, language),
            config.silence_max(),
            stream,
            address,
            sitting,
        );
        let seats = seats.clone();
        app.workers().spawn(async move {
            let end = line.run().await;
            metrics::gauge!("ecd_device_lines").set(seats.open() as f64);
            metrics::counter!("ecd_device_lines_ended_total", "why" => end.as_str()).increment(1);
        });
    }
}
