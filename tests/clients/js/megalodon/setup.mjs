// What the checks of megalodon share.
import { assert, between } from '../check.mjs'

export const refuses = async (status, asked) =>
  await assert.rejects(async () => await asked, (problem) => problem.response?.status === status)

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
