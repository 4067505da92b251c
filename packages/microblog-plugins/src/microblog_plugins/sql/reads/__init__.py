"""What the storage reads: one class for each reader of the contract, each method a fixed number of
statements.
"""
