// What the checks of masto share.
import { assert, between } from '../check.mjs'

// What is not allowed may as well not be there: servers differ, and no client minds.
export const FORBIDDEN = [403, 404]

export const refuses = async (status, asked) =>
  await assert.rejects(async () => await asked, (problem) => [status].flat().includes(problem.statusCode))

export const post = async (person, status, more = {}) =>
  await person.api.v1.statuses.create({ status, ...more })

export const read = async (person, id) => await person.api.v1.statuses.$select(id).fetch()

export const account = (person, other) => person.api.v1.accounts.$select(other.me.id)

// `reader` follows `author` during this.
export const following = (reader, author, during) =>
  between(
    () => account(reader, author).follow(),
    during,
    () => account(reader, author).unfollow(),
  )

export const relationship = async (person, other) =>
  (await person.api.v1.accounts.relationships.fetch({ id: [other.me.id] }))[0]
