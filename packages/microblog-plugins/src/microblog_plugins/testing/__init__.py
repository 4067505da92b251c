"""What tests of sites with first-party plugins need: the providers of payments, played by servers of ours."""
