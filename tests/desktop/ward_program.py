"""A small desktop EHR (GTK): sign-in, list of orders, an order's record with its report. Run by the system's python.

ward_program.py BOOKS [LABEL [menus] [drafts] [kinds]]: the books are a JSON file {"orders": {number: {…}},
"sign_ins": []}, read at every look, so that several programs of it show the same, as those of one hospital do. LABEL is
what it calls a patient's number.
"""

import json
import pathlib
import sys

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk, Pango  # noqa: E402

BOOKS = pathlib.Path(sys.argv[1])
NUMBER = sys.argv[2] if len(sys.argv) > 2 else "_Number"
FIELDS = {"_Order": "order", "P_atient": "patient", NUMBER: "mrn", "_Born": "born", "P_rocedure": "procedure",
          "_State": "state"}  # fmt: skip


def books(change=None):
    kept = json.loads(BOOKS.read_text(encoding="utf-8"))
    if change is not None:
        change(kept)
        BOOKS.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    return kept


class Ward:
    def __init__(self):
        self.window = Gtk.Window(title="Ward EHR")
        self.window.set_default_size(760, 640)
        self.window.connect("destroy", Gtk.main_quit)
        self.box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8, margin=12)
        outer = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        self.window.add(outer)
        if "menus" in sys.argv[3:]:
            outer.add(
                self.menus(
                    {
                        "_Go": {"Worklist": self.orders, "Letter {name}": None},
                        "_File": {"Save": lambda: None, "Worklist": None},
                    }
                )
            )
        outer.pack_start(self.box, True, True, 0)
        self.sign_in()
        self.window.show_all()

    def field(self, grid, row, word, widget):
        label = Gtk.Label(label=word, use_underline=True, xalign=0)
        label.set_mnemonic_widget(widget)
        widget.set_hexpand(True)
        grid.attach(label, 0, row, 1, 1)
        grid.attach(widget, 1, row, 1, 1)
        return widget

    def button(self, box, word, press):
        button = Gtk.Button(label=word)
        button.connect("clicked", lambda _: press())
        box.add(button)
        return button

    def menus(self, bar):
        made = Gtk.MenuBar()
        for word, entries in bar.items():
            item, inside = Gtk.MenuItem(label=word, use_underline=True), Gtk.Menu()
            item.set_submenu(inside)
            made.append(item)
            for name, press in entries.items():
                entry = Gtk.MenuItem(label=name)
                if press is not None:
                    entry.connect("activate", lambda _, press=press: press())
                inside.append(entry)
        return made

    def empty(self):
        for child in self.box.get_children():
            child.destroy()
        return self.box

    def sign_in(self, wrong=False):
        grid = Gtk.Grid(row_spacing=6, column_spacing=6)
        self.empty().add(grid)
        user = self.field(grid, 0, "_User", Gtk.Entry())
        word = self.field(grid, 1, "_Password", Gtk.Entry(visibility=False))
        if wrong:
            self.box.add(Gtk.Label(label="Wrong user or password"))

        def enter():
            books(lambda b: b["sign_ins"].append(user.get_text()))
            if word.get_text() == "ward-secret-7":
                self.orders()
            else:
                self.sign_in(wrong=True)

        self.button(self.box, "Sign in", enter)
        self.box.show_all()

    def orders(self):
        search = Gtk.Grid(column_spacing=6)
        self.empty().add(search)
        number = self.field(search, 0, "_Find order", Gtk.Entry())
        self.button(self.box, "Show", lambda: self.record(number.get_text()))
        self.button(self.box, "Orders", self.orders)
        store = Gtk.ListStore(str, str, str)
        for key, order in books()["orders"].items():
            store.append([key, order["patient"], order["state"]])
        view = Gtk.TreeView(model=store)
        for index, title in enumerate(("Order", "Patient", "State")):
            view.append_column(Gtk.TreeViewColumn(title, Gtk.CellRendererText(), text=index))
        view.connect("row-activated", lambda _, path, __: self.record(store[path][0]))
        self.box.add(view)
        self.box.show_all()

    def record(self, number):
        order = books()["orders"].get(number)
        if order is None:
            self.box.add(Gtk.Label(label="No such order"))
            return self.box.show_all()
        grid = Gtk.Grid(row_spacing=6, column_spacing=6)
        self.empty().add(grid)
        shown = {}
        for row, (word, key) in enumerate(FIELDS.items()):
            shown[key] = self.field(grid, row, word, Gtk.Entry(editable=False))
        report = self.field(grid, len(FIELDS), "_Report", Gtk.TextView(monospace=True))
        report.set_size_request(500, 220)
        report.override_font(Pango.FontDescription("DejaVu Sans 13"))
        buffer = report.get_buffer()
        if "drafts" in sys.argv[3:]:
            report.connect("focus-in-event", lambda *_: buffer.get_char_count() or buffer.set_text("By Dr Mora"))
        if "kinds" in sys.argv[3:]:
            kind = self.field(grid, len(FIELDS) + 1, "_Kind", Gtk.Entry())
            kind.connect("changed", lambda _: buffer.set_text("Normal."))
        bar = Gtk.Box(spacing=6)
        self.box.add(bar)

        def fill():
            for key, entry in shown.items():
                entry.set_text(number if key == "order" else order[key])
            report.get_buffer().set_text(order["report"])

        def text():
            return report.get_buffer().get_text(*report.get_buffer().get_bounds(), True)

        def save():
            books(lambda b: b["orders"][number].update(report=text(), saves=b["orders"][number]["saves"] + 1))

        self.button(bar, "Save", save)
        self.button(bar, "Orders", self.orders)
        self.box.show_all()
        GLib.timeout_add(250, lambda: fill() or False)
        return None


Ward()
Gtk.main()
