// megalodon: streams by WebSocket, with the token and the stream in the address.
import { assert, check, Heard, word } from '../check.mjs'
import { following, post } from './setup.mjs'

async function streaming(open, during) {
  const heard = new Heard()
  const stream = await open()
  for (const name of ['connect', 'update', 'notification', 'conversation', 'status_update', 'delete']) {
    stream.on(name, (data) => heard.hear(name, data))
  }
  for (const name of ['error', 'parser-error']) stream.on(name, (problem) => console.error(name, problem))
  try {
    assert.ok(await heard.next('connect'), 'no connection')
    await during(heard)
  } finally {
    stream.stop()
  }
}

const update = (open, act) =>
  streaming(open, async (heard) => {
    const [told, made] = await heard.answer(async () => (await act()).id, 'update')
    assert.ok(made.includes(told.id))
  })

check('stream the home timeline', ({ ann, ben }) =>
  following(ben, ann, () => update(() => ben.api.userStreaming(), () => post(ann, word()))))

check('stream notifications', async ({ ann, ben }) => {
  await streaming(() => ben.api.userStreaming(), async (heard) => {
    const [told, made] = await heard.answer(async () => (await post(ann, `@${ben.me.acct} hi`)).id, 'notification')
    assert.ok(made.includes(told.status.id))
  })
})

check('stream the public timeline', async ({ ann, ben }) => {
  await update(() => ben.api.localStreaming(), () => post(ann, word()))
})

check('stream a hashtag', async ({ ann, ben }) => {
  const tag = word('t')
  await update(() => ben.api.tagStreaming(tag), () => post(ann, `#${tag}`))
})

check('stream a list', async ({ ann, ben }) => {
  const list = (await ben.api.createList(word('l'))).data
  try {
    await following(ben, ann, async () => {
      await ben.api.addAccountsToList(list.id, [ann.me.id])
      await update(() => ben.api.listStreaming(list.id), () => post(ann, word()))
    })
  } finally {
    await ben.api.deleteList(list.id)
  }
})

check('stream conversations', async ({ ann, ben }) => {
  await streaming(() => ben.api.directStreaming(), async (heard) => {
    const act = async () => (await post(ann, `@${ben.me.acct} ${word()}`, { visibility: 'direct' })).id
    const [told, made] = await heard.answer(act, 'conversation')
    assert.ok(made.includes(told.last_status.id))
  })
})

check('stream edits and deletions', async ({ ann, ben }) => {
  await following(ben, ann, () =>
    streaming(() => ben.api.userStreaming(), async (heard) => {
      const [told] = await heard.answer(async () => (await post(ann, word())).id, 'update')
      const status = word()
      await ann.api.editStatus(told.id, { status })
      assert.ok((await heard.next('status_update'))?.content.includes(status))
      await ann.api.deleteStatus(told.id)
      assert.equal(await heard.next('delete'), told.id)
    }))
})
