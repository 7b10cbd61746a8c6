//! Lines of TCP and TLS: a stream is cut into messages, and what is to be said is written.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rsipstack::sip::Transport;
use rsipstack::transport::channel::ChannelConnection;
use rsipstack::transport::{SipAddr, SipConnection, TransportEvent};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::config::ScaipConfig;
use super::envelope::{self, Cut, HEADERS_MAX_BYTES};
use super::wire::{INSIDE_WITHIN, RETRY_AFTER_S, Wire, WireError};
use crate::intake::tcp::limits::{Allowance, Doorkeeper};

/// After an accept that failed (no descriptors left) so long is waited before the next.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// How long a unit may take to agree on its encryption, and to take what is said.
const GREET_WITHIN: Duration = Duration::from_secs(10);
const WRITE_WITHIN: Duration = Duration::from_secs(20);

/// How long a new line may take to its first message, and any line may say nothing at least: two heartbeats and a minute are mostly
/// longer.
const SILENCE_MIN: SignedDuration = SignedDuration::from_secs(300);

/// Messages to one line that wait.
const WAITING_MAX: usize = 32;

/// Bytes that are read at once.
const READ_BYTES: usize = 4_096;

/// Bytes of the body of a message on a line: what is longer ends it.
const BODY_MAX_BYTES: usize = 64 * 1024;

/// Our certificate and its key, and what follows from them.
///
/// # Errors
/// A file that cannot be read, or whose contents do not fit.
pub fn acceptor(config: &ScaipConfig) -> Result<TlsAcceptor, WireError> {
    let bad = |key: &str, why: &dyn std::fmt::Display| WireError::Certificate(format!("scaip.{key}: {why}"));
    let (Some(certificates), Some(key)) = (&config.certificate_file, &config.key_file) else {
        return Err(bad("tls", &"wants certificate_file and key_file"));
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect)
        .map_err(|error| bad("certificate_file", &error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| bad("key_file", &error))?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| bad("certificate_file", &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Takes up lines until the service stops.
pub(super) async fn accept(wire: Arc<Wire>, listener: TcpListener, tls: Option<TlsAcceptor>, door: Arc<Doorkeeper>) {
    let stop = wire.app.stopping().clone();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(it) => it,
            Err(error) => {
                tracing::warn!(%error, "a line for SCAIP could not be taken up");
                wire.app.clock.breathe(ACCEPT_AGAIN).await;
                continue;
            }
        };
        let room = match door.admit(peer.ip().to_canonical()) {
            Ok(it) => it,
            Err(why) => {
                metrics::counter!("ecd_scaip_lines_refused_total", "why" => why.as_str()).increment(1);
                continue;
            }
        };
        metrics::gauge!("ecd_scaip_lines").set(door.open() as f64);
        let (wire, tls, door) = (wire.clone(), tls.clone(), door.clone());
        wire.app.workers().clone().spawn(async move {
            let stop = wire.app.stopping().clone();
            let end = tokio::select! {
                () = stop.cancelled() => "stopping",
                end = serve(&wire, stream, tls, peer) => end,
            };
            drop(room);
            metrics::gauge!("ecd_scaip_lines").set(door.open() as f64);
            metrics::counter!("ecd_scaip_lines_ended_total", "why" => end).increment(1);
        });
    }
}

async fn serve(wire: &Arc<Wire>, stream: TcpStream, tls: Option<TlsAcceptor>, peer: SocketAddr) -> &'static str {
    // Answers are small, and each is waited for. A socket that cannot do so works all the same.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        return converse(wire, stream, peer, Transport::Tcp).await;
    };
    let greeted = tokio::select! {
        it = tls.accept(stream) => it,
        () = wire.app.clock.sleep(GREET_WITHIN) => return "no_greeting",
    };
    match greeted {
        Ok(stream) => converse(wire, stream, peer, Transport::Tls).await,
        Err(error) => {
            tracing::debug!(%error, "a line for SCAIP could not be encrypted");
            "no_greeting"
        }
    }
}

/// Reads and writes until the line ends; answers why it ended.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    wire: &Arc<Wire>,
    mut stream: S,
    peer: SocketAddr,
    transport: Transport,
) -> &'static str {
    let (said, mut to_say) = mpsc::channel::<TransportEvent>(WAITING_MAX);
    // What the line hears goes to the stack by our own hand: this end is never used.
    let (_unused, nothing) = mpsc::unbounded_channel();
    let address = SipAddr {
        r#type: Some(transport),
        addr: peer.into(),
    };
    let line = ChannelConnection::create_connection_bounded(nothing, said, address, None).await;
    let Ok(line) = line.map(SipConnection::Channel) else {
        return "broken";
    };
    let clock = &wire.app.clock;
    let beat = SignedDuration::from_secs(i64::from(wire.config.beat_s) * 2 + 60);
    let silence_max = beat.max(SILENCE_MIN);
    let mut ends_at = clock.now() + SILENCE_MIN;
    let of = || Allowance::new(wire.config.messages_per_second_max, clock.now());
    let (mut allowance, mut answers) = (of(), of());
    let mut buffer: Vec<u8> = Vec::new();
    loop {
        let mut bytes = [0; READ_BYTES];
        tokio::select! {
            read = stream.read(&mut bytes) => match read {
                Ok(0) => {
                    half_a_message(wire, peer, &buffer);
                    return "left";
                }
                Ok(count) => buffer.extend_from_slice(&bytes[..count]),
                Err(_) => {
                    half_a_message(wire, peer, &buffer);
                    return "broken";
                }
            },
            event = to_say.recv() => {
                let Some(TransportEvent::Incoming(message, ..)) = event else { return "broken" };
                match say(wire, &mut stream, &message.to_bytes()).await {
                    Ok(()) => continue,
                    Err(why) => return why,
                }
            }
            () = clock.sleep_until(ends_at) => {
                if clock.now() >= ends_at {
                    half_a_message(wire, peer, &buffer);
                    return "silent";
                }
                continue;
            }
        }
        let came_at = clock.now();
        let mut at = 0;
        loop {
            // Line ends between messages keep the way open; two want one back.
            let blank = buffer[at..].iter().take_while(|it| matches!(it, b'\r' | b'\n')).count();
            at += blank;
            if blank >= 4 && say(wire, &mut stream, b"\r\n").await.is_err() {
                return "deaf";
            }
            match envelope::cut(&buffer[at..], BODY_MAX_BYTES) {
                Cut::Wait => break,
                Cut::Lost => {
                    wire.keep_aside(peer.ip(), &buffer[at..]);
                    return "undecodable";
                }
                Cut::Message(count) => {
                    let bytes = &buffer[at..at + count];
                    at += count;
                    ends_at = clock.now() + silence_max;
                    if let Err((why, answer)) = turn(wire, (&mut allowance, &mut answers), bytes, came_at).await {
                        metrics::counter!("ecd_scaip_dropped_total", "why" => why).increment(1);
                        match say(wire, &mut stream, &answer).await {
                            Ok(()) => continue,
                            Err(why) => return why,
                        }
                    }
                    match envelope::read(bytes) {
                        Some(message) => wire.take(message, line.clone(), peer, transport).await,
                        None => wire.keep_aside(peer.ip(), bytes),
                    }
                }
            }
        }
        // A line that waits holds only the beginning of a message.
        buffer = buffer[at..].to_vec();
        if buffer.len() > HEADERS_MAX_BYTES + BODY_MAX_BYTES + READ_BYTES {
            return "undecodable";
        }
    }
}

/// Waits until a message may be read, or gives up: SIP is answered whatever happens, so what is not read now is told when to be said again,
/// as a datagram is. Whoever may call for help waits for as long as an answer may take from `came_at` on; what nobody can be answered for waits for
/// its turn. An answer to us holds up nobody behind it: as many as there may be messages are read, and what is beyond is dropped.
///
/// # Errors
/// Why it is not read, and what its sender is told.
async fn turn(
    wire: &Wire,
    (allowance, answers): (&mut Allowance, &mut Allowance),
    bytes: &[u8],
    came_at: Timestamp,
) -> Result<(), (&'static str, Vec<u8>)> {
    let clock = &wire.app.clock;
    if bytes.starts_with(b"SIP/2.0 ") {
        return match answers.take(clock.now()) {
            Ok(()) => Ok(()),
            Err(_) => Err(("too_fast", vec![])),
        };
    }
    let mut wait = allowance.take(clock.now()).err();
    if wait.is_none() && wire.has_room() {
        return Ok(());
    }
    let answer = envelope::not_now(bytes, RETRY_AFTER_S);
    let within = match wire.may_call(bytes) {
        true => SignedDuration::try_from(INSIDE_WITHIN).unwrap_or_default(),
        false => SignedDuration::ZERO,
    };
    let until = answer.map(|it| (came_at + within, it));
    while let Some(span) = wait {
        if let Some((at, answer)) = &until
            && clock.now() + span > *at
        {
            return Err(("too_fast", answer.clone()));
        }
        // What it sends meanwhile stays in the network.
        metrics::counter!("ecd_scaip_held_total").increment(1);
        clock.sleep(span.unsigned_abs()).await;
        wait = allowance.take(clock.now()).err();
    }
    let Some((at, answer)) = until else {
        wire.room().await;
        return Ok(());
    };
    tokio::select! {
        biased;
        () = wire.room() => Ok(()),
        () = clock.sleep_until(at) => Err(("full", answer)),
    }
}

/// What stands there when the line ends may be half a call for help.
fn half_a_message(wire: &Arc<Wire>, peer: SocketAddr, rest: &[u8]) {
    if !rest.iter().all(u8::is_ascii_whitespace) {
        wire.keep_aside(peer.ip(), rest);
    }
}

async fn say<S: AsyncWrite + Unpin>(wire: &Wire, stream: &mut S, bytes: &[u8]) -> Result<(), &'static str> {
    let write = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    tokio::select! {
        done = write => done.map_err(|_: io::Error| "broken"),
        () = wire.app.clock.sleep(WRITE_WITHIN) => Err("deaf"),
    }
}
