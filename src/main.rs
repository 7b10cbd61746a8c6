//! The program: reads the command, does it, says how it ended.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;

use cli::Cli;

fn main() -> ExitCode {
    // Both libraries look for a process-wide provider at first use and panic without one. Installing a second time would
    // be an error, and nothing before this line has installed any.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    let cli = Cli::parse();
    cli.tell_to_logs();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the system gives no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(cli.run())
}
