"""The icons of Attain: lines on a ground of 24 by 24, drawn in the colour of the text beside them."""

from __future__ import annotations

ICONS = {
    "home": "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
    "account": "M4 21V5l9-2v18M13 9l7 2v10M2 21h20M8 8h1M8 12h1M8 16h1M16 14h1M16 17h1",
    "opportunity": "M12 3l2.6 5.6 6 .7-4.5 4.1 1.3 6L12 16.3 6.6 19.4l1.3-6L3.4 9.3l6-.7z",
    "order": "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
    "statement": "M6 3h9l4 4v14H6zM14 3v5h5M9 12h7M9 16h7",
    "activity": "M3 12h4l3-8 4 16 3-8h4",
    "product": "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
    "quota": "M12 21a9 9 0 1 1 9-9M12 16a4 4 0 1 1 4-4M12 12l8-8M16 4h4v4",
    "plan": "M6 3h9l4 4v14H6zM14 3v5h5M9 13l2 2 4-4",
    "table": "M4 5h16v14H4zM4 10h16M10 10v9",
    "people": "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c.4-4 3-6 6.5-6s6.1 2 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6.3"
    "M18 14.5c2 .7 3.2 2.6 3.5 5.5",
    "chart": "M9 3h6v5H9zM3 16h6v5H3zM15 16h6v5h-6zM12 8v4M6 16v-4h12v4",
    "territory": "M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14",
    "import": "M12 3v12M7 10l5 5 5-5M4 17v4h16v-4",
    "export": "M12 15V3M7 8l5-5 5 5M4 17v4h16v-4",
    "user": "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c.5-4.5 3.5-6.5 8-6.5s7.5 2 8 6.5",
    "audit": "M12 3l8 3v6c0 4.5-3.3 7.7-8 9-4.7-1.3-8-4.5-8-9V6zM9 12l2.2 2.2L15.5 10",
    "search": "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M20 20l-4-4",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "theme": "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
    "close": "M6 6l12 12M18 6L6 18",
    "down": "M6 9l6 6 6-6",
    "left": "M15 6l-6 6 6 6",
    "right": "M9 6l6 6-6 6",
    "plus": "M12 5v14M5 12h14",
    "copy": "M9 9h11v11H9zM5 15H4V4h11v1",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "edit": "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
    "filter": "M4 6h16M7 12h10M10 18h4",
    "success": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M8.5 12l2.5 2.5 4.5-5",
    "info": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 11v5M12 8v.01",
    "warning": "M12 4l9 16H3zM12 10v4M12 17v.01",
    "error": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7.5v5M12 16v.01",
    "bell": "M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21h4",
    "link": "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
    "leave": "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
}
"""Paths of SVG by name."""
