import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { openTypeOf } from './woff.ts';

/** The files that drawing needs: read once, when the first picture is asked for. */
export type PngFile = 'resvg.wasm' | 'inter-400.woff' | 'inter-600.woff';

/** Pixels of the picture for one of the drawing: chat services show it small, and on good screens. */
const SCALE = 1.5;

let ready: Promise<readonly Uint8Array[]> | undefined;

/** A drawing as PNG, for services that show no SVG. It loads nothing: no other picture and no font of the machine. */
export async function pngOf(svg: string, readFile: (name: PngFile) => Promise<Uint8Array>): Promise<Uint8Array> {
  ready ??= prepare(readFile);
  let fonts: readonly Uint8Array[];
  try {
    fonts = await ready;
  } catch (error) {
    // The next picture tries again.
    ready = undefined;
    throw error;
  }
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: SCALE },
    font: { fontBuffers: [...fonts], defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' },
  });
  try {
    const image = drawing.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  } finally {
    drawing.free();
  }
}

async function prepare(readFile: (name: PngFile) => Promise<Uint8Array>): Promise<readonly Uint8Array[]> {
  const [wasm, regular, strong] = await Promise.all([
    readFile('resvg.wasm'),
    readFile('inter-400.woff'),
    readFile('inter-600.woff'),
  ]);
  await initWasm(wasm).catch((error: unknown) => {
    // It is initialised once a process; a second attempt after a font could not be read finds it done.
    if (!(error instanceof Error && /already initialized/i.test(error.message))) throw error;
  });
  return [openTypeOf(regular), openTypeOf(strong)];
}
