"""What only a real browser can show: what is left on a device, what is seen, what is reached by hand."""
