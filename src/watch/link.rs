//! The socket: kept open, opened again from the last cursor when it breaks.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

use super::WatchError;
use super::account::Account;
use super::board::Seen;
use crate::clock::{Clock, Ids};
use crate::live::{ClientFrame, Close, ServerFrame};

/// The first pause before a new try, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(8));

/// A connection must stand within this.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Pings that may be missing before the connection counts as broken.
const PINGS_MISSED: u32 = 3;

/// The longest frame that is taken: a snapshot of a district.
const FRAME_MAX: usize = 64 * 1024 * 1024;

/// What the socket has to say.
#[derive(Debug)]
pub enum News {
    /// A frame came.
    Frame(Box<ServerFrame<Seen>>),
    /// The connection is gone; it is tried again.
    Down {
        /// Why.
        why: String,
        /// After this.
        again_in: Duration,
    },
    /// There is no point in trying again.
    Ended(WatchError),
}

/// Keeps the connection.
pub struct Link {
    /// Who signs in.
    pub account: Arc<Account>,
    /// The clock.
    pub clock: Clock,
    /// Where jitter comes from.
    pub ids: Ids,
}

impl Link {
    /// Follows until told to stop, or until it is useless.
    pub async fn follow(self, tell: mpsc::Sender<News>, stop: CancellationToken) {
        let mut cursor = None;
        let mut pause = PAUSE.0;
        loop {
            let mut welcomed = false;
            let why = tokio::select! {
                () = stop.cancelled() => return,
                () = tell.closed() => return,
                why = self.once(&mut cursor, &mut welcomed, &tell) => why,
            };
            let why = match why {
                // The service is away, or the line is: it comes back.
                Err(WatchError::Unreachable(why)) => why,
                Err(error) => {
                    let _ = tell.send(News::Ended(error)).await;
                    return;
                }
                Ok(why) => why,
            };
            if welcomed {
                pause = PAUSE.0;
            }
            let again_in = self.jitter(pause);
            if tell.send(News::Down { why, again_in }).await.is_err() {
                return;
            }
            pause = (pause * 2).min(PAUSE.1);
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(again_in) => {}
            }
        }
    }

    /// Between half of it and all of it: a room full of screens does not come back in one instant.
    fn jitter(&self, pause: Duration) -> Duration {
        let share = u32::try_from(self.ids.make().as_u128() % 1_000).unwrap_or(0);
        pause / 2 + pause / 2 * share / 1_000
    }

    /// One connection; answers why it ended.
    async fn once(
        &self,
        cursor: &mut Option<String>,
        welcomed: &mut bool,
        tell: &mpsc::Sender<News>,
    ) -> Result<String, WatchError> {
        let token = self.account.token().await?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(FRAME_MAX))
            .max_frame_size(Some(FRAME_MAX));
        let address = self.account.live_address();
        let connecting = connect_async_with_config(&address, Some(config), true);
        let (mut socket, _) = tokio::select! {
            it = connecting => it.map_err(unreachable)?,
            () = self.clock.sleep(CONNECT_WITHIN) => return Ok("no connection in time".to_owned()),
        };
        let hello = ClientFrame::Hello {
            token,
            cursor: cursor.clone(),
        };
        let hello = serde_json::to_string(&hello).map_err(|error| WatchError::Unreachable(error.to_string()))?;
        socket.send(Message::text(hello)).await.map_err(unreachable)?;
        let mut patience = CONNECT_WITHIN;
        loop {
            let next = tokio::select! {
                it = socket.next() => it,
                () = self.clock.sleep(patience) => return Ok("nothing was heard for too long".to_owned()),
            };
            match next {
                Some(Ok(Message::Text(text))) => {
                    let frame: ServerFrame<Seen> = match serde_json::from_str(&text) {
                        Ok(frame) => frame,
                        Err(error) => return Ok(format!("a frame could not be read: {error}")),
                    };
                    if let ServerFrame::Welcome { ping_every_s, .. } = &frame {
                        *welcomed = true;
                        patience = Duration::from_secs(u64::from(*ping_every_s) * u64::from(PINGS_MISSED));
                    }
                    let at = frame.cursor().map(str::to_owned);
                    if tell.send(News::Frame(Box::new(frame))).await.is_err() {
                        return Ok("stopped".to_owned());
                    }
                    // Only what was handed on counts as received.
                    *cursor = at.or(cursor.take());
                }
                Some(Ok(Message::Close(why))) => {
                    let code = why.as_ref().map_or(1005, |it| u16::from(it.code));
                    let said = why.map(|it| it.reason.to_string()).unwrap_or_default();
                    if code == Close::BadToken.code() || code == Close::RightsChanged.code() {
                        self.account.spoil().await;
                    }
                    if code == Close::BadHello.code() {
                        return Err(WatchError::Refused(said));
                    }
                    return Ok(format!("closed with {code}: {said}"));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(unreachable(error)),
                None => return Ok("the connection broke".to_owned()),
            }
        }
    }
}

fn unreachable(error: Error) -> WatchError {
    WatchError::Unreachable(error.to_string())
}

/// How far the service's clock is ahead of ours.
pub fn offset(theirs: Timestamp, ours: Timestamp) -> jiff::SignedDuration {
    theirs.duration_since(ours)
}
