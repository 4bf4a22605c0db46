"""The platform over the library: sign-in, people, data, imports, pages and the API."""
