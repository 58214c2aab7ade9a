import { parseDocument } from './yaml.ts';
import { modelFrom, type ParsedModel } from './model.ts';

/** Parses the bytes of a model file into a model and findings. */
export const parseModel = (bytes: Uint8Array): ParsedModel => modelFrom(parseDocument(bytes));
