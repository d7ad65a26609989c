// A frame as the server packs it (imaging/viewing.py), and the grayscale transforms of DICOM (PS3.3 C.11) over it: the
// same arithmetic, in the same order, as the server's own for models. A test compares the two pixel by pixel.
const Grayscale = (() => {
  const ARRAYS = { u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array };
  const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  const clip = (value, low, high) => Math.min(Math.max(value, low), high);

  // ArrayBuffer -> frame: what the JSON says, `pixels` as stored, `values` the modality value of each stored value.
  function unpack(buffer) {
    const view = new DataView(buffer), length = view.getUint32(0, true);
    if (view.getUint32(4, false) !== 0x57563100) throw new Error("this is no frame");
    const said = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
    const pixels = new ARRAYS[said.kind](LITTLE ? buffer : swapped(buffer, 8 + length, said.kind), 8 + length);
    if (pixels.length !== said.rows * said.columns) throw new Error("the frame is not whole");
    return { ...said, pixels, values: modality(said) };
  }
  function swapped(buffer, from, kind) {
    if (kind.endsWith("1")) return buffer;
    const bytes = new Uint8Array(buffer);
    for (let at = from; at + 1 < bytes.length; at += 2) [bytes[at], bytes[at + 1]] = [bytes[at + 1], bytes[at]];
    return buffer;
  }
  function modality(said) {
    if (said.modality_lut) return Float64Array.from(said.modality_lut);
    const [slope, intercept] = said.rescale, found = new Float64Array(said.high - said.low + 1);
    for (let at = 0; at < found.length; at++) found[at] = (said.low + at) * slope + intercept;
    return found;
  }

  // Every way the file names to show it, the one it asks for first: LUTs, windows, else the whole range.
  function ways(frame) {
    const named = [
      ...frame.luts.map(lut => ({ kind: "lut", ...lut })),
      ...frame.windows.map(one => ({ kind: "window", ...one })),
    ];
    return named.length ? named : [{ kind: "range", name: "" }];
  }

  // Grey of one modality value in [0, 1], 0 black, before rounding (C.11.2.1.2; LINEAR's half steps are the standard's).
  function shade(way, inverted) {
    if (way.kind === "lut") {
      return value => {
        const entry = way.entries[Math.trunc(clip(value - way.first, 0, way.entries.length - 1))];
        return (inverted ? way.top - entry : entry) / way.top;
      };
    }
    let { center, width } = way;
    if (way.function === "LINEAR") { center -= 0.5; width -= 1; }
    if (width === 0) return value => ((value <= center) === inverted ? 1 : 0);
    if (way.function === "SIGMOID") {
      return value => 1 / (1 + Math.exp(clip((inverted ? 4 : -4) * ((value - center) / width), -700, 700)));
    }
    return value => { const from = (value - center) / width; return clip(inverted ? -from : from, -0.5, 0.5) + 0.5; };
  }
  function shadeOfRange(frame, inverted) {
    if (frame.top !== null) return at => (inverted ? frame.top - frame.values[at] : frame.values[at]) / frame.top;
    const top = frame.high - frame.low, rising = frame.rescale[0] > 0;
    return at => (inverted === rising ? top - at : at) / top;
  }

  // Stored value (from `low`) -> 0…255. `invert` is a person's wish, on top of what the file says; padding stays black.
  function table(frame, way, invert) {
    const inverted = frame.inverted !== Boolean(invert), found = new Uint8Array(frame.values.length);
    const grey = way.kind === "range" ? shadeOfRange(frame, inverted) : null;
    const of = grey || (shade => at => shade(frame.values[at]))(shade(way, inverted));
    for (let at = 0; at < found.length; at++) found[at] = Math.floor(Math.fround(of(at)) * 255 + 0.5);
    if (frame.padding) found.fill(0, frame.padding[0] - frame.low, frame.padding[1] - frame.low + 1);
    return found;
  }

  // The picture as RGBA, one pixel for each of the frame's.
  function picture(frame, way, invert) {
    const grey = table(frame, way, invert), { pixels, low } = frame, colours = new Uint32Array(grey.length);
    const [r, g, b, a] = LITTLE ? [0, 8, 16, 24] : [24, 16, 8, 0];
    for (let at = 0; at < grey.length; at++) colours[at] = ((grey[at] << r) | (grey[at] << g) | (grey[at] << b) | (255 << a)) >>> 0;
    const image = new ImageData(frame.columns, frame.rows), found = new Uint32Array(image.data.buffer);
    for (let at = 0; at < found.length; at++) found[at] = colours[pixels[at] - low];
    cover(frame, found, grey => ((grey << r) | (grey << g) | (grey << b) | (255 << a)) >>> 0);
    return image;
  }

  // What the display shutter covers stays as the file's maker wants it, whatever the window and a person's inversion.
  function cover(frame, found, colour) {
    const covering = colour(Math.floor(Math.fround(frame.shutter) * 255 + 0.5));
    let at = 0, covered = false;
    for (const run of frame.covered) {
      if (covered) found.fill(covering, at, at + run);
      at += run;
      covered = !covered;
    }
  }

  // Least and greatest modality value that is no padding: where a person's own window begins if the file names none.
  function extent(frame) {
    const { pixels, padding } = frame;
    let least = Infinity, greatest = -Infinity;
    for (let at = 0; at < pixels.length; at++) {
      const stored = pixels[at];
      if (padding && stored >= padding[0] && stored <= padding[1]) continue;
      if (stored < least) least = stored;
      if (stored > greatest) greatest = stored;
    }
    if (least > greatest) return [0, 1];
    let low = Infinity, high = -Infinity;
    for (let at = least - frame.low; at <= greatest - frame.low; at++) {
      low = Math.min(low, frame.values[at]);
      high = Math.max(high, frame.values[at]);
    }
    return [low, high];
  }

  return { unpack, ways, picture, extent };
})();
