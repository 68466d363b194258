// Answers simulations of @cloud-copilot/iam-simulate, a JSON line each. The package is under the AGPL: it runs in a process
// of its own, for tests only, and no part of it is in this repository.

import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

async function answer(simulation) {
  const response = await runSimulation(simulation, {})
  if (response.resultType !== 'single') {
    return { error: response.errors?.message ?? response.resultType }
  }
  return { decision: response.overallResult, ignored: response.result.ignoredContextKeys }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n')
}
