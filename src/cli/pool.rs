//! The threads that analyze: big stacks, and panics contained per file.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// Each worker's stack in bytes. A syntax tree is as deep as its source; a stack overflow is the
/// one crash that cannot be contained.
pub const STACK: usize = 64 << 20;

/// A pool of so many threads; 0 for one a core.
pub(super) fn build(threads: usize) -> anyhow::Result<rayon::ThreadPool> {
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build()?)
}

thread_local! {
    /// Where the thread's last contained panic happened.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
    /// How many contained works the thread is in: panics outside of them are told as ever.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Runs the work and turns a panic into a message that says what happened and where.
pub fn contained<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let outside = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if DEPTH.get() == 0 {
                return outside(info);
            }
            let place = info.location().map(ToString::to_string);
            PLACE.with(|slot| *slot.borrow_mut() = place);
        }));
    });
    DEPTH.set(DEPTH.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    result.map_err(|payload| {
        let place = PLACE.with(RefCell::take).unwrap_or_else(|| "an unknown place".to_owned());
        format!("{} at {place}", message(&*payload))
    })
}

fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("an unknown panic")
}

#[cfg(test)]
mod tests {
    use super::contained;

    #[test]
    fn a_panic_becomes_a_message_with_its_place() {
        let error = contained::<()>(|| panic!("index {} is out of range", 7)).unwrap_err();
        assert!(error.starts_with("index 7 is out of range at src/cli/pool.rs:"), "{error}");
        assert_eq!(contained(|| 3), Ok(3));
    }
}
