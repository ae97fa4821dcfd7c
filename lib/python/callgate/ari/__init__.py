"""The REST interface (ARI): requests over treq, and the event WebSocket over wsproto."""
