import { check } from '../check/check.ts';
import { isError, type Finding } from '../finding/finding.ts';
import type { HostFacts } from '../model/host-facts.ts';
import type { Model } from '../model/model.ts';
import { parseModel } from '../model/parse.ts';
import type { Locate } from '../model/position.ts';
import { findingJson, formatFinding } from './format-finding.ts';
import type { World } from './world.ts';

export interface LoadedModel {
  readonly file: string;
  /** Only when nothing in it is an error. */
  readonly model?: Model;
  readonly forwards: number;
  readonly findings: readonly Finding[];
  readonly locate: Locate;
}

/** Reads, parses and checks; prints nothing. Throws a Failure when the file can't be read. */
export function loadModel(file: string, facts: HostFacts | undefined, { host }: World): LoadedModel {
  const { model, findings: parsed, locate } = parseModel(host.readConfigFile(file));
  const findings = [...parsed, ...(model === undefined ? [] : check(model, facts))];
  const sound = model !== undefined && !findings.some(isError);
  return { file, forwards: model?.forwards.length ?? 0, findings, locate, ...(sound ? { model } : {}) };
}

/** Findings go to stderr: a line for each, or one JSON document. */
export function reportFindings(
  { file, findings, locate }: Pick<LoadedModel, 'file' | 'findings' | 'locate'>,
  json: boolean,
  { err }: World,
): void {
  if (findings.length === 0) return;
  if (json) err(`${JSON.stringify({ findings: findings.map((finding) => findingJson(finding, file, locate)) })}\n`);
  else for (const finding of findings) err(`${formatFinding(finding, file, locate)}\n`);
}
