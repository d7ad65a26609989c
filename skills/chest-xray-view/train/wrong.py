"""Pictures that are no upright frontal chest film: made from films, from other pictures, and from nothing.

Every maker takes a `Pools` and a generator and returns a grey picture of any size; `KINDS` says how often each comes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from augment import Floats, Pixels, acquire, expose, finish

Picture = Pixels | Floats


@dataclass(frozen=True)
class Pools:
    """What wrong pictures are made from."""

    films: Pixels
    heads: list[Pixels]
    photos: list[Pixels]
    laterals: Pixels


Maker = Callable[[Pools, np.random.Generator], Picture]


def _any(pool: Pixels | list[Pixels], rng: np.random.Generator) -> Pixels:
    picture: Pixels = pool[int(rng.integers(len(pool)))]
    return picture


def _film(pools: Pools, rng: np.random.Generator) -> Pixels:
    """A re-acquired film, as pixels."""
    return np.asarray(acquire(_any(pools.films, rng), rng) * 255, np.uint8)


def turned(pools: Pools, rng: np.random.Generator) -> Picture:
    """By 90, 180 or 270 degrees or upside down, mirrored at times."""
    film = _film(pools, rng)
    way = int(rng.integers(5))
    film = film[::-1] if way in (3, 4) else np.rot90(film, way + 1)
    return np.ascontiguousarray(film[:, ::-1] if rng.random() < 0.3 else film)


def tilted(pools: Pools, rng: np.random.Generator) -> Picture:
    """By any angle from 30 degrees on."""
    film = _film(pools, rng)
    side = film.shape[0]
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(30, 330)), float(rng.uniform(0.8, 1.3)))
    return np.asarray(cv2.warpAffine(film, turn, (side, side), borderValue=int(rng.choice([0, 0, 255]))), np.uint8)


def inverted(pools: Pools, rng: np.random.Generator) -> Picture:
    """Grey scale the wrong way round; a few turned as well."""
    film = 255 - _film(pools, rng)
    return np.ascontiguousarray(np.rot90(film, int(rng.integers(4)))) if rng.random() < 0.2 else film


def cropped(pools: Pools, rng: np.random.Generator) -> Picture:
    """A part of a chest: a window of a quarter to just over half of each side, or one half."""
    film = _film(pools, rng)
    side = film.shape[0]
    if rng.random() < 0.4:
        half, middle = int(rng.integers(4)), side // 2
        part = (film[:middle], film[middle:], film[:, :middle], film[:, middle:])[half]
        return np.ascontiguousarray(part)
    height, width = (int(v) for v in rng.uniform(0.2, 0.55, 2) * side)
    y, x = int(rng.integers(side - height)), int(rng.integers(side - width))
    return film[y : y + height, x : x + width].copy()


def masked(pools: Pools, rng: np.random.Generator) -> Picture:
    """More than two fifths hidden, in one piece or several."""
    film, side = _film(pools, rng), 128
    hidden = np.zeros(film.shape, bool)
    while hidden.mean() < 0.42:
        height, width = (int(v) for v in rng.uniform(0.2, 1.0, 2) * side)
        y, x = int(rng.integers(side - height + 1)), int(rng.integers(side - width + 1))
        hidden[y : y + height, x : x + width] = True
    film[hidden] = int(rng.choice([0, 0, 255, 128]))
    return film


def shuffled(pools: Pools, rng: np.random.Generator) -> Picture:
    """The film's tiles in another order, or its halves swapped."""
    film = _film(pools, rng)
    n = int(rng.choice([2, 2, 4, 8]))
    tiles = [tile for row in np.split(film, n) for tile in np.split(row, n, axis=1)]
    order = rng.permutation(len(tiles))
    if (order == np.arange(len(tiles))).mean() > 0.3:
        order = np.roll(np.arange(len(tiles)), 1)
    rows = [np.hstack([tiles[k] for k in order[row * n : (row + 1) * n]]) for row in range(n)]
    return np.vstack(rows)


def collage(pools: Pools, rng: np.random.Generator) -> Picture:
    """Two, four or six films, or films and other pictures, in one."""
    down, across = ((1, 2), (2, 1), (2, 2), (2, 3))[int(rng.integers(4))]
    parts = [_film(pools, rng) if rng.random() < 0.8 else finish(photo(pools, rng)) * 255 for _ in range(down * across)]
    gap, value = int(rng.integers(0, 8)), int(rng.choice([0, 255, 60]))
    framed = [np.pad(np.asarray(part, np.uint8), gap, constant_values=value) for part in parts]
    return np.vstack([np.hstack(framed[row * across : (row + 1) * across]) for row in range(down)]).astype(np.uint8)


def on_a_page(pools: Pools, rng: np.random.Generator) -> Picture:
    """A film inside a viewer or a document, on a tenth to half of the area."""
    page = np.asarray(screen(pools, rng), np.uint8)
    rows, cols = page.shape
    area, aspect = rng.uniform(0.1, 0.5), np.exp(rng.uniform(-0.3, 0.3))
    height, width = int(min(0.95, np.sqrt(area) * aspect) * rows), int(min(0.95, np.sqrt(area) / aspect) * cols)
    y, x = int(rng.integers(rows - height)), int(rng.integers(cols - width))
    film = cv2.resize(_film(pools, rng), (width, height), interpolation=cv2.INTER_LINEAR)
    page[y : y + height, x : x + width] = film
    return page


def brain(pools: Pools, rng: np.random.Generator) -> Picture:
    """A slice of a head, any size, tilt and way up, either grey; half of them without what lies outside an oval, as
    brains are shown whose skull was taken away."""
    slice_, side = _any(pools.heads, rng), 160
    centre, tilt = rng.uniform(0.42, 0.58, 2), float(rng.uniform(-25, 25))
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), tilt, 1.0)
    turn[:, :2] *= np.exp(rng.uniform(-0.35, 0.45, (1, 2)))
    turn[:, 2] += side / 2 - turn @ np.array([side / 2, side / 2, 1.0])
    slice_ = np.asarray(cv2.warpAffine(slice_, turn, (side, side)), np.uint8)
    if rng.random() < 0.5:
        kept = _oval((side, side), rng, (float(centre[0]), float(centre[1])), rng.uniform(0.22, 0.42))
        slice_ = np.asarray(slice_ * (kept > 0.5), np.uint8)
    slice_ = np.rot90(slice_, int(rng.integers(4)))
    return expose(np.ascontiguousarray(255 - slice_ if rng.random() < 0.2 else slice_), rng)


def photo(pools: Pools, rng: np.random.Generator) -> Picture:
    """A window of a photograph, either grey, any way up."""
    whole = _any(pools.photos, rng)
    side = int(min(whole.shape) * rng.uniform(0.25, 1.0))
    y, x = int(rng.integers(whole.shape[0] - side + 1)), int(rng.integers(whole.shape[1] - side + 1))
    part = np.rot90(whole[y : y + side, x : x + side], int(rng.integers(4)) if rng.random() < 0.5 else 0)
    part = part[:, ::-1] if rng.random() < 0.5 else part
    small = cv2.resize(np.ascontiguousarray(part), (160, 160), interpolation=cv2.INTER_AREA)
    return expose(np.asarray(255 - small if rng.random() < 0.3 else small, np.uint8), rng)


def screen(pools: Pools, rng: np.random.Generator) -> Picture:
    """A drawn screen or page: panels, lines of text, tables, buttons, dark or light."""
    rows, cols = int(rng.integers(200, 420)), int(rng.integers(200, 420))
    dark = rng.random() < 0.5
    paper, ink = (int(rng.integers(0, 70)), int(rng.integers(150, 256)))[:: 1 if dark else -1]
    page = np.full((rows, cols), paper, np.uint8)
    for _ in range(int(rng.integers(0, 7))):
        corner, size = rng.integers(0, (cols, rows)), rng.integers(10, (cols, rows))
        grey = int(np.clip(paper + rng.integers(-90, 90), 0, 255))
        fill = -1 if rng.random() < 0.7 else 1
        cv2.rectangle(page, tuple(int(v) for v in corner), tuple(int(v) for v in corner + size), grey, fill)
    y, step, size_ = int(rng.integers(8, 30)), int(rng.integers(8, 26)), float(rng.uniform(0.25, 0.8))
    letters = np.array(list("abcdefghiklmnoprstuvw ABCDEFRT 0123456789 .,:-/  "))
    while y < rows and rng.random() > 0.02:
        text = "".join(rng.choice(letters, int(rng.integers(3, 60))))
        cv2.putText(page, text, (int(rng.integers(2, cols // 2)), y), cv2.FONT_HERSHEY_SIMPLEX, size_, ink, 1)
        y += step * (1 if rng.random() < 0.85 else 3)
    return page


def nothing(pools: Pools, rng: np.random.Generator) -> Picture:
    """Noise of any grain, gradients, waves, blobs, sums of them."""
    side = 128
    xs, ys = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side))
    image = np.zeros((side, side))
    for _ in range(int(rng.integers(1, 4))):
        way, strength = int(rng.integers(5)), rng.uniform(0.2, 1)
        a, b, c = rng.uniform(-1, 1, 3)
        if way == 0:
            grain = cv2.GaussianBlur(rng.standard_normal((side, side)), (0, 0), float(np.exp(rng.uniform(-1.2, 3.3))))
            image += strength * grain / grain.std()
        elif way == 1:
            image += strength * (a * xs + b * ys + c * xs * ys) * 3
        elif way == 2:
            image += strength * np.sin(rng.uniform(2, 60) * (a * xs + b * ys) + c)
        elif way == 3:
            image += strength * 3 * np.hypot(xs - a, ys - b)
        else:
            spectrum = np.fft.rfft2(rng.standard_normal((side, side)))
            radius = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]) + 1 / side
            cloud = np.fft.irfft2(spectrum / radius ** rng.uniform(0.8, 2.2), (side, side))
            image += strength * cloud / cloud.std()
    return image.astype(np.float32)


def _oval(shape: tuple[int, int], rng: np.random.Generator, centre: tuple[float, float], spread: float) -> Floats:
    """1 inside a soft ellipse."""
    canvas = np.zeros(shape, np.float32)
    axes = tuple(int(v) for v in rng.uniform(0.3, 1.0, 2) * spread * shape[0])
    at = (int(centre[0] * shape[1]), int(centre[1] * shape[0]))
    cv2.ellipse(canvas, at, (max(2, axes[0]), max(2, axes[1])), float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.6, 4))), np.float32)


def phantom(pools: Pools, rng: np.random.Generator) -> Picture:
    """An axial slice drawn from ellipses: body, two dark or bright organs at times, a spine, spots."""
    shape = (144, 144)
    body = _oval(shape, rng, (0.5, 0.5), rng.uniform(0.4, 0.55))
    image = body * rng.uniform(0.4, 0.8)
    if rng.random() < 0.6:
        apart, deep = rng.uniform(0.12, 0.22), rng.uniform(-0.7, -0.2)
        for side in (-1, 1):
            image += deep * _oval(shape, rng, (0.5 + side * apart, 0.5), rng.uniform(0.12, 0.24)) * body
    for _ in range(int(rng.integers(0, 12))):
        x, y = rng.uniform(0.2, 0.8, 2)
        image += rng.uniform(-0.5, 0.6) * _oval(shape, rng, (x, y), rng.uniform(0.02, 0.2)) * body
    image += rng.standard_normal(shape) * rng.uniform(0, 0.08)
    return np.asarray(np.rot90(image, int(rng.integers(4))), np.float32)


def bones(pools: Pools, rng: np.random.Generator) -> Picture:
    """A drawn radiograph of something else: a limb, a hand, a skull in strokes and rings, soft tissue around."""
    side = 160
    bone, flesh = np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
    turn, start = rng.uniform(0, np.pi), rng.uniform(0.3, 0.7, 2) * side
    for k in range(int(rng.integers(1, 7))):
        angle = turn + rng.normal(0, 0.5) + (0.35 * k if rng.random() < 0.5 else 0)
        reach = np.array([np.cos(angle), np.sin(angle)]) * side * rng.uniform(0.15, 0.8)
        ends = [start - reach * rng.uniform(0, 1), start + reach]
        a, b = ((int(end[0]), int(end[1])) for end in ends)
        wide = int(rng.integers(4, 22))
        cv2.line(flesh, a, b, 1.0, wide * int(rng.integers(2, 5)))
        cv2.line(bone, a, b, 1.0, wide)
        cv2.line(bone, a, b, float(rng.uniform(0.4, 0.8)), max(1, wide - 4))
        cv2.circle(bone, b, int(wide * 0.8), 0.9, -1)
    for _ in range(int(rng.integers(0, 3))):
        at, size = rng.uniform(0.3, 0.7, 2) * side, rng.uniform(0.1, 0.4, 2) * side
        ring = tuple(int(v) for v in at), tuple(int(v) for v in size)
        cv2.ellipse(flesh, ring[0], ring[1], float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
        cv2.ellipse(bone, ring[0], ring[1], float(rng.uniform(0, 180)), 0, 360, 0.9, int(rng.integers(2, 9)))
    image = 0.35 * cv2.GaussianBlur(flesh, (0, 0), 4.0) + 0.5 * cv2.GaussianBlur(bone, (0, 0), 1.2)
    image += rng.standard_normal(image.shape) * rng.uniform(0, 0.04)
    return np.asarray(1 - image if rng.random() < 0.15 else image, np.float32)


def lateral(pools: Pools, rng: np.random.Generator) -> Picture:
    """The demo hospital's drawn lateral film. A drawing: it proves nothing about real laterals."""
    film = _any(pools.laterals, rng)
    return acquire(film, rng)


KINDS: dict[Maker, float] = {
    turned: 20, tilted: 5, inverted: 13, cropped: 9, masked: 5, shuffled: 4, collage: 5, on_a_page: 5, brain: 9,
    photo: 11, screen: 6, nothing: 6, phantom: 5, bones: 5, lateral: 2,
}  # fmt: skip
"""How often each is drawn, in proportion."""


def draw(pools: Pools, rng: np.random.Generator) -> Floats:
    """One wrong picture as the network receives it."""
    weights = np.array(list(KINDS.values()), np.float64)
    maker = list(KINDS)[int(rng.choice(len(weights), p=weights / weights.sum()))]
    return finish(maker(pools, rng))
