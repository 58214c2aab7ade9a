import { UNITS } from '../../boot/boot-plan.ts';
import { COUNTERS_UNIT } from '../../boot/counters-service.ts';
import { ROUTING_UNIT } from '../../boot/guard-unit.ts';
import type { Context } from '../context.ts';
import { orReport } from '../or-report.ts';

/**
 * systemd keeps an active unit, and its private temporary directories, after its file is gone. Call this after the
 * daemon-reload: without its file, a unit stops without running anything.
 */
export async function endServices(removed: readonly string[], ctx: Context): Promise<void> {
  const { boot } = ctx.host;
  for (const unit of ['portfwd.service', ROUTING_UNIT, COUNTERS_UNIT])
    if (removed.includes(`${UNITS}/${unit}`) && (await boot.isActive(unit)))
      await orReport(async () => boot.systemctl('stop', unit), ctx);
}
