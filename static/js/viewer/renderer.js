/**
 * Draws one film's pixels into a canvas: WebGL2 with the window in the shader,
 * or a 2-D canvas with a lookup table where no graphics card offers WebGL2.
 *
 * A source is {columns, rows, levels}: the film's size in source pixels, and one
 * or more pictures of it, largest first (the preview is a source of one level).
 * A frame is {view, window, inverted, max, width, height, dpr}; width and height
 * are the stage's in CSS pixels.
 */

import { greyTable, ramp } from './windowing.js';

const VERTEX = `#version 300 es
void main() {
  vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

/* Integer textures cannot be filtered by the hardware, so the shader reads four
   texels and mixes them. The level is chosen so that a reduction is never more
   than twofold: with four texels that leaves nothing to alias. */
const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D film;
uniform int level;
uniform ivec2 last;
uniform vec2 full;
uniform vec2 shrink;
uniform vec2 origin;
uniform float step_px;
uniform float height;
uniform vec2 ramp;
uniform float inverted;
out vec4 colour;
void main() {
  vec2 at = (vec2(gl_FragCoord.x, height - gl_FragCoord.y) - origin) * step_px;
  if (at.x < 0.0 || at.y < 0.0 || at.x >= full.x || at.y >= full.y) {
    colour = vec4(0.0, 0.0, 0.0, 1.0);
    return;
  }
  vec2 texel = at * shrink - 0.5;
  vec2 part = fract(texel);
  ivec2 from = clamp(ivec2(floor(texel)), ivec2(0), last);
  ivec2 to = min(ivec2(floor(texel)) + 1, last);
  float a = float(texelFetch(film, from, level).r);
  float b = float(texelFetch(film, ivec2(to.x, from.y), level).r);
  float c = float(texelFetch(film, ivec2(from.x, to.y), level).r);
  float d = float(texelFetch(film, to, level).r);
  float value = mix(mix(a, b, part.x), mix(c, d, part.x), part.y);
  float grey = clamp((value - ramp.x) * ramp.y, 0.0, 1.0);
  colour = vec4(vec3(abs(inverted - grey)), 1.0);
}`;

const UNIFORMS = [
  'level', 'last', 'full', 'shrink', 'origin', 'step_px', 'height', 'ramp', 'inverted',
];

/** The smallest level that still has a pixel for every two device pixels' worth. */
function levelFor(source, imagePxPerDevicePx) {
  const reduction = imagePxPerDevicePx * (source.levels[0].columns / source.columns);
  const wanted = Math.floor(Math.log2(Math.max(reduction, 1)) + 1e-6);
  return Math.min(wanted, source.levels.length - 1);
}

/** Texture coordinates per source pixel. Pyramid levels halve exactly, also odd sizes. */
function shrinkOf(source, level) {
  const [base] = source.levels;
  return [base.columns / source.columns / 2 ** level, base.rows / source.rows / 2 ** level];
}

class GlRenderer {
  #canvas;
  #gl;
  #program;
  #uniforms = {};
  #texture = null;
  #source = null;
  #onRestored;

  constructor(canvas, gl, onRestored) {
    this.#canvas = canvas;
    this.#gl = gl;
    this.#onRestored = onRestored;
    canvas.addEventListener('webglcontextlost', this.#lost);
    canvas.addEventListener('webglcontextrestored', this.#restored);
    this.#build();
  }

  #lost = (event) => event.preventDefault();

  #restored = () => {
    this.#texture = null;
    this.#build();
    if (this.#source) this.setSource(this.#source);
    this.#onRestored();
  };

  #build() {
    const gl = this.#gl;
    const program = gl.createProgram();
    for (const [type, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(gl.getProgramInfoLog(program));
    }
    this.#program = program;
    for (const name of UNIFORMS) this.#uniforms[name] = gl.getUniformLocation(program, name);
    gl.bindVertexArray(gl.createVertexArray());
    gl.useProgram(program);
  }

  setSource(source) {
    const gl = this.#gl;
    const limit = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    // A picture too large for this graphics card is shown from the first level that fits.
    const levels = source.levels.filter((level) => Math.max(level.columns, level.rows) <= limit);
    if (levels.length === 0) throw new Error(`No level fits in ${limit} pixels.`);
    if (this.#texture) gl.deleteTexture(this.#texture);
    this.#texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texStorage2D(gl.TEXTURE_2D, levels.length, gl.R16UI, levels[0].columns, levels[0].rows);
    levels.forEach(({ columns, rows, values }, level) => {
      gl.texSubImage2D(gl.TEXTURE_2D, level, 0, 0, columns, rows,
        gl.RED_INTEGER, gl.UNSIGNED_SHORT, values);
    });
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST_MIPMAP_NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    this.#source = { columns: source.columns, rows: source.rows, levels };
  }

  draw({ view, window, inverted, width, height, dpr }) {
    const gl = this.#gl;
    if (!this.#source || gl.isContextLost()) return;
    const [wide, high] = [Math.round(width * dpr), Math.round(height * dpr)];
    if (this.#canvas.width !== wide || this.#canvas.height !== high) {
      this.#canvas.width = wide;
      this.#canvas.height = high;
    }
    gl.viewport(0, 0, wide, high);
    const source = this.#source;
    const stepPx = 1 / (view.scale * dpr);
    const level = levelFor(source, stepPx);
    const { low, range } = ramp(window);
    const at = this.#uniforms;
    gl.uniform1i(at.level, level);
    gl.uniform2i(at.last, source.levels[level].columns - 1, source.levels[level].rows - 1);
    gl.uniform2f(at.full, source.columns, source.rows);
    gl.uniform2f(at.shrink, ...shrinkOf(source, level));
    gl.uniform2f(at.origin, view.x * dpr, view.y * dpr);
    gl.uniform1f(at.step_px, stepPx);
    gl.uniform1f(at.height, high);
    gl.uniform2f(at.ramp, low, 1 / range);
    gl.uniform1f(at.inverted, inverted ? 1 : 0);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  dispose() {
    this.#canvas.removeEventListener('webglcontextlost', this.#lost);
    this.#canvas.removeEventListener('webglcontextrestored', this.#restored);
    this.#source = null;
    // Browsers allow about sixteen contexts a page and free them late.
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext();
  }
}

/**
 * For each of `count` screen pixels along one axis: the two texels around it and
 * the second one's weight of 256. Pixels before `first` and from `end` on lie
 * outside the film.
 */
function samples(count, offset, scale, full, size, shrink) {
  const found = {
    first: count, end: 0,
    from: new Int32Array(count), to: new Int32Array(count), weight: new Int32Array(count),
  };
  for (let i = 0; i < count; i += 1) {
    const at = (i + 0.5 - offset) / scale;
    if (at < 0 || at >= full) continue;
    found.first = Math.min(found.first, i);
    found.end = i + 1;
    const texel = at * shrink - 0.5;
    const whole = Math.floor(texel);
    found.from[i] = Math.min(Math.max(whole, 0), size - 1);
    found.to[i] = Math.min(whole + 1, size - 1);
    found.weight[i] = Math.floor((texel - whole) * 256);
  }
  return found;
}

class CanvasRenderer {
  #canvas;
  #context;
  #source = null;
  #picture = null;
  #table = null;
  #tableKey = '';

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  }

  setSource(source) {
    this.#source = source;
  }

  #greys(window, max, inverted) {
    const key = `${window.centre}/${window.width}/${max}/${inverted}`;
    if (key !== this.#tableKey) {
      const greys = greyTable(window, max, inverted);
      this.#table = new Uint32Array(greys.length);
      for (let i = 0; i < greys.length; i += 1) this.#table[i] = 0xff000000 | (greys[i] * 0x010101);
      this.#tableKey = key;
    }
    return this.#table;
  }

  /** The same four samples as the shader, mixed in whole numbers (weights of 256). */
  draw({ view, window, inverted, max, width, height }) {
    const source = this.#source;
    if (!source) return;
    const [wide, high] = [Math.round(width), Math.round(height)];
    if (this.#canvas.width !== wide || this.#canvas.height !== high || !this.#picture) {
      this.#canvas.width = wide;
      this.#canvas.height = high;
      this.#picture = this.#context.createImageData(wide, high);
    }
    const level = levelFor(source, 1 / view.scale);
    const { columns, rows, values } = source.levels[level];
    const [shrinkX, shrinkY] = shrinkOf(source, level);
    const across = samples(wide, view.x, view.scale, source.columns, columns, shrinkX);
    const down = samples(high, view.y, view.scale, source.rows, rows, shrinkY);
    const greys = this.#greys(window, max, inverted);
    const out = new Uint32Array(this.#picture.data.buffer);
    out.fill(0xff000000);
    for (let y = down.first; y < down.end; y += 1) {
      const upper = down.from[y] * columns;
      const lower = down.to[y] * columns;
      const weightY = down.weight[y];
      for (let x = across.first, i = y * wide + across.first; x < across.end; x += 1, i += 1) {
        const left = across.from[x];
        const right = across.to[x];
        const weightX = across.weight[x];
        const above = (values[upper + left] << 8) + (values[upper + right] - values[upper + left]) * weightX;
        const below = (values[lower + left] << 8) + (values[lower + right] - values[lower + left]) * weightX;
        const value = (above + (((below - above) * weightY) >> 8) + 128) >> 8;
        out[i] = greys[value];
      }
    }
    this.#context.putImageData(this.#picture, 0, 0);
  }

  dispose() {
    this.#source = null;
    this.#picture = null;
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{onRestored: () => void, kind?: 'canvas'|'gl'}} options without a kind WebGL is
 *   used where a graphics card does it: emulated on the processor it is slower than the table
 */
export function createRenderer(canvas, { onRestored, kind }) {
  const gl = kind === 'canvas' ? null : canvas.getContext('webgl2', {
    alpha: false, antialias: false, depth: false, powerPreference: 'high-performance',
    failIfMajorPerformanceCaveat: kind !== 'gl',
  });
  return gl ? new GlRenderer(canvas, gl, onRestored) : new CanvasRenderer(canvas);
}
