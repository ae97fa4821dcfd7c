"""Seconds as a person says them; shared by the messages of scenarios and by the reports."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Say seconds as a person does: `12 ms`, `1.3 s`, `2 min 05 s`, `1 h 02 min`."""
    if seconds < 0.0005:
        return "0 ms" if seconds <= 0 else "<1 ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"
