"""Rails: what keeps a portfolio from buying, or has it sold, whatever its signals say."""
