//! `device`: files a device, and gives it its key. A key is shown once, by the command that made it; the store keeps a keyed
//! hash only.

use clap::{Args, Subcommand, ValueEnum};

use eldercare_dispatch::circle::Crs;
use eldercare_dispatch::ids::DeviceId;
use eldercare_dispatch::people::{
    Carrier, DeviceBinding, DeviceKind, Protocol, Terminal, device_id, elder_id, household_id,
};
use eldercare_dispatch::store::{DeviceKey, SealError};

use super::setup::Setup;
use super::{Exit, Failure};

#[derive(Debug, Subcommand)]
pub enum Device {
    /// File a device and print its key, once
    Add(Add),
    /// Give a device another key and print it, once; the one before is void at once
    Key(Key),
}

#[derive(Debug, Args)]
pub struct Add {
    /// The serial number on its label
    code: String,
    /// What it is
    #[arg(long, value_parser = super::word_of(DeviceKind::ALL, DeviceKind::as_str))]
    kind: DeviceKind,
    /// The elder whose it is (the street's number)
    #[arg(long, value_name = "CODE", conflicts_with = "household")]
    elder: Option<String>,
    /// The household that it guards (the street's number)
    #[arg(long, value_name = "CODE")]
    household: Option<String>,
    /// The desk can speak with the elder through it
    #[arg(long)]
    voice: bool,
    /// The reference system of the positions that it sends
    #[arg(long, value_enum)]
    crs: Option<System>,
    /// Maker and model
    #[arg(long)]
    model: Option<String>,
    /// Where it hangs
    #[arg(long)]
    place: Option<String>,
    /// The language that it speaks on a line of its own, or mqtt
    #[arg(long, value_parser = super::word_of(Protocol::ALL, Protocol::as_str))]
    protocol: Option<Protocol>,
    /// How it names itself there: IMEI, number or its name in the topic; left out: as on its label
    #[arg(long, value_name = "NUMBER", requires = "protocol")]
    terminal: Option<String>,
    /// How often it says something by itself, seconds; 0: never. Left out: as its model or language has it
    #[arg(long, value_name = "SECONDS")]
    beat_s: Option<u32>,
    /// Whose network it uses
    #[arg(long, value_parser = super::word_of(Carrier::ALL, Carrier::as_str))]
    carrier: Option<Carrier>,
    /// Print one JSON object: device_id, key, elder_id
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct Key {
    /// The serial number on its label
    code: String,
    /// Print one JSON object: device_id, key, elder_id
    #[arg(long)]
    json: bool,
}

/// A reference system, as the command line writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum System {
    /// What satellites give
    Wgs84,
    /// 国测局坐标: Amap, Tencent, most Chinese phones
    Gcj02,
    /// 百度坐标: Baidu
    Bd09,
}

impl From<System> for Crs {
    fn from(it: System) -> Self {
        match it {
            System::Wgs84 => Self::Wgs84,
            System::Gcj02 => Self::Gcj02,
            System::Bd09 => Self::Bd09,
        }
    }
}

impl Device {
    pub async fn run(self, setup: Setup) -> Result<Exit, Failure> {
        setup.unlock().await?;
        match self {
            Self::Add(it) => it.run(&setup).await?,
            Self::Key(it) => it.run(&setup).await?,
        }
        setup.store.close().await;
        Ok(Exit::Done)
    }
}

impl Add {
    async fn run(self, setup: &Setup) -> Result<(), Failure> {
        let id = device_id(&self.code);
        if setup.store.device(id).await?.is_some() {
            return Err(Failure::refused(format!(
                "CODE: a device {} is filed already; `device key {}` gives it another key",
                self.code, self.code
            )));
        }
        let binding = match (&self.elder, &self.household) {
            (Some(code), _) => {
                let elder = elder_id(code);
                if setup.store.elder(elder, &setup.areas().await?).await?.is_none() {
                    return Err(Failure::refused(format!(
                        "--elder: no elder is filed under {code}; import the elders first"
                    )));
                }
                Some(DeviceBinding::Elder(elder))
            }
            (None, Some(code)) => {
                let household = household_id(code);
                let all = setup.store.all_households(&setup.areas().await?).await?.items;
                if !all.iter().any(|it| it.value.id == household) {
                    return Err(Failure::refused(format!(
                        "--household: no household is filed under {code}; import the elders first"
                    )));
                }
                Some(DeviceBinding::Household(household))
            }
            (None, None) => None,
        };
        let terminal = match self.protocol {
            Some(protocol) => {
                let said = self.terminal.as_ref().unwrap_or(&self.code);
                let number = protocol.number(said).ok_or_else(|| {
                    let rule = protocol.number_rule();
                    Failure::refused(format!("--terminal: `{said}` is no number of {rule}"))
                })?;
                Some(Terminal { protocol, number })
            }
            None => None,
        };
        let device = eldercare_dispatch::people::Device {
            id,
            code: self.code.clone(),
            kind: self.kind,
            binding,
            model: self.model,
            crs: self.crs.map(Crs::from),
            voice_path: self.voice,
            place: self.place,
            terminal,
            beat_s: self.beat_s,
            carrier: self.carrier,
            in_service: true,
        };
        device.check().map_err(|flaws| Failure::refused(flaws.to_string()))?;
        setup.store.put_devices(vec![device], setup.now()).await?;
        if binding.is_none() {
            eprintln!("note: the device is bound to nobody; what it sends becomes a case of an unknown subject");
        }
        give_key(setup, id, &self.code, binding, self.json).await
    }
}

impl Key {
    async fn run(self, setup: &Setup) -> Result<(), Failure> {
        let id = device_id(&self.code);
        let Some(kept) = setup.store.device(id).await? else {
            return Err(Failure::refused(format!(
                "CODE: no device is filed under {}",
                self.code
            )));
        };
        give_key(setup, id, &self.code, kept.device.value.binding, self.json).await
    }
}

async fn give_key(
    setup: &Setup,
    id: DeviceId,
    code: &str,
    binding: Option<DeviceBinding>,
    json: bool,
) -> Result<(), Failure> {
    let key = DeviceKey::make().map_err(|error: SealError| Failure::refused(error.to_string()))?;
    let shown = key.reveal();
    setup.store.set_device_keys(vec![(id, key)], setup.now()).await?;
    if json {
        let (elder, household) = match binding {
            Some(DeviceBinding::Elder(it)) => (Some(it), None),
            Some(DeviceBinding::Household(it)) => (None, Some(it)),
            None => (None, None),
        };
        let answer = serde_json::json!({
            "device_id": id, "code": code, "key": shown, "elder_id": elder, "household_id": household,
        });
        println!("{answer}");
        return Ok(());
    }
    println!("device {code}");
    println!("  id   {id}");
    println!("  key  {shown}");
    println!("  it signs in with the header  Authorization: Device {id}:{shown}");
    println!("The key is shown this once. A running service knows the device within a minute.");
    Ok(())
}
