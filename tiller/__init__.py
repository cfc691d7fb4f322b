"""`tiller`, the command line for those who run Tiller."""
