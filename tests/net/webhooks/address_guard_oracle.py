"""Says of each address on standard input, one a line, what Python's ipaddress thinks of it.

Output: 1 if it is a public unicast address, 0 if not.
"""
import ipaddress
import sys

for line in sys.stdin:
    address = ipaddress.ip_address(line.strip())
    public = (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_private
        and not address.is_loopback
        and not address.is_link_local
        and not address.is_unspecified
        and not getattr(address, "is_site_local", False)
    )
    print(int(public))
