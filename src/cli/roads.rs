//! `import roads`: an OpenStreetMap extract becomes the roads file that `serve` opens at once.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use eldercare_dispatch::api::tiles::CHART_EXTENSION;
use eldercare_dispatch::chart::Chart;
use eldercare_dispatch::circle;

use super::{Exit, Failure};

#[derive(Debug, Args)]
pub struct Roads {
    /// The extract: .osm.pbf, or OSM XML. It should reach 20 km beyond the street: whoever is just outside may be nearest
    #[arg(value_name = "EXTRACT")]
    extract: PathBuf,
    /// Where to write the roads file; an older one is replaced once the new one is whole
    #[arg(long, value_name = "FILE", default_value = "data/roads.ecd")]
    out: PathBuf,
}

impl Roads {
    pub fn run(self) -> Result<Exit, Failure> {
        let extract = roads::open(&self.extract).map_err(|error| Failure::refused(error.to_string()))?;
        let (network, report) =
            circle::Roads::import(extract.as_ref()).map_err(|error| Failure::refused(super::with_causes(&error)))?;
        let bytes =
            write_whole(&self.out, |out| network.write_to(out)).map_err(|error| Failure::file(&self.out, &error))?;
        let chart = draw(extract.as_ref(), &self.out)?;
        let [south, west, north, east] = report.bounds;
        let modes = |counts: [usize; 3]| format!("walk {}, e-bike {}, car {}", counts[0], counts[1], counts[2]);
        println!("{}:", self.extract.display());
        println!(
            "  {} ways with {} nodes, {:.1} km of road",
            report.ways, report.nodes, report.length_km
        );
        println!("  {} junctions, {} segments", report.junctions, report.segments);
        println!("  arcs: {}", modes(report.arcs));
        println!("  arcs closed as cut off from the rest: {}", modes(report.arcs_cut_off));
        println!(
            "  {} barriers, {} turn restrictions, {} of them via ways",
            report.barriers, report.restrictions, report.restrictions_via_way
        );
        println!("  latitude {south:.5} to {north:.5}, longitude {west:.5} to {east:.5} (WGS-84)");
        for warning in &report.warnings {
            println!("  warning: {warning}");
        }
        println!("{}: written, {bytes} bytes", self.out.display());
        println!("{}: the map beside it", chart.display());
        let named = fs::canonicalize(&self.out).unwrap_or(self.out);
        println!("Name it in the configuration and start the service again:");
        println!("  [roads]\n  file = {:?}", named.display().to_string());
        Ok(Exit::Done)
    }
}

/// Writes what the map shows of the extract beside the roads' file; answers where.
pub(super) fn draw(extract: &dyn roads::Extract, roads: &Path) -> Result<PathBuf, Failure> {
    let chart = Chart::of_extract(extract).map_err(|error| Failure::refused(error.to_string()))?;
    let path = roads.with_extension(CHART_EXTENSION);
    write_whole(&path, |out| chart.write_to(out)).map_err(|error| Failure::file(&path, &error))?;
    Ok(path)
}

/// Writes beside the place, syncs, and renames: whoever opens the place finds the old file or the new one, whole.
pub(super) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> std::io::Result<u64> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let draft = path.with_file_name(name);
    let written = (|| {
        let mut out = BufWriter::new(File::create(&draft)?);
        write(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        let bytes = out.get_ref().metadata()?.len();
        fs::rename(&draft, path)?;
        File::open(folder)?.sync_all()?;
        Ok(bytes)
    })();
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&draft);
    }
    written
}
