// megalodon: writing, and what is done with a post.
import { createReadStream, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { assert, check, ids, inMinutes, picture, word } from '../check.mjs'
import { FORBIDDEN, following, post, read, refuses } from './setup.mjs'

check('write a post', async ({ ann, ben }) => {
  const text = word()
  const written = await post(ann, `${text} & <b>more</b>`, { language: 'en' })
  const seen = await read(ben, written.id)
  assert.equal(seen.content, `<p>${text} &amp; &lt;b&gt;more&lt;/b&gt;</p>`)
  assert.deepEqual([seen.visibility, seen.language, seen.account.id], ['public', 'en', ann.me.id])
})

check('write behind a warning', async ({ ann, ben }) => {
  const written = await post(ann, word(), { spoiler_text: 'Wasps', sensitive: true })
  const seen = await read(ben, written.id)
  assert.deepEqual([seen.spoiler_text, seen.sensitive], ['Wasps', true])
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
  const second = await post(ben, word(), { in_reply_to_id: first.id })
  const third = await post(ann, word(), { in_reply_to_id: second.id })
  const thread = (await cem.api.getStatusContext(second.id)).data
  assert.deepEqual([ids(thread.ancestors), ids(thread.descendants)], [[first.id], [third.id]])
})

check('delete a post', async ({ ann, ben }) => {
  const text = word()
  const written = await post(ann, text)
  await refuses(FORBIDDEN, ben.api.deleteStatus(written.id))
  await ann.api.deleteStatus(written.id)
  await refuses(404, read(ann, written.id))
})

check('boost and take it back', async ({ ann, ben, cem }) => {
  const written = await post(ann, word())
  const boost = (await ben.api.reblogStatus(written.id)).data
  assert.equal(boost.reblog.id, written.id)
  assert.equal((await read(cem, written.id)).reblogs_count, 1)
  assert.equal((await ben.api.unreblogStatus(written.id)).data.reblogged, false)
})

check('favourite and take it back', async ({ ann, ben, cem }) => {
  const written = await post(ann, word())
  assert.equal((await ben.api.favouriteStatus(written.id)).data.favourited, true)
  assert.equal((await read(cem, written.id)).favourites_count, 1)
  assert.equal((await ben.api.unfavouriteStatus(written.id)).data.favourited, false)
})

function file() {
  const path = join(mkdtempSync(join(tmpdir(), 'client-')), 'colour.png')
  writeFileSync(path, picture())
  return createReadStream(path)
}

check('attach a picture', async ({ ann, ben }) => {
  const media = (await ann.api.uploadMedia(file(), { description: 'A colour', focus: '0.5,-0.5' })).data
  const written = await post(ann, word(), { media_ids: [media.id] })
  const [attached] = (await read(ben, written.id)).media_attachments
  assert.deepEqual([attached.id, attached.type, attached.description], [media.id, 'image', 'A colour'])
  assert.equal((await fetch(attached.url)).status, 200)
})

check('describe a picture', async ({ ann }) => {
  const media = (await ann.api.uploadMedia(file())).data
  assert.equal((await ann.api.updateMedia(media.id, { description: 'Grey' })).data.description, 'Grey')
  assert.equal((await ann.api.getMedia(media.id)).data.description, 'Grey')
})

check('edit a post', async ({ ann, ben }) => {
  const written = await post(ann, word())
  const status = word()
  await ann.api.editStatus(written.id, { status })
  const seen = await read(ben, written.id)
  assert.ok(seen.content.includes(status) && seen.edited_at)
})

check('read the source of a post', async ({ ann }) => {
  const text = `${word()} <&>`
  const written = await post(ann, text)
  assert.equal((await ann.api.getStatusSource(written.id)).data.text, text)
})

check('hold a poll', async ({ ann, ben, cem }) => {
  const poll = { options: ['yes', 'no'], expires_in: 3600, multiple: false }
  const written = await post(ann, word(), { poll })
  const asked = (await read(ben, written.id)).poll
  assert.deepEqual(asked.options.map((option) => option.title), ['yes', 'no'])
  assert.deepEqual((await ben.api.votePoll(asked.id, [1])).data.own_votes, [1])
  const counted = (await cem.api.getPoll(asked.id)).data
  assert.deepEqual(counted.options.map((option) => option.votes_count), [0, 1])
})

check('mute a thread', async ({ ann }) => {
  const written = await post(ann, word())
  assert.equal((await ann.api.muteStatus(written.id)).data.muted, true)
  assert.equal((await ann.api.unmuteStatus(written.id)).data.muted, false)
})

check('bookmark and take it back', async ({ ann, ben }) => {
  const written = await post(ann, word())
  assert.equal((await ben.api.bookmarkStatus(written.id)).data.bookmarked, true)
  assert.deepEqual(ids((await ben.api.getBookmarks({ limit: 1 })).data), [written.id])
  assert.equal((await ben.api.unbookmarkStatus(written.id)).data.bookmarked, false)
})

check('list favourites', async ({ ann, ben }) => {
  const written = await post(ann, word())
  await ben.api.favouriteStatus(written.id)
  assert.deepEqual(ids((await ben.api.getFavourites({ limit: 1 })).data), [written.id])
})

check('pin and unpin', async ({ ann, ben }) => {
  const written = await post(ann, word())
  const pinned = async () => ids((await ben.api.getAccountStatuses(ann.me.id, { pinned: true })).data)
  assert.equal((await ann.api.pinStatus(written.id)).data.pinned, true)
  assert.deepEqual(await pinned(), [written.id])
  await ann.api.unpinStatus(written.id)
  assert.deepEqual(await pinned(), [])
})

check('list who boosted', async ({ ann, ben }) => {
  const written = await post(ann, word())
  await ben.api.reblogStatus(written.id)
  assert.deepEqual(ids((await ann.api.getStatusRebloggedBy(written.id)).data), [ben.me.id])
})

check('list who favourited', async ({ ann, ben, cem }) => {
  const written = await post(ann, word())
  await ben.api.favouriteStatus(written.id)
  assert.deepEqual(ids((await cem.api.getStatusFavouritedBy(written.id)).data), [ben.me.id])
})

check('schedule a post', async ({ ann, ben }) => {
  const [text, scheduled_at] = [word(), inMinutes(30)]
  const scheduled = await post(ann, text, { scheduled_at })
  assert.deepEqual([scheduled.scheduled_at, scheduled.params.text], [scheduled_at, text])
  assert.ok(ids((await ann.api.getScheduledStatuses()).data).includes(scheduled.id))
  assert.deepEqual((await ben.api.getScheduledStatuses()).data, [])
  await ann.api.cancelScheduledStatus(scheduled.id)
})

check('change a scheduled post', async ({ ann }) => {
  const scheduled = await post(ann, word(), { scheduled_at: inMinutes(30) })
  const later = inMinutes(60)
  assert.equal((await ann.api.scheduleStatus(scheduled.id, later)).data.scheduled_at, later)
  await ann.api.cancelScheduledStatus(scheduled.id)
  await refuses(404, ann.api.getScheduledStatus(scheduled.id))
})
