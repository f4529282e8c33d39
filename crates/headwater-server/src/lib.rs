//! The dashboard and JSON API of Headwater.
