//! Classes: placeholder head.
