// What the checks of megalodon share.
import { assert, between } from '../check.mjs'

// What is not allowed may as well not be there: servers differ, and no client minds.
export const FORBIDDEN = [403, 404]

export const refuses = async (status, asked) =>
  await assert.rejects(async () => await asked, (problem) => [status].flat().includes(problem.response?.status))

export const post = async (person, text, options = {}) => (await person.api.postStatus(text, options)).data

export const read = async (person, id) => (await person.api.getStatus(id)).data

// `reader` follows `author` during this.
export const following = (reader, author, during) =>
  between(
    () => reader.api.followAccount(author.me.id),
    during,
    () => reader.api.unfollowAccount(author.me.id),
  )

export const relationship = async (person, other) => (await person.api.getRelationship(other.me.id)).data
