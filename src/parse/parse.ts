import { parseDocument } from './yaml.ts';
import { modelFrom, type ParsedModel } from './model.ts';

/** Reads a model file: its bytes in, the model and all that is wrong with it out. */
export const parseModel = (bytes: Uint8Array): ParsedModel => modelFrom(parseDocument(bytes));
