"""Which addresses of the network may be spoken to: those of the public internet, told by their bits.

`ipaddress.is_global` says yes to NAT64, 6to4 and IPv4-compatible addresses, to site-local ones and to multicast, all
of which can lead back inside. So IPv6 is 2000::/3 alone, without what is carved out of it, and IPv4 is what is left of
the registry of special purposes.
"""

from __future__ import annotations

import ipaddress

_IPV4_DENIED = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carriers' NAT; Alibaba's metadata at 100.100.100.200
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # Azure's host
            "169.254.0.0/16",  # link-local; most clouds' metadata at 169.254.169.254
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments; Oracle's metadata at 192.0.0.192
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)
_IPV6_ALLOWED = ipaddress.IPv6Network("2000::/3")
_IPV6_DENIED = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address within
            "2620:4f:8000::/48",  # AS112
            "3ffe::/16",  # the 6bone that was
            "3fff::/20",  # documentation
        ),
    )
)
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)  # the upper half of an interface's identifier with an IPv4 address below

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_address(text: str) -> Address | None:
    """The address that the text is, written as usual; None: it is something else."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether a customer may have us speak to it."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _IPV4_DENIED)
    if address not in _IPV6_ALLOWED or any(address in network for network in _IPV6_DENIED):
        return False
    return int(address) >> 32 & 0xFFFF_FFFF not in _ISATAP
