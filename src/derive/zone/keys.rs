//! Keys and DS records with what the registries say of them, which of them fit each other, and how the zone denies.

use crate::facts::dns::DenialProof;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::zone::Zone;
use crate::facts::zone::keys::{DelegationSigner, Standing, ZoneDenial, ZoneKey};
use crate::records::dnssec;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use data_encoding::HEXLOWER_PERMISSIVE;

/// The Zone Key, Revoke and Secure Entry Point flags (RFC 4034 §2.1.1, RFC 5011 §2.1).
const ZONE_KEY: u16 = 0x0100;
const REVOKE: u16 = 0x0080;
const SECURE_ENTRY_POINT: u16 = 0x0001;

/// A key as published: its flags, its algorithm and its public key in base64. What a DS says of it is open.
pub fn key(flags: u16, algorithm: u8, public_key: String) -> ZoneKey {
    let entry = dnssec::algorithm(algorithm);
    let bytes = BASE64.decode(&public_key).unwrap_or_default();
    ZoneKey {
        flags,
        algorithm,
        public_key,
        zone_key: flags & ZONE_KEY != 0,
        secure_entry_point: flags & SECURE_ENTRY_POINT != 0,
        revoked: flags & REVOKE != 0,
        key_tag: dnssec::key_tag(&dnssec::key_data(flags, algorithm, &bytes)),
        mnemonic: entry.name,
        key_bits: dnssec::key_bits(algorithm, &bytes),
        use_for_signing: entry.publishing,
        use_for_validation: entry.validation,
        in_delegation: Observed::unknown(Cause::NotAttempted, ""),
    }
}

/// A DS as published: the tag and algorithm of the key, the digest type and the digest in hexadecimal. Whether
/// a key fits is open.
pub fn delegation(
    key_tag: u16,
    algorithm: u8,
    digest_type: u8,
    digest: String,
) -> DelegationSigner {
    let entry = dnssec::digest_type(digest_type);
    DelegationSigner {
        key_tag,
        algorithm,
        digest_type,
        digest,
        mnemonic: dnssec::algorithm(algorithm).name,
        digest_name: entry.name,
        use_for_delegation: entry.publishing,
        use_for_validation: entry.validation,
        fits: Observed::unknown(Cause::NotAttempted, ""),
    }
}

/// Derives anew what the keys and DS records of a zone are, and which fit each other.
pub(super) fn complete(zone: &mut Zone) {
    if let Observed::Present { value } = &mut zone.keys.observed {
        for one in value.iter_mut() {
            *one = key(
                one.flags,
                one.algorithm,
                std::mem::take(&mut one.public_key),
            );
        }
    }
    if let Observed::Present { value } = &mut zone.delegation.observed {
        for one in value.iter_mut() {
            let digest = std::mem::take(&mut one.digest);
            *one = delegation(one.key_tag, one.algorithm, one.digest_type, digest);
        }
    }
    let apex = zone.apex.value().cloned().unwrap_or_default();
    let keys = zone.keys.observed.clone();
    let signers = zone.delegation.observed.clone();
    if let Observed::Present { value } = &mut zone.delegation.observed {
        for signer in value.iter_mut() {
            signer.fits = some(&keys, |key| fits(&apex, key, signer));
        }
    }
    if let Observed::Present { value } = &mut zone.keys.observed {
        for key in value.iter_mut() {
            key.in_delegation = some(&signers, |signer| fits(&apex, key, signer));
        }
    }
}

/// Whether some item fits: one that does decides, one that can't be told leaves it open.
fn some<T>(items: &Observed<Vec<T>>, fits: impl Fn(&T) -> Option<bool>) -> Observed<bool> {
    match items {
        Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
        Observed::Absent { .. } => Observed::present(false),
        Observed::Present { value } => {
            let told: Vec<_> = value.iter().map(fits).collect();
            if told.contains(&Some(true)) {
                Observed::present(true)
            } else if told.contains(&None) {
                Observed::unknown(
                    Cause::NotObservable,
                    "the digest type cannot be computed here",
                )
            } else {
                Observed::present(false)
            }
        }
    }
}

/// Whether a DS is that of a key: tag and algorithm go first (RFC 4035 §5.2).
fn fits(apex: &str, key: &ZoneKey, signer: &DelegationSigner) -> Option<bool> {
    if (key.key_tag, key.algorithm) != (signer.key_tag, signer.algorithm) {
        return Some(false);
    }
    let bytes = BASE64.decode(&key.public_key).ok()?;
    let digest = HEXLOWER_PERMISSIVE.decode(signer.digest.as_bytes()).ok()?;
    let data = dnssec::key_data(key.flags, key.algorithm, &bytes);
    dnssec::digest_fits(apex, &data, signer.digest_type, &digest)
}

/// How a signed zone denies, by its parameters and the proofs of its own that came along.
pub(super) fn denial(zone: &Zone) -> Observed<ZoneDenial> {
    if zone.keys.observed.is_absent() {
        return Observed::absent(Proof::NoSubject);
    }
    let proofs: Vec<DenialProof> = super::seen(zone)
        .filter(|(_, _, dnssec)| dnssec.zone.as_ref() == zone.apex.value())
        .filter_map(|(_, _, dnssec)| dnssec.denial)
        .collect();
    let hashed =
        |proof: &DenialProof| matches!(proof, DenialProof::Nsec3 | DenialProof::Nsec3OptOut);
    let opt_out = if proofs.contains(&DenialProof::Nsec3OptOut) {
        Observed::present(true)
    } else if proofs.iter().any(|proof| *proof != DenialProof::None) {
        Observed::present(false)
    } else {
        Observed::unknown(Cause::NotObservable, "no proof of the zone came along")
    };
    zone.keys
        .observed
        .and_then(|_| match &zone.nsec3param.observed {
            Observed::Absent { .. } if proofs.iter().any(hashed) => Observed::unknown(
                Cause::NotObservable,
                "the zone denies by NSEC3 and publishes no NSEC3PARAM",
            ),
            Observed::Absent { .. } => Observed::present(ZoneDenial {
                nsec3: false,
                iterations: 0,
                salt_bytes: 0,
                opt_out: Observed::present(false),
            }),
            Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
            Observed::Present { value } => Observed::present(ZoneDenial {
                nsec3: true,
                iterations: value.iter().map(|one| one.iterations).max().unwrap_or(0),
                salt_bytes: value
                    .iter()
                    .map(|one| salt_bytes(&one.salt))
                    .max()
                    .unwrap_or(0),
                opt_out,
            }),
        })
}

/// The length of a salt that is written in hexadecimal.
fn salt_bytes(salt: &str) -> u32 {
    u32::try_from(salt.len() / 2).unwrap_or(u32::MAX)
}

/// How the registry stands to signing with an algorithm that signatures name by its mnemonic.
pub(super) fn signing_with(mnemonic: Option<&String>) -> Option<Standing> {
    mnemonic.map(|mnemonic| dnssec::signing_with(mnemonic))
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::facts;
    use super::*;
    use crate::facts::dns::DnssecState;
    use crate::facts::zone::keys::Nsec3Param;

    /// RFC 6605 §6.1: the key of `example.net` and its DS.
    const KEY: &str =
        "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";
    const DIGEST: &str = "b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17";

    fn zone(
        keys: Observed<Vec<ZoneKey>>,
        signers: Observed<Vec<DelegationSigner>>,
        parameters: Observed<Vec<Nsec3Param>>,
    ) -> Zone {
        let mut zone = facts().zone;
        zone.apex = Observed::present("example.net".to_owned());
        zone.keys.observed = keys;
        zone.delegation.observed = signers;
        zone.nsec3param.observed = parameters;
        zone
    }

    fn own_key() -> Observed<Vec<ZoneKey>> {
        Observed::present(vec![key(257, 13, KEY.to_owned())])
    }

    fn signer(key_tag: u16, digest_type: u8, digest: &str) -> Observed<Vec<DelegationSigner>> {
        let one = delegation(key_tag, 13, digest_type, digest.to_owned());
        Observed::present(vec![one])
    }

    fn gone<T>() -> Observed<T> {
        Observed::absent(Proof::NoData)
    }

    #[test]
    fn a_ds_fits_the_key_whose_tag_algorithm_and_digest_it_has() {
        let late = || Observed::unknown(Cause::Timeout, "late");
        let other = DIGEST.replace("b4", "b5");
        for (keys, signers, fits, in_delegation) in [
            (own_key(), signer(55_648, 2, DIGEST), Some(true), Some(true)),
            (
                own_key(),
                signer(55_648, 2, &other),
                Some(false),
                Some(false),
            ),
            (own_key(), signer(1, 2, DIGEST), Some(false), Some(false)),
            // A digest that nobody here can compute leaves it open; one of another key does not.
            (own_key(), signer(55_648, 6, DIGEST), None, None),
            (own_key(), signer(1, 6, DIGEST), Some(false), Some(false)),
            (own_key(), gone(), None, Some(false)),
            (own_key(), late(), None, None),
            (gone(), signer(55_648, 2, DIGEST), Some(false), None),
        ] {
            let mut zone = zone(keys, signers, gone());
            complete(&mut zone);
            let first_signer = zone.delegation.value().and_then(|all| all.first());
            let found = first_signer.and_then(|one| one.fits.value());
            assert_eq!(found.copied(), fits, "{first_signer:?}");
            let first_key = zone.keys.value().and_then(|all| all.first());
            let found = first_key.and_then(|one| one.in_delegation.value());
            assert_eq!(found.copied(), in_delegation, "{first_key:?}");
        }
    }

    #[test]
    fn keys_have_their_flags_tag_and_size() {
        let found = key(0x0181, 13, KEY.to_owned());
        assert!(found.zone_key && found.revoked && found.secure_entry_point);
        assert_eq!((found.key_tag, found.key_bits), (55_648 + 128, 256));
        let odd = key(0, 13, "no base64".to_owned());
        assert!(!odd.zone_key && odd.key_bits == 0);
    }

    #[test]
    fn a_zone_denies_as_its_parameters_and_proofs_say() {
        let parameters = |iterations, salt: &str| {
            let one = Nsec3Param {
                hash_algorithm: 1,
                iterations,
                salt: salt.to_owned(),
            };
            Observed::present(vec![one])
        };
        let told = |nsec3, iterations, salt_bytes, opt_out: Option<bool>| {
            Some((nsec3, iterations, salt_bytes, opt_out))
        };
        let late = Observed::unknown(Cause::Timeout, "late");
        for (keys, parameters, proof, expected) in [
            (
                own_key(),
                gone(),
                Some(DenialProof::Nsec),
                told(false, 0, 0, Some(false)),
            ),
            (
                own_key(),
                parameters(0, ""),
                Some(DenialProof::Nsec3),
                told(true, 0, 0, Some(false)),
            ),
            (
                own_key(),
                parameters(10, "aabbcc"),
                Some(DenialProof::Nsec3OptOut),
                told(true, 10, 3, Some(true)),
            ),
            (own_key(), parameters(1, "ab"), None, told(true, 1, 1, None)),
            (own_key(), gone(), Some(DenialProof::Nsec3), None),
            (own_key(), late, None, None),
            (gone(), gone(), None, None),
        ] {
            let mut zone = zone(keys, gone(), parameters);
            zone.wildcards.mx.dnssec.state = DnssecState::Secure;
            zone.wildcards.mx.dnssec.zone = Some("example.net".to_owned());
            zone.wildcards.mx.dnssec.denial = proof;
            let found = denial(&zone);
            let found = found.value().map(|one| {
                let opt_out = one.opt_out.value().copied();
                (one.nsec3, one.iterations, one.salt_bytes, opt_out)
            });
            assert_eq!(found, expected, "{proof:?}");
        }
    }
}
