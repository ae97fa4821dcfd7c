"""The REST interface (ARI): requests over HTTP, and the event WebSocket over wsproto."""
