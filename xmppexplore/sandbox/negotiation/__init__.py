"""What a client and the sandbox agree on before stanzas flow."""
