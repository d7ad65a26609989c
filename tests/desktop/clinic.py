"""A small GTK program to type into: a form that says what it holds, and a pop-up. Run by the system's python.

clinic.py list: a long list to scroll, and a button that asks.
clinic.py gallery: many things to be found. clinic.py form: a form with fields of each kind. clinic.py thief PATH: every
time the file PATH is written, a window comes up and takes the keys; what it gets is appended to PATH.got.
clinic.py cover WORDS: the whole screen is black but for these words.
"""

import ctypes
import pathlib
import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("GdkX11", "3.0")
from gi.repository import Gdk, GdkX11, GLib, Gtk  # noqa: E402

X = ctypes.CDLL("libX11.so.6")
X.XOpenDisplay.restype = ctypes.c_void_p
SERVER = ctypes.c_void_p(X.XOpenDisplay(None))
UNHEARD = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda *_: 0)


def form():
    window = Gtk.Window(title="Clinic record")
    window.set_default_size(620, 520)
    grid = Gtk.Grid(row_spacing=6, column_spacing=6, margin=12)
    window.add(grid)
    for row, (word, widget) in enumerate(
        {"_Findings": Gtk.Entry(), "_Note": Gtk.TextView(), "_Only digits": Gtk.Entry(), "_Short": Gtk.Entry()}.items()
    ):
        label = Gtk.Label(label=word, use_underline=True, xalign=0)
        label.set_mnemonic_widget(widget)
        widget.set_hexpand(True)
        grid.attach(label, 0, row, 1, 1)
        grid.attach(widget, 1, row, 1, 1)
        if word == "_Note":
            widget.set_size_request(400, 120)
        if word == "_Only digits":
            widget.connect("changed", only_digits)
        if word == "_Short":
            widget.set_max_length(8)
    window.connect("destroy", Gtk.main_quit)
    window.show_all()


def orders():
    """A list of 200 orders; the one that is opened stands in the title. A button asks inside its own press."""
    window = Gtk.Window(title="Clinic list")
    window.set_default_size(420, 320)
    box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
    window.add(box)
    store = Gtk.ListStore(str, str)
    for number in range(200):
        store.append([f"{number:03d}", "Chest PA"])
    view = Gtk.TreeView(model=store)
    for index, title in enumerate(("Order", "Study")):
        view.append_column(Gtk.TreeViewColumn(title, Gtk.CellRendererText(), text=index))
    view.connect("row-activated", lambda _, path, __: window.set_title(f"Order {store[path][0]}"))
    scrolled = Gtk.ScrolledWindow(vexpand=True)
    scrolled.add(view)
    box.add(scrolled)
    button = Gtk.Button(label="Save")

    def ask(_):
        dialog = Gtk.MessageDialog(
            transient_for=window, modal=True, text="Changed meanwhile", buttons=Gtk.ButtonsType.OK
        )
        dialog.run()
        dialog.destroy()

    button.connect("clicked", ask)
    box.add(button)
    window.connect("destroy", Gtk.main_quit)
    window.show_all()


def gallery():
    """Many small things that look different, and some that look nearly alike."""
    window = Gtk.Window(title="Gallery")
    window.set_default_size(1100, 800)
    grid = Gtk.Grid(row_spacing=8, column_spacing=8)
    window.add(grid)
    words = (
        "Save",
        "Save as",
        "Sign",
        "Send",
        "Close",
        "Cancel",
        "Open",
        "Order",
        "Report",
        "Result",
        "Patient",
        "Images",
        "Window 40/400",
        "Window 50/350",
        "Zoom +",
        "Zoom −",
        "Next",
        "Previous",
        "Print",
        "Refresh",
    )
    for number in range(72):
        word = f"{words[number % len(words)]} {number // len(words) + 1}" if number >= len(words) else words[number]
        if number % 6 == 5:
            widget = Gtk.CheckButton(label=word)
        elif number % 9 == 7:
            widget = Gtk.Button.new_from_icon_name(
                (
                    "edit-find",
                    "document-open",
                    "list-add",
                    "view-refresh",
                    "go-next",
                    "go-previous",
                    "zoom-in",
                    "edit-copy",
                )[number // 9],
                Gtk.IconSize.DIALOG,
            )
            widget.set_label(word)
            widget.set_always_show_image(True)
        else:
            widget = Gtk.Button(label=word)
        grid.attach(widget, number % 8, number // 8, 1, 1)
    window.connect("destroy", Gtk.main_quit)
    window.show_all()


def cover(words):
    """A lock screen, or a screen that is dark."""
    window = Gtk.Window(title="Cover")
    window.override_background_color(Gtk.StateFlags.NORMAL, Gdk.RGBA(0, 0, 0, 1))
    label = Gtk.Label()
    label.set_markup(f'<span foreground="white" size="x-large">{words}</span>')
    window.add(label)
    window.fullscreen()
    window.show_all()


def only_digits(entry):
    text = entry.get_text()
    kept = "".join(c for c in text if c.isdigit())
    if kept != text:
        GLib.idle_add(entry.set_text, kept)


def thief(path):
    seen = {"text": ""}
    X.XSetErrorHandler(UNHEARD)

    def look():
        try:
            text = pathlib.Path(path).read_text()
        except FileNotFoundError:
            return True
        if text != seen["text"]:
            seen["text"] = text
            pop_up(path)
        return True

    GLib.timeout_add(5, look)


def pop_up(path):
    window = Gtk.Window(title="Reminder")
    view = Gtk.TextView()
    window.add(view)
    window.set_default_size(300, 200)
    view.get_buffer().connect("changed", lambda b: append(path + ".got", b))
    window.show_all()
    view.grab_focus()

    def insist():  # as rude as a window can be
        if window.get_window() is not None and not window.is_active():
            window.present_with_time(GdkX11.x11_get_server_time(window.get_window()))
            X.XSetInputFocus(SERVER, window.get_window().get_xid(), 2, 0)  # past the window manager, too
            X.XFlush(SERVER)
        return window.get_window() is not None

    insist()
    GLib.timeout_add(20, insist)
    append(path + ".up", None)
    GLib.timeout_add(250, lambda: window.destroy() or False)


def append(path, buffer):
    with open(path, "a") as file:
        file.write("up\n" if buffer is None else buffer.get_text(*buffer.get_bounds(), True) + "\n")


if sys.argv[1] == "form":
    form()
elif sys.argv[1] == "list":
    orders()
elif sys.argv[1] == "gallery":
    gallery()
elif sys.argv[1] == "cover":
    cover(sys.argv[2])
else:
    thief(sys.argv[2])
Gtk.main()
