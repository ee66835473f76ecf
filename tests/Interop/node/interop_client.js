'use strict';
// The interop cases on @grpc/grpc-js, which can express them all.
// usage: interop_client.js PROTOS ADDRESS CASE

const assert = require('assert');
const { grpc, load, zeros } = require('./interop_service');

const REQUEST_SIZES = [27182, 8, 1828, 45904];
const RESPONSE_SIZES = [31415, 9, 2653, 58979];
const INITIAL = 'x-grpc-test-echo-initial';
const TRAILING = 'x-grpc-test-echo-trailing-bin';

// A write flag of all gRPC implementations, which this one takes but does not export.
const NO_COMPRESS = 2;

const { TestService, UnimplementedService } = load(process.argv[2]);
const GZIP = { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip };
const connect = (Service, options) => new Service(process.argv[3], grpc.credentials.createInsecure(), options);
const stub = connect(TestService);

const largeRequest = (fields) => ({ response_size: 314159, payload: zeros(271828), ...fields });
const ask = (response, request) => ({ response_parameters: [{ size: response }], payload: zeros(request) });

/** Calls a method with one response; resolves to { error, response, headers, status }. */
function one(client, name, ...args) {
  return new Promise((resolve) => {
    const seen = {};
    const call = client[name](...args, (error, response) => Object.assign(seen, { error, response }));
    call.on('metadata', (headers) => { seen.headers = headers; });
    call.on('status', (status) => { seen.status = status; setImmediate(() => resolve(seen)); });
    if (name === 'StreamingInputCall') {
      seen.call = call;
    }
    one.last = call;
  });
}

/** Collects a response stream; resolves to { error, responses, headers, status }. */
function many(call, onData) {
  return new Promise((resolve) => {
    const seen = { responses: [] };
    call.on('metadata', (headers) => { seen.headers = headers; });
    call.on('data', (response) => { seen.responses.push(response); if (onData) onData(seen); });
    call.on('error', (error) => { seen.error = error; });
    call.on('status', (status) => { seen.status = status; setImmediate(() => resolve(seen)); });
  });
}

const sizes = (seen) => seen.responses.map((r) => r.payload.body.length);

async function unary(request, client = stub, options = {}) {
  const seen = await one(client, 'UnaryCall', request, new grpc.Metadata(), options);
  assert.ifError(seen.error);
  assert.strictEqual(seen.response.payload.body.length, 314159);
}

function checkMetadata(seen) {
  assert.deepStrictEqual(seen.headers.get(INITIAL), ['test_initial_metadata_value']);
  assert.deepStrictEqual(seen.status.metadata.get(TRAILING), [Buffer.from([0xab, 0xab, 0xab])]);
}

async function status(message, duplex) {
  const echo = { response_status: { code: 2, message } };
  const seen = await one(stub, 'UnaryCall', echo);
  assert.strictEqual(seen.status.code, 2);
  assert.strictEqual(seen.status.details, message);
  if (duplex) {
    const call = stub.FullDuplexCall();
    const ended = many(call);
    call.write(echo);
    call.end();
    const end = await ended;
    assert.strictEqual(end.status.code, 2);
    assert.strictEqual(end.status.details, message);
  }
}

const cases = {
  async empty_unary() {
    assert.ifError((await one(stub, 'EmptyCall', {})).error);
  },
  large_unary: () => unary(largeRequest()),
  async client_streaming() {
    const ended = one(stub, 'StreamingInputCall');
    for (const size of REQUEST_SIZES) {
      one.last.write({ payload: zeros(size) });
    }
    one.last.end();
    const seen = await ended;
    assert.ifError(seen.error);
    assert.strictEqual(seen.response.aggregated_payload_size, 74922);
  },
  async server_streaming() {
    const seen = await many(stub.StreamingOutputCall({ response_parameters: RESPONSE_SIZES.map((size) => ({ size })) }));
    assert.strictEqual(seen.status.code, 0);
    assert.deepStrictEqual(sizes(seen), RESPONSE_SIZES);
  },
  async ping_pong() {
    const call = stub.FullDuplexCall();
    let next = 0;
    const send = () => (next < 4 ? call.write(ask(RESPONSE_SIZES[next], REQUEST_SIZES[next++])) : call.end());
    const ended = many(call, send);
    send();
    const seen = await ended;
    assert.strictEqual(seen.status.code, 0);
    assert.deepStrictEqual(sizes(seen), RESPONSE_SIZES);
  },
  async empty_stream() {
    const call = stub.FullDuplexCall();
    const ended = many(call);
    call.end();
    const seen = await ended;
    assert.strictEqual(seen.status.code, 0);
    assert.deepStrictEqual(seen.responses, []);
  },
  async custom_metadata() {
    const metadata = new grpc.Metadata();
    metadata.set(INITIAL, 'test_initial_metadata_value');
    metadata.set(TRAILING, Buffer.from([0xab, 0xab, 0xab]));
    checkMetadata(await one(stub, 'UnaryCall', largeRequest(), metadata));
    const call = stub.FullDuplexCall(metadata);
    const ended = many(call);
    call.write(ask(314159, 271828));
    call.end();
    checkMetadata(await ended);
  },
  status_code_and_message: () => status('test status message', true),
  special_status_message: () => status('\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP \u{1F608}\t\n', false),
  async unimplemented_method() {
    assert.strictEqual((await one(stub, 'UnimplementedCall', {})).status.code, grpc.status.UNIMPLEMENTED);
  },
  async unimplemented_service() {
    const client = connect(UnimplementedService);
    assert.strictEqual((await one(client, 'UnimplementedCall', {})).status.code, grpc.status.UNIMPLEMENTED);
  },
  async cancel_after_begin() {
    const ended = one(stub, 'StreamingInputCall');
    one.last.cancel();
    assert.strictEqual((await ended).status.code, grpc.status.CANCELLED);
  },
  async cancel_after_first_response() {
    const call = stub.FullDuplexCall();
    const ended = many(call, () => call.cancel());
    call.write(ask(31415, 27182));
    const seen = await ended;
    assert.deepStrictEqual(sizes(seen), [31415]);
    assert.strictEqual(seen.status.code, grpc.status.CANCELLED);
  },
  async timeout_on_sleeping_server() {
    const call = stub.FullDuplexCall({ deadline: Date.now() + 1 });
    const ended = many(call);
    call.write({ payload: zeros(27182) });
    assert.strictEqual((await ended).status.code, grpc.status.DEADLINE_EXCEEDED);
  },
  async client_compressed_unary() {
    await unary(largeRequest({ expect_compressed: { value: true } }), connect(TestService, GZIP));
    await unary(largeRequest({ expect_compressed: { value: false } }));
  },
  async server_compressed_unary() {
    await unary(largeRequest({ response_compressed: { value: true } }));
    await unary(largeRequest({ response_compressed: { value: false } }));
  },
  async client_compressed_streaming() {
    const ended = one(connect(TestService, GZIP), 'StreamingInputCall');
    one.last.write({ payload: zeros(27182), expect_compressed: { value: true } });
    one.last.write({ payload: zeros(45904), expect_compressed: { value: false } }, NO_COMPRESS);
    one.last.end();
    const seen = await ended;
    assert.ifError(seen.error);
    assert.strictEqual(seen.response.aggregated_payload_size, 73086);
  },
  async server_compressed_streaming() {
    const seen = await many(stub.StreamingOutputCall({
      response_parameters: [{ size: 31415, compressed: { value: true } }, { size: 92653, compressed: { value: false } }],
    }));
    assert.strictEqual(seen.status.code, 0);
    assert.deepStrictEqual(sizes(seen), [31415, 92653]);
  },
};

cases[process.argv[4]]().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  });
