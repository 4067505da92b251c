// masto: timelines, notifications, conversations, search, hashtags.
import { assert, check, eventually, ids, word } from '../check.mjs'
import { account, following, post, refuses } from './setup.mjs'

check('read the home timeline', async ({ ann, ben, cem }) => {
  await following(ben, ann, async () => {
    const [written, other] = [await post(ann, word()), await post(cem, word())]
    const home = await eventually(async () => {
      const page = await ben.api.v1.timelines.home.list({ limit: 40 })
      return ids(page).includes(written.id) && page
    })
    assert.ok(!ids(home).includes(other.id))
  })
})

check('read the public timeline', async ({ ann, ben }) => {
  const written = await post(ann, word())
  await post(ann, word(), { visibility: 'unlisted' })
  assert.deepEqual(ids(await ben.api.v1.timelines.public.list({ limit: 1, local: true })), [written.id])
})

check('read the posts of an account', async ({ ann, ben, cem }) => {
  const first = await post(cem, word())
  const reply = await post(cem, word(), { inReplyToId: (await post(ann, word())).id })
  const posts = account(ben, cem).statuses
  assert.deepEqual(ids(await posts.list({ limit: 2 })), [reply.id, first.id])
  assert.deepEqual(ids(await posts.list({ limit: 1, excludeReplies: true })), [first.id])
})

check('page through a timeline', async ({ ann, cem }) => {
  const written = []
  for (let count = 0; count < 5; count++) written.unshift((await post(cem, word())).id)
  const seen = []
  for await (const page of account(ann, cem).statuses.list({ limit: 2 })) {
    seen.push(...ids(page))
    if (seen.length > 5) break
  }
  assert.deepEqual(seen.slice(0, 5), written)
  const back = account(ann, cem).statuses.list({ limit: 2, maxId: written[1] }).setDirection('prev').values()
  assert.deepEqual(ids((await back.next()).value), written.slice(2, 4))
  assert.deepEqual(ids((await back.next()).value), written.slice(0, 2))
})

check('read what is newer', async ({ ann, cem }) => {
  const written = []
  for (let count = 0; count < 4; count++) written.push((await post(cem, word())).id)
  const posts = account(ann, cem).statuses
  assert.deepEqual(ids(await posts.list({ minId: written[0], limit: 2 })), [written[2], written[1]])
  assert.deepEqual(ids(await posts.list({ sinceId: written[0], limit: 2 })), [written[3], written[2]])
})

const told = async (person, post, type) =>
  await eventually(async () =>
    (await person.api.v1.notifications.list({ types: [type] })).find((one) => one.status?.id === post.id))

const favourited = async ({ ann, ben }) => {
  const written = await post(ann, word())
  await ben.api.v1.statuses.$select(written.id).favourite()
  return await told(ann, written, 'favourite')
}

check('read notifications', async ({ ann, ben }) => {
  const { status, account } = await favourited({ ann, ben })
  assert.equal(account.id, ben.me.id)
  const newest = await ann.api.v1.notifications.list({ limit: 1 })
  assert.equal(newest[0].status.id, status.id)
})

check('choose among notifications', async ({ ann, ben, cem }) => {
  const { status } = await favourited({ ann, ben })
  await told(ann, await post(cem, `@${ann.me.acct} ${word()}`, { inReplyToId: status.id }), 'mention')
  const types = async (wanted) => new Set((await ann.api.v1.notifications.list(wanted)).map((one) => one.type))
  assert.deepEqual(await types({ types: ['mention'] }), new Set(['mention']))
  assert.ok(!(await types({ excludeTypes: ['mention'] })).has('mention'))
})

check('read one notification', async ({ ann, ben }) => {
  const one = await favourited({ ann, ben })
  assert.equal((await ann.api.v1.notifications.$select(one.id).fetch()).status.id, one.status.id)
  await refuses(404, ben.api.v1.notifications.$select(one.id).fetch())
})

check('dismiss a notification', async ({ ann, ben }) => {
  const one = await favourited({ ann, ben })
  await ann.api.v1.notifications.$select(one.id).dismiss()
  assert.ok(!ids(await ann.api.v1.notifications.list()).includes(one.id))
})

check('clear notifications', async ({ ann, ben }) => {
  await favourited({ ann, ben })
  await ann.api.v1.notifications.clear()
  assert.deepEqual(await ann.api.v1.notifications.list(), [])
})

check('read grouped notifications', async ({ ann, ben }) => {
  const one = await favourited({ ann, ben })
  const found = await ann.api.v2.notifications.list({ types: ['favourite'] })
  const group = found.notificationGroups.find((each) => each.statusId === one.status.id)
  assert.equal(group.notificationsCount, 1)
  assert.deepEqual(group.sampleAccountIds, [ben.me.id])
  assert.ok(ids(found.accounts).includes(ben.me.id) && ids(found.statuses).includes(one.status.id))
})

check('keep the reading position', async ({ ann, ben }) => {
  const [first, second] = [await post(ann, word()), await post(ann, word())]
  await ben.api.v1.markers.create({ home: { lastReadId: first.id }, notifications: { lastReadId: second.id } })
  const kept = await ben.api.v1.markers.fetch({ timeline: ['home', 'notifications'] })
  assert.deepEqual([kept.home.lastReadId, kept.notifications.lastReadId], [first.id, second.id])
})

const conversation = async ({ ann, ben }) => {
  const written = await post(ann, `@${ben.me.acct} ${word()}`, { visibility: 'direct' })
  return await eventually(async () =>
    (await ben.api.v1.conversations.list()).find((one) => one.lastStatus?.id === written.id))
}

check('read conversations', async ({ ann, ben }) => {
  const one = await conversation({ ann, ben })
  assert.equal(one.unread, true)
  assert.deepEqual(ids(one.accounts), [ann.me.id])
})

check('mark a conversation as read', async ({ ann, ben }) => {
  const one = await conversation({ ann, ben })
  assert.equal((await ben.api.v1.conversations.$select(one.id).read()).unread, false)
})

check('delete a conversation', async ({ ann, ben }) => {
  const one = await conversation({ ann, ben })
  await ben.api.v1.conversations.$select(one.id).remove()
  assert.ok(!ids(await ben.api.v1.conversations.list()).includes(one.id))
})

check('search for people', async ({ ann, ben }) => {
  const found = await ann.api.v2.search.list({ q: ben.me.username, type: 'accounts', resolve: true })
  assert.equal(found.accounts[0].id, ben.me.id)
  assert.deepEqual([found.statuses, found.hashtags], [[], []])
})

check('search for posts', async ({ ann }) => {
  const text = word()
  const written = await post(ann, `something with ${text} in it`)
  const search = async () => (await ann.api.v2.search.list({ q: text, type: 'statuses' })).statuses
  assert.deepEqual(ids(await eventually(async () => (await search()).length > 0 && (await search()))), [written.id])
})

check('search for hashtags', async ({ ann, ben }) => {
  const tag = word('t')
  await post(ann, `#${tag}`)
  const found = await eventually(async () => {
    const { hashtags } = await ben.api.v2.search.list({ q: tag, type: 'hashtags' })
    return hashtags.length > 0 && hashtags
  })
  assert.equal(found[0].name, tag)
})

check('read a hashtag', async ({ ann, ben }) => {
  const tag = word('t')
  await post(ann, `#${tag}`)
  const found = await ben.api.v1.tags.$select(tag).fetch()
  assert.deepEqual([found.name, found.following], [tag, false])
})

check('follow a hashtag', async ({ ben }) => {
  const tag = word('t')
  assert.equal((await ben.api.v1.tags.$select(tag).follow()).following, true)
  const names = async () => (await ben.api.v1.followedTags.list()).map((each) => each.name)
  assert.ok((await names()).includes(tag))
  assert.equal((await ben.api.v1.tags.$select(tag).unfollow()).following, false)
  assert.ok(!(await names()).includes(tag))
})

check('read the timeline of a hashtag', async ({ ann, ben }) => {
  const tag = word('t')
  const written = await post(ann, `#${tag}`)
  await post(ann, tag)
  assert.deepEqual(ids(await ben.api.v1.timelines.tag.$select(tag).list()), [written.id])
})

check('read trends', async ({ ann }) => {
  for (const kind of ['statuses', 'tags', 'links']) assert.ok(Array.isArray(await ann.api.v1.trends[kind].list()))
})

check('read suggestions', async ({ ann }) => {
  const found = await ann.api.v2.suggestions.list()
  assert.ok(!found.some((each) => each.account.id === ann.me.id))
})

check('read announcements', async ({ ann }) => {
  assert.deepEqual(await ann.api.v1.announcements.list(), [])
})
