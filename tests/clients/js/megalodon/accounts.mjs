// megalodon: accounts, lists, filters, and how people stand to each other.
import { assert, between, check, eventually, ids, word } from '../check.mjs'
import { following, post, read, refuses, relationship } from './setup.mjs'

check('read an account', async ({ ann, ben, url }) => {
  const seen = (await ben.api.getAccount(ann.me.id)).data
  assert.equal(seen.acct, ann.me.username)
  assert.ok(seen.url.startsWith(url) && seen.avatar && seen.header)
})

check('follow and unfollow', async ({ ann, ben }) => {
  assert.equal((await ben.api.followAccount(ann.me.id, { reblog: true })).data.following, true)
  assert.equal((await ben.api.subscribeAccount(ann.me.id)).data.notifying, true)
  assert.equal((await ben.api.unsubscribeAccount(ann.me.id)).data.notifying, false)
  assert.equal((await ben.api.unfollowAccount(ann.me.id)).data.following, false)
})

check('ask for relationships', async ({ ann, ben, cem }) => {
  await following(ben, ann, async () => {
    const found = (await ann.api.getRelationships([cem.me.id, ben.me.id])).data
    const followed = Object.fromEntries(found.map((each) => [each.id, each.followed_by]))
    assert.deepEqual(followed, { [ben.me.id]: true, [cem.me.id]: false })
    assert.equal((await relationship(ben, ann)).following, true)
  })
})

check('list followers and followed', async ({ ann, ben, cem }) => {
  await following(ben, ann, () =>
    following(cem, ann, async () => {
      const all = (await cem.api.getAccountFollowers(ann.me.id, { limit: 1, get_all: true })).data
      assert.deepEqual(ids(all), [cem.me.id, ben.me.id])
      assert.deepEqual(ids((await ann.api.getAccountFollowing(ben.me.id)).data), [ann.me.id])
    }))
})

check('block and unblock', async ({ ann, ben }) => {
  const written = await post(ann, word())
  await between(
    () => ann.api.blockAccount(ben.me.id),
    async () => {
      assert.deepEqual(ids((await ann.api.getBlocks()).data), [ben.me.id])
      assert.equal((await relationship(ben, ann)).blocked_by, true)
      await refuses(404, read(ben, written.id))
    },
    () => ann.api.unblockAccount(ben.me.id),
  )
  assert.deepEqual((await ann.api.getBlocks()).data, [])
})

check('mute and unmute', async ({ ann, ben }) => {
  await between(
    () => ben.api.muteAccount(ann.me.id, false),
    async () => {
      assert.deepEqual(ids((await ben.api.getMutes()).data), [ann.me.id])
      assert.equal((await relationship(ben, ann)).muting_notifications, false)
    },
    () => ben.api.unmuteAccount(ann.me.id),
  )
  assert.deepEqual((await ben.api.getMutes()).data, [])
})

const locked = (person, during) =>
  between(
    () => person.api.updateCredentials({ locked: true }),
    during,
    () => person.api.updateCredentials({ locked: false }),
  )

check('accept a follow request', async ({ ann, ben }) => {
  await locked(ann, () =>
    following(ben, ann, async () => {
      assert.deepEqual(ids((await ann.api.getFollowRequests(10)).data), [ben.me.id])
      await ann.api.acceptFollowRequest(ben.me.id)
      assert.equal((await relationship(ben, ann)).following, true)
    }))
})

check('reject a follow request', async ({ ann, ben }) => {
  await locked(ann, () =>
    following(ben, ann, async () => {
      await ann.api.rejectFollowRequest(ben.me.id)
      const now = await relationship(ben, ann)
      assert.deepEqual([now.following, now.requested], [false, false])
    }))
})

check('edit the profile', async ({ ann, cem }) => {
  const [display_name, note] = [word('N'), word()]
  const fields_attributes = [{ name: 'Home', value: 'here' }]
  await cem.api.updateCredentials({ display_name, note, bot: true, source: { privacy: 'unlisted' }, fields_attributes })
  const seen = (await ann.api.getAccount(cem.me.id)).data
  assert.ok(seen.display_name === display_name && seen.note.includes(note) && seen.bot)
  assert.deepEqual(seen.fields.map((field) => [field.name, field.value]), [['Home', 'here']])
  await cem.api.updateCredentials({ bot: false, source: { privacy: 'public' } })
})

check('look up an account', async ({ ann, ben }) => {
  assert.equal((await ann.api.lookupAccount(ben.me.acct)).data.id, ben.me.id)
})

check('complete the name of an account', async ({ ann, ben }) => {
  const found = (await ann.api.searchAccount(ben.me.username.slice(0, -1), { limit: 5 })).data
  assert.equal(found[0].id, ben.me.id)
})

check('note something about an account', async ({ ann, ben, cem }) => {
  const comment = word()
  assert.equal((await ann.api.setAccountNote(ben.me.id, comment)).data.note, comment)
  assert.equal((await relationship(cem, ben)).note, '')
})

check('list featured hashtags', async ({ ann }) => {
  assert.deepEqual((await ann.api.getFeaturedTags()).data, [])
})

check('report an account', async ({ ann, cem }) => {
  const written = await post(cem, word())
  const options = { status_ids: [written.id], comment: 'Look', category: 'spam' }
  const report = (await ann.api.report(cem.me.id, options)).data
  assert.deepEqual([report.comment, report.category, report.target_account.id], ['Look', 'spam', cem.me.id])
})

check('subscribe to push', async ({ ann }) => {
  const endpoint = `https://push.example/${word()}`
  const keys = { p256dh: Buffer.from([4, ...Array(64).keys()]).toString('base64url'), auth: 'AAAAAAAAAAAAAAAAAAAAAA' }
  const data = { alerts: { mention: true, follow: false } }
  const made = (await ann.api.subscribePushNotification({ endpoint, keys }, data)).data
  assert.deepEqual([made.endpoint, made.alerts.mention, made.alerts.follow], [endpoint, true, false])
  assert.equal((await ann.api.getPushSubscription()).data.endpoint, endpoint)
  assert.equal((await ann.api.updatePushSubscription({ alerts: { follow: true } })).data.alerts.follow, true)
  await ann.api.deletePushSubscription()
  await refuses(404, ann.api.getPushSubscription())
})

const list = (person, during) =>
  between(
    async () => (await person.api.createList(word('l'))).data,
    during,
    (made) => person.api.deleteList(made.id),
  )

check('list the lists', async ({ ann, ben }) => {
  await list(ben, async (made) => {
    assert.deepEqual(ids((await ben.api.getLists()).data), [made.id])
    assert.deepEqual((await ann.api.getLists()).data, [])
  })
})

check('manage a list', async ({ ann, ben }) => {
  const made = await list(ben, async (made) => {
    const title = word('l')
    await ben.api.updateList(made.id, title)
    assert.equal((await ben.api.getList(made.id)).data.title, title)
    await refuses(404, ann.api.getList(made.id))
    return made
  })
  await refuses(404, ben.api.getList(made.id))
})

check('fill a list', async ({ ann, ben }) => {
  await following(ben, ann, () =>
    list(ben, async (made) => {
      await ben.api.addAccountsToList(made.id, [ann.me.id])
      assert.deepEqual(ids((await ben.api.getAccountsInList(made.id)).data), [ann.me.id])
      await ben.api.deleteAccountsFromList(made.id, [ann.me.id])
      assert.deepEqual((await ben.api.getAccountsInList(made.id)).data, [])
    }))
})

check('list the lists of an account', async ({ ann, ben }) => {
  await following(ben, ann, () =>
    list(ben, async (made) => {
      await ben.api.addAccountsToList(made.id, [ann.me.id])
      assert.deepEqual(ids((await ben.api.getAccountLists(ann.me.id)).data), [made.id])
    }))
})

check('read the timeline of a list', async ({ ann, ben, cem }) => {
  await following(ben, ann, () =>
    list(ben, async (made) => {
      await ben.api.addAccountsToList(made.id, [ann.me.id])
      const [written, other] = [await post(ann, word()), await post(cem, word())]
      const page = await eventually(async () => {
        const found = ids((await ben.api.getListTimeline(made.id)).data)
        return found.includes(written.id) && found
      })
      assert.ok(!page.includes(other.id))
    }))
})

check('list filters of the first version', async ({ cem }) => {
  assert.deepEqual((await cem.api.getFilters()).data, [])
})
