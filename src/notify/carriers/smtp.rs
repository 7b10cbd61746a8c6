//! Mail by SMTP (RFC 5321): plain text, from the street's address, through a server that the street may use.
//!
//! A mail's Message-ID follows from the notice, so that the same letter twice is one mail to whoever sorts by it. Nothing in it
//! is fetched from anywhere when it is opened, and it asks no machine for an answer (Auto-Submitted, RFC 3834).
//!
//! What the server answers: 2xx = taken; 4xx, a timeout, a broken line or certificate = later; a mailbox that is none = gone;
//! anything else = refused.

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{Address as MailAddress, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::config::{CarrierConfig, Hidden, Keys, read_file};
use super::http::{gone, later, refused};
use crate::case::Severity;
use crate::notify::letter::{Address, Carrier, Handed, Letter, Way};
use crate::notify::texts::{Form, Texts};
use crate::people::words::words;

words! {
    /// How a line to a mail server is encrypted.
    Encryption ("encryption") {
        /// After a greeting in the clear (STARTTLS, port 587); without it nothing is sent.
        Starttls = "starttls",
        /// From the first byte (port 465).
        Tls = "tls",
        /// Not at all: for a server on this machine.
        Nothing = "none",
    }
}

/// The keys of type `smtp`.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line is encrypted.
    pub encryption: Encryption,
    /// Who we are there, with the password.
    pub login: Option<(String, Hidden)>,
    /// From whom mails are: `name <mailbox@domain>` or the mailbox alone.
    pub from: String,
    /// Where a person's answer goes.
    pub reply_to: Option<String>,
    /// Another authority for the server's certificate (PEM).
    pub ca_file: Option<std::path::PathBuf>,
}

impl SmtpConfig {
    pub(super) fn read(keys: &mut Keys<'_>) -> Self {
        let encryption = keys.word("encryption", Encryption::Starttls);
        let usual = match encryption {
            Encryption::Starttls => 587,
            Encryption::Tls => 465,
            Encryption::Nothing => 25,
        };
        let username = keys.maybe_text("username", "a user of the mail server");
        let password = keys.maybe_secret("password", "the password of `username`");
        let login = match (username, password) {
            (Some(username), Some(password)) => Some((username, password)),
            (None, None) => None,
            (Some(_), None) => {
                keys.mistake("password", "is missing: `username` is there");
                None
            }
            (None, Some(_)) => {
                keys.mistake("username", "is missing: `password` is there");
                None
            }
        };
        if login.is_some() && encryption == Encryption::Nothing {
            keys.mistake("encryption", "must not be `none` where a password is sent");
        }
        let mailbox = "a mailbox like dispatch@street.example, or `Name <mailbox>`";
        let from = keys.text("from", mailbox);
        if !from.is_empty() && from.parse::<Mailbox>().is_err() {
            keys.mistake("from", format_args!("must be {mailbox}"));
        }
        let reply_to = keys.maybe_text("reply_to", mailbox);
        if reply_to.as_ref().is_some_and(|it| it.parse::<Mailbox>().is_err()) {
            keys.mistake("reply_to", format_args!("must be {mailbox}"));
        }
        Self {
            host: keys.text("host", "the name of the mail server"),
            port: u16::try_from(keys.number("port", 1..=65_535, usual)).unwrap_or(587),
            encryption,
            login,
            from,
            reply_to,
            ca_file: keys.maybe_path("ca_file"),
        }
    }
}

/// One mail server.
pub struct Smtp {
    name: String,
    slots: usize,
    within: Duration,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    server: AsyncSmtpTransport<Tokio1Executor>,
    texts: Arc<Texts>,
}

impl Smtp {
    /// As it is configured; no line is opened yet.
    ///
    /// # Errors
    /// A certificate file that cannot be read, or mailboxes that are none.
    pub fn new(config: &CarrierConfig, setup: &SmtpConfig, texts: Arc<Texts>) -> Result<Self, String> {
        let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|_| "from: is no mailbox".to_owned());
        let from = mailbox(&setup.from)?;
        let parameters = || {
            let mut parameters = TlsParameters::builder(setup.host.clone());
            if let Some(path) = &setup.ca_file {
                let bad = || format!("ca_file: {} holds no certificate", path.display());
                parameters =
                    parameters.add_root_certificate(Certificate::from_pem(&read_file(path)?).map_err(|_| bad())?);
            }
            parameters.build().map_err(|error| format!("TLS: {error}"))
        };
        let tls = match setup.encryption {
            Encryption::Starttls => Tls::Required(parameters()?),
            Encryption::Tls => Tls::Wrapper(parameters()?),
            Encryption::Nothing => Tls::None,
        };
        let within = Duration::from_millis(config.timeout_ms);
        let lines = u32::try_from(config.connections).unwrap_or(1);
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&setup.host)
            .port(setup.port)
            .tls(tls)
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .timeout(Some(within))
            .pool_config(PoolConfig::new().max_size(lines));
        if let Some((username, password)) = &setup.login {
            server = server.credentials(Credentials::new(username.clone(), password.reveal().to_owned()));
        }
        Ok(Self {
            name: config.name.clone(),
            slots: config.connections,
            within,
            reply_to: setup.reply_to.as_deref().map(mailbox).transpose()?,
            from,
            server: server.build(),
            texts,
        })
    }

    /// The same letter is the same mail at every try, but for its date.
    fn mail(&self, letter: &Letter, to: MailAddress) -> Result<(Message, String), lettre::error::Error> {
        let id = format!("<{}@{}>", letter.id, self.from.email.domain());
        let mut mail = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(self.texts.of(letter, Form::Title))
            .message_id(Some(id.clone()))
            .date(SystemTime::from(letter.now))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            // Exchange answers with an absence notice otherwise.
            .raw_header(header("X-Auto-Response-Suppress", "All"));
        if letter.values.severity == Some(Severity::Critical) {
            mail = mail.raw_header(header("Importance", "high"));
        }
        if let Some(reply_to) = &self.reply_to {
            mail = mail.reply_to(reply_to.clone());
        }
        let mail = mail
            .header(ContentType::TEXT_PLAIN)
            .body(self.texts.of(letter, Form::Body))?;
        Ok((mail, id))
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

#[async_trait]
impl Carrier for Smtp {
    fn name(&self) -> &str {
        &self.name
    }

    fn way(&self) -> Way {
        Way::Email
    }

    fn slots(&self) -> usize {
        self.slots
    }

    async fn hand_over(&self, letter: &Letter) -> Handed {
        let Address::Mailbox(to) = &letter.address else {
            return refused("no mailbox");
        };
        let Ok(to) = to.trim().parse::<MailAddress>() else {
            return gone("no mailbox");
        };
        let Ok((mail, id)) = self.mail(letter, to) else {
            return refused("the mail could not be written");
        };
        // The server's own limit holds for each step; this one for all of them.
        match tokio::time::timeout(self.within, self.server.send(mail)).await {
            Ok(Ok(_)) => Handed::Taken { proof: Some(id) },
            Ok(Err(error)) => came_of(&error),
            Err(_) => later(None, "no answer in time"),
        }
    }
}

/// What an error means. Its own text is the server's, which may repeat the mailbox: only codes are taken from it.
fn came_of(error: &Error) -> Handed {
    if let Some(status) = error.status() {
        let status: u16 = status.into();
        let said = error.source().map(ToString::to_string).unwrap_or_default();
        return answered(status, enhanced(&said));
    }
    if error.is_timeout() {
        later(None, "no answer in time")
    } else if error.is_tls() {
        later(None, "the line could not be encrypted")
    } else if error.is_client() {
        refused("the server does not offer what is configured")
    } else {
        later(None, "cannot be reached, or the line broke")
    }
}

fn answered(status: u16, enhanced: Option<String>) -> Handed {
    let why = match &enhanced {
        Some(enhanced) => format!("answered {status} {enhanced}"),
        None => format!("answered {status}"),
    };
    match (status, enhanced.as_deref()) {
        (400..=499, _) => later(None, why),
        (530 | 534 | 535 | 538, _) => refused(format!("{why}: the log-in is refused")),
        // RFC 3463: no such mailbox or host, syntax, no mailbox of that name any more, moved, no null MX; switched off.
        (_, Some("5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" | "5.2.1")) => gone(why),
        // RFC 5321 without more: no such mailbox.
        (550 | 551 | 553, None) => gone(why),
        _ => refused(why),
    }
}

/// The code of RFC 3463 at the beginning of an answer's text.
fn enhanced(text: &str) -> Option<String> {
    let first = text.split_whitespace().next()?;
    let parts: Vec<&str> = first.split('.').collect();
    let sound = |it: &&str| (1..=3).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_digit());
    (parts.len() == 3 && parts.iter().all(sound) && matches!(parts[0], "4" | "5")).then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_means_what_its_codes_say() {
        let table = [
            (421, "4.3.2 going down", "later"),
            (450, "4.2.0 greylisted", "later"),
            (452, "4.2.2 full", "later"),
            (550, "5.1.1 no such user", "gone"),
            (550, "No such user", "gone"),
            (550, "5.7.1 looks like spam", "refused"),
            (550, "5.2.1 switched off", "gone"),
            (551, "not here", "gone"),
            (552, "5.2.2 full", "refused"),
            (553, "5.1.3 syntax", "gone"),
            (554, "5.7.1 no", "refused"),
            (554, "no", "refused"),
            (535, "5.7.8 wrong password", "refused"),
            (530, "5.7.0 log in first", "refused"),
        ];
        for (status, text, wanted) in table {
            let found = match answered(status, enhanced(text)) {
                Handed::Later { .. } => "later",
                Handed::Refused { .. } => "refused",
                Handed::Gone { .. } => "gone",
                _ => "taken",
            };
            assert_eq!(found, wanted, "{status} {text}");
        }
        assert_eq!(
            answered(550, enhanced("5.1.1 <a@b.example> no")),
            gone("answered 550 5.1.1")
        );
        for text in ["", "5.1", "5.1.1.1", "no 5.1.1", "2.1.5", "5.1.x", "5..1", "5.1.1000"] {
            assert_eq!(enhanced(text), None, "{text}");
        }
    }
}
