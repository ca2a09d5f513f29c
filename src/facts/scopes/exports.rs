//! What `__all__` lists.
