import { parseDocument } from './document.ts';
import { modelFrom, type ParsedModel } from './model-from-document.ts';

/** Reads a model file: its bytes in, the model and all that is wrong with it out. */
export const parseModel = (bytes: Uint8Array): ParsedModel => modelFrom(parseDocument(bytes));
