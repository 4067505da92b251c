// How a client written in JavaScript states what it can do, and helpers of its checks.
import { strict as assert } from 'node:assert'
import { randomBytes } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'

export const checks = new Map()
export const PATIENCE = 8000
export const ELSEWHERE = 'http://127.0.0.1:9/came-back'
export const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob'

// Registers the check of a capability; the name is one of capabilities.py. It gets the people: `ann` writes, `ben`
// reads, `cem` is somebody else. Nobody follows anybody, before it and after it.
export const check = (name, run) => checks.set(name, run)

// A word that nobody has written yet.
export const word = (start = 'w') => start + randomBytes(5).toString('hex')

export const ids = (items) => items.map((item) => item.id)

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

// What `look` gives once that is true; for what a site may do after it has answered.
export async function eventually(look) {
  const deadline = Date.now() + PATIENCE
  let seen = await look()
  while (!seen && Date.now() < deadline) {
    await pause(50)
    seen = await look()
  }
  assert.ok(seen, `not within ${PATIENCE} milliseconds`)
  return seen
}

// Runs `during` between the two, and the last even where it fails.
export async function between(before, during, after) {
  const made = await before()
  try {
    return await during(made)
  } finally {
    await after(made)
  }
}

export const inMinutes = (minutes) =>
  new Date(Math.floor(Date.now() / 1000) * 1000 + minutes * 60_000).toISOString()

// A PNG of 16 by 16 pixels, of one random colour.
export function picture() {
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const head = Buffer.from([0, 0, 0, 16, 0, 0, 0, 16, 8, 2, 0, 0, 0])
  const colour = randomBytes(3)
  const row = Buffer.concat([Buffer.alloc(1), ...Array(16).fill(colour)])
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.concat(Array(16).fill(row)))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

// The events of a stream, in order.
export class Heard {
  #events = []

  hear(name, data) {
    this.#events.push([name, data])
  }

  // The payload of the next event of this name, or undefined if there is none in time.
  async next(name, milliseconds = PATIENCE) {
    const deadline = Date.now() + milliseconds
    for (;;) {
      while (this.#events.length > 0) {
        const [heard, data] = this.#events.shift()
        if (heard === name) return data
      }
      if (Date.now() > deadline) return undefined
      await pause(20)
    }
  }

  // The payload of the event that `act` causes, which gives an id each time. The site says nowhere when a
  // subscription has begun, so the first may come too early to be heard.
  async answer(act, name) {
    const made = []
    for (let tries = 0; tries < 4; tries++) {
      made.push(await act())
      const heard = await this.next(name, 2000)
      if (heard !== undefined) return [heard, made]
    }
    assert.fail(`no ${name} was heard`)
  }
}

export { assert }
