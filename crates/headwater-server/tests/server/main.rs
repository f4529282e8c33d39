//! The server asked without a socket. Every JSON answer is held to the description of the API.

mod corpus;
mod datasets;
mod house;
mod pages;
mod questions;
mod runs;
mod security;
mod store;
