// Runs all checks of one client against a site, and prints a line of JSON for each. Arguments: the client's name,
// the site's address, and the usernames of three people who have signed up.
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'

import { checks } from './check.mjs'

const [client, url, ...usernames] = process.argv.slice(2)
const MILLISECONDS = 20_000

// What the clients print themselves must not stand among the results.
console.log = console.info = console.warn = console.debug = console.error
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

// What a person at a browser does; gives what came back to the app.
async function consent(address, username) {
  say({ consent: address, username })
  const answer = JSON.parse((await lines.next()).value)
  if (answer.problem) throw new Error(answer.problem)
  return answer
}

// What went wrong, where, and which answer to which request it was about.
function explain(problem) {
  const { config, response } = problem
  const about = config && `${config.method} ${config.url} ${response?.status} ${JSON.stringify(response?.data)}`
  const masto = problem.statusCode && `${problem.cause?.url} ${problem.statusCode}`
  const cause = problem.cause instanceof Error && `because of ${problem.cause}`
  return [problem?.stack ?? problem, cause, about, masto].filter(Boolean).join('\n')
}

for (const file of readdirSync(new URL(`./${client}/`, import.meta.url)).sort()) {
  await import(`./${client}/${file}`)
}
const { logIn } = await import(`./${client}/logging_in.mjs`)
const people = { url, consent }
// From here on, what a client throws outside of its calls must not end the others' checks.
process.on('uncaughtException', (problem) => console.error('uncaught', problem))
process.on('unhandledRejection', (problem) => console.error('unhandled', problem))
let stranded = ''
try {
  for (const username of usernames) {
    people[username.slice(0, 3)] = await logIn(url, username, consent)
  }
} catch (problem) {
  stranded = `nobody could log in: ${explain(problem)}`
}
for (const [name, run] of checks) {
  let problem = stranded
  if (!problem) {
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not within ${MILLISECONDS} milliseconds`)), MILLISECONDS)
    })
    try {
      await Promise.race([run(people), late])
    } catch (raised) {
      problem = explain(raised)
    } finally {
      clearTimeout(timer)
    }
  }
  say({ check: name, problem })
}
process.exit(0)
