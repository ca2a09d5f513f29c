//! Which scopes may be read or changed by what cannot be seen.
