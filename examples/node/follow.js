'use strict'

// Follows the log and keeps its place in a file, through every interruption.
//
//     node follow.js HOST:PORT TOKEN_FILE [FILTER]
//
// The token is stored after the line of its change: killed in between, the program prints that line
// again. Where that matters, store both in one transaction of a database.

const fs = require('node:fs')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')
const grpc = require('@grpc/grpc-js')
const loader = require('@grpc/proto-loader')

const HEARTBEAT = 5
// The server promises no silence longer than a heartbeat and a second. The rest is for the network.
const SILENCE_MAX = HEARTBEAT + 5
const FIRST_WAIT = 0.1
const LONGEST_WAIT = 30
const HEALTHY_AGE = 10
// What may pass by itself. Transports report a lost connection as UNKNOWN or INTERNAL too.
const PASSING = new Set([
  grpc.status.UNAVAILABLE, grpc.status.RESOURCE_EXHAUSTED, grpc.status.ABORTED,
  grpc.status.CANCELLED, grpc.status.DEADLINE_EXCEEDED, grpc.status.INTERNAL, grpc.status.UNKNOWN
])
const OPTIONS = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.keepalive_time_ms': 20000,
  'grpc.keepalive_timeout_ms': 10000,
  'grpc.max_receive_message_length': 16 << 20
}

const protos = path.join(__dirname, '../../proto')
const definition = loader.loadSync('entente/v1/event_service.proto', {
  includeDirs: [protos], keepCase: true, longs: String, enums: String, oneofs: true
})
const { entente } = grpc.loadPackageDefinition(definition)

// Frames are missing or came twice. What came before is whole.
class Gap extends Error {}

// The frames of one stream, none missing. Silence ends it with CANCELLED.
async function * frames (client, request) {
  const call = client.WatchEvents(request)
  let expected = 1
  let watchdog
  const listen = () => { watchdog = setTimeout(() => call.cancel(), SILENCE_MAX * 1000) }
  try {
    listen()
    // Reading on demand: what is not asked for stays in the connection, whose windows bound it.
    for await (const frame of call) {
      clearTimeout(watchdog)
      if (Number(frame.frame) !== expected) {
        throw new Gap(`frame ${frame.frame} came where ${expected} was next`)
      }
      expected += 1
      yield frame
      listen()
    }
  } finally {
    clearTimeout(watchdog)
    call.cancel()
  }
}

// Every change with its token, for ever. An error that waiting cannot cure is thrown.
async function * follow (address, filter, token) {
  const client = new entente.v1.EventService(address, grpc.credentials.createInsecure(), OPTIONS)
  const request = {
    filter, client_label: 'example follow.js', heartbeat_interval: { seconds: HEARTBEAT }
  }
  let attempts = 0
  for (;;) {
    const begin = token ? { resume_token: token } : { start: 'START_EARLIEST' }
    const opened = performance.now()
    let why = 'the stream ended'
    let planned = false
    let asked = 0
    try {
      for await (const frame of frames(client, { ...request, ...begin })) {
        token = frame.resume_token
        if (frame.payload === 'change') yield { change: frame.change, token }
        if (frame.payload === 'ending') {
          planned = frame.ending.reason === 'END_REASON_MAX_AGE'
          asked = Number(frame.ending.retry_delay?.seconds ?? 0)
        }
      }
    } catch (error) {
      if (!(error instanceof Gap) && !PASSING.has(error.code)) throw error
      why = error.details ?? error.message
    }
    if (planned || performance.now() - opened > HEALTHY_AGE * 1000) attempts = 0
    const longest = Math.min(FIRST_WAIT * 2 ** Math.min(attempts, 16), LONGEST_WAIT)
    const wait = Math.max(longest, asked) * (1 + Math.random() / 4)
    if (!planned) attempts += 1
    console.error(`interrupted: ${why}; again in ${wait.toFixed(1)} s`)
    await sleep(wait * 1000)
  }
}

// The file holds the old token or the new one, never half of one.
function store (place, token) {
  const file = fs.openSync(`${place}.new`, 'w')
  fs.writeSync(file, token)
  fs.fsyncSync(file)
  fs.closeSync(file)
  fs.renameSync(`${place}.new`, place)
}

async function main () {
  const [address, place, filter = ''] = process.argv.slice(2)
  const stored = fs.existsSync(place) ? fs.readFileSync(place, 'ascii').trim() : ''
  for await (const { change, token } of follow(address, filter, stored)) {
    const resource = change.event ?? change.partnership
    fs.writeSync(1, `${resource.position} ${change.type} ${resource.name}\n`)
    store(place, token)
  }
}

// Among them STORE_EPOCH_CHANGED, RESUME_TOKEN_FILTER_MISMATCH and POSITION_IN_FUTURE: what to do
// about them is for people to decide, so nothing is decided here.
main().catch((error) => {
  console.error(error.details ?? error)
  process.exitCode = 1
})
