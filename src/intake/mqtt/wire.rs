//! The two versions of MQTT behind one face. What is spoken on the line is the crate's business; what is made of it is
//! [`super::link`]'s.
//!
//! A line is made anew for each connection: an acknowledgement for one connection can never reach the next, on which the same number
//! may stand for another message.

use mqtt4::{Event as Event4, Packet as Packet4, QoS as QoS4};
use mqtt5::{Event as Event5, Packet as Packet5, QoS as QoS5};

use super::config::{BrokerConfig, Version};

/// The longest packet that is taken off the line, bytes. An MQTT 5 broker is told so and keeps longer ones to itself; what is longer
/// than `payload_max_bytes` and shorter than this is read at its beginning.
pub const PACKET_MAX_BYTES: u32 = 16 * 1024 * 1024;

/// A message.
#[derive(Debug)]
pub struct Message {
    /// Where it was published.
    pub topic: String,
    /// What was published, cut to the limit.
    pub payload: Vec<u8>,
    /// There was more than the limit.
    pub cut: bool,
    /// It is what the topic says all the time, sent because we have subscribed.
    pub retained: bool,
    /// Its number on the line; 0 with QoS 0.
    pub packet: u16,
    /// The broker has brought it before.
    pub again: bool,
    /// With what it is acknowledged; none: the broker forgets it by itself (QoS 0).
    pub receipt: Option<Receipt>,
}

/// The acknowledgement of one message, ready to be sent.
#[derive(Debug)]
pub struct Receipt(Ack);

#[derive(Debug)]
enum Ack {
    V4(mqtt4::ManualAck),
    V5(mqtt5::ManualAck),
}

/// What comes off the line.
#[derive(Debug)]
pub enum Heard {
    /// The broker has let us in; whether it still had our session.
    Up { resumed: bool },
    /// A message.
    Message(Message),
    /// The answer to our subscription: how many filters were refused.
    Subscribed { refused: usize },
    /// The broker has answered a question of ours whether it is there.
    Pong,
    /// Nothing that matters.
    Else,
}

/// The end of the line at which things are asked. Cheap to clone.
#[derive(Clone)]
pub enum Asker {
    /// 3.1.1.
    V4(mqtt4::AsyncClient),
    /// 5.
    V5(mqtt5::AsyncClient),
}

/// The end of the line at which things are heard.
pub enum Line {
    /// 3.1.1.
    V4(Box<mqtt4::EventLoop>, mqtt4::AsyncClient, usize),
    /// 5.
    V5(Box<mqtt5::EventLoop>, mqtt5::AsyncClient, usize),
}

/// Our half of a session of MQTT 5. We publish nothing, and subscribe anew each time: it is always there, and always empty. Without it
/// the crate refuses to go on with a session that only the broker has, or to subscribe in it.
#[derive(Debug)]
struct OurHalf;

type Kept<'a, T> = std::pin::Pin<Box<dyn Future<Output = Result<T, mqtt5::SessionStoreError>> + Send + 'a>>;

impl mqtt5::SessionStore for OurHalf {
    fn load<'a>(&'a self, key: &'a mqtt5::SessionStoreKey) -> Kept<'a, Option<mqtt5::PersistedSession>> {
        let session = mqtt5::PersistedSession {
            format_version: 1,
            client_id: key.client_id().to_owned(),
            clean_start: false,
            session_expiry_interval: None,
            outgoing_inflight_upper_limit: None,
            ack_mode: mqtt5::PersistedAckMode::Manual,
            last_pkid: 0,
            last_puback: 0,
            replay: vec![],
            incoming_qos2: vec![],
        };
        Box::pin(std::future::ready(Ok(Some(session))))
    }

    fn save<'a>(&'a self, _: &'a mqtt5::SessionStoreKey, _: &'a mqtt5::PersistedSession) -> Kept<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn clear<'a>(&'a self, _: &'a mqtt5::SessionStoreKey) -> Kept<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Makes a line; it connects when it is first listened to.
///
/// # Errors
/// Why it cannot even be tried: a file that does not read.
pub fn open(config: &BrokerConfig) -> Result<(Asker, Line), String> {
    let address = config.address().ok_or("the url is no address")?;
    let password = config.password()?;
    let read = |path: &std::path::PathBuf| std::fs::read(path).map_err(|it| format!("{}: {it}", path.display()));
    let ca = config.ca_file.as_ref().map(read).transpose()?;
    let own = match (&config.certificate_file, &config.key_file) {
        (Some(certificate), Some(key)) => Some((read(certificate)?, read(key)?)),
        _ => None,
    };
    // Acknowledgements wait here until the line takes them up: room for all that can be in our hands.
    let room = usize::from(config.in_flight_max) * 2 + 16;
    let to = (address.host.as_str(), address.port);
    match config.version {
        Version::V311 => {
            let mut options = mqtt4::MqttOptions::new(config.client_id(), to);
            options.set_keep_alive(config.keep_alive_s);
            options.try_set_clean_session(false).map_err(|it| it.to_string())?;
            options.set_max_packet_size(PACKET_MAX_BYTES as usize, PACKET_MAX_BYTES as usize);
            options.set_ack_mode(mqtt4::AckMode::Manual);
            match (&config.username, password) {
                (Some(name), Some(word)) => drop(options.set_credentials(name, word)),
                (Some(name), None) => drop(options.set_username(name)),
                (None, _) => {}
            }
            if address.secure {
                let transport = match ca {
                    Some(ca) => mqtt4::Transport::tls(ca, own, None),
                    None => mqtt4::Transport::try_tls_with_default_config().map_err(|it| it.to_string())?,
                };
                options.set_transport(transport);
            }
            let (asker, line) = mqtt4::AsyncClient::builder(options).capacity(room).build();
            let most = config.payload_max_bytes;
            Ok((Asker::V4(asker.clone()), Line::V4(Box::new(line), asker, most)))
        }
        Version::V5 => {
            let mut options = mqtt5::MqttOptions::new(config.client_id(), to);
            options.set_keep_alive(config.keep_alive_s);
            options.set_clean_start(false);
            options.set_session_store(OurHalf);
            options.set_session_expiry_interval(Some(config.session_expiry_s));
            options.set_receive_maximum(Some(config.in_flight_max));
            options.set_incoming_packet_size_limit(mqtt5::IncomingPacketSizeLimit::Bytes(PACKET_MAX_BYTES));
            options.set_ack_mode(mqtt5::AckMode::Manual);
            match (&config.username, password) {
                (Some(name), Some(word)) => drop(options.set_credentials(name, word)),
                (Some(name), None) => drop(options.set_username(name)),
                (None, _) => {}
            }
            if address.secure {
                let transport = match ca {
                    Some(ca) => mqtt5::Transport::tls(ca, own, None),
                    None => mqtt5::Transport::try_tls_with_default_config().map_err(|it| it.to_string())?,
                };
                options.set_transport(transport);
            }
            let (asker, line) = mqtt5::AsyncClient::builder(options).capacity(room).build();
            let most = config.payload_max_bytes;
            Ok((Asker::V5(asker.clone()), Line::V5(Box::new(line), asker, most)))
        }
    }
}

fn message(
    (topic, payload): (&[u8], &[u8]),
    most: usize,
    packet: u16,
    flags: (bool, bool),
    receipt: Option<Receipt>,
) -> Message {
    Message {
        topic: String::from_utf8_lossy(topic).into_owned(),
        payload: payload[..payload.len().min(most)].to_vec(),
        cut: payload.len() > most,
        retained: flags.0,
        packet,
        again: flags.1,
        receipt,
    }
}

impl Line {
    /// What comes next. After an error the line is over.
    ///
    /// # Errors
    /// Why it is over.
    pub async fn next(&mut self) -> Result<Heard, String> {
        match self {
            Self::V4(line, asker, most) => Ok(match line.poll().await.map_err(|it| it.to_string())? {
                Event4::Incoming(Packet4::ConnAck(it)) => Heard::Up {
                    resumed: it.session_present,
                },
                Event4::Incoming(Packet4::Publish(it)) => {
                    let receipt = asker.prepare_ack(&it).map(|it| Receipt(Ack::V4(it)));
                    Heard::Message(message(
                        (&it.topic, &it.payload),
                        *most,
                        it.pkid,
                        (it.retain, it.dup),
                        receipt,
                    ))
                }
                Event4::Incoming(Packet4::SubAck(it)) => {
                    let good = |it: &&mqtt4::SubscribeReasonCode| !matches!(it, mqtt4::SubscribeReasonCode::Success(_));
                    Heard::Subscribed {
                        refused: it.return_codes.iter().filter(good).count(),
                    }
                }
                Event4::Incoming(Packet4::PingResp) => Heard::Pong,
                Event4::Incoming(Packet4::Disconnect) => return Err("the broker has ended the line".to_owned()),
                Event4::Incoming(_) | Event4::Outgoing(_) => Heard::Else,
            }),
            Self::V5(line, asker, most) => Ok(match line.poll().await.map_err(|it| it.to_string())? {
                Event5::Incoming(Packet5::ConnAck(it)) => Heard::Up {
                    resumed: it.session_present,
                },
                Event5::Incoming(Packet5::Publish(it)) => {
                    let receipt = asker.prepare_ack(&it).map(|it| Receipt(Ack::V5(it)));
                    Heard::Message(message(
                        (&it.topic, &it.payload),
                        *most,
                        it.pkid,
                        (it.retain, it.dup),
                        receipt,
                    ))
                }
                Event5::Incoming(Packet5::SubAck(it)) => {
                    let good = |it: &&mqtt5::SubscribeReasonCode| !matches!(it, mqtt5::SubscribeReasonCode::Success(_));
                    Heard::Subscribed {
                        refused: it.return_codes.iter().filter(good).count(),
                    }
                }
                Event5::Incoming(Packet5::PingResp) => Heard::Pong,
                Event5::Incoming(Packet5::Disconnect(it)) => {
                    return Err(format!("the broker has ended the line: {:?}", it.reason_code));
                }
                Event5::Incoming(_) | Event5::Outgoing(_) | Event5::Auth(_) => Heard::Else,
            }),
        }
    }
}

impl Asker {
    /// Subscribes to all of these; the answer comes on the line.
    ///
    /// # Errors
    /// Why it cannot be asked.
    pub fn subscribe(&self, filters: &[String]) -> Result<(), String> {
        match self {
            Self::V4(it) => {
                let filters = filters
                    .iter()
                    .map(|it| mqtt4::SubscribeFilter::new(it.clone(), QoS4::AtLeastOnce));
                it.try_subscribe_many(filters).map_err(|it| it.to_string())
            }
            Self::V5(it) => {
                let filters = filters.iter().map(|it| {
                    let input = mqtt5::SubscribeFilterInput::new(it.as_str(), QoS5::AtLeastOnce);
                    // What is retained was heard when the subscription was new.
                    input.retain_forward_rule(mqtt5::RetainForwardRule::OnNewSubscribe)
                });
                it.try_subscribe_many(filters).map_err(|it| it.to_string())
            }
        }
    }

    /// Acknowledges a message. A line that is over takes it to nobody, and the broker brings the message again.
    pub async fn acknowledge(&self, receipt: Receipt) {
        let done = match (self, receipt.0) {
            (Self::V4(asker), Ack::V4(ack)) => asker.manual_ack(ack).await.map_err(|it| it.to_string()),
            (Self::V5(asker), Ack::V5(ack)) => asker.manual_ack(ack).await.map_err(|it| it.to_string()),
            // A receipt is made by the line whose asker this is.
            (Self::V4(_), Ack::V5(_)) | (Self::V5(_), Ack::V4(_)) => Ok(()),
        };
        if let Err(error) = done {
            tracing::debug!(%error, "a message was not acknowledged: its line is over");
        }
    }
}
