//! HTTP for people and devices.

pub mod dto;
pub mod view;
