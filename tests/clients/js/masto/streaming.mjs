// masto: streams by WebSocket, with the token as its subprotocol.
import { createStreamingAPIClient } from 'masto'

import { assert, check, Heard, word } from '../check.mjs'
import { following, post } from './setup.mjs'

async function streaming(person, subscribe, during) {
  const { configuration } = await person.api.v2.instance.fetch()
  const streamingApiUrl = configuration.urls.streaming
  assert.match(streamingApiUrl ?? '', /^wss?:/)
  const client = createStreamingAPIClient({ streamingApiUrl, accessToken: person.token, retry: false })
  try {
    await client.prepare()
    const heard = new Heard()
    const subscription = subscribe(client)
    const reading = (async () => {
      for await (const { event, payload } of subscription) heard.hear(event, payload)
    })()
    reading.catch((problem) => console.error('the stream ended', problem))
    await during(heard)
    subscription.unsubscribe()
  } finally {
    client.close()
  }
}

const update = (person, subscribe, act) =>
  streaming(person, subscribe, async (heard) => {
    const [told, made] = await heard.answer(async () => (await act()).id, 'update')
    assert.ok(made.includes(told.id))
  })

check('stream the home timeline', ({ ann, ben }) =>
  following(ben, ann, () => update(ben, (client) => client.user.subscribe(), () => post(ann, word()))))

check('stream notifications', async ({ ann, ben }) => {
  await streaming(ben, (client) => client.user.notification.subscribe(), async (heard) => {
    const [told, made] = await heard.answer(async () => (await post(ann, `@${ben.me.acct} hi`)).id, 'notification')
    assert.equal(told.type, 'mention')
    assert.ok(made.includes(told.status.id))
  })
})

check('stream the public timeline', async ({ ann, ben }) => {
  await update(ben, (client) => client.public.local.subscribe(), () => post(ann, word()))
})

check('stream a hashtag', async ({ ann, ben }) => {
  const tag = word('T')
  await update(ben, (client) => client.hashtag.subscribe({ tag }), () => post(ann, `#${tag}`))
})

check('stream a list', async ({ ann, ben }) => {
  const list = await ben.api.v1.lists.create({ title: word('l') })
  try {
    await following(ben, ann, async () => {
      await ben.api.v1.lists.$select(list.id).accounts.create({ accountIds: [ann.me.id] })
      await update(ben, (client) => client.list.subscribe({ list: list.id }), () => post(ann, word()))
    })
  } finally {
    await ben.api.v1.lists.$select(list.id).remove()
  }
})

check('stream conversations', async ({ ann, ben }) => {
  await streaming(ben, (client) => client.direct.subscribe(), async (heard) => {
    const act = async () => (await post(ann, `@${ben.me.acct} ${word()}`, { visibility: 'direct' })).id
    const [told, made] = await heard.answer(act, 'conversation')
    assert.ok(made.includes(told.lastStatus.id))
  })
})

check('stream edits and deletions', async ({ ann, ben }) => {
  await following(ben, ann, () =>
    streaming(ben, (client) => client.user.subscribe(), async (heard) => {
      const [told] = await heard.answer(async () => (await post(ann, word())).id, 'update')
      const status = word()
      await ann.api.v1.statuses.$select(told.id).update({ status })
      assert.ok((await heard.next('status.update'))?.content.includes(status))
      await ann.api.v1.statuses.$select(told.id).remove()
      assert.equal(await heard.next('delete'), told.id)
    }))
})
