// masto: writing, and what is done with a post.
import { assert, check, eventually, ids, inMinutes, picture, word } from '../check.mjs'
import { FORBIDDEN, following, post, read, refuses } from './setup.mjs'

const select = (person, id) => person.api.v1.statuses.$select(id)

check('write a post', async ({ ann, ben }) => {
  const text = word()
  const written = await post(ann, `${text} & <b>more</b>`, { language: 'en' })
  const seen = await read(ben, written.id)
  assert.equal(seen.content, `<p>${text} &amp; &lt;b&gt;more&lt;/b&gt;</p>`)
  assert.equal(seen.visibility, 'public')
  assert.equal(seen.language, 'en')
  assert.equal(seen.account.id, ann.me.id)
  assert.match(seen.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

check('write a post only once', async ({ ann }) => {
  const status = word()
  const once = { requestInit: { headers: { 'Idempotency-Key': word() } } }
  const first = await ann.api.v1.statuses.create({ status }, once)
  assert.equal((await ann.api.v1.statuses.create({ status }, once)).id, first.id)
})

check('write behind a warning', async ({ ann, ben }) => {
  const written = await post(ann, word(), { spoilerText: 'Wasps', sensitive: true })
  const seen = await read(ben, written.id)
  assert.equal(seen.spoilerText, 'Wasps')
  assert.equal(seen.sensitive, true)
})

check('write for followers only', async ({ ann, ben, cem }) => {
  await following(ben, ann, async () => {
    const written = await post(ann, word(), { visibility: 'private' })
    assert.equal((await read(ben, written.id)).visibility, 'private')
    await refuses(404, read(cem, written.id))
  })
})

check('write to one person', async ({ ann, ben, cem }) => {
  const written = await post(ann, `@${ben.me.acct} ${word()}`, { visibility: 'direct' })
  assert.equal((await read(ben, written.id)).visibility, 'direct')
  await refuses(404, read(cem, written.id))
})

check('mention somebody', async ({ ann, ben }) => {
  const written = await post(ann, `Hello @${ben.me.acct}!`)
  assert.deepEqual(ids(written.mentions), [ben.me.id])
})

check('reply and read the thread', async ({ ann, ben, cem }) => {
  const first = await post(ann, word())
  const second = await post(ben, word(), { inReplyToId: first.id })
  const third = await post(ann, word(), { inReplyToId: second.id })
  assert.equal(second.inReplyToAccountId, ann.me.id)
  const thread = await select(cem, second.id).context.fetch()
  assert.deepEqual(ids(thread.ancestors), [first.id])
  assert.deepEqual(ids(thread.descendants), [third.id])
})

check('delete a post', async ({ ann, ben }) => {
  const text = word()
  const written = await post(ann, text)
  await refuses(FORBIDDEN, select(ben, written.id).remove())
  assert.equal((await select(ann, written.id).remove()).text, text)
  await refuses(404, read(ann, written.id))
})

check('boost and take it back', async ({ ann, ben, cem }) => {
  const written = await post(ann, word())
  const boost = await select(ben, written.id).reblog()
  assert.equal(boost.reblog.id, written.id)
  assert.notEqual(boost.id, written.id)
  assert.equal((await read(cem, written.id)).reblogsCount, 1)
  assert.equal((await select(ben, written.id).unreblog()).reblogged, false)
  assert.equal((await read(cem, written.id)).reblogsCount, 0)
})

check('favourite and take it back', async ({ ann, ben, cem }) => {
  const written = await post(ann, word())
  assert.equal((await select(ben, written.id).favourite()).favourited, true)
  assert.equal((await read(cem, written.id)).favouritesCount, 1)
  assert.equal((await select(ben, written.id).unfavourite()).favourited, false)
})

check('attach a picture', async ({ ann, ben }) => {
  const file = new File([picture()], 'colour.png', { type: 'image/png' })
  const media = await ann.api.v2.media.create({ file, description: 'A colour', focus: '0.5,-0.5' })
  assert.ok(media.url && media.previewUrl && media.blurhash)
  const written = await post(ann, word(), { mediaIds: [media.id] })
  const [attached] = (await read(ben, written.id)).mediaAttachments
  assert.deepEqual([attached.id, attached.type, attached.description], [media.id, 'image', 'A colour'])
  assert.equal(attached.meta.focus.x, 0.5)
  assert.equal((await fetch(attached.url)).status, 200)
})

check('describe a picture', async ({ ann }) => {
  const file = new File([picture()], 'colour.png', { type: 'image/png' })
  const media = await ann.api.v2.media.create({ file, skipPolling: true })
  await ann.api.v1.media.$select(media.id).update({ description: 'Grey' })
  assert.equal((await ann.api.v1.media.$select(media.id).fetch()).description, 'Grey')
})

check('edit a post', async ({ ann, ben }) => {
  const written = await post(ann, word(), { spoilerText: 'Before' })
  const status = word()
  await select(ann, written.id).update({ status, spoilerText: 'After' })
  const seen = await read(ben, written.id)
  assert.ok(seen.content.includes(status) && seen.spoilerText === 'After' && seen.editedAt)
})

check('read the history of a post', async ({ ann, ben }) => {
  const [before, after] = [word(), word()]
  const written = await post(ann, before)
  await select(ann, written.id).update({ status: after })
  const [first, second] = await select(ben, written.id).history.list()
  assert.ok(first.content.includes(before) && second.content.includes(after))
})

check('read the source of a post', async ({ ann }) => {
  const text = `${word()} <&>\n\nmore`
  const written = await post(ann, text)
  assert.equal((await select(ann, written.id).source.fetch()).text, text)
})

check('hold a poll', async ({ ann, ben, cem }) => {
  const poll = { options: ['yes', 'no', 'why'], expiresIn: 3600, multiple: true }
  const written = await post(ann, word(), { poll })
  const asked = (await read(ben, written.id)).poll
  assert.deepEqual(asked.options.map((option) => option.title), ['yes', 'no', 'why'])
  assert.equal(asked.voted, false)
  const voted = await ben.api.v1.polls.$select(asked.id).votes.create({ choices: [0, 2] })
  assert.deepEqual(voted.ownVotes.sort(), [0, 2])
  const counted = await cem.api.v1.polls.$select(asked.id).fetch()
  assert.deepEqual(counted.options.map((option) => option.votesCount), [1, 0, 1])
})

check('mute a thread', async ({ ann }) => {
  const written = await post(ann, word())
  assert.equal((await select(ann, written.id).mute()).muted, true)
  assert.equal((await select(ann, written.id).unmute()).muted, false)
})

check('bookmark and take it back', async ({ ann, ben }) => {
  const written = await post(ann, word())
  assert.equal((await select(ben, written.id).bookmark()).bookmarked, true)
  assert.deepEqual(ids(await ben.api.v1.bookmarks.list({ limit: 1 })), [written.id])
  assert.equal((await select(ben, written.id).unbookmark()).bookmarked, false)
})

check('list favourites', async ({ ann, ben }) => {
  const [first, second] = [await post(ann, word()), await post(ann, word())]
  await select(ben, second.id).favourite()
  await select(ben, first.id).favourite()
  const pages = ben.api.v1.favourites.list({ limit: 1 }).values()
  assert.deepEqual(ids((await pages.next()).value), [first.id])
  assert.deepEqual(ids((await pages.next()).value), [second.id])
})

check('pin and unpin', async ({ ann, ben }) => {
  const written = await post(ann, word())
  const pinned = () => ben.api.v1.accounts.$select(ann.me.id).statuses.list({ pinned: true })
  assert.equal((await select(ann, written.id).pin()).pinned, true)
  assert.deepEqual(ids(await pinned()), [written.id])
  assert.equal((await select(ann, written.id).unpin()).pinned, false)
  assert.deepEqual(await pinned(), [])
})

check('list who boosted', async ({ ann, ben }) => {
  const written = await post(ann, word())
  await select(ben, written.id).reblog()
  assert.deepEqual(ids(await select(ann, written.id).rebloggedBy.list()), [ben.me.id])
})

check('list who favourited', async ({ ann, ben, cem }) => {
  const written = await post(ann, word())
  await select(ben, written.id).favourite()
  assert.deepEqual(ids(await select(cem, written.id).favouritedBy.list()), [ben.me.id])
})

check('schedule a post', async ({ ann, ben }) => {
  const [status, scheduledAt] = [word(), inMinutes(30)]
  const scheduled = await post(ann, status, { scheduledAt })
  assert.equal(scheduled.scheduledAt, scheduledAt)
  assert.equal(scheduled.params.text, status)
  assert.ok(ids(await ann.api.v1.scheduledStatuses.list()).includes(scheduled.id))
  assert.deepEqual(await ben.api.v1.scheduledStatuses.list(), [])
  await ann.api.v1.scheduledStatuses.$select(scheduled.id).remove()
})

check('change a scheduled post', async ({ ann }) => {
  const scheduled = await post(ann, word(), { scheduledAt: inMinutes(30) })
  const one = ann.api.v1.scheduledStatuses.$select(scheduled.id)
  const later = inMinutes(60)
  assert.equal((await one.update({ scheduledAt: later })).scheduledAt, later)
  assert.equal((await one.fetch()).id, scheduled.id)
  await one.remove()
  await refuses(404, one.fetch())
})

check('filter posts', async ({ ann, ben }) => {
  const text = word()
  const filter = await ben.api.v2.filters.create({
    title: word(), context: ['home'], filterAction: 'warn', keywordsAttributes: [{ keyword: text, wholeWord: true }],
  })
  try {
    await following(ben, ann, async () => {
      const written = await post(ann, `mind ${text} here`)
      const seen = await eventually(async () =>
        (await ben.api.v1.timelines.home.list()).find((one) => one.id === written.id))
      assert.equal(seen.filtered[0].filter.id, filter.id)
    })
  } finally {
    await ben.api.v2.filters.$select(filter.id).remove()
  }
})
