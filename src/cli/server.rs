//! `heaplint server`: the language server on standard input and output.

use crate::lsp::{self, End};

/// The arguments of `heaplint server`.
#[derive(Debug, clap::Args)]
pub(super) struct Server {
    /// Speak over standard input and output, which is the only way there is.
    #[arg(long, hide = true)]
    stdio: bool,
    /// The client's process, which `initialize` names as well.
    #[arg(long = "clientProcessId", hide = true, value_name = "PID")]
    client: Option<u64>,
}

/// Serves until the client ends.
pub(super) fn run(_: &Server) -> anyhow::Result<u8> {
    let (connection, writer) = lsp::stdio()?;
    let end = lsp::serve(&connection)?;
    drop(connection);
    if let End::Exit { after_shutdown } = end {
        // What was sent last has to arrive; the reader's thread goes with the process.
        let _ = writer.join();
        return Ok(u8::from(!after_shutdown));
    }
    Ok(1)
}
