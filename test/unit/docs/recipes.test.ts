import { expect, test } from 'vitest';
import { check } from '../../../src/check/check.ts';
import { isError } from '../../../src/finding/finding.ts';
import { parseText } from '../../support/model.ts';
import { recipeBlocks } from '../../support/recipes.ts';

const MODELS = recipeBlocks().filter(({ language }) => language === 'yaml');

test.each(MODELS)('the model under "$heading" has no errors', ({ text }) => {
  const { model, findings } = parseText(text);
  expect(findings).toEqual([]);
  expect(model === undefined ? [] : check(model).filter(isError)).toEqual([]);
});
