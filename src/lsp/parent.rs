//! The process that started the server: when it ends, so does the server, also where something else
//! keeps the connection open.

use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::lanes::Done;

/// How long a server may outlive its client.
const PAUSE: Duration = Duration::from_secs(1);

/// Tells when a process is gone. Where that cannot be told, or no thread can be started, the end
/// of the input still ends the server.
pub(super) fn watch(process: i64, done: Sender<Done>) {
    if is_gone(process).is_none() {
        return;
    }
    let wait = move || {
        while is_gone(process) == Some(false) {
            thread::sleep(PAUSE);
        }
        let _ = done.send(Done::Orphaned);
    };
    let _ = thread::Builder::new().name("heaplint-parent".to_owned()).spawn(wait);
}

/// Whether a process is gone. `None`: nobody can tell.
#[cfg(unix)]
fn is_gone(process: i64) -> Option<bool> {
    let number = i32::try_from(process).ok().filter(|number| *number > 0)?;
    let process = rustix::process::Pid::from_raw(number)?;
    let gone = rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH);
    Some(gone || is_zombie(number))
}

/// Whether a process has ended and only its parent has not looked yet. Never where there is no
/// `/proc`.
#[cfg(unix)]
fn is_zombie(process: i32) -> bool {
    // `7 (name) Z ..`, and a name may hold anything.
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| {
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
    })
}

#[cfg(not(unix))]
fn is_gone(_process: i64) -> Option<bool> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::is_gone;

    #[test]
    fn a_process_that_ended_is_gone() {
        let mut child =
            std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let id = i64::from(child.id());
        assert_eq!(is_gone(id), Some(false));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(is_gone(id), Some(true));
        assert_eq!(is_gone(-1), None);
        assert_eq!(is_gone(0), None);
    }
}
