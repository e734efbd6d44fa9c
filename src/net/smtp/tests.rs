//! Dialogues with mail servers of every manner, over real sockets.
