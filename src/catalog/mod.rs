//! What is known of Python's libraries, as data tables. No code decides anything here.

pub mod builtins;
pub mod classes;
pub mod collectors;
pub mod commands;
pub mod consumers;
pub mod drivers;
pub mod extents;
pub mod files;
pub mod fresh;
pub mod growth;
pub mod handlers;
mod index;
pub mod joins;
pub mod keeps;
pub mod methods;
pub mod objects;
pub mod orm;
pub mod returns;
pub mod serializers;
pub mod stdlib;
pub mod uploads;
