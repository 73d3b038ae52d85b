// From right ascension and declination to a plane, east to the left as on the sky.

const DEGREE = Math.PI / 180;
/** Wider than this, a field is shown on a map of the whole sky. */
const WIDE_DEG = 80;
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 45];

/** The middle of right ascensions, which may lie on both sides of 0. */
function middleOf(ra) {
  let [x, y] = [0, 0];
  for (const each of ra) {
    x += Math.cos(each * DEGREE);
    y += Math.sin(each * DEGREE);
  }
  return Math.atan2(y, x) / DEGREE;
}

const turned = (degrees) => degrees - 360 * Math.round(degrees / 360);

/** Hammer's equal-area map of the whole sky. */
function hammer(east, dec) {
  const [l, b] = [(east * DEGREE) / 2, dec * DEGREE];
  const z = Math.sqrt(1 + Math.cos(b) * Math.cos(l));
  return [(-2 * Math.SQRT2 * Math.cos(b) * Math.sin(l)) / z / DEGREE, (Math.SQRT2 * Math.sin(b)) / z / DEGREE];
}

/** The plane that touches the sky in the field's middle. */
const tangent = (middle) => {
  const [sin, cos] = [Math.sin(middle * DEGREE), Math.cos(middle * DEGREE)];
  return (east, dec) => {
    const [l, b] = [east * DEGREE, dec * DEGREE];
    const away = sin * Math.sin(b) + cos * Math.cos(b) * Math.cos(l);
    return [(-Math.cos(b) * Math.sin(l)) / away / DEGREE, (cos * Math.sin(b) - sin * Math.cos(b) * Math.cos(l)) / away / DEGREE];
  };
};

/**
 * Project stars; narrow fields onto a plane, wide ones onto a map of the whole sky.
 *
 * @returns {{x: Float64Array, y: Float64Array, bounds: object, grid: Function}}
 */
export function projection(ra, dec) {
  const middle = middleOf(ra);
  let [low, high, wide] = [90, -90, 0];
  for (let at = 0; at < ra.length; at += 1) {
    low = Math.min(low, dec[at]);
    high = Math.max(high, dec[at]);
    wide = Math.max(wide, Math.abs(turned(ra[at] - middle)) * Math.cos(dec[at] * DEGREE));
  }
  const isWide = 2 * wide > WIDE_DEG || high - low > WIDE_DEG;
  const project = isWide ? hammer : tangent((low + high) / 2);
  const x = new Float64Array(ra.length);
  const y = new Float64Array(ra.length);
  const bounds = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  for (let at = 0; at < ra.length; at += 1) {
    [x[at], y[at]] = project(turned(ra[at] - middle), dec[at]);
    bounds.left = Math.min(bounds.left, x[at]);
    bounds.right = Math.max(bounds.right, x[at]);
    bounds.bottom = Math.min(bounds.bottom, y[at]);
    bounds.top = Math.max(bounds.top, y[at]);
  }
  if (isWide) Object.assign(bounds, { left: -163, right: 163, bottom: -82, top: 82 });
  const reach = isWide ? { wide: 180, low: -90, high: 90 } : { wide: Math.min(89, wide / Math.cos(Math.max(Math.abs(low), Math.abs(high)) * DEGREE) + 10), low: Math.max(-90, low - 10), high: Math.min(90, high + 10) };
  return { x, y, bounds, grid: (shown) => gridLines(project, middle, reach, isWide ? 30 : STEPS.find((step) => step >= shown / 8) ?? 45, isWide) };
}

/** Lines of equal right ascension and declination, each with its label. */
function gridLines(project, middle, { wide, low, high }, step, isWide) {
  const lines = [];
  const from = Math.ceil((middle - wide) / step) * step;
  const number = (value) => `${Number(value.toFixed(2))}°`;
  for (let ra = from; ra <= middle + wide; ra += step) {
    const points = [];
    for (let dec = low; dec <= high; dec += (high - low) / 40) points.push(project(ra - middle, dec));
    lines.push({ points, label: number((((ra % 360) + 360) % 360)) });
  }
  for (let dec = Math.ceil(low / step) * step; dec <= high; dec += step) {
    if (isWide && Math.abs(dec) === 90) continue;
    const points = [];
    for (let east = -wide; east <= wide; east += wide / 40) points.push(project(east, dec));
    lines.push({ points: points.reverse(), label: number(dec) });
  }
  return lines;
}
