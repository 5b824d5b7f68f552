"""Measurements with targets: `scripts/bench NAME`. A bench is a module here with `run(report) -> Outcome`."""
