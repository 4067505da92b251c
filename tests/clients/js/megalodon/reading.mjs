// megalodon: timelines, notifications, conversations, search, hashtags.
import { NotificationType } from 'megalodon'

import { assert, check, eventually, ids, word } from '../check.mjs'
import { following, post, refuses } from './setup.mjs'

check('read the home timeline', async ({ ann, ben, cem }) => {
  await following(ben, ann, async () => {
    const [written, other] = [await post(ann, word()), await post(cem, word())]
    const home = await eventually(async () => {
      const page = ids((await ben.api.getHomeTimeline({ limit: 40 })).data)
      return page.includes(written.id) && page
    })
    assert.ok(!home.includes(other.id))
  })
})

check('read the public timeline', async ({ ann, ben }) => {
  const written = await post(ann, word())
  await post(ann, word(), { visibility: 'unlisted' })
  assert.deepEqual(ids((await ben.api.getLocalTimeline({ limit: 1 })).data), [written.id])
  assert.deepEqual(ids((await ben.api.getPublicTimeline({ limit: 1 })).data), [written.id])
})

check('read the posts of an account', async ({ ann, ben, cem }) => {
  const first = await post(cem, word())
  const reply = await post(cem, word(), { in_reply_to_id: (await post(ann, word())).id })
  const posts = async (options) => ids((await ben.api.getAccountStatuses(cem.me.id, options)).data)
  assert.deepEqual(await posts({ limit: 2 }), [reply.id, first.id])
  assert.deepEqual(await posts({ limit: 1, exclude_replies: true }), [first.id])
})

check('read what is newer', async ({ ann, cem }) => {
  const written = []
  for (let count = 0; count < 4; count++) written.push((await post(cem, word())).id)
  const posts = async (options) => ids((await ann.api.getAccountStatuses(cem.me.id, options)).data)
  assert.deepEqual(await posts({ min_id: written[0], limit: 2 }), [written[2], written[1]])
  assert.deepEqual(await posts({ since_id: written[0], limit: 2 }), [written[3], written[2]])
})

const told = async (person, post, type) =>
  await eventually(async () =>
    (await person.api.getNotifications()).data.find((one) => one.type === type && one.status?.id === post.id))

const favourited = async ({ ann, ben }) => {
  const written = await post(ann, word())
  await ben.api.favouriteStatus(written.id)
  return await told(ann, written, NotificationType.Favourite)
}

check('read notifications', async ({ ann, ben }) => {
  assert.equal((await favourited({ ann, ben })).account.id, ben.me.id)
})

check('choose among notifications', async ({ ann, ben, cem }) => {
  const { status } = await favourited({ ann, ben })
  await told(ann, await post(cem, `@${ann.me.acct} hi`, { in_reply_to_id: status.id }), NotificationType.Mention)
  const others = (await ann.api.getNotifications({ exclude_types: [NotificationType.Mention] })).data
  assert.ok(others.length > 0 && !others.some((one) => one.type === NotificationType.Mention))
})

check('read one notification', async ({ ann, ben }) => {
  const one = await favourited({ ann, ben })
  assert.equal((await ann.api.getNotification(one.id)).data.status.id, one.status.id)
  await refuses(404, ben.api.getNotification(one.id))
})

check('dismiss a notification', async ({ ann, ben }) => {
  const one = await favourited({ ann, ben })
  await ann.api.dismissNotification(one.id)
  assert.ok(!ids((await ann.api.getNotifications()).data).includes(one.id))
})

check('clear notifications', async ({ ann, ben }) => {
  await favourited({ ann, ben })
  await ann.api.dismissNotifications()
  assert.deepEqual((await ann.api.getNotifications()).data, [])
})

check('keep the reading position', async ({ ann, ben }) => {
  const [first, second] = [await post(ann, word()), await post(ann, word())]
  await ben.api.saveMarkers({ home: { last_read_id: first.id }, notifications: { last_read_id: second.id } })
  const kept = (await ben.api.getMarkers(['home', 'notifications'])).data
  assert.deepEqual([kept.home.last_read_id, kept.notifications.last_read_id], [first.id, second.id])
})

const conversation = async ({ ann, ben }) => {
  const written = await post(ann, `@${ben.me.acct} ${word()}`, { visibility: 'direct' })
  return await eventually(async () =>
    (await ben.api.getConversationTimeline()).data.find((one) => one.last_status?.id === written.id))
}

check('read conversations', async ({ ann, ben }) => {
  const one = await conversation({ ann, ben })
  assert.deepEqual([one.unread, ids(one.accounts)], [true, [ann.me.id]])
})

check('mark a conversation as read', async ({ ann, ben }) => {
  const one = await conversation({ ann, ben })
  assert.equal((await ben.api.readConversation(one.id)).data.unread, false)
})

check('delete a conversation', async ({ ann, ben }) => {
  const one = await conversation({ ann, ben })
  await ben.api.deleteConversation(one.id)
  assert.ok(!ids((await ben.api.getConversationTimeline()).data).includes(one.id))
})

check('search for people', async ({ ann, ben }) => {
  const found = (await ann.api.search(ben.me.username, { type: 'accounts', resolve: true })).data
  assert.equal(found.accounts[0].id, ben.me.id)
})

const found = async (person, q, type) =>
  await eventually(async () => {
    const results = (await person.api.search(q, { type })).data[type]
    return results.length > 0 && results
  })

check('search for posts', async ({ ann }) => {
  const text = word()
  const written = await post(ann, `something with ${text} in it`)
  assert.deepEqual(ids(await found(ann, text, 'statuses')), [written.id])
})

check('search for hashtags', async ({ ann, ben }) => {
  const tag = word('t')
  await post(ann, `#${tag}`)
  assert.equal((await found(ben, tag, 'hashtags'))[0].name, tag)
})

check('read a hashtag', async ({ ann, ben }) => {
  const tag = word('t')
  await post(ann, `#${tag}`)
  const { name, following } = (await ben.api.getTag(tag)).data
  assert.deepEqual([name, following], [tag, false])
})

check('follow a hashtag', async ({ ben }) => {
  const tag = word('t')
  assert.equal((await ben.api.followTag(tag)).data.following, true)
  assert.ok((await ben.api.getFollowedTags()).data.some((each) => each.name === tag))
  assert.equal((await ben.api.unfollowTag(tag)).data.following, false)
})

check('read the timeline of a hashtag', async ({ ann, ben }) => {
  const tag = word('t')
  const written = await post(ann, `#${tag}`)
  assert.deepEqual(ids((await ben.api.getTagTimeline(tag)).data), [written.id])
})

check('read announcements', async ({ ann }) => {
  assert.deepEqual((await ann.api.getInstanceAnnouncements()).data, [])
})
