"""What operations write: one function for each, in the transaction of whoever runs the steps."""
