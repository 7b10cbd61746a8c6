//! Who is near.
