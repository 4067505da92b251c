"""The parts of the storage suite, by what they check; `storage_suite` puts them together."""
