// Where the page of a node is: at its admin port, or, with CONSOLE_DEV=1, at a proxy that builds it of the sources.
import { fileURLToPath } from 'node:url';
import { startProgram } from '../../peers/node_fixture.mjs';

/** @returns {Promise<string>} its address */
export async function startPage(t, node) {
  if (!process.env.CONSOLE_DEV) return `${node.admin}/`;
  const script = process.env.CONSOLE_DEV_SCRIPT ?? fileURLToPath(new URL('../../../web/console/scripts/dev.mjs', import.meta.url));
  const { match } = await startProgram(t, process.execPath, [script, node.admin, '0', node.data], /^(http:\S+) shows/);
  return `${match[1]}/`;
}
