// masto: accounts, lists, filters, and how people stand to each other.
import { assert, between, check, eventually, ids, picture, word } from '../check.mjs'
import { account, following, post, read, refuses, relationship } from './setup.mjs'

check('read an account', async ({ ann, ben, url }) => {
  const seen = await account(ben, ann).fetch()
  assert.equal(seen.acct, ann.me.username)
  assert.ok(seen.url.startsWith(url) && seen.avatar && seen.header && seen.avatarStatic && seen.headerStatic)
  assert.deepEqual([seen.locked, seen.bot, seen.emojis, seen.fields], [false, false, [], []])
})

check('follow and unfollow', async ({ ann, ben }) => {
  assert.equal((await account(ben, ann).follow({ reblogs: false, notify: true })).following, true)
  const now = await relationship(ben, ann)
  assert.deepEqual([now.following, now.showingReblogs, now.notifying], [true, false, true])
  assert.equal((await account(ben, ann).unfollow()).following, false)
})

check('ask for relationships', async ({ ann, ben, cem }) => {
  await following(ben, ann, async () => {
    const found = await ann.api.v1.accounts.relationships.fetch({ id: [cem.me.id, ben.me.id] })
    assert.deepEqual(
      Object.fromEntries(found.map((each) => [each.id, each.followedBy])),
      { [ben.me.id]: true, [cem.me.id]: false },
    )
  })
})

check('list followers and followed', async ({ ann, ben, cem }) => {
  await following(ben, ann, () =>
    following(cem, ann, async () => {
      const pages = account(cem, ann).followers.list({ limit: 1 }).values()
      assert.deepEqual(ids((await pages.next()).value), [cem.me.id])
      assert.deepEqual(ids((await pages.next()).value), [ben.me.id])
      assert.deepEqual(ids(await account(ann, ben).following.list()), [ann.me.id])
    }))
})

check('block and unblock', async ({ ann, ben }) => {
  const written = await post(ann, word())
  await between(
    () => account(ann, ben).block(),
    async () => {
      assert.deepEqual(ids(await ann.api.v1.blocks.list()), [ben.me.id])
      assert.equal((await relationship(ben, ann)).blockedBy, true)
      await refuses(404, read(ben, written.id))
    },
    () => account(ann, ben).unblock(),
  )
  assert.deepEqual(await ann.api.v1.blocks.list(), [])
})

check('mute and unmute', async ({ ann, ben }) => {
  await between(
    () => account(ben, ann).mute({ notifications: false, duration: 3600 }),
    async () => {
      const [muted] = await ben.api.v1.mutes.list()
      assert.equal(muted.id, ann.me.id)
      assert.ok(muted.muteExpiresAt)
      assert.equal((await relationship(ben, ann)).mutingNotifications, false)
    },
    () => account(ben, ann).unmute(),
  )
  assert.deepEqual(await ben.api.v1.mutes.list(), [])
})

const locked = (person, during) =>
  between(
    () => person.api.v1.accounts.updateCredentials({ locked: true }),
    during,
    () => person.api.v1.accounts.updateCredentials({ locked: false }),
  )

check('accept a follow request', async ({ ann, ben }) => {
  await locked(ann, () =>
    following(ben, ann, async () => {
      assert.equal((await relationship(ben, ann)).requested, true)
      assert.deepEqual(ids(await ann.api.v1.followRequests.list()), [ben.me.id])
      await ann.api.v1.followRequests.$select(ben.me.id).authorize()
      assert.equal((await relationship(ben, ann)).following, true)
    }))
})

check('reject a follow request', async ({ ann, ben }) => {
  await locked(ann, () =>
    following(ben, ann, async () => {
      await ann.api.v1.followRequests.$select(ben.me.id).reject()
      const now = await relationship(ben, ann)
      assert.deepEqual([now.following, now.requested], [false, false])
    }))
})

check('edit the profile', async ({ ann, cem }) => {
  const [displayName, note] = [word('N'), word()]
  await cem.api.v1.accounts.updateCredentials({
    displayName, note, bot: true, source: { privacy: 'unlisted' },
    fieldsAttributes: [{ name: 'Home', value: 'here' }, { name: 'Pronouns', value: 'any' }],
  })
  const seen = await account(ann, cem).fetch()
  assert.ok(seen.displayName === displayName && seen.note.includes(note) && seen.bot)
  assert.deepEqual(seen.fields.map((field) => [field.name, field.value]), [['Home', 'here'], ['Pronouns', 'any']])
  assert.equal((await cem.api.v1.accounts.verifyCredentials()).source.privacy, 'unlisted')
  await cem.api.v1.accounts.updateCredentials({ bot: false, source: { privacy: 'public' } })
})

check('change the avatar', async ({ ann, cem }) => {
  const avatar = new File([picture()], 'me.png', { type: 'image/png' })
  const after = await cem.api.v1.accounts.updateCredentials({ avatar })
  assert.notEqual(after.avatar, cem.me.avatar)
  assert.equal((await account(ann, cem).fetch()).avatar, after.avatar)
})

check('look up an account', async ({ ann, ben }) => {
  assert.equal((await ann.api.v1.accounts.lookup({ acct: ben.me.acct })).id, ben.me.id)
  await refuses(404, ann.api.v1.accounts.lookup({ acct: word() }))
})

check('complete the name of an account', async ({ ann, ben }) => {
  const found = await ann.api.v1.accounts.search.list({ q: ben.me.username.slice(0, -1) })
  assert.equal(found[0].id, ben.me.id)
})

check('note something about an account', async ({ ann, ben, cem }) => {
  const comment = word()
  assert.equal((await account(ann, ben).note.create({ comment })).note, comment)
  assert.equal((await relationship(cem, ben)).note, '')
})

check('list familiar followers', async ({ ann, ben, cem }) => {
  await following(ben, ann, () =>
    following(cem, ben, async () => {
      const [found] = await cem.api.v1.accounts.familiarFollowers.fetch({ id: [ann.me.id] })
      assert.deepEqual(ids(found.accounts), [ben.me.id])
    }))
})

check('list featured hashtags', async ({ ann, ben }) => {
  assert.deepEqual(await account(ann, ben).featuredTags.list(), [])
})

check('report an account', async ({ ann, cem }) => {
  const written = await post(cem, word())
  const report = await ann.api.v1.reports.create({
    accountId: cem.me.id, statusIds: [written.id], comment: 'Look', category: 'spam',
  })
  assert.deepEqual([report.comment, report.category, report.targetAccount.id], ['Look', 'spam', cem.me.id])
})

check('subscribe to push', async ({ ann }) => {
  const endpoint = `https://push.example/${word()}`
  const keys = { p256dh: Buffer.from([4, ...Array(64).keys()]).toString('base64url'), auth: 'AAAAAAAAAAAAAAAAAAAAAA' }
  const push = ann.api.v1.push.subscription
  const alerts = { mention: true, follow: false }
  const made = await push.create({ subscription: { endpoint, keys }, data: { alerts }, policy: 'all' })
  assert.deepEqual([made.endpoint, made.alerts.mention, made.alerts.follow], [endpoint, true, false])
  assert.equal((await push.fetch()).serverKey, made.serverKey)
  assert.equal((await push.update({ data: { alerts: { follow: true } } })).alerts.follow, true)
  await push.remove()
  await refuses(404, push.fetch())
})

const list = (person, during) =>
  between(
    () => person.api.v1.lists.create({ title: word('l') }),
    during,
    (made) => person.api.v1.lists.$select(made.id).remove(),
  )

check('list the lists', async ({ ann, ben }) => {
  await list(ben, async (made) => {
    assert.deepEqual(ids(await ben.api.v1.lists.list()), [made.id])
    assert.deepEqual(await ann.api.v1.lists.list(), [])
  })
})

check('manage a list', async ({ ann, ben }) => {
  const made = await list(ben, async (made) => {
    const title = word('l')
    await ben.api.v1.lists.$select(made.id).update({ title, exclusive: true })
    const kept = await ben.api.v1.lists.$select(made.id).fetch()
    assert.deepEqual([kept.title, kept.exclusive], [title, true])
    await refuses(404, ann.api.v1.lists.$select(made.id).fetch())
    return made
  })
  await refuses(404, ben.api.v1.lists.$select(made.id).fetch())
})

check('fill a list', async ({ ann, ben }) => {
  await following(ben, ann, () =>
    list(ben, async (made) => {
      const { accounts } = ben.api.v1.lists.$select(made.id)
      await accounts.create({ accountIds: [ann.me.id] })
      assert.deepEqual(ids(await accounts.list()), [ann.me.id])
      await accounts.remove({ accountIds: [ann.me.id] })
      assert.deepEqual(await accounts.list(), [])
    }))
})

check('list the lists of an account', async ({ ann, ben }) => {
  await following(ben, ann, () =>
    list(ben, async (made) => {
      await ben.api.v1.lists.$select(made.id).accounts.create({ accountIds: [ann.me.id] })
      assert.deepEqual(ids(await account(ben, ann).lists.list()), [made.id])
    }))
})

check('read the timeline of a list', async ({ ann, ben, cem }) => {
  await following(ben, ann, () =>
    list(ben, async (made) => {
      await ben.api.v1.lists.$select(made.id).accounts.create({ accountIds: [ann.me.id] })
      const [written, other] = [await post(ann, word()), await post(cem, word())]
      const page = await eventually(async () => {
        const found = ids(await ben.api.v1.timelines.list.$select(made.id).list())
        return found.includes(written.id) && found
      })
      assert.ok(!page.includes(other.id))
    }))
})

check('list filters', async ({ cem }) => {
  assert.deepEqual(await cem.api.v2.filters.list(), [])
})

check('list filters of the first version', async ({ cem }) => {
  assert.deepEqual(await cem.api.v1.filters.list(), [])
})

check('manage a filter', async ({ ann, ben }) => {
  const made = await ben.api.v2.filters.create({
    title: word(), context: ['home', 'public'], filterAction: 'warn', expiresIn: 3600,
    keywordsAttributes: [{ keyword: 'one', wholeWord: true }, { keyword: 'two', wholeWord: false }],
  })
  assert.deepEqual(made.keywords.map((each) => [each.keyword, each.wholeWord]), [['one', true], ['two', false]])
  const one = ben.api.v2.filters.$select(made.id)
  await one.update({ filterAction: 'hide', keywordsAttributes: [{ id: made.keywords[0].id, _destroy: true }] })
  const kept = await one.fetch()
  assert.deepEqual([kept.filterAction, kept.keywords.map((each) => each.keyword)], ['hide', ['two']])
  await refuses(404, ann.api.v2.filters.$select(made.id).fetch())
  await one.remove()
  assert.deepEqual(await ben.api.v2.filters.list(), [])
})
