//! DKIM keys: weak, withdrawn, and such that cannot be known from outside (RFC 6376).

use super::super::scenario::{Group, Scenario};
use super::super::setup::{DKIM_RSA_1024, DKIM_RSA_2048, Setup};

const KEY: &str = "s1._domainkey";

/// An Ed25519 key, 32 bytes as they are.
const ED25519: &str = "v=DKIM1; k=ed25519; p=OKSuTZ/s65AUos603hq4fUDuUuampuqKu2A4GAXweMg=";

/// A 512-bit RSA key.
const DKIM_RSA_512: &str = "v=DKIM1; k=rsa; p=\
    MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAJmr+dFbG7Sr5o+onocZYRLxizeVX12yGQGAdgww0cWyhxoDhCFyB93UnD\
    qi7qhSlgfgS/au721x0ZttkwNKHp0CAwEAAQ==";

/// A 2048-bit RSA key whose public exponent is 3.
const DKIM_RSA_EXPONENT_3: &str = "v=DKIM1; k=rsa; p=\
    MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEAvzZcIV70wiE9j7ndVhWFUpFUXX4lFKVgFHu3peaOB8ud2w\
    WsHgEmF/ldsEOtBQG0zvXbnCgbC1lsFJ1onXuB2FNqR4aKyWTFINvrrbcp93lfrvTrCe+H3TLsYveHEW9m4h/RR9uI\
    Y3L8oUMa32CwWTFpGTqdiwE90wEYxLkNq6/Voxl8eJvIkFsiuCM/W9FRWw5scSZ48riYkPp/A38YIAjevzaUk8IHC3\
    14adNaHxfxV4gJPbTMm5USGJWHjbiU+CZIAUSrPvxwegDfZIHVhDjoAWT3N3FGFyS09i8bVT8IhGDI2okgbI9n+Si+\
    5Tsjkd7Hp9RjTHMsE7hI4cnxZQIBAw==";

const fn dkim(
    domain: &'static str,
    title: &'static str,
    plays: &'static str,
    change: fn(&mut Setup),
) -> Scenario {
    Scenario::new(Group::Dkim, domain, title, plays, change)
}

/// The key record with further tags before the key.
fn with_tags(tags: &str) -> String {
    DKIM_RSA_2048.replace("k=rsa;", &format!("k=rsa; {tags};"))
}

pub(crate) const ALL: &[Scenario] = &[
    dkim(
        "dkim-ent-absent.test",
        "No DKIM keys, and provably so",
        "`_domainkey` does not exist (NXDOMAIN), so nothing does below it: no key is published, whatever the selector (RFC 8020 §2).",
        |z| z.remove(KEY),
    )
    .giving(&[]),
    dkim(
        "dkim-unknown-selector.test",
        "A key whose selector nobody told",
        "`_domainkey` exists, but the selector is not known and cannot be listed: unknown, never absent and never present (RFC 6376 §3.1).",
        |z| {
            z.remove(KEY);
            z.txt("q7x2k9._domainkey", DKIM_RSA_2048);
        },
    )
    .giving(&[]),
    dkim(
        "dkim-wildcard.test",
        "Every selector has an answer",
        "A wildcard below `_domainkey` answers for every selector, with an SPF record: an answer is no key (RFC 4592 §2.1, RFC 6376 §3.6.1).",
        |z| {
            z.remove(KEY);
            z.txt("*._domainkey", "v=spf1 -all");
        },
    )
    .giving(&[]),
    dkim(
        "dkim-1024.test",
        "RSA key of 1024 bits",
        "Verifiers accept it, signers should use 2048 bits (RFC 8301 §3.2).",
        |z| z.txt(KEY, DKIM_RSA_1024),
    ),
    dkim(
        "dkim-revoked.test",
        "Key withdrawn",
        "An empty `p=` says that the key is no longer valid; it is there and not usable (RFC 6376 §3.6.1).",
        |z| z.txt(KEY, "v=DKIM1; k=rsa; p="),
    ),
    dkim(
        "dkim-testing.test",
        "Key in test mode",
        "`t=y`: verifiers must not treat mail with a broken signature otherwise than unsigned mail (RFC 6376 §3.6.1).",
        |z| z.txt(KEY, &with_tags("t=y")),
    ),
    dkim(
        "dkim-sha1-only.test",
        "Key limited to SHA-1",
        "`h=sha1` leaves no hash that verifiers may use (RFC 8301 §3.1).",
        |z| z.txt(KEY, &with_tags("h=sha1")),
    ),
    dkim(
        "dkim-not-for-mail.test",
        "Key for another service",
        "`s=other` excludes mail: the key cannot be used (RFC 6376 §3.6.1).",
        |z| z.txt(KEY, &with_tags("s=other")),
    ),
    dkim(
        "dkim-ed25519.test",
        "RSA and Ed25519 side by side",
        "A second selector holds an Ed25519 key, 32 bytes as they are (RFC 8463 §4.2). Both are good.",
        |z| z.txt("e1._domainkey", ED25519),
    )
    .giving(&["s1", "e1"]),
    dkim(
        "dkim-two-records.test",
        "Two key records at one selector",
        "What verifiers do is undefined (RFC 6376 §3.6.2.2). Must fail.",
        |z| z.also_txt(KEY, DKIM_RSA_1024),
    ),
    dkim(
        "dkim-spaces.test",
        "White space within the key",
        "White space inside base64 is ignored (RFC 6376 §3.2). Must pass.",
        |z| z.txt(KEY, &DKIM_RSA_2048.replace("MII", "M I\tI ")),
    ),
    dkim(
        "dkim-no-version.test",
        "Key record without v= and k=",
        "Both tags may be left out, DKIM1 and rsa are the defaults (RFC 6376 §3.6.1). Must pass.",
        |z| z.txt(KEY, DKIM_RSA_2048.trim_start_matches("v=DKIM1; k=rsa; ")),
    ),
    dkim(
        "dkim-alias.test",
        "Key at the provider",
        "The selector is an alias of a name at the provider, which is followed (RFC 6376 §3.6.2). Must pass.",
        |z| z.cname(KEY, "s1.keys.provider.test."),
    ),
    dkim(
        "dkim-dangling-alias.test",
        "Alias to a key that is gone",
        "The selector is an alias of a name that does not exist: no key, and a name to take over (RFC 6376 §3.6.2).",
        |z| z.cname(KEY, "s1.gone.provider.test."),
    ),
    dkim(
        "dkim-at-provider.test",
        "Selector of the provider that SPF names",
        "The SPF record names Mailjet, and the key stands at the selector that Mailjet gives to all: found without being told (RFC 6376 §3.1).",
        |z| {
            z.txt("@", "v=spf1 mx ?exists:%{i}._spf.mailjet.com -all");
            z.remove(KEY);
            z.txt("mailjet._domainkey", DKIM_RSA_2048);
        },
    )
    .giving(&[]),
    dkim(
        "dkim-guessed-dangling.test",
        "Common selector that leads nowhere",
        "Nobody told of `selector1`, which is an alias of a name that does not exist, while `s1` is sound (RFC 6376 §3.6.2).",
        |z| z.cname("selector1._domainkey", "selector1.gone.provider.test."),
    ),
    dkim(
        "dkim-wildcard-revoked.test",
        "Wildcard that withdraws, and one key",
        "`*._domainkey` with an empty `p=` withdraws every selector but the one that stands there by itself (RFC 4592 §2.2.1, RFC 6376 §3.6.1).",
        |z| z.txt("*._domainkey", "v=DKIM1; p="),
    ),
    dkim(
        "dkim-wildcard-above.test",
        "Wildcard above _domainkey",
        "`*` answers for `_domainkey` and every selector, as neither exists: no answer is a key (RFC 4592 §2.2.1).",
        |z| {
            z.remove(KEY);
            z.txt("*", "v=spf1 -all");
        },
    )
    .giving(&[]),
    dkim(
        "dkim-ed25519-alone.test",
        "Ed25519 key alone",
        "The only selector holds an Ed25519 key: verifiers that know only RSA take the mail for unsigned (RFC 8463 §3).",
        |z| {
            z.remove(KEY);
            z.txt("e1._domainkey", ED25519);
        },
    )
    .giving(&["e1"]),
    dkim(
        "dkim-ed25519-wrapped.test",
        "Ed25519 key in SubjectPublicKeyInfo",
        "The 32 bytes are wrapped as for certificates, which verifiers do not unwrap (RFC 8463 §4.2). Must fail.",
        |z| z.txt("e1._domainkey", "v=DKIM1; k=ed25519; p=MCowBQYDK2VwAyEAOKSuTZ/s65AUos603hq4fUDuUuampuqKu2A4GAXweMg="),
    )
    .giving(&["s1", "e1"]),
    dkim(
        "dkim-512.test",
        "RSA key of 512 bits",
        "Verifiers must not accept it (RFC 8301 §3.2). Must fail.",
        |z| z.txt(KEY, DKIM_RSA_512),
    ),
    dkim(
        "dkim-exponent-3.test",
        "RSA key with the exponent 3",
        "The key can be used and is large enough, but its exponent invites forgeries (RFC 8017 §3.1).",
        |z| z.txt(KEY, DKIM_RSA_EXPONENT_3),
    ),
    dkim(
        "dkim-same-key.test",
        "One key at two selectors",
        "The new selector holds the old key: nothing was rotated (RFC 6376 §3.1).",
        |z| z.txt("s2._domainkey", DKIM_RSA_2048),
    ),
    dkim(
        "dkim-not-base64.test",
        "Key that is no base64",
        "What stands in `p=` cannot be decoded; the key cannot be used (RFC 6376 §3.6.1).",
        |z| z.txt(KEY, "v=DKIM1; k=rsa; p=this is not a key!"),
    ),
];
