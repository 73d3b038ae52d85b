// A star's light as arrays: what the server's bytes say, and what is drawn of it.

const ARRAYS = { float64: Float64Array, float32: Float32Array, int32: Int32Array, int16: Int16Array };

/**
 * Read the answer of `/api/stars/STAR/light`: the length of a header, the header, then arrays.
 *
 * Offsets count from the first byte after the header, which ends at a multiple of 8.
 */
export function readLight(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  if (header.n === 0) throw new Error("No point of this light curve has both a time and a flux.");
  const light = { ...header };
  for (const { name, dtype, offset } of header.columns) {
    light[name] = new ARRAYS[dtype](buffer, offset, header.n);
  }
  light.flat = withoutTrend(light.flux, light.trend);
  return light;
}

/** What remains of the flux when its trend is divided out, less one: a depth is a depth. */
function withoutTrend(flux, trend) {
  const flat = new Float32Array(flux.length);
  for (let i = 0; i < flux.length; i += 1) flat[i] = flux[i] / trend[i] - 1;
  return flat;
}

/** The causes that rows are flagged by, the most frequent first, each with its rows. */
export function flaggedCauses(light) {
  const causes = new Map();
  light.quality.forEach((flags, row) => {
    for (let left = flags; left !== 0; left &= left - 1) {
      const bit = (left & -left) >>> 0;
      const cause = light.bits[String(bit)] ?? `flag ${bit}`;
      if (!causes.has(cause)) causes.set(cause, []);
      const rows = causes.get(cause);
      // Several flags may have one cause.
      if (rows[rows.length - 1] !== row) rows.push(row);
    }
  });
  return [...causes].map(([cause, rows]) => ({ cause, rows })).sort((one, other) => other.rows.length - one.rows.length);
}

/** First and last finite time. */
export function span(light) {
  let first = Infinity;
  let last = -Infinity;
  for (const time of light.time) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return [first, last];
}

/**
 * Medians of folded flux in bins of phase, for the line over the points.
 *
 * @returns {{phase: number, flux: number}[]} bins with at least three points
 */
export function foldedMedians(phase, flux, from, to, bins) {
  const inBin = Array.from({ length: bins }, () => []);
  for (let i = 0; i < phase.length; i += 1) {
    if (!(phase[i] >= from && phase[i] < to) || Number.isNaN(flux[i])) continue;
    inBin[Math.min(bins - 1, Math.floor(((phase[i] - from) / (to - from)) * bins))].push(flux[i]);
  }
  return inBin.flatMap((values, bin) => {
    if (values.length < 3) return [];
    const sorted = Float32Array.from(values).sort();
    return [{ phase: from + ((bin + 0.5) / bins) * (to - from), flux: sorted[sorted.length >> 1] }];
  });
}

/** Phase of each time, from -0.5 to 0.5, with the epoch at 0. */
export function phases(time, period, epoch) {
  const phase = new Float32Array(time.length);
  for (let i = 0; i < time.length; i += 1) {
    const turns = (time[i] - epoch) / period;
    phase[i] = turns - Math.round(turns);
  }
  return phase;
}
