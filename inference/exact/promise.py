"""What a receipt may say of a render's bits: no more than was proven for the kind of device that computed them."""

from __future__ import annotations

from inference.protocol import Promise, Tier, UsedDevice
from inference.vendors import VENDORS


def promise_of(tier: Tier, device: UsedDevice) -> Promise | None:
    """Of an exact render the same bits, where ranks were seen to make them; of a draft nothing."""
    if tier == "draft":
        return None
    vendor = VENDORS.get(device.kind)
    return "exact" if tier == "exact" and vendor is not None and vendor.proven else "same_mathematics"
