"""What the coverage-guided fuzzer and the tests of hostile input share."""
