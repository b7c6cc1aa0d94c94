"""The icons of the design language, as inline SVG that takes the colour of the text."""

import reflex as rx

PATHS = {
    "alert": ["M12 4L2.800 20h18.400z", "M12 10v4.500", "M12 17.300v.2"],
    "check": ["M5 12.500l4.500 4.500L19 7.500"],
    "down": ["M6 9.5l6 6 6-6"],
    "lock": ["M5 12.500a2 2 0 012-2h10a2 2 0 012 2v6a2 2 0 01-2 2H7a2 2 0 01-2-2z", "M8 10.500V8a4 4 0 018 0v2.500"],
    "user": ["M12 4a4 4 0 100 8 4 4 0 000-8z", "M4.500 20.500a7.500 7.500 0 0115 0"],
    "list": ["M8.500 6.500h12M8.500 12h12M8.500 17.500h12M4 6.500h.5M4 12h.5M4 17.500h.5"],
    "chart": ["M4 4v16h16M8.500 16v-4M12.500 16V8M16.500 16v-6"],
    "minus": ["M5.500 12h13"],
    "plus": ["M12 5.500v13", "M5.500 12h13"],
    "bell": ["M6 16.500V11a6 6 0 0112 0v5.500l1.500 1.500h-15z", "M10 20.500a2.200 2.200 0 004 0"],
    "candles": ["M8 4v3M8 15v4M16 5v4M16 16v4M6 7h4v8H6zM14 9h4v7h-4z"],
    "sliders": ["M5 4v9M5 17v3M12 4v3M12 11v9M19 4v11M19 19v1M2.500 13.500h5M9.500 7.500h5M16.500 15.500h5"],
    "wallet": ["M4 7.500a2 2 0 012-2h11v3M4 7.500v10a2 2 0 002 2h14v-11H6a2 2 0 01-2-1z", "M16.500 14h.2"],
    "globe": [
        "M12 3.500a8.500 8.500 0 100 17 8.500 8.500 0 000-17z",
        "M3.500 12h17M12 3.500c5 5 5 12 0 17M12 3.500c-5 5-5 12 0 17",
    ],
    "pencil": ["M4.500 19.500l1-4.500L16 4.500l3.500 3.500L9 18.500z", "M13.500 7l3.500 3.500"],
    "x": ["M6 6l12 12M18 6L6 18"],
}


def icon(name: str, size: str = "s") -> rx.Component:
    """An icon without meaning of its own; the words beside it carry that."""
    return rx.el.svg(
        *[rx.el.path(d=path) for path in PATHS[name]],
        view_box="0 0 24 24",
        class_name=f"i {size}",
        custom_attrs={"aria-hidden": "true"},
    )


def logo() -> rx.Component:
    """The bridge."""
    shape = "M2 19V14.500L12 6l10 8.500V19h-3.400v-.6a6.600 6.600 0 00-13.200 0v.6z"
    return rx.el.svg(
        rx.el.path(d=shape, custom_attrs={"fill": "currentColor"}),
        view_box="0 0 24 24",
        custom_attrs={"aria-hidden": "true"},
    )
