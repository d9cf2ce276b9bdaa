"""Lower bounds on the mean delay of an offloading instance; docs/offloading.md has the mathematics."""
