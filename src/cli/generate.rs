//! `heaplint generate-shell-completion` and `generate-man`: what packagers install.

use clap::CommandFactory as _;
use clap_complete::Shell;

/// The arguments of `heaplint generate-shell-completion`.
#[derive(Debug, clap::Args)]
pub(super) struct Completion {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints a completion script.
pub(super) fn completion(arguments: &Completion) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    let mut command = super::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "heaplint", &mut script);
    super::print(&[&String::from_utf8(script)?])?;
    Ok(0)
}

/// Prints the manual: the page of the program and those of its commands.
pub(super) fn man() -> anyhow::Result<u8> {
    let mut command = super::Arguments::command();
    command.build();
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        clap_mangen::Man::new(sub.clone())
            .title(format!("heaplint-{}", sub.get_name()))
            .render(&mut text)?;
    }
    super::print(&[&String::from_utf8(text)?])?;
    Ok(0)
}
