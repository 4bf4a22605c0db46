"""Who may see and do what: users, roles, sessions, tokens, the audit trail, import batches."""
