//! Flow: what happens in which order inside of a body, and what becomes of values on the way.
//!
//! Each question has a module of its own:
//!
//! - which definitions a read may see: `reaching`;
//! - what is read last, never, or still held at a place, and how large that is: `liveness`;
//! - which statements may and must run after others: `paths`, over the blocks of `cfg`;
//! - how a value is consumed, whether once, and by what: `usage`;
//! - whether an object gets out (`escapes`), and whether it changes between two points (`mutation`,
//!   `effects`);
//! - what a loop makes of a value from pass to pass: in which shape (`shapes`, `regrown`), whether it
//!   carries it (`carried`, `accumulated`, `folded`, `drained`), and what it does with it beside (`held`);
//! - what is the same in each pass: `invariant`;
//! - whether items could be made when they are taken: `deferral`.
//!
//! Does not answer what runs when another function is called, beyond what `calls` knows, nor what
//! threads, signals and tracing do in between. Exceptions that leave a body lead nowhere.

pub use super::shapes::{Accumulation, Shape, same_place};
pub(super) use super::shapes::{Form, accumulation, dropped, shape};
