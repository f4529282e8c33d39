//! A sentence under its topic, with how far it can be relied on: what every face says, before it is
//! laid out.

use headwater::finding::Status;

/// A sentence under its topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// How the check it rests on came out.
    pub status: Status,
    /// What it speaks of, in a word or two.
    pub topic: String,
    /// Plain words, ended by a full stop.
    pub sentence: String,
}

impl Said {
    /// Puts a sentence under a topic.
    pub(crate) fn new(status: Status, topic: &str, sentence: impl Into<String>) -> Self {
        Said {
            status,
            topic: topic.into(),
            sentence: sentence.into(),
        }
    }
}
