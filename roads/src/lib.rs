//! Reads OpenStreetMap extracts.
