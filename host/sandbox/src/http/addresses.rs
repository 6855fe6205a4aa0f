//! Which addresses a granted host may have.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who can be reached at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Anybody on the internet.
    Public,
    /// This machine or the network around it: only where the grant says `private`.
    Private,
    /// Nobody that a plugin has any business with, whatever the grant says.
    Never,
}

/// Where clouds answer with credentials or take orders from a machine that they run, outside of the link-local
/// ranges, which are refused as a whole.
const METADATA_V4: [Ipv4Addr; 2] = [
    // Alibaba Cloud.
    Ipv4Addr::new(100, 100, 100, 200),
    // Azure's wire server, a public address that only its virtual machines reach.
    Ipv4Addr::new(168, 63, 129, 16),
];

/// The same for IPv6: prefixes and their lengths in bits.
const METADATA_V6: [(Ipv6Addr, u32); 3] = [
    // AWS: instance metadata, credentials of containers, time, names.
    (Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0), 32),
    // Google Cloud.
    (Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0), 64),
    // Oracle Cloud.
    (Ipv6Addr::new(0xfd00, 0x00c1, 0, 0, 0, 0, 0xa9fe, 0xa9fe), 128),
];

/// Who can be reached at `address`.
pub(crate) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

/// After IANA's registry of special-purpose IPv4 addresses.
fn reach_v4(address: Ipv4Addr) -> Reach {
    if METADATA_V4.contains(&address) {
        return Reach::Never;
    }
    match address.octets() {
        // "This network", and the unspecified address.
        [0, ..] => Reach::Never,
        // Networks of organisations, loopback, shared addresses of providers, benchmarks.
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] | [198, 18..=19, ..] => {
            Reach::Private
        }
        // Link-local, where clouds keep their metadata.
        [169, 254, ..] => Reach::Never,
        // Protocol assignments, documentation, the relays of 6to4.
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] => Reach::Never,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => Reach::Never,
        _ => Reach::Public,
    }
}

/// After IANA's registry of special-purpose IPv6 addresses. What lies outside of the global unicast range and is not
/// named is reserved.
fn reach_v6(address: Ipv6Addr) -> Reach {
    let within =
        |(prefix, bits): (Ipv6Addr, u32)| (address.to_bits() ^ prefix.to_bits()) >> (128 - bits) == 0;
    if METADATA_V6.into_iter().any(within) {
        return Reach::Never;
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Private,
        [0xfc00..=0xfdff, ..] => Reach::Private,
        // IPv4 behind a translator, as networks without IPv4 see the rest of the internet.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let inner = Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
            if reach_v4(inner) == Reach::Public { Reach::Public } else { Reach::Never }
        }
        // Protocol assignments with Teredo, documentation, 6to4: IPv4 addresses in disguise, or nobody's.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => {
            Reach::Never
        }
        [0x2000..=0x3fff, ..] => Reach::Public,
        // Unspecified, IPv4 in other clothes, discarded, link-local, site-local, multicast, reserved.
        _ => Reach::Never,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(address: &str) -> Reach {
        reach(address.parse().unwrap_or_else(|_| panic!("{address} is no address")))
    }

    #[test]
    fn the_ends_of_each_range_are_where_the_registries_put_them() {
        let public = [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "168.63.129.15",
            "2001:200::",
            "2001:db7::",
            "2001:db9::",
            "2003::",
            "2606:4700::1111",
            "3fff:1000::",
            "64:ff9b::1.1.1.1",
        ];
        let private = [
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "::1",
            "fc00::",
            "fdff::1",
        ];
        let never = [
            "0.0.0.0",
            "0.255.255.255",
            "100.100.100.200",
            "168.63.129.16",
            "169.254.0.0",
            "169.254.169.254",
            "169.254.170.2",
            "169.254.255.255",
            "192.0.0.0",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.0",
            "255.255.255.255",
            "::",
            "::2",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:1.1.1.1",
            "::ffff:0:1.1.1.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:1ff::",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "4000::",
            "5f00::1",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd20:ce::254",
            "fd00:c1::a9fe:a9fe",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
        ];
        for (addresses, expected) in
            [(&public[..], Reach::Public), (&private[..], Reach::Private), (&never[..], Reach::Never)]
        {
            for address in addresses {
                assert_eq!(of(address), expected, "{address}");
            }
        }
    }

    proptest! {
        /// The standard library knows the ranges, too.
        #[test]
        fn what_the_standard_library_calls_special_is_never_public(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            let reach = reach_v4(address);
            if address.is_private() || address.is_loopback() {
                prop_assert_eq!(reach, Reach::Private);
            }
            if address.is_link_local() || address.is_multicast() || address.is_broadcast()
                || address.is_documentation() || address.is_unspecified()
            {
                prop_assert_eq!(reach, Reach::Never);
            }
        }

        /// Random addresses hit the special ranges too rarely: these lie in them.
        #[test]
        fn special_ranges_are_never_public(low: u16, first in prop::sample::select(vec![10_u8, 127, 169, 192, 224, 255])) {
            let [third, fourth] = low.to_be_bytes();
            let second = match first { 169 => 254, 192 => 168, _ => third };
            prop_assert_ne!(reach_v4(Ipv4Addr::new(first, second, third, fourth)), Reach::Public);
        }

        #[test]
        fn ipv4_in_other_clothes_is_never_reached(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            prop_assert_eq!(reach_v6(address.to_ipv6_mapped()), Reach::Never);
            prop_assert_eq!(reach_v6(Ipv6Addr::from_bits(u128::from(bits) | 2)), Reach::Never);
            let [high, low] = [(bits >> 16) as u16, bits as u16];
            prop_assert_eq!(reach_v6(Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1)), Reach::Never);
            let translated = reach_v6(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low));
            prop_assert_eq!(translated == Reach::Public, reach_v4(address) == Reach::Public);
            prop_assert_ne!(translated, Reach::Private);
        }

        #[test]
        fn only_global_unicast_is_public(bits: u128) {
            let address = Ipv6Addr::from_bits(bits);
            let global = address.segments()[0] >> 13 == 1;
            let translated = address.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
            if reach_v6(address) == Reach::Public {
                prop_assert!(global || translated);
            }
            if address.is_multicast() || address.is_unicast_link_local() || address.is_unspecified() {
                prop_assert_eq!(reach_v6(address), Reach::Never);
            }
        }
    }
}
