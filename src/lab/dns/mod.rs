//! The lab's name servers: a full resolver's view of all zones, and servers that are asked without recursion.

pub(crate) mod answer;
pub(crate) mod authority;
pub(crate) mod key;
pub(crate) mod record;
pub(crate) mod zone;

use super::counts::Books;
use crate::authority::answer::question;
use crate::authority::server::Answers;
use answer::World;
use std::sync::Arc;

/// The resolver, which notes what it is asked.
pub(crate) struct Resolver {
    world: Arc<World>,
    books: Books,
}

impl Resolver {
    /// A resolver that knows all zones.
    pub(crate) const fn new(world: Arc<World>, books: Books) -> Self {
        Self { world, books }
    }
}

impl Answers for Resolver {
    fn answer(&self, query: &[u8], udp: bool) -> Option<Vec<u8>> {
        if let Some(question) = question(query) {
            self.books.query(question, udp);
        }
        self.world.respond(query, udp)
    }
}
