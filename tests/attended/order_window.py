"""A window of another program, which shows an order. Run by the system's python.

order_window.py TITLE told TEXT: as labels, a password beside them, and a second window that shows another order.
order_window.py TITLE drawn TEXT: as pixels only.
"""

import sys

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402


def told(window, text):
    box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
    for line in text.split("|"):
        box.add(Gtk.Label(label=line))
    entry = Gtk.Entry(text="REQ999999", visibility=False)
    box.add(entry)
    window.add(box)
    other = Gtk.Window(title="Behind", accept_focus=False)
    other.add(Gtk.Label(label="Order: REQ888888"))
    other.show_all()


def drawn(window, text):
    area = Gtk.DrawingArea()

    def draw(_, cairo):
        cairo.set_source_rgb(1, 1, 1)
        cairo.paint()
        cairo.set_source_rgb(0, 0, 0)
        cairo.set_font_size(22)
        cairo.move_to(30, 80)
        cairo.show_text(text)

    area.connect("draw", draw)
    window.add(area)


window = Gtk.Window(title=sys.argv[1])
window.set_default_size(620, 200)
{"told": told, "drawn": drawn}[sys.argv[2]](window, sys.argv[3])
window.show_all()
window.present()
Gtk.main()
