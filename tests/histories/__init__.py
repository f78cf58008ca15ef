"""The reader of chains measured against published applications, whose chains are run for real."""
