//! Many messages over many connections, all of them accounted for.

use super::{Running, quick};
use std::collections::BTreeSet;
use std::thread;
use waxseal::outbound::server::{Event, Limits};

const CONNECTIONS: usize = 50;
const MESSAGES: usize = 40;

#[test]
fn two_thousand_messages_over_fifty_connections_are_all_accounted_for() {
    let limits = Limits {
        connections_per_address: CONNECTIONS,
        ..quick()
    };
    let mut running = Running::start(limits, None);
    let (socket, address) = (running.socket, running.address.clone());
    let senders: Vec<_> = (0..CONNECTIONS)
        .map(|connection| {
            let address = address.clone();
            thread::spawn(move || {
                let mut client = super::Client::connect(socket);
                client.greet();
                for message in 0..MESSAGES {
                    let group = format!("MAIL FROM:<a@client.test>\r\nRCPT TO:<{address}>\r\nDATA");
                    client.hold(&group, "250");
                    assert!(client.hear().starts_with("250") && client.hear().starts_with("354"));
                    client.hold(
                        &format!("Subject: {connection}/{message}\r\n\r\nx\r\n."),
                        "250 2.6.0",
                    );
                }
                client.hold("QUIT", "221");
            })
        })
        .collect();
    let mut seen = BTreeSet::new();
    for _ in 0..CONNECTIONS * MESSAGES {
        let event = running.runtime.block_on(running.events.recv());
        let Some(Event::Accepted(accepted)) = event else {
            panic!("{event:?}");
        };
        let text = String::from_utf8(accepted.delivered.raw).unwrap();
        assert!(
            seen.insert(text.lines().next().unwrap().to_owned()),
            "{text} came twice"
        );
        running.service.spool.done(&accepted.id, None).unwrap();
    }
    for sender in senders {
        sender.join().unwrap();
    }
    let expected = (0..CONNECTIONS).flat_map(|connection| {
        (0..MESSAGES).map(move |message| format!("Subject: {connection}/{message}"))
    });
    assert_eq!(seen, expected.collect());
    assert_eq!(running.spooled(), 0);
    assert!(running.end().is_empty());
}
