"""One problem a file: encode, decode, check, objective."""
