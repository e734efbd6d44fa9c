//! DNSSEC: chains of trust that break, each for one reason (RFC 4035, RFC 8914 for the codes).

use super::super::scenario::{Group, Scenario};
use super::super::setup::{Damage, Delegation, Denial, Kind, Period, Quirk, Setup};

const fn dnssec(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Dnssec, domain, title, plays, change)
}

pub(crate) const ALL: &[Scenario] = &[
    dnssec(
        "unsigned.test",
        "Domain without DNSSEC",
        "The zone above proves that there is no DS record: insecure, not bogus (RFC 4035 §5.2).",
        |z| z.signing = None,
    ),
    dnssec(
        "dnssec-island.test",
        "Signed, and not known above",
        "The zone is signed but has no DS record: nobody can begin to trust it, so it is insecure (RFC 4035 §5.2).",
        |z| z.sign(|s| s.delegation = Delegation::Missing),
    ),
    dnssec(
        "dnssec-expired.test",
        "Signatures that ended",
        "Every signature ended weeks ago: bogus, EDE 7 (RFC 8914 §4.8). Validating senders cannot deliver.",
        |z| z.sign(|s| s.period = Period::Over),
    ),
    dnssec(
        "dnssec-not-yet-valid.test",
        "Signatures that begin in three days",
        "No signature holds yet: bogus, EDE 8 (RFC 8914 §4.9).",
        |z| z.sign(|s| s.period = Period::NotYet),
    ),
    dnssec(
        "dnssec-ds-mismatch.test",
        "DS that fits no key",
        "The DS record has the tag of the key and another digest: bogus, EDE 9 (RFC 4035 §5.2, RFC 8914 §4.10).",
        |z| z.sign(|s| s.delegation = Delegation::Mismatched),
    ),
    dnssec(
        "dnssec-tampered.test",
        "MX records with a broken signature",
        "The signature over the MX records does not verify, all others do: bogus, EDE 6, for this set alone (RFC 8914 §4.7).",
        |z| z.damage = Some(Damage::Signature(Kind::Mx)),
    ),
    dnssec(
        "dnssec-no-signature.test",
        "MX records without signature",
        "The MX records come without a signature from a signed zone: bogus, EDE 10 (RFC 8914 §4.11).",
        |z| z.damage = Some(Damage::Unsigned(Kind::Mx)),
    ),
    dnssec(
        "dnssec-spf-tampered.test",
        "SPF record with a broken signature",
        "The signature over the TXT records of the domain does not verify: SPF is bogus, temperror for who validates (RFC 4035 §5.5).",
        |z| z.damage = Some(Damage::Signature(Kind::Txt)),
    ),
    dnssec(
        "dnssec-no-denial.test",
        "Absences without proof",
        "What is not there is not proven absent: bogus, EDE 12 (RFC 8914 §4.13).",
        |z| z.damage = Some(Damage::Denial),
    ),
    dnssec(
        "dnssec-nsec3-iterations.test",
        "NSEC3 with 150 iterations",
        "Validators may treat the zone as insecure, and DANE is lost (RFC 9276 §3.2).",
        |z| z.sign(|s| s.denial = Denial::hashed(150)),
    ),
    dnssec(
        "dnssec-nsec3-salt.test",
        "NSEC3 with a salt and one iteration",
        "Secure, but both cost resolvers work and hide nothing: no iterations, no salt (RFC 9276 §3.1).",
        |z| {
            z.sign(|s| {
                s.denial = Denial::Nsec3 {
                    iterations: 1,
                    salt: &[0xaa, 0xbb, 0xcc, 0xdd],
                    opt_out: false,
                };
            });
        },
    ),
    dnssec(
        "dnssec-ds-sha1.test",
        "DS with a SHA-1 digest alone",
        "Validators still take it, but nobody may publish it any more (RFC 9905 §2).",
        |z| z.sign(|s| s.delegation = Delegation::Sha1),
    ),
    dnssec(
        "dnssec-ds-algorithm.test",
        "DS with an algorithm that few know",
        "No DS has an algorithm that validators support: insecure, not bogus (RFC 4035 §5.2). DANE is lost.",
        |z| z.sign(|s| s.delegation = Delegation::OtherAlgorithm),
    ),
    dnssec(
        "dnssec-ds-digest.test",
        "DS with a digest type that few know",
        "No DS has a digest type that validators support: insecure, not bogus (RFC 6840 §5.2).",
        |z| z.sign(|s| s.delegation = Delegation::OtherDigest),
    ),
    dnssec(
        "dnssec-key-short.test",
        "RSA key of 1024 bits in the zone",
        "A key of 1024 bits stands beside the one that signs: who breaks it signs for the zone, and its strength is below 80 bits (RFC 3766 §5).",
        |z| z.spare_rsa_key(8, 1024),
    ),
    dnssec(
        "dnssec-key-sha1.test",
        "Key for RSASHA1-NSEC3-SHA1 in the zone",
        "A key whose algorithm must not be used for signing any more stands beside the one that signs (RFC 9905 §2).",
        |z| z.spare_rsa_key(7, 2048),
    ),
    dnssec(
        "dnssec-ends-soon.test",
        "Signatures that end in a day",
        "All is secure today, and bogus tomorrow unless the zone is signed anew (RFC 6781 §4.4.2).",
        |z| z.sign(|s| s.period = Period::Ending),
    ),
    dnssec(
        "dnssec-servfail.test",
        "Name servers that fail",
        "Every question is answered SERVFAIL: unknown, neither missing nor bogus (RFC 4035 §4.3, RFC 8914 §4.23).",
        |z| z.quirk("@", Quirk::Servfail),
    ),
    dnssec(
        "dns-refused.test",
        "Name servers that refuse",
        "Every question is answered REFUSED: unknown (RFC 1035 §4.1.1).",
        |z| z.quirk("@", Quirk::Refused),
    ),
    dnssec(
        "dns-silent.test",
        "Name servers that say nothing",
        "No question is answered: unknown, after the client's time limit and not later (RFC 1035 §4.2.1).",
        |z| z.quirk("@", Quirk::Silent),
    ),
    dnssec(
        "dns-tcp.test",
        "Answers over TCP only",
        "Over UDP every answer says that it is cut; over TCP all is well (RFC 7766 §5). Must pass.",
        |z| z.quirk("@", Quirk::Truncated),
    ),
    dnssec(
        "nxdomain.test",
        "Domain that does not exist",
        "Nobody registered it, which the zone above proves: nothing to judge but that (RFC 8020 §2).",
        |z| {
            z.no_mail();
            z.delegated = false;
        },
    )
    .giving(&[]),
];
