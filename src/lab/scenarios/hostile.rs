//! Who wants to hurt the checker: its terminal, its report, its memory, its patience.

use super::super::leaf::Leaf;
use super::super::scenario::{Group, Scenario};
use super::super::setup::{Data, SHARED_MX, Setup, Web};
use super::super::smtp::{Greeting, Handshake, Posture};

/// How many strings of 255 bytes fit one TXT record with its signature into a message.
const STRINGS: usize = 240;

const fn hostile(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Hostile, domain, title, plays, change)
}

fn posture(z: &mut Setup) -> &mut Posture {
    &mut z.own_server().posture
}

/// The largest TXT record that DNS can carry, full of what terminals, markup and spreadsheets act on.
fn huge_txt(z: &mut Setup) {
    let pattern = b"\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>]]>&amp;\0\x80\xff\x9b31m=cmd|' /C calc'!A0\r\n";
    let bytes: Vec<u8> = pattern
        .iter()
        .copied()
        .cycle()
        .take(STRINGS * 255)
        .collect();
    z.push(
        "@",
        Data::Txt(bytes.chunks(255).map(<[u8]>::to_vec).collect()),
    );
}

pub(crate) const ALL: &[Scenario] = &[
    hostile(
        "hostile-banner.test",
        "Greeting with terminal commands",
        "The greeting clears the screen, sets the title and speaks in markup. It must reach no terminal or report as it is; else nothing is wrong (RFC 5321 §4.2 allows printable text only).",
        |z| {
            posture(z).greeting = Greeting::Text(
                "220 mx1 \x1b[2J\x1b]0;owned\x07<script>alert(1)</script>]]> \u{202e}txt.exe ESMTP\r\n",
            );
        },
    ),
    hostile(
        "hostile-greeting-without-end.test",
        "Greeting that never ends",
        "Line after line of 220-: the client's limit ends it, and the session is unknown (RFC 5321 §4.5.3.1).",
        |z| posture(z).greeting = Greeting::Endless,
    ),
    hostile(
        "hostile-trickle.test",
        "Greeting of one line without end",
        "A byte every tenth of a second, never a line: a time limit for each read is not enough (RFC 5321 §4.5.3.2).",
        |z| posture(z).greeting = Greeting::Trickling,
    ),
    hostile(
        "hostile-ehlo.test",
        "Capabilities with terminal commands",
        "Keywords hold escape sequences and markup (RFC 5321 §4.1.1.1 allows letters, digits and hyphens). They must reach no terminal or report as they are.",
        |z| posture(z).keywords = &["\x1b[31mRED", "X-<b>bold</b>", "SIZE \x07\x07\x07"],
    ),
    hostile(
        "hostile-txt.test",
        "TXT record of 60 kilobytes",
        "Beside SPF stands the largest TXT record that fits a message, full of escape sequences, markup and bytes that are no UTF-8. SPF is found all the same (RFC 7208 §3.4).",
        huge_txt,
    ),
    hostile(
        "hostile-dmarc.test",
        "DMARC record with markup",
        "Unknown tags are ignored (RFC 9989 §4.7), here with what breaks XML, HTML and terminals in them. The policy is reject.",
        |z| {
            let text = "v=DMARC1; p=reject; rua=mailto:dmarc@hostile-dmarc.test; x=]]><script>alert(1)</script>\x1b[2J\u{202e}";
            z.txt("_dmarc", text);
        },
    ),
    hostile(
        "hostile-many-mx.test",
        "A thousand MX records",
        "A thousand hosts, all of which have the same address: a checker looks at a declared number of them and says so (RFC 5321 §5.1).",
        |z| {
            let hosts: Vec<String> = (0..1000).map(|n| format!("m{n}")).collect();
            let records: Vec<(u16, &str)> = hosts.iter().map(|host| (10, host.as_str())).collect();
            z.mx(&records);
            z.policy_mx = Some(&["*.hostile-many-mx.test"]);
            let server = z.server("*");
            server.leaf = Leaf::Named(&["*.hostile-many-mx.test"]);
            server.tlsa = &[];
        },
    ),
    hostile(
        "hostile-chain.test",
        "A hundred certificates",
        "The server sends ninety-eight strangers along with its chain: no exponential search, a limited report (RFC 5280 §6.1). The leaf is good.",
        |z| z.own_server().leaf = Leaf::LongChain,
    ),
    hostile(
        "hostile-handshake-stall.test",
        "Handshake that stands still",
        "Half of the server's first flight, then nothing: the client's limit ends it (RFC 5246 §7.4). The handshake is unknown or failed, the session goes no further.",
        |z| posture(z).handshake = Handshake::Stalled,
    ),
    hostile(
        "hostile-handshake-flood.test",
        "Certificate message of 16 megabytes",
        "The certificates are announced with the most that the length can say (RFC 5246 §7.4.2), and sent: the client's limit ends it.",
        |z| posture(z).handshake = Handshake::Flood,
    ),
    hostile(
        "hostile-policy.test",
        "MTA-STS policy of a megabyte",
        "Larger than any policy may sensibly be: the client's limit ends the fetch (RFC 8461 §3.3).",
        |z| z.web = Some(Web::Huge),
    ),
    hostile(
        "hostile-slow-policy.test",
        "MTA-STS policy byte by byte",
        "A byte every tenth of a second: the client's limit ends the fetch (RFC 8461 §3.3).",
        |z| z.web = Some(Web::Slow),
    ),
    hostile(
        "hostile-spf-tree.test",
        "SPF that branches without end",
        "Every record includes ten others, five levels deep by wildcard: a hundred thousand lookups for who does not count (RFC 7208 §4.6.4). Permerror.",
        |z| {
            let domain = z.domain.clone();
            let ten = |label: &str| -> String {
                let terms: Vec<String> = (0..10)
                    .map(|n| format!("include:{label}{n}.{label}.{domain}"))
                    .collect();
                format!("v=spf1 {} -all", terms.join(" "))
            };
            z.txt("@", &ten("a"));
            for (level, next) in ["a", "b", "c", "d", "e"]
                .iter()
                .zip(["b", "c", "d", "e", "a"])
            {
                let text = ten(next);
                z.txt(&format!("*.{level}"), &text);
            }
        },
    ),
    hostile(
        "hostile-alias-loop.test",
        "Aliases in a circle",
        "`_dmarc` is an alias of a name that is an alias of `_dmarc`: no answer, and no endless walk (RFC 1034 §5.2.2).",
        |z| {
            z.cname("_dmarc", "_dmarc-again");
            z.cname("_dmarc-again", "_dmarc");
        },
    ),
    hostile(
        "hostile-shared-name.test",
        "Mail server under a stranger's name",
        "The MX record names a server that belongs to someone else, which is common and right (RFC 5321 §5.1). Must pass.",
        |z| z.mx(&[(10, SHARED_MX[1])]),
    ),
];
