"""How AWS is called: sessions, assumed roles, clients, and what an error means."""
